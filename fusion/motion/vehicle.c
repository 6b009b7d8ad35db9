#include "fusion/motion/vehicle.h"

#include "fusion/core/core.h"
#include "fusion/core/initialize.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_measure.h"

#include <math.h>
#include <string.h>

void mount_rows(const filter *f, double r[3][3])
{
    memcpy(r, f->r_mount, sizeof f->r_mount);
}

void vehicle_rotation(const filter *f, double r[3][3])
{
    double m[3][3], a[3][3];
    mount_rows(f, m);
    memcpy(a, f->r_b_ecef, sizeof a);
    rows_mul(a, m, r);
}

void vehicle_forward(const filter *f, double east_north[2])
{
    double r[3][3];
    vehicle_rotation(f, r);
    for (int k = 0; k < 2; k++) {
        east_north[k] = 0.0;
        for (int i = 0; i < 3; i++)
            east_north[k] += f->r_enu_ecef[k][i] * r[i][0];
    }
}

void mount_axes(const filter *f, vec3 axes[2])
{
    float pitch = (float)f->mount[0], yaw = (float)f->mount[1];
    glm_vec3_copy((vec3){0.5f * yaw, 1.0f - yaw * yaw / 6.0f, pitch * yaw / 6.0f}, axes[0]);
    glm_vec3_copy((vec3){-0.5f * pitch, pitch * yaw / 6.0f, 1.0f - pitch * pitch / 6.0f}, axes[1]);
}

void mount_columns(const filter *f, measurement *m, vec3 d[2])
{
    for (int k = 0; k < 2; k++) {
        if (covariance_at(&f->p, STATE_MOUNT + k, STATE_MOUNT + k) > 0.0f)
            measurement_column(m, STATE_MOUNT + k, d[k][0], d[k][1], d[k][2]);
    }
}

/* w_vehicle = exp(-m) w: dw = w x axis; that of a point's velocity v + rate x at is of both. */
static void velocity_mount_columns(const filter *f, vec3 velocity, vec3 rate, vec3 at, measurement *m)
{
    vec3 axes[2], d[2];
    mount_axes(f, axes);
    for (int k = 0; k < 2; k++) {
        vec3 turned;
        glm_vec3_cross(rate, axes[k], turned);
        glm_vec3_cross(turned, at, turned);
        glm_vec3_cross(velocity, axes[k], d[k]);
        glm_vec3_add(d[k], turned, d[k]);
    }
    mount_columns(f, m, d);
}

/* exp(-mount) R' as a float matrix: from ECEF to vehicle axes. */
static void ecef_to_vehicle(const filter *f, mat3 out)
{
    double r[3][3];
    vehicle_rotation(f, r);
    mat3 forward;
    rows_to_mat3(r, forward);
    glm_mat3_transpose_to(forward, out);
}

void vehicle_from_ecef(const filter *f, const double world[3], vec3 out)
{
    double r[3][3], v[3];
    vehicle_rotation(f, r);
    rows_mulv_transposed(r, world, v);
    for (int i = 0; i < 3; i++)
        out[i] = (float)v[i];
}

void vehicle_from_b(const filter *f, const double b[3], vec3 out)
{
    double m[3][3], v[3];
    mount_rows(f, m);
    rows_mulv_transposed(m, b, v);
    for (int i = 0; i < 3; i++)
        out[i] = (float)v[i];
}

void vehicle_rate(const filter *f, vec3 out)
{
    vehicle_from_b(f, f->rate_b, out);
}

/* The same with the navigation point's velocity given, ECEF. */
static void point_velocity(const filter *f, const double v[3], vec3 at, measurement *m, vec3 velocity)
{
    double back[3][3];
    mat3 turn, skew, jacobian, mount;
    vec3 world = {(float)v[0], (float)v[1], (float)v[2]}, moved, rate;

    ecef_to_vehicle(f, turn);
    vehicle_from_ecef(f, v, velocity);
    measurement_columns(m, STATE_VELOCITY, turn);
    mat3_skew(world, skew); /* d(R' v) = R' [v x] psi */
    glm_mat3_mul(turn, skew, jacobian);
    measurement_columns(m, STATE_ATTITUDE, jacobian);
    vehicle_rate(f, rate);
    velocity_mount_columns(f, velocity, rate, at, m);
    glm_vec3_cross(rate, at, moved);
    glm_vec3_add(velocity, moved, velocity);
    mat3_skew(at, skew); /* d(w x at) = -[at x] dw, dw = -exp(-mount) bias error */
    mount_rows(f, back);
    rows_to_mat3(back, mount);
    glm_mat3_transpose(mount);
    glm_mat3_mul(skew, mount, jacobian);
    measurement_columns(m, STATE_GYRO_BIAS, jacobian);
}

void vehicle_velocity(const filter *f, vec3 at, measurement *m, vec3 velocity)
{
    point_velocity(f, f->velocity_ecef_mps, at, m, velocity);
}

/* w += latency rate x w */
static void turn_back(vec3 rate, float latency, vec3 w)
{
    vec3 turned;
    glm_vec3_cross(rate, w, turned);
    glm_vec3_muladds(turned, latency, w);
}

/* With u = R' v(then), axes of now: R(then)' v(then) + rate x at = u + rate x (at + latency u). */
void vehicle_velocity_then(const filter *f, vec3 at, double latency_s, measurement *m, vec3 velocity,
                           vec3 by_latency)
{
    motion_delta since;
    double v[3];
    vec3 u, reach, rate, accel;
    motion_log_delta(&f->log, latency_s, &since);
    for (int i = 0; i < 3; i++)
        v[i] = f->velocity_ecef_mps[i] - since.velocity_change[i];
    vehicle_rate(f, rate);
    vehicle_from_ecef(f, v, u);
    glm_vec3_copy(at, reach);
    glm_vec3_muladds(u, (float)latency_s, reach);
    point_velocity(f, v, reach, m, velocity);
    for (int i = 0; i < m->columns; i++) {
        if (m->index[i] < STATE_GYRO_BIAS || m->index[i] >= STATE_MOUNT)
            turn_back(rate, (float)latency_s, m->h[i]);
    }
    vehicle_from_ecef(f, since.accel_then, accel);
    turn_back(rate, (float)latency_s, accel);
    glm_vec3_cross(rate, u, by_latency);
    glm_vec3_sub(by_latency, accel, by_latency);
}

/* How long a bend takes, or speeding up and braking, s. */
static const float bend_s = 5.0f;

/* On its springs a body pitches by 1 to 4 degrees for each g that it speeds up or brakes by (Gillespie 1992,
 * ch. 7): by a quarter of a degree on an ordinary drive, against the direction in which it goes. Too small:
 * the slope of the way shows biases of the IMU that are not there, and dead reckoning rests on them; too
 * large: pitch and biases are learned late. */
static const float pitched_rad = 0.0044f;

/* How fast the vehicle turns, rms, rad/s: a turn that is not known may be there, however small the best guess
 * of it. Taken for that guess, what grows with the turn would vanish where none was noticed, and what cannot
 * show one (a radar ahead of the rear axle by k v^2, where slip undoes it) would show that there is none. */
static float turn_magnitude(const fusion *c)
{
    const int turn = STATE_GYRO_BIAS + 2;
    float rate = (float)c->f.rate_b[2];
    return sqrtf(rate * rate + covariance_at(&c->f.p, turn, turn));
}

/* In a bend the rear tyres slip outwards, by an angle that grows with the lateral acceleration a = v w: their
 * velocity to the side is -k |v| a (Rajamani 2012, 2.3). Left out, a bend looks as if the velocity came k v
 * late. Adds it to the prediction in row 1, with the derivatives by v and w; returns one sigma of what is
 * left of it, which lasts as long as the bend. */
static float add_side_slip(const fusion *c, const float velocity[3], measurement *m)
{
    const filter_settings *set = &c->set.filter;
    float v = velocity[0], rate = (float)c->f.rate_b[2], k = (float)set->side_slip_rad_per_mps2;
    for (int i = 0; i < m->columns; i++) {
        m->h[i][1] += 2.0f * k * fabsf(v) * rate * m->h[i][0];
        if (m->index[i] == STATE_GYRO_BIAS + 2)
            m->h[i][1] -= k * fabsf(v) * v;
    }
    m->innovation[1] -= k * fabsf(v) * v * rate;
    return (float)set->side_slip_sigma_rad_per_mps2 * v * v * turn_magnitude(c);
}

/* Lateral (but for side slip) and vertical velocity of the rear axle are small. */
static void constrain_axle(fusion *c, source_run *s, const frame *in)
{
    const filter_settings *set = &c->set.filter;
    measurement m;
    vec3 velocity, origin;
    glm_vec3_negate_to(c->nav_point_m, origin);
    measurement_start(&m, 3);
    vehicle_velocity(&c->f, origin, &m, velocity);
    m.innovation[1] = -velocity[1];
    float lasts = add_side_slip(c, velocity, &m), side = (float)set->nhc_lateral_mps;
    side += (float)set->nhc_lateral_per_mps2 * fabsf(velocity[0]) * turn_magnitude(c);
    float up = (float)set->nhc_vertical_mps, pitched = pitched_rad * fabsf(velocity[0]);
    for (int i = 0; i < m.columns; i++) {
        m.h[i][0] = m.h[i][1];
        m.h[i][1] = m.h[i][2];
    }
    m.dim = 2;
    m.innovation[0] = m.innovation[1];
    m.innovation[1] = -velocity[2];
    m.noise[0][0] = side * side + lasts * lasts;
    m.noise[1][1] = up * up + pitched * pitched;
    m.lasting[0] = lasts * lasts;
    m.lasting[1] = pitched * pitched;
    m.repeats = 2.0f * bend_s * (float)set->nhc_rate_hz;
    core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_NON_HOLONOMIC, .silent = true});
}

/* Without an accelerometer nothing levels the attitude but that roads are level. */
static void measure_tilt(const fusion *c, measurement *out)
{
    mat3 turn, skew, jacobian;
    vec3 up_world = {(float)c->f.r_enu_ecef[2][0], (float)c->f.r_enu_ecef[2][1],
                     (float)c->f.r_enu_ecef[2][2]},
         up;
    float sigma = (float)(c->set.filter.tilt_sigma_deg * RADIANS_PER_DEGREE);
    measurement_start(out, 2);
    ecef_to_vehicle(&c->f, turn);
    glm_mat3_mulv(turn, up_world, up);
    mat3_skew(up_world, skew);
    glm_mat3_mul(turn, skew, jacobian);
    measurement_columns(out, STATE_ATTITUDE, jacobian);
    vec3 axes[2], d[2];
    mount_axes(&c->f, axes);
    for (int k = 0; k < 2; k++)
        glm_vec3_cross(up, axes[k], d[k]);
    mount_columns(&c->f, out, d);
    out->innovation[0] = -up[0];
    out->innovation[1] = -up[1];
    out->noise[0][0] = out->noise[1][1] = sigma * sigma;
}

static void constrain_tilt(fusion *c, source_run *s, const frame *in)
{
    measurement m;
    measure_tilt(c, &m);
    core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_TILT, .silent = true, .ungated = true});
}

/* A heading that is off by d makes of a way of ds one of ds (1 - d^2 / 2) along where it should go: the error
 * of dead reckoning is an arc, and the ellipse of a linear filter is straight. What the arc is short of, with
 * a heading whose variance grows to h at its end, is s h / 4 in the mean and as much in its spread; both are
 * in s h / 3. */
static const float bend_share = 1.0f / 3.0f;

/* Below this variance (1 deg^2) 10 km of dead reckoning are bent by a metre, and looking costs more. */
static const float bend_least_rad2 = 3e-4f;

static void widen_for_bend(fusion *c)
{
    double moved = c->since_absolute_m - c->bend_at_m, before = c->bend_m;
    c->bend_at_m = c->since_absolute_m;
    if (moved < 0.0) { /* an absolute position has come */
        c->bend_m = 0.0;
        return;
    }
    float variance = initialize_heading_variance(c);
    if (!(variance > bend_least_rad2))
        return;
    c->bend_m += moved * (double)(bend_share * variance);
    float more = (float)(c->bend_m * c->bend_m - before * before);
    for (int i = 0; i < 3; i++)
        core_widen(c, STATE_POSITION + i, more);
}

void vehicle_constrain(fusion *c, const frame *in)
{
    double rate = c->set.filter.nhc_rate_hz;
    source_run *s = &c->source[in->source];
    if (rate > 0.0 &&
        (c->constraint_ns == INT64_MIN || seconds_between(c->constraint_ns, in->stamp_ns) * rate >= 0.999)) {
        c->constraint_ns = in->stamp_ns;
        constrain_axle(c, s, in);
        widen_for_bend(c);
    }
    if (c->f.model.accel_missing &&
        (c->tilt_ns == INT64_MIN || seconds_between(c->tilt_ns, in->stamp_ns) >= 1.0)) {
        c->tilt_ns = in->stamp_ns;
        constrain_tilt(c, s, in);
    } else if (bank_undriven(c) &&
               (c->bank.tilt_ns == INT64_MIN || seconds_between(c->bank.tilt_ns, in->stamp_ns) >= 1.0)) {
        measurement m;
        c->bank.tilt_ns = in->stamp_ns;
        measure_tilt(c, &m);
        bank_measure_undriven(c, &m);
    }
}
