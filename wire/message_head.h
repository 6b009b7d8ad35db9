/*
 * What travels under a topic, and what every message says of itself: enough to file it without knowing the
 * rest.
 */
#ifndef POSED_WIRE_MESSAGE_HEAD_H
#define POSED_WIRE_MESSAGE_HEAD_H

#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    TOPIC_IS_FRAME,
    TOPIC_IS_POSE,
    TOPIC_IS_TRACK,
    TOPIC_IS_VERDICT,
    TOPIC_IS_STATUS,
    TOPIC_IS_FAULT,
    TOPIC_IS_TRUTH,
    TOPIC_USE_COUNT
} topic_use;

typedef struct {
    topic_use use;
    frame_kind kind;                     /* of frames */
    char source[FRAME_SOURCE_NAME_SIZE]; /* of frames; "" for others */
    const char *message;                 /* "posed.v1.GnssFix" */
} topic_content;

/* False when nothing of ours travels under that topic. */
bool topic_content_find(const char *topic, topic_content *c);

typedef struct {
    uint32_t sequence; /* as its topic counts: of a verdict, that of the frame */
    int64_t stamp_ns;
    int64_t received_ns; /* of frames; of others the stamp */
} message_head;

/* Reads it; a frame is read as a whole and must be of the topic's source. False with `e` set when the message
 * is malformed. */
bool message_head_read(const topic_content *c, const void *data, size_t size, message_head *h, error *e);

#ifdef __cplusplus
}
#endif
#endif
