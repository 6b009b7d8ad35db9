/* Adapter bus: relays what another program publishes on an endpoint of its own, strictly decoded. */
#include "bus/keys.h"
#include "sensors/adapter.h"
#include "wire/message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUEUE = 1000, /* messages that may wait while the adapter is held up */
    BATCH = 256,  /* messages in a row before it is looked whether to stop */
    KIB = 1024,
};

typedef struct {
    adapter *adapter;
    bus *bus;
    bus_subscriber *subscriber;
    const char *sources;
    uint64_t misshapen; /* that the bus has dropped, and were said */
    frame frame;
} relay;

/* Whether the list, "gnss/roof,radar/front", names it; an empty one names all. */
static bool is_wanted(const relay *r, const char *source)
{
    const char *word = r->sources;
    if (*word == '\0')
        return true;
    for (size_t size; *word != '\0'; word += size + (word[size] == ',')) {
        size = strcspn(word, ",");
        if (strlen(source) == size && memcmp(word, source, size) == 0)
            return true;
    }
    return false;
}

/* False: it is to stop. */
static bool pass_on(relay *r, const bus_message *m)
{
    error e = {""};
    frame_kind kind;
    char by_topic[FRAME_SOURCE_NAME_SIZE], source[FRAME_SOURCE_NAME_SIZE];
    if (!topic_parse_frame(m->topic, &kind, by_topic)) {
        adapter_malformed(r->adapter, "%s: not the topic of a sensor", m->topic);
        return true;
    }
    if (!is_wanted(r, by_topic))
        return true;
    if (!message_decode_frame(kind, m->payload, m->size, &r->frame, source, &e)) {
        adapter_malformed(r->adapter, "%s: %s", m->topic, e.text);
        return true;
    }
    if (strcmp(source, by_topic) != 0) {
        adapter_malformed(r->adapter, "%s: a frame of %s", m->topic, source);
        return true;
    }
    return adapter_relay(r->adapter, &r->frame, source);
}

/* Messages that did not even have a shape. */
static void count_misshapen(relay *r)
{
    for (uint64_t now = bus_subscriber_malformed(r->subscriber); r->misshapen < now; r->misshapen++)
        adapter_malformed(r->adapter,
                          "a message is not of two parts, a topic and a payload of at most %g KiB",
                          adapter_number(r->adapter, "max_message_kib"));
}

/* Takes what waits. False: it is to stop; `more` when there may be more. */
static bool take_messages(relay *r, bool *more)
{
    bus_message m;
    *more = true;
    for (int i = 0; i < BATCH; i++) {
        if (!bus_subscriber_take(r->subscriber, &m)) {
            *more = false;
            break;
        }
        if (m.topic[0] != '\0' && !pass_on(r, &m))
            return false;
    }
    count_misshapen(r);
    return true;
}

static void run_loop(relay *r)
{
    int fd = bus_subscriber_fd(r->subscriber);
    bool more;
    while (take_messages(r, &more)) {
        if (adapter_wait(r->adapter, more ? -1 : fd, more ? 0.0 : -1.0) == ADAPTER_STOP)
            return;
    }
}

/* A listening side would have to know whose keys it lets in, which is what posed run does. */
static bool check(const adapter *a, error *e)
{
    bool listens = adapter_given(a, "listen"), connects = adapter_given(a, "connect");
    if (listens == connects)
        return error_set(e, "give %s: the endpoint to listen at, or the one to connect to",
                         listens ? "either --listen or --connect, not both" : "--listen or --connect");
    if (listens && (adapter_given(a, "key") || adapter_given(a, "server_key")))
        return error_set(e, "%s: keys are for --connect; a publisher far away connects to posed run itself",
                         adapter_where(a, adapter_given(a, "key") ? "key" : "server_key"));
    return true;
}

static bool load_keys(const adapter *a, bus_keys *keys, char server_key[BUS_KEY_SIZE], error *e)
{
    const char *server = adapter_text(a, "server_key"), *secret = adapter_text(a, "key");
    if (strncmp(secret, "credential:", 11) != 0)
        secret = adapter_path(a, "key");
    if (secret[0] != '\0' && !bus_keys_load(keys, secret, e))
        return false;
    if (server[0] == '\0' || bus_key_valid(server)) {
        memcpy(server_key, server, strlen(server) + 1);
        return true;
    }
    return bus_public_key_load(server_key, adapter_path(a, "server_key"), e);
}

static bool open_bus(relay *r, error *e)
{
    static const char *const topics[] = {TOPIC_SENSOR_PREFIX};
    const adapter *a = r->adapter;
    bool listens = adapter_given(a, "listen");
    const char *endpoint = adapter_text(a, listens ? "listen" : "connect");
    char server_key[BUS_KEY_SIZE];
    bus_keys keys = {.public_key = ""};
    if (!load_keys(a, &keys, server_key, e))
        return false;
    const bus_link link = {.endpoints = &endpoint,
                           .endpoint_count = 1,
                           .listen = listens,
                           .keys = adapter_given(a, "key") ? &keys : NULL,
                           .server_key = server_key,
                           .queue = QUEUE,
                           .max_message_bytes = (int64_t)(KIB * adapter_number(a, "max_message_kib"))};
    r->bus = bus_create(e);
    if (r->bus)
        r->subscriber = bus_subscriber_open(r->bus, &link, topics, 1, e);
    bus_keys_forget(&keys);
    return r->subscriber != NULL;
}

static bool run(adapter *a, error *e)
{
    relay *r = calloc(1, sizeof *r);
    if (!r)
        return error_set(e, "out of memory");
    r->adapter = a;
    r->sources = adapter_text(a, "sources");
    bool ok = check(a, e) && open_bus(r, e);
    if (ok)
        run_loop(r);
    bus_subscriber_close(r->subscriber);
    bus_destroy(r->bus);
    free(r);
    return ok;
}

static const adapter_option options[] = {
    {"listen", ADAPTER_TEXT, .value = "",
     .meaning =
         "Endpoint to listen at, where the other program connects: ipc:///run/mine, tcp://127.0.0.1:5700."},
    {"connect", ADAPTER_TEXT, .value = "", .meaning = "Endpoint where the other program listens."},
    {"sources", ADAPTER_TEXT, .value = "",
     .meaning = "Sources to be relayed, a list with commas (gnss/roof,radar/front); empty: all."},
    {"max_message_kib", ADAPTER_NUMBER, .unit = "KiB", .min = 1, .max = 1024, .value = "64",
     .meaning = "Larger messages are refused, and their sender is disconnected."},
    {"key", ADAPTER_TEXT, .value = "",
     .meaning = "Secret key of this side, a file or credential:NAME; for --connect."},
    {"server_key", ADAPTER_TEXT, .value = "",
     .meaning = "Public key of the other side, Z85 or a file; for --connect."},
};

extern const adapter_kind adapter_bus;
const adapter_kind adapter_bus = {
    .name = "bus",
    .summary = "relay what another program publishes",
    .help = "Most programs can publish to posed run directly: see docs/ADAPTERS.md.\n",
    .source = NULL,
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
