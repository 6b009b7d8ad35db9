#include "fusion/radar/radar_rails.h"

#include <math.h>

/* What has answered counts for so long, s. Too small: few returns tell a rail from what stands beside it; too
 * large: a pose that has gone astray is held against what was seen before. */
static const float fades_s = 2.0f;
/* What has not answered for so long has gone out of view, s. */
static const double keep_s = 1.0;

static const float bin_m = 2.0f * RADAR_RAIL_REACH_M / (float)RADAR_RAIL_BINS;
/* A rail's returns lie within so many bins, one metre: those of a radar of 0.3 m, and what the heading is
 * off.
 */
enum { PEAK_BINS = 4 };

/* From so many returns on there is a rail. Too small: poles and clutter that happen to stand in a row; too
 * large: a rail is known when it has been passed. */
static const float proven_returns = 12.0f;
/* And when no other place across it has answered more than this share of that: noise leaves a twentieth,
 * clutter less; a fence beside a rail, or a rail that is not there, more. */
static const float second_share = 0.34f;

/* Two rails may say that the pose is off by so much apart, m, beside three sigmas of their surveys. */
static const float disagree_m = 0.2f, disagree_sigmas = 3.0f;

void radar_rails_clear(radar_rails *t)
{
    *t = (radar_rails){0};
    for (int i = 0; i < RADAR_RAILS; i++)
        t->of[i].seen_ns = INT64_MIN;
}

static bool lives(const radar_rail *e, int64_t now_ns)
{
    return e->seen_ns != INT64_MIN && (double)(now_ns - e->seen_ns) * 1e-9 < keep_s;
}

int radar_rails_find(const radar_rails *t, uint16_t source, uint32_t line, int64_t now_ns)
{
    for (int i = 0; i < RADAR_RAILS; i++) {
        if (lives(&t->of[i], now_ns) && t->of[i].source == source && t->of[i].line == line)
            return i;
    }
    return RADAR_NO_RAIL;
}

static int oldest(const radar_rails *t)
{
    int best = 0;
    for (int i = 1; i < RADAR_RAILS; i++) {
        if (t->of[i].seen_ns < t->of[best].seen_ns)
            best = i;
    }
    return best;
}

static void fade(radar_rail *e, int64_t now_ns)
{
    const float dt = (float)((double)(now_ns - e->seen_ns) * 1e-9), left = expf(-fmaxf(dt, 0.0f) / fades_s);
    for (int i = 0; dt > 0.0f && i < RADAR_RAIL_BINS; i++)
        e->counts[i] *= left;
}

void radar_rails_take(radar_rails *t, const rail_return *r, int64_t now_ns)
{
    int at = radar_rails_find(t, r->source, r->line, now_ns);
    if (at == RADAR_NO_RAIL) {
        at = oldest(t);
        t->of[at] = (radar_rail){.seen_ns = now_ns, .line = r->line, .source = r->source};
    }
    radar_rail *e = &t->of[at];
    fade(e, now_ns);
    e->seen_ns = now_ns;
    e->left = r->left;
    e->sigma_m = r->sigma_m;
    float bin = floorf((r->off_m - e->moved_m + RADAR_RAIL_REACH_M) / bin_m);
    if (bin >= 0.0f && bin < (float)RADAR_RAIL_BINS)
        e->counts[(int)bin] += 1.0f;
}

static float middle_of(const radar_rail *e, int bin)
{
    return ((float)bin + 0.5f) * bin_m - RADAR_RAIL_REACH_M + e->moved_m;
}

static float sum_from(const radar_rail *e, int first)
{
    float sum = 0.0f;
    for (int i = 0; i < PEAK_BINS; i++)
        sum += e->counts[first + i];
    return sum;
}

/* All of it is within the band. */
static bool counts(const radar_rail *e, int first, float band_m)
{
    return middle_of(e, first) > -band_m && middle_of(e, first + PEAK_BINS - 1) < band_m;
}

bool radar_rails_peak(const radar_rails *t, int rail, float band_m, float *mean_m)
{
    const radar_rail *e = &t->of[rail];
    int best = -1;
    float most = 0.0f, second = 0.0f, weighted = 0.0f;
    for (int i = 0; i + PEAK_BINS <= RADAR_RAIL_BINS; i++) {
        float sum = sum_from(e, i);
        if (counts(e, i, band_m) && sum > most) {
            most = sum;
            best = i;
        }
    }
    for (int i = 0; i + PEAK_BINS <= RADAR_RAIL_BINS; i++) {
        if (counts(e, i, band_m) && (i <= best - PEAK_BINS || i >= best + PEAK_BINS))
            second = fmaxf(second, sum_from(e, i));
    }
    if (best < 0 || !(most >= proven_returns) || second > second_share * most)
        return false;
    for (int i = best; i < best + PEAK_BINS; i++)
        weighted += e->counts[i] * middle_of(e, i);
    *mean_m = weighted / most;
    return true;
}

bool radar_rails_agree(const radar_rails *t, int rail, float band_m, int64_t now_ns)
{
    const radar_rail *a = &t->of[rail];
    float own_m, other_m;
    if (!radar_rails_peak(t, rail, band_m, &own_m))
        return false;
    for (int i = 0; i < RADAR_RAILS; i++) {
        const radar_rail *b = &t->of[i];
        if (i == rail || !lives(b, now_ns) || b->source != a->source ||
            !radar_rails_peak(t, i, band_m, &other_m))
            continue;
        float apart_m = fabsf(own_m * a->left - other_m * b->left);
        if (apart_m > disagree_m + disagree_sigmas * hypotf(a->sigma_m, b->sigma_m))
            return false;
    }
    return true;
}

void radar_rails_move(radar_rails *t, int rail, float by_m)
{
    radar_rail *e = &t->of[rail];
    e->moved_m += by_m;
    if (fabsf(e->moved_m) > 0.5f * RADAR_RAIL_REACH_M) /* what was known lies at the end of what can be */
        e->seen_ns = INT64_MIN;
}
