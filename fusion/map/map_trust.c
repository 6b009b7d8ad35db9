/*
 * Whether an element that the pose rests on is where the map has it. A survey's sigma says how well it was
 * measured, not that it still stands there: a sign is put up anew, a pole is gone and another thing was taken
 * for it. So beside "it is where the map has it" each element in use has a second hypothesis, "it stands up
 * to some metres from there", and each measurement against the earth is weighed under both.
 *
 * What an element's error e does to an innovation v is known without a second filter. Its states are
 * considered, not estimated (Schmidt 1966), and so the covariance keeps how the pose's error follows from
 * theirs: an innovation is off by g e, g = cov(v, e) / s^2, s being the survey's sigma. Where the pose
 * follows the element alone, g is zero, and nothing is learned; where other elements hold it, or lanes, g is
 * that of a bearing. For the same reason a sigma that turns out to be larger can be made so afterwards, with
 * all that the pose has taken from the element: P + U D U', U = cov(x, e) / s^2, D what is added to the
 * variance of e.
 */
#include "fusion/map/map_trust.h"

#include "fusion/core/core.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/map/map_adrift.h"
#include "fusion/map/map_landmarks.h"
#include "fusion/map/map_slots.h"

#include <math.h>
#include <string.h>

/* Of a map's elements so many are gone or stand elsewhere: one of so many, before any of them has been seen.
 * The drive's own count is added. Too small: it takes longer to tell; too large: elements of a right map are
 * given up. */
static const float elsewhere_before = 1.0f, all_before = 20.0f;
/* Where those stand, or what was taken for them, one sigma per horizontal axis, and upwards, m: what is
 * further off is in no gate. Too small: what the pose may be off by is not held; too large: what is half a
 * metre off fits neither. */
static const float elsewhere_m = 2.0f, elsewhere_up_m = 0.3f;
/* The error of the pose that an innovation holds is the same for so long, s. Too small: one error of the pose
 * counts many times, against elements that are right; too large: nothing is found out while it is in view. */
static const float lasts_s = 0.5f;
/* What one measurement can say against an element (log, 20 to 1): it may be of something else. */
static const float most_against = 3.0f;
/* It is given up when it is more probable than that all are where the map has them, and has this share of all
 * that explains what was seen. Too small: of two that contradict each other both go; too large: neither does.
 */
static const float share_to_give_up = 0.3f;
/* Where what was seen is told from its like, elements count whose share is more than this. */
static const float share_that_counts = 0.1f;
/* A pose that has been tied to the map for less than this, s, may have been tied to the wrong elements: some
 * 10 elements pass in it. */
static const double young_s = 20.0;
/* Who contradicts all others again within this, s, is no victim of the map. */
static const double again_s = 60.0;

static float own_variance(const fusion *c, int slot)
{
    const int state = map_slot_state(c, slot);
    return covariance_at(&c->f.p, state, state);
}

static bool is_given_up(const fusion *c, int slot)
{
    return c->map.slots[slot].kind == MAP_SLOT_MARK && c->map.slots[slot].trust.given_up;
}

static bool is_suspect(const fusion *c, int slot)
{
    return c->map.slots[slot].kind == MAP_SLOT_MARK && !c->map.slots[slot].trust.given_up &&
           own_variance(c, slot) > 0.0f;
}

/* That it is elsewhere, over that all are where the map has them. */
static float odds(const fusion *c, int slot)
{
    const float elsewhere = elsewhere_before + c->map.elsewhere, all = all_before + c->map.judged;
    return elsewhere / (all - elsewhere) * expf(fminf(c->map.slots[slot].trust.log_ratio, 60.0f));
}

static float all_odds(const fusion *c)
{
    float sum = 1.0f;
    for (int i = 0; i < c->map.slot_count; i++)
        sum += is_suspect(c, i) ? odds(c, i) : 0.0f;
    return sum;
}

void map_trust_begin(fusion *c, int slot)
{
    map_trust *t = &c->map.slots[slot].trust;
    const double *up = c->f.r_enu_ecef[2];
    const float flat = elsewhere_m * elsewhere_m, high = elsewhere_up_m * elsewhere_up_m;
    *t = (map_trust){.log_ratio = 0.0f};
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++)
            t->spread[i][k] = (i == k ? flat : 0.0f) + (high - flat) * (float)(up[i] * up[k]);
    }
}

/* ---- what it would do to the pose */

/* Mean square of where it would stand. */
static void square_of(const map_trust *t, float share, float out[3][3])
{
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++)
            out[i][k] = share * (t->spread[i][k] + t->off[i] * t->off[k]);
    }
}

static float product(const float a[3], float square[3][3], const float b[3])
{
    float sum = 0.0f;
    for (int i = 0; i < 3; i++)
        sum += a[i] * (square[i][0] * b[0] + square[i][1] * b[1] + square[i][2] * b[2]);
    return sum;
}

/* P + U D U'. */
static void widen(covariance *p, int state, float square[3][3])
{
    float u[STATE_MAX][3];
    const float variance = covariance_at(p, state, state);
    if (!(variance > 0.0f))
        return;
    for (int i = 0; i < p->n; i++) {
        for (int k = 0; k < 3; k++)
            u[i][k] = covariance_at(p, i, state + k) / variance;
    }
    for (int i = 0; i < p->n; i++) {
        for (int l = 0; l <= i; l++) {
            const float sum = covariance_at(p, i, l) + product(u[i], square, u[l]);
            covariance_row(p, i)[l] = covariance_row(p, l)[i] = sum;
        }
    }
}

/* Of the filter and of the sub-solutions. */
static void take_up(fusion *c, int slot, float share)
{
    const int state = map_slot_state(c, slot);
    float square[3][3];
    square_of(&c->map.slots[slot].trust, share, square);
    widen(&c->f.p, state, square);
    for (int h = 0; h < c->bank.count; h++) {
        covariance p = bank_covariance(c, h);
        if (c->bank.of[h].live)
            widen(&p, state, square);
    }
}

void map_trust_end(fusion *c, int slot)
{
    if (!c->running || c->map.slots[slot].kind != MAP_SLOT_MARK)
        return;
    float share = is_given_up(c, slot) ? 1.0f : 0.0f;
    if (is_suspect(c, slot)) {
        share = odds(c, slot) / all_odds(c);
        take_up(c, slot, share);
    }
    c->map.judged += 1.0f;
    c->map.elsewhere += share;
}

/* A position or a rotation of the pose, by an element's error: rows of U in local axes. */
static void pose_rows(const fusion *c, int slot, int first, float u[3][3])
{
    const int state = map_slot_state(c, slot);
    const float variance = own_variance(c, slot);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            u[i][k] = 0.0f;
            for (int l = 0; l < 3; l++)
                u[i][k] += (float)c->f.r_enu_ecef[i][l] * covariance_at(&c->f.p, first + l, state + k);
            u[i][k] /= variance;
        }
    }
}

void map_trust_doubt(const fusion *c, fusion_pose *p)
{
    if (!c->map.view || !c->running)
        return;
    const float all = all_odds(c);
    for (int n = 0; n < c->map.slot_count; n++) {
        float u[3][3], square[3][3];
        if (!is_suspect(c, n))
            continue;
        square_of(&c->map.slots[n].trust, odds(c, n) / all, square);
        for (int part = 0; part < 6; part += 3) {
            pose_rows(c, n, part ? STATE_ATTITUDE : STATE_POSITION, u);
            for (int i = 0; i < 9; i++)
                p->covariance[part + i / 3][part + i % 3] += product(u[i / 3], square, u[i % 3]);
        }
    }
}

/* ---- what is said of it */

/* How value k of a measurement follows from an element's error, which has these states. */
static void influence(int state, float variance, const projection *j, int k, float g[3])
{
    for (int i = 0; i < 3; i++)
        g[i] = j->y[k][state + i] / variance;
}

/* One value of a measurement, of variance s; returns what it says against the element (log). */
static float weigh(map_trust *t, const float g[3], float v, float s)
{
    float e[3], a = s, r = v;
    for (int i = 0; i < 3; i++) {
        e[i] = t->spread[i][0] * g[0] + t->spread[i][1] * g[1] + t->spread[i][2] * g[2];
        a += g[i] * e[i];
        r -= g[i] * t->off[i];
    }
    for (int i = 0; i < 3; i++) {
        t->off[i] += e[i] * r / a;
        for (int k = 0; k < 3; k++)
            t->spread[i][k] -= e[i] * e[k] / a;
    }
    return 0.5f * (v * v / s - r * r / a + logf(s / a));
}

/* What spoke against the others may have been this one's doing. */
static void give_up(fusion *c, int slot)
{
    take_up(c, slot, 1.0f);
    c->map.slots[slot].trust.given_up = true;
    map_adrift_untie(c);
    c->unsettled_ns = c->f.stamp_ns; /* what a camera is off by meanwhile is not its fault */
    for (int i = 0; i < c->map.slot_count; i++) {
        if (is_suspect(c, i) && c->map.slots[i].trust.log_ratio > 0.0f)
            map_trust_begin(c, i);
    }
}

void map_trust_hear(fusion *c, const source_run *s, const measurement *m, const projection *j)
{
    const float repeats = 1.0f + core_repeats(s, lasts_s);
    int worst = MAP_NO_SLOT;
    for (int i = 0; c->map.view && i < c->map.slot_count; i++) {
        map_trust *t = &c->map.slots[i].trust;
        float sum = 0.0f, g[3];
        if (!is_suspect(c, i))
            continue;
        for (int k = 0; k < m->dim; k++) {
            influence(map_slot_state(c, i), own_variance(c, i), j, k, g);
            sum += weigh(t, g, m->innovation[k], repeats * j->s[k][k] + m->noise[k][k]);
        }
        t->log_ratio += fminf(sum, most_against);
        if (worst == MAP_NO_SLOT || t->log_ratio > c->map.slots[worst].trust.log_ratio)
            worst = i;
    }
    if (worst == MAP_NO_SLOT)
        return;
    const float own = odds(c, worst);
    if (own > 1.0f && own > share_to_give_up * all_odds(c))
        give_up(c, worst);
}

/* ---- which is which */

void map_trust_suspects(const fusion *c, map_suspects *out)
{
    const float all = all_odds(c);
    out->count = 0;
    for (int i = 0; i < c->map.slot_count; i++) {
        const float share = is_suspect(c, i) ? odds(c, i) / all : 0.0f;
        if (!(share > share_that_counts))
            continue;
        out->of[out->count].state = map_slot_state(c, i);
        out->of[out->count].variance = own_variance(c, i);
        square_of(&c->map.slots[i].trust, share, out->of[out->count++].square);
    }
}

float map_suspects_shared(const map_suspects *s, const projection *a, int r, const projection *b, int q)
{
    float sum = 0.0f;
    for (int i = 0; i < s->count; i++) {
        float g[3], h[3], square[3][3];
        memcpy(square, s->of[i].square, sizeof square);
        influence(s->of[i].state, s->of[i].variance, a, r, g);
        influence(s->of[i].state, s->of[i].variance, b, q, h);
        sum += product(g, square, h);
    }
    return sum;
}

/* ---- who is to blame */

static bool is_held(const fusion *c, int64_t now_ns)
{
    return c->map.tied_ns != INT64_MIN && map_holds(c, now_ns);
}

/* It has not been tied to the map for long, or elements that it was tied to have been given up. */
static bool is_shaky(const fusion *c, int64_t now_ns)
{
    for (int i = 0; i < c->map.slot_count; i++) {
        if (is_given_up(c, i))
            return true;
    }
    return seconds_between(c->map.tied_ns, now_ns) < young_s;
}

float map_trust_hidden(const fusion *c)
{
    const int64_t now_ns = c->f.stamp_ns;
    return is_held(c, now_ns) && is_shaky(c, now_ns) ? elsewhere_m : 0.0f;
}

bool map_trust_explains(const fusion *c, uint32_t sources, int64_t now_ns)
{
    bool camera = false;
    for (size_t i = 0; i < c->source_count; i++)
        camera |= (sources >> i & 1u) && c->source[i].set->kind == SOURCE_CAMERA;
    const bool again = c->map.blamed_ns != INT64_MIN && seconds_between(c->map.blamed_ns, now_ns) < again_s;
    return camera && !again && is_held(c, now_ns) && is_shaky(c, now_ns);
}

void map_trust_blame(fusion *c, int64_t now_ns)
{
    map_run_reset(c);
    c->map.blamed_ns = now_ns;
}
