#include "tests/oracle/models.h"

#include "fusion/geodesy.h"

#include <math.h>
#include <string.h>

static const double degree = 0.017453292519943295;

/* Own states by kind of source, as documented in fusion/gnss/gnss.c, radar.c and wheels.c. */
enum {
    GNSS_SLOW = 0,
    GNSS_LATE = 3,
    GNSS_LAG = 4,
    GNSS_SLOW_VELOCITY = 5,
    CAMERA_TURN_ = 0,
    RADAR_YAW = 0,
    RADAR_SCALE = 1,
    RADAR_LATE = 2,
    WHEEL_SCALE_ = 0,
    WHEEL_LATE = 1,
    ODOMETRY_SCALE_ = 0,
    ODOMETRY_PITCH_ = 1,
    ODOMETRY_YAW_ = 2,
    ODOMETRY_BEND_ = 3
};

void model_navigation_point(const settings *set, double at[3])
{
    at[0] = at[1] = at[2] = 0.0;
    for (size_t i = 0; i < set->source_count; i++) {
        const source_settings *s = &set->sources[i];
        if (s->kind != SOURCE_IMU || !s->enabled)
            continue;
        at[0] = s->mount.x_m;
        at[1] = s->mount.y_m;
        at[2] = s->mount.z_m;
        return;
    }
}

int model_find_landmark(const settings *set, uint64_t id)
{
    for (size_t i = 0; i < set->landmark_count; i++) {
        if (set->landmarks[i].id == id)
            return (int)i;
    }
    return -1;
}

/* The sensor's place from the navigation point, in vehicle axes. */
static void sensor_lever(const model_case *c, double lever[3])
{
    const mount_settings *m = &c->set->sources[c->in->source].mount;
    double from[3];
    model_navigation_point(c->set, from);
    lever[0] = m->x_m - from[0];
    lever[1] = m->y_m - from[1];
    lever[2] = m->z_m - from[2];
}

/* From vehicle axes to the sensor's. */
static void to_sensor(const model_case *c, const double v[3], double out[3])
{
    const mount_settings *m = &c->set->sources[c->in->source].mount;
    double r[3][3];
    m3_euler(m->roll_deg * degree, m->pitch_deg * degree, m->yaw_deg * degree, r);
    m3_apply_transposed(r, v, out);
}

static void mount_turn(const oracle_state *x, double m[3][3])
{
    const double turn[3] = {0.0, x->mount[0], x->mount[1]};
    m3_exp(turn, m);
}

/* From vehicle axes to ECEF. */
static void vehicle_turn(const oracle_state *x, double r[3][3])
{
    double m[3][3];
    mount_turn(x, m);
    memcpy(r, x->r, sizeof m);
    m3_mul(r, m, r);
}

/* The vehicle's rate of turn in its own axes. */
static void vehicle_rate(const oracle *o, const oracle_state *x, double rate[3])
{
    double m[3][3], b[3];
    mount_turn(x, m);
    for (int i = 0; i < 3; i++)
        b[i] = o->gyro[i] - x->gyro_bias[i];
    m3_apply_transposed(m, b, rate);
}

/* From vehicle axes of `latency` ago to ECEF, the vehicle turning as it does now. */
static void turn_then(const oracle *o, const oracle_state *x, double latency, double r[3][3])
{
    double back[3][3], rate[3];
    vehicle_rate(o, x, rate);
    for (int i = 0; i < 3; i++)
        rate[i] *= -latency;
    m3_exp(rate, back);
    vehicle_turn(x, r);
    m3_mul(r, back, r);
}

/* Velocity of a point of the vehicle `latency` ago, in the vehicle's axes of then. */
static void point_velocity(const oracle *o, const oracle_state *x, const double at[3], double latency,
                           double out[3])
{
    double r[3][3], rate[3], swing[3], change[3] = {0}, way[3], then[3];
    if (latency != 0.0)
        oracle_since(o, latency, x->velocity, change, way);
    for (int i = 0; i < 3; i++)
        then[i] = x->velocity[i] - change[i];
    turn_then(o, x, latency, r);
    m3_apply_transposed(r, then, out);
    vehicle_rate(o, x, rate);
    v3_cross(rate, at, swing);
    for (int i = 0; i < 3; i++)
        out[i] += swing[i];
}

static double own(const oracle_state *x, const model_case *c, int state)
{
    return c->first_state ? x->source[c->first_state - STATE_SOURCES + state] : 0.0;
}

static void gnss_position(const oracle *o, const oracle_state *x, const model_case *c, double out[3])
{
    const frame_gnss *g = &c->in->u.gnss;
    double fix[3], lever[3], r[3][3], change[3], way[3], up[3][3], off[3];
    geodetic_to_ecef(g->latitude_rad, g->longitude_rad, isfinite(g->height_m) ? g->height_m : 0.0, fix);
    sensor_lever(c, lever);
    turn_then(o, x, own(x, c, GNSS_LATE), r);
    m3_apply(r, lever, lever);
    oracle_since(o, own(x, c, GNSS_LATE), x->velocity, change, way);
    for (int i = 0; i < 3; i++)
        off[i] = fix[i] - (x->position[i] - way[i] + lever[i]);
    memcpy(up, o->up, sizeof up);
    m3_apply(up, off, out);
    for (int i = 0; i < 3; i++)
        out[i] -= own(x, c, GNSS_SLOW + i);
}

static void gnss_velocity_residual(const oracle *o, const oracle_state *x, const model_case *c, double out[3])
{
    const frame_gnss *g = &c->in->u.gnss;
    double z[3], lever[3], r[3][3], v[3], up[3][3];
    bool by_axes = isfinite(g->velocity_enu_mps[0]) && isfinite(g->velocity_enu_mps[1]);
    z[0] = by_axes ? (double)g->velocity_enu_mps[0] : (double)g->speed_mps * sin((double)g->course_rad);
    z[1] = by_axes ? (double)g->velocity_enu_mps[1] : (double)g->speed_mps * cos((double)g->course_rad);
    z[2] = by_axes ? (double)g->velocity_enu_mps[2] : (double)NAN;
    sensor_lever(c, lever);
    double latency = own(x, c, GNSS_LATE) + own(x, c, GNSS_LAG);
    point_velocity(o, x, lever, latency, v);
    turn_then(o, x, latency, r);
    m3_apply(r, v, v);
    memcpy(up, o->up, sizeof up);
    m3_apply(up, v, v);
    for (int i = 0; i < 3; i++)
        out[i] = isfinite(z[i]) ? z[i] - v[i] - (i < 2 ? own(x, c, GNSS_SLOW_VELOCITY + i) : 0.0) : 0.0;
}

/* The velocity of the rear axle's centre. */
static void axle_velocity(const oracle *o, const oracle_state *x, const model_case *c, double latency,
                          double v[3])
{
    double at[3];
    model_navigation_point(c->set, at);
    for (int i = 0; i < 3; i++)
        at[i] = -at[i];
    point_velocity(o, x, at, latency, v);
}

static void wheel_speed(const oracle *o, const oracle_state *x, const model_case *c, double out[3])
{
    const frame_wheel *w = &c->in->u.wheel;
    double v[3], z = 0.5 * ((double)w->wheel_mps[2] + (double)w->wheel_mps[3]);
    if (!isfinite(z))
        z = (double)w->speed_mps;
    if (!isfinite(z))
        z = 0.5 * ((double)w->wheel_mps[0] + (double)w->wheel_mps[1]);
    axle_velocity(o, x, c, own(x, c, WHEEL_LATE), v);
    out[0] = (c->reversed ? -z : z) - (1.0 + own(x, c, WHEEL_SCALE_)) * v[0];
}

static void non_holonomic(const oracle *o, const oracle_state *x, const model_case *c, double out[3])
{
    double v[3];
    double slip = c->set->filter.side_slip_rad_per_mps2 * (o->gyro[2] - x->gyro_bias[2]);
    axle_velocity(o, x, c, 0.0, v);
    out[0] = -v[1] - slip * fabs(v[0]) * v[0];
    out[1] = -v[2];
}

static void standstill(const oracle *o, const oracle_state *x, const model_case *c, double out[3])
{
    double v[3];
    axle_velocity(o, x, c, 0.0, v);
    for (int i = 0; i < 3; i++)
        out[i] = -v[i];
}

static void zero_rate(const oracle *o, const oracle_state *x, double out[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = x->gyro_bias[i] - o->gyro[i];
}

static void ego_velocity(const oracle *o, const oracle_state *x, const model_case *c, double out[3])
{
    double lever[3], v[3], yaw = own(x, c, RADAR_YAW), scale = 1.0 + own(x, c, RADAR_SCALE);
    sensor_lever(c, lever);
    point_velocity(o, x, lever, own(x, c, RADAR_LATE), v);
    to_sensor(c, v, v);
    out[0] = c->ego[0] - scale * (cos(yaw) * v[0] + sin(yaw) * v[1]);
    out[1] = c->ego[1] - scale * (cos(yaw) * v[1] - sin(yaw) * v[0]);
}

static void landmark(const oracle_state *x, const model_case *c, double out[3])
{
    const camera_landmark *seen = &c->in->u.landmarks.landmarks[c->landmark];
    const landmark_settings *mark = &c->set->landmarks[model_find_landmark(c->set, seen->id)];
    double at[3], lever[3], r[3][3], d[3];
    geodetic_to_ecef(mark->latitude_deg * degree, mark->longitude_deg * degree, mark->height_m, at);
    for (int i = 0; i < 3; i++)
        at[i] -= x->position[i];
    vehicle_turn(x, r);
    m3_apply_transposed(r, at, d);
    sensor_lever(c, lever);
    for (int i = 0; i < 3; i++)
        d[i] -= lever[i];
    to_sensor(c, d, d);
    if (c->first_state) { /* the mount's error, as found */
        const double e[3] = {own(x, c, CAMERA_TURN_), own(x, c, CAMERA_TURN_ + 1),
                             own(x, c, CAMERA_TURN_ + 2)};
        double turn[3][3];
        m3_exp(e, turn);
        m3_apply_transposed(turn, d, d);
    }
    out[0] = remainder((double)seen->azimuth_rad - atan2(d[1], d[0]), 2.0 * M_PI);
    out[1] = (double)seen->elevation_rad - atan2(d[2], hypot(d[0], d[1]));
    out[2] =
        isfinite(seen->range_m) ? (double)seen->range_m - sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) : 0.0;
}

/* Roads are level: the plumb line has no part along the vehicle's x and y axes. */
static void tilt(const oracle *o, const oracle_state *x, double out[3])
{
    double r[3][3], v[3];
    vehicle_turn(x, r);
    m3_apply_transposed(r, o->up[2], v);
    out[0] = -v[0];
    out[1] = -v[1];
}

/* ---- odometry: the sensor's pose at the begin and now, each from its own state */

typedef struct {
    double at[3], r[3][3]; /* of the sensor, ECEF */
} sensor_pose;

static void place_sensor(const oracle_state *x, const model_case *c, const double position[3],
                         double attitude[3][3], sensor_pose *out)
{
    const mount_settings *m = &c->set->sources[c->in->source].mount;
    const double *own = &x->source[c->first_state - STATE_SOURCES];
    double mount[3][3], found[3][3], told[3][3], lever[3];
    mount_turn(x, mount);
    m3_euler(0.0, own[ODOMETRY_PITCH_], own[ODOMETRY_YAW_], found);
    m3_euler(m->roll_deg * degree, m->pitch_deg * degree, m->yaw_deg * degree, told);
    m3_mul(attitude, mount, out->r);
    sensor_lever(c, lever);
    m3_apply(out->r, lever, lever);
    for (int i = 0; i < 3; i++)
        out->at[i] = position[i] + lever[i];
    m3_mul(out->r, found, out->r);
    m3_mul(out->r, told, out->r);
}

static void two_sensor_poses(const oracle_state *x, const model_case *c, sensor_pose *begin, sensor_pose *end)
{
    double then[3][3], now[3][3];
    memcpy(then, x->clone_r, sizeof then);
    memcpy(now, x->r, sizeof now);
    place_sensor(x, c, x->clone_position, then, begin);
    place_sensor(x, c, x->position, now, end);
}

static void odometry_translation(const oracle_state *x, const model_case *c, double out[3])
{
    sensor_pose begin, end;
    double way[3], scale = exp(x->source[c->first_state - STATE_SOURCES + ODOMETRY_SCALE_]);
    two_sensor_poses(x, c, &begin, &end);
    for (int i = 0; i < 3; i++)
        way[i] = end.at[i] - begin.at[i];
    m3_apply_transposed(begin.r, way, way);
    for (int i = 0; i < 3; i++)
        out[i] = (double)c->in->u.odometry.translation_m[i] - scale * way[i];
}

static void odometry_rotation(const oracle_state *x, const model_case *c, double out[3])
{
    sensor_pose begin, end;
    double said[3], turned[3][3], back[3][3];
    two_sensor_poses(x, c, &begin, &end);
    for (int i = 0; i < 3; i++)
        said[i] = (double)c->in->u.odometry.rotation_rad[i];
    m3_transpose(begin.r, back);
    m3_mul(back, end.r, turned);
    m3_transpose(turned, back);
    m3_exp(said, turned);
    m3_mul(turned, back, turned);
    m3_log(turned, out);
    double way2 = 0.0;
    for (int i = 0; i < 3; i++)
        way2 += (end.at[i] - begin.at[i]) * (end.at[i] - begin.at[i]);
    out[2] -= x->source[c->first_state - STATE_SOURCES + ODOMETRY_BEND_] * sqrt(way2);
}

void model_residual(const oracle *o, const oracle_state *x, const model_case *c, double out[3])
{
    out[0] = out[1] = out[2] = 0.0;
    switch (c->quantity) {
    case QUANTITY_POSITION:
        gnss_position(o, x, c, out);
        break;
    case QUANTITY_VELOCITY:
        gnss_velocity_residual(o, x, c, out);
        break;
    case QUANTITY_SPEED:
        wheel_speed(o, x, c, out);
        break;
    case QUANTITY_NON_HOLONOMIC:
        non_holonomic(o, x, c, out);
        break;
    case QUANTITY_STANDSTILL:
        standstill(o, x, c, out);
        break;
    case QUANTITY_ZERO_RATE:
        zero_rate(o, x, out);
        break;
    case QUANTITY_EGO_VELOCITY:
        ego_velocity(o, x, c, out);
        break;
    case QUANTITY_LANDMARK:
        landmark(x, c, out);
        break;
    case QUANTITY_TILT:
        tilt(o, x, out);
        break;
    case QUANTITY_TRANSLATION:
        odometry_translation(x, c, out);
        break;
    case QUANTITY_ROTATION:
        odometry_rotation(x, c, out);
        break;
    default:
        out[0] = out[1] = out[2] = (double)NAN; /* no model: shows in the first comparison */
        break;
    }
}

static bool is_latency(const model_case *c, int state)
{
    int k = state - c->first_state;
    switch (c->set->sources[c->in->source].kind) {
    case SOURCE_GNSS:
        return k == GNSS_LATE || k == GNSS_LAG;
    case SOURCE_RADAR:
        return k == RADAR_LATE;
    case SOURCE_WHEEL:
        return k == WHEEL_LATE;
    default:
        return false;
    }
}

/* Half the step of the difference. A latency's is that over which the fast filter averages the acceleration
 * (vibration is no information about time), but for positions, which are smooth. */
static double half_step(const model_case *c, int state)
{
    if (c->first_state && is_latency(c, state))
        return c->quantity == QUANTITY_POSITION ? 1e-4 : 0.025;
    return state < STATE_ATTITUDE ? 1e-3 : 1e-5;
}

void model_linearize(const oracle *o, const model_case *c, oracle_measurement *m)
{
    model_residual(o, &o->x, c, m->innovation);
    for (int i = 0; i < o->n; i++) {
        double error[STATE_MAX] = {0}, above[3], below[3], step = half_step(c, i);
        oracle_state x = o->x;
        error[i] = step;
        oracle_inject(&x, o->n, error);
        model_residual(o, &x, c, above);
        x = o->x;
        error[i] = -step;
        oracle_inject(&x, o->n, error);
        model_residual(o, &x, c, below);
        for (int k = 0; k < 3; k++)
            m->h[k][i] = -(above[k] - below[k]) / (2.0 * step);
    }
}
