/* How a socket may reach the others; see docs/SECURITY.md. */
#include "bus/bus_private.h"
#include "bus/endpoint.h"
#include "bus/keys.h"

#include <assert.h>

static bool has_keys(const bus_link *l)
{
    return l->keys && l->keys->secret_key[0] != '\0';
}

static bool has_server_key(const bus_link *l)
{
    return l->server_key && l->server_key[0] != '\0';
}

bool bus_link_wants_curve(const bus_link *l, const endpoint *p)
{
    return p->transport == ENDPOINT_TCP && has_keys(l) && (l->listen || has_server_key(l));
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
