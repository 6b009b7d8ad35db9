/* Bytes into the client's structs: held against our encoders, and refused where they break the rules. */
#include "client/decode.h"
#include "tests/suite.h"
#include "wire/message.h"
#include "wire/message_pb.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static unsigned char bytes[MESSAGE_MAX_SIZE];

static posed_v1_PoseEstimate a_pose(void)
{
    posed_v1_PoseEstimate m = posed_v1_PoseEstimate_init_zero;
    m.has_stamp_ns = true;
    m.stamp_ns = 12;
    m.based_on_ns = 11;
    m.expires_ns = 22;
    m.mode = posed_v1_Mode_MODE_DEGRADED;
    m.usable = true;
    m.latitude_deg = 52.5;
    m.longitude_deg = -10.25;
    m.height_m = 80;
    m.qw = 1;
    m.heading_rad = 1.5f;
    m.v_up_mps = -0.5f;
    m.accel_x_mps2 = 2;
    m.protection_along_m = NAN;
    m.protection_heading_rad = 0.5f;
    m.confidence = 0.75f;
    m.faults_count = 2;
    m.faults[0] = posed_v1_FaultCode_FAULT_CODE_JUMP;
    m.faults[1] = (posed_v1_FaultCode)999; /* a newer posed's */
    for (int i = 0; i < 21; i++)
        m.pose_covariance[i] = (float)i;
    for (int i = 0; i < 6; i++)
        m.velocity_covariance[i] = (float)(30 + i);
    return m;
}

static bool decode(const posed_v1_PoseEstimate *m, posed_pose *p, error *e)
{
    size_t size = pb_to_bytes(posed_v1_PoseEstimate_fields, m, bytes, sizeof bytes);
    ck_assert_uint_gt(size, 0);
    memset(p, 0xee, sizeof *p);
    e->text[0] = '\0';
    bool taken = decode_pose(bytes, size, p, e);
    ck_assert_int_eq(taken, e->text[0] == '\0');
    return taken;
}

START_TEST (a_pose_arrives_whole) {
    posed_v1_PoseEstimate m = a_pose();
    posed_pose p;
    error e;
    ck_assert_msg(decode(&m, &p, &e), "%s", e.text);
    ck_assert(p.stamp_ns == 12 && p.based_on_ns == 11 && p.expires_ns == 22);
    ck_assert(p.mode == POSED_MODE_DEGRADED && p.usable);
    ck_assert(p.latitude_deg == 52.5 && p.longitude_deg == -10.25 && p.height_m == 80);
    ck_assert(p.q_body_enu[3] == 1 && p.heading_rad == 1.5f && p.velocity_enu_mps[2] == -0.5f);
    ck_assert(p.accel_body_mps2[0] == 2 && isnan(p.protection_along_m) && p.protection_heading_rad == 0.5f);
    ck_assert(p.covariance[0][5] == 5 && p.covariance[5][0] == 5 && p.covariance[5][5] == 20);
    ck_assert(p.velocity_covariance[1][2] == 34 && p.velocity_covariance[2][1] == 34);
    ck_assert_uint_eq(p.fault_count, 2);
    ck_assert_str_eq(posed_fault_name(p.faults[0]), "JUMP");
    ck_assert_uint_eq(p.faults[1], 999);
    ck_assert_str_eq(posed_fault_name(p.faults[1]), "UNKNOWN");
}
END_TEST

START_TEST (a_pose_that_breaks_the_rules_is_refused) {
    posed_pose p;
    error e;
    posed_v1_PoseEstimate m;
#define REFUSED(change, says)                                                                                \
    do {                                                                                                     \
        m = a_pose();                                                                                        \
        change;                                                                                              \
        ck_assert_msg(!decode(&m, &p, &e), "taken: " #change);                                               \
        ck_assert_str_eq(e.text, "posed.v1.PoseEstimate: " says);                                            \
    } while (0)
    REFUSED(m.has_stamp_ns = false, "stamp_ns: missing, negative or after the year 2116");
    REFUSED(m.stamp_ns = -1, "stamp_ns: missing, negative or after the year 2116");
    REFUSED(m.expires_ns = -1, "expires_ns, based_on_ns: negative or after the year 2116");
    REFUSED(m.expires_ns = INT64_MAX, "expires_ns, based_on_ns: negative or after the year 2116");
    REFUSED(m.latitude_deg = NAN, "latitude_deg: not in -90..90");
    REFUSED(m.longitude_deg = 180.5, "longitude_deg: not in -180..180");
    REFUSED(m.height_m = INFINITY, "height_m: not a finite number");
    REFUSED(m.z_ecef_m = NAN, "x_ecef_m, y_ecef_m, z_ecef_m: not a finite number");
    REFUSED(m.qx = NAN, "qx, qy, qz, qw: not a finite number");
    REFUSED(m.heading_rad = NAN, "roll_rad, pitch_rad, heading_rad: not a finite number");
    REFUSED(m.v_up_mps = INFINITY, "v_east_mps, v_north_mps, v_up_mps: not a finite number");
    REFUSED(m.rate_y_radps = NAN, "rate_x_radps, rate_y_radps, rate_z_radps: not a finite number");
    REFUSED(m.accel_z_mps2 = NAN, "accel_x_mps2, accel_y_mps2, accel_z_mps2: not a finite number");
    REFUSED(m.pose_covariance[20] = NAN, "pose_covariance: not a finite number");
    REFUSED(m.velocity_covariance[5] = NAN, "velocity_covariance: not a finite number");
    REFUSED(m.pose_covariance[6] = -1, "pose_covariance, velocity_covariance: a negative variance");
    REFUSED(m.velocity_covariance[3] = -1, "pose_covariance, velocity_covariance: a negative variance");
    REFUSED(m.confidence = 1.5f, "confidence: not in 0..1");
    REFUSED(m.mode = (posed_v1_Mode)77, "mode: unknown, though the pose is usable");
}
END_TEST

START_TEST (a_pose_that_is_not_usable_may_be_unknown) {
    posed_v1_PoseEstimate m = a_pose();
    posed_pose p;
    error e;
    m.usable = false;
    m.mode = (posed_v1_Mode)77;
    m.latitude_deg = m.longitude_deg = m.height_m = m.x_ecef_m = NAN;
    m.qx = m.heading_rad = m.pose_covariance[0] = m.confidence = NAN;
    ck_assert_msg(decode(&m, &p, &e), "%s", e.text);
    ck_assert(p.mode == POSED_MODE_UNKNOWN && !p.usable && isnan(p.latitude_deg));
    m.v_up_mps = INFINITY;
    ck_assert(!decode(&m, &p, &e));
}
END_TEST

START_TEST (a_status_arrives_with_every_source) {
    static fusion_status s;
    static status_extra extra;
    static decoded_status d;
    const char *names[SETTINGS_MAX_SOURCES];
    s = (fusion_status){.stamp_ns = 3,
                        .mode = MODE_LOST,
                        .source_count = SETTINGS_MAX_SOURCES,
                        .system_fault_mask = UINT64_C(1) << FAULT_OVERLOAD,
                        .wheel_scale = 1.01f};
    extra = (status_extra){.started_ns = 5, .dropped = 6, .malformed = 7, .unauthenticated = 8};
    for (size_t i = 0; i < SETTINGS_MAX_SOURCES; i++) {
        names[i] = "radar/front";
        s.sources[i] = (fusion_source_status){.state = SOURCE_STATE_STALE, .frames = i, .latency_s = NAN};
        extra.sources[i] = (source_status_extra){i + 1, i + 2, i + 3, 99, 0.5f};
    }
    error e = {""};
    size_t size = message_encode_status(&s, names, 4, &extra, bytes, sizeof bytes);
    ck_assert_msg(decode_status(bytes, size, &d, &e), "%s", e.text);
    ck_assert(d.status.sequence == 4 && d.status.mode == POSED_MODE_LOST && d.status.wheel_scale == 1.01f);
    ck_assert(d.status.started_ns == 5 && d.status.dropped == 6 && d.status.malformed == 7 &&
              d.status.unauthenticated == 8);
    ck_assert_str_eq(posed_fault_name(d.status.faults[0]), "OVERLOAD");
    const posed_source *last = d.status.sources[31];
    ck_assert(last->frames == 31 && last->malformed == 32 && last->refused == 33 && last->dropped == 34);
    ck_assert(last->last_stamp_ns == 99 && last->age_s == 0.5f && isnan(last->latency_s));
    ck_assert_int_eq(last->state, POSED_SOURCE_STALE);
    ck_assert(!d.status.has_map && d.status.map.file[0] == '\0' && d.status.missed_count == 0);
}
END_TEST

START_TEST (a_status_names_the_map) {
    static decoded_status d;
    fusion_status s = {.stamp_ns = 3, .mode = MODE_NOMINAL, .missed_count = 2, .missed = {12, UINT64_MAX}};
    status_extra extra = {.started_ns = 5,
                          .map = {"Stra\xc3\x9f"
                                  "e 1.pmap",
                                  0xabcdef01, 4, 5, 6, 20000, 20100}};
    error e = {""};
    size_t size = message_encode_status(&s, NULL, 4, &extra, bytes, sizeof bytes);
    ck_assert_msg(decode_status(bytes, size, &d, &e), "%s", e.text);
    const posed_map *map = &d.status.map;
    ck_assert(d.status.has_map && map->checksum == 0xabcdef01 && map->has_survey);
    ck_assert_str_eq(map->file, extra.map.file);
    ck_assert(map->marks == 4 && map->lines == 5 && map->lanes == 6);
    ck_assert(map->first_survey_day == 20000 && map->last_survey_day == 20100);
    ck_assert(d.status.missed_count == 2 && d.status.missed[0] == 12 && d.status.missed[1] == UINT64_MAX);
    extra.map.first_day = INT32_MIN;
    size = message_encode_status(&s, NULL, 4, &extra, bytes, sizeof bytes);
    ck_assert(decode_status(bytes, size, &d, &e) && !d.status.map.has_survey);
    static const char *const refused[] = {"a\x1b[2J.pmap", "a\xc2\x9b.pmap", "a\n.pmap"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        strcpy(extra.map.file, refused[i]);
        e.text[0] = '\0';
        size = message_encode_status(&s, NULL, 4, &extra, bytes, sizeof bytes);
        ck_assert(!decode_status(bytes, size, &d, &e));
        ck_assert_str_eq(e.text, "posed.v1.Status: map.file: not printable");
    }
}
END_TEST

START_TEST (names_are_fit_for_a_terminal) {
    static decoded_status d;
    posed_fault f;
    error e = {""};
    fault_event event = {.stamp_ns = 1};
    size_t size = message_encode_fault(&event, "gnss/\x1b[2J", 1, bytes, sizeof bytes);
    ck_assert(!decode_fault(bytes, size, &f, &e));
    ck_assert_str_eq(e.text, "posed.v1.Fault: source: not printable");
    e.text[0] = '\0';
    ck_assert(!decode_fault(bytes, message_encode_fault(&event, "", 1, bytes, sizeof bytes), &f, &e));
    ck_assert_str_eq(e.text, "posed.v1.Fault: source: missing");
    posed_v1_Status m = posed_v1_Status_init_zero;
    m.has_stamp_ns = true;
    strcpy(m.version, "1\n2");
    e.text[0] = '\0';
    ck_assert(!decode_status(bytes, pb_to_bytes(posed_v1_Status_fields, &m, bytes, sizeof bytes), &d, &e));
    ck_assert_str_eq(e.text, "posed.v1.Status: version: not printable");
}
END_TEST

START_TEST (a_verdict_has_as_many_variances_as_values) {
    posed_v1_Verdict m = posed_v1_Verdict_init_zero;
    posed_verdict v;
    error e = {""};
    m.has_stamp_ns = true;
    strcpy(m.source, "gnss/roof");
    m.innovation_count = 3;
    m.variance_count = 3;
    m.variance[2] = 4;
    m.reason = posed_v1_Reason_REASON_LATE;
    ck_assert_msg(
        decode_verdict(bytes, pb_to_bytes(posed_v1_Verdict_fields, &m, bytes, sizeof bytes), &v, &e), "%s",
        e.text);
    ck_assert(v.value_count == 3 && v.variance[2] == 4);
    ck_assert_str_eq(posed_reason_name(v.reason), "late");
    m.variance_count = 2;
    ck_assert(!decode_verdict(bytes, pb_to_bytes(posed_v1_Verdict_fields, &m, bytes, sizeof bytes), &v, &e));
}
END_TEST

/* Cut off anywhere a message is refused, or is one that could have been sent: never read beyond its end. */
START_TEST (a_message_may_end_anywhere) {
    static decoded_status d;
    fusion_status s = {.stamp_ns = 3, .mode = MODE_LOST, .source_count = 1};
    const char *const names[] = {"radar/front"};
    status_extra extra = {.started_ns = 5};
    size_t size = message_encode_status(&s, names, 4, &extra, bytes, sizeof bytes);
    for (size_t i = 0; i < size; i++) {
        unsigned char *exact = malloc(i + 1);
        memcpy(exact, bytes, i);
        error e = {""};
        bool taken = decode_status(exact, i, &d, &e);
        ck_assert_int_eq(taken, e.text[0] == '\0');
        free(exact);
    }
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("decode");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_pose_arrives_whole);
    tcase_add_test(tc, a_pose_that_breaks_the_rules_is_refused);
    tcase_add_test(tc, a_pose_that_is_not_usable_may_be_unknown);
    tcase_add_test(tc, a_status_arrives_with_every_source);
    tcase_add_test(tc, a_status_names_the_map);
    tcase_add_test(tc, names_are_fit_for_a_terminal);
    tcase_add_test(tc, a_verdict_has_as_many_variances_as_values);
    tcase_add_test(tc, a_message_may_end_anywhere);
    return run_cases("decode", tc);
}
