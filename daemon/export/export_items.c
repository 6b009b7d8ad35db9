#include "daemon/export/export_items.h"

#include <stdlib.h>
#include <string.h>

/* What the messages of a channel are: found once, when the first one comes. */
typedef struct {
    bool known, readable;
    uint8_t item; /* export_item_kind */
    uint8_t kind; /* frame_kind */
    char source[FRAME_SOURCE_NAME_SIZE];
} channel_use;

struct export_items {
    mcap_reader *reader;
    size_t malformed;
    channel_use uses[UINT16_MAX + 1]; /* by channel id */
};

static export_item_kind item_of(const char *topic, channel_use *use)
{
    frame_kind kind;
    if (strcmp(topic, TOPIC_TRUTH) == 0)
        return EXPORT_TRUTH;
    if (strcmp(topic, TOPIC_POSE) == 0)
        return EXPORT_POSE;
    if (strcmp(topic, TOPIC_TRACK) == 0)
        return EXPORT_TRACK;
    if (!topic_parse_frame(topic, &kind, use->source))
        return EXPORT_NOTHING;
    use->kind = (uint8_t)kind;
    return EXPORT_FRAME;
}

static const channel_use *use_of(export_items *x, const mcap_channel *c)
{
    channel_use *use = &x->uses[c->id];
    char topic[TOPIC_SIZE];
    if (use->known)
        return use;
    use->known = true;
    use->readable = mcap_text_is(c->message_encoding, "protobuf");
    if (c->topic.size < sizeof topic) {
        memcpy(topic, c->topic.data, c->topic.size);
        topic[c->topic.size] = '\0';
        use->item = (uint8_t)item_of(topic, use);
    }
    return use;
}

export_items *export_items_open(const char *path, error *e)
{
    export_items *x = calloc(1, sizeof *x);
    if (!x) {
        error_set(e, "out of memory");
        return NULL;
    }
    x->reader = mcap_reader_open(path, e);
    if (x->reader)
        return x;
    export_items_close(x);
    return NULL;
}

void export_items_close(export_items *x)
{
    if (!x)
        return;
    mcap_reader_close(x->reader);
    free(x);
}

static bool decode(const channel_use *use, const mcap_message *m, export_item *item)
{
    error ignored;
    item->source = use->source;
    switch ((export_item_kind)use->item) {
    case EXPORT_FRAME:
        return message_decode_frame((frame_kind)use->kind, m->data, m->size, &item->frame, NULL, &ignored);
    case EXPORT_TRUTH:
        return message_decode_truth(m->data, m->size, &item->truth, &ignored);
    default:
        return message_decode_pose(m->data, m->size, &item->pose, &ignored);
    }
}

export_item_kind export_items_next(export_items *x, export_item *item)
{
    mcap_message m;
    while (mcap_reader_next(x->reader, &m)) {
        const channel_use *use = use_of(x, m.channel);
        if (use->item == EXPORT_NOTHING)
            continue;
        if (use->readable && decode(use, &m, item))
            return (export_item_kind)use->item;
        x->malformed++;
    }
    return EXPORT_NOTHING;
}

size_t export_items_malformed(const export_items *x)
{
    return x->malformed;
}

mcap_reader *export_items_reader(export_items *x)
{
    return x->reader;
}
