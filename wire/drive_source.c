#include "wire/drive_source.h"
#include "wire/drive_order.h"

#include <stdlib.h>
#include <string.h>

typedef enum { CHANNEL_OTHER, CHANNEL_SENSOR, CHANNEL_TRUTH, CHANNEL_UNUSED } channel_use;

/* What a message of a channel becomes: resolved once, so that no string is compared per message. */
typedef struct {
    uint8_t use;  /* channel_use */
    uint8_t kind; /* frame_kind */
    uint16_t source;
} channel_binding;

struct drive_source {
    mcap_reader *reader;
    drive_order *order; /* NULL: file order */
    uint64_t unused;
    bool known[UINT16_MAX + 1];               /* channels that were there when the sources were bound */
    channel_binding bindings[UINT16_MAX + 1]; /* by channel id */
};

/* False when the channel is no sensor's. */
static bool parse_sensor(const mcap_channel *c, frame_kind *kind, char source[FRAME_SOURCE_NAME_SIZE])
{
    char topic[TOPIC_SIZE];
    if (c->topic.size >= sizeof topic)
        return false;
    memcpy(topic, c->topic.data, c->topic.size);
    topic[c->topic.size] = '\0';
    return topic_parse_frame(topic, kind, source);
}

static bool is_protobuf(const mcap_channel *c)
{
    return mcap_text_is(c->message_encoding, "protobuf");
}

/* False, with `e` set, when no channel is a sensor's in our encoding. */
static bool check_sensors(const mcap_reader *reader, const char *path, error *e)
{
    char name[FRAME_SOURCE_NAME_SIZE];
    frame_kind kind;
    const mcap_channel *other = NULL;
    for (size_t i = 0; i < mcap_reader_channel_count(reader); i++) {
        const mcap_channel *c = mcap_reader_channel(reader, i);
        if (!parse_sensor(c, &kind, name))
            continue;
        if (is_protobuf(c))
            return true;
        other = c;
    }
    if (other)
        return error_set(e, "%s: nothing to replay: channel %.*s is not in protobuf, which alone is read",
                         path, (int)other->topic.size, other->topic.data);
    return error_set(e, "%s: nothing to replay: no channel under " TOPIC_SENSOR_PREFIX, path);
}

/* A recording that was cut has no summary: its channels are known after a pass over it. */
static void find_channels(mcap_reader *reader)
{
    mcap_message message;
    while (mcap_reader_next(reader, &message))
        continue;
    mcap_reader_rewind(reader);
}

/* posed's summaries know all channels, and its files stand in the order in which posed had the messages: that
 * of the log times, but where the clock was set back. */
static bool is_by_posed(const mcap_reader *reader)
{
    static const char us[] = "posed ";
    mcap_text library = mcap_reader_header(reader).library;
    return library.size >= sizeof us - 1 && memcmp(library.data, us, sizeof us - 1) == 0;
}

static bool survey(drive_source *d, const char *path, error *e)
{
    error why = {""};
    if (!is_by_posed(d->reader)) {
        if (drive_order_needed(d->reader) && !(d->order = drive_order_create(d->reader, &why)))
            return error_set(e, "%s: %s", path, why.text);
    } else if (mcap_reader_channel_count(d->reader) == 0 || mcap_reader_damage(d->reader)) {
        find_channels(d->reader);
    }
    return check_sensors(d->reader, path, e);
}

drive_source *drive_source_open(const char *path, error *e)
{
    drive_source *d = calloc(1, sizeof *d);
    if (!d) {
        error_set(e, "%s: out of memory", path);
        return NULL;
    }
    d->reader = mcap_reader_open(path, e);
    if (d->reader && survey(d, path, e))
        return d;
    drive_source_close(d);
    return NULL;
}

void drive_source_close(drive_source *d)
{
    if (!d)
        return;
    drive_order_destroy(d->order);
    mcap_reader_close(d->reader);
    free(d);
}

bool drive_source_config(drive_source *d, mcap_text *yaml)
{
    return mcap_reader_attachment(d->reader, "config.yaml", yaml);
}

size_t drive_source_maps(const drive_source *d, map_identity *out, size_t room)
{
    return map_identity_find(mcap_reader_bytes(d->reader), out, room);
}

/* The record at `offset`, parsed. Returns where the next one begins; 0: there is none. */
static size_t parse_at(mcap_text file, uint64_t offset, mcap_record *record)
{
    if (offset >= file.size)
        return 0;
    if (!mcap_record_split((const uint8_t *)file.data + offset, file.size - offset, record) ||
        !mcap_record_parse(record))
        return 0;
    return offset + MCAP_RECORD_HEAD_SIZE + record->content.size;
}

bool drive_source_last_time(const drive_source *d, int64_t *time_ns)
{
    const size_t tail = MCAP_RECORD_HEAD_SIZE + MCAP_FOOTER_SIZE + MCAP_MAGIC_SIZE;
    mcap_text file = mcap_reader_bytes(d->reader);
    mcap_record record;
    if (file.size < tail || !parse_at(file, file.size - tail, &record) || record.opcode != MCAP_OP_FOOTER)
        return false;
    size_t at = record.as.footer.summary_start;
    while (at > 0 && (at = parse_at(file, at, &record)) > 0) {
        if (record.opcode != MCAP_OP_STATISTICS)
            continue;
        *time_ns = (int64_t)record.as.statistics.message_end_time_ns;
        return true;
    }
    return false;
}

static bool bind_channel(drive_source *d, const mcap_channel *c, settings *s, error *e)
{
    char name[FRAME_SOURCE_NAME_SIZE];
    channel_binding *b = &d->bindings[c->id];
    frame_kind kind;
    d->known[c->id] = true;
    if (mcap_text_is(c->topic, TOPIC_TRUTH)) {
        b->use = CHANNEL_TRUTH;
        return true;
    }
    if (!parse_sensor(c, &kind, name))
        return true;
    if (!is_protobuf(c)) {
        b->use = CHANNEL_UNUSED;
        return true;
    }
    const source_settings *source = settings_add_source(s, name);
    if (!source)
        return error_set(e, "source %s: there is room for %d sources", name, SETTINGS_MAX_SOURCES);
    *b = (channel_binding){CHANNEL_SENSOR, (uint8_t)kind, (uint16_t)(source - s->sources)};
    return true;
}

bool drive_source_bind(drive_source *d, settings *s, error *e)
{
    for (size_t i = 0; i < mcap_reader_channel_count(d->reader); i++) {
        if (!bind_channel(d, mcap_reader_channel(d->reader, i), s, e))
            return false;
    }
    return true;
}

/* A channel that turned up only now; a sensor's cannot be used any more, and that is counted. */
static void meet_channel(drive_source *d, const mcap_channel *c)
{
    char name[FRAME_SOURCE_NAME_SIZE];
    frame_kind kind;
    d->known[c->id] = true;
    d->bindings[c->id].use = parse_sensor(c, &kind, name) ? CHANNEL_UNUSED : CHANNEL_OTHER;
}

static drive_item_kind take_frame(channel_binding b, const mcap_message *m, drive_item *item)
{
    item->source = b.source;
    if (!message_decode_frame((frame_kind)b.kind, m->data, m->size, &item->frame, NULL, &item->what))
        return DRIVE_MALFORMED;
    item->frame.source = b.source;
    return DRIVE_FRAME;
}

static drive_item_kind take_truth(const mcap_message *m, drive_item *item)
{
    item->source = DRIVE_SOURCE_NONE;
    return message_decode_truth(m->data, m->size, &item->truth, &item->what) ? DRIVE_TRUTH : DRIVE_MALFORMED;
}

static bool next_message(drive_source *d, mcap_message *m)
{
    return d->order ? drive_order_next(d->order, m) : mcap_reader_next(d->reader, m);
}

drive_item_kind drive_source_next(drive_source *d, drive_item *item)
{
    mcap_message m;
    item->what.text[0] = '\0';
    while (next_message(d, &m)) {
        uint16_t id = m.channel->id;
        if (!d->known[id])
            meet_channel(d, m.channel);
        item->log_time_ns = m.log_time_ns <= INT64_MAX ? (int64_t)m.log_time_ns : INT64_MAX;
        switch ((channel_use)d->bindings[id].use) {
        case CHANNEL_SENSOR:
            return take_frame(d->bindings[id], &m, item);
        case CHANNEL_TRUTH:
            return take_truth(&m, item);
        case CHANNEL_UNUSED:
            d->unused++;
            break;
        case CHANNEL_OTHER:
            break;
        }
    }
    return DRIVE_END;
}

const char *drive_source_damage(const drive_source *d)
{
    return mcap_reader_damage(d->reader);
}

uint64_t drive_source_unused(const drive_source *d)
{
    return d->unused;
}
