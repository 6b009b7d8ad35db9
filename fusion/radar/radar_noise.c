#include "fusion/radar/radar_noise.h"

#include <math.h>
#include <string.h>

/* Counts forget this fast, s; and before so many returns there is no share. */
static const float forget_s = 3.0f, least_returns = 60.0f;

/* A scan older than this says nothing of the present one, s. */
static const float longest_s = 0.5f;

/* What is at rest is within this many sigmas, and what is within this of it, m/s, may be a bad measurement of
 * it, but is there. */
static const float rest_sigmas = 3.0f, near_rest_mps = 3.0f;

/* A thing that was there before is there again within so much: it has a size and accelerates, and its azimuth
 * is measured to a degree or two. By chance one false return in some hundred is. */
static const float same_range_m = 3.0f, same_azimuth_rad = 0.06f, same_doppler_mps = 1.0f, accel_mps2 = 6.0f;

void radar_noise_init(radar_memory *m)
{
    memset(m, 0, sizeof *m);
    m->stamp_ns = INT64_MIN;
}

static bool is_at_rest(const radar_detection *d, const float v[2], float slack, float azimuth_sigma)
{
    float flat = isfinite(d->elevation_rad) ? cosf(d->elevation_rad) : 1.0f;
    float c = cosf(d->azimuth_rad) * flat, s = sinf(d->azimuth_rad) * flat;
    float sigma = hypotf(slack, (v[0] * s - v[1] * c) * azimuth_sigma);
    return fabsf(d->doppler_mps + v[0] * c + v[1] * s) <= fmaxf(rest_sigmas * sigma, near_rest_mps);
}

static bool was_there(const radar_memory *m, const radar_detection *d, float dt_s)
{
    for (int i = 0; i < m->count; i++) {
        const radar_echo *e = &m->echoes[i];
        float range = e->range_m + 0.5f * (e->doppler_mps + d->doppler_mps) * dt_s;
        if (fabsf(d->doppler_mps - e->doppler_mps) < same_doppler_mps + accel_mps2 * dt_s &&
            fabsf(d->range_m - range) < same_range_m &&
            fabsf(d->azimuth_rad - e->azimuth_rad) < same_azimuth_rad)
            return true;
    }
    return false;
}

float radar_noise_share(radar_memory *m, const frame_radar *scan, int64_t stamp_ns,
                        const float velocity_mps[2], float slack_mps, float azimuth_sigma_rad)
{
    float dt = m->stamp_ns == INT64_MIN ? INFINITY : (float)((double)(stamp_ns - m->stamp_ns) * 1e-9);
    radar_memory now = {.stamp_ns = stamp_ns};
    bool compares = dt < longest_s;
    now.returns = compares ? m->returns * expf(-dt / forget_s) : 0.0f;
    now.noise = compares ? m->noise * expf(-dt / forget_s) : 0.0f;
    for (int i = 0; i < scan->count; i++) {
        const radar_detection *d = &scan->detections[i];
        if (!isfinite(d->azimuth_rad) || !isfinite(d->doppler_mps))
            continue;
        now.returns += compares ? 1.0f : 0.0f;
        if (d->track_id >= 0 || is_at_rest(d, velocity_mps, slack_mps, azimuth_sigma_rad))
            continue;
        if (compares && !was_there(m, d, dt))
            now.noise += 1.0f;
        if (now.count < RADAR_REMEMBERED)
            now.echoes[now.count++] = (radar_echo){d->range_m, d->azimuth_rad, d->doppler_mps};
    }
    *m = now;
    return m->returns > least_returns ? m->noise / m->returns : 0.0f;
}
