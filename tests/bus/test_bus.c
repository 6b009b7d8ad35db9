#include "tests/bus/bus_rig.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

static rig r;

static void set_up(void)
{
    rig_begin(&r);
}

static void tear_down(void)
{
    rig_end(&r);
}

/* ---- frames: many connect to one that listens */

START_TEST (a_frame_goes_from_who_connects_to_who_listens) {
    bus *b = rig_bus();
    bus_link in = rig_ipc(&r, true), out = rig_ipc(&r, false);
    bus_subscriber *s = rig_subscriber(b, &in, "a/");
    bus_publisher *p = rig_publisher(b, &out);
    rig_deliver(p, s, NULL, "a/b", "hello");
    rig_deliver(p, s, NULL, "a/b", "");
    bus_publish(p, "b/c", "not wanted", 10);
    rig_deliver(p, s, NULL, "a/c", "again");
    ck_assert_uint_eq(bus_subscriber_malformed(s), 0);
    bus_publisher_close(p);
    bus_subscriber_close(s);
    bus_destroy(b);
}
END_TEST

START_TEST (a_message_without_curve_has_no_peer) {
    bus *b = rig_bus();
    bus_link in = rig_ipc(&r, true), out = rig_ipc(&r, false);
    bus_subscriber *s = rig_subscriber(b, &in, "");
    bus_publisher *p = rig_publisher(b, &out);
    rig_deliver(p, s, NULL, "a", "x");
    bus_message m;
    bus_publish(p, "a", "y", 1);
    rig_take(s, NULL, &m);
    ck_assert_ptr_null(m.peer);
    bus_publisher_close(p);
    bus_subscriber_close(s);
    bus_destroy(b);
}
END_TEST

/* Publishes until something arrives, as what was accepted may still be lost with the connection. */
static void deliver_at_last(bus_publisher *p, bus_subscriber *s, const char *text)
{
    int64_t until = rig_now_ms() + RIG_WAIT_MS;
    bus_message m;
    do {
        ck_assert_msg(rig_now_ms() < until, "no message came");
        bus_publish(p, "a", text, strlen(text));
        rig_nap(bus_subscriber_fd(s), bus_publisher_fd(p));
    } while (!bus_subscriber_take(s, &m));
    ck_assert_uint_eq(m.size, strlen(text));
    ck_assert_mem_eq(m.payload, text, m.size);
}

START_TEST (who_connects_may_come_first_and_comes_back) {
    bus *b = rig_bus();
    bus_link in = rig_ipc(&r, true), out = rig_ipc(&r, false);
    bus_publisher *p = rig_publisher(b, &out);
    ck_assert(!bus_publish(p, "a", "lost", 4));
    ck_assert_uint_eq(bus_publisher_dropped(p), 1);
    for (int i = 0; i < 3; i++) {
        bus_subscriber *s = rig_subscriber(b, &in, "");
        deliver_at_last(p, s, i == 0 ? "first" : "later"); /* and nothing older before it */
        bus_subscriber_close(s);
        int64_t until = rig_now_ms() + RIG_WAIT_MS;
        while (
            bus_publish(p, "a", "stale", 5)) /* until the queue is full or the connection seen to be gone */
            ck_assert(rig_now_ms() < until);
    }
    bus_publisher_close(p);
    bus_destroy(b);
}
END_TEST

START_TEST (with_a_full_queue_publishing_says_so_at_once) {
    bus *b = rig_bus();
    bus_link in = rig_ipc(&r, true), out = rig_ipc(&r, false);
    bus_subscriber *s = rig_subscriber(b, &in, "");
    bus_publisher *p = rig_publisher(b, &out);
    static const char payload[1000];
    bus_message m;
    rig_deliver(p, s, NULL, "a", "x");
    uint64_t before = bus_publisher_dropped(p), sent = 0, taken = 0;
    const int publications = 50000 / every(5);
    int64_t start = rig_now_ms();
    for (int i = 0; i < publications; i++)
        sent += bus_publish(p, "a", payload, sizeof payload);
    ck_assert_int_lt(rig_now_ms() - start, 10000);
    ck_assert_uint_gt(sent, 0);
    ck_assert_uint_eq(bus_publisher_dropped(p) - before, (uint64_t)publications - sent);
    ck_assert_uint_gt(bus_publisher_dropped(p), before);
    int64_t until = rig_now_ms() + RIG_WAIT_MS;
    while (taken < sent) { /* what was accepted arrives */
        ck_assert_msg(rig_now_ms() < until, "%lu of %lu", (unsigned long)taken, (unsigned long)sent);
        if (bus_subscriber_take(s, &m))
            taken++;
        else
            rig_nap(bus_subscriber_fd(s), -1);
    }
    rig_deliver(p, s, NULL, "a", "and on it goes");
    bus_publisher_close(p);
    bus_subscriber_close(s);
    bus_destroy(b);
}
END_TEST

/* ---- poses: one that listens publishes to many */

/* Until it hears of a subscription to what `topic` begins with. */
static void wait_for_subscriber(bus_publisher *p, bus_subscriber *s, const char *topic)
{
    int64_t until = rig_now_ms() + RIG_WAIT_MS;
    bus_message m;
    while (!bus_publisher_subscribed(p, topic)) {
        ck_assert_msg(rig_now_ms() < until, "nobody subscribed");
        ck_assert(!bus_subscriber_take(s, &m));
        rig_nap(bus_publisher_fd(p), bus_subscriber_fd(s));
    }
}

START_TEST (each_new_subscriber_is_seen) {
    bus *b = rig_bus();
    bus_link out = rig_ipc(&r, true), in = rig_ipc(&r, false);
    bus_publisher *p = rig_publisher(b, &out);
    bus_subscriber *s[4];
    const char *const prefixes[] = {"v1/status", "v1/status", "v1/", ""};
    for (int i = 0; i < 4; i++) {
        s[i] = rig_subscriber(b, &in, prefixes[i]);
        wait_for_subscriber(p, s[i], "v1/status");
        ck_assert(!bus_publisher_subscribed(p, "v1/status"));
    }
    ck_assert(bus_publish(p, "v1/status", "all well", 8));
    for (int i = 0; i < 4; i++) {
        bus_message m;
        rig_take(s[i], NULL, &m);
        ck_assert_str_eq(m.topic, "v1/status");
        bus_subscriber_close(s[i]);
    }
    bus_publisher_close(p);
    bus_destroy(b);
}
END_TEST

START_TEST (a_subscription_to_something_else_is_none) {
    static const char *const others[] = {"v1/pose", "v1/status2", "v1/statusv1/statusv1/status", "w"};
    bus *b = rig_bus();
    bus_link out = rig_ipc(&r, true), in = rig_ipc(&r, false);
    bus_publisher *p = rig_publisher(b, &out);
    bus_subscriber *s = bus_subscriber_open(b, &in, others, 4, NULL), *wanted;
    wait_for_subscriber(p, s, others[0]);
    ck_assert(!bus_publisher_subscribed(p, "v1/status"));
    wanted = rig_subscriber(b, &in, "v1/status");
    wait_for_subscriber(p, wanted, "v1/status");
    bus_subscriber_close(s);
    bus_subscriber_close(wanted);
    bus_publisher_close(p);
    bus_destroy(b);
}
END_TEST

START_TEST (a_listening_publisher_needs_nobody) {
    bus *b = rig_bus();
    bus_link out = rig_ipc(&r, true);
    bus_publisher *p = rig_publisher(b, &out);
    for (int i = 0; i < 1000; i++)
        ck_assert(bus_publish(p, "a", "x", 1));
    ck_assert_uint_eq(bus_publisher_dropped(p), 0);
    bus_publisher_close(p);
    bus_destroy(b);
}
END_TEST

/* Allocated memory. Nought under the address sanitizer and valgrind, which have allocators of their own. */
static long allocated_kib(void)
{
    struct mallinfo2 m = mallinfo2();
    return (long)((m.uordblks + m.hblkhd) / 1024);
}

/* One subscriber never reads; another gets every message, and memory does not grow with what the first one
 * misses: 60 MB go out (12 where one seed is enough), and at most two queues of 1 MB and the sockets' buffers
 * are kept. */
START_TEST (a_subscriber_that_never_reads_harms_nobody) {
    bus *b = rig_bus();
    bus_link out = rig_ipc(&r, true), in = rig_ipc(&r, false);
    out.queue = in.queue = 1000;
    bus_publisher *p = rig_publisher(b, &out);
    bus_subscriber *stuck = rig_subscriber(b, &in, ""), *quick;
    wait_for_subscriber(p, stuck, "a");
    quick = rig_subscriber(b, &in, "");
    wait_for_subscriber(p, quick, "a");
    static const char payload[1000];
    long before = 0;
    for (int batch = 0; batch < 1200 / every(5); batch++) {
        bus_message m;
        for (int i = 0; i < 50; i++)
            ck_assert(bus_publish(p, "a", payload, sizeof payload));
        for (int i = 0; i < 50; i++) {
            rig_take(quick, NULL, &m);
            ck_assert_uint_eq(m.size, sizeof payload);
        }
        if (batch == 200 / every(5))
            before = allocated_kib();
    }
    ck_assert_int_lt(allocated_kib() - before, 4096);
    bus_subscriber_close(stuck);
    bus_subscriber_close(quick);
    bus_publisher_close(p);
    bus_destroy(b);
}
END_TEST

/* ---- what is not right */

static void send_parts(void *to, const char *const *parts, const size_t *sizes, int count)
{
    for (int i = 0; i < count; i++)
        ck_assert_int_ge(zmq_send(to, parts[i], sizes[i], i + 1 < count ? ZMQ_SNDMORE : 0), 0);
}

static const char big[RIG_MAX_BYTES + 1];

static const struct {
    const char *legend;
    int count;
    const char *parts[4];
    size_t sizes[4];
    bool good;
} shapes[] = {
    {"two parts", 2, {"a", "x"}, {1, 1}, true},
    {"an empty payload", 2, {"a", ""}, {1, 0}, true},
    {"the longest topic",
     2,
     {"a23456789b123456789c123456789d123456789e123456789f123456789g123456789h123456789", "x"},
     {79, 1},
     true},
    {"the largest payload", 2, {"a", big}, {1, RIG_MAX_BYTES}, true},
    {"one part", 1, {"a"}, {1}, false},
    {"three parts", 3, {"a", "x", "y"}, {1, 1, 1}, false},
    {"four parts", 4, {"a", "x", "", ""}, {1, 1, 0, 0}, false},
    {"a topic too long",
     2,
     {"a23456789b123456789c123456789d123456789e123456789f123456789g123456789h1234567890", "x"},
     {80, 1},
     false},
    {"a NUL in the topic", 2, {"a\0b", "x"}, {3, 1}, false},
    {"a NUL at the topic's end", 2, {"a", "x"}, {2, 1}, false},
    {"no topic", 2, {"", "x"}, {0, 1}, false},
    {"a payload one byte too large", 2, {"a", big}, {1, RIG_MAX_BYTES + 1}, false},
};

static void *raw_publisher(void *context)
{
    int linger = 0;
    void *raw = zmq_socket(context, ZMQ_XPUB);
    zmq_setsockopt(raw, ZMQ_LINGER, &linger, sizeof linger);
    ck_assert_int_eq(zmq_connect(raw, r.at), 0);
    return raw;
}

/* Until the raw XPUB socket has a subscription. */
static void wait_for_subscription(void *raw, bus_subscriber *s)
{
    char news[128];
    bus_message m;
    int64_t until = rig_now_ms() + RIG_WAIT_MS;
    while (zmq_recv(raw, news, sizeof news, ZMQ_DONTWAIT) < 0) {
        ck_assert(rig_now_ms() < until);
        ck_assert(!bus_subscriber_take(s, &m));
        rig_nap(bus_subscriber_fd(s), -1);
    }
}

START_TEST (a_message_of_another_shape_is_dropped_and_counted) {
    bus *b = rig_bus();
    bus_link in = rig_ipc(&r, true);
    bus_subscriber *s = rig_subscriber(b, &in, "");
    void *context = zmq_ctx_new(), *raw = raw_publisher(context);
    wait_for_subscription(raw, s);
    send_parts(raw, shapes[_i].parts, shapes[_i].sizes, shapes[_i].count);
    send_parts(raw, (const char *const[]){"next", "whole"}, (const size_t[]){4, 5}, 2);
    bus_message m;
    rig_take(s, NULL, &m);
    if (shapes[_i].good) {
        ck_assert_mem_eq(m.topic, shapes[_i].parts[0], shapes[_i].sizes[0] + 1);
        ck_assert_uint_eq(m.size, shapes[_i].sizes[1]);
        rig_take(s, NULL, &m);
    }
    ck_assert_str_eq(m.topic, "next");
    ck_assert_uint_eq(bus_subscriber_malformed(s), shapes[_i].good ? 0 : 1);
    zmq_close(raw);
    zmq_ctx_term(context);
    bus_subscriber_close(s);
    bus_destroy(b);
}
END_TEST

/* Larger than what may go over the wire: the sender is cut off before it has been read into memory, and comes
 * back. */
START_TEST (a_huge_message_ends_the_connection) {
    bus *b = rig_bus();
    bus_link in = rig_ipc(&r, true);
    bus_subscriber *s = rig_subscriber(b, &in, "");
    void *context = zmq_ctx_new(), *raw = raw_publisher(context);
    size_t size = (size_t)64 << 20;
    char *huge = calloc(1, size);
    ck_assert_ptr_nonnull(huge);
    wait_for_subscription(raw, s);
    long before = allocated_kib();
    send_parts(raw, (const char *const[]){"a", huge}, (const size_t[]){1, size}, 2);
    free(huge);
    bus_message m = {.topic = ""};
    int64_t until = rig_now_ms() + RIG_WAIT_MS;
    while (strcmp(m.topic, "next") != 0) { /* what was sent while it was cut off is lost */
        ck_assert(rig_now_ms() < until);
        send_parts(raw, (const char *const[]){"next", "whole"}, (const size_t[]){4, 5}, 2);
        if (!bus_subscriber_take(s, &m))
            rig_nap(bus_subscriber_fd(s), -1);
    }
    ck_assert_uint_eq(bus_subscriber_malformed(s), 0);             /* it never was a message */
    ck_assert_int_lt(allocated_kib() - before, (64 << 10) + 8192); /* the sender's one copy is here as well */
    zmq_close(raw);
    zmq_ctx_term(context);
    bus_subscriber_close(s);
    bus_destroy(b);
}
END_TEST

/* However many malformed ones wait, the caller gets its turn: with an empty topic. */
START_TEST (a_flood_of_malformed_ones_does_not_hold_the_caller) {
    bus *b = rig_bus();
    bus_link in = rig_ipc(&r, true);
    in.queue = 1000;
    bus_subscriber *s = rig_subscriber(b, &in, "");
    void *context = zmq_ctx_new(), *raw = raw_publisher(context);
    bus_message m;
    int turns = 0;
    wait_for_subscription(raw, s);
    for (int i = 0; i < 500; i++)
        send_parts(raw, (const char *const[]){"lonely"}, (const size_t[]){6}, 1);
    int64_t until = rig_now_ms() + RIG_WAIT_MS;
    while (bus_subscriber_malformed(s) < 500) {
        ck_assert(rig_now_ms() < until);
        uint64_t before = bus_subscriber_malformed(s);
        if (bus_subscriber_take(s, &m)) {
            ck_assert_str_eq(m.topic, "");
            ck_assert_uint_eq(m.size, 0);
            turns++;
        } else {
            rig_nap(bus_subscriber_fd(s), -1);
        }
        ck_assert_uint_le(bus_subscriber_malformed(s) - before, 64);
    }
    ck_assert_int_le(turns, 500 / 64);
    zmq_close(raw);
    zmq_ctx_term(context);
    bus_subscriber_close(s);
    bus_destroy(b);
}
END_TEST

/* ---- listening */

START_TEST (the_socket_of_a_listening_side_has_mode_0660) {
    struct stat st;
    bus *b = rig_bus();
    bus_link l = rig_ipc(&r, true);
    bus_publisher *p = rig_publisher(b, &l);
    ck_assert_int_eq(stat(r.at + strlen("ipc://"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0660);
    bus_publisher_close(p);
    bus_destroy(b);
}
END_TEST

START_TEST (an_endpoint_in_use_is_named) {
    error e = {""};
    const char *all = "";
    bus *b = rig_bus();
    bus_link l = _i == 0 ? rig_ipc(&r, true) : rig_tcp(&r, true, NULL, NULL);
    bus_publisher *p = rig_publisher(b, &l);
    ck_assert_ptr_null(bus_publisher_open(b, &l, &e));
    ck_assert_msg(strstr(e.text, _i == 0 ? r.directory : r.tcp) != NULL, "%s", e.text);
    ck_assert_ptr_null(bus_subscriber_open(b, &l, &all, 1, NULL));
    bus_publisher_close(p);
    bus_destroy(b);
}
END_TEST

START_TEST (an_address_of_another_machine_is_named) {
    error e = {""};
    static const char *const elsewhere[] = {"tcp://127.0.0.1:1"};
    bus *b = rig_bus();
    bus_link l = rig_ipc(&r, true);
    l.endpoints = elsewhere;
    if (geteuid() != 0) { /* root may listen on any port */
        ck_assert_ptr_null(bus_publisher_open(b, &l, &e));
        ck_assert_msg(strstr(e.text, elsewhere[0]) != NULL, "%s", e.text);
    }
    static const char *const hosts[] = {"tcp://localhost.invalid:5600"};
    bus_keys k = rig_keys();
    l.endpoints = hosts;
    l.keys = &k;
    e = (error){""};
    gatekeeper *g = gatekeeper_open(b, NULL, 0, NULL);
    ck_assert_ptr_null(bus_publisher_open(b, &l, &e));
    ck_assert_msg(strstr(e.text, "no such address or interface") != NULL, "%s", e.text);
    gatekeeper_close(g);
    bus_destroy(b);
}
END_TEST

START_TEST (several_endpoints_are_one_socket) {
    char first[80], second[80];
    const char *list[] = {first, second, r.tcp};
    snprintf(first, sizeof first, "%s.1", r.at);
    snprintf(second, sizeof second, "inproc://second");
    bus *b = rig_bus();
    bus_link in = rig_ipc(&r, true);
    in.endpoints = list;
    in.endpoint_count = 3;
    bus_subscriber *s = rig_subscriber(b, &in, "");
    for (int i = 0; i < 3; i++) {
        bus_link out = rig_ipc(&r, false);
        out.endpoints = &list[i];
        bus_publisher *p = rig_publisher(b, &out);
        rig_deliver(p, s, NULL, "a", list[i]);
        bus_publisher_close(p);
    }
    bus_subscriber_close(s);
    bus_destroy(b);
}
END_TEST

START_TEST (one_bad_endpoint_opens_none) {
    const char *list[] = {r.at, "tcp://*:5600"};
    error e = {""};
    bus *b = rig_bus();
    bus_link l = rig_ipc(&r, true);
    l.endpoints = list;
    l.endpoint_count = 2;
    ck_assert_ptr_null(bus_publisher_open(b, &l, &e));
    ck_assert_msg(strstr(e.text, "tcp://*:5600") != NULL, "%s", e.text);
    ck_assert_int_eq(access(r.at + strlen("ipc://"), F_OK), -1);
    bus_destroy(b);
}
END_TEST

static TCase *right_cases(void)
{
    TCase *tc = tcase_create("right");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, a_frame_goes_from_who_connects_to_who_listens);
    tcase_add_test(tc, a_message_without_curve_has_no_peer);
    tcase_add_test(tc, who_connects_may_come_first_and_comes_back);
    tcase_add_test(tc, with_a_full_queue_publishing_says_so_at_once);
    tcase_add_test(tc, each_new_subscriber_is_seen);
    tcase_add_test(tc, a_subscription_to_something_else_is_none);
    tcase_add_test(tc, a_listening_publisher_needs_nobody);
    tcase_add_test(tc, a_subscriber_that_never_reads_harms_nobody);
    tcase_add_test(tc, several_endpoints_are_one_socket);
    return tc;
}

static TCase *wrong_cases(void)
{
    TCase *tc = tcase_create("wrong");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, a_message_of_another_shape_is_dropped_and_counted, 0,
                        sizeof shapes / sizeof *shapes);
    tcase_add_test(tc, a_huge_message_ends_the_connection);
    tcase_add_test(tc, a_flood_of_malformed_ones_does_not_hold_the_caller);
    tcase_add_test(tc, the_socket_of_a_listening_side_has_mode_0660);
    tcase_add_loop_test(tc, an_endpoint_in_use_is_named, 0, 2);
    tcase_add_test(tc, an_address_of_another_machine_is_named);
    tcase_add_test(tc, one_bad_endpoint_opens_none);
    return tc;
}

int main(void)
{
    Suite *s = suite_create("bus");
    suite_add_tcase(s, right_cases());
    suite_add_tcase(s, wrong_cases());
    return run_suite(s);
}
