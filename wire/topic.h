/*
 * Names of sources, as they stand in topics and messages: "<source kind>/<name>", where a name has the
 * characters A-Z a-z 0-9 . _ - and at least one of them.
 */
#ifndef POSED_WIRE_TOPIC_H
#define POSED_WIRE_TOPIC_H

#include "fusion/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether `size` bytes at `source` name a source that may send frames of this kind, and fit
 * FRAME_SOURCE_NAME_SIZE. No NUL is needed at their end. */
bool source_name_valid(frame_kind kind, const char *source, size_t size);

#ifdef __cplusplus
}
#endif
#endif
