#include "daemon/replay/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>

static const double deg = 180 / M_PI;

/* JSON knows no NAN: what is not known is null. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *integer(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *modes_object(const report *rep)
{
    json_t *modes = json_object();
    for (int m = MODE_INITIALIZING; m < MODE_COUNT; m++)
        json_object_set_new(modes, fusion_mode_word((fusion_mode)m), number(rep->mode_s[m]));
    return modes;
}

static json_t *faults_array(const report *rep)
{
    const replay_result *r = rep->result;
    json_t *faults = json_array();
    for (size_t i = 0; i < r->faults.count; i++) {
        const fault_span *span = &r->faults.spans[i];
        const fault_info *info = fault_describe((fault_code)span->code);
        bool up = span->to_ns == INT64_MAX;
        json_t *fault = json_object();
        json_object_set_new(fault, "source", json_string(fault_source_name(r->settings, span->source)));
        json_object_set_new(fault, "code", json_string(info->name));
        json_object_set_new(fault, "severity", json_string(fault_severity_word(info->severity)));
        json_object_set_new(fault, "from_s", number(report_seconds(rep, span->from_ns)));
        json_object_set_new(fault, "to_s", up ? json_null() : number(report_seconds(rep, span->to_ns)));
        json_array_append_new(faults, fault);
    }
    return faults;
}

static json_t *map_object(const map_identity *map)
{
    char checksum[16];
    if (map->file[0] == '\0')
        return json_null();
    snprintf(checksum, sizeof checksum, "%08" PRIx32, map->checksum);
    json_t *o = json_object();
    json_object_set_new(o, "file", json_string(map->file));
    json_object_set_new(o, "checksum", json_string(checksum));
    json_object_set_new(o, "marks", integer(map->marks));
    json_object_set_new(o, "lines", integer(map->lines));
    json_object_set_new(o, "lanes", integer(map->lanes));
    return o;
}

/* The maps that the drive was recorded on. */
static json_t *recorded_maps_array(const replay_result *r)
{
    json_t *maps = json_array();
    for (size_t i = 0; i < r->recorded_map_count; i++)
        json_array_append_new(maps, map_object(&r->recorded_maps[i]));
    return maps;
}

static json_t *injected_array(const inject_plan *p)
{
    json_t *faults = json_array();
    for (size_t i = 0; p && i < inject_plan_count(p); i++) {
        inject_fault f = inject_plan_get(p, i);
        json_t *fault = json_object();
        json_object_set_new(fault, "name", json_string(inject_plan_name(p)));
        json_object_set_new(fault, "kind", json_string(f.kind));
        json_object_set_new(fault, "source", json_string(f.source));
        json_object_set_new(fault, "from_s", number(f.from_s));
        json_object_set_new(fault, "to_s", number(f.to_s));
        json_array_append_new(faults, fault);
    }
    return faults;
}

static json_t *source_object(const source_tally *tally, const fusion_source_status *status)
{
    double span_s = 1e-9 * ((double)tally->last_ns - (double)tally->first_ns);
    json_t *source = json_object();
    json_object_set_new(source, "frames", integer(tally->frames));
    json_object_set_new(source, "used", integer(status->used));
    json_object_set_new(source, "rejected", integer(status->rejected));
    json_object_set_new(source, "late", integer(status->late));
    json_object_set_new(source, "malformed", integer(tally->malformed));
    json_object_set_new(source, "rate_hz", number(span_s > 0 ? (double)(tally->frames - 1) / span_s : NAN));
    json_object_set_new(source, "latency_s", number(status->latency_s));
    json_object_set_new(source, "latency_sigma_s", number(status->latency_sigma_s));
    json_object_set_new(source, "nis_ratio", number(status->nis_ratio));
    return source;
}

static json_t *sources_object(const report *rep)
{
    const replay_result *r = rep->result;
    json_t *sources = json_object();
    for (size_t i = 0; i < r->settings->source_count; i++)
        json_object_set_new(sources, r->settings->sources[i].name,
                            source_object(&r->tallies[i], &r->status.sources[i]));
    return sources;
}

static json_t *calibration_object(const fusion_status *s)
{
    json_t *c = json_object();
    json_object_set_new(c, "mount_pitch_deg", number(s->mount_pitch_rad * deg));
    json_object_set_new(c, "mount_pitch_sigma_deg", number(s->mount_pitch_sigma_rad * deg));
    json_object_set_new(c, "mount_yaw_deg", number(s->mount_yaw_rad * deg));
    json_object_set_new(c, "mount_yaw_sigma_deg", number(s->mount_yaw_sigma_rad * deg));
    json_object_set_new(c, "wheel_scale", number(s->wheel_scale));
    json_object_set_new(c, "wheel_scale_sigma", number(s->wheel_scale_sigma));
    return c;
}

static json_t *drops_array(const report *rep)
{
    json_t *drops = json_array();
    for (size_t i = 0; i < rep->options->drop_count; i++) {
        const drop_option *option = &rep->options->drops[i];
        const evaluation_drop *d = &rep->drops[i];
        json_t *drop = json_object();
        json_object_set_new(drop, "name", json_string(option->word));
        json_object_set_new(drop, "from_s", number(option->from_s));
        json_object_set_new(drop, "to_s", number(option->to_s));
        json_object_set_new(drop, "samples", integer(d->samples));
        json_object_set_new(drop, "distance_m", number(d->distance_m));
        json_object_set_new(drop, "end_error_m", number(d->end_error_m));
        json_object_set_new(drop, "max_error_m", number(d->max_error_m));
        json_object_set_new(drop, "growth_percent", number(d->growth_percent));
        json_object_set_new(drop, "coverage95", number(d->coverage95));
        json_array_append_new(drops, drop);
    }
    return drops;
}

static json_t *eval_object(const report *rep)
{
    const evaluation *v = &rep->evaluation;
    if (!rep->evaluated)
        return json_null();
    json_t *eval = json_object();
    json_object_set_new(eval, "samples", integer(v->samples));
    json_object_set_new(eval, "availability", number(v->availability));
    json_object_set_new(eval, "horizontal_rmse_m", number(v->horizontal_rmse_m));
    json_object_set_new(eval, "horizontal_p50_m", number(v->horizontal_p50_m));
    json_object_set_new(eval, "horizontal_p95_m", number(v->horizontal_p95_m));
    json_object_set_new(eval, "horizontal_max_m", number(v->horizontal_max_m));
    json_object_set_new(eval, "vertical_rmse_m", number(v->vertical_rmse_m));
    json_object_set_new(eval, "velocity_east_rmse_mps", number(v->velocity_east_rmse_mps));
    json_object_set_new(eval, "velocity_north_rmse_mps", number(v->velocity_north_rmse_mps));
    json_object_set_new(eval, "heading_rmse_deg", number(v->heading_rmse_deg));
    json_object_set_new(eval, "heading_offset_deg", number(v->heading_offset_deg));
    json_object_set_new(eval, "along_p95_m", number(v->along_p95_m));
    json_object_set_new(eval, "cross_p95_m", number(v->cross_p95_m));
    json_object_set_new(eval, "coverage95_horizontal", number(v->coverage95_horizontal));
    json_object_set_new(eval, "nees_horizontal_mean", number(v->nees_horizontal_mean));
    json_object_set_new(eval, "drops", drops_array(rep));
    return eval;
}

static json_t *excluded_array(const report *rep)
{
    const replay_result *r = rep->result;
    json_t *excluded = json_array();
    for (size_t i = 0; i < r->faults.count; i++) {
        const fault_span *span = &r->faults.spans[i];
        bool up = span->to_ns == INT64_MAX;
        if (span->code != FAULT_EXCLUDED)
            continue;
        json_t *one = json_object();
        json_object_set_new(one, "source", json_string(fault_source_name(r->settings, span->source)));
        json_object_set_new(one, "from_s", number(report_seconds(rep, span->from_ns)));
        json_object_set_new(one, "to_s", up ? json_null() : number(report_seconds(rep, span->to_ns)));
        json_array_append_new(excluded, one);
    }
    return excluded;
}

static json_t *integrity_object(const report *rep)
{
    const evaluation_integrity *v = &rep->evaluation.integrity;
    size_t alerts = 0;
    for (size_t i = 0; i < rep->result->faults.count; i++)
        alerts += rep->result->faults.spans[i].code == FAULT_ALERT;
    json_t *o = json_object();
    json_object_set_new(o, "epochs", rep->evaluated ? integer(v->epochs) : json_null());
    json_object_set_new(o, "misleading", rep->evaluated ? integer(v->misleading) : json_null());
    json_object_set_new(o, "hazardous", rep->evaluated ? integer(v->hazardous) : json_null());
    json_object_set_new(o, "available_fraction", number(rep->evaluated ? v->available_fraction : NAN));
    json_object_set_new(o, "alerts", integer(alerts));
    json_object_set_new(o, "pl_horizontal_p50_m", number(rep->evaluated ? v->pl_horizontal_p50_m : NAN));
    json_object_set_new(o, "pl_cross_p50_m", number(rep->evaluated ? v->pl_cross_p50_m : NAN));
    json_object_set_new(o, "pl_along_p50_m", number(rep->evaluated ? v->pl_along_p50_m : NAN));
    json_object_set_new(o, "error_over_pl_max", number(rep->evaluated ? v->error_over_pl_max : NAN));
    json_object_set_new(o, "excluded", excluded_array(rep));
    return o;
}

bool report_print_json(const report *rep, FILE *out)
{
    const replay_result *r = rep->result;
    uint32_t resets = r->pose_count > 0 ? r->poses[r->pose_count - 1].resets : 0;
    json_t *root = json_object();
    json_object_set_new(root, "version", json_string(POSED_VERSION));
    json_object_set_new(root, "duration_s", number(rep->duration_s));
    json_object_set_new(root, "distance_m", number(rep->distance_m));
    json_object_set_new(root, "frames", integer(r->frames));
    json_object_set_new(root, "poses", integer(r->pose_count));
    json_object_set_new(root, "resets", integer(resets));
    json_object_set_new(root, "wall_s", number(r->wall_s));
    json_object_set_new(root, "cpu_s", number(r->cpu_s));
    json_object_set_new(root, "speed_factor", number(rep->speed_factor));
    json_object_set_new(root, "output_sha256", json_string(rep->sha256));
    json_object_set_new(root, "damaged", json_boolean(r->damage[0] != '\0'));
    json_object_set_new(root, "damage", r->damage[0] ? json_string(r->damage) : json_null());
    json_object_set_new(root, "map", map_object(&r->map));
    json_object_set_new(root, "recorded_maps", recorded_maps_array(r));
    json_object_set_new(root, "modes", modes_object(rep));
    json_object_set_new(root, "injected", injected_array(r->injected));
    json_object_set_new(root, "faults", faults_array(rep));
    json_object_set_new(root, "sources", sources_object(rep));
    json_object_set_new(root, "calibration", calibration_object(&r->status));
    json_object_set_new(root, "eval", eval_object(rep));
    json_object_set_new(root, "integrity", integrity_object(rep));
    bool ok = root && json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0 &&
              fputc('\n', out) != EOF;
    json_decref(root);
    return ok;
}
