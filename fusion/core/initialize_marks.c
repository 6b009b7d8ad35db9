/*
 * A start from fiducials alone: where no receiver gives a position, two of them in one picture say where the
 * vehicle is and which way it stands. One does not as a point: seen from anywhere on a circle around it, it
 * looks the same, and so it does after any way driven. One whose face is seen to look somewhere, and is known
 * to look somewhere, does; nothing contradicts it when its number has been read wrong, so that three pictures
 * must agree. The vehicle is taken to be level, or at rest as the plumb line says.
 */
#include "fusion/core/core.h"
#include "fusion/core/initialize.h"
#include "fusion/inertial/inertial.h"
#include "fusion/motion/vehicle.h"
#include "fusion/sight/landmarks.h"

#include <math.h>

/* Two that lie nearer to each other than this, m, or give the heading worse than this, rad, say too little.
 */
static const double least_apart_m = 2.0, worst_heading_rad = 0.15;

/* What is seen of their distance, and of a third one, may be off by so many sigmas: beyond it a number has
 * been read wrong. */
static const double most_sigmas = 3.5;

/* Without wheels the velocity is that of a vehicle that rolls slowly or stands, or of none: m/s, one sigma.
 */
static const float known_speed_sigma = 0.5f, unknown_speed_sigma = 5.0f;

/* One alone must say the same in so many pictures, none later than this after the last one, s. A number that
 * is read wrong, or a reflection, is another one or none in the next picture. */
static const uint32_t pictures = 3;
static const double picture_gap_s = 1.0;

/* How well a tag hangs as its landmark says, and how level the vehicle is that sees it, rad, one sigma. Too
 * small: a tag on a ramp is not one; too large: the wrong tilt of two passes for upright. */
static const double hung_sigma = 0.0175, level_sigma = 0.05;

/* A vehicle turns no faster than this while it looks at one, rad/s: at 10 m/s with 5 m/s^2 across. */
static const double most_turn_radps = 0.5;

enum { MOST_MARKS = 16 };

/* A fiducial: as the vehicle sees it, forward, left, up of its origin, and where it is, east, north, up of
 * the first one; one sigma of both per axis. Where its face looks: from forward and from east to the left,
 * and one sigma of both; NAN: not known. */
typedef struct {
    double seen[3], at[3], sigma_m;
    uint64_t id;
    double facing_seen, facing_at, facing_sigma;
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

/* An upright tag's face looks level; one that does not is not upright, or its tilt was told wrong. */
static void see_facing(const source_run *s, const camera_landmark *seen, const landmark_settings *mark,
                       sighting *out)
{
    double az = (double)seen->facing_az_rad, el = (double)seen->facing_el_rad, normal[3] = {0.0},
           sigma = hypot((double)seen->sigma_facing_rad, hung_sigma);
    const double ray[3] = {cos(el) * cos(az), cos(el) * sin(az), sin(el)};
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++)
            normal[i] += (double)s->r_body_sensor[k][i] * ray[k];
    }
    out->facing_sigma = NAN;
    if (!(seen->sigma_facing_rad > 0.0f) || !(mark->facing_deg >= 0.0) ||
        !(fabs(asin(fmin(fmax(normal[2], -1.0), 1.0))) <= most_sigmas * hypot(sigma, level_sigma)))
        return;
    out->facing_seen = atan2(normal[1], normal[0]);
    out->facing_at = 1.5707963267948966 - mark->facing_deg * RADIANS_PER_DEGREE;
    out->facing_sigma =
        hypot(sigma / hypot(normal[0], normal[1]), s->set->of.camera.mount_sigma_deg * RADIANS_PER_DEGREE);
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
    out->id = seen->id;
    see_facing(s, seen, mark, out);
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
    double pivot[3], own_m; /* what an error of yaw turns the place about, as seen; what else sigma_m holds */
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
        out->pivot[i] = weight * a->seen[i] + (1.0 - weight) * b->seen[i];
        far2 += out->pivot[i] * out->pivot[i];
    }
    out->own_m = fmax(a->sigma_m, b->sigma_m);
    out->sigma_m = hypot(out->own_m, sqrt(far2) * out->yaw_sigma);
    return out->yaw_sigma <= worst_heading_rad;
}

/* The level pose that one of them gives whose face is seen. */
static bool from_facing(const sighting *a, level_pose *out)
{
    double there[3];
    if (!(a->facing_sigma <= worst_heading_rad))
        return false;
    out->yaw = a->facing_at - a->facing_seen;
    out->yaw_sigma = a->facing_sigma;
    turn_left(out->yaw, a->seen, there);
    for (int i = 0; i < 3; i++) {
        out->at[i] = a->at[i] - there[i];
        out->pivot[i] = a->seen[i];
    }
    out->own_m = a->sigma_m;
    out->sigma_m = hypot(a->sigma_m, hypot(a->seen[0], a->seen[1]) * out->yaw_sigma);
    return true;
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
        double turned = remainder(p->yaw + s->facing_seen - s->facing_at, 6.283185307179586);
        if (isfinite(s->facing_sigma) &&
            !(fabs(turned) <= most_sigmas * hypot(s->facing_sigma, p->yaw_sigma)))
            return false;
    }
    return true;
}

/* The pair that gives the heading best; `alone`: without one, the face that does. */
static bool solve(const sightings *all, level_pose *best, const sighting **alone)
{
    bool found = false;
    *alone = NULL;
    for (int i = 0; i < all->count; i++) {
        for (int k = i + 1; k < all->count; k++) {
            level_pose p;
            if (from_pair(&all->of[i], &all->of[k], &p) && (!found || p.yaw_sigma < best->yaw_sigma)) {
                *best = p;
                found = true;
            }
        }
    }
    for (int i = 0; !found && i < all->count; i++) {
        level_pose p;
        if (from_facing(&all->of[i], &p) && (!*alone || p.yaw_sigma < best->yaw_sigma)) {
            *best = p;
            *alone = &all->of[i];
        }
    }
    return (found || *alone) && all_fit(all, best);
}

/* One alone has said the same in enough pictures. It is compared as it was seen, from the vehicle: what that
 * may have changed by in the meantime is how far the vehicle can have come. */
static bool is_confirmed(fusion *c, const frame *in, const sighting *s)
{
    mark_alone *a = &c->start.alone;
    double age = a->count > 0 ? seconds_between(a->stamp_ns, in->stamp_ns) : 0.0;
    double speed = c->running ? filter_speed(&c->f) + 2.0 * (double)unknown_speed_sigma
                   : isfinite(c->start.speed_mps)
                       ? fabs((double)c->start.speed_mps) + (double)known_speed_sigma
                       : 2.0 * (double)unknown_speed_sigma;
    double turn = most_turn_radps * age, off2 = 0.0, far2 = 0.0;
    for (int k = 0; k < 3; k++) {
        off2 += (s->seen[k] - a->seen[k]) * (s->seen[k] - a->seen[k]);
        far2 += s->seen[k] * s->seen[k];
    }
    double room = most_sigmas * 1.7320508 * s->sigma_m + speed * age + turn * sqrt(far2);
    double turned = fabs(remainder(s->facing_seen - a->facing, 6.283185307179586));
    bool same = a->count > 0 && a->id == s->id && age <= picture_gap_s && off2 <= room * room &&
                turned <= most_sigmas * 1.4142136 * s->facing_sigma + turn;
    a->count = same ? a->count + 1 : 1;
    a->id = s->id;
    a->stamp_ns = in->stamp_ns;
    a->facing = s->facing_seen;
    for (int k = 0; k < 3; k++)
        a->seen[k] = s->seen[k];
    return a->count >= pictures;
}

/* What is known before the fiducials have been seen: the attitude but for its heading, and the speed forward.
 */
typedef struct {
    double q[4], speed_mps;
    float tilt_sigma, speed_sigma;
} before;

/* While there is no pose: level, or the plumb line at rest, and what the wheels say. */
static before nothing_before(const fusion *c, sightings *all, const level_pose *p)
{
    bool known = isfinite(c->start.speed_mps);
    before b = {.tilt_sigma = initialize_tilt_sigma(c),
                .speed_mps = known ? (double)c->start.speed_mps : 0.0,
                .speed_sigma = known ? known_speed_sigma : unknown_speed_sigma};
    initialize_attitude(c, 1.5707963267948966 - p->yaw, all->local, b.q);
    return b;
}

/* A pose whose heading is lost has its tilt and its speed: it is turned about the vertical. */
static before pose_before(const fusion *c, sightings *all, const level_pose *p)
{
    double r[3][3], turn[4], about[3], ahead[3], nose[3];
    vec3 v;
    const double x[3] = {1.0, 0.0, 0.0};
    float spread = 0.0f;
    before b = {.tilt_sigma = (float)(c->set.filter.tilt_sigma_deg * RADIANS_PER_DEGREE)};
    vehicle_rotation(&c->f, r);
    rows_mulv(r, x, ahead);
    rows_mulv(all->local, ahead, nose);
    for (int i = 0; i < 3; i++)
        about[i] = all->local[2][i] * remainder(p->yaw - atan2(nose[1], nose[0]), 6.283185307179586);
    quat_exp(about, turn);
    quat_mul(turn, c->f.q_b_ecef, b.q);
    vehicle_from_ecef(&c->f, c->f.velocity_ecef_mps, v);
    b.speed_mps = (double)v[0];
    for (int i = 0; i < 3; i++)
        spread = fmaxf(spread, covariance_at(&c->f.p, STATE_VELOCITY + i, STATE_VELOCITY + i));
    b.speed_sigma = fmaxf(known_speed_sigma, sqrtf(spread));
    return b;
}

/* An error of the heading turns the place about the fiducials, and the velocity with it: seen again they must
 * not make both surer than they are. `turned`: what a rad does to position and velocity, ECEF. */
static void couple_heading(fusion *c, const double turned[6], double heading_sigma)
{
    const double *up = c->f.r_enu_ecef[2], variance = heading_sigma * heading_sigma;
    for (int i = 0; i < 6; i++) {
        float *row = covariance_row(&c->f.p, i);
        for (int k = 0; k < 6; k++)
            row[k] += (float)(turned[i] * turned[k] * variance);
        for (int k = 0; k < 3; k++) {
            row[STATE_ATTITUDE + k] = (float)(turned[i] * up[k] * variance);
            covariance_row(&c->f.p, STATE_ATTITUDE + k)[i] = row[STATE_ATTITUDE + k];
        }
    }
}

static void place(fusion *c, const frame *in, sightings *all, const level_pose *p, const before *b)
{
    double at[3], v[3], r[3][3], lever[3], arm[3], turned[6];
    const double nav[3] = {(double)c->nav_point_m[0], (double)c->nav_point_m[1], (double)c->nav_point_m[2]};
    const double local_v[3] = {b->speed_mps * cos(p->yaw), b->speed_mps * sin(p->yaw), 0.0};
    const double from_pivot[3] = {nav[0] - p->pivot[0], nav[1] - p->pivot[1], 0.0};
    rows_mulv_transposed(all->local, p->at, at);
    rows_mulv_transposed(all->local, local_v, v);
    for (int i = 0; i < 3; i++)
        at[i] += all->origin[i];
    filter_place(&c->f, in->stamp_ns, at, v, b->q);
    vehicle_rotation(&c->f, r);
    rows_mulv(r, nav, lever);
    for (int i = 0; i < 3; i++)
        c->f.position_ecef_m[i] += lever[i];
    initialize_covariance(c, (float)(p->own_m * p->own_m), b->speed_sigma * b->speed_sigma,
                          b->tilt_sigma * b->tilt_sigma, (float)(p->yaw_sigma * p->yaw_sigma));
    turn_left(p->yaw, from_pivot, arm);
    const double place_turned[3] = {-arm[1], arm[0], 0.0}, way_turned[3] = {-local_v[1], local_v[0], 0.0};
    rows_mulv_transposed(all->local, place_turned, turned);
    rows_mulv_transposed(all->local, way_turned, turned + 3);
    couple_heading(c, turned, p->yaw_sigma);
    initialize_begin(c);
    core_placed(c, in->stamp_ns, true);
}

bool initialize_by_marks(fusion *c, source_run *s, const frame *in)
{
    sightings all;
    level_pose p;
    const sighting *alone;
    gather(c, s, in, &all);
    if (!solve(&all, &p, &alone) || (alone && !is_confirmed(c, in, alone)))
        return false;
    before b = c->running ? pose_before(c, &all, &p) : nothing_before(c, &all, &p);
    place(c, in, &all, &p, &b);
    c->start.alone.count = 0;
    if (c->inertial_source < 0)
        inertial_reset(c);
    s->tried_ns = s->fused_ns = in->stamp_ns;
    s->used++;
    verdict v = verdict_of(s, in, QUANTITY_FRAME);
    v.decision = DECISION_FUSED;
    v.weight = 1.0f;
    core_emit(c, &v);
    return true;
}
