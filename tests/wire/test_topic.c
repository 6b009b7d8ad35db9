#include "tests/suite.h"
#include "wire/message.h"
#include "wire/topic.h"

#include <check.h>
#include <string.h>

static const struct {
    const char *legend;
    frame_kind kind;
    const char *source, *topic; /* topic NULL: refused */
} topics[] = {
    {"a plain one", FRAME_GNSS, "gnss/roof", "posed/v1/sensor/gnss/roof"},
    {"landmarks come from a camera", FRAME_LANDMARKS, "camera/front", "posed/v1/sensor/landmarks/front"},
    {"health too", FRAME_CAMERA_HEALTH, "camera/front", "posed/v1/sensor/camera_health/front"},
    {"all characters", FRAME_IMU, "imu/Aa0._-z", "posed/v1/sensor/imu/Aa0._-z"},
    {"a name that just fits", FRAME_IMU, "imu/a23456789b123456789c123456789d123456789e123",
     "posed/v1/sensor/imu/a23456789b123456789c123456789d123456789e123"},
    {"a name that is too long", FRAME_IMU, "imu/a23456789b123456789c123456789d123456789e1234", NULL},
    {"another kind's source", FRAME_GNSS, "imu/roof", NULL},
    {"a kind that only begins alike", FRAME_GNSS, "gnssx/roof", NULL},
    {"no name", FRAME_GNSS, "gnss/", NULL},
    {"no kind", FRAME_GNSS, "roof", NULL},
    {"nothing", FRAME_GNSS, "", NULL},
    {"a slash in the name", FRAME_GNSS, "gnss/a/b", NULL},
    {"a space in the name", FRAME_GNSS, "gnss/a b", NULL},
    {"not ASCII", FRAME_GNSS,
     "gnss/d\xc3\xa4"
     "ch",
     NULL},
    {"no such kind", FRAME_KIND_COUNT, "gnss/roof", NULL},
};

START_TEST (a_topic_is_made_and_taken_apart) {
    char topic[TOPIC_SIZE];
    bool made = topic_of_frame(topics[_i].kind, topics[_i].source, topic);
    ck_assert_msg(made == (topics[_i].topic != NULL), "%s", topics[_i].legend);
    if (!made)
        return;
    ck_assert_str_eq(topic, topics[_i].topic);
    frame_kind kind;
    char source[FRAME_SOURCE_NAME_SIZE];
    ck_assert(topic_parse_frame(topic, &kind, source));
    ck_assert_int_eq(kind, topics[_i].kind);
    ck_assert_str_eq(source, topics[_i].source);
}
END_TEST

static const char *const not_topics[] = {
    "",
    "posed/v1/pose",
    "posed/v1/sensor/",
    "posed/v1/sensor/gnss",
    "posed/v1/sensor/gnss/",
    "posed/v1/sensor//roof",
    "posed/v1/sensor/camera/front",
    "posed/v2/sensor/gnss/roof",
    "posed/v1/sensor/gnss/ro of",
    "posed/v1/sensor/gnss/roof/x",
    "/posed/v1/sensor/gnss/roof",
    "posed/v1/sensor/a_kind_word_that_is_far_too_long/roof",
    "posed/v1/sensor/gnss/a23456789b123456789c123456789d123456789e1234567",
};

START_TEST (what_is_no_sensor_topic_is_refused) {
    frame_kind kind;
    char source[FRAME_SOURCE_NAME_SIZE];
    ck_assert_msg(!topic_parse_frame(not_topics[_i], &kind, source), "\"%s\"", not_topics[_i]);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("topic");
    tcase_add_loop_test(tc, a_topic_is_made_and_taken_apart, 0, sizeof topics / sizeof *topics);
    tcase_add_loop_test(tc, what_is_no_sensor_topic_is_refused, 0, sizeof not_topics / sizeof *not_topics);
    return run_cases("topic", tc);
}
