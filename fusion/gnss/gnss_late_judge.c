/* What follows from a receiver's latency as its way shows it: gnss_late.h. */
#include "fusion/core/core.h"
#include "fusion/gnss/gnss_error.h"
#include "fusion/gnss/gnss_late.h"
#include "fusion/gnss/lateness.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/shift.h"

#include <math.h>
#include <string.h>

/* What was compared has to have lasted for this long, s, and is looked at again after as much. Too small: one
 * bend decides; too large: the pose is behind for longer. */
static const double look_s = 8.0;

/* What it leaves open is asked each so many seconds of it. */
static const double ask_s = 1.0;

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

/* Beyond these, s, it cannot be gone on with: of what is tried nearby, and a step more. */
static const double other_from_s[2] = {-0.75, 2.25};

/* It has to be known so well, s, after so much, s, has been compared, twice the same, and to fit better than
 * what was assumed by so many sigmas: by 4.9 it did so in 70 simulated drives of two to ten minutes, 40 of
 * them through street canyons, without being so. Too small: reflections pass for another clock; too large:
 * nobody is told. */
static const double other_sigma_s = 0.5, other_lasts_s = 20.0, other_sigmas = 8.0;

/* The same of its velocities, of which a few seconds say as much; what they say of a latency is off by more
 * than chance has it, for their errors last. */
static const double speeds_lasts_s = 10.0, speeds_sigmas = 15.0;

/* Its places speak against what its velocities show beyond so many sigmas. Too small: chance does; too large:
 * a filter that smooths velocities passes for a receiver that is late. */
static const double against_sigmas = 3.0;

/* A receiver has been in time when its latency is as assumed by this, and known so well, s. Its clock stays
 * what it is until its stamps leap, and what does not fit from then on is a wheel that spins or a gyro that
 * is off. Too large: chance passes for it. */
static const double in_time_sigmas = 3.0, known_sigma_s = 0.3;

typedef struct {
    double latency_s, sigma_s;
} found;

/* The receiver was so much later: where the pose hangs on it alone, so much of the way is missing; returns
 * that, m. */
static float set_latency(fusion *c, source_run *s, found is)
{
    const int state = s->first_state + LATENCY;
    double *own = &c->f.source[state - STATE_SOURCES];
    const double more_s = gnss_is_alone(c, s, c->f.stamp_ns) ? is.latency_s - *own : 0.0;
    *own = is.latency_s;
    core_reset(c, state, (float)(is.sigma_s * is.sigma_s));
    for (int i = 0; i < 3; i++)
        c->f.position_ecef_m[i] += more_s * c->f.velocity_ecef_mps[i];
    shift_reset(c, s);
    return (float)(fabs(more_s) * filter_speed(&c->f));
}

/* Everything hung on it, by so many seconds of the way: biases, heading, who was left out. */
static void begin_anew(fusion *c, double late_s, int64_t now_ns)
{
    const float way_m = (float)(fabs(late_s) * filter_speed(&c->f));
    for (size_t i = 0; i < c->source_count; i++)
        c->source[i].out.banned = c->source[i].out.suspect = false;
    core_give_up(c, now_ns);
    bank_owe(c, way_m);
    memset(c->bias_saved, 0, sizeof c->bias_saved);
}

static bool others_are_out(const fusion *c, const source_run *s)
{
    bool out = false;
    for (size_t i = 0; i < c->source_count; i++)
        out |= &c->source[i] != s && c->source[i].out.banned;
    return out;
}

/* The latency was wrong. From here on it is what the way shows, and considered: a filter that estimates it
 * begins with a heading and a speed that are as late. What was left out meanwhile was right. */
static void set_right(fusion *c, source_run *s, late_receiver *l, found is)
{
    const int state = s->first_state + LATENCY;
    const double before_s = c->f.source[state - STATE_SOURCES];
    const float moved_m = set_latency(c, s, is);
    l->refuted = true;
    l->suspected_s = 0.0;
    c->f.considered |= UINT64_C(3) << state;
    if (others_are_out(c, s)) {
        begin_anew(c, is.latency_s - before_s, c->f.stamp_ns);
        return;
    }
    c->reset_m = moved_m;
    c->resets++;
    bank_restart(c);
    bank_lend(c, c->reset_m);
}

uint64_t late_considered(fusion *c)
{
    uint64_t set = 0;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        const late_receiver *l = late_receiver_of(c, s);
        if (l && l->refuted)
            set |= UINT64_C(3) << (s->first_state + LATENCY);
    }
    return set;
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
    if (l->refuted)
        return is;
    double off = is.latency_s - l->first_s, var = is.sigma_s * is.sigma_s,
           first = l->first_sigma_s * l->first_sigma_s;
    double apart = off * off / (4.0 * (var + first)), scale = fmax(apart, 1.0);
    double weight = var / (var + first * scale * scale);
    return (found){is.latency_s - weight * off, sqrt((1.0 - weight) * var)};
}

bool late_known(fusion *c, const source_run *s)
{
    const late_receiver *l = late_receiver_of(c, s);
    const int state = s->first_state + LATENCY;
    if (!l || !(l->known_sigma_s > 0.0))
        return false;
    const found is = together(l, (found){l->known_s, l->known_sigma_s});
    c->f.source[state - STATE_SOURCES] = is.latency_s;
    core_reset(c, state, (float)(is.sigma_s * is.sigma_s));
    return true;
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
        set_latency(c, s, is);
}

double late_least_sigma(const fusion *c, bool early)
{
    double tyres = hypot(early ? slip_per_mps2 : 0.0, c->set.filter.side_slip_sigma_rad_per_mps2);
    return hypot(least_sigma_s, tyres * c->late.fast_mps);
}

bool late_places_contradict(const late_receiver *l, int k, double latency_s)
{
    bool open[LATENESS_TRIED];
    const lateness_range *range = late_ranges[k];
    if (!lateness_open(&l->series[LATE_PLACES].of[k], range, against_sigmas, open))
        return false;
    const int i = (int)lround((latency_s - range->first_s) / range->step_s);
    return i >= 0 && i < range->tried && !open[i];
}

/* Velocities are far smoother than places, and show a latency where places do not, by their own lag more. Of
 * a receiver that may smooth them they do not.
 */
static bool find_by_speeds(const fusion *c, const source_run *s, const late_receiver *l, double own,
                           found *out)
{
    lateness_fit fit;
    const gnss_settings *set = &s->set->of.gnss;
    const lateness *by = &l->series[LATE_SPEEDS].of[LATE_NEAR];
    if (!late_speeds_count(s) || by->lasted_s < speeds_lasts_s ||
        !lateness_find(by, &lateness_near, own, &fit))
        return false;
    *out = (found){fit.latency_s - set->velocity_lag_s,
                   hypot(fit.sigma_s, hypot(late_least_sigma(c, true), set->velocity_lag_sigma_s))};
    return fit.sigmas > speeds_sigmas && !late_places_contradict(l, LATE_NEAR, out->latency_s);
}

static bool is_wrong(double own, double sigma, found is)
{
    return fabs(is.latency_s - own) > wrong_sigmas * hypot(is.sigma_s, sigma);
}

static void judge_near(fusion *c, source_run *s, late_receiver *l)
{
    lateness_fit fit;
    found is;
    const int state = s->first_state + LATENCY;
    const double own = c->f.source[state - STATE_SOURCES],
                 sigma = sqrt((double)covariance_at(&c->f.p, state, state));
    if (s->out.banned || !(sigma > 0.0))
        return;
    if (find_by_speeds(c, s, l, own, &is) && is_wrong(own, sigma, is)) {
        if (l->refuted || !wheel_clock_explains(c, s, is.latency_s, is.sigma_s, own, sigma))
            set_right(c, s, l, is);
        return;
    }
    if (l->series[LATE_PLACES].of[LATE_NEAR].lasted_s < look_s ||
        !lateness_find(&l->series[LATE_PLACES].of[LATE_NEAR], &lateness_near, own, &fit))
        return;
    if (!l->refuted && wheel_clock_explains(c, s, fit.latency_s, fit.sigma_s, own, sigma))
        return; /* one that has been late is asked itself first */
    is = (found){fit.latency_s, hypot(fit.sigma_s, late_least_sigma(c, true))};
    const double sigmas = fabs(is.latency_s - own) / hypot(is.sigma_s, sigma);
    if (is.sigma_s < known_sigma_s) {
        l->in_time |= sigmas < in_time_sigmas;
        l->known_s = is.latency_s;
        l->known_sigma_s = is.sigma_s;
    }
    if (is_wrong(own, sigma, is))
        set_right(c, s, l, is);
    else if (!others_are_out(c, s)) /* else it is not known who is right */
        refine(c, s, l, is, sigmas);
}

/* Whether it is of another clock, or held up, by one series and range: out->latency_s; `again` as at the last
 * look. */
static bool find_other(late_receiver *l, late_series_kind kind, int k, lateness_fit *out, bool *again)
{
    const lateness *by = &l->series[kind].of[k];
    const double lasts_s = kind == LATE_SPEEDS ? speeds_lasts_s : other_lasts_s;
    double *last_s = &l->other_s[kind][k];
    *again = false;
    if (!lateness_find(by, late_ranges[k], l->first_s, out))
        return false;
    const bool known = out->sigma_s < other_sigma_s && by->lasted_s > lasts_s;
    *again = known && fabs(out->latency_s - *last_s) < other_sigma_s;
    *last_s = known ? out->latency_s : NAN;
    return out->latency_s < other_from_s[0] || out->latency_s > other_from_s[1];
}

/* Its clock is another one's, or what it says is held up. It is left out for as long as its way shows that.
 */
static void judge_other(fusion *c, source_run *s, late_receiver *l, late_series_kind kind, int k,
                        int64_t now_ns)
{
    lateness_fit fit;
    bool again;
    const int by = kind * LATE_RANGES + k;
    const bool other = find_other(l, kind, k, &fit, &again);
    if (s->gnss.out_of_time && !other && again && l->out_by == by)
        s->gnss.out_of_time = false;
    if (!other || !again || s->gnss.out_of_time || l->in_time)
        return;
    if (fit.sigmas < (kind == LATE_SPEEDS ? speeds_sigmas : other_sigmas) ||
        (kind == LATE_SPEEDS && (!late_speeds_count(s) || late_places_contradict(l, k, fit.latency_s))))
        return;
    s->gnss.out_of_time = true;
    l->out_by = by;
    if (c->running && gnss_is_alone(c, s, now_ns))
        begin_anew(c, fit.latency_s, now_ns);
}

/* What was compared is judged each look_s of it, what it leaves open each second. */
static void look_at(fusion *c, source_run *s, int64_t now_ns)
{
    late_receiver *l = late_receiver_of(c, s);
    if (!l || !l->news)
        return;
    if (c->late.way.time_s - l->asked_s >= ask_s) {
        l->asked_s = c->late.way.time_s;
        l->latest_s = late_latest(l);
        late_suspect(c, s, l);
    }
    if (c->late.way.time_s - l->looked_s < look_s)
        return;
    l->news = false;
    l->looked_s = c->late.way.time_s;
    if (fault_is_raised(&s->faults, FAULT_TIME_JUMP)) {
        l->in_time = false;
        l->seconded_mps = 0.0;
    }
    for (int kind = LATE_PLACES; kind < LATE_SERIES; kind++) {
        for (int k = LATE_NEAR + 1; k < LATE_RANGES; k++)
            judge_other(c, s, l, (late_series_kind)kind, k, now_ns);
    }
    if (c->running)
        judge_near(c, s, l);
}

void late_look(fusion *c, int64_t now_ns)
{
    for (size_t i = 0; i < c->source_count; i++)
        look_at(c, &c->source[i], now_ns);
}
