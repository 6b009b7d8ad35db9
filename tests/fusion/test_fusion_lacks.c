/* What frames may lack: velocities, heights, claims, axes, wheels. The pose is good without, and nobody is
 * blamed. */
#include "tests/fusion/sim_watch.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static bool no_velocity(void *context, double t, frame *f)
{
    (void)context;
    (void)t;
    for (int i = 0; f->kind == FRAME_GNSS && i < 3; i++)
        f->u.gnss.velocity_enu_mps[i] = NAN;
    return true;
}

static bool course_only(void *context, double t, frame *f)
{
    (void)context;
    (void)t;
    if (f->kind != FRAME_GNSS)
        return true;
    float *v = f->u.gnss.velocity_enu_mps;
    f->u.gnss.speed_mps = hypotf(v[0], v[1]);
    f->u.gnss.course_rad = atan2f(v[0], v[1]);
    v[0] = v[1] = v[2] = NAN;
    return true;
}

/* 47 m: the geoid over central Europe. */
static bool above_sea(void *context, double t, frame *f)
{
    (void)context;
    (void)t;
    if (f->kind == FRAME_GNSS) {
        f->u.gnss.height_m -= 47.0;
        f->u.gnss.datum = HEIGHT_MSL;
    }
    return true;
}

static bool no_height(void *context, double t, frame *f)
{
    (void)context;
    (void)t;
    if (f->kind == FRAME_GNSS)
        f->u.gnss.height_m = (double)NAN;
    return true;
}

static bool gyro_only(void *context, double t, frame *f)
{
    (void)context;
    (void)t;
    for (int i = 0; f->kind == FRAME_IMU && i < 3; i++)
        f->u.imu.accel_mps2[i] = NAN;
    return true;
}

static bool yaw_only(void *context, double t, frame *f)
{
    (void)context;
    (void)t;
    if (f->kind == FRAME_IMU)
        f->u.imu.gyro_radps[0] = f->u.imu.gyro_radps[1] = NAN;
    return gyro_only(context, t, f);
}

/* No IMU; the wheels' frame has the yaw rate. */
static bool yaw_with_wheels(void *context, double t, frame *f)
{
    double speed, rate;
    (void)context;
    sim_city(t, &speed, &rate);
    if (f->kind == FRAME_WHEEL)
        f->u.wheel.yaw_rate_radps = (float)rate + 0.002f;
    return f->kind != FRAME_IMU;
}

/* Every 50th sample lacks an axis. */
static bool holes(void *context, double t, frame *f)
{
    (void)context;
    (void)t;
    if (f->kind == FRAME_IMU && f->sequence % 50 == 0)
        f->u.imu.accel_mps2[f->sequence / 50 % 3] = NAN;
    return true;
}

static bool rear_wheels_only(void *context, double t, frame *f)
{
    (void)context;
    (void)t;
    if (f->kind == FRAME_WHEEL)
        f->u.wheel.wheel_mps[0] = f->u.wheel.wheel_mps[1] = f->u.wheel.speed_mps = NAN;
    return true;
}

static bool silent_fix_claims(void *context, double t, frame *f)
{
    (void)context;
    (void)t;
    if (f->kind == FRAME_GNSS) {
        f->u.gnss.h_acc_m = f->u.gnss.v_acc_m = f->u.gnss.speed_acc_mps = NAN;
        f->u.gnss.fix = GNSS_FIX_UNKNOWN;
    }
    return true;
}

static const struct {
    const char *legend;
    sim_change *change;
    double worst_m, worst_heading_deg, by;
} lacks[] = {
    {"no velocity", no_velocity, 4.0, 5.0, 8.0},
    {"speed and course", course_only, 4.0, 2.0, 3.0},
    {"height above the sea", above_sea, 4.0, 2.0, 3.0},
    {"no height", no_height, 4.0, 2.0, 3.0},
    {"no claims", silent_fix_claims, 4.0, 2.0, 3.0},
    {"gyro only", gyro_only, 4.0, 3.0, 3.0},
    {"yaw rate only", yaw_only, 4.0, 3.0, 3.0},
    {"yaw rate with the wheels", yaw_with_wheels, 4.0, 3.0, 3.0},
    {"holes in the IMU's samples", holes, 4.0, 2.0, 3.0},
    {"rear wheels only", rear_wheels_only, 4.0, 2.0, 3.0},
};

START_TEST (what_frames_lack) {
    for (int seed = 1; seed <= seeds(4); seed++) {
        sim_options o = sim_usual();
        o.change = lacks[_i].change;
        o.seed = (uint64_t)seed;
        sim_watch w;
        sim_run(&w, &o, NULL);
        sim_expect_no_more(&w);
        if (lacks[_i].change != no_height) { /* of which nothing is known then */
            sim_inside(&w, 1.0, 60.0);
        } else {
            ck_assert_double_lt(sim_judge(&w, 1.0, 60.0).worst_d, 3.72);
        }
        sim_close(&w, lacks[_i].by, lacks[_i].worst_m, lacks[_i].worst_heading_deg);
        sim_done(&w);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("lacks");
    tcase_set_timeout(cases, 100);
    tcase_add_loop_test(cases, what_frames_lack, 0, (int)(sizeof lacks / sizeof *lacks));
    return run_cases("fusion: lacks", cases);
}
