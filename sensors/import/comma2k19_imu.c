/* Gyroscope and accelerometer of a comma2k19 log as one IMU. */
#include "sensors/import/comma2k19.h"

#include <math.h>
#include <stdlib.h>

static void set_axes(float out[3], const series *s, size_t i)
{
    for (size_t axis = 0; axis < 3; axis++)
        out[axis] = s ? (float)series_value(s, i, axis) : NAN;
}

/* A sample at `ns`; a series that has nothing for it is NULL. */
static bool add_sample(frame_store *store, int64_t ns, const series *gyro, size_t i,
                       const series *accelerometer, size_t j, error *e)
{
    frame f = {.kind = FRAME_IMU, .stamp_ns = ns, .received_ns = ns};
    set_axes(f.u.imu.gyro_radps, gyro, i);
    set_axes(f.u.imu.accel_mps2, accelerometer, j);
    return frame_store_add(store, &f, "imu/device", e);
}

/* How far apart two samples may be and still make one: both sensors sit on one chip and are read at one rate,
 * but not on every phone at once. */
static int64_t pairing_window(const series *gyro)
{
    const int64_t least = 1000000, most = 10000000;
    if (gyro->count < 2)
        return least;
    int64_t half = (gyro->rows[gyro->count - 1].ns - gyro->rows[0].ns) / (int64_t)(gyro->count - 1) / 2;
    return half < least ? least : half > most ? most : half;
}

/* Whether the accelerometer's next sample fits gyro sample i better than its present one does. */
static bool next_is_nearer(const series *gyro, size_t i, const series *accelerometer, size_t j)
{
    int64_t ns = gyro->rows[i].ns;
    return j + 1 < accelerometer->count &&
           llabs(accelerometer->rows[j + 1].ns - ns) < llabs(accelerometer->rows[j].ns - ns);
}

bool comma2k19_add_imu(frame_store *store, const series *gyro, const series *accelerometer, error *e)
{
    int64_t window = pairing_window(gyro);
    size_t i = 0, j = 0;
    while (i < gyro->count || j < accelerometer->count) {
        int64_t g = i < gyro->count ? gyro->rows[i].ns : INT64_MAX;
        int64_t a = j < accelerometer->count ? accelerometer->rows[j].ns : INT64_MAX;
        bool pair = i < gyro->count && j < accelerometer->count && llabs(g - a) <= window &&
                    !next_is_nearer(gyro, i, accelerometer, j);
        bool with_gyro = pair || (g < a && !(llabs(g - a) <= window));
        bool with_accelerometer = pair || !with_gyro;
        if (!add_sample(store, with_gyro ? g : a, with_gyro ? gyro : NULL, i,
                        with_accelerometer ? accelerometer : NULL, j, e))
            return false;
        i += with_gyro;
        j += with_accelerometer;
    }
    return true;
}
