/* An inertial unit's noise, at rest and when the road shakes it, and its bias. */
#include "sim/fit_private.h"
#include "sim/vec.h"

#include <stdlib.h>

enum { WINDOW = 100 }; /* frames: about a second */

/* What engine and road put into the simulated unit (vehicle.c, sensor_imu.c): m/s^2 at idle, and for each m
 * of roughness and m/s; rad/s for each m/s^2. */
static const double idle_mps2 = 0.02, shake_per_m_mps = 2, shake_radps_per_mps2 = 0.01;
static const double stands_mps = 0.5, moves_mps = 5;
static const double gravity_mps2 = 9.80665;

typedef struct {
    fit_source *s;
    size_t count, windows, resting;
    double *t_s, *gyro[3], *accel[3];
    double *gyro_sigma, *accel_sigma, *speed_mps; /* of windows */
    double *room;
} imu;

static bool make_room(imu *u)
{
    double **all[] = {&u->t_s,         &u->gyro[0],   &u->gyro[1],  &u->gyro[2],
                      &u->accel[0],    &u->accel[1],  &u->accel[2], &u->gyro_sigma,
                      &u->accel_sigma, &u->speed_mps, &u->room};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        *all[i] = fit_room(u->s, u->s->count);
    return !u->s->failed;
}

static void give_back(imu *u)
{
    double *all[] = {u->t_s,      u->gyro[0],    u->gyro[1],     u->gyro[2],   u->accel[0], u->accel[1],
                     u->accel[2], u->gyro_sigma, u->accel_sigma, u->speed_mps, u->room};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

static void take_frames(imu *u)
{
    size_t at = 0;
    while (u->count < u->s->count && fit_next(u->s, FRAME_IMU, &at)) {
        const frame_imu *f = &u->s->scratch->u.imu;
        u->t_s[u->count] = fit_seconds(u->s, u->s->scratch->stamp_ns);
        for (int i = 0; i < 3; i++) {
            u->gyro[i][u->count] = (double)f->gyro_radps[i];
            u->accel[i][u->count] = (double)f->accel_mps2[i];
        }
        u->count++;
    }
}

/* Root mean square of three axes' roughness in one window. */
static double window_sigma(const imu *u, double *const value[3], size_t from)
{
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        const series x = {u->t_s + from, value[i] + from, WINDOW};
        sum += pow(series_rough(&x), 2) / 3;
    }
    return sqrt(sum);
}

static double least_sigma(const imu *u, double *const value[3], size_t from)
{
    double least = NAN;
    for (int i = 0; i < 3; i++)
        least = fmin(least, series_rough(&(series){u->t_s + from, value[i] + from, WINDOW}));
    return least;
}

static void find_windows(imu *u)
{
    for (size_t from = 0; from + WINDOW <= u->count; from += WINDOW) {
        sim_motion_state x;
        if (!sim_motion_at(u->s->in->motion, u->t_s[from + WINDOW / 2], &x))
            continue;
        size_t i = u->windows++;
        u->speed_mps[i] = hypot(x.velocity_mps[0], x.velocity_mps[1]);
        u->gyro_sigma[i] = least_sigma(u, u->gyro, from);
        u->accel_sigma[i] = window_sigma(u, u->accel, from);
        u->resting += u->speed_mps[i] < stands_mps;
    }
}

/* Median over the windows at rest, or over those that move. */
static double typical(imu *u, const double *sigma, bool at_rest)
{
    size_t n = 0;
    for (size_t i = 0; i < u->windows; i++) {
        if (isfinite(sigma[i]) && (at_rest ? u->speed_mps[i] < stands_mps : u->speed_mps[i] > moves_mps))
            u->room[n++] = sigma[i];
    }
    return series_median(u->room, n);
}

static double left_over(double whole, double part)
{
    return sqrt(fmax(whole * whole - part * part, 0));
}

/* What the simulated vehicle would put into a bolted box at that speed. */
static double bolted(const imu *u, double speed_mps)
{
    return idle_mps2 + shake_per_m_mps * u->s->fit->scenario->vehicle.roughness_m * speed_mps;
}

/* How many times a bolted box's shaking, when so much of each sample is noise. */
static double shaking(imu *u, double floor)
{
    size_t n = 0;
    for (size_t i = 0; i < u->windows; i++) {
        double shake = left_over(u->accel_sigma[i], floor);
        if (u->speed_mps[i] > moves_mps && isfinite(shake))
            u->room[n++] = shake / bolted(u, u->speed_mps[i]);
    }
    return series_median(u->room, n);
}

static void fit_accel(imu *u)
{
    fit_source *s = u->s;
    double rate = sqrt(s->sensor->rate_hz), rest = u->resting >= 2 ? typical(u, u->accel_sigma, true) : NAN;
    double moving = typical(u, u->accel_sigma, false), unit = rate * gravity_mps2 * 1e-6;
    double floor = s->sensor->of.imu.accel_noise_ug_rthz * unit;
    if (isfinite(rest)) { /* an idling engine shakes a soft holder more, too */
        double times = shaking(u, rest);
        floor = left_over(rest, bolted(u, 0) * (isfinite(times) ? fmax(times, 1) : 1));
        fit_take(s->fit, s->where, "accel_noise_ug_rthz", floor / unit,
                 "third differences at rest, %.4f m/s^2 a sample, less what an engine does", rest);
    } else {
        fit_keep(s->fit, s->where, "accel_noise_ug_rthz",
                 "it never stands: noise and shaking cannot be told apart");
    }
    double times = shaking(u, floor);
    if (isfinite(times))
        fit_take(s->fit, s->where, "shake", times,
                 "%.2f m/s^2 a sample while it moves (third differences), over a bolted box on a good street",
                 moving);
    else
        fit_keep(s->fit, s->where, "shake", "it never moves");
}

/* The axis that says least bounds the white noise, which is the same in all; the others swing besides. */
static void fit_gyro(imu *u)
{
    fit_source *s = u->s;
    double rate = sqrt(s->sensor->rate_hz), least = typical(u, u->gyro_sigma, u->resting >= 2);
    double floor = s->sensor->of.imu.accel_noise_ug_rthz * 1e-6 * gravity_mps2 * rate;
    double shake = shake_radps_per_mps2 * left_over(typical(u, u->accel_sigma, u->resting >= 2), floor);
    if (!isfinite(least)) {
        fit_keep(s->fit, s->where, "gyro_noise_dps_rthz", "too few frames in a row");
        return;
    }
    fit_take(s->fit, s->where, "gyro_noise_dps_rthz", degrees(left_over(least, shake)) / rate,
             "third differences %s of the stillest axis, %.3f deg/s a sample, less %.3f that shaking does",
             u->resting >= 2 ? "at rest" : "while it moves", degrees(least), degrees(shake));
    double axis[3];
    for (int i = 0; i < 3; i++)
        axis[i] = degrees(series_rough(&(series){u->t_s, u->gyro[i], u->count}));
    fit_remark(s->fit, s->where,
               "gyro x, y, z over the drive: %.2f, %.2f, %.2f deg/s a sample; the simulator shakes all alike",
               axis[0], axis[1], axis[2]);
}

/* Lag-1 correlation of the changes from sample to sample at speed: -0.5 of white noise, more of a sensor that
 * smooths or a body that swings. */
static void remark_colour(imu *u)
{
    double products = 0, squares = 0;
    for (size_t i = 2; i < u->count; i++) {
        double now = u->accel[2][i] - u->accel[2][i - 1], before = u->accel[2][i - 1] - u->accel[2][i - 2];
        products += now * before;
        squares += now * now;
    }
    fit_remark(
        u->s->fit, u->s->where,
        "vertical acceleration: neighbouring changes correlate by %.2f; white noise, and the simulator's "
        "shaking: -0.50",
        products / squares);
}

static void fit_bias(imu *u)
{
    fit_source *s = u->s;
    double mount[3][3], sum[3] = {0}, turned[3], truth = 0;
    const mount_settings *m = &s->source->mount;
    size_t n = 0;
    rotation(radians(m->yaw_deg), radians(m->pitch_deg), radians(m->roll_deg), mount);
    for (size_t i = 0; i < u->count; i++) {
        fit_truth x;
        if (!isfinite(u->gyro[2][i]) || !fit_truth_at(s, m, u->t_s[i], &x))
            continue;
        for (int j = 0; j < 3; j++)
            sum[j] += u->gyro[j][i];
        truth += x.yaw_rate_radps;
        n++;
    }
    turn(mount, sum, turned);
    turned[2] -= truth;
    double scale = degrees(1) / fmax((double)n, 1);
    fit_take(s->fit, s->where, "gyro_bias_dps", norm(turned) * scale / sqrt(3),
             "mean rate less the motion's: %.3f, %.3f, %.3f deg/s about body x, y, z", turned[0] * scale,
             turned[1] * scale, turned[2] * scale);
}

static void fit_mount(imu *u)
{
    const fusion_status *f = u->s->in->status;
    if (f->mount_pitch_sigma_rad < radians(1) && isfinite(f->mount_pitch_rad))
        fit_take(u->s->fit, u->s->where, "turned_pitch_deg", degrees((double)f->mount_pitch_rad),
                 "as posed finds it, to %.2f deg", degrees((double)f->mount_pitch_sigma_rad));
    else
        fit_keep(u->s->fit, u->s->where, "turned_pitch_deg", "posed has not found it");
    if (f->mount_yaw_sigma_rad < radians(1) && isfinite(f->mount_yaw_rad))
        fit_take(u->s->fit, u->s->where, "turned_yaw_deg", degrees((double)f->mount_yaw_rad),
                 "as posed finds it, to %.2f deg", degrees((double)f->mount_yaw_sigma_rad));
    else
        fit_keep(u->s->fit, u->s->where, "turned_yaw_deg", "posed has not found it");
}

void fit_imu(fit_source *s)
{
    imu u = {.s = s};
    fit_latency(s, NAN, "");
    if (make_room(&u)) {
        take_frames(&u);
        find_windows(&u);
        fit_accel(&u);
        fit_gyro(&u);
        remark_colour(&u);
        fit_bias(&u);
        fit_mount(&u);
        fit_keep(s->fit, s->where, "gyro_instability_dph",
                 "a drive of minutes does not tell it from the motion");
        fit_keep(s->fit, s->where, "accel_bias_mps2", "a tilted mount looks the same");
    }
    give_back(&u);
}
