/*
 * Which frames are played.
 */
#include "daemon/replay/frame_filter.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static settings *four_sources(void)
{
    settings *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    settings_default(s);
    ck_assert_ptr_nonnull(settings_add_source(s, "gnss/ublox"));
    ck_assert_ptr_nonnull(settings_add_source(s, "gnss/qcom"));
    ck_assert_ptr_nonnull(settings_add_source(s, "camera/front"));
    ck_assert_ptr_nonnull(settings_add_source(s, "radar/front"));
    return s;
}

static frame frame_of(uint16_t source, frame_kind kind, int64_t stamp_ns, int64_t received_ns)
{
    frame f;
    memset(&f, 0, sizeof f);
    f.source = source;
    f.kind = (uint8_t)kind;
    f.stamp_ns = stamp_ns;
    f.received_ns = received_ns;
    return f;
}

/* word, what it selects of (source, kind): ublox gnss, qcom gnss, camera landmarks, camera lanes, radar */
static const struct {
    const char *word;
    bool resolved;
    bool has[5];
} selections[] = {
    {"gnss", true, {true, true, false, false, false}},
    {"gnss/ublox", true, {true, false, false, false, false}},
    {"ublox", true, {true, false, false, false, false}},
    {"qcom", true, {false, true, false, false, false}},
    {"camera", true, {false, false, true, true, false}},
    {"landmarks", true, {false, false, true, false, false}},
    {"lanes", true, {false, false, false, true, false}},
    {"radar", true, {false, false, false, false, true}},
    {"imu", true, {false, false, false, false, false}}, /* a kind without sources is fine */
    {"front", false, {0}},                              /* two of them */
    {"gnss/front", false, {0}},
    {"ublo", false, {0}},
    {"", false, {0}},
};

START_TEST (words_select) {
    const frame frames[] = {frame_of(0, FRAME_GNSS, 0, 0), frame_of(1, FRAME_GNSS, 0, 0),
                            frame_of(2, FRAME_LANDMARKS, 0, 0), frame_of(2, FRAME_LANES, 0, 0),
                            frame_of(3, FRAME_RADAR, 0, 0)};
    frame_selection selection;
    error e = {""};
    settings *s = four_sources();
    ck_assert_msg(frame_selection_resolve(selections[_i].word, s, &selection, &e) == selections[_i].resolved,
                  "\"%s\": %s", selections[_i].word, e.text);
    for (size_t k = 0; selections[_i].resolved && k < 5; k++)
        ck_assert_msg(frame_selection_has(&selection, &frames[k]) == selections[_i].has[k],
                      "\"%s\", frame %zu", selections[_i].word, k);
    free(s);
}
END_TEST

START_TEST (refusals_list_what_there_is) {
    frame_selection selection;
    error unknown = {""}, twice = {""};
    settings *s = four_sources();
    ck_assert(!frame_selection_resolve("ublo", s, &selection, &unknown));
    ck_assert_str_eq(unknown.text, "there is no source or kind \"ublo\" here; there are: gnss/ublox, "
                                   "gnss/qcom, camera/front, radar/front");
    ck_assert(!frame_selection_resolve("front", s, &selection, &twice));
    ck_assert_str_eq(twice.text, "\"front\" may be any of: camera/front, radar/front");
    free(s);
}
END_TEST

START_TEST (intervals_are_half_open) {
    frame_filter filter;
    error e = {""};
    settings *s = four_sources();
    frame_filter_init(&filter);
    frame f = frame_of(0, FRAME_GNSS, 100, 5000);
    ck_assert(frame_filter_passes(&filter, &f));
    ck_assert(frame_selection_resolve("ublox", s, &filter.drops[0].selection, &e));
    filter.drop_count = 1;
    filter.drops[0].from_ns = 100; /* by stamp: the reception at 5000 does not matter */
    filter.drops[0].to_ns = 200;
    const struct {
        int64_t stamp;
        bool passes;
    } rows[] = {{99, true}, {100, false}, {199, false}, {200, true}};
    for (size_t i = 0; i < 4; i++) {
        f.stamp_ns = rows[i].stamp;
        ck_assert_int_eq(frame_filter_passes(&filter, &f), rows[i].passes);
        f.source = 1; /* the other receiver is not dropped */
        ck_assert(frame_filter_passes(&filter, &f));
        f.source = 0;
    }
    filter.drop_count = 0;
    filter.from_ns = 100;
    filter.to_ns = 200;
    for (size_t i = 0; i < 4; i++) {
        f.stamp_ns = rows[i].stamp;
        ck_assert_int_eq(frame_filter_passes(&filter, &f), !rows[i].passes);
    }
    free(s);
}
END_TEST

/* A camera is silent when landmarks, lanes and health are all left out, not before. */
START_TEST (silence) {
    const char *const words[] = {"landmarks", "lanes", "camera_health"};
    frame_filter filter;
    error e = {""};
    settings *s = four_sources();
    frame_filter_init(&filter);
    for (size_t i = 0; i < 3; i++) {
        ck_assert(!frame_filter_silences(&filter, 2, SOURCE_CAMERA));
        ck_assert(frame_selection_resolve(words[i], s, &filter.without[filter.without_count++], &e));
    }
    ck_assert(frame_filter_silences(&filter, 2, SOURCE_CAMERA));
    ck_assert(!frame_filter_silences(&filter, 0, SOURCE_GNSS));
    free(s);
}
END_TEST

int main(void)
{
    TCase *all = tcase_create("frame_filter");
    tcase_add_loop_test(all, words_select, 0, (int)(sizeof selections / sizeof *selections));
    tcase_add_test(all, refusals_list_what_there_is);
    tcase_add_test(all, intervals_are_half_open);
    tcase_add_test(all, silence);
    return run_cases("frame_filter", all);
}
