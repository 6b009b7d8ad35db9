#include "fusion/window.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = WINDOW_SMALL_SLOTS + WINDOW_LARGE_SLOTS, RING = 4096, SMALL_SIZE = 256 };

_Static_assert(offsetof(frame, u) + sizeof(frame_gnss) <= SMALL_SIZE, "a GNSS frame fits a small slot");
_Static_assert(SLOTS <= RING && (RING & (RING - 1)) == 0, "the ring holds every slot and wraps evenly");

typedef struct {
    int64_t time_ns;
    uint32_t sequence;
    uint16_t order; /* source and kind */
    uint16_t slot;
} entry;

struct window {
    entry ring[RING];    /* sorted, the oldest at `first` */
    uint32_t first, end; /* counted on for ever; their place is modulo RING */
    uint16_t free_small[WINDOW_SMALL_SLOTS], free_large[WINDOW_LARGE_SLOTS];
    int small_left, large_left;
    union {
        char bytes[SMALL_SIZE];
        int64_t align;
    } small[WINDOW_SMALL_SLOTS];
    frame large[WINDOW_LARGE_SLOTS];
};

window *window_create(void)
{
    window *w = malloc(sizeof *w);
    if (!w)
        return NULL;
    w->first = w->end = 0;
    w->small_left = WINDOW_SMALL_SLOTS;
    w->large_left = WINDOW_LARGE_SLOTS;
    for (int i = 0; i < WINDOW_SMALL_SLOTS; i++)
        w->free_small[i] = (uint16_t)(WINDOW_SMALL_SLOTS - 1 - i);
    for (int i = 0; i < WINDOW_LARGE_SLOTS; i++)
        w->free_large[i] = (uint16_t)(SLOTS - 1 - i);
    return w;
}

void window_destroy(window *w)
{
    free(w);
}

static bool before(const entry *a, const entry *b)
{
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns;
    if (a->order != b->order)
        return a->order < b->order;
    return a->sequence < b->sequence;
}

static frame *slot_frame(window *w, uint16_t slot)
{
    if (slot < WINDOW_SMALL_SLOTS)
        return (frame *)(void *)w->small[slot].bytes;
    return &w->large[slot - WINDOW_SMALL_SLOTS];
}

static bool take_slot(window *w, size_t size, uint16_t *slot)
{
    if (size <= SMALL_SIZE) {
        if (w->small_left == 0)
            return false;
        *slot = w->free_small[--w->small_left];
        return true;
    }
    if (w->large_left == 0)
        return false;
    *slot = w->free_large[--w->large_left];
    return true;
}

static void give_slot(window *w, uint16_t slot)
{
    if (slot < WINDOW_SMALL_SLOTS)
        w->free_small[w->small_left++] = slot;
    else
        w->free_large[w->large_left++] = slot;
}

static entry *at(window *w, uint32_t i)
{
    return &w->ring[i & (RING - 1)];
}

/* Frames come nearly in order: the place is found from the newest end. */
window_result window_put(window *w, int64_t time_ns, const frame *f)
{
    size_t size = frame_used_size(f);
    entry e = {.time_ns = time_ns,
               .sequence = f->sequence,
               .order = (uint16_t)(f->source * FRAME_KIND_COUNT + f->kind)};
    if (!take_slot(w, size, &e.slot))
        return WINDOW_FULL;
    uint32_t place = w->end++;
    for (; place != w->first && before(&e, at(w, place - 1)); place--)
        *at(w, place) = *at(w, place - 1);
    *at(w, place) = e;
    memcpy(slot_frame(w, e.slot), f, size);
    return WINDOW_TAKEN;
}

const frame *window_get(const window *w, uint32_t i)
{
    if (i >= w->end - w->first)
        return NULL;
    uint16_t slot = w->ring[(w->first + i) & (RING - 1)].slot;
    if (slot < WINDOW_SMALL_SLOTS)
        return (const frame *)(const void *)w->small[slot].bytes;
    return &w->large[slot - WINDOW_SMALL_SLOTS];
}

const frame *window_oldest(const window *w)
{
    return window_get(w, 0);
}

void window_drop(window *w)
{
    give_slot(w, at(w, w->first++)->slot);
}

void window_shift(window *w, int64_t delta_ns)
{
    for (uint32_t i = w->first; i != w->end; i++) {
        entry *e = at(w, i);
        frame *f = slot_frame(w, e->slot);
        e->time_ns += delta_ns;
        f->stamp_ns += delta_ns;
        f->received_ns += delta_ns;
    }
}
