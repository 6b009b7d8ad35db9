/*
 * The out-of-sequence window: frames wait here and leave in the order of (time, source, kind, sequence),
 * whatever the order of their arrival. The time is the caller's to choose: the stamp or the reception. Fixed
 * size; nothing is allocated after window_create.
 */
#ifndef POSED_FUSION_WINDOW_H
#define POSED_FUSION_WINDOW_H

#include "fusion/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WINDOW_SMALL_SLOTS = 2048, /* frames of a few values: 2 s of a 1 kHz vehicle */
    WINDOW_LARGE_SLOTS = 256,  /* scans, landmarks, lanes: 2 s of six 20 Hz radars */
};

typedef struct window window;

/* NULL when memory is short. */
window *window_create(void);
void window_destroy(window *w);

typedef enum { WINDOW_TAKEN, WINDOW_FULL } window_result;

/* Copies a frame in, to leave at its place by `time_ns`. WINDOW_FULL: no slot is free. */
window_result window_put(window *w, int64_t time_ns, const frame *f);

/* The oldest frame, NULL when the window is empty; it stays the window's and valid until window_drop. */
const frame *window_oldest(const window *w);

/* The i-th oldest frame, NULL when there are no more; as window_oldest. */
const frame *window_get(const window *w, uint32_t i);

/* Removes the oldest frame. */
void window_drop(window *w);

/* Adds to all times: those of the places, the stamps and the receptions. */
void window_shift(window *w, int64_t delta_ns);

#ifdef __cplusplus
}
#endif
#endif
