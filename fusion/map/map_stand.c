/* What stands around a radar, gathered from all of its scans: radar_things.h. */
#include "fusion/map/map_stand.h"

#include "fusion/core/core.h"
#include "fusion/map/map_pairs.h"
#include "fusion/map/map_rails.h"
#include "fusion/motion/vehicle.h"
#include "fusion/radar/radar.h"
#include "fusion/radar/radar_things.h"

#include <math.h>
#include <string.h>

/* Slower than this what waits in a queue is not told from what stands, m/s. */
static const float least_speed_mps = 2.0f;

/* Returns are at rest within so many sigmas. */
static const float rest_sigmas = 2.5f;

/* Things are gathered up to here, m: beyond, one is not told from the next. */
static const float note_m = 100.0f;

bool map_returns_used(const fusion *c, const source_run *s)
{
    return c->map.view && s->first_state && s->set->of.radar.map_returns;
}

float map_returns_azimuth_sigma(const source_run *s, const radar_detection *d)
{
    /* a beam that is steered to the side is wider */
    return (float)s->set->of.radar.azimuth_sigma_rad / fmaxf(cosf(d->azimuth_rad), 0.3f);
}

static bool stands(const source_run *s, const radar_detection *d, const float v[3])
{
    if (!isfinite(d->azimuth_rad) || !isfinite(d->doppler_mps) || !isfinite(d->range_m) ||
        !(d->range_m > MAP_RETURNS_NEAREST_M) || !(d->range_m < note_m) || d->track_id >= 0)
        return false;
    float flat = isfinite(d->elevation_rad) ? cosf(d->elevation_rad) : 1.0f;
    float k = cosf(d->azimuth_rad), n = sinf(d->azimuth_rad);
    float swing = (v[0] * n - v[1] * k) * map_returns_azimuth_sigma(s, d);
    float sigma = hypotf((float)s->set->of.radar.doppler_sigma_mps, swing);
    return fabsf(d->doppler_mps + flat * (v[0] * k + v[1] * n)) <= rest_sigmas * sigma;
}

void map_returns_stand(const fusion *c, const source_run *s, const frame *in, radar_stand *out)
{
    const double dt = seconds_between(c->f.stamp_ns, in->stamp_ns);
    const double yaw = c->f.source[s->first_state - STATE_SOURCES + RADAR_YAW];
    double r[3][3];
    mat3 to_sensor;
    vec3 rate, turned;
    vehicle_rotation(&c->f, r);
    vehicle_rate(&c->f, rate);
    radar_turn(s, (float)yaw, to_sensor);
    for (int k = 0; k < 2; k++) {
        vec3 axis = {to_sensor[0][k], to_sensor[1][k], to_sensor[2][k]}; /* vehicle axes */
        glm_vec3_cross(rate, axis, turned);
        glm_vec3_muladds(turned, (float)dt, axis);
        const double there_axis[3] = {(double)axis[0], (double)axis[1], (double)axis[2]};
        double world[3];
        rows_mulv(r, there_axis, world);
        for (int i = 0; i < 3; i++)
            out->axes[k][i] = (float)world[i];
    }
    const double lever[3] = {(double)s->lever_m[0], (double)s->lever_m[1], (double)s->lever_m[2]};
    double world[3];
    rows_mulv(r, lever, world);
    for (int i = 0; i < 3; i++)
        out->at_m[i] = c->f.position_ecef_m[i] + dt * c->f.velocity_ecef_mps[i] + world[i];
}

void map_returns_place(const fusion *c, const source_run *s, const radar_stand *at, const radar_detection *d,
                       radar_place *out)
{
    const radar_things *t = &c->map.things;
    const radar_settings *set = &s->set->of.radar;
    float k = cosf(d->azimuth_rad), n = sinf(d->azimuth_rad),
          wide = d->range_m * map_returns_azimuth_sigma(s, d);
    for (int i = 0; i < 3; i++) {
        out->along[i] = k * at->axes[0][i] + n * at->axes[1][i];
        out->across[i] = k * at->axes[1][i] - n * at->axes[0][i];
        out->at_m[i] = (float)(at->at_m[i] - t->anchor_ecef_m[i]) + d->range_m * out->along[i];
    }
    out->along_variance = (float)(set->range_sigma_m * set->range_sigma_m);
    out->across_variance = wide * wide;
}

void map_returns_note(fusion *c, source_run *s, const frame *in)
{
    map_work *w = c->work;
    measurement m;
    radar_stand at;
    vec3 velocity;
    if (!c->running || !map_returns_used(c, s))
        return;
    memset(w->thing_of, RADAR_NO_THING, sizeof w->thing_of);
    memset(w->rail_of, 0xff, sizeof w->rail_of);
    w->rail_count = 0;
    radar_velocity(c, s, &m, velocity);
    if (!(hypotf(velocity[0], velocity[1]) > least_speed_mps))
        return;
    map_returns_stand(c, s, in, &at);
    radar_things_follow(&c->map.things, c->f.position_ecef_m);
    map_rails_begin(c);
    for (int i = 0; i < in->u.radar.count; i++) {
        radar_place place;
        if (!stands(s, &in->u.radar.detections[i], velocity))
            continue;
        map_returns_place(c, s, &at, &in->u.radar.detections[i], &place);
        w->thing_of[i] = (uint8_t)radar_things_take(&c->map.things, s->index, &place, in->stamp_ns);
        map_rails_note(c, s, i, &place, in->stamp_ns);
    }
}
