/*
 * A radar's returns against the map. A return has no class: any post, pole, sign or light may be what it is
 * of, and most of what answers beside a road (rails, fences, parked cars, walls) is in no map. So a return is
 * used only when it is of a thing that has answered for long, that stands alone, at a place where the map has
 * one element and no other near.
 */
#include "fusion/map/map_returns.h"

#include "fusion/core/core.h"
#include "fusion/map/map_landmarks.h"
#include "fusion/map/map_match.h"
#include "fusion/map/map_pairs.h"
#include "fusion/map/map_rails.h"
#include "fusion/map/map_stand.h"
#include "fusion/map/map_watch.h"
#include "fusion/motion/vehicle.h"
#include "fusion/radar/radar.h"
#include "fusion/radar/radar_things.h"
#include "fusion/sight/landmarks.h"
#include "fusion/sight/sight.h"

#include <math.h>
#include <string.h>

/* Own states of a radar on a map: RADAR_STAMP, by how much later than their stamps ranges hold, s. It creeps
 * by a millisecond in a quarter of an hour, variance per second. */
static const float stamp_walk = 1e-9f;

/* A scan that is stamped where it is received is late by nobody knows how much: at 30 m/s a hundredth of a
 * second is as much as the map is compared for. Whoever stamps it before, by this, s, knows its time. */
static const double stamped_s = 0.001;

/* A pose that is less sure than this, m, one sigma, is not told by posts that look all alike. */
static const float unsure_m = 1.5f;

/* Beside its field an element may be in it, rad: the pose, and the mount. */
static const float field_margin_rad = 0.05f;

/* What answers of a thing is not its middle: a post is thick, a sign is wide and hangs beside its post, m,
 * one sigma per axis; the same for as long as it is in view, s. Too small: the pose is surer than the things
 * that it is taken from are thick. */
static const float body_m = 0.15f, in_view_s = 3.0f;

/* No other thing and no other element may be within this, m, and three sigmas of the pose. Too small: the
 * post of a rail is taken for the pole beside it; too large: nothing stands alone. */
static const float alone_m = 1.5f, alone_sigmas = 3.0f;

/* What a thing's returns have in the mean is where the map has it, by this NIS of two (99 %). Too small: a
 * pose that is off is confirmed by what agrees with it; too large: what stands beside an element that does
 * not answer is taken for it. */
static const float thing_nis_most = 9.21f;

/* Probability that an element of the map is there and answers. */
static const float there = 0.7f;
/* A pairing is used when it is more probable than this; than the second where the pose does not know to
 * told_m, m, one sigma, along or across the line of sight, where the element is (its place, its heading times
 * the range, and what the element itself may be off). What stands a metre beside an element that is silent,
 * and is in no map, is four of these sigmas away, and less where the pose knows less. Too small: that
 * stranger is taken for the element; too large: a pose that is off is confirmed by what agrees with it. */
static const float least_probability = 0.5f, least_untold = 0.9f, told_m = 0.25f;
static const float reach_sigmas = 5.0f;

/* Half of a radar's beam upwards, its sine: what is higher answers with its post or not at all. */
static const float beam_sine = 0.2f;

void map_returns_setup(fusion *c, source_run *s)
{
    core_own_state(c, s->first_state + RADAR_STAMP, 0.0, s->set->of.radar.stamp_sigma_s, stamp_walk);
}

/* ---- where an element should be */

/* How fast what is `away` goes by, v + w x away, ECEF. */
static void motion_of(sight *from, const double away[3], double out[3])
{
    double w[3];
    vec3 rate;
    vehicle_rate(from->f, rate);
    rows_mulv(from->r, (double[3]){(double)rate[0], (double)rate[1], (double)rate[2]}, w);
    for (int i = 0; i < 3; i++) {
        int k = (i + 1) % 3, l = (i + 2) % 3;
        out[i] = from->f->velocity_ecef_mps[i] + w[k] * away[l] - w[l] * away[k];
    }
}

void map_returns_sight(const fusion *c, const source_run *s, sight *out)
{
    mat3 to_sensor;
    radar_turn(s, (float)c->f.source[s->first_state - STATE_SOURCES + RADAR_YAW], to_sensor);
    sight_make(c, s, to_sensor, out);
}

/* d = S (vehicle(away - e motion) - lever), e being what the stamp is off. */
void map_returns_offset(const fusion *c, const source_run *s, sight *from, const double ecef_m[3],
                        measurement *m, vec3 d)
{
    const double late = c->f.source[s->first_state - STATE_SOURCES + RADAR_STAMP];
    double away[3], moving[3];
    vec3 by_stamp;
    sight_away(from, ecef_m, away);
    motion_of(from, away, moving);
    for (int i = 0; i < 3; i++)
        away[i] -= late * moving[i];
    sight_measure(from, away, m, d);
    vehicle_from_ecef(&c->f, moving, by_stamp);
    glm_vec3_negate(by_stamp);
    glm_mat3_mulv(from->to_sensor, by_stamp, by_stamp);
    measurement_column(m, s->first_state + RADAR_YAW, d[1], -d[0], 0.0f);
    measurement_column(m, s->first_state + RADAR_STAMP, by_stamp[0], by_stamp[1], by_stamp[2]);
}

/* Range on the ground and azimuth of an element, and the slant that a thing which hangs adds, with the rows
 * of the Jacobian. False: out of reach. */
static bool predict(const fusion *c, const source_run *s, sight *from, const map_mark *mark, measurement *m,
                    float predicted[3])
{
    vec3 d;
    map_returns_offset(c, s, from, mark->position_ecef_m, m, d);
    float flat2 = d[0] * d[0] + d[1] * d[1], flat = sqrtf(flat2);
    if (!(flat > MAP_RETURNS_NEAREST_M) || !(flat < MAP_RETURNS_REACH_M))
        return false;
    for (int i = 0; i < m->columns; i++) {
        float x = m->h[i][0], y = m->h[i][1];
        m->h[i][0] = (d[0] * x + d[1] * y) / flat;
        m->h[i][1] = (d[0] * y - d[1] * x) / flat2;
    }
    m->dim = MATCH_DIM;
    predicted[0] = flat;
    predicted[1] = atan2f(d[1], d[0]);
    predicted[2] = sqrtf(flat2 + d[2] * d[2]) - flat;
    return true;
}

static bool hangs(uint8_t kind)
{
    return kind == MAP_CLASS_SIGN || kind == MAP_CLASS_LIGHT;
}

/* What hangs answers from where it hangs, or its post does: anywhere between the two. */
static void compare(const fusion *c, const source_run *s, const radar_detection *seen, const map_mark *mark,
                    const float at[3], float survey_m, measurement *m)
{
    const radar_settings *set = &s->set->of.radar;
    float survey = mark->sigma_m * mark->sigma_m + mark->section_sigma_m * mark->section_sigma_m;
    float slant = hangs(mark->kind) ? at[2] : 0.0f;
    float body = body_m * body_m + survey_m * survey_m, range = (float)set->range_sigma_m;
    float azimuth = map_returns_azimuth_sigma(s, seen), off = landmark_curvature(c, at[0], survey),
          turn = off / at[0];
    m->innovation[0] = seen->range_m - at[0] - 0.5f * slant;
    m->innovation[1] = remainderf(seen->azimuth_rad - at[1], 6.2831853f);
    m->lasting[0] = body + slant * slant / 12.0f;
    m->lasting[1] = body / (at[0] * at[0]);
    m->noise[0][0] = range * range + m->lasting[0] + 0.5f * off * off;
    m->noise[1][1] = azimuth * azimuth + m->lasting[1] + 0.5f * turn * turn;
    m->repeats = 2.0f * in_view_s / fmaxf(1.0f / fmaxf((float)s->set->fuse_rate_hz, 1.0f), s->interval_s);
}

/* ---- which it is */

/* Poles and posts, and what hangs from them within the beam. */
static bool may_answer(const map_mark *mark, const float at[3])
{
    switch (mark->kind) {
    case MAP_CLASS_POLE:
    case MAP_CLASS_POST:
        return true;
    case MAP_CLASS_SIGN:
    case MAP_CLASS_LIGHT: /* slant = sqrt(flat^2 + h^2) - flat, and h = sine * range at the beam's edge */
        return at[2] < 0.5f * beam_sine * beam_sine * at[0];
    default:
        return false;
    }
}

/* What stands nearer to another element than that could be either. */
static bool is_single(const fusion *c, const map_work *w, size_t near, uint32_t index, float within_m)
{
    const map_mark *marks = c->map.view->marks;
    for (size_t i = 0; i < near; i++) {
        double square = 0.0;
        for (int k = 0; k < 3; k++) {
            double d = marks[w->near[i]].position_ecef_m[k] - marks[index].position_ecef_m[k];
            square += d * d;
        }
        if (w->near[i] != index && square < (double)(within_m * within_m))
            return false;
    }
    return true;
}

static void look(const fusion *c, source_run *s, map_work *w, float alone)
{
    const float field = (float)(s->set->of.radar.field_deg * RADIANS_PER_DEGREE) + field_margin_rad;
    size_t n = map_near_marks(c->map.view, c->f.position_ecef_m, (double)MAP_RETURNS_REACH_M + 5.0, w->near,
                              NEAR_MOST);
    if (n > NEAR_MOST) /* not all are known that may be what answers */
        return;
    for (size_t i = 0; i < n; i++) {
        measurement m;
        float at[3];
        const map_mark *mark = &c->map.view->marks[w->near[i]];
        if (predict(c, s, &w->from, mark, &m, at) && may_answer(mark, at) && fabsf(at[1]) < field &&
            is_single(c, w, n, w->near[i], alone) && !map_rails_stand_near(c, mark->position_ecef_m, alone))
            map_pairs_view(w, w->near[i], at);
    }
}

static void add_return(const fusion *c, source_run *s, const frame *in, int which, float place_m, map_work *w)
{
    const radar_detection *seen = &in->u.radar.detections[which];
    match_problem *p = &w->match;
    const int first = p->pair_count, thing = w->thing_of[which];
    const float wide = (float)s->set->of.radar.range_sigma_m + body_m + 2.0f * place_m;
    for (int i = 0; i < w->view_count; i++) {
        const view_mark *v = &w->view[i];
        float across = remainderf(seen->azimuth_rad - v->bearing[1], 6.2831853f) * v->bearing[0];
        if (!(fabsf(seen->range_m - v->bearing[0]) < reach_sigmas * wide + v->bearing[2]) ||
            !(fabsf(across) <
              reach_sigmas * (wide + map_returns_azimuth_sigma(s, seen) * v->bearing[0]) + 1.0f))
            continue;
        element_terms *e = map_pairs_element(c, s, w, p->detections, i);
        if (!e)
            break;
        compare(c, s, seen, &c->map.view->marks[v->mark], e->predicted, e->survey_m, &e->m);
        if (!map_pairs_add(w, p->detections, e))
            break;
    }
    if (p->pair_count == first)
        return;
    for (int i = first; i < p->pair_count; i++)
        p->pairs[i].log_prior = logf(there);
    float density = radar_things_density(&c->map.things, thing, &w->place[p->detections], in->stamp_ns);
    p->log_nothing[p->detections] = logf(density * seen->range_m); /* per m of range and rad of azimuth */
    w->seen[p->detections++] = which;
}

/* Returns of things that have proven to be there and stand alone. */
static void add_returns(fusion *c, source_run *s, const frame *in, float place_m, float alone, map_work *w)
{
    const radar_things *t = &c->map.things;
    radar_stand at;
    map_returns_stand(c, s, in, &at);
    for (int i = 0; i < in->u.radar.count; i++) {
        if (w->thing_of[i] == RADAR_NO_THING || !radar_things_is_proven(t, w->thing_of[i]) ||
            w->match.detections == MATCH_DETECTIONS || w->match.pair_count == MATCH_PAIRS)
            continue;
        radar_place *place = &w->place[w->match.detections];
        map_returns_place(c, s, &at, &in->u.radar.detections[i], place);
        if (radar_things_is_alone(t, w->thing_of[i], place, alone, in->stamp_ns))
            add_return(c, s, in, i, place_m, w);
    }
}

float map_returns_spread(const fusion *c, int64_t now_ns)
{
    return sqrtf(core_horizontal_variance(c) * map_doubt(c, now_ns));
}

/* Whether the mean of the thing's returns is where the map has the element, the pose being what it was before
 * the scan. */
static bool fits(const fusion *c, const frame *in, const match_pair *pair)
{
    const map_work *w = c->work;
    const radar_things *t = &c->map.things;
    const element_terms *e = &w->elements[pair->element];
    const int which = w->seen[pair->detection], thing = w->thing_of[which];
    float off[2], range = in->u.radar.detections[which].range_m;
    radar_things_offset(t, thing, &w->place[pair->detection], off);
    float along = pair->innovation[0] - off[0], across = range * pair->innovation[1] - off[1];
    float own = t->of[thing].variance;
    float s00 = w->doubt * e->j.s[0][0] + e->m.lasting[0] + own;
    float s11 = range * range * (w->doubt * e->j.s[1][1] + e->m.lasting[1]) + own;
    float s01 = range * w->doubt * e->j.s[0][1];
    return map_pairs_nis(along, across, s00, s01, s11) <= thing_nis_most;
}

/* How probable a pairing has to be. */
static float least_of(const map_work *w, const frame *in, const match_pair *pair)
{
    const element_terms *e = &w->elements[pair->element];
    const float range = in->u.radar.detections[w->seen[pair->detection]].range_m;
    const float most = w->doubt * fmaxf(e->j.s[0][0], range * range * e->j.s[1][1]);
    return most <= told_m * told_m ? least_probability : least_untold;
}

static bool fuse_return(fusion *c, source_run *s, const frame *in, int detection)
{
    map_work *w = c->work;
    const match_pair *best = map_pairs_best(&w->match, detection);
    const radar_detection *seen = &in->u.radar.detections[w->seen[detection]];
    measurement m;
    sight from;
    float at[3];
    if (!best || !map_pairs_is_clear(&w->match, best) || !(best->probability >= least_of(w, in, best)) ||
        !fits(c, in, best)) {
        core_refuse(c, s, in, QUANTITY_RETURN, DECISION_IGNORED, REASON_AMBIGUOUS);
        return false;
    }
    const uint32_t index = map_pairs_mark(w, best);
    const map_mark *mark = &c->map.view->marks[index];
    bool room = map_pairs_take_slots(c, index, MAP_RETURNS_RESERVE, in->stamp_ns);
    if (room)
        map_returns_sight(c, s, &from);
    if (!room || !predict(c, s, &from, mark, &m, at)) {
        core_refuse(c, s, in, QUANTITY_RETURN, DECISION_IGNORED, REASON_RATE_LIMITED);
        return false;
    }
    compare(c, s, seen, mark, at, map_pairs_survey(c, index, &m), &m);
    const float weight = s->down_weighted ? 9.0f : 1.0f;
    for (int k = 0; k < m.dim; k++)
        m.noise[k][k] *= weight / best->probability;
    const fuse_how how = {.quantity = QUANTITY_RETURN,
                          .silent = true,
                          .element = mark->id,
                          .part = (uint16_t)w->seen[detection]};
    verdict_decision decision = core_fuse(c, s, in, &m, how);
    return decision == DECISION_FUSED || decision == DECISION_DOWN_WEIGHTED;
}

/* Those of things; true when anything was fused. */
static bool fuse_things(fusion *c, source_run *s, const frame *in)
{
    map_work *w = c->work;
    const float place_m = map_returns_spread(c, in->stamp_ns), alone = alone_m + alone_sigmas * place_m;
    bool used = false;
    if (!(place_m < unsure_m))
        return false;
    map_pairs_begin(c, w, predict, in->stamp_ns);
    map_returns_sight(c, s, &w->from);
    look(c, s, w, alone);
    map_pairs_keep_slots(c, w, in->stamp_ns);
    add_returns(c, s, in, place_m, alone, w);
    map_pairs_solve(w);
    for (int i = 0; i < w->match.detections; i++)
        used |= fuse_return(c, s, in, i);
    return used;
}

void map_returns_fuse(fusion *c, source_run *s, const frame *in)
{
    const bool stamped = (double)(in->received_ns - in->stamp_ns) * 1e-9 >= stamped_s;
    if (!map_returns_used(c, s) || !stamped || c->claim.open)
        return;
    const bool things = fuse_things(c, s, in), rails = map_rails_fuse(c, s, in);
    if (!things && !rails)
        return;
    s->returned_ns = in->stamp_ns;
    core_placed(c, in->stamp_ns, false);
    if (things && map_holds(c, in->stamp_ns)) /* posts do not say that this is the place, but they hold it */
        c->map.held_ns = in->stamp_ns;
}
