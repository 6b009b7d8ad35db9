#include "fusion/core/pose.h"

#include "fusion/core/core.h"
#include "fusion/core/height.h"
#include "fusion/core/initialize.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_fix.h"
#include "fusion/gnss/gnss_led.h"
#include "fusion/integrity/either.h"
#include "fusion/integrity/integrity.h"
#include "fusion/map/map_adrift.h"
#include "fusion/map/map_lanes.h"
#include "fusion/map/map_shift.h"
#include "fusion/map/map_trust.h"
#include "fusion/motion/vehicle.h"
#include "fusion/ticks.h"

#include <math.h>
#include <string.h>

static const char *const mode_words[MODE_COUNT] = {
    [MODE_INITIALIZING] = "INITIALIZING",     [MODE_NOMINAL] = "NOMINAL", [MODE_DEGRADED] = "DEGRADED",
    [MODE_DEAD_RECKONING] = "DEAD_RECKONING", [MODE_LOST] = "LOST",
};

const char *fusion_mode_word(fusion_mode mode)
{
    return (unsigned)mode < MODE_COUNT && mode_words[mode] ? mode_words[mode] : "?";
}

static void cross(const double a[3], const double b[3], double out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

/* Nominal pose of the body origin at the tick: the filter's, carried on by what moves it. */
static void extrapolate(const fusion *c, double dt, double r[3][3], fusion_pose *p, double velocity[3])
{
    const filter *f = &c->f;
    double at[3] = {-(double)c->nav_point_m[0], -(double)c->nav_point_m[1], -(double)c->nav_point_m[2]};
    double lever[3], rate[3], swing[3], turn[3], dq[4], q[4];
    for (int i = 0; i < 3; i++)
        turn[i] = f->rate_b[i] * dt;
    quat_exp(turn, dq);
    quat_mul(f->q_b_ecef, dq, q);
    double b[3][3], m[3][3];
    quat_to_rows(q, b);
    mount_rows(f, m);
    rows_mul(b, m, r);
    rows_mulv(r, at, lever);
    rows_mulv_transposed(m, f->rate_b, rate); /* in vehicle axes */
    cross(rate, at, swing);
    rows_mulv(r, swing, swing);
    for (int i = 0; i < 3; i++) {
        double v = f->velocity_ecef_mps[i] + f->accel_ecef[i] * dt;
        p->position_ecef_m[i] = f->position_ecef_m[i] + 0.5 * (f->velocity_ecef_mps[i] + v) * dt + lever[i];
        velocity[i] = v + swing[i];
        p->rate_body_radps[i] = (float)rate[i];
    }
}

/* The columns of the filter's state that the pose rests on. */
const int pose_columns[POSE_COLUMNS] = {STATE_POSITION, STATE_POSITION + 1, STATE_POSITION + 2,
                                        STATE_ATTITUDE, STATE_ATTITUDE + 1, STATE_ATTITUDE + 2,
                                        STATE_MOUNT,    STATE_MOUNT + 1};

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* What errors of the mount do in ECEF: the turn of the vehicle, and how far that moves the point `at`. */
static void mount_turns(const fusion *c, double r[3][3], const double at[3], double turn[2][3],
                        double moved[2][3])
{
    vec3 axes[2];
    mount_axes(&c->f, axes);
    for (int k = 0; k < 2; k++) {
        double axis[3] = {(double)axes[k][0], (double)axes[k][1], (double)axes[k][2]}, d[3];
        cross(axis, at, d);
        rows_mulv(r, axis, turn[k]);
        rows_mulv(r, d, moved[k]);
    }
}

/* Rows: position ENU and rotation ENU of the body, as linear functions of those columns. */
static void pose_jacobian(const fusion *c, double local[3][3], double r[3][3], float t[6][POSE_COLUMNS])
{
    double at[3] = {-(double)c->nav_point_m[0], -(double)c->nav_point_m[1], -(double)c->nav_point_m[2]}, l[3];
    rows_mulv(r, at, l);
    double turn[2][3], moved[2][3];
    mount_turns(c, r, at, turn, moved);
    for (int i = 0; i < 3; i++) {
        const double *e = local[i];
        for (int j = 0; j < 3; j++) {
            t[i][j] = (float)e[j];
            t[i + 3][j] = 0.0f;
            t[i + 3][3 + j] = (float)e[j];
        }
        t[i][3] = (float)(e[2] * l[1] - e[1] * l[2]); /* e . (psi x l) = psi . (l x e) */
        t[i][4] = (float)(e[0] * l[2] - e[2] * l[0]);
        t[i][5] = (float)(e[1] * l[0] - e[0] * l[1]);
        for (int k = 0; k < 2; k++) {
            t[i][6 + k] = (float)dot(e, moved[k]);
            t[i + 3][6 + k] = (float)dot(e, turn[k]);
        }
    }
}

void pose_directions(const fusion *c, float t[4][POSE_COLUMNS])
{
    double local[3][3], r[3][3];
    float rows[6][POSE_COLUMNS];
    memcpy(local, c->f.r_enu_ecef, sizeof local);
    vehicle_rotation(&c->f, r);
    pose_jacobian(c, local, r, rows);
    double ahead[2] = {0.0, 0.0};
    for (int i = 0; i < 3; i++) {
        ahead[0] += local[0][i] * r[i][0];
        ahead[1] += local[1][i] * r[i][0];
    }
    float length = (float)hypot(ahead[0], ahead[1]), e = (float)ahead[0] / length,
          n = (float)ahead[1] / length;
    for (int k = 0; k < POSE_COLUMNS; k++) {
        t[0][k] = e * rows[0][k] + n * rows[1][k];
        t[1][k] = e * rows[1][k] - n * rows[0][k];
        t[2][k] = rows[2][k];
        t[3][k] = rows[5][k];
    }
}

/* Four floats at once. */
typedef float f4 __attribute__((vector_size(16)));

/* T S T' with T the Jacobian and S the covariance of those columns, all as two vectors a row. */
static void pose_covariance(const fusion *c, double local[3][3], double r[3][3], fusion_pose *p)
{
    union {
        float at[POSE_COLUMNS][POSE_COLUMNS];
        f4 half[POSE_COLUMNS][2];
    } t, s;
    pose_jacobian(c, local, r, t.at);
    for (int i = 0; i < POSE_COLUMNS; i++) {
        const float *row = covariance_row(&c->f.p, pose_columns[i]);
        for (int j = 0; j < POSE_COLUMNS; j++)
            s.at[i][j] = row[pose_columns[j]];
    }
    for (int i = 0; i < 6; i++) {
        f4 low = {0.0f, 0.0f, 0.0f, 0.0f}, high = low;
        for (int k = i < 3 ? 0 : 3; k < POSE_COLUMNS; k++) { /* a position moves no rotation */
            low += t.at[i][k] * s.half[k][0];
            high += t.at[i][k] * s.half[k][1];
        }
        for (int j = i; j < 6; j++) {
            f4 sum = low * t.half[j][0] + high * t.half[j][1];
            p->covariance[i][j] = p->covariance[j][i] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
        }
    }
}

static void add_latency_doubt(const fusion *c, fusion_pose *p)
{
    float variance = gnss_latency_doubt(c);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            p->covariance[i][j] += variance * p->velocity_enu_mps[i] * p->velocity_enu_mps[j];
    }
    p->covariance[5][5] += wheel_clock_doubt(c) * p->rate_body_radps[2] * p->rate_body_radps[2];
}

static void add_doubt(const fusion *c, fusion_pose *p)
{
    const float variance = gnss_doubt(c), turn = gnss_led_turn(c);
    p->covariance[0][0] += variance;
    p->covariance[1][1] += variance;
    p->covariance[5][5] += GNSS_EITHER * turn * turn;
}

/* The same carried on by dt: position by the velocity's error, rotation by the rate's (which is minus the
 * gyro bias's). */
static void carried_covariance(const fusion *c, double dt, double local[3][3], double r[3][3], fusion_pose *p)
{
    enum { COLUMNS = POSE_COLUMNS + 6 };
    int column[COLUMNS];
    float t[6][POSE_COLUMNS], wide[6][COLUMNS] = {{0}}, ts[6][COLUMNS] = {{0}};
    pose_jacobian(c, local, r, t);
    for (int k = 0; k < COLUMNS; k++)
        column[k] = k < POSE_COLUMNS       ? pose_columns[k]
                    : k < POSE_COLUMNS + 3 ? STATE_VELOCITY + k - POSE_COLUMNS
                                           : STATE_GYRO_BIAS + k - POSE_COLUMNS - 3;
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < POSE_COLUMNS; k++) {
            wide[i][k] = t[i][k];
            wide[i + 3][k] = t[i + 3][k];
        }
        for (int k = 0; k < 3; k++) {
            double turn = 0.0;
            for (int j = 0; j < 3; j++)
                turn += local[i][j] * c->f.r_b_ecef[j][k];
            wide[i][POSE_COLUMNS + k] = (float)(dt * local[i][k]);
            wide[i + 3][POSE_COLUMNS + 3 + k] = (float)(-dt * turn);
        }
    }
    for (int i = 0; i < 6; i++) {
        for (int k = 0; k < COLUMNS; k++) {
            for (int j = 0; j < COLUMNS; j++)
                ts[i][j] += wide[i][k] * covariance_at(&c->f.p, column[k], column[j]);
        }
        for (int j = 0; j < 6; j++)
            p->covariance[i][j] = 0.0f;
    }
    for (int i = 0; i < 6; i++) {
        for (int j = i; j < 6; j++) {
            for (int k = 0; k < COLUMNS; k++)
                p->covariance[i][j] += ts[i][k] * wide[j][k];
            p->covariance[j][i] = p->covariance[i][j];
        }
    }
}

static void velocity_covariance(const fusion *c, double local[3][3], fusion_pose *p)
{
    float es[3][3];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            float sum = 0.0f;
            for (int k = 0; k < 3; k++)
                sum += (float)local[i][k] * covariance_at(&c->f.p, STATE_VELOCITY + k, STATE_VELOCITY + j);
            es[i][j] = sum;
        }
    }
    for (int i = 0; i < 3; i++) {
        for (int j = i; j < 3; j++) {
            float sum = 0.0f;
            for (int k = 0; k < 3; k++)
                sum += es[i][k] * (float)local[j][k];
            p->velocity_covariance[i][j] = p->velocity_covariance[j][i] = sum;
        }
    }
}

static void angles(double local[3][3], double r[3][3], fusion_pose *p)
{
    double enu[3][3], q[4];
    rows_mul(local, r, enu);
    quat_from_rows(enu, q);
    for (int i = 0; i < 4; i++)
        p->q_body_enu[i] = (float)q[i];
    float heading = atan2f((float)enu[0][0], (float)enu[1][0]);
    p->heading_rad = heading < 0.0f ? heading + 6.2831853f : heading;
    p->pitch_rad = asinf(fmaxf(-1.0f, fminf(1.0f, (float)enu[2][0])));
    p->roll_rad = atan2f((float)enu[2][1], (float)enu[2][2]);
}

/* P(|error| <= limit) of a centred normal. */
static float inside(double limit, float variance)
{
    return variance > 0.0f ? erff((float)limit / sqrtf(2.0f * variance)) : 1.0f;
}

/* Probability that every error is inside its alert limit, as if they were independent. */
static float confidence(const fusion *c, const fusion_pose *p)
{
    const alert_limits *limit = &c->set.alert[c->set.road];
    float s = sinf(p->heading_rad), k = cosf(p->heading_rad); /* along = (s, k), across = (k, -s) */
    float ee = p->covariance[0][0], en = p->covariance[0][1], nn = p->covariance[1][1];
    float along = s * s * ee + 2.0f * s * k * en + k * k * nn;
    float across = k * k * ee - 2.0f * s * k * en + s * s * nn;
    return inside(limit->lateral_m, across) * inside(limit->longitudinal_m, along) *
           inside(limit->vertical_m, p->covariance[2][2]) *
           inside(limit->heading_deg * RADIANS_PER_DEGREE, p->covariance[5][5]);
}

static void append_faults(fusion_pose *p, uint64_t mask)
{
    for (; mask && p->fault_count < POSE_MAX_FAULTS; mask &= mask - 1)
        p->faults[p->fault_count++] = (uint8_t)__builtin_ctzll(mask);
}

static void set_faults(const fusion *c, fusion_pose *p)
{
    uint64_t mask = c->system.raised_mask | c->map.faults.raised_mask;
    for (size_t i = 0; i < c->source_count; i++)
        mask |= c->source[i].faults.raised_mask;
    p->fault_count = 0;
    append_faults(p, mask);
}

/* Before there is a pose: says so, and nothing else. */
static void blank(fusion_pose *p)
{
    for (int i = 0; i < 3; i++)
        p->position_ecef_m[i] = (double)NAN;
    p->latitude_rad = p->longitude_rad = p->height_m = (double)NAN;
    float *numbers[] = {p->q_body_enu, p->velocity_enu_mps, p->rate_body_radps, p->accel_body_mps2};
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < (i ? 3 : 4); j++)
            numbers[i][j] = NAN;
    }
    p->roll_rad = p->pitch_rad = p->heading_rad = NAN;
    for (int i = 0; i < 36; i++)
        p->covariance[i / 6][i % 6] = NAN;
    for (int i = 0; i < 9; i++)
        p->velocity_covariance[i / 3][i % 3] = NAN;
    p->protection_along_m = p->protection_cross_m = p->protection_vertical_m = NAN;
    p->protection_heading_rad = p->protection_horizontal_m = NAN;
    p->alert_along_m = p->alert_cross_m = p->alert_vertical_m = p->alert_heading_rad = NAN;
    p->confidence = 0.0f;
    p->lane_id = 0;
    p->lane_probability = 0.0f;
    p->usable = false;
}

static void fill(const fusion *c, double dt, fusion_pose *p)
{
    double r[3][3], local[3][3], velocity[3], v[3];
    extrapolate(c, dt, r, p, velocity);
    ecef_to_geodetic_axes(p->position_ecef_m, &p->latitude_rad, &p->longitude_rad, &p->height_m, local);
    angles(local, r, p);
    rows_mulv(local, velocity, v);
    for (int i = 0; i < 3; i++)
        p->velocity_enu_mps[i] = (float)v[i];
    rows_mulv_transposed(r, c->f.accel_ecef, v);
    for (int i = 0; i < 3; i++)
        p->accel_body_mps2[i] = (float)v[i];
    if (dt > POSE_CARRY_AFTER_S)
        carried_covariance(c, dt, local, r, p);
    else
        pose_covariance(c, local, r, p);
    add_latency_doubt(c, p);
    add_doubt(c, p);
    map_shift_doubt(c, p);
    map_trust_doubt(c, p);
    map_adrift_doubt(c, p);
    height_doubt(c, p);
    velocity_covariance(c, local, p);
    p->confidence = confidence(c, p);
    map_lane_at(c, p->stamp_ns, &p->lane_id, &p->lane_probability);
    p->usable = (c->mode == MODE_NOMINAL || c->mode == MODE_DEGRADED || c->mode == MODE_DEAD_RECKONING) &&
                !c->claim.contradicted;
    integrity_protect(c, p);
    either_hold(c, p);
}

void pose_update_mode(fusion *c, int64_t now_ns)
{
    (void)now_ns;
    if (!c->running) {
        c->mode = c->poses && c->resets ? MODE_LOST : MODE_INITIALIZING;
        return;
    }
    float most = (float)c->set.filter.lost_sigma_m;
    bool flagged = false;
    for (size_t i = 0; i < c->source_count; i++) {
        uint64_t mask = c->source[i].faults.raised_mask;
        for (; mask; mask &= mask - 1)
            flagged |= fault_describe((fault_code)__builtin_ctzll(mask))->severity > SEVERITY_INFO;
    }
    if (!(core_horizontal_variance(c) <= 2.0f * most * most) || initialize_heading_lost(c) ||
        c->claim.contradicted)
        c->mode = MODE_LOST;
    else if (fault_is_raised(&c->system, FAULT_DEAD_RECKONING) || c->absolute_ns == INT64_MIN)
        c->mode = MODE_DEAD_RECKONING;
    else
        c->mode = flagged ? MODE_DEGRADED : MODE_NOMINAL;
}

void pose_start_ticks(fusion *c, int64_t stamp_ns)
{
    const int64_t rate = tick_rate(c->set.output.pose_rate_hz);
    c->pose_tick = tick_from(rate, stamp_ns);
    if (tick_time_ns(rate, c->pose_tick) > stamp_ns)
        c->pose_tick--;
}

void pose_at(const fusion *c, int64_t stamp_ns, fusion_pose *p)
{
    p->stamp_ns = stamp_ns;
    p->based_on_ns = c->applied_ns;
    p->resets = c->resets;
    p->reset_m = c->reset_m;
    p->mode = (uint8_t)c->mode;
    set_faults(c, p);
    if (c->running)
        fill(c, seconds_between(c->f.stamp_ns, stamp_ns), p);
    else
        blank(p);
}

void pose_emit_until(fusion *c, int64_t stamp_ns)
{
    const int64_t rate = tick_rate(c->set.output.pose_rate_hz);
    for (;;) {
        const int64_t at = tick_time_ns(rate, c->pose_tick);
        if (at >= stamp_ns)
            return;
        c->pose_tick++;
        if (!c->sinks.pose)
            continue;
        fusion_pose p;
        pose_at(c, at, &p);
        p.sequence = c->poses++;
        c->sinks.pose(c->sinks.context, &p);
    }
}
