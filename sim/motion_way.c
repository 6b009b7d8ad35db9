/* The way of a recorded vehicle: velocity and direction at each knot, out of the reference points. */
#include "sim/motion_private.h"
#include "sim/vec.h"

#include <stdlib.h>
#include <string.h>

/* Slower than this for two knots it stands; a reference wobbles as much. */
static const double stands_mps = 0.15;
/* Below the first speed the recorded heading counts, above the second the course. */
static const double heading_mps = 1, course_mps = 3;

/* ---- the reference in the plane ---- */

static void to_plane(const sim_earth *e, const geodetic *at, const float enu[3], double plane[3])
{
    static const double unit[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    for (int i = 0; i < 3; i++) {
        double column[3]; /* axis i of the plane, in local axes */
        earth_local(e, at, unit[i], column);
        plane[i] = column[0] * (double)enu[0] + column[1] * (double)enu[1] + column[2] * (double)enu[2];
    }
}

/* Velocities that the reference does not bring, out of its positions. */
static void differentiate(motion_maker *k)
{
    for (size_t i = 0; i < k->count; i++) {
        size_t a = i, b = i;
        if (isfinite(k->places[i].velocity_mps[0]))
            continue;
        while (a > 0 && k->places[i].t_s - k->places[a].t_s < MOTION_KNOT_S)
            a--;
        while (b + 1 < k->count && k->places[b].t_s - k->places[i].t_s < MOTION_KNOT_S)
            b++;
        for (int j = 0; j < 3; j++)
            k->places[i].velocity_mps[j] =
                (k->places[b].at_m[j] - k->places[a].at_m[j]) / (k->places[b].t_s - k->places[a].t_s);
    }
}

void motion_take_places(motion_maker *k, const sim_earth *e, const truth_point *points)
{
    for (size_t i = 0; i < k->count; i++) {
        const truth_point *t = &points[i];
        const geodetic at = {t->latitude_rad, t->longitude_rad, t->height_m};
        motion_place *p = &k->places[i];
        p->t_s = motion_seconds(t->stamp_ns - points[0].stamp_ns);
        earth_plane(e, &at, p->at_m);
        to_plane(e, &at, t->velocity_enu_mps, p->velocity_mps);
        p->yaw_rad = PI / 2 - (double)t->heading_rad - radians(k->record->mount.yaw_deg);
    }
    differentiate(k);
}

/* ---- direction ---- */

/* The place before t_s; moves on from *at. */
static const motion_place *place_before(const motion_maker *k, size_t *at, double t_s)
{
    while (*at + 2 < k->count && k->places[*at + 1].t_s <= t_s)
        ++*at;
    return &k->places[*at];
}

/* Mean of the velocity over the time of a knot (a triangle), or between two points where it holds none. */
static void knot_velocity(const motion_maker *k, size_t *from, double t_s, double out[3])
{
    double weight = 0, sum[3] = {0};
    while (*from < k->count && k->places[*from].t_s <= t_s - MOTION_KNOT_S)
        ++*from;
    for (size_t i = *from; i < k->count && k->places[i].t_s < t_s + MOTION_KNOT_S; i++) {
        double w = 1 - fabs(k->places[i].t_s - t_s) / MOTION_KNOT_S;
        weight += w;
        for (int j = 0; j < 3; j++)
            sum[j] += w * k->places[i].velocity_mps[j];
    }
    size_t at = *from > 0 ? *from - 1 : 0;
    if (at + 2 > k->count) /* the last knot lies beyond the last point */
        at = k->count - 2;
    const motion_place *a = place_before(k, &at, t_s), *b = a + 1;
    double f = fmin(fmax((t_s - a->t_s) / (b->t_s - a->t_s), 0), 1);
    for (int j = 0; j < 3; j++)
        out[j] = weight > 0.5 ? sum[j] / weight
                              : a->velocity_mps[j] + f * (b->velocity_mps[j] - a->velocity_mps[j]);
}

static double speed_of(const double v[3])
{
    return hypot(v[0], v[1]);
}

/* The recorded heading at each knot less its constant error, which is that of its mount; NAN: not known. */
static void take_headings(const motion_maker *k, const double *course, double *heading)
{
    double sum_sine = 0, sum_cosine = 0;
    size_t at = 0;
    for (size_t i = 0; i < k->knots; i++) {
        const motion_place *a = place_before(k, &at, MOTION_KNOT_S * (double)i);
        double f = (MOTION_KNOT_S * (double)i - a->t_s) / (a[1].t_s - a->t_s);
        heading[i] = a->yaw_rad + fmin(fmax(f, 0), 1) * remainder(a[1].yaw_rad - a->yaw_rad, 2 * PI);
        if (isfinite(heading[i]) && isfinite(course[i]) && speed_of(k->velocity[i]) > course_mps &&
            cos(course[i] - heading[i]) > 0.9) { /* and not backwards */
            sum_sine += sin(course[i] - heading[i]);
            sum_cosine += cos(course[i] - heading[i]);
        }
    }
    double off = sum_cosine > 0 ? atan2(sum_sine, sum_cosine) : 0;
    for (size_t i = 0; i < k->knots; i++)
        heading[i] += off;
}

/* Course of each knot; NAN where it is too slow for one. */
static void take_courses(const motion_maker *k, double *course)
{
    for (size_t i = 0; i < k->knots; i++)
        course[i] =
            speed_of(k->velocity[i]) > heading_mps ? atan2(k->velocity[i][1], k->velocity[i][0]) : NAN;
}

/* Where nothing is known, a straight line between what is; before the first and after the last, that. */
static bool fill_gaps(double *yaw, size_t count)
{
    size_t known = count;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(yaw[i]))
            continue;
        bool first = known == count;
        size_t from = first ? 0 : known;
        double begin = first ? yaw[i] : yaw[known], turn = remainder(yaw[i] - begin, 2 * PI);
        for (size_t j = from; j <= i; j++)
            yaw[j] = begin + (i > from ? turn * (double)(j - from) / (double)(i - from) : 0);
        known = i;
    }
    for (size_t j = known + 1; j < count; j++)
        yaw[j] = yaw[known];
    return known < count;
}

static void find_yaw(const motion_maker *k, const double *course, const double *heading, const double *rate)
{
    for (size_t i = 0; i < k->knots; i++) {
        double v = speed_of(k->velocity[i]), slip = k->record->slip_rad_per_mps2 * v * (rate ? rate[i] : 0);
        bool backwards = isfinite(heading[i]) && cos(course[i] - heading[i]) < 0;
        double moving = course[i] + (backwards ? PI - slip : slip);
        double share = fmin(fmax((v - heading_mps) / (course_mps - heading_mps), 0), 1);
        if (!isfinite(course[i]) || (!rate && isfinite(heading[i]))) /* the lever bends the course */
            k->yaw[i] = heading[i];
        else if (!isfinite(heading[i]))
            k->yaw[i] = moving;
        else
            k->yaw[i] = heading[i] + share * remainder(moving - heading[i], 2 * PI);
    }
    if (!fill_gaps(k->yaw, k->knots))
        memset(k->yaw, 0, k->knots * sizeof *k->yaw); /* never moved, and nobody knows */
}

static void find_rates(const motion_maker *k, double *rate)
{
    for (size_t i = 0; i < k->knots; i++) {
        size_t a = motion_clamp((long)i - 2, k->knots), b = motion_clamp((long)i + 2, k->knots);
        rate[i] = (k->yaw[b] - k->yaw[a]) / (MOTION_KNOT_S * (double)(b - a));
    }
}

/* From the reference to the body origin: v - w x lever. */
static void move_velocities(motion_maker *k, const double *rate)
{
    const mount_settings *at = &k->record->mount;
    for (size_t i = 0; i < k->knots; i++) {
        double c = cos(k->yaw[i]), s = sin(k->yaw[i]);
        k->velocity[i][0] += rate[i] * (s * at->x_m + c * at->y_m);
        k->velocity[i][1] -= rate[i] * (c * at->x_m - s * at->y_m);
    }
}

/* A reference wobbles where the vehicle stands. */
static void stand_still(motion_maker *k)
{
    bool before = speed_of(k->velocity[0]) < stands_mps;
    for (size_t i = 0; i < k->knots; i++) {
        bool now = speed_of(k->velocity[i]) < stands_mps;
        bool after = i + 1 == k->knots || speed_of(k->velocity[i + 1]) < stands_mps;
        if (before && now && after)
            memset(k->velocity[i], 0, sizeof k->velocity[i]);
        before = now;
    }
}

bool motion_find_way(motion_maker *k)
{
    double *room = calloc(3 * k->knots, sizeof *room);
    if (!room)
        return false;
    double *course = room, *heading = room + k->knots, *rate = heading + k->knots;
    size_t at = 0;
    for (size_t i = 0; i < k->knots; i++)
        knot_velocity(k, &at, MOTION_KNOT_S * (double)i, k->velocity[i]);
    take_courses(k, course);
    take_headings(k, course, heading);
    find_yaw(k, course, heading, NULL);
    find_rates(k, rate);
    move_velocities(k, rate);
    take_courses(k, course);
    take_headings(k, course, heading);
    find_yaw(k, course, heading, rate);
    stand_still(k);
    free(room);
    return true;
}
