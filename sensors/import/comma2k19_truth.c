/* The reference trajectory of a comma2k19 segment. */
#include "fusion/geodesy.h"
#include "sensors/import/comma2k19.h"

#include <math.h>

/* Rotation matrix of a unit quaternion w, x, y, z. False when it is none. */
static bool rotation(const double q[4], double r[3][3])
{
    double norm = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    if (!(fabs(norm - 1.0) < 0.01))
        return false;
    double w = q[0] / norm, x = q[1] / norm, y = q[2] / norm, z = q[3] / norm;
    const double m[3][3] = {
        {1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)},
        {2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)},
        {2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)},
    };
    for (int i = 0; i < 9; i++)
        r[i / 3][i % 3] = m[i / 3][i % 3];
    return true;
}

/* R_enu_flu = R_enu_ecef R_ecef_frd diag(1, -1, -1): forward, left, up is forward, right, down turned by 180
 * degrees about x. */
static void set_attitude(truth_point *t, double axes[3][3], const double q[4])
{
    double device[3][3], r[3][3];
    if (!rotation(q, device))
        return;
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            double sum = axes[i][0] * device[0][j] + axes[i][1] * device[1][j] + axes[i][2] * device[2][j];
            r[i][j] = j == 0 ? sum : -sum;
        }
    }
    double heading = atan2(r[0][0], r[1][0]); /* east over north of the forward axis */
    t->heading_rad = (float)(heading < 0.0 ? heading + 2.0 * 3.14159265358979323846 : heading);
    t->pitch_rad = (float)asin(fmax(-1.0, fmin(1.0, r[2][0])));
    t->roll_rad = (float)atan2(r[2][1], r[2][2]);
}

static void set_velocity(truth_point *t, double axes[3][3], const double v[3])
{
    for (int i = 0; i < 3; i++)
        t->velocity_enu_mps[i] = (float)(axes[i][0] * v[0] + axes[i][1] * v[1] + axes[i][2] * v[2]);
}

/* The row of `s` that has the same place in the files; NaN when there is none. */
static void same_row(const series *s, size_t row, double *out, size_t columns)
{
    for (size_t i = 0; i < columns; i++)
        out[i] = s->count > 0 && row < s->value.rows ? npy_number(&s->value, row, i) : NAN;
}

static bool on_earth(const double p[3])
{
    double radius = sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
    return radius > 6.3e6 && radius < 6.5e6;
}

bool comma2k19_add_truth(frame_store *store, series *positions, const series *velocities,
                         const series *orientations, error *e)
{
    for (size_t i = 0; i < positions->count; i++) {
        double position[3], velocity[3], q[4], axes[3][3];
        size_t row = positions->rows[i].row;
        same_row(positions, row, position, 3);
        if (!on_earth(position)) {
            positions->dropped++;
            continue;
        }
        truth_point t = {.stamp_ns = positions->rows[i].ns,
                         .roll_rad = NAN,
                         .pitch_rad = NAN,
                         .heading_rad = NAN,
                         .sigma_m = NAN};
        ecef_to_geodetic(position, &t.latitude_rad, &t.longitude_rad, &t.height_m);
        enu_axes(t.latitude_rad, t.longitude_rad, axes);
        same_row(velocities, row, velocity, 3);
        set_velocity(&t, axes, velocity);
        same_row(orientations, row, q, 4);
        set_attitude(&t, axes, q);
        if (!frame_store_add_truth(store, &t, e))
            return false;
    }
    return true;
}
