#include "sim/motion.h"

#include "sim/vec.h"

#include <stdlib.h>
#include <string.h>

/* Knots of velocity and direction: 0.1 s keeps what a driver does and takes off the reference's noise; those
 * of what the integral of the velocity lacks, which may only change slowly. */
static const double knot_s = 0.1, drift_knot_s = 2;
static const double most_gap_s = 1, least_s = 5;
/* Slower than this for two knots it stands; a reference wobbles as much. */
static const double stands_mps = 0.15;
/* Below the first speed the recorded heading counts, above the second the course. */
static const double heading_mps = 1, course_mps = 3;

/* One reference point in the plane; the velocity is that of the point. */
typedef struct {
    double t_s, at_m[3], velocity_mps[3], yaw_rad; /* NAN: unknown */
} place;

typedef struct {
    const sim_record *record;
    place *places;
    size_t count;
    size_t knots, drift_knots;
    double (*velocity)[3]; /* by knot, of the body origin */
    double *yaw;           /* by knot */
    double (*drift)[3];    /* by drift knot */
} maker;

struct sim_motion {
    sim_earth earth;
    int64_t begin_ns;
    size_t count;
    sim_motion_state *states;
};

/* ---- splines: uniform cubic B-splines; knots beyond the ends repeat the last ---- */

static size_t clamp_index(long i, size_t count)
{
    return i < 0 ? 0 : i >= (long)count ? count - 1 : (size_t)i;
}

static double spline(const double *knots, size_t stride, size_t count, double u)
{
    long i = (long)floor(u);
    double f = u - (double)i, g = 1 - f;
    const double w[4] = {g * g * g / 6, (3 * f * f * f - 6 * f * f + 4) / 6,
                         (3 * g * g * g - 6 * g * g + 4) / 6, f * f * f / 6};
    double sum = 0;
    for (int k = 0; k < 4; k++)
        sum += w[k] * knots[stride * clamp_index(i - 1 + k, count)];
    return sum;
}

/* ---- the reference in the plane ---- */

static double seconds(int64_t ns)
{
    return 1e-9 * (double)ns;
}

/* The longest stretch without a gap. */
static void find_stretch(const sim_record *r, size_t *from, size_t *count)
{
    size_t begin = 0;
    *from = *count = 0;
    for (size_t i = 1; i <= r->count; i++) {
        bool ends =
            i == r->count || !(seconds(r->points[i].stamp_ns - r->points[i - 1].stamp_ns) <= most_gap_s &&
                               r->points[i].stamp_ns > r->points[i - 1].stamp_ns);
        if (!ends)
            continue;
        if (i - begin > *count) {
            *from = begin;
            *count = i - begin;
        }
        begin = i;
    }
}

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
static void differentiate(maker *k)
{
    for (size_t i = 0; i < k->count; i++) {
        size_t a = i, b = i;
        if (isfinite(k->places[i].velocity_mps[0]))
            continue;
        while (a > 0 && k->places[i].t_s - k->places[a].t_s < knot_s)
            a--;
        while (b + 1 < k->count && k->places[b].t_s - k->places[i].t_s < knot_s)
            b++;
        for (int j = 0; j < 3; j++)
            k->places[i].velocity_mps[j] =
                (k->places[b].at_m[j] - k->places[a].at_m[j]) / (k->places[b].t_s - k->places[a].t_s);
    }
}

static void take_places(maker *k, const sim_earth *e, const truth_point *points)
{
    for (size_t i = 0; i < k->count; i++) {
        const truth_point *t = &points[i];
        const geodetic at = {t->latitude_rad, t->longitude_rad, t->height_m};
        place *p = &k->places[i];
        p->t_s = seconds(t->stamp_ns - points[0].stamp_ns);
        earth_plane(e, &at, p->at_m);
        to_plane(e, &at, t->velocity_enu_mps, p->velocity_mps);
        p->yaw_rad = PI / 2 - (double)t->heading_rad - radians(k->record->mount.yaw_deg);
    }
    differentiate(k);
}

/* ---- direction ---- */

/* The place before t_s; moves on from *at. */
static const place *place_before(const maker *k, size_t *at, double t_s)
{
    while (*at + 2 < k->count && k->places[*at + 1].t_s <= t_s)
        ++*at;
    return &k->places[*at];
}

/* Mean of the velocity over the time of a knot (a triangle), or between two points where it holds none. */
static void knot_velocity(const maker *k, size_t *from, double t_s, double out[3])
{
    double weight = 0, sum[3] = {0};
    while (*from < k->count && k->places[*from].t_s <= t_s - knot_s)
        ++*from;
    for (size_t i = *from; i < k->count && k->places[i].t_s < t_s + knot_s; i++) {
        double w = 1 - fabs(k->places[i].t_s - t_s) / knot_s;
        weight += w;
        for (int j = 0; j < 3; j++)
            sum[j] += w * k->places[i].velocity_mps[j];
    }
    size_t at = *from > 0 ? *from - 1 : 0;
    const place *a = place_before(k, &at, t_s), *b = a + 1;
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
static void take_headings(const maker *k, const double *course, double *heading)
{
    double sum_sine = 0, sum_cosine = 0;
    size_t at = 0;
    for (size_t i = 0; i < k->knots; i++) {
        const place *a = place_before(k, &at, knot_s * (double)i);
        double f = (knot_s * (double)i - a->t_s) / (a[1].t_s - a->t_s);
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
static void take_courses(const maker *k, double *course)
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

static void find_yaw(const maker *k, const double *course, const double *heading, const double *rate)
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

static void find_rates(const maker *k, double *rate)
{
    for (size_t i = 0; i < k->knots; i++) {
        size_t a = clamp_index((long)i - 2, k->knots), b = clamp_index((long)i + 2, k->knots);
        rate[i] = (k->yaw[b] - k->yaw[a]) / (knot_s * (double)(b - a));
    }
}

/* From the reference to the body origin: v - w x lever. */
static void move_velocities(maker *k, const double *rate)
{
    const mount_settings *at = &k->record->mount;
    for (size_t i = 0; i < k->knots; i++) {
        double c = cos(k->yaw[i]), s = sin(k->yaw[i]);
        k->velocity[i][0] += rate[i] * (s * at->x_m + c * at->y_m);
        k->velocity[i][1] -= rate[i] * (c * at->x_m - s * at->y_m);
    }
}

/* A reference wobbles where the vehicle stands. */
static void stand_still(maker *k)
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

static bool find_directions(maker *k)
{
    double *room = calloc(3 * k->knots, sizeof *room);
    if (!room)
        return false;
    double *course = room, *heading = room + k->knots, *rate = heading + k->knots;
    size_t at = 0;
    for (size_t i = 0; i < k->knots; i++)
        knot_velocity(k, &at, knot_s * (double)i, k->velocity[i]);
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

/* ---- position ---- */

static void velocity_at(const maker *k, double t_s, double out[3])
{
    for (int j = 0; j < 3; j++)
        out[j] = spline(&k->velocity[0][j], 3, k->knots, t_s / knot_s);
}

static void integrate(const maker *k, sim_motion *m)
{
    const double step_s = seconds(SIM_MOTION_STEP_NS);
    for (size_t i = 0; i < m->count; i++) {
        sim_motion_state *x = &m->states[i];
        double t_s = step_s * (double)i;
        velocity_at(k, t_s, x->velocity_mps);
        x->yaw_rad = spline(k->yaw, 1, k->knots, t_s / knot_s);
        for (int j = 0; i > 0 && j < 3; j++)
            x->plane_m[j] = x[-1].plane_m[j] + step_s / 2 * (x[-1].velocity_mps[j] + x->velocity_mps[j]);
    }
}

/* Recorded position of the body origin less the integral at one place. */
static void lack(const maker *k, const sim_motion *m, const place *p, double out[3])
{
    const mount_settings *at = &k->record->mount;
    sim_motion_state x;
    sim_motion_at(m, p->t_s, &x);
    double c = cos(x.yaw_rad), s = sin(x.yaw_rad);
    const double lever[3] = {c * at->x_m - s * at->y_m, s * at->x_m + c * at->y_m, at->z_m};
    for (int j = 0; j < 3; j++)
        out[j] = p->at_m[j] - lever[j] - x.plane_m[j];
}

static bool find_drift(maker *k, const sim_motion *m)
{
    double *weight = calloc(k->drift_knots, sizeof *weight), by[3];
    if (!weight)
        return false;
    for (size_t i = 0; i < k->count; i++) {
        double u = k->places[i].t_s / drift_knot_s;
        lack(k, m, &k->places[i], by);
        for (int side = 0; side < 2; side++) { /* a triangle over the knot before and that after */
            size_t knot = clamp_index((long)floor(u) + side, k->drift_knots);
            double w = side == 0 ? 1 - (u - floor(u)) : u - floor(u);
            weight[knot] += w;
            for (int j = 0; j < 3; j++)
                k->drift[knot][j] += w * by[j];
        }
    }
    for (size_t i = 0; i < k->drift_knots; i++)
        for (int j = 0; j < 3; j++)
            k->drift[i][j] = weight[i] > 0 ? k->drift[i][j] / weight[i] : i > 0 ? k->drift[i - 1][j] : 0;
    free(weight);
    return true;
}

/* Positions get the drift, and velocities what makes them their derivative again: with v' = v + c, where the
 * mean of c over a step is the drift's change. */
static void add_drift(const maker *k, sim_motion *m)
{
    const double step_s = seconds(SIM_MOTION_STEP_NS);
    double before[3];
    for (size_t i = 0; i < m->count; i++) {
        sim_motion_state *x = &m->states[i];
        for (int j = 0; j < 3; j++) {
            double u = step_s * (double)i / drift_knot_s, h = 0.05;
            double d = spline(&k->drift[0][j], 3, k->drift_knots, u);
            double slope = (spline(&k->drift[0][j], 3, k->drift_knots, u + h) -
                            spline(&k->drift[0][j], 3, k->drift_knots, u - h)) /
                           (2 * h * drift_knot_s);
            x->velocity_mps[j] += slope;
            x->plane_m[j] = i == 0 ? d : x[-1].plane_m[j] + step_s / 2 * (before[j] + x->velocity_mps[j]);
            before[j] = x->velocity_mps[j];
        }
    }
}

static bool make(maker *k, sim_motion *m)
{
    double whole_s = k->places[k->count - 1].t_s;
    k->knots = (size_t)(whole_s / knot_s) + 2;
    k->drift_knots = (size_t)(whole_s / drift_knot_s) + 2;
    m->count = (size_t)(whole_s / seconds(SIM_MOTION_STEP_NS)) + 1;
    k->velocity = calloc(k->knots, sizeof *k->velocity);
    k->yaw = calloc(k->knots, sizeof *k->yaw);
    k->drift = calloc(k->drift_knots, sizeof *k->drift);
    m->states = calloc(m->count, sizeof *m->states);
    bool good = k->velocity && k->yaw && k->drift && m->states && find_directions(k);
    if (good)
        integrate(k, m);
    good = good && find_drift(k, m);
    if (good)
        add_drift(k, m);
    free(k->velocity);
    free(k->yaw);
    free(k->drift);
    return good;
}

sim_motion *sim_motion_create(const sim_record *r, error *e)
{
    size_t from, count;
    find_stretch(r, &from, &count);
    const truth_point *points = &r->points[from];
    if (count < 2 || !(seconds(points[count - 1].stamp_ns - points[0].stamp_ns) >= least_s)) {
        error_set(e, "no %.0f s of motion without a gap of more than %.0f s", least_s, most_gap_s);
        return NULL;
    }
    maker k = {.record = r, .count = count, .places = calloc(count, sizeof *k.places)};
    sim_motion *m = calloc(1, sizeof *m);
    bool good = k.places && m;
    if (good) {
        m->begin_ns = points[0].stamp_ns;
        m->earth =
            sim_earth_at((geodetic){points[0].latitude_rad, points[0].longitude_rad, points[0].height_m});
        take_places(&k, &m->earth, points);
        good = make(&k, m);
    }
    free(k.places);
    if (good)
        return m;
    error_set(e, "out of memory");
    sim_motion_destroy(m);
    return NULL;
}

void sim_motion_destroy(sim_motion *m)
{
    if (!m)
        return;
    free(m->states);
    free(m);
}

const sim_earth *sim_motion_earth(const sim_motion *m)
{
    return &m->earth;
}

int64_t sim_motion_begin_ns(const sim_motion *m)
{
    return m->begin_ns;
}

size_t sim_motion_count(const sim_motion *m)
{
    return m->count;
}

const sim_motion_state *sim_motion_states(const sim_motion *m)
{
    return m->states;
}

double sim_motion_duration_s(const sim_motion *m)
{
    return seconds(SIM_MOTION_STEP_NS) * (double)(m->count - 1);
}

double sim_motion_length_m(const sim_motion *m)
{
    double way_m = 0;
    for (size_t i = 0; i < m->count; i++) {
        const sim_motion_state *x = &m->states[i];
        double ahead = x->velocity_mps[0] * cos(x->yaw_rad) + x->velocity_mps[1] * sin(x->yaw_rad);
        way_m += fmax(ahead, 0) * seconds(SIM_MOTION_STEP_NS);
    }
    return way_m;
}

bool sim_motion_at(const sim_motion *m, double t_s, sim_motion_state *out)
{
    double u = t_s / seconds(SIM_MOTION_STEP_NS), last = (double)(m->count - 1);
    bool inside = u >= 0 && u <= last;
    u = fmin(fmax(u, 0), last);
    size_t i = (size_t)fmin(floor(u), last > 0 ? last - 1 : 0);
    double f = u - (double)i;
    const sim_motion_state *a = &m->states[i], *b = &m->states[clamp_index((long)i + 1, m->count)];
    for (int j = 0; j < 3; j++) {
        out->plane_m[j] = a->plane_m[j] + f * (b->plane_m[j] - a->plane_m[j]);
        out->velocity_mps[j] = a->velocity_mps[j] + f * (b->velocity_mps[j] - a->velocity_mps[j]);
    }
    out->yaw_rad = a->yaw_rad + f * (b->yaw_rad - a->yaw_rad);
    return inside;
}
