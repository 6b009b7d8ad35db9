#include "client/decode.h"

#include "wire/message_pb.h"

#include <math.h>
#include <string.h>

/* The enums of the client are those of the wire: one that lies above this list is a newer posed's. */
#define SAME(ours, wire) _Static_assert((int)(ours) == (int)(wire), #ours " is another number on the wire")
SAME(POSED_MODE_LOST, _posed_v1_Mode_MAX);
SAME(POSED_SOURCE_DISABLED, _posed_v1_SourceState_MAX);
SAME(POSED_SEVERITY_ERROR, _posed_v1_Severity_MAX);
SAME(POSED_DECISION_IGNORED, _posed_v1_Decision_MAX);
_Static_assert(sizeof((posed_v1_Status *)0)->sources / sizeof(posed_v1_SourceStatus) == DECODE_MAX_SOURCES,
               "every source has its place");
_Static_assert(sizeof((posed_v1_SourceStatus *)0)->source == POSED_NAME_SIZE, "a name fits");
_Static_assert(sizeof((posed_v1_Status *)0)->version == POSED_VERSION_SIZE, "the version fits");

/* From here to the year 2116 there is room to add and subtract. */
#define TIME_MAX_NS (INT64_C(1) << 62)

static unsigned known(unsigned value, unsigned last)
{
    return value <= last ? value : 0;
}

static bool bad(const char *message, const char *field, const char *what, error *e)
{
    return error_set(e, "posed.v1.%s: %s: %s", message, field, what);
}

static bool parse(const pb_msgdesc_t *fields, const char *message, const void *data, size_t size, void *out,
                  error *e)
{
    pb_istream_t stream = pb_istream_from_buffer((const pb_byte_t *)data, size);
    return pb_decode_noinit(&stream, fields, out) ||
           error_set(e, "posed.v1.%s: %s", message, PB_GET_ERROR(&stream));
}

static bool time_valid(int64_t ns)
{
    return ns >= 0 && ns <= TIME_MAX_NS;
}

static bool check_stamp(bool there, int64_t ns, const char *message, error *e)
{
    return (there && time_valid(ns)) ||
           bad(message, "stamp_ns", "missing, negative or after the year 2116", e);
}

/* Printable ASCII, so that it may stand in a log or on a terminal. */
static bool copy_word(char *to, const char *from, const char *message, const char *field, error *e)
{
    size_t length = strlen(from);
    for (size_t i = 0; i < length; i++) {
        if (!(from[i] > ' ' && from[i] < 0x7f))
            return bad(message, field, "not printable", e);
    }
    memcpy(to, from, length + 1);
    return true;
}

/* The name of a file: blanks and letters of any language, but nothing that a terminal would obey. */
static bool copy_file_name(char *to, const char *from, const char *message, const char *field, error *e)
{
    const unsigned char *at = (const unsigned char *)from;
    for (; *at; at++) {
        if (*at < ' ' || *at == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0)) /* U+0080 to U+009F are controls */
            return bad(message, field, "not printable", e);
    }
    memcpy(to, from, strlen(from) + 1);
    return true;
}

static bool copy_source(char *to, const char *from, const char *message, error *e)
{
    if (from[0] == '\0')
        return bad(message, "source", "missing", e);
    return copy_word(to, from, message, "source", e);
}

static uint32_t copy_faults(uint32_t *to, const posed_v1_FaultCode *from, size_t count)
{
    _Static_assert(sizeof((posed_v1_PoseEstimate *)0)->faults / sizeof *from == POSED_MAX_FAULTS, "all fit");
    _Static_assert(sizeof((posed_v1_Status *)0)->system_faults / sizeof *from == POSED_MAX_FAULTS, "all fit");
    _Static_assert(sizeof((posed_v1_SourceStatus *)0)->faults / sizeof *from == POSED_MAX_FAULTS, "all fit");
    for (size_t i = 0; i < count; i++)
        to[i] = (uint32_t)from[i];
    return (uint32_t)count;
}

/* ---- pose */

static void copy_pose(const posed_v1_PoseEstimate *m, posed_pose *p)
{
    *p = (posed_pose){
        .stamp_ns = m->stamp_ns,
        .based_on_ns = m->based_on_ns,
        .expires_ns = m->expires_ns,
        .sequence = m->sequence,
        .resets = m->resets,
        .mode = (posed_mode)known(m->mode, POSED_MODE_LOST),
        .usable = m->usable,
        .latitude_deg = m->latitude_deg,
        .longitude_deg = m->longitude_deg,
        .height_m = m->height_m,
        .position_ecef_m = {m->x_ecef_m, m->y_ecef_m, m->z_ecef_m},
        .q_body_enu = {m->qx, m->qy, m->qz, m->qw},
        .roll_rad = m->roll_rad,
        .pitch_rad = m->pitch_rad,
        .heading_rad = m->heading_rad,
        .velocity_enu_mps = {m->v_east_mps, m->v_north_mps, m->v_up_mps},
        .rate_body_radps = {m->rate_x_radps, m->rate_y_radps, m->rate_z_radps},
        .accel_body_mps2 = {m->accel_x_mps2, m->accel_y_mps2, m->accel_z_mps2},
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
        .confidence = m->confidence,
        .lane_id = m->lane_id,
        .lane_probability = m->lane_probability,
    };
    pb_unpack_triangle(6, m->pose_covariance, p->covariance[0]);
    pb_unpack_triangle(3, m->velocity_covariance, p->velocity_covariance[0]);
    p->fault_count = copy_faults(p->faults, m->faults, m->faults_count);
}

/* NaN is a pose that is not known yet; infinity is never one. */
static bool check_floats(const char *field, const float *values, size_t count, bool usable, error *e)
{
    for (size_t i = 0; i < count; i++) {
        if (isinf(values[i]) || (usable && isnan(values[i])))
            return bad("PoseEstimate", field, "not a finite number", e);
    }
    return true;
}

static bool check_position(const posed_pose *p, error *e)
{
    if (!p->usable && isnan(p->latitude_deg))
        return true;
    if (!(fabs(p->latitude_deg) <= 90.0))
        return bad("PoseEstimate", "latitude_deg", "not in -90..90", e);
    if (!(fabs(p->longitude_deg) <= 180.0))
        return bad("PoseEstimate", "longitude_deg", "not in -180..180", e);
    if (!isfinite(p->height_m))
        return bad("PoseEstimate", "height_m", "not a finite number", e);
    for (int i = 0; i < 3; i++) {
        if (!isfinite(p->position_ecef_m[i]))
            return bad("PoseEstimate", "x_ecef_m, y_ecef_m, z_ecef_m", "not a finite number", e);
    }
    return true;
}

static bool check_variances(const posed_pose *p, error *e)
{
    for (int i = 0; i < 6; i++) {
        if (p->covariance[i][i] < 0.0f || (i < 3 && p->velocity_covariance[i][i] < 0.0f))
            return bad("PoseEstimate", "pose_covariance, velocity_covariance", "a negative variance", e);
    }
    return true;
}

static bool check_pose(const posed_pose *p, error *e)
{
    const float tilt[] = {p->roll_rad, p->pitch_rad, p->heading_rad};
    bool u = p->usable;
    if (u && p->mode == POSED_MODE_UNKNOWN)
        return bad("PoseEstimate", "mode", "unknown, though the pose is usable", e);
    if (!time_valid(p->expires_ns) || !time_valid(p->based_on_ns))
        return bad("PoseEstimate", "expires_ns, based_on_ns", "negative or after the year 2116", e);
    if (!(isnan(p->confidence) || (p->confidence >= 0.0f && p->confidence <= 1.0f)))
        return bad("PoseEstimate", "confidence", "not in 0..1", e);
    return check_position(p, e) && check_floats("qx, qy, qz, qw", p->q_body_enu, 4, u, e) &&
           check_floats("roll_rad, pitch_rad, heading_rad", tilt, 3, u, e) &&
           check_floats("v_east_mps, v_north_mps, v_up_mps", p->velocity_enu_mps, 3, u, e) &&
           check_floats("rate_x_radps, rate_y_radps, rate_z_radps", p->rate_body_radps, 3, u, e) &&
           check_floats("accel_x_mps2, accel_y_mps2, accel_z_mps2", p->accel_body_mps2, 3, u, e) &&
           check_floats("pose_covariance", p->covariance[0], 36, u, e) &&
           check_floats("velocity_covariance", p->velocity_covariance[0], 9, u, e) && check_variances(p, e);
}

bool decode_pose(const void *data, size_t size, posed_pose *out, error *e)
{
    posed_v1_PoseEstimate m = posed_v1_PoseEstimate_init_zero;
    if (!parse(posed_v1_PoseEstimate_fields, "PoseEstimate", data, size, &m, e) ||
        !check_stamp(m.has_stamp_ns, m.stamp_ns, "PoseEstimate", e))
        return false;
    copy_pose(&m, out);
    return check_pose(out, e);
}

/* ---- status */

static bool copy_status_source(const posed_v1_SourceStatus *m, posed_source *s, error *e)
{
    *s = (posed_source){
        .state = (posed_source_state)known(m->state, POSED_SOURCE_DISABLED),
        .frames = m->frames,
        .used = m->used,
        .rejected = m->rejected,
        .late = m->late,
        .malformed = m->malformed,
        .refused = m->refused,
        .dropped = m->dropped,
        .rate_hz = m->rate_hz,
        .latency_s = m->latency_s,
        .latency_sigma_s = m->latency_sigma_s,
        .nis_ratio = m->nis_ratio,
        .age_s = m->age_s,
        .last_stamp_ns = m->last_stamp_ns,
    };
    s->fault_count = copy_faults(s->faults, m->faults, m->faults_count);
    return copy_source(s->name, m->source, "SourceStatus", e);
}

static void copy_hypothesis(const posed_v1_Hypothesis *m, posed_hypothesis *h)
{
    *h = (posed_hypothesis){
        .sources = m->sources, .live = m->live, .doubt = m->doubt, .quantities = m->quantities};
    memcpy(h->separation, m->separation, sizeof h->separation);
    memcpy(h->threshold, m->threshold, sizeof h->threshold);
    memcpy(h->sigma, m->sigma, sizeof h->sigma);
}

static void copy_map(const posed_v1_MapInfo *m, posed_map *out)
{
    *out = (posed_map){
        .checksum = m->checksum,
        .marks = m->marks,
        .lines = m->lines,
        .lanes = m->lanes,
        .has_survey = m->has_first_survey_day && m->has_last_survey_day,
        .first_survey_day = m->first_survey_day,
        .last_survey_day = m->last_survey_day,
    };
}

static void copy_status(const posed_v1_Status *m, posed_status *s)
{
    _Static_assert(sizeof m->hypotheses / sizeof *m->hypotheses == POSED_MAX_HYPOTHESES,
                   "each has its place");
    *s = (posed_status){
        .stamp_ns = m->stamp_ns,
        .started_ns = m->started_ns,
        .sequence = m->sequence,
        .protocol = m->protocol,
        .mode = (posed_mode)known(m->mode, POSED_MODE_LOST),
        .drive_time = m->drive_time,
        .dropped = m->dropped,
        .malformed = m->malformed,
        .unauthenticated = m->unauthenticated,
        .mount_pitch_rad = m->mount_pitch_rad,
        .mount_pitch_sigma_rad = m->mount_pitch_sigma_rad,
        .mount_yaw_rad = m->mount_yaw_rad,
        .mount_yaw_sigma_rad = m->mount_yaw_sigma_rad,
        .wheel_scale = m->wheel_scale,
        .wheel_scale_sigma = m->wheel_scale_sigma,
        .source_count = m->sources_count,
        .hypothesis_count = m->hypotheses_count,
    };
    for (size_t i = 0; i < s->hypothesis_count; i++)
        copy_hypothesis(&m->hypotheses[i], &s->hypotheses[i]);
    s->fault_count = copy_faults(s->faults, m->system_faults, m->system_faults_count);
    s->has_map = m->has_map;
    if (m->has_map)
        copy_map(&m->map, &s->map);
    _Static_assert(sizeof m->missed_elements == sizeof s->missed, "each has its place");
    s->missed_count = m->missed_elements_count;
    memcpy(s->missed, m->missed_elements, s->missed_count * sizeof *s->missed);
}

bool decode_status(const void *data, size_t size, decoded_status *out, error *e)
{
    posed_v1_Status m = posed_v1_Status_init_zero;
    if (!parse(posed_v1_Status_fields, "Status", data, size, &m, e) ||
        !check_stamp(m.has_stamp_ns, m.stamp_ns, "Status", e))
        return false;
    copy_status(&m, &out->status);
    out->status.sources = out->pointers;
    for (size_t i = 0; i < m.sources_count; i++) {
        out->pointers[i] = &out->sources[i];
        if (!copy_status_source(&m.sources[i], &out->sources[i], e))
            return false;
    }
    return copy_word(out->status.version, m.version, "Status", "version", e) &&
           copy_file_name(out->status.map.file, m.map.file, "Status", "map.file", e);
}

/* ---- fault and verdict */

bool decode_fault(const void *data, size_t size, posed_fault *out, error *e)
{
    posed_v1_Fault m = posed_v1_Fault_init_zero;
    if (!parse(posed_v1_Fault_fields, "Fault", data, size, &m, e) ||
        !check_stamp(m.has_stamp_ns, m.stamp_ns, "Fault", e))
        return false;
    *out = (posed_fault){
        .stamp_ns = m.stamp_ns,
        .since_ns = m.since_ns,
        .sequence = m.sequence,
        .code = (uint32_t)m.code,
        .severity = (posed_severity)known(m.severity, POSED_SEVERITY_ERROR),
        .raised = m.raised,
        .evidence = m.evidence,
        .limit = m.limit,
    };
    return copy_source(out->source, m.source, "Fault", e);
}

bool decode_verdict(const void *data, size_t size, posed_verdict *out, error *e)
{
    posed_v1_Verdict m = posed_v1_Verdict_init_zero;
    if (!parse(posed_v1_Verdict_fields, "Verdict", data, size, &m, e) ||
        !check_stamp(m.has_stamp_ns, m.stamp_ns, "Verdict", e))
        return false;
    if (m.innovation_count != m.variance_count)
        return bad("Verdict", "innovation, variance", "of different length", e);
    *out = (posed_verdict){
        .stamp_ns = m.stamp_ns,
        .sequence = m.sequence,
        .quantity = (uint32_t)m.quantity,
        .decision = (posed_decision)known(m.decision, POSED_DECISION_IGNORED),
        .reason = (uint32_t)m.reason,
        .value_count = m.innovation_count,
        .nis = m.nis,
        .limit = m.limit,
        .weight = m.weight,
        .element = m.element,
    };
    memcpy(out->innovation, m.innovation, m.innovation_count * sizeof *m.innovation);
    memcpy(out->variance, m.variance, m.variance_count * sizeof *m.variance);
    return copy_source(out->source, m.source, "Verdict", e);
}
