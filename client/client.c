/* A subscription: connecting, the handshake, waiting. */
#include "client/guess.h"
#include "client/receive.h"

#include "bus/keys.h"
#include "common/clock.h"
#include "wire/message.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A connection that ZeroMQ has given up is made again when its socket is looked at: at least this often. */
static const int64_t look_ns = 1000000000;

/* Waits for the socket: 1 to be looked at, 0 time is up or a signal came, -1 the system failed. */
static int wait_for_more(posed_client *c, int64_t until_ns)
{
    struct pollfd p = {.fd = bus_subscriber_fd(c->subscriber), .events = POLLIN};
    int64_t rest_ns = until_ns - monotonic_ns();
    bool last = rest_ns <= look_ns;
    if (rest_ns <= 0)
        return 0;
    if (!last)
        rest_ns = look_ns;
    const struct timespec rest = {.tv_sec = (time_t)(rest_ns / 1000000000),
                                  .tv_nsec = (long)(rest_ns % 1000000000)};
    int ready = ppoll(&p, 1, &rest, NULL);
    if (ready >= 0)
        return ready > 0 || !last;
    if (errno == EINTR)
        return 0;
    c->problem.text[0] = '\0';
    error_set(&c->problem, "cannot wait for messages: %s", strerror(errno));
    return -1;
}

/* On CLOCK_MONOTONIC; INT64_MAX: never. */
static int64_t deadline_ns(double timeout_s)
{
    if (timeout_s < 0 || timeout_s > 1e9)
        return INT64_MAX;
    return monotonic_ns() + (timeout_s > 0 ? (int64_t)(timeout_s * 1e9) : 0);
}

static int next_until(posed_client *c, int64_t until_ns, const posed_event **event)
{
    *event = NULL;
    for (;;) {
        taken t = client_take(c);
        if (t == TAKEN_EVENT)
            *event = &c->event;
        if (t != TAKEN_NOTHING)
            return t == TAKEN_EVENT ? 1 : -1;
        int ready = wait_for_more(c, until_ns);
        if (ready <= 0)
            return ready;
    }
}

int posed_next(posed_client *c, double timeout_s, const posed_event **event)
{
    return next_until(c, deadline_ns(timeout_s), event);
}

const posed_pose *posed_latest_pose(posed_client *c)
{
    while (client_take(c) != TAKEN_NOTHING)
        continue;
    return c->has_pose && c->accepted && posed_pose_usable(&c->pose, posed_now_ns(c)) ? &c->pose : NULL;
}

int64_t posed_now_ns(const posed_client *c)
{
    const posed_status *s = client_status(c);
    if (!s || !s->drive_time)
        return utc_ns();
    return c->drive_ns + (monotonic_ns() - c->drive_taken_ns);
}

/* ---- connecting */

/* The options of this library, whatever size the program's had. */
static posed_options options_of(const posed_options *given)
{
    posed_options o = POSED_OPTIONS_INIT;
    if (given)
        memcpy(&o, given, given->size < sizeof o ? given->size : sizeof o);
    return o;
}

static bool open_subscriber(posed_client *c, const char *endpoint, const posed_options *o, error *e)
{
    const char *wanted[POSED_KIND_COUNT];
    size_t count = 0;
    bus_keys keys = {"", ""};
    if (!(o->queue > 0))
        return error_set(e, "a queue of %d messages", o->queue);
    if (o->secret_key && o->secret_key[0] != '\0' && !bus_keys_load(&keys, o->secret_key, e))
        return false;
    for (unsigned i = 0; i < POSED_KIND_COUNT; i++) {
        if ((o->kinds >> i & 1u) || i == POSED_KIND_STATUS)
            wanted[count++] = client_topic((posed_kind)i);
    }
    const bus_link link = {.endpoints = &endpoint,
                           .endpoint_count = 1,
                           .keys = &keys,
                           .server_key = o->server_key,
                           .queue = o->queue,
                           .max_message_bytes = MESSAGE_MAX_SIZE};
    c->context = bus_create(e);
    c->subscriber = c->context ? bus_subscriber_open(c->context, &link, wanted, count, e) : NULL;
    explicit_bzero(&keys, sizeof keys);
    return c->subscriber != NULL;
}

const char *client_guess(const char *endpoint)
{
    static const char ipc[] = "ipc://";
    if (strncmp(endpoint, ipc, sizeof ipc - 1) != 0)
        return "is posed running there, and does it know this key?";
    if (access(endpoint + sizeof ipc - 1, W_OK) == 0)
        return "is posed running?";
    return errno == EACCES ? "this user may not use that socket: is it in the group posed?"
                           : "there is no such socket: is posed running?";
}

static bool shake_hands(posed_client *c, const char *endpoint, double timeout_s, error *e)
{
    const posed_event *event;
    int64_t until_ns = deadline_ns(timeout_s);
    if (timeout_s == 0)
        return true;
    int got;
    do
        got = next_until(c, until_ns, &event);
    while (got == 0 && monotonic_ns() < until_ns); /* a signal came */
    if (got > 0)
        return true;
    if (got < 0)
        return error_set(e, "%s: %s", endpoint, c->problem.text);
    if (c->problem.text[0] != '\0')
        return error_set(e, "%s: no good status within %g s: %s", endpoint, timeout_s, c->problem.text);
    return error_set(e, "%s: nothing came within %g s; %s", endpoint, timeout_s, client_guess(endpoint));
}

posed_client *posed_connect(const char *endpoint, const posed_options *options,
                            char problem[POSED_PROBLEM_SIZE])
{
    _Static_assert(sizeof((error *)0)->text <= POSED_PROBLEM_SIZE, "every text fits");
    const posed_options o = options_of(options);
    error e = {""};
    posed_client *c = calloc(1, sizeof *c);
    if (!endpoint)
        endpoint = POSED_DEFAULT_ENDPOINT;
    if (!c)
        error_set(&e, "out of memory");
    if (c && (!open_subscriber(c, endpoint, &o, &e) || !shake_hands(c, endpoint, o.timeout_s, &e))) {
        posed_close(c);
        c = NULL;
    }
    if (problem)
        memcpy(problem, e.text, sizeof e.text);
    return c;
}

void posed_close(posed_client *c)
{
    if (!c)
        return;
    bus_subscriber_close(c->subscriber);
    if (c->context)
        bus_destroy(c->context);
    free(c);
}

/* ---- getters */

int posed_fd(const posed_client *c)
{
    return bus_subscriber_fd(c->subscriber);
}

const posed_status *posed_latest_status(const posed_client *c)
{
    return client_status(c);
}

const char *posed_problem(const posed_client *c)
{
    return c->problem.text;
}

uint64_t posed_received(const posed_client *c, posed_kind kind)
{
    return (unsigned)kind < POSED_KIND_COUNT ? c->kinds[kind].received : 0;
}

uint64_t posed_missed(const posed_client *c, posed_kind kind)
{
    return (unsigned)kind < POSED_KIND_COUNT ? c->kinds[kind].missed : 0;
}

uint64_t posed_malformed(const posed_client *c)
{
    return c->malformed + bus_subscriber_malformed(c->subscriber);
}

uint64_t posed_restarts(const posed_client *c)
{
    return c->restarts;
}
