#include "daemon/watch/message_json.h"

#include "wire/message.h"

#include <inttypes.h>
#include <math.h>

/* An object that is being written; `more`: it has a member already. */
typedef struct {
    FILE *out;
    bool more;
} object;

void message_json_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        if ((unsigned char)*text < ' ')
            fprintf(out, "\\u%04x", (unsigned)*text);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

static void key(object *o, const char *name)
{
    fprintf(o->out, "%s\"%s\":", o->more ? "," : "", name);
    o->more = true;
}

static void print_real(FILE *out, double value, int digits)
{
    if (isfinite(value))
        fprintf(out, "%.*g", digits, value);
    else
        fputs("null", out);
}

/* 17 and 9 digits give a double and a float back to the last bit. */
static void add_double(object *o, const char *name, double value)
{
    key(o, name);
    print_real(o->out, value, 17);
}

static void add_float(object *o, const char *name, float value)
{
    key(o, name);
    print_real(o->out, (double)value, 9);
}

static void add_int(object *o, const char *name, int64_t value)
{
    key(o, name);
    fprintf(o->out, "%" PRId64, value);
}

static void add_flag(object *o, const char *name, bool value)
{
    key(o, name);
    fputs(value ? "true" : "false", o->out);
}

static void add_text(object *o, const char *name, const char *text)
{
    key(o, name);
    message_json_text(o->out, text);
}

static void add_floats(object *o, const char *name, const float *values, size_t count)
{
    key(o, name);
    for (size_t i = 0; i < count; i++) {
        fputc(i == 0 ? '[' : ',', o->out);
        print_real(o->out, (double)values[i], 9);
    }
    fputs(count == 0 ? "[]" : "]", o->out);
}

static void add_triangle(object *o, const char *name, size_t n, const float *square)
{
    float triangle[21];
    size_t count = 0;
    for (size_t row = 0; row < n; row++) {
        for (size_t column = row; column < n; column++)
            triangle[count++] = square[row * n + column];
    }
    add_floats(o, name, triangle, count);
}

static void print_fault(FILE *out, uint32_t code)
{
    if (posed_fault_text(code)[0] != '\0')
        message_json_text(out, posed_fault_name(code));
    else
        fprintf(out, "\"FAULT_%" PRIu32 "\"", code);
}

static void add_faults(object *o, const char *name, const uint32_t *faults, size_t count)
{
    key(o, name);
    fputc('[', o->out);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            fputc(',', o->out);
        print_fault(o->out, faults[i]);
    }
    fputc(']', o->out);
}

/* A time that is 0 where there is none. */
static void add_time(object *o, const char *name, int64_t ns)
{
    key(o, name);
    if (ns != 0)
        fprintf(o->out, "%" PRId64, ns);
    else
        fputs("null", o->out);
}

static void add_place(object *o, const posed_pose *p)
{
    add_int(o, "sequence", p->sequence);
    add_int(o, "stamp_ns", p->stamp_ns);
    add_int(o, "based_on_ns", p->based_on_ns);
    add_time(o, "expires_ns", p->expires_ns);
    add_text(o, "mode", posed_mode_name(p->mode));
    add_flag(o, "usable", p->usable);
    add_double(o, "latitude_deg", p->latitude_deg);
    add_double(o, "longitude_deg", p->longitude_deg);
    add_double(o, "height_m", p->height_m);
    add_double(o, "x_ecef_m", p->position_ecef_m[0]);
    add_double(o, "y_ecef_m", p->position_ecef_m[1]);
    add_double(o, "z_ecef_m", p->position_ecef_m[2]);
}

static void add_motion(object *o, const posed_pose *p)
{
    static const char *const names[] = {"qx",           "qy",           "qz",           "qw",
                                        "v_east_mps",   "v_north_mps",  "v_up_mps",     "rate_x_radps",
                                        "rate_y_radps", "rate_z_radps", "accel_x_mps2", "accel_y_mps2",
                                        "accel_z_mps2"};
    for (int i = 0; i < 4; i++)
        add_float(o, names[i], p->q_body_enu[i]);
    add_float(o, "roll_rad", p->roll_rad);
    add_float(o, "pitch_rad", p->pitch_rad);
    add_float(o, "heading_rad", p->heading_rad);
    for (int i = 0; i < 3; i++)
        add_float(o, names[4 + i], p->velocity_enu_mps[i]);
    for (int i = 0; i < 3; i++)
        add_float(o, names[7 + i], p->rate_body_radps[i]);
    for (int i = 0; i < 3; i++)
        add_float(o, names[10 + i], p->accel_body_mps2[i]);
}

static void add_pose(object *o, const posed_pose *p)
{
    add_place(o, p);
    add_motion(o, p);
    add_triangle(o, "pose_covariance", 6, p->covariance[0]);
    add_triangle(o, "velocity_covariance", 3, p->velocity_covariance[0]);
    add_float(o, "protection_along_m", p->protection_along_m);
    add_float(o, "protection_cross_m", p->protection_cross_m);
    add_float(o, "protection_vertical_m", p->protection_vertical_m);
    add_float(o, "protection_heading_rad", p->protection_heading_rad);
    add_float(o, "protection_horizontal_m", p->protection_horizontal_m);
    add_float(o, "alert_along_m", p->alert_along_m);
    add_float(o, "alert_cross_m", p->alert_cross_m);
    add_float(o, "alert_vertical_m", p->alert_vertical_m);
    add_float(o, "alert_heading_rad", p->alert_heading_rad);
    add_float(o, "confidence", p->confidence);
    add_faults(o, "faults", p->faults, p->fault_count);
    add_int(o, "resets", p->resets);
    add_float(o, "reset_m", p->reset_m);
    add_int(o, "lane_id", (int64_t)p->lane_id);
    add_float(o, "lane_probability", p->lane_probability);
}

static void print_source(FILE *out, const posed_source *s)
{
    object o = {out, false};
    fputc('{', out);
    add_text(&o, "source", s->name);
    add_text(&o, "state", posed_source_state_name(s->state));
    add_int(&o, "frames", s->frames);
    add_int(&o, "used", s->used);
    add_int(&o, "rejected", s->rejected);
    add_int(&o, "late", s->late);
    add_int(&o, "malformed", s->malformed);
    add_int(&o, "refused", s->refused);
    add_int(&o, "dropped", s->dropped);
    add_float(&o, "rate_hz", s->rate_hz);
    add_float(&o, "latency_s", s->latency_s);
    add_float(&o, "latency_sigma_s", s->latency_sigma_s);
    add_float(&o, "nis_ratio", s->nis_ratio);
    add_time(&o, "last_stamp_ns", s->last_stamp_ns);
    add_float(&o, "age_s", s->age_s);
    add_faults(&o, "faults", s->faults, s->fault_count);
    fputc('}', out);
}

static void print_hypothesis(FILE *out, const posed_hypothesis *h, const posed_status *s)
{
    object o = {out, false};
    fputc('{', out);
    const char *between = "";
    key(&o, "sources");
    fputc('[', out);
    for (size_t i = 0; i < s->source_count && i < 32; i++) {
        if (h->sources >> i & 1) {
            fputs(between, out);
            message_json_text(out, s->sources[i]->name);
            between = ",";
        }
    }
    fputc(']', out);
    add_flag(&o, "live", h->live);
    add_floats(&o, "separation", h->separation, 4);
    add_floats(&o, "threshold", h->threshold, 4);
    add_floats(&o, "sigma", h->sigma, 4);
    add_float(&o, "doubt", h->doubt);
    add_int(&o, "quantities", (int64_t)h->quantities);
    fputc('}', out);
}

static void add_day(object *o, const char *name, bool known, int32_t day)
{
    if (known) {
        add_int(o, name, day);
    } else {
        key(o, name);
        fputs("null", o->out);
    }
}

static void print_map(FILE *out, const posed_map *map)
{
    object o = {out, false};
    fputc('{', out);
    add_text(&o, "file", map->file);
    key(&o, "checksum");
    fprintf(out, "\"%08" PRIx32 "\"", map->checksum);
    add_int(&o, "marks", map->marks);
    add_int(&o, "lines", map->lines);
    add_int(&o, "lanes", map->lanes);
    add_day(&o, "first_survey_day", map->has_survey, map->first_survey_day);
    add_day(&o, "last_survey_day", map->has_survey, map->last_survey_day);
    fputc('}', out);
}

static void add_map(object *o, const posed_status *s)
{
    key(o, "map");
    if (s->has_map)
        print_map(o->out, &s->map);
    else
        fputs("null", o->out);
    key(o, "missed_elements");
    fputc('[', o->out);
    for (size_t i = 0; i < s->missed_count; i++)
        fprintf(o->out, "%s%" PRId64, i > 0 ? "," : "", (int64_t)s->missed[i]);
    fputc(']', o->out);
}

static void add_status(object *o, const posed_status *s)
{
    add_int(o, "sequence", s->sequence);
    add_int(o, "stamp_ns", s->stamp_ns);
    add_text(o, "mode", posed_mode_name(s->mode));
    add_int(o, "protocol", s->protocol);
    add_text(o, "version", s->version);
    add_int(o, "started_ns", s->started_ns);
    add_flag(o, "drive_time", s->drive_time);
    add_int(o, "dropped", s->dropped);
    add_int(o, "malformed", s->malformed);
    add_int(o, "unauthenticated", s->unauthenticated);
    add_float(o, "mount_pitch_rad", s->mount_pitch_rad);
    add_float(o, "mount_pitch_sigma_rad", s->mount_pitch_sigma_rad);
    add_float(o, "mount_yaw_rad", s->mount_yaw_rad);
    add_float(o, "mount_yaw_sigma_rad", s->mount_yaw_sigma_rad);
    add_float(o, "wheel_scale", s->wheel_scale);
    add_float(o, "wheel_scale_sigma", s->wheel_scale_sigma);
    add_faults(o, "system_faults", s->faults, s->fault_count);
    key(o, "sources");
    fputc('[', o->out);
    for (size_t i = 0; i < s->source_count; i++) {
        if (i > 0)
            fputc(',', o->out);
        print_source(o->out, s->sources[i]);
    }
    fputc(']', o->out);
    key(o, "hypotheses");
    fputc('[', o->out);
    for (size_t i = 0; i < s->hypothesis_count; i++) {
        if (i > 0)
            fputc(',', o->out);
        print_hypothesis(o->out, &s->hypotheses[i], s);
    }
    fputc(']', o->out);
    add_map(o, s);
}

static void add_fault(object *o, const posed_fault *f)
{
    add_int(o, "sequence", f->sequence);
    add_int(o, "stamp_ns", f->stamp_ns);
    add_text(o, "source", f->source);
    key(o, "code");
    print_fault(o->out, f->code);
    add_text(o, "severity", posed_severity_name(f->severity));
    add_flag(o, "raised", f->raised);
    add_time(o, "since_ns", f->since_ns);
    add_float(o, "evidence", f->evidence);
    add_float(o, "limit", f->limit);
}

static void add_verdict(object *o, const posed_verdict *v)
{
    add_int(o, "sequence", v->sequence);
    add_int(o, "stamp_ns", v->stamp_ns);
    add_text(o, "source", v->source);
    add_text(o, "quantity", posed_quantity_name(v->quantity));
    add_text(o, "decision", posed_decision_name(v->decision));
    add_text(o, "reason", posed_reason_name(v->reason));
    add_floats(o, "innovation", v->innovation, v->value_count);
    add_floats(o, "variance", v->variance, v->value_count);
    add_float(o, "nis", v->nis);
    add_float(o, "limit", v->limit);
    add_float(o, "weight", v->weight);
    add_int(o, "element", (int64_t)v->element);
}

static const char *topic_of(posed_kind kind)
{
    switch (kind) {
    case POSED_KIND_POSE:
        return TOPIC_POSE;
    case POSED_KIND_TRACK:
        return TOPIC_TRACK;
    case POSED_KIND_STATUS:
        return TOPIC_STATUS;
    case POSED_KIND_FAULT:
        return TOPIC_FAULT;
    case POSED_KIND_VERDICT:
        return TOPIC_VERDICT;
    case POSED_KIND_COUNT:
        break;
    }
    return "";
}

void message_json_event(FILE *out, const posed_event *event)
{
    object o = {out, false};
    fputc('{', out);
    add_text(&o, "topic", topic_of(event->kind));
    add_int(&o, "received_ns", event->received_ns);
    if (event->pose)
        add_pose(&o, event->pose);
    if (event->status)
        add_status(&o, event->status);
    if (event->fault)
        add_fault(&o, event->fault);
    if (event->verdict)
        add_verdict(&o, event->verdict);
    fputs("}\n", out);
}

void message_json_pose(FILE *out, const posed_pose *p)
{
    object o = {out, false};
    if (!p) {
        fputs("null", out);
        return;
    }
    fputc('{', out);
    add_pose(&o, p);
    fputc('}', out);
}

void message_json_status(FILE *out, const posed_status *s)
{
    object o = {out, false};
    if (!s) {
        fputs("null", out);
        return;
    }
    fputc('{', out);
    add_status(&o, s);
    fputc('}', out);
}
