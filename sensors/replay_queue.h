/*
 * Frames of a drive in the order in which they were received. A drive is nearly in that order; a few hundred
 * frames are held to put right what is not.
 */
#ifndef POSED_SENSORS_REPLAY_QUEUE_H
#define POSED_SENSORS_REPLAY_QUEUE_H

#include "fusion/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { REPLAY_QUEUE_SIZE = 512 };

/* A binary heap of places in `frames`, by the time of reception and then by the order of arrival. */
typedef struct {
    size_t count;
    uint64_t arrivals;
    struct {
        int64_t received_ns;
        uint64_t arrival;
        uint16_t place;
    } heap[REPLAY_QUEUE_SIZE];
    uint16_t free[REPLAY_QUEUE_SIZE]; /* places; the last REPLAY_QUEUE_SIZE - count are free */
    frame frames[REPLAY_QUEUE_SIZE];
} replay_queue;

void replay_queue_init(replay_queue *q);

/* Takes a copy; the queue must not be full. */
void replay_queue_push(replay_queue *q, const frame *f);

/* The frame that was received first of those that are held; NULL: none. It stays valid until the next push.
 */
const frame *replay_queue_pop(replay_queue *q);

#ifdef __cplusplus
}
#endif
#endif
