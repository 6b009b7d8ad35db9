/*
 * The adapter imu on a pty that speaks the serial frame, and on a tree like the kernel's with a pipe for the
 * device.
 */
#include "examples/imu_frame.h"
#include "tests/scratch.h"
#include "tests/sensors/adapter_fixture.h"
#include "tests/suite.h"

#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_S 20.0

static const float gyro[] = {0.1f, -0.2f, 0.3f}, accel[] = {1.5f, -2.5f, 9.81f};

static bool near_now(int64_t ns)
{
    int64_t age_ns = adapter_now_ns() - ns;
    return age_ns >= 0 && age_ns < (int64_t)(2 * WAIT_S * 1e9);
}

/* ---- a serial line */

/* A pty whose other side is reached by a name that stays, as udev makes one. */
static int open_line(const char *link_path)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    unlink(link_path);
    ck_assert_int_eq(symlink(ptsname(master), link_path), 0);
    return master;
}

static void send_frame(int master, uint16_t sequence, const float *g, const float *a)
{
    uint8_t b[36];
    imu_frame_encode(b, sequence, 5000u * sequence, g, a);
    ck_assert_int_eq(write(master, b, sizeof b), sizeof b);
}

/* Sends frames until `count` have come out: the adapter throws away what came before it opened the line.
 * Returns the next sequence. */
static uint16_t send_until(adapter_fixture *x, int master, uint16_t sequence, size_t count)
{
    do
        send_frame(master, sequence++, gyro, accel);
    while (!adapter_fixture_wait(x, count, 0.05) && sequence < 2000);
    ck_assert_uint_ge(adapter_fixture_count(x), count);
    return sequence;
}

START_TEST (a_serial_line_is_read) {
    char directory[SCRATCH_SIZE], device[96];
    make_directory(directory);
    snprintf(device, sizeof device, "%s/imu", directory);
    int master = open_line(device);
    const char *const options[][2] = {{"device", device}, {"latency_s", "0.5"}, {NULL}};
    adapter_fixture *x = adapter_fixture_start("imu", "imu/main", options);
    uint16_t sequence = send_until(x, master, 0, 1);
    size_t before = adapter_fixture_count(x);
    ck_assert_int_eq(write(master, "noise \xa5\x5a\x01", 9), 9);
    send_frame(master, sequence++, gyro, NULL);
    send_frame(master, sequence++, NULL, accel);
    ck_assert(adapter_fixture_wait(x, before + 2, WAIT_S));
    int64_t last_ns = 0;
    for (size_t i = 0; i < before + 2; i++) {
        const frame *f = adapter_fixture_frame(x, i);
        ck_assert_str_eq(adapter_fixture_source(x, i), "imu/main");
        ck_assert(f->kind == FRAME_IMU && f->sequence == i);
        ck_assert(near_now(f->received_ns) && f->stamp_ns <= f->received_ns - 500000000);
        ck_assert(f->stamp_ns >= last_ns);
        last_ns = f->stamp_ns;
        ck_assert(i == before + 1 ? isnan(f->u.imu.gyro_radps[0]) : f->u.imu.gyro_radps[2] == 0.3f);
        ck_assert(i == before ? isnan(f->u.imu.accel_mps2[2]) : f->u.imu.accel_mps2[2] == 9.81f);
    }
    ck_assert(adapter_get_counts(adapter_fixture_adapter(x)).malformed >= 1); /* the noise's sync */
    ck_assert(adapter_fixture_stop(x));
    adapter_fixture_destroy(x);
    close(master);
    remove_directory(directory);
}
END_TEST

START_TEST (a_line_that_goes_is_waited_for) {
    char directory[SCRATCH_SIZE], device[96];
    make_directory(directory);
    snprintf(device, sizeof device, "%s/imu", directory);
    const char *const options[][2] = {{"device", device}, {NULL}};
    adapter_fixture *x = adapter_fixture_start("imu", "imu/main", options); /* not there yet */
    size_t count = 0;
    for (int round = 0; round < 2; round++) {
        int master = open_line(device);
        send_until(x, master, 0, count + 1);
        count = adapter_fixture_count(x);
        close(master);
    }
    ck_assert(adapter_fixture_stop(x));
    ck_assert_uint_eq(adapter_fixture_frame(x, count - 1)->sequence, count - 1);
    adapter_fixture_destroy(x);
    remove_directory(directory);
}
END_TEST

START_TEST (a_wrong_speed_is_refused) {
    const char *const options[][2] = {{"device", "/dev/null"}, {"baud", "12345"}, {NULL}};
    adapter_fixture *x = adapter_fixture_start("imu", "imu/main", options);
    ck_assert(!adapter_fixture_end(x, WAIT_S));
    ck_assert_msg(strstr(adapter_fixture_error(x), "--baud: no speed of a serial line: 12345"), "%s",
                  adapter_fixture_error(x));
    adapter_fixture_destroy(x);
}
END_TEST

/* ---- IIO */

/* What a driver's directory holds; rows of file and content. */
static const char *const tree[][2] = {
    {"name", "bmi160\n"},
    {"in_accel_scale", "0.000598\n"},
    {"in_anglvel_scale", "0.001065\n"},
    {"in_anglvel_x_offset", "4\n"},
    {"in_mount_matrix", "0, 1, 0; -1, 0, 0; 0, 0, 1\n"},
    {"in_accel_sampling_frequency", "1600.000000\n"},
    {"in_anglvel_sampling_frequency", "1600.000000\n"},
    {"current_timestamp_clock", "monotonic\n"},
    {"buffer/enable", "0\n"},
    {"buffer/length", "2\n"},
    {"trigger/current_trigger", "\n"},
    {"scan_elements/in_accel_x_en", "0\n"},
    {"scan_elements/in_accel_x_index", "0\n"},
    {"scan_elements/in_accel_x_type", "le:s16/16>>0\n"},
    {"scan_elements/in_accel_y_en", "0\n"},
    {"scan_elements/in_accel_y_index", "1\n"},
    {"scan_elements/in_accel_y_type", "le:s16/16>>0\n"},
    {"scan_elements/in_accel_z_en", "0\n"},
    {"scan_elements/in_accel_z_index", "2\n"},
    {"scan_elements/in_accel_z_type", "le:s16/16>>0\n"},
    {"scan_elements/in_anglvel_x_en", "0\n"},
    {"scan_elements/in_anglvel_x_index", "3\n"},
    {"scan_elements/in_anglvel_x_type", "le:s16/16>>0\n"},
    {"scan_elements/in_anglvel_y_en", "0\n"},
    {"scan_elements/in_anglvel_y_index", "4\n"},
    {"scan_elements/in_anglvel_y_type", "le:s16/16>>0\n"},
    {"scan_elements/in_anglvel_z_en", "0\n"},
    {"scan_elements/in_anglvel_z_index", "5\n"},
    {"scan_elements/in_anglvel_z_type", "le:s16/16>>0\n"},
    {"scan_elements/in_temp_en", "1\n"},
    {"scan_elements/in_temp_index", "6\n"},
    {"scan_elements/in_temp_type", "le:s16/16>>0\n"},
    {"scan_elements/in_timestamp_en", "0\n"},
    {"scan_elements/in_timestamp_index", "7\n"},
    {"scan_elements/in_timestamp_type", "le:s64/64>>0\n"},
};

typedef struct {
    char directory[SCRATCH_SIZE];
    char sysfs[96], dev[96], pipe[160];
    int fd; /* the pipe's other end, as the kernel has it */
} rig;

static void rig_file(const rig *r, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "sysfs/iio:device3/%s", name);
    write_text(r->directory, path, text);
}

static void rig_init(rig *r)
{
    make_directory(r->directory);
    snprintf(r->sysfs, sizeof r->sysfs, "%s/sysfs", r->directory);
    snprintf(r->dev, sizeof r->dev, "%s/dev", r->directory);
    snprintf(r->pipe, sizeof r->pipe, "%s/iio:device3", r->dev);
    for (size_t i = 0; i < sizeof tree / sizeof *tree; i++)
        rig_file(r, tree[i][0], tree[i][1]);
    write_text(r->directory, "sysfs/iio:device0/name", "some_light_sensor\n");
    ck_assert(mkdir(r->dev, 0700) == 0 && mkfifo(r->pipe, 0600) == 0);
    r->fd = open(r->pipe, O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(r->fd, 0);
}

static void rig_finish(rig *r)
{
    close(r->fd);
    remove_directory(r->directory);
}

static void check_file(const rig *r, const char *name, const char *expected)
{
    char path[256], text[64] = "";
    snprintf(path, sizeof path, "%s/iio:device3/%s", r->sysfs, name);
    FILE *in = fopen(path, "r");
    ck_assert_ptr_nonnull(in);
    ck_assert_ptr_nonnull(fgets(text, sizeof text, in));
    fclose(in);
    ck_assert_msg(strcmp(text, expected) == 0, "%s: \"%s\"", name, text);
}

static adapter_fixture *rig_start(const rig *r, const char *device)
{
    const char *const options[][2] = {{"device", device},
                                      {"iio_sysfs", r->sysfs},
                                      {"iio_dev", r->dev},
                                      {"rate_hz", "200"},
                                      {"buffer", "64"},
                                      {"trigger", "hrtimer0"},
                                      {NULL}};
    return adapter_fixture_start("imu", "imu/main", options);
}

enum { SCAN = 24 }; /* six axes, four bytes to fill up, the time */

static void put_scan(uint8_t out[SCAN], int16_t first, int64_t stamp_ns)
{
    memset(out, 0xee, SCAN);
    for (int i = 0; i < 6; i++) {
        int16_t raw = (int16_t)(first + 100 * i);
        memcpy(out + 2 * i, &raw,
               sizeof raw); /* the fixture's types are those of the machine: little-endian */
    }
    memcpy(out + 16, &stamp_ns, sizeof stamp_ns);
}

START_TEST (an_iio_device_is_set_up_and_read) {
    rig r;
    rig_init(&r);
    adapter_fixture *x = rig_start(&r, _i ? "iio:device3" : "bmi160");
    uint8_t scans[3 * SCAN];
    int64_t stamp_ns = adapter_now_ns() - 3000000;
    for (int i = 0; i < 3; i++)
        put_scan(scans + i * SCAN, (int16_t)(1000 * i), stamp_ns + i * 1000000);
    ck_assert_int_eq(write(r.fd, scans, SCAN + 7), SCAN + 7); /* a read may end inside a scan */
    ck_assert(adapter_fixture_wait(x, 1, WAIT_S));
    ck_assert_int_eq(write(r.fd, scans + SCAN + 7, 2 * SCAN - 7), 2 * SCAN - 7);
    ck_assert(adapter_fixture_wait(x, 3, WAIT_S));
    check_file(&r, "buffer/enable", "1");
    check_file(&r, "buffer/length", "64");
    check_file(&r, "trigger/current_trigger", "hrtimer0");
    check_file(&r, "in_accel_sampling_frequency", "200");
    check_file(&r, "in_anglvel_sampling_frequency", "200");
    check_file(&r, "current_timestamp_clock", "realtime");
    check_file(&r, "scan_elements/in_temp_en", "0");
    for (int i = 0; i < 3; i++) {
        const frame *f = adapter_fixture_frame(x, (size_t)i);
        ck_assert(f->stamp_ns == stamp_ns + i * 1000000 && near_now(f->received_ns));
        ck_assert_uint_eq(f->sequence, i);
        /* raw x is 1000 i, y 100 more; x of the board is y of the chip */
        ck_assert_float_eq_tol(f->u.imu.accel_mps2[0], (float)((1000 * i + 100) * 0.000598), 1e-5f);
        ck_assert_float_eq_tol(f->u.imu.accel_mps2[1], (float)(-(1000 * i) * 0.000598), 1e-5f);
        ck_assert_float_eq_tol(f->u.imu.gyro_radps[1], (float)(-(1000 * i + 304) * 0.001065), 1e-5f);
        ck_assert_float_eq_tol(f->u.imu.gyro_radps[2], (float)((1000 * i + 500) * 0.001065), 1e-5f);
    }
    ck_assert(adapter_fixture_stop(x));
    check_file(&r, "buffer/enable", "0");
    adapter_fixture_destroy(x);
    rig_finish(&r);
}
END_TEST

/* A process by the name of a clock: its comm reads as one, and refuses to be written by another process, as a
 * driver's clock does that cannot be changed. */
static pid_t clock_process(const char *name)
{
    int ready[2];
    char byte;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_NAME, name);
        close(ready[0]);
        if (write(ready[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    close(ready[1]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

START_TEST (another_clock_is_put_on_utc) {
    rig r;
    rig_init(&r);
    char path[256], comm[64];
    pid_t child = clock_process("monotonic");
    snprintf(path, sizeof path, "%s/iio:device3/current_timestamp_clock", r.sysfs);
    snprintf(comm, sizeof comm, "/proc/%d/comm", (int)child);
    ck_assert(unlink(path) == 0 && symlink(comm, path) == 0);
    adapter_fixture *x = rig_start(&r, "bmi160");
    uint8_t scan[SCAN];
    int64_t utc_ns = adapter_now_ns();
    put_scan(scan, 0, adapter_monotonic_ns());
    ck_assert_int_eq(write(r.fd, scan, SCAN), SCAN);
    ck_assert(adapter_fixture_wait(x, 1, WAIT_S));
    check_file(&r, "current_timestamp_clock", "monotonic\n");
    ck_assert_int_le(llabs(adapter_fixture_frame(x, 0)->stamp_ns - utc_ns), 100000000);
    adapter_fixture_destroy(x);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    rig_finish(&r);
}
END_TEST

START_TEST (an_iio_device_that_goes_is_waited_for) {
    rig r;
    rig_init(&r);
    adapter_fixture *x = rig_start(&r, "bmi160");
    uint8_t scan[SCAN];
    put_scan(scan, 0, adapter_now_ns());
    for (size_t round = 1; round <= 2; round++) {
        ck_assert_int_eq(write(r.fd, scan, SCAN), SCAN);
        ck_assert(adapter_fixture_wait(x, round, WAIT_S));
        close(r.fd); /* the adapter reads the end, opens again, and finds the new one */
        r.fd = open(r.pipe, O_RDWR | O_CLOEXEC);
    }
    ck_assert(adapter_fixture_stop(x));
    adapter_fixture_destroy(x);
    rig_finish(&r);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("imu");
    tcase_set_timeout(tc, 120); /* valgrind */
    tcase_add_test(tc, a_serial_line_is_read);
    tcase_add_test(tc, a_line_that_goes_is_waited_for);
    tcase_add_test(tc, a_wrong_speed_is_refused);
    tcase_add_loop_test(tc, an_iio_device_is_set_up_and_read, 0, 2);
    tcase_add_test(tc, another_clock_is_put_on_utc);
    tcase_add_test(tc, an_iio_device_that_goes_is_waited_for);
    return run_cases("adapter imu", tc);
}
