#include "trajectory.h"

#include <stdbool.h>
#include <stdlib.h>

#include "earth.h"
#include "road.h"
#include "sim/vec.h"

/* One thing that the driver does: change the speed to `speed_mps` at a mean of `mean_mps2`. Speeding up
 * begins at `at_m`; braking ends there. After that, wait. */
typedef struct {
    double at_m, speed_mps, mean_mps2, wait_s;
} manoeuvre;

static const manoeuvre plan[] = {
    {0, 0, 1.3, 5},       /* parked */
    {0, 12.5, 1.2, 0},    /* off */
    {130, 11.0, 0.6, 0},  /* bends */
    {200, 13.2, 0.6, 0},  /* straight */
    {352, 5.0, 1.3, 0},   /* left */
    {383, 11.5, 1.2, 0},  /* up the hill */
    {548, 0, 1.3, 13},    /* red light */
    {548, 5.5, 1.2, 0},   /* half right */
    {590, 10.5, 1.1, 0},  /* short street */
    {676, 5.0, 1.2, 0},   /* left */
    {711, 12.4, 1.1, 0},  /* ramp and tunnel */
    {930, 11.2, 0.4, 0},  /* behind a lorry */
    {1010, 12.6, 0.4, 0}, /* which is faster again */
    {1276, 5.8, 1.2, 0},  /* left */
    {1316, 13.6, 1.2, 0}, /* open stretch */
    {1532, 0, 1.4, 11},   /* red light before the roundabout */
    {1532, 5.2, 1.1, 0},  /* roundabout */
    {1618, 13.0, 1.2, 0}, /* open stretch */
    {1740, 11.5, 0.5, 0}, /* its wide bend */
    {1833, 5.0, 1.2, 0},  /* left */
    {1880, 0, 1.0, 4},    /* back again */
};

enum { PLAN_COUNT = sizeof plan / sizeof *plan, LONGEST_S = 400 };

/* The driver between two manoeuvres or in one. */
typedef struct {
    int next;         /* in plan */
    double elapsed_s; /* of the present ramp and its wait */
    double ramp_s, wait_s;
    double from_mps, to_mps;
} driver;

/* The sprung body: a damped oscillator that follows the force. */
typedef struct {
    double angle_rad, rate_radps;
} spring;

static const double step_s = 1.0 / STEPS_PER_SECOND;

static void begin_next(driver *d)
{
    const manoeuvre *m = &plan[d->next];
    d->from_mps = d->to_mps;
    d->to_mps = m->speed_mps;
    d->ramp_s = fabs(d->to_mps - d->from_mps) / m->mean_mps2;
    d->wait_s = m->wait_s;
    d->elapsed_s = 0;
    d->next++;
}

static bool due(const driver *d, double s_m)
{
    const manoeuvre *m = &plan[d->next];
    double lead_m = 0;
    if (m->speed_mps < d->to_mps)
        lead_m = (d->to_mps * d->to_mps - m->speed_mps * m->speed_mps) / (2 * m->mean_mps2);
    return d->elapsed_s >= d->ramp_s + d->wait_s && (d->to_mps <= 0 || s_m >= m->at_m - lead_m);
}

/* Speed after `elapsed_s` of the ramp: 10u^3 - 15u^4 + 6u^5, whose acceleration and jerk begin and end at 0.
 */
static double ramp_speed(const driver *d)
{
    if (d->elapsed_s >= d->ramp_s)
        return d->to_mps;
    double u = d->elapsed_s / d->ramp_s;
    return d->from_mps + (d->to_mps - d->from_mps) * u * u * u * (10 - u * (15 - 6 * u));
}

static double ramp_acceleration(const driver *d)
{
    if (d->elapsed_s >= d->ramp_s)
        return 0;
    double u = d->elapsed_s / d->ramp_s;
    return (d->to_mps - d->from_mps) / d->ramp_s * 30 * u * u * (1 - u) * (1 - u);
}

/* 1.3 Hz, a third of critical damping: a passenger car. */
static double spring_step(spring *s, double wanted_rad)
{
    const double w = 2 * PI * 1.3;
    s->rate_radps += step_s * (w * w * (wanted_rad - s->angle_rad) - 2 * 0.35 * w * s->rate_radps);
    s->angle_rad += step_s * s->rate_radps;
    return s->angle_rad;
}

/* The body leans out of a bend by 0.6 deg and lifts its nose by 0.35 deg per m/s^2; the paving shakes it. */
static void set_attitude(trajectory_state *x, double accel_mps2, spring *pitch, spring *roll)
{
    road_shape road = road_at(x->s_m);
    double lateral = x->speed_mps * x->speed_mps * road.curvature_1pm;
    double nose = spring_step(pitch, radians(0.35) * accel_mps2) + radians(0.06) * sin(2 * PI * x->s_m / 9.7);
    double lean = spring_step(roll, radians(0.6) * lateral) + radians(0.1) * sin(2 * PI * x->s_m / 12.1);
    x->yaw_rad = road.yaw_rad;
    x->pitch_rad = -atan(road.grade) - nose;
    x->roll_rad = road.bank_rad + lean;
    x->plane_m[2] = road.height_m;
}

static void advance(const trajectory_state *from, double speed_mps, trajectory_state *to)
{
    double middle_mps = (from->speed_mps + speed_mps) / 2;
    double yaw = road_at(from->s_m + middle_mps * step_s / 2).yaw_rad;
    to->s_m = from->s_m + middle_mps * step_s;
    to->speed_mps = speed_mps;
    to->plane_m[0] = from->plane_m[0] + middle_mps * step_s * cos(yaw);
    to->plane_m[1] = from->plane_m[1] + middle_mps * step_s * sin(yaw);
}

trajectory trajectory_create(void)
{
    trajectory t = {town_earth(), 0, calloc((size_t)LONGEST_S * STEPS_PER_SECOND, sizeof(trajectory_state))};
    if (!t.states)
        return t;
    driver d = {0};
    spring pitch = {0}, roll = {0};
    begin_next(&d);
    set_attitude(&t.states[t.count++], 0, &pitch, &roll);
    while (t.count < (size_t)LONGEST_S * STEPS_PER_SECOND) {
        trajectory_state *now = &t.states[t.count - 1], *next = now + 1;
        bool over = d.elapsed_s >= d.ramp_s + d.wait_s;
        if (d.next == PLAN_COUNT && over)
            break;
        if (d.next < PLAN_COUNT && due(&d, now->s_m))
            begin_next(&d);
        d.elapsed_s += step_s;
        advance(now, ramp_speed(&d), next);
        set_attitude(next, ramp_acceleration(&d), &pitch, &roll);
        t.count++;
    }
    return t;
}

void trajectory_destroy(trajectory *t)
{
    free(t->states);
    t->states = NULL;
    t->count = 0;
}

void trajectory_attitude(const trajectory *t, size_t step, double R[3][3])
{
    const trajectory_state *x = &t->states[step];
    rotation(x->yaw_rad, x->pitch_rad, x->roll_rad, R);
}

void trajectory_position(const trajectory *t, size_t step, const double lever_m[3], double out_m[3])
{
    double R[3][3];
    trajectory_attitude(t, step, R);
    turn(R, lever_m, out_m);
    for (int i = 0; i < 3; i++)
        out_m[i] += t->states[step].plane_m[i];
}

void trajectory_velocity(const trajectory *t, size_t step, const double lever_m[3], double out_mps[3])
{
    double before[3], after[3];
    trajectory_position(t, step - 1, lever_m, before);
    trajectory_position(t, step + 1, lever_m, after);
    for (int i = 0; i < 3; i++)
        out_mps[i] = (after[i] - before[i]) / (2 * step_s);
}

void trajectory_acceleration(const trajectory *t, size_t step, const double lever_m[3], double out_mps2[3])
{
    double before[3], now[3], after[3];
    trajectory_position(t, step - 1, lever_m, before);
    trajectory_position(t, step, lever_m, now);
    trajectory_position(t, step + 1, lever_m, after);
    for (int i = 0; i < 3; i++)
        out_mps2[i] = (after[i] - 2 * now[i] + before[i]) / (step_s * step_s);
}
