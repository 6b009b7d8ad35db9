/*
 * The speed that a vehicle bus tells at 50 Hz: tyres 1 % smaller than it believes, steps of a centimetre per
 * second, and a clean zero when nothing turns.
 */
#include "sim/rng.h"
#include "sensors.h"
#include "sim/vec.h"

enum { SPAN = STEPS_PER_SECOND / 50, RECEIVED_AFTER_MS = 10 };

static const double scale = 1.01, noise_mps = 0.03, unit_mps = 0.01;

static void write_wheel(FILE *out, const drive *d)
{
    const double origin[3] = {0, 0, 0};
    rng r = rng_seed(DRIVE_SEED, STREAM_WHEEL);
    for (size_t step = SENSOR_MARGIN; step + SENSOR_MARGIN < d->trajectory.count; step += SPAN) {
        double v[3], noise = rng_normal(&r, noise_mps);
        trajectory_velocity(&d->trajectory, step, origin, v);
        double speed = hypot(v[0], hypot(v[1], v[2]));
        bool turning = d->trajectory.states[step].speed_mps > 0;
        print_time(out, step, 0);
        print_time(out, step, RECEIVED_AFTER_MS);
        fprintf(out, "can,%.2f\n", turning ? fmax(quantize(scale * speed + noise, unit_mps), 0) : 0.0);
    }
}

const sensor sensor_wheel = {
    .file = "wheel.csv",
    .columns = "stamp_s,received_s,source,speed_mps",
    .write = write_wheel,
};
