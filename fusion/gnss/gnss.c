#include "fusion/gnss/gnss.h"

#include "fusion/core/core.h"
#include "fusion/core/height.h"
#include "fusion/gnss/gnss_contradiction.h"
#include "fusion/gnss/gnss_error.h"
#include "fusion/gnss/gnss_fix.h"
#include "fusion/gnss/gnss_height.h"
#include "fusion/gnss/gnss_led.h"
#include "fusion/gnss/gnss_turned.h"
#include "fusion/integrity/acquit.h"
#include "fusion/integrity/integrity.h"
#include "fusion/motion/reverse.h"
#include "fusion/motion/vehicle.h"

#include <math.h>
#include <string.h>

/* A receiver that joins a running filter starts with its sigma times this and earns the rest by agreement: a
 * bad one that shares the first seconds evenly with a good one would leave its error in the position for
 * minutes. */
static const float newcomer_scale = 5.0f;

/* The first velocity of a receiver that claims nothing counts for velocity_sigma_mps times this: that is what
 * a good one has, a telephone's has 0.5 m/s and more, and which it is shows within seconds. Too small: a bad
 * one gives the heading; too large: a good one is believed late. */
static const float silent_start_scale = 2.0f;

/* What is new with every fix however good it is, per horizontal axis: noise of the carrier's phase, of the
 * antenna's place in a body that shakes, of stamps. Too small: a carrier-phase receiver's own noise moves the
 * pose; too large: its fixes are smoothed that need not be. */
static const float least_white_m = 0.03f;

/* Rejections further apart than this are not one streak, s. */
static const float streak_break_s = 2.0f;

/* Antenna against navigation point as it was `latency_s` ago, to first order: R(then) lever = R (lever -
 * latency w x lever); in vehicle axes of now, and its velocity w x that. `rate` gets w. */
static void antenna_then(const fusion *c, const source_run *s, double latency_s, vec3 rate, vec3 lever,
                         vec3 swing)
{
    vec3 at;
    vehicle_rate(&c->f, rate);
    glm_vec3_copy((float *)(uintptr_t)s->lever_m, at);
    glm_vec3_cross(rate, at, swing);
    glm_vec3_copy(at, lever);
    glm_vec3_muladds(swing, -(float)latency_s, lever);
    glm_vec3_cross(rate, lever, swing);
}

static void vehicle_to_ecef(const fusion *c, vec3 v, double out[3])
{
    double r[3][3];
    const double in[3] = {(double)v[0], (double)v[1], (double)v[2]};
    vehicle_rotation(&c->f, r);
    rows_mulv(r, in, out);
}

/* -E [w x] as columns of the attitude: what a turn does to a world vector, in ENU. */
static void attitude_columns(measurement *m, mat3 enu, const double world[3])
{
    vec3 w = {-(float)world[0], -(float)world[1], -(float)world[2]};
    mat3 skew, jacobian;
    mat3_skew(w, skew);
    glm_mat3_mul(enu, skew, jacobian);
    measurement_columns(m, STATE_ATTITUDE, jacobian);
}

/* What errors dw = -exp(-mount) bias error of the rate do to the antenna's place `latency_s` ago, -latency dw
 * x lever, or, where `moving`, to its velocity w x (lever - latency w x lever). */
static void lever_gyro_columns(const fusion *c, source_run *s, mat3 enu, double latency_s, bool moving,
                               measurement *m)
{
    double r[3][3], mount[3][3];
    mat3 turn, by_rate, skew, jacobian;
    vec3 rate, lever, swing;
    mat3_skew(s->lever_m, by_rate);
    glm_mat3_scale(by_rate, -(float)latency_s);
    if (moving) {
        antenna_then(c, s, latency_s, rate, lever, swing);
        mat3_skew(rate, skew);
        glm_mat3_mul(skew, by_rate, by_rate);
        mat3_skew(lever, skew);
        for (int i = 0; i < 3; i++)
            glm_vec3_add(by_rate[i], skew[i], by_rate[i]);
    }
    vehicle_rotation(&c->f, r);
    rows_to_mat3(r, turn);
    mount_rows(&c->f, mount);
    rows_to_mat3(mount, skew);
    glm_mat3_transpose(skew);
    glm_mat3_mul(by_rate, skew, jacobian);
    glm_mat3_mul(turn, jacobian, jacobian);
    glm_mat3_mul(enu, jacobian, jacobian);
    measurement_columns(m, STATE_GYRO_BIAS, jacobian);
}

/* What errors of the mount do to the antenna's place `latency_s` ago or, where `moving`, to its velocity by
 * the rate of turn: the lever turns by them, the rate (in b-axes) does not. */
static void lever_mount_columns(const fusion *c, source_run *s, mat3 enu, double latency_s, bool moving,
                                measurement *m)
{
    double ecef[3];
    vec3 axes[2], d[2], rate, turned;
    vehicle_rate(&c->f, rate);
    mount_axes(&c->f, axes);
    for (int k = 0; k < 2; k++) {
        glm_vec3_cross(axes[k], s->lever_m, d[k]);
        glm_vec3_cross(rate, d[k], turned);
        glm_vec3_muladds(turned, -(float)latency_s, d[k]);
        if (moving)
            glm_vec3_cross(rate, d[k], d[k]);
        vehicle_to_ecef(c, d[k], ecef);
        glm_mat3_mulv(enu, (vec3){(float)ecef[0], (float)ecef[1], (float)ecef[2]}, d[k]);
    }
    mount_columns(&c->f, m, d);
}

/* antenna = position + R lever, as it was at stamp - latency */
void gnss_position(fusion *c, source_run *s, const frame_gnss *g, measurement *m)
{
    const filter *f = &c->f;
    double fix[3], lever[3], away[3], back[3], swing[3];
    vec3 rate, at, moved;
    double latency = f->source[s->first_state - STATE_SOURCES + LATENCY];
    motion_delta since;
    mat3 enu;
    motion_log_delta(&f->log, latency, &since);
    geodetic_to_ecef(g->latitude_rad, g->longitude_rad, isfinite(g->height_m) ? g->height_m : 0.0, fix);
    antenna_then(c, s, latency, rate, at, moved);
    vehicle_to_ecef(c, at, lever);
    glm_vec3_cross(rate, s->lever_m, moved); /* by the latency */
    vehicle_to_ecef(c, moved, swing);
    for (int i = 0; i < 3; i++) {
        back[i] = since.velocity_change[i] - f->velocity_ecef_mps[i] - swing[i];
        away[i] = fix[i] - (f->position_ecef_m[i] + lever[i] - latency * f->velocity_ecef_mps[i] +
                            since.way_change[i]);
    }
    double local[3][3], rows[3];
    memcpy(local, f->r_enu_ecef, sizeof local);
    rows_to_mat3(local, enu);
    rows_mulv(local, away, rows);

    measurement_columns(m, STATE_POSITION, enu);
    mat3 late;
    glm_mat3_copy(enu, late);
    glm_mat3_scale(late, -(float)latency);
    measurement_columns(m, STATE_VELOCITY, late);
    attitude_columns(m, enu, lever);
    lever_mount_columns(c, s, enu, latency, false, m);
    lever_gyro_columns(c, s, enu, latency, false, m);
    for (int i = 0; i < 3; i++)
        measurement_column(m, s->first_state + SLOW + i, i == 0 ? 1.0f : 0.0f, i == 1 ? 1.0f : 0.0f,
                           i == 2 ? 1.0f : 0.0f);
    double back_enu[3];
    rows_mulv(local, back, back_enu);
    if (!(c->f.considered >> (s->first_state + LATENCY) & 1)) /* else gnss_latency_doubt */
        measurement_column(m, s->first_state + LATENCY, (float)back_enu[0], (float)back_enu[1],
                           (float)back_enu[2]);
    for (int i = 0; i < 3; i++)
        m->innovation[i] = (float)(rows[i] - f->source[s->first_state - STATE_SOURCES + SLOW + i]);
}

static verdict_decision fuse_position(fusion *c, source_run *s, const frame *in, float horizontal,
                                      float vertical)
{
    measurement m;
    float white = (float)s->set->of.gnss.white_fraction * fminf(s->noise_scale, 1.0f);
    measurement_start(&m, 3);
    gnss_position(c, s, &in->u.gnss, &m);
    if (gnss_has_come_back(c, s, m.innovation, horizontal)) {
        measurement_start(&m, 3);
        gnss_position(c, s, &in->u.gnss, &m);
    }
    white = hypotf(white, gnss_manner(s)->white);
    float up = least_white_m * vertical / horizontal;
    m.noise[0][0] = m.noise[1][1] = horizontal * white * horizontal * white + least_white_m * least_white_m;
    m.noise[2][2] = vertical * white * vertical * white + up * up;
    if (!isfinite(in->u.gnss.height_m))
        m.dim = 2;
    const double *own = &c->f.source[s->first_state - STATE_SOURCES];
    const float slow[2] = {(float)own[SLOW], (float)own[SLOW + 1]};
    const float height_off = gnss_height_contradicts(c, s, in, &m);
    verdict_decision decision =
        core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_POSITION, .ungated = gnss_is_unproven(c, s)});
    if (m.dim == 3 && (decision == DECISION_FUSED || decision == DECISION_DOWN_WEIGHTED))
        height_measured(c);
    float off = sqrtf((m.innovation[0] * m.innovation[0] + m.innovation[1] * m.innovation[1]) /
                      (0.5f * (m.variance[0] + m.variance[1])));
    float limit = (float)s->set->of.gnss.jump_sigma;
    s->place.off_m = hypotf(m.innovation[0], m.innovation[1]);
    for (int i = 0; i < 2; i++)
        s->place.apart_enu_m[i] = m.innovation[i] + slow[i];
    s->place.apart_m = hypotf(s->place.apart_enu_m[0], s->place.apart_enu_m[1]);
    integrity_prove(c, s, gnss_sigma(s, &in->u.gnss), decision);
    bool jumped = off > limit || (fault_is_raised(&s->faults, FAULT_JUMP) && !s->out.banned);
    jumped &= decision == DECISION_REJECTED &&
              !c->claim.open && /* else it is the claim that is off, or the pose */
              !acquit_holds(s, in->stamp_ns, ACQUIT_NOW_S) && !integrity_is_worn(c, s, in->stamp_ns);
    jumped |= height_off > limit;
    core_fault(c, &s->faults, FAULT_JUMP, jumped, in->stamp_ns, fmaxf(off, height_off), limit);
    return decision;
}

float gnss_latency_doubt(const fusion *c)
{
    float least = INFINITY;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        source_kind kind = s->set->kind;
        if (s->fused_ns == INT64_MIN)
            continue;
        if (kind == SOURCE_GNSS) {
            int state = s->first_state + LATENCY;
            bool considered = c->f.considered >> state & 1;
            least = fminf(least, considered ? covariance_at(&c->f.p, state, state) : 0.0f);
        } else if ((kind == SOURCE_ROADSIDE || kind == SOURCE_CAMERA) &&
                   seconds_between(s->fused_ns, c->applied_ns) < SEEN_WITHIN_S) {
            const int late = s->first_state + CAMERA_LATENCY;
            if (s->own_states != CAMERA_MAP_STATES || !(c->f.considered >> late & 1))
                return 0.0f; /* from a known place: no latency moves that, or it is in the covariance */
            least = fminf(least, covariance_at(&c->f.p, late, late));
        }
    }
    return isfinite(least) ? least : 0.0f;
}

void gnss_estimate_latency(fusion *c, uint64_t considered)
{
    int best = 0;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        const bool camera = s->own_states == CAMERA_MAP_STATES && s->set->kind == SOURCE_CAMERA;
        int state = s->first_state + (camera ? (int)CAMERA_LATENCY : (int)LATENCY);
        if ((!camera && s->set->kind != SOURCE_GNSS) || s->fused_ns == INT64_MIN ||
            !(considered >> state & 1))
            continue;
        if (!best || covariance_at(&c->f.p, state, state) < covariance_at(&c->f.p, best, best))
            best = state;
    }
    for (int i = 0; best && i < 3; i++)
        covariance_shear(&c->f.p, STATE_POSITION + i, best, (float)c->f.velocity_ecef_mps[i]);
}

/* A vertical velocity's error over a horizontal one's. What lasts of it has no state; taken for new with each
 * fix, a vehicle that knows its way is surer of its slope, and so of its pitch, than that lets it be. */
static const float vertical_velocity = 2.0f;

/* velocity of the antenna at stamp - latency - lag */
static verdict_decision fuse_velocity(fusion *c, source_run *s, const frame *in, float dt_s)
{
    const filter *f = &c->f;
    float enu_mps[3], sigma;
    if (!gnss_velocity(s, &in->u.gnss, enu_mps, &sigma))
        return DECISION_NONE;
    double local[3][3], swing[3], v[3], late[3];
    const double *own = &f->source[s->first_state - STATE_SOURCES];
    double latency = own[LATENCY] + own[VELOCITY_LAG];
    motion_delta since;
    mat3 enu;
    measurement m;
    vec3 w, lever, moved, inward;
    motion_log_delta(&f->log, latency, &since);
    antenna_then(c, s, latency, w, lever, moved);
    vehicle_to_ecef(c, moved, swing);
    glm_vec3_cross(w, moved, inward); /* the antenna's acceleration against the navigation point */
    vehicle_to_ecef(c, inward, late);
    memcpy(local, f->r_enu_ecef, sizeof local);
    rows_to_mat3(local, enu);
    for (int i = 0; i < 3; i++)
        v[i] = f->velocity_ecef_mps[i] + swing[i] - since.velocity_change[i];
    rows_mulv(local, v, v);
    for (int i = 0; i < 3; i++)
        late[i] += since.accel_then[i];
    rows_mulv(local, late, late);

    measurement_start(&m, 3);
    measurement_columns(&m, STATE_VELOCITY, enu);
    attitude_columns(&m, enu, swing);
    lever_gyro_columns(c, s, enu, latency, true, &m);
    lever_mount_columns(c, s, enu, latency, true, &m);
    for (int i = 0; i < 2; i++)
        measurement_column(&m, s->first_state + LATENCY + i, -(float)late[0], -(float)late[1],
                           -(float)late[2]);
    sigma = hypotf(sigma, gnss_smooth_late(c, s));
    sigma *= gnss_velocity_scale(s, &in->u.gnss) * (s->down_weighted ? 3.0f : 1.0f);
    float white = gnss_follow_velocity(c, s, &in->u.gnss, sigma), up = vertical_velocity * sigma,
          lasts = gnss_velocity_lasting(c, s, &in->u.gnss) * up;
    for (int i = 0; i < 2; i++) {
        measurement_column(&m, s->first_state + SLOW_VELOCITY + i, i == 0 ? 1.0f : 0.0f, i == 1 ? 1.0f : 0.0f,
                           0.0f);
        v[i] += own[SLOW_VELOCITY + i];
    }
    for (int i = 0; i < 3; i++) {
        m.innovation[i] = enu_mps[i] - (float)v[i];
        m.noise[i][i] = white * white;
    }
    m.noise[2][2] = up * up;
    m.lasting[2] = lasts * lasts;
    m.repeats = core_repeats(s, (float)s->set->of.gnss.velocity_slow_s);
    if (!isfinite(enu_mps[2]))
        m.dim = 2;
    verdict_decision decision =
        core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_VELOCITY, .ungated = gnss_is_unproven(c, s)});
    gnss_smooth_contradicts(c, s, &m);
    gnss_led_watch(c, s, &m, dt_s);
    return decision;
}

void gnss_check(fusion *c, source_run *s, const frame *in)
{
    const frame_gnss *g = &in->u.gnss;
    core_fault(c, &s->faults, FAULT_NO_FIX, g->fix == GNSS_FIX_NONE, in->stamp_ns, NAN, NAN);
    core_fault(c, &s->faults, FAULT_JAMMED, g->jamming > 0.5f, in->stamp_ns, g->jamming, 0.5f);
    core_fault(c, &s->faults, FAULT_SPOOFED, g->spoofing > 0.5f || s->out.suspect, in->stamp_ns, g->spoofing,
               0.5f);
}

void gnss_anchor(fusion *c, source_run *s, const frame *in)
{
    float scale = fmaxf(s->noise_scale, 1.0f), horizontal = gnss_sigma(s, &in->u.gnss);
    float vertical = gnss_vertical_sigma(s, &in->u.gnss, horizontal) * scale;
    horizontal *= scale;
    if (!(in->u.gnss.speed_acc_mps > 0.0f))
        s->gnss.velocity_scale = fmaxf(s->gnss.velocity_scale, silent_start_scale);
    gnss_stamp_latency(c, s, in);
    gnss_follow_sigma(c, s, &in->u.gnss, 0.0f, horizontal, vertical);
    fuse_position(c, s, in, horizontal, vertical);
    gnss_pay_doubt(c, s);
    core_placed(c, in->stamp_ns, false);
    s->used++;
}

void gnss_fuse(fusion *c, source_run *s, const frame *in)
{
    const frame_gnss *g = &in->u.gnss;
    if (g->fix == GNSS_FIX_NONE) {
        core_refuse(c, s, in, QUANTITY_FRAME, DECISION_REJECTED, REASON_NO_FIX);
        s->rejected++;
        return;
    }
    if (s->tried_ns == INT64_MIN && c->absolute_ns != INT64_MIN)
        s->noise_scale = s->gnss.velocity_scale = s->gnss.worse = newcomer_scale;
    gnss_stamp_latency(c, s, in);
    float since = s->tried_ns == INT64_MIN ? 0.0f : (float)seconds_between(s->tried_ns, in->stamp_ns);
    gnss_smooth_watch(c, s, g);
    gnss_remember(s, g, since);
    gnss_count_way(c, s, since);
    float weight = gnss_position_scale(s) * (s->down_weighted ? 3.0f : 1.0f);
    float horizontal = gnss_sigma(s, g) * weight,
          vertical = gnss_vertical_sigma(s, g, gnss_sigma(s, g)) * weight;
    gnss_follow_sigma(c, s, g, since, horizontal, vertical);
    if (since > fmaxf(streak_break_s, 3.0f * s->interval_s)) /* it was left out */
        s->reject_since_ns = s->gnss.velocity_reject_since_ns = INT64_MIN;
    if (turned_settle(c, s, in) || (!s->out.banned && gnss_settle_contradiction(c, s, in)))
        return;
    if (!s->out.banned)
        height_learn(c, g);

    verdict_decision position = fuse_position(c, s, in, horizontal, vertical);
    verdict_decision velocity = fuse_velocity(c, s, in, fminf(since, streak_break_s));
    s->gnss.proven += position == DECISION_FUSED;
    s->place.agreed_s += position == DECISION_FUSED ? fminf(since, streak_break_s) : 0.0f;
    if (s->out.banned) {
        s->reject_since_ns = s->gnss.velocity_reject_since_ns = INT64_MIN;
        s->rejected++;
        return;
    }
    gnss_fix_watch(c, s, in, since);
    reverse_hear(c, s, in, fminf(since, streak_break_s));
    core_keep_streak(&s->reject_since_ns, in->stamp_ns, position);
    if (s->reject_since_ns == in->stamp_ns)
        s->place.leapt = !integrity_reaches(c, s->place.off_m);
    core_keep_streak(&s->gnss.velocity_reject_since_ns, in->stamp_ns, velocity);
    if (position == DECISION_FUSED || position == DECISION_DOWN_WEIGHTED) {
        core_placed(c, in->stamp_ns, false);
        gnss_watch_place(c, s, fminf(since, streak_break_s));
    }
    if (position == DECISION_REJECTED && velocity != DECISION_FUSED && velocity != DECISION_DOWN_WEIGHTED)
        s->rejected++;
    else
        s->used++;
}
