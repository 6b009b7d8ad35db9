/*
 * The adapter replay: every frame, in the order of reception, with the same bytes but for whole seconds.
 */
#include "bus/bus.h"
#include "sensors/adapter_host.h"
#include "sensors/replay_queue.h"
#include "tests/scratch.h"
#include "tests/sensors/recorder.h"
#include "tests/suite.h"
#include "wire/drive.h"
#include "wire/mcap_writer.h"

#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BASE_NS INT64_C(1700000000123456789)
#define MS INT64_C(1000000)

enum { COUNT = 700 }; /* more than the queue holds */

/* Where frames go in these tests: everything that came, and what the sink is to do. */
typedef struct {
    adapter *adapter;
    size_t count;
    frame *frames;
    char (*sources)[FRAME_SOURCE_NAME_SIZE];
    int64_t *came_ns; /* UTC */
    size_t refuse;    /* every so many-th is refused at first; 0: none */
    size_t calls;
    size_t stop_after; /* 0: never */
    int asked;         /* whether anybody listens: from the third time on */
} taker;

static bool take(void *context, const frame *f, const char *source)
{
    taker *t = context;
    if (t->refuse > 0 && t->calls++ % t->refuse == 0) {
        adapter_dropped(t->adapter);
        return true;
    }
    ck_assert_uint_lt(t->count, 2 * COUNT);
    memcpy(&t->frames[t->count], f, frame_used_size(f));
    snprintf(t->sources[t->count], FRAME_SOURCE_NAME_SIZE, "%s", source);
    t->came_ns[t->count++] = adapter_now_ns();
    if (t->stop_after > 0 && t->count == t->stop_after)
        adapter_stop(t->adapter);
    return true;
}

static bool connected(void *context)
{
    taker *t = context;
    return ++t->asked >= 3;
}

static void taker_init(taker *t)
{
    *t = (taker){.frames = calloc(2 * COUNT, sizeof *t->frames),
                 .sources = calloc(2 * COUNT, sizeof *t->sources),
                 .came_ns = calloc(2 * COUNT, sizeof *t->came_ns)};
}

static void taker_finish(taker *t)
{
    free(t->frames);
    free(t->sources);
    free(t->came_ns);
}

/* Runs it to its end; options end with {NULL}. */
static bool run(taker *t, const char *path, const char *const (*options)[2], error *e)
{
    adapter_setting all[8] = {{.key = "path"}};
    config_problems problems = {0};
    size_t count = 1;
    snprintf(all[0].value, sizeof all[0].value, "%s", path);
    for (; (*options)[0]; options++, count++) {
        snprintf(all[count].key, sizeof all[count].key, "%s", (*options)[0]);
        snprintf(all[count].value, sizeof all[count].value, "%s", (*options)[1]);
    }
    const adapter_start start = {.kind = adapter_kind_find("replay"),
                                 .source = "",
                                 .options = all,
                                 .option_count = count,
                                 .sink = {.context = t, .frame = take, .connected = connected}};
    t->adapter = adapter_create(&start, &problems);
    ck_assert_msg(t->adapter != NULL, "%s", problems.text[0]);
    bool ok = adapter_run(t->adapter, e);
    adapter_destroy(t->adapter);
    return ok;
}

/* The i-th frame in the order of reception: two sources by turns, one of them late by a little. */
static frame frame_of(int i)
{
    frame f;
    memset(&f, 0, sizeof f);
    f.stamp_ns = BASE_NS + i * MS - (i % 2 ? 3 * MS : 0);
    f.received_ns = BASE_NS + i * MS;
    f.sequence = (uint32_t)(1000 + i / 2);
    f.kind = i % 2 ? FRAME_IMU : FRAME_LANES;
    if (i % 2) {
        for (int k = 0; k < 3; k++)
            f.u.imu.gyro_radps[k] = f.u.imu.accel_mps2[k] = (float)(i + k);
    } else {
        f.u.lanes.count = 1;
        f.u.lanes.lanes[0] = (camera_lane){.offset_m = (float)i, .side = LANE_SIDE_LEFT};
    }
    return f;
}

static const char *source_of(int i)
{
    return i % 2 ? "imu/main" : "camera/front";
}

/* Stands in the file as its recorder had it: neighbours changed over, and one far from its place. */
static void write_drive(const char *path)
{
    error e = {""};
    drive_writer *w = drive_writer_open(path, &e);
    ck_assert_msg(w != NULL, "%s", e.text);
    truth_point truth = {.stamp_ns = BASE_NS, .latitude_rad = 1};
    for (int k = 0; k < COUNT; k++) {
        int i = k < 100 ? (k + 99) % 100 : k ^ 1;
        frame f = frame_of(i);
        ck_assert(drive_write_frame(w, &f, source_of(i)) && drive_write_truth(w, &truth));
    }
    ck_assert_msg(drive_writer_close(w, false, &e), "%s", e.text);
}

typedef struct {
    char directory[SCRATCH_SIZE], path[96];
} place;

static void place_init(place *p)
{
    make_directory(p->directory);
    snprintf(p->path, sizeof p->path, "%s/drive.mcap", p->directory);
    write_drive(p->path);
}

/* The same bytes on the wire, but for times that are later by `shift_ns`. */
static void check_frame(const taker *t, size_t at, int i, int64_t shift_ns)
{
    unsigned char expected[MESSAGE_MAX_SIZE], found[MESSAGE_MAX_SIZE];
    frame f = frame_of(i);
    f.stamp_ns += shift_ns;
    f.received_ns += shift_ns;
    size_t size = message_encode_frame(&f, source_of(i), expected, sizeof expected);
    ck_assert_str_eq(t->sources[at], source_of(i));
    ck_assert_uint_eq(message_encode_frame(&t->frames[at], t->sources[at], found, sizeof found), size);
    ck_assert_msg(memcmp(expected, found, size) == 0, "frame %zu", at);
}

START_TEST (all_frames_come_as_they_were_received) {
    place p;
    taker t;
    error e = {""};
    place_init(&p);
    taker_init(&t);
    const char *const options[][2] = {{"speed", "0"}, {NULL}};
    t.refuse = _i ? (size_t)_i + 1 : 0; /* what is not taken comes again */
    ck_assert_msg(run(&t, p.path, options, &e), "%s", e.text);
    ck_assert_uint_eq(t.count, COUNT);
    for (int i = 0; i < COUNT; i++)
        check_frame(&t, (size_t)i, i, 0);
    ck_assert_int_ge(t.asked, 3);
    taker_finish(&t);
    remove_directory(p.directory);
}
END_TEST

START_TEST (live_they_are_moved_by_whole_seconds_and_come_in_time) {
    place p;
    taker t;
    error e = {""};
    place_init(&p);
    taker_init(&t);
    const char *const options[][2] = {{"to_s", "0.3"}, {NULL}};
    int64_t begin_ns = adapter_now_ns();
    ck_assert_msg(run(&t, p.path, options, &e), "%s", e.text);
    ck_assert_uint_ge(t.count, 300);
    int64_t shift_ns = t.frames[0].received_ns - BASE_NS;
    ck_assert_int_eq(shift_ns % (1000 * MS), 0);
    ck_assert_int_ge(t.frames[0].received_ns, begin_ns); /* not in the past, and not far ahead */
    ck_assert_int_lt(t.frames[0].received_ns, begin_ns + 20000 * MS);
    for (size_t i = 0; i < 300; i++) {
        check_frame(&t, i, (int)i, shift_ns);
        ck_assert_int_ge(t.came_ns[i], t.frames[i].received_ns - MS / 10); /* two clocks are read */
    }
    taker_finish(&t);
    remove_directory(p.directory);
}
END_TEST

START_TEST (faster_it_takes_a_share_of_the_time) {
    place p;
    taker t;
    error e = {""};
    place_init(&p);
    taker_init(&t);
    const char *const options[][2] = {{"speed", "7"}, {NULL}};
    int64_t begin_ns = adapter_monotonic_ns();
    ck_assert(run(&t, p.path, options, &e));
    ck_assert(t.count == COUNT && t.frames[0].received_ns == BASE_NS);
    ck_assert_int_ge(adapter_monotonic_ns() - begin_ns, (COUNT - 1) * MS / 7);
    taker_finish(&t);
    remove_directory(p.directory);
}
END_TEST

START_TEST (a_part_of_it_can_be_played) {
    place p;
    taker t;
    error e = {""};
    place_init(&p);
    taker_init(&t);
    const char *const options[][2] = {
        {"speed", "0"}, {"without", "landmarks,lanes"}, {"from_s", "0.1"}, {"to_s", "0.2"}, {NULL}};
    ck_assert_msg(run(&t, p.path, options, &e), "%s", e.text);
    ck_assert_uint_eq(t.count,
                      50); /* the drive starts with the first message in the file, which is frame 99 */
    for (size_t i = 0; i < t.count; i++) {
        ck_assert_str_eq(t.sources[i], "imu/main");
        int64_t after_ns = t.frames[i].stamp_ns - (BASE_NS + 99 * MS);
        ck_assert(after_ns >= 100 * MS && after_ns < 200 * MS);
    }
    taker_finish(&t);
    remove_directory(p.directory);
}
END_TEST

START_TEST (it_begins_again_until_it_is_told_to_stop) {
    place p;
    taker t;
    error e = {""};
    place_init(&p);
    taker_init(&t);
    const char *const options[][2] = {{"speed", "0"}, {"loop", "yes"}, {NULL}};
    t.stop_after = COUNT + 10;
    ck_assert_msg(run(&t, p.path, options, &e), "%s", e.text);
    ck_assert_uint_eq(t.count, COUNT + 10);
    check_frame(&t, COUNT, 0, 0);
    taker_finish(&t);
    remove_directory(p.directory);
}
END_TEST

START_TEST (a_drive_that_is_cut_off_is_played_as_far_as_it_goes) {
    place p;
    taker t;
    error e = {""};
    struct stat info;
    make_directory(p.directory);
    snprintf(p.path, sizeof p.path, "%s/drive.mcap", p.directory);
    mcap_writer *w = mcap_writer_open(p.path, "", "", MCAP_COMPRESSION_ZSTD, &e);
    mcap_writer_set_chunk_size(w, 10000);
    uint16_t channel = mcap_writer_add_channel(w, 0, "posed/v1/sensor/imu/main", "protobuf");
    for (int i = 1; i < COUNT; i += 2) {
        unsigned char bytes[256];
        frame f = frame_of(i);
        size_t size = message_encode_frame(&f, "imu/main", bytes, sizeof bytes);
        if (i == 11)
            size = 3; /* malformed */
        ck_assert(mcap_writer_message(w, channel, 0, (uint64_t)f.received_ns, 0, bytes, size));
    }
    ck_assert(mcap_writer_close(w, &e) && stat(p.path, &info) == 0);
    ck_assert_int_eq(truncate(p.path, info.st_size * 2 / 3), 0);
    taker_init(&t);
    const char *const options[][2] = {{"speed", "0"}, {NULL}};
    ck_assert_msg(run(&t, p.path, options, &e), "%s", e.text);
    ck_assert(t.count > 50 && t.count < COUNT / 2 - 1);
    check_frame(&t, 4, 9, 0);
    check_frame(&t, 5, 13, 0);
    taker_finish(&t);
    remove_directory(p.directory);
}
END_TEST

static const struct {
    const char *option, *value, *what;
} mistakes[] = {
    {"stamps", "now", "--stamps: \"now\" is none of"},
    {"without", "imu,gnss", "--without: the drive has no \"gnss\""},
    {"path", "/no/such/drive.mcap", "/no/such/drive.mcap"},
};

START_TEST (mistakes_are_refused) {
    place p;
    taker t;
    error e = {""};
    place_init(&p);
    taker_init(&t);
    bool is_path = strcmp(mistakes[_i].option, "path") == 0;
    const char *const options[][2] = {{is_path ? NULL : mistakes[_i].option, mistakes[_i].value}, {NULL}};
    ck_assert(!run(&t, is_path ? mistakes[_i].value : p.path, options, &e));
    ck_assert_msg(strstr(e.text, mistakes[_i].what) != NULL, "%s", e.text);
    const char *const faster[][2] = {{"speed", "2"}, {"stamps", "shifted"}, {NULL}};
    error second = {""};
    ck_assert(!run(&t, p.path, faster, &second));
    ck_assert_msg(strstr(second.text, "--drive-time") != NULL, "%s", second.text);
    ck_assert_uint_eq(t.count, 0);
    taker_finish(&t);
    remove_directory(p.directory);
}
END_TEST

/* The sink that a process of its own has: a publisher that connects. */
typedef struct {
    adapter *adapter;
    bus_publisher *publisher;
    bool there;
} wire;

static bool wire_frame(void *context, const frame *f, const char *source)
{
    wire *x = context;
    char topic[TOPIC_SIZE];
    unsigned char bytes[MESSAGE_MAX_SIZE];
    size_t size = message_encode_frame(f, source, bytes, sizeof bytes);
    ck_assert(size > 0 && topic_of_frame((frame_kind)f->kind, source, topic));
    if (!bus_publish(x->publisher, topic, bytes, size))
        adapter_dropped(x->adapter);
    return true;
}

static bool wire_connected(void *context)
{
    wire *x = context;
    x->there |= bus_publisher_subscribed(x->publisher, TOPIC_SENSOR_PREFIX);
    return x->there;
}

static void *run_adapter(void *argument)
{
    wire *x = argument;
    error e = {""};
    ck_assert_msg(adapter_run(x->adapter, &e), "%s", e.text);
    return NULL;
}

/* Takes `count` messages from the line, which must be the frames from the first on, byte for byte. */
static void check_line(bus_subscriber *line, int count)
{
    struct pollfd fd = {.fd = bus_subscriber_fd(line), .events = POLLIN};
    for (int i = 0; i < count;) {
        unsigned char expected[MESSAGE_MAX_SIZE];
        bus_message m;
        if (!bus_subscriber_take(line, &m)) {
            ck_assert_int_eq(poll(&fd, 1, 20000), 1);
            continue;
        }
        frame f = frame_of(i);
        size_t size = message_encode_frame(&f, source_of(i), expected, sizeof expected);
        ck_assert_str_eq(m.topic, i % 2 ? "posed/v1/sensor/imu/main" : "posed/v1/sensor/lanes/front");
        ck_assert(m.size == size && memcmp(m.payload, expected, size) == 0);
        i++;
    }
}

/* A subscriber that is slow to come and has little room: nothing is lost. */
START_TEST (over_the_bus_come_the_bytes_of_the_drive) {
    place p;
    error e = {""};
    config_problems problems = {0};
    wire x = {.there = false};
    pthread_t thread;
    place_init(&p);
    char endpoint[96];
    snprintf(endpoint, sizeof endpoint, "ipc://%s/frames", p.directory);
    const char *const endpoints[] = {endpoint}, *const topics[] = {TOPIC_SENSOR_PREFIX};
    bus *b = bus_create(&e);
    const bus_link from = {.endpoints = endpoints, .endpoint_count = 1, .queue = 16};
    x.publisher = bus_publisher_open(b, &from, &e);
    adapter_setting options[] = {{.key = "path"}, {.key = "speed", .value = "0"}};
    snprintf(options[0].value, sizeof options[0].value, "%s", p.path);
    const adapter_start start = {.kind = adapter_kind_find("replay"),
                                 .source = "",
                                 .options = options,
                                 .option_count = 2,
                                 .sink = {.context = &x, .frame = wire_frame, .connected = wire_connected}};
    x.adapter = adapter_create(&start, &problems);
    ck_assert(x.publisher && x.adapter && pthread_create(&thread, NULL, run_adapter, &x) == 0);
    const bus_link to = {
        .endpoints = endpoints, .endpoint_count = 1, .listen = true, .queue = 16, .max_message_bytes = 65536};
    bus_subscriber *line = bus_subscriber_open(b, &to, topics, 1, &e);
    ck_assert_msg(line != NULL, "%s", e.text);
    check_line(line, COUNT);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_uint_eq(adapter_get_counts(x.adapter).dropped, 0);
    ck_assert_uint_eq(adapter_get_counts(x.adapter).frames, COUNT);
    adapter_destroy(x.adapter);
    bus_publisher_close(x.publisher);
    bus_subscriber_close(line);
    bus_destroy(b);
    remove_directory(p.directory);
}
END_TEST

START_TEST (frames_received_at_once_keep_their_order) {
    enum { TIMES = 7 };
    replay_queue *q = calloc(1, sizeof *q);
    frame f = {.kind = FRAME_IMU};
    replay_queue_init(q);
    for (int round = 0; round < 3; round++) { /* places are used again */
        for (uint32_t i = 0; i < REPLAY_QUEUE_SIZE; i++) {
            f.received_ns = i * 5 % TIMES;
            f.sequence = i;
            replay_queue_push(q, &f);
        }
        frame last = {.received_ns = -1};
        for (int i = 0; i < REPLAY_QUEUE_SIZE; i++) {
            const frame *next = replay_queue_pop(q);
            ck_assert(next->received_ns > last.received_ns ||
                      (next->received_ns == last.received_ns && next->sequence > last.sequence));
            last = *next;
        }
        ck_assert_ptr_null(replay_queue_pop(q));
    }
    free(q);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("replay");
    tcase_add_test(tc, frames_received_at_once_keep_their_order);
    tcase_add_test(tc, over_the_bus_come_the_bytes_of_the_drive);
    tcase_set_timeout(tc, 120); /* valgrind */
    tcase_add_loop_test(tc, all_frames_come_as_they_were_received, 0, 3);
    tcase_add_test(tc, live_they_are_moved_by_whole_seconds_and_come_in_time);
    tcase_add_test(tc, faster_it_takes_a_share_of_the_time);
    tcase_add_test(tc, a_part_of_it_can_be_played);
    tcase_add_test(tc, it_begins_again_until_it_is_told_to_stop);
    tcase_add_test(tc, a_drive_that_is_cut_off_is_played_as_far_as_it_goes);
    tcase_add_loop_test(tc, mistakes_are_refused, 0, sizeof mistakes / sizeof *mistakes);
    return run_cases("adapter replay", tc);
}
