/*
 * Which frames of a drive are played: what is left out, what is dropped for a while, from when to when.
 */
#ifndef POSED_DAEMON_REPLAY_FRAME_FILTER_H
#define POSED_DAEMON_REPLAY_FRAME_FILTER_H

#include "common/error.h"
#include "fusion/frame.h"
#include "fusion/settings.h"

#include <assert.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Frames of these sources that are of these kinds: bit = source index, bit = frame_kind. */
typedef struct {
    uint32_t sources, kinds;
} frame_selection;
static_assert(SETTINGS_MAX_SOURCES <= 32 && FRAME_KIND_COUNT <= 32, "a bit each");

/* What a word selects: a source kind ("radar"), a frame kind ("landmarks"), a source ("gnss/ublox") or the
 * short name of the only source that has it ("ublox"). A kind may have no source. False when the word is none
 * of these or not unique; the error lists what there is. */
bool frame_selection_resolve(const char *word, const settings *s, frame_selection *out, error *e);

bool frame_selection_has(const frame_selection *selection, const frame *f);

enum { FRAME_FILTER_MAX = 64 };

typedef struct {
    frame_selection selection;
    int64_t from_ns, to_ns; /* stamps from <= stamp < to */
} frame_drop;

typedef struct {
    int64_t from_ns, to_ns; /* stamps played: from <= stamp < to; INT64_MIN and INT64_MAX: all */
    size_t without_count, drop_count;
    frame_selection without[FRAME_FILTER_MAX];
    frame_drop drops[FRAME_FILTER_MAX];
} frame_filter;

/* Lets every frame pass. */
void frame_filter_init(frame_filter *filter);

bool frame_filter_passes(const frame_filter *filter, const frame *f);

/* True when no frame of any kind can pass from this source, at any time. */
bool frame_filter_silences(const frame_filter *filter, uint16_t source, source_kind kind);

#ifdef __cplusplus
}
#endif
#endif
