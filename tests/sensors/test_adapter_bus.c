/*
 * The adapter bus between a publisher and its sink: what is well-formed passes, the rest is counted.
 */
#include "bus/bus.h"
#include "tests/scratch.h"
#include "tests/sensors/adapter_fixture.h"
#include "tests/suite.h"
#include "wire/message.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define WAIT_S 20.0

typedef struct {
    char directory[SCRATCH_SIZE], endpoint[96];
    bus *bus;
    bus_publisher *publisher;
    bool listens;
} peer;

static void peer_init(peer *p, bool listens)
{
    error e = {""};
    make_directory(p->directory);
    snprintf(p->endpoint, sizeof p->endpoint, "ipc://%s/other", p->directory);
    const char *endpoint = p->endpoint;
    const bus_link link = {.endpoints = &endpoint, .endpoint_count = 1, .listen = listens, .queue = 100};
    p->listens = listens;
    p->bus = bus_create(&e);
    p->publisher = p->bus ? bus_publisher_open(p->bus, &link, &e) : NULL;
    ck_assert_msg(p->publisher != NULL, "%s", e.text);
}

static void peer_finish(peer *p)
{
    bus_publisher_close(p->publisher);
    bus_destroy(p->bus);
    remove_directory(p->directory);
}

static adapter_fixture *start(const peer *p, const char *sources)
{
    const char *const options[][2] = {
        {p->listens ? "connect" : "listen", p->endpoint}, {"sources", sources}, {NULL}};
    return adapter_fixture_start("bus", "", options);
}

static void wait_for_subscription(peer *p)
{
    struct pollfd fd = {.fd = bus_publisher_fd(p->publisher), .events = POLLIN};
    while (!bus_publisher_subscribed(p->publisher, TOPIC_SENSOR_PREFIX))
        ck_assert_int_eq(poll(&fd, 1, (int)(1000 * WAIT_S)), 1);
}

static size_t encode(unsigned char *bytes, const char *source, uint32_t sequence)
{
    frame f = {.kind = FRAME_IMU, .stamp_ns = 5, .received_ns = 6, .sequence = sequence};
    f.u.imu.gyro_radps[2] = 0.25f;
    size_t size = message_encode_frame(&f, source, bytes, MESSAGE_MAX_SIZE);
    ck_assert_uint_gt(size, 0);
    return size;
}

static void publish(peer *p, const char *topic, const char *source, uint32_t sequence)
{
    unsigned char bytes[MESSAGE_MAX_SIZE];
    size_t size = encode(bytes, source, sequence);
    bus_publish(p->publisher, topic, bytes, size);
}

/* Either side may listen. */
START_TEST (frames_pass) {
    peer p;
    peer_init(&p, _i == 0);
    adapter_fixture *x = start(&p, "");
    wait_for_subscription(&p);
    publish(&p, "posed/v1/sensor/imu/a", "imu/a", 41);
    publish(&p, "posed/v1/sensor/imu/b", "imu/b", 7);
    ck_assert(adapter_fixture_wait(x, 2, WAIT_S));
    const frame *f = adapter_fixture_frame(x, 0);
    ck_assert(f->stamp_ns == 5 && f->received_ns == 6 && f->sequence == 41 && f->kind == FRAME_IMU);
    ck_assert(f->u.imu.gyro_radps[2] == 0.25f);
    ck_assert_str_eq(adapter_fixture_source(x, 0), "imu/a");
    ck_assert_str_eq(adapter_fixture_source(x, 1), "imu/b");
    ck_assert(adapter_fixture_stop(x));
    adapter_fixture_destroy(x);
    peer_finish(&p);
}
END_TEST

START_TEST (nothing_else_passes) {
    peer p;
    unsigned char bytes[MESSAGE_MAX_SIZE];
    peer_init(&p, true);
    adapter_fixture *x = start(&p, "imu/a,gnss/roof");
    wait_for_subscription(&p);
    size_t size = encode(bytes, "imu/a", 0);
    bus_publish(p.publisher, "posed/v1/sensor/imu/a", bytes, size - 1); /* cut off */
    bus_publish(p.publisher, "posed/v1/sensor/imu/a", "", 0);           /* nothing */
    bus_publish(p.publisher, "posed/v1/sensor/gnss/roof", bytes, size); /* another kind */
    bus_publish(p.publisher, "posed/v1/sensor/sonar/a", bytes, size);   /* no such kind */
    publish(&p, "posed/v1/sensor/imu/a", "imu/b", 1);                   /* another's topic */
    publish(&p, "posed/v1/sensor/imu/b", "imu/b", 2); /* not asked for: no fault of its own */
    publish(&p, "posed/v1/sensor/imu/aa", "imu/aa", 3);
    publish(&p, "posed/v1/sensor/imu/a", "imu/a", 4);
    ck_assert(adapter_fixture_wait(x, 1, WAIT_S));
    ck_assert_uint_eq(adapter_fixture_frame(x, 0)->sequence, 4);
    ck_assert(adapter_fixture_stop(x));
    ck_assert_uint_eq(adapter_fixture_count(x), 1);
    ck_assert_uint_eq(adapter_get_counts(adapter_fixture_adapter(x)).malformed, 5);
    adapter_fixture_destroy(x);
    peer_finish(&p);
}
END_TEST

static const struct {
    const char *const options[4][2];
    const char *what;
} mistakes[] = {
    {{{NULL}}, "give --listen or --connect"},
    {{{"listen", "ipc:///tmp/a"}, {"connect", "ipc:///tmp/a"}, {NULL}}, "not both"},
    {{{"listen", "ipc:///tmp/a"}, {"key", "a.key"}, {NULL}}, "--key: keys are for --connect"},
    {{{"connect", "tcp://192.0.2.1:5700"}, {NULL}}, "tcp://192.0.2.1:5700"}, /* not local, and no key */
    {{{"listen", "tcp://*:5700"}, {NULL}}, "tcp://*:5700"},
    {{{"connect", "ipc:///tmp/a"}, {"key", "/no/such/a.key"}, {NULL}}, "/no/such/a.key"},
    {{{"connect", "ipc:///tmp/a"}, {"server_key", "/no/such/a.pub"}, {NULL}}, "/no/such/a.pub"},
};

START_TEST (mistakes_are_refused) {
    adapter_fixture *x = adapter_fixture_start("bus", "", mistakes[_i].options);
    ck_assert(!adapter_fixture_end(x, WAIT_S));
    ck_assert_msg(strstr(adapter_fixture_error(x), mistakes[_i].what) != NULL, "%s",
                  adapter_fixture_error(x));
    adapter_fixture_destroy(x);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("bus");
    tcase_set_timeout(tc, 120); /* valgrind */
    tcase_add_loop_test(tc, frames_pass, 0, 2);
    tcase_add_test(tc, nothing_else_passes);
    tcase_add_loop_test(tc, mistakes_are_refused, 0, sizeof mistakes / sizeof *mistakes);
    return run_cases("adapter bus", tc);
}
