#include "fusion/gnss/gnss_led.h"

#include "fusion/gnss/gnss_error.h"
#include "fusion/gnss/gnss_fix.h"
#include "fusion/motion/rest.h"

#include <math.h>
#include <string.h>

/* Innovations are summed up over this, s, or over so many fixes: the filter follows a velocity of 0.1 m/s
 * within a second. Too small: noise hides a step; too large: what the filter has followed by then does. */
static const float lately_s = 0.7f, lately_fixes = 4.0f;

/* How large a step is, is told by what came right after it: over this, s, or so many fixes. Too small: noise;
 * too large: the filter has followed, and the step looks small. */
static const float size_s = 0.25f, size_fixes = 1.5f;

/* One innovation counts for so many sigmas at most, and it takes so many: outliers come alone. */
static const float most_sigmas = 3.0f, least_count = 3.0f;

/* A step is one from so many sigmas on (as in shift_judge.c), and lasts until it is chance again. Too small:
 * reflections of a second make the pose unsure for minutes; too large: it is led away unseen. */
static const float limit_sigmas = 4.5f, chance_sigmas = 2.0f;

/* Another receiver goes along that is pulled by this share of it. */
static const float along_share = 0.5f;

/* A step of so much, m/s, tells for so long, s, who is at fault of what contradicts. Too small: noise; too
 * large: led aside slowly, a receiver is believed. */
static const float tells_mps = 0.1f, tells_s = 30.0f;

/* It is a step, and no drift of what it is compared with, where what it was within this, s, or so many fixes,
 * has grown by no more than that factor until it ends, or after this. */
static const float early_s = 0.3f, early_fixes = 2.0f, settled_s = 0.8f, settled_fixes = 5.0f, grows = 1.4f;

static float length(const float v[2])
{
    return hypotf(v[0], v[1]);
}

static void larger(float to[2], const float v[2])
{
    if (length(v) > length(to))
        memcpy(to, v, 2 * sizeof *v);
}

static void fade(receiver_led *l, float keep, float keep_size)
{
    l->weight *= keep;
    l->square *= keep * keep;
    l->size_weight *= keep_size;
    for (int i = 0; i < 2; i++) {
        l->sigmas[i] *= keep;
        l->sum_mps[i] *= keep_size;
        l->peak_mps[i] *= keep;
    }
}

static void take(receiver_led *l, const measurement *m)
{
    float mean_mps[2];
    l->weight += 1.0f;
    l->square += 1.0f;
    l->size_weight += 1.0f;
    for (int i = 0; i < 2; i++) {
        const float sigmas = m->innovation[i] / sqrtf(m->variance[i]);
        l->sigmas[i] += fminf(fmaxf(sigmas, -most_sigmas), most_sigmas);
        l->sum_mps[i] += m->innovation[i];
        mean_mps[i] = l->sum_mps[i] / l->size_weight;
    }
    larger(l->peak_mps, mean_mps);
}

static bool leans(const receiver_led *l)
{
    const float sigmas = length(l->sigmas) / sqrtf(l->square);
    const bool enough = l->weight * l->weight >= least_count * l->square;
    return sigmas > (l->steps ? chance_sigmas : limit_sigmas) && (l->steps || enough);
}

/* A step that goes on is the same one, of which the filter has not followed all; one the other way takes back
 * what was. */
static void pull(receiver_led *l)
{
    const float step = length(l->step_mps);
    const float unit[2] = {l->step_mps[0] / step, l->step_mps[1] / step},
                had = l->pull_mps[0] * unit[0] + l->pull_mps[1] * unit[1],
                has = had > 0.0f ? fmaxf(had, step) : had + step;
    for (int i = 0; i < 2; i++)
        l->pull_mps[i] += (has - had) * unit[i];
    l->step_mps[0] = l->step_mps[1] = 0.0f;
}

static bool is_pulled_along(const fusion *c, const source_run *s, const source_run *other)
{
    (void)c;
    return length(other->gnss.led.pull_mps) >= along_share * length(s->gnss.led.pull_mps);
}

static bool another_holds(const fusion *c, const source_run *s)
{
    return gnss_another_stays(c, s, c->applied_ns, is_pulled_along);
}

static void go(receiver_led *l, float dt_s)
{
    const float keep = expf(-dt_s / GNSS_DOUBT_FADES_S);
    for (int i = 0; i < 2; i++) {
        const float by_mps = l->pull_mps[i] + (l->steps ? l->step_mps[i] : 0.0f);
        l->away_m[i] = l->away_m[i] * keep + by_mps * dt_s;
        l->pull_mps[i] *= keep;
    }
}

/* Wheels hold the vehicle at rest, for longer than a step takes to show. */
static bool stands(const fusion *c)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (s->set->kind == SOURCE_WHEEL && !s->speed.hang &&
            rest_is_said(s, c->applied_ns, 2.0 * (double)lately_s))
            return true;
    }
    return false;
}

static void begin(receiver_led *l)
{
    l->ago_s = l->early_mps = l->size_mps = 0.0f;
    l->disputed = false;
}

static float scaled(float s, float fixes, float interval_s)
{
    return fmaxf(s, fixes * interval_s);
}

/* How large it was at first, and how large it becomes. */
static void size(receiver_led *l, float interval_s)
{
    l->size_mps = length(l->step_mps);
    if (l->ago_s <= scaled(early_s, early_fixes, interval_s))
        l->early_mps = l->size_mps;
}

void gnss_led_watch(const fusion *c, source_run *s, const measurement *m, float dt_s)
{
    receiver_led *l = &s->gnss.led;
    if (s->out.banned || s->gnss.smooths || gnss_is_unproven(c, s)) {
        gnss_led_forget(s);
        return;
    }
    go(l, dt_s);
    if (another_holds(c, s))
        l->away_m[0] = l->away_m[1] = 0.0f;
    fade(l, expf(-dt_s / fmaxf(lately_s, lately_fixes * s->interval_s)),
         expf(-dt_s / fmaxf(size_s, size_fixes * s->interval_s)));
    if (m->variance[0] > 0.0f && m->variance[1] > 0.0f)
        take(l, m);
    const bool stepped = l->steps;
    l->steps = leans(l);
    if (l->steps && !stepped)
        begin(l);
    else
        l->ago_s += dt_s;
    if (l->steps) {
        larger(l->step_mps, l->peak_mps);
        size(l, s->interval_s);
    } else if (stepped)
        pull(l);
    if (!l->steps && stands(c)) /* and it says so as well: nobody leads its velocity any more */
        l->pull_mps[0] = l->pull_mps[1] = 0.0f;
}

float gnss_led_variance(const source_run *s)
{
    const float *away = s->gnss.led.away_m;
    return GNSS_EITHER * (away[0] * away[0] + away[1] * away[1]);
}

bool gnss_led_stepped(const source_run *s)
{
    const receiver_led *l = &s->gnss.led;
    return l->size_mps > tells_mps && l->ago_s < tells_s &&
           l->ago_s > scaled(settled_s, settled_fixes, s->interval_s) && l->size_mps < grows * l->early_mps &&
           !l->disputed;
}

void gnss_led_dispute(source_run *s)
{
    s->gnss.led.disputed = true;
}

void gnss_led_forget(source_run *s)
{
    memset(&s->gnss.led, 0, sizeof s->gnss.led);
}

float gnss_led_turn(const fusion *c)
{
    float most = 0.0f;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        const receiver_led *l = &s->gnss.led;
        const float by_mps = fmaxf(length(l->pull_mps), l->steps ? length(l->step_mps) : 0.0f);
        if (by_mps > 0.0f && !another_holds(c, s))
            most = fmaxf(most, atan2f(by_mps, (float)filter_speed(&c->f)));
    }
    return most;
}
