#include "sim/motion_private.h"
#include "sim/vec.h"

#include <stdlib.h>

/* Knots of what the integral of the velocity lacks, which may only change slowly. */
static const double drift_knot_s = 2;
static const double most_gap_s = 1, least_s = 5;

struct sim_motion {
    sim_earth earth;
    int64_t begin_ns;
    size_t count;
    sim_motion_state *states;
};

/* A uniform cubic B-spline; knots beyond the ends repeat the last. */
static double spline(const double *knots, size_t stride, size_t count, double u)
{
    long i = (long)floor(u);
    double f = u - (double)i, g = 1 - f;
    const double w[4] = {g * g * g / 6, (3 * f * f * f - 6 * f * f + 4) / 6,
                         (3 * g * g * g - 6 * g * g + 4) / 6, f * f * f / 6};
    double sum = 0;
    for (int k = 0; k < 4; k++)
        sum += w[k] * knots[stride * motion_clamp(i - 1 + k, count)];
    return sum;
}

/* The longest stretch without a gap. */
static void find_stretch(const sim_record *r, size_t *from, size_t *count)
{
    size_t begin = 0;
    *from = *count = 0;
    for (size_t i = 1; i <= r->count; i++) {
        bool ends = i == r->count ||
                    !(motion_seconds(r->points[i].stamp_ns - r->points[i - 1].stamp_ns) <= most_gap_s &&
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

/* ---- position ---- */

static void velocity_at(const motion_maker *k, double t_s, double out[3])
{
    for (int j = 0; j < 3; j++)
        out[j] = spline(&k->velocity[0][j], 3, k->knots, t_s / MOTION_KNOT_S);
}

static void integrate(const motion_maker *k, sim_motion *m)
{
    const double step_s = motion_seconds(SIM_MOTION_STEP_NS);
    for (size_t i = 0; i < m->count; i++) {
        sim_motion_state *x = &m->states[i];
        double t_s = step_s * (double)i;
        velocity_at(k, t_s, x->velocity_mps);
        x->yaw_rad = spline(k->yaw, 1, k->knots, t_s / MOTION_KNOT_S);
        for (int j = 0; i > 0 && j < 3; j++)
            x->plane_m[j] = x[-1].plane_m[j] + step_s / 2 * (x[-1].velocity_mps[j] + x->velocity_mps[j]);
    }
}

/* Recorded position of the body origin less the integral at one place. */
static void lack(const motion_maker *k, const sim_motion *m, const motion_place *p, double out[3])
{
    const mount_settings *at = &k->record->mount;
    sim_motion_state x;
    sim_motion_at(m, p->t_s, &x);
    double c = cos(x.yaw_rad), s = sin(x.yaw_rad);
    const double lever[3] = {c * at->x_m - s * at->y_m, s * at->x_m + c * at->y_m, at->z_m};
    for (int j = 0; j < 3; j++)
        out[j] = p->at_m[j] - lever[j] - x.plane_m[j];
}

static bool find_drift(motion_maker *k, const sim_motion *m)
{
    double *weight = calloc(k->drift_knots, sizeof *weight), by[3];
    if (!weight)
        return false;
    for (size_t i = 0; i < k->count; i++) {
        double u = k->places[i].t_s / drift_knot_s;
        lack(k, m, &k->places[i], by);
        for (int side = 0; side < 2; side++) { /* a triangle over the knot before and that after */
            size_t knot = motion_clamp((long)floor(u) + side, k->drift_knots);
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
static void add_drift(const motion_maker *k, sim_motion *m)
{
    const double step_s = motion_seconds(SIM_MOTION_STEP_NS);
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

static bool make(motion_maker *k, sim_motion *m)
{
    double whole_s = k->places[k->count - 1].t_s;
    k->knots = (size_t)(whole_s / MOTION_KNOT_S) + 2;
    k->drift_knots = (size_t)(whole_s / drift_knot_s) + 2;
    m->count = (size_t)(whole_s / motion_seconds(SIM_MOTION_STEP_NS)) + 1;
    k->velocity = calloc(k->knots, sizeof *k->velocity);
    k->yaw = calloc(k->knots, sizeof *k->yaw);
    k->drift = calloc(k->drift_knots, sizeof *k->drift);
    m->states = calloc(m->count, sizeof *m->states);
    bool good = k->velocity && k->yaw && k->drift && m->states && motion_find_way(k);
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
    if (count < 2 || !(motion_seconds(points[count - 1].stamp_ns - points[0].stamp_ns) >= least_s)) {
        error_set(e, "no %.0f s of motion without a gap of more than %.0f s", least_s, most_gap_s);
        return NULL;
    }
    motion_maker k = {.record = r, .count = count, .places = calloc(count, sizeof *k.places)};
    sim_motion *m = calloc(1, sizeof *m);
    bool good = k.places && m;
    if (good) {
        m->begin_ns = points[0].stamp_ns;
        m->earth =
            sim_earth_at((geodetic){points[0].latitude_rad, points[0].longitude_rad, points[0].height_m});
        motion_take_places(&k, &m->earth, points);
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
    return motion_seconds(SIM_MOTION_STEP_NS) * (double)(m->count - 1);
}

double sim_motion_length_m(const sim_motion *m)
{
    double way_m = 0;
    for (size_t i = 0; i < m->count; i++) {
        const sim_motion_state *x = &m->states[i];
        double ahead = x->velocity_mps[0] * cos(x->yaw_rad) + x->velocity_mps[1] * sin(x->yaw_rad);
        way_m += fmax(ahead, 0) * motion_seconds(SIM_MOTION_STEP_NS);
    }
    return way_m;
}

bool sim_motion_at(const sim_motion *m, double t_s, sim_motion_state *out)
{
    double u = t_s / motion_seconds(SIM_MOTION_STEP_NS), last = (double)(m->count - 1);
    bool inside = u >= 0 && u <= last;
    u = fmin(fmax(u, 0), last);
    size_t i = (size_t)fmin(floor(u), last > 0 ? last - 1 : 0);
    double f = u - (double)i;
    const sim_motion_state *a = &m->states[i], *b = &m->states[motion_clamp((long)i + 1, m->count)];
    for (int j = 0; j < 3; j++) {
        out->plane_m[j] = a->plane_m[j] + f * (b->plane_m[j] - a->plane_m[j]);
        out->velocity_mps[j] = a->velocity_mps[j] + f * (b->velocity_mps[j] - a->velocity_mps[j]);
    }
    out->yaw_rad = a->yaw_rad + f * (b->yaw_rad - a->yaw_rad);
    return inside;
}
