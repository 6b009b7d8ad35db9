/*
 * A radar's returns against the rails of the map (guard rails, fences, walls). Where along a rail a return
 * comes from is not known, so it says how far away the rail's line is, and nothing along it. It is used while
 * the rail has answered from one line of late (radar_rails.h), where that is where the map has it.
 */
#include "fusion/map/map_rails.h"

#include "fusion/core/core.h"
#include "fusion/map/map_landmarks.h"
#include "fusion/map/map_pairs.h"
#include "fusion/map/map_returns.h"
#include "fusion/map/map_stand.h"
#include "fusion/motion/vehicle.h"
#include "fusion/radar/radar_rails.h"
#include "fusion/radar/radar_things.h"
#include "fusion/sight/sight.h"

#include <math.h>
#include <string.h>

/* What of a rail answers, m, one sigma: its beam or its post; the same while it is in view, s. Too small: the
 * pose is surer than a rail is thick. */
static const float body_m = 0.1f, in_view_s = 3.0f;

/* What has answered so often from one place is a post or a pole: from a rail that is passed a return comes
 * from somewhere else each time. Too small: rails are not used at low speed; too large: poles beside them
 * count. */
static const float most_looks = 4.0f;

/* Across a rail what answers is looked at so far, m, and three sigmas of the pose; what is so near to two
 * rails is of neither. Too small: a pose that is off takes what stands beside the rail for it; too large:
 * what stands beside it keeps it from being used. */
static const float band_m = 1.5f, band_sigmas = 3.0f;

/* A return is of the rail within so many sigmas of the rail's mean. Too small: few are used; too large: what
 * lies on the ground a metre beside it is. */
static const float same_sigmas = 1.5f;

/* A return whose place is less sure than this across the rail, m, one sigma, is not told from what stands
 * beside it: far ahead a beam runs along the rail, and its width is all that it says. */
static const float blurred_m = 0.3f;

/* What the returns have in the mean is where the map has the rail, by this NIS of one (99 %). As of things.
 */
static const float rail_nis_most = 6.63f;

/* So many returns of a scan are used. */
enum { USED_MOST = 8 };

/* A rail ends and begins where its last point is, give or take this share of a segment. */
static const float segment_slack = 0.05f;

typedef struct {
    uint32_t point; /* that begins the segment */
    float off_m;    /* of the place, to its left */
    float left[3];  /* horizontal, ECEF */
} rail_foot;

static void up_of(const fusion *c, float up[3])
{
    for (int i = 0; i < 3; i++)
        up[i] = (float)c->f.r_enu_ecef[2][i];
}

static float dot_of(const float a[3], const float b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Where a place (from the anchor of the things) is against a segment; false: not beside it. */
static bool foot_on(const fusion *c, uint32_t point, const float up[3], const float at_m[3], rail_foot *out)
{
    const double(*points)[3] = c->map.view->points;
    const double *anchor = c->map.things.anchor_ecef_m;
    float along[3], from[3];
    for (int i = 0; i < 3; i++) {
        along[i] = (float)(points[point + 1][i] - points[point][i]);
        from[i] = at_m[i] - (float)(points[point][i] - anchor[i]);
    }
    float rise = dot_of(along, up);
    for (int i = 0; i < 3; i++)
        along[i] -= rise * up[i];
    float square = dot_of(along, along);
    if (!(square > 1e-4f))
        return false;
    float part = dot_of(from, along) / square, length = sqrtf(square);
    if (!(part > -segment_slack && part < 1.0f + segment_slack))
        return false;
    for (int i = 0; i < 3; i++) {
        int k = (i + 1) % 3, l = (i + 2) % 3;
        out->left[i] = (up[k] * along[l] - up[l] * along[k]) / length;
    }
    out->point = point;
    out->off_m = dot_of(from, out->left);
    return true;
}

/* The rail that a place is beside, within that; false: none, or two. */
static bool find_foot(const fusion *c, const float at_m[3], float within_m, rail_foot *best)
{
    const map_work *w = c->work;
    const uint32_t *line_of = c->map.view->point_line;
    float up[3];
    bool found = false;
    up_of(c, up);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < w->rail_count; i++) {
            rail_foot f;
            if (!foot_on(c, w->rails[i], up, at_m, &f) || !(fabsf(f.off_m) < within_m))
                continue;
            if (pass == 1 && line_of[f.point] != line_of[best->point])
                return false;
            if (pass == 0 && (!found || fabsf(f.off_m) < fabsf(best->off_m))) {
                *best = f;
                found = true;
            }
        }
    }
    return found;
}

void map_rails_begin(fusion *c)
{
    map_work *w = c->work;
    size_t n = map_near_rails(c->map.view, c->f.position_ecef_m, MAP_RETURNS_REACH_M, w->rails, RAILS_MOST);
    w->rail_count = n <= RAILS_MOST ? (int)n : 0; /* not all are known */
}

bool map_rails_stand_near(const fusion *c, const double ecef_m[3], float within_m)
{
    const map_work *w = c->work;
    float up[3], at_m[3];
    up_of(c, up);
    for (int i = 0; i < 3; i++)
        at_m[i] = (float)(ecef_m[i] - c->map.things.anchor_ecef_m[i]);
    for (int i = 0; i < w->rail_count; i++) {
        rail_foot f;
        if (foot_on(c, w->rails[i], up, at_m, &f) && fabsf(f.off_m) < within_m)
            return true;
    }
    return false;
}

static float left_axis(const fusion *c, const float left[3])
{
    double r[3][3];
    float sum = 0.0f;
    vehicle_rotation(&c->f, r);
    for (int i = 0; i < 3; i++)
        sum += (float)r[i][1] * left[i];
    return sum;
}

static bool is_blurred(const radar_place *p, const rail_foot *f)
{
    float along = dot_of(f->left, p->along), across = dot_of(f->left, p->across);
    return !(along * along * p->along_variance + across * across * p->across_variance <=
             blurred_m * blurred_m);
}

void map_rails_note(fusion *c, const source_run *s, int which, const radar_place *place, int64_t now_ns)
{
    map_work *w = c->work;
    rail_foot f;
    const float within = fminf(band_m + band_sigmas * map_returns_spread(c, now_ns), RADAR_RAIL_REACH_M);
    const radar_thing *thing = &c->map.things.of[w->thing_of[which]];
    if (w->rail_count == 0 || thing->looks > most_looks || !find_foot(c, place->at_m, within, &f) ||
        is_blurred(place, &f))
        return;
    const uint32_t index = c->map.view->point_line[f.point];
    const rail_return r = {.line = index,
                           .source = s->index,
                           .off_m = f.off_m,
                           .left = left_axis(c, f.left),
                           .sigma_m = c->map.view->lines[index].sigma_m};
    radar_rails_take(&c->map.rails, &r, now_ns);
    w->rail_of[which] = f.point;
}

/* ---- as a measurement */

static map_error error_of(const fusion *c, uint32_t line)
{
    const map_line *l = &c->map.view->lines[line];
    return (map_error){MAP_SLOT_LINE, line, l->sigma_m, l->section, l->section_sigma_m};
}

/* How far across the rail the return is: left . (measured - where the foot on the line is, in sensor axes).
 */
static bool measure(const fusion *c, source_run *s, const frame *in, int which, int of_scan, measurement *m)
{
    const radar_detection *seen = &in->u.radar.detections[which];
    const radar_settings *set = &s->set->of.radar;
    radar_stand at;
    radar_place place;
    rail_foot f;
    double foot[3];
    float up[3];
    vec3 d, across;
    sight from;
    map_returns_stand(c, s, in, &at);
    map_returns_place(c, s, &at, seen, &place);
    up_of(c, up);
    if (!foot_on(c, c->work->rail_of[which], up, place.at_m, &f))
        return false;
    for (int i = 0; i < 3; i++)
        foot[i] = c->map.things.anchor_ecef_m[i] + (double)(place.at_m[i] - f.off_m * f.left[i]);
    map_returns_sight(c, s, &from);
    map_returns_offset(c, s, &from, foot, m, d);
    vehicle_from_ecef(&c->f, (const double[3]){(double)f.left[0], (double)f.left[1], (double)f.left[2]},
                      across);
    glm_mat3_mulv(from.to_sensor, across, across);
    for (int i = 0; i < m->columns; i++) {
        m->h[i][0] = across[0] * m->h[i][0] + across[1] * m->h[i][1] + across[2] * m->h[i][2];
        m->h[i][1] = m->h[i][2] = 0.0f;
    }
    m->dim = 1;
    const map_error error = error_of(c, c->map.view->point_line[f.point]);
    float rest = map_pairs_error(c, &error, m), k = cosf(seen->azimuth_rad), n = sinf(seen->azimuth_rad);
    float along = across[0] * k + across[1] * n, aside = across[1] * k - across[0] * n;
    float range = along * (float)set->range_sigma_m,
          swing = aside * seen->range_m * map_returns_azimuth_sigma(s, seen);
    m->innovation[0] = across[0] * (seen->range_m * k - d[0]) + across[1] * (seen->range_m * n - d[1]);
    m->lasting[0] = body_m * body_m + rest * rest;
    m->noise[0][0] = range * range + swing * swing + m->lasting[0];
    m->repeats = (float)of_scan * 2.0f * in_view_s /
                 fmaxf(1.0f / fmaxf((float)s->set->fuse_rate_hz, 1.0f), s->interval_s);
    return true;
}

/* What has been seen lies elsewhere against a pose that has been moved. */
static void follow(fusion *c, const source_run *s, const double before_m[3], int64_t now_ns)
{
    const map_work *w = c->work;
    uint32_t done[RADAR_RAILS];
    int count = 0;
    float up[3];
    up_of(c, up);
    for (int i = 0; i < w->rail_count && count < RADAR_RAILS; i++) {
        const uint32_t line = c->map.view->point_line[w->rails[i]];
        const int rail = radar_rails_find(&c->map.rails, s->index, line, now_ns);
        bool again = rail == RADAR_NO_RAIL;
        rail_foot f;
        const float at_m[3] = {(float)(c->map.view->points[w->rails[i]][0] - c->map.things.anchor_ecef_m[0]),
                               (float)(c->map.view->points[w->rails[i]][1] - c->map.things.anchor_ecef_m[1]),
                               (float)(c->map.view->points[w->rails[i]][2] - c->map.things.anchor_ecef_m[2])};
        for (int k = 0; k < count; k++)
            again |= done[k] == line;
        if (again || !foot_on(c, w->rails[i], up, at_m, &f))
            continue;
        done[count++] = line;
        float by_m = 0.0f;
        for (int k = 0; k < 3; k++)
            by_m += (float)(c->f.position_ecef_m[k] - before_m[k]) * f.left[k];
        radar_rails_move(&c->map.rails, rail, by_m);
    }
}

/* How well the pose is known across the rail, as doubtful as the map has it, m. */
static float sigma_of(const fusion *c, const measurement *m)
{
    projection j;
    covariance_project(&c->f.p, m, &j);
    return sqrtf(map_doubt(c, c->f.stamp_ns) * j.s[0][0]);
}

/* The return is of the rail, and the rail is where the map has it, the pose being what it is. */
static bool is_of_rail(fusion *c, source_run *s, const frame *in, const measurement *m, int rail)
{
    const radar_rails *t = &c->map.rails;
    const float sigma = sigma_of(c, m), band = band_m + band_sigmas * sigma;
    float mean_m;
    if (!(band <= RADAR_RAIL_REACH_M) || !radar_rails_peak(t, rail, band, &mean_m))
        return false;
    float apart = m->innovation[0] - mean_m;
    if (!(apart * apart < same_sigmas * same_sigmas * m->noise[0][0])) /* of something beside it */
        return false;
    bool fits = mean_m * mean_m <= rail_nis_most * (sigma * sigma + m->lasting[0]);
    if (fits && radar_rails_agree(t, rail, band, in->stamp_ns))
        return true;
    core_refuse(c, s, in, QUANTITY_RAIL, DECISION_IGNORED, REASON_AMBIGUOUS);
    return false;
}

static bool fuse_one(fusion *c, source_run *s, const frame *in, int which, int of_scan)
{
    const uint32_t line = c->map.view->point_line[c->work->rail_of[which]];
    const int rail = radar_rails_find(&c->map.rails, s->index, line, in->stamp_ns);
    const map_error error = error_of(c, line);
    double before_m[3];
    measurement m;
    if (rail == RADAR_NO_RAIL || !measure(c, s, in, which, of_scan, &m) || !is_of_rail(c, s, in, &m, rail))
        return false;
    if (!map_pairs_take_error(c, &error, MAP_RETURNS_RESERVE, in->stamp_ns) ||
        !measure(c, s, in, which, of_scan, &m)) {
        core_refuse(c, s, in, QUANTITY_RAIL, DECISION_IGNORED, REASON_RATE_LIMITED);
        return false;
    }
    m.noise[0][0] *= s->down_weighted ? 9.0f : 1.0f;
    const fuse_how how = {.quantity = QUANTITY_RAIL,
                          .silent = true,
                          .element = c->map.view->lines[line].id,
                          .part = (uint16_t)which};
    memcpy(before_m, c->f.position_ecef_m, sizeof before_m);
    verdict_decision decision = core_fuse(c, s, in, &m, how);
    follow(c, s, before_m, in->stamp_ns);
    return decision == DECISION_FUSED || decision == DECISION_DOWN_WEIGHTED;
}

bool map_rails_fuse(fusion *c, source_run *s, const frame *in)
{
    const map_work *w = c->work;
    int of_scan = 0, used = 0;
    for (int i = 0; i < in->u.radar.count; i++)
        of_scan += w->rail_of[i] != MAP_NONE;
    for (int i = 0; i < in->u.radar.count && used < USED_MOST; i++) {
        if (w->rail_of[i] != MAP_NONE)
            used += fuse_one(c, s, in, i, of_scan);
    }
    return used > 0;
}
