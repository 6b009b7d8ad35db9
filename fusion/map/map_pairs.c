#include "fusion/map/map_pairs.h"

#include "fusion/core/source_run.h"
#include "fusion/filter/covariance.h"
#include "fusion/map/map_landmarks.h"
#include "fusion/map/map_match.h"
#include "fusion/map/map_run.h"
#include "fusion/map/map_slots.h"
#include "fusion/map/map_trust.h"
#include "fusion/map/map_watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* NIS of two, beyond which no pairing is looked at: five sigmas. */
static const float nis_most = 25.0f;

/* A pairing is used when no other element comes into question, up to this probability: too small: wrong ones
 * enter; too large: few are used while the pose is vague. */
static const float least_clear = 0.9999f;

map_work *map_work_create(void)
{
    const size_t bytes = (sizeof(map_work) + 63) / 64 * 64; /* its projections are vectors */
    map_work *w = aligned_alloc(64, bytes);
    if (w)
        memset(w, 0, bytes);
    return w;
}

void map_pairs_begin(const fusion *c, map_work *w, map_predict *predict, int64_t now_ns)
{
    w->match.detections = w->match.pair_count = w->view_count = w->element_count = 0;
    w->predict = predict;
    w->doubt = map_doubt(c, now_ns);
    map_trust_suspects(c, &w->suspects);
}

void map_pairs_view(map_work *w, uint32_t mark, const float bearing[3])
{
    w->view[w->view_count++] =
        (view_mark){.mark = mark, .bearing = {bearing[0], bearing[1], bearing[2]}, .element = -1};
}

static map_error error_of(const fusion *c, uint32_t index)
{
    const map_mark *mark = &c->map.view->marks[index];
    return (map_error){MAP_SLOT_MARK, index, mark->sigma_m, mark->section, mark->section_sigma_m};
}

float map_pairs_survey(const fusion *c, uint32_t index, measurement *m)
{
    const map_error e = error_of(c, index);
    return map_pairs_error(c, &e, m);
}

float map_pairs_error(const fusion *c, const map_error *e, measurement *m)
{
    const int slots[2] = {map_slot_find(c, e->kind, e->number),
                          map_slot_find(c, MAP_SLOT_SECTION, e->section)};
    const float sigmas[2] = {e->sigma_m, e->section_sigma_m};
    float rest = 0.0f;
    for (int k = 0; k < 2; k++) {
        if (slots[k] == MAP_NO_SLOT) {
            rest += sigmas[k] * sigmas[k];
            continue;
        }
        for (int i = 0; i < 3;
             i++) /* the first three columns are those of the position, and it goes with it */
            measurement_column(m, map_slot_state(c, slots[k]) + i, -m->h[i][0], -m->h[i][1], -m->h[i][2]);
    }
    return sqrtf(rest);
}

void map_pairs_keep_slots(fusion *c, const map_work *w, int64_t now_ns)
{
    for (int i = 0; i < w->view_count; i++) {
        const map_mark *mark = &c->map.view->marks[w->view[i].mark];
        map_slot_keep(c, MAP_SLOT_MARK, w->view[i].mark, now_ns);
        map_slot_keep(c, MAP_SLOT_SECTION, mark->section, now_ns);
    }
}

bool map_pairs_take_slots(fusion *c, uint32_t index, int reserve, int64_t now_ns)
{
    const map_error e = error_of(c, index);
    return map_pairs_take_error(c, &e, reserve, now_ns);
}

bool map_pairs_take_error(fusion *c, const map_error *e, int reserve, int64_t now_ns)
{
    if (map_slot_find(c, e->kind, e->number) == MAP_NO_SLOT && map_slots_spare(c, now_ns) <= reserve)
        return false;
    if (e->section_sigma_m > 0.0f)
        map_slot_take(c, MAP_SLOT_SECTION, e->section, e->section_sigma_m, now_ns);
    return map_slot_take(c, e->kind, e->number, e->sigma_m, now_ns) != MAP_NO_SLOT;
}

float map_pairs_nis(float a, float b, float s00, float s01, float s11)
{
    return (s11 * a * a - 2.0f * s01 * a * b + s00 * b * b) / (s00 * s11 - s01 * s01);
}

/* First of the detection's pairs. */
static int first_pair(const match_problem *p, int detection)
{
    int first = p->pair_count;
    while (first > 0 && p->pairs[first - 1].detection == detection)
        first--;
    return first;
}

element_terms *map_pairs_element(const fusion *c, const source_run *s, map_work *w, int detection, int view)
{
    view_mark *v = &w->view[view];
    if (v->element >= 0)
        return &w->elements[v->element];
    if (w->element_count == MATCH_ELEMENTS) {
        w->match.pair_count = first_pair(&w->match, detection);
        return NULL;
    }
    element_terms *e = &w->elements[w->element_count];
    w->predict(c, s, &w->from, &c->map.view->marks[v->mark], &e->m, e->predicted);
    e->survey_m = map_pairs_survey(c, v->mark, &e->m);
    e->m.dim = MATCH_DIM;
    e->view = view;
    covariance_project(&c->f.p, &e->m, &e->j);
    v->element = w->element_count++;
    return e;
}

bool map_pairs_add(map_work *w, int detection, const element_terms *e)
{
    match_problem *p = &w->match;
    const measurement *m = &e->m;
    const map_suspects *own = &w->suspects;
    float s00 = w->doubt * e->j.s[0][0] + m->noise[0][0], s11 = w->doubt * e->j.s[1][1] + m->noise[1][1];
    float s01 = w->doubt * e->j.s[0][1];
    float a = m->innovation[0], b = m->innovation[1];
    s00 += map_suspects_shared(own, &e->j, 0, &e->j, 0);
    s11 += map_suspects_shared(own, &e->j, 1, &e->j, 1);
    s01 += map_suspects_shared(own, &e->j, 0, &e->j, 1);
    if (!(map_pairs_nis(a, b, s00, s01, s11) <= nis_most))
        return true;
    const int first = first_pair(p, detection);
    if (p->pair_count == MATCH_PAIRS || p->pair_count - first == MATCH_CANDIDATES) {
        p->pair_count = first;
        return false;
    }
    p->pairs[p->pair_count++] = (match_pair){.detection = detection,
                                             .element = (int)(e - w->elements),
                                             .innovation = {a, b},
                                             .noise = {m->noise[0][0], m->noise[1][1]}};
    return true;
}

uint32_t map_pairs_mark(const map_work *w, const match_pair *pair)
{
    return w->view[w->elements[pair->element].view].mark;
}

/* Covariance of where two elements are predicted. */
static void fill_block(map_work *w, int i, int k)
{
    const projection *j = &w->elements[i].j;
    const measurement *m = &w->elements[k].m;
    float sum[2][2] = {{0.0f}};
    for (int col = 0; col < m->columns; col++) {
        for (int r = 0; r < 2; r++) {
            sum[r][0] += j->y[r][m->index[col]] * m->h[col][0];
            sum[r][1] += j->y[r][m->index[col]] * m->h[col][1];
        }
    }
    for (int r = 0; r < 2; r++) {
        for (int q = 0; q < 2; q++) {
            float own = sum[r][q] * w->doubt + map_suspects_shared(&w->suspects, j, r, &w->elements[k].j, q);
            w->match.covariance[2 * i + r][2 * k + q] = w->match.covariance[2 * k + q][2 * i + r] = own;
        }
    }
}

/* Over all elements that have been paired. */
static void fill_covariance(map_work *w)
{
    bool paired[MATCH_ELEMENTS] = {false};
    for (int p = 0; p < w->match.pair_count; p++)
        paired[w->match.pairs[p].element] = true;
    for (int i = 0; i < w->element_count; i++) {
        for (int k = 0; paired[i] && k <= i; k++) {
            if (paired[k])
                fill_block(w, i, k);
        }
    }
}

void map_pairs_solve(map_work *w)
{
    fill_covariance(w);
    match_solve(&w->match);
}

const match_pair *map_pairs_best(const match_problem *p, int detection)
{
    const match_pair *best = NULL;
    for (int i = 0; i < p->pair_count; i++) {
        if (p->pairs[i].detection == detection && (!best || p->pairs[i].probability > best->probability))
            best = &p->pairs[i];
    }
    return best;
}

bool map_pairs_is_clear(const match_problem *p, const match_pair *best)
{
    float others = 0.0f;
    for (int i = 0; i < p->pair_count; i++) {
        if (p->pairs[i].detection == best->detection && &p->pairs[i] != best)
            others += p->pairs[i].probability;
    }
    return others <= 1.0f - least_clear;
}
