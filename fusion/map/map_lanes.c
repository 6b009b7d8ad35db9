/* Lane lines against the map: in which lane the vehicle is, and where in it. */
#include "fusion/map/map_lanes.h"

#include "fusion/core/core.h"
#include "fusion/map/map_adrift.h"
#include "fusion/map/map_bounds.h"
#include "fusion/map/map_evidence.h"
#include "fusion/map/map_landmarks.h"
#include "fusion/map/map_paint.h"
#include "fusion/map/map_slots.h"
#include "fusion/sight/camera_health.h"

#include <math.h>

/* The winner is fused from here on; below, what was seen is only evidence. */
static const float merge_probability = 0.999f;

/* A pose is sure of its lane, and lines are fused, once it is tied to the map by so many landmarks, or the
 * same lane has won for so long, s. Too small: what a receiver claims in its first seconds decides; too
 * large: the lines are of no use for long. Until then the probability is no more than the last figure. */
enum { TIED_LEAST = 20 };
static const float wins_least_s = 15.0f, unsure = 0.99f;
/* No look counts for longer than this, s. */
static const float look_most_s = 0.5f;

/* The pose's own covariance may be wrong, for it rests on what a receiver claims: with this probability its
 * sigma is larger, by the root of this. */
static const float pose_wrong = 0.1f, wider2 = 6.0f;
/* None of the map's lanes, log of weight. */
static const float outside = -12.0f;
/* A vehicle is on the other side of the road, overtaking or passing what stands there, for some 9 s an hour:
 * log of that share. Larger: lines alone tie no pose to a road whose lanes look alike from both sides;
 * smaller: who overtakes is put in the lane beside, and is sure of it. */
static const float against = -6.0f;

/* What the pose does not know of where it is across, m: the chords of bounds, and how it moves between looks.
 */
static const float vague_m = 0.05f;

/* A pose further than this beside a lane, m, is not in it. */
static const float beside_m = 1.0f;

/* A line is seen where the map has none: a kerb or a seam, in 1 of 20 looks; as a squared misfit. */
static const float no_line = 6.0f;

/* Where a bound is seen may be wrong by this, one sigma. */
static const float seen_sigma_m = 0.15f;

/* The error of a line that lasts: the perception's over lane_slow_over_m, and the survey's own of this line.
 */
static void follow_lines(fusion *c, const source_run *s, const camera_lane *const seen[2],
                         const lane_cut *cut)
{
    const camera_settings *set = &s->set->of.camera;
    double v2 = 0.0;
    for (int i = 0; i < 3; i++)
        v2 += c->f.velocity_ecef_mps[i] * c->f.velocity_ecef_mps[i];
    for (int side = 0; side < 2; side++) {
        const map_line *line = cut_line_of(c->map.view, cut->lane, side);
        int state = s->first_state + CAMERA_LINES + side;
        slow_state *slow = &c->f.slow[state - STATE_SOURCES];
        slow->rate = fmaxf((float)(sqrt(v2) / set->lane_slow_over_m), 1e-4f);
        const float worse = seen[side] ? bound_worse(set, seen[side]) : 1.0f;
        const float variance =
            worse * (float)(set->lane_slow_m * set->lane_slow_m) + line->sigma_m * line->sigma_m;
        const bool begins = covariance_at(&c->f.p, state, state) <= 0.0f;
        if (seen[side] || begins)
            slow->stationary = slow->bound = variance;
        if (begins)
            core_reset(c, state, variance);
    }
}

/* Lines of a lane that is not the one before are others, with errors of their own. */
static void forget_lines(fusion *c, const source_run *s)
{
    for (int side = 0; side < 2; side++) {
        const int state = s->first_state + CAMERA_LINES + side;
        c->f.source[state - STATE_SOURCES] = 0.0;
        core_reset(c, state, 0.0f);
    }
}

static bool goes_on(const map_view *map, uint32_t before, uint32_t now)
{
    bool follows = before == now;
    for (int i = 0; before != MAP_NONE && i < MAP_MAX_FOLLOWERS; i++)
        follows |= map->lanes[before].followers[i] == now;
    return follows;
}

/* The best of each side; NULL: not seen. */
static void sides_of(const source_run *s, const frame_lanes *f, const camera_lane *out[2])
{
    out[0] = out[1] = NULL;
    for (int i = 0; i < f->count; i++) {
        const camera_lane *l = &f->lanes[i];
        int side = l->side == LANE_SIDE_LEFT ? 0 : l->side == LANE_SIDE_RIGHT ? 1 : -1;
        if (side < 0 || l->score < (float)s->set->of.camera.min_score || !isfinite(l->offset_m) ||
            !isfinite(l->heading_rad))
            continue;
        if (!out[side] || fabsf(l->offset_m) < fabsf(out[side]->offset_m))
            out[side] = l;
    }
}

/* How far the lines seen are from a lane's bounds, and that squared over its variance. */
typedef struct {
    float off_m, nis;
} lane_misfit;

static lane_misfit misfit(const fusion *c, const source_run *s, const camera_lane *const seen[2],
                          const lane_cut *cut)
{
    float sum = 0.0f, variance = 0.0f;
    int n = 0;
    for (int side = 0; side < 2; side++) {
        measurement m;
        projection j;
        if (!seen[side] || !bound_measure(c, s, seen[side], cut, side, &m))
            continue;
        measurement_keep_row(&m, 0);
        covariance_project(&c->f.p, &m, &j);
        sum += m.innovation[0];
        variance = map_doubt(c, c->f.stamp_ns) * j.s[0][0] + m.noise[0][0];
        n++;
    }
    if (n == 0)
        return (lane_misfit){0.0f, no_line};
    const float off_m = sum / (float)n; /* the mean of both sides: their predictions move together */
    return (lane_misfit){off_m, off_m * off_m / variance};
}

/* Log of how well it fits. */
static float fit_of(lane_misfit m)
{
    const float fit = (1.0f - pose_wrong) * expf(-0.5f * m.nis) + pose_wrong * expf(-0.5f * m.nis / wider2);
    return logf(fit + 1e-30f);
}

/* That it is in none of the lanes that run as it does: in one beside them that runs against them, or in none
 * at all; log of weight. */
static float none_of(const fusion *c, const source_run *s, const camera_lane *const seen[2],
                     const lane_cut *other)
{
    if (!other)
        return outside;
    float as_other = fit_of(misfit(c, s, seen, other)) + c->map.lane_against + against;
    return fmaxf(as_other, outside);
}

/* Probabilities of the lanes; returns the winner, and how it fits. `other`: one that runs against them, or
 * NULL. */
static int weigh(fusion *c, const source_run *s, const camera_lane *const seen[2], const lane_cut *cuts,
                 int count, int own, const lane_cut *other, float *probability, lane_misfit *of_best)
{
    const float none = none_of(c, s, seen, other);
    float log_weight[CUTS_MOST] = {0.0f}, most = none, sum = 0.0f;
    int best = 0;
    for (int i = 0; i < count; i++) {
        const lane_misfit m = misfit(c, s, seen, &cuts[i]);
        log_weight[i] = fit_of(m) + map_evidence_of(&c->map, i - own);
        most = fmaxf(most, log_weight[i]);
        if (i > 0 && !(log_weight[i] > log_weight[best]))
            continue;
        best = i;
        *of_best = m;
    }
    for (int i = 0; i < count; i++)
        sum += expf(log_weight[i] - most);
    *probability = expf(log_weight[best] - most) / (sum + expf(none - most));
    return best;
}

/* Fuses the lines as the bounds of that lane; true when any was. */
static bool fuse_lane(fusion *c, source_run *s, const frame *in, const camera_lane *const seen[2],
                      const lane_cut *cut)
{
    bool used = false;
    follow_lines(c, s, seen, cut);
    for (int side = 0; side < 2; side++) {
        lane_cut now;
        measurement m;
        const map_line *line = cut_line_of(c->map.view, cut->lane, side);
        if (!seen[side])
            continue;
        if (map_paint_moved(c, side)) {
            core_refuse(c, s, in, QUANTITY_LANE, DECISION_REJECTED, REASON_INNOVATION);
            continue;
        }
        if (line->section_sigma_m > 0.0f)
            map_slot_take(c, MAP_SLOT_SECTION, line->section, line->section_sigma_m, in->stamp_ns);
        if (!cut_again(c, cut->lane, &now))
            continue;
        if (!bound_measure(c, s, seen[side], &now, side, &m)) {
            core_refuse(c, s, in, QUANTITY_LANE, DECISION_IGNORED, REASON_UNKNOWN_LANDMARK);
            continue;
        }
        m.noise[0][0] *= map_paint_doubt(c, side);
        verdict_decision d = core_fuse(
            c, s, in, &m, (fuse_how){.quantity = QUANTITY_LANE, .silent = true, .element = line->id});
        used |= d == DECISION_FUSED || d == DECISION_DOWN_WEIGHTED;
    }
    return used;
}

/* What the poses will say until the next look: the winner, and where its bounds are. The pose knows that once
 * the lines are fused with it. Before, pose and lines know it together, each by its variance: a pose that is
 * tied to the map does not follow another edge that is taken for a line across a bound. */
static void report(fusion *c, const source_run *s, const frame *in, const camera_lane *const seen[2],
                   const lane_cut *winner, int shift, float probability, bool merged)
{
    map_run *run = &c->map;
    lane_cut cut = *winner;
    bool knows = merged && cut_again(c, winner->lane, &cut);
    run->lane_ns = in->stamp_ns;
    run->lane_shift = merged ? 0 : shift;
    run->lane_probability = probability;
    run->lane_won = winner->lane;
    for (int side = 0; side < 2; side++) {
        int from = seen[side] ? side : 1 - side;
        float *off = &run->lane_off_m[side], *sigma = &run->lane_across_m[side];
        bound_place(c, s, &cut, side, off, sigma);
        float both = hypotf(*sigma, seen_sigma_m);
        if (!knows) {
            *off += (seen[from]->offset_m - cut.offset_m[from] - *off) * *sigma * *sigma / (both * both);
            *sigma *= seen_sigma_m / both;
        }
        *sigma = hypotf(*sigma, vague_m);
    }
}

void map_lanes_fuse(fusion *c, source_run *s, const frame *in)
{
    map_run *run = &c->map;
    lane_cut cuts[CUTS_MOST];
    const camera_lane *seen[2];
    float probability, dt_s = run->lane_looked_ns == INT64_MIN
                                  ? 0.1f
                                  : (float)seconds_between(run->lane_looked_ns, in->stamp_ns);
    if (!camera_sees(s)) {
        core_refuse(c, s, in, QUANTITY_LANE, DECISION_REJECTED, REASON_FLAGGED);
        return;
    }
    sides_of(s, &in->u.lanes, seen);
    int count = cut_lanes(c, 0.0, cuts), own = cut_own(cuts, count);
    if (own < 0 || !(seen[0] || seen[1])) {
        core_refuse(c, s, in, QUANTITY_LANE, DECISION_IGNORED, REASON_UNKNOWN_LANDMARK);
        return;
    }
    float sigma = bound_sigma(c, &cuts[own]);
    if (sigma < 0.5f * run->lane_sigma_m && run->lane_sigma_m > 0.7f) /* the pose has been found anew */
        map_evidence_forget(run);
    run->lane_sigma_m = sigma;
    run->lane_looked_ns = in->stamp_ns;
    lane_cut against_it;
    const lane_cut *other = cut_against(c, cuts, count, &against_it) ? &against_it : NULL;
    map_evidence_gather(c, seen, cuts, count, own, other, dt_s);
    lane_misfit of_best = {0};
    int best = weigh(c, s, seen, cuts, count, own, other, &probability, &of_best);
    /* what speaks against the best lane, its types included, speaks against the pose */
    map_adrift_look(c, of_best.nis - 2.0f * map_evidence_of(run, best - own), of_best.off_m,
                    fminf(dt_s, look_most_s));
    bool merged = false, wins = probability > merge_probability;
    run->lane_wins_s = wins && best == own ? run->lane_wins_s + fminf(dt_s, look_most_s) : 0.0f;
    if (!(run->tied >= TIED_LEAST || run->lane_wins_s >= wins_least_s)) {
        wins = false;
        probability = fminf(probability, unsure);
    }
    if (run->lane_merged != MAP_NONE && goes_on(run->view, run->lane_merged, cuts[own].lane))
        map_paint_look(c, s, in->stamp_ns, fminf(dt_s, look_most_s), seen, &cuts[own]);
    if (wins) {
        if (!goes_on(run->view, run->lane_merged, cuts[best].lane))
            forget_lines(c, s);
        run->lane_merged = cuts[best].lane;
        merged = fuse_lane(c, s, in, seen, &cuts[best]);
        map_evidence_shift(run, best - own);
    } else {
        core_refuse(c, s, in, QUANTITY_LANE, DECISION_IGNORED, REASON_AMBIGUOUS);
    }
    report(c, s, in, seen, &cuts[best], best - own, probability, merged);
    if (merged) {
        s->used++;
        core_placed(c, in->stamp_ns, true);
    }
}

/* Probability that the vehicle is to the right of that lane's left bound, or of its right bound. When a bound
 * is crossed, what was the one of the lane before is the other one of this. */
static float right_of(const map_run *run, const lane_cut *cut, int side)
{
    bool same = goes_on(run->view, run->lane_won, cut->lane);
    const map_line *line = cut_line_of(run->view, cut->lane, side);
    int as = same ? side : line == cut_line_of(run->view, run->lane_won, 1 - side) ? 1 - side : -1;
    float off = as < 0 ? 0.0f : run->lane_off_m[as];
    float sigma = as < 0 ? hypotf(run->lane_across_m[side], line->sigma_m) : run->lane_across_m[as];
    return 0.5f + 0.5f * erff((cut->offset_m[side] + off) / (1.41421356f * sigma));
}

void map_lane_at(const fusion *c, int64_t stamp_ns, uint64_t *id, float *probability)
{
    const double most_s = 0.5;
    const map_run *run = &c->map;
    lane_cut cuts[CUTS_MOST];
    *id = 0;
    *probability = 0.0f;
    if (!run->view || run->lane_ns == INT64_MIN || !(seconds_between(run->lane_ns, stamp_ns) < most_s))
        return;
    int count = cut_lanes(c, seconds_between(c->f.stamp_ns, stamp_ns), cuts);
    int at = cut_own(cuts, count) + run->lane_shift;
    if (count == 0 || at < 0 || at >= count)
        return;
    const lane_cut *own = &cuts[at - run->lane_shift];
    if (fabsf(cut_middle(own)) > 0.5f * (own->offset_m[0] - own->offset_m[1]) + beside_m)
        return; /* the lane that the pose is in has no bounds here */
    *id = run->view->lanes[cuts[at].lane].id;
    *probability =
        run->lane_probability * fmaxf(right_of(run, &cuts[at], 0) - right_of(run, &cuts[at], 1), 0.0f);
    /* A pose that was corrected since the last look has not changed lanes for that. */
    if (!goes_on(run->view, run->lane_won, cuts[at].lane))
        *probability = fminf(*probability, unsure);
}
