#include "wire/message_head.h"
#include "wire/field_reader.h"

#include <string.h>

#define BIT(number) (UINT32_C(1) << (number))

#define SEQUENCE                                                                                             \
    {                                                                                                        \
        .name = "sequence", .type = FIELD_U32, .offset = offsetof(message_head, sequence)                    \
    }
#define STAMP                                                                                                \
    {                                                                                                        \
        .name = "stamp_ns", .type = FIELD_TIME, .offset = offsetof(message_head, stamp_ns)                   \
    }

/* Where they stand: of the state of the whole, and of something about one source. */
static const field_layout whole_fields[] = {[1] = SEQUENCE, [2] = STAMP};
static const field_layout source_fields[] = {[2] = SEQUENCE, [3] = STAMP};

static const struct {
    const char *topic;
    message_layout head;
} contents[] = {
#define WHOLE(topic, message)                                                                                \
    {                                                                                                        \
        topic,                                                                                               \
        {                                                                                                    \
            message, whole_fields, 3, BIT(2)                                                                 \
        }                                                                                                    \
    }
#define SOURCE(topic, message)                                                                               \
    {                                                                                                        \
        topic,                                                                                               \
        {                                                                                                    \
            message, source_fields, 4, BIT(3)                                                                \
        }                                                                                                    \
    }
    [TOPIC_IS_POSE] = WHOLE(TOPIC_POSE, "posed.v1.PoseEstimate"),
    [TOPIC_IS_TRACK] = WHOLE(TOPIC_TRACK, "posed.v1.PoseEstimate"),
    [TOPIC_IS_VERDICT] = SOURCE(TOPIC_VERDICT, "posed.v1.Verdict"),
    [TOPIC_IS_STATUS] = WHOLE(TOPIC_STATUS, "posed.v1.Status"),
    [TOPIC_IS_FAULT] = SOURCE(TOPIC_FAULT, "posed.v1.Fault"),
    [TOPIC_IS_TRUTH] = WHOLE(TOPIC_TRUTH, "posed.v1.Truth"),
};
_Static_assert(sizeof contents / sizeof *contents == TOPIC_USE_COUNT, "one row each");

bool topic_content_find(const char *topic, topic_content *c)
{
    memset(c, 0, sizeof *c);
    if (topic_parse_frame(topic, &c->kind, c->source)) {
        c->use = TOPIC_IS_FRAME;
        c->message = message_name_of_frame(c->kind);
        return true;
    }
    for (int use = TOPIC_IS_FRAME + 1; use < TOPIC_USE_COUNT; use++) {
        if (strcmp(topic, contents[use].topic) == 0) {
            c->use = (topic_use)use;
            c->message = contents[use].head.name;
            return true;
        }
    }
    return false;
}

static bool read_frame(const topic_content *c, const void *data, size_t size, message_head *h, error *e)
{
    frame f;
    char source[FRAME_SOURCE_NAME_SIZE];
    if (!message_decode_frame(c->kind, data, size, &f, source, e))
        return false;
    if (strcmp(source, c->source) != 0)
        return error_set(e, "%s: source: \"%s\" under the topic of %s", c->message, source, c->source);
    *h = (message_head){f.sequence, f.stamp_ns, f.received_ns};
    return true;
}

bool message_head_read(const topic_content *c, const void *data, size_t size, message_head *h, error *e)
{
    if (c->use == TOPIC_IS_FRAME)
        return read_frame(c, data, size, h, e);
    *h = (message_head){0};
    if (!field_read(&contents[c->use].head, data, size, h, NULL, e))
        return false;
    h->received_ns = h->stamp_ns;
    return true;
}
