/* Poses to their bytes, and back by nanopb. */
#include "wire/field_reader.h"
#include "wire/field_writer.h"
#include "wire/message.h"
#include "wire/message_pb.h"

#include <math.h>
#include <string.h>

#define RADIANS (3.14159265358979323846 / 180.0)

_Static_assert(sizeof((posed_v1_PoseEstimate *)0)->faults / sizeof(posed_v1_FaultCode) == POSE_MAX_FAULTS,
               "a pose's faults fit its message");

static void pack_triangle(size_t n, const float *square, float *triangle)
{
    for (size_t row = 0; row < n; row++) {
        for (size_t column = row; column < n; column++)
            *triangle++ = square[row * n + column];
    }
}

static uint8_t *put_header(uint8_t *at, const fusion_pose *p)
{
    at = put_fixed32(at, posed_v1_PoseEstimate_sequence_tag, p->sequence);
    at = put_fixed64(at, posed_v1_PoseEstimate_stamp_ns_tag, (uint64_t)p->stamp_ns, true);
    at = put_fixed64(at, posed_v1_PoseEstimate_based_on_ns_tag, (uint64_t)p->based_on_ns, false);
    at = put_small(at, posed_v1_PoseEstimate_mode_tag, p->mode);
    at = put_small(at, posed_v1_PoseEstimate_usable_tag, p->usable);
    at = put_double(at, posed_v1_PoseEstimate_latitude_deg_tag, pb_degrees(p->latitude_rad, 90.0));
    at = put_double(at, posed_v1_PoseEstimate_longitude_deg_tag, pb_degrees(p->longitude_rad, 180.0));
    at = put_double(at, posed_v1_PoseEstimate_height_m_tag, p->height_m);
    for (unsigned i = 0; i < 3; i++)
        at = put_double(at, posed_v1_PoseEstimate_x_ecef_m_tag + i, p->position_ecef_m[i]);
    return at;
}

static uint8_t *put_motion(uint8_t *at, const fusion_pose *p)
{
    for (unsigned i = 0; i < 4; i++)
        at = put_float(at, posed_v1_PoseEstimate_qx_tag + i, p->q_body_enu[i]);
    at = put_float(at, posed_v1_PoseEstimate_roll_rad_tag, p->roll_rad);
    at = put_float(at, posed_v1_PoseEstimate_pitch_rad_tag, p->pitch_rad);
    at = put_float(at, posed_v1_PoseEstimate_heading_rad_tag, p->heading_rad);
    for (unsigned i = 0; i < 3; i++)
        at = put_float(at, posed_v1_PoseEstimate_v_east_mps_tag + i, p->velocity_enu_mps[i]);
    for (unsigned i = 0; i < 3; i++)
        at = put_float(at, posed_v1_PoseEstimate_rate_x_radps_tag + i, p->rate_body_radps[i]);
    for (unsigned i = 0; i < 3; i++)
        at = put_float(at, posed_v1_PoseEstimate_accel_x_mps2_tag + i, p->accel_body_mps2[i]);
    return at;
}

static uint8_t *put_quality(uint8_t *at, const fusion_pose *p)
{
    float triangle[21];
    pack_triangle(6, p->covariance[0], triangle);
    at = put_floats(at, posed_v1_PoseEstimate_pose_covariance_tag, triangle, 21);
    pack_triangle(3, p->velocity_covariance[0], triangle);
    at = put_floats(at, posed_v1_PoseEstimate_velocity_covariance_tag, triangle, 6);
    at = put_float(at, posed_v1_PoseEstimate_protection_along_m_tag, p->protection_along_m);
    at = put_float(at, posed_v1_PoseEstimate_protection_cross_m_tag, p->protection_cross_m);
    at = put_float(at, posed_v1_PoseEstimate_protection_vertical_m_tag, p->protection_vertical_m);
    at = put_float(at, posed_v1_PoseEstimate_protection_heading_rad_tag, p->protection_heading_rad);
    return put_float(at, posed_v1_PoseEstimate_confidence_tag, p->confidence);
}

static uint8_t *put_faults(uint8_t *at, const fusion_pose *p)
{
    _Static_assert(_posed_v1_FaultCode_MAX < 128, "a fault's number takes one byte");
    if (p->fault_count == 0)
        return at;
    at = put_tag(at, posed_v1_PoseEstimate_faults_tag, 2);
    *at++ = p->fault_count;
    for (size_t i = 0; i < p->fault_count; i++)
        *at++ = (uint8_t)pb_fault_number(p->faults[i]);
    return at;
}

/* Written by hand, in the order of the numbers: see field_writer.h. */
size_t message_encode_live_pose(const fusion_pose *p, int64_t expires_ns, void *buffer, size_t size)
{
    uint8_t bytes[posed_v1_PoseEstimate_size];
    if (!(p->fault_count <= POSE_MAX_FAULTS && p->mode < MODE_COUNT))
        return 0;
    uint8_t *at = put_header(bytes, p);
    at = put_motion(at, p);
    at = put_quality(at, p);
    at = put_faults(at, p);
    at = put_fixed32(at, posed_v1_PoseEstimate_resets_tag, p->resets);
    at = put_fixed64(at, posed_v1_PoseEstimate_expires_ns_tag, (uint64_t)expires_ns, false);
    at = put_float(at, posed_v1_PoseEstimate_protection_horizontal_m_tag, p->protection_horizontal_m);
    at = put_float(at, posed_v1_PoseEstimate_alert_along_m_tag, p->alert_along_m);
    at = put_float(at, posed_v1_PoseEstimate_alert_cross_m_tag, p->alert_cross_m);
    at = put_float(at, posed_v1_PoseEstimate_alert_vertical_m_tag, p->alert_vertical_m);
    at = put_float(at, posed_v1_PoseEstimate_alert_heading_rad_tag, p->alert_heading_rad);
    at = put_float(at, posed_v1_PoseEstimate_reset_m_tag, p->reset_m);
    at = put_fixed64(at, posed_v1_PoseEstimate_lane_id_tag, p->lane_id, false);
    at = put_float(at, posed_v1_PoseEstimate_lane_probability_tag, p->lane_probability);
    size_t used = (size_t)(at - bytes);
    if (!(used <= size))
        return 0;
    memcpy(buffer, bytes, used);
    return used;
}

size_t message_encode_pose(const fusion_pose *p, void *buffer, size_t size)
{
    return message_encode_live_pose(p, 0, buffer, size);
}

static bool bad(const char *field, const char *what, error *e)
{
    return error_set(e, "posed.v1.PoseEstimate: %s: %s", field, what);
}

static bool time_valid(int64_t ns)
{
    return ns >= 0 && ns <= TIME_MAX_NS;
}

/* NaN is a pose that is not known yet; infinity is never one. */
static bool check_floats(const char *field, const float *values, size_t count, bool usable, error *e)
{
    for (size_t i = 0; i < count; i++) {
        if (isinf(values[i]) || (usable && isnan(values[i])))
            return bad(field, "not a finite number", e);
    }
    return true;
}

static bool check_position(const fusion_pose *p, error *e)
{
    bool known = p->usable || !isnan(p->latitude_rad);
    if (known && !(fabs(p->latitude_rad) <= 90.0 * RADIANS))
        return bad("latitude_deg", "not in -90..90", e);
    if (known && !(fabs(p->longitude_rad) <= 180.0 * RADIANS))
        return bad("longitude_deg", "not in -180..180", e);
    if (known && !isfinite(p->height_m))
        return bad("height_m", "not a finite number", e);
    for (int i = 0; i < 3; i++) {
        if (known && !isfinite(p->position_ecef_m[i]))
            return bad("x_ecef_m, y_ecef_m, z_ecef_m", "not a finite number", e);
    }
    return true;
}

static bool check_pose(const fusion_pose *p, error *e)
{
    const float tilt[] = {p->roll_rad, p->pitch_rad, p->heading_rad};
    if (!(p->mode >= MODE_INITIALIZING && p->mode < MODE_COUNT))
        return bad("mode", "no such mode", e);
    if (!(p->lane_probability >= 0.0f && p->lane_probability <= 1.0f))
        return bad("lane_probability", "not in 0..1", e);
    if (!(isnan(p->confidence) || (p->confidence >= 0.0f && p->confidence <= 1.0f)))
        return bad("confidence", "not in 0..1", e);
    return check_position(p, e) && check_floats("qx, qy, qz, qw", p->q_body_enu, 4, p->usable, e) &&
           check_floats("roll_rad, pitch_rad, heading_rad", tilt, 3, p->usable, e) &&
           check_floats("v_east_mps, v_north_mps, v_up_mps", p->velocity_enu_mps, 3, p->usable, e) &&
           check_floats("rate_x_radps, rate_y_radps, rate_z_radps", p->rate_body_radps, 3, p->usable, e) &&
           check_floats("accel_x_mps2, accel_y_mps2, accel_z_mps2", p->accel_body_mps2, 3, p->usable, e) &&
           check_floats("pose_covariance", p->covariance[0], 36, p->usable, e) &&
           check_floats("velocity_covariance", p->velocity_covariance[0], 9, p->usable, e);
}

static void copy_pose(const posed_v1_PoseEstimate *m, fusion_pose *p)
{
    *p = (fusion_pose){
        .stamp_ns = m->stamp_ns,
        .based_on_ns = m->based_on_ns,
        .position_ecef_m = {m->x_ecef_m, m->y_ecef_m, m->z_ecef_m},
        .latitude_rad = m->latitude_deg * RADIANS,
        .longitude_rad = m->longitude_deg * RADIANS,
        .height_m = m->height_m,
        .q_body_enu = {m->qx, m->qy, m->qz, m->qw},
        .roll_rad = m->roll_rad,
        .pitch_rad = m->pitch_rad,
        .heading_rad = m->heading_rad,
        .velocity_enu_mps = {m->v_east_mps, m->v_north_mps, m->v_up_mps},
        .rate_body_radps = {m->rate_x_radps, m->rate_y_radps, m->rate_z_radps},
        .accel_body_mps2 = {m->accel_x_mps2, m->accel_y_mps2, m->accel_z_mps2},
        .confidence = m->confidence,
        .lane_id = m->lane_id,
        .lane_probability = m->lane_probability,
        .protection_along_m = m->protection_along_m,
        .protection_cross_m = m->protection_cross_m,
        .protection_vertical_m = m->protection_vertical_m,
        .protection_heading_rad = m->protection_heading_rad,
        .protection_horizontal_m = m->protection_horizontal_m,
        .alert_along_m = m->alert_along_m,
        .alert_cross_m = m->alert_cross_m,
        .alert_vertical_m = m->alert_vertical_m,
        .alert_heading_rad = m->alert_heading_rad,
        .reset_m = m->reset_m,
        .sequence = m->sequence,
        .resets = m->resets,
        .mode = (unsigned)m->mode < (unsigned)MODE_COUNT ? (uint8_t)m->mode : 0, /* 0 is none: refused */
        .usable = m->usable,
    };
    pb_unpack_triangle(6, m->pose_covariance, p->covariance[0]);
    pb_unpack_triangle(3, m->velocity_covariance, p->velocity_covariance[0]);
}

bool message_decode_pose(const void *data, size_t size, fusion_pose *p, error *e)
{
    posed_v1_PoseEstimate m = posed_v1_PoseEstimate_init_zero;
    pb_istream_t stream = pb_istream_from_buffer((const pb_byte_t *)data, size);
    if (!pb_decode_noinit(&stream, posed_v1_PoseEstimate_fields, &m))
        return error_set(e, "posed.v1.PoseEstimate: %s", PB_GET_ERROR(&stream));
    if (!m.has_stamp_ns || !time_valid(m.stamp_ns))
        return bad("stamp_ns", "missing, negative or after the year 2116", e);
    copy_pose(&m, p);
    for (pb_size_t i = 0; i < m.faults_count; i++) {
        if (!pb_fault_find(m.faults[i], &p->faults[i]))
            return bad("faults", "no such fault", e);
    }
    p->fault_count = (uint8_t)m.faults_count;
    return check_pose(p, e);
}
