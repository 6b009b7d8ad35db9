#include "bus/bus_private.h"
#include "bus/handshake_watch.h"
#include "bus/keys.h"
#include "bus/zap.h"

#include "common/log.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <zmq.h>

enum {
    MAX_WATCHED = 8,
    LOG_PERIOD_S = 10,
};

typedef struct {
    bus_peer peer;
    uint8_t key[ZAP_KEY_SIZE];
} known_peer;

struct gatekeeper {
    bus *bus;
    void *zap;
    int epoll;
    size_t peer_count;
    known_peer *peers;
    handshake_watch watches[MAX_WATCHED];
    unsigned watch_count;   /* since it was opened */
    uint64_t failed_before; /* on sockets that are closed */
    gatekeeper_counts counts;
    log_limit limit;
};

/* ---- peers */

static bool know_peer(known_peer *known, size_t count, const bus_peer *p, error *e)
{
    known_peer *k = &known[count];
    k->peer = *p;
    if (!bus_key_valid(p->public_key))
        return error_set(e, "peer %s: its key is not 40 characters of Z85", p->name);
    zmq_z85_decode(k->key, p->public_key);
    for (size_t i = 0; i < count; i++) {
        if (memcmp(known[i].key, k->key, sizeof k->key) == 0)
            return error_set(e, "peers %s and %s have the same key", known[i].peer.name, p->name);
    }
    return true;
}

static bool take_peers(gatekeeper *g, const bus_peer *peers, size_t count, error *e)
{
    known_peer *known = calloc(count + 1, sizeof *known);
    if (!known)
        return error_set(e, "out of memory");
    for (size_t i = 0; i < count; i++) {
        if (!know_peer(known, i, &peers[i], e)) {
            free(known);
            return false;
        }
    }
    free(g->peers);
    g->peers = known;
    g->peer_count = count;
    return true;
}

bool gatekeeper_reload(gatekeeper *g, const bus_peer *peers, size_t count)
{
    return take_peers(g, peers, count, NULL);
}

static const bus_peer *find_peer(const gatekeeper *g, const uint8_t key[ZAP_KEY_SIZE])
{
    for (size_t i = 0; i < g->peer_count; i++) {
        if (memcmp(g->peers[i].key, key, ZAP_KEY_SIZE) == 0)
            return &g->peers[i].peer;
    }
    return NULL;
}

/* ---- opening */

/* A file descriptor that is readable whenever one of ours is. */
static bool add_to_epoll(gatekeeper *g, void *socket, error *e)
{
    int fd = -1;
    size_t size = sizeof fd;
    struct epoll_event event = {.events = EPOLLIN};
    if (zmq_getsockopt(socket, ZMQ_FD, &fd, &size) != 0 ||
        epoll_ctl(g->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        return error_set(e, "cannot watch the bus: %s", strerror(errno));
    return true;
}

static bool open_zap(gatekeeper *g, error *e)
{
    int linger = 0;
    g->zap = zmq_socket(g->bus->context, ZMQ_REP);
    if (!g->zap || zmq_setsockopt(g->zap, ZMQ_LINGER, &linger, sizeof linger) != 0 ||
        zmq_bind(g->zap, "inproc://zeromq.zap.01") != 0)
        return error_set(e, "cannot authenticate peers: %s", zmq_strerror(zmq_errno()));
    return add_to_epoll(g, g->zap, e);
}

/* See bus_private.h. */
static void make_token(char token[BUS_TOKEN_SIZE])
{
    unsigned char random[(BUS_TOKEN_SIZE - 1) / 2];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(token, BUS_TOKEN_SIZE, random, sizeof random);
}

gatekeeper *gatekeeper_open(bus *b, const bus_peer *peers, size_t count, error *e)
{
    assert(!b->keeper);
    gatekeeper *g = calloc(1, sizeof *g);
    if (!g || sodium_init() < 0) {
        error_set(e, g ? "there is no source of random numbers" : "out of memory");
        free(g);
        return NULL;
    }
    g->bus = b;
    g->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (g->epoll < 0)
        error_set(e, "cannot watch the bus: %s", strerror(errno));
    else if (take_peers(g, peers, count, e) && open_zap(g, e)) {
        make_token(b->token);
        b->keeper = g;
        return g;
    }
    gatekeeper_close(g);
    return NULL;
}

void gatekeeper_close(gatekeeper *g)
{
    if (!g)
        return;
    for (int i = 0; i < MAX_WATCHED; i++)
        assert(!g->watches[i].watched); /* or ZeroMQ would let everybody in from here on */
    if (g->bus->keeper == g)
        g->bus->keeper = NULL;
    if (g->zap)
        zmq_close(g->zap);
    if (g->epoll >= 0)
        close(g->epoll);
    free(g->peers);
    free(g);
}

/* ---- handshakes that fail before it comes to keys */

static handshake_watch *find_watch(gatekeeper *g, const void *socket)
{
    for (int i = 0; i < MAX_WATCHED; i++) {
        if (g->watches[i].watched == socket)
            return &g->watches[i];
    }
    return NULL;
}

bool gatekeeper_watch(gatekeeper *g, void *socket, error *e)
{
    handshake_watch *w = find_watch(g, NULL);
    if (!w)
        return error_set(e, "more than %d guarded sockets", MAX_WATCHED);
    if (!handshake_watch_open(w, g->bus->context, socket, g->watch_count++, e))
        return false;
    if (add_to_epoll(g, w->news, e))
        return true;
    handshake_watch_close(w);
    return false;
}

void gatekeeper_unwatch(gatekeeper *g, void *socket)
{
    handshake_watch *w = find_watch(g, socket);
    assert(w);
    g->failed_before += w->failed;
    handshake_watch_close(w);
}

/* Of all that failed, those whose key was refused have been counted when they asked. */
static void count_failures(gatekeeper *g)
{
    uint64_t failed = g->failed_before;
    for (int i = 0; i < MAX_WATCHED; i++) {
        while (handshake_watch_take(&g->watches[i]))
            continue;
        failed += g->watches[i].failed;
    }
    if (failed <= g->counts.wrong_key + g->counts.wrong_mechanism)
        return;
    g->counts.wrong_mechanism = failed - g->counts.wrong_key;
    log_say_limited(&g->limit, LOG_PERIOD_S, LOG_WARN,
                    "refused a connection over tcp that did not speak CURVE with this side's key");
}

/* ---- answering */

/* NULL: it stays out. */
static const bus_peer *judge(gatekeeper *g, const zap_request *r)
{
    char key[BUS_KEY_SIZE] = "";
    if (!r->curve)
        return NULL;
    zmq_z85_encode(key, r->key, sizeof r->key);
    const bus_peer *p = find_peer(g, r->key);
    if (!p) {
        log_say_limited(&g->limit, LOG_PERIOD_S, LOG_WARN, "refused %s: the key %s is no peer's", r->address,
                        key);
        return NULL;
    }
    bool may =
        (p->publish && strcmp(r->domain, "frames") == 0) || (p->subscribe && strcmp(r->domain, "poses") == 0);
    if (!may)
        log_say_limited(&g->limit, LOG_PERIOD_S, LOG_WARN,
                        "refused peer %s (%s): it may not connect to bus.%s", p->name, r->address, r->domain);
    return may ? p : NULL;
}

static bool answer_one(gatekeeper *g)
{
    zap_request r;
    char user[BUS_TOKEN_SIZE + BUS_PEER_SIZE];
    if (!zap_receive(g->zap, &r))
        return false;
    const bus_peer *p = judge(g, &r);
    if (p)
        snprintf(user, sizeof user, "%s%s", g->bus->token, p->name);
    else
        g->counts.wrong_key++;
    zap_answer(g->zap, &r, p ? user : NULL);
    return true;
}

void gatekeeper_answer(gatekeeper *g)
{
    while (answer_one(g))
        continue;
    count_failures(g);
}

int gatekeeper_fd(const gatekeeper *g)
{
    return g->epoll;
}

gatekeeper_counts gatekeeper_get_counts(gatekeeper *g)
{
    return g->counts;
}
