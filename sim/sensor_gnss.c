/*
 * A GNSS receiver: where the antenna is, with errors that last, reflections, outages, and claims that do not
 * always say so.
 *
 * Errors and offsets are in the plane's axes: over the length of a drive they differ from the local east and
 * north by less than an angle of 0.01.
 */
#include "sim/gnss_reception.h"
#include "sim/sensor.h"
#include "sim/vec.h"

typedef struct {
    const sim_sensor_settings *set;
    rng random;
    sim_link link;
    sim_mount mount;
    int64_t sampled_ns;
    gnss_reception reception;
    double sigma_m;                           /* slow error of this drive */
    double claim;                             /* claimed over true */
    double velocity_lag_s, velocity_smooth_s; /* of this drive */
    double smoothed_mps[3];                   /* what its filter makes of the true one */
    int64_t smoothed_ns;                      /* INT64_MIN: nothing yet */
    drift code[3], carrier[3], velocity[3], claim_noise, satellites; /* of sigma 1 */
    double claimed_m, claimed_mps;                                   /* follow with a lag */
    frame out;
} gnss;

/* The slow part of the velocity error over its white part, and how long it lasts. Assumed: half of what
 * filters in the receiver leave, over the time of a multipath pattern at town speed. */
static const double velocity_slow = 0.5, velocity_tau_s = 15;
/* Doppler under reflections: worse than the sky's factor by this. */
static const double velocity_in_reflection = 4;
/* The accuracy estimate of a receiver is smoothed, and breathes. */
static const double claim_tau_s = 1, claim_spread = 0.08, claim_spread_tau_s = 10;
/* Steps of UBX-NAV-PVT, and of its high-precision sister: 1e-7 deg and 1 mm; 1e-9 deg and 0.1 mm. */
static const double step_deg = 1e-7, step_fine_deg = 1e-9, step_m = 1e-3, step_fine_m = 1e-4;
/* That of headMot in the same message. */
static const double step_course_deg = 1e-5;

static void start(void *self, const sim_sensor_settings *set, const sim_moment *first, rng random)
{
    gnss *g = self;
    const sim_gnss_errors *e = &set->of.gnss;
    rng *r = &g->random;
    g->set = set;
    g->random = random;
    g->mount = sim_mount_draw(set, r);
    g->sampled_ns = first->stamp_ns;
    g->sigma_m = rng_between(r, e->open_least_m, e->open_most_m);
    g->claim = rng_between(r, e->claim_least, e->claim_most);
    double filters = rng_between(r, 0.6, 1.4);
    g->velocity_lag_s = e->velocity_lag_s * filters;
    g->velocity_smooth_s = e->velocity_smooth_s * filters;
    g->smoothed_ns = INT64_MIN;
    double tau_s = rng_between(r, e->open_tau_least_s, e->open_tau_most_s);
    for (int i = 0; i < 3; i++) {
        g->code[i] = drift_start(r, 1, tau_s);
        g->carrier[i] = drift_start(r, 1, tau_s);
        g->velocity[i] = drift_start(r, 1, velocity_tau_s);
    }
    g->claim_noise = drift_start(r, 1, claim_spread_tau_s);
    g->satellites = drift_start(r, 1, 60);
    gnss_reception_start(&g->reception, e, first->road.sky, r);
}

/* One sigma of the errors that last and of those that do not, per horizontal axis. */
typedef struct {
    double slow_m, white_m;
} spread;

static spread spread_of(const gnss *g)
{
    const sim_gnss_errors *e = &g->set->of.gnss;
    double factor = g->reception.factor;
    switch (g->reception.solution) {
    case SOLUTION_FIXED:
        return (spread){e->rtk_m * factor, e->rtk_m * factor};
    case SOLUTION_FLOAT:
        return (spread){e->float_m * factor, 2 * e->rtk_m * factor};
    default:
        return (spread){g->sigma_m * factor, e->white_m * factor};
    }
}

static void move(gnss *g, const sim_moment *m)
{
    double step_s = (double)(m->stamp_ns - g->sampled_ns) * 1e-9;
    g->sampled_ns = m->stamp_ns;
    gnss_reception_next(&g->reception, &g->set->of.gnss, m->road.sky, step_s, &g->random);
    for (int i = 0; i < 3; i++) {
        drift_next(&g->code[i], &g->random, step_s);
        drift_next(&g->carrier[i], &g->random, step_s);
        drift_next(&g->velocity[i], &g->random, step_s);
    }
    drift_next(&g->claim_noise, &g->random, step_s);
    drift_next(&g->satellites, &g->random, step_s);
}

static void displace(gnss *g, double at_m[3])
{
    spread s = spread_of(g);
    const drift *slow = g->reception.solution == SOLUTION_FIXED ? g->carrier : g->code;
    for (int i = 0; i < 3; i++) {
        double vertical = i == 2 ? g->set->of.gnss.vertical_factor : 1;
        at_m[i] += g->reception.offset_m[i] + vertical * s.slow_m * slow[i].value +
                   rng_normal(&g->random, vertical * s.white_m);
    }
}

/* White part of the velocity error, one sigma per horizontal axis. */
static double velocity_spread(const gnss *g)
{
    double worse = g->reception.reflection_m > 0 ? velocity_in_reflection : 1;
    return g->set->of.gnss.velocity_mps * g->reception.factor * worse;
}

/* First order from fix to fix; at a constant acceleration it is late by the time constant, however far apart
 * fixes are. */
static void smooth(gnss *g, int64_t stamp_ns, double v_mps[3])
{
    double step_s = g->smoothed_ns == INT64_MIN ? INFINITY : (double)(stamp_ns - g->smoothed_ns) * 1e-9;
    double keep = isfinite(step_s) ? g->velocity_smooth_s / (g->velocity_smooth_s + step_s) : 0;
    g->smoothed_ns = stamp_ns;
    for (int i = 0; i < 3; i++)
        v_mps[i] = g->smoothed_mps[i] = keep * g->smoothed_mps[i] + (1 - keep) * v_mps[i];
}

static void fill_velocity(gnss *g, const sim_moment *m, const double true_mps[3], const geodetic *at,
                          frame_gnss *f)
{
    double v[3] = {true_mps[0], true_mps[1], true_mps[2]}, enu[3], sigma = velocity_spread(g);
    if (g->velocity_smooth_s > 0)
        smooth(g, m->stamp_ns, v);
    for (int i = 0; i < 3; i++) {
        double vertical = i == 2 ? g->set->of.gnss.vertical_factor : 1;
        v[i] = v[i] - g->velocity_lag_s * m->now->accel_mps2[i] +
               vertical * sigma * velocity_slow * g->velocity[i].value +
               rng_normal(&g->random, vertical * sigma);
    }
    earth_local(sim_world_earth(m->world), at, v, enu);
    for (int i = 0; i < 3; i++)
        f->velocity_enu_mps[i] = (float)sim_round(enu[i], step_m);
    if (g->set->of.gnss.vector >= 0.5)
        return;
    double course = atan2(enu[0], enu[1]);
    f->speed_mps = (float)sim_round(hypot(enu[0], enu[1]), step_m);
    f->course_rad = (float)sim_round(course < 0 ? course + 2 * PI : course, radians(step_course_deg));
    for (int i = 0; i < 3; i++)
        f->velocity_enu_mps[i] = NAN;
}

/* What the receiver believes. Of a reflection it sees the share claim_canyon, of a wrong fix nothing. */
static void fill_claims(gnss *g, double step_s, bool first, frame_gnss *f)
{
    const sim_gnss_errors *e = &g->set->of.gnss;
    spread s = spread_of(g);
    double claim = g->claim * fmax(1 + claim_spread * g->claim_noise.value, 0.5);
    double now_m = claim * hypot(s.slow_m, s.white_m);
    if (g->reception.reflection_m > 0)
        now_m = e->claim_canyon * hypot(hypot(s.slow_m, s.white_m), g->reception.reflection_m);
    double now_mps = claim * velocity_spread(g) * hypot(1, velocity_slow);
    double keep = first ? 0 : exp(-step_s / claim_tau_s);
    g->claimed_m = keep * g->claimed_m + (1 - keep) * now_m;
    g->claimed_mps = keep * g->claimed_mps + (1 - keep) * now_mps;
    if (e->claims < 0.5) {
        f->h_acc_m = f->v_acc_m = f->speed_acc_mps = NAN;
        return;
    }
    f->h_acc_m = (float)fmax(sim_round(g->claimed_m, step_m), step_m);
    f->v_acc_m = (float)fmax(sim_round(e->vertical_factor * g->claimed_m, step_m), step_m);
    f->speed_acc_mps = (float)fmax(sim_round(g->claimed_mps, step_m), step_m);
}

/* About 24 satellites of four systems are used under an open sky; reflections do not take them away. */
static void fill_sky(const gnss *g, sim_sky sky, frame_gnss *f)
{
    static const double used[SKY_COUNT] = {
        [SKY_OPEN] = 24, [SKY_TREES] = 18, [SKY_CANYON] = 10, [SKY_TUNNEL] = 6};
    double n = used[sky] / sqrt(fmax(g->reception.factor, 1)) + 1.5 * g->satellites.value;
    f->satellites = (int16_t)lround(fmax(n, 5));
    f->hdop = (float)sim_round(0.4 + 4.0 / (f->satellites - 2), 0.01);
}

static void fill_fix(gnss *g, const sim_moment *m, double step_s, bool first, frame_gnss *f)
{
    static const uint8_t fixes[] = {[SOLUTION_NONE] = GNSS_FIX_NONE,
                                    [SOLUTION_CODE] = GNSS_FIX_3D,
                                    [SOLUTION_FLOAT] = GNSS_FIX_FLOAT,
                                    [SOLUTION_FIXED] = GNSS_FIX_FIXED};
    bool fine = g->set->of.gnss.grade == SIM_GNSS_RTK;
    double at_m[3], v[3], R[3][3], step = radians(fine ? step_fine_deg : step_deg);
    sim_mount_at(&g->mount, m->now, at_m, v, R);
    displace(g, at_m);
    geodetic at = earth_point(sim_world_earth(m->world), at_m);
    f->latitude_rad = sim_round(at.latitude_rad, step);
    f->longitude_rad = sim_round(at.longitude_rad, step);
    f->height_m = sim_round(at.height_m, fine ? step_fine_m : step_m);
    f->fix = fixes[g->reception.solution];
    fill_velocity(g, m, v, &at, f);
    fill_claims(g, step_s, first, f);
    fill_sky(g, m->road.sky, f);
}

/* A receiver without a fix still speaks. */
static void fill_nothing(frame_gnss *f)
{
    f->latitude_rad = f->longitude_rad = f->height_m = NAN;
    f->h_acc_m = f->v_acc_m = f->speed_acc_mps = f->hdop = NAN;
    for (int i = 0; i < 3; i++)
        f->velocity_enu_mps[i] = NAN;
    f->satellites = 0;
    f->fix = GNSS_FIX_NONE;
}

static void sample(void *self, const sim_moment *m, const sim_emit *out)
{
    gnss *g = self;
    frame_gnss *f = &g->out.u.gnss;
    double step_s = (double)(m->stamp_ns - g->sampled_ns) * 1e-9;
    bool first = f->fix <= GNSS_FIX_NONE;
    g->out.kind = FRAME_GNSS;
    f->speed_mps = f->course_rad = NAN;
    f->datum = HEIGHT_ELLIPSOID;
    f->spoofing = 0;
    f->jamming = (float)sim_round(fmin(fabs(rng_normal(&g->random, 0.04)), 0.2), 0.01);
    move(g, m);
    if (g->reception.solution == SOLUTION_NONE)
        fill_nothing(f);
    else
        fill_fix(g, m, step_s, first, f);
    if (sim_frame_times(&g->out, g->set, m->stamp_ns, &g->link, &g->random))
        out->frame(out->context, &g->out);
}

static bool disturbed(const void *self)
{
    const gnss_reception *g = &((const gnss *)self)->reception;
    return g->reflection.level > 0 || g->wrong_fix.level > 0;
}

const sim_sensor_kind sim_sensor_gnss = {
    .kind = SOURCE_GNSS,
    .size = sizeof(gnss),
    .start = start,
    .sample = sample,
    .disturbed = disturbed,
};
