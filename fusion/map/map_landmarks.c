/* Landmarks against the map: what can be seen from here, which of it was seen, and what that says. */
#include "fusion/map/map_landmarks.h"

#include "fusion/core/core.h"
#include "fusion/map/map_adrift.h"
#include "fusion/map/map_beside.h"
#include "fusion/map/map_match.h"
#include "fusion/map/map_pairs.h"
#include "fusion/map/map_shift.h"
#include "fusion/map/map_watch.h"
#include "fusion/sight/camera_health.h"
#include "fusion/sight/landmarks.h"
#include "fusion/sight/sight.h"

#include <math.h>
#include <string.h>

/* A pose that is less sure than this, m, one sigma, cannot be told by bearings: every pole could be any. */
static const float unsure_m = 10.0f;
/* A pairing is used when no other element comes into question, and when it is more probable than that nothing
 * of the map was seen. Below 1, its weight is its probability: were only those used that fit well, a pose
 * that is off would be confirmed by the half of the bearings that agree with it. */
static const float least_probability = 0.5f;
/* Below this there was no second worth the name: nothing of the map was seen. */
static const float hardly = 0.05f;
/* Share of detections whose class is wrong, and of things that look like one of the map and are not in it
 * (unmapped, grossly wrong bearings), over the picture's solid angle, sr. Perception that is worse than this
 * gets more wrong pairings; too large values cost matches while the pose is vague. */
static const float wrong_class = 0.01f, not_in_map = 0.08f, picture_sr = 0.27f;
/* A fiducial's number is protected by a code: it is that one, or its bearing is grossly wrong. */
static const float misread = 0.004f;
/* Candidates of a bearing lie within this many sigmas. */
static const float reach_sigmas = 5.0f;
/* Up to this NIS what is seen at the place of another of its kind may be of an element: four sigmas, a factor
 * of e^8. Too small: what is seen of one counts for the other, and the one is missed; too large: nothing is
 * looked for in a row of poles. */
static const float alike_nis = 16.0f;

/* So long after a fix on the map the pose rests on it, s. */
static const double hold_s = 10.0;
/* Before, and after longer, it rests on what receivers claim: what is compared with the map to find out where
 * it is takes its variance for larger by this. Too small: a pose that is off by more than it says is tied to
 * the wrong elements; too large: it takes long to be tied to any. */
static const float claims_doubt = 3.0f;

bool map_holds(const fusion *c, int64_t now_ns)
{
    return c->map.view && c->map.held_ns != INT64_MIN && seconds_between(c->map.held_ns, now_ns) < hold_s;
}

float map_doubt(const fusion *c, int64_t now_ns)
{
    return map_holds(c, now_ns) ? 1.0f : claims_doubt;
}

uint8_t map_landmarks_class(const char *word)
{
    static const char *const words[MAP_CLASS_COUNT] = {
        [MAP_CLASS_SIGN] = "sign", [MAP_CLASS_LIGHT] = "light", [MAP_CLASS_POLE] = "pole",
        [MAP_CLASS_TAG] = "tag",   [MAP_CLASS_POST] = "post",   [MAP_CLASS_RAIL] = "rail"};
    for (int i = 0; i < MAP_CLASS_COUNT; i++) {
        if (words[i] && strcmp(words[i], word) == 0)
            return (uint8_t)i;
    }
    return MAP_CLASS_OTHER;
}

/* One sigma of the pose's place when the picture was taken, and of its attitude and the camera's mount, rad.
 * Of both, place and latency, looks show what is left when they go together: they know that better than
 * either. */
static void spread(const fusion *c, const source_run *s, float *place_m, float *turn_rad)
{
    const int late = s->first_state + CAMERA_LATENCY;
    float place = 0.0f, turn = 0.0f;
    for (int i = 0; i < 3; i++) {
        const int own = s->first_state + CAMERA_TURN + i, at = STATE_POSITION + i;
        const float v = (float)c->f.velocity_ecef_mps[i];
        place += covariance_at(&c->f.p, at, at);
        if (!(c->f.considered >> late & 1))
            place += v * (v * covariance_at(&c->f.p, late, late) - 2.0f * covariance_at(&c->f.p, at, late));
        turn +=
            covariance_at(&c->f.p, STATE_ATTITUDE + i, STATE_ATTITUDE + i) + covariance_at(&c->f.p, own, own);
    }
    *place_m = sqrtf(fmaxf(place, 0.0f));
    *turn_rad = sqrtf(turn);
}

/* The marks that are in the picture from where the vehicle may be. */
static void look(const fusion *c, const source_run *s, map_work *w)
{
    const camera_settings *set = &s->set->of.camera;
    const float field = (float)(set->field_deg * RADIANS_PER_DEGREE);
    double reach = set->reach_m + 5.0 + 3.0 * (double)w->place_m;
    size_t n = map_near_marks(c->map.view, c->f.position_ecef_m, reach, w->near, NEAR_MOST);
    if (n > NEAR_MOST) /* not all are known that may be what was seen */
        return;
    for (size_t i = 0; i < n; i++) {
        float bearing[3];
        const map_mark *mark = &c->map.view->marks[w->near[i]];
        if (mark->kind != MAP_CLASS_RAIL && landmark_look(&w->from, mark->position_ecef_m, bearing) &&
            fabsf(bearing[0]) < field + 3.0f * (w->turn_rad + w->place_m / bearing[2]))
            map_pairs_view(w, w->near[i], bearing);
    }
}

static bool predict(const fusion *c, const source_run *s, sight *from, const map_mark *mark, measurement *m,
                    float predicted[3])
{
    (void)c, (void)s;
    return landmark_predict(from, mark->position_ecef_m, m, predicted);
}

static void compare(const fusion *c, const source_run *s, const camera_landmark *seen, const map_mark *mark,
                    const float predicted[3], float survey_m, measurement *m)
{
    landmark_compare(s, seen, predicted, survey_m, m);
    landmark_add_curvature(c, predicted[2],
                           mark->sigma_m * mark->sigma_m + mark->section_sigma_m * mark->section_sigma_m, m);
}

/* A detection as a measurement of that mark, the pose being what it is. False: too near. */
static bool measure(const fusion *c, const source_run *s, sight *from, const camera_landmark *seen,
                    uint32_t index, measurement *m)
{
    const map_mark *mark = &c->map.view->marks[index];
    float predicted[3];
    if (!landmark_predict(from, mark->position_ecef_m, m, predicted))
        return false;
    compare(c, s, seen, mark, predicted, map_pairs_survey(c, index, m), m);
    return true;
}

float map_landmarks_real(const camera_landmark *seen)
{
    return isfinite(seen->score) ? fminf(fmaxf(seen->score, 0.05f), 0.99f) : 0.9f;
}

float map_landmarks_nothing(const camera_landmark *seen)
{
    return (seen->id ? misread : 1.0f - map_landmarks_real(seen) + not_in_map) / picture_sr;
}

/* Whether what was seen may be that mark: a fiducial by its number, others by their class, which may be
 * wrong. */
static bool may_be(const camera_landmark *seen, const map_mark *mark)
{
    return (seen->id != 0) == (mark->kind == MAP_CLASS_TAG) && (!seen->id || seen->id == mark->id);
}

/* What is known of the pairing before its bearing. */
static float log_prior(const fusion *c, const camera_landmark *seen, uint8_t kind, uint32_t index)
{
    const bool same = kind == c->map.view->marks[index].kind;
    const float right = seen->id ? 1.0f : same ? 1.0f - wrong_class : 0.5f * wrong_class;
    return logf(map_landmarks_real(seen) * right) + map_watch_log_there(c, index);
}

/* Within reach of where the mark should be seen. */
static bool is_near(const camera_landmark *seen, const view_mark *v, float place_m, float turn_rad)
{
    float tolerance = reach_sigmas * (place_m / v->bearing[2] + turn_rad) + 0.002f;
    float off = fabsf(seen->azimuth_rad - v->bearing[0]);
    return fabsf(seen->elevation_rad - v->bearing[1]) < tolerance &&
           (off < tolerance || fabsf(6.2831853f - off) < tolerance);
}

static void add_detection(const fusion *c, const source_run *s, const camera_landmark *seen, int which,
                          map_work *w)
{
    match_problem *p = &w->match;
    const uint8_t kind = map_landmarks_class(seen->class_name);
    const float turn_rad = w->turn_rad + landmark_sigma(s, seen);
    int first = p->pair_count;
    for (int i = 0; i < w->view_count; i++) {
        const map_mark *mark = &c->map.view->marks[w->view[i].mark];
        if (!may_be(seen, mark) || !is_near(seen, &w->view[i], w->place_m, turn_rad))
            continue;
        element_terms *e = map_pairs_element(c, s, w, p->detections, i);
        if (!e)
            break;
        compare(c, s, seen, mark, e->predicted, e->survey_m, &e->m);
        if (!map_pairs_add(w, p->detections, e))
            break;
    }
    if (p->pair_count == first)
        return;
    for (int i = first; i < p->pair_count; i++)
        p->pairs[i].log_prior = log_prior(c, seen, kind, map_pairs_mark(w, &p->pairs[i]));
    p->log_nothing[p->detections] = logf(map_landmarks_nothing(seen));
    w->problem_of[which] = p->detections;
    w->seen[p->detections++] = which;
}

static verdict_decision fuse_pair(fusion *c, source_run *s, const frame *in, int which,
                                  const match_pair *pair)
{
    const uint32_t index = map_pairs_mark(c->work, pair);
    measurement m;
    sight from;
    if (!map_pairs_take_slots(c, index, 0, in->stamp_ns))
        return DECISION_IGNORED;
    camera_sight(c, s, &from);
    if (!measure(c, s, &from, &in->u.landmarks.landmarks[which], index, &m))
        return DECISION_IGNORED;
    for (int k = 0; k < m.dim; k++)
        m.noise[k][k] /= pair->probability;
    return core_fuse(c, s, in, &m,
                     (fuse_how){.quantity = QUANTITY_LANDMARK,
                                .element = c->map.view->marks[index].id,
                                .part = (uint16_t)which});
}

/* What is seen of an element is told from what is seen of others of its kind: the map has none in the same
 * direction. */
static bool is_apart(const fusion *c, const source_run *s, const map_work *w, sight *from,
                     const view_mark *own)
{
    const camera_landmark there = {
        .azimuth_rad = own->bearing[0], .elevation_rad = own->bearing[1], .range_m = NAN, .sigma_rad = NAN};
    const map_mark *marks = c->map.view->marks;
    measurement m;
    projection j;
    if (!measure(c, s, from, &there, own->mark, &m))
        return false;
    covariance_project(&c->f.p, &m, &j);
    for (int i = 0; i < w->view_count; i++) {
        const view_mark *v = &w->view[i];
        float across = remainderf(v->bearing[0] - own->bearing[0], 6.2831853f),
              up = v->bearing[1] - own->bearing[1];
        if (v != own && marks[v->mark].kind == marks[own->mark].kind &&
            map_pairs_nis(across, up, j.s[0][0] + m.noise[0][0], j.s[0][1], j.s[1][1] + m.noise[1][1]) <=
                alike_nis)
            return false;
    }
    return true;
}

static void watch(fusion *c, source_run *s, map_work *w, const frame_landmarks *f, int64_t now_ns)
{
    sight from;
    camera_sight(c, s, &from);
    map_watch_begin(c, s, now_ns, w->place_m, w->turn_rad);
    for (int i = 0; i < w->view_count; i++) {
        view_mark *v = &w->view[i];
        if (!map_watch_is_expected(c, s, v))
            continue;
        v->apart = is_apart(c, s, w, &from, v);
        map_beside_look(s, w, f, c->map.view->marks[v->mark].kind, v);
        map_watch_mark(c, s, now_ns, v);
    }
    map_watch_end(c, s, now_ns);
}

/* What may have been seen, used or not. */
static void notice(map_work *w)
{
    for (int p = 0; p < w->match.pair_count; p++) {
        const match_pair *pair = &w->match.pairs[p];
        view_mark *v = &w->view[w->elements[pair->element].view];
        v->seen = fminf(v->seen + pair->probability, 1.0f);
    }
}

/* What becomes of one of the frame's landmarks, now that the pairings have their probabilities. */
static verdict_decision decide(fusion *c, source_run *s, const frame *in, int which)
{
    const camera_landmark *seen = &in->u.landmarks.landmarks[which];
    map_work *w = c->work;
    const match_pair *best =
        w->problem_of[which] < 0 ? NULL : map_pairs_best(&w->match, w->problem_of[which]);
    if (!best || !map_pairs_is_clear(&w->match, best) || !(best->probability >= least_probability) ||
        map_landmarks_class(seen->class_name) != c->map.view->marks[map_pairs_mark(w, best)].kind) {
        bool close = best && best->probability > hardly;
        core_refuse(c, s, in, QUANTITY_LANDMARK, DECISION_IGNORED,
                    close ? REASON_AMBIGUOUS : REASON_UNKNOWN_LANDMARK);
        return DECISION_IGNORED;
    }
    if (!camera_sees(s)) {
        core_refuse(c, s, in, QUANTITY_LANDMARK, DECISION_REJECTED, REASON_FLAGGED);
        return DECISION_REJECTED;
    }
    verdict_decision decision = fuse_pair(c, s, in, which, best);
    if (decision == DECISION_IGNORED)
        core_refuse(c, s, in, QUANTITY_LANDMARK, DECISION_IGNORED, REASON_RATE_LIMITED);
    return decision;
}

void map_landmarks_pair(fusion *c, const source_run *s, const frame *in)
{
    const frame_landmarks *f = &in->u.landmarks;
    map_work *w = c->work;
    match_problem *p = &w->match;
    spread(c, s, &w->place_m, &w->turn_rad);
    map_pairs_begin(c, w, predict, in->stamp_ns);
    camera_sight(c, s, &w->from);
    if (w->place_m < unsure_m)
        look(c, s, w);
    map_pairs_keep_slots(c, w, in->stamp_ns);
    for (int i = 0; i < f->count; i++) {
        w->problem_of[i] = -1;
        if (!(f->landmarks[i].score < (float)s->set->of.camera.min_score) &&
            p->detections < MATCH_DETECTIONS && p->pair_count < MATCH_PAIRS)
            add_detection(c, s, &f->landmarks[i], i, w);
    }
    map_pairs_solve(w);
    notice(w);
}

void map_landmarks_fuse(fusion *c, source_run *s, const frame *in)
{
    const frame_landmarks *f = &in->u.landmarks;
    map_work *w = c->work;
    bool used = false, rejected = false;
    if (!map_holds(c, in->stamp_ns)) {
        map_adrift_untie(c);
        c->map.tied_ns = INT64_MIN;
    }
    map_landmarks_pair(c, s, in);
    for (int i = 0; i < f->count; i++) {
        verdict_decision decision = decide(c, s, in, i);
        used |= decision == DECISION_FUSED || decision == DECISION_DOWN_WEIGHTED;
        rejected |= decision == DECISION_REJECTED;
        c->map.tied += decision == DECISION_FUSED;
    }
    map_shift_look(c, in->stamp_ns);
    watch(c, s, w, f, in->stamp_ns);
    if (used) {
        s->used++;
        c->map.held_ns = in->stamp_ns;
        if (c->map.tied_ns == INT64_MIN)
            c->map.tied_ns = in->stamp_ns;
        core_placed(c, in->stamp_ns, true);
    } else if (rejected) {
        s->rejected++;
    }
}
