#include "bus/bus.h"
#include "bus/endpoint.h"
#include "bus/keys.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define LONG_PATH                                                                                            \
    "ipc:///a23456789/b23456789/c23456789/d23456789/e23456789/f23456789/g23456789/h23456789/i23456789/"      \
    "j23456789/k23456"

static const struct {
    const char *legend, *text;
    bool good;
    endpoint_transport transport;
    const char *host;
    int port;
    bool ipv6, wildcard, loopback;
} texts[] = {
    {"a Unix socket", "ipc:///run/posed/frames", true, ENDPOINT_IPC, "", 0, 0, 0, 0},
    {"a path from here", "ipc://frames", true, ENDPOINT_IPC, "", 0, 0, 0, 0},
    {"the longest path", LONG_PATH, true, ENDPOINT_IPC, "", 0, 0, 0, 0},
    {"a path too long", LONG_PATH "8", false, 0, 0, 0, 0, 0, 0},
    {"no path", "ipc://", false, 0, 0, 0, 0, 0, 0},
    {"an abstract socket", "ipc://@frames", false, 0, 0, 0, 0, 0, 0},
    {"a path of ZeroMQ's choice", "ipc://*", false, 0, 0, 0, 0, 0, 0},
    {"in the process", "inproc://frames", true, ENDPOINT_INPROC, "", 0, 0, 0, 0},
    {"without a name", "inproc://", false, 0, 0, 0, 0, 0, 0},
    {"ZeroMQ's own name", "inproc://zeromq.zap.01", false, 0, 0, 0, 0, 0, 0},
    {"our own name", "inproc://posed.handshakes.0", false, 0, 0, 0, 0, 0, 0},
    {"loopback", "tcp://127.0.0.1:5600", true, ENDPOINT_TCP, "127.0.0.1", 5600, 0, 0, 1},
    {"loopback is all of 127/8", "tcp://127.8.9.10:1", true, ENDPOINT_TCP, "127.8.9.10", 1, 0, 0, 1},
    {"localhost", "tcp://localhost:65535", true, ENDPOINT_TCP, "localhost", 65535, 0, 0, 1},
    {"what only begins like it", "tcp://localhost.example.org:5600", true, ENDPOINT_TCP,
     "localhost.example.org", 5600, 0, 0, 0},
    {"what only begins like an address", "tcp://127.0.0.1.example.org:5600", true, ENDPOINT_TCP,
     "127.0.0.1.example.org", 5600, 0, 0, 0},
    {"loopback, IPv6", "tcp://[::1]:5600", true, ENDPOINT_TCP, "::1", 5600, 1, 0, 1},
    {"mapped loopback", "tcp://[::ffff:127.0.0.1]:5600", true, ENDPOINT_TCP, "::ffff:127.0.0.1", 5600, 1, 0,
     1},
    {"mapped, not loopback", "tcp://[::ffff:192.0.2.1]:5600", true, ENDPOINT_TCP, "::ffff:192.0.2.1", 5600, 1,
     0, 0},
    {"an address", "tcp://192.0.2.1:5600", true, ENDPOINT_TCP, "192.0.2.1", 5600, 0, 0, 0},
    {"an IPv6 address", "tcp://[2001:db8::1]:5600", true, ENDPOINT_TCP, "2001:db8::1", 5600, 1, 0, 0},
    {"with a zone", "tcp://[fe80::1%eth0]:5600", true, ENDPOINT_TCP, "fe80::1%eth0", 5600, 1, 0, 0},
    {"an interface", "tcp://eth0:5600", true, ENDPOINT_TCP, "eth0", 5600, 0, 0, 0},
    {"a host", "tcp://vehicle-7.example.org:5600", true, ENDPOINT_TCP, "vehicle-7.example.org", 5600, 0, 0,
     0},
    {"all addresses", "tcp://*:5600", true, ENDPOINT_TCP, "*", 5600, 0, 1, 0},
    {"all addresses, as a number", "tcp://0.0.0.0:5600", true, ENDPOINT_TCP, "0.0.0.0", 5600, 0, 1, 0},
    {"all addresses, IPv6", "tcp://[::]:5600", true, ENDPOINT_TCP, "::", 5600, 1, 1, 0},
    {"all addresses, written long", "tcp://[0:0::0:0]:5600", true, ENDPOINT_TCP, "0:0::0:0", 5600, 1, 1, 0},
    {"all addresses, mapped", "tcp://[::ffff:0.0.0.0]:5600", true, ENDPOINT_TCP, "::ffff:0.0.0.0", 5600, 1, 1,
     0},
    {"all addresses, in the old way", "tcp://0:5600", true, ENDPOINT_TCP, "0", 5600, 0, 0, 0},
    {"in hexadecimal", "tcp://0x7f000001:5600", true, ENDPOINT_TCP, "0x7f000001", 5600, 0, 0, 0},
    {"loopback, in the old way", "tcp://127.1:5600", true, ENDPOINT_TCP, "127.1", 5600, 0, 0, 0},
    {"with a source", "tcp://192.0.2.9:0;192.0.2.1:5600", false, 0, 0, 0, 0, 0, 0},
    {"IPv6 without brackets", "tcp://::1:5600", false, 0, 0, 0, 0, 0, 0},
    {"a host in brackets", "tcp://[localhost]:5600", false, 0, 0, 0, 0, 0, 0},
    {"a bracket too few", "tcp://[::1:5600", false, 0, 0, 0, 0, 0, 0},
    {"nothing in brackets", "tcp://[]:5600", false, 0, 0, 0, 0, 0, 0},
    {"no port", "tcp://127.0.0.1", false, 0, 0, 0, 0, 0, 0},
    {"an empty port", "tcp://127.0.0.1:", false, 0, 0, 0, 0, 0, 0},
    {"port 0", "tcp://127.0.0.1:0", false, 0, 0, 0, 0, 0, 0},
    {"any port", "tcp://127.0.0.1:*", false, 0, 0, 0, 0, 0, 0},
    {"a port too large", "tcp://127.0.0.1:65536", false, 0, 0, 0, 0, 0, 0},
    {"a port far too large", "tcp://127.0.0.1:99999999999999999999", false, 0, 0, 0, 0, 0, 0},
    {"a port with a sign", "tcp://127.0.0.1:+80", false, 0, 0, 0, 0, 0, 0},
    {"a port that is a word", "tcp://127.0.0.1:http", false, 0, 0, 0, 0, 0, 0},
    {"no address", "tcp://:5600", false, 0, 0, 0, 0, 0, 0},
    {"nothing", "tcp://", false, 0, 0, 0, 0, 0, 0},
    {"an address far too long",
     "tcp://a23456789b123456789c123456789d123456789e123456789f123456789g123456789:5600", false, 0, 0, 0, 0, 0,
     0},
    {"another transport", "udp://192.0.2.1:5600", false, 0, 0, 0, 0, 0, 0},
    {"multicast", "epgm://eth0;239.192.1.1:5555", false, 0, 0, 0, 0, 0, 0},
    {"none", "/run/posed/frames", false, 0, 0, 0, 0, 0, 0},
    {"empty", "", false, 0, 0, 0, 0, 0, 0},
    {"capitals", "TCP://127.0.0.1:5600", false, 0, 0, 0, 0, 0, 0},
    {"a space", "tcp://127.0.0.1:5600 ", false, 0, 0, 0, 0, 0, 0},
    {"a line end", "ipc:///run/posed/frames\n", false, 0, 0, 0, 0, 0, 0},
    {"an escape", "ipc:///run/\x1b[2J", false, 0, 0, 0, 0, 0, 0},
};

START_TEST (an_endpoint_is_read) {
    endpoint p;
    error e = {""};
    const char *legend = texts[_i].legend;
    ck_assert_msg(endpoint_parse(&p, texts[_i].text, &e) == texts[_i].good, "%s: %s", legend, e.text);
    ck_assert_msg((e.text[0] == '\0') == texts[_i].good, "%s: %s", legend, e.text);
    if (!texts[_i].good)
        return;
    ck_assert_msg(p.transport == texts[_i].transport, "%s", legend);
    ck_assert_str_eq(p.host, texts[_i].host);
    ck_assert_int_eq(p.port, texts[_i].port);
    ck_assert_msg(p.ipv6 == texts[_i].ipv6, "%s", legend);
    ck_assert_msg(p.wildcard == texts[_i].wildcard, "%s", legend);
    ck_assert_msg(p.loopback == texts[_i].loopback, "%s", legend);
}
END_TEST

#define KEY "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7" /* of the example in ZeroMQ's manual */

enum { NO_KEYS = 0, OWN = 1, SERVER = 2, BAD_OWN = 4, BAD_SERVER = 8 };

/* What is allowed with which keys, and a word that the refusal must hold. */
static const struct {
    const char *text;
    bool listen;
    int keys;
    const char *refusal; /* NULL: allowed */
} policies[] = {
    {"ipc:///run/posed/frames", true, NO_KEYS, NULL},
    {"ipc:///run/posed/frames", false, NO_KEYS, NULL},
    {"inproc://frames", true, NO_KEYS, NULL},
    {"tcp://127.0.0.1:5600", true, NO_KEYS, NULL},
    {"tcp://127.0.0.1:5600", false, NO_KEYS, NULL},
    {"tcp://localhost:5600", false, NO_KEYS, NULL},
    {"tcp://[::1]:5600", true, NO_KEYS, NULL},
    {"tcp://*:5600", true, NO_KEYS, "listen on all addresses without a key"},
    {"tcp://0.0.0.0:5600", true, NO_KEYS, "listen on all addresses without a key"},
    {"tcp://[::]:5600", true, NO_KEYS, "posed keygen"},
    {"tcp://192.0.2.1:5600", true, NO_KEYS, "bus.secret_key"},
    {"tcp://eth0:5600", true, NO_KEYS, "leaves this machine"},
    {"tcp://0:5600", true, NO_KEYS, "leaves this machine"},
    {"tcp://0x0:5600", true, NO_KEYS, "leaves this machine"},
    {"tcp://127.1:5600", true, NO_KEYS, "leaves this machine"},
    {"tcp://*:5600", true, OWN, NULL},
    {"tcp://[::]:5600", true, OWN, NULL},
    {"tcp://192.0.2.1:5600", true, OWN, NULL},
    {"tcp://192.0.2.1:5600", true, SERVER, "bus.secret_key"},
    {"tcp://192.0.2.1:5600", true, BAD_OWN, "not 40 characters"},
    {"tcp://192.0.2.1:5600", false, NO_KEYS, "posed keygen"},
    {"tcp://vehicle.example.org:5600", false, NO_KEYS, "leaves this machine"},
    {"tcp://192.0.2.1:5600", false, OWN, "bus.server_key"},
    {"tcp://192.0.2.1:5600", false, SERVER, "no key of this side"},
    {"tcp://127.0.0.1:5600", false, SERVER, "no key of this side"},
    {"tcp://192.0.2.1:5600", false, OWN | SERVER, NULL},
    {"tcp://[2001:db8::1]:5600", false, OWN | SERVER, NULL},
    {"tcp://192.0.2.1:5600", false, OWN | BAD_SERVER, "not 40 characters"},
    {"ipc:///run/posed/frames", false, BAD_SERVER, "not 40 characters"},
    {"tcp://*:5600", false, OWN | SERVER, "one address"},
    {"tcp://0.0.0.0:5600", false, OWN | SERVER, "one address"},
    {"tcp://0.0.0.0:5600", false, NO_KEYS, "one address"},
    {"rubbish", true, OWN, "must begin with"},
};

START_TEST (an_endpoint_is_allowed_or_refused) {
    const bus_keys good = {KEY, KEY}, bad = {KEY, "short"};
    int keys = policies[_i].keys;
    const char *endpoints[] = {"ipc:///run/posed/other", policies[_i].text};
    bus_link l = {.endpoints = endpoints,
                  .endpoint_count = 2,
                  .listen = policies[_i].listen,
                  .queue = 1,
                  .max_message_bytes = 1};
    error e = {""};
    if (keys & (OWN | BAD_OWN))
        l.keys = keys & OWN ? &good : &bad;
    if (keys & (SERVER | BAD_SERVER))
        l.server_key = keys & SERVER ? KEY : KEY "x";
    bool allowed = bus_link_check(&l, &e);
    ck_assert_msg(allowed == !policies[_i].refusal, "%s: %s", policies[_i].text, e.text);
    if (!allowed)
        ck_assert_msg(strstr(e.text, policies[_i].refusal) != NULL, "%s: %s", policies[_i].text, e.text);
    if (!allowed && !(keys & (BAD_OWN | BAD_SERVER)))
        ck_assert_msg(strstr(e.text, policies[_i].text) != NULL, "%s", e.text);
}
END_TEST

START_TEST (no_keys_at_all_is_the_same_as_empty_ones) {
    const bus_keys empty = {"", ""};
    const char *endpoints[] = {"tcp://192.0.2.1:5600"};
    bus_link l = {.endpoints = endpoints,
                  .endpoint_count = 1,
                  .keys = &empty,
                  .server_key = "",
                  .queue = 1,
                  .max_message_bytes = 1};
    ck_assert(!bus_link_check(&l, NULL));
    l.listen = true;
    ck_assert(!bus_link_check(&l, NULL));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("endpoint");
    tcase_add_loop_test(tc, an_endpoint_is_read, 0, sizeof texts / sizeof *texts);
    tcase_add_loop_test(tc, an_endpoint_is_allowed_or_refused, 0, sizeof policies / sizeof *policies);
    tcase_add_test(tc, no_keys_at_all_is_the_same_as_empty_ones);
    return run_cases("endpoint", tc);
}
