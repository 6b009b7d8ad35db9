#include "fusion/sight/roadside.h"

#include "fusion/core/core.h"
#include "fusion/motion/vehicle.h"
#include "fusion/sight/camera_health.h"

#include <math.h>
#include <string.h>

/* How long a unit has a vehicle in view, s: as long as what it says is off by the same survey. */
static const float in_view_s = 15.0f;

/* A vector of the vehicle in ENU. */
static void to_enu(double r[3][3], const double v[3], mat3 enu, vec3 out)
{
    double world[3];
    rows_mulv(r, v, world);
    vec3 w = {(float)world[0], (float)world[1], (float)world[2]};
    glm_mat3_mulv(enu, w, out);
}

/* The lever to the origin turns with the mount. */
static void origin_mount_columns(const fusion *c, double r[3][3], const double at[3], mat3 enu,
                                 measurement *m)
{
    vec3 axes[2], d[2], lever = {(float)at[0], (float)at[1], (float)at[2]};
    mount_axes(&c->f, axes);
    for (int k = 0; k < 2; k++) {
        glm_vec3_cross(axes[k], lever, d[k]);
        const double moved[3] = {(double)d[k][0], (double)d[k][1], (double)d[k][2]};
        to_enu(r, moved, enu, d[k]);
    }
    mount_columns(&c->f, m, d);
}

/* The body origin seen from outside: position east, north. */
static verdict_decision fuse_origin(fusion *c, source_run *s, const frame *in)
{
    const filter *f = &c->f;
    const frame_roadside *o = &in->u.roadside;
    double latitude, longitude, height, seen[3], r[3][3], local[3][3], away[3];
    double at[3] = {-(double)c->nav_point_m[0], -(double)c->nav_point_m[1], -(double)c->nav_point_m[2]},
           lever[3];
    mat3 enu, skew, jacobian;
    measurement m;
    ecef_to_geodetic(f->position_ecef_m, &latitude, &longitude, &height);
    geodetic_to_ecef(o->latitude_rad, o->longitude_rad, height, seen);
    vehicle_rotation(f, r);
    rows_mulv(r, at, lever);
    for (int i = 0; i < 3; i++)
        away[i] = seen[i] - f->position_ecef_m[i] - lever[i];
    memcpy(local, f->r_enu_ecef, sizeof local);
    rows_to_mat3(local, enu);
    rows_mulv(local, away, away);
    vec3 back = {-(float)lever[0], -(float)lever[1], -(float)lever[2]};
    measurement_start(&m, 2);
    measurement_columns(&m, STATE_POSITION, enu);
    mat3_skew(back, skew);
    glm_mat3_mul(enu, skew, jacobian);
    measurement_columns(&m, STATE_ATTITUDE, jacobian);
    origin_mount_columns(c, r, at, enu, &m);
    float sigma =
        (o->sigma_m > 0.0f ? o->sigma_m : (float)s->set->of.roadside.position_sigma_m) * s->noise_scale;
    float survey = (float)s->set->of.roadside.survey_sigma_m;
    for (int i = 0; i < 2; i++) {
        m.innovation[i] = (float)away[i];
        m.noise[i][i] = sigma * sigma + survey * survey;
        m.lasting[i] = survey * survey;
    }
    m.repeats = core_repeats(s, in_view_s);
    return core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_POSITION});
}

/* The vehicle's heading seen from outside. */
static void fuse_heading(fusion *c, source_run *s, const frame *in)
{
    const frame_roadside *o = &in->u.roadside;
    const filter *f = &c->f;
    if (!isfinite(o->heading_rad) || !(o->sigma_heading_rad > 0.0f))
        return;
    double r[3][3], x[3] = {1.0, 0.0, 0.0}, local[3][3], back[3];
    measurement m;
    mat3 enu;
    vec3 ahead, axes[2], d[2];
    vehicle_rotation(f, r);
    memcpy(local, f->r_enu_ecef, sizeof local);
    rows_to_mat3(local, enu);
    to_enu(r, x, enu, ahead);
    measurement_start(&m, 1);
    /* heading = atan2(east, north) of the nose: a turn psi (ENU) changes it by climb . psi - psi_up */
    float climb = ahead[2] / (ahead[0] * ahead[0] + ahead[1] * ahead[1]);
    const double gradient[3] = {(double)(climb * ahead[0]), (double)(climb * ahead[1]), -1.0};
    rows_mulv_transposed(local, gradient, back);
    for (int i = 0; i < 3; i++)
        measurement_column(&m, STATE_ATTITUDE + i, (float)back[i], 0.0f, 0.0f);
    mount_axes(f, axes);
    for (int k = 0; k < 2; k++) {
        const double axis[3] = {(double)axes[k][0], (double)axes[k][1], (double)axes[k][2]};
        to_enu(r, axis, enu, d[k]);
        d[k][0] = climb * (ahead[0] * d[k][0] + ahead[1] * d[k][1]) - d[k][2];
        d[k][1] = d[k][2] = 0.0f;
    }
    mount_columns(f, &m, d);
    m.innovation[0] = remainderf(o->heading_rad - atan2f(ahead[0], ahead[1]), 6.2831853f);
    m.noise[0][0] = o->sigma_heading_rad * o->sigma_heading_rad;
    core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_HEADING});
}

void roadside_fuse(fusion *c, source_run *s, const frame *in)
{
    verdict_decision decision = fuse_origin(c, s, in);
    fuse_heading(c, s, in);
    if (decision == DECISION_REJECTED) {
        s->rejected++;
        return;
    }
    s->used++;
    core_placed(c, in->stamp_ns, false);
}
