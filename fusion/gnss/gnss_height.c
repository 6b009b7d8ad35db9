#include "fusion/gnss/gnss_height.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_error.h"

#include <math.h>

/* Shorter than this, s, it is one wild fix. */
static const double contradiction_s = 0.5;

/* A receiver that goes from right to wrong has to come back: how often each is seen is the same. */
static const float either = 0.5f;

static bool is_beyond(const fusion *c, measurement *m, float *sigmas)
{
    projection j;
    float s[3][3];
    covariance_project(&c->f.p, m, &j);
    core_innovation_covariance(m, &j, s);
    *sigmas = fabsf(m->innovation[2]) / sqrtf(s[2][2]);
    if (!(*sigmas * *sigmas > c->limit.gate[1]))
        return false;
    m->dim = 2;
    if (measurement_nis(m, s) <= c->limit.gate[2])
        return true;
    m->dim = 3;
    return false;
}

/* Those that contradict together have the same reason, whichever it is: none is a witness for another. */
static void open_up(fusion *c, int64_t now_ns)
{
    float most_m = 0.0f;
    for (size_t i = 0; i < c->source_count; i++) {
        source_run *s = &c->source[i];
        if (s->set->kind != SOURCE_GNSS || s->place.height_since_ns == INT64_MIN)
            continue;
        core_widen(c, s->first_state + SLOW + 2, s->place.height_off_m * s->place.height_off_m);
        s->place.height_since_ns = now_ns;
        most_m = fmaxf(most_m, fabsf(s->place.height_off_m));
    }
    core_widen_along(c, STATE_POSITION, c->f.r_enu_ecef[2], either * most_m * most_m);
}

float gnss_height_contradicts(fusion *c, source_run *s, const frame *in, measurement *m)
{
    float sigmas = 0.0f;
    const bool watched = m->dim == 3 && !s->out.banned && !gnss_is_unproven(c, s);
    const bool contradicts = watched && is_beyond(c, m, &sigmas);
    core_keep_since(&s->place.height_since_ns, contradicts, in->stamp_ns);
    s->place.height_off_m = contradicts ? m->innovation[2] : 0.0f;
    if (!contradicts)
        return 0.0f;
    if (seconds_between(s->place.height_since_ns, in->stamp_ns) > c->set.filter.relock_after_s)
        open_up(c, in->stamp_ns);
    return sigmas;
}

float gnss_height_apart(const fusion *c, int64_t now_ns)
{
    float most_m = 0.0f;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (s->set->kind == SOURCE_GNSS && !s->out.banned && s->place.height_since_ns != INT64_MIN &&
            seconds_between(s->place.height_since_ns, now_ns) > contradiction_s)
            most_m = fmaxf(most_m, fabsf(s->place.height_off_m));
    }
    return most_m;
}
