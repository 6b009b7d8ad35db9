/* Near misses and units. */
#include "config/suggest.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static const struct {
    const char *legend, *a, *b;
    size_t distance;
} distances[] = {
    {"equal", "gnss", "gnss", 0},
    {"case", "GNSS", "gnss", 0},
    {"both empty", "", "", 0},
    {"one empty", "", "abc", 3},
    {"insertion", "gnss", "gnsss", 1},
    {"deletion", "window_s", "windw_s", 1},
    {"replacement", "latency", "latemcy", 1},
    {"swap", "radar", "radra", 1},
    {"swap at the start", "ab", "ba", 1},
    {"no swap across a letter", "ca", "abc", 3}, /* the restricted distance; the unrestricted one is 2 */
    {"unlike", "kitten", "sitting", 3},
    {"over the limit", "abcdefghijklmn", "opqrstuvwxyz", 10},
    {"too long", "a234567890123456789012345678901234567890123456789012345678901234", "a", 10},
};

START_TEST (distance) {
    size_t there = config_distance(distances[_i].a, distances[_i].b, 10);
    size_t back = config_distance(distances[_i].b, distances[_i].a, 10);
    ck_assert_msg(there == distances[_i].distance, "%s: %zu", distances[_i].legend, there);
    ck_assert_msg(back == there, "%s: not symmetric, %zu", distances[_i].legend, back);
}
END_TEST

START_TEST (nearest) {
    config_nearest n = {.word = "pose_rte_hz"};
    config_nearest_offer(&n, "status_rate_hz");
    config_nearest_offer(&n, "pose_rate_hz");
    config_nearest_offer(&n, "zebra");
    ck_assert_str_eq(n.best, "pose_rate_hz");
    n = (config_nearest){.word = "foo"};
    config_nearest_offer(&n, "mount");
    ck_assert_ptr_null(n.best);
}
END_TEST

static const struct {
    const char *legend, *key, *unit, *written, *value;
    config_hint hint;
    const char *text;
} hints[] = {
    {"converted", "latency_s", "s", "latency_ms", "90", CONFIG_HINT_SAME_KIND,
     "this setting is in seconds: latency_s: 0.09"},
    {"value with a unit", "latency_s", "s", "latency_ms", "90 ms", CONFIG_HINT_SAME_KIND,
     "this setting is in seconds: latency_s: 0.09"},
    {"no value", "latency_s", "s", "latency_us", NULL, CONFIG_HINT_SAME_KIND,
     "this setting is in seconds: latency_s"},
    {"value is a word", "latency_s", "s", "latency_ms", "long", CONFIG_HINT_SAME_KIND,
     "this setting is in seconds: latency_s"},
    {"miles", "max_speed_mps", "m/s", "max_speed_mph", "100", CONFIG_HINT_SAME_KIND,
     "this setting is in m/s: max_speed_mps: 44.704"},
    {"two words of unit", "gyro_noise_radps_rthz", "rad/s/sqrt(Hz)", "gyro_noise_dps_rthz", "1",
     CONFIG_HINT_SAME_KIND, "this setting is in rad/s/sqrt(Hz): gyro_noise_radps_rthz: 0.0174533"},
    {"another kind", "latency_s", "s", "latency_m", "3", CONFIG_HINT_OTHER_KIND,
     "this setting is in seconds: latency_s"},
    {"no unit", "latency_s", "s", "latency", "3", CONFIG_HINT_OTHER_KIND,
     "the unit is missing, this setting is in seconds: latency_s"},
    {"another stem", "latency_s", "s", "lateness_ms", "3", CONFIG_HINT_NONE, ""},
    {"a longer stem", "latency_s", "s", "latency_sigma_ms", "3", CONFIG_HINT_NONE, ""},
    {"only a unit", "latency_s", "s", "_ms", "3", CONFIG_HINT_NONE, ""},
    {"neither has a unit", "min_score", "1", "min_scor", "3", CONFIG_HINT_NONE, ""},
};

START_TEST (hint) {
    char text[CONFIG_HINT_SIZE] = "";
    const config_key key = {hints[_i].key, CONFIG_NUMBER, 0, hints[_i].unit, 0, 1, ""};
    config_hint found = config_unit_hint(text, &key, hints[_i].written, hints[_i].value);
    ck_assert_msg(found == hints[_i].hint, "%s: %d", hints[_i].legend, found);
    ck_assert_msg(strcmp(text, hints[_i].text) == 0, "%s: %s", hints[_i].legend, text);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("suggest");
    tcase_add_loop_test(cases, distance, 0, sizeof distances / sizeof *distances);
    tcase_add_test(cases, nearest);
    tcase_add_loop_test(cases, hint, 0, sizeof hints / sizeof *hints);
    return run_cases("config suggest", cases);
}
