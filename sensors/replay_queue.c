#include "sensors/replay_queue.h"

#include <assert.h>
#include <string.h>

void replay_queue_init(replay_queue *q)
{
    q->count = 0;
    q->arrivals = 0;
    for (uint16_t i = 0; i < REPLAY_QUEUE_SIZE; i++)
        q->free[i] = i;
}

static bool before(const replay_queue *q, size_t a, size_t b)
{
    if (q->heap[a].received_ns != q->heap[b].received_ns)
        return q->heap[a].received_ns < q->heap[b].received_ns;
    return q->heap[a].arrival < q->heap[b].arrival;
}

static void swap(replay_queue *q, size_t a, size_t b)
{
    uint8_t kept[sizeof q->heap[0]];
    memcpy(kept, &q->heap[a], sizeof kept);
    q->heap[a] = q->heap[b];
    memcpy(&q->heap[b], kept, sizeof kept);
}

void replay_queue_push(replay_queue *q, const frame *f)
{
    assert(q->count < REPLAY_QUEUE_SIZE);
    uint16_t place = q->free[REPLAY_QUEUE_SIZE - 1 - q->count];
    memcpy(&q->frames[place], f, frame_used_size(f));
    size_t at = q->count++;
    q->heap[at].received_ns = f->received_ns;
    q->heap[at].arrival = q->arrivals++;
    q->heap[at].place = place;
    for (; at > 0 && before(q, at, (at - 1) / 2); at = (at - 1) / 2)
        swap(q, at, (at - 1) / 2);
}

const frame *replay_queue_pop(replay_queue *q)
{
    if (q->count == 0)
        return NULL;
    uint16_t place = q->heap[0].place;
    q->heap[0] = q->heap[--q->count];
    q->free[REPLAY_QUEUE_SIZE - 1 - q->count] = place;
    for (size_t at = 0;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < q->count && before(q, child + 1, child))
            child++;
        if (child >= q->count || before(q, at, child))
            break;
        swap(q, at, child);
        at = child;
    }
    return &q->frames[place];
}
