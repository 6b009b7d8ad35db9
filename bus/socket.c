/* A ZeroMQ socket with all that a socket of ours has set. */
#include "bus/bus_private.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum {
    /* Of what a message gains on its way under CURVE: flags 1, name 8, nonce 8, box 16 (RFC 26). */
    CURVE_OVERHEAD = 33,
    /* The largest command of a handshake with room to spare; ZeroMQ's limit holds for commands too. */
    HANDSHAKE_BYTES = 1024,
    HANDSHAKE_MS =
        5000, /* too short: a slow link never gets in; too long: idle strangers hold a socket each */
    /* A peer whose machine lost power is gone after HEARTBEAT_TIMEOUT_MS. Only over tcp: the kernel knows
     * when the other end of a Unix socket dies. */
    HEARTBEAT_MS = 1000,
    HEARTBEAT_TIMEOUT_MS = 3000,
    RECONNECT_MS = 50,
    RECONNECT_MAX_MS = 1000,
};

void bus_socket_set(const bus_socket *s, int option, int value)
{
    int failed = zmq_setsockopt(s->zmq, option, &value, sizeof value);
    assert(failed == 0);
    (void)failed;
}

int bus_socket_fd(const bus_socket *s)
{
    int fd = -1;
    size_t size = sizeof fd;
    return zmq_getsockopt(s->zmq, ZMQ_FD, &fd, &size) == 0 ? fd : -1;
}

static void set_text(const bus_socket *s, int option, const char *value)
{
    int failed = zmq_setsockopt(s->zmq, option, value, strlen(value));
    assert(failed == 0);
    (void)failed;
}

/* For the whole socket. */
static void set_up(const bus_socket *s, const bus_link *l)
{
    int64_t limit = l->max_message_bytes + CURVE_OVERHEAD;
    if (limit < HANDSHAKE_BYTES)
        limit = HANDSHAKE_BYTES;
    int failed = zmq_setsockopt(s->zmq, ZMQ_MAXMSGSIZE, &limit, sizeof limit);
    assert(failed == 0);
    (void)failed;
    bus_socket_set(s, ZMQ_SNDHWM, l->queue);
    bus_socket_set(s, ZMQ_RCVHWM, l->queue);
    bus_socket_set(s, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
    bus_socket_set(s, ZMQ_RECONNECT_IVL, RECONNECT_MS);
    bus_socket_set(s, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
    bus_socket_set(s, ZMQ_TCP_KEEPALIVE, 1);
    bus_socket_set(s, ZMQ_TCP_KEEPALIVE_IDLE, 10);
    bus_socket_set(s, ZMQ_TCP_KEEPALIVE_INTVL, 5);
    bus_socket_set(s, ZMQ_TCP_KEEPALIVE_CNT, 3);
    /* What was published while there was no connection is old; it is dropped, not sent later. */
    bus_socket_set(s, ZMQ_IMMEDIATE, 1);
}

static void set_up_transport(const bus_socket *s, const endpoint *p)
{
    bool tcp = p->transport == ENDPOINT_TCP;
    bus_socket_set(s, ZMQ_IPV6, p->ipv6);
    bus_socket_set(s, ZMQ_HEARTBEAT_IVL, tcp ? HEARTBEAT_MS : 0);
    bus_socket_set(s, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS);
    bus_socket_set(s, ZMQ_HEARTBEAT_TTL, HEARTBEAT_TIMEOUT_MS);
    bus_socket_set(s, ZMQ_USE_FD, -1);
}

static void set_up_security(const bus_socket *s, const bus_link *l, bool curve, const char *domain)
{
    if (curve) {
        set_text(s, ZMQ_CURVE_SECRETKEY, l->keys->secret_key);
        set_text(s, ZMQ_CURVE_PUBLICKEY, l->keys->public_key);
        if (l->listen) {
            set_text(s, ZMQ_ZAP_DOMAIN, domain);
            bus_socket_set(s, ZMQ_CURVE_SERVER, 1);
        } else {
            set_text(s, ZMQ_CURVE_SERVERKEY, l->server_key);
        }
    } else {
        bus_socket_set(s, ZMQ_CURVE_SERVER, 0);
    }
}

static bool cannot(const char *what, const char *text, error *e)
{
    int reason = zmq_errno();
    return error_set(e, "cannot %s %s: %s", what, text,
                     reason == ENODEV || reason == EADDRNOTAVAIL
                         ? "this machine has no such address or interface"
                         : zmq_strerror(reason));
}

static bool listen_on_file(bus_socket *s, const char *text, const char *path, error *e)
{
    ipc_file *f = &s->files[s->file_count];
    int fd = ipc_file_listen(f, path, e);
    if (fd < 0)
        return false;
    s->file_count++;
    bus_socket_set(s, ZMQ_USE_FD, fd);
    if (zmq_bind(s->zmq, text) == 0)
        return true; /* the descriptor is ZeroMQ's now */
    cannot("listen on", text, e);
    close(fd);
    return false;
}

static bool attach(bus_socket *s, const bus_link *l, const endpoint *p, const char *text, error *e)
{
    if (!l->listen)
        return zmq_connect(s->zmq, text) == 0 || cannot("connect to", text, e);
    if (p->transport == ENDPOINT_IPC)
        return listen_on_file(s, text, p->name, e);
    return zmq_bind(s->zmq, text) == 0 || cannot("listen on", text, e);
}

/* Those without CURVE or those with it. */
static bool attach_all(bus_socket *s, const bus_link *l, bool curve, const char *domain, error *e)
{
    endpoint p;
    for (size_t i = 0; i < l->endpoint_count; i++) {
        if (!endpoint_parse(&p, l->endpoints[i], e))
            return false;
        if (bus_link_wants_curve(l, &p) != curve)
            continue;
        /* ZeroMQ copies a socket's options when an endpoint is bound or connected: each has its own. */
        set_up_transport(s, &p);
        set_up_security(s, l, curve, domain);
        if (!attach(s, l, &p, l->endpoints[i], e))
            return false;
    }
    return true;
}

bool bus_socket_create(bus_socket *s, bus *b, int type, const bus_link *l, error *e)
{
    *s = (bus_socket){.bus = b};
    if (!bus_link_check(l, e))
        return false;
    s->files = calloc(l->endpoint_count, sizeof *s->files);
    if (!s->files)
        return error_set(e, "out of memory");
    s->zmq = zmq_socket(b->context, type);
    if (!s->zmq)
        return error_set(e, "cannot open a socket: %s", zmq_strerror(zmq_errno()));
    set_up(s, l);
    return true;
}

static bool any_wants_curve(const bus_link *l)
{
    endpoint p;
    for (size_t i = 0; i < l->endpoint_count; i++) {
        if (endpoint_parse(&p, l->endpoints[i], NULL) && bus_link_wants_curve(l, &p))
            return true;
    }
    return false;
}

static bool any_tcp(const bus_link *l)
{
    endpoint p;
    for (size_t i = 0; i < l->endpoint_count; i++) {
        if (endpoint_parse(&p, l->endpoints[i], NULL) && p.transport == ENDPOINT_TCP)
            return true;
    }
    return false;
}

bool bus_socket_start(bus_socket *s, const bus_link *l, const char *domain, error *e)
{
    if (l->listen && any_wants_curve(l)) {
        if (!s->bus->keeper)
            return error_set(e, "listening with a key needs a gatekeeper"); /* or everybody would get in */
        s->watched = gatekeeper_watch(s->bus->keeper, s->zmq, e);
        if (!s->watched)
            return false;
    }
    if (!l->listen && any_tcp(l)) {
        s->watch = connection_watch_open(s->bus->context, s->zmq, l, e);
        if (!s->watch)
            return false;
    }
    /* A ZAP domain cannot be taken back, and with one even endpoints without CURVE would ask the gatekeeper.
     */
    return attach_all(s, l, false, domain, e) && attach_all(s, l, true, domain, e);
}

/* Of the options, those for CURVE are still as they were for this endpoint: all over tcp have the same. */
static void connect_again(bus_socket *s, const char *text)
{
    endpoint p;
    if (!endpoint_parse(&p, text, NULL) || p.transport != ENDPOINT_TCP)
        return;
    set_up_transport(s, &p);
    zmq_disconnect(s->zmq, text);
    zmq_connect(s->zmq, text);
}

void bus_socket_mend(bus_socket *s)
{
    if (!s->watch || !connection_watch_given_up(s->watch))
        return;
    for (size_t i = 0; i < s->watch->endpoint_count; i++)
        connect_again(s, s->watch->endpoints[i]);
}

void bus_socket_close(bus_socket *s)
{
    for (size_t i = 0; i < s->file_count; i++)
        ipc_file_remove(&s->files[i]);
    free(s->files);
    if (s->watched)
        gatekeeper_unwatch(s->bus->keeper, s->zmq);
    connection_watch_close(s->watch);
    if (s->zmq)
        zmq_close(s->zmq);
    *s = (bus_socket){.bus = NULL};
}
