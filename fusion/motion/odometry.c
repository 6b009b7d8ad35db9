/*
 * Increments of relative pose from a perception process, by stochastic cloning: Roumeliotis and Burdick,
 * "Stochastic cloning: a generalized framework for processing relative state measurements", ICRA 2002.
 *
 * What an increment measures lies between two poses, so both are kept: where one ends, position and attitude
 * are cloned into six states of the source (filter_clone says in which form). The next increment, which
 * begins there, is an ordinary measurement of the pose and its clone; then the pose is cloned anew. A missing
 * increment breaks the chain, and that is all: the pose is cloned at the end of the next one.
 */
#include "fusion/motion/odometry.h"

#include "fusion/core/core.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_carry.h"
#include "fusion/motion/odometry_model.h"

#include <math.h>
#include <string.h>

/* Own states: logarithm of the factor on translations; pitch and yaw of the mount less the configured ones,
 * rad; what its rotations about z are off by for each metre, rad/m; the clone. */
enum {
    SCALE = ODOMETRY_SCALE,
    PITCH = ODOMETRY_PITCH,
    YAW = ODOMETRY_YAW,
    BEND = ODOMETRY_BEND,
    CLONE = ODOMETRY_CLONE
};

_Static_assert((STATE_MAX - STATE_SOURCES) / ODOMETRY_OWN_STATES <= FILTER_CLONES,
               "a clone for each source that fits");

/* An increment begins where the last one ended when their stamps differ by less than this, ns: 6 mm at 30
 * m/s. Too small: clocks that are converted break the chain; too large: the way between is taken for error.
 */
static const int64_t same_stamp_ns = 200000;

/* How these creep, variance per second: a mount a twentieth of a degree, a known scale 0.1 %, a bend 0.02
 * degrees in 100 m, each in a quarter of an hour. */
static const float turn_walk = 1e-9f, scale_walk = 1e-9f, bend_walk = 1.4e-14f;

/* A scale that is not known is taken from the first way that the filter knows to this share, one sigma; a
 * shorter one (m) says nothing. Its logarithm starts with this sigma. Too small a share: never in a car park;
 * too large: the filter, linear only near the truth, takes a wrong one. */
static const float known_share = 0.2f, least_way_m = 0.2f, open_scale_sigma = 1.0f;

/* A scale that contradicts for this long has changed, s: the process has started anew. */
static const double reopen_after_s = 2.0;

/* So many increments in a row that do not follow each other are no accident: their times are wrong. */
static const uint32_t broken_most = 10;

/* How fast the share of contradicting increments follows, per increment. */
static const float reject_gain = 0.1f;

/* ---- the clone */

static void start_scale(fusion *c, source_run *s, float sigma)
{
    int state = s->first_state + SCALE;
    s->odometry.scale_free = isnan(sigma);
    s->odometry.scale_known = !s->odometry.scale_free;
    s->odometry.scale_set = true;
    float variance = s->odometry.scale_free ? 0.0f : sigma * sigma;
    c->f.slow[state - STATE_SOURCES] =
        (slow_state){.walk = variance > 0.0f ? scale_walk : 0.0f, .bound = variance};
    c->f.source[state - STATE_SOURCES] = 0.0;
    core_reset(c, state, variance);
}

/* Room for its clone, when the core is created. */
static int clone_of(fusion *c, int first)
{
    for (int i = 0; i < c->f.clone_count; i++) {
        if (c->f.clone[i].first == first)
            return i;
    }
    c->f.clone[c->f.clone_count].first = first;
    return c->f.clone_count++;
}

void odometry_setup(fusion *c, source_run *s)
{
    s->odometry.clone = clone_of(c, s->first_state + CLONE);
    double sigma = s->set->of.odometry.mount_sigma_deg * RADIANS_PER_DEGREE;
    core_own_state(c, s->first_state + PITCH, 0.0, sigma, turn_walk);
    core_own_state(c, s->first_state + YAW, 0.0, sigma, turn_walk);
    sigma = s->set->of.odometry.bend_sigma_deg_per_100m * RADIANS_PER_DEGREE / 100.0;
    core_own_state(c, s->first_state + BEND, 0.0, sigma, bend_walk);
    core_own_state(c, s->first_state + SCALE, 0.0, 0.0, 0.0f);
    for (int i = 0; i < 6; i++)
        core_own_state(c, s->first_state + CLONE + i, 0.0, 0.0, 0.0f);
    s->odometry.scale_set = false;
}

void odometry_break(fusion *c)
{
    for (int i = 0; i < c->f.clone_count; i++)
        c->f.clone[i].held = false;
}

/* In the filter and in every sub-solution, all of which are at its time. */
static void take_clone(fusion *c, source_run *s)
{
    filter_clone *k = &c->f.clone[s->odometry.clone];
    for (int i = 0; i < 6; i++)
        bank_reset(c, k->first + i, 0.0f);
    filter_take_clone(&c->f, k);
}

/* ---- noise */

/* Where element (row, column >= row) of a 6 x 6 matrix is in its upper triangle, row by row. */
static int triangle_at(int row, int column)
{
    return row * 6 - row * (row - 1) / 2 + column - row;
}

static void claimed_noise(const frame_odometry *o, float weight, odometry_increment *out)
{
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            int low = i < k ? i : k, high = i < k ? k : i;
            out->noise[0][k][i] = weight * o->covariance[triangle_at(low, high)];
            out->noise[1][k][i] = weight * o->covariance[triangle_at(low + 3, high + 3)];
            out->cross[k][i] = weight * o->covariance[triangle_at(i, k + 3)];
            out->crossed |= fabsf(out->cross[k][i]) > 0.0f;
        }
    }
}

/* What an increment that claims nothing is taken for. */
static void default_noise(const odometry_settings *set, float way, float weight, odometry_increment *out)
{
    float translation = (float)hypot(set->translation_sigma_fraction * (double)way, set->translation_sigma_m);
    float rotation = (float)set->rotation_sigma_rad;
    for (int i = 0; i < 3; i++) {
        out->noise[0][i][i] = weight * translation * translation;
        out->noise[1][i][i] = weight * rotation * rotation;
    }
}

/* What the increment says, its noise as claimed or set, times what the innovations ask for. A scale that is
 * not known is one of units as well. */
static void read_increment(const fusion *c, const source_run *s, const frame_odometry *o,
                           odometry_increment *out)
{
    const odometry_settings *set = &s->set->of.odometry;
    float scale = s->noise_scale * (s->down_weighted ? 3.0f : 1.0f);
    float unit =
        s->odometry.scale_free ? expf((float)c->f.source[s->first_state - STATE_SOURCES + SCALE]) : 1.0f;
    float least[2] = {unit * (float)set->translation_sigma_m, (float)set->rotation_sigma_rad};
    memset(out, 0, sizeof *out);
    memcpy(out->translation, o->translation_m, sizeof out->translation);
    memcpy(out->rotation, o->rotation_rad, sizeof out->rotation);
    if (isfinite(o->covariance[0]))
        claimed_noise(o, (float)(set->claim_scale * set->claim_scale) * scale * scale, out);
    else
        default_noise(set, glm_vec3_norm(out->translation), scale * scale, out);
    for (int i = 0; i < 3; i++) {
        for (int half = 0; half < 2; half++)
            out->noise[half][i][i] = fmaxf(out->noise[half][i][i], least[half] * least[half]);
    }
}

static void set_noise(const source_run *s, mat3 noise, measurement *m)
{
    const odometry_settings *set = &s->set->of.odometry;
    float share = (float)(set->lasting_fraction * set->lasting_fraction);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++)
            m->noise[i][k] = noise[k][i];
        m->lasting[i] = share * m->noise[i][i];
    }
    m->repeats = core_repeats(s, (float)set->lasting_s);
}

/* ---- errors that translation and rotation of one increment share */

static float *column_of(measurement *m, int state)
{
    for (int i = 0; i < m->columns; i++) {
        if (m->index[i] == state)
            return m->h[i];
    }
    measurement_column(m, state, 0.0f, 0.0f, 0.0f);
    return m->h[m->columns - 1];
}

/* The translation t and the rotation r have the noise [T C; C' R]. With B = C R^-1, t - B r has a noise of
 * its own, T - B C', and once r has been fused it is the rest of what the two say. */
static void take_shared_away(odometry_increment *said, const measurement *rotation, measurement *m)
{
    mat3 inverse, b, turned, shared;
    vec3 moved, innovation = {rotation->innovation[0], rotation->innovation[1], rotation->innovation[2]};
    glm_mat3_inv(said->noise[1], inverse);
    glm_mat3_mul(said->cross, inverse, b);
    glm_mat3_transpose_to(said->cross, turned);
    glm_mat3_mul(b, turned, shared);
    for (int k = 0; k < 3; k++)
        glm_vec3_sub(said->noise[0][k], shared[k], said->noise[0][k]);
    glm_mat3_mulv(b, innovation, moved);
    glm_vec3_sub(m->innovation, moved, m->innovation);
    for (int i = 0; i < rotation->columns; i++) {
        vec3 h = {rotation->h[i][0], rotation->h[i][1], rotation->h[i][2]};
        float *to = column_of(m, rotation->index[i]);
        glm_mat3_mulv(b, h, moved);
        glm_vec3_sub(to, moved, to);
    }
}

/* ---- fusing */

/* The scale is taken from a way that the filter knows itself; false: not yet. */
static bool find_scale(fusion *c, source_run *s, const odometry_increment *said)
{
    odometry_span at;
    measurement m;
    projection j;
    if (s->odometry.scale_known)
        return true;
    int state = s->first_state + SCALE;
    c->f.source[state - STATE_SOURCES] = 0.0;
    core_reset(c, state, 0.0f);
    odometry_look(c, s, &at);
    odometry_measure_translation(c, s, &at, said, &m);
    covariance_project(&c->f.p, &m, &j);
    float way2 = 0.0f, said2 = 0.0f, off2 = 0.0f;
    for (int i = 0; i < 3; i++) {
        way2 += (float)(at.moved[i] * at.moved[i]);
        said2 += said->translation[i] * said->translation[i];
        off2 += j.s[i][i];
    }
    if (!(way2 > least_way_m * least_way_m) || !(said2 > 0.0f) || !(off2 < known_share * known_share * way2))
        return false;
    c->f.source[state - STATE_SOURCES] = 0.5 * log((double)(said2 / way2));
    core_reset(c, state, open_scale_sigma * open_scale_sigma);
    s->odometry.scale_known = true;
    return true;
}

/* A translation that contradicts for long: where the scale is not known it has changed, otherwise it is the
 * filter's velocity that is opened. */
static void follow_contradiction(fusion *c, source_run *s, const frame *in, const measurement *m,
                                 verdict_decision decision)
{
    double interval_s = (double)in->u.odometry.interval_ns * 1e-9;
    float off = sqrtf(m->innovation[0] * m->innovation[0] + m->innovation[1] * m->innovation[1] +
                      m->innovation[2] * m->innovation[2]);
    if (!s->odometry.scale_free) {
        core_relock_velocity(c, s, in, decision, off / (float)interval_s);
        return;
    }
    core_keep_streak(&s->speed.reject_since_ns, in->stamp_ns, decision);
    if (s->speed.reject_since_ns == INT64_MIN ||
        seconds_between(s->speed.reject_since_ns, in->stamp_ns) < reopen_after_s)
        return;
    s->odometry.scale_known = false;
    s->speed.reject_since_ns = INT64_MIN;
}

static verdict_decision fuse_rotation(fusion *c, source_run *s, const frame *in, odometry_increment *said)
{
    odometry_span at;
    measurement m;
    odometry_look(c, s, &at);
    odometry_measure_rotation(c, s, &at, said, &m);
    set_noise(s, said->noise[1], &m);
    return core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_ROTATION});
}

/* A scale that nothing holds drifts with the way. */
static void drift_scale(fusion *c, const source_run *s)
{
    odometry_span at;
    double drift = s->set->of.odometry.scale_drift_100m;
    if (!s->odometry.scale_free || !s->odometry.scale_known)
        return;
    odometry_look(c, s, &at);
    core_widen(c, s->first_state + SCALE, (float)(drift * drift * odometry_way(&at) / 100.0));
}

static verdict_decision fuse_translation(fusion *c, source_run *s, const frame *in, odometry_increment *said,
                                         bool rotation_fused)
{
    odometry_span at;
    measurement m, rotation;
    if (!find_scale(c, s, said)) {
        core_refuse(c, s, in, QUANTITY_TRANSLATION, DECISION_IGNORED, REASON_NOT_INITIALIZED);
        return DECISION_IGNORED;
    }
    drift_scale(c, s);
    odometry_look(c, s, &at);
    odometry_measure_translation(c, s, &at, said, &m);
    if (said->crossed && rotation_fused) {
        odometry_measure_rotation(c, s, &at, said, &rotation);
        take_shared_away(said, &rotation, &m);
    }
    set_noise(s, said->noise[0], &m);
    verdict_decision decision = core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_TRANSLATION});
    follow_contradiction(c, s, in, &m, decision);
    return decision;
}

static bool is_used(verdict_decision decision)
{
    return decision == DECISION_FUSED || decision == DECISION_DOWN_WEIGHTED;
}

/* One half that contradicts is a contradiction of the whole: the other must not hide it from REJECTED. */
static void count_whole(source_run *s, float ratio_before, bool rejected)
{
    s->reject_ratio = ratio_before + reject_gain * ((rejected ? 1.0f : 0.0f) - ratio_before);
}

static void fuse_increment(fusion *c, source_run *s, const frame *in)
{
    odometry_increment said;
    float before = s->reject_ratio;
    read_increment(c, s, &in->u.odometry, &said);
    verdict_decision rotation = fuse_rotation(c, s, in, &said);
    verdict_decision translation = fuse_translation(c, s, in, &said, is_used(rotation));
    count_whole(s, before, rotation == DECISION_REJECTED || translation == DECISION_REJECTED);
    if (is_used(rotation) || is_used(translation))
        s->used++;
    else if (rotation == DECISION_REJECTED)
        s->rejected++;
}

void odometry_fuse(fusion *c, source_run *s, const frame *in)
{
    const frame_odometry *o = &in->u.odometry;
    if (!s->first_state) {
        core_refuse(c, s, in, QUANTITY_FRAME, DECISION_IGNORED, REASON_NO_MODEL);
        return;
    }
    if (!s->odometry.scale_set || isnan(o->scale_sigma) != s->odometry.scale_free)
        start_scale(c, s, o->scale_sigma);
    if (c->bank.count > 0 && c->f.span.dt > 0.0f)
        bank_carry_on(c); /* what has happened since the begin is short: sub-solutions must not lag */
    const filter_clone *k = &c->f.clone[s->odometry.clone];
    int64_t gap_ns = in->stamp_ns - o->interval_ns - k->stamp_ns;
    bool follows = k->held && gap_ns <= same_stamp_ns && gap_ns >= -same_stamp_ns;
    if (follows)
        fuse_increment(c, s, in);
    else
        core_refuse(c, s, in, QUANTITY_FRAME, DECISION_IGNORED, REASON_NO_BEGIN);
    s->odometry.broken = follows ? 0 : s->odometry.broken + 1;
    if (s->odometry.broken >= broken_most)
        core_fault(c, &s->faults, FAULT_SEQUENCE_GAP, true, in->stamp_ns, (float)s->odometry.broken,
                   (float)broken_most);
    take_clone(c, s);
}
