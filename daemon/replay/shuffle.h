/*
 * Frames held in memory, and the order in which they arrive when a network plays with them.
 */
#ifndef POSED_DAEMON_REPLAY_SHUFFLE_H
#define POSED_DAEMON_REPLAY_SHUFFLE_H

#include "fusion/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Frames in the order in which they were added, each in no more bytes than it needs. Zero-initialise. */
typedef struct {
    unsigned char *bytes;
    size_t used, capacity;
    size_t *offsets;
    size_t count, offset_capacity;
} arrival_store;

void arrival_store_finish(arrival_store *store);
/* False: no memory. */
bool arrival_store_add(arrival_store *store, const frame *f);
/* Reads a frame back; bytes behind its frame_used_size are left as they were. */
void arrival_store_get(const arrival_store *store, size_t index, frame *f);

/* Permutes arrival inside the out-of-sequence window: `order` (store->count places) becomes the indices of
 * the frames sorted by received + U(0,1) * max(0, 0.95 * window - (received - stamp)), so that a frame is
 * never delayed to more than 0.95 windows behind its stamp and none is late that was not. Same seed, same
 * order. False: no memory. */
bool shuffle_order(const arrival_store *store, double window_s, uint64_t seed, size_t *order);

#ifdef __cplusplus
}
#endif
#endif
