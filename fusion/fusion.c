#include "fusion/core.h"

#include "fusion/chi_square.h"
#include "fusion/geodesy.h"
#include "fusion/gnss_late.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How often what does not speak is looked at. */
static const int64_t check_period_ns = 100000000;

/* A gap in time longer than this cannot be bridged by motion: the pose is given up. */
static const double longest_gap_s = 120.0;

/* Poses are carried on this far from the last prediction, s; beyond it the covariance must follow. A source
 * slower than this should not have its samples' average cut in pieces, so not much less. */
static const double longest_lag_s = 0.15;

/* A reception that leaps ahead by more than this is believed when a second one confirms it. */
static const double leap_s = 60.0, confirm_s = 1.0;

/* On a map the noise of a camera and of wheels may turn out smaller than it is set, down to this share: the
 * errors that last, of the mount and of the survey, of tyres and of the bus, are states. */
static const float least_scale_on_map = 0.4f;

/* ---- set-up */

static int lay_out(fusion *c)
{
    int next = STATE_SOURCES;
    for (size_t i = 0; i < c->source_count; i++) {
        int wanted = room_own_states(&c->set, c->map.view, &c->set.sources[i]);
        bool fits = next + wanted <= STATE_MAX;
        c->source[i].first_state = wanted && fits ? next : 0;
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
    s->proven = 0;
    s->tried_ns = s->reject_since_ns = s->velocity_reject_since_ns = s->apart_since_ns = INT64_MIN;
    s->nis_ratio = s->noise_scale = s->velocity_scale = s->worse = 1.0f;
    s->reject_ratio = s->settled_s = s->assumed_m = 0.0f;
    s->latency_set = false;
    s->moved_variance = s->agreed_s = s->lately_m = 0.0f;
    s->agreed_m = s->opened_m = s->wobble = s->apart_m = s->strayed_m = 0.0f;
}

static void set_up_source(fusion *c, size_t i)
{
    source_run *s = &c->source[i];
    s->set = &c->set.sources[i];
    s->index = (uint16_t)i;
    fault_set_init(&s->faults, (uint16_t)i);
    s->seen_ns = s->fused_ns = s->tried_ns = s->reject_since_ns = s->still_since_ns = INT64_MIN;
    s->steady_ns = s->apart_since_ns = INT64_MIN;
    s->velocity_reject_since_ns = s->speed_reject_since_ns = s->watch_ns = INT64_MIN;
    s->returned_ns = s->banned_ns = s->agrees_ns = s->pace_ns = s->plain_since_ns = s->trouble_ns =
        s->acquitted_ns = INT64_MIN;
    s->nis_ratio = s->noise_scale = s->velocity_scale = s->worse = 1.0f;
    s->hidden_m = s->covered_m = (float)c->set.integrity.hidden_unproven_m;
    s->clarity = 1.0f;
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
                                          .denied_ns = INT64_MIN};

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
    c->track.source = -1;
    reverse_forget(c);
    c->track.stamp_ns = INT64_MIN;
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

void core_fault(fusion *c, fault_set *set, fault_code code, bool present, int64_t now_ns, float evidence,
                float limit)
{
    if (c->look) {
        const fault_event seen = {now_ns, now_ns, set->source, (uint8_t)code, present, evidence, limit};
        c->look(c->look_context, &seen);
    }
    if (!present && !fault_is_raised(set, code) && set->flags[code].true_since_ns == INT64_MIN)
        return; /* the common case */
    fault_report(set, code, present, now_ns, evidence, limit, c->sinks.fault, c->sinks.context);
}

/* ---- one frame, in the order of stamps */

static bool due(const source_run *s, const frame *in)
{
    double rate = s->set->fuse_rate_hz;
    return rate <= 0.0 || s->tried_ns == INT64_MIN ||
           seconds_between(s->tried_ns, in->stamp_ns) * rate >= 0.98;
}

static void fuse(fusion *c, source_run *s, const frame *in)
{
    switch ((frame_kind)in->kind) {
    case FRAME_GNSS:
        gnss_fuse(c, s, in);
        break;
    case FRAME_WHEEL:
        wheel_fuse(c, s, in);
        break;
    case FRAME_RADAR:
        radar_fuse(c, s, in);
        if (c->map.view)
            map_returns_fuse(c, s, in);
        break;
    case FRAME_LANDMARKS:
        landmarks_fuse(c, s, in);
        break;
    case FRAME_LANES:
        if (c->map.view && s->first_state)
            map_lanes_fuse(c, s, in);
        else
            core_refuse(c, s, in, QUANTITY_FRAME, DECISION_IGNORED, REASON_NO_MODEL);
        break;
    case FRAME_ROADSIDE:
        roadside_fuse(c, s, in);
        break;
    case FRAME_ODOMETRY:
        odometry_fuse(c, s, in);
        break;
    default:
        core_refuse(c, s, in, QUANTITY_FRAME, DECISION_IGNORED, REASON_NO_MODEL);
        break;
    }
}

/* A frame that is compared with the state, which is brought to its stamp first. */
static void measure(fusion *c, source_run *s, const frame *in)
{
    const bool returns = in->kind == FRAME_RADAR && c->map.view;
    if (!due(s, in)) {
        if (returns)
            map_returns_note(c, s, in);
        core_refuse(c, s, in, QUANTITY_FRAME, DECISION_IGNORED, REASON_RATE_LIMITED);
        return;
    }
    inertial_advance(c, in->stamp_ns);
    if (returns)
        map_returns_note(c, s, in);
    fuse(c, s, in);
    s->tried_ns = in->stamp_ns;
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
    memset(c->f.source, 0, sizeof c->f.source);
    memset(c->f.mount, 0, sizeof c->f.mount);
    covariance_init(&c->f.p, c->f.p.n, c->storage);
    for (size_t i = 0; i < c->source_count; i++) {
        set_up_states(c, &c->source[i]);
        shift_reset(c, &c->source[i]);
        forget_statistics(&c->source[i]);
    }
    map_run_reset(c);
    fiducials_reset(c);
    inertial_reset(c);
    odometry_break(c);
    reverse_forget(c);
    c->start = start_nowhere;
    c->absolute_ns = INT64_MIN;
}

static void run(fusion *c, source_run *s, const frame *in)
{
    if (in->kind == FRAME_IMU || in->kind == FRAME_WHEEL)
        inertial_take(c, s, in);
    if (in->kind == FRAME_WHEEL)
        inertial_turn_take(c, s, in);
    if (in->kind == FRAME_CAMERA_HEALTH)
        s->used++; /* its flags have been set when it was checked */
    else if (in->kind != FRAME_IMU)
        measure(c, s, in);
    if (c->f.stamp_ns == in->stamp_ns)
        vehicle_constrain(c, in);
}

static void begin(fusion *c, const frame *in)
{
    c->first_ns = in->stamp_ns;
    pose_start_ticks(c, in->stamp_ns);
    c->check_ns = in->stamp_ns;
    if (c->restored)
        c->f.stamp_ns = in->stamp_ns;
}

/* The first of the looks within a second. */
static bool begins_second(int64_t check_ns)
{
    const int64_t second = 1000000000, into = check_ns % second;
    return (into < 0 ? into + second : into) < check_period_ns;
}

void core_pass_time(fusion *c, int64_t stamp_ns)
{
    while (c->check_ns < stamp_ns) {
        if (c->check_ns + (int64_t)(longest_gap_s * 1e9) < stamp_ns) {
            if (c->running)
                core_give_up(c, c->check_ns);
            c->check_ns = stamp_ns;
            pose_start_ticks(c, stamp_ns);
            return;
        }
        pose_emit_until(c, c->check_ns);
        if (c->running && seconds_between(c->f.stamp_ns, c->check_ns) > longest_lag_s)
            inertial_advance(c, c->check_ns);
        monitor_tick(c, c->check_ns, (float)check_period_ns * 1e-9f);
        if (begins_second(c->check_ns))
            map_missing_look(c, c->check_ns);
        late_look(c, c->check_ns);
        if (c->running && !filter_is_sound(&c->f))
            core_give_up(c, c->check_ns);
        else if (c->running)
            core_fault(c, &c->system, FAULT_DIVERGED, false, c->check_ns, NAN, NAN);
        if (c->running) {
            initialize_watch_heading(c, c->check_ns);
            inertial_slide_look(c, c->check_ns);
            inertial_turn_look(c, c->check_ns);
            integrity_look(c, c->check_ns);
        }
        core_fault(c, &c->system, FAULT_MOVED, c->claim.contradicted, c->check_ns, NAN, NAN);
        exclusion_tick(c, c->check_ns);
        pose_update_mode(c, c->check_ns);
        c->check_ns += check_period_ns;
    }
    pose_emit_until(c, stamp_ns);
}

/* It has own states, or needs none. A source for which there was no room has none, and nor has one that has
 * been switched off while its frames waited. */
static bool has_states(const fusion *c, const source_run *s)
{
    return s->set->enabled && (s->first_state || room_own_states(&c->set, c->map.view, s->set) == 0);
}

void core_apply(fusion *c, const frame *in)
{
    source_run *s = &c->source[in->source];
    if (c->first_ns == INT64_MIN)
        begin(c, in);
    core_pass_time(c, in->stamp_ns);
    if (!has_states(c, s)) {
        core_refuse(c, s, in, QUANTITY_FRAME, DECISION_IGNORED, REASON_NO_MODEL);
        return;
    }
    if (monitor_check(c, s, in)) {
        c->applied_ns = in->stamp_ns;
        if (c->running && claim_is_refuted(c, in->stamp_ns))
            core_start_anew(c);
        if (!c->running) {
            initialize_look(c, s, in);
            if (c->running) {
                integrity_look(c, in->stamp_ns);
                pose_update_mode(c, in->stamp_ns);
            }
        } else {
            run(c, s, in);
        }
    }
}

/* ---- the window */

static int64_t window_ns(const fusion *c)
{
    return (int64_t)(c->set.filter.window_s * 1e9);
}

static void close_window(fusion *c, int64_t until_ns)
{
    const frame *oldest;
    while ((oldest = window_oldest(c->waiting)) && oldest->stamp_ns <= until_ns) {
        core_apply(c, oldest);
        window_drop(c->waiting);
    }
    if (until_ns > c->closed_ns)
        c->closed_ns = until_ns;
}

/* Time of reception: leaps need a second witness. */
static bool take_time(fusion *c, int64_t received_ns)
{
    if (c->now_ns != INT64_MIN && seconds_between(c->now_ns, received_ns) > leap_s &&
        (c->suspect_ns == INT64_MIN || fabs(seconds_between(c->suspect_ns, received_ns)) > confirm_s)) {
        c->suspect_ns = received_ns;
        return false;
    }
    c->suspect_ns = INT64_MIN;
    if (received_ns > c->now_ns)
        c->now_ns = received_ns;
    return true;
}

static bool belongs(const fusion *c, const frame *in)
{
    return in->source < c->source_count && in->kind < FRAME_KIND_COUNT &&
           frame_kind_source((frame_kind)in->kind) == c->set.sources[in->source].kind &&
           !(in->kind == FRAME_RADAR && in->u.radar.count > FRAME_MAX_DETECTIONS) &&
           !(in->kind == FRAME_LANDMARKS && in->u.landmarks.count > FRAME_MAX_LANDMARKS) &&
           !(in->kind == FRAME_LANES && in->u.lanes.count > FRAME_MAX_LANES);
}

static bool refuse(fusion *c, source_run *s, const frame *in, fault_set *set, fault_code code,
                   verdict_reason reason, double evidence, double limit)
{
    core_fault(c, set, code, true, c->applied_ns == INT64_MIN ? in->stamp_ns : c->applied_ns, (float)evidence,
               (float)limit);
    core_refuse(c, s, in, QUANTITY_FRAME, DECISION_REJECTED, reason);
    return false;
}

/* A stamp that its reception allows; both within 146 years of the epoch, so that what is computed from them
 * fits. */
static bool stamp_is_possible(const source_run *s, const frame *in)
{
    const int64_t most = INT64_C(1) << 62;
    double behind = seconds_between(in->stamp_ns, in->received_ns);
    return in->received_ns > -most && in->received_ns < most && behind <= s->set->max_latency_s &&
           behind >= -s->set->max_future_s;
}

bool fusion_push(fusion *c, const frame *in)
{
    if (!belongs(c, in))
        return false;
    source_run *s = &c->source[in->source];
    s->frames++;
    if (!s->set->enabled)
        return false;
    if (!stamp_is_possible(s, in)) {
        double ahead_s = seconds_between(in->received_ns, in->stamp_ns);
        s->rejected++;
        return refuse(c, s, in, &s->faults, FAULT_TIME_JUMP, REASON_TIME_JUMP, fabs(ahead_s),
                      ahead_s > 0.0 ? s->set->max_future_s : s->set->max_latency_s);
    }
    if (!take_time(c, in->received_ns))
        return refuse(c, s, in, &s->faults, FAULT_TIME_JUMP, REASON_TIME_JUMP, NAN, NAN);
    close_window(c, c->now_ns - window_ns(c)); /* whoever told the time, so that it is no matter who did */
    if (in->stamp_ns <= c->closed_ns) {
        s->late++;
        return refuse(c, s, in, &s->faults, FAULT_LATE, REASON_LATE, seconds_between(in->stamp_ns, c->now_ns),
                      c->set.filter.window_s);
    }
    if (window_put(c->waiting, in->stamp_ns, in) == WINDOW_FULL)
        return refuse(c, s, in, &c->system, FAULT_OVERLOAD, REASON_LATE, NAN, NAN);
    return true;
}

void fusion_advance(fusion *c, int64_t now_ns)
{
    if (now_ns <= c->now_ns)
        return;
    c->now_ns = now_ns;
    int64_t until = now_ns - window_ns(c);
    close_window(c, until);
    if (c->first_ns == INT64_MIN)
        return;
    core_pass_time(c, until);
}

void fusion_flush(fusion *c)
{
    close_window(c, INT64_MAX);
}
