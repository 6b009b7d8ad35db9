/* Frames: names, who may send what, and the bytes that carry meaning. */
#include "fusion/frame.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

START_TEST (words) {
    frame_kind kind;
    for (int i = 0; i < FRAME_KIND_COUNT; i++) {
        const char *word = frame_kind_word((frame_kind)i);
        ck_assert(word && frame_kind_find(word, &kind));
        ck_assert_int_eq(kind, i);
        ck_assert_int_lt(frame_kind_source((frame_kind)i), SOURCE_KIND_COUNT);
    }
    source_kind source;
    for (int i = 0; i < SOURCE_KIND_COUNT; i++) {
        const char *word = source_kind_word((source_kind)i);
        ck_assert(word && source_kind_find(word, &source));
        ck_assert_int_eq(source, i);
    }
}
END_TEST

START_TEST (not_a_word) {
    static const char *const wrong[] = {"", "GNSS", "gnss ", "gns", "gnss/roof", "truth"};
    frame_kind kind;
    source_kind source;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert(!frame_kind_find(wrong[i], &kind));
        ck_assert(!source_kind_find(wrong[i], &source));
    }
    ck_assert_ptr_null(frame_kind_word(FRAME_KIND_COUNT));
    ck_assert_ptr_null(frame_kind_word((frame_kind)-1));
    ck_assert_ptr_null(source_kind_word(SOURCE_KIND_COUNT));
}
END_TEST

START_TEST (who_may_send) {
    ck_assert_int_eq(frame_kind_source(FRAME_GNSS), SOURCE_GNSS);
    ck_assert_int_eq(frame_kind_source(FRAME_LANDMARKS), SOURCE_CAMERA);
    ck_assert_int_eq(frame_kind_source(FRAME_LANES), SOURCE_CAMERA);
    ck_assert_int_eq(frame_kind_source(FRAME_CAMERA_HEALTH), SOURCE_CAMERA);
    ck_assert_int_eq(frame_kind_source(FRAME_ROADSIDE), SOURCE_ROADSIDE);
}
END_TEST

static frame of_kind(frame_kind kind)
{
    frame f;
    memset(&f, 0, sizeof f);
    f.kind = (uint8_t)kind;
    return f;
}

START_TEST (used_size_of_values) {
    frame f = of_kind(FRAME_GNSS);
    ck_assert_uint_eq(frame_used_size(&f), offsetof(frame, u) + sizeof(frame_gnss));
    f = of_kind(FRAME_IMU);
    ck_assert_uint_eq(frame_used_size(&f), offsetof(frame, u) + sizeof(frame_imu));
    f = of_kind(FRAME_KIND_COUNT);
    ck_assert_uint_eq(frame_used_size(&f), offsetof(frame, u));
}
END_TEST

/* A list ends after its last used element, and never outside the frame. */
START_TEST (used_size_of_lists) {
    frame f = of_kind(FRAME_RADAR);
    ck_assert_uint_eq(frame_used_size(&f), (size_t)((char *)&f.u.radar.detections[0] - (char *)&f));
    f.u.radar.count = 7;
    ck_assert_uint_eq(frame_used_size(&f), (size_t)((char *)&f.u.radar.detections[7] - (char *)&f));
    f.u.radar.count = FRAME_MAX_DETECTIONS;
    ck_assert_uint_le(frame_used_size(&f), sizeof f);
    f = of_kind(FRAME_LANDMARKS);
    f.u.landmarks.count = FRAME_MAX_LANDMARKS;
    ck_assert_uint_eq(frame_used_size(&f),
                      (size_t)((char *)&f.u.landmarks.landmarks[FRAME_MAX_LANDMARKS] - (char *)&f));
    ck_assert_uint_le(frame_used_size(&f), sizeof f);
    f = of_kind(FRAME_LANES);
    f.u.lanes.count = FRAME_MAX_LANES;
    ck_assert_uint_eq(frame_used_size(&f), (size_t)((char *)&f.u.lanes.lanes[FRAME_MAX_LANES] - (char *)&f));
}
END_TEST

/* A count beyond the list, as a damaged message may have it, does not reach past the frame. */
START_TEST (count_beyond_the_list) {
    static const frame_kind lists[] = {FRAME_RADAR, FRAME_LANDMARKS, FRAME_LANES};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        frame f = of_kind(lists[i]);
        f.u.radar.count = UINT16_MAX; /* the count stands first in each list */
        ck_assert_uint_le(frame_used_size(&f), sizeof f);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("frame");
    tcase_add_test(cases, words);
    tcase_add_test(cases, not_a_word);
    tcase_add_test(cases, who_may_send);
    tcase_add_test(cases, used_size_of_values);
    tcase_add_test(cases, used_size_of_lists);
    tcase_add_test(cases, count_beyond_the_list);
    return run_cases("frame", cases);
}
