/*
 * A map that lies elsewhere as a whole: what it says of the place and what a receiver says that claims
 * centimetres contradict each other. The filter puts that into the receiver's slow error and follows the map,
 * for its elements agree with each other, as they would wherever the map lay.
 */
#include "fusion/map/map_shift.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss_error.h"
#include "fusion/map/map_landmarks.h"

#include <math.h>

/* A receiver that claims no better than this says nothing of a map's decimetres, m. */
static const float claims_most_m = 0.1f;
/* Two that are off by this many sigmas of the claim contradict each other; by this they agree. */
static const float contradicts = 4.0f, agrees = 2.0f;
/* It is the map's when it lasts so long and over such a way, s, m: reflections change with the place. And
 * when the two have not agreed before, for so long, s: then it is what has changed, and a map does not. */
static const double lasts_s = 5.0, lasts_m = 50.0, agreed_s = 10.0;
static const double fused_within_s = 2.0;

/* How far off the receiver is held to be, east and north, m, over its claim; 0: it does not count. */
static float contradiction_of(const fusion *c, const source_run *s, int64_t now_ns, float off_m[2])
{
    if (s->set->kind != SOURCE_GNSS || !s->first_state || s->out.banned || s->fused_ns == INT64_MIN ||
        seconds_between(s->fused_ns, now_ns) > fused_within_s)
        return 0.0f;
    float grown = fmaxf(s->noise_scale, 1.0f), claim = sqrtf(s->gnss.slow_variance) / grown;
    if (!(claim > 0.0f && claim < claims_most_m))
        return 0.0f;
    for (int i = 0; i < 2; i++)
        off_m[i] = (float)c->f.source[s->first_state + SLOW + i - STATE_SOURCES];
    return hypotf(off_m[0], off_m[1]) / claim;
}

/* The receiver that contradicts the most. */
static float most_of(const fusion *c, int64_t now_ns, float off_m[2])
{
    float most = 0.0f;
    off_m[0] = off_m[1] = 0.0f;
    for (size_t i = 0; i < c->source_count; i++) {
        float off[2] = {0.0f, 0.0f}, ratio = contradiction_of(c, &c->source[i], now_ns, off);
        if (!(ratio > most))
            continue;
        most = ratio;
        off_m[0] = off[0];
        off_m[1] = off[1];
    }
    return most;
}

void map_shift_look(fusion *c, int64_t now_ns)
{
    map_run *run = &c->map;
    float off_m[2], ratio = most_of(c, now_ns, off_m);
    bool holds = map_holds(c, now_ns), new = run->off_since_ns == INT64_MIN;
    if (holds && ratio == 0.0f)
        return; /* nobody who could tell: what is known stays so */
    core_keep_since(&run->off_since_ns, holds && ratio > (new ? contradicts : agrees), now_ns);
    core_keep_since(&run->agree_since_ns, holds && ratio < agrees, now_ns);
    if (new)
        run->off_since_m = c->odometer_m;
    run->vouched |=
        run->agree_since_ns != INT64_MIN && seconds_between(run->agree_since_ns, now_ns) > agreed_s;
    bool off = run->off_since_ns != INT64_MIN && !run->vouched;
    for (int i = 0; i < 2; i++)
        run->off_m[i] = off ? off_m[i] : 0.0f;
    run->shifted = off && seconds_between(run->off_since_ns, now_ns) > lasts_s &&
                   c->odometer_m - run->off_since_m > lasts_m;
}

void map_shift_doubt(const fusion *c, fusion_pose *p)
{
    const float *off = c->map.off_m;
    for (int i = 0; c->map.view && i < 2; i++)
        p->covariance[i][i] += off[0] * off[0] + off[1] * off[1];
}
