/*
 * CAN frames from a socket. The kernel of a test machine mostly has no CAN: a socket pair stands in for the
 * interface, with the kernel's own structs on it.
 */
#include "sensors/can/can_socket.h"
#include "tests/suite.h"

#include <check.h>
#include <errno.h>
#include <linux/can.h>
#include <linux/can/error.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2];

static void setup(void)
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
}

static void teardown(void)
{
    close(ends[0]);
    close(ends[1]);
}

static void send_frame(const void *frame, size_t size)
{
    ck_assert_int_eq(send(ends[1], frame, size, 0), (ssize_t)size);
}

static can_socket_read_result receive(can_bus_frame *f)
{
    uint32_t lost = 0;
    return can_socket_read(ends[0], "can0", f, &lost);
}

START_TEST (classic_frames) {
    can_bus_frame f;
    const struct can_frame standard = {.can_id = 0x123, .can_dlc = 3, .data = {1, 2, 3}};
    const struct can_frame extended = {.can_id = 0x12345678 | CAN_EFF_FLAG, .can_dlc = 8, .data = {9}};
    const struct can_frame remote = {.can_id = 0x7ff | CAN_RTR_FLAG, .can_dlc = 4, .data = {9}};
    ck_assert_int_eq(receive(&f), CAN_SOCKET_NOTHING);
    send_frame(&standard, sizeof standard);
    send_frame(&extended, sizeof extended);
    send_frame(&remote, sizeof remote);
    ck_assert_int_eq(receive(&f), CAN_SOCKET_FRAME);
    ck_assert(f.id == 0x123 && !f.extended && !f.remote && !f.fd && f.size == 3 && f.data[2] == 3);
    ck_assert_str_eq(f.interface, "can0");
    ck_assert_int_gt(f.stamp_ns, INT64_C(1600000000000000000));
    ck_assert_int_eq(receive(&f), CAN_SOCKET_FRAME);
    ck_assert(f.id == 0x12345678 && f.extended && f.size == 8 && f.data[0] == 9);
    ck_assert_int_eq(receive(&f), CAN_SOCKET_FRAME);
    ck_assert(f.id == 0x7ff && f.remote && f.size == 4 && f.data[0] == 0);
    ck_assert_int_eq(receive(&f), CAN_SOCKET_NOTHING);
}
END_TEST

START_TEST (long_frames) {
    can_bus_frame f;
    struct canfd_frame fd = {.can_id = 0x100, .len = 64};
    fd.data[63] = 7;
    send_frame(&fd, sizeof fd);
    ck_assert_int_eq(receive(&f), CAN_SOCKET_FRAME);
    ck_assert(f.fd && f.size == 64 && f.data[63] == 7);
}
END_TEST

START_TEST (what_no_kernel_sends) {
    can_bus_frame f;
    struct can_frame wrong = {.can_id = 1, .can_dlc = 9}, good = {.can_id = 2, .can_dlc = 0};
    send_frame("short", 5);
    send_frame(&wrong, sizeof wrong);
    send_frame(&good, sizeof good);
    ck_assert_int_eq(receive(&f), CAN_SOCKET_FRAME);
    ck_assert_uint_eq(f.id, 2);
}
END_TEST

START_TEST (the_other_side_goes) {
    can_bus_frame f;
    shutdown(ends[1], SHUT_RDWR);
    ck_assert_int_eq(receive(&f), CAN_SOCKET_DOWN);
}
END_TEST

/* Legend: class and its detail in the second byte; piece of the text; whether frames may be lost. */
static const struct {
    canid_t class;
    uint8_t controller;
    const char *text;
    bool serious;
} errors[] = {
    {CAN_ERR_BUSOFF, 0, "bus off", true},
    {CAN_ERR_RESTARTED, 0, "back on the bus", false},
    {CAN_ERR_CRTL, CAN_ERR_CRTL_RX_OVERFLOW, "overflowed", true},
    {CAN_ERR_CRTL, CAN_ERR_CRTL_RX_PASSIVE, "error-passive", false},
    {CAN_ERR_CRTL, CAN_ERR_CRTL_TX_WARNING, "error warning", false},
    {CAN_ERR_CRTL, CAN_ERR_CRTL_ACTIVE, "error-active", false},
    {CAN_ERR_TRX, 0, "transceiver", true},
    {CAN_ERR_PROT, 0, "damaged", false},
    {CAN_ERR_ACK, 0, "acknowledged", false},
    {0x10000, 0, "unknown kind", false},
};

START_TEST (error_frames) {
    can_bus_frame f;
    bool serious = !errors[_i].serious;
    struct can_frame raw = {.can_id = errors[_i].class | CAN_ERR_FLAG, .can_dlc = 8};
    raw.data[1] = errors[_i].controller;
    send_frame(&raw, sizeof raw);
    ck_assert_int_eq(receive(&f), CAN_SOCKET_FRAME);
    ck_assert(f.error && !f.extended && !f.remote);
    ck_assert_msg(strstr(can_socket_error_text(&f, &serious), errors[_i].text) != NULL, "%s",
                  errors[_i].text);
    ck_assert(serious == errors[_i].serious);
}
END_TEST

START_TEST (an_interface_that_is_not_there) {
    int fd = -1;
    error e = {""};
    can_socket_result result = can_socket_open("nosuchcan0", &fd, &e);
    int plain = socket(AF_CAN, SOCK_RAW, CAN_RAW);
    ck_assert_int_eq(fd, -1);
    if (plain < 0) {
        ck_assert_int_eq(result, CAN_SOCKET_FAILED);
        ck_assert_msg(errno == EPERM || strstr(e.text, "this kernel has no CAN (SocketCAN)"), "%s", e.text);
        return;
    }
    close(plain);
    ck_assert_int_eq(result, CAN_SOCKET_ABSENT);
    ck_assert_str_eq(e.text, "nosuchcan0: there is no such interface");
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("can_socket");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, classic_frames);
    tcase_add_test(tests, long_frames);
    tcase_add_test(tests, what_no_kernel_sends);
    tcase_add_test(tests, the_other_side_goes);
    tcase_add_loop_test(tests, error_frames, 0, sizeof errors / sizeof *errors);
    tcase_add_test(tests, an_interface_that_is_not_there);
    return run_cases("can_socket", tests);
}
