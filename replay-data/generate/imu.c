/*
 * A consumer MEMS part at 100 Hz. It averages over the interval before its stamp, as parts with an on-chip
 * filter do.
 */
#include "earth.h"
#include "sim/rng.h"
#include "sensors.h"
#include "sim/vec.h"

enum { RATE_HZ = 100, SPAN = STEPS_PER_SECOND / RATE_HZ, RECEIVED_AFTER_MS = 2 };

/* Noise densities and turn-on biases of the BMI160 class; the instability drifts over minutes. */
static const double gyro_noise_dps_rthz = 0.005, gyro_turn_on_dps = 0.5, gyro_instability_dps = 10.0 / 3600;
static const double accel_noise_mps2_rthz = 100e-6 * 9.80665, accel_turn_on_mps2 = 0.05;
static const double accel_instability_mps2 = 0.002, instability_tau_s = 300;
/* 16 bits over +-250 deg/s and +-4 g. */
static const double gyro_unit_radps = 250.0 / 32768 * (PI / 180), accel_unit_mps2 = 4 * 9.80665 / 32768;
/* How it was screwed on, which nobody measured. */
static const double mount_pitch_deg = 1.0, mount_yaw_deg = 0.7;

typedef struct {
    double turn_on;
    drift instability;
    double white;
} axis_error;

static void mean_rate(const trajectory *t, size_t step, size_t span, double out[3])
{
    double before[3][3], after[3][3], R[3][3], earth[3], earth_body[3];
    trajectory_attitude(t, step - span, before);
    trajectory_attitude(t, step, after);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            R[i][j] = before[0][i] * after[0][j] + before[1][i] * after[1][j] + before[2][i] * after[2][j];
    /* The rotation vector of R = before^T after: axis times angle. */
    double axis[3] = {R[2][1] - R[1][2], R[0][2] - R[2][0], R[1][0] - R[0][1]};
    double sine = norm(axis) / 2, angle = asin(fmin(sine, 1)), scale = sine > 1e-12 ? angle / sine / 2 : 0.5;
    double span_s = (double)span / STEPS_PER_SECOND;
    earth_rate(&t->earth, earth);
    trajectory_attitude(t, step - span / 2, R);
    turn_back(R, earth, earth_body);
    for (int i = 0; i < 3; i++)
        out[i] = axis[i] * scale / span_s + earth_body[i];
}

/* f = a + 2 w x v - g, everything in the plane, which turns with the earth. */
static void force(const trajectory *t, size_t step, const double lever_m[3], double body[3])
{
    double R[3][3], at[3], v[3], a[3], g[3], earth[3], coriolis[3];
    trajectory_attitude(t, step, R);
    trajectory_position(t, step, lever_m, at);
    trajectory_velocity(t, step, lever_m, v);
    trajectory_acceleration(t, step, lever_m, a);
    earth_gravity(&t->earth, at, g);
    earth_rate(&t->earth, earth);
    cross(earth, v, coriolis);
    for (int i = 0; i < 3; i++)
        a[i] += 2 * coriolis[i] - g[i];
    turn_back(R, a, body);
}

void imu_perfect(const trajectory *t, size_t step, size_t span, const double lever_m[3], double mount[3][3],
                 double gyro_radps[3], double accel_mps2[3])
{
    double rate[3], mean[3] = {0}, f[3];
    mean_rate(t, step, span, rate);
    for (size_t k = 0; k <= span; k++) {
        force(t, step - k, lever_m, f);
        double weight = (k == 0 || k == span ? 0.5 : 1.0) / (double)span;
        for (int i = 0; i < 3; i++)
            mean[i] += weight * f[i];
    }
    turn_back(mount, rate, gyro_radps);
    turn_back(mount, mean, accel_mps2);
}

static axis_error axis(rng *r, double turn_on, double instability, double density)
{
    axis_error e = {.turn_on = rng_normal(r, turn_on)};
    e.instability = drift_start(r, instability, instability_tau_s);
    e.white = density * sqrt(RATE_HZ);
    return e;
}

/* Engine and road shake the part on top of its own noise: more with speed. */
static double worsen(axis_error *e, rng *r, double vibration)
{
    double slow = e->turn_on + drift_next(&e->instability, r, 1.0 / RATE_HZ);
    return slow + rng_normal(r, hypot(e->white, vibration));
}

static void write_imu(FILE *out, const drive *d)
{
    rng r = rng_seed(DRIVE_SEED, STREAM_IMU);
    axis_error gyro[3], accel[3];
    double mount[3][3], w[3], f[3];
    rotation(radians(mount_yaw_deg), radians(mount_pitch_deg), 0, mount);
    for (int i = 0; i < 3; i++) {
        gyro[i] =
            axis(&r, radians(gyro_turn_on_dps), radians(gyro_instability_dps), radians(gyro_noise_dps_rthz));
        accel[i] = axis(&r, accel_turn_on_mps2, accel_instability_mps2, accel_noise_mps2_rthz);
    }
    for (size_t step = SENSOR_MARGIN; step + SENSOR_MARGIN < d->trajectory.count; step += SPAN) {
        double speed = d->trajectory.states[step].speed_mps;
        imu_perfect(&d->trajectory, step, SPAN, imu_lever_m, mount, w, f);
        print_time(out, step, 0);
        print_time(out, step, RECEIVED_AFTER_MS);
        fputs("body", out);
        for (int i = 0; i < 3; i++)
            fprintf(out, ",%.6f",
                    quantize(w[i] + worsen(&gyro[i], &r, 3e-4 + 1e-4 * speed), gyro_unit_radps));
        for (int i = 0; i < 3; i++)
            fprintf(out, ",%.5f",
                    quantize(f[i] + worsen(&accel[i], &r, 0.03 + 0.006 * speed), accel_unit_mps2));
        fputc('\n', out);
    }
}

const sensor sensor_imu = {
    .file = "imu.csv",
    .columns = "stamp_s,received_s,source,gyro_x_radps,gyro_y_radps,gyro_z_radps,accel_x_mps2,accel_y_mps2,"
               "accel_z_mps2",
    .write = write_imu,
};
