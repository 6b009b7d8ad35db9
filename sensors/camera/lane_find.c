#include "sensors/camera/lane_find.h"
#include "sensors/camera/lane_vote.h"

#include <math.h>

/* Marks further off than this do not pull at a first guess, or at a prediction. */
static const double vote_gate_m = 0.5, track_gate_m = 0.35;

/* A lane that is seen this far, both of its lines sure, is not asked whether it winds: of a bend of 150 m as
 * much passes by a straight line. Smaller: bends are passed over; larger: it costs time. */
static const double followed_m = 30.0, followed_score = 0.9;

/* The score of both lines from which they are there, so that they may show a crest. Smaller: clutter in the
 * place of a line that is gone makes a hill of a heading; larger: lines that part on a crest are not asked.
 */
static const double both_score = 0.5;

/* What winds, what winds with one line alone, and what has a crest, must be followed by so much more
 * (lane_find_quality: roots of hits; with 80 of them on a line 0.1 is two, 0.3 is five). Smaller: it bends to
 * what is no line, and a lane that widens is a hill; larger: bends and hills are passed over. Between 0 and
 * 0.5 hardly a line changes. */
static const double winding_more = 0.1, lone_more = 0.2, hill_more = 0.3;

double lane_find_quality(const lane_fit *fit)
{
    double sum = 0.0;
    for (int side = 0; side < LANE_SIDES; side++) {
        const lane_support *line = &fit->support[side];
        sum += sqrt(fmax(line->followed - line->chance, 0.0));
    }
    return sum;
}

static bool plausible(const lane_scene *s, const lane_fit *fit)
{
    const double *at = fit->belief.mean.at;
    double half = 0.5 * at[LANE_WIDTH];
    return fabs(at[LANE_WIDTH] - s->width_m) < 1.4 && fabs(at[LANE_CENTRE]) < half + 0.3 &&
           fabs(at[LANE_HEADING]) < 0.25;
}

static bool fit_from(const lane_scene *s, const lane_belief *before, const lane_shape *first, double gate_m,
                     lane_fit *out)
{
    return lane_fit_find(s->grid, s->marks, s->height_m, before, first, gate_m, out) && plausible(s, out);
}

/* The less likely of its lines. */
static double least_score(const lane_scene *s, const lane_fit *fit)
{
    double least = 1.0;
    for (int side = 0; side < LANE_SIDES; side++)
        least = fmin(least, lane_judge(fit, side, s->width_m).score);
    return least;
}

/* A crest shows by what the two lines do to each other; one alone would make it of a heading. */
static bool from_first(const lane_scene *s, lane_road_kind kind, const lane_shape *first, lane_finding *out)
{
    lane_belief *before = &out->before;
    out->kind = kind;
    lane_prior_first(kind, s->width_m, before);
    if (!fit_from(s, before, first, vote_gate_m, &out->fit))
        return false;
    if (kind == LANE_GENTLE || least_score(s, &out->fit) > both_score)
        return true;
    double flat = lane_prior_sigma(LANE_GENTLE, LANE_CREST);
    before->covariance[LANE_CREST][LANE_CREST] = flat * flat;
    return fit_from(s, before, first, vote_gate_m, &out->fit);
}

/* Bends of 36 to 200 m radius are looked for apart; cars that keep their lane there are turned by 6 degrees
 * at most. */
static bool from_vote(const lane_scene *s, lane_road_kind kind, lane_finding *out)
{
    const lane_search search = {.width_m = s->width_m,
                                .width_sigma_m = lane_prior_sigma(kind, LANE_WIDTH),
                                .pitch_sigma_rad = lane_prior_sigma(kind, LANE_PITCH),
                                .most_heading_rad = kind == LANE_WINDING ? 0.1 : 0.15,
                                .most_curvature_1pm = kind == LANE_WINDING ? 0.028 : 0.005,
                                .least_curvature_1pm = kind == LANE_WINDING ? 0.005 : 0.0};
    lane_guess guess;
    return lane_vote(s->grid, s->marks, s->height_m, &search, &guess) &&
           from_first(s, kind, &guess.shape, out);
}

/* A lane that is followed far is no bend that was taken for a heading. */
static bool is_followed(const lane_scene *s, const lane_finding *g)
{
    double reach_m = fmax(g->fit.support[LANE_LEFT].far_m, g->fit.support[LANE_RIGHT].far_m);
    return reach_m > followed_m && least_score(s, &g->fit) > followed_score &&
           lane_prior_kind(LANE_GENTLE, &g->fit.belief.mean) == LANE_GENTLE;
}

static bool better(const lane_finding *a, const lane_finding *than, double more)
{
    return lane_find_quality(&a->fit) > lane_find_quality(&than->fit) + more;
}

/* What winds is asked for more: it can follow more of what is no lane. */
bool lane_find_anew(const lane_scene *s, lane_finding *out)
{
    lane_finding other;
    bool has = from_vote(s, LANE_GENTLE, out);
    double more = has && least_score(s, &out->fit) > both_score ? winding_more : lone_more;
    if (has && least_score(s, &out->fit) > both_score &&
        from_first(s, LANE_HILLY, &out->fit.belief.mean, &other) && better(&other, out, hill_more))
        *out = other;
    if (has && is_followed(s, out))
        return true;
    if (has && from_first(s, LANE_WINDING, &out->fit.belief.mean, &other) &&
        (better(&other, out, more) || lane_prior_kind(LANE_GENTLE, &out->fit.belief.mean) == LANE_WINDING))
        *out = other;
    if (from_vote(s, LANE_WINDING, &other) && (!has || better(&other, out, more))) {
        *out = other;
        has = true;
    }
    return has;
}

bool lane_find_tracked(const lane_scene *s, lane_road_kind kind, const lane_belief *last, double after_s,
                       lane_finding *out)
{
    out->kind = kind;
    lane_prior_next(kind, last, after_s, &out->before);
    return fit_from(s, &out->before, &out->before.mean, track_gate_m, &out->fit);
}
