/* Verdicts, faults and status to their bytes, by nanopb. */
#include "wire/message.h"
#include "wire/message_pb.h"

#include <string.h>

/* The enums of fusion/ are cast to those of the wire: their numbers are one. */
#define SAME(fusion_value, wire_value)                                                                       \
    _Static_assert((int)(fusion_value) == (int)(wire_value), #fusion_value " is another number on the wire")
SAME(GNSS_FIX_UNKNOWN, posed_v1_FixType_FIX_TYPE_UNKNOWN);
SAME(GNSS_FIX_NONE, posed_v1_FixType_FIX_TYPE_NONE);
SAME(GNSS_FIX_2D, posed_v1_FixType_FIX_TYPE_2D);
SAME(GNSS_FIX_3D, posed_v1_FixType_FIX_TYPE_3D);
SAME(GNSS_FIX_DGNSS, posed_v1_FixType_FIX_TYPE_DGNSS);
SAME(GNSS_FIX_FLOAT, posed_v1_FixType_FIX_TYPE_FLOAT);
SAME(GNSS_FIX_FIXED, posed_v1_FixType_FIX_TYPE_FIXED);
SAME(GNSS_FIX_FIXED, _posed_v1_FixType_MAX);
SAME(HEIGHT_ELLIPSOID, posed_v1_HeightDatum_HEIGHT_DATUM_ELLIPSOID);
SAME(HEIGHT_MSL, posed_v1_HeightDatum_HEIGHT_DATUM_MSL);
SAME(HEIGHT_MSL, _posed_v1_HeightDatum_MAX);
SAME(LANE_SIDE_LEFT, posed_v1_LaneSide_LANE_SIDE_LEFT);
SAME(LANE_SIDE_RIGHT, posed_v1_LaneSide_LANE_SIDE_RIGHT);
SAME(LANE_SIDE_RIGHT, _posed_v1_LaneSide_MAX);
#define SAME_MODE(name) SAME(MODE_##name, posed_v1_Mode_MODE_##name)
SAME_MODE(INITIALIZING);
SAME_MODE(NOMINAL);
SAME_MODE(DEGRADED);
SAME_MODE(DEAD_RECKONING);
SAME_MODE(LOST);
SAME(MODE_COUNT - 1, _posed_v1_Mode_MAX);
#define SAME_QUANTITY(name) SAME(QUANTITY_##name, posed_v1_Quantity_QUANTITY_##name)
SAME(QUANTITY_NONE, posed_v1_Quantity_QUANTITY_UNKNOWN);
SAME_QUANTITY(POSITION);
SAME_QUANTITY(VELOCITY);
SAME_QUANTITY(SPEED);
SAME_QUANTITY(NON_HOLONOMIC);
SAME_QUANTITY(STANDSTILL);
SAME_QUANTITY(ZERO_RATE);
SAME_QUANTITY(EGO_VELOCITY);
SAME_QUANTITY(LANDMARK);
SAME_QUANTITY(YAW_RATE);
SAME_QUANTITY(TILT);
SAME_QUANTITY(INERTIAL);
SAME_QUANTITY(HEADING);
SAME_QUANTITY(FRAME);
SAME_QUANTITY(LANE);
SAME_QUANTITY(TRANSLATION);
SAME_QUANTITY(ROTATION);
SAME(QUANTITY_COUNT - 1, _posed_v1_Quantity_MAX);
#define SAME_DECISION(name) SAME(DECISION_##name, posed_v1_Decision_DECISION_##name)
SAME(DECISION_NONE, posed_v1_Decision_DECISION_UNKNOWN);
SAME_DECISION(FUSED);
SAME_DECISION(DOWN_WEIGHTED);
SAME_DECISION(REJECTED);
SAME_DECISION(IGNORED);
SAME(DECISION_IGNORED, _posed_v1_Decision_MAX);
#define SAME_REASON(name) SAME(REASON_##name, posed_v1_Reason_REASON_##name)
SAME_REASON(NONE);
SAME_REASON(INNOVATION);
SAME_REASON(OUT_OF_RANGE);
SAME_REASON(LATE);
SAME_REASON(TIME_JUMP);
SAME_REASON(FROZEN);
SAME_REASON(NO_FIX);
SAME_REASON(FLAGGED);
SAME_REASON(NOT_INITIALIZED);
SAME_REASON(RATE_LIMITED);
SAME_REASON(SLIP);
SAME_REASON(FEW_STATIC);
SAME_REASON(UNKNOWN_LANDMARK);
SAME_REASON(DUPLICATE);
SAME_REASON(NO_MODEL);
SAME_REASON(NUMERIC);
SAME_REASON(AMBIGUOUS);
SAME_REASON(NO_BEGIN);
SAME(REASON_COUNT - 1, _posed_v1_Reason_MAX);
#define SAME_SEVERITY(name) SAME(SEVERITY_##name, posed_v1_Severity_SEVERITY_##name)
SAME_SEVERITY(INFO);
SAME_SEVERITY(WARNING);
SAME_SEVERITY(ERROR);
SAME(SEVERITY_ERROR, _posed_v1_Severity_MAX);
#define SAME_STATE(name) SAME(SOURCE_STATE_##name, posed_v1_SourceState_SOURCE_STATE_##name)
SAME_STATE(NEVER_SEEN);
SAME_STATE(ALIVE);
SAME_STATE(FLAGGED);
SAME_STATE(STALE);
SAME_STATE(DISABLED);
SAME(SOURCE_STATE_DISABLED, _posed_v1_SourceState_MAX);

static const posed_v1_FaultCode fault_numbers[] = {
#define FAULT(number, NAME, class, severity, raise_s, clear_s, effect, text, evidence, unit, limit)          \
    [FAULT_##NAME] = posed_v1_FaultCode_FAULT_CODE_##NAME,
#include "fusion/faults.def"
#undef FAULT
};
_Static_assert(sizeof fault_numbers / sizeof *fault_numbers == FAULT_COUNT, "one number per fault");

posed_v1_FaultCode pb_fault_number(uint8_t code)
{
    return code < FAULT_COUNT ? fault_numbers[code] : posed_v1_FaultCode_FAULT_CODE_NONE;
}

bool pb_fault_find(posed_v1_FaultCode number, uint8_t *code)
{
    for (uint8_t i = 0; i < FAULT_COUNT; i++) {
        if (fault_numbers[i] == number) {
            *code = i;
            return true;
        }
    }
    return false;
}

enum { LISTED_FAULTS = 16 }; /* as in posed.options */

static pb_size_t list_faults(uint64_t mask, posed_v1_FaultCode codes[LISTED_FAULTS])
{
    pb_size_t count = 0;
    for (uint64_t rest = mask; rest && count < LISTED_FAULTS; rest &= rest - 1) {
        int code = __builtin_ctzll(rest);
        if (code < FAULT_COUNT)
            codes[count++] = fault_numbers[code];
    }
    return count;
}

/* A name that stands in a message of posed's own: a source, "system" or "map". */
static bool copy_name(char to[FRAME_SOURCE_NAME_SIZE], const char *name)
{
    size_t length = strlen(name);
    if (!(length < FRAME_SOURCE_NAME_SIZE))
        return false;
    memcpy(to, name, length + 1);
    return true;
}

size_t message_encode_verdict(const verdict *v, const char *source, void *buffer, size_t size)
{
    posed_v1_Verdict m = {
        .sequence = v->sequence,
        .has_stamp_ns = true,
        .stamp_ns = v->stamp_ns,
        .quantity = (posed_v1_Quantity)v->quantity,
        .innovation_count = v->dim,
        .variance_count = v->dim,
        .nis = v->nis,
        .limit = v->limit,
        .weight = v->weight,
        .decision = (posed_v1_Decision)v->decision,
        .reason = (posed_v1_Reason)v->reason,
        .element = v->element,
    };
    if (!(v->dim <= 3) || !copy_name(m.source, source))
        return 0;
    memcpy(m.innovation, v->innovation, v->dim * sizeof *v->innovation);
    memcpy(m.variance, v->variance, v->dim * sizeof *v->variance);
    return pb_to_bytes(posed_v1_Verdict_fields, &m, buffer, size);
}

size_t message_encode_fault(const fault_event *e, const char *source, uint32_t sequence, void *buffer,
                            size_t size)
{
    if (!(e->code < FAULT_COUNT))
        return 0;
    posed_v1_Fault m = {
        .sequence = sequence,
        .has_stamp_ns = true,
        .stamp_ns = e->stamp_ns,
        .code = fault_numbers[e->code],
        .severity = (posed_v1_Severity)fault_describe((fault_code)e->code)->severity,
        .raised = e->raised,
        .since_ns = e->since_ns,
        .evidence = e->evidence,
        .limit = e->limit,
    };
    return copy_name(m.source, source) ? pb_to_bytes(posed_v1_Fault_fields, &m, buffer, size) : 0;
}

static uint32_t saturate(uint64_t count)
{
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

static bool set_source_status(const fusion_source_status *s, const char *name, posed_v1_SourceStatus *m)
{
    m->state = (posed_v1_SourceState)s->state;
    m->frames = saturate(s->frames);
    m->used = saturate(s->used);
    m->rejected = saturate(s->rejected);
    m->late = saturate(s->late);
    m->rate_hz = s->rate_hz;
    m->latency_s = s->latency_s;
    m->latency_sigma_s = s->latency_sigma_s;
    m->nis_ratio = s->nis_ratio;
    m->faults_count = list_faults(s->fault_mask, m->faults);
    return copy_name(m->source, name);
}

static void set_source_extra(const source_status_extra *extra, posed_v1_SourceStatus *m)
{
    m->malformed = saturate(extra->malformed);
    m->refused = saturate(extra->refused);
    m->dropped = saturate(extra->dropped);
    m->last_stamp_ns = extra->last_stamp_ns;
    m->age_s = extra->age_s;
}

static void set_map(const map_identity *map, posed_v1_Status *m)
{
    _Static_assert(sizeof map->file == sizeof m->map.file, "the name fits");
    m->has_map = map->file[0] != '\0';
    if (!m->has_map)
        return;
    memcpy(m->map.file, map->file, sizeof m->map.file);
    m->map.checksum = map->checksum;
    m->map.marks = map->marks;
    m->map.lines = map->lines;
    m->map.lanes = map->lanes;
    m->map.has_first_survey_day = map->first_day != INT32_MIN;
    m->map.has_last_survey_day = map->last_day != INT32_MIN;
    m->map.first_survey_day = m->map.has_first_survey_day ? map->first_day : 0;
    m->map.last_survey_day = m->map.has_last_survey_day ? map->last_day : 0;
}

static void set_extra(const status_extra *extra, posed_v1_Status *m)
{
    _Static_assert(sizeof POSED_VERSION <= sizeof m->version, "the version fits");
    memcpy(m->version, POSED_VERSION, sizeof POSED_VERSION);
    m->protocol = WIRE_PROTOCOL;
    m->dropped = saturate(extra->dropped);
    m->malformed = saturate(extra->malformed);
    m->unauthenticated = saturate(extra->unauthenticated);
    m->started_ns = extra->started_ns;
    m->drive_time = extra->drive_time;
    set_map(&extra->map, m);
    for (pb_size_t i = 0; i < m->sources_count; i++)
        set_source_extra(&extra->sources[i], &m->sources[i]);
}

static void set_hypothesis(const fusion_hypothesis *h, posed_v1_Hypothesis *m)
{
    _Static_assert(sizeof h->separation == sizeof m->separation, "a value per direction");
    m->sources = h->sources;
    m->live = h->live;
    m->doubt = h->doubt;
    m->quantities = h->quantities;
    memcpy(m->separation, h->separation, sizeof m->separation);
    memcpy(m->threshold, h->threshold, sizeof m->threshold);
    memcpy(m->sigma, h->sigma, sizeof m->sigma);
}

size_t message_encode_status(const fusion_status *status, const char *const *names, uint32_t sequence,
                             const status_extra *extra, void *buffer, size_t size)
{
    posed_v1_Status m = posed_v1_Status_init_zero;
    _Static_assert(sizeof m.sources / sizeof *m.sources == SETTINGS_MAX_SOURCES,
                   "every source has its place");
    _Static_assert(posed_v1_Status_size <= MESSAGE_MAX_SIZE, "the longest status fits");
    if (!(status->source_count <= SETTINGS_MAX_SOURCES))
        return 0;
    m.sequence = sequence;
    m.has_stamp_ns = true;
    m.stamp_ns = status->stamp_ns;
    m.mode = (posed_v1_Mode)status->mode;
    m.mount_pitch_rad = status->mount_pitch_rad;
    m.mount_pitch_sigma_rad = status->mount_pitch_sigma_rad;
    m.mount_yaw_rad = status->mount_yaw_rad;
    m.mount_yaw_sigma_rad = status->mount_yaw_sigma_rad;
    m.wheel_scale = status->wheel_scale;
    m.wheel_scale_sigma = status->wheel_scale_sigma;
    m.system_faults_count = list_faults(status->system_fault_mask, m.system_faults);
    m.sources_count = (pb_size_t)status->source_count;
    for (size_t i = 0; i < status->source_count; i++) {
        if (!set_source_status(&status->sources[i], names[i], &m.sources[i]))
            return 0;
    }
    _Static_assert(sizeof m.hypotheses / sizeof *m.hypotheses == STATUS_MAX_HYPOTHESES, "each has its place");
    if (!(status->hypothesis_count <= STATUS_MAX_HYPOTHESES))
        return 0;
    m.hypotheses_count = (pb_size_t)status->hypothesis_count;
    for (size_t i = 0; i < status->hypothesis_count; i++)
        set_hypothesis(&status->hypotheses[i], &m.hypotheses[i]);
    _Static_assert(sizeof m.missed_elements == sizeof status->missed, "each has its place");
    m.missed_elements_count =
        (pb_size_t)(status->missed_count < STATUS_MAX_MISSED ? status->missed_count : STATUS_MAX_MISSED);
    memcpy(m.missed_elements, status->missed, m.missed_elements_count * sizeof *status->missed);
    if (extra)
        set_extra(extra, &m);
    return pb_to_bytes(posed_v1_Status_fields, &m, buffer, size);
}

bool message_decode_status_map(const void *data, size_t size, map_identity *map, error *e)
{
    posed_v1_Status m = posed_v1_Status_init_zero;
    pb_istream_t stream = pb_istream_from_buffer((const pb_byte_t *)data, size);
    map_identity_clear(map);
    if (!pb_decode(&stream, posed_v1_Status_fields, &m))
        return error_set(e, "posed.v1.Status: %s", PB_GET_ERROR(&stream));
    if (!m.has_map)
        return true;
    memcpy(map->file, m.map.file, sizeof map->file);
    map->checksum = m.map.checksum;
    map->marks = m.map.marks;
    map->lines = m.map.lines;
    map->lanes = m.map.lanes;
    map->first_day = m.map.has_first_survey_day ? m.map.first_survey_day : INT32_MIN;
    map->last_day = m.map.has_last_survey_day ? m.map.last_survey_day : INT32_MIN;
    return true;
}
