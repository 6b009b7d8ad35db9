#include "fusion/radar/radar_ego.h"

#include <math.h>

/* Draws of two returns each: finds two static ones among 20 % with 0.93. */
enum { DRAWS = 64 };

/* A return fits a velocity when it is within this many sigmas. */
static const float inlier_sigmas = 2.5f;

/* A hypothesis may leave the expectation by this many sigmas. */
static const float reach_sigmas = 4.0f;

/* An expectation this sharp counts as a return that agrees, m/s. */
static const float sharp_mps = 0.5f;

/* One that is vaguer than this, m/s, does not tell the world from traffic that moves along: three cars that
 * drive as fast as this one look like a world that stands before a vehicle at rest. Then most of the returns
 * must agree, and twice as many as otherwise. Too small: the speed is lost in dense traffic; too large: a
 * vehicle that has seen nothing for some seconds is stopped by the cars around it. */
static const float vague_mps = 1.0f;

/* Lateral velocity of a scan whose returns all lie ahead is held by this, m/s, one sigma. */
static const float lateral_prior_mps = 5.0f;

/* The error of a scan's velocity does not fall below this however many returns agree, m/s. */
static const float least_sigma_mps = 0.03f;

/* Returns this close in range, azimuth and range rate are one thing seen twice: trackers list an object under
 * two numbers. */
static const float same_range_m = 1.0f, same_azimuth_rad = 0.02f, same_doppler_mps = 0.15f;

typedef struct {
    float c, s, doppler, sigma;
} ray;

typedef struct {
    ray rays[FRAME_MAX_DETECTIONS];
    int count;
} rays;

static bool seen_before(const frame_radar *scan, int i)
{
    const radar_detection *d = &scan->detections[i];
    if (d->track_id < 0)
        return false;
    for (int k = 0; k < i; k++) {
        const radar_detection *e = &scan->detections[k];
        if (fabsf(d->range_m - e->range_m) < same_range_m &&
            fabsf(d->azimuth_rad - e->azimuth_rad) < same_azimuth_rad &&
            fabsf(d->doppler_mps - e->doppler_mps) < same_doppler_mps)
            return true;
    }
    return false;
}

static void collect(const frame_radar *scan, const radar_expectation *expected, const radar_noise *noise,
                    rays *r)
{
    r->count = 0;
    for (int i = 0; i < scan->count; i++) {
        const radar_detection *d = &scan->detections[i];
        if (!isfinite(d->azimuth_rad) || !isfinite(d->doppler_mps) || seen_before(scan, i))
            continue;
        float flat = isfinite(d->elevation_rad) ? cosf(d->elevation_rad) : 1.0f;
        float c = cosf(d->azimuth_rad) * flat, s = sinf(d->azimuth_rad) * flat;
        float swing =
            expected->velocity_mps[0] * s - expected->velocity_mps[1] * c; /* d doppler / d azimuth */
        r->rays[r->count++] =
            (ray){c, s, d->doppler_mps, hypotf(noise->doppler_sigma_mps, swing * noise->azimuth_sigma_rad)};
    }
}

static bool fits(const ray *r, const float v[2], float sigmas)
{
    return fabsf(r->doppler + v[0] * r->c + v[1] * r->s) <= sigmas * r->sigma;
}

static int score(const rays *r, const float v[2])
{
    int n = 0;
    for (int i = 0; i < r->count; i++)
        n += fits(&r->rays[i], v, inlier_sigmas);
    return n;
}

/* The velocity that explains two returns exactly; false when they lie too close in azimuth. */
static bool solve_pair(const ray *a, const ray *b, float v[2])
{
    float det = a->c * b->s - a->s * b->c;
    if (!(fabsf(det) > 0.05f))
        return false;
    v[0] = -(a->doppler * b->s - b->doppler * a->s) / det;
    v[1] = -(a->c * b->doppler - b->c * a->doppler) / det;
    return true;
}

/* The velocity that one return and the expected lateral velocity give. */
static bool solve_single(const ray *a, float lateral, float v[2])
{
    if (!(a->c > 0.2f))
        return false;
    v[0] = -(a->doppler + lateral * a->s) / a->c;
    v[1] = lateral;
    return true;
}

static bool within_reach(const radar_expectation *e, const radar_noise *noise, const float v[2])
{
    for (int i = 0; i < 2; i++) {
        float sigma =
            sqrtf(e->variance[i]) + noise->doppler_sigma_mps + (i ? lateral_prior_mps / reach_sigmas : 0.0f);
        if (!(fabsf(v[i] - e->velocity_mps[i]) <= reach_sigmas * sigma))
            return false;
    }
    return true;
}

static uint32_t draw(uint64_t *seed) /* splitmix64 */
{
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

/* The hypothesis that most returns agree with. */
static int search(const rays *r, const radar_expectation *e, const radar_noise *noise, uint64_t seed,
                  float best[2])
{
    best[0] = e->velocity_mps[0];
    best[1] = e->velocity_mps[1];
    int most = score(r, best);
    int draws = r->count < 2 ? r->count : DRAWS;
    for (int i = 0; i < draws; i++) {
        const ray *a = &r->rays[draw(&seed) % (uint32_t)r->count];
        const ray *b = &r->rays[draw(&seed) % (uint32_t)r->count];
        float v[2];
        bool solved = i % 2 ? solve_pair(a, b, v) : solve_single(a, e->velocity_mps[1], v);
        if (!solved || !within_reach(e, noise, v))
            continue;
        int n = score(r, v);
        if (n > most) {
            most = n;
            best[0] = v[0];
            best[1] = v[1];
        }
    }
    return most;
}

/* Weighted least squares over the returns that fit `v`, with a weak hold on the lateral velocity. */
static int refine(const rays *r, const radar_expectation *e, float v[2], float cov[2][2])
{
    float hold = 1.0f / (lateral_prior_mps * lateral_prior_mps);
    float a00 = 1e-6f, a01 = 0.0f, a11 = hold, b0 = 0.0f, b1 = hold * e->velocity_mps[1];
    int n = 0;
    for (int i = 0; i < r->count; i++) {
        const ray *x = &r->rays[i];
        if (!fits(x, v, inlier_sigmas))
            continue;
        float w = 1.0f / (x->sigma * x->sigma);
        a00 += w * x->c * x->c;
        a01 += w * x->c * x->s;
        a11 += w * x->s * x->s;
        b0 -= w * x->c * x->doppler;
        b1 -= w * x->s * x->doppler;
        n++;
    }
    float det = a00 * a11 - a01 * a01;
    v[0] = (a11 * b0 - a01 * b1) / det;
    v[1] = (a00 * b1 - a01 * b0) / det;
    cov[0][0] = a11 / det + least_sigma_mps * least_sigma_mps;
    cov[1][1] = a00 / det + least_sigma_mps * least_sigma_mps;
    cov[0][1] = cov[1][0] = -a01 / det;
    return n;
}

/* How many returns must agree. */
static int least_inliers(const rays *r, const radar_expectation *e, const radar_noise *noise)
{
    int most = r->count / 2 + 1, twice = 2 * noise->min_static;
    if (e->any)
        return noise->min_static;
    if (e->variance[0] > vague_mps * vague_mps)
        return most > twice ? most : twice;
    return noise->min_static - (e->variance[0] < sharp_mps * sharp_mps ? 1 : 0);
}

bool radar_ego_estimate(const frame_radar *scan, const radar_expectation *expected, const radar_noise *noise,
                        uint64_t seed, radar_ego *out)
{
    rays r;
    collect(scan, expected, noise, &r);
    out->considered = r.count;
    out->inliers = 0;
    if (r.count == 0)
        return false;
    float v[2];
    out->inliers = search(&r, expected, noise, seed, v);
    int needed = least_inliers(&r, expected, noise);
    if (out->inliers < needed || out->inliers < 1)
        return false;
    for (int i = 0; i < 2; i++)
        out->inliers = refine(&r, expected, v, out->covariance);
    out->velocity_mps[0] = v[0];
    out->velocity_mps[1] = v[1];
    return out->inliers >= needed && out->inliers > 0;
}
