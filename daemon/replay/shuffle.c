#include "daemon/replay/shuffle.h"

#include "common/vector.h"

#include <stdlib.h>
#include <string.h>

/* Share of the window that is used; the rest is for stamps that lie a little ahead of their reception. */
static const double window_share = 0.95;

void arrival_store_finish(arrival_store *store)
{
    free(store->bytes);
    free(store->offsets);
    memset(store, 0, sizeof *store);
}

bool arrival_store_add(arrival_store *store, const frame *f)
{
    size_t size = frame_used_size(f);
    unsigned char *bytes = vector_reserve(store->bytes, &store->capacity, store->used + size, 1);
    if (!bytes)
        return false;
    store->bytes = bytes;
    size_t *offsets =
        vector_reserve(store->offsets, &store->offset_capacity, store->count + 1, sizeof *offsets);
    if (!offsets)
        return false;
    store->offsets = offsets;
    memcpy(bytes + store->used, f, size);
    offsets[store->count++] = store->used;
    store->used += size;
    return true;
}

void arrival_store_get(const arrival_store *store, size_t index, frame *f)
{
    size_t end = index + 1 < store->count ? store->offsets[index + 1] : store->used;
    memcpy(f, store->bytes + store->offsets[index], end - store->offsets[index]);
}

/* splitmix64 (Steele, Lea, Flood 2014): good enough to deal cards, and the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Uniform in [0, 1): 53 bits, all that a double holds. */
static double next_uniform(uint64_t *state)
{
    return (double)(next_random(state) >> 11) * 0x1p-53;
}

typedef struct {
    int64_t arrival_ns;
    size_t index;
} arrival;

static int compare_arrivals(const void *left, const void *right)
{
    const arrival *a = left, *b = right;
    if (a->arrival_ns != b->arrival_ns)
        return a->arrival_ns < b->arrival_ns ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static int64_t delayed(const arrival_store *store, size_t index, double window_s, double uniform)
{
    int64_t stamp_ns, received_ns;
    const unsigned char *f = store->bytes + store->offsets[index];
    memcpy(&stamp_ns, f + offsetof(frame, stamp_ns), sizeof stamp_ns);
    memcpy(&received_ns, f + offsetof(frame, received_ns), sizeof received_ns);
    double latency_ns = (double)received_ns - (double)stamp_ns;
    double room_ns = window_share * window_s * 1e9 - (latency_ns > 0 ? latency_ns : 0);
    int64_t arrival_ns = received_ns;
    if (room_ns > 0 && __builtin_add_overflow(received_ns, (int64_t)(uniform * room_ns), &arrival_ns))
        return INT64_MAX;
    return arrival_ns;
}

bool shuffle_order(const arrival_store *store, double window_s, uint64_t seed, size_t *order)
{
    if (store->count == 0)
        return true;
    arrival *arrivals = malloc(store->count * sizeof *arrivals);
    if (!arrivals)
        return false;
    for (size_t i = 0; i < store->count; i++)
        arrivals[i] = (arrival){delayed(store, i, window_s, next_uniform(&seed)), i};
    qsort(arrivals, store->count, sizeof *arrivals, compare_arrivals);
    for (size_t i = 0; i < store->count; i++)
        order[i] = arrivals[i].index;
    free(arrivals);
    return true;
}
