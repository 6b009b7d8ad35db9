/*
 * A start from fiducials alone: where no receiver gives a position, two of them in one picture say where the
 * vehicle is and which way it stands. One does not: seen from anywhere on a circle around it, a point looks
 * the same. The vehicle is taken to be level, or at rest as the plumb line says.
 */
#include "fusion/core.h"
#include "fusion/geodesy.h"

#include <math.h>

/* Two that lie nearer to each other than this, m, or give the heading worse than this, rad, say too little.
 */
static const double least_apart_m = 2.0, worst_heading_rad = 0.15;

/* What is seen of their distance, and of a third one, may be off by so many sigmas: beyond it a number has
 * been read wrong. */
static const double most_sigmas = 3.5;

/* Without wheels the velocity is that of a vehicle that rolls slowly or stands, or of none: m/s, one sigma.
 */
static const double known_speed_sigma = 0.5, unknown_speed_sigma = 5.0;

enum { MOST_MARKS = 16 };

/* A fiducial: as the vehicle sees it, forward, left, up of its origin, and where it is, east, north, up of
 * the first one; one sigma of both per axis. */
typedef struct {
    double seen[3], at[3], sigma_m;
} sighting;

typedef struct {
    int count;
    sighting of[MOST_MARKS];
    double origin[3], local[3][3]; /* ECEF, and the axes there */
} sightings;

static const landmark_settings *find(const fusion *c, const source_run *s, const camera_landmark *seen)
{
    bool plain = seen->id && isfinite(seen->range_m) && !(seen->score < (float)s->set->of.camera.min_score);
    for (size_t i = 0; plain && i < c->set.landmark_count; i++) {
        if (c->set.landmarks[i].id == seen->id)
            return &c->set.landmarks[i];
    }
    return NULL;
}

static void see(const source_run *s, const camera_landmark *seen, const landmark_settings *mark,
                sighting *out)
{
    const mount_settings *m = &s->set->mount;
    const double az = (double)seen->azimuth_rad, el = (double)seen->elevation_rad,
                 range = (double)seen->range_m;
    const double ray[3] = {range * cos(el) * cos(az), range * cos(el) * sin(az), range * sin(el)};
    const double place[3] = {m->x_m, m->y_m, m->z_m};
    for (int i = 0; i < 3; i++) {
        out->seen[i] = place[i];
        for (int k = 0; k < 3; k++)
            out->seen[i] += (double)s->r_body_sensor[k][i] * ray[k];
    }
    double reach = isfinite(seen->sigma_range_m) ? (double)seen->sigma_range_m
                                                 : range * s->set->of.camera.range_sigma_fraction;
    double across = range * hypot((double)landmark_sigma(s, seen),
                                  s->set->of.camera.mount_sigma_deg * RADIANS_PER_DEGREE);
    out->sigma_m = hypot(fmax(reach, across), mark->sigma_m);
}

static void gather(const fusion *c, const source_run *s, const frame *in, sightings *all)
{
    all->count = 0;
    for (int i = 0; i < in->u.landmarks.count && all->count < MOST_MARKS; i++) {
        const camera_landmark *seen = &in->u.landmarks.landmarks[i];
        const landmark_settings *mark = find(c, s, seen);
        double ecef[3], latitude, longitude;
        if (!mark)
            continue;
        sighting *to = &all->of[all->count];
        latitude = mark->latitude_deg * RADIANS_PER_DEGREE;
        longitude = mark->longitude_deg * RADIANS_PER_DEGREE;
        geodetic_to_ecef(latitude, longitude, mark->height_m, ecef);
        if (all->count == 0) {
            enu_axes(latitude, longitude, all->local);
            for (int k = 0; k < 3; k++)
                all->origin[k] = ecef[k];
        }
        for (int k = 0; k < 3; k++)
            ecef[k] -= all->origin[k];
        rows_mulv(all->local, ecef, to->at);
        see(s, seen, mark, to);
        all->count++;
    }
}

/* The level pose that two of them give: place of the origin east, north, up, and yaw from east to the left.
 */
typedef struct {
    double at[3], yaw, sigma_m, yaw_sigma;
} level_pose;

static void turn_left(double yaw, const double v[3], double out[3])
{
    out[0] = cos(yaw) * v[0] - sin(yaw) * v[1];
    out[1] = sin(yaw) * v[0] + cos(yaw) * v[1];
    out[2] = v[2];
}

static bool from_pair(const sighting *a, const sighting *b, level_pose *out)
{
    double known[2] = {b->at[0] - a->at[0], b->at[1] - a->at[1]};
    double seen[2] = {b->seen[0] - a->seen[0], b->seen[1] - a->seen[1]};
    double apart = hypot(known[0], known[1]), sigma = hypot(a->sigma_m, b->sigma_m);
    if (!(apart >= least_apart_m) || !(fabs(apart - hypot(seen[0], seen[1])) <= most_sigmas * sigma))
        return false;
    out->yaw = atan2(known[1], known[0]) - atan2(seen[1], seen[0]);
    out->yaw_sigma = sigma / apart;
    double there[2][3], weight = b->sigma_m * b->sigma_m / (sigma * sigma), far2 = 0.0;
    turn_left(out->yaw, a->seen, there[0]);
    turn_left(out->yaw, b->seen, there[1]);
    for (int i = 0; i < 3; i++) {
        out->at[i] = weight * (a->at[i] - there[0][i]) + (1.0 - weight) * (b->at[i] - there[1][i]);
        double middle = weight * a->seen[i] + (1.0 - weight) * b->seen[i];
        far2 += middle * middle;
    }
    out->sigma_m = hypot(fmax(a->sigma_m, b->sigma_m), sqrt(far2) * out->yaw_sigma);
    return out->yaw_sigma <= worst_heading_rad;
}

/* Everything else that is seen fits. */
static bool all_fit(const sightings *all, const level_pose *p)
{
    for (int i = 0; i < all->count; i++) {
        const sighting *s = &all->of[i];
        double there[3], off2 = 0.0, sigma = hypot(s->sigma_m, p->sigma_m);
        turn_left(p->yaw, s->seen, there);
        for (int k = 0; k < 2; k++)
            off2 += (p->at[k] + there[k] - s->at[k]) * (p->at[k] + there[k] - s->at[k]);
        if (!(off2 <= most_sigmas * most_sigmas * 2.0 * sigma * sigma))
            return false;
    }
    return true;
}

/* The pair that gives the heading best. */
static bool solve(const sightings *all, level_pose *best)
{
    bool found = false;
    for (int i = 0; i < all->count; i++) {
        for (int k = i + 1; k < all->count; k++) {
            level_pose p;
            if (from_pair(&all->of[i], &all->of[k], &p) && (!found || p.yaw_sigma < best->yaw_sigma)) {
                *best = p;
                found = true;
            }
        }
    }
    return found && all_fit(all, best);
}

static void start(fusion *c, const frame *in, sightings *all, const level_pose *p)
{
    double at[3], q[4], v[3], r[3][3], lever[3];
    const double nav[3] = {(double)c->nav_point_m[0], (double)c->nav_point_m[1], (double)c->nav_point_m[2]};
    const double speed = isfinite(c->start.speed_mps) ? (double)c->start.speed_mps : 0.0;
    const double local_v[3] = {speed * cos(p->yaw), speed * sin(p->yaw), 0.0};
    const double sigma_v = isfinite(c->start.speed_mps) ? known_speed_sigma : unknown_speed_sigma;
    rows_mulv_transposed(all->local, p->at, at);
    rows_mulv_transposed(all->local, local_v, v);
    for (int i = 0; i < 3; i++)
        at[i] += all->origin[i];
    initialize_attitude(c, 1.5707963267948966 - p->yaw, all->local, q);
    filter_place(&c->f, in->stamp_ns, at, v, q);
    vehicle_rotation(&c->f, r);
    rows_mulv(r, nav, lever);
    for (int i = 0; i < 3; i++)
        c->f.position_ecef_m[i] += lever[i];
    float tilt = initialize_tilt_sigma(c);
    initialize_covariance(c, (float)(p->sigma_m * p->sigma_m), (float)(sigma_v * sigma_v), tilt * tilt,
                          (float)(p->yaw_sigma * p->yaw_sigma));
    initialize_begin(c);
    c->absolute_ns = in->stamp_ns;
    c->since_absolute_m = 0.0;
}

bool initialize_by_marks(fusion *c, source_run *s, const frame *in)
{
    sightings all;
    level_pose p;
    gather(c, s, in, &all);
    if (all.count < 2 || !solve(&all, &p))
        return false;
    start(c, in, &all, &p);
    s->tried_ns = s->fused_ns = in->stamp_ns;
    s->used++;
    verdict v = verdict_of(s, in, QUANTITY_FRAME);
    v.decision = DECISION_FUSED;
    v.weight = 1.0f;
    core_emit(c, &v);
    return true;
}
