/*
 * What topics carry, and the head of each message: of all that the encoders make.
 */
#include "tests/suite.h"
#include "tests/wire/sample_frames.h"
#include "wire/message_head.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { STAMP = 1234567890, RECEIVED = STAMP + 77, SEQUENCE = 4711 };

static unsigned char buffer[MESSAGE_MAX_SIZE];

START_TEST (frames_are_read) {
    uint64_t random = 88172645463325252;
    frame_kind kind = (frame_kind)_i;
    frame f;
    char topic[TOPIC_SIZE];
    sample_frame(&random, kind, &f);
    f.stamp_ns = STAMP;
    f.received_ns = RECEIVED;
    f.sequence = SEQUENCE;
    ck_assert(topic_of_frame(kind, sample_source(kind), topic));
    size_t size = message_encode_frame(&f, sample_source(kind), buffer, sizeof buffer);
    topic_content c;
    message_head h;
    error e = {""};
    ck_assert(topic_content_find(topic, &c) && c.use == TOPIC_IS_FRAME && c.kind == kind);
    ck_assert_str_eq(c.source, sample_source(kind));
    ck_assert_str_eq(c.message, message_name_of_frame(kind));
    ck_assert_msg(message_head_read(&c, buffer, size, &h, &e), "%s", e.text);
    ck_assert(h.sequence == SEQUENCE && h.stamp_ns == STAMP && h.received_ns == RECEIVED);
    char *last = topic + strlen(topic) - 1; /* another source's topic */
    *last = *last == 'x' ? 'y' : 'x';
    ck_assert(topic_content_find(topic, &c) && !message_head_read(&c, buffer, size, &h, &e));
    ck_assert_msg(strstr(e.text, "under the topic of") != NULL, "%s", e.text);
}
END_TEST

static size_t encode(topic_use use)
{
    static const fusion_pose pose = {.sequence = SEQUENCE, .stamp_ns = STAMP};
    static const verdict v = {.sequence = SEQUENCE, .stamp_ns = STAMP};
    static const fault_event fault = {.stamp_ns = STAMP, .code = FAULT_LATE};
    static const fusion_status status = {.stamp_ns = STAMP};
    static const truth_point truth = {.sequence = SEQUENCE, .stamp_ns = STAMP};
    switch (use) {
    case TOPIC_IS_POSE:
        return message_encode_live_pose(&pose, STAMP + 5, buffer, sizeof buffer);
    case TOPIC_IS_TRACK:
        return message_encode_pose(&pose, buffer, sizeof buffer);
    case TOPIC_IS_VERDICT:
        return message_encode_verdict(&v, "gnss/roof", buffer, sizeof buffer);
    case TOPIC_IS_STATUS:
        return message_encode_status(&status, NULL, SEQUENCE, NULL, buffer, sizeof buffer);
    case TOPIC_IS_FAULT:
        return message_encode_fault(&fault, "system", SEQUENCE, buffer, sizeof buffer);
    case TOPIC_IS_TRUTH:
        return message_encode_truth(&truth, buffer, sizeof buffer);
    default:
        return 0;
    }
}

static const char *const topics[] = {
    [TOPIC_IS_POSE] = TOPIC_POSE,     [TOPIC_IS_TRACK] = TOPIC_TRACK, [TOPIC_IS_VERDICT] = TOPIC_VERDICT,
    [TOPIC_IS_STATUS] = TOPIC_STATUS, [TOPIC_IS_FAULT] = TOPIC_FAULT, [TOPIC_IS_TRUTH] = TOPIC_TRUTH,
};

START_TEST (results_are_read) {
    topic_content c;
    message_head h;
    error e = {""};
    size_t size = encode((topic_use)_i);
    ck_assert_uint_gt(size, 0);
    ck_assert(topic_content_find(topics[_i], &c) && c.use == (topic_use)_i && c.source[0] == '\0');
    ck_assert_msg(message_head_read(&c, buffer, size, &h, &e), "%s", e.text);
    ck_assert(h.sequence == SEQUENCE && h.stamp_ns == STAMP && h.received_ns == STAMP);
    for (size_t cut = 0; cut < size; cut++) { /* never beyond the end; where a field ends, it is whole */
        if (message_head_read(&c, buffer, cut, &h, NULL))
            ck_assert_int_eq(h.stamp_ns, STAMP);
    }
    ck_assert(!message_head_read(&c, buffer, 0, &h, &e));
    ck_assert_msg(strstr(e.text, "stamp_ns: missing") != NULL, "%s", e.text);
}
END_TEST

START_TEST (nothing_else_is_ours) {
    static const char *const others[] = {"",
                                         "posed/v1/",
                                         "posed/v1/poses",
                                         "posed/v1/pos",
                                         "posed/v2/pose",
                                         "posed/v1/sensor/sonar/a",
                                         "posed/v1/sensor/imu/",
                                         "other"};
    topic_content c;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ck_assert_msg(!topic_content_find(others[i], &c), "%s", others[i]);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("head");
    tcase_add_loop_test(tc, frames_are_read, 0, FRAME_KIND_COUNT);
    tcase_add_loop_test(tc, results_are_read, TOPIC_IS_POSE, TOPIC_USE_COUNT);
    tcase_add_test(tc, nothing_else_is_ours);
    return run_cases("message head", tc);
}
