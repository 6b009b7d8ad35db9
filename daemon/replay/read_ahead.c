#include "daemon/replay/read_ahead.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Items are handed over by the batch, for a wake-up costs as much as fusing several frames. Together the
 * batches fit beside the filter into a processor's second cache, and hold some seconds of a drive. */
enum { BATCHES = 8, BATCH_SIZE = 64 << 10 };

/* An item as it stands in a batch; `size` bytes follow: of a frame what is used, a truth point, a text. */
typedef struct {
    int64_t log_time_ns;
    uint32_t size;
    uint16_t source;
    uint8_t kind; /* drive_item_kind */
} head;

typedef struct {
    size_t used;
    unsigned char bytes[BATCH_SIZE];
} batch;

_Static_assert(sizeof(head) + sizeof(frame) <= BATCH_SIZE, "every item fits a batch");

struct read_ahead {
    drive_source *source;
    pthread_t thread;
    pthread_mutex_t lock;   /* of the three below */
    pthread_cond_t news;    /* for one of the two: never do both wait */
    uint32_t filled, taken; /* batches so far: their place is modulo BATCHES */
    bool stop;
    const batch *now; /* that is being taken; NULL: none yet */
    size_t at;        /* in it */
    drive_item item;  /* the reader's */
    batch batches[BATCHES];
};

/* ---- the thread that reads */

static const void *payload_of(drive_item_kind kind, const drive_item *item, size_t *size)
{
    switch (kind) {
    case DRIVE_FRAME:
        *size = frame_used_size(&item->frame);
        return &item->frame;
    case DRIVE_TRUTH:
        *size = sizeof item->truth;
        return &item->truth;
    case DRIVE_MALFORMED:
        *size = strlen(item->what.text) + 1;
        return item->what.text;
    case DRIVE_END:
        break;
    }
    *size = 0;
    return item;
}

static void put(batch *b, drive_item_kind kind, const drive_item *item)
{
    size_t size;
    const void *payload = payload_of(kind, item, &size);
    const head h = {item->log_time_ns, (uint32_t)size, item->source, (uint8_t)kind};
    memcpy(b->bytes + b->used, &h, sizeof h);
    memcpy(b->bytes + b->used + sizeof h, payload, size);
    b->used += sizeof h + size;
}

/* False: the drive ends in it. */
static bool fill(read_ahead *r, batch *b)
{
    drive_item_kind kind;
    b->used = 0;
    do {
        kind = drive_source_next(r->source, &r->item);
        put(b, kind, &r->item);
    } while (kind != DRIVE_END && b->used + sizeof(head) + sizeof(frame) <= BATCH_SIZE);
    return kind != DRIVE_END;
}

/* Waits for a batch that is free; NULL: nobody wants more. */
static batch *free_batch(read_ahead *r)
{
    pthread_mutex_lock(&r->lock);
    while (!r->stop && r->filled - r->taken == BATCHES)
        pthread_cond_wait(&r->news, &r->lock);
    batch *b = r->stop ? NULL : &r->batches[r->filled % BATCHES];
    pthread_mutex_unlock(&r->lock);
    return b;
}

static void hand_over(read_ahead *r)
{
    pthread_mutex_lock(&r->lock);
    r->filled++;
    pthread_cond_signal(&r->news);
    pthread_mutex_unlock(&r->lock);
}

static void *read_on(void *context)
{
    read_ahead *r = context;
    bool more = true;
    batch *b;
    while (more && (b = free_batch(r))) {
        more = fill(r, b);
        hand_over(r);
    }
    return NULL;
}

/* ---- the thread that takes */

bool read_ahead_pays(void)
{
    cpu_set_t may;
    return sched_getaffinity(0, sizeof may, &may) == 0 && CPU_COUNT(&may) > 1;
}

/* Signals are the main thread's. */
static bool start_thread(read_ahead *r)
{
    sigset_t all, kept;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &kept);
    const bool started = pthread_create(&r->thread, NULL, read_on, r) == 0;
    pthread_sigmask(SIG_SETMASK, &kept, NULL);
    return started;
}

read_ahead *read_ahead_start(drive_source *d)
{
    read_ahead *r = calloc(1, sizeof *r); /* what a decoder leaves out of a frame is zero, as in replay.c */
    if (!r)
        return NULL;
    r->source = d;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->news, NULL);
    if (start_thread(r))
        return r;
    pthread_cond_destroy(&r->news);
    pthread_mutex_destroy(&r->lock);
    free(r);
    return NULL;
}

/* Gives back the batch that has been taken, if one has, and waits for the next. */
static const batch *next_batch(read_ahead *r)
{
    pthread_mutex_lock(&r->lock);
    if (r->now && r->filled - ++r->taken == BATCHES / 2) /* not for each: it sleeps once all are full */
        pthread_cond_signal(&r->news);
    while (r->filled == r->taken)
        pthread_cond_wait(&r->news, &r->lock);
    const batch *b = &r->batches[r->taken % BATCHES];
    pthread_mutex_unlock(&r->lock);
    return b;
}

drive_item_kind read_ahead_next(read_ahead *r, drive_item *item)
{
    head h;
    if (!r->now || r->at == r->now->used) {
        r->now = next_batch(r);
        r->at = 0;
    }
    const unsigned char *from = r->now->bytes + r->at;
    memcpy(&h, from, sizeof h);
    if (h.kind == DRIVE_END) /* the last that there is: it stays */
        return DRIVE_END;
    r->at += sizeof h + h.size;
    item->log_time_ns = h.log_time_ns;
    item->source = h.source;
    item->what.text[0] = '\0';
    void *to = h.kind == DRIVE_FRAME   ? (void *)&item->frame
               : h.kind == DRIVE_TRUTH ? (void *)&item->truth
                                       : (void *)item->what.text;
    memcpy(to, from + sizeof h, h.size);
    return (drive_item_kind)h.kind;
}

void read_ahead_stop(read_ahead *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_signal(&r->news);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    pthread_cond_destroy(&r->news);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
