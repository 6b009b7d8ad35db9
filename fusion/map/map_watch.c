/*
 * What should be seen and is not. A camera that misses everything that the map has is blind (NO_LANDMARKS);
 * one that sees the rest and misses one element, time and again, says that the element is gone or has moved
 * (MAP_MISMATCH). The pose must be sure, or nothing can be expected.
 */
#include "fusion/map/map_watch.h"

#include "fusion/core/core.h"
#include "fusion/map/map_gone.h"
#include "fusion/map/map_paint.h"
#include "fusion/map/map_route.h"
#include "fusion/sight/fiducials.h"

#include <math.h>
#include <string.h>

/* A pose that is less sure than this expects nothing. */
static const float sure_m = 0.5f, sure_rad = 0.03f;
/* What is looked for: at these ranges (the farther as a share of the camera's reach), and so far inside the
 * picture's edge, rad. Fiducials are left out: how far they are read is not known. */
static const float nearest_m = 4.0f, reach_share = 0.85f, edge_rad = 0.05f;
/* Up to this share of the reach a camera that sees must see something. */
static const float near_share = 0.42f;
/* A picture is at least this high, against its width. */
static const float high_share = 0.56f;
/* What stands further than this from the lanes ahead is of another road, and may be hidden behind houses, m.
 */
static const double along_m = 8.0;
/* Over so long a camera's share of what it should see is taken, s; before so many were expected, it is not.
 */
static const float blind_tau_s = 4.0f, least_expected = 8.0f;
/* The same at each range, of elements that have been seen: how often they are seen again. So many more are
 * held to have been overlooked: a share of few looks is not known. */
static const float again_tau_s = 30.0f, overlooked_before = 2.0f;
/* A camera that sees less than this of what it should is blind. */
static const float blind_share = 0.1f;
/* More than this is a sight of an element. */
static const float sighting = 0.95f;
/* A picture that shows nothing is one of a camera that something is in front of, or one in which each was
 * overlooked. How often the former begins, 1/s, and how long it lasts, s: a lorry, spray, a wiper. Taken for
 * rarer than it is, what is hidden is missed; for more frequent, pictures of few elements say nothing. */
static const float blank_rate_hz = 0.01f, blank_lasts_s = 1.0f;
/* A camera overlooks the rest as well: how often is its own share, and that of one element may be smaller by
 * the factor. */
static const float harder = 0.8f;
/* A sign and a light have a face: seen from the side by more than that (cosine, 60 degrees), or from behind,
 * they are not what they are. They face those who pass in the direction of the lane that they stand at. */
static const float face_least = 0.5f;
/* For so long after it has gone out of view an element that is missed keeps the flag up, s. */
static const double missed_lasts_s = 3.0;
/* So long after it was looked at the lane is known, s. What was out of view for longer is asked anew whether
 * it stands along the way: that may have come back to it on another road. */
static const double lane_lasts_s = 1.0, away_s = 1.0;

/* What is beside the road hides one element at a time: a lorry in the lane beside, a parked van, a branch.
 * How often that begins, 1/s, and how long it lasts, s. Taken for rarer or shorter than it is, what is hidden
 * is missed; for more frequent or longer, what is gone is found out late: at one in 30 s, that one sign has
 * moved was found in 36 of 40 drives, at one in 600 s in 38, as if nothing ever hid anything. */
static const float hide_rate_hz = 1.0f / 600.0f, hide_lasts_s = 1.0f;

/* Something of an element's kind that is in no map stands some metres beside it once in 60 (log). One look
 * says no more than another, so that what is seen once is not enough. Too small: what was moved is found out
 * late; too large: one that is hidden beside such a thing is missed. */
static const float aside_most = 4.1f, aside_a_look = 1.2f;

static bool is_entry_of(const map_watched *e, uint32_t mark)
{
    return e->seen_ns != INT64_MIN && e->mark == mark;
}

static map_watched *entry_of(map_run *run, uint32_t mark)
{
    map_watched *oldest = &run->watched[0];
    for (int i = 0; i < MAP_WATCHED_MOST; i++) {
        map_watched *e = &run->watched[i];
        if (is_entry_of(e, mark))
            return e;
        if (e->seen_ns < oldest->seen_ns)
            oldest = e;
    }
    *oldest = (map_watched){.mark = mark, .seen_ns = INT64_MIN};
    return oldest;
}

/* The probability that it is hidden by now, had nobody looked since it was last in view. */
static float hidden_by(const map_watched *e, int64_t now_ns)
{
    const float rate = hide_rate_hz + 1.0f / hide_lasts_s, share = hide_rate_hz / rate;
    if (e->seen_ns == INT64_MIN)
        return share;
    float dt = fmaxf((float)seconds_between(e->seen_ns, now_ns), 0.0f);
    return share + (e->hidden - share) * expf(-rate * dt);
}

void map_watch_begin(fusion *c, source_run *s, int64_t now_ns, float place_m, float turn_rad)
{
    float dt = s->camera.watch_ns == INT64_MIN
                   ? 0.0f
                   : fmaxf((float)seconds_between(s->camera.watch_ns, now_ns), 0.0f);
    float keep = expf(-dt / blind_tau_s), again = expf(-dt / again_tau_s), ends = expf(-dt / blank_lasts_s);
    s->camera.expected *= keep;
    s->camera.noticed *= keep;
    for (int i = 0; i < CAMERA_RINGS; i++) {
        s->camera.again[i].expected *= again;
        s->camera.again[i].noticed *= again;
    }
    s->camera.blank = s->camera.blank * ends + (1.0f - s->camera.blank) * fminf(blank_rate_hz * dt, 1.0f);
    s->camera.watch_ns = now_ns;
    c->map.watching = place_m < sure_m && turn_rad < sure_rad;
}

/* As far as the lane is known. */
static void place_along(const fusion *c, const source_run *s, map_watched *e)
{
    const double *at_m = c->map.view->marks[e->mark].position_ecef_m;
    map_route route;
    map_passing by;
    map_route_from(c->map.view, c->map.lane_merged, s->set->of.camera.reach_m, &route);
    e->along = map_route_passes(c->map.view, &route, at_m, along_m, &by) ? MAP_ALONG : MAP_ASIDE;
    if (e->along == MAP_ASIDE)
        return;
    memcpy(e->way, by.direction, sizeof e->way);
    e->passed_m = c->odometer_m + by.way_m - map_route_way(c->map.view, &route, c->f.position_ecef_m);
}

/* Whether it stands along the lanes ahead and what is beside these does not hide it; where a map has no
 * lanes, all does. */
static bool is_along(const fusion *c, const source_run *s, map_watched *e, int64_t now_ns)
{
    if (c->map.view->lane_count == 0)
        return true;
    bool known = c->map.lane_merged != MAP_NONE && c->map.lane_ns != INT64_MIN &&
                 seconds_between(c->map.lane_ns, now_ns) < lane_lasts_s;
    if (e->along == MAP_ALONG_UNKNOWN && known)
        place_along(c, s, e);
    return e->along == MAP_ALONG &&
           map_route_is_straight(e->passed_m - c->odometer_m, c->f.position_ecef_m,
                                 c->map.view->marks[e->mark].position_ecef_m, along_m);
}

static bool shows_its_face(const fusion *c, const map_watched *e)
{
    const map_mark *mark = &c->map.view->marks[e->mark];
    float along = 0.0f, square = 0.0f, known = 0.0f;
    for (int i = 0; i < 3; i++) {
        float to = (float)(mark->position_ecef_m[i] - c->f.position_ecef_m[i]);
        along += to * e->way[i];
        square += to * to;
        known += e->way[i] * e->way[i];
    }
    return mark->kind == MAP_CLASS_POLE || known == 0.0f || along > face_least * sqrtf(square);
}

/* In the picture, and not so near its edge that it may be beside it. */
bool map_watch_is_expected(const fusion *c, const source_run *s, const view_mark *v)
{
    const camera_settings *set = &s->set->of.camera;
    const float field = (float)(set->field_deg * RADIANS_PER_DEGREE);
    const uint8_t kind = c->map.view->marks[v->mark].kind;
    return c->map.watching && (kind == MAP_CLASS_SIGN || kind == MAP_CLASS_LIGHT || kind == MAP_CLASS_POLE) &&
           fabsf(v->bearing[0]) < field - edge_rad && fabsf(v->bearing[1]) < high_share * field - edge_rad &&
           v->bearing[2] > nearest_m && v->bearing[2] < reach_share * (float)set->reach_m;
}

static float seen_again(const camera_share *a)
{
    return fminf(a->noticed / (a->expected + overlooked_before), 0.95f);
}

float map_watch_log_there(const fusion *c, uint32_t index)
{
    for (int i = 0; i < MAP_WATCHED_MOST; i++) {
        const map_watched *e = &c->map.watched[i];
        if (is_entry_of(e, index))
            return -log1pf(map_gone_share * expf(e->missed));
    }
    return -log1pf(map_gone_share);
}

void map_watch_mark(fusion *c, source_run *s, int64_t now_ns, const view_mark *v)
{
    map_watched *e = entry_of(&c->map, v->mark);
    e->hidden = hidden_by(e, now_ns);
    if (e->seen_ns != INT64_MIN && seconds_between(e->seen_ns, now_ns) > away_s)
        e->along = MAP_ALONG_UNKNOWN;
    e->seen_ns = now_ns;
    e->seen = v->seen;
    e->looked_at = is_along(c, s, e, now_ns) && shows_its_face(c, e) && v->apart;
    if (!e->looked_at)
        return;
    float reach = (float)s->set->of.camera.reach_m;
    if (v->bearing[2] < near_share * reach) {
        s->camera.expected += s->camera.clarity;
        s->camera.noticed += v->seen;
    }
    const int ring = (int)(v->bearing[2] / reach * (float)CAMERA_RINGS); /* in view, and so within reach */
    e->share = harder * seen_again(&s->camera.again[ring]) * s->camera.clarity;
    e->aside = logf(1.0f - e->share * v->beside_view + e->share * v->beside);
    if (e->sighted) {
        s->camera.again[ring].expected += s->camera.clarity;
        s->camera.again[ring].noticed += v->seen;
    }
}

static bool is_looked_at(const map_watched *e, int64_t now_ns)
{
    return e->seen_ns == now_ns && e->looked_at;
}

/* Whether something was in front of the camera, by what was seen of elements that are known to be there.
 * False: the picture shows nothing of the map. */
static bool look_for_blank(const map_run *run, source_run *s, int64_t now_ns)
{
    float overlooked = 1.0f, none = 1.0f;
    for (int i = 0; i < MAP_WATCHED_MOST; i++) {
        const map_watched *e = &run->watched[i];
        if (e->seen_ns == now_ns)
            none *= 1.0f - e->seen;
        if (is_looked_at(e, now_ns) && e->sighted)
            overlooked *= 1.0f - (1.0f - e->hidden) * e->share;
    }
    float blank = s->camera.blank / (s->camera.blank + (1.0f - s->camera.blank) * overlooked);
    s->camera.blank = none * blank;
    return none < 0.5f;
}

/* It is there, and was not seen: it was overlooked, or it is hidden, which lasts, or the whole picture is. */
static void overlook(map_watched *e, float blank)
{
    const float sight = (1.0f - e->hidden) * e->share * (1.0f - blank);
    e->pending -= log1pf(-sight);
    e->hidden = fminf(e->hidden / (1.0f - sight), 1.0f) * (1.0f - e->seen);
    e->pending *= 1.0f - e->seen;
    e->missed *= 1.0f - e->seen;
}

/* It stands elsewhere, and something of its kind was seen there, or nothing. */
static void see_aside(map_watched *e, float blank)
{
    const float sum = e->beside + (1.0f - blank) * fminf(e->aside, aside_a_look);
    e->beside = (1.0f - e->seen) * fminf(fmaxf(sum, 0.0f), aside_most);
}

/* What a picture without any sight says counts once the camera is seen to see again: one that has gone blind
 * for good misses nothing. */
static void weigh(map_run *run, const source_run *s, bool shows, int64_t now_ns)
{
    for (int i = 0; i < MAP_WATCHED_MOST; i++) {
        map_watched *e = &run->watched[i];
        if (is_looked_at(e, now_ns)) {
            overlook(e, s->camera.blank);
            see_aside(e, s->camera.blank);
            e->sighted |= e->seen > sighting;
        }
        if (shows) {
            e->missed += e->pending;
            e->pending = 0.0f;
        }
    }
}

void map_watch_end(fusion *c, source_run *s, int64_t now_ns)
{
    int missed = map_paint_count(c, now_ns);
    float share = s->camera.expected > 0.0f ? s->camera.noticed / s->camera.expected : 1.0f;
    bool shows = look_for_blank(&c->map, s, now_ns);
    weigh(&c->map, s, shows, now_ns);
    map_gone_count(&c->map);
    for (int i = 0; i < MAP_WATCHED_MOST; i++) {
        const map_watched *e = &c->map.watched[i];
        missed += map_gone_is(&c->map, e) && seconds_between(e->seen_ns, now_ns) < missed_lasts_s;
    }
    bool blind = c->map.watching && s->camera.expected > least_expected && share < blind_share;
    core_fault(c, &s->faults, FAULT_NO_LANDMARKS, blind, now_ns, share, blind_share);
    missed += c->map.blamed_ns != INT64_MIN && seconds_between(c->map.blamed_ns, now_ns) < missed_lasts_s;
    /* what was found is not over while lines fit no lane; that they do not is no proof of it */
    missed += c->map.adrift && fault_is_raised(&c->map.faults, FAULT_MAP_MISMATCH);
    core_fault(c, &c->map.faults, FAULT_MAP_MISMATCH, missed > 0 || c->map.shifted, now_ns,
               (float)missed + (c->map.shifted ? 1.0f : 0.0f), 0.0f);
}

size_t fusion_map_missed(const fusion *c, uint64_t *ids, size_t size)
{
    size_t n = c->map.view ? 0 : fiducials_missed(c, ids, size);
    for (int i = 0; c->map.view && i < MAP_PAINTED_MOST; i++) {
        if (c->map.painted[i].seen_ns == INT64_MIN)
            continue;
        if (n < size)
            ids[n] = c->map.view->lines[c->map.painted[i].line].id;
        n++;
    }
    for (int i = 0; c->map.view && i < MAP_WATCHED_MOST; i++) {
        const map_watched *e = &c->map.watched[i];
        if (!map_gone_is(&c->map, e))
            continue;
        if (n < size)
            ids[n] = c->map.view->marks[e->mark].id;
        n++;
    }
    return n;
}
