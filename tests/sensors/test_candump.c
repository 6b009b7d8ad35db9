/* Lines of CAN logs, good and bad. */
#include "sensors/can/candump.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE INT64_MIN
#define S INT64_C(1000000000)

/* Legend: the line; stamp, interface, id, flags (e extended, r remote, x error, f CAN FD), data in hex. */
static const struct {
    const char *line;
    int64_t stamp_ns;
    const char *interface;
    uint32_t id;
    const char *flags, *data;
} good[] = {
    {"(1436509052.249713) can0 123#DEADBEEF", 1436509052 * S + 249713000, "can0", 0x123, "", "deadbeef"},
    {"(1436509052.249713) vcan0 123#deadbeef\r", 1436509052 * S + 249713000, "vcan0", 0x123, "", "deadbeef"},
    {"(46408.584930395) can1 210#1122334455667788", 46408 * S + 584930395, "can1", 0x210, "",
     "1122334455667788"},
    {"(0.0) can0 7FF#", 0, "can0", 0x7ff, "", ""},
    {"(1.5) can0 12345678#01", 1 * S + 500000000, "can0", 0x12345678, "e", "01"},
    {"(1.5) can0 00000123#01", 1 * S + 500000000, "can0", 0x123, "e", "01"},
    {"(1.0) can0 123#R", S, "can0", 0x123, "r", ""},
    {"(1.0) can0 1FFFFFFF#R8", S, "can0", 0x1fffffff, "er", "0000000000000000"},
    {"(1.0) can0 123##1AABB", S, "can0", 0x123, "f", "aabb"},
    {"(1.0) can0 123##0", S, "can0", 0x123, "f", ""},
    {"(1.0) can0 123#11.22.33", S, "can0", 0x123, "", "112233"},
    {"(1.0) can0 123#1122334455667788_E", S, "can0", 0x123, "", "1122334455667788"},
    {"(1.0) can0 123#1122 R", S, "can0", 0x123, "", "1122"},
    {"(1.0) can0 20000004#0020000000000000", S, "can0", 4, "x", "0020000000000000"},
    {"can0 123#00", NONE, "can0", 0x123, "", "00"},
    {"  can0  123   [8]  11 22 33 44 55 66 77 88", NONE, "can0", 0x123, "", "1122334455667788"},
    {"  can0  12345678   [2]  11 22", NONE, "can0", 0x12345678, "e", "1122"},
    {"  can0       123   [0] ", NONE, "can0", 0x123, "", ""},
    {"  can0  123   [4]  remote request", NONE, "can0", 0x123, "r", "00000000"},
    {"  can0  123  [02]  11 22", NONE, "can0", 0x123, "f", "1122"},
    {" (1436509052.249713)  can0  123   [2]  11 22", 1436509052 * S + 249713000, "can0", 0x123, "", "1122"},
    {" (000.000123)  can0  123   [2]  11 22", 123000, "can0", 0x123, "", "1122"},
    {" (2015-07-10 06:17:32.249713)  can0  123   [1]  11", 1436509052 * S + 249713000, "can0", 0x123, "",
     "11"},
    {" (000.000000)  can0  RX - -  123   [1]  11", 0, "can0", 0x123, "", "11"},
    {" (000.000000)  can0  TX B E  123  [01]  11", 0, "can0", 0x123, "f", "11"},
    {"  can0  123   [3]  41 42 00   'AB.'", NONE, "can0", 0x123, "", "414200"},
    {"  can0  20000088   [8]  00 00 00 19 00 00 00 00   ERRORFRAME", NONE, "can0", 0x88, "x",
     "0000001900000000"},
};

static void to_hex(const can_bus_frame *f, char out[2 * CAN_BUS_MAX_DATA + 1])
{
    out[0] = '\0';
    for (size_t i = 0; i < f->size; i++)
        snprintf(out + 2 * i, 3, "%02x", f->data[i]);
}

START_TEST (reads) {
    can_bus_frame f;
    const char *why = "";
    char hex[2 * CAN_BUS_MAX_DATA + 1];
    const char *line = good[_i].line, *flags = good[_i].flags;
    ck_assert_msg(candump_parse(line, strlen(line), &f, &why) == CANDUMP_FRAME, "%s: expected %s", line, why);
    to_hex(&f, hex);
    ck_assert_msg(f.stamp_ns == good[_i].stamp_ns && f.id == good[_i].id, "%s", line);
    ck_assert_str_eq(f.interface, good[_i].interface);
    ck_assert_str_eq(hex, good[_i].data);
    ck_assert(f.extended == !!strchr(flags, 'e') && f.remote == !!strchr(flags, 'r'));
    ck_assert(f.error == !!strchr(flags, 'x') && f.fd == !!strchr(flags, 'f'));
}
END_TEST

/* Legend: the line, and a piece of what was expected instead. */
static const char *const bad[][2] = {
    {"garbage", "an interface and an id"},
    {"(1.0 can0 123#00", "\")\""},
    {"(x) can0 123#00", "time in brackets"},
    {"(1.) can0 123#00", "time in brackets"},
    {"(99999999999999999999.0) can0 123#00", "nanoseconds since 1970"},
    {"(2015-13-10 06:17:32.249713) can0 123#00", "calendar"},
    {"(2015-1-10 06:17:32.249713) can0 123#00", "date in brackets"},
    {"(1.0) can0", "interface and an id"},
    {"(1.0) can0 12#00", "3 or 8"},
    {"(1.0) can0 1234#00", "3 or 8"},
    {"(1.0) can0 FFF#00", "3 or 8"},
    {"(1.0) can0 40000000#00", "3 or 8"},
    {"(1.0) can0 123456789#00", "3 or 8"},
    {"(1.0) can0 123", "\"#\" or \"[\""},
    {"(1.0) can0 123#0", "pairs"},
    {"(1.0) can0 123#0G", "pairs"},
    {"(1.0) can0 123#112233445566778899", "no more than 8"},
    {"(1.0) can0 123#R9", "remote frame"},
    {"(1.0) can0 123##", "flags"},
    {"(1.0) can0 123#00 X", "end of the line"},
    {"(1.0) can0 123#1122334455667788_1", "length code"},
    {"(1.0) a-name-that-is-too-long 123#00", "name of an interface"},
    {"  can0  123   [9]  11", "length"},
    {"  can0  123   [65]  11", "length"},
    {"  can0  123   [2]  11", "pairs"},
    {"  can0  123   [1]  11 22", "as many bytes"},
    {"  can0  123   [2]  1122", "blank"},
};

START_TEST (refuses) {
    can_bus_frame f;
    const char *why = "";
    ck_assert_msg(candump_parse(bad[_i][0], strlen(bad[_i][0]), &f, &why) == CANDUMP_MALFORMED, "%s",
                  bad[_i][0]);
    ck_assert_msg(strstr(why, bad[_i][1]) != NULL, "%s: expected %s", bad[_i][0], why);
}
END_TEST

START_TEST (passes_over) {
    static const char *const nothing[] = {"", "   ", "\r", "# a comment", "\tprotocol-violation{{}{}}"};
    can_bus_frame f;
    const char *why;
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        ck_assert(candump_parse(nothing[i], strlen(nothing[i]), &f, &why) == CANDUMP_NOTHING);
}
END_TEST

START_TEST (any_cut_is_no_harm) {
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        for (size_t length = 0; length <= strlen(good[i].line); length++) {
            can_bus_frame f;
            const char *why = NULL;
            char *exact = malloc(length + 1); /* for the sanitizer: nothing behind it is read */
            memcpy(exact, good[i].line, length);
            if (candump_parse(exact, length, &f, &why) == CANDUMP_MALFORMED)
                ck_assert_ptr_nonnull(why);
            free(exact);
        }
    }
}
END_TEST

START_TEST (sixty_four_bytes) {
    char line[256] = "(1.0) can0 123##5";
    can_bus_frame f;
    const char *why;
    for (int i = 0; i < 64; i++)
        snprintf(line + strlen(line), 3, "%02X", i);
    ck_assert(candump_parse(line, strlen(line), &f, &why) == CANDUMP_FRAME);
    ck_assert_int_eq(f.size, 64);
    ck_assert_int_eq(f.data[63], 63);
    strcat(line, "00");
    ck_assert(candump_parse(line, strlen(line), &f, &why) == CANDUMP_MALFORMED);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("candump");
    tcase_add_loop_test(tests, reads, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(tests, refuses, 0, sizeof bad / sizeof *bad);
    tcase_add_test(tests, passes_over);
    tcase_add_test(tests, any_cut_is_no_harm);
    tcase_add_test(tests, sixty_four_bytes);
    return run_cases("candump", tests);
}
