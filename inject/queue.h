/*
 * Frames that have been delayed, by time of reception; those of the same time in the order in which they
 * came.
 */
#ifndef POSED_INJECT_QUEUE_H
#define POSED_INJECT_QUEUE_H

#include "fusion/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 10 s of 32 sources at 50 Hz. */
enum { INJECT_MAX_WAITING = 16384 };

typedef struct {
    int64_t received_ns;
    uint64_t order;
    frame *held; /* of frame_used_size bytes */
} queue_entry;

/* A heap, the first to come on top. Zero-initialise. */
typedef struct {
    queue_entry *entries;
    size_t count, capacity;
} inject_queue;

void inject_queue_finish(inject_queue *q);

/* False: it is full, or there is no memory; the frame is lost. */
bool inject_queue_add(inject_queue *q, const frame *f, uint64_t order);

/* NULL: it is empty. */
const queue_entry *inject_queue_first(const inject_queue *q);

/* Takes the first one, which there must be; bytes of `out` behind its frame_used_size stay as they are. */
void inject_queue_take(inject_queue *q, frame *out);

#ifdef __cplusplus
}
#endif
#endif
