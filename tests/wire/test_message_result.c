/* What posed says: read back, and held against what nanopb would have written. */
#include "tests/suite.h"
#include "wire/message.h"
#include "wire/message_pb.h"

#include <check.h>
#include <math.h>
#include <string.h>

static unsigned char bytes[MESSAGE_MAX_SIZE];

START_TEST (a_truth_point_comes_back) {
    truth_point t = {.stamp_ns = 5,
                     .sequence = 9,
                     .latitude_rad = 0.5,
                     .longitude_rad = -2.0,
                     .height_m = 31.6,
                     .velocity_enu_mps = {1, 2, NAN},
                     .roll_rad = NAN,
                     .pitch_rad = 0.1f,
                     .heading_rad = 3.0f,
                     .sigma_m = NAN};
    truth_point b;
    error e = {""};
    size_t size = message_encode_truth(&t, bytes, sizeof bytes);
    ck_assert_msg(message_decode_truth(bytes, size, &b, &e), "%s", e.text);
    ck_assert_double_eq_tol(b.latitude_rad, t.latitude_rad, 1e-15);
    ck_assert_double_eq_tol(b.longitude_rad, t.longitude_rad, 1e-15);
    b.latitude_rad = t.latitude_rad;
    b.longitude_rad = t.longitude_rad;
    ck_assert_int_eq(b.stamp_ns, 5);
    ck_assert_uint_eq(b.sequence, 9);
    ck_assert_double_eq(b.height_m, 31.6);
    ck_assert_mem_eq(b.velocity_enu_mps, t.velocity_enu_mps, sizeof t.velocity_enu_mps);
    ck_assert_mem_eq(&b.roll_rad, &t.roll_rad, 4 * sizeof(float)); /* roll, pitch, heading, sigma */
    t.latitude_rad = NAN;
    size = message_encode_truth(&t, bytes, sizeof bytes);
    ck_assert(!message_decode_truth(bytes, size, &b, &e));
    ck_assert_str_eq(e.text, "posed.v1.Truth: latitude_deg: not a finite number");
}
END_TEST

static fusion_pose a_pose(void)
{
    fusion_pose p = {.stamp_ns = 12,
                     .based_on_ns = 11,
                     .position_ecef_m = {-2.7e6, -4.2e6, 3.9e6},
                     .latitude_rad = 0.6,
                     .longitude_rad = -2.1,
                     .height_m = 30,
                     .q_body_enu = {0, 0, 0.6f, 0.8f},
                     .roll_rad = 0.01f,
                     .pitch_rad = -0.02f,
                     .heading_rad = 1,
                     .velocity_enu_mps = {3, 4, 0},
                     .rate_body_radps = {0.1f, 0.2f, 0.3f},
                     .accel_body_mps2 = {0, -1, 2},
                     .confidence = 0.75f,
                     .lane_id = 10000113,
                     .lane_probability = 0.875f,
                     .protection_along_m = 3.0f,
                     .protection_cross_m = 2.0f,
                     .protection_vertical_m = 4.0f,
                     .protection_heading_rad = 0.125f,
                     .protection_horizontal_m = 3.5f,
                     .alert_along_m = 1.5f,
                     .alert_cross_m = 0.5f,
                     .alert_vertical_m = 1.25f,
                     .alert_heading_rad = 0.0625f,
                     .reset_m = 0.25f,
                     .sequence = 3,
                     .resets = 1,
                     .mode = MODE_DEGRADED,
                     .usable = true,
                     .fault_count = 2,
                     .faults = {FAULT_SLIP, FAULT_NO_FIX}};
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j++)
            p.covariance[i][j] = (float)(10 * (i < j ? i : j) + (i < j ? j : i));
    }
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            p.velocity_covariance[i][j] = (float)(i + j);
    }
    return p;
}

START_TEST (a_pose_is_written_as_nanopb_would) {
    fusion_pose p = a_pose(), b;
    memset(&b, 0xee, sizeof b);
    size_t size = message_encode_pose(&p, bytes, sizeof bytes);
    ck_assert_uint_gt(size, 0);
    posed_v1_PoseEstimate m = posed_v1_PoseEstimate_init_zero;
    pb_istream_t stream = pb_istream_from_buffer(bytes, size);
    ck_assert(pb_decode(&stream, posed_v1_PoseEstimate_fields, &m));
    unsigned char again[posed_v1_PoseEstimate_size];
    ck_assert_uint_eq(pb_to_bytes(posed_v1_PoseEstimate_fields, &m, again, sizeof again), size);
    ck_assert_mem_eq(again, bytes, size);
    ck_assert_uint_eq(m.faults[0], 60);
    ck_assert_float_eq(m.protection_heading_rad, p.protection_heading_rad);
    ck_assert_float_eq(m.protection_horizontal_m, p.protection_horizontal_m);
    ck_assert_float_eq(m.alert_heading_rad, p.alert_heading_rad);
    ck_assert_float_eq(m.pose_covariance[20], p.covariance[5][5]);
    ck_assert_uint_eq(message_encode_pose(&p, bytes, size - 1), 0);
    error e = {""};
    ck_assert_msg(message_decode_pose(again, size, &b, &e), "%s", e.text);
    ck_assert_double_eq_tol(b.latitude_rad, p.latitude_rad, 1e-15);
    ck_assert_mem_eq(b.covariance, p.covariance, sizeof p.covariance);
    ck_assert(b.protection_cross_m == 2 && b.alert_along_m == 1.5f && b.alert_vertical_m == 1.25f &&
              b.reset_m == 0.25f);
    ck_assert_mem_eq(b.velocity_covariance, p.velocity_covariance, sizeof p.velocity_covariance);
    ck_assert_mem_eq(b.position_ecef_m, p.position_ecef_m, sizeof p.position_ecef_m);
    ck_assert_mem_eq(b.q_body_enu, p.q_body_enu, sizeof p.q_body_enu);
    ck_assert_uint_eq(b.fault_count, 2);
    ck_assert_mem_eq(b.faults, p.faults, 2);
    ck_assert_uint_eq(b.mode, MODE_DEGRADED);
    ck_assert_uint_eq(b.lane_id, 10000113);
    ck_assert_float_eq(b.lane_probability, 0.875f);
    ck_assert(b.usable && b.stamp_ns == 12 && b.based_on_ns == 11 && b.sequence == 3 && b.resets == 1);
}
END_TEST

START_TEST (a_pose_of_zeros_is_written_as_nanopb_would) {
    fusion_pose p = {.mode = MODE_INITIALIZING};
    size_t size = message_encode_pose(&p, bytes, sizeof bytes);
    posed_v1_PoseEstimate m = posed_v1_PoseEstimate_init_zero;
    pb_istream_t stream = pb_istream_from_buffer(bytes, size);
    ck_assert(pb_decode(&stream, posed_v1_PoseEstimate_fields, &m));
    unsigned char again[posed_v1_PoseEstimate_size];
    ck_assert_uint_eq(pb_to_bytes(posed_v1_PoseEstimate_fields, &m, again, sizeof again), size);
    ck_assert_mem_eq(again, bytes, size);
}
END_TEST

START_TEST (a_live_pose_is_a_pose_that_expires) {
    fusion_pose p = a_pose();
    p.lane_id = 0; /* what comes behind the expiry */
    p.lane_probability = 0.0f;
    unsigned char final[posed_v1_PoseEstimate_size];
    size_t final_size = message_encode_pose(&p, final, sizeof final);
    ck_assert_uint_eq(message_encode_live_pose(&p, 0, bytes, sizeof bytes), final_size);
    ck_assert_mem_eq(bytes, final, final_size);
    size_t size = message_encode_live_pose(&p, 112, bytes, sizeof bytes);
    ck_assert_uint_eq(size, final_size + 10);
    posed_v1_PoseEstimate m = posed_v1_PoseEstimate_init_zero;
    pb_istream_t stream = pb_istream_from_buffer(bytes, size);
    ck_assert(pb_decode(&stream, posed_v1_PoseEstimate_fields, &m));
    ck_assert_int_eq(m.expires_ns, 112);
    unsigned char again[posed_v1_PoseEstimate_size];
    ck_assert_uint_eq(pb_to_bytes(posed_v1_PoseEstimate_fields, &m, again, sizeof again), size);
    ck_assert_mem_eq(bytes, again, size);
    m.expires_ns = 0; /* and all else is the same */
    ck_assert_uint_eq(pb_to_bytes(posed_v1_PoseEstimate_fields, &m, again, sizeof again), final_size);
    ck_assert_mem_eq(final, again, final_size);
}
END_TEST

START_TEST (a_usable_pose_is_finite) {
    fusion_pose p = a_pose(), b;
    error e = {""};
    p.velocity_enu_mps[1] = NAN;
    ck_assert(!message_decode_pose(bytes, message_encode_pose(&p, bytes, sizeof bytes), &b, &e));
    ck_assert_str_eq(e.text, "posed.v1.PoseEstimate: v_east_mps, v_north_mps, v_up_mps: not a finite number");
    p.usable = false;
    ck_assert(message_decode_pose(bytes, message_encode_pose(&p, bytes, sizeof bytes), &b, &e));
    p.covariance[0][0] = INFINITY;
    ck_assert(!message_decode_pose(bytes, message_encode_pose(&p, bytes, sizeof bytes), &b, NULL));
    p.mode = MODE_COUNT;
    ck_assert_uint_eq(message_encode_pose(&p, bytes, sizeof bytes), 0);
}
END_TEST

START_TEST (a_verdict_and_a_fault_carry_their_values) {
    verdict v = {.stamp_ns = 4,
                 .sequence = 2,
                 .quantity = QUANTITY_SPEED,
                 .decision = DECISION_REJECTED,
                 .reason = REASON_INNOVATION,
                 .dim = 1,
                 .innovation = {2},
                 .variance = {0.5f},
                 .nis = 8,
                 .limit = 6.6f};
    size_t size = message_encode_verdict(&v, "wheel/can", bytes, sizeof bytes);
    posed_v1_Verdict m = posed_v1_Verdict_init_zero;
    pb_istream_t stream = pb_istream_from_buffer(bytes, size);
    ck_assert(pb_decode(&stream, posed_v1_Verdict_fields, &m));
    ck_assert_str_eq(m.source, "wheel/can");
    ck_assert_uint_eq(m.innovation_count, 1);
    ck_assert_float_eq(m.innovation[0], 2.0f);
    ck_assert_int_eq(m.reason, posed_v1_Reason_REASON_INNOVATION);
    v.dim = 4;
    ck_assert_uint_eq(message_encode_verdict(&v, "wheel/can", bytes, sizeof bytes), 0);

    fault_event ev = {
        .stamp_ns = 9, .since_ns = 8, .code = FAULT_JUMP, .raised = true, .evidence = 30, .limit = NAN};
    size = message_encode_fault(&ev, "system", 6, bytes, sizeof bytes);
    posed_v1_Fault fault = posed_v1_Fault_init_zero;
    stream = pb_istream_from_buffer(bytes, size);
    ck_assert(pb_decode(&stream, posed_v1_Fault_fields, &fault));
    ck_assert_int_eq(fault.code, 21);
    ck_assert_int_eq(fault.severity, posed_v1_Severity_SEVERITY_ERROR);
    ck_assert(fault.raised && fault.sequence == 6 && fault.stamp_ns == 9 && fault.since_ns == 8);
    ck_assert(isnan(fault.limit));
    ev.code = FAULT_COUNT;
    ck_assert_uint_eq(message_encode_fault(&ev, "system", 6, bytes, sizeof bytes), 0);
}
END_TEST

START_TEST (a_status_carries_every_source) {
    static fusion_status s;
    static posed_v1_Status m;
    const char *names[SETTINGS_MAX_SOURCES];
    s = (fusion_status){.stamp_ns = 3,
                        .mode = MODE_NOMINAL,
                        .source_count = SETTINGS_MAX_SOURCES,
                        .system_fault_mask = UINT64_C(1) << FAULT_OVERLOAD,
                        .wheel_scale = 0.991f};
    for (size_t i = 0; i < s.source_count; i++) {
        names[i] = "roadside/crossing-with-a-name-that-just-fits-ok";
        s.sources[i] = (fusion_source_status){.state = SOURCE_STATE_ALIVE,
                                              .frames = UINT64_MAX,
                                              .used = i,
                                              .latency_s = NAN,
                                              .fault_mask = UINT64_MAX};
    }
    size_t size = message_encode_status(&s, names, 1, NULL, bytes, sizeof bytes);
    ck_assert_uint_gt(size, 0);
    pb_istream_t stream = pb_istream_from_buffer(bytes, size);
    ck_assert(pb_decode(&stream, posed_v1_Status_fields, &m));
    ck_assert_uint_eq(m.sources_count, SETTINGS_MAX_SOURCES);
    ck_assert_uint_eq(m.sources[31].frames, UINT32_MAX);
    ck_assert_uint_eq(m.sources[31].used, 31);
    ck_assert_uint_eq(m.sources[31].faults_count, 16);
    ck_assert_int_eq(m.system_faults[0], 84);
    ck_assert_float_eq(m.wheel_scale, 0.991f);
}
END_TEST

START_TEST (a_live_status_says_more) {
    static posed_v1_Status m;
    const char *const names[] = {"gnss/roof"};
    fusion_status s = {.stamp_ns = 3, .mode = MODE_NOMINAL, .source_count = 1};
    status_extra extra = {.started_ns = 77,
                          .dropped = UINT64_MAX,
                          .malformed = 2,
                          .unauthenticated = 3,
                          .drive_time = true,
                          .sources = {{4, 5, 6, 88, 0.25f}}};
    unsigned char plain[256];
    size_t plain_size = message_encode_status(&s, names, 1, NULL, plain, sizeof plain);
    size_t size = message_encode_status(&s, names, 1, &extra, bytes, sizeof bytes);
    pb_istream_t stream = pb_istream_from_buffer(bytes, size);
    ck_assert(pb_decode(&stream, posed_v1_Status_fields, &m));
    ck_assert_uint_eq(m.protocol, WIRE_PROTOCOL);
    ck_assert_str_eq(m.version, POSED_VERSION);
    ck_assert(m.dropped == UINT32_MAX && m.malformed == 2 && m.unauthenticated == 3);
    ck_assert(m.started_ns == 77 && m.drive_time);
    const posed_v1_SourceStatus *source = &m.sources[0];
    ck_assert(source->malformed == 4 && source->refused == 5 && source->dropped == 6);
    ck_assert(source->last_stamp_ns == 88 && source->age_s == 0.25f);
    stream = pb_istream_from_buffer(plain, plain_size);
    ck_assert(pb_decode(&stream, posed_v1_Status_fields, &m));
    ck_assert(m.protocol == 0 && m.version[0] == '\0' && m.started_ns == 0);
}
END_TEST

START_TEST (every_fault_keeps_its_number) {
    for (uint8_t i = 0; i < FAULT_COUNT; i++) {
        uint8_t code;
        ck_assert_int_eq((int)pb_fault_number(i), fault_describe((fault_code)i)->id);
        ck_assert(pb_fault_find(pb_fault_number(i), &code));
        ck_assert_uint_eq(code, i);
    }
}
END_TEST

START_TEST (the_descriptor_set_holds_both_files) {
    ck_assert_ptr_nonnull(memmem(wire_descriptor_set, wire_descriptor_set_size, "posed_fault.proto", 17));
    for (int i = 0; i < FRAME_KIND_COUNT; i++) {
        const char *name = strrchr(message_name_of_frame((frame_kind)i), '.') + 1;
        ck_assert_ptr_nonnull(memmem(wire_descriptor_set, wire_descriptor_set_size, name, strlen(name)));
    }
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("message result");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_truth_point_comes_back);
    tcase_add_test(tc, a_pose_is_written_as_nanopb_would);
    tcase_add_test(tc, a_pose_of_zeros_is_written_as_nanopb_would);
    tcase_add_test(tc, a_live_pose_is_a_pose_that_expires);
    tcase_add_test(tc, a_usable_pose_is_finite);
    tcase_add_test(tc, a_verdict_and_a_fault_carry_their_values);
    tcase_add_test(tc, a_status_carries_every_source);
    tcase_add_test(tc, a_live_status_says_more);
    tcase_add_test(tc, every_fault_keeps_its_number);
    tcase_add_test(tc, the_descriptor_set_holds_both_files);
    return run_cases("message result", tc);
}
