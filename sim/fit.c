#include "sim/fit_private.h"

#include "sim/scenario_table.h"
#include "sim/vec.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_FRAMES = 20 };

/* ---- figures ---- */

static void *target_of(sim_fit *fit, int where, const char *name, const config_key **key)
{
    sim_scenario *s = fit->scenario;
    if (where == SIM_FIT_ROAD) {
        *key = config_key_find(&sim_road_group, name);
        return &s->road;
    }
    if (where == SIM_FIT_VEHICLE) {
        *key = config_key_find(&sim_vehicle_group, name);
        return &s->vehicle;
    }
    sim_sensor_settings *sensor = &s->sensors[where];
    *key = config_key_find(&sim_sensor_group, name);
    if (!*key)
        *key = config_key_find(&sim_errors_group[sensor->kind], name);
    return sensor;
}

__attribute__((format(printf, 5, 0))) static sim_fit_line *
add(sim_fit *fit, int where, const char *key, sim_fit_outcome outcome, const char *format, va_list arguments)
{
    if (fit->count == SIM_FIT_MAX)
        fit->count--; /* the last one gives way: 16 sensors say less than this */
    sim_fit_line *line = &fit->lines[fit->count++];
    *line = (sim_fit_line){.where = where, .key = key, .outcome = outcome, .value = NAN, .measured = NAN};
    vsnprintf(line->said, sizeof line->said, format, arguments);
    return line;
}

void fit_take(sim_fit *fit, int where, const char *key, double measured, const char *format, ...)
{
    const config_key *k;
    void *target = target_of(fit, where, key, &k);
    double *value = config_number(k, target);
    double least = k->min;
    va_list arguments;
    if (where >= 0 && strcmp(key, "latency_s") == 0)
        least = fmax(least, sim_least_latency_s(fit->scenario->sensors[where].kind));
    if (!isfinite(measured)) {
        fit_keep(fit, where, key, "the drive does not show it");
        return;
    }
    *value = fmin(fmax(measured, least), k->max);
    va_start(arguments, format);
    sim_fit_outcome outcome = measured < least    ? SIM_FIT_RAISED
                              : measured > k->max ? SIM_FIT_CUT
                                                  : SIM_FIT_TAKEN;
    sim_fit_line *line = add(fit, where, k->name, outcome, format, arguments);
    va_end(arguments);
    line->value = *value;
    line->measured = measured;
}

void fit_keep(sim_fit *fit, int where, const char *key, const char *format, ...)
{
    const config_key *k;
    void *target = target_of(fit, where, key, &k);
    va_list arguments;
    va_start(arguments, format);
    add(fit, where, k->name, SIM_FIT_KEPT, format, arguments)->value = config_get(k, target);
    va_end(arguments);
}

void fit_remark(sim_fit *fit, int where, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(fit, where, NULL, SIM_FIT_REMARK, format, arguments);
    va_end(arguments);
}

size_t sim_fit_count(const sim_fit *fit, sim_fit_outcome outcome)
{
    size_t n = 0;
    for (size_t i = 0; i < fit->count; i++)
        n += fit->lines[i].outcome == outcome;
    return n;
}

/* ---- frames and motion ---- */

bool fit_next(const fit_source *s, frame_kind kind, size_t *at)
{
    while (*at < s->in->frame_count) {
        s->in->get(s->in->context, (*at)++, s->scratch);
        if (s->scratch->source == s->index && s->scratch->kind == kind)
            return true;
    }
    return false;
}

double fit_seconds(const fit_source *s, int64_t stamp_ns)
{
    return 1e-9 * (double)(stamp_ns - sim_motion_begin_ns(s->in->motion));
}

double *fit_room(fit_source *s, size_t n)
{
    double *room = calloc(n + 1, sizeof *room);
    s->failed |= room == NULL;
    return room;
}

bool fit_truth_at(const fit_source *s, const mount_settings *lever, double t_s, fit_truth *out)
{
    const double h = 0.1;
    sim_motion_state x, before, after;
    if (!sim_motion_at(s->in->motion, t_s, &x))
        return false;
    sim_motion_at(s->in->motion, t_s - h, &before);
    sim_motion_at(s->in->motion, t_s + h, &after);
    double c = cos(x.yaw_rad), r = sin(x.yaw_rad), rate = (after.yaw_rad - before.yaw_rad) / (2 * h);
    const double arm[3] = {c * lever->x_m - r * lever->y_m, r * lever->x_m + c * lever->y_m, lever->z_m};
    const double swing[3] = {-rate * arm[1], rate * arm[0], 0};
    for (int i = 0; i < 3; i++) {
        out->at_m[i] = x.plane_m[i] + arm[i];
        out->velocity_mps[i] = x.velocity_mps[i] + swing[i];
    }
    out->forward_mps = x.velocity_mps[0] * c + x.velocity_mps[1] * r;
    out->yaw_rad = x.yaw_rad;
    out->yaw_rate_radps = rate;
    return true;
}

/* ---- the drive ---- */

static void fit_camera(fit_source *s)
{
    fit_remark(s->fit, s->where, "its errors are the defaults: they show against a surveyed map alone");
}

static void (*const fits[SOURCE_KIND_COUNT])(fit_source *) = {
    [SOURCE_GNSS] = fit_gnss,       [SOURCE_IMU] = fit_imu,       [SOURCE_WHEEL] = fit_wheel,
    [SOURCE_RADAR] = fit_radar,     [SOURCE_CAMERA] = fit_camera, [SOURCE_ROADSIDE] = fit_camera,
    [SOURCE_ODOMETRY] = fit_camera,
};

/* The kind of frame that a source sends most. */
static void count_frames(const sim_fit_input *in, frame *f,
                         size_t counts[SETTINGS_MAX_SOURCES][FRAME_KIND_COUNT])
{
    for (size_t i = 0; i < in->frame_count; i++) {
        in->get(in->context, i, f);
        if (f->source < SETTINGS_MAX_SOURCES && f->kind < FRAME_KIND_COUNT)
            counts[f->source][f->kind]++;
    }
}

static void fit_road(const sim_fit_input *in, sim_fit *fit)
{
    double sum = 0, moving = 0;
    const sim_motion_state *x = sim_motion_states(in->motion);
    for (size_t i = 0; i < sim_motion_count(in->motion); i++) {
        double v = hypot(x[i].velocity_mps[0], x[i].velocity_mps[1]);
        sum += v > 1 ? v : 0;
        moving += v > 1;
    }
    fit_take(fit, SIM_FIT_ROAD, "speed_mps", moving > 0 ? sum / moving : 0,
             "mean while it moves; what the others on the road go by");
    fit->scenario->road.lanes = 3;
    fit_keep(fit, SIM_FIT_ROAD, "lanes", "the vehicle goes in the middle one; the drive does not say");
    fit->scenario->road.trees = 0;
    fit_keep(fit, SIM_FIT_ROAD, "trees", "what the sky did is in the errors already");
}

static bool add_sensor(sim_scenario *s, const source_settings *source)
{
    sim_sensor_settings *sensor = &s->sensors[s->sensor_count];
    if (s->sensor_count == SIM_MAX_SENSORS || !sim_sensor_default(sensor, source->name))
        return false;
    sensor->mount = source->mount;
    s->sensor_count++;
    return true;
}

static bool fit_one(const sim_fit_input *in, sim_fit *fit, uint16_t index,
                    const size_t counts[FRAME_KIND_COUNT], frame *scratch)
{
    const source_settings *source = &in->settings->sources[index];
    frame_kind kind = 0;
    for (int k = 1; k < FRAME_KIND_COUNT; k++)
        kind = counts[k] > counts[kind] ? (frame_kind)k : kind;
    if (!source->enabled || counts[kind] < LEAST_FRAMES || !add_sensor(fit->scenario, source))
        return true;
    int where = (int)fit->scenario->sensor_count - 1;
    fit_source s = {.in = in,
                    .fit = fit,
                    .where = where,
                    .sensor = &fit->scenario->sensors[where],
                    .source = source,
                    .status = &in->status->sources[index],
                    .index = index,
                    .kind = kind,
                    .count = counts[kind],
                    .scratch = scratch};
    fit_pace(&s);
    if (!s.failed)
        fits[source->kind](&s);
    return !s.failed;
}

static void begin(const sim_fit_input *in, sim_scenario *s, sim_fit *fit)
{
    sim_scenario_default(s);
    *fit = (sim_fit){.scenario = s, .truth = in->truth};
    snprintf(s->name, sizeof s->name, "twin");
    snprintf(s->about, sizeof s->about, "fitted to %.180s, %s", in->name,
             in->truth ? "against its truth" : "against what posed made of it: it brings no truth");
    s->duration_s = sim_motion_duration_s(in->motion);
    s->road.kind = SIM_ROAD_DRIVE;
    snprintf(s->road.file, sizeof s->road.file, "%s", in->file);
    s->motion = in->motion;
    s->config = *in->settings;
    s->config.truth = (mount_settings){0}; /* a simulated truth is that of the body */
    s->config.landmark_count = 0;          /* what stands by the road is drawn anew */
}

/* Sources that the twin has not are no sources of its vehicle. */
static void drop_sources(sim_scenario *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->config.source_count; i++) {
        for (size_t k = 0; k < s->sensor_count; k++) {
            if (strcmp(s->sensors[k].name, s->config.sources[i].name) == 0) {
                s->config.sources[kept++] = s->config.sources[i];
                break;
            }
        }
    }
    s->config.source_count = kept;
}

bool sim_fit_drive(const sim_fit_input *in, sim_scenario *s, sim_fit *fit, error *e)
{
    size_t(*counts)[FRAME_KIND_COUNT] = calloc(SETTINGS_MAX_SOURCES, sizeof *counts);
    frame *scratch = calloc(1, sizeof *scratch);
    bool good = counts && scratch;
    begin(in, s, fit);
    fit_road(in, fit);
    if (good)
        count_frames(in, scratch, counts);
    for (uint16_t i = 0; good && i < in->settings->source_count; i++)
        good = fit_one(in, fit, i, counts[i], scratch);
    free(scratch);
    free(counts);
    drop_sources(s);
    if (!good)
        return error_set(e, "out of memory");
    return s->sensor_count > 0 || error_set(e, "%s: no source has %d frames", in->name, LEAST_FRAMES);
}
