/*
 * Visual odometry: how a camera has moved from one picture to the next, as a perception process makes it of
 * what both show.
 *
 * What it gets wrong is drawn anew for every increment, but for the scale, which is of the drive or drifts,
 * and a bend that the lens' calibration leaves. In the dark it sees less: errors grow, increments are
 * missing, and some are of something else that moves. It knows of the dark, and not of what is gross.
 */
#include "sim/camera_sight.h"
#include "sim/sensor.h"
#include "sim/vec.h"

#include <string.h>

typedef struct {
    const sim_sensor_settings *set;
    rng random;
    sim_link link;
    sim_mount mount;
    camera_sight sight;
    double scale;       /* of a translation as it is said over as it is */
    double bend_rad[3]; /* for each metre */
    double claim;
    /* The last picture: */
    bool begun;
    int64_t stamp_ns; /* as it is stamped */
    double at_m[3], R[3][3];
    frame out;
} odometry;

/* In darkness errors grow by this. Assumed: features are a third as many and half as sharp. */
static const double dark_noise = 1.5;
/* A gross increment follows another vehicle: its translation is this much of the true one, and it turns. */
static const double gross_least = -0.3, gross_most = 0.7, gross_turn_deg = 2;

static void start(void *self, const sim_sensor_settings *set, const sim_moment *first, rng random)
{
    odometry *o = self;
    const sim_odometry_errors *e = &set->of.odometry;
    o->set = set;
    o->random = random;
    o->mount = sim_mount_draw(set, &o->random);
    camera_sight_start(&o->sight, first, &o->random);
    double known = 1 + rng_normal(&o->random, e->scale), unit = exp(rng_normal(&o->random, 1));
    o->scale = e->monocular >= 0.5 ? unit : known;
    for (int i = 0; i < 3; i++)
        o->bend_rad[i] = rng_normal(&o->random, radians(e->bend_deg_per_100m) / 100);
    o->claim = rng_between(&o->random, e->claim_least, e->claim_most);
}

/* Rotation vector of a small turn: exact to a third of its cube. */
static void turn_of(double R[3][3], double out[3])
{
    double cosine = fmin((R[0][0] + R[1][1] + R[2][2] - 1) / 2, 1), angle = acos(cosine);
    double factor = angle > 1e-6 ? angle / (2 * sin(angle)) : 0.5;
    out[0] = factor * (R[2][1] - R[1][2]);
    out[1] = factor * (R[0][2] - R[2][0]);
    out[2] = factor * (R[1][0] - R[0][1]);
}

/* From the last picture to this one, in the axes of the last. */
static void move(const odometry *o, const double at_m[3], double R[3][3], double way[3], double turned[3])
{
    double line[3], between[3][3];
    for (int i = 0; i < 3; i++)
        line[i] = at_m[i] - o->at_m[i];
    turn_back((double(*)[3])o->R, line, way);
    for (int i = 0; i < 3; i++) {
        double axis[3] = {R[0][i], R[1][i], R[2][i]}, seen[3];
        turn_back((double(*)[3])o->R, axis, seen);
        for (int k = 0; k < 3; k++)
            between[k][i] = seen[k];
    }
    turn_of(between, turned);
}

static void make_gross(odometry *o, double way[3], double turned[3])
{
    double share = rng_between(&o->random, gross_least, gross_most);
    for (int i = 0; i < 3; i++) {
        way[i] *= share;
        turned[i] += rng_normal(&o->random, radians(gross_turn_deg));
    }
}

static void claim(const odometry *o, double way_sigma, double turn_sigma, frame_odometry *f)
{
    static const int diagonal[6] = {0, 6, 11, 15, 18, 20};
    memset(f->covariance, 0, sizeof f->covariance);
    for (int i = 0; i < 6; i++) {
        double sigma = o->claim * (i < 3 ? way_sigma : turn_sigma);
        f->covariance[diagonal[i]] = (float)(sigma * sigma);
    }
    f->scale_sigma = o->set->of.odometry.monocular >= 0.5 ? NAN : (float)o->set->of.odometry.scale;
}

static void fill(odometry *o, double way[3], double turned[3], frame_odometry *f)
{
    const sim_odometry_errors *e = &o->set->of.odometry;
    double noise = 1 + dark_noise * o->sight.dark + 0.5 * (o->sight.noise - 1), length = norm(way);
    double way_sigma = noise * hypot(e->translation_fraction * length, e->translation_m);
    double turn_sigma = noise * radians(e->rotation_deg);
    if (e->monocular >= 0.5)
        o->scale *= exp(rng_normal(&o->random, e->scale_drift * sqrt(length / 100)));
    if (rng_chance(&o->random, e->gross + (e->gross_dark - e->gross) * o->sight.dark))
        make_gross(o, way, turned);
    for (int i = 0; i < 3; i++) {
        double said = way[i] + rng_normal(&o->random, way_sigma);
        f->translation_m[i] = (float)(o->scale * said);
        f->rotation_rad[i] =
            (float)(turned[i] + o->bend_rad[i] * length + rng_normal(&o->random, turn_sigma));
    }
    claim(o, o->scale * way_sigma, turn_sigma, f);
}

static void sample(void *self, const sim_moment *m, const sim_emit *out)
{
    odometry *o = self;
    double at_m[3], velocity_mps[3], R[3][3], way[3], turned[3];
    bool had = o->begun;
    sim_mount_at(&o->mount, m->now, at_m, velocity_mps, R);
    camera_sight_next(&o->sight, m, atan2(R[1][0], R[0][0]), &o->random);
    if (had) {
        move(o, at_m, R, way, turned);
        fill(o, way, turned, &o->out.u.odometry);
    }
    o->out.kind = FRAME_ODOMETRY;
    bool comes = sim_frame_times(&o->out, o->set, m->stamp_ns, &o->link, &o->random);
    comes &= !rng_chance(&o->random, o->set->of.odometry.lost_dark * o->sight.dark);
    o->out.u.odometry.interval_ns = o->out.stamp_ns - o->stamp_ns;
    o->stamp_ns = o->out.stamp_ns;
    memcpy(o->at_m, at_m, sizeof at_m);
    memcpy(o->R, R, sizeof R);
    o->begun = true;
    if (had && comes && o->out.u.odometry.interval_ns > 0)
        out->frame(out->context, &o->out);
}

static bool disturbed(const void *self)
{
    const camera_sight *c = &((const odometry *)self)->sight;
    return c->detection < 0.9 || isfinite(c->fog_m);
}

const sim_sensor_kind sim_sensor_odometry = {
    .kind = SOURCE_ODOMETRY,
    .size = sizeof(odometry),
    .start = start,
    .sample = sample,
    .disturbed = disturbed,
};
