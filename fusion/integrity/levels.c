/*
 * The levels that a look finds: of what is assumed each part by itself, of what is measured all together.
 * docs/INTEGRITY.md
 */
#include "fusion/integrity/levels.h"

#include "fusion/core/core.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/bank_steer.h"
#include "fusion/integrity/blame.h"
#include "fusion/integrity/risk_share.h"
#include "fusion/map/map_landmarks.h"
#include "fusion/map/map_trust.h"

#include <math.h>

/* A sub-solution, which is linear, follows a heading that turns away only so well: this margin on its sigma.
 */
static const float heading_margin = 1.3f;

/* By how much it is separated, and may be more until the next look. */
static float moved(const bank_hypothesis *of, int direction)
{
    return fabsf(of->separation[direction]) + fabsf(of->separation[direction] - of->last[direction]);
}

static float own_sigma(const bank_hypothesis *of, int direction)
{
    return (direction == BANK_HEADING ? heading_margin : 1.0f) * sqrtf(of->variance[direction]);
}

/* It has a share of the risk for itself: what its sources may have hidden is assumed, and no normal error. */
static bool is_assumed(const bank_hypothesis *of)
{
    return of->start_variance > 0.0f;
}

/* Something is separated by more than chance: then priors are no longer what is known, and shares are equal.
 */
static bool is_strange(const fusion *c)
{
    for (int h = 0; h < c->bank.count; h++) {
        const bank_hypothesis *of = &c->bank.of[h];
        if (of->looked && !bank_is_steered(of) && blame_ratio(of) >= BLAME_STRANGE)
            return true;
    }
    return false;
}

float levels_sigmas(const fusion *c, const bank_hypothesis *of)
{
    return is_assumed(of) || c->bank.strange ? of->missed : of->missed_alone;
}

float levels_measured(const fusion *c, const bank_hypothesis *of, int direction)
{
    return moved(of, direction) + levels_sigmas(c, of) * own_sigma(of, direction);
}

/* The rest is assumed of the survey. */
static bool is_of_survey(const fusion *c, const bank_hypothesis *of)
{
    return bank_rests_on_map(c, of) && map_holds(c, c->f.stamp_ns) && blame_ratio(of) < BLAME_STRANGE;
}

float levels_of(const fusion *c, const bank_hypothesis *of, int direction)
{
    return is_of_survey(c, of) ? fabsf(of->separation[direction]) : levels_measured(c, of, direction);
}

/* That without the IMU, or the one that turns as wheels say: both hold if it is at fault, and which counts
 * must not depend on what they say. */
static const bank_hypothesis *surer(const fusion *c, const bank_hypothesis *of, int direction)
{
    const bank_hypothesis *twin = bank_steered_twin(c, of);
    return twin && own_sigma(twin, direction) < own_sigma(of, direction) ? twin : of;
}

/* What a direction's level is made of. */
typedef struct {
    risk_term term[RISK_TERMS];
    int count;       /* of the terms; those of what rests on the map are the last ones */
    int on_map;      /* so many of these */
    int shares;      /* hypotheses that have a share of the risk for themselves */
    float least;     /* what these ask for */
    float separated; /* of what rests on the map, at most */
} parts;

static void add_hypotheses(const fusion *c, int direction, bool of_survey, parts *p)
{
    const bank *b = &c->bank;
    for (int h = 0; h < b->count; h++) {
        const bank_hypothesis *of = &b->of[h];
        if (!of->looked || is_of_survey(c, of) != of_survey || bank_is_steered(of))
            continue;
        if (is_assumed(of) && !of_survey) {
            p->least = fmaxf(p->least, levels_measured(c, of, direction));
            p->shares++;
            continue;
        }
        if (of_survey)
            p->separated = fmaxf(p->separated, fabsf(of->separation[direction]));
        p->on_map += of_survey;
        of = surer(c, of, direction);
        p->term[p->count++] =
            (risk_term){of->prior, moved(of, direction), own_sigma(of, direction), of->missed};
    }
}

static float solve(const fusion *c, const parts *p, int count, int shares)
{
    float left = 1.0f - (float)shares / INTEGRITY_RISK_PARTS, equal = 0.0f;
    for (int i = 0; i < count; i++)
        equal = fmaxf(equal, p->term[i].mean + p->term[i].sigmas * p->term[i].sigma);
    if (c->bank.strange)
        return equal;
    return risk_level(p->term, count,
                      (float)c->set.integrity.risk * fmaxf(left, 1.0f / INTEGRITY_RISK_PARTS));
}

/* All that is said of the map may agree, and the map, or the camera's place, be off by as much all the same.
 * Two things bound that: what a survey may be off by, which is assumed, and what the sub-solution without the
 * map shows, which is measured. The smaller counts: carrier-phase receivers need no assumption. */
static float bound_on_map(fusion *c, const parts *p, int direction, float full,
                          const bank_hypothesis *without)
{
    const float hidden =
        direction == BANK_HEADING ? 0.0f : hypotf((float)c->set.integrity.hidden_map_m, map_trust_hidden(c));
    const float assumed = c->factor.map * sqrtf(full + hidden * hidden);
    const float seen = without ? solve(c, p, p->count, p->shares) : INFINITY;
    float level = seen;
    c->bank.map[direction] = without ? fminf(assumed, levels_measured(c, without, direction)) : assumed;
    if (seen > assumed)
        level = fminf(seen, fmaxf(assumed, solve(c, p, p->count - p->on_map, p->shares + 1)));
    return level;
}

static float bound_in(fusion *c, int direction, float full, bool on_map, float *measured)
{
    parts p = {.count = 1, .term = {{1.0f, 0.0f, sqrtf(full), c->factor.fault_free}}};
    const bank_hypothesis *without = bank_without_map(c);
    add_hypotheses(c, direction, false, &p);
    add_hypotheses(c, direction, true, &p);
    c->bank.map[direction] = 0.0f;
    if (on_map && !(without && blame_ratio(without) >= BLAME_STRANGE))
        *measured = bound_on_map(c, &p, direction, full, without);
    else
        *measured = solve(c, &p, p.count - p.on_map, p.shares);
    *measured = fmaxf(*measured, p.separated);
    return fmaxf(p.least, *measured);
}

/* The length of an error in the plane, of a normal whose variance is nowhere larger than V, is above R with a
 * probability of no more than exp(-R^2 / 2 V). What sources have hidden is the same in every direction, and
 * the largest variance of all else is no more than the sum of those along and across. So what is assumed
 * bounds the length by 4.8 sigmas for 4.4 along and 4.4 across, whose hypotenuse is 6.3. */
static float bound_length(const fusion *c, const float measured[2])
{
    float length = hypotf(measured[BANK_ALONG], measured[BANK_CROSS]);
    for (int h = 0; h < c->bank.count; h++) {
        const bank_hypothesis *of = &c->bank.of[h];
        if (!of->looked || !is_assumed(of) || is_of_survey(c, of) || bank_is_steered(of))
            continue;
        float most = of->variance[BANK_ALONG] + of->variance[BANK_CROSS] - of->start_variance;
        length = fmaxf(length, hypotf(moved(of, BANK_ALONG), moved(of, BANK_CROSS)) +
                                   of->missed_length * sqrtf(most));
    }
    return length;
}

void levels_find(fusion *c, int64_t now_ns, const float full[BANK_DIRECTIONS])
{
    bank *b = &c->bank;
    const bool on_map = map_holds(c, now_ns);
    float measured[BANK_DIRECTIONS];
    b->strange = is_strange(c);
    for (int i = 0; i < BANK_DIRECTIONS; i++) {
        float sigma = sqrtf(full[i]);
        b->found[i] = bound_in(c, i, full[i], on_map, &measured[i]);
        b->level[i] = fmaxf(b->level[i], b->found[i]);
        b->free_sigmas[i] =
            sigma > 0.0f ? fminf(b->found[i] / sigma, c->factor.fault_free) : c->factor.fault_free;
    }
    b->length = hypotf(b->level[BANK_ALONG], b->level[BANK_CROSS]);
    if (!b->strange && b->level[BANK_ALONG] <= b->found[BANK_ALONG] &&
        b->level[BANK_CROSS] <= b->found[BANK_CROSS])
        b->length = fminf(b->length, bound_length(c, measured));
}
