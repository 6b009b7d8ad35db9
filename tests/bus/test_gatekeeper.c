#include "tests/bus/bus_rig.h"
#include "tests/suite.h"

#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static rig r;
static bus_keys server, radar, viewer, stranger;
static bus *host, *guest; /* two programs, as far as ZeroMQ knows */

static bus_peer peer(const char *name, const bus_keys *k, bool publish, bool subscribe)
{
    bus_peer p = {.publish = publish, .subscribe = subscribe};
    snprintf(p.name, sizeof p.name, "%s", name);
    memcpy(p.public_key, k->public_key, sizeof p.public_key);
    return p;
}

static void set_up(void)
{
    rig_begin(&r);
    server = rig_keys();
    radar = rig_keys();
    viewer = rig_keys();
    stranger = rig_keys();
    host = rig_bus();
    guest = rig_bus();
}

static void tear_down(void)
{
    bus_destroy(guest);
    bus_destroy(host);
    rig_end(&r);
}

static gatekeeper *open_gate(void)
{
    error e = {""};
    const bus_peer peers[] = {peer("radar", &radar, true, false), peer("viewer", &viewer, false, true)};
    gatekeeper *g = gatekeeper_open(host, peers, 2, &e);
    ck_assert_msg(g != NULL, "%s", e.text);
    return g;
}

/* Until so many handshakes have been refused for their key. */
static void wait_for_refusals(gatekeeper *g, uint64_t count)
{
    int64_t until = rig_now_ms() + RIG_WAIT_MS;
    while (gatekeeper_get_counts(g).wrong_key < count) {
        ck_assert_msg(rig_now_ms() < until, "it was not refused");
        rig_nap(gatekeeper_fd(g), -1);
        gatekeeper_answer(g);
    }
}

START_TEST (a_peer_with_a_right_key_gets_in_under_its_name) {
    gatekeeper *g = open_gate();
    bus_link in = rig_tcp(&r, true, &server, NULL), out = rig_tcp(&r, false, &radar, server.public_key);
    bus_subscriber *s = rig_subscriber(host, &in, "");
    bus_publisher *p = rig_publisher(guest, &out);
    bus_message m;
    rig_deliver(p, s, g, "a", "hello");
    for (int i = 0; i < 10; i++) {
        ck_assert(bus_publish(p, "a", "x", 1));
        rig_take(s, g, &m);
        ck_assert_ptr_nonnull(m.peer);
        ck_assert_str_eq(m.peer, "radar");
    }
    gatekeeper_counts c = gatekeeper_get_counts(g);
    ck_assert_uint_eq(c.wrong_key + c.wrong_mechanism, 0);
    bus_publisher_close(p);
    bus_subscriber_close(s);
    gatekeeper_close(g);
}
END_TEST

START_TEST (the_largest_payload_passes_under_curve) {
    gatekeeper *g = open_gate();
    bus_link in = rig_tcp(&r, true, &server, NULL), out = rig_tcp(&r, false, &radar, server.public_key);
    bus_subscriber *s = rig_subscriber(host, &in, "");
    bus_publisher *p = rig_publisher(guest, &out);
    static const char payload[RIG_MAX_BYTES];
    bus_message m;
    rig_deliver(p, s, g, "a", "hello");
    ck_assert(bus_publish(p, "a", payload, sizeof payload));
    rig_take(s, g, &m);
    ck_assert_uint_eq(m.size, sizeof payload);
    bus_publisher_close(p);
    bus_subscriber_close(s);
    gatekeeper_close(g);
}
END_TEST

/* Keys that may not publish: of nobody, and of one who may only subscribe. */
START_TEST (who_may_not_publish_is_refused_and_counted) {
    gatekeeper *g = open_gate();
    bus_link in = rig_tcp(&r, true, &server, NULL),
             out = rig_tcp(&r, false, _i == 0 ? &stranger : &viewer, server.public_key);
    bus_subscriber *s = rig_subscriber(host, &in, "");
    bus_publisher *p = rig_publisher(guest, &out);
    bus_message m;
    ck_assert(!bus_publish(p, "a", "in vain", 7));
    wait_for_refusals(g, 1);
    ck_assert(!bus_publish(p, "a", "in vain", 7));
    ck_assert(!bus_subscriber_take(s, &m));
    bus_publisher_close(p);
    bus_subscriber_close(s);
    gatekeeper_close(g);
}
END_TEST

static bool listens(bus_publisher *p, bus_subscriber *s, gatekeeper *g, int64_t for_ms)
{
    int64_t until = rig_now_ms() + for_ms;
    bus_message m;
    while (rig_now_ms() < until) {
        gatekeeper_answer(g);
        bus_publish(p, "a", "pose", 4);
        if (bus_subscriber_take(s, &m))
            return true;
        rig_nap(bus_subscriber_fd(s), gatekeeper_fd(g));
    }
    return false;
}

START_TEST (poses_go_to_whom_they_may) {
    gatekeeper *g = open_gate();
    bus_link out = rig_tcp(&r, true, &server, NULL), in = rig_tcp(&r, false, &viewer, server.public_key);
    bus_publisher *p = rig_publisher(host, &out);
    bus_subscriber *s = rig_subscriber(guest, &in, "");
    ck_assert(listens(p, s, g, RIG_WAIT_MS));
    bus_subscriber_close(s);
    bus_publisher_close(p);
    gatekeeper_close(g);
}
END_TEST

START_TEST (and_to_nobody_else) {
    gatekeeper *g = open_gate();
    bus_link out = rig_tcp(&r, true, &server, NULL),
             in = rig_tcp(&r, false, _i == 0 ? &stranger : &radar, server.public_key);
    bus_publisher *p = rig_publisher(host, &out);
    bus_subscriber *s = rig_subscriber(guest, &in, "");
    wait_for_refusals(g, 1);
    ck_assert(!listens(p, s, g, 200));
    bus_subscriber_close(s);
    bus_publisher_close(p);
    gatekeeper_close(g);
}
END_TEST

/* The other side is not the one whose key is known: nothing is sent to it. */
START_TEST (a_wrong_server_gets_nothing) {
    gatekeeper *g = open_gate();
    bus_link in = rig_tcp(&r, true, &stranger, NULL), out = rig_tcp(&r, false, &radar, server.public_key);
    bus_subscriber *s = rig_subscriber(host, &in, "");
    bus_publisher *p = rig_publisher(guest, &out);
    int64_t until = rig_now_ms() + RIG_WAIT_MS;
    bus_message m;
    while (gatekeeper_get_counts(g).wrong_mechanism < 2) {
        ck_assert(rig_now_ms() < until);
        ck_assert(!bus_publish(p, "a", "secret", 6));
        ck_assert(!bus_subscriber_take(s, &m));
        rig_nap(gatekeeper_fd(g), -1);
        gatekeeper_answer(g);
    }
    bus_publisher_close(p);
    bus_subscriber_close(s);
    gatekeeper_close(g);
}
END_TEST

START_TEST (a_reloaded_list_counts_for_who_comes_next) {
    gatekeeper *g = open_gate();
    bus_link in = rig_tcp(&r, true, &server, NULL), old = rig_tcp(&r, false, &radar, server.public_key),
             new = rig_tcp(&r, false, &stranger, server.public_key);
    bus_subscriber *s = rig_subscriber(host, &in, "");
    bus_publisher *p = rig_publisher(guest, &old), *q;
    const bus_peer next[] = {peer("newcomer", &stranger, true, false)};
    bus_peer broken[] = {next[0]};
    bus_message m;
    rig_deliver(p, s, g, "a", "x");
    ck_assert(gatekeeper_reload(g, next, 1));
    broken[0].public_key[3] = '~';
    ck_assert(!gatekeeper_reload(g, broken, 1)); /* and the last good list stays */
    q = rig_publisher(guest, &new);
    rig_deliver(q, s, g, "a", "y");
    ck_assert(bus_publish(q, "a", "z", 1));
    rig_take(s, g, &m);
    ck_assert_str_eq(m.peer, "newcomer");
    ck_assert(bus_publish(p, "a", "still there", 11));
    rig_take(s, g, &m);
    ck_assert_str_eq(m.peer, "radar"); /* by this name the taker may turn it away */
    bus_publisher_close(p);
    p = rig_publisher(guest, &old);
    wait_for_refusals(g, 1);
    bus_publisher_close(p);
    bus_publisher_close(q);
    bus_subscriber_close(s);
    gatekeeper_close(g);
}
END_TEST

START_TEST (who_was_refused_gets_in_once_it_is_in_the_list) {
    gatekeeper *g = open_gate();
    bus_link in = rig_tcp(&r, true, &server, NULL), out = rig_tcp(&r, false, &stranger, server.public_key);
    bus_subscriber *s = rig_subscriber(host, &in, "");
    bus_publisher *p = rig_publisher(guest, &out);
    const bus_peer next[] = {peer("newcomer", &stranger, true, false)};
    wait_for_refusals(g, 1);
    ck_assert(gatekeeper_reload(g, next, 1));
    rig_deliver(p, s, g, "a", "at last");
    bus_publisher_close(p);
    bus_subscriber_close(s);
    gatekeeper_close(g);
}
END_TEST

/* What another program on that port may answer, while posed run is away. */
static const struct {
    const char *legend, *bytes;
    size_t size;
} answers[] = {
    {"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 84},
    {"ZMTP 2.0", "\xff\0\0\0\0\0\0\0\1\x7f\1\1\0\0", 14},
    {"no CURVE",
     "\xff\0\0\0\0\0\0\0\1\x7f\3\1NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
     64},
    {"nothing", "", 0},
};

/* Answers the first who connects to the port, and waits until it has hung up, or hangs up. */
static void answer_once(const char *endpoint, const void *bytes, size_t size)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char buffer[256];
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    a.sin_port = htons((uint16_t)atoi(strrchr(endpoint, ':') + 1));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    int one = accept(fd, NULL, NULL);
    ck_assert_int_ge(one, 0);
    ck_assert_int_eq(send(one, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
    while (size > 0 && recv(one, buffer, sizeof buffer, 0) > 0)
        continue;
    close(one);
    close(fd);
}

START_TEST (a_bad_answer_is_no_reason_to_give_up) {
    gatekeeper *g = open_gate();
    bus_link in = rig_tcp(&r, true, &server, NULL), out = rig_tcp(&r, false, &radar, server.public_key);
    bus_publisher *p = rig_publisher(guest, &out);
    answer_once(r.tcp, answers[_i].bytes, answers[_i].size);
    bus_subscriber *s = rig_subscriber(host, &in, "");
    rig_deliver(p, s, g, "a", "and yet");
    bus_publisher_close(p);
    bus_subscriber_close(s);
    gatekeeper_close(g);
}
END_TEST

START_TEST (nor_for_a_subscriber) {
    gatekeeper *g = open_gate();
    bus_link out = rig_tcp(&r, true, &server, NULL), in = rig_tcp(&r, false, &viewer, server.public_key);
    bus_subscriber *s = rig_subscriber(guest, &in, "");
    answer_once(r.tcp, answers[_i].bytes, answers[_i].size);
    bus_publisher *p = rig_publisher(host, &out);
    ck_assert_msg(listens(p, s, g, RIG_WAIT_MS), "%s", answers[_i].legend);
    bus_subscriber_close(s);
    bus_publisher_close(p);
    gatekeeper_close(g);
}
END_TEST

START_TEST (a_list_with_errors_is_refused_by_name) {
    error e = {""};
    bus_peer peers[] = {peer("radar", &radar, true, false), peer("viewer", &radar, false, true)};
    ck_assert_ptr_null(gatekeeper_open(host, peers, 2, &e));
    ck_assert_msg(strstr(e.text, "radar and viewer have the same key") != NULL, "%s", e.text);
    e = (error){""};
    peers[1].public_key[0] = '\0';
    ck_assert_ptr_null(gatekeeper_open(host, peers, 2, &e));
    ck_assert_msg(strstr(e.text, "peer viewer") != NULL, "%s", e.text);
}
END_TEST

START_TEST (a_key_without_a_gatekeeper_is_refused) {
    error e = {""};
    bus_link out = rig_tcp(&r, true, &server, NULL);
    ck_assert_ptr_null(bus_publisher_open(host, &out, &e));
    ck_assert_msg(strstr(e.text, "gatekeeper") != NULL, "%s", e.text);
}
END_TEST

/* One socket with a Unix endpoint for this machine and a tcp one for others. */
START_TEST (local_peers_need_no_key_beside_those_with_one) {
    gatekeeper *g = open_gate();
    const char *const both[] = {r.tcp, r.at};
    bus_link in = rig_tcp(&r, true, &server, NULL), near = rig_ipc(&r, false),
             far = rig_tcp(&r, false, &radar, server.public_key);
    bus_message m;
    in.endpoints = both;
    in.endpoint_count = 2;
    bus_subscriber *s = rig_subscriber(host, &in, "");
    bus_publisher *p = rig_publisher(guest, &near), *q = rig_publisher(guest, &far);
    rig_deliver(p, s, g, "a", "near");
    rig_deliver(q, s, g, "a", "far");
    ck_assert(bus_publish(p, "a", "near", 4));
    rig_take(s, g, &m);
    ck_assert_ptr_null(m.peer);
    ck_assert(bus_publish(q, "a", "far", 3));
    rig_take(s, g, &m);
    ck_assert_str_eq(m.peer, "radar");
    bus_publisher_close(p);
    bus_publisher_close(q);
    bus_subscriber_close(s);
    gatekeeper_close(g);
}
END_TEST

START_TEST (the_same_key_works_on_both_sides) {
    const bus_peer all[] = {peer("console", &viewer, true, true)};
    gatekeeper *g = gatekeeper_open(host, all, 1, NULL);
    bus_link in = rig_tcp(&r, true, &server, NULL), out = rig_tcp(&r, false, &viewer, server.public_key);
    bus_subscriber *s = rig_subscriber(host, &in, "");
    bus_publisher *p = rig_publisher(guest, &out);
    rig_deliver(p, s, g, "a", "x");
    bus_publisher_close(p);
    bus_subscriber_close(s);
    gatekeeper_close(g);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("gatekeeper");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, a_peer_with_a_right_key_gets_in_under_its_name);
    tcase_add_test(tc, the_largest_payload_passes_under_curve);
    tcase_add_loop_test(tc, who_may_not_publish_is_refused_and_counted, 0, 2);
    tcase_add_test(tc, poses_go_to_whom_they_may);
    tcase_add_loop_test(tc, and_to_nobody_else, 0, 2);
    tcase_add_test(tc, a_wrong_server_gets_nothing);
    tcase_add_test(tc, a_reloaded_list_counts_for_who_comes_next);
    tcase_add_test(tc, who_was_refused_gets_in_once_it_is_in_the_list);
    tcase_add_loop_test(tc, a_bad_answer_is_no_reason_to_give_up, 0, sizeof answers / sizeof *answers);
    tcase_add_loop_test(tc, nor_for_a_subscriber, 0, sizeof answers / sizeof *answers);
    tcase_add_test(tc, a_list_with_errors_is_refused_by_name);
    tcase_add_test(tc, a_key_without_a_gatekeeper_is_refused);
    tcase_add_test(tc, local_peers_need_no_key_beside_those_with_one);
    tcase_add_test(tc, the_same_key_works_on_both_sides);
    return run_cases("gatekeeper", tc);
}
