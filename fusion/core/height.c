/*
 * What is known of the height.
 *
 * A fix may have none: two-dimensional, or of a receiver whose height is not recorded. The pose then starts
 * on the ellipsoid, which is no less right than any other height, and says that it knows nothing of it, until
 * something comes that does. The filter itself holds what it would otherwise: a variance of a square
 * kilometre beside those of metres is more than single precision has.
 */
#include "fusion/core/height.h"

#include "fusion/core/core.h"

#include <math.h>

/* Roads lie up to 5,900 m above the ellipsoid, and the lowest 430 m below. One sigma of which the fault-free
 * bound holds both. Too small: a bound that breaks in the mountains; too large: no harm. */
static const float unknown_sigma_m = 1200.0f;

void height_measured(fusion *c)
{
    c->height_known = true;
    c->since_height_m = 0.0;
}

double height_at_start(const fusion *c, const frame_gnss *g)
{
    double latitude, longitude, height = 0.0;
    if (isfinite(g->height_m))
        return g->height_m;
    if (c->height_known)
        ecef_to_geodetic(c->f.position_ecef_m, &latitude, &longitude, &height);
    return height;
}

void height_learn(fusion *c, const frame_gnss *g)
{
    double latitude, longitude, height;
    if (c->height_known || !isfinite(g->height_m))
        return;
    ecef_to_geodetic(c->f.position_ecef_m, &latitude, &longitude, &height);
    for (int i = 0; i < 3; i++)
        c->f.position_ecef_m[i] += (g->height_m - height) * c->f.r_enu_ecef[2][i];
    filter_refresh_gravity(&c->f);
    height_measured(c);
}

void height_doubt(const fusion *c, fusion_pose *p)
{
    if (!c->height_known)
        p->covariance[2][2] += unknown_sigma_m * unknown_sigma_m;
}
