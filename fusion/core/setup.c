/* Building the core, and beginning anew. */
#include "fusion/core/claim.h"
#include "fusion/core/core.h"
#include "fusion/core/initialize.h"
#include "fusion/core/lookahead.h"
#include "fusion/core/room.h"
#include "fusion/filter/chi_square.h"
#include "fusion/gnss/gnss.h"
#include "fusion/inertial/inertial.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/integrity.h"
#include "fusion/integrity/shift.h"
#include "fusion/map/map_pairs.h"
#include "fusion/map/map_slots.h"
#include "fusion/motion/odometry.h"
#include "fusion/motion/reverse.h"
#include "fusion/motion/wheels.h"
#include "fusion/radar/radar.h"
#include "fusion/sight/fiducials.h"
#include "fusion/sight/landmarks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* On a map the noise of a camera and of wheels may turn out smaller than it is set, down to this share: the
 * errors that last, of the mount and of the survey, of tyres and of the bus, are states. */
static const float least_scale_on_map = 0.4f;

static int lay_out(fusion *c)
{
    int next = STATE_SOURCES;
    for (size_t i = 0; i < c->source_count; i++) {
        int wanted = room_own_states(&c->set, c->map.view, &c->set.sources[i]);
        bool fits = next + wanted <= STATE_MAX;
        c->source[i].first_state = wanted && fits ? next : 0;
        c->source[i].own_states = fits ? wanted : 0;
        next += fits ? wanted : 0;
    }
    return c->map.view ? map_slots_lay_out(c, next) : next;
}

void core_own_state(fusion *c, int state, double value, double sigma, float walk)
{
    float variance = (float)(sigma * sigma);
    c->f.slow[state - STATE_SOURCES] = (slow_state){.walk = variance > 0.0f ? walk : 0.0f, .bound = variance};
    c->f.source[state - STATE_SOURCES] = value;
    core_reset(c, state, variance);
}

static void set_up_states(fusion *c, source_run *s)
{
    if (!s->first_state)
        return;
    if (s->set->kind == SOURCE_GNSS)
        gnss_setup(c, s);
    else if (s->set->kind == SOURCE_WHEEL)
        wheel_setup(c, s);
    else if (s->set->kind == SOURCE_RADAR)
        radar_setup(c, s);
    else if (s->set->kind == SOURCE_CAMERA)
        camera_setup(c, s);
    else if (s->set->kind == SOURCE_ODOMETRY)
        odometry_setup(c, s);
}

static void set_up_mount(const fusion *c, source_run *s)
{
    const mount_settings *m = &s->set->mount;
    double q[4], r[3][3];
    quat_from_euler(m->roll_deg * RADIANS_PER_DEGREE, m->pitch_deg * RADIANS_PER_DEGREE,
                    m->yaw_deg * RADIANS_PER_DEGREE, q);
    quat_to_rows(q, r);
    rows_to_mat3(r, s->r_body_sensor);
    s->lever_m[0] = (float)m->x_m - c->nav_point_m[0];
    s->lever_m[1] = (float)m->y_m - c->nav_point_m[1];
    s->lever_m[2] = (float)m->z_m - c->nav_point_m[2];
}

/* What the source's measurements have told of it. */
static void forget_statistics(source_run *s)
{
    s->gnss.proven = 0;
    s->tried_ns = s->reject_since_ns = s->gnss.velocity_reject_since_ns = s->place.apart_since_ns = INT64_MIN;
    s->place.height_since_ns = INT64_MIN;
    s->nis_ratio = s->noise_scale = s->gnss.velocity_scale = s->gnss.worse = 1.0f;
    s->reject_ratio = s->gnss.settled_s = s->gnss.assumed_m = 0.0f;
    s->gnss.latency_set = false;
    s->gnss.moved_variance = s->place.agreed_s = s->gnss.lately_m = 0.0f;
    s->place.agreed_m = s->place.opened_m = s->place.wobble = s->place.apart_m = s->place.strayed_m = 0.0f;
}

static void set_up_source(fusion *c, size_t i)
{
    source_run *s = &c->source[i];
    s->set = &c->set.sources[i];
    s->index = (uint16_t)i;
    fault_set_init(&s->faults, (uint16_t)i);
    s->seen_ns = s->fused_ns = s->tried_ns = s->reject_since_ns = s->speed.still_since_ns = INT64_MIN;
    s->speed.steady_ns = s->place.apart_since_ns = s->place.height_since_ns = INT64_MIN;
    s->gnss.velocity_reject_since_ns = s->speed.reject_since_ns = s->camera.watch_ns = INT64_MIN;
    s->gnss.away.since_ns = s->gnss.away.newest_ns = s->gnss.away.leapt_ns = INT64_MIN;
    s->returned_ns = s->out.banned_ns = s->out.agrees_ns = s->speed.pace_ns = s->speed.plain_since_ns =
        s->out.trouble_ns = s->out.acquitted_ns = INT64_MIN;
    s->nis_ratio = s->noise_scale = s->gnss.velocity_scale = s->gnss.worse = 1.0f;
    s->place.hidden_m = s->place.covered_m = (float)c->set.integrity.hidden_unproven_m;
    s->camera.clarity = 1.0f;
    set_up_mount(c, s);
    set_up_states(c, s);
    shift_reset(c, s);
}

static float least_scale(const fusion *c, const source_settings *set)
{
    if (set->kind == SOURCE_GNSS)
        return (float)set->of.gnss.least_unrest;
    bool lasting_known = set->kind == SOURCE_CAMERA || set->kind == SOURCE_WHEEL;
    return c->map.view && lasting_known ? least_scale_on_map : 1.0f;
}

void core_set_limits(fusion *c)
{
    for (int dof = 1; dof <= 3; dof++) {
        c->limit.gate[dof] = (float)chi_square_quantile(dof, c->set.filter.gate_probability);
        c->limit.robust[dof] = (float)chi_square_quantile(dof, c->set.filter.robust_probability);
    }
    for (size_t i = 0; i < c->source_count; i++) {
        const source_settings *set = &c->set.sources[i];
        c->source[i].least_scale = least_scale(c, set);
    }
    integrity_set_factors(c);
}

static const start_state start_nowhere = {.anchor_ns = INT64_MIN,
                                          .speed_mps = NAN,
                                          .fix_source = -1,
                                          .wheel_ns = INT64_MIN,
                                          .denied_ns = INT64_MIN,
                                          .wheels_ns = INT64_MIN,
                                          .wheels_stand_ns = INT64_MIN,
                                          .receiver_moves_ns = INT64_MIN,
                                          .receiver_stands_ns = INT64_MIN};

fusion *fusion_create(const settings *s, const fusion_sinks *sinks)
{
    return fusion_create_on_map(s, sinks, NULL);
}

fusion *fusion_create_on_map(const settings *s, const fusion_sinks *sinks, const map_view *map)
{
    fusion *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->set = *s;
    c->sinks = *sinks;
    c->source_count = s->source_count;
    c->map.view = map;
    c->work = map ? map_work_create() : NULL;
    int n = lay_out(c);
    size_t floats = filter_storage_floats(n) + bank_floats(s, n, map != NULL);
    size_t bytes = (floats * sizeof *c->storage + 63) / 64 * 64;
    c->waiting = window_create();
    c->storage = aligned_alloc(64, bytes);
    c->ahead = lookahead_create(bytes, s);
    if (!c->waiting || !c->storage || !c->ahead || (map && !c->work)) {
        fusion_destroy(c);
        return NULL;
    }
    filter_init(&c->f, n, c->storage, s->filter.earth_rotation);
    c->f.swing_state = c->map.swing_state;
    bank_setup(c);
    c->now_ns = c->suspect_ns = c->closed_ns = c->applied_ns = c->check_ns = c->first_ns = INT64_MIN;
    c->absolute_ns = c->map.blamed_ns = c->accused_ns = c->unsettled_ns = c->constraint_ns = c->tilt_ns =
        INT64_MIN;
    c->late.speed_ns = c->late.rate_ns = c->late.way_ns = INT64_MIN;
    c->late.rate_source = -1;
    c->wheel_clock.change_ns = INT64_MIN;
    c->rest.stamp_ns = c->rest.still_ns = c->rest.leap_ns = c->leapt.found_ns = INT64_MIN;
    c->track.source = -1;
    c->track.stamp_ns = INT64_MIN;
    reverse_forget(c);
    c->start = start_nowhere;
    c->heading_lost_ns = INT64_MIN;
    c->mode = MODE_INITIALIZING;
    c->reset_m = NAN;
    fault_set_init(&c->system, FAULT_SOURCE_SYSTEM);
    fault_set_init(&c->map.faults, FAULT_SOURCE_MAP);
    core_set_limits(c);
    inertial_setup(c);
    for (size_t i = 0; i < c->source_count; i++)
        set_up_source(c, i);
    map_run_reset(c);
    fiducials_reset(c);
    inertial_reset(c);
    return c;
}

void fusion_destroy(fusion *c)
{
    if (!c)
        return;
    lookahead_destroy(c->ahead);
    window_destroy(c->waiting);
    free(c->storage);
    free(c->work);
    free(c);
}

void fusion_watch_conditions(fusion *c, fault_sink *look, void *context)
{
    c->look = look;
    c->look_context = context;
}

void core_report(fusion *c, fault_set *set, fault_code code, bool present, int64_t now_ns, float evidence,
                 float limit)
{
    if (c->look) {
        const fault_event seen = {now_ns, now_ns, set->source, (uint8_t)code, present, evidence, limit};
        c->look(c->look_context, &seen);
    }
    fault_report(set, code, present, now_ns, evidence, limit, c->sinks.fault, c->sinks.context);
}

/* The numbers went wrong, or everything contradicts the filter: it starts anew. */
void core_give_up(fusion *c, int64_t now_ns)
{
    core_fault(c, &c->system, FAULT_DIVERGED, true, now_ns, NAN, NAN);
    core_start_anew(c);
}

void core_start_anew(fusion *c)
{
    c->claim = (saved_claim){.open = false};
    bank_restart(c);
    c->running = c->bank.judged = false;
    memset(&c->bank.either, 0, sizeof c->bank.either);
    memset(c->f.source, 0, sizeof c->f.source);
    filter_set_mount(&c->f, 0.0, 0.0);
    covariance_init(&c->f.p, c->f.p.n, c->storage);
    for (size_t i = 0; i < c->source_count; i++) {
        set_up_states(c, &c->source[i]);
        shift_reset(c, &c->source[i]);
        standstill_forget(&c->source[i].imu.still);
        forget_statistics(&c->source[i]);
    }
    map_run_reset(c);
    fiducials_reset(c);
    inertial_reset(c);
    odometry_break(c);
    reverse_forget(c);
    c->start = start_nowhere;
    c->absolute_ns = INT64_MIN;
    memset(c->late.cover, 0, sizeof c->late.cover);
}
