#include "fusion/integrity/integrity.h"

#include "fusion/core/claim.h"
#include "fusion/core/core.h"
#include "fusion/core/initialize.h"
#include "fusion/core/pose.h"
#include "fusion/filter/chi_square.h"
#include "fusion/gnss/gnss_late.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/bank_steer.h"
#include "fusion/integrity/bank_carry.h"
#include "fusion/integrity/bank_turn.h"
#include "fusion/integrity/cover.h"
#include "fusion/integrity/either.h"
#include "fusion/integrity/exclusion.h"
#include "fusion/integrity/levels.h"

#include <math.h>

/* Separations below these, m and rad, are below what single precision and rarer steps of the sub-solutions
 * leave of a difference, and of no concern. */
static const float least_separation[BANK_DIRECTIONS] = {0.03f, 0.03f, 0.05f, 0.002f};

/* No road vehicle turns, rolls or pitches faster, rad/s. */
static const double most_turn_radps = 2.0;

/* Dead reckoning vouches for receivers when it lasts this long and this far, s and m: a vehicle at rest
 * proves nothing. Otherwise they may hide up to this many times as much. */
static const float vouch_s = 20.0f, weakest = 4.0f;
static const double vouch_m = 50.0;

/* Errors last longer and are distributed otherwise than the models have it: this share of a sub-solution's
 * own sigma may separate it from the filter without a fault. Too small: separations that do not matter are
 * laid at somebody's door; too large: faults are found late. */
static const float model_share = 0.15f;

/* Positions put right within this, s, what dead reckoning has left. */
static const double lately_s = 8.0;

/* A height hides more than a place, and so does a heading that was taken from courses, rad. */
static const float hidden_vertical = 2.0f, hidden_heading_rad = 0.02f;

/* Without a gyro that vouches for them, courses hide more than positions do: this factor. */
static const float weak_heading = 3.0f;

/* How fast the wobble of a receiver's positions follows, and what a position that contradicts leaves of the
 * way over which it had agreed. A receiver that wobbles may be off by several times that. */
static const float drive_gain = 0.04f, wobble_gain = 0.02f, doubt = 0.9f, wobbles = 3.0f;

/* Of what a receiver has been seen to be off by, slow error and all, this share is one sigma of what it may
 * be off by where nobody sees it; forgotten over the way over which it would be proven. */
static const float strayed_share = 0.5f;

/* Receivers fail together (spoofing, jamming) in this share of the cases in which one fails. */
static const double common_share = 0.2;

static double prior_of(const integrity_settings *set, source_kind kind)
{
    switch (kind) {
    case SOURCE_GNSS:
        return set->prior_gnss;
    case SOURCE_IMU:
        return set->prior_imu;
    case SOURCE_WHEEL:
        return set->prior_wheel;
    case SOURCE_RADAR:
        return set->prior_radar;
    case SOURCE_CAMERA:
        return set->prior_camera;
    case SOURCE_ODOMETRY:
        return set->prior_odometry;
    default:
        return set->prior_roadside;
    }
}

void integrity_set_factors(fusion *c)
{
    const integrity_settings *set = &c->set.integrity;
    double share = set->risk / INTEGRITY_RISK_PARTS;
    c->factor.fault_free = (float)normal_tail_quantile(0.5 * share);
    c->factor.alone = (float)normal_tail_quantile(0.5 * set->risk);
    c->factor.map = (float)normal_tail_quantile(0.5 * fmin(share / set->prior_map, 0.9));
    c->factor.alarm = (float)normal_tail_quantile(0.5 * set->false_alarm);
    for (int h = 0; h < c->bank.count; h++) {
        double prior = 0.0;
        int count = 0;
        for (size_t i = 0; i < c->source_count; i++) {
            if (!(c->bank.of[h].sources >> i & 1u))
                continue;
            prior = fmax(prior, prior_of(set, c->set.sources[i].kind));
            count++;
        }
        if (c->bank.of[h].quantities == BANK_RETURNS)
            prior = set->prior_returns;
        prior =
            bank_rests_on_map(c, &c->bank.of[h]) ? set->prior_map : prior * (count > 1 ? common_share : 1.0);
        c->bank.of[h].prior = (float)prior;
        c->bank.of[h].missed = (float)normal_tail_quantile(0.5 * fmin(share / prior, 0.9));
        c->bank.of[h].missed_length = sqrtf(-2.0f * logf((float)fmin(share / prior, 0.9)));
        c->bank.of[h].missed_alone = (float)normal_tail_quantile(0.5 * fmin(set->risk / prior, 0.9));
    }
}

/* ---- what a receiver may hide */

/* Streets between tall houses are driven at less than the first, m/s, and a receiver's own filter holds what
 * it has taken from reflections for minutes, with the right shape and the right velocity: no way at that
 * speed proves anything of what levels cover. No houses stand along roads that are driven at more than the
 * second, where all of it does. Too small: a receiver that is off from the start is believed while it still
 * is; too large: bounds stay wide on fast roads. */
static const float street_mps = 20.0f, open_mps = 27.0f;

/* What a receiver between tall houses may be off by that has not been on an open road yet, per axis, one
 * sigma, of hidden_unproven_m: 4.8 of it, which bound the length, are 106 m. Too small: it is misleading from
 * the first fix on where it claims a metre and is 100 m off; too large: bounds that nobody can use. */
static const float between_houses = 1.1f;

static float open_road(const fusion *c)
{
    float speed = (float)filter_speed(&c->f);
    return fminf(fmaxf((speed - street_mps) / (open_mps - street_mps), 0.0f), 1.0f);
}

/* How much agreement proves: all, where a receiver has the sigma that it has under an open sky. Beyond
 * doubt_claims_m it is of reflections, of which a claim holds but a part, and which may last for longer than
 * the way of the proof: conventional positions in dense streets are some 50 m off, rms (Adjrad & Groves,
 * Navigation 64(1), 2017). */
static float provable(const source_run *s, float sigma_m)
{
    float size = fmaxf(s->noise_scale, 1.0f) * sigma_m / (float)s->set->of.gnss.doubt_claims_m;
    return 1.0f / (1.0f + size * size * size * size);
}

bool integrity_contradicts_itself(const fusion *c, const source_run *s)
{
    const int first = s->first_state - STATE_SOURCES + GNSS_SLOW_VELOCITY;
    const double *off = &c->f.source[first];
    double most = (double)c->factor.fault_free * sqrt((double)c->f.slow[first].stationary);
    return most > 0.0 && !(hypot(off[0], off[1]) <= most);
}

void integrity_prove(fusion *c, source_run *s, float sigma_m, verdict_decision decision)
{
    const integrity_settings *set = &c->set.integrity;
    float way = (float)(c->odometer_m - s->place.agreed_at_m), least = (float)set->hidden_gnss_m;
    float prove = (float)set->prove_m;
    s->place.agreed_at_m = c->odometer_m;
    s->place.wobble += wobble_gain * (s->place.off_m * s->place.off_m - s->place.wobble);
    s->place.strayed_m = fmaxf(s->place.apart_m, s->place.strayed_m * expf(-way / prove));
    if (decision == DECISION_REJECTED || !core_motion_agrees(c) || integrity_contradicts_itself(c, s)) {
        s->place.agreed_m *= doubt;
        s->place.opened_m *= doubt;
    } else {
        s->place.agreed_m = fminf(s->place.agreed_m + way, prove);
        s->place.opened_m = fminf(s->place.opened_m + way * open_road(c), prove);
    }
    float unproven = fmaxf((float)set->hidden_unproven_m - least, 0.0f), proof = s->place.agreed_m / prove;
    float most = fmaxf(between_houses * (float)set->hidden_unproven_m, least);
    float reflected = most - (most - least) * provable(s, sigma_m) * s->place.opened_m / prove;
    s->place.hidden_m = fmaxf(least + unproven * (1.0f - proof), wobbles * sqrtf(s->place.wobble));
    s->place.covered_m = fmaxf(fmaxf(s->place.hidden_m, reflected), strayed_share * s->place.strayed_m);
}

/* ---- the sub-solutions against the filter */

/* One number for each direction. */
typedef float f4 __attribute__((vector_size(16)));

static void variances(const covariance *p, float t[BANK_DIRECTIONS][POSE_COLUMNS], float out[BANK_DIRECTIONS])
{
    f4 by[POSE_COLUMNS], sum = {0.0f, 0.0f, 0.0f, 0.0f};
    for (int k = 0; k < POSE_COLUMNS; k++)
        by[k] = (f4){t[BANK_ALONG][k], t[BANK_CROSS][k], t[BANK_VERTICAL][k], t[BANK_HEADING][k]};
    for (int k = 0; k < POSE_COLUMNS; k++) {
        const float *row = covariance_row(p, pose_columns[k]);
        f4 part = {0.0f, 0.0f, 0.0f, 0.0f};
        for (int l = 0; l < POSE_COLUMNS; l++)
            part += by[l] * row[pose_columns[l]];
        sum += by[k] * part;
    }
    for (int i = 0; i < BANK_DIRECTIONS; i++)
        out[i] = sum[i] > 0.0f ? sum[i] : 0.0f;
}

static void compare(fusion *c, int h, float t[4][POSE_COLUMNS], const float full[BANK_DIRECTIONS])
{
    bank_hypothesis *of = &c->bank.of[h];
    covariance p = bank_covariance(c, h);
    const float *d = bank_error(c, h);
    float weak = of->weakness > 1.0f ? weak_heading * of->weakness * of->weakness : 1.0f;
    float turned = of->anchor_variance > 0.0f ? hidden_heading_rad * weak : 0.0f;
    float off = of->anchor_variance > 0.0f ? bank_covered_variance(c, of) : 0.0f;
    of->start_variance = fmaxf(of->anchor_variance, off);
    const float hidden[BANK_DIRECTIONS] = {of->start_variance, of->start_variance,
                                           of->start_variance * hidden_vertical * hidden_vertical,
                                           turned * turned};
    variances(&p, t, of->variance);
    for (int i = 0; i < BANK_DIRECTIONS; i++) {
        of->last[i] = of->live_looks ? of->separation[i] : 0.0f;
        of->separation[i] = 0.0f;
        for (int k = 0; k < POSE_COLUMNS; k++)
            of->separation[i] += t[i][k] * d[pose_columns[k]];
        if (i == BANK_HEADING && bank_is_turned(d))
            of->separation[i] += bank_turn_heading(&c->f, d);
        of->separation_variance[i] = fmaxf(of->variance[i] - full[i], 0.0f) +
                                     least_separation[i] * least_separation[i] +
                                     model_share * model_share * of->variance[i];
        of->variance[i] += hidden[i];
    }
    of->live_looks = true;
}

/* A sub-solution that dead reckoning has made as unsure as what it started from is of no use any more; nor is
 * one that started from sources that have been proven since. */
static float own_variance(const bank_hypothesis *of)
{
    return fmaxf(of->variance[BANK_ALONG], of->variance[BANK_CROSS]) - of->start_variance;
}

/* Dead reckoning that wears out within seconds cannot tell a receiver that drifts from one that does not. */
static void judge_reckoning(const fusion *c, bank_hypothesis *of, int64_t now_ns)
{
    float lasted_s = (float)seconds_between(of->anchor_ns, now_ns);
    if (lasted_s >= vouch_s && c->odometer_m - of->anchor_at_m >= vouch_m)
        of->weakness = 1.0f;
    else if (own_variance(of) > of->anchor_variance)
        of->weakness = fminf(fmaxf(vouch_s / fmaxf(lasted_s, 0.1f), 1.0f), weakest);
}

static bool is_worn(const fusion *c, const bank_hypothesis *of)
{
    if (of->absolute || of->anchor_variance <= 0.0f)
        return false;
    return own_variance(of) > of->anchor_variance || of->hidden_variance > 1.3f * bank_hidden_variance(c, of);
}

/* Positions of these sources are in the filter's, and after a restart they have no sub-solution yet. */
static bool is_due(const fusion *c, const bank_hypothesis *of)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if ((of->sources >> i & 1u) && !s->out.banned && core_said_place(s) != INT64_MIN &&
            bank_hidden_variance(c, of) > 0.0f)
            return true;
    }
    return false;
}

/* P(-limit <= x <= limit) of a normal around `mean`. */
static float share_inside(float limit, float mean, float variance)
{
    float scale = 1.0f / sqrtf(2.0f * fmaxf(variance, 1e-12f));
    return 0.5f * (erff((limit - mean) * scale) + erff((limit + mean) * scale));
}

/* A hypothesis weighs what its prior says, and more when its separation is larger than chance allows. */
static float weight_of(const bank_hypothesis *of)
{
    float most = 0.0f;
    for (int i = 0; i < BANK_DIRECTIONS; i++)
        most = fmaxf(most, of->separation[i] * of->separation[i] / of->separation_variance[i]);
    return of->prior * expf(0.5f * fminf(most, 30.0f));
}

/* The hypotheses' part of the mixture that the confidence comes from; that of "nothing is at fault" has
 * weight 1 and is the pose's. */
static void weigh_hypotheses(fusion *c)
{
    bank *b = &c->bank;
    const alert_limits *most = &c->set.alert[c->set.road];
    const float within[BANK_DIRECTIONS] = {(float)most->longitudinal_m, (float)most->lateral_m,
                                           (float)most->vertical_m,
                                           (float)(most->heading_deg * RADIANS_PER_DEGREE)};
    b->inside = b->weight = 0.0f;
    for (int h = 0; h < b->count; h++) {
        const bank_hypothesis *of = &b->of[h];
        if (!of->live || !of->live_looks || bank_is_steered(of))
            continue;
        float weight = weight_of(of), inside = 1.0f;
        for (int i = 0; i < BANK_DIRECTIONS; i++)
            inside *= share_inside(within[i], of->separation[i], of->variance[i]);
        b->inside += weight * inside;
        b->weight += weight;
    }
}

/* A sub-solution that is of no use any more starts anew. */
static void renew_worn(fusion *c, int64_t now_ns)
{
    bank *b = &c->bank;
    for (int h = 0; h < b->count; h++) {
        if (!b->of[h].looked)
            continue;
        judge_reckoning(c, &b->of[h], now_ns);
        if (is_worn(c, &b->of[h]) && b->alarm_ns == INT64_MIN)
            bank_anchor(c, h);
    }
}

void integrity_look(fusion *c, int64_t now_ns)
{
    bank *b = &c->bank;
    float t[4][POSE_COLUMNS], full[BANK_DIRECTIONS];
    if (b->count == 0)
        return;
    bank_catch_up(c);
    pose_directions(c, t);
    variances(&c->f.p, t, full);
    const float since_s = b->look_ns == INT64_MIN ? 0.0f : (float)seconds_between(b->look_ns, now_ns);
    cover_held(c, now_ns);
    for (int h = 0; h < b->count; h++) {
        if (!b->of[h].live && is_due(c, &b->of[h]))
            bank_anchor(c, h);
        b->of[h].looked = b->of[h].live;
        if (!b->of[h].live)
            continue;
        compare(c, h, t, full);
        const float *d = bank_error(c, h);
        for (int i = 0; i < 6; i++)
            b->of[h].drive[i] += drive_gain * (d[STATE_GYRO_BIAS + i] - b->of[h].drive[i]);
    }
    levels_find(c, now_ns, full);
    cover_more(c, now_ns);
    late_cover(c, now_ns, since_s, full);
    renew_worn(c, now_ns);
    weigh_hypotheses(c);
    either_look(c, since_s, t);
    b->judged = true;
    exclusion_decide(c, now_ns);
}

/* By how much the input says to have turned within dt_s, where no vehicle can have; otherwise 0. */
static float wild_turn(const fusion *c, double dt_s)
{
    const double *w = c->f.rate_b;
    double rate2 = w[0] * w[0] + w[1] * w[1] + w[2] * w[2];
    return rate2 > most_turn_radps * most_turn_radps ? (float)(sqrt(rate2) * dt_s) : 0.0f;
}

/* Sub-solutions without the input turn with it all the same, and hold what it is off by for a turn that
 * vehicles make: this one they hold as it is. */
void integrity_follow_turn(fusion *c, double dt_s)
{
    bank *b = &c->bank;
    const float wild = wild_turn(c, dt_s), sum = b->wild_rad + wild;
    if (b->count == 0 || !(wild > 0.0f))
        return;
    b->level[BANK_HEADING] += wild;
    for (int h = 0; h < b->count; h++) {
        covariance p = bank_covariance(c, h);
        for (int i = 0; i < 3 && b->of[h].live && bank_is_undriven(c, &b->of[h]); i++)
            covariance_row(&p, STATE_ATTITUDE + i)[STATE_ATTITUDE + i] +=
                sum * sum - b->wild_rad * b->wild_rad;
    }
    b->wild_rad = sum;
}

bool integrity_is_worn(const fusion *c, const source_run *s, int64_t now_ns)
{
    bool lately = c->unsettled_ns != INT64_MIN && seconds_between(c->unsettled_ns, now_ns) < lately_s;
    for (int h = 0; lately && h < c->bank.count; h++) {
        const bank_hypothesis *of = &c->bank.of[h];
        if ((of->sources >> s->index & 1u) && of->anchor_variance > 0.0f)
            return of->weakness > 1.0f;
    }
    return false;
}

float integrity_horizontal(const fusion *c)
{
    const bank *b = &c->bank;
    return b->judged ? hypotf(b->level[BANK_ALONG], b->level[BANK_CROSS]) : INFINITY;
}

bool integrity_reaches(const fusion *c, float off_m)
{
    return cover_is_shaken(c) || off_m <= integrity_horizontal(c);
}

/* ---- the pose */

static bool is_within_limits(const fusion_pose *p)
{
    return p->protection_along_m < p->alert_along_m && p->protection_cross_m < p->alert_cross_m &&
           p->protection_vertical_m < p->alert_vertical_m && p->protection_heading_rad < p->alert_heading_rad;
}

/* The levels lie along and across the heading as estimated; where the vehicle really points may be off by the
 * heading's level, and then each holds a part of the other, up to the length of the whole. */
static void turn_levels(fusion_pose *p, float most)
{
    float along = p->protection_along_m, cross = p->protection_cross_m;
    float turn = sinf(fminf(p->protection_heading_rad, 1.5707963f));
    p->protection_along_m = fminf(along + turn * cross, most);
    p->protection_cross_m = fminf(cross + turn * along, most);
    p->protection_horizontal_m = most;
}

static float bound(float factor, float variance)
{
    return factor * sqrtf(fmaxf(variance, 0.0f));
}

/* The filter's own bound in a direction, and that of the sub-solutions, which are not known before the first
 * look at them: then neither is the level. */
static float level_with(const fusion *c, int direction, float variance)
{
    const bank *b = &c->bank;
    if (b->count == 0)
        return bound(c->factor.fault_free, variance);
    return b->judged ? fmaxf(bound(b->free_sigmas[direction], variance), b->level[direction]) : NAN;
}

/* Of the length of the horizontal error. */
static float length_with(const fusion *c, const fusion_pose *p, float along_variance, float cross_variance)
{
    const bank *b = &c->bank;
    float most = hypotf(p->protection_along_m, p->protection_cross_m);
    float free = hypotf(bound(b->free_sigmas[BANK_ALONG], along_variance),
                        bound(b->free_sigmas[BANK_CROSS], cross_variance));
    return b->judged ? fminf(most, fmaxf(b->length, free)) : most;
}

void integrity_protect(const fusion *c, fusion_pose *p)
{
    const alert_limits *limit = &c->set.alert[c->set.road];
    const bank *b = &c->bank;
    float s = sinf(p->heading_rad), k = cosf(p->heading_rad); /* along = (s, k), across = (k, -s) */
    float ee = p->covariance[0][0], en = p->covariance[0][1], nn = p->covariance[1][1];
    float along = s * s * ee + 2.0f * s * k * en + k * k * nn,
          cross = k * k * ee - 2.0f * s * k * en + s * s * nn;
    p->protection_along_m = level_with(c, BANK_ALONG, along);
    p->protection_cross_m = level_with(c, BANK_CROSS, cross);
    p->protection_vertical_m = level_with(c, BANK_VERTICAL, p->covariance[2][2]);
    p->protection_heading_rad = level_with(c, BANK_HEADING, p->covariance[5][5]);
    p->protection_heading_rad += wild_turn(c, seconds_between(c->f.stamp_ns, p->stamp_ns));
    if (initialize_heading_lost(c) || p->protection_heading_rad > COVER_MOST_HEADING_RAD)
        p->protection_heading_rad = 3.1415927f;
    turn_levels(p, length_with(c, p, along, cross));
    if (claim_is_unconfirmed(c)) /* the vehicle may have been taken anywhere */
        p->protection_along_m = p->protection_cross_m = p->protection_vertical_m = p->protection_heading_rad =
            p->protection_horizontal_m = NAN;
    p->alert_along_m = (float)limit->longitudinal_m;
    p->alert_cross_m = (float)limit->lateral_m;
    p->alert_vertical_m = (float)limit->vertical_m;
    p->alert_heading_rad = (float)(limit->heading_deg * RADIANS_PER_DEGREE);
    if (b->judged)
        p->confidence = fminf((p->confidence + b->inside) / (1.0f + b->weight), 1.0f);
    if (c->set.integrity.gate_usable && !is_within_limits(p))
        p->usable = false;
}
