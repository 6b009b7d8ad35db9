/*
 * A single-frequency receiver at 5 Hz. Its stamps are those of arrival, 0.12 s after the antenna was there:
 * the latency is for the filter to find.
 */
#include "earth.h"
#include "road.h"
#include "sim/rng.h"
#include "sensors.h"
#include "sim/vec.h"

enum { SPAN = STEPS_PER_SECOND / 5, LATENCY_MS = 120 };

/* Slow errors: atmosphere, orbits and reflections, as street recordings of such receivers show them. */
static const double slow_sigma_m = 0.9, slow_up_sigma_m = 1.8, slow_tau_s = 60;
static const double street_sigma_m = 0.6, street_up_sigma_m = 1.0, street_tau_s = 35;
static const double white_sigma_m = 0.3, white_up_sigma_m = 0.5, velocity_sigma_mps = 0.1;
/* Behind the tunnel the receiver is worse, and knows it, until it has its satellites back. */
static const double recovery_s = 6;
/* A reflection off a tall front: the fix moves to the left of the road, and back. */
static const double jump_at_m = 1625, jump_s = 8, jump_m = 25;

typedef struct {
    rng random;
    drift slow[3], street[3], claim;
    double seen_sky_s;  /* since the tunnel */
    double jump_from_s; /* NAN: not yet */
    double jump_yaw_rad;
} receiver;

static receiver start(void)
{
    receiver r = {.random = rng_seed(DRIVE_SEED, STREAM_GNSS), .seen_sky_s = 1e3, .jump_from_s = NAN};
    for (int i = 0; i < 3; i++) {
        r.slow[i] = drift_start(&r.random, i < 2 ? slow_sigma_m : slow_up_sigma_m, slow_tau_s);
        r.street[i] = drift_start(&r.random, i < 2 ? street_sigma_m : street_up_sigma_m, street_tau_s);
    }
    r.claim = drift_start(&r.random, 0.25, 20);
    return r;
}

/* Moves a point of the plane by everything that is wrong with the fix. */
static void displace(receiver *r, const trajectory_state *x, double now_s, double at_m[3])
{
    double worse = r->seen_sky_s < recovery_s ? 3 - 2 * r->seen_sky_s / recovery_s : 1;
    for (int i = 0; i < 3; i++) {
        double slow = drift_next(&r->slow[i], &r->random, 0.2);
        double street = drift_next(&r->street[i], &r->random, 0.2);
        double white = rng_normal(&r->random, i < 2 ? white_sigma_m : white_up_sigma_m);
        at_m[i] += worse * (slow + street + white);
    }
    if (isnan(r->jump_from_s) && x->s_m >= jump_at_m) {
        r->jump_from_s = now_s;
        r->jump_yaw_rad = x->yaw_rad + PI / 2;
    }
    if (now_s - r->jump_from_s < jump_s) {
        at_m[0] += jump_m * cos(r->jump_yaw_rad);
        at_m[1] += jump_m * sin(r->jump_yaw_rad);
    }
}

static void write_accuracy(FILE *out, receiver *r)
{
    double claim = 1.6 + drift_next(&r->claim, &r->random, 0.2);
    double worse = r->seen_sky_s < recovery_s ? 3 - 2 * r->seen_sky_s / recovery_s : 1;
    claim = worse * fmin(fmax(claim, 1.2), 2.5);
    fprintf(out, ",%.1f,%.1f", claim, 1.6 * claim);
}

static void write_velocity(FILE *out, receiver *r, const drive *d, const geodetic *at,
                           const double plane_mps[3])
{
    double enu[3];
    earth_local(&d->trajectory.earth, at, plane_mps, enu);
    for (int i = 0; i < 3; i++)
        fprintf(out, ",%.3f",
                enu[i] + rng_normal(&r->random, i < 2 ? velocity_sigma_mps : 1.5 * velocity_sigma_mps));
    fprintf(out, ",0.15,3d,%d\n", 9 + (int)(r->claim.value < 0) + (int)(r->claim.value < 0.2));
}

static void write_gnss(FILE *out, const drive *d)
{
    receiver r = start();
    for (size_t step = SENSOR_MARGIN; step + SENSOR_MARGIN < d->trajectory.count; step += SPAN) {
        const trajectory_state *x = &d->trajectory.states[step];
        double at_m[3], v[3];
        trajectory_position(&d->trajectory, step, gnss_lever_m, at_m);
        trajectory_velocity(&d->trajectory, step, gnss_lever_m, v);
        displace(&r, x, step_seconds(step), at_m);
        print_time(out, step, LATENCY_MS);
        fputs("roof", out);
        r.seen_sky_s = road_in_tunnel(x->s_m) ? 0 : r.seen_sky_s + 0.2;
        if (r.seen_sky_s <= 0) {
            fputs(",,,,,,,,,,none,0\n", out);
            continue;
        }
        geodetic at = earth_point(&d->trajectory.earth, at_m);
        fprintf(out, ",%.8f,%.8f,%.2f", degrees(at.latitude_rad), degrees(at.longitude_rad), at.height_m);
        write_accuracy(out, &r);
        write_velocity(out, &r, d, &at, v);
    }
}

const sensor sensor_gnss = {
    .file = "gnss.csv",
    .columns = "stamp_s,source,latitude_deg,longitude_deg,height_m,h_acc_m,v_acc_m,v_east_mps,v_north_mps,"
               "v_up_mps,speed_acc_mps,fix,satellites",
    .write = write_gnss,
};
