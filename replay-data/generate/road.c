#include "road.h"

#include "sim/vec.h"

/* One piece: over `length_m` the curvature goes from where it was to `curvature_1pm`. */
typedef struct {
    double length_m, curvature_1pm;
} piece;

/* The first and the long straight after the tunnel were solved for so that the loop closes; the last turn so
 * that its heading does. */
static const piece pieces[] = {
    /* a winding street */
    {70, 0},
    {40, 0.006},
    {30, 0.006},
    {40, -0.006},
    {30, -0.006},
    {40, 0},
    {105.473, 0},
    /* left at the crossing */
    {10, 1.0 / 11},
    {6.895, 1.0 / 11},
    {10, 0},
    /* up to the lights, then half right */
    {180, 0},
    {11, -1.0 / 13},
    {4.882, -1.0 / 13},
    {11, 0},
    /* short street, left towards the tunnel */
    {90, 0},
    {10, 1.0 / 12},
    {10.316, 1.0 / 12},
    {10, 0},
    /* ramp, tunnel in a long bend, ramp */
    {40, 0},
    {60, 1.0 / 280},
    {240, 1.0 / 280},
    {60, 0},
    {170, 0},
    /* left, open stretch down to the lights before the roundabout */
    {12, 1.0 / 16},
    {10.340, 1.0 / 16},
    {12, 0},
    {235.497, 0},
    /* roundabout, straight over */
    {8, -1.0 / 14},
    {1.285, -1.0 / 14},
    {8, 0},
    {9, 1.0 / 13},
    {14.597, 1.0 / 13},
    {9, 0},
    {8, -1.0 / 14},
    {0.796, -1.0 / 14},
    {8, 0},
    /* open stretch in a wide right-hand bend, left into where it began */
    {60, 0},
    {50, -0.0022},
    {60, -0.0022},
    {50, 0},
    {10, 1.0 / 12},
    {8.321, 1.0 / 12},
    {10, 0},
};

static const double first_yaw_rad = 12 * (PI / 180);
static const double tunnel_from_m = 780, tunnel_to_m = 1200;

/* Heights: harmonics of the loop, so that it closes in height too; grades up to about 4 %. */
static const struct {
    double amplitude_m, periods, phase_rad;
} hills[] = {{5.0, 1, 0.4}, {1.6, 3, 2.0}, {0.10, 23, 0.0}};

/* Along one piece the curvature follows 3u^2 - 2u^3: its ends have no corner, as a driver's hands have none.
 */
static double blend(double from, double to, double u)
{
    return from + (to - from) * u * u * (3 - 2 * u);
}

static double blend_integral(double from, double to, double u)
{
    return from * u + (to - from) * u * u * u * (1 - u / 2);
}

static void plan_at(double s_m, road_shape *shape)
{
    double begin = 0, curvature = 0, yaw = first_yaw_rad;
    for (unsigned i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        const piece *p = &pieces[i];
        double u = (s_m - begin) / p->length_m;
        if (u < 1) {
            u = fmax(u, 0);
            shape->curvature_1pm = blend(curvature, p->curvature_1pm, u);
            shape->yaw_rad = yaw + p->length_m * blend_integral(curvature, p->curvature_1pm, u);
            return;
        }
        yaw += p->length_m * (curvature + p->curvature_1pm) / 2;
        curvature = p->curvature_1pm;
        begin += p->length_m;
    }
    shape->curvature_1pm = 0;
    shape->yaw_rad = yaw;
}

road_shape road_at(double s_m)
{
    road_shape shape = {0};
    plan_at(s_m, &shape);
    for (unsigned i = 0; i < sizeof hills / sizeof *hills; i++) {
        double wave = 2 * PI * hills[i].periods / ROAD_LENGTH_M, phase = wave * s_m + hills[i].phase_rad;
        shape.height_m += hills[i].amplitude_m * sin(phase);
        shape.grade += hills[i].amplitude_m * wave * cos(phase);
    }
    /* The crown falls 1.5 % towards the kerb on the right; bends lean inwards. */
    shape.bank_rad = 0.015 - 0.3 * shape.curvature_1pm;
    return shape;
}

bool road_in_tunnel(double s_m)
{
    return s_m >= tunnel_from_m && s_m <= tunnel_to_m;
}

double road_ahead(double a_m, double b_m)
{
    return remainder(b_m - a_m, ROAD_LENGTH_M);
}
