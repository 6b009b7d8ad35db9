/* What detections were taken for, and which elements were missed, against the world as it is. */
#include "campaign/judge_map.h"
#include "fusion/geodesy.h"
#include "fusion/rotation.h"
#include "sim/sim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A pairing is wrong when its bearing is off by more than this (five sigmas), and another element within
 * reach fits better. */
static const double off_rad = 0.0087, reach_m = 150;
/* What a camera's mount is off, found from the pairings that are off by less. */
static const double mount_off_rad = 0.02;
/* A return is wrong when it is not of the element that it was taken for and comes from further than this
 * beside it, five sigmas of a radar's range: what is nearer is at the same place as far as a radar can tell.
 */
static const double beside_m = 1.0;
/* The vehicle has met an element of the map that is elsewhere when its place, by the map, was so near and in
 * the picture of a camera, which is this high against its width, once the pose has had time to be tied to the
 * map: a drive that never looked there knows nothing of it. A line is seen at the vehicle: of it, being near
 * counts. */
static const double met_m = 40, high_share = 0.56;

typedef struct {
    const run_record *record;
    const sim_world *world;
    double mount_rad[SETTINGS_MAX_SOURCES][2]; /* how much further the camera turns than it says */
    double sums_rad[SETTINGS_MAX_SOURCES][2];
    size_t counts[SETTINGS_MAX_SOURCES];
} pairings;

/* Truth at one moment, ready to look from. */
typedef struct {
    double ecef_m[3];
    double r_ecef_body[3][3]; /* rows: ecef = r * body */
} viewpoint;

static void element_ecef(const sim_world *w, const sim_element *e, double out[3])
{
    geodetic g = earth_point(sim_world_earth(w), e->plane_m);
    geodetic_to_ecef(g.latitude_rad, g.longitude_rad, g.height_m, out);
}

/* The truth points before and after a stamp; NULL: it is outside of them. */
static const truth_point *around(const run_record *r, int64_t stamp_ns)
{
    size_t low = 0, high = r->truth_count;
    if (high < 2 || stamp_ns < r->truth[0].stamp_ns || stamp_ns > r->truth[high - 1].stamp_ns)
        return NULL;
    while (low + 1 < high) {
        size_t middle = (low + high) / 2;
        if (r->truth[middle].stamp_ns <= stamp_ns)
            low = middle;
        else
            high = middle;
    }
    return &r->truth[low + 1 < r->truth_count ? low : low - 1];
}

static void turn_of(const truth_point *t, double q[4])
{
    quat_from_euler((double)t->roll_rad, -(double)t->pitch_rad, M_PI / 2 - (double)t->heading_rad, q);
}

/* Between two truth points: the place linearly, the attitude by the mean of quaternions. */
static bool look_from(const run_record *r, int64_t stamp_ns, viewpoint *out)
{
    const truth_point *a = around(r, stamp_ns), *b = a + 1;
    double from[3], to[3], qa[4], qb[4], enu[3][3], body[3][3], dot = 0;
    if (!a)
        return false;
    double part = (double)(stamp_ns - a->stamp_ns) / (double)(b->stamp_ns - a->stamp_ns);
    geodetic_to_ecef(a->latitude_rad, a->longitude_rad, a->height_m, from);
    geodetic_to_ecef(b->latitude_rad, b->longitude_rad, b->height_m, to);
    turn_of(a, qa);
    turn_of(b, qb);
    for (int i = 0; i < 4; i++)
        dot += qa[i] * qb[i];
    for (int i = 0; i < 4; i++)
        qa[i] += part * ((dot < 0 ? -qb[i] : qb[i]) - qa[i]);
    quat_normalize(qa);
    quat_to_rows(qa, body);
    enu_axes(a->latitude_rad, a->longitude_rad, enu);
    for (int i = 0; i < 3; i++) {
        out->ecef_m[i] = from[i] + part * (to[i] - from[i]);
        for (int k = 0; k < 3; k++) {
            out->r_ecef_body[i][k] = 0;
            for (int n = 0; n < 3; n++)
                out->r_ecef_body[i][k] += enu[n][i] * body[n][k];
        }
    }
    return true;
}

/* How far a detection is from where a camera that sits as configured has the point, rad; azimuth and
 * elevation. */
static void off_by(const viewpoint *v, const mount_settings *mount, const double ecef_m[3], const map_use *u,
                   double out[2])
{
    const double lever_m[3] = {mount->x_m, mount->y_m, mount->z_m}, rad = M_PI / 180;
    double away[3], body[3], q[4], turn[3][3], d[3];
    for (int i = 0; i < 3; i++)
        away[i] = ecef_m[i] - v->ecef_m[i];
    for (int i = 0; i < 3; i++) {
        body[i] = -lever_m[i];
        for (int k = 0; k < 3; k++)
            body[i] += v->r_ecef_body[k][i] * away[k];
    }
    quat_from_euler(mount->roll_deg * rad, mount->pitch_deg * rad, mount->yaw_deg * rad, q);
    quat_to_rows(q, turn);
    rows_mulv_transposed(turn, body, d);
    out[0] = remainder((double)u->azimuth_rad - atan2(d[1], d[0]), 2 * M_PI);
    out[1] = (double)u->elevation_rad - atan2(d[2], hypot(d[0], d[1]));
}

static double length_of(const pairings *p, const map_use *u, const double off[2])
{
    return hypot(off[0] - p->mount_rad[u->source][0], off[1] - p->mount_rad[u->source][1]);
}

/* How far off a pairing is; INFINITY: there is no such element. */
static double own_off(const pairings *p, const viewpoint *v, const map_use *u, double off[2])
{
    const sim_element *all;
    double best = INFINITY, ecef_m[3], one[2];
    size_t count = sim_world_elements(p->world, -1e9, 1e9, &all);
    for (size_t i = 0; i < count; i++) { /* a way may pass one twice */
        if (all[i].id != u->element)
            continue;
        element_ecef(p->world, &all[i], ecef_m);
        off_by(v, &p->record->config->sources[u->source].mount, ecef_m, u, one);
        if (length_of(p, u, one) < best) {
            best = length_of(p, u, one);
            memcpy(off, one, sizeof one);
        }
    }
    return best;
}

static double best_off(const pairings *p, const viewpoint *v, const map_use *u)
{
    const sim_element *all;
    double best = INFINITY, ecef_m[3], one[2];
    size_t count = sim_world_elements(p->world, -1e9, 1e9, &all);
    for (size_t i = 0; i < count; i++) {
        double away2 = 0;
        if (all[i].kind > ELEMENT_TAG)
            continue;
        element_ecef(p->world, &all[i], ecef_m);
        for (int k = 0; k < 3; k++)
            away2 += (ecef_m[k] - v->ecef_m[k]) * (ecef_m[k] - v->ecef_m[k]);
        if (away2 > reach_m * reach_m)
            continue;
        off_by(v, &p->record->config->sources[u->source].mount, ecef_m, u, one);
        best = fmin(best, length_of(p, u, one));
    }
    return best;
}

/* Where cameras really look: what their pairings are off on the whole. */
static void find_mounts(pairings *p)
{
    const map_record *m = &p->record->map;
    for (size_t i = 0; i < m->use_count; i++) {
        const map_use *u = &m->uses[i];
        viewpoint v;
        double off[2];
        if (!look_from(p->record, u->stamp_ns, &v) || !(own_off(p, &v, u, off) < mount_off_rad))
            continue;
        for (int k = 0; k < 2; k++)
            p->sums_rad[u->source][k] += off[k];
        p->counts[u->source]++;
    }
    for (size_t i = 0; i < SETTINGS_MAX_SOURCES; i++) {
        for (int k = 0; p->counts[i] > 0 && k < 2; k++)
            p->mount_rad[i][k] = p->sums_rad[i][k] / (double)p->counts[i];
    }
}

static void count_wrong(const pairings *p, campaign_row *row)
{
    const map_record *m = &p->record->map;
    row->pairings = (int64_t)m->use_count;
    row->pairings_wrong = 0;
    for (size_t i = 0; i < m->use_count; i++) {
        const map_use *u = &m->uses[i];
        viewpoint v;
        double off[2];
        if (!look_from(p->record, u->stamp_ns, &v))
            continue;
        double own = own_off(p, &v, u, off);
        row->pairings_wrong += !(own < off_rad) && (isinf(own) || best_off(p, &v, u) < own);
    }
}

/* ---- returns ---- */

/* It comes from where the element stands, as far as a radar can tell. A way may pass an element twice. */
static bool is_beside(const sim_world *w, const map_stray *s)
{
    const sim_element *all;
    size_t count = sim_world_elements(w, -1e9, 1e9, &all);
    for (size_t i = 0; i < count; i++) {
        if (all[i].id == s->element &&
            hypot(all[i].plane_m[0] - s->plane_m[0], all[i].plane_m[1] - s->plane_m[1]) < beside_m)
            return true;
    }
    return sim_world_rail_distance_m(w, s->element, s->plane_m) < beside_m;
}

static void count_strays(const pairings *p, campaign_row *row)
{
    const map_record *m = &p->record->map;
    row->returns = (int64_t)m->return_count;
    row->returns_beside = 0;
    for (size_t i = 0; i < m->stray_count; i++)
        row->returns_beside += is_beside(p->world, &m->strays[i]);
    row->returns_wrong = (int64_t)m->stray_count - row->returns_beside;
}

/* ---- elements that a fault put elsewhere ---- */

static bool is_in_picture(const run_record *r, const viewpoint *v, const double ecef_m[3])
{
    const map_use axis = {0};
    for (size_t i = 0; i < r->config->source_count; i++) {
        const source_settings *s = &r->config->sources[i];
        double off[2], field = s->kind == SOURCE_CAMERA ? s->of.camera.field_deg * M_PI / 180 : 0;
        off_by(v, &s->mount, ecef_m, &axis, off);
        if (fabs(off[0]) < field && fabs(off[1]) < high_share * field)
            return true;
    }
    return false;
}

static bool is_met(const run_record *r, const double (*points)[3], uint32_t count)
{
    enum { EACH = 10 }; /* half a second */
    for (size_t i = 0; i < r->truth_count; i += EACH) {
        viewpoint v;
        if (r->truth[i].stamp_ns - SIM_BEGIN_NS < (int64_t)(judge_map_way_in_s * 1e9) ||
            !look_from(r, r->truth[i].stamp_ns, &v))
            continue;
        for (uint32_t k = 0; k < count; k++) {
            double x = points[k][0] - v.ecef_m[0], y = points[k][1] - v.ecef_m[1],
                   z = points[k][2] - v.ecef_m[2];
            if (x * x + y * y + z * z < met_m * met_m && (count > 1 || is_in_picture(r, &v, points[k])))
                return true;
        }
    }
    return false;
}

static void judge_elements(const run_record *r, campaign_row *row)
{
    const inject_map *wrong = r->map.wrong;
    row->elements_wrong = row->elements_missed_right = 0;
    row->elements_missed = (int64_t)r->map.missed_count;
    if (!wrong)
        return;
    const map_view *v = inject_map_view(wrong);
    for (uint32_t i = 0; i < v->mark_count; i++) {
        double at[1][3];
        memcpy(at[0], v->marks[i].position_ecef_m, sizeof at[0]);
        row->elements_wrong +=
            inject_map_is_wrong(wrong, v->marks[i].id) && is_met(r, (const double(*)[3])at, 1);
    }
    for (uint32_t i = 0; i < v->line_count; i++)
        row->elements_wrong += inject_map_is_wrong(wrong, v->lines[i].id) &&
                               is_met(r, &v->points[v->lines[i].first_point], v->lines[i].point_count);
    for (size_t i = 0; i < r->map.missed_count; i++)
        row->elements_missed_right += inject_map_is_wrong(wrong, r->map.missed[i]);
}

bool judge_pairings(const run_record *r, campaign_row *row)
{
    pairings *p = calloc(1, sizeof *p);
    if (!p)
        return false;
    p->record = r;
    p->world = sim_get_world(r->stream);
    find_mounts(p);
    count_wrong(p, row);
    count_strays(p, row);
    judge_elements(r, row);
    free(p);
    return true;
}
