/*
 * Roadside units: cameras or lidars on masts beside the road that see the vehicle and tell it where it is.
 *
 * A unit stands every spacing_m, the first half of that into the road; the nearest one that sees the vehicle
 * speaks. Where it stands was surveyed: that error is a unit's own, and stays.
 */
#include "sim/sensor.h"
#include "sim/vec.h"

typedef struct {
    const sim_sensor_settings *set;
    rng random;
    sim_link link;
    uint64_t seed; /* of the units' survey errors: the same at each visit */
    long unit;     /* the nearest one; -1: none yet */
    double unit_m[3], survey_m[2];
    frame out;
} roadside;

static void start(void *self, const sim_sensor_settings *set, const sim_moment *first, rng random)
{
    roadside *u = self;
    (void)first;
    u->set = set;
    u->random = random;
    u->seed = (uint64_t)(0x1p53 * rng_uniform(&u->random));
    u->unit = -1;
}

static void go_to_unit(roadside *u, const sim_moment *m, long unit)
{
    const sim_roadside_errors *e = &u->set->of.roadside;
    sim_road_point at;
    sim_world_road(m->world, ((double)unit + 0.5) * e->spacing_m, &at);
    rng own = rng_seed(u->seed, (uint64_t)unit & 0xffffffff);
    for (int i = 0; i < 3; i++)
        u->unit_m[i] = at.plane_m[i];
    for (int i = 0; i < 2; i++)
        u->survey_m[i] = rng_normal(&own, e->survey_m);
    u->unit = unit;
}

static bool sees(roadside *u, const sim_moment *m)
{
    const sim_roadside_errors *e = &u->set->of.roadside;
    long unit = (long)floor(fmax(m->now->s_m, 0) / e->spacing_m);
    double line[3];
    if (unit != u->unit)
        go_to_unit(u, m, unit);
    for (int i = 0; i < 3; i++)
        line[i] = m->now->plane_m[i] - u->unit_m[i];
    return norm(line) <= e->reach_m;
}

static void fill(roadside *u, const sim_moment *m, frame_roadside *f)
{
    const sim_roadside_errors *e = &u->set->of.roadside;
    const sim_earth *earth = sim_world_earth(m->world);
    double at_m[3], enu[3];
    for (int i = 0; i < 3; i++)
        at_m[i] = m->now->plane_m[i];
    for (int i = 0; i < 2; i++)
        at_m[i] += u->survey_m[i] + rng_normal(&u->random, e->position_m);
    geodetic at = earth_point(earth, at_m);
    earth_local(earth, &at, (double[3]){m->now->R[0][0], m->now->R[1][0], m->now->R[2][0]}, enu);
    double heading = atan2(enu[0], enu[1]) + rng_normal(&u->random, radians(e->heading_deg));
    f->latitude_rad = at.latitude_rad;
    f->longitude_rad = at.longitude_rad;
    f->heading_rad = (float)(heading - 2 * PI * floor(heading / (2 * PI)));
    f->sigma_m = (float)e->position_m;
    f->sigma_heading_rad = (float)radians(e->heading_deg);
}

static void sample(void *self, const sim_moment *m, const sim_emit *out)
{
    roadside *u = self;
    if (!sees(u, m))
        return;
    u->out.kind = FRAME_ROADSIDE;
    fill(u, m, &u->out.u.roadside);
    if (sim_frame_times(&u->out, u->set, m->stamp_ns, &u->link, &u->random))
        out->frame(out->context, &u->out);
}

const sim_sensor_kind sim_sensor_roadside = {
    .kind = SOURCE_ROADSIDE,
    .size = sizeof(roadside),
    .start = start,
    .sample = sample,
};
