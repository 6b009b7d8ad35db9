#include "bus/bus_private.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

/* A flood of malformed messages must not hold the caller's loop: after so many it gets its turn. */
enum { MALFORMED_AT_ONCE = 64 };

struct bus_subscriber {
    bus_socket socket;
    zmq_msg_t topic, payload;
    char topic_text[BUS_TOPIC_SIZE];
    size_t max_size;
    uint64_t malformed;
};

static void subscribe(const bus_subscriber *s, const char *const *topics, size_t count)
{
    for (size_t i = 0; i < count; i++)
        zmq_setsockopt(s->socket.zmq, ZMQ_SUBSCRIBE, topics[i], strlen(topics[i]));
}

bus_subscriber *bus_subscriber_open(bus *b, const bus_link *l, const char *const *topics, size_t topic_count,
                                    error *e)
{
    bus_subscriber *s = calloc(1, sizeof *s);
    if (!s) {
        error_set(e, "out of memory");
        return NULL;
    }
    zmq_msg_init(&s->topic);
    zmq_msg_init(&s->payload);
    s->max_size = (size_t)l->max_message_bytes;
    if (bus_socket_create(&s->socket, b, ZMQ_SUB, l, e)) {
        bus_socket_set(&s->socket, ZMQ_LINGER, 0);
        subscribe(s, topics, topic_count);
        if (bus_socket_start(&s->socket, l, "frames", e))
            return s;
    }
    bus_subscriber_close(s);
    return NULL;
}

void bus_subscriber_close(bus_subscriber *s)
{
    if (!s)
        return;
    zmq_msg_close(&s->topic);
    zmq_msg_close(&s->payload);
    bus_socket_close(&s->socket);
    free(s);
}

/* Both parts, when there are just two. The parts of a message arrive together, so that only the first can be
 * missing. */
typedef enum { NOTHING, WHOLE, MALFORMED } received;

static received receive(bus_subscriber *s)
{
    if (zmq_msg_recv(&s->topic, s->socket.zmq, ZMQ_DONTWAIT) < 0)
        return NOTHING;
    if (!zmq_msg_more(&s->topic) || zmq_msg_recv(&s->payload, s->socket.zmq, ZMQ_DONTWAIT) < 0)
        return MALFORMED;
    if (!zmq_msg_more(&s->payload))
        return WHOLE;
    while (zmq_msg_more(&s->payload) && zmq_msg_recv(&s->payload, s->socket.zmq, ZMQ_DONTWAIT) >= 0)
        continue;
    return MALFORMED;
}

static bool copy_topic(bus_subscriber *s)
{
    size_t size = zmq_msg_size(&s->topic);
    const char *topic = zmq_msg_data(&s->topic);
    if (size == 0 || size >= sizeof s->topic_text || memchr(topic, '\0', size))
        return false;
    memcpy(s->topic_text, topic, size);
    s->topic_text[size] = '\0';
    return true;
}

/* Whose CURVE key it came with; see bus_private.h about the token. */
static const char *peer_of(const bus_subscriber *s)
{
    const char *user = zmq_msg_gets(&s->payload, "User-Id"), *token = s->socket.bus->token;
    size_t length = BUS_TOKEN_SIZE - 1;
    return user && token[0] != '\0' && strncmp(user, token, length) == 0 ? user + length : NULL;
}

bool bus_subscriber_take(bus_subscriber *s, bus_message *m)
{
    *m = (bus_message){.topic = ""};
    for (int i = 0; i < MALFORMED_AT_ONCE; i++) {
        received r = receive(s);
        if (r == NOTHING) {
            bus_socket_mend(&s->socket);
            return false;
        }
        if (r == WHOLE && zmq_msg_size(&s->payload) <= s->max_size && copy_topic(s)) {
            *m = (bus_message){.topic = s->topic_text,
                               .payload = zmq_msg_data(&s->payload),
                               .size = zmq_msg_size(&s->payload),
                               .peer = peer_of(s)};
            return true;
        }
        s->malformed++;
    }
    return true;
}

int bus_subscriber_fd(const bus_subscriber *s)
{
    return bus_socket_fd(&s->socket);
}

uint64_t bus_subscriber_malformed(const bus_subscriber *s)
{
    return s->malformed;
}
