/*
 * Changes from outside to a core that runs: a clock that was stepped, other settings.
 */
#include "fusion/core/core.h"
#include "fusion/core/lookahead.h"
#include "fusion/map/map_slots.h"
#include "fusion/radar/radar_rails.h"
#include "fusion/radar/radar_things.h"
#include "fusion/sight/fiducials.h"
#include "fusion/ticks.h"

#include <string.h>

/* Times that mean "never" stay. */
static void shift(int64_t *time_ns, int64_t delta_ns)
{
    if (*time_ns != INT64_MIN)
        *time_ns += delta_ns;
}

static void shift_source(source_run *s, int64_t delta_ns)
{
    int64_t *const times[] = {&s->seen_ns,
                              &s->fused_ns,
                              &s->tried_ns,
                              &s->reject_since_ns,
                              &s->speed.reject_since_ns,
                              &s->gnss.velocity_reject_since_ns,
                              &s->gnss.away.since_ns,
                              &s->gnss.away.newest_ns,
                              &s->gnss.away.leapt_ns,
                              &s->speed.still_since_ns,
                              &s->speed.steady_ns,
                              &s->speed.slip.since_ns,
                              &s->speed.slip.back_ns,
                              &s->place.apart_since_ns,
                              &s->place.height_since_ns,
                              &s->camera.watch_ns,
                              &s->out.banned_ns,
                              &s->returned_ns,
                              &s->out.agrees_ns,
                              &s->out.trouble_ns,
                              &s->speed.pace_ns,
                              &s->speed.plain_since_ns,
                              &s->out.acquitted_ns,
                              &s->imu.samples.stamp_ns,
                              &s->imu.samples.up_ns,
                              &s->radar.stamp_ns};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        shift(times[i], delta_ns);
    for (int kind = 0; kind < FRAME_KIND_COUNT; kind++) {
        if (s->last[kind].seen) {
            s->last[kind].stamp_ns += delta_ns;
            s->last[kind].received_ns += delta_ns;
        }
    }
    leap_shift(&s->speed.slip.leap, delta_ns);
    if (s->imu.still.stamp_ns != 0) {
        s->imu.still.stamp_ns += delta_ns;
        s->imu.still.counted_ns += delta_ns;
    }
    fault_set_shift(&s->faults, delta_ns);
}

static void shift_start(start_state *s, int64_t delta_ns)
{
    int64_t *const times[] = {&s->anchor_ns,         &s->wheel_ns,        &s->denied_ns,
                              &s->wheels_ns,         &s->wheels_stand_ns, &s->receiver_moves_ns,
                              &s->receiver_stands_ns};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        shift(times[i], delta_ns);
    s->alone.stamp_ns += s->alone.count > 0 ? delta_ns : 0;
}

static void shift_map(fusion *c, int64_t delta_ns)
{
    for (int i = 0; i < MAP_WATCHED_MOST; i++)
        shift(&c->map.watched[i].seen_ns, delta_ns);
    for (int i = 0; i < RADAR_THINGS; i++)
        shift(&c->map.things.of[i].seen_ns, delta_ns);
    for (int i = 0; i < RADAR_RAILS; i++)
        shift(&c->map.rails.of[i].seen_ns, delta_ns);
    for (int i = 0; i < MAP_PAINTED_MOST; i++)
        shift(&c->map.painted[i].seen_ns, delta_ns);
    fault_set_shift(&c->map.faults, delta_ns);
    shift(&c->map.off_since_ns, delta_ns);
    shift(&c->map.agree_since_ns, delta_ns);
    shift(&c->map.held_ns, delta_ns);
    shift(&c->map.tied_ns, delta_ns);
    shift(&c->map.blamed_ns, delta_ns);
    shift(&c->map.lane_looked_ns, delta_ns);
    shift(&c->map.lane_ns, delta_ns);
    for (int i = 0; i < c->map.slot_count; i++)
        shift(&c->map.slots[i].used_ns, delta_ns);
}

static void shift_bank(fusion *c, int64_t delta_ns)
{
    shift(&c->bank.tilt_ns, delta_ns);
    shift(&c->bank.alarm_ns, delta_ns);
    shift(&c->bank.contradiction_ns, delta_ns);
    shift(&c->bank.outcast_ns, delta_ns);
    shift(&c->bank.input_ns, delta_ns);
    shift(&c->bank.rivals_ns, delta_ns);
    shift(&c->bank.blind_ns, delta_ns);
    shift(&c->bank.held_ns, delta_ns);
    shift(&c->bank.begun_ns, delta_ns);
    shift(&c->bank.look_ns, delta_ns);
    shift(&c->bank.suspect_ns, delta_ns);
    for (int i = 0; i < c->bank.count; i++) {
        shift(&c->bank.of[i].anchor_ns, delta_ns);
        shift(&c->bank.of[i].fused_ns, delta_ns);
        shift(&c->bank.of[i].placed_ns, delta_ns);
        shift(&c->bank.of[i].quiet_ns, delta_ns);
        shift(&c->bank.of[i].refused_ns, delta_ns);
    }
}

void fusion_shift_time(fusion *c, int64_t delta_ns)
{
    int64_t *const times[] = {&c->now_ns,        &c->suspect_ns,    &c->closed_ns,      &c->applied_ns,
                              &c->check_ns,      &c->first_ns,      &c->input_ns,       &c->absolute_ns,
                              &c->constraint_ns, &c->tilt_ns,       &c->rest.stamp_ns,  &c->heading_lost_ns,
                              &c->unsettled_ns,  &c->accused_ns,    &c->slide.since_ns, &c->turn.since_ns,
                              &c->turn.stamp_ns, &c->rest.still_ns, &c->rest.leap_ns,   &c->leapt.found_ns};
    const bool begun = c->first_ns != INT64_MIN;
    const int64_t rate = tick_rate(c->set.output.pose_rate_hz);
    if (begun)
        c->pose_tick = tick_from(rate, tick_time_ns(rate, c->pose_tick) + delta_ns);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        shift(times[i], delta_ns);
    shift(&c->f.stamp_ns, delta_ns);
    c->claim.against_ns += c->claim.against > 0 ? delta_ns : 0;
    shift_start(&c->start, delta_ns);
    leap_shift(&c->leap, delta_ns);
    for (int i = 0; i < c->f.clone_count; i++)
        c->f.clone[i].stamp_ns += delta_ns;
    for (int i = 0; i < MARKS_SEEN; i++)
        shift(&c->marks.of[i].seen_ns, delta_ns);
    shift(&c->marks.moved_ns, delta_ns);
    shift_map(c, delta_ns);
    for (size_t i = 0; i < c->source_count; i++)
        shift_source(&c->source[i], delta_ns);
    fault_set_shift(&c->system, delta_ns);
    shift(&c->steer.stamp_ns, delta_ns);
    shift(&c->late.speed_ns, delta_ns);
    shift(&c->late.rate_ns, delta_ns);
    shift(&c->late.way_ns, delta_ns);
    shift(&c->wheel_clock.change_ns, delta_ns);
    shift(&c->track.stamp_ns, delta_ns);
    shift(&c->reverse.stamp_ns, delta_ns);
    shift_bank(c, delta_ns);
    window_shift(c->waiting, delta_ns);
}

/* Whether the state of a core with source `a` goes on to mean the same with `b`. */
static bool same_source(const source_settings *a, const source_settings *b)
{
    return strcmp(a->name, b->name) == 0 && a->kind == b->kind && a->enabled == b->enabled &&
           memcmp(&a->mount, &b->mount, sizeof a->mount) == 0 &&
           (a->kind != SOURCE_IMU || memcmp(&a->of.imu, &b->of.imu, sizeof a->of.imu) == 0);
}

static bool same_motion(const filter_settings *a, const filter_settings *b)
{
    return a->pseudo_accel_mps2 == b->pseudo_accel_mps2 && a->pseudo_accel_tau_s == b->pseudo_accel_tau_s &&
           a->pseudo_yaw_rate_radps == b->pseudo_yaw_rate_radps &&
           a->pseudo_roll_rate_radps == b->pseudo_roll_rate_radps &&
           a->pseudo_rate_tau_s == b->pseudo_rate_tau_s && a->mount_sigma_deg == b->mount_sigma_deg &&
           a->earth_rotation == b->earth_rotation && a->window_s == b->window_s;
}

bool fusion_reconfigure(fusion *c, const settings *s)
{
    bool same = s->source_count == c->source_count && s->integrity.enabled == c->set.integrity.enabled &&
                same_motion(&s->filter, &c->set.filter);
    for (size_t i = 0; same && i < s->source_count; i++)
        same = same_source(&s->sources[i], &c->set.sources[i]);
    if (!same)
        return false;
    const int64_t next_ns = tick_time_ns(tick_rate(c->set.output.pose_rate_hz), c->pose_tick);
    c->set = *s;
    lookahead_settings(c->ahead, s);
    core_set_limits(c);
    if (c->first_ns != INT64_MIN)
        c->pose_tick = tick_from(tick_rate(s->output.pose_rate_hz), next_ns);
    return true;
}

/* What the old map was off by says nothing of the new one: the pose is widened by so much, one sigma per
 * axis, before it is held against it. Too small, and errors that two maps share count as two opinions; too
 * large, and the pose is unsure until landmarks have tied it again. Three times the section of a survey that
 * states nothing. */
static const float other_survey_m = 1.0f;

bool fusion_change_map(fusion *c, const map_view *map)
{
    if (!c->map.view || !map)
        return false;
    c->map.view = map;
    map_run_reset(c);
    for (int i = 0; c->running && i < 3; i++)
        core_widen(c, STATE_POSITION + i, other_survey_m * other_survey_m);
    return true;
}
