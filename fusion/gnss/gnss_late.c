/* What a receiver says beside dead reckoning by wheels and a yaw rate alone: gnss_late.h. */
#include "fusion/gnss/gnss_late.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_error.h"
#include "fusion/gnss/lateness.h"
#include "fusion/integrity/shift_judge.h"

#include <math.h>

const lateness_range *const late_ranges[LATE_RANGES] = {&lateness_near, &lateness_held_up, &lateness_behind,
                                                        &lateness_ahead};

/* Speeds are of this moment for so long, s; the fastest of them is remembered as long as comparisons are. */
static const double now_s = 0.5, fast_s = 100.0;

/* Velocities further apart than this, s, do not add up to a way. */
static const double longest_gap_s = 2.5;

/* No vehicle gains or loses more than this, m/s and m/s^2, but wheels that spin, or lock, do: such a speed
 * has a shape that any latency may fit. Too small: rough roads end the search; too large: wheels that spin
 * pass for a receiver's clock. */
static const double leaps_mps = 1.0, leaps_mps2 = 12.0;

/* ---- dead reckoning by wheels and a yaw rate alone */

/* What was compared so far goes on to count; what it says from here on is of another way. */
static void break_series(late_series *of)
{
    of->fixes.count = 0;
    for (int k = 0; k < LATE_RANGES; k++)
        of->of[k].done = 0;
}

/* The receivers have nothing to be compared with any more. */
static void break_off(late_watch *w)
{
    way_log_clear(&w->way);
    for (int i = 0; i < LATE_RECEIVERS; i++) {
        late_receiver *l = &w->of[i];
        for (int k = 0; k < LATE_SERIES; k++)
            break_series(&l->series[k]);
        l->looked_s = l->asked_s = 0.0;
        l->news = l->moves = false;
    }
}

static void clear_series(late_series *of)
{
    for (int k = 0; k < LATE_RANGES; k++)
        lateness_clear(&of->of[k]);
}

/* What was compared is not to be trusted. */
static void forget(late_watch *w)
{
    break_off(w);
    for (int i = 0; i < LATE_RECEIVERS; i++) {
        for (int k = 0; k < LATE_SERIES; k++)
            clear_series(&w->of[i].series[k]);
    }
}

/* The wheels are as late as they are held to be from here on. */
static void begin_wheels_anew(late_watch *w)
{
    break_off(w);
    for (int i = 0; i < LATE_RECEIVERS; i++) {
        w->of[i].known_sigma_s = 0.0;
        for (int k = 0; k < LATE_SERIES; k++)
            lateness_clear(&w->of[i].series[k].of[LATE_NEAR]);
    }
}

void late_wheels_leapt(fusion *c)
{
    begin_wheels_anew(&c->late);
}

static bool is_now(int64_t stamp_ns, int64_t now_ns)
{
    return stamp_ns != INT64_MIN && seconds_between(stamp_ns, now_ns) < now_s;
}

static void advance(fusion *c, int64_t now_ns)
{
    late_watch *w = &c->late;
    const double rate = w->rate_radps - w->bias_radps;
    const double slip = c->set.filter.side_slip_rad_per_mps2 * w->speed_mps * rate;
    if (is_now(w->speed_ns, now_ns) && is_now(w->rate_ns, now_ns) && is_now(w->way_ns, now_ns))
        way_log_step(&w->way, seconds_between(w->way_ns, now_ns), w->speed_mps, rate, slip);
    else if (w->way.count > 0)
        break_off(w);
    w->way_ns = now_ns;
}

static void hear_speed(late_watch *w, const frame *in)
{
    if (!isfinite(in->u.wheel.speed_mps))
        return;
    const double since_s = w->speed_ns == INT64_MIN ? 0.0 : seconds_between(w->speed_ns, in->stamp_ns);
    const double leap_mps = fabs((double)in->u.wheel.speed_mps - w->speed_mps);
    if (w->speed_ns != INT64_MIN && leap_mps > leaps_mps + leaps_mps2 * since_s)
        forget(w);
    w->speed_mps = (double)in->u.wheel.speed_mps;
    w->fast_mps = fmax(fabs(w->speed_mps), w->fast_mps * exp(-since_s / fast_s));
    w->speed_ns = in->stamp_ns;
}

/* Another one's bias is another. */
static void hear_rate(fusion *c, const source_run *s, int64_t stamp_ns, float rate_radps)
{
    late_watch *w = &c->late;
    if (c->running && c->inertial_source == (int)s->index)
        w->bias_radps = c->f.gyro_bias[2];
    else if (w->rate_source != (int)s->index)
        w->bias_radps = 0.0;
    w->rate_source = s->index;
    w->rate_radps = (double)rate_radps;
    w->rate_ns = stamp_ns;
}

/* It does already, or nobody does. */
static bool tells_rate(const late_watch *w, const source_run *s, int64_t now_ns)
{
    return w->rate_source == (int)s->index || !is_now(w->rate_ns, now_ns);
}

/* The turn of the IMU's axes that is up in the vehicle. */
static float rate_up(const source_run *s, const frame_imu *in)
{
    float sum = 0.0f;
    for (int i = 0; i < 3; i++)
        sum += s->r_body_sensor[i][2] * (isfinite(in->gyro_radps[i]) ? in->gyro_radps[i] : 0.0f);
    return sum;
}

/* ---- what a receiver says beside it */

late_receiver *late_receiver_of(fusion *c, const source_run *s)
{
    int before = 0;
    if (s->set->kind != SOURCE_GNSS || !s->first_state)
        return NULL;
    for (size_t i = 0; i < s->index; i++)
        before += c->source[i].set->kind == SOURCE_GNSS;
    return before < LATE_RECEIVERS ? &c->late.of[before] : NULL;
}

bool late_speeds_count(const source_run *s)
{
    return s->gnss.usual_s > 0.0f && s->gnss.usual_s < (float)s->set->of.gnss.smooths_from_s;
}

/* East and north of where it first was. */
static void place_of(late_receiver *l, const frame_gnss *g, double at_m[2])
{
    double enu[3];
    if (l->series[LATE_PLACES].fixes.count == 0)
        local_plane_begin(&l->plane, g->latitude_rad, g->longitude_rad);
    local_plane_at(&l->plane, g->latitude_rad, g->longitude_rad, enu);
    at_m[0] = enu[0];
    at_m[1] = enu[1];
}

/* What is compared from here on is of this receiver as it is known now. */
static void begin(const fusion *c, const source_run *s, late_receiver *l)
{
    const int state = s->first_state + LATENCY;
    for (int k = 0; k < LATE_SERIES; k++)
        lateness_clear(&l->series[k].of[LATE_NEAR]);
    l->first_s = c->f.source[state - STATE_SOURCES];
    l->first_sigma_s = sqrt((double)covariance_at(&c->f.p, state, state));
    l->known_sigma_s = 0.0;
    l->refuted = false;
    l->suspected_s = 0.0;
    l->begun = true;
    l->latest_s = late_latest(l);
}

/* The sum of its velocities is a way as well, and far smoother than that of its places; false: it gives none.
 */
static bool sum_of(fusion *c, const source_run *s, late_receiver *l, const frame_gnss *g, double at_m[2])
{
    float enu_mps[3], sigma_mps;
    const double now_s_ = c->late.way.time_s, since_s = now_s_ - l->moved_s;
    if (!gnss_velocity(s, g, enu_mps, &sigma_mps)) {
        l->moves = false;
        return false;
    }
    const bool goes_on = l->moves && since_s < longest_gap_s && since_s >= 0.0;
    if (!goes_on)
        break_series(&l->series[LATE_SPEEDS]);
    for (int i = 0; i < 2; i++) {
        l->moved_m[i] =
            goes_on ? l->moved_m[i] + 0.5 * since_s * ((double)enu_mps[i] + l->moved_mps[i]) : 0.0;
        l->moved_mps[i] = (double)enu_mps[i];
        at_m[i] = l->moved_m[i];
    }
    l->moved_s = now_s_;
    return l->moves = true;
}

static void compare(fusion *c, late_receiver *l, late_series_kind kind, const double at_m[2],
                    const float antenna_m[2])
{
    late_series *of = &l->series[kind];
    if (!fix_log_take(&of->fixes, &c->late.way, at_m))
        return;
    for (int k = 0; k < LATE_RANGES; k++)
        lateness_compare(&of->of[k], late_ranges[k], &c->late.way, &of->fixes, antenna_m);
    l->news = true;
}

static void hear_receiver(fusion *c, source_run *s, const frame *in)
{
    double at_m[2];
    late_receiver *l = late_receiver_of(c, s);
    const float antenna_m[2] = {s->lever_m[0] + c->nav_point_m[0], s->lever_m[1] + c->nav_point_m[1]};
    if (!l || c->late.way.count == 0 || in->u.gnss.fix == GNSS_FIX_NONE)
        return;
    if (!l->begun && s->tried_ns == INT64_MIN) /* its stamps have not been looked at: gnss_stamp_latency */
        return;
    if (!l->begun || (shift_explains(s) && !s->gnss.out_of_time))
        begin(c, s, l);
    place_of(l, &in->u.gnss, at_m);
    compare(c, l, LATE_PLACES, at_m, antenna_m);
    if (sum_of(c, s, l, &in->u.gnss, at_m))
        compare(c, l, LATE_SPEEDS, at_m, antenna_m);
}

void late_hear(fusion *c, source_run *s, const frame *in)
{
    late_watch *w = &c->late;
    switch (in->kind) {
    case FRAME_WHEEL:
        advance(c, in->stamp_ns);
        if (wheel_clock_moves(c, in->stamp_ns))
            begin_wheels_anew(w);
        hear_speed(w, in);
        if (isfinite(in->u.wheel.yaw_rate_radps) && tells_rate(w, s, in->stamp_ns))
            hear_rate(c, s, in->stamp_ns, in->u.wheel.yaw_rate_radps);
        break;
    case FRAME_IMU:
        advance(c, in->stamp_ns);
        if (c->inertial_source == (int)s->index || tells_rate(w, s, in->stamp_ns))
            hear_rate(c, s, in->stamp_ns, rate_up(s, &in->u.imu));
        break;
    case FRAME_GNSS:
        advance(c, in->stamp_ns);
        hear_receiver(c, s, in);
        break;
    default:
        break;
    }
}
