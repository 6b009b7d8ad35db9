#include "fusion/map_pairs.h"

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

void map_pairs_begin(map_work *w)
{
    w->match.detections = w->match.pair_count = w->view_count = 0;
}

float map_pairs_survey(const fusion *c, uint32_t index, measurement *m)
{
    const map_mark *mark = &c->map.view->marks[index];
    const int slots[2] = {map_slot_find(c, MAP_SLOT_MARK, index),
                          map_slot_find(c, MAP_SLOT_SECTION, mark->section)};
    const float sigmas[2] = {mark->sigma_m, mark->section_sigma_m};
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
    const map_mark *mark = &c->map.view->marks[index];
    if (map_slot_find(c, MAP_SLOT_MARK, index) == MAP_NO_SLOT && map_slots_spare(c, now_ns) <= reserve)
        return false;
    if (mark->section_sigma_m > 0.0f)
        map_slot_take(c, MAP_SLOT_SECTION, mark->section, mark->section_sigma_m, now_ns);
    return map_slot_take(c, MAP_SLOT_MARK, index, mark->sigma_m, now_ns) != MAP_NO_SLOT;
}

float map_pairs_nis(float a, float b, float s00, float s01, float s11)
{
    return (s11 * a * a - 2.0f * s01 * a * b + s00 * b * b) / (s00 * s11 - s01 * s01);
}

bool map_pairs_add(const fusion *c, map_work *w, int detection, uint32_t index, float log_prior)
{
    match_problem *p = &w->match;
    pair_terms *t = &w->terms[p->pair_count];
    t->m.dim = MATCH_DIM;
    covariance_project(&c->f.p, &t->m, &t->j);
    float doubt = map_doubt(c, c->f.stamp_ns);
    float s00 = doubt * t->j.s[0][0] + t->m.noise[0][0], s11 = doubt * t->j.s[1][1] + t->m.noise[1][1];
    float s01 = doubt * t->j.s[0][1];
    float a = t->m.innovation[0], b = t->m.innovation[1];
    if (!(map_pairs_nis(a, b, s00, s01, s11) <= nis_most))
        return true;
    int first = p->pair_count;
    while (first > 0 && p->pairs[first - 1].detection == detection)
        first--;
    if (p->pair_count == MATCH_PAIRS || p->pair_count - first == MATCH_CANDIDATES) {
        p->pair_count = first;
        return false;
    }
    p->pairs[p->pair_count++] =
        (match_pair){.detection = detection, .element = index, .log_prior = log_prior, .innovation = {a, b}};
    return true;
}

/* The innovations' covariance, over all pairings. */
static void fill_covariance(map_work *w, float doubt)
{
    match_problem *p = &w->match;
    for (int i = 0; i < p->pair_count; i++) {
        const pair_terms *a = &w->terms[i];
        for (int k = 0; k <= i; k++) {
            const measurement *b = &w->terms[k].m;
            float sum[2][2] = {{0.0f}};
            for (int col = 0; col < b->columns; col++) {
                for (int r = 0; r < 2; r++) {
                    sum[r][0] += a->j.y[r][b->index[col]] * b->h[col][0];
                    sum[r][1] += a->j.y[r][b->index[col]] * b->h[col][1];
                }
            }
            for (int r = 0; r < 2; r++) {
                for (int q = 0; q < 2; q++) {
                    sum[r][q] *= doubt;
                    if (i == k)
                        sum[r][q] += a->m.noise[r][q];
                    p->covariance[2 * i + r][2 * k + q] = p->covariance[2 * k + q][2 * i + r] = sum[r][q];
                }
            }
        }
    }
}

void map_pairs_solve(map_work *w, float doubt)
{
    fill_covariance(w, doubt);
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
