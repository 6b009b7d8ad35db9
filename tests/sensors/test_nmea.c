/*
 * NMEA sentences: what each type says, in which versions, and what is refused.
 */
#include "sensors/gnss/nmea.h"
#include "sensors/gnss/nmea_field.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const int64_t second_ns = 1000000000;

static gnss_report parse(const char *sentence)
{
    gnss_report r;
    ck_assert_msg(nmea_parse(sentence, &r), "%s", sentence);
    return r;
}

static void refuse(const char *sentence)
{
    gnss_report r;
    ck_assert_msg(!nmea_parse(sentence, &r), "%s", sentence);
    ck_assert(r.of_day_ns == GNSS_NO_TIME && isnan(r.latitude_deg) && r.valid == GNSS_VALID_UNSAID);
}

#define NEAR(a, b, most) ck_assert_double_eq_tol((double)(a), (double)(b), most)

START_TEST (rmc_tells_all_that_it_has) {
    gnss_report r =
        parse("GNRMC,132819.60,A,4134.49795459,N,09345.03431408,W,1.5,124.888,180320,11.5985,E,D");
    ck_assert_int_eq(r.of_day_ns, (13 * 3600 + 28 * 60 + 19) * second_ns + 600000000);
    ck_assert_int_eq(r.day, gnss_day(2020, 3, 18));
    ck_assert(r.valid == GNSS_VALID_YES && r.quality == GNSS_QUALITY_DGNSS && r.is_statement);
    NEAR(r.latitude_deg, 41.0 + 34.49795459 / 60.0, 1e-12);
    NEAR(r.longitude_deg, -(93.0 + 45.03431408 / 60.0), 1e-12);
    NEAR(r.speed_mps, 1.5 * 1852.0 / 3600.0, 1e-6);
    NEAR(r.course_deg, 124.888, 1e-4);
}
END_TEST

/* What stands at the end of RMC in the versions of NMEA, and what it means. */
static const struct {
    const char *sentence;
    gnss_valid valid;
    gnss_quality quality;
    bool estimated;
} rmc_modes[] = {
    {"GPRMC,120000,A,4807.038,N,01131.000,E,1,2,230394,003.1,W", GNSS_VALID_YES, GNSS_QUALITY_UNSAID, false},
    {"GPRMC,120000,A,4807.038,N,01131.000,E,1,2,230394", GNSS_VALID_YES, GNSS_QUALITY_UNSAID, false},
    {"GPRMC,120000,A,4807.038,N,01131.000,E,,,230394,,,A", GNSS_VALID_YES, GNSS_QUALITY_PLAIN, false},
    {"GPRMC,120000,A,4807.038,N,01131.000,E,,,230394,,,A,V", GNSS_VALID_YES, GNSS_QUALITY_PLAIN, false},
    {"GPRMC,120000,D,4807.038,N,01131.000,E,,,230394,,", GNSS_VALID_YES, GNSS_QUALITY_DGNSS, false},
    {"GPRMC,120000,A,4807.038,N,01131.000,E,,,230394,,,P", GNSS_VALID_YES, GNSS_QUALITY_DGNSS, false},
    {"GPRMC,120000,A,4807.038,N,01131.000,E,,,230394,,,F", GNSS_VALID_YES, GNSS_QUALITY_FLOAT, false},
    {"GPRMC,120000,A,4807.038,N,01131.000,E,,,230394,,,R", GNSS_VALID_YES, GNSS_QUALITY_FIXED, false},
    {"GPRMC,120000,A,4807.038,N,01131.000,E,,,230394,,,E", GNSS_VALID_YES, GNSS_QUALITY_PLAIN, true},
    {"GPRMC,120000,A,4807.038,N,01131.000,E,,,230394,,,N", GNSS_VALID_NO, GNSS_QUALITY_UNSAID, false},
    {"GPRMC,120000,V,4807.038,N,01131.000,E,,,230394,,,A", GNSS_VALID_NO, GNSS_QUALITY_UNSAID, false},
    {"GPRMC,120000,A,,,,,,,230394,,,A", GNSS_VALID_NO, GNSS_QUALITY_PLAIN, false},
    {"GPRMC,,V,,,,,,,,,,N", GNSS_VALID_NO, GNSS_QUALITY_UNSAID, false},
};

START_TEST (rmc_has_its_modes) {
    gnss_report r = parse(rmc_modes[_i].sentence);
    ck_assert_int_eq(r.valid, rmc_modes[_i].valid);
    ck_assert_int_eq(r.quality, rmc_modes[_i].quality);
    ck_assert_int_eq(r.estimated, rmc_modes[_i].estimated);
    ck_assert_int_eq(r.day != GNSS_NO_DAY, r.valid == GNSS_VALID_YES);
    ck_assert(r.valid == GNSS_VALID_YES || isnan(r.speed_mps));
}
END_TEST

START_TEST (gga_has_its_qualities) {
    static const struct {
        gnss_valid valid;
        gnss_quality quality;
    } of[] = {{GNSS_VALID_NO, GNSS_QUALITY_UNSAID}, {GNSS_VALID_YES, GNSS_QUALITY_PLAIN},
              {GNSS_VALID_YES, GNSS_QUALITY_DGNSS}, {GNSS_VALID_YES, GNSS_QUALITY_PLAIN},
              {GNSS_VALID_YES, GNSS_QUALITY_FIXED}, {GNSS_VALID_YES, GNSS_QUALITY_FLOAT},
              {GNSS_VALID_YES, GNSS_QUALITY_PLAIN}, {GNSS_VALID_YES, GNSS_QUALITY_PLAIN},
              {GNSS_VALID_YES, GNSS_QUALITY_PLAIN}};
    char text[120];
    for (int q = 0; q < 9; q++) {
        snprintf(text, sizeof text, "BDGGA,092725.00,4717.11399,N,00833.91590,E,%d,08,1.01,499.6,M,48.0,M,,",
                 q);
        gnss_report r = parse(text);
        ck_assert(r.valid == of[q].valid && r.quality == of[q].quality && r.estimated == (q == 6));
        ck_assert_int_eq(r.satellites, 8);
        if (q == 0)
            ck_assert(isnan(r.height_m) && isnan(r.latitude_deg));
        else
            NEAR(r.height_m, 547.6, 1e-9);
    }
}
END_TEST

START_TEST (gga_may_lack_the_geoid_or_the_height) {
    gnss_report r = parse("GPGGA,092725,4717.1,N,00833.9,E,1,08,,499.6,M,,M,,");
    ck_assert(isnan(r.height_m) && r.altitude_m == 499.6 && isnan(r.hdop));
    r = parse("GPGGA,092725,4717.1,N,00833.9,E,1,08,1.0,,M,48.0,M,,");
    ck_assert(isnan(r.height_m) && isnan(r.altitude_m));
    r = parse("GPGGA,,,,,,0,00,99.99,,,,,,");
    ck_assert(r.valid == GNSS_VALID_NO && r.of_day_ns == GNSS_NO_TIME);
}
END_TEST

START_TEST (dtm_tells_another_datum) {
    gnss_report r = parse("GPDTM,999,,0.08,N,0.07,E,-47.7,W84");
    NEAR(r.datum_off[0], 0.08 / 60.0, 1e-15);
    NEAR(r.datum_off[1], 0.07 / 60.0, 1e-15);
    NEAR(r.datum_off[2], -47.7, 1e-12);
    r = parse("GPDTM,TOY,A,0.19,S,0.17,W,,W84");
    NEAR(r.datum_off[0], -0.19 / 60.0, 1e-15);
    NEAR(r.datum_off[1], -0.17 / 60.0, 1e-15);
    NEAR(r.datum_off[2], 0.0, 1e-15);
    static const char *const wgs84[] = {"GPDTM,W84,,0.0,N,0.0,E,0.0,W84",
                                        "GPDTM,W84,,00.0000,N,00.0000,W,,W84",
                                        "GNDTM,P90,,0000.000021,S,0000.000002,E,0.989,W84",
                                        "GPDTM,,,,,,,,", /* not known */
                                        "GPDTM,999,,,,,,,W84",
                                        "GPDTM,999,,0.08,N,0.07,X,0,W84",
                                        "GPDTM,999,,-0.08,N,0.07,E,0,W84",
                                        "GPDTM,999,,0.08,N,0.07,E,0,P90"};
    for (size_t i = 0; i < sizeof wgs84 / sizeof *wgs84; i++) {
        r = parse(wgs84[i]);
        ck_assert_msg(r.datum_off[0] == 0.0 && r.datum_off[1] == 0.0 && r.datum_off[2] == 0.0, "%s",
                      wgs84[i]);
    }
    ck_assert(isnan(parse("GPGGA,,,,,,0,00,99.99,,,,,,").datum_off[0]));
}
END_TEST

START_TEST (gns_takes_the_best_system) {
    static const struct {
        const char *mode;
        gnss_valid valid;
        gnss_quality quality;
        bool estimated;
    } rows[] = {{"N", GNSS_VALID_NO, GNSS_QUALITY_UNSAID, false},
                {"NNNN", GNSS_VALID_NO, GNSS_QUALITY_UNSAID, false},
                {"AN", GNSS_VALID_YES, GNSS_QUALITY_PLAIN, false},
                {"NA", GNSS_VALID_YES, GNSS_QUALITY_PLAIN, false},
                {"RRAN", GNSS_VALID_YES, GNSS_QUALITY_FIXED, false},
                {"FFA", GNSS_VALID_YES, GNSS_QUALITY_FLOAT, false},
                {"E", GNSS_VALID_YES, GNSS_QUALITY_PLAIN, true},
                {"", GNSS_VALID_NO, GNSS_QUALITY_UNSAID, false}};
    char text[120];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(text, sizeof text, "GNGNS,103600.01,5114.51176,N,00012.29380,W,%s,14,0.5,56.4,45.2,,,V",
                 rows[i].mode);
        gnss_report r = parse(text);
        ck_assert(r.valid == rows[i].valid && r.quality == rows[i].quality &&
                  r.estimated == rows[i].estimated);
    }
    NEAR(parse("GNGNS,103600.01,5114.51176,N,00012.29380,W,AN,14,0.5,56.4,45.2,,").height_m, 101.6, 1e-9);
}
END_TEST

START_TEST (gll_may_be_of_the_old_kind) {
    ck_assert_int_eq(parse("GPGLL,4717.11364,N,00833.91565,E,092321.00,A,A").valid, GNSS_VALID_YES);
    ck_assert_int_eq(parse("GPGLL,4717.11364,N,00833.91565,E,092321,A").valid, GNSS_VALID_YES);
    ck_assert_int_eq(parse("GPGLL,4717.11364,N,00833.91565,E,092321,A,N").valid, GNSS_VALID_NO);
    ck_assert_int_eq(parse("GPGLL,,,,,,V,N").valid, GNSS_VALID_NO);
    refuse("GPGLL,4717.11364,N,00833.91565,E");
}
END_TEST

START_TEST (vtg_tells_the_motion) {
    gnss_report r = parse("GPVTG,77.52,T,,M,0.004,N,0.008,K,A");
    NEAR(r.speed_mps, 0.004 * 1852.0 / 3600.0, 1e-9);
    NEAR(r.course_deg, 77.52, 1e-5);
    ck_assert(r.quality == GNSS_QUALITY_UNSAID && !r.is_statement);
    r = parse("GPVTG,,T,,M,,N,36.0,K");
    NEAR(r.speed_mps, 10.0, 1e-6);
    ck_assert(isnan(r.course_deg));
    refuse("GPVTG,77.52,T,,M,0.004,N,0.008,K,N");
}
END_TEST

START_TEST (gsa_lists_the_satellites_by_system) {
    gnss_report r = parse("GNGSA,A,3,80,71,73,79,69,,,,,,,,1.83,1.09,1.47,2");
    ck_assert(r.dimension == GNSS_DIMENSION_3D && r.used_system == 2 && r.used_count == 5 && r.used[4] == 69);
    NEAR(r.hdop, 1.09, 1e-6);
    ck_assert_int_eq(parse("BDGSA,A,2,201,,,,,,,,,,,,1,1,1").used_system, 4);
    ck_assert_int_eq(parse("GAGSA,A,2,5,,,,,,,,,,,,1,1,1").used_system, 3);
    ck_assert_int_eq(parse("GNGSA,A,2,5,,,,,,,,,,,,1,1,1").used_system, 0);
    ck_assert_int_eq(parse("GPGSA,A,1,,,,,,,,,,,,,,,").dimension, GNSS_DIMENSION_UNSAID);
    refuse("GPGSA,A,,,,,,,,,,,,,,,,");
}
END_TEST

START_TEST (gst_claims_an_accuracy) {
    gnss_report r = parse("GPGST,082356.00,1.8,,,,3.0,4.0,2.2");
    NEAR(r.h_acc_m, 5.0, 1e-6);
    NEAR(r.v_acc_m, 2.2, 1e-6);
    ck_assert(isnan(parse("GPGST,082356.00,1.8,,,,,,").h_acc_m));
}
END_TEST

START_TEST (zda_is_a_clock) {
    gnss_report r = parse("GPZDA,082710.00,16,09,2002,00,00");
    ck_assert(r.clock_only && r.day == gnss_day(2002, 9, 16));
    refuse("GPZDA,,,,,00,00");
    refuse("GPZDA,082710.00,31,02,2002,00,00");
}
END_TEST

START_TEST (pubx_has_all_of_ublox) {
    gnss_report r =
        parse("PUBX,00,081350.00,4717.113210,N,00833.915187,E,546.589,G3,2.1,2.0,3.6,77.52,0.007,,"
              "0.92,1.19,0.77,9,0,0");
    ck_assert(r.valid == GNSS_VALID_YES && r.dimension == GNSS_DIMENSION_3D && r.satellites == 9);
    NEAR(r.height_m, 546.589, 1e-9);
    NEAR(r.speed_mps, 1.0, 1e-6);
    NEAR(r.h_acc_m, 2.1, 1e-6);
    NEAR(r.hdop, 0.92, 1e-6);
    static const char *const none[] = {"NF", "TT", ""};
    char text[160];
    for (size_t i = 0; i < 3; i++) {
        snprintf(text, sizeof text, "PUBX,00,081350.00,4717.1,N,00833.9,E,546.5,%s,1,1,0,0,0,,1,1,1,0,0,0",
                 none[i]);
        ck_assert_int_eq(parse(text).valid, GNSS_VALID_NO);
    }
    ck_assert(parse("PUBX,00,081350.00,4717.1,N,00833.9,E,546.5,DR,1,1,0,0,0,,1,1,1,0,0,0").estimated);
    refuse("PUBX,03,11,23,-,,,45,010");
}
END_TEST

START_TEST (what_is_no_field_is_not_taken) {
    static const char *const bad[] = {
        "",        "GPRMC",  "GPXXX,1,2", "PRMC,120000,A,4807.0,N,01131.0,E,1,2,230394", "GPRMC,120000,A",
        ",,,,,,,", "RMC,1,A"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuse(bad[i]);
    static const char *const positions[] = {
        "9100.0,N,01131.0,E", "4807.0,X,01131.0,E",  "4807.0,N,18100.0,E", "4860.0,N,01131.0,E",
        "48x7.0,N,01131.0,E", "-4807.0,N,01131.0,E", "4807.0,N,01131.0,",  "4807.0.0,N,01131.0,E",
        "nan,N,inf,E",        "4807.0,NS,01131.0,E"};
    char text[120];
    for (size_t i = 0; i < sizeof positions / sizeof positions[0]; i++) {
        snprintf(text, sizeof text, "GPRMC,120000,A,%s,1,2,230394", positions[i]);
        ck_assert_msg(parse(text).valid == GNSS_VALID_NO, "%s", text);
    }
}
END_TEST

START_TEST (times_and_dates_are_read_strictly) {
    static const char *const bad[] = {"",       "1",      "12000",   "240000",   "126000",
                                      "120061", "12000a", "120000x", "120000.5x"};
    int64_t of_day_ns = -7;
    int32_t day = -7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(!nmea_time(bad[i], &of_day_ns) && of_day_ns == -7, "%s", bad[i]);
    ck_assert(nmea_time("235960.5", &of_day_ns) && of_day_ns == 86400 * second_ns + second_ns / 2);
    ck_assert(nmea_time("000000.", &of_day_ns) && of_day_ns == 0);
    ck_assert(nmea_time("000000.1234567891", &of_day_ns) && of_day_ns == 123456789);
    static const char *const bad_dates[] = {"",       "12",     "000000",  "320120",
                                            "011320", "290221", "0101200", "-10120"};
    for (size_t i = 0; i < sizeof bad_dates / sizeof bad_dates[0]; i++)
        ck_assert_msg(!nmea_date(bad_dates[i], &day) && day == -7, "%s", bad_dates[i]);
    ck_assert(nmea_date("191194", &day) && day == gnss_day(1994, 11, 19));
    ck_assert(nmea_date("010180", &day) && day == gnss_day(1980, 1, 1));
}
END_TEST

START_TEST (a_sentence_cut_anywhere_is_no_other_place) {
    const char whole[] = "GPRMC,132819.60,A,4134.49795459,N,09345.03431408,W,1.5,124.888,180320,11.5985,E,D";
    char cut[sizeof whole];
    for (size_t n = 0; n < sizeof whole; n++) {
        gnss_report r;
        memcpy(cut, whole, n);
        cut[n] = '\0';
        if (nmea_parse(cut, &r) && r.valid == GNSS_VALID_YES)
            NEAR(r.longitude_deg, -(93.0 + 45.03431408 / 60.0), 1e-12);
    }
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("nmea");
    tcase_add_test(c, rmc_tells_all_that_it_has);
    tcase_add_loop_test(c, rmc_has_its_modes, 0, sizeof rmc_modes / sizeof rmc_modes[0]);
    tcase_add_test(c, gga_has_its_qualities);
    tcase_add_test(c, gga_may_lack_the_geoid_or_the_height);
    tcase_add_test(c, dtm_tells_another_datum);
    tcase_add_test(c, gns_takes_the_best_system);
    tcase_add_test(c, gll_may_be_of_the_old_kind);
    tcase_add_test(c, vtg_tells_the_motion);
    tcase_add_test(c, gsa_lists_the_satellites_by_system);
    tcase_add_test(c, gst_claims_an_accuracy);
    tcase_add_test(c, zda_is_a_clock);
    tcase_add_test(c, pubx_has_all_of_ublox);
    tcase_add_test(c, what_is_no_field_is_not_taken);
    tcase_add_test(c, times_and_dates_are_read_strictly);
    tcase_add_test(c, a_sentence_cut_anywhere_is_no_other_place);
    return run_cases("nmea", c);
}
