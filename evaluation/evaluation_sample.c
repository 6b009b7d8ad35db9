#include "evaluation/evaluation_sample.h"

#include "fusion/geodesy.h"
#include "fusion/rotation.h"

#include <math.h>
#include <string.h>

/* Chi-square with two degrees of freedom, 95 %: -2 ln 0.05. */
static const double chi2_2_95 = 5.991464547107979;

/* Below this the direction of motion says nothing. */
static const double moving_mps = 1.0;

double wrap_angle(double rad)
{
    return remainder(rad, 2 * M_PI);
}

static void set_position_error(const pose_sample *s, const truth_point *truth, error_sample *out)
{
    double true_ecef[3], difference[3], axes[3][3];
    geodetic_to_ecef(truth->latitude_rad, truth->longitude_rad, truth->height_m, true_ecef);
    enu_axes(truth->latitude_rad, truth->longitude_rad, axes);
    for (int i = 0; i < 3; i++)
        difference[i] = s->position_ecef_m[i] - true_ecef[i];
    rows_mulv(axes, difference, out->enu_m);
}

/* Along: the true direction of motion, or where the reference points when it (almost) stands. */
static void set_along_cross(const truth_point *truth, error_sample *out)
{
    double east, north;
    if (out->speed_mps > moving_mps) {
        east = truth->velocity_enu_mps[0] / out->speed_mps;
        north = truth->velocity_enu_mps[1] / out->speed_mps;
    } else {
        east = sin(truth->heading_rad);
        north = cos(truth->heading_rad);
    }
    out->along_m = out->enu_m[0] * east + out->enu_m[1] * north;
    out->cross_m = out->enu_m[1] * east - out->enu_m[0] * north;
}

static void set_nees(const pose_sample *s, const truth_point *truth, error_sample *out)
{
    double own = isfinite(truth->sigma_m) ? (double)truth->sigma_m * (double)truth->sigma_m : 0;
    double ee = s->covariance[0][0] + own, nn = s->covariance[1][1] + own, en = s->covariance[0][1];
    double det = ee * nn - en * en;
    double e = out->enu_m[0], n = out->enu_m[1];
    bool valid = ee > 0 && nn > 0 && det > 0; /* false for NAN too */
    out->nees = valid ? (e * e * nn - 2 * e * n * en + n * n * ee) / det : NAN;
    out->inside95 = out->nees <= chi2_2_95;
    double larger = (ee + nn) / 2 + hypot((ee - nn) / 2, en); /* eigenvalue of the 2 x 2 covariance */
    out->bound_m = valid ? sqrt(chi2_2_95 * larger) : NAN;
}

void error_sample_make(const pose_sample *s, const truth_point *truth, double yaw_rad, error_sample *out)
{
    out->stamp_ns = truth->stamp_ns;
    out->mode = s->mode;
    memcpy(out->protection, s->protection, sizeof out->protection);
    memcpy(out->alert, s->alert, sizeof out->alert);
    out->alerted = s->alerted;
    out->speed_mps = hypot(truth->velocity_enu_mps[0], truth->velocity_enu_mps[1]);
    set_position_error(s, truth, out);
    set_along_cross(truth, out);
    set_nees(s, truth, out);
    for (int i = 0; i < 3; i++)
        out->velocity_enu_mps[i] = s->velocity_enu_mps[i] - (double)truth->velocity_enu_mps[i];
    /* Heading runs clockwise, yaw to the left. */
    out->heading_rad = wrap_angle(s->heading_rad - yaw_rad - (double)truth->heading_rad);
}
