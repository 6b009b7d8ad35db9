/*
 * A MEMS inertial unit that averages over the interval before its stamp, as parts with an on-chip filter do.
 *
 * Terms and their Allan variance: IEEE Std 952-1997, annex C. Errors of a triad: Groves 2013, 4.4.
 */
#include "sim/sensor.h"
#include "sim/vec.h"

/* Flicker noise, a flat floor of the Allan deviation, is the sum of Gauss-Markov processes a decade apart in
 * correlation time. One alone peaks at 0.618 of its sigma, at 1.89 correlation times (IEEE Std 952, annex C);
 * three of equal sigma add up to the floor with this factor in between (test: the floor of 20 h). */
enum { FLICKERS = 3, SLOW_EVERY_NS = 100000000 };
static const double flicker_sigma = 1.45;

/* The part's temperature follows its power with this time; it was switched on this long before the drive. */
static const double warm_tau_s = 120, on_least_s = 5, on_most_s = 60;
/* What shakes the accelerometer also turns the part: rad/s for each m/s^2. Assumed: a soft bracket of 0.3 m
 * that swings at some ten Hz. */
static const double shake_radps_per_mps2 = 0.01;
/* Gravity is computed anew after so many metres: its direction changes by 1.6e-7 rad/m. */
static const double gravity_step_m = 25;

typedef struct {
    double turn_on, per_c, walk_rts; /* walk: per square root of a second */
    drift flicker[FLICKERS];
    double slow; /* turn-on, flicker, walk and temperature, as of the last update */
    double walked;
    double gain[3]; /* row of scale and misalignment */
    double white, range, step;
} imu_axis;

typedef struct {
    const sim_sensor_settings *set;
    rng random;
    sim_link link;
    sim_mount mount;
    imu_axis gyro[3], accel[3];
    double on_s; /* before the drive */
    int64_t slow_ns, sampled_ns;
    double R_sampled[3][3];
    double gravity[3], gravity_at_m[3], earth[3];
    double force[3], force_sum[3]; /* body axes; now, and trapezoids since the last sample */
    int steps;                     /* of that sum */
    frame out;
} imu;

static double standard_gravity(double ug)
{
    return 9.80665e-6 * ug;
}

static void start_axis(imu *u, imu_axis *a, int axis, double scale, double floor)
{
    const sim_imu_errors *e = &u->set->of.imu;
    for (int j = 0; j < 3; j++)
        a->gain[j] = j == axis ? 1 + rng_normal(&u->random, scale)
                               : rng_normal(&u->random, radians(e->misalignment_deg));
    double tau_s = e->gyro_instability_s;
    for (int k = 0; k < FLICKERS; k++, tau_s /= 10)
        a->flicker[k] = drift_start(&u->random, flicker_sigma * floor, tau_s);
}

static void start_gyro(imu *u, int axis)
{
    const sim_imu_errors *e = &u->set->of.imu;
    imu_axis *a = &u->gyro[axis];
    a->turn_on = rng_normal(&u->random, radians(e->gyro_bias_dps));
    a->per_c = rng_normal(&u->random, radians(e->gyro_drift_dps_per_c));
    a->walk_rts = radians(e->gyro_walk_dps_rts);
    a->white = radians(e->gyro_noise_dps_rthz) * sqrt(u->set->rate_hz);
    a->range = radians(e->gyro_range_dps);
    a->step = a->range / 32768;
    start_axis(u, a, axis, e->gyro_scale, radians(e->gyro_instability_dph / 3600));
}

static void start_accel(imu *u, int axis)
{
    const sim_imu_errors *e = &u->set->of.imu;
    imu_axis *a = &u->accel[axis];
    a->turn_on = rng_normal(&u->random, e->accel_bias_mps2);
    a->per_c = rng_normal(&u->random, standard_gravity(e->accel_drift_ug_per_c));
    a->walk_rts = standard_gravity(e->accel_walk_ug_rts);
    a->white = standard_gravity(e->accel_noise_ug_rthz) * sqrt(u->set->rate_hz);
    a->range = e->accel_range_mps2;
    a->step = a->range / 32768;
    start_axis(u, a, axis, e->accel_scale, standard_gravity(e->accel_instability_ug));
}

/* Warming since it was switched on. The turn-on bias is the one at that moment. */
static double warmed_c(const imu *u, double t_s)
{
    return u->set->of.imu.warm_up_c * (1 - exp(-(u->on_s + t_s) / warm_tau_s));
}

static void move_slow(imu *u, imu_axis *a, double step_s, double warm_c)
{
    a->walked += rng_normal(&u->random, a->walk_rts * sqrt(step_s));
    a->slow = a->turn_on + a->walked + a->per_c * warm_c;
    for (int k = 0; k < FLICKERS; k++)
        a->slow += drift_next(&a->flicker[k], &u->random, step_s);
}

static void move_all(imu *u, const sim_moment *m)
{
    double step_s = (double)(m->stamp_ns - u->slow_ns) * 1e-9, warm_c = warmed_c(u, m->now->t_s);
    for (int i = 0; i < 3; i++) {
        move_slow(u, &u->gyro[i], step_s, warm_c);
        move_slow(u, &u->accel[i], step_s, warm_c);
    }
    u->slow_ns = m->stamp_ns;
}

static void update_gravity(imu *u, const sim_moment *m)
{
    for (int i = 0; i < 3; i++)
        u->gravity_at_m[i] = m->now->plane_m[i];
    earth_gravity(sim_world_earth(m->world), u->gravity_at_m, u->gravity);
}

/* f = a + 2 w x v - g of the lever's end, in body axes; the plane turns with the earth. */
static void find_force(imu *u, const sim_state *x, double body[3])
{
    double coriolis[3], f[3], turning[3], spin[3], inward[3];
    double(*R)[3] = (double(*)[3])x->R;
    cross(u->earth, x->velocity_mps, coriolis);
    for (int i = 0; i < 3; i++)
        f[i] = x->accel_mps2[i] + 2 * coriolis[i] - u->gravity[i];
    turn_back(R, f, body);
    cross(x->rate_dot_radps2, u->mount.lever_m, turning);
    cross(x->rate_radps, u->mount.lever_m, spin);
    cross(x->rate_radps, spin, inward);
    for (int i = 0; i < 3; i++)
        body[i] += turning[i] + inward[i];
}

static void start(void *self, const sim_sensor_settings *set, const sim_moment *first, rng random)
{
    imu *u = self;
    u->set = set;
    u->random = random;
    u->mount = sim_mount_draw(set, &u->random);
    u->on_s = rng_between(&u->random, on_least_s, on_most_s);
    for (int i = 0; i < 3; i++) {
        start_gyro(u, i);
        start_accel(u, i);
    }
    u->slow_ns = u->sampled_ns = first->stamp_ns;
    move_all(u, first);
    earth_rate(sim_world_earth(first->world), u->earth);
    update_gravity(u, first);
    find_force(u, first->now, u->force);
    chain((double[3][3]){{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, (double(*)[3])first->now->R, u->R_sampled);
}

static void step(void *self, const sim_moment *m)
{
    imu *u = self;
    double before[3] = {u->force[0], u->force[1], u->force[2]}, moved[3];
    for (int i = 0; i < 3; i++)
        moved[i] = m->now->plane_m[i] - u->gravity_at_m[i];
    if (dot(moved, moved) > gravity_step_m * gravity_step_m)
        update_gravity(u, m);
    find_force(u, m->now, u->force);
    if (m->now == m->before || m->now->t_s <= m->before->t_s)
        return;
    for (int i = 0; i < 3; i++)
        u->force_sum[i] += (before[i] + u->force[i]) / 2;
    u->steps++;
}

/* Mean rate of turn since the last sample, body axes, the earth's included: the rotation vector of
 * before^T now, over its time. */
static void mean_rate(const imu *u, const sim_state *x, double out[3])
{
    double R[3][3], earth[3], span_s = u->steps / (double)SIM_STEPS_PER_S;
    const double(*B)[3] = u->R_sampled, (*N)[3] = x->R;
    turn_back((double(*)[3])x->R, u->earth, earth);
    if (u->steps == 0) {
        for (int i = 0; i < 3; i++)
            out[i] = x->rate_radps[i] + earth[i];
        return;
    }
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            R[i][j] = B[0][i] * N[0][j] + B[1][i] * N[1][j] + B[2][i] * N[2][j];
    double axis[3] = {R[2][1] - R[1][2], R[0][2] - R[2][0], R[1][0] - R[0][1]};
    double sine = norm(axis) / 2, scale = sine > 1e-9 ? asin(fmin(sine, 1)) / sine / 2 : 0.5;
    for (int i = 0; i < 3; i++)
        out[i] = axis[i] * scale / span_s + earth[i];
}

/* One axis as it is read. */
static double measure(imu *u, const imu_axis *a, const double truth[3], double shake)
{
    double value = dot(a->gain, truth) + a->slow + rng_normal(&u->random, hypot(a->white, shake));
    value = fmin(fmax(value, -a->range), a->range - a->step);
    return sim_round(value, a->step);
}

static void sample(void *self, const sim_moment *m, const sim_emit *out)
{
    imu *u = self;
    double rate[3], w[3], mean[3], f[3], shake = u->set->of.imu.shake * m->now->vibration_mps2;
    if (m->stamp_ns - u->slow_ns >= SLOW_EVERY_NS)
        move_all(u, m);
    mean_rate(u, m->now, rate);
    for (int i = 0; i < 3; i++)
        mean[i] = u->steps > 0 ? u->force_sum[i] / u->steps : u->force[i];
    turn_back(u->mount.R_body_sensor, rate, w);
    turn_back(u->mount.R_body_sensor, mean, f);
    for (int i = 0; i < 3; i++) {
        u->out.u.imu.gyro_radps[i] = (float)measure(u, &u->gyro[i], w, shake_radps_per_mps2 * shake);
        u->out.u.imu.accel_mps2[i] = (float)measure(u, &u->accel[i], f, shake);
        u->force_sum[i] = 0;
        for (int j = 0; j < 3; j++)
            u->R_sampled[i][j] = m->now->R[i][j];
    }
    u->steps = 0;
    u->out.kind = FRAME_IMU;
    if (sim_frame_times(&u->out, u->set, m->stamp_ns, &u->link, &u->random))
        out->frame(out->context, &u->out);
}

const sim_sensor_kind sim_sensor_imu = {
    .kind = SOURCE_IMU,
    .size = sizeof(imu),
    .start = start,
    .step = step,
    .sample = sample,
};
