#include "fusion/motion/wheels.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss_away.h"
#include "fusion/inertial/inertial_slide.h"
#include "fusion/integrity/acquit.h"
#include "fusion/integrity/bank_steer.h"
#include "fusion/integrity/shift_judge.h"
#include "fusion/motion/rest.h"
#include "fusion/motion/reverse.h"
#include "fusion/motion/vehicle.h"
#include "fusion/motion/wheel_slip.h"

#include <math.h>

/* Standing for this long before the vehicle counts as at rest: a wheel sensor goes quiet below its lowest
 * speed. */
static const double rest_after_s = 0.5;

/* Below some speed wheel sensors say nothing, which reads as zero: passive ones below 1 m/s or so. The last
 * speed before that, and the first one after, say below which, up to this, m/s: what was lost of more than
 * that has another reason. Too small: a vehicle that moves off contradicts its wheels; too large: wheels that
 * lock are believed. */
static const float most_unseen_mps = 1.5f;

/* A yaw rate beyond this many sigmas is of a vehicle that moves, unseen by its wheels, for up to this long,
 * s: from then on it contradicts them. */
static const float turn_sigmas = 4.0f;
static const double moves_off_s = 1.0;

/* Tyres warm up and wear: relative^2 per second, 0.1 % in a quarter of an hour. The bus's load shifts its
 * latency, s^2/s: 10 ms in a quarter of an hour. */
static const float scale_walk = 1e-9f, latency_walk = 1e-7f;

void wheel_setup(fusion *c, source_run *s)
{
    const wheel_settings *set = &s->set->of.wheel;
    core_own_state(c, s->first_state + WHEEL_SCALE, 0.0, set->scale_sigma, scale_walk);
    core_own_state(c, s->first_state + WHEEL_LATENCY, set->latency_s, set->latency_sigma_s, latency_walk);
    wheel_slip_reset(&s->speed.slip);
}

/* The mean of the rear wheels, which do not steer, else what the vehicle says. */
float wheels_speed(const frame_wheel *w)
{
    if (isfinite(w->wheel_mps[2]) && isfinite(w->wheel_mps[3]))
        return 0.5f * (w->wheel_mps[2] + w->wheel_mps[3]);
    if (isfinite(w->speed_mps))
        return w->speed_mps;
    if (isfinite(w->wheel_mps[0]) && isfinite(w->wheel_mps[1]))
        return 0.5f * (w->wheel_mps[0] + w->wheel_mps[1]);
    return NAN;
}

bool wheels_stand(const frame_wheel *w, float limit)
{
    for (int i = 0; i < 4; i++) {
        if (fabsf(w->wheel_mps[i]) > limit)
            return false;
    }
    return fabsf(wheels_speed(w)) <= limit;
}

/* The wheels contradict the motion by so much, of their noise as it is set, that they slip; unless the input
 * contradicts itself, or somebody else says the same as they do. Or they have leapt. */
static void report_slip(fusion *c, source_run *s, const frame *in, verdict_decision decision, float nis)
{
    float off = sqrtf(nis) * fminf(s->noise_scale, 1.0f), limit = (float)s->set->of.wheel.slip_sigma;
    bool slips = decision == DECISION_REJECTED && off > limit && !inertial_is_doubted(c) &&
                 !shift_is_seconded(c, s) && !acquit_holds(s, in->stamp_ns, ACQUIT_NOW_S);
    const float leapt = wheel_slip_sigmas(s, in->stamp_ns);
    slips |= leapt > limit;
    core_fault(c, &s->faults, FAULT_SLIP, slips, in->stamp_ns, fmaxf(off, leapt), limit);
    if (decision == DECISION_REJECTED)
        s->rejected++;
    else
        s->used++;
}

/* Without an accelerometer nothing else tells that the vehicle moves off or comes to rest. What the wheels do
 * not see of a speed when they say that there is none, one sigma. */
static float unseen_speed(const source_run *s)
{
    return fminf(s->speed.slowest_mps, most_unseen_mps);
}

/* Wheels that bring the yaw rate say that the vehicle stands, and turns: it moves off below their lowest
 * speed, and does not stand; or the yaw rate has leapt. */
static bool moves_off(fusion *c, source_run *s, const frame *in)
{
    const int bias = STATE_GYRO_BIAS + 2;
    float sigma = hypotf(REST_RATE_SIGMA_RADPS, sqrtf(covariance_at(&c->f.p, bias, bias)));
    if (c->inertial_source != (int)s->index)
        return false;
    if (fabsf((float)c->f.rate_b[2]) <= turn_sigmas * sigma)
        s->speed.steady_ns = in->stamp_ns;
    if (s->speed.steady_ns == in->stamp_ns ||
        seconds_between(s->speed.steady_ns, in->stamp_ns) >= moves_off_s)
        return false;
    const float newest[3] = {0.0f, 0.0f, (float)(c->input.gyro_radps[2] - c->f.gyro_bias[2])};
    rest_watch_turn(c, in, newest, true);
    return true;
}

/* Locked wheels say so of a vehicle that slides. */
static void fuse_rest(fusion *c, source_run *s, const frame *in)
{
    float nis;
    verdict_decision decision = vehicle_rest(c, s, in, &nis);
    report_slip(c, s, in, decision, nis);
}

/* A receiver has driven away from wheels that say that the vehicle stands: they hang, or are locked, or it is
 * carried. True: they say nothing. */
static bool hangs(fusion *c, source_run *s, const frame *in)
{
    const source_run *away = gnss_away_find(c, s, in->stamp_ns);
    if (!away) {
        s->speed.hang = false;
        return false;
    }
    if (!s->speed.hang)
        gnss_away_follow(c, away);
    s->speed.hang = true;
    const float off = hypotf(away->gnss.away.velocity_mps[0], away->gnss.away.velocity_mps[1]) /
                      (float)s->set->of.wheel.speed_sigma_mps;
    core_fault(c, &s->faults, FAULT_SLIP, true, in->stamp_ns, off, (float)s->set->of.wheel.slip_sigma);
    core_refuse(c, s, in, QUANTITY_STANDSTILL, DECISION_REJECTED, REASON_INNOVATION);
    s->rejected++;
    return true;
}

/* Backwards is sure beyond this, m/s: nearer to rest the sign of the motion is noise. */
static const float backwards_mps = 1.0f;

/* A speed without a sign (many buses) takes that of the motion. */
static float signed_speed(float speed, float expected, float sign)
{
    return speed > 0.0f && (sign < 0.0f || expected < -backwards_mps) ? -speed : speed;
}

/* measured = (1 + scale) * forward velocity of the rear axle, as it was at stamp - latency */
static void fuse_speed(fusion *c, source_run *s, const frame *in, float speed, float sign)
{
    const wheel_settings *set = &s->set->of.wheel;
    measurement m;
    vec3 velocity, origin, late;
    float scale = 1.0f;
    const double *own = s->first_state ? &c->f.source[s->first_state - STATE_SOURCES] : NULL;
    glm_vec3_negate_to(c->nav_point_m, origin);
    measurement_start(&m, 3);
    vehicle_velocity_then(&c->f, origin, own ? own[WHEEL_LATENCY] : 0.0, &m, velocity, late);
    measurement_keep_row(&m, 0);
    if (own) {
        scale += (float)own[WHEEL_SCALE];
        measurement_column(&m, s->first_state + WHEEL_LATENCY, late[0], 0.0f, 0.0f);
        for (int i = 0; i < m.columns; i++)
            m.h[i][0] *= scale;
        measurement_column(&m, s->first_state + WHEEL_SCALE, velocity[0], 0.0f, 0.0f);
    }
    float sigma = (float)set->speed_sigma_mps + (float)set->speed_sigma_fraction * fabsf(speed);
    sigma *= s->noise_scale * (s->down_weighted ? 3.0f : 1.0f);
    if (s->speed.still_since_ns != INT64_MIN && c->f.model.accel_missing)
        sigma = hypotf(sigma, unseen_speed(s));
    float expected = scale * velocity[0];
    m.innovation[0] = signed_speed(speed, expected, sign) - expected;
    m.noise[0][0] = sigma * sigma;

    verdict_decision decision = core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_SPEED});
    report_slip(c, s, in, decision, m.nis);
    wheel_slip_judge(c, s, decision);
    core_relock_velocity(c, s, in, decision, m.innovation[0]);
}

void wheel_fuse(fusion *c, source_run *s, const frame *in)
{
    bank_steer(c, s, in);
    const frame_wheel *w = &in->u.wheel;
    float speed = wheels_speed(w);
    if (!isfinite(speed)) {
        core_refuse(c, s, in, QUANTITY_SPEED, DECISION_IGNORED, REASON_NO_MODEL);
        return;
    }
    const bool rests = wheels_stand(w, (float)c->set.filter.standstill_mps);
    const float sign = reverse_sign(c, s, in->stamp_ns, speed);
    if (rests && hangs(c, s, in))
        return;
    if (!rests) {
        s->speed.hang = false;
        if (s->speed.still_since_ns != INT64_MIN && !s->out.banned && c->f.model.accel_missing)
            vehicle_wake(c, fminf(fabsf(speed), most_unseen_mps));
        s->speed.still_since_ns = INT64_MIN;
        s->speed.slowest_mps = fabsf(speed);
        if (wheel_slip_is_doubtful(s)) {
            core_refuse(c, s, in, QUANTITY_SPEED, DECISION_REJECTED, REASON_SLIP);
            s->rejected++;
            return;
        }
        fuse_speed(c, s, in, speed, sign);
        return;
    }
    core_keep_since(&s->speed.still_since_ns, true, in->stamp_ns);
    if (seconds_between(s->speed.still_since_ns, in->stamp_ns) >= rest_after_s && !moves_off(c, s, in))
        fuse_rest(c, s, in);
    else
        fuse_speed(c, s, in, speed, sign);
}
