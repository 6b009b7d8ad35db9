#include "sim/sim_truth.h"

#include "sim/vec.h"

/* The simulator knows where it is, but for the rounding of what it writes. */
static const float sigma_m = 0.001f;

void sim_truth(const sim_earth *e, const sim_state *x, truth_point *out)
{
    geodetic at = earth_point(e, x->plane_m);
    double enu[3], columns[3][3];
    earth_local(e, &at, x->velocity_mps, enu);
    for (int j = 0; j < 3; j++)
        earth_local(e, &at, (double[3]){x->R[0][j], x->R[1][j], x->R[2][j]}, columns[j]);
    double heading = atan2(columns[0][0], columns[0][1]);
    out->latitude_rad = at.latitude_rad;
    out->longitude_rad = at.longitude_rad;
    out->height_m = at.height_m;
    for (int i = 0; i < 3; i++)
        out->velocity_enu_mps[i] = (float)enu[i];
    out->roll_rad = (float)atan2(columns[1][2], columns[2][2]);
    out->pitch_rad = (float)asin(columns[0][2]);
    out->heading_rad = (float)(heading < 0 ? heading + 2 * PI : heading);
    out->sigma_m = sigma_m;
}
