/*
 * Frames with random content, for tests that compare two ways of doing the same.
 */
#ifndef POSED_TESTS_SAMPLE_FRAMES_H
#define POSED_TESTS_SAMPLE_FRAMES_H

#include "fusion/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* xorshift64*: the same numbers everywhere. `state` must not be 0. */
uint64_t sample_random(uint64_t *state);

/* Fills a frame of that kind with values that a decoder accepts, now and then NaN where that is allowed. */
void sample_frame(uint64_t *state, frame_kind kind, frame *f);

/* A name of a source that may send this kind. */
const char *sample_source(frame_kind kind);

#ifdef __cplusplus
}
#endif
#endif
