/*
 * A front radar at 15 Hz: single returns of things that stand, of traffic, and of nothing at all.
 */
#include "road.h"
#include "sim/rng.h"
#include "sensors.h"
#include "sim/vec.h"

enum { RECEIVED_AFTER_MS = 60, MAX_STATIC = 6, MAX_RETURNS = 10 };

static const double range_sigma_m = 0.2, azimuth_sigma_deg = 0.3, doppler_sigma_mps = 0.1;
static const double max_range_m = 90, max_azimuth_deg = 50, min_range_m = 1.5;
/* How the bumper holds it, which nobody measured. */
static const double mount_yaw_deg = 0.8;
/* Chances per scan: a return of nothing; a car's return seen again over the guard rail. */
static const double clutter_chance = 0.25, ghost_chance = 0.06;

typedef struct {
    double range_m, azimuth_rad, doppler_mps;
} echo;

typedef struct {
    rng random;
    double mount[3][3];
    double at_m[3], velocity_mps[3]; /* of the radar, in the plane */
    size_t step, count;
    echo echoes[MAX_RETURNS];
} scan;

/* Where the radar would see a point that moves; false when it is out of view. */
static bool see(scan *s, const drive *d, const double at_m[3], const double velocity_mps[3], echo *e)
{
    double line[3], relative[3], local[3];
    for (int i = 0; i < 3; i++) {
        line[i] = at_m[i] - s->at_m[i];
        relative[i] = velocity_mps[i] - s->velocity_mps[i];
    }
    to_sensor(d, s->step, s->mount, line, local);
    e->range_m = norm(line);
    e->azimuth_rad = atan2(local[1], local[0]);
    e->doppler_mps = dot(relative, line) / e->range_m;
    return e->range_m > min_range_m && e->range_m < max_range_m &&
           fabs(e->azimuth_rad) < radians(max_azimuth_deg);
}

static void add(scan *s, echo e)
{
    if (s->count == MAX_RETURNS)
        return;
    e.range_m += rng_normal(&s->random, range_sigma_m);
    e.azimuth_rad += rng_normal(&s->random, radians(azimuth_sigma_deg));
    e.doppler_mps += rng_normal(&s->random, doppler_sigma_mps);
    s->echoes[s->count++] = e;
}

/* Houses hide what is around the corner: only what lies ahead along the road is seen. */
static bool ahead(const scan *s, const drive *d, double s_m)
{
    double gap = road_ahead(d->trajectory.states[s->step].s_m, s_m);
    return gap > 0 && gap < max_range_m;
}

static void add_static(scan *s, const drive *d)
{
    const double still[3] = {0, 0, 0};
    /* Begins somewhere else each time, so that a full scan does not favour the first in the list. */
    size_t n = d->town.object_count, first = (size_t)(rng_uniform(&s->random) * (double)n), found = 0;
    for (size_t i = 0; i < n && found < MAX_STATIC; i++) {
        const town_object *o = &d->town.objects[(first + i) % n];
        echo e;
        if (!ahead(s, d, o->s_m) || !see(s, d, o->plane_m, still, &e))
            continue;
        if (rng_chance(&s->random, 0.25 * (1 - e.range_m / 100))) {
            add(s, e);
            found++;
        }
    }
}

static void add_car(scan *s, const drive *d, const town_car *car)
{
    echo e;
    if (!ahead(s, d, car->s_m) || !see(s, d, car->plane_m, car->velocity_mps, &e))
        return;
    if (!rng_chance(&s->random, 0.8 * (1 - e.range_m / 120)))
        return;
    add(s, e);
    if (rng_chance(&s->random, ghost_chance)) {
        e.azimuth_rad = -e.azimuth_rad + rng_between(&s->random, -0.2, 0.2);
        e.range_m += rng_between(&s->random, 2, 15);
        add(s, e);
    }
}

static void add_traffic(scan *s, const drive *d)
{
    town_car car;
    if (town_leader(&d->trajectory, s->step, &car))
        add_car(s, d, &car);
    for (size_t i = 0; i < TOWN_ONCOMING; i++) {
        car = town_oncoming(&d->town, &d->trajectory, i, s->step);
        add_car(s, d, &car);
    }
    if (rng_chance(&s->random, clutter_chance)) {
        echo nothing;
        nothing.range_m = rng_between(&s->random, 3, max_range_m);
        nothing.azimuth_rad = radians(rng_between(&s->random, -max_azimuth_deg, max_azimuth_deg));
        nothing.doppler_mps = rng_between(&s->random, -25, 15);
        add(s, nothing);
    }
}

static void write_radar(FILE *out, const drive *d)
{
    scan s = {.random = rng_seed(DRIVE_SEED, STREAM_RADAR)};
    rotation(radians(mount_yaw_deg), 0, 0, s.mount);
    for (size_t n = 0;; n++) {
        s.step = SENSOR_MARGIN + n * STEPS_PER_SECOND / 15;
        s.count = 0;
        if (s.step + SENSOR_MARGIN >= d->trajectory.count)
            break;
        trajectory_position(&d->trajectory, s.step, radar_lever_m, s.at_m);
        trajectory_velocity(&d->trajectory, s.step, radar_lever_m, s.velocity_mps);
        add_static(&s, d);
        add_traffic(&s, d);
        for (size_t i = 0; i < s.count; i++) {
            print_time(out, s.step, 0);
            print_time(out, s.step, RECEIVED_AFTER_MS);
            fprintf(out, "front,%zu,%.2f,%.4f,%.2f\n", n, s.echoes[i].range_m, s.echoes[i].azimuth_rad,
                    s.echoes[i].doppler_mps);
        }
    }
}

const sensor sensor_radar = {
    .file = "radar.csv",
    .columns = "stamp_s,received_s,source,scan,range_m,azimuth_rad,doppler_mps",
    .write = write_radar,
};
