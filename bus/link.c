/* How a socket reaches the others: what is allowed (docs/SECURITY.md), and how it is done. */
#include "bus/bus_private.h"
#include "bus/endpoint.h"
#include "bus/keys.h"

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

static bool has_keys(const bus_link *l)
{
    return l->keys && l->keys->secret_key[0] != '\0';
}

static bool has_server_key(const bus_link *l)
{
    return l->server_key && l->server_key[0] != '\0';
}

/* Unix sockets are guarded by their file's mode and inproc by the process; all else by keys, once there are
 * any. */
static bool wants_curve(const bus_link *l, const endpoint *p)
{
    return p->transport == ENDPOINT_TCP && has_keys(l) && (l->listen || has_server_key(l));
}

static bool any_wants_curve(const bus_link *l)
{
    endpoint p;
    for (size_t i = 0; i < l->endpoint_count; i++) {
        if (endpoint_parse(&p, l->endpoints[i], NULL) && wants_curve(l, &p))
            return true;
    }
    return false;
}

static bool check_listen(const bus_link *l, const endpoint *p, const char *text, error *e)
{
    if (p->wildcard && !has_keys(l))
        return error_set(
            e,
            "endpoint \"%s\" would listen on all addresses without a key: make one with posed keygen "
            "and set bus.secret_key, or listen on an ipc:// path or tcp://127.0.0.1",
            text);
    if (!p->loopback && !has_keys(l))
        return error_set(
            e,
            "endpoint \"%s\" leaves this machine and there is no key: make one with posed keygen and "
            "set bus.secret_key, or listen on an ipc:// path or tcp://127.0.0.1",
            text);
    return true;
}

static bool check_connect(const bus_link *l, const endpoint *p, const char *text, error *e)
{
    if (p->wildcard)
        return error_set(e, "endpoint \"%s\": connecting needs one address", text);
    if (has_server_key(l) && !has_keys(l))
        return error_set(
            e,
            "endpoint \"%s\": there is a server key but no key of this side: make one with posed "
            "keygen and set bus.secret_key",
            text);
    if (!p->loopback && !has_keys(l))
        return error_set(
            e,
            "endpoint \"%s\" leaves this machine and there is no key: make one with posed keygen, "
            "set bus.secret_key, and bus.server_key to the other side's public key",
            text);
    if (!p->loopback && !has_server_key(l))
        return error_set(
            e, "endpoint \"%s\" leaves this machine: set bus.server_key to the other side's public key",
            text);
    return true;
}

static bool check_keys(const bus_link *l, error *e)
{
    if (has_keys(l) && !(bus_key_valid(l->keys->secret_key) && bus_key_valid(l->keys->public_key)))
        return error_set(e, "this side's key is not 40 characters of Z85");
    if (!l->listen && has_server_key(l) && !bus_key_valid(l->server_key))
        return error_set(e, "the server key \"%s\" is not 40 characters of Z85", l->server_key);
    return true;
}

bool bus_link_check(const bus_link *l, error *e)
{
    endpoint p;
    assert(l->endpoint_count > 0 && l->queue > 0 && l->max_message_bytes > 0);
    if (!check_keys(l, e))
        return false;
    for (size_t i = 0; i < l->endpoint_count; i++) {
        const char *text = l->endpoints[i];
        if (!endpoint_parse(&p, text, e))
            return false;
        if (p.transport == ENDPOINT_TCP &&
            !(l->listen ? check_listen(l, &p, text, e) : check_connect(l, &p, text, e)))
            return false;
    }
    return true;
}

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

/* ZeroMQ copies a socket's options when an endpoint is bound or connected; so each endpoint has its own. */
static void set_up_endpoint(const bus_socket *s, const bus_link *l, const endpoint *p, const char *domain)
{
    bool tcp = p->transport == ENDPOINT_TCP, curve = wants_curve(l, p);
    bus_socket_set(s, ZMQ_IPV6, p->ipv6);
    bus_socket_set(s, ZMQ_HEARTBEAT_IVL, tcp ? HEARTBEAT_MS : 0);
    bus_socket_set(s, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS);
    bus_socket_set(s, ZMQ_HEARTBEAT_TTL, HEARTBEAT_TIMEOUT_MS);
    bus_socket_set(s, ZMQ_USE_FD, -1);
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
        if (wants_curve(l, &p) != curve)
            continue;
        set_up_endpoint(s, l, &p, domain);
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

bool bus_socket_start(bus_socket *s, const bus_link *l, const char *domain, error *e)
{
    if (l->listen && any_wants_curve(l)) {
        if (!s->bus->keeper)
            return error_set(e, "listening with a key needs a gatekeeper"); /* or everybody would get in */
        s->watched = gatekeeper_watch(s->bus->keeper, s->zmq, e);
        if (!s->watched)
            return false;
    }
    /* A ZAP domain cannot be taken back, and with one even endpoints without CURVE would ask the gatekeeper.
     */
    return attach_all(s, l, false, domain, e) && attach_all(s, l, true, domain, e);
}

void bus_socket_close(bus_socket *s)
{
    for (size_t i = 0; i < s->file_count; i++)
        ipc_file_remove(&s->files[i]);
    free(s->files);
    if (s->watched)
        gatekeeper_unwatch(s->bus->keeper, s->zmq);
    if (s->zmq)
        zmq_close(s->zmq);
    *s = (bus_socket){.bus = NULL};
}
