/* The others on the road. Each keeps its lane and its speed, so where it is follows from the time alone. */
#include "sim/vec.h"
#include "sim/vehicle.h"

#include <stdlib.h>

enum { STREAM_TRAFFIC = 20 };

/* Half a car high: what a radar sees of it, m. */
static const double height_m = 0.5;
/* Between the carriageways, m: paint in a town, a green strip on a motorway. */
static const double median_m = 0.3, motorway_median_m = 4;

typedef struct {
    double begin_m, speed_mps; /* along the road; oncoming: negative */
    int lane;                  /* -1: oncoming */
    double aside_m;            /* from the middle of its lane */
} other;

struct sim_traffic {
    const sim_world *world;
    double median_m;
    size_t count;
    other others[];
};

sim_traffic *sim_traffic_create(const sim_scenario *s, const sim_world *w, uint64_t seed)
{
    rng r = rng_seed(seed, STREAM_TRAFFIC);
    double length_m = sim_world_length_m(w), span_s = s->duration_s;
    size_t count = (size_t)(s->road.traffic_per_km * length_m / 1000);
    sim_traffic *t = calloc(1, sizeof *t + count * sizeof *t->others);
    if (!t)
        return NULL;
    t->world = w;
    t->count = count;
    t->median_m = s->road.kind == SIM_ROAD_MOTORWAY ? motorway_median_m : median_m;
    for (size_t i = 0; i < count; i++) {
        double speed = s->road.speed_mps * rng_between(&r, 0.7, 1.15);
        bool oncoming = s->road.lanes < 2 || rng_chance(&r, 0.5);
        double begin = rng_between(&r, 0, length_m);
        t->others[i] = (other){.begin_m = oncoming ? begin + rng_uniform(&r) * speed * span_s
                                                   : begin - rng_uniform(&r) * speed * span_s / 2,
                               .speed_mps = oncoming ? -speed : speed,
                               .lane = oncoming ? -1 : (int)(rng_uniform(&r) * s->road.lanes),
                               .aside_m = rng_normal(&r, 0.2)};
    }
    return t;
}

void sim_traffic_destroy(sim_traffic *t)
{
    free(t);
}

static void look_up(const sim_traffic *t, const other *o, double s_m, sim_other *out)
{
    sim_road_point p;
    sim_world_road(t->world, s_m, &p);
    double side = o->lane < 0 ? 0.5 * p.lanes * p.lane_width_m + t->median_m + 0.5 * p.lane_width_m
                              : sim_lane_offset_m(&p, o->lane < p.lanes ? o->lane : p.lanes - 1);
    side += o->aside_m;
    double c = cos(p.yaw_rad), s = sin(p.yaw_rad), pace = o->speed_mps * (1 - p.curvature_1pm * side);
    *out = (sim_other){.s_m = s_m,
                       .plane_m = {p.plane_m[0] - side * s, p.plane_m[1] + side * c,
                                   p.plane_m[2] + side * p.bank_rad + height_m},
                       .velocity_mps = {pace * c, pace * s, pace * p.grade}};
}

size_t sim_traffic_near(const sim_traffic *t, double t_s, double from_m, double to_m, sim_other *out,
                        size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < t->count && n < size; i++) {
        double s_m = t->others[i].begin_m + t->others[i].speed_mps * t_s;
        if (s_m >= fmax(from_m, 0) && s_m <= fmin(to_m, sim_world_length_m(t->world)))
            look_up(t, &t->others[i], s_m, &out[n++]);
    }
    return n;
}
