/*
 * UBX messages: fields at their places, flags that take them away, and payloads that are too short.
 */
#include "sensors/gnss/ubx.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEAR(a, b, most) ck_assert_double_eq_tol((double)(a), (double)(b), most)

static uint8_t p[512];

static void put(size_t at, int64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        p[at + i] = (uint8_t)((uint64_t)value >> 8 * i);
}

static void put_f32(size_t at, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put(at, bits, 4);
}

static void setup(void)
{
    memset(p, 0, sizeof p);
}

static gnss_report parse(uint8_t c, uint8_t id, size_t size)
{
    gnss_report r;
    uint8_t *own = malloc(size ? size : 1); /* a read beyond it is seen by the sanitizer */
    ck_assert_ptr_nonnull(own);
    memcpy(own, p, size);
    ck_assert(ubx_parse(c, id, own, size, &r));
    free(own);
    return r;
}

static void put_pvt(void)
{
    put(0, 420964250, 4);
    put(4, 2018, 2), put(6, 10, 1), put(7, 25, 1), put(8, 20, 1), put(9, 55, 1), put(10, 46, 1);
    put(11, 3, 1);
    put(16, 250000123, 4);
    put(20, 3, 1), put(21, 1, 1), put(23, 12, 1);
    put(24, -1213143091, 4), put(28, 440688095, 4), put(32, 1110675, 4), put(36, 1132830, 4);
    put(40, 1500, 4), put(44, 2500, 4);
    put(48, 1000, 4), put(52, -2000, 4), put(56, 300, 4), put(60, 2236, 4), put(64, 29656505, 4);
    put(68, 150, 4);
}

START_TEST (pvt_tells_all) {
    put_pvt();
    gnss_report r = parse(1, 7, 92);
    ck_assert_int_eq(r.of_week_ns, INT64_C(420964250000000));
    ck_assert_int_eq(r.utc_ns, gnss_utc(gnss_day(2018, 10, 25), INT64_C(75346250000123)));
    ck_assert(r.valid == GNSS_VALID_YES && r.dimension == GNSS_DIMENSION_3D &&
              r.quality == GNSS_QUALITY_PLAIN);
    NEAR(r.latitude_deg, 44.0688095, 1e-9);
    NEAR(r.longitude_deg, -121.3143091, 1e-9);
    NEAR(r.height_m, 1110.675, 1e-9);
    NEAR(r.altitude_m, 1132.83, 1e-9);
    NEAR(r.enu_mps[0], -2.0, 1e-6);
    NEAR(r.enu_mps[1], 1.0, 1e-6);
    NEAR(r.enu_mps[2], -0.3, 1e-6);
    NEAR(r.speed_mps, 2.236, 1e-6);
    NEAR(r.course_deg, 296.56505, 1e-4);
    NEAR(r.h_acc_m, 1.5, 1e-6);
    NEAR(r.v_acc_m, 2.5, 1e-6);
    NEAR(r.speed_acc_mps, 0.15, 1e-6);
    ck_assert_int_eq(r.satellites, 12);
}
END_TEST

/* fixType, flags, and what they mean. */
static const struct {
    uint8_t type, flags;
    gnss_valid valid;
    gnss_dimension dimension;
    gnss_quality quality;
    bool estimated;
} fixes[] = {
    {0, 1, GNSS_VALID_NO, GNSS_DIMENSION_UNSAID, GNSS_QUALITY_UNSAID, false},
    {1, 1, GNSS_VALID_YES, GNSS_DIMENSION_UNSAID, GNSS_QUALITY_PLAIN, true},
    {2, 1, GNSS_VALID_YES, GNSS_DIMENSION_2D, GNSS_QUALITY_PLAIN, false},
    {3, 1, GNSS_VALID_YES, GNSS_DIMENSION_3D, GNSS_QUALITY_PLAIN, false},
    {3, 0, GNSS_VALID_NO, GNSS_DIMENSION_UNSAID, GNSS_QUALITY_UNSAID, false},
    {3, 3, GNSS_VALID_YES, GNSS_DIMENSION_3D, GNSS_QUALITY_DGNSS, false},
    {3, 0x43, GNSS_VALID_YES, GNSS_DIMENSION_3D, GNSS_QUALITY_FLOAT, false},
    {3, 0x83, GNSS_VALID_YES, GNSS_DIMENSION_3D, GNSS_QUALITY_FIXED, false},
    {4, 1, GNSS_VALID_YES, GNSS_DIMENSION_3D, GNSS_QUALITY_PLAIN, false},
    {5, 1, GNSS_VALID_NO, GNSS_DIMENSION_UNSAID, GNSS_QUALITY_UNSAID, false},
    {200, 1, GNSS_VALID_NO, GNSS_DIMENSION_UNSAID, GNSS_QUALITY_UNSAID, false},
};

START_TEST (pvt_has_its_fixes) {
    put_pvt();
    p[20] = fixes[_i].type;
    p[21] = fixes[_i].flags;
    gnss_report r = parse(1, 7, 92);
    ck_assert_int_eq(r.valid, fixes[_i].valid);
    ck_assert_int_eq(r.dimension, fixes[_i].dimension);
    ck_assert_int_eq(r.quality, fixes[_i].quality);
    ck_assert_int_eq(r.estimated, fixes[_i].estimated);
    ck_assert(isnan(r.latitude_deg) == (r.valid == GNSS_VALID_NO));
}
END_TEST

START_TEST (pvt_can_take_back_time_and_place) {
    put_pvt();
    p[11] = 1; /* the time is not valid */
    ck_assert_int_eq(parse(1, 7, 92).utc_ns, GNSS_NO_TIME);
    p[11] = 3;
    p[78] = 1; /* invalidLlh, not in the 84 bytes of generation 7 */
    ck_assert_int_eq(parse(1, 7, 92).valid, GNSS_VALID_NO);
    ck_assert_int_eq(parse(1, 7, 84).valid, GNSS_VALID_YES);
    p[6] = 13;
    ck_assert_int_eq(parse(1, 7, 84).utc_ns, GNSS_NO_TIME);
    put(0, 604800000, 4);
    ck_assert_int_eq(parse(1, 7, 84).of_week_ns, GNSS_NO_TIME);
    put(40, 0xffffffff, 4);
    ck_assert(isnan(parse(1, 7, 84).h_acc_m));
}
END_TEST

START_TEST (high_precision_adds_its_digits) {
    put(4, 420964000, 4);
    put(8, -1213143091, 4), put(12, 440688095, 4), put(16, 1110675, 4), put(20, 1132830, 4);
    put(24, -42, 1), put(25, 17, 1), put(26, 9, 1), put(27, -9, 1);
    put(28, 140, 4), put(32, 210, 4);
    gnss_report r = parse(1, 0x14, 36);
    NEAR(r.longitude_deg, -121.314309142, 1e-10);
    NEAR(r.latitude_deg, 44.068809517, 1e-10);
    NEAR(r.height_m, 1110.6759, 1e-9);
    NEAR(r.altitude_m, 1132.8291, 1e-9);
    NEAR(r.h_acc_m, 0.014, 1e-7);
    NEAR(r.v_acc_m, 0.021, 1e-7);
    p[3] = 1;
    ck_assert(isnan(parse(1, 0x14, 36).latitude_deg));
}
END_TEST

/* As it stands in a real log of an LEA-4T. */
START_TEST (sol_is_of_the_fourth_generation) {
    put(0, 333358001, 4), put(4, 191628, 4), put(8, 1516, 2), put(10, 3, 1), put(11, 0x9d, 1);
    put(12, -151029952, 4), put(16, -348349794, 4), put(20, 510853323, 4), put(24, 552, 4);
    put(40, 18, 4), put(47, 8, 1);
    gnss_report r = parse(1, 6, 52);
    ck_assert(r.week == 1516 && r.fraction_ns == 191628 && r.valid == GNSS_VALID_YES);
    NEAR(r.latitude_deg, 53.563256267, 1e-8);
    NEAR(r.longitude_deg, -113.439544853, 1e-8);
    NEAR(r.height_m, 635.4587, 1e-3);
    NEAR(r.h_acc_m, 5.52, 1e-6);
    p[11] = 0x99; /* the week is not set */
    ck_assert_int_eq(parse(1, 6, 52).week, -1);
    memset(p + 12, 0, 12); /* the centre of the earth */
    ck_assert(isnan(parse(1, 6, 52).latitude_deg));
}
END_TEST

START_TEST (covariance_is_a_claim) {
    put(4, 0, 1), put(5, 1, 1), put(6, 1, 1);
    put_f32(16, 9.0f), put_f32(28, 16.0f), put_f32(36, 4.0f);
    gnss_report r = parse(1, 0x36, 64);
    NEAR(r.h_acc_m, 5.0, 1e-6);
    NEAR(r.v_acc_m, 2.0, 1e-6);
    put_f32(16, NAN), put_f32(36, -1.0f);
    r = parse(1, 0x36, 64);
    ck_assert(isnan(r.h_acc_m) && isnan(r.v_acc_m));
    p[5] = 0;
    ck_assert(isnan(parse(1, 0x36, 64).h_acc_m));
}
END_TEST

START_TEST (times_tell_leap_seconds) {
    put(0, 1000, 4), put(4, -400, 4), put(8, 2024, 2), put(10, 18, 1), put(11, 7, 1);
    gnss_report r = parse(1, 0x20, 16);
    ck_assert(r.week == 2024 && r.fraction_ns == -400 && r.leap_s == 18);
    p[11] = 3;
    ck_assert_int_eq(parse(1, 0x20, 16).leap_s, -1);
    p[11] = 1;
    ck_assert_int_eq(parse(1, 0x20, 16).week, -1);
    setup();
    put(9, 18, 1), put(23, 1, 1);
    ck_assert_int_eq(parse(1, 0x26, 24).leap_s, 18);
    setup();
    put(8, -100, 4), put(12, 2017, 2), put(14, 1, 1), put(15, 1, 1), put(19, 4, 1);
    ck_assert_int_eq(parse(1, 0x21, 20).utc_ns, gnss_utc(gnss_day(2017, 1, 1), -100));
    p[19] = 3;
    ck_assert_int_eq(parse(1, 0x21, 20).utc_ns, GNSS_NO_TIME);
}
END_TEST

START_TEST (small_messages_have_their_fields) {
    put(4, -3, 4), put(8, 4, 4), put(12, 5, 4), put(20, 500, 4), put(24, 12687000, 4), put(28, 20, 4);
    gnss_report r = parse(1, 0x12, 36);
    NEAR(r.enu_mps[1], -0.03, 1e-7);
    NEAR(r.speed_mps, 5.0, 1e-6);
    NEAR(r.course_deg, 126.87, 1e-4);
    NEAR(r.speed_acc_mps, 0.2, 1e-7);
    setup();
    put(12, 91, 2);
    NEAR(parse(1, 4, 18).hdop, 0.91, 1e-6);
    ck_assert(parse(1, 0x61, 4).ends_epoch);
    setup();
    put(8 + 8, 8, 1), put(8 + 12 + 8, 7, 1), put(8 + 24 + 8, 0x1f, 1);
    ck_assert_int_eq(parse(1, 0x35, 8 + 36).satellites, 2);
    setup();
    put(8 + 2, 13, 1), put(8 + 12 + 2, 12, 1);
    ck_assert_int_eq(parse(1, 0x30, 8 + 24).satellites, 1);
}
END_TEST

START_TEST (jamming_has_a_scale) {
    static const struct {
        uint8_t state, indicator;
        double jamming;
    } rows[] = {{0, 0, 0}, {0, 255, 1}, {1, 0, 0}, {1, 255, 0.5}, {2, 10, 0.75}, {3, 10, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        setup();
        p[22] = (uint8_t)(rows[i].state << 2 | 3), p[45] = rows[i].indicator;
        NEAR(parse(0x0a, 9, 60).jamming, rows[i].jamming, 1e-6);
        p[45] = 0, p[53] = rows[i].indicator; /* as generation 6 has it */
        NEAR(parse(0x0a, 9, 68).jamming, rows[i].jamming, 1e-6);
        setup();
        p[1] = 2, p[4 + 24 + 1] = rows[i].state, p[4 + 24 + 16] = rows[i].indicator;
        NEAR(parse(0x0a, 0x38, 52).jamming, rows[i].jamming, 1e-6);
    }
    p[1] = 200; /* more blocks than there are */
    ck_assert(!isnan(parse(0x0a, 0x38, 52).jamming));
    ck_assert(isnan(parse(0x0a, 0x38, 4).jamming));
}
END_TEST

START_TEST (spoofing_has_a_scale) {
    static const double of[] = {-1, 0, 0.75, 1};
    for (unsigned state = 0; state < 4; state++) {
        setup();
        p[7] = (uint8_t)(state << 3);
        float spoofing = parse(1, 3, 16).spoofing;
        ck_assert(state == 0 ? isnan(spoofing) : (double)spoofing == of[state]);
        setup();
        p[0] = 2, p[1] = (uint8_t)(0x08 | state << 4 | 0x05); /* jamming: on, warning */
        gnss_report r = parse(0x27, 9, 8);
        ck_assert(state == 0 ? isnan(r.spoofing) : (double)r.spoofing == of[state]);
        ck_assert_float_eq(r.jamming, 0.75f);
        setup();
        p[0] = 1, p[4] = 0x07, p[8] = (uint8_t)(1 | state << 1);
        r = parse(0x27, 9, 12);
        ck_assert(state == 0 ? isnan(r.spoofing) : (double)r.spoofing == of[state]);
        ck_assert_float_eq(r.jamming, 1.0f);
    }
    setup();
    p[0] = 2, p[1] = 0x36; /* both states set, both detectors off */
    gnss_report r = parse(0x27, 9, 8);
    ck_assert(isnan(r.jamming) && isnan(r.spoofing));
}
END_TEST

START_TEST (what_is_too_short_is_refused) {
    static const uint8_t ids[][2] = {{1, 1},    {1, 2},    {1, 3},     {1, 4},    {1, 6},
                                     {1, 7},    {1, 0x11}, {1, 0x12},  {1, 0x14}, {1, 0x20},
                                     {1, 0x21}, {1, 0x26}, {1, 0x30},  {1, 0x35}, {1, 0x36},
                                     {1, 0x61}, {10, 9},   {10, 0x38}, {0x27, 9}};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        gnss_report r;
        bool taken = true;
        for (size_t size = 100; size-- > 0;) { /* from enough down: refused once, refused below */
            uint8_t *own = calloc(1, size ? size : 1);
            ck_assert_ptr_nonnull(own);
            bool now = ubx_parse(ids[i][0], ids[i][1], own, size, &r);
            ck_assert(taken || !now);
            taken = now;
            free(own);
        }
        ck_assert(!taken);
    }
    gnss_report r;
    ck_assert(!ubx_parse(1, 0x99, p, sizeof p, &r));
    ck_assert(!ubx_parse(4, 2, p, sizeof p, &r));
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("ubx");
    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, pvt_tells_all);
    tcase_add_loop_test(c, pvt_has_its_fixes, 0, sizeof fixes / sizeof fixes[0]);
    tcase_add_test(c, pvt_can_take_back_time_and_place);
    tcase_add_test(c, high_precision_adds_its_digits);
    tcase_add_test(c, sol_is_of_the_fourth_generation);
    tcase_add_test(c, covariance_is_a_claim);
    tcase_add_test(c, times_tell_leap_seconds);
    tcase_add_test(c, small_messages_have_their_fields);
    tcase_add_test(c, jamming_has_a_scale);
    tcase_add_test(c, spoofing_has_a_scale);
    tcase_add_test(c, what_is_too_short_is_refused);
    return run_cases("ubx", c);
}
