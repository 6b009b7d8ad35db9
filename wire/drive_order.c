#include "wire/drive_order.h"
#include "common/vector.h"
#include "wire/message.h"

#include <stdlib.h>
#include <string.h>

/* Of messages in memory: a day of a car with four radars. What has more is for a tool that sorts on disk. */
static const size_t most_bytes = (size_t)2 << 30;

typedef struct {
    uint64_t log_time_ns;
    size_t at, size; /* in the bytes */
    uint32_t sequence;
    uint16_t channel;
} kept;

struct drive_order {
    mcap_reader *reader;
    kept *list;
    size_t count, room, next;
    uint8_t *bytes;
    size_t used, capacity;
};

/* What a drive is read for: frames and truth. */
static bool is_wanted(const mcap_channel *c)
{
    const size_t length = strlen(TOPIC_SENSOR_PREFIX);
    return mcap_text_is(c->topic, TOPIC_TRUTH) ||
           (c->topic.size > length && memcmp(c->topic.data, TOPIC_SENSOR_PREFIX, length) == 0);
}

bool drive_order_needed(mcap_reader *r)
{
    mcap_message m;
    uint64_t last_ns = 0;
    bool needed = false;
    while (mcap_reader_next(r, &m)) {
        if (!is_wanted(m.channel))
            continue;
        needed = needed || m.log_time_ns < last_ns;
        last_ns = m.log_time_ns;
    }
    mcap_reader_rewind(r);
    return needed;
}

/* Room for one more message, and for its bytes. */
static bool make_room(drive_order *o, size_t bytes)
{
    kept *list = vector_reserve(o->list, &o->room, o->count + 1, sizeof *list);
    if (list)
        o->list = list;
    uint8_t *moved = vector_reserve(o->bytes, &o->capacity, o->used + bytes, 1);
    if (moved)
        o->bytes = moved;
    return list && moved;
}

static bool keep(drive_order *o, const mcap_message *m, error *e)
{
    if (m->size > most_bytes - o->used)
        return error_set(e,
                         "the messages do not stand in the order of their log times, and are too many to be "
                         "put into it here: sort the file first");
    if (!make_room(o, m->size))
        return error_set(e, "out of memory");
    o->list[o->count++] = (kept){m->log_time_ns, o->used, m->size, m->sequence, m->channel->id};
    if (m->size > 0)
        memcpy(o->bytes + o->used, m->data, m->size);
    o->used += m->size;
    return true;
}

/* Places in the bytes grow as they were written: they keep the order of equal times. */
static int by_time(const void *a, const void *b)
{
    const kept *x = a, *y = b;
    if (x->log_time_ns != y->log_time_ns)
        return x->log_time_ns < y->log_time_ns ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

drive_order *drive_order_create(mcap_reader *r, error *e)
{
    mcap_message m;
    drive_order *o = calloc(1, sizeof *o);
    bool good = o || error_set(e, "out of memory");
    if (o)
        o->reader = r;
    while (good && mcap_reader_next(r, &m))
        good = !is_wanted(m.channel) || keep(o, &m, e);
    if (good && o->count > 1)
        qsort(o->list, o->count, sizeof *o->list, by_time);
    if (good)
        return o;
    drive_order_destroy(o);
    return NULL;
}

void drive_order_destroy(drive_order *o)
{
    if (!o)
        return;
    free(o->list);
    free(o->bytes);
    free(o);
}

bool drive_order_next(drive_order *o, mcap_message *m)
{
    if (o->next == o->count)
        return false;
    const kept *k = &o->list[o->next++];
    *m = (mcap_message){.channel = mcap_reader_channel_by_id(o->reader, k->channel),
                        .channel_id = k->channel,
                        .sequence = k->sequence,
                        .log_time_ns = k->log_time_ns,
                        .publish_time_ns = k->log_time_ns,
                        .data = o->bytes + k->at,
                        .size = k->size};
    return true;
}
