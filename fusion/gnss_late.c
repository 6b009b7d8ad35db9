/*
 * A receiver whose latency is not what was assumed: found by the shape of its way (lateness.h) against wheels
 * and a yaw rate, which owe nothing to any receiver.
 *
 * A Kalman filter learns a latency from what it begins with, and from a pose that has followed the late
 * receiver. One that is off by many sigmas of that stays so for minutes, and the pose is behind by as much of
 * the way.
 */
#include "fusion/geodesy.h"
#include "fusion/gnss_error.h"

#include <math.h>
#include <string.h>

/* Speeds are of this moment for so long, s; the fastest of them is remembered as long as comparisons are. */
static const double now_s = 0.5, fast_s = 100.0;

/* What was compared has to have lasted for this long, s, and is looked at again after as much. Too small: one
 * bend decides; too large: the pose is behind for longer. */
static const double look_s = 8.0;

/* A latency that is off by so many sigmas is not what was assumed. Too small: chance moves the pose; too
 * large: it stays behind. */
static const double wrong_sigmas = 4.2;

/* What is found is no better than this, s: latencies of the wheels and of the yaw rate are in it. Nor better
 * than what tyres do: wheels that drive turn faster by this share for each m/s^2 (0.002 to 0.005 on dry
 * roads), and the body points into a bend from where it goes, by what is known to side_slip_sigma: both are
 * as a latency of so much for each m/s. */
static const double least_sigma_s = 0.015, slip_per_mps2 = 0.002;

/* An estimated one is opened up by what it is off from so many sigmas on, and the filter finds it. Too small:
 * the pose is needlessly unsure; too large: it takes minutes. */
static const double doubted_sigmas = 2.2;

/* Where a latency is not estimated, what is found is worth a change when it moves it by so much of its sigma,
 * or makes that so much smaller. */
static const double moves_share = 0.5, better_share = 0.7;

static const lateness_range *const other_ranges[LATE_OTHERS] = {&lateness_held_up, &lateness_other_clock};

/* Beyond these, s, it cannot be gone on with: of what is tried nearby, and a step more. */
static const double other_from_s[2] = {-0.75, 2.25};

/* It has to be known so well, s, after so much, s, has been compared, twice the same, and to fit better than
 * what was assumed by so many sigmas: by 4.9 it did so in 70 simulated drives of two to ten minutes, 40 of
 * them through street canyons, without being so. Too small: reflections pass for another clock; too large:
 * nobody is told. */
static const double other_sigma_s = 0.5, other_lasts_s = 20.0, other_sigmas = 8.0;

/* No vehicle gains or loses more than this, m/s and m/s^2, but wheels that spin, or lock, do: such a speed
 * has a shape that any latency may fit. Too small: rough roads end the search; too large: wheels that spin
 * pass for a receiver's clock. */
static const double leaps_mps = 1.0, leaps_mps2 = 12.0;

/* A receiver has been in time when its latency is as assumed by this, and known so well, s. Its clock stays
 * what it is until its stamps leap, and what does not fit from then on is a wheel that spins or a gyro that
 * is off. Too large: chance passes for it. */
static const double in_time_sigmas = 3.0, in_time_sigma_s = 0.3;

/* ---- dead reckoning by wheels and a yaw rate alone */

/* What was compared so far goes on to count; the positions have nothing to be compared with any more. */
static void break_off(late_watch *w)
{
    way_log_clear(&w->way);
    for (int i = 0; i < LATE_RECEIVERS; i++) {
        late_receiver *l = &w->of[i];
        l->fixes.count = l->near.done = 0;
        for (int k = 0; k < LATE_OTHERS; k++)
            l->other[k].done = 0;
        l->looked_s = 0.0;
    }
}

/* What was compared is not to be trusted. */
static void forget(late_watch *w)
{
    break_off(w);
    for (int i = 0; i < LATE_RECEIVERS; i++) {
        lateness_clear(&w->of[i].near);
        for (int k = 0; k < LATE_OTHERS; k++)
            lateness_clear(&w->of[i].other[k]);
    }
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

static late_receiver *receiver_of(fusion *c, const source_run *s)
{
    int before = 0;
    for (size_t i = 0; i < s->index; i++)
        before += c->source[i].set->kind == SOURCE_GNSS;
    return before < LATE_RECEIVERS ? &c->late.of[before] : NULL;
}

/* East and north of where it first was. */
static void place_of(late_receiver *l, const frame_gnss *g, double at_m[2])
{
    double fix[3], enu[3];
    geodetic_to_ecef(g->latitude_rad, g->longitude_rad, 0.0, fix);
    if (l->fixes.count == 0) {
        memcpy(l->origin_ecef_m, fix, sizeof fix);
        enu_axes(g->latitude_rad, g->longitude_rad, l->r_enu_ecef);
    }
    for (int i = 0; i < 3; i++)
        fix[i] -= l->origin_ecef_m[i];
    rows_mulv(l->r_enu_ecef, fix, enu);
    at_m[0] = enu[0];
    at_m[1] = enu[1];
}

/* ---- what follows */

typedef struct {
    double latency_s, sigma_s;
} found;

/* The receiver was so much later: where the pose hangs on it alone, so much of the way is missing; returns
 * that, m. */
static float set_latency(fusion *c, source_run *s, late_receiver *l, found is)
{
    const int state = s->first_state + LATENCY;
    double *own = &c->f.source[state - STATE_SOURCES];
    const double more_s = gnss_is_alone(c, s, c->f.stamp_ns) ? is.latency_s - *own : 0.0;
    l->set_s = *own = is.latency_s;
    l->set_sigma_s = is.sigma_s;
    core_reset(c, state, (float)(is.sigma_s * is.sigma_s));
    for (int i = 0; i < 3; i++)
        c->f.position_ecef_m[i] += more_s * c->f.velocity_ecef_mps[i];
    shift_reset(c, s);
    return (float)(fabs(more_s) * filter_speed(&c->f));
}

bool late_known(fusion *c, const source_run *s)
{
    const late_receiver *l = receiver_of(c, s);
    const int state = s->first_state + LATENCY;
    if (!l || !(l->set_sigma_s > 0.0))
        return false;
    c->f.source[state - STATE_SOURCES] = l->set_s;
    core_reset(c, state, (float)(l->set_sigma_s * l->set_sigma_s));
    return true;
}

/* Everything hung on it, by so many seconds of the way: biases, heading, who was left out. */
static void begin_anew(fusion *c, double late_s, int64_t now_ns)
{
    const float way_m = (float)(fabs(late_s) * filter_speed(&c->f));
    for (size_t i = 0; i < c->source_count; i++)
        c->source[i].banned = c->source[i].suspect = false;
    core_give_up(c, now_ns);
    bank_owe(c, way_m);
    memset(c->bias_saved, 0, sizeof c->bias_saved);
}

static bool others_are_out(const fusion *c, const source_run *s)
{
    bool out = false;
    for (size_t i = 0; i < c->source_count; i++)
        out |= &c->source[i] != s && c->source[i].banned;
    return out;
}

/* The latency was wrong: where it is estimated, the position hangs on what it is now. What was left out
 * meanwhile was right. */
static void set_right(fusion *c, source_run *s, late_receiver *l, found is)
{
    const int state = s->first_state + LATENCY;
    const double before_s = c->f.source[state - STATE_SOURCES];
    const float moved_m = set_latency(c, s, l, is);
    if (others_are_out(c, s)) {
        begin_anew(c, is.latency_s - before_s, c->f.stamp_ns);
        return;
    }
    c->reset_m = moved_m;
    c->resets++;
    bank_restart(c);
    bank_lend(c, c->reset_m);
    for (int i = 0; i < 3 && !(c->f.considered >> state & 1); i++)
        covariance_shear(&c->f.p, STATE_POSITION + i, state, (float)c->f.velocity_ecef_mps[i]);
}

/* The latency may be off by so much more, and with it the position, by the way of it. */
static void open_up(covariance *p, int state, const double v[3], float variance)
{
    const int at[4] = {STATE_POSITION, STATE_POSITION + 1, STATE_POSITION + 2, state};
    const float by[4] = {(float)v[0], (float)v[1], (float)v[2], 1.0f};
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 4; k++)
            covariance_row(p, at[i])[at[k]] += variance * by[i] * by[k];
    }
}

static void open_latency(fusion *c, int state, double off_s)
{
    const float variance = (float)(off_s * off_s);
    open_up(&c->f.p, state, c->f.velocity_ecef_mps, variance);
    for (int h = 0; h < c->bank.count; h++) {
        covariance p = bank_covariance(c, h);
        if (c->bank.of[h].live)
            open_up(&p, state, c->f.velocity_ecef_mps, variance);
    }
}

/* What was assumed and what is found, together; the further they are apart, the less the former counts. */
static found together(const late_receiver *l, found is)
{
    double off = is.latency_s - l->first_s, var = is.sigma_s * is.sigma_s,
           first = l->first_sigma_s * l->first_sigma_s;
    double apart = off * off / (4.0 * (var + first)), scale = fmax(apart, 1.0);
    double weight = var / (var + first * scale * scale);
    return (found){is.latency_s - weight * off, sqrt((1.0 - weight) * var)};
}

/* The latency is as it was assumed, or nearly so. */
static void refine(fusion *c, source_run *s, late_receiver *l, found is, double sigmas)
{
    const int state = s->first_state + LATENCY;
    const double own = c->f.source[state - STATE_SOURCES],
                 sigma = sqrt((double)covariance_at(&c->f.p, state, state));
    if (!(c->f.considered >> state & 1)) {
        if (sigmas > doubted_sigmas)
            open_latency(c, state, is.latency_s - own);
        return;
    }
    is = together(l, is);
    if (fabs(is.latency_s - own) > moves_share * sigma || is.sigma_s < better_share * sigma)
        set_latency(c, s, l, is);
}

static double least_sigma(const fusion *c)
{
    double tyres = hypot(slip_per_mps2, c->set.filter.side_slip_sigma_rad_per_mps2);
    return hypot(least_sigma_s, tyres * c->late.fast_mps);
}

static void judge_near(fusion *c, source_run *s, late_receiver *l)
{
    lateness_fit fit;
    const int state = s->first_state + LATENCY;
    const double own = c->f.source[state - STATE_SOURCES],
                 sigma = sqrt((double)covariance_at(&c->f.p, state, state));
    if (s->banned || !lateness_find(&l->near, &lateness_near, own, &fit) || !(sigma > 0.0))
        return;
    found is = {fit.latency_s, hypot(fit.sigma_s, least_sigma(c))};
    const double sigmas = fabs(is.latency_s - own) / hypot(is.sigma_s, sigma);
    l->in_time |= sigmas < in_time_sigmas && is.sigma_s < in_time_sigma_s;
    if (sigmas > wrong_sigmas)
        set_right(c, s, l, is);
    else if (!others_are_out(c, s)) /* else it is not known who is right */
        refine(c, s, l, is, sigmas);
}

/* Its clock is another one's, or what it says is held up. It is left out for as long as its way shows that.
 */
static void judge_other(fusion *c, source_run *s, late_receiver *l, int k, int64_t now_ns)
{
    lateness_fit fit;
    l->in_time &= !fault_is_raised(&s->faults, FAULT_TIME_JUMP);
    if (l->in_time || !lateness_find(&l->other[k], other_ranges[k], l->first_s, &fit))
        return;
    const bool other = fit.latency_s < other_from_s[0] || fit.latency_s > other_from_s[1];
    const bool known = fit.sigma_s < other_sigma_s && l->other[k].lasted_s > other_lasts_s;
    const bool again = known && fabs(fit.latency_s - l->other_s[k]) < other_sigma_s;
    l->other_s[k] = known ? fit.latency_s : NAN;
    if (s->out_of_time && !other && again)
        s->out_of_time = false;
    if (!other || !again || fit.sigmas < other_sigmas || s->out_of_time)
        return;
    s->out_of_time = true;
    if (c->running && gnss_is_alone(c, s, now_ns))
        begin_anew(c, fit.latency_s, now_ns);
}

/* What is compared from here on is of this receiver as it is known now. */
static void begin(const fusion *c, const source_run *s, late_receiver *l)
{
    const int state = s->first_state + LATENCY;
    lateness_clear(&l->near);
    l->first_s = c->f.source[state - STATE_SOURCES];
    l->first_sigma_s = sqrt((double)covariance_at(&c->f.p, state, state));
    l->begun = true;
}

static void hear_position(fusion *c, source_run *s, const frame *in)
{
    double at_m[2];
    late_watch *w = &c->late;
    late_receiver *l = receiver_of(c, s);
    const float antenna_m[2] = {s->lever_m[0] + c->nav_point_m[0], s->lever_m[1] + c->nav_point_m[1]};
    if (!l || !s->first_state || w->way.count == 0 || in->u.gnss.fix == GNSS_FIX_NONE)
        return;
    if (!l->begun && s->tried_ns == INT64_MIN) /* its stamps have not been looked at: gnss_stamp_latency */
        return;
    if (!l->begun || (shift_explains(s) && !s->out_of_time))
        begin(c, s, l);
    place_of(l, &in->u.gnss, at_m);
    if (!fix_log_take(&l->fixes, &w->way, at_m))
        return;
    lateness_compare(&l->near, &lateness_near, &w->way, &l->fixes, antenna_m);
    for (int k = 0; k < LATE_OTHERS; k++)
        lateness_compare(&l->other[k], other_ranges[k], &w->way, &l->fixes, antenna_m);
    if (w->way.time_s - l->looked_s < look_s)
        return;
    l->looked_s = w->way.time_s;
    for (int k = 0; k < LATE_OTHERS; k++)
        judge_other(c, s, l, k, in->stamp_ns);
    if (c->running && l->near.lasted_s > look_s)
        judge_near(c, s, l);
}

void late_hear(fusion *c, source_run *s, const frame *in)
{
    late_watch *w = &c->late;
    switch (in->kind) {
    case FRAME_WHEEL:
        advance(c, in->stamp_ns);
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
        hear_position(c, s, in);
        break;
    default:
        break;
    }
}
