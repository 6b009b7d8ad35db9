/* Poses to and from their bytes, by nanopb. */
#include "wire/field_reader.h"
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

static void unpack_triangle(size_t n, const float *triangle, float *square)
{
    for (size_t row = 0; row < n; row++) {
        for (size_t column = row; column < n; column++)
            square[row * n + column] = square[column * n + row] = *triangle++;
    }
}

size_t message_encode_pose(const fusion_pose *p, void *buffer, size_t size)
{
    posed_v1_PoseEstimate m = {
        .sequence = p->sequence,
        .has_stamp_ns = true,
        .stamp_ns = p->stamp_ns,
        .based_on_ns = p->based_on_ns,
        .mode = (posed_v1_Mode)p->mode,
        .usable = p->usable,
        .latitude_deg = pb_degrees(p->latitude_rad, 90.0),
        .longitude_deg = pb_degrees(p->longitude_rad, 180.0),
        .height_m = p->height_m,
        .x_ecef_m = p->position_ecef_m[0],
        .y_ecef_m = p->position_ecef_m[1],
        .z_ecef_m = p->position_ecef_m[2],
        .qx = p->q_body_enu[0],
        .qy = p->q_body_enu[1],
        .qz = p->q_body_enu[2],
        .qw = p->q_body_enu[3],
        .roll_rad = p->roll_rad,
        .pitch_rad = p->pitch_rad,
        .heading_rad = p->heading_rad,
        .v_east_mps = p->velocity_enu_mps[0],
        .v_north_mps = p->velocity_enu_mps[1],
        .v_up_mps = p->velocity_enu_mps[2],
        .rate_x_radps = p->rate_body_radps[0],
        .rate_y_radps = p->rate_body_radps[1],
        .rate_z_radps = p->rate_body_radps[2],
        .accel_x_mps2 = p->accel_body_mps2[0],
        .accel_y_mps2 = p->accel_body_mps2[1],
        .accel_z_mps2 = p->accel_body_mps2[2],
        .protection_along_m = NAN, /* no integrity monitor yet */
        .protection_cross_m = NAN,
        .protection_vertical_m = NAN,
        .protection_heading_rad = NAN,
        .confidence = p->confidence,
        .resets = p->resets,
    };
    pack_triangle(6, p->covariance[0], m.pose_covariance);
    pack_triangle(3, p->velocity_covariance[0], m.velocity_covariance);
    for (size_t i = 0; i < p->fault_count && i < POSE_MAX_FAULTS; i++)
        m.faults[m.faults_count++] = pb_fault_number(p->faults[i]);
    return pb_to_bytes(posed_v1_PoseEstimate_fields, &m, buffer, size);
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
        .sequence = m->sequence,
        .resets = m->resets,
        .mode = (unsigned)m->mode < (unsigned)MODE_COUNT ? (uint8_t)m->mode : 0, /* 0 is none: refused */
        .usable = m->usable,
    };
    unpack_triangle(6, m->pose_covariance, p->covariance[0]);
    unpack_triangle(3, m->velocity_covariance, p->velocity_covariance[0]);
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
