/*
 * Leaving a source out that is at fault, and taking it back. docs/INTEGRITY.md says why so.
 */
#include "fusion/integrity/exclusion.h"

#include "fusion/core/core.h"
#include "fusion/core/pose.h"
#include "fusion/gnss/gnss_error.h"
#include "fusion/gnss/gnss_late.h"
#include "fusion/integrity/acquit.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/bank_measure.h"
#include "fusion/integrity/blame.h"
#include "fusion/integrity/either.h"
#include "fusion/integrity/integrity.h"
#include "fusion/map/map_trust.h"
#include "fusion/sight/fiducials.h"

#include <math.h>
#include <string.h>

/* A source comes back when all that it says has agreed for this long and this far, s and m; a position that
 * is steadily off after as many times that. Each time it was left out before doubles it, up to a limit. */
static const double agree_s = 15.0, agree_m = 100.0, far_times = 4.0;
enum { DOUBLINGS = 3 };

/* Dead reckoning loses this share of the way, and this to begin with, m: a position that has wandered less
 * since it began to agree is steady; one that is not further off than that since it was left out is back. */
static const float wander_share = 0.004f, wander_m = 1.0f;

/* A receiver that was left out comes back all the same when it has been out for this long, s, and dead
 * reckoning is less sure than one that nobody vouches for: what wanders between reflections does not agree
 * with anything for long, and a pose that nobody can use is not worth defending. Too small: a receiver that
 * is led away is believed again; too large: a street canyon costs the pose. */
static const double exhausted_s = 60.0;

/* The sub-solutions have nothing to say for this long after they started anew, s; nothing against receivers,
 * for longer. */
static const double settle_s = 6.0, settle_sky_s = 20.0;

/* What a source has spoilt before it was flagged is put right within this, s. */
static const double aftermath_s = 10.0;

/* A receiver speaks that was heard this recently, s. */
static const double speaks_s = 2.0;

/* An input that is left out is compared with what the others make of the motion, smoothed over this, s. */
static const float input_watch_s = 2.5f;

/* What a receiver says that is later than this, s, is brought to the present by the input, and against a
 * sub-solution without the input it is no word: in a bend that turns by tens of degrees meanwhile. */
static const double most_latency_s = 0.4;

/* A latency up to this, s, is set right when it is known (lateness_near); who is later is left out in the
 * end. */
static const double set_right_s = 2.0;

/* ---- leaving it out */

/* The sub-solution becomes the filter; what it started from may be wrong, which from now on counts. */
static void promote(fusion *c, int h)
{
    bank_hypothesis *of = &c->bank.of[h];
    covariance from = bank_covariance(c, h), *to = &c->f.p;
    float *d = bank_error(c, h);
    if (bank_is_undriven(
            c, of)) /* what it takes for biases is the fault, and would be kept for the input's return */
        memset(d + STATE_GYRO_BIAS, 0, 6 * sizeof *d);
    either_leave(c, h);
    c->reset_m = sqrtf(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    filter_correct(&c->f, d);
    bank_follow(c, d);
    memcpy(to->p, from.p, covariance_floats(to->n) * sizeof *to->p);
    for (int i = 0; i < 3; i++)
        covariance_row(to, STATE_POSITION + i)[STATE_POSITION + i] += of->anchor_variance;
    c->resets++;
}

static void ban(fusion *c, source_run *s, int64_t now_ns, float evidence)
{
    s->out.banned = true;
    s->out.bans++;
    s->out.banned_ns = now_ns;
    s->out.banned_at_m = c->odometer_m;
    s->out.agrees_ns = INT64_MIN;
    memset(s->imu.input_off, 0, sizeof s->imu.input_off);
    s->out.suspect = s->set->kind == SOURCE_GNSS && !fault_is_raised(&s->faults, FAULT_JUMP);
    core_fault(c, &s->faults, FAULT_EXCLUDED, true, now_ns, evidence, c->factor.alarm);
}

/* Who is already out for what it says of itself, or was until just now: what contradicts may be its doing. */
static uint32_t known_faults(fusion *c, int64_t now_ns)
{
    uint32_t known = 0;
    for (size_t i = 0; i < c->source_count; i++) {
        source_run *s = &c->source[i];
        if (!s->out.banned && fault_set_effect(&s->faults) == EFFECT_EXCLUDE)
            s->out.trouble_ns = now_ns;
        if (s->out.trouble_ns != INT64_MIN && seconds_between(s->out.trouble_ns, now_ns) < aftermath_s)
            known |= UINT32_C(1) << i;
    }
    return known;
}

/* Without a position for long the input is compared with little, and the first positions after it find a
 * filter that has gone astray. Anew after a loss of its input the filter may itself be what is wrong, its
 * heading above all, and then it is the positions that put it right. */
static bool is_settled(const fusion *c, const bank_hypothesis *of, int64_t now_ns)
{
    const bank *b = &c->bank;
    double wait_s = of->anchor_variance > 0.0f ? settle_sky_s : settle_s;
    bool sees =
        b->blind_ns == INT64_MIN || seconds_between(b->blind_ns, now_ns) >= wait_s || bank_places(of, now_ns);
    if (!sees && (of->anchor_variance > 0.0f || bank_is_undriven(c, of)))
        return false;
    return b->held_ns == INT64_MIN || seconds_between(b->held_ns, now_ns) >= wait_s;
}

/* No position is fused, and none is there that contradicts. */
static bool is_blind(const fusion *c, int64_t now_ns)
{
    if (!fault_is_raised(&c->system, FAULT_DEAD_RECKONING))
        return false;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (s->set->kind == SOURCE_GNSS && s->tried_ns != INT64_MIN &&
            !fault_is_raised(&s->faults, FAULT_NO_FIX) && seconds_between(s->tried_ns, now_ns) < speaks_s)
            return false;
    }
    return true;
}

/* How late the receiver is that is the latest of those that are fused, s. */
static double latest_fix(const fusion *c)
{
    double latest = 0.0;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (s->set->kind == SOURCE_GNSS && s->first_state && s->fused_ns != INT64_MIN && !s->out.banned)
            latest = fmax(latest, c->f.source[s->first_state + GNSS_LATENCY - STATE_SOURCES]);
    }
    return latest;
}

/* What contradicts may be that a receiver is late, which is about to be known: by where the vehicle turned it
 * has taught the gyro a bias, and a sub-solution that goes on without it is led away by that. */
static bool is_lateness(const fusion *c, const bank_hypothesis *of)
{
    const double seems_s = late_suspected(c);
    return (seems_s > most_latency_s && seems_s <= set_right_s) ||
           (bank_is_undriven(c, of) && latest_fix(c) > most_latency_s);
}

/* It leaves out a camera, and that has just looked at a fiducial that is not where it should be. */
static bool explained_by_marks(const fusion *c, const bank_hypothesis *of, int64_t now_ns)
{
    for (size_t i = 0; i < c->source_count; i++) {
        if ((of->sources >> i & 1u) && fiducials_explain(c, &c->source[i], now_ns))
            return true;
    }
    return false;
}

void exclusion_decide(fusion *c, int64_t now_ns)
{
    bank *b = &c->bank;
    if (is_blind(c, now_ns))
        b->blind_ns = now_ns;
    int fault = blame_find(c, now_ns);
    acquit_look(c, now_ns);
    uint32_t known = known_faults(c, now_ns);
    if (fault < 0 || !is_settled(c, &b->of[fault], now_ns))
        return;
    if (!c->set.integrity.exclude || (known & ~b->of[fault].sources))
        return;
    if (explained_by_marks(c, &b->of[fault], now_ns))
        return;
    if (is_lateness(c, &b->of[fault]))
        return;
    float evidence = blame_ratio(&b->of[fault]);
    uint32_t sources = b->of[fault].sources;
    const bool by_map = map_trust_explains(c, sources, now_ns);
    promote(c, fault);
    if (by_map) {
        map_trust_blame(c, now_ns);
        bank_restart(c);
        return;
    }
    for (size_t i = 0; i < c->source_count; i++) {
        if ((sources >> i & 1u) && !c->source[i].out.banned)
            ban(c, &c->source[i], now_ns, evidence);
    }
    bank_restart(c);
}

/* ---- taking it back */

static void start_agreeing(const fusion *c, source_run *s, const frame *in)
{
    s->out.agrees_ns = in->stamp_ns;
    s->out.agrees_at_m = c->odometer_m;
    memset(s->out.agrees_off_m, 0, sizeof s->out.agrees_off_m);
}

void exclusion_watch(fusion *c, source_run *s, const frame *in, const measurement *m,
                     verdict_quantity quantity)
{
    const bool position = quantity == QUANTITY_POSITION;
    bool agrees = m->nis <= c->limit.robust[m->dim];
    if (s->out.agrees_ns == INT64_MIN && agrees && (position || s->set->kind != SOURCE_GNSS)) {
        start_agreeing(c, s, in);
        if (position)
            memcpy(s->out.agrees_off_m, m->innovation, sizeof s->out.agrees_off_m);
    }
    if (position && s->out.agrees_ns != INT64_MIN) {
        float wander =
            hypotf(m->innovation[0] - s->out.agrees_off_m[0], m->innovation[1] - s->out.agrees_off_m[1]);
        float noise = 4.0f * sqrtf(m->noise[0][0] + m->noise[1][1]); /* of the first and of this one */
        agrees &= wander <= wander_m + noise + wander_share * (float)(c->odometer_m - s->out.agrees_at_m);
    }
    if (!agrees)
        s->out.agrees_ns = INT64_MIN;
}

static void follow(float *smooth, double value, float gain)
{
    *smooth += gain * ((float)value - *smooth);
}

void exclusion_watch_input(fusion *c, source_run *s, const frame *in)
{
    const filter *f = &c->f;
    double force[3], b[3];
    mat3 turn;
    vec3 gyro, accel;
    if (!c->running || in->kind != FRAME_IMU)
        return;
    for (int i = 0; i < 3; i++) {
        force[i] = f->accel_ecef[i] - f->gravity_ecef[i];
        gyro[i] = isfinite(in->u.imu.gyro_radps[i]) ? in->u.imu.gyro_radps[i] : 0.0f;
        accel[i] = isfinite(in->u.imu.accel_mps2[i]) ? in->u.imu.accel_mps2[i] : 0.0f;
    }
    glm_mat3_copy(s->r_body_sensor, turn);
    glm_mat3_mulv(turn, gyro, gyro);
    glm_mat3_mulv(turn, accel, accel);
    memcpy(b, force, sizeof b);
    double r[3][3];
    memcpy(r, f->r_b_ecef, sizeof r);
    rows_mulv_transposed(r, force, b);
    float gain = fminf(s->interval_s / input_watch_s, 1.0f);
    follow(&s->imu.input_off[0], (double)gyro[2] - c->saved_gyro_bias[s->index][2] - f->rate_b[2], gain);
    follow(&s->imu.input_off[1], (double)accel[0] - c->saved_accel_bias[s->index][0] - b[0], gain);
    follow(&s->imu.input_off[2], (double)accel[1] - c->saved_accel_bias[s->index][1] - b[1], gain);
    bool agrees = fabsf(s->imu.input_off[0]) < BLAME_INPUT_RATE_RADPS &&
                  fabsf(s->imu.input_off[1]) < BLAME_INPUT_MPS2 &&
                  fabsf(s->imu.input_off[2]) < BLAME_INPUT_MPS2;
    if (agrees && s->out.agrees_ns == INT64_MIN)
        start_agreeing(c, s, in);
    else if (!agrees)
        s->out.agrees_ns = INT64_MIN;
}

/* Its position is where dead reckoning may be since it was left out. */
static bool is_back(const fusion *c, const source_run *s)
{
    float off = hypotf(s->out.agrees_off_m[0], s->out.agrees_off_m[1]);
    return off <= wander_m + wander_share * (float)(c->odometer_m - s->out.banned_at_m);
}

static bool has_earned(const fusion *c, const source_run *s, int64_t now_ns)
{
    double times = (double)(1u << (s->out.bans - 1 < DOUBLINGS ? s->out.bans - 1 : DOUBLINGS));
    if (s->set->kind != SOURCE_IMU)
        times *= is_back(c, s) ? 1.0 : far_times;
    return s->out.agrees_ns != INT64_MIN && seconds_between(s->out.agrees_ns, now_ns) >= agree_s * times &&
           c->odometer_m - s->out.agrees_at_m >= agree_m * times;
}

/* No other position holds the pose, and the bound is wider than that of the receiver would be, which is where
 * the pose may be. */
static bool is_missed(const fusion *c, const source_run *s, int64_t now_ns)
{
    const float root2 = 1.4142136f;
    float worth = root2 * c->factor.fault_free * (float)c->set.integrity.hidden_unproven_m;
    return s->set->kind == SOURCE_GNSS && fault_is_raised(&c->system, FAULT_DEAD_RECKONING) &&
           seconds_between(s->out.banned_ns, now_ns) >= exhausted_s &&
           seconds_between(s->tried_ns, now_ns) < speaks_s && integrity_horizontal(c) > worth &&
           s->place.off_m < integrity_horizontal(c);
}

/* Nobody vouches for it, least of all over the distance by which it differs; the pose that was dead reckoned
 * is covered until it has agreed for long. */
static void borrow(fusion *c, source_run *s)
{
    float variance = 0.0f;
    for (int i = 0; i < 3; i++)
        variance += covariance_at(&c->f.p, STATE_POSITION + i, STATE_POSITION + i);
    s->place.agreed_m = s->place.opened_m = 0.0f;
    s->place.strayed_m = fmaxf(s->place.strayed_m, s->place.off_m);
    bank_lend(c, c->factor.fault_free * sqrtf(variance) + s->place.off_m);
}

/* The largest protection level over its alert limit; NAN: one is not known. */
static float worst_level(const fusion *c, int64_t now_ns)
{
    fusion_pose p;
    pose_at(c, now_ns, &p);
    const float ratio[] = {p.protection_along_m / p.alert_along_m, p.protection_cross_m / p.alert_cross_m,
                           p.protection_vertical_m / p.alert_vertical_m,
                           p.protection_heading_rad / p.alert_heading_rad};
    float worst = 0.0f;
    for (size_t i = 0; i < sizeof ratio / sizeof *ratio; i++)
        worst = ratio[i] > worst || isnan(ratio[i]) ? ratio[i] : worst;
    return worst;
}

static void take_back(fusion *c, source_run *s, int64_t now_ns)
{
    s->out.banned = s->out.suspect = false;
    if (s->set->kind == SOURCE_GNSS && gnss_is_alone(c, s, now_ns))
        gnss_came_back(c, s);
}

void exclusion_tick(fusion *c, int64_t now_ns)
{
    for (size_t i = 0; i < c->source_count; i++) {
        source_run *s = &c->source[i];
        bool missed = s->out.banned && is_missed(c, s, now_ns);
        if (missed)
            borrow(c, s);
        if (missed || (s->out.banned && has_earned(c, s, now_ns)))
            take_back(c, s, now_ns);
        if (s->gnss.out_of_time)
            core_fault(c, &s->faults, FAULT_LATENCY_SHIFT, true, now_ns, NAN, NAN);
        core_fault(c, &s->faults, FAULT_EXCLUDED, s->out.banned || s->gnss.out_of_time, now_ns, NAN,
                   c->factor.alarm);
    }
    if (!c->running)
        return;
    float worst = worst_level(c, now_ns);
    core_fault(c, &c->system, FAULT_ALERT, !(worst < 1.0f), now_ns, worst, 1.0f);
}
