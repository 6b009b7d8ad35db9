/* Poses as NMEA sentences: what stands in them, and that the project's own reader takes them as they were
 * meant. */
#include "daemon/nmea_pose.h"
#include "sensors/gnss/nmea.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char text[1024];

static const nmea_pose whole = {.stamp_ns = 1778573053920000000, /* 2026-05-12 08:04:13.92 */
                                .mode = MODE_NOMINAL,
                                .usable = true,
                                .latitude_deg = -37.720993,
                                .longitude_deg = -122.472305,
                                .height_m = 31.2,
                                .v_east_mps = -3,
                                .v_north_mps = 4,
                                .heading_rad = 1.0,
                                .variance_east_m2 = 4,
                                .variance_north_m2 = 1,
                                .covariance_m2 = 0,
                                .variance_up_m2 = 9};

static void write_lines(const nmea_pose *p)
{
    memset(text, 0, sizeof text);
    FILE *out = fmemopen(text, sizeof text, "w");
    nmea_pose_write(out, p);
    fclose(out);
}

/* Field `at` of the sentence of that name, without its checksum; of the last call. */
static const char *field(const char *sentence, int at)
{
    static char found[64];
    const char *c = strstr(text, sentence);
    ck_assert_msg(c != NULL, "no %s in %s", sentence, text);
    for (; at > 0; at--) {
        c = strchr(c, ',');
        ck_assert_msg(c != NULL, "%s: no field %d", sentence, at);
        c++;
    }
    snprintf(found, sizeof found, "%.*s", (int)strcspn(c, ",*"), c);
    return found;
}

#define FIELD(sentence, at, expected) ck_assert_str_eq(field(sentence, at), expected)

START_TEST (every_sentence_has_its_checksum) {
    write_lines(&whole);
    int lines = 0;
    for (const char *c = text; *c != '\0'; lines++) {
        unsigned sum = 0, told;
        ck_assert(*c == '$');
        for (c++; *c != '*'; c++)
            sum ^= (unsigned char)*c;
        ck_assert(sscanf(c, "*%2X", &told) == 1 && told == sum);
        ck_assert(strncmp(c + 3, "\r\n", 2) == 0);
        c += 5;
    }
    ck_assert_int_eq(lines, 4);
}
END_TEST

START_TEST (a_pose) {
    write_lines(&whole);
    FIELD("INGGA", 1, "080413.92");
    FIELD("INGGA", 2, "3743.259580");
    FIELD("INGGA", 3, "S");
    FIELD("INGGA", 4, "12228.338300");
    FIELD("INGGA", 5, "W");
    FIELD("INGGA", 6, "1");
    FIELD("INGGA", 9, "31.200");
    FIELD("INGGA", 11, "0.0");
    FIELD("INRMC", 2, "A");
    FIELD("INRMC", 7, "9.72");
    FIELD("INRMC", 8, "323.1");
    FIELD("INRMC", 9, "120526");
    FIELD("INRMC", 12, "A");
    FIELD("INRMC", 13, "S");
    FIELD("INHDT", 1, "57.30");
}
END_TEST

START_TEST (errors_are_an_ellipse) {
    nmea_pose p = whole;
    write_lines(&p);
    FIELD("INGST", 3, "2.000");
    FIELD("INGST", 4, "1.000");
    FIELD("INGST", 5, "90.0"); /* east */
    FIELD("INGST", 6, "1.000");
    FIELD("INGST", 7, "2.000");
    FIELD("INGST", 8, "3.000");
    p.variance_east_m2 = p.variance_north_m2 = 5;
    p.covariance_m2 = -4;
    write_lines(&p);
    FIELD("INGST", 3, "3.000");
    FIELD("INGST", 4, "1.000");
    FIELD("INGST", 5, "135.0"); /* north of west, south of east */
}
END_TEST

START_TEST (what_it_is_worth) {
    static const struct {
        fusion_mode mode;
        bool usable;
        const char *quality, *status, *mode_word, *safety;
    } cases[] = {
        {MODE_NOMINAL, true, "1", "A", "A", "S"},         {MODE_NOMINAL, false, "1", "A", "A", "U"},
        {MODE_DEGRADED, true, "1", "A", "A", "S"},        {MODE_DEAD_RECKONING, true, "6", "A", "E", "S"},
        {MODE_DEAD_RECKONING, false, "6", "A", "E", "U"}, {MODE_LOST, true, "0", "V", "N", "V"},
        {MODE_INITIALIZING, true, "0", "V", "N", "V"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nmea_pose p = whole;
        p.mode = cases[i].mode;
        p.usable = cases[i].usable;
        write_lines(&p);
        FIELD("INGGA", 6, cases[i].quality);
        FIELD("INRMC", 2, cases[i].status);
        FIELD("INRMC", 12, cases[i].mode_word);
        FIELD("INRMC", 13, cases[i].safety);
        bool none = *cases[i].quality == '0';
        ck_assert_int_eq(*field("INGGA", 2) == '\0', none);
        ck_assert_int_eq(*field("INRMC", 3) == '\0', none);
        ck_assert_int_eq(*field("INGST", 6) == '\0', none);
        ck_assert_int_eq(*field("INHDT", 1) == '\0', none);
        FIELD("INRMC", 9, "120526");
    }
}
END_TEST

START_TEST (what_is_not_known_is_empty) {
    nmea_pose p = whole;
    p.height_m = p.v_east_mps = p.heading_rad = p.variance_east_m2 = p.variance_up_m2 = NAN;
    write_lines(&p);
    ck_assert(strstr(text, "nan") == NULL);
    FIELD("INGGA", 9, "");
    FIELD("INGGA", 11, "");
    FIELD("INRMC", 7, "");
    FIELD("INRMC", 8, "");
    FIELD("INGST", 3, "");
    FIELD("INHDT", 1, "");
    p = whole;
    p.v_east_mps = p.v_north_mps = 0.1; /* at rest a course is noise */
    write_lines(&p);
    FIELD("INRMC", 8, "");
}
END_TEST

START_TEST (edges_of_degrees_and_days) {
    nmea_pose p = whole;
    p.latitude_deg = 47.99999999999;
    p.longitude_deg = 0.0;
    p.stamp_ns = 1778630399999999999; /* the last moment of a day */
    write_lines(&p);
    FIELD("INGGA", 2, "4800.000000");
    FIELD("INGGA", 4, "00000.000000");
    FIELD("INGGA", 5, "E");
    FIELD("INGGA", 1, "235959.99");
    p.stamp_ns = -1;
    write_lines(&p);
    FIELD("INGGA", 1, "235959.99");
    FIELD("INRMC", 9, "311269");
}
END_TEST

START_TEST (our_own_reader_takes_them) {
    write_lines(&whole);
    for (char *c = strtok(text, "\r\n"); c; c = strtok(NULL, "\r\n")) {
        gnss_report r;
        *strchr(c, '*') = '\0';
        bool is_heading = strncmp(c, "$INHDT", 6) == 0;
        ck_assert_msg(nmea_parse(c + 1, &r) != is_heading, "%s", c);
        if (strncmp(c, "$INGGA", 6) == 0) {
            ck_assert_double_eq_tol(r.latitude_deg, whole.latitude_deg, 1e-8);
            ck_assert_double_eq_tol(r.longitude_deg, whole.longitude_deg, 1e-8);
            ck_assert_double_eq_tol(r.height_m, whole.height_m, 1e-3);
        }
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("sentences");
    tcase_add_test(t, every_sentence_has_its_checksum);
    tcase_add_test(t, a_pose);
    tcase_add_test(t, errors_are_an_ellipse);
    tcase_add_test(t, what_it_is_worth);
    tcase_add_test(t, what_is_not_known_is_empty);
    tcase_add_test(t, edges_of_degrees_and_days);
    tcase_add_test(t, our_own_reader_takes_them);
    return run_cases("nmea_pose", t);
}
