#include "evaluation/pose_sample.h"

#include "fusion/geodesy.h"
#include "fusion/rotation.h"

#include <math.h>

static double mix(double a, double b, double t)
{
    return a + (b - a) * t;
}

static void mix_attitude(const fusion_pose *a, const fusion_pose *b, double t, double r[3][3])
{
    double q[4], dot = 0;
    for (int i = 0; i < 4; i++)
        dot += (double)a->q_body_enu[i] * (double)b->q_body_enu[i];
    for (int i = 0; i < 4; i++) /* q and -q are the same rotation: take the near one */
        q[i] = mix(a->q_body_enu[i], dot < 0 ? -(double)b->q_body_enu[i] : (double)b->q_body_enu[i], t);
    quat_normalize(q);
    quat_to_rows(q, r);
}

static void mix_covariance(const fusion_pose *a, const fusion_pose *b, double t, double out[6][6])
{
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j++)
            out[i][j] = mix(a->covariance[i][j], b->covariance[i][j], t);
    }
}

static uint8_t worse_mode(uint8_t a, uint8_t b)
{
    if (a == MODE_INITIALIZING || b == MODE_INITIALIZING)
        return MODE_INITIALIZING;
    return a == MODE_LOST ? a : b;
}

/* A pose is there, whether or not its bound is tight enough to use it. */
static bool is_claim(const fusion_pose *p)
{
    return p->mode == MODE_NOMINAL || p->mode == MODE_DEGRADED || p->mode == MODE_DEAD_RECKONING;
}

static bool raises_alert(const fusion_pose *p)
{
    for (int i = 0; i < p->fault_count; i++) {
        if (p->faults[i] == FAULT_ALERT)
            return true;
    }
    return false;
}

static void bound_poses(const fusion_pose *a, const fusion_pose *b, pose_sample *out)
{
    const float levels[2][POSE_PROTECTIONS] = {
        {a->protection_along_m, a->protection_cross_m, a->protection_vertical_m, a->protection_heading_rad,
         a->protection_horizontal_m},
        {b->protection_along_m, b->protection_cross_m, b->protection_vertical_m, b->protection_heading_rad,
         b->protection_horizontal_m}};
    const float limits[4] = {b->alert_along_m, b->alert_cross_m, b->alert_vertical_m, b->alert_heading_rad};
    for (int i = 0; i < POSE_PROTECTIONS; i++) {
        double first = levels[0][i], second = levels[1][i];
        out->protection[i] = isnan(first + second) ? NAN : fmax(first, second);
    }
    for (int i = 0; i < 4; i++)
        out->alert[i] = limits[i];
    out->alerted = raises_alert(a) || raises_alert(b);
}

static void mix_poses(const fusion_pose *a, const fusion_pose *b, double t, pose_sample *out)
{
    for (int i = 0; i < 3; i++) {
        out->position_ecef_m[i] = mix(a->position_ecef_m[i], b->position_ecef_m[i], t);
        out->velocity_enu_mps[i] = mix(a->velocity_enu_mps[i], b->velocity_enu_mps[i], t);
        out->rate_body_radps[i] = mix(a->rate_body_radps[i], b->rate_body_radps[i], t);
    }
    mix_attitude(a, b, t, out->r_enu_body);
    mix_covariance(a, b, t, out->covariance);
    enu_axes(a->latitude_rad, a->longitude_rad, out->r_enu_ecef);
    /* The first column is the body's x axis in ENU. */
    out->heading_rad = atan2(out->r_enu_body[0][0], out->r_enu_body[1][0]);
    out->mode = worse_mode(a->mode, b->mode);
    out->usable = a->usable && b->usable;
    out->claimed = is_claim(a) && is_claim(b);
    bound_poses(a, b, out);
}

bool pose_sample_at(const fusion_pose *poses, size_t count, size_t *hint, int64_t stamp_ns, pose_sample *out)
{
    while (*hint + 1 < count && poses[*hint + 1].stamp_ns < stamp_ns)
        ++*hint;
    if (*hint + 1 >= count)
        return false;
    const fusion_pose *a = &poses[*hint], *b = a + 1;
    if (stamp_ns < a->stamp_ns || stamp_ns > b->stamp_ns)
        return false;
    uint64_t gap = (uint64_t)b->stamp_ns - (uint64_t)a->stamp_ns; /* of any two times, without overflow */
    if (gap > POSE_MAX_GAP_NS)
        return false;
    double gap_ns = (double)gap;
    mix_poses(a, b, gap_ns > 0 ? (double)(stamp_ns - a->stamp_ns) / gap_ns : 0, out);
    return true;
}

/* P of the point = A P A' with A = [I, -[arm x]], as d(point) = d(p) + d(rotation) x arm. */
static void move_covariance(pose_sample *s, const double arm[3])
{
    const double a[3][6] = {
        {1, 0, 0, 0, arm[2], -arm[1]},
        {0, 1, 0, -arm[2], 0, arm[0]},
        {0, 0, 1, arm[1], -arm[0], 0},
    };
    double ap[3][6] = {{0}}, p[3][6];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 6; j++) {
            for (int k = 0; k < 6; k++)
                ap[i][j] += a[i][k] * s->covariance[k][j];
        }
    }
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            p[i][j] = 0;
            for (int k = 0; k < 6; k++)
                p[i][j] += ap[i][k] * a[j][k];
        }
        for (int j = 3; j < 6; j++)
            p[i][j] = ap[i][j];
    }
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 6; j++)
            s->covariance[i][j] = p[i][j];
        for (int j = 3; j < 6; j++)
            s->covariance[j][i] = p[i][j];
    }
}

void pose_sample_move(pose_sample *s, const double lever_m[3])
{
    const double *w = s->rate_body_radps, *r = lever_m;
    const double turning[3] = {w[1] * r[2] - w[2] * r[1], w[2] * r[0] - w[0] * r[2],
                               w[0] * r[1] - w[1] * r[0]};
    double arm_enu[3], arm_ecef[3], velocity[3];
    rows_mulv(s->r_enu_body, lever_m, arm_enu);
    rows_mulv_transposed(s->r_enu_ecef, arm_enu, arm_ecef);
    rows_mulv(s->r_enu_body, turning, velocity);
    for (int i = 0; i < 3; i++) {
        s->position_ecef_m[i] += arm_ecef[i];
        s->velocity_enu_mps[i] += velocity[i];
    }
    move_covariance(s, arm_enu);
}
