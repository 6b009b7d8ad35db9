#include "tests/sim/sensor_rig.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void take(void *context, frame *f)
{
    rig *g = context;
    if (f->received_ns <= g->moment.stamp_ns) /* ck_assert costs a system call */
        ck_abort_msg("received before it was measured");
    g->got[f->kind] = true;
    memcpy(&g->frames[f->kind], f, frame_used_size(f));
}

rig *rig_open(const sim_sensor_kind *kind)
{
    char name[FRAME_SOURCE_NAME_SIZE];
    error e = {""};
    rig *g = calloc(1, sizeof *g);
    ck_assert(g != NULL);
    sim_scenario_default(&g->scenario);
    g->scenario.road.tags_per_km = 20;
    snprintf(name, sizeof name, "%s/x", source_kind_word(kind->kind));
    g->set = &g->scenario.sensors[0];
    ck_assert(sim_sensor_default(g->set, name));
    g->set->loss = 0;
    g->set->mount_sigma_m = g->set->mount_sigma_deg = 0;
    g->kind = kind;
    g->world = sim_world_create(&g->scenario, 1, &e);
    ck_assert_msg(g->world != NULL, "%s", e.text);
    rig_place(g, 100, 0, 0);
    return g;
}

void rig_close(rig *g)
{
    sim_world_destroy(g->world);
    free(g->self);
    free(g);
}

void rig_start(rig *g, uint64_t seed)
{
    free(g->self);
    g->self = calloc(1, g->kind->size);
    ck_assert(g->self != NULL);
    g->now.t_s = 0;
    g->before = g->now;
    g->moment = (sim_moment){.scenario = &g->scenario,
                             .world = g->world,
                             .now = &g->now,
                             .before = &g->before,
                             .road = g->moment.road,
                             .stamp_ns = 1000000000};
    g->kind->start(g->self, g->set, &g->moment, rng_seed(seed, 5));
}

void rig_step(rig *g, double step_s)
{
    g->moment.stamp_ns += (int64_t)(step_s * 1e9 + 0.5);
    g->now.t_s += step_s;
    if (g->kind->step)
        g->kind->step(g->self, &g->moment);
    g->before = g->now;
}

void rig_sample(rig *g)
{
    const sim_emit out = {g, take};
    memset(g->got, 0, sizeof g->got);
    g->kind->sample(g->self, &g->moment, &out);
}

void rig_place(rig *g, double s_m, double lateral_m, double speed_mps)
{
    sim_road_point *p = &g->moment.road;
    sim_world_road(g->world, s_m, p);
    g->now.s_m = s_m;
    g->now.lateral_m = lateral_m;
    g->now.yaw_rad = p->yaw_rad;
    rotation(p->yaw_rad, 0, 0, g->now.R);
    for (int i = 0; i < 3; i++) {
        g->now.plane_m[i] = p->plane_m[i] + lateral_m * g->now.R[i][1];
        g->now.velocity_mps[i] = speed_mps * g->now.R[i][0];
    }
    for (int i = 0; i < 4; i++)
        g->now.wheel_mps[i] = speed_mps;
}

void stats_add(stats *s, double x)
{
    s->n++;
    s->sum += x;
    s->squares += x * x;
}

double stats_mean(const stats *s)
{
    return s->sum / s->n;
}

double stats_rms(const stats *s)
{
    return sqrt(s->squares / s->n);
}

double stats_sigma(const stats *s)
{
    return sqrt(fmax(s->squares / s->n - stats_mean(s) * stats_mean(s), 0));
}
