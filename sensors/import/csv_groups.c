#include "sensors/import/csv_groups.h"

#include <stdlib.h>

/* Multiplicative hash; the high bits are the good ones. */
static size_t place_of(const csv_group *one, size_t room)
{
    const uint64_t spread = UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / golden ratio */
    uint64_t h = ((uint64_t)one->stamp_ns * spread) ^ (uint64_t)one->number;
    h = (h * spread) ^ one->source;
    return (size_t)((h * spread) >> 32) & (room - 1);
}

static bool is_same(const csv_group *a, const csv_group *b)
{
    return a->number == b->number && a->stamp_ns == b->stamp_ns && a->source == b->source;
}

/* The slot of `one`, or the free one where it belongs. */
static csv_group *find(csv_group *slots, size_t room, const csv_group *one)
{
    size_t i = place_of(one, room);
    while (slots[i].used && !is_same(&slots[i], one))
        i = (i + 1) & (room - 1);
    return &slots[i];
}

/* At most half full, so that a search is short. */
static bool grow(csv_groups *g)
{
    if (2 * (g->count + 1) <= g->room)
        return true;
    size_t room = g->room ? 2 * g->room : 1024;
    csv_group *slots = calloc(room, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < g->room; i++) {
        if (g->slots[i].used)
            *find(slots, room, &g->slots[i]) = g->slots[i];
    }
    free(g->slots);
    g->slots = slots;
    g->room = room;
    return true;
}

csv_group_result csv_groups_add(csv_groups *g, uint32_t source, int64_t number, int64_t stamp_ns)
{
    const csv_group one = {number, stamp_ns, source, true};
    if (!grow(g))
        return CSV_GROUP_NO_MEMORY;
    csv_group *slot = find(g->slots, g->room, &one);
    if (slot->used)
        return CSV_GROUP_KNOWN;
    *slot = one;
    g->count++;
    return CSV_GROUP_NEW;
}

void csv_groups_finish(csv_groups *g)
{
    free(g->slots);
    *g = (csv_groups){0};
}
