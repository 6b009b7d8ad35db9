/* The client library against a publisher of ours: the handshake, what is handed out, what is counted. */
#include "bus/bus.h"
#include "client/posed_client.h"
#include "common/clock.h"
#include "tests/scratch.h"
#include "tests/suite.h"
#include "wire/message.h"

#include <check.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PATIENCE_S = 20,
    /* More than any test sends. ZeroMQ looks once in a millisecond at what the peer has taken: 100 messages
     * can pass one by one before it does, and the next would find a queue of 100 full. */
    QUEUE = 1000,
};

static char directory[SCRATCH_SIZE], endpoint[64];
static bus *context;
static bus_publisher *publisher;
static posed_client *client;
static unsigned char bytes[MESSAGE_MAX_SIZE];
static status_extra extra;
static uint32_t status_sequence;

static void open_publisher(void)
{
    error e = {""};
    const char *const endpoints[] = {endpoint};
    const bus_link link = {.endpoints = endpoints,
                           .endpoint_count = 1,
                           .listen = true,
                           .queue = QUEUE,
                           .max_message_bytes = 16384};
    context = bus_create(&e);
    publisher = context ? bus_publisher_open(context, &link, &e) : NULL;
    ck_assert_msg(publisher != NULL, "%s", e.text);
}

static void close_publisher(void)
{
    bus_publisher_close(publisher);
    bus_destroy(context);
}

static void setup(void)
{
    make_directory(directory);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/poses", directory);
    extra = (status_extra){.started_ns = 1000};
    status_sequence = 0;
    open_publisher();
}

static void teardown(void)
{
    posed_close(client);
    client = NULL;
    close_publisher();
    remove_directory(directory);
}

static void send_status(void)
{
    const char *const names[] = {"gnss/roof"};
    const fusion_status s = {.stamp_ns = utc_ns(),
                             .mode = MODE_NOMINAL,
                             .source_count = 1,
                             .sources = {{.state = SOURCE_STATE_ALIVE}}};
    size_t size = message_encode_status(&s, names, status_sequence, &extra, bytes, sizeof bytes);
    ck_assert_uint_gt(size, 0);
    bus_publish(publisher, TOPIC_STATUS, bytes, size);
}

static fusion_pose a_pose(uint32_t sequence, int64_t stamp_ns)
{
    return (fusion_pose){.sequence = sequence,
                         .stamp_ns = stamp_ns,
                         .based_on_ns = stamp_ns - 5000000,
                         .mode = MODE_NOMINAL,
                         .usable = true,
                         .q_body_enu = {0, 0, 0, 1},
                         .latitude_rad = 0.5,
                         .longitude_rad = 0.2,
                         .velocity_enu_mps = {3, 4, 0}};
}

static void send_pose(uint32_t sequence, int64_t stamp_ns, int64_t expires_ns, const char *topic)
{
    fusion_pose p = a_pose(sequence, stamp_ns);
    bus_publish(publisher, topic, bytes, message_encode_live_pose(&p, expires_ns, bytes, sizeof bytes));
}

/* A subscription of the client has arrived at the publisher. ZeroMQ sends it when the client's thread looks
 * after its socket, which it does here beside the publisher's. */
static void wait_for_subscriber(const char *topic)
{
    const posed_event *event;
    while (!bus_publisher_subscribed(publisher, topic)) {
        struct pollfd p[] = {{.fd = bus_publisher_fd(publisher), .events = POLLIN},
                             {.fd = posed_fd(client), .events = POLLIN}};
        ck_assert_int_eq(posed_next(client, 0, &event), 0);
        ck_assert_int_gt(poll(p, 2, PATIENCE_S * 1000), 0);
    }
}

static void connect_with(unsigned kinds)
{
    char problem[POSED_PROBLEM_SIZE];
    posed_options o = POSED_OPTIONS_INIT;
    o.kinds = kinds;
    o.timeout_s = 0;
    client = posed_connect(endpoint, &o, problem);
    ck_assert_msg(client != NULL, "%s", problem);
    /* ZeroMQ sends the subscriptions in the order of the alphabet */
    wait_for_subscriber(kinds >> POSED_KIND_VERDICT & 1u ? TOPIC_VERDICT : TOPIC_STATUS);
}

static const posed_event *expect(posed_kind kind)
{
    const posed_event *event;
    ck_assert_msg(posed_next(client, PATIENCE_S, &event) == 1, "%s", posed_problem(client));
    ck_assert_int_eq(event->kind, kind);
    return event;
}

static void wait_for_socket(void)
{
    struct pollfd p = {.fd = posed_fd(client), .events = POLLIN};
    ck_assert_int_eq(poll(&p, 1, PATIENCE_S * 1000), 1);
}

static void expect_nothing(void)
{
    const posed_event *event;
    ck_assert_int_eq(posed_next(client, 0, &event), 0);
    ck_assert_ptr_null(event);
}

/* All that was sent has come when this has. */
static void drain(void)
{
    status_sequence++;
    send_status();
    expect(POSED_KIND_STATUS);
}

static void shake_hands(unsigned kinds)
{
    connect_with(kinds);
    send_status();
    expect(POSED_KIND_STATUS);
}

enum {
    ALL = (1 << POSED_KIND_COUNT) - 1,
    POSES = 1 << POSED_KIND_POSE,
};

START_TEST (the_status_comes_first) {
    connect_with(ALL);
    int64_t now = utc_ns();
    send_pose(7, now, now + 100000000, TOPIC_POSE); /* before the handshake: not handed out */
    send_status();
    const posed_status *s = expect(POSED_KIND_STATUS)->status;
    ck_assert_uint_eq(s->protocol, POSED_PROTOCOL);
    ck_assert_str_eq(s->version, posed_client_version());
    ck_assert_uint_eq(s->source_count, 1);
    ck_assert_str_eq(s->sources[0]->name, "gnss/roof");
    ck_assert_int_eq(s->sources[0]->state, POSED_SOURCE_ALIVE);
    ck_assert_ptr_eq(s, posed_latest_status(client));
    send_pose(8, now, now + 100000000, TOPIC_POSE);
    const posed_event *event = expect(POSED_KIND_POSE);
    ck_assert_uint_eq(event->pose->sequence, 8);
    ck_assert_int_ge(event->received_ns, now);
    ck_assert_uint_eq(posed_received(client, POSED_KIND_POSE), 1);
    expect_nothing();
}
END_TEST

START_TEST (nobody_there_is_said_so) {
    char problem[POSED_PROBLEM_SIZE], text[160];
    posed_options o = POSED_OPTIONS_INIT;
    o.timeout_s = 0.01;
    snprintf(text, sizeof text, "%s: nothing came within 0.01 s; is posed running?", endpoint);
    ck_assert_ptr_null(posed_connect(endpoint, &o, problem));
    ck_assert_str_eq(problem, text);
    ck_assert_ptr_null(posed_connect("ipc:///tmp/posed/no/such/socket", &o, problem));
    ck_assert_str_eq(problem, "ipc:///tmp/posed/no/such/socket: nothing came within 0.01 s; there is no such "
                              "socket: is posed running?");
    ck_assert_ptr_null(posed_connect("tcp://192.0.2.1:5601", &o, problem));
    ck_assert_msg(strstr(problem, "leaves this machine") != NULL, "%s", problem);
    ck_assert_ptr_null(posed_connect("nonsense", &o, NULL));
}
END_TEST

START_TEST (another_protocol_is_refused) {
    connect_with(ALL);
    fusion_status s = {.stamp_ns = 1, .mode = MODE_NOMINAL};
    size_t size = message_encode_status(&s, NULL, 1, &extra, bytes, sizeof bytes);
    static const unsigned char protocol[] = {0x65, 1, 0, 0, 0}; /* field 12, fixed32 */
    unsigned char *at = memmem(bytes, size, protocol, sizeof protocol);
    ck_assert_ptr_nonnull(at);
    at[1] = 2;
    bus_publish(publisher, TOPIC_STATUS, bytes, size);
    const posed_event *event;
    ck_assert_int_eq(posed_next(client, PATIENCE_S, &event), -1);
    ck_assert_ptr_null(event);
    ck_assert_msg(strstr(posed_problem(client), "speaks version 2") != NULL, "%s", posed_problem(client));
    /* a recording's status names none */
    bus_publish(publisher, TOPIC_STATUS, bytes,
                message_encode_status(&s, NULL, 1, NULL, bytes, sizeof bytes));
    ck_assert_int_eq(posed_next(client, PATIENCE_S, &event), -1);
    ck_assert_ptr_null(posed_latest_status(client));
    send_status(); /* another posed takes its place */
    expect(POSED_KIND_STATUS);
}
END_TEST

START_TEST (gaps_are_counted_and_repeats_are_not_handed_out) {
    shake_hands(ALL);
    send_status(); /* the same, as for a new subscriber */
    int64_t now = utc_ns();
    static const uint32_t sequences[] = {UINT32_MAX - 1, UINT32_MAX, 0, 1, 4};
    for (size_t i = 0; i < 5; i++) {
        send_pose(sequences[i], now, now + 1, TOPIC_POSE);
        ck_assert_uint_eq(expect(POSED_KIND_POSE)->pose->sequence, sequences[i]);
    }
    ck_assert_uint_eq(posed_missed(client, POSED_KIND_POSE), 2);
    send_pose(90, now, 0, TOPIC_TRACK);
    ck_assert_uint_eq(expect(POSED_KIND_TRACK)->pose->sequence, 90);
    send_pose(93, now, 0, TOPIC_TRACK);
    expect(POSED_KIND_TRACK);
    ck_assert_uint_eq(posed_missed(client, POSED_KIND_TRACK), 2);
    extra.started_ns = 2000; /* restarted: everything begins anew */
    status_sequence = 0;
    send_status();
    expect(POSED_KIND_STATUS);
    send_pose(1000, now, now + 1, TOPIC_POSE);
    expect(POSED_KIND_POSE);
    ck_assert_uint_eq(posed_missed(client, POSED_KIND_POSE), 2);
    ck_assert_uint_eq(posed_missed(client, POSED_KIND_STATUS), 0);
    ck_assert_uint_eq(posed_restarts(client), 1);
    ck_assert_uint_eq(posed_received(client, POSED_KIND_POSE), 6);
}
END_TEST

START_TEST (faults_and_verdicts_arrive) {
    shake_hands(ALL);
    fault_event f = {
        .stamp_ns = 9, .since_ns = 8, .code = FAULT_JUMP, .raised = true, .evidence = 30, .limit = NAN};
    bus_publish(publisher, TOPIC_FAULT, bytes, message_encode_fault(&f, "gnss/roof", 1, bytes, sizeof bytes));
    verdict v = {
        .stamp_ns = 4, .quantity = QUANTITY_SPEED, .decision = DECISION_REJECTED, .dim = 1, .nis = 8};
    bus_publish(publisher, TOPIC_VERDICT, bytes,
                message_encode_verdict(&v, "wheel/can", bytes, sizeof bytes));
    const posed_fault *fault = expect(POSED_KIND_FAULT)->fault;
    ck_assert_str_eq(fault->source, "gnss/roof");
    ck_assert_str_eq(posed_fault_name(fault->code), "JUMP");
    ck_assert(fault->raised && isnan(fault->limit));
    const posed_verdict *seen = expect(POSED_KIND_VERDICT)->verdict;
    ck_assert_str_eq(posed_quantity_name(seen->quantity), "speed");
    ck_assert_uint_eq(seen->value_count, 1);
}
END_TEST

START_TEST (what_is_malformed_is_counted_and_passed_over) {
    shake_hands(ALL);
    int64_t now = utc_ns();
    static const char *const topics[] = {TOPIC_POSE, TOPIC_TRACK, TOPIC_STATUS, TOPIC_FAULT, TOPIC_VERDICT};
    for (size_t i = 0; i < 5; i++)
        bus_publish(publisher, topics[i], "\xff\xff", 2);
    send_pose(1, now, 0, TOPIC_POSE); /* live, and would never expire */
    bus_publish(publisher, TOPIC_POSE "/more", "", 0);
    drain();
    ck_assert_uint_eq(posed_malformed(client), 6);
    ck_assert_str_eq(posed_problem(client), "posed.v1.PoseEstimate: expires_ns: missing in a live pose");
    ck_assert_ptr_null(posed_latest_pose(client));
}
END_TEST

START_TEST (the_latest_pose_is_the_newest_that_may_be_used) {
    shake_hands(POSES);
    ck_assert_ptr_null(posed_latest_pose(client));
    int64_t now = utc_ns();
    const posed_pose *pose;
    for (uint32_t i = 0; i < 10; i++)
        send_pose(i, now, now + INT64_C(60000000000), TOPIC_POSE);
    while (!(pose = posed_latest_pose(client)) || pose->sequence != 9)
        wait_for_socket();
    ck_assert_uint_eq(posed_received(client, POSED_KIND_POSE), 10);
    send_pose(10, now - 200000000, now - 100000000, TOPIC_POSE);
    while (posed_latest_pose(client)) /* the older one was good, but it is not the newest any more */
        wait_for_socket();
    ck_assert_int_lt(llabs(posed_now_ns(client) - utc_ns()), 1000000000);
}
END_TEST

START_TEST (the_time_of_a_drive_is_the_drive_s) {
    extra.drive_time = true;
    shake_hands(POSES);
    const int64_t then = INT64_C(1500000000000000000);
    send_pose(1, then, then + INT64_C(60000000000), TOPIC_POSE);
    const posed_pose *pose = expect(POSED_KIND_POSE)->pose;
    int64_t now = posed_now_ns(client);
    ck_assert(now >= then && now < then + INT64_C(20000000000));
    ck_assert(posed_pose_usable(pose, now));
    ck_assert(!posed_pose_usable(pose, utc_ns()));
    ck_assert_ptr_eq(posed_latest_pose(client), pose);
}
END_TEST

START_TEST (it_connects_again_by_itself) {
    shake_hands(POSES);
    close_publisher();
    open_publisher();
    wait_for_subscriber(TOPIC_STATUS);
    extra.started_ns = 3000;
    send_status();
    ck_assert_int_eq(expect(POSED_KIND_STATUS)->status->started_ns, 3000);
    ck_assert_uint_eq(posed_restarts(client), 1);
}
END_TEST

START_TEST (the_file_descriptor_wakes_an_event_loop) {
    shake_hands(POSES);
    for (uint32_t i = 0; i < 100; i++) {
        expect_nothing();
        send_pose(i, 5000000, 5000001, TOPIC_POSE);
        const posed_event *event;
        do
            wait_for_socket();
        while (posed_next(client, 0, &event) == 0);
        ck_assert_uint_eq(event->pose->sequence, i);
    }
}
END_TEST

START_TEST (wrong_options_are_refused) {
    char problem[POSED_PROBLEM_SIZE];
    posed_options o = POSED_OPTIONS_INIT;
    o.queue = 0;
    ck_assert_ptr_null(posed_connect(endpoint, &o, problem));
    ck_assert_str_eq(problem, "a queue of 0 messages");
    o.queue = 10;
    o.secret_key = "/tmp/posed/no/such.key";
    ck_assert_ptr_null(posed_connect(endpoint, &o, problem));
    ck_assert_msg(strstr(problem, "/tmp/posed/no/such.key") != NULL, "%s", problem);
    o.size = sizeof o.size; /* an older program, whose options ended there */
    ck_assert_ptr_null(posed_connect("nonsense", &o, problem));
    ck_assert_msg(strstr(problem, "nonsense") != NULL, "%s", problem);
    posed_close(NULL);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("client");
    tcase_set_timeout(tc, 120);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_status_comes_first);
    tcase_add_test(tc, nobody_there_is_said_so);
    tcase_add_test(tc, another_protocol_is_refused);
    tcase_add_test(tc, gaps_are_counted_and_repeats_are_not_handed_out);
    tcase_add_test(tc, faults_and_verdicts_arrive);
    tcase_add_test(tc, what_is_malformed_is_counted_and_passed_over);
    tcase_add_test(tc, the_latest_pose_is_the_newest_that_may_be_used);
    tcase_add_test(tc, the_time_of_a_drive_is_the_drive_s);
    tcase_add_test(tc, it_connects_again_by_itself);
    tcase_add_test(tc, the_file_descriptor_wakes_an_event_loop);
    tcase_add_test(tc, wrong_options_are_refused);
    return run_cases("client", tc);
}
