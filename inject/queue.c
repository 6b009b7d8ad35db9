#include "inject/queue.h"

#include "common/vector.h"

#include <stdlib.h>
#include <string.h>

static bool is_before(const queue_entry *a, const queue_entry *b)
{
    if (a->received_ns != b->received_ns)
        return a->received_ns < b->received_ns;
    return a->order < b->order;
}

static void swap(queue_entry *a, queue_entry *b)
{
    queue_entry entry = *a;
    *a = *b;
    *b = entry;
}

static bool make_room(inject_queue *q)
{
    if (q->count == INJECT_MAX_WAITING)
        return false;
    queue_entry *entries = vector_reserve(q->entries, &q->capacity, q->count + 1, sizeof *entries);
    if (!entries)
        return false;
    q->entries = entries;
    return true;
}

bool inject_queue_add(inject_queue *q, const frame *f, uint64_t order)
{
    size_t size = frame_used_size(f);
    frame *held = make_room(q) ? malloc(size) : NULL;
    if (!held)
        return false;
    memcpy(held, f, size);
    size_t at = q->count++;
    q->entries[at] = (queue_entry){f->received_ns, order, held};
    for (; at > 0 && is_before(&q->entries[at], &q->entries[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&q->entries[at], &q->entries[(at - 1) / 2]);
    return true;
}

const queue_entry *inject_queue_first(const inject_queue *q)
{
    return q->count > 0 ? &q->entries[0] : NULL;
}

static void sink(inject_queue *q)
{
    for (size_t at = 0;;) {
        size_t first = at, left = 2 * at + 1;
        for (size_t child = left; child < left + 2 && child < q->count; child++)
            first = is_before(&q->entries[child], &q->entries[first]) ? child : first;
        if (first == at)
            return;
        swap(&q->entries[at], &q->entries[first]);
        at = first;
    }
}

void inject_queue_take(inject_queue *q, frame *out)
{
    frame *held = q->entries[0].held;
    memcpy(out, held, frame_used_size(held));
    free(held);
    q->entries[0] = q->entries[--q->count];
    sink(q);
}

void inject_queue_finish(inject_queue *q)
{
    for (size_t i = 0; i < q->count; i++)
        free(q->entries[i].held);
    free(q->entries);
}
