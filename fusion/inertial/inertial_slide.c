/*
 * Whether the vehicle can be under the forces that its IMU measures. Wheels hold the road: to the side a
 * vehicle accelerates as its speed and its turn say, and upwards hardly at all, for longer than a bump. An
 * IMU whose axes are swapped, whose bracket has turned or whose bias has leapt says that it slides, or flies.
 * That rests on the IMU alone but for the speed and the plumb line: receivers have little to do with it, so
 * it tells one who lies from the other.
 */
#include "fusion/inertial/inertial_slide.h"

#include "fusion/core/core.h"
#include "fusion/inertial/inertial_turn.h"
#include "fusion/inertial/inertial_watch.h"
#include "fusion/motion/vehicle.h"

#include <math.h>
#include <string.h>

/* Forces are averaged over these, s: soon for what is gross, long for what is small. Too small: bumps and the
 * body's roll; too large: the lie has done harm, and the plumb line follows it. */
static const float smooth_s[SLIDE_WINDOWS] = {0.5f, 4.0f};

/* What roads and vehicles do beside the model, over each of these, to the side and up, m/s^2, one sigma. In a
 * hundred fault-free drives on all roads simulated it is at most 0.27 and 0.07 to the side, in comma2k19 0.17
 * and 0.03, and 0.33 upwards. */
static const float beside[SLIDE_WINDOWS][2] = {{0.1f, 0.5f}, {0.03f, 0.2f}};

/* For so long it may be a skid, or a curb that was climbed, s. */
static const double lasts_s = 0.5;

/* Samples that scatter by this share of what makes them noise are reason to wait before others are blamed. */
static const float doubt_share = 0.5f;

/* The speed may be off by this share of it: wheels that slip, tyres that are not those. */
static const float speed_share = 0.05f;

void inertial_slide_add(fusion *c, double dt_s)
{
    slide_watch *s = &c->slide;
    if (c->inertial_source < 0 || c->f.model.accel_missing)
        return;
    for (int i = 0; i < 3; i++) {
        s->turned_rad[i] += c->f.rate_b[i] * dt_s;
        s->pushed_mps[i] += c->f.accel_ecef[i] * dt_s;
    }
    s->dt_s += dt_s;
}

/* How sure it is that what is left over should be 0, (m/s^2)^2, in vehicle axes: the plumb line, biases, the
 * turn at that speed, the mount. */
static void variance_of(const fusion *c, vec3 velocity, vec3 accel, float out[3])
{
    const filter *f = &c->f;
    measurement m;
    projection j;
    vec3 down = {(float)f->gravity_ecef[0], (float)f->gravity_ecef[1], (float)f->gravity_ecef[2]};
    vec3 axes[2], d[2];
    mat3 skew, turn, jacobian;
    double r[3][3];
    measurement_start(&m, 3);
    vehicle_rotation(f, r);
    rows_to_mat3(r, turn);
    glm_mat3_transpose(turn);
    mat3_skew(down, skew); /* d(R' g) = R' [g x] psi */
    glm_mat3_mul(turn, skew, jacobian);
    measurement_columns(&m, STATE_ATTITUDE, jacobian);
    for (int i = 0; i < 3; i++)
        measurement_column(&m, STATE_ACCEL_BIAS + i, -(float)(i == 0), -(float)(i == 1), -(float)(i == 2));
    measurement_column(&m, STATE_GYRO_BIAS + 1, 0.0f, 0.0f, -velocity[0]);
    measurement_column(&m, STATE_GYRO_BIAS + 2, 0.0f, velocity[0], 0.0f);
    mount_axes(f, axes);
    for (int k = 0; k < 2; k++)
        glm_vec3_cross(accel, axes[k], d[k]);
    mount_columns(f, &m, d);
    covariance_project(&f->p, &m, &j);
    for (int i = 0; i < 3; i++)
        out[i] = j.s[i][i];
}

/* The rate of turn since the last look, vehicle axes. */
static void mean_rate(const fusion *c, vec3 out)
{
    const slide_watch *s = &c->slide;
    double rate[3];
    for (int i = 0; i < 3; i++)
        rate[i] = s->turned_rad[i] / s->dt_s;
    vehicle_from_b(&c->f, rate, out);
}

/* Velocity of the navigation point to the side and up that its lever and the tyres' slip make, m/s; and one
 * sigma of that. */
static void made_by_turn(const fusion *c, vec3 rate, float speed, float made[2], float *sigma)
{
    const float *at = c->nav_point_m;
    float slip = fabsf(speed) * speed * rate[2];
    made[0] = at[0] * rate[2] - at[2] * rate[0] - (float)c->set.filter.side_slip_rad_per_mps2 * slip;
    made[1] = at[1] * rate[0] - at[0] * rate[1];
    *sigma = (float)c->set.filter.side_slip_sigma_rad_per_mps2 * slip;
}

static void take(slide_watch *s, const float accel[2], const float made[2], float slip)
{
    float dt_s = (float)s->dt_s;
    for (int w = 0; w < SLIDE_WINDOWS && s->begun; w++) {
        float keep = expf(-dt_s / smooth_s[w]);
        for (int i = 0; i < 2; i++)
            s->mean[w][i] = keep * (s->mean[w][i] + (accel[i] * dt_s - (made[i] - s->made[i])) / smooth_s[w]);
        s->slip[w] = keep * (s->slip[w] + fabsf(slip - s->slip_before) / smooth_s[w]);
    }
    memcpy(s->made, made, sizeof s->made);
    s->slip_before = slip;
    s->begun = true;
}

/* The largest of all over its sigma. */
static float sigmas_of(const slide_watch *s, const float around[2], const float variance[2])
{
    float worst = 0.0f;
    for (int w = 0; w < SLIDE_WINDOWS; w++) {
        for (int i = 0; i < 2; i++) {
            float speed = speed_share * around[i], slip = i == 0 ? s->slip[w] : 0.0f;
            float sum = variance[i] + beside[w][i] * beside[w][i] + speed * speed + slip * slip;
            worst = fmaxf(worst, fabsf(s->mean[w][i]) / sqrtf(sum));
        }
    }
    return worst;
}

void inertial_slide_look(fusion *c, int64_t now_ns)
{
    slide_watch *s = &c->slide;
    vec3 accel, velocity, rate;
    float made[2], slip, variance[3];
    if (s->dt_s <= 0.0 || c->inertial_source < 0 || c->f.model.accel_missing) {
        *s = (slide_watch){.since_ns = INT64_MIN};
        return;
    }
    const double mean[3] = {s->pushed_mps[0] / s->dt_s, s->pushed_mps[1] / s->dt_s,
                            s->pushed_mps[2] / s->dt_s};
    vehicle_from_ecef(&c->f, mean, accel);
    vehicle_from_ecef(&c->f, c->f.velocity_ecef_mps, velocity);
    mean_rate(c, rate);
    made_by_turn(c, rate, velocity[0], made, &slip);
    const float around[2] = {velocity[0] * rate[2], -velocity[0] * rate[1]};
    take(s, (const float[2]){accel[1] - around[0], accel[2] - around[1]}, made, slip);
    variance_of(c, velocity, accel, variance);
    s->sigmas = sigmas_of(s, around, variance + 1);
    memset(s->turned_rad, 0, sizeof s->turned_rad);
    memset(s->pushed_mps, 0, sizeof s->pushed_mps);
    s->dt_s = 0.0;
    core_keep_since(&s->since_ns, s->sigmas > c->factor.alarm, now_ns);
}

bool inertial_slides(const fusion *c)
{
    return c->slide.since_ns != INT64_MIN;
}

bool inertial_slides_on(const fusion *c, int64_t now_ns)
{
    return inertial_slides(c) && seconds_between(c->slide.since_ns, now_ns) >= lasts_s;
}

bool inertial_is_doubted(const fusion *c)
{
    float factor, limit;
    return inertial_slides(c) || inertial_turns_wrong(c) ||
           (c->inertial_source >= 0 &&
            (inertial_watch_is_noisy(&c->source[c->inertial_source].imu.samples, &factor, &limit) ||
             factor > doubt_share * limit));
}
