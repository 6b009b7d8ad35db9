#include "daemon/run/run_bus.h"

#include "bus/keys.h"
#include "common/log.h"
#include "wire/message.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define PROBE_TOPIC "posed/v1/probe"

static void list_peers(const run_settings *r, bus_peer peers[RUN_MAX_PEERS])
{
    memset(peers, 0, RUN_MAX_PEERS * sizeof *peers);
    for (size_t i = 0; i < r->peer_count; i++) {
        const peer_settings *p = &r->peers[i];
        memcpy(peers[i].name, p->name, sizeof peers[i].name);
        memcpy(peers[i].public_key, p->public_key, sizeof peers[i].public_key);
        peers[i].publish = p->source_count > 0;
        peers[i].subscribe = p->subscribe;
    }
}
static_assert((int)RUN_PEER_NAME_SIZE == (int)BUS_PEER_SIZE && (int)RUN_KEY_SIZE == (int)BUS_KEY_SIZE,
              "peers are copied");

static bool open_gate(run_bus *b, const run_settings *r, error *e)
{
    bus_peer *peers = malloc(RUN_MAX_PEERS * sizeof *peers);
    if (!peers)
        return error_set(e, "out of memory");
    list_peers(r, peers);
    b->gate = gatekeeper_open(b->bus, peers, r->peer_count, e);
    free(peers);
    return b->gate != NULL;
}

bool run_bus_reload(run_bus *b, const run_settings *r)
{
    bus_peer *peers = b->gate ? malloc(RUN_MAX_PEERS * sizeof *peers) : NULL;
    if (!peers)
        return b->gate == NULL;
    list_peers(r, peers);
    const bool good = gatekeeper_reload(b->gate, peers, r->peer_count);
    free(peers);
    return good;
}

/* Frames come in at the configured endpoints and at the inner one. */
static bool open_frames(run_bus *b, const run_settings *r, const bus_keys *keys, error *e)
{
    static const char *const topics[] = {TOPIC_SENSOR_PREFIX, PROBE_TOPIC};
    const char *at[RUN_MAX_ENDPOINTS + 1];
    size_t count = 0;
    for (; count < r->bus.frames.count; count++)
        at[count] = r->bus.frames.at[count];
    at[count++] = RUN_INNER_ENDPOINT;
    const bus_link link = {.endpoints = at,
                           .endpoint_count = count,
                           .listen = true,
                           .keys = keys,
                           .queue = (int)r->bus.queue_frames,
                           .max_message_bytes = (int64_t)(r->bus.max_message_kib * 1024.0)};
    b->frames = bus_subscriber_open(b->bus, &link, topics, sizeof topics / sizeof *topics, e);
    return b->frames != NULL;
}

static bool open_poses(run_bus *b, const run_settings *r, const bus_keys *keys, error *e)
{
    const char *at[RUN_MAX_ENDPOINTS];
    for (size_t i = 0; i < r->bus.poses.count; i++)
        at[i] = r->bus.poses.at[i];
    const bus_link link = {.endpoints = at,
                           .endpoint_count = r->bus.poses.count,
                           .listen = true,
                           .keys = keys,
                           .queue = (int)r->bus.queue_poses,
                           .max_message_bytes = (int64_t)(r->bus.max_message_kib * 1024.0)};
    b->poses = bus_publisher_open(b->bus, &link, e);
    return b->poses != NULL;
}

static bool open_probe(run_bus *b, error *e)
{
    static const char *const at[] = {RUN_INNER_ENDPOINT};
    const bus_link link = {.endpoints = at, .endpoint_count = 1, .queue = 16, .max_message_bytes = 4096};
    b->probe = bus_publisher_open(b->bus, &link, e);
    if (getrandom(&b->probe_number, sizeof b->probe_number, 0) != (ssize_t)sizeof b->probe_number)
        return error_set(e, "no random numbers: %s", strerror(errno));
    return b->probe != NULL;
}

bool run_bus_open(run_bus *b, const run_settings *r, error *e)
{
    bus_keys keys;
    memset(b, 0, sizeof *b);
    memset(&keys, 0, sizeof keys);
    const bool secret = r->bus.secret_key[0] != '\0';
    if (secret && !bus_keys_load(&keys, r->bus.secret_key, e))
        return false;
    b->bus = bus_create(e);
    bool good = b->bus && (!secret || open_gate(b, r, e));
    good = good && open_frames(b, r, secret ? &keys : NULL, e) &&
           open_poses(b, r, secret ? &keys : NULL, e) && open_probe(b, e);
    bus_keys_forget(&keys);
    if (!good)
        run_bus_close(b);
    return good;
}

void run_bus_close(run_bus *b)
{
    if (b->probe)
        bus_publisher_close(b->probe);
    if (b->poses)
        bus_publisher_close(b->poses);
    if (b->frames)
        bus_subscriber_close(b->frames);
    if (b->gate)
        gatekeeper_close(b->gate);
    if (b->bus)
        bus_destroy(b->bus);
    memset(b, 0, sizeof *b);
}

void run_bus_probe(run_bus *b)
{
    b->probe_number++;
    bus_publish(b->probe, PROBE_TOPIC, &b->probe_number, sizeof b->probe_number);
}

bool run_bus_is_probe(const run_bus *b, const bus_message *m)
{
    return strcmp(m->topic, PROBE_TOPIC) == 0 && m->size == sizeof b->probe_number &&
           memcmp(m->payload, &b->probe_number, sizeof b->probe_number) == 0;
}
