#include "fusion/core.h"
#include "fusion/geodesy.h"

#include <math.h>
#include <string.h>

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
    float sigma =
        (o->sigma_m > 0.0f ? o->sigma_m : (float)s->set->of.roadside.position_sigma_m) * s->noise_scale;
    for (int i = 0; i < 2; i++) {
        m.innovation[i] = (float)away[i];
        m.noise[i][i] = sigma * sigma;
    }
    return core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_POSITION});
}

/* The vehicle's heading seen from outside. */
static void fuse_heading(fusion *c, source_run *s, const frame *in)
{
    const frame_roadside *o = &in->u.roadside;
    const filter *f = &c->f;
    if (!isfinite(o->heading_rad) || !(o->sigma_heading_rad > 0.0f))
        return;
    double r[3][3], x[3] = {1.0, 0.0, 0.0}, ahead[3], local[3][3];
    measurement m;
    vehicle_rotation(f, r);
    rows_mulv(r, x, ahead);
    memcpy(local, f->r_enu_ecef, sizeof local);
    rows_mulv(local, ahead, ahead);
    measurement_start(&m, 1);
    for (int i = 0; i < 3; i++) /* a turn about up, east to north, lowers the heading */
        measurement_column(&m, STATE_ATTITUDE + i, -(float)f->r_enu_ecef[2][i], 0.0f, 0.0f);
    m.innovation[0] = remainderf(o->heading_rad - (float)atan2(ahead[0], ahead[1]), 6.2831853f);
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
    c->absolute_ns = in->stamp_ns;
    c->since_absolute_m = 0.0;
}
