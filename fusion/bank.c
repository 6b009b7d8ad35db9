#include "fusion/bank.h"

#include "fusion/core.h"

#include <math.h>
#include <string.h>

/* Slow noise is added in steps of this, s. */
static const double slow_step_s = 0.1;

/* No variance goes below this, as in the filter. */
static const float variance_floor = 1e-12f;

/* What the sub-solutions covered before they were started anew (an input was lost, a source left out) may
 * have happened before it was seen. It is covered until positions have agreed with the filter for this long,
 * s. */
static const float held_s = 10.0f;

/* The same of a pose that was given up for a receiver that contradicts it. Too small: a receiver that is led
 * away is believed as soon as it has had its way; too large: a pose that was lost in a tunnel is mourned for
 * long. */
static const float owed_s = 60.0f;

/* Within this after the state was set anew, s, sub-solutions knew nothing that those that are started again
 * do not know: what drives the filter begins then, one source after the other. Too small: each of them is
 * taken for the loss of a bank; too large: what a source does in that time is forgotten. */
static const double begin_s = 0.1;

/* What a sub-solution saw of a fault, and did not believe, is remembered to this share when it starts anew.
 */
static const float memory = 0.8f;

/* ---- layout */

static bool can_lie(const source_settings *s)
{
    return s->enabled;
}

static int count_kind(const settings *s, source_kind kind)
{
    int count = 0;
    for (size_t i = 0; i < s->source_count; i++)
        count += can_lie(&s->sources[i]) && s->sources[i].kind == kind;
    return count;
}

typedef struct {
    uint32_t sources, quantities;
} left_out;

typedef struct {
    left_out of[BANK_MAX];
    int count;
} hypotheses;

/* What is compared with the map. */
static const uint32_t on_map_quantities =
    UINT32_C(1) << QUANTITY_LANDMARK | UINT32_C(1) << QUANTITY_LANE | BANK_RETURNS;

static void suppose(hypotheses *list, uint32_t sources, uint32_t quantities)
{
    if (list->count < BANK_MAX)
        list->of[list->count++] = (left_out){sources, quantities};
}

/* On a map. */
static bool speaks_of_map(const source_settings *s)
{
    return can_lie(s) && (s->kind == SOURCE_CAMERA || (s->kind == SOURCE_RADAR && s->of.radar.map_returns));
}

static void suppose_on_map(hypotheses *list, const settings *s)
{
    uint32_t cameras = 0, radars = 0;
    for (size_t i = 0; i < s->source_count; i++) {
        const uint32_t bit = UINT32_C(1) << i;
        if (!speaks_of_map(&s->sources[i]))
            continue;
        if (s->sources[i].kind == SOURCE_CAMERA) {
            suppose(list, bit, UINT32_C(1) << QUANTITY_LANDMARK);
            suppose(list, bit, UINT32_C(1) << QUANTITY_LANE);
            cameras |= bit;
        } else {
            suppose(list, bit, BANK_RETURNS);
            radars |= bit;
        }
    }
    if (cameras && ((cameras & (cameras - 1)) || radars)) /* more than one who shares it */
        suppose(list, cameras | radars, on_map_quantities);
    for (size_t i = 0; i < s->source_count && count_kind(s, SOURCE_WHEEL) > 0; i++) {
        if (s->sources[i].kind == SOURCE_IMU && can_lie(&s->sources[i]))
            suppose(list, UINT32_C(1) << i, UINT32_C(1) << QUANTITY_INERTIAL);
    }
}

/* One for each source, and one for all GNSS receivers together, for they hear the same sky. A lone source has
 * nobody to be told from and nothing to be compared with, but its sub-solution says how far it can go wrong.
 * On a map two more for each camera: what it says of landmarks, and of lanes, may be wrong for itself
 * (elements that are not where they were surveyed, lines that were painted anew). One more for each radar:
 * what it says of what stands, but not of the ego velocity. One of all of them, who share the map. And beside
 * that of each IMU one that turns as wheels say (bank_steer.c).
 */
static hypotheses list_hypotheses(const settings *s, bool on_map)
{
    hypotheses list = {.count = 0};
    uint32_t sky = 0;
    if (!s->integrity.enabled)
        return list;
    for (size_t i = 0; i < s->source_count; i++) {
        if (s->sources[i].kind == SOURCE_GNSS && can_lie(&s->sources[i]))
            sky |= UINT32_C(1) << i;
    }
    if (count_kind(s, SOURCE_GNSS) > 1)
        suppose(&list, sky, 0);
    for (size_t i = 0; i < s->source_count; i++) {
        if (can_lie(&s->sources[i]))
            suppose(&list, UINT32_C(1) << i, 0);
    }
    if (on_map)
        suppose_on_map(&list, s);
    return list;
}

static size_t floats_each(int n)
{
    return covariance_floats(n) + (size_t)((n + 7) & ~7);
}

size_t bank_floats(const settings *s, int n, bool on_map)
{
    return (size_t)list_hypotheses(s, on_map).count * floats_each(n);
}

covariance bank_covariance(const fusion *c, int h)
{
    covariance p = c->f.p;
    if (h >= 0)
        p.p = c->storage + covariance_floats(p.n) + (size_t)h * floats_each(p.n);
    return p;
}

float *bank_error(const fusion *c, int h)
{
    return bank_covariance(c, h).p + covariance_floats(c->f.p.n);
}

void bank_setup(fusion *c)
{
    hypotheses list = list_hypotheses(&c->set, c->map.view != NULL);
    memset(&c->bank, 0, sizeof c->bank);
    c->bank.count = list.count;
    c->bank.blind_ns = c->bank.look_ns = c->bank.begun_ns = INT64_MIN;
    for (int h = 0; h < c->bank.count; h++) {
        bank_hypothesis *of = &c->bank.of[h];
        of->sources = list.of[h].sources;
        of->quantities = list.of[h].quantities;
        of->weakness = 1.0f;
    }
    bank_restart(c);
}

void bank_hold(fusion *c, int direction)
{
    c->bank.held[direction] = c->bank.level[direction];
    c->bank.held_s[direction] = fmaxf(c->bank.held_s[direction], held_s);
}

void bank_restart(fusion *c)
{
    bank *b = &c->bank;
    const bool begins = b->begun_ns != INT64_MIN && seconds_between(b->begun_ns, c->f.stamp_ns) < begin_s;
    b->held_ns = b->judged ? c->f.stamp_ns : INT64_MIN;
    for (int i = 0; b->judged && !begins && i < BANK_DIRECTIONS; i++)
        bank_hold(c, i);
    for (int h = 0; h < b->count; h++)
        b->of[h].live = b->of[h].looked = false;
    b->alarm_ns = b->contradiction_ns = b->outcast_ns = b->suspect_ns = b->rivals_ns = INT64_MIN;
    bank_steer_reset(c);
    b->suspect = -1;
    b->slow_s = 0.0;
    b->wild_rad = 0.0f;
    b->tilt_ns = INT64_MIN;
    memset(&c->f.span, 0, sizeof c->f.span);
}

void bank_owe(fusion *c, float off_m)
{
    bank *b = &c->bank;
    b->held[BANK_ALONG] += off_m;
    b->held[BANK_CROSS] += off_m;
    bank_doubt_heading(c, owed_s);
    b->held_s[BANK_ALONG] = b->held_s[BANK_CROSS] = b->held_s[BANK_VERTICAL] = owed_s;
}

void bank_doubt_heading(fusion *c, float for_s)
{
    c->bank.held[BANK_HEADING] = 3.1415927f;
    c->bank.held_s[BANK_HEADING] = fmaxf(c->bank.held_s[BANK_HEADING], for_s);
}

void bank_lend(fusion *c, float off_m)
{
    bank *b = &c->bank;
    b->held[BANK_ALONG] = b->held[BANK_CROSS] = off_m;
    b->held_s[BANK_ALONG] = b->held_s[BANK_CROSS] = owed_s;
}

/* ---- who leaves out what */

bool bank_rests_on_map(const fusion *c, const bank_hypothesis *h)
{
    for (size_t i = 0; c->map.view && i < c->source_count; i++) {
        if ((h->sources >> i & 1u) && c->set.sources[i].kind == SOURCE_CAMERA)
            return h->quantities == 0 || h->quantities == on_map_quantities;
    }
    return false;
}

const bank_hypothesis *bank_without_map(const fusion *c)
{
    uint32_t speak = 0;
    for (size_t i = 0; i < c->source_count; i++)
        speak |= (uint32_t)speaks_of_map(&c->set.sources[i]) << i;
    for (int h = 0; h < c->bank.count; h++) {
        const bank_hypothesis *of = &c->bank.of[h];
        if (bank_rests_on_map(c, of) && !(speak & ~of->sources))
            return of->looked && of->live_looks ? of : NULL;
    }
    return NULL;
}

bool bank_is_undriven(const fusion *c, const bank_hypothesis *h)
{
    return c->inertial_source >= 0 && (h->sources >> c->inertial_source & 1u);
}

const bank_hypothesis *bank_undriven(const fusion *c)
{
    for (int h = 0; h < c->bank.count; h++) {
        const bank_hypothesis *of = &c->bank.of[h];
        if (of->live && !bank_is_steered(of) && bank_is_undriven(c, of))
            return of;
    }
    return NULL;
}

/* ---- rows of a sub-solution */

void bank_reset_row(covariance *p, int i, float variance)
{
    float *row = covariance_row(p, i);
    for (int j = 0; j < p->n; j++)
        row[j] = covariance_row(p, j)[i] = 0.0f;
    row[i] = variance;
}

static void decay(covariance *p, float *d, int i, float phi, float q)
{
    float *row = covariance_row(p, i);
    d[i] *= phi;
    for (int j = 0; j < p->n; j++)
        row[j] *= phi;
    row[i] *= phi;
    for (int j = 0; j < p->n; j++)
        covariance_row(p, j)[i] = row[j];
    row[i] += q;
}

static void widen(covariance *p, int i, float q)
{
    covariance_row(p, i)[i] += q;
}

void core_widen(fusion *c, int state, float variance)
{
    covariance_widen(&c->f.p, state, variance);
    for (int h = 0; h < c->bank.count; h++) {
        covariance p = bank_covariance(c, h);
        if (c->bank.of[h].live)
            widen(&p, state, variance);
    }
}

void bank_reset(fusion *c, int state, float variance)
{
    for (int h = 0; h < c->bank.count; h++) {
        covariance p = bank_covariance(c, h);
        if (!c->bank.of[h].live)
            continue;
        bank_reset_row(&p, state, variance);
        bank_error(c, h)[state] = 0.0f;
    }
}

void core_reset(fusion *c, int state, float variance)
{
    covariance_reset(&c->f.p, state, variance);
    bank_reset(c, state, variance);
}

/* ---- the start of a sub-solution: the filter's state */

/* Without what drives the filter, the bias of the input is any motion that a vehicle makes. */
static void open_biases(const fusion *c, covariance *p)
{
    for (int i = 0; i < 3; i++) {
        bank_reset_row(p, STATE_GYRO_BIAS + i, c->pseudo.gyro_sigma[i] * c->pseudo.gyro_sigma[i]);
        bank_reset_row(p, STATE_ACCEL_BIAS + i, c->pseudo.accel_sigma[i] * c->pseudo.accel_sigma[i]);
    }
}

void bank_copy(fusion *c, int h)
{
    bank_hypothesis *of = &c->bank.of[h];
    covariance p = bank_covariance(c, h);
    memcpy(p.p, c->f.p.p, covariance_floats(p.n) * sizeof *p.p);
    memset(bank_error(c, h), 0, (size_t)p.stride * sizeof(float));
    if (bank_is_undriven(c, of))
        open_biases(c, &p);
    of->live = true;
    of->live_looks = false;
    of->absolute = false;
    of->doubt = 0.0f;
    of->accused = false;
    of->fused_ns = INT64_MIN;
    bank_astray_find(of);
    memset(of->drive, 0, sizeof of->drive);
    of->anchor_variance = of->start_variance = 0.0f;
    of->anchor_ns = c->f.stamp_ns;
    of->anchor_at_m = c->odometer_m;
}

/* One sigma per axis of what a source of this kind may be off by without anybody seeing it, m. */
static float hidden_by(const fusion *c, const source_run *s)
{
    const integrity_settings *set = &c->set.integrity;
    switch (s->set->kind) {
    case SOURCE_GNSS:
        return s->hidden_m;
    case SOURCE_CAMERA:
        return (float)set->hidden_camera_m;
    case SOURCE_RADAR:
        return c->map.view && s->set->of.radar.map_returns ? (float)set->hidden_radar_m : 0.0f;
    case SOURCE_ROADSIDE:
        return (float)set->hidden_roadside_m;
    default:
        return 0.0f;
    }
}

float bank_hidden_variance(const fusion *c, const bank_hypothesis *of)
{
    float hidden = INFINITY;
    for (size_t i = 0; i < c->source_count; i++) {
        if (of->sources >> i & 1u)
            hidden = fminf(hidden, hidden_by(c, &c->source[i]));
    }
    return hidden * hidden * of->weakness * of->weakness;
}

/* A receiver alone claims, and strays. */
float bank_covered_variance(const fusion *c, const bank_hypothesis *of)
{
    float covered = INFINITY;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (of->sources >> i & 1u)
            covered = fminf(covered, s->set->kind == SOURCE_GNSS ? s->covered_m : 0.0f);
    }
    return covered * covered;
}

/* The part of a separation that chance does not explain. */
static float unexplained(const bank_hypothesis *of, int direction)
{
    return fmaxf(of->separation[direction] * of->separation[direction] - of->separation_variance[direction],
                 0.0f);
}

/* What the sub-solution starts from was made by the sources that it leaves out, as far as they have measured
 * positions: it may be off by what they hide, and by what was seen of it and not believed. */
void bank_anchor(fusion *c, int h)
{
    bank_hypothesis *of = &c->bank.of[h];
    float hidden = bank_hidden_variance(c, of), seen = 0.0f;
    if (of->live && hidden > 0.0f)
        seen = memory * of->seen_variance + unexplained(of, BANK_ALONG) + unexplained(of, BANK_CROSS);
    bank_copy(c, h);
    of->hidden_variance = hidden;
    of->seen_variance = seen;
    of->anchor_variance = of->start_variance = hidden + seen;
}

/* ---- time */

/* d = F d, as covariance_predict has F. */
static void carry_error(float *d, const filter_span *s)
{
    vec3 moved, turned;
    glm_mat3_mulv((vec3 *)(uintptr_t)s->b, d + STATE_ACCEL_BIAS, moved);
    glm_mat3_mulv((vec3 *)(uintptr_t)s->a, d + STATE_ATTITUDE, turned);
    for (int i = 0; i < 3; i++) {
        d[STATE_POSITION + i] += s->dt * d[STATE_VELOCITY + i];
        d[STATE_VELOCITY + i] += moved[i] + turned[i];
    }
    glm_mat3_mulv((vec3 *)(uintptr_t)s->b, d + STATE_GYRO_BIAS, turned);
    for (int i = 0; i < 3; i++)
        d[STATE_ATTITUDE + i] += turned[i];
}

/* What has happened since a pose was cloned gathers what position and attitude have moved by. */
static void carry_clones(const filter *f, const float before[9], float *d)
{
    for (int k = 0; k < f->clone_count; k++) {
        float *own = d + f->clone[k].first;
        for (int i = 0; i < 3 && f->clone[k].held; i++) {
            own[i] += d[STATE_POSITION + i] - before[STATE_POSITION + i];
            own[i + 3] += d[STATE_ATTITUDE + i] - before[STATE_ATTITUDE + i];
        }
    }
}

/* What drives a sub-solution. */
static const inertial_model *model_of(const fusion *c, const bank_hypothesis *h)
{
    return !bank_is_undriven(c, h) ? &c->f.model : bank_is_steered(h) ? &c->steer.model : &c->pseudo;
}

bool bank_has_gyro(const fusion *c, const bank_hypothesis *h)
{
    return !model_of(c, h)->gyro_missing[2];
}

static void carry(fusion *c, int h, const filter_span *span)
{
    float *d = bank_error(c, h), before[9];
    covariance p = bank_covariance(c, h);
    const inertial_model *m = model_of(c, &c->bank.of[h]);
    float turned = fmaxf(span->turned, m->gyro_psd * span->dt);
    filter_span own = *span;
    bool far = !bank_has_gyro(c, &c->bank.of[h]) || bank_is_turned(d);
    if (far)
        bank_turn_span(d, span, &own);
    filter_carry(&c->f, &p, own.dt, own.a, own.b, m->accel_psd * own.dt, turned);
    memcpy(before, d, sizeof before);
    if (far)
        bank_turn_carry(d, span);
    else
        carry_error(d, span);
    carry_clones(&c->f, before, d);
}

void bank_carry_on(fusion *c)
{
    filter_span *span = &c->f.span;
    for (int h = 0; h < c->bank.count; h++) {
        if (c->bank.of[h].live)
            carry(c, h, span);
    }
    c->bank.slow_s += (double)span->dt;
    memset(span, 0, sizeof *span);
}

static void walk_bias(covariance *p, float *d, int state, float rate, float walk, float dt)
{
    if (rate > 0.0f)
        decay(p, d, state, expf(-rate * dt), walk * dt);
    else
        widen(p, state, walk * dt);
}

static void swing(const fusion *c, const inertial_model *m, covariance *p, float *d, float share, float dt)
{
    float stay, keep, *turn = &d[STATE_GYRO_BIAS + 2], *change = &d[c->f.swing_state];
    filter_swing(&c->f, m, p, share, dt, &stay, &keep);
    *turn = *turn * stay - *change * dt;
    *change *= keep;
}

/* The slow noise of the filter's own states (filter.c), for one sub-solution. */
static void walk(const fusion *c, int h, float dt)
{
    const filter *f = &c->f;
    const inertial_model *m = model_of(c, &c->bank.of[h]);
    covariance p = bank_covariance(c, h);
    float *d = bank_error(c, h);
    for (int i = 0; i < 3; i++) {
        float share = i == 2 ? filter_yaw_share(f, m, &p, d) : 1.0f;
        if (i == 2 && filter_swings(m))
            swing(c, m, &p, d, share, dt);
        else
            walk_bias(&p, d, STATE_GYRO_BIAS + i, m->gyro_rate[i], m->gyro_walk[i] * share, dt);
        walk_bias(&p, d, STATE_ACCEL_BIAS + i, m->accel_rate[i], m->accel_walk[i], dt);
    }
    for (int i = STATE_MOUNT; i < STATE_SOURCES; i++) {
        if (covariance_at(&p, i, i) > 0.0f)
            widen(&p, i, FILTER_MOUNT_WALK * dt);
    }
    for (int i = STATE_SOURCES; i < p.n; i++) {
        const slow_state *slow = &f->slow[i - STATE_SOURCES];
        float phi = slow->rate > 0.0f ? expf(-slow->rate * dt) : 1.0f;
        if (slow->rate > 0.0f)
            decay(&p, d, i, phi, (1.0f - phi * phi) * slow->stationary);
        else if (covariance_at(&p, i, i) < slow->bound)
            widen(&p, i, slow->walk * dt);
    }
    for (int i = 0; i < p.n; i++) {
        float *v = &covariance_row(&p, i)[i];
        if (*v < variance_floor && *v != 0.0f)
            *v = variance_floor;
    }
}

void bank_catch_up(fusion *c)
{
    bank *b = &c->bank;
    if (c->f.span.dt > 0.0f)
        bank_carry_on(c);
    if (b->slow_s < slow_step_s)
        return;
    for (int h = 0; h < b->count; h++) {
        if (b->of[h].live)
            walk(c, h, (float)b->slow_s);
        else if (bank_is_undriven(c, &b->of[h]) && !bank_is_steered(&b->of[h]))
            bank_copy(c, h);
    }
    b->slow_s = 0.0;
}
