#include "tests/oracle/shadow.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss.h"
#include "fusion/radar/radar_ego.h"

#include <math.h>
#include <string.h>

static shadow *now; /* the wrapped functions have no other way to it */

void shadow_install(shadow *s, const settings *set)
{
    now = s;
    if (!s)
        return;
    memset(s, 0, sizeof *s);
    s->set = set;
    s->first_ns = INT64_MIN;
}

static void note(worst_difference *w, double value, double at_s, int which)
{
    if (!(value <= w->worst)) { /* NAN counts as the worst */
        w->worst = value;
        w->at_s = at_s;
        w->which = which;
    }
}

/* ---- what is given */

static void take_state(shadow *s, const filter *f)
{
    oracle *o = &s->o;
    if (!s->placed)
        return;
    s->placed = false;
    s->running = true;
    oracle_init(o, f->p.n, f->earth_rotation);
    o->slow_step_s = 0.05;
    o->history_step_s = 0.005;
    o->slow_age_s = f->slow_age_s;
    for (int i = 0; i < 3; i++) {
        o->x.position[i] = f->position_ecef_m[i];
        o->x.velocity[i] = f->velocity_ecef_mps[i];
        o->x.gyro_bias[i] = f->gyro_bias[i];
        o->x.accel_bias[i] = f->accel_bias[i];
    }
    m3_from_quaternion(f->q_b_ecef, o->x.r);
    memcpy(o->x.mount, f->mount, sizeof o->x.mount);
    memcpy(o->x.source, f->source, sizeof o->x.source);
    for (int i = 0; i < o->n; i++) {
        for (int j = 0; j < o->n; j++)
            o->p.at[i][j] = (double)covariance_at(&f->p, i, j);
    }
    oracle_place(o);
    s->adopt = 0;
}

static void adopt_values(shadow *s, const filter *f)
{
    for (; s->adopt; s->adopt &= s->adopt - 1) {
        int i = __builtin_ctzll(s->adopt) - STATE_SOURCES;
        s->o.x.source[i] = f->source[i];
    }
}

/* Only the filter's own covariance counts: sub-solutions have as many states. */
static shadow *listening(const covariance *c)
{
    bool own = now && now->core && c == &now->core->f.p;
    return own && now->running && !now->placed && !now->inside ? now : NULL;
}

/* A position that is less sure as a whole takes the clone of it along: what is added is no motion. */
static void widen(oracle *o, int i, double q)
{
    const int same[2] = {i, o->x.clone + i}, count = o->x.clone && i < STATE_VELOCITY ? 2 : 1;
    for (int a = 0; a < count; a++) {
        for (int b = 0; b < count; b++)
            o->p.at[same[a]][same[b]] += q;
    }
}

void __real_covariance_widen(covariance *c, int i, float q);
void __wrap_covariance_widen(covariance *c, int i, float q);
void __wrap_covariance_widen(covariance *c, int i, float q)
{
    shadow *s = listening(c);
    if (s)
        widen(&s->o, i, (double)q);
    __real_covariance_widen(c, i, q);
}

void __real_covariance_widen_along(covariance *c, int first, const double axis[3], float variance);
void __wrap_covariance_widen_along(covariance *c, int first, const double axis[3], float variance);
void __wrap_covariance_widen_along(covariance *c, int first, const double axis[3], float variance)
{
    shadow *s = listening(c);
    for (int i = 0; s && i < 3; i++) {
        for (int j = 0; j < 3; j++)
            s->o.p.at[first + i][first + j] += (double)variance * axis[i] * axis[j];
    }
    __real_covariance_widen_along(c, first, axis, variance);
}

void __real_covariance_shear(covariance *c, int to, int from, float factor);
void __wrap_covariance_shear(covariance *c, int to, int from, float factor);
void __wrap_covariance_shear(covariance *c, int to, int from, float factor)
{
    shadow *s = listening(c);
    for (int j = 0; s && j < s->o.n; j++)
        s->o.p.at[to][j] += (double)factor * s->o.p.at[from][j];
    for (int j = 0; s && j < s->o.n; j++)
        s->o.p.at[j][to] += (double)factor * s->o.p.at[j][from];
    __real_covariance_shear(c, to, from, factor);
}

void __real_filter_take_clone(filter *f, filter_clone *k);
void __wrap_filter_take_clone(filter *f, filter_clone *k);
void __wrap_filter_take_clone(filter *f, filter_clone *k)
{
    shadow *s = listening(&f->p);
    if (s) {
        oracle_clone(&s->o, k->first);
        s->inside = true;
    }
    __real_filter_take_clone(f, k);
    if (s)
        s->inside = false;
}

/* When the mount becomes unknown b-axes leave the vehicle's: attitude error = the vehicle's - R mount error.
 */
static void open_mount(oracle *o, int state, double variance)
{
    const double about[3] = {0.0, o->x.mount[0], o->x.mount[1]};
    double mount[3][3], r[3][3];
    m3_exp(about, mount);
    m3_mul(o->x.r, mount, r);
    for (int i = 0; i < 3; i++) {
        double axis = r[i][1 + state - STATE_MOUNT];
        for (int j = 0; j < 3; j++)
            o->p.at[STATE_ATTITUDE + i][STATE_ATTITUDE + j] +=
                axis * r[j][1 + state - STATE_MOUNT] * variance;
        o->p.at[STATE_ATTITUDE + i][state] = o->p.at[state][STATE_ATTITUDE + i] = -axis * variance;
    }
}

void __real_covariance_reset(covariance *c, int i, float variance);
void __wrap_covariance_reset(covariance *c, int i, float variance);
void __wrap_covariance_reset(covariance *c, int i, float variance)
{
    shadow *s = listening(c);
    if (s) {
        oracle_reset(&s->o, i, (double)variance);
        if (i >= STATE_MOUNT && i < STATE_SOURCES)
            open_mount(&s->o, i, (double)variance);
        if (i >= STATE_SOURCES)
            s->adopt |= UINT64_C(1) << i;
    }
    __real_covariance_reset(c, i, variance);
}

void __real_filter_place(filter *f, int64_t stamp_ns, const double p[3], const double v[3],
                         const double q[4]);
void __wrap_filter_place(filter *f, int64_t stamp_ns, const double p[3], const double v[3],
                         const double q[4]);
void __wrap_filter_place(filter *f, int64_t stamp_ns, const double p[3], const double v[3], const double q[4])
{
    if (now)
        now->placed = true;
    __real_filter_place(f, stamp_ns, p, v, q);
}

void __real_filter_set_model(filter *f, const inertial_model *m, const double gyro[3], const double accel[3]);
void __wrap_filter_set_model(filter *f, const inertial_model *m, const double gyro[3], const double accel[3]);
void __wrap_filter_set_model(filter *f, const inertial_model *m, const double gyro[3], const double accel[3])
{
    shadow *s = listening(&f->p);
    for (int i = 0; s && i < 3; i++) {
        s->o.x.gyro_bias[i] = gyro ? gyro[i] : 0.0;
        s->o.x.accel_bias[i] = accel ? accel[i] : 0.0;
    }
    __real_filter_set_model(f, m, gyro, accel); /* its resets are heard one by one */
}

/* Within the filter's own file a call is not wrapped: this hears of new sources only. */
void __real_filter_take_rate(filter *f, const inertial_input *input);
void __wrap_filter_take_rate(filter *f, const inertial_input *input);
void __wrap_filter_take_rate(filter *f, const inertial_input *input)
{
    shadow *s = listening(&f->p);
    for (int i = 0; s && i < 3; i++)
        s->o.gyro[i] = f->model.gyro_missing[i] ? 0.0 : input->gyro_radps[i];
    __real_filter_take_rate(f, input);
}

/* ---- prediction */

void __real_filter_predict(filter *f, const inertial_input *input, double dt_s);
void __wrap_filter_predict(filter *f, const inertial_input *input, double dt_s);
void __wrap_filter_predict(filter *f, const inertial_input *input, double dt_s)
{
    shadow *s = now;
    if (s) {
        take_state(s, f);
        adopt_values(s, f);
        oracle_predict(&s->o, &f->model, f->slow, input, dt_s);
        s->predictions++;
        s->inside = true;
    }
    __real_filter_predict(f, input, dt_s);
    if (s)
        s->inside = false;
}

/* ---- measurements */

bool __real_radar_ego_estimate(const frame_radar *scan, const radar_expectation *expected,
                               const radar_noise *noise, uint64_t seed, radar_ego *out);
bool __wrap_radar_ego_estimate(const frame_radar *scan, const radar_expectation *expected,
                               const radar_noise *noise, uint64_t seed, radar_ego *out);
bool __wrap_radar_ego_estimate(const frame_radar *scan, const radar_expectation *expected,
                               const radar_noise *noise, uint64_t seed, radar_ego *out)
{
    bool found = __real_radar_ego_estimate(scan, expected, noise, seed, out);
    for (int i = 0; now && found && i < 2; i++)
        now->ego[i] = (double)out->velocity_mps[i];
    return found;
}

/* The next of the frame's landmarks that is known and likely enough. */
static int next_landmark(shadow *s, const frame *in)
{
    if (s->seen != in || s->frame_ns != in->stamp_ns)
        s->landmark = -1;
    s->seen = in;
    s->frame_ns = in->stamp_ns;
    for (int i = s->landmark + 1; i < in->u.landmarks.count; i++) {
        const camera_landmark *l = &in->u.landmarks.landmarks[i];
        if (l->id && model_find_landmark(s->set, l->id) >= 0 &&
            !((double)l->score < s->set->sources[in->source].of.camera.min_score))
            return s->landmark = i;
    }
    return -1;
}

/* Near rest the sign of a speed without one hangs on a hair: whether it was taken for one backwards is the
 * fast filter's decision. */
static bool is_reversed(const shadow *s, const model_case *c, double innovation)
{
    model_case back = *c;
    double forward[3], reverse[3];
    back.reversed = true;
    model_residual(&s->o, &s->o.x, c, forward);
    model_residual(&s->o, &s->o.x, &back, reverse);
    return fabs(reverse[0] - innovation) < fabs(forward[0] - innovation);
}

static void prepare(shadow *s, const source_run *run, const frame *in, const measurement *m,
                    verdict_quantity q, double limit, oracle_measurement *out)
{
    model_case c = {.set = s->set, .in = in, .quantity = q, .first_state = run->first_state};
    memset(out, 0, sizeof *out);
    out->dim = m->dim;
    if (q == QUANTITY_LANDMARK)
        c.landmark = next_landmark(s, in);
    memcpy(c.ego, s->ego, sizeof c.ego);
    c.reversed = q == QUANTITY_SPEED && is_reversed(s, &c, (double)m->innovation[0]);
    model_linearize(&s->o, &c, out);
    for (int k = 0; k < m->dim; k++) {
        for (int l = 0; l < m->dim; l++)
            out->r[k][l] = (double)m->noise[k][l];
        out->lasting[k] = (double)m->lasting[k];
    }
    out->repeats = (double)m->repeats;
    for (int k = 0; q == QUANTITY_POSITION && in->kind == FRAME_GNSS && k < m->dim; k++) {
        if (s->core->f.considered >> (run->first_state + GNSS_LATENCY) & 1) /* see gnss_latency_doubt */
            out->h[k][run->first_state + GNSS_LATENCY] = 0.0;
    }
    oracle_weigh(&s->o, out, limit);
}

static void note_innovation(shadow *s, const measurement *m, const oracle_measurement *mine, double at_s,
                            int q)
{
    for (int k = 0; k < m->dim; k++) {
        double variance = mine->r[k][k];
        for (int i = 0; i < s->o.n; i++) {
            for (int j = 0; j < s->o.n; j++)
                variance += mine->h[k][i] * s->o.p.at[i][j] * mine->h[k][j];
        }
        note(&s->innovation, fabs((double)m->innovation[k] - mine->innovation[k]) / sqrt(variance), at_s, q);
    }
}

verdict_decision __real_core_fuse(fusion *c, source_run *s, const frame *in, measurement *m, fuse_how how);
verdict_decision __wrap_core_fuse(fusion *c, source_run *s, const frame *in, measurement *m, fuse_how how);
verdict_decision __wrap_core_fuse(fusion *c, source_run *run, const frame *in, measurement *m, fuse_how how)
{
    shadow *s = now;
    oracle_measurement mine;
    if (!s)
        return __real_core_fuse(c, run, in, m, how);
    take_state(s, &c->f);
    adopt_values(s, &c->f);
    s->core = c;
    if (s->first_ns == INT64_MIN)
        s->first_ns = in->stamp_ns;
    double at_s = seconds_between(s->first_ns, in->stamp_ns);
    prepare(s, run, in, m, how.quantity, (double)c->limit.robust[m->dim], &mine);
    note_innovation(s, m, &mine, at_s, (int)how.quantity);
    uint64_t considered = c->f.considered;
    s->inside = true;
    verdict_decision decision = __real_core_fuse(c, run, in, m, how);
    s->inside = false;
    s->measurements++;
    s->translations += how.quantity == QUANTITY_TRANSLATION;
    bool fused = decision == DECISION_FUSED || decision == DECISION_DOWN_WEIGHTED;
    bool wanted = mine.nis <= (double)c->limit.gate[m->dim] || how.ungated;
    s->decisions_differ += fused != wanted;
    if (fused) {
        double weight = m->nis > c->limit.robust[m->dim] ? (double)(c->limit.robust[m->dim] / m->nis) : 1.0;
        note(&s->weight, fabs(weight - mine.weight), at_s, (int)how.quantity);
        mine.turns = filter_turns_course(&c->f, &c->f.p, !c->f.model.gyro_missing[2]);
        oracle_fuse(&s->o, &mine, considered);
    }
    return decision;
}

/* ---- the pose */

typedef struct {
    double position[3], r[3][3]; /* of the body, ECEF */
    double velocity[3];
} oracle_pose;

/* The body's pose `dt` later. */
static void pose_of(const oracle *o, const oracle_state *x, const settings *set, double dt, oracle_pose *out)
{
    double at[3], turn[3], step[3][3], mount[3][3], lever[3], swing[3], rate[3];
    const double about[3] = {0.0, x->mount[0], x->mount[1]};
    oracle_state copy = *x;
    model_navigation_point(set, at);
    for (int i = 0; i < 3; i++) {
        rate[i] = o->gyro[i] - x->gyro_bias[i];
        turn[i] = rate[i] * dt;
        at[i] = -at[i];
    }
    m3_exp(turn, step);
    m3_exp(about, mount);
    m3_mul(copy.r, step, out->r);
    m3_apply_transposed(mount, rate, rate);
    m3_mul(out->r, mount, out->r);
    m3_apply(out->r, at, lever);
    v3_cross(rate, at, swing);
    m3_apply(out->r, swing, swing);
    for (int i = 0; i < 3; i++) {
        out->position[i] = x->position[i] + (x->velocity[i] + 0.5 * o->accel[i] * dt) * dt + lever[i];
        out->velocity[i] = x->velocity[i] + o->accel[i] * dt + swing[i];
    }
}

/* Variances of position and rotation, east, north, up, by numeric differentiation of the pose. */
static void pose_variances(const shadow *s, double dt, double local[3][3], double variance[6])
{
    static const double step = 1e-4;
    const oracle *o = &s->o;
    double t[6][STATE_MAX];
    for (int i = 0; i < o->n; i++) {
        oracle_pose side[2];
        for (int k = 0; k < 2; k++) {
            oracle_state x = o->x;
            double error[STATE_MAX] = {0};
            error[i] = k ? step : -step;
            oracle_inject(&x, o->n, error);
            pose_of(o, &x, s->set, dt, &side[k]);
        }
        double back[3][3], turned[3][3], moved[3], psi[3];
        m3_transpose(side[0].r, back);
        m3_mul(side[1].r, back, turned);
        m3_log(turned, psi);
        for (int k = 0; k < 3; k++)
            moved[k] = side[1].position[k] - side[0].position[k];
        m3_apply(local, moved, moved);
        m3_apply(local, psi, psi);
        for (int k = 0; k < 3; k++) {
            t[k][i] = moved[k] / (2.0 * step);
            t[k + 3][i] = psi[k] / (2.0 * step);
        }
    }
    for (int k = 0; k < 6; k++) {
        variance[k] = 0.0;
        for (int i = 0; i < o->n; i++) {
            for (int j = 0; j < o->n; j++)
                variance[k] += t[k][i] * o->p.at[i][j] * t[k][j];
        }
    }
}

static double relative(double fast, double mine)
{
    return mine == 0.0 ? fast : fabs(fast - mine) / mine;
}

static void compare_attitude(shadow *s, const fusion_pose *p, oracle_pose *mine, double local[3][3],
                             double at_s)
{
    double q[4], fast[3][3], back[3][3], psi[3], norm = 0.0;
    for (int i = 0; i < 4; i++) {
        q[i] = (double)p->q_body_enu[i];
        norm += q[i] * q[i];
    }
    for (int i = 0; i < 4; i++)
        q[i] /= sqrt(norm);
    m3_from_quaternion(q, fast); /* body to ENU */
    m3_transpose(fast, back);
    m3_mul(local, mine->r, mine->r);
    m3_mul(mine->r, back, back);
    m3_log(back, psi);
    note(&s->attitude_deg, sqrt(psi[0] * psi[0] + psi[1] * psi[1] + psi[2] * psi[2]) / 0.017453292519943295,
         at_s, 0);
}

static void compare_variances(shadow *s, const fusion_pose *p, double dt, double local[3][3], double at_s)
{
    double mine[6], carried[6];
    pose_variances(s, dt > POSE_CARRY_AFTER_S ? dt : 0.0, local, mine);
    pose_variances(s, dt, local, carried);
    for (int i = 0; i < 3; i++) {
        double doubt = (double)gnss_latency_doubt(s->core) * (double)p->velocity_enu_mps[i] *
                       (double)p->velocity_enu_mps[i];
        mine[i] += doubt;
        carried[i] += doubt;
    }
    for (int i = 0; i < 6; i++) {
        note(&s->pose_variance, relative((double)p->covariance[i][i], mine[i]), at_s, i);
        note(&s->carried_variance, relative((double)p->covariance[i][i], carried[i]), at_s, i);
    }
    for (int i = 0; i < 3; i++) {
        double variance = 0.0;
        for (int j = 0; j < 3; j++) {
            for (int k = 0; k < 3; k++)
                variance += local[i][j] * s->o.p.at[STATE_VELOCITY + j][STATE_VELOCITY + k] * local[i][k];
        }
        note(&s->velocity_variance, relative((double)p->velocity_covariance[i][i], variance), at_s, i);
    }
    for (int i = 0; i < s->o.n; i++) {
        const int clone = s->o.x.clone; /* those states mean something else there: filter_clone */
        if (clone == 0 || i < clone || i >= clone + 6)
            note(&s->state_variance, relative((double)covariance_at(&s->core->f.p, i, i), s->o.p.at[i][i]),
                 at_s, i);
    }
}

void shadow_compare(shadow *s, const fusion_pose *p)
{
    if (!s->running || s->placed || !isfinite(p->position_ecef_m[0]))
        return;
    double dt = seconds_between(s->core->f.stamp_ns, p->stamp_ns),
           at_s = seconds_between(s->first_ns, p->stamp_ns);
    double latitude, longitude, height, local[3][3], position2 = 0.0, velocity2 = 0.0, velocity[3];
    oracle_pose mine;
    adopt_values(s, &s->core->f);
    pose_of(&s->o, &s->o.x, s->set, dt, &mine);
    ecef_to_geodetic(mine.position, &latitude, &longitude, &height);
    enu_axes(latitude, longitude, local);
    m3_apply(local, mine.velocity, velocity);
    for (int i = 0; i < 3; i++) {
        double off = p->position_ecef_m[i] - mine.position[i],
               turned = (double)p->velocity_enu_mps[i] - velocity[i];
        position2 += off * off;
        velocity2 += turned * turned;
    }
    note(&s->position_m, sqrt(position2), at_s, 0);
    note(&s->velocity_mps, sqrt(velocity2), at_s, 0);
    compare_attitude(s, p, &mine, local, at_s);
    compare_variances(s, p, dt, local, at_s);
    s->poses++;
}
