/*
 * A day at 200 Hz: 17.28 million predictions with GNSS, wheels and constraints between them. The covariance
 * stays symmetric and positive definite (Cholesky in double, without any help), no variance creeps, the pose
 * stays where the vehicle is, and the first hour gives the same bits again.
 *
 * The vehicle drives circles and stops for half a minute every ten. Its IMU feels gravity, earth rate and
 * Coriolis force.
 */
#include "fusion/core/core.h"
#include "tests/draws.h"
#include "tests/oracle/dense.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HZ = 200, HOUR = 3600, DAY = 24 * HOUR, CHECK_S = 60 };
static const double radius_m = 60.0, cruise_mps = 9.0, stop_every_s = 600.0, stop_s = 30.0, ramp_s = 10.0;
static const double latitude = 0.9, longitude = -2.1;
static const double gyro_bias[3] = {0.003, -0.002, 0.004}, accel_bias[3] = {0.05, -0.03, 0.06};
static const unsigned seed = 16180;

enum { GNSS, IMU, WHEEL, SOURCES };

typedef struct {
    fusion *core;
    uint64_t random, bits; /* bits: hash over covariance and pose at each check */
    double way_m, speed, accel;
    double slow[3];
    double origin[3], local[3][3];
    double worst_m, least_ratio;
    uint64_t poses;
    uint32_t sequence[SOURCES];
    double here[3];
} drive;

/* Nearly normal, and cheap: 17 million times six of them are wanted. */
static double noise(drive *d, double sigma)
{
    double sum = 0.0;
    for (int i = 0; i < 3; i++)
        sum += draw_unit(&d->random) - 0.5;
    return 2.0 * sigma * sum;
}

/* ---- truth: a circle in the plane at `origin` */

static void set_speed(drive *d, double t)
{
    double phase = fmod(t, stop_every_s) - (stop_every_s - stop_s - 2.0 * ramp_s),
           slope = cruise_mps / ramp_s;
    if (phase < 0.0) {
        d->speed = cruise_mps;
        d->accel = 0.0;
    } else if (phase < ramp_s) {
        d->accel = -slope;
        d->speed = cruise_mps - slope * phase;
    } else if (phase < ramp_s + stop_s) {
        d->speed = d->accel = 0.0;
    } else {
        d->accel = slope;
        d->speed = slope * (phase - ramp_s - stop_s);
    }
}

/* Nose east, north; anticlockwise. */
static void nose(const drive *d, double *east, double *north)
{
    *east = cos(d->way_m / radius_m);
    *north = sin(d->way_m / radius_m);
}

static void to_ecef(const drive *d, const double enu[3], double out[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = enu[0] * d->local[0][i] + enu[1] * d->local[1][i] + enu[2] * d->local[2][i];
}

static void place(drive *d)
{
    double east, north, at[3];
    nose(d, &east, &north);
    const double enu[3] = {radius_m * north, -radius_m * east, 0.0};
    to_ecef(d, enu, at);
    for (int i = 0; i < 3; i++)
        d->here[i] = d->origin[i] + at[i];
}

/* ---- frames */

static frame blank(drive *d, int source, frame_kind kind, int64_t stamp_ns)
{
    frame f;
    memset(&f, 0, offsetof(frame, u) + sizeof f.u.gnss);
    f.stamp_ns = stamp_ns;
    f.received_ns = stamp_ns + 2000000;
    f.sequence = ++d->sequence[source];
    f.source = (uint16_t)source;
    f.kind = (uint8_t)kind;
    return f;
}

static void push_imu(drive *d, int64_t stamp_ns)
{
    frame f = blank(d, IMU, FRAME_IMU, stamp_ns);
    double east, north, s = sin(latitude), c = cos(latitude), rate = d->speed / radius_m;
    nose(d, &east, &north);
    const double g = normal_gravity(latitude, 100.0), w = EARTH_RATE_RADPS;
    const double v[3] = {d->speed * east, d->speed * north, 0.0}, turn[3] = {0.0, w * c, w * s + rate};
    /* acceleration along, towards the centre, Coriolis 2 w x v, less gravity; ENU */
    const double inward = d->speed * rate;
    const double force[3] = {d->accel * east - inward * north + 2.0 * w * (c * v[2] - s * v[1]),
                             d->accel * north + inward * east + 2.0 * w * s * v[0], g - 2.0 * w * c * v[0]};
    const double axes[3][3] = {{east, north, 0.0}, {-north, east, 0.0}, {0.0, 0.0, 1.0}};
    for (int i = 0; i < 3; i++) {
        double a = 0.0, r = 0.0;
        for (int j = 0; j < 3; j++) {
            a += axes[i][j] * force[j];
            r += axes[i][j] * turn[j];
        }
        f.u.imu.accel_mps2[i] = (float)(a + accel_bias[i] + noise(d, 0.1));
        f.u.imu.gyro_radps[i] = (float)(r + gyro_bias[i] + noise(d, 0.003));
    }
    fusion_push(d->core, &f);
}

static void push_gnss(drive *d, int64_t stamp_ns)
{
    frame f = blank(d, GNSS, FRAME_GNSS, stamp_ns);
    double east, north, error[3], at[3];
    nose(d, &east, &north);
    for (int i = 0; i < 3; i++) {
        d->slow[i] = 0.99 * d->slow[i] + noise(d, 0.8 * 0.141);
        error[i] = d->slow[i] + noise(d, 0.25);
    }
    to_ecef(d, error, at);
    for (int i = 0; i < 3; i++)
        at[i] += d->here[i];
    frame_gnss *g = &f.u.gnss;
    ecef_to_geodetic(at, &g->latitude_rad, &g->longitude_rad, &g->height_m);
    g->velocity_enu_mps[0] = (float)(d->speed * east + noise(d, 0.05));
    g->velocity_enu_mps[1] = (float)(d->speed * north + noise(d, 0.05));
    g->velocity_enu_mps[2] = (float)noise(d, 0.05);
    g->h_acc_m = 1.0f;
    g->v_acc_m = 1.0f;
    g->speed_acc_mps = 0.1f;
    g->speed_mps = g->course_rad = g->hdop = g->jamming = g->spoofing = NAN;
    g->satellites = 12;
    g->fix = GNSS_FIX_3D;
    fusion_push(d->core, &f);
}

static void push_wheel(drive *d, int64_t stamp_ns)
{
    frame f = blank(d, WHEEL, FRAME_WHEEL, stamp_ns);
    float v = d->speed > 0.0 ? (float)(1.004 * d->speed + noise(d, 0.03)) : 0.0f;
    f.u.wheel = (frame_wheel){v, {NAN, NAN, NAN, NAN}, NAN, NAN};
    fusion_push(d->core, &f);
}

/* ---- checks */

static void keep_bits(drive *d, const void *data, size_t size)
{
    const unsigned char *at = data;
    for (size_t i = 0; i < size; i++)
        d->bits = (d->bits ^ at[i]) * UINT64_C(0x100000001b3);
}

static void check_covariance(drive *d, double t)
{
    static dense p;
    const covariance *c = &d->core->f.p;
    for (int i = 0; i < c->n; i++) {
        for (int j = 0; j < c->n; j++) {
            p.at[i][j] = (double)covariance_at(c, i, j);
            ck_assert_msg(p.at[i][j] == (double)covariance_at(c, j, i), "not symmetric at %.0f s", t);
        }
    }
    ck_assert_msg(dense_is_positive(c->n, &p), "not positive definite at %.0f s", t);
    keep_bits(d, c->p, covariance_floats(c->n) * sizeof *c->p);
    keep_bits(d, d->core->f.position_ecef_m, sizeof d->core->f.position_ecef_m);
}

static void take_pose(void *context, const fusion_pose *p)
{
    drive *d = context;
    d->poses++;
    if (!p->usable || d->poses < 120)
        return;
    double off = 0.0;
    for (int i = 0; i < 3; i++)
        off += (p->position_ecef_m[i] - d->origin[i]) * (p->position_ecef_m[i] - d->origin[i]);
    d->worst_m = fmax(d->worst_m, fabs(sqrt(off) - radius_m)); /* off the circle */
    ck_assert_msg((double)p->covariance[0][0] < 4.0 && (double)p->covariance[5][5] < 1e-3,
                  "variances creep: %g m^2, %g rad^2", (double)p->covariance[0][0],
                  (double)p->covariance[5][5]);
}

static void start(drive *d)
{
    static settings set;
    static const char *const names[SOURCES] = {"gnss/a", "imu/a", "wheel/a"};
    memset(d, 0, sizeof *d);
    d->random = seed;
    d->bits = UINT64_C(0xcbf29ce484222325);
    settings_default(&set);
    set.output.pose_rate_hz = 1.0;
    set.filter.window_s = 0.05;
    for (int i = 0; i < SOURCES; i++)
        ck_assert_ptr_nonnull(settings_add_source(&set, names[i]));
    fusion_sinks sinks = {.context = d, .pose = take_pose};
    d->core = fusion_create(&set, &sinks);
    ck_assert_ptr_nonnull(d->core);
    geodetic_to_ecef(latitude, longitude, 100.0, d->origin);
    enu_axes(latitude, longitude, d->local);
}

static void run(drive *d, double seconds)
{
    start(d);
    int64_t ticks = (int64_t)(seconds * HZ);
    for (int64_t k = 0; k < ticks; k++) {
        double t = (double)k / HZ;
        int64_t stamp_ns = INT64_C(1700000000000000000) + k * (1000000000 / HZ);
        set_speed(d, t);
        push_imu(d, stamp_ns);
        if (k % HZ == 0) {
            place(d);
            push_gnss(d, stamp_ns);
        }
        if (k % (HZ / 10) == 0)
            push_wheel(d, stamp_ns);
        if (k % (CHECK_S * HZ) == 0 && k > 0)
            check_covariance(d, t);
        d->way_m += (d->speed + 0.5 * d->accel / HZ) / HZ;
    }
    fusion_flush(d->core);
    check_covariance(d, seconds);
}

static double hours = 24.0;

START_TEST (a_day) {
    drive d;
    run(&d, hours * HOUR);
    printf("%llu predictions, %llu updates, worst distance from the circle %.2f m\n",
           (unsigned long long)d.core->f.predictions, (unsigned long long)d.core->f.updates, d.worst_m);
    ck_assert_uint_ge(d.core->f.predictions, (uint64_t)(hours * HOUR * HZ * 0.999));
    ck_assert_uint_eq(d.core->resets, 1);
    ck_assert_double_le(d.worst_m, 6.0);
    fusion_destroy(d.core);
}
END_TEST

START_TEST (an_hour_twice) {
    drive d[2];
    for (int i = 0; i < 2; i++) {
        run(&d[i], fmin(hours, 1.0) * HOUR);
        fusion_destroy(d[i].core);
    }
    ck_assert_uint_eq(d[0].bits, d[1].bits);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1)
        hours = atof(argv[1]);
    printf("seed %u, %g hours\n", seed, hours);
    fflush(stdout);
    TCase *cases = tcase_create("long");
    tcase_set_timeout(cases, 1200.0);
    tcase_add_test(cases, a_day);
    tcase_add_test(cases, an_hour_twice);
    return run_cases("long", cases);
}
