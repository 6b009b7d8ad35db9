/*
 * Epochs: which messages make one fix, when it is complete, and what it says.
 */
#include "sensors/gnss/gnss_reader.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t second_ns = 1000000000;
static const double degrees = 57.29577951308232;

static gnss_reader *r;
static gnss_fix fixes[64];
static size_t count;

static void take_fix(void *context, const gnss_fix *fix)
{
    (void)context;
    ck_assert_uint_lt(count, 64);
    fixes[count++] = *fix;
}

static void begin(bool live)
{
    gnss_reader_init(r, live, (gnss_sink){NULL, take_fix});
    count = 0;
}

static void setup(void)
{
    r = malloc(sizeof *r);
    ck_assert_ptr_nonnull(r);
    begin(false);
}

static void teardown(void)
{
    free(r);
}

/* A sentence without checksum: the stream takes those as long as none of its address had one. */
static void say(const char *sentence)
{
    char line[200];
    int n = snprintf(line, sizeof line, "$%s\r\n", sentence);
    gnss_reader_feed(r, (const uint8_t *)line, (size_t)n, 7);
}

static void ubx(uint8_t c, uint8_t id, const uint8_t *payload, size_t size)
{
    uint8_t out[200] = {0xb5, 0x62, c, id, (uint8_t)size, 0};
    uint8_t a = 0, b = 0;
    memcpy(out + 6, payload, size);
    for (size_t i = 2; i < size + 6; i++)
        b = (uint8_t)(b + (a = (uint8_t)(a + out[i])));
    out[size + 6] = a, out[size + 7] = b;
    gnss_reader_feed(r, out, size + 8, 7);
}

static int64_t utc(int year, int month, int day, int seconds)
{
    return gnss_utc(gnss_day(year, month, day), seconds * second_ns);
}

#define RMC(time, date) "GPRMC," time ",A,4807.000,N,01130.000,E,10.0,90.0," date ",,,A"
#define GGA(time) "GPGGA," time ",4807.000,N,01130.000,E,1,09,1.0,500.0,M,48.0,M,,"
#define GSA "GPGSA,A,3,1,2,3,4,5,6,7,8,9,10,11,12,2,1,2"
#define VTG(speed) "GPVTG,90.0,T,,M," speed ",N,,K,A"

START_TEST (one_moment_makes_one_fix) {
    say(RMC("120000.00", "150621"));
    say(GGA("120000"));
    say(GSA);
    ck_assert_uint_eq(count, 0);
    say(RMC("120001.00", "150621"));
    ck_assert_uint_eq(count, 1);
    gnss_reader_end(r);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(fixes[0].stamp_ns, utc(2021, 6, 15, 43200));
    ck_assert_int_eq(fixes[0].gnss.fix, GNSS_FIX_3D);
    ck_assert_int_eq(fixes[0].gnss.satellites, 12); /* GGA says 9, GSA lists 12 */
    ck_assert_double_eq_tol(fixes[0].gnss.height_m, 548.0, 1e-9);
    ck_assert_int_eq(fixes[0].gnss.datum, HEIGHT_ELLIPSOID);
    ck_assert_int_eq(fixes[1].gnss.fix, GNSS_FIX_2D); /* RMC alone tells no height */
}
END_TEST

START_TEST (without_a_date_there_is_no_stamp) {
    say(GGA("120000"));
    say(GGA("120001"));
    say("GPZDA,120001.00,15,06,2021,00,00");
    say(GGA("120002"));
    gnss_reader_end(r);
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(fixes[0].stamp_ns, GNSS_NO_TIME);
    ck_assert_int_eq(fixes[1].stamp_ns, utc(2021, 6, 15, 43201));
    ck_assert_int_eq(fixes[2].stamp_ns, utc(2021, 6, 15, 43202));
}
END_TEST

START_TEST (who_knows_the_day_lends_it) {
    gnss_epoch_set_near(&r->epoch, utc(2021, 6, 15, 86390));
    say(GGA("235959"));
    say(GGA("000000"));
    gnss_reader_end(r);
    ck_assert_int_eq(fixes[0].stamp_ns, utc(2021, 6, 15, 86399));
    ck_assert_int_eq(fixes[1].stamp_ns, utc(2021, 6, 16, 0));
}
END_TEST

START_TEST (midnight_comes_before_its_date) {
    say(RMC("235959.00", "311299"));
    say(GGA("235959.00"));
    say(GGA("000000.00"));
    say(RMC("000000.00", "010100"));
    say(GGA("000001.00"));
    gnss_reader_end(r);
    ck_assert_uint_eq(count, 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(fixes[i].stamp_ns, utc(1999, 12, 31, 86399) + (int64_t)i * second_ns);
}
END_TEST

/* Seconds since 1970 have no number of its own for it: its fixes and those of the second after it share
 * theirs. */
START_TEST (a_leap_second_is_a_moment_of_its_own) {
    for (int live = 0; live <= 1; live++) {
        begin(live == 1);
        say(RMC("235958.00", "311216")), say(GGA("235958"));
        say(RMC("235959.00", "311216")), say(GGA("235959"));
        say(RMC("235960.00", "311216")), say(GGA("235960"));
        say(RMC("000000.00", "010117")), say(GGA("000000"));
        say(RMC("000001.00", "010117")), say(GGA("000001"));
        gnss_reader_end(r);
        ck_assert_uint_eq(count, 5 - (size_t)live); /* live, the first is not given out */
        ck_assert_int_eq(fixes[count - 4].stamp_ns, utc(2016, 12, 31, 86399));
        ck_assert_int_eq(fixes[count - 3].stamp_ns, utc(2017, 1, 1, 0));
        ck_assert_int_eq(fixes[count - 2].stamp_ns, utc(2017, 1, 1, 0));
        ck_assert_int_eq(fixes[count - 1].stamp_ns, utc(2017, 1, 1, 1));
    }
}
END_TEST

START_TEST (another_datum_is_taken_off) {
    say(RMC("120000.00", "150621")), say(GGA("120000"));
    say("GPDTM,999,,0.06,N,0.12,W,10.0,W84");
    say(RMC("120001.00", "150621")), say(GGA("120001"));
    say(RMC("120002.00", "150621")), say(GGA("120002"));
    say("GPDTM,W84,,0.0,N,0.0,E,0.0,W84");
    say(RMC("120003.00", "150621")), say(GGA("120003"));
    gnss_reader_end(r);
    ck_assert_uint_eq(count, 4);
    for (size_t i = 0; i < 4; i++) {
        double off = i == 1 || i == 2 ? 1.0 : 0.0;
        ck_assert_double_eq_tol(fixes[i].gnss.latitude_rad * degrees, 48.0 + 7.0 / 60.0 - 0.001 * off, 1e-10);
        ck_assert_double_eq_tol(fixes[i].gnss.longitude_rad * degrees, 11.5 + 0.002 * off, 1e-10);
        ck_assert_double_eq_tol(fixes[i].gnss.height_m, 548.0 - 10.0 * off, 1e-9);
    }
}
END_TEST

START_TEST (a_fix_is_lost_and_found) {
    say(RMC("120000.00", "150621"));
    for (int i = 0; i < 3; i++) {
        say("GPRMC,,V,,,,,,,,,,N");
        say("GPGGA,,,,,,0,00,99.9,,,,,,");
    }
    say(RMC("120005.00", "150621"));
    gnss_reader_end(r);
    ck_assert_uint_eq(count, 4); /* the last one without time joins the first one that has it */
    ck_assert_int_eq(fixes[1].gnss.fix, GNSS_FIX_NONE);
    ck_assert(isnan(fixes[1].gnss.latitude_rad) && isnan(fixes[1].gnss.speed_mps));
    ck_assert_int_eq(fixes[3].gnss.fix, GNSS_FIX_2D);
}
END_TEST

START_TEST (the_last_word_on_validity_counts) {
    say("GPRMC,120000.00,V,4807.000,N,01130.000,E,,,150621,,,N");
    say(GGA("120000.00"));
    say(RMC("120001.00", "150621"));
    say("GPGGA,120001.00,4807.000,N,01130.000,E,0,09,1.0,500.0,M,48.0,M,,");
    gnss_reader_end(r);
    ck_assert_int_eq(fixes[0].gnss.fix, GNSS_FIX_3D);
    ck_assert_int_eq(fixes[1].gnss.fix, GNSS_FIX_NONE);
    ck_assert(isnan(fixes[1].gnss.latitude_rad));
}
END_TEST

START_TEST (untimed_motion_fills_only_what_is_missing) {
    say(RMC("120000.00", "150621"));
    say(VTG("20.0"));
    say(GGA("120001.00"));
    say(VTG("30.0"));
    gnss_reader_end(r);
    ck_assert_float_eq_tol(fixes[0].gnss.speed_mps, 5.1444f, 1e-3f);
    ck_assert_float_eq_tol(fixes[1].gnss.speed_mps, 15.433f, 1e-3f);
}
END_TEST

START_TEST (motion_after_the_last_message_is_of_the_next_epoch) {
    char text[64];
    for (int i = 0; i < 6; i++) {
        snprintf(text, sizeof text, "GPVTG,90.0,T,,M,%d.0,N,,K,A", 10 * i);
        if (i != 4) /* one is lost, and with it what it belongs to */
            say(text);
        snprintf(text, sizeof text, "GPGGA,12000%d,4807.0,N,01130.0,E,1,09,1,500,M,48,M,,", i);
        say(text);
        snprintf(text, sizeof text, "GPGLL,4807.0,N,01130.0,E,12000%d,A,A", i);
        if (i != 4)
            say(text);
    }
    gnss_reader_end(r);
    ck_assert_uint_eq(count, 6);
}
END_TEST

/* NAV-PVT of a quarter to twelve, in 1/1000 s of the day. */
static void say_pvt(uint32_t of_day_ms, uint8_t type, uint8_t flags)
{
    uint8_t p[92] = {0};
    uint32_t tow = (2 * 86400 + 18) * 1000u + of_day_ms, s = of_day_ms / 1000;
    memcpy(p, &tow, 4);
    p[4] = 2021 & 255, p[5] = 2021 >> 8, p[6] = 6, p[7] = 15;
    p[8] = (uint8_t)(s / 3600), p[9] = (uint8_t)(s / 60 % 60), p[10] = (uint8_t)(s % 60), p[11] = 7;
    int32_t nano = (int32_t)(of_day_ms % 1000) * 1000000 + 250, lon = 115000000, lat = 481170000, h = 548100;
    memcpy(p + 16, &nano, 4);
    p[20] = type, p[21] = flags, p[23] = 17;
    memcpy(p + 24, &lon, 4), memcpy(p + 28, &lat, 4), memcpy(p + 32, &h, 4);
    ubx(1, 7, p, sizeof p);
}

START_TEST (both_protocols_make_one_fix_and_ubx_counts) {
    say(RMC("120000.00", "150621"));
    say_pvt(43200000, 3, 1);
    say(GGA("120000.00"));
    say_pvt(43200100, 3, 0x83);
    gnss_reader_end(r);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(fixes[0].stamp_ns, utc(2021, 6, 15, 43200) + 250);
    ck_assert_double_eq_tol(fixes[0].gnss.latitude_rad * degrees, 48.117, 1e-9);
    ck_assert_double_eq_tol(fixes[0].gnss.height_m, 548.1, 1e-9);
    ck_assert_int_eq(fixes[0].gnss.satellites, 17);
    ck_assert_int_eq(fixes[1].gnss.fix, GNSS_FIX_FIXED);
}
END_TEST

START_TEST (a_bare_position_needs_a_claim) {
    uint8_t p[28] = {0};
    int32_t lat = 481170000;
    uint32_t h_acc = 5000;
    memcpy(p + 8, &lat, 4), memcpy(p + 20, &h_acc, 4);
    ubx(1, 2, p, sizeof p);
    p[0] = 100;
    memset(p + 20, 0xff, 8);
    ubx(1, 2, p, sizeof p);
    gnss_reader_end(r);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(fixes[0].gnss.fix, GNSS_FIX_UNKNOWN);
}
END_TEST

START_TEST (jamming_lasts_for_some_epochs) {
    uint8_t hw[60] = {0};
    hw[22] = 3 << 2;
    for (uint32_t i = 0; i < 60; i++) {
        say_pvt(43200000 + 100 * i, 3, 1);
        if (i == 0)
            ubx(0x0a, 9, hw, sizeof hw);
    }
    ck_assert_uint_eq(count, 59);
    ck_assert_float_eq(fixes[0].gnss.jamming, 1.0f);
    ck_assert_float_eq(fixes[49].gnss.jamming, 1.0f);
    ck_assert(isnan(fixes[50].gnss.jamming) && isnan(fixes[0].gnss.spoofing));
}
END_TEST

/* A line, with the epoch behind it in whose midst it was opened. */
static void begin_line(void)
{
    begin(true);
    say(GGA("115959.00"));
    gnss_reader_pause(r);
    ck_assert_uint_eq(count, 0);
}

START_TEST (live_the_last_message_is_learned) {
    begin_line();
    for (int i = 0; i < 6; i++) {
        char text[120];
        snprintf(text, sizeof text, RMC("12000%d.00", "150621"), i);
        say(text);
        ck_assert_uint_eq(count, (size_t)i);
        snprintf(text, sizeof text, GGA("12000%d.00"), i);
        say(text);
        say(GSA);
        ck_assert_uint_eq(count, (size_t)i);
        say(GSA);
        if (i == 0) {
            gnss_reader_pause(r); /* as the silence after it has it */
            gnss_reader_pause(r);
        } else if (i == 1) {
            gnss_reader_pause(r);
        }
        ck_assert_uint_eq(count, (size_t)i + 1);
        ck_assert_int_eq(fixes[i].gnss.fix, GNSS_FIX_3D);
        ck_assert_int_eq(fixes[i].received_ns, 7);
    }
}
END_TEST

/* Without its start an epoch may lack the date, which would be guessed. */
START_TEST (live_the_first_epoch_is_not_given_out) {
    begin(true);
    gnss_epoch_set_near(&r->epoch, gnss_utc(gnss_day(2026, 11, 27), 0));
    say(GGA("120000.00"));
    gnss_reader_pause(r);
    ck_assert_uint_eq(count, 0);
    say(RMC("120001.00", "150621"));
    say(GGA("120001.00"));
    gnss_reader_pause(r);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(fixes[0].stamp_ns, utc(2021, 6, 15, 43201));
}
END_TEST

START_TEST (live_what_comes_late_is_not_another_fix) {
    begin_line();
    say(RMC("120000.00", "150621"));
    gnss_reader_pause(r);
    say(GGA("120000.00"));
    gnss_reader_pause(r);
    ck_assert_uint_eq(count, 1);
    say(RMC("120001.00", "150621"));
    gnss_reader_pause(r);
    ck_assert_uint_eq(count, 2);
}
END_TEST

START_TEST (live_the_receiver_may_end_the_epoch) {
    begin_line();
    say_pvt(43200000, 3, 1);
    ck_assert_uint_eq(count, 0);
    uint8_t p[4];
    uint32_t tow = (2 * 86400 + 18 + 43200) * 1000u;
    memcpy(p, &tow, 4);
    ubx(1, 0x61, p, sizeof p);
    ck_assert_uint_eq(count, 1);
}
END_TEST

START_TEST (a_header_is_passed_over) {
    const char text[] = "# $GPGLL,4807.0,N,01130.0,E,120000,A,A\n#\n# more\n$" GGA("120001") "\n";
    for (size_t i = 0; i < sizeof text - 1; i++)
        gnss_reader_feed(r, (const uint8_t *)text + i, 1, 7);
    gnss_reader_end(r);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(fixes[0].gnss.fix, GNSS_FIX_3D);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("gnss_epoch");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, one_moment_makes_one_fix);
    tcase_add_test(c, without_a_date_there_is_no_stamp);
    tcase_add_test(c, who_knows_the_day_lends_it);
    tcase_add_test(c, midnight_comes_before_its_date);
    tcase_add_test(c, a_leap_second_is_a_moment_of_its_own);
    tcase_add_test(c, another_datum_is_taken_off);
    tcase_add_test(c, a_fix_is_lost_and_found);
    tcase_add_test(c, the_last_word_on_validity_counts);
    tcase_add_test(c, untimed_motion_fills_only_what_is_missing);
    tcase_add_test(c, motion_after_the_last_message_is_of_the_next_epoch);
    tcase_add_test(c, both_protocols_make_one_fix_and_ubx_counts);
    tcase_add_test(c, a_bare_position_needs_a_claim);
    tcase_add_test(c, jamming_lasts_for_some_epochs);
    tcase_add_test(c, live_the_last_message_is_learned);
    tcase_add_test(c, live_the_first_epoch_is_not_given_out);
    tcase_add_test(c, live_what_comes_late_is_not_another_fix);
    tcase_add_test(c, live_the_receiver_may_end_the_epoch);
    tcase_add_test(c, a_header_is_passed_over);
    return run_cases("gnss_epoch", c);
}
