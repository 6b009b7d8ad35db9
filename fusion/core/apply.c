/* One frame, in the order of stamps, and the time that passes between two. */
#include "fusion/core/claim.h"
#include "fusion/core/core.h"
#include "fusion/core/initialize.h"
#include "fusion/core/monitor.h"
#include "fusion/core/pose.h"
#include "fusion/core/room.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_error.h"
#include "fusion/gnss/gnss_fix.h"
#include "fusion/gnss/gnss_late.h"
#include "fusion/inertial/inertial.h"
#include "fusion/inertial/inertial_slide.h"
#include "fusion/inertial/inertial_turn.h"
#include "fusion/integrity/exclusion.h"
#include "fusion/integrity/integrity.h"
#include "fusion/map/map_lanes.h"
#include "fusion/map/map_missing.h"
#include "fusion/map/map_returns.h"
#include "fusion/map/map_stand.h"
#include "fusion/motion/odometry.h"
#include "fusion/motion/vehicle.h"
#include "fusion/motion/wheel_slip.h"
#include "fusion/motion/wheels.h"
#include "fusion/radar/radar.h"
#include "fusion/sight/camera_health.h"
#include "fusion/sight/landmarks.h"

#include <math.h>
#include <string.h>

/* How often what does not speak is looked at. */
static const int64_t check_period_ns = 100000000;

/* A gap in time longer than this cannot be bridged by motion: the pose is given up. */
static const double longest_gap_s = 120.0;

/* Poses are carried on this far from the last prediction, s; beyond it the covariance must follow. A source
 * slower than this should not have its samples' average cut in pieces, so not much less. */
static const double longest_lag_s = 0.15;

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

static void run(fusion *c, source_run *s, const frame *in)
{
    if (in->kind == FRAME_IMU || in->kind == FRAME_WHEEL)
        inertial_take(c, s, in);
    if (in->kind == FRAME_WHEEL) {
        inertial_turn_take(c, s, in);
        wheel_slip_hear(c, s, in);
    }
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

/* The numbers went wrong. What the pose was unsure of by then it still is: where a receiver that leapt by
 * hundreds of metres has opened the place, single precision may round a variance beside it below zero. */
static void begin_anew(fusion *c)
{
    const float variance = 0.5f * core_horizontal_variance(c);
    core_give_up(c, c->check_ns);
    if (!(variance > 0.0f) || !isfinite(variance))
        return;
    for (size_t i = 0; i < c->source_count; i++) {
        if (c->source[i].set->kind == SOURCE_GNSS)
            gnss_doubt_begins(&c->source[i], variance);
    }
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
            begin_anew(c);
        else if (c->running)
            core_fault(c, &c->system, FAULT_DIVERGED, false, c->check_ns, NAN, NAN);
        if (c->running) {
            initialize_watch_heading(c, c->check_ns);
            gnss_smooth_silence(c, c->check_ns, (float)check_period_ns * 1e-9f);
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
