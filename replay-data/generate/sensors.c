#include "sensors.h"

#include "sim/vec.h"

const double gnss_lever_m[3] = {1.2, 0.2, 1.5};
const double imu_lever_m[3] = {0.3, 0, 0.5};
const double radar_lever_m[3] = {3.6, 0, 0.5};
const double camera_lever_m[3] = {1.8, 0, 1.3};

void print_time(FILE *out, size_t step, size_t delay_ms)
{
    size_t ms = step + delay_ms;
    fprintf(out, "%lld.%03zu,", DRIVE_BEGIN_S + (long long)(ms / 1000), ms % 1000);
}

double quantize(double value, double unit)
{
    return round(value / unit) * unit;
}

double step_seconds(size_t step)
{
    return (double)step / STEPS_PER_SECOND;
}

void to_sensor(const drive *d, size_t step, double mount[3][3], const double plane[3], double out[3])
{
    double R[3][3], body[3];
    trajectory_attitude(&d->trajectory, step, R);
    turn_back(R, plane, body);
    turn_back(mount, body, out);
}
