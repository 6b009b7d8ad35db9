#include "fusion/gnss/gnss_away.h"

#include "fusion/core/core.h"
#include "fusion/core/monitor.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_error.h"
#include "fusion/gnss/gnss_fix.h"

#include <math.h>
#include <string.h>

/* Faster than this, m/s, and than so many sigmas of its claim, no receiver is that stands: reflections of
 * what stands as well are of the same pitch, and only what a filter makes of places that leap is a velocity.
 * Too small: a receiver that is dragged sets a standing vehicle in motion; too large: wheels that hang are
 * believed for long. */
static const float least_mps = 3.0f, claims = 3.0f;

/* For so long without a break, s; a velocity this long ago is the newest, s. */
static const double away_s = 3.0, fresh_s = 1.5;

/* By so much, m, its places may differ from the way that its velocities make, and by this share of it. */
static const double place_m = 3.0, place_share = 0.35;

/* A place that is further from the last one than this, m, and than so many times the way between, has leapt,
 * and what has leapt is not believed for so long, s: signals that are sent again, of a drive, begin with a
 * leap. */
static const double leap_m = 10.0, leap_ways = 2.0, leapt_s = 60.0;

static bool drives(const source_run *s, const frame_gnss *g, float enu_mps[3])
{
    float sigma_mps;
    return gnss_velocity(s, g, enu_mps, &sigma_mps) &&
           hypotf(enu_mps[0], enu_mps[1]) > least_mps + claims * fmaxf(g->speed_acc_mps, 0.0f);
}

/* From the last place to this one, which is as unsure. */
static bool leaps(const receiver_away *a, const double at_m[3], double dt_s)
{
    const double step_m = hypot(at_m[0] - a->at_m[0], at_m[1] - a->at_m[1]),
                 speed_mps = hypot(a->velocity_mps[0], a->velocity_mps[1]);
    return dt_s < fresh_s && step_m > leap_m + 3.0 * (double)a->sigma_m + leap_ways * dt_s * speed_mps;
}

static void begin(receiver_away *a, const frame_gnss *g, double at_m[3])
{
    local_plane_begin(&a->plane, g->latitude_rad, g->longitude_rad);
    at_m[0] = at_m[1] = a->way_m[0] = a->way_m[1] = 0.0;
}

void gnss_away_hear(source_run *s, const frame *in)
{
    const frame_gnss *g = &in->u.gnss;
    receiver_away *a = &s->gnss.away;
    float enu_mps[3];
    double at_m[3];
    const double dt_s = seconds_between(a->newest_ns, in->stamp_ns);
    if (g->fix == GNSS_FIX_NONE || dt_s <= 0.0)
        return;
    const bool away = drives(s, g, enu_mps), goes_on = away && a->drives && dt_s <= fresh_s;
    local_plane_at(&a->plane, g->latitude_rad, g->longitude_rad, at_m);
    if (leaps(a, at_m, dt_s))
        a->leapt_ns = in->stamp_ns;
    if (a->newest_ns == INT64_MIN || (away && !goes_on)) {
        begin(a, g, at_m);
        a->since_ns = in->stamp_ns;
    }
    for (int i = 0; i < 2; i++) {
        a->way_m[i] += goes_on ? 0.5 * dt_s * (double)(a->velocity_mps[i] + enu_mps[i]) : 0.0;
        a->velocity_mps[i] = away ? enu_mps[i] : 0.0f;
        a->at_m[i] = at_m[i];
    }
    a->drives = away;
    a->sigma_m = gnss_sigma(s, g);
    a->newest_ns = in->stamp_ns;
}

/* Places and velocities are of the same way. */
static bool goes_there(const receiver_away *a)
{
    const double off_m = hypot(a->at_m[0] - a->way_m[0], a->at_m[1] - a->way_m[1]);
    return off_m < place_m + place_share * hypot(a->way_m[0], a->way_m[1]);
}

/* It drives just now, and may be believed. */
static bool is_driving(const source_run *s, int64_t now_ns)
{
    const receiver_away *a = &s->gnss.away;
    const bool leapt = seconds_between(a->leapt_ns, now_ns) < leapt_s;
    return s->set->kind == SOURCE_GNSS && a->drives && seconds_between(a->newest_ns, now_ns) < fresh_s &&
           !leapt && !s->out.banned;
}

static bool is_away(const source_run *s, int64_t now_ns)
{
    const receiver_away *a = &s->gnss.away;
    return is_driving(s, now_ns) && seconds_between(a->since_ns, a->newest_ns) >= away_s && goes_there(a) &&
           monitor_allows(s);
}

/* Since before it drove off, if they are wheels. */
static bool rests(const source_run *wheels, const source_run *s)
{
    const int64_t rest_ns = wheels->speed.still_since_ns;
    return wheels->set->kind == SOURCE_WHEEL && rest_ns != INT64_MIN && rest_ns < s->gnss.away.since_ns;
}

const source_run *gnss_away_find(const fusion *c, const source_run *wheels, int64_t now_ns)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (rests(wheels, s) && is_away(s, now_ns))
            return s;
    }
    return NULL;
}

float gnss_away_variance(const fusion *c, const source_run *s)
{
    if (!is_driving(s, c->applied_ns))
        return 0.0f;
    for (size_t i = 0; i < c->source_count; i++) {
        if (rests(&c->source[i], s))
            return GNSS_EITHER * s->place.apart_m * s->place.apart_m;
    }
    return 0.0f;
}

/* By its length, one sigma, in its direction. */
static void open_along(fusion *c, int first, double east, double north)
{
    const double length = hypot(east, north), enu[3] = {east / length, north / length, 0.0};
    double local[3][3], axis[3];
    memcpy(local, c->f.r_enu_ecef, sizeof local);
    rows_mulv_transposed(local, enu, axis);
    if (length > 0.0)
        core_widen_along(c, first, axis, (float)(length * length));
}

void gnss_away_follow(fusion *c, const source_run *away)
{
    const receiver_away *a = &away->gnss.away;
    open_along(c, STATE_POSITION, a->way_m[0], a->way_m[1]);
    open_along(c, STATE_VELOCITY, (double)a->velocity_mps[0], (double)a->velocity_mps[1]);
    for (size_t i = 0; i < c->source_count; i++) {
        source_run *s = &c->source[i];
        if (s->set->kind == SOURCE_GNSS && s->gnss.away.drives && s->first_state && !s->out.banned)
            gnss_forget_error(c, s, s->gnss.away.sigma_m);
    }
}
