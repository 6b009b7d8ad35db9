/* Settings: every default in its range, names, limits of the tables. */
#include "fusion/settings.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void in_range(const char *name, double value, double low, double high)
{
    ck_assert_msg(isfinite(value) && value >= low && value <= high, "%s: %g not in %g..%g", name, value, low,
                  high);
}

#define FLAG(name, value, meaning)

START_TEST (defaults_are_in_range) {
    static settings s;
    settings_default(&s);
#define NUM(name, unit, min, max, value, meaning) in_range(#name, s.filter.name, min, max);
#include "fusion/settings_filter.def"
#undef NUM
#define NUM(name, unit, min, max, value, meaning) in_range(#name, s.output.name, min, max);
#include "fusion/settings_output.def"
#undef NUM
    ck_assert(s.filter.earth_rotation);
    ck_assert_uint_eq(s.source_count, 0);
    ck_assert_uint_eq(s.landmark_count, 0);
    ck_assert_double_lt(s.filter.robust_probability, s.filter.gate_probability);
    for (int i = 0; i < ROAD_CLASS_COUNT; i++)
        ck_assert(s.alert[i].lateral_m > 0.0 && s.alert[i].longitudinal_m > 0.0 &&
                  s.alert[i].vertical_m > 0.0 && s.alert[i].heading_deg > 0.0);
}
END_TEST

START_TEST (source_defaults_are_in_range) {
    char name[FRAME_SOURCE_NAME_SIZE];
    source_settings s;
    snprintf(name, sizeof name, "%s/one", source_kind_word((source_kind)_i));
    ck_assert(source_settings_default(&s, name));
    ck_assert_int_eq(s.kind, _i);
    ck_assert_str_eq(s.name, name);
    ck_assert(s.enabled);
#define NUM(name, unit, min, max, value, meaning) in_range(#name, s.name, min, max);
#include "fusion/settings_source.def"
#undef NUM
#define NUM(name, unit, min, max, value, meaning) in_range(#name, of->name, min, max);
    if (s.kind == SOURCE_GNSS) {
        const gnss_settings *of = &s.of.gnss;
#include "fusion/settings_gnss.def"
    } else if (s.kind == SOURCE_IMU) {
        const imu_settings *of = &s.of.imu;
#include "fusion/settings_imu.def"
    } else if (s.kind == SOURCE_WHEEL) {
        const wheel_settings *of = &s.of.wheel;
#include "fusion/settings_wheel.def"
    } else if (s.kind == SOURCE_RADAR) {
        const radar_settings *of = &s.of.radar;
#include "fusion/settings_radar.def"
    } else if (s.kind == SOURCE_CAMERA) {
        const camera_settings *of = &s.of.camera;
#include "fusion/settings_camera.def"
    } else {
        const roadside_settings *of = &s.of.roadside;
#include "fusion/settings_roadside.def"
    }
#undef NUM
}
END_TEST

START_TEST (names_that_are_none) {
    static const char *const wrong[] = {
        "",
        "gnss",
        "/roof",
        "gnss/",
        "GNSS/roof",
        "lidar/top",
        "gnss roof",
        "gnss/0123456789012345678901234567890123456789012345678901234567890",
        "a kind that is longer than any name may be, by far and more/x",
    };
    source_settings s;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!source_settings_default(&s, wrong[i]), "\"%s\"", wrong[i]);
    /* the longest that fits with its NUL */
    char longest[FRAME_SOURCE_NAME_SIZE + 1] = "imu/";
    memset(longest + 4, 'x', FRAME_SOURCE_NAME_SIZE - 5);
    ck_assert(source_settings_default(&s, longest));
    longest[FRAME_SOURCE_NAME_SIZE - 1] = 'x';
    ck_assert(!source_settings_default(&s, longest));
}
END_TEST

START_TEST (find_and_add) {
    static settings s;
    settings_default(&s);
    ck_assert_ptr_null(settings_find_source(&s, "gnss/roof"));
    source_settings *first = settings_add_source(&s, "gnss/roof");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_eq(settings_add_source(&s, "gnss/roof"), first);
    ck_assert_uint_eq(s.source_count, 1);
    ck_assert_ptr_eq(settings_find_source(&s, "gnss/roof"), first);
    ck_assert_ptr_null(settings_add_source(&s, "sonar/roof"));
    ck_assert_uint_eq(s.source_count, 1);
    for (int i = 1; i < SETTINGS_MAX_SOURCES; i++) {
        char name[32];
        snprintf(name, sizeof name, "radar/%d", i);
        ck_assert_ptr_nonnull(settings_add_source(&s, name));
    }
    ck_assert_ptr_null(settings_add_source(&s, "radar/one_too_many"));
    ck_assert_ptr_eq(settings_add_source(&s, "gnss/roof"), first);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("settings");
    tcase_add_test(cases, defaults_are_in_range);
    tcase_add_loop_test(cases, source_defaults_are_in_range, 0, SOURCE_KIND_COUNT);
    tcase_add_test(cases, names_that_are_none);
    tcase_add_test(cases, find_and_add);
    return run_cases("settings", cases);
}
