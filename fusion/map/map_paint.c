/*
 * Lines that are not where the map has them: painted anew since, or drawn wrongly. While landmarks hold the
 * pose, a line that is seen beside its place for long is the map's fault; another edge that is taken for a
 * line is not for as long.
 */
#include "fusion/map/map_paint.h"

#include "fusion/core/core.h"
#include "fusion/map/map_bounds.h"
#include "fusion/map/map_landmarks.h"

#include <math.h>

/* The mean of how far a line is seen from its place, in sigmas, over so long, s; each look counts for no more
 * than a few, so that a second in which a kerb is taken for the line is not enough. */
static const float mean_tau_s = 1.5f, most_sigmas = 4.0f;
/* Beyond this mean it is not there. Of good lines it is below 1. */
static const float moved_sigmas = 2.8f;
/* Before, from this mean on, a line is doubted, and its variance counts for more with its fourth power. */
static const float doubt_sigmas = 1.2f;
/* A line is named when it has itself been seen beside its place, by half of that, so many times in a row. */
enum { LOOKS_LEAST = 5 };
/* Who paints anew paints both lines of a lane; one alone is mostly another edge that is taken for it: for a
 * second, exponentially, some 400 times in ten hours. Longer than this, s, is 1 in 400 of them. */
static const float alone_s = 15.0f;
/* For so long after it was seen last a line that is not there keeps the flag up, s. */
static const double lasts_s = 3.0;

static void name(map_run *run, uint32_t line, int64_t now_ns)
{
    map_painted *oldest = &run->painted[0];
    for (int i = 0; i < MAP_PAINTED_MOST; i++) {
        map_painted *p = &run->painted[i];
        if (p->seen_ns != INT64_MIN && p->line == line) {
            p->seen_ns = now_ns;
            return;
        }
        if (p->seen_ns < oldest->seen_ns)
            oldest = p;
    }
    *oldest = (map_painted){line, now_ns};
}

/* How far a line is seen from its place, over what that may be: what its own state has taken up included, for
 * that is no sooner at an end than the line is where it should be. */
static float sigmas_off(const fusion *c, const source_run *s, const camera_lane *seen, const lane_cut *cut,
                        int side)
{
    measurement m;
    projection j;
    if (!bound_measure(c, s, seen, cut, side, &m))
        return 0.0f;
    measurement_keep_row(&m, 0);
    covariance_project(&c->f.p, &m, &j);
    int state = s->first_state + CAMERA_LINES + side - STATE_SOURCES;
    float off = (m.innovation[0] + (float)c->f.source[state]) /
                sqrtf(j.s[0][0] + m.noise[0][0] + c->f.slow[state].stationary);
    return fminf(fmaxf(off, -most_sigmas), most_sigmas);
}

/* Whether the other line of the lane is not beside its place as well, at present and to the same side: its
 * mean alone is what it was a second ago, when a kerb was taken for it. */
static bool is_alone(const map_run *run, int side)
{
    float own = run->paint_off[side], other = run->paint_off[!side];
    return (own > 0.0f ? other : -other) < 0.5f * moved_sigmas || run->paint_looks[!side] < LOOKS_LEAST;
}

/* What is seen at that side is that lane's line, or one that was painted in its stead: the vehicle is in the
 * lane, and no other line of the map is nearer. Who overtakes on the other side of the road, or is where
 * lanes part, sees lines that the map has as well. */
static bool is_its_own(const fusion *c, const camera_lane *seen, const lane_cut *cut, int side)
{
    return cut->offset_m[0] > 0.0f && cut->offset_m[1] < 0.0f &&
           !cut_other_nearer(c, cut, side, seen->offset_m);
}

void map_paint_look(fusion *c, const source_run *s, int64_t now_ns, float dt_s,
                    const camera_lane *const seen[2], const lane_cut *cut)
{
    map_run *run = &c->map;
    float gain = fminf(dt_s / mean_tau_s, 1.0f);
    for (int side = 0; side < 2; side++) {
        const map_lane *lane = &run->view->lanes[cut->lane];
        float *mean = &run->paint_off[side];
        if (!map_holds(c, now_ns)) /* nothing else says where the vehicle is */
            *mean = 0.0f;
        if (!map_holds(c, now_ns) || !seen[side] || !is_its_own(c, seen[side], cut, side))
            continue;
        float off = sigmas_off(c, s, seen[side], cut, side);
        const uint32_t line = side ? lane->right_line : lane->left_line;
        float *own = &run->paint_own[side];
        *mean += gain * (off - *mean);
        *own = run->paint_line[side] == line ? *own + gain * (off - *own) : off;
        run->paint_line[side] = line;
        bool beside = (*mean > 0.0f ? off : -off) > 0.5f * moved_sigmas;
        run->paint_looks[side] = beside ? run->paint_looks[side] + 1 : 0;
        run->paint_beside_s[side] = beside ? run->paint_beside_s[side] + dt_s : 0.0f;
        if (map_paint_moved(c, side) && run->paint_looks[side] >= LOOKS_LEAST &&
            (!is_alone(run, side) || run->paint_beside_s[side] > alone_s))
            name(run, side ? lane->right_line : lane->left_line, now_ns);
    }
}

bool map_paint_moved(const fusion *c, int side)
{
    return fabsf(c->map.paint_off[side]) > moved_sigmas;
}

float map_paint_doubt(const fusion *c, int side)
{
    float off = fmaxf(fabsf(c->map.paint_off[side]), fabsf(c->map.paint_own[side]));
    float share = fmaxf(off / doubt_sigmas, 1.0f);
    return share * share * share * share;
}

int map_paint_count(const fusion *c, int64_t now_ns)
{
    int n = 0;
    for (int i = 0; i < MAP_PAINTED_MOST; i++) {
        const map_painted *p = &c->map.painted[i];
        n += p->seen_ns != INT64_MIN && seconds_between(p->seen_ns, now_ns) < lasts_s;
    }
    return n;
}
