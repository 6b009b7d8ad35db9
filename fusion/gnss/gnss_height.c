#include "fusion/gnss/gnss_height.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss_error.h"

#include <math.h>

/* Shorter than this, s, it is one wild fix. */
static const double contradiction_s = 0.5;

/* Less is what a carrier-phase solution's height moves by when it is fixed, or no longer; it contradicts, but
 * is no leap. Too small: that is named each hour; too large: a leap is not. */
static const float least_leap_m = 5.0f;

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
    const bool place_agrees = measurement_nis(m, s) <= c->limit.gate[2];
    m->dim = 3;
    return place_agrees;
}

float gnss_height_contradicts(fusion *c, source_run *s, const frame *in, measurement *m)
{
    float sigmas = 0.0f;
    const bool watched = m->dim == 3 && !s->out.banned && !gnss_is_unproven(c, s);
    const bool contradicts = watched && is_beyond(c, m, &sigmas);
    core_keep_since(&s->place.height_since_ns, contradicts, in->stamp_ns);
    s->place.height_off_m = contradicts ? m->innovation[2] : 0.0f;
    const bool lasts =
        contradicts && seconds_between(s->place.height_since_ns, in->stamp_ns) > contradiction_s;
    return lasts && fabsf(m->innovation[2]) > least_leap_m ? sigmas : 0.0f;
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
