/* Signals out of bytes: every order, sign, length and start against a reading bit by bit. */
#include "sensors/can/dbc_decode.h"
#include "tests/suite.h"

#include <check.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* The slow way: from bit to bit as the format describes it, big-endian ones downwards from the highest bit
 * and, behind the lowest of a byte, on to the highest of the next. */
static bool slow_raw(const dbc_signal *s, const uint8_t *payload, size_t size, uint64_t *raw)
{
    size_t at = s->start;
    *raw = 0;
    for (uint32_t i = 0; i < s->length; i++) {
        if (at / 8 >= size)
            return false;
        uint64_t bit = payload[at / 8] >> at % 8 & 1;
        *raw = s->big_endian ? *raw << 1 | bit : *raw | bit << i;
        at = !s->big_endian ? at + 1 : at % 8 == 0 ? at + 15 : at - 1;
    }
    return true;
}

static double slow_value(const dbc_signal *s, uint64_t raw)
{
    if (!s->is_signed || !(raw >> (s->length - 1)))
        return (double)raw;
    return s->length == 64 ? (double)(int64_t)raw : (double)(int64_t)(raw - (UINT64_C(1) << s->length));
}

static void check_signal(const dbc_signal *s, const uint8_t *payload, size_t size)
{
    uint64_t raw;
    double value;
    bool fits = slow_raw(s, payload, size, &raw);
    ck_assert_msg(dbc_signal_fits(s, size) == fits, "start %u length %u", s->start, s->length);
    ck_assert(dbc_signal_read(s, payload, size, &value) == fits);
    if (!fits)
        return;
    ck_assert_msg(dbc_signal_raw(s, payload) == raw, "start %u length %u big %d: %" PRIx64 " for %" PRIx64,
                  s->start, s->length, s->big_endian, dbc_signal_raw(s, payload), raw);
    ck_assert_msg(value == slow_value(s, raw), "start %u length %u", s->start, s->length);
}

START_TEST (every_place) {
    static const size_t sizes[] = {0, 1, 2, 7, 8, 12, 64};
    uint8_t payload[64];
    uint64_t seed = 1;
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)next_random(&seed);
    for (uint32_t length = 1; length <= 64; length++) {
        for (uint32_t start = 0; start < 8 * 14; start++) {
            for (int kind = 0; kind < 4; kind++) {
                dbc_signal s = {.start = start, .length = length, .scale = 1.0};
                s.big_endian = kind & 1;
                s.is_signed = kind & 2;
                for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
                    check_signal(&s, payload, sizes[i]);
            }
        }
    }
}
END_TEST

START_TEST (bits_are_where_the_value_is) {
    for (uint32_t start = 0; start < 64; start++) {
        for (uint32_t length = 1; length <= 64; length++) {
            for (int big = 0; big < 2; big++) {
                dbc_signal s = {.start = start, .length = length, .big_endian = big, .scale = 1.0};
                if (!dbc_signal_fits(&s, 8))
                    continue;
                for (uint32_t i = 0; i < length; i++) {
                    uint8_t payload[8] = {0};
                    uint32_t at = dbc_signal_bit(&s, i);
                    payload[at / 8] = (uint8_t)(1 << at % 8);
                    ck_assert(dbc_signal_raw(&s, payload) == UINT64_C(1) << i);
                }
            }
        }
    }
}
END_TEST

/* Legend: raw bits of a 64-bit signal, signed, scale, offset; the kind of number and its value. */
static const struct {
    uint64_t raw;
    bool is_signed;
    double scale, offset;
    int type;
    double real;
    int64_t integer;
    uint64_t natural;
} numbers[] = {
    {5, false, 1, 0, DBC_IS_SIGNED, 5, 5, 0},
    {5, false, 3, -20, DBC_IS_SIGNED, -5, -5, 0},
    {UINT64_MAX, true, 1, 0, DBC_IS_SIGNED, -1, -1, 0},
    {UINT64_MAX, false, 1, 0, DBC_IS_UNSIGNED, 18446744073709551615.0, 0, UINT64_MAX},
    {UINT64_MAX, false, 1, -1, DBC_IS_UNSIGNED, 18446744073709551614.0, 0, UINT64_MAX - 1},
    {UINT64_MAX, false, 2, 0, DBC_IS_REAL, 2.0 * 18446744073709551615.0, 0, 0},
    {UINT64_MAX, false, -1, 0, DBC_IS_REAL, -18446744073709551615.0, 0, 0},
    {(UINT64_C(1) << 63) + 5, false, 1, -10, DBC_IS_SIGNED, 9223372036854775803.0, INT64_MAX - 4, 0},
    {UINT64_C(1) << 63, true, 1, 0, DBC_IS_SIGNED, -9223372036854775808.0, INT64_MIN, 0},
    {UINT64_C(1) << 63, true, 1, -1, DBC_IS_REAL, -9223372036854775809.0, 0, 0},
    {(UINT64_C(1) << 53) + 1, false, 1, 0, DBC_IS_SIGNED, 9007199254740992.0, (INT64_C(1) << 53) + 1, 0},
    {7, false, 0.5, 0, DBC_IS_REAL, 3.5, 0, 0},
    {8, false, 0.5, 0, DBC_IS_REAL, 4.0, 0, 0},
    {7, false, 0.01, 100, DBC_IS_REAL, 7 * 0.01 + 100, 0, 0},
};

START_TEST (numbers_stay_exact) {
    uint8_t payload[8];
    dbc_signal s = {.length = 64, .is_signed = numbers[_i].is_signed};
    s.scale = numbers[_i].scale;
    s.offset = numbers[_i].offset;
    for (int i = 0; i < 8; i++)
        payload[i] = (uint8_t)(numbers[_i].raw >> 8 * i);
    dbc_number n = dbc_signal_value(&s, payload);
    ck_assert_int_eq((int)n.type, numbers[_i].type);
    ck_assert_double_eq(n.real, numbers[_i].real);
    ck_assert(n.integer == numbers[_i].integer && n.natural == numbers[_i].natural);
}
END_TEST

START_TEST (floats) {
    const float f = -1.5e-7f;
    const double d = 3.25e200;
    uint8_t payload[8] = {0};
    dbc_signal s = {.length = 32, .is_float = true, .scale = 2.0, .offset = 1.0};
    memcpy(payload, &f, sizeof f);
    ck_assert_double_eq(dbc_signal_value(&s, payload).real, (double)f * 2.0 + 1.0);
    memcpy(payload, &d, sizeof d);
    s.length = 64;
    ck_assert_double_eq(dbc_signal_value(&s, payload).real, d * 2.0 + 1.0);
    s.length = 24;
    ck_assert(!dbc_signal_present(&s, payload, 8));
    double value;
    memset(payload, 0xff, sizeof payload);
    s.length = 32;
    ck_assert(dbc_signal_read(&s, payload, 8, &value));
    ck_assert_double_nan(value);
}
END_TEST

/* IEEE 754 binary16: examples of the standard's own kinds of numbers. */
static const struct {
    uint16_t raw;
    double value;
} halves[] = {{0x3c00, 1.0},     {0xc000, -2.0},     {0x7bff, 65504.0},
              {0x0001, 0x1p-24}, {0x0400, 0x1p-14},  {0x3555, 0.333251953125},
              {0x8000, -0.0},    {0x7c00, INFINITY}, {0xfc00, -INFINITY}};

START_TEST (half_floats) {
    const dbc_signal s = {.length = 16, .is_float = true, .scale = 1.0};
    const uint8_t payload[2] = {(uint8_t)halves[_i].raw, (uint8_t)(halves[_i].raw >> 8)};
    ck_assert_double_eq(dbc_signal_value(&s, payload).real, halves[_i].value);
}
END_TEST

START_TEST (multiplexed_in_a_chain) {
    dbc_range two = {2, 2}, few[] = {{1, 3}, {7, 7}};
    dbc_signal top = {.length = 4, .scale = 1, .multiplexer = true};
    dbc_signal middle = {.start = 4, .length = 4, .scale = 1, .multiplexer = true, .selector = &top};
    dbc_signal leaf = {.start = 8, .length = 8, .scale = 1, .selector = &middle};
    middle.selected_by = &two;
    middle.selected_by_count = 1;
    leaf.selected_by = few;
    leaf.selected_by_count = 2;
    for (unsigned a = 0; a < 16; a++) {
        for (unsigned b = 0; b < 16; b++) {
            const uint8_t payload[2] = {(uint8_t)(a | b << 4), 99};
            bool expected = a == 2 && ((b >= 1 && b <= 3) || b == 7);
            ck_assert(dbc_signal_present(&leaf, payload, 2) == expected);
            ck_assert(dbc_signal_present(&middle, payload, 2) == (a == 2));
            ck_assert(!dbc_signal_present(&leaf, payload, 1));
        }
    }
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("dbc_decode");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, every_place);
    tcase_add_test(tests, bits_are_where_the_value_is);
    tcase_add_loop_test(tests, numbers_stay_exact, 0, sizeof numbers / sizeof *numbers);
    tcase_add_test(tests, floats);
    tcase_add_loop_test(tests, half_floats, 0, sizeof halves / sizeof *halves);
    tcase_add_test(tests, multiplexed_in_a_chain);
    return run_cases("dbc_decode", tests);
}
