#include "sim/vehicle.h"

#include "sim/driver.h"
#include "sim/vec.h"

#include <stdlib.h>
#include <string.h>

/* Streams of random numbers under the drive's seed. */
enum { STREAM_DRIVER = 10, STREAM_ROUGHNESS = 11 };

static const double step_s = 1.0 / SIM_STEPS_PER_S;
static const double gravity_mps2 = 9.81;
/* Slower than this the tyres do not turn the vehicle, and slower than that it stands, m/s. */
static const double rolling_mps = 0.03, rest_mps = 0.005;
/* How a body reacts to an uneven road: tilt over height, rad/m, and how long a bump is, m. */
static const double tilt_per_m = 0.35, bump_m = 6;
/* What an IMU feels of the engine at idle, and of a rough road at speed, m/s^2. */
static const double idle_mps2 = 0.02, shake_per_m_mps = 2.0;

/* A damped oscillator that follows what pushes it. */
typedef struct {
    double angle_rad, rate_radps;
} spring;

struct sim_vehicle {
    sim_vehicle_settings set;
    const sim_world *world;
    driver driver;
    const sim_motion *motion; /* that is followed in place of the driver; NULL: none */
    size_t moved;             /* states of it so far */
    rng random;
    drift bumps[2]; /* under the body: pitch and roll */
    spring pitch, roll;
    double forward_mps, side_mps; /* of the centre of gravity, in the road's plane */
    double yaw_rate_radps;
    double friction;
    sim_state state;
};

static double spring_step(const sim_vehicle_settings *set, spring *s, double wanted_rad)
{
    double w = 2 * PI * set->suspension_hz;
    s->rate_radps +=
        step_s * (w * w * (wanted_rad - s->angle_rad) - 2 * set->suspension_damping * w * s->rate_radps);
    s->angle_rad += step_s * s->rate_radps;
    return s->angle_rad;
}

/* Side velocity and yaw rate of a bicycle with linear tyres, one implicit step: at low speed the equations
 * are stiff, and this goes over into rolling without slip (Rajamani 2012, 2.3). */
static void bicycle(sim_vehicle *v, double steer_rad, double bank_rad)
{
    const sim_vehicle_settings *set = &v->set;
    double a = set->front_to_cog_m, b = set->wheelbase_m - a, u = v->forward_mps;
    double cf = set->cornering_front_npr, cr = set->cornering_rear_npr, m = set->mass_kg,
           j = set->yaw_inertia_kgm2;
    if (u < rolling_mps) {
        v->side_mps = v->yaw_rate_radps = 0;
        return;
    }
    double a11 = -(cf + cr) / (m * u), a12 = (b * cr - a * cf) / (m * u) - u;
    double a21 = (b * cr - a * cf) / (j * u), a22 = -(a * a * cf + b * b * cr) / (j * u);
    double f1 = v->side_mps + step_s * (cf / m * steer_rad - gravity_mps2 * sin(bank_rad));
    double f2 = v->yaw_rate_radps + step_s * a * cf / j * steer_rad;
    double m11 = 1 - step_s * a11, m12 = -step_s * a12, m21 = -step_s * a21, m22 = 1 - step_s * a22;
    double det = m11 * m22 - m12 * m21;
    v->side_mps = (m22 * f1 - m12 * f2) / det;
    v->yaw_rate_radps = (m11 * f2 - m21 * f1) / det;
    double most = v->friction * gravity_mps2 / u; /* tyres do not hold more */
    v->yaw_rate_radps = fmax(fmin(v->yaw_rate_radps, most), -most);
}

/* Of the rear axle's centre, to the left. */
static double rear_side(const sim_vehicle *v)
{
    return v->side_mps - (v->set.wheelbase_m - v->set.front_to_cog_m) * v->yaw_rate_radps;
}

/* Speeds of the wheels' centres, along the wheels, plus the slip of driving (front) or braking (all). */
static void turn_wheels(const sim_vehicle *v, double accel_mps2, double wheel_mps[4])
{
    double u = v->forward_mps, r = v->yaw_rate_radps, half = v->set.track_m / 2, steer = v->state.steer_rad;
    double front_side = v->side_mps + v->set.front_to_cog_m * r;
    double slip = v->set.slip_per_mps2 * accel_mps2;
    double front = accel_mps2 > 0 ? 2 * slip : 1.2 * slip, rear = accel_mps2 > 0 ? 0 : 0.8 * slip;
    for (int i = 0; i < 4; i++) {
        double along = u + (i % 2 == 0 ? -half : half) * r;
        if (i < 2)
            along = along * cos(steer) + front_side * sin(steer);
        wheel_mps[i] = along * (1 + (i < 2 ? front : rear));
    }
}

/* The attitude of the body on the road, and its rates. */
static void tilt(sim_vehicle *v, const sim_road_point *p, double accel_mps2, double lateral_mps2)
{
    sim_state *x = &v->state;
    double along = x->yaw_rad - p->yaw_rad, moving = fmin(v->forward_mps / 5, 1);
    double nose = radians(v->set.pitch_deg_per_mps2) * accel_mps2,
           lean = radians(v->set.roll_deg_per_mps2) * lateral_mps2;
    double dt = step_s * v->forward_mps;
    double bump[2];
    for (int i = 0; i < 2; i++) {
        if (dt > 0)
            drift_next(&v->bumps[i], &v->random, dt);
        bump[i] = moving * tilt_per_m * v->bumps[i].value;
    }
    double up = atan(p->grade) * cos(along) - p->bank_rad * sin(along);
    double pitch = -up - spring_step(&v->set, &v->pitch, nose + bump[0]);
    double roll = p->bank_rad * cos(along) + up * sin(along) + spring_step(&v->set, &v->roll, lean + bump[1]);
    double before[3][3], turned[3][3];
    memcpy(before, x->R, sizeof before);
    rotation(x->yaw_rad, pitch, roll, x->R);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            turned[i][j] = before[0][i] * x->R[0][j] + before[1][i] * x->R[1][j] + before[2][i] * x->R[2][j];
    /* small angles: the turn of one step, from its antisymmetric part */
    const double w[3] = {(turned[2][1] - turned[1][2]) / (2 * step_s),
                         (turned[0][2] - turned[2][0]) / (2 * step_s),
                         (turned[1][0] - turned[0][1]) / (2 * step_s)};
    for (int i = 0; i < 3; i++) {
        x->rate_dot_radps2[i] = (w[i] - x->rate_radps[i]) / step_s;
        x->rate_radps[i] = w[i];
    }
}

/* The velocity of the origin in the plane, which follows the road's slope. */
static void origin_velocity(const sim_vehicle *v, const sim_road_point *p, double out[3])
{
    double u = v->forward_mps, side = rear_side(v), c = cos(v->state.yaw_rad), s = sin(v->state.yaw_rad);
    double level = cos(atan(p->grade)); /* speeds are along the road, the plane is level */
    double along = v->state.yaw_rad - p->yaw_rad, ahead = u * cos(along) - side * sin(along),
           left = u * sin(along) + side * cos(along);
    out[0] = level * (u * c - side * s);
    out[1] = level * (u * s + side * c);
    out[2] = level * (ahead * p->grade + left * p->bank_rad);
}

/* Keeps s and the offset from the middle line in step with the position. */
static void follow_road(sim_vehicle *v, sim_road_point *p)
{
    sim_state *x = &v->state;
    for (int i = 0; i < 2; i++) {
        sim_world_road(v->world, x->s_m, p);
        double dx = x->plane_m[0] - p->plane_m[0], dy = x->plane_m[1] - p->plane_m[1];
        double ahead = dx * cos(p->yaw_rad) + dy * sin(p->yaw_rad);
        x->lateral_m = dy * cos(p->yaw_rad) - dx * sin(p->yaw_rad);
        x->s_m += ahead / fmax(1 - p->curvature_1pm * x->lateral_m, 0.2);
    }
    double lane = x->lateral_m / p->lane_width_m + 0.5 * p->lanes;
    x->lane = (int)fmax(fmin(floor(lane), p->lanes - 1), 0);
}

static void advance(sim_vehicle *v, double accel_mps2, sim_road_point *p)
{
    sim_state *x = &v->state;
    double before[3], speed = fmax(v->forward_mps + step_s * accel_mps2, 0);
    memcpy(before, x->velocity_mps, sizeof before);
    v->forward_mps = speed < rest_mps && accel_mps2 <= 0 ? 0 : speed;
    double yaw_rate = v->yaw_rate_radps;
    bicycle(v, x->steer_rad, p->bank_rad);
    x->yaw_rad += step_s * (yaw_rate + v->yaw_rate_radps) / 2;
    origin_velocity(v, p, x->velocity_mps);
    for (int i = 0; i < 3; i++) {
        x->plane_m[i] += step_s * (before[i] + x->velocity_mps[i]) / 2;
        x->accel_mps2[i] = (x->velocity_mps[i] - before[i]) / step_s;
    }
    follow_road(v, p);
}

/* Takes over one state of the motion: what the bicycle would have found follows from it. */
static void take_motion(sim_vehicle *v, const sim_motion_state *to, double yaw_rate_radps, double grade)
{
    sim_state *x = &v->state;
    const sim_vehicle_settings *set = &v->set;
    double c = cos(to->yaw_rad), s = sin(to->yaw_rad);
    double rear = set->wheelbase_m - set->front_to_cog_m, left;
    memcpy(x->velocity_mps, to->velocity_mps, sizeof x->velocity_mps);
    memcpy(x->plane_m, to->plane_m, sizeof x->plane_m);
    x->yaw_rad = to->yaw_rad;
    v->yaw_rate_radps = yaw_rate_radps;
    v->forward_mps = (to->velocity_mps[0] * c + to->velocity_mps[1] * s) / cos(atan(grade));
    left = to->velocity_mps[1] * c - to->velocity_mps[0] * s;
    v->side_mps = left + rear * yaw_rate_radps;
    if (fabs(v->forward_mps) > 1)
        x->steer_rad = atan((set->wheelbase_m * yaw_rate_radps + left) / v->forward_mps);
}

static void follow_motion(sim_vehicle *v, sim_road_point *p)
{
    sim_state *x = &v->state;
    const sim_motion_state *states = sim_motion_states(v->motion), *to;
    double before[3], yaw = x->yaw_rad;
    memcpy(before, x->velocity_mps, sizeof before);
    if (v->moved + 1 < sim_motion_count(v->motion))
        v->moved++;
    to = &states[v->moved];
    take_motion(v, to, (to->yaw_rad - yaw) / step_s, p->grade);
    for (int i = 0; i < 3; i++)
        x->accel_mps2[i] = (x->velocity_mps[i] - before[i]) / step_s;
    follow_road(v, p);
}

static void follow_driver(sim_vehicle *v, sim_road_point *p)
{
    sim_state *x = &v->state;
    double course = x->yaw_rad + atan2(rear_side(v), fmax(v->forward_mps, 1)) - p->yaw_rad;
    const driver_view view = {x->s_m, x->lateral_m, v->forward_mps, remainder(course, 2 * PI)};
    driver_action act = driver_act(&v->driver, &view, step_s);
    x->steer_rad = act.steer_rad;
    advance(v, act.accel_mps2, p);
}

void sim_vehicle_step(sim_vehicle *v)
{
    sim_state *x = &v->state;
    sim_road_point p;
    sim_world_road(v->world, x->s_m, &p);
    double slow = v->forward_mps; /* brakes hold a vehicle that stands */
    if (v->motion)
        follow_motion(v, &p);
    else
        follow_driver(v, &p);
    double accel = (v->forward_mps - slow) / step_s;
    x->t_s += step_s;
    x->braking_mps2 = fmax(-accel, 0);
    x->vibration_mps2 = idle_mps2 + shake_per_m_mps * v->set.roughness_m * fabs(v->forward_mps);
    turn_wheels(v, accel, x->wheel_mps);
    tilt(v, &p, accel, v->forward_mps * v->yaw_rate_radps);
}

const sim_state *sim_vehicle_state(const sim_vehicle *v)
{
    return &v->state;
}

static void place(sim_vehicle *v)
{
    sim_state *x = &v->state;
    sim_road_point p;
    sim_world_road(v->world, 0, &p);
    x->lateral_m = v->driver.offset_m;
    x->s_m = 0;
    x->yaw_rad = p.yaw_rad;
    x->plane_m[0] = p.plane_m[0] - x->lateral_m * sin(p.yaw_rad);
    x->plane_m[1] = p.plane_m[1] + x->lateral_m * cos(p.yaw_rad);
    x->plane_m[2] = p.plane_m[2] + x->lateral_m * p.bank_rad;
    v->forward_mps = v->driver.wait_s > 0 ? 0 : driver_speed(&v->driver, 0);
    if (v->motion) {
        const sim_motion_state *first = sim_motion_states(v->motion);
        take_motion(v, first, (first[1].yaw_rad - first[0].yaw_rad) / step_s, p.grade);
    }
    follow_road(v, &p);
    if (!v->motion)
        origin_velocity(v, &p, x->velocity_mps);
    rotation(x->yaw_rad, 0, 0, x->R);
    tilt(v, &p, 0, 0); /* twice: the first finds no attitude before it */
    tilt(v, &p, 0, 0);
    memset(x->rate_dot_radps2, 0, sizeof x->rate_dot_radps2);
    turn_wheels(v, 0, x->wheel_mps);
    x->vibration_mps2 = idle_mps2;
}

sim_vehicle *sim_vehicle_create(const sim_scenario *s, const sim_world *w, uint64_t seed)
{
    sim_vehicle *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->set = s->vehicle;
    v->world = w;
    v->motion = sim_world_motion(w);
    v->friction = s->weather.friction;
    v->random = rng_seed(seed, STREAM_ROUGHNESS);
    for (int i = 0; i < 2; i++)
        v->bumps[i] = drift_start(&v->random, s->vehicle.roughness_m, bump_m);
    if (!driver_start(&v->driver, w, &v->set, s->road.speed_mps, v->friction,
                      rng_seed(seed, STREAM_DRIVER))) {
        free(v);
        return NULL;
    }
    place(v);
    return v;
}

void sim_vehicle_destroy(sim_vehicle *v)
{
    if (!v)
        return;
    driver_finish(&v->driver);
    free(v);
}
