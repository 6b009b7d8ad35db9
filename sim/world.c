#include "sim/world.h"

#include "sim/road.h"
#include "sim/vec.h"
#include "sim/world_private.h"

#include <stdlib.h>
#include <string.h>

/* Streams of random numbers under the drive's seed. */
enum {
    STREAM_ROAD = 1,
    STREAM_ELEMENTS = 2,
    STREAM_SURVEY = 3,
    STREAM_PAINT = 4,
    STREAM_LINES = 5,
    STREAM_RAILS = 6
};

/* Paint wears in stretches of this length. */
static const double paint_m = 80;

const char *sim_element_word(sim_element_kind kind)
{
    static const char *const words[ELEMENT_KINDS] = {
        [ELEMENT_SIGN] = "sign", [ELEMENT_LIGHT] = "light", [ELEMENT_POLE] = "pole",
        [ELEMENT_TAG] = "tag",   [ELEMENT_RAIL] = "rail",   [ELEMENT_HOUSE] = "house"};
    return kind < ELEMENT_KINDS ? words[kind] : "?";
}

/* Errors of the survey: one of each element, one that a section of the road shares. */
static bool survey(sim_world *w, const sim_survey_settings *set, rng *r)
{
    size_t sections = (size_t)(sim_world_length_m(w) / set->section_m) + 2, last = 0;
    double common[3] = {0};
    w->survey = *set;
    w->section_count = sections;
    w->common_m = calloc(sections + 1, sizeof *w->common_m);
    if (!w->common_m)
        return false;
    for (size_t i = 0; i < w->element_count; i++) {
        sim_element *e = &w->elements[i];
        size_t section = (size_t)(fmax(e->s_m, 0) / set->section_m) + 1;
        if (section != last && section < sections) {
            for (int k = 0; k < 3; k++)
                common[k] = w->common_m[section][k] = rng_normal(r, set->common_m);
            last = section;
        }
        for (int k = 0; k < 3; k++)
            e->mapped_m[k] = e->plane_m[k] + common[k] + rng_normal(r, set->independent_m);
        if (e->given)
            world_turn_given(w, i);
    }
    return true;
}

static void take_road(sim_world *w, const road *r)
{
    w->samples = r->samples;
    w->sample_count = r->count;
    memcpy(w->stops, r->stops, sizeof w->stops);
    w->stop_count = r->stop_count;
}

static bool draw_paint(sim_world *w, rng r)
{
    w->paint_count = (size_t)(sim_world_length_m(w) / paint_m) + 2;
    w->paint = calloc(w->paint_count, sizeof *w->paint);
    for (size_t i = 0; w->paint && i < w->paint_count; i++)
        w->paint[i] = (float)fmin(1, rng_between(&r, 0.35, 1.3)); /* mostly good, some worn */
    return w->paint != NULL;
}

sim_world *sim_world_create(const sim_scenario *s, uint64_t seed, error *e)
{
    sim_world *w = calloc(1, sizeof *w);
    rng elements = rng_seed(seed, STREAM_ELEMENTS), errors = rng_seed(seed, STREAM_SURVEY);
    road r = {0};
    if (!w || !world_make_road(w, &r, s, rng_seed(seed, STREAM_ROAD), e)) {
        if (!w)
            error_set(e, "out of memory");
        free(r.samples);
        sim_world_destroy(w);
        return NULL;
    }
    take_road(w, &r);
    w->scenario = s;
    if (!world_place_elements(w, s, &elements) || !draw_paint(w, rng_seed(seed, STREAM_PAINT)) ||
        !survey(w, &s->survey, &errors) || !world_place_rails(w, s, rng_seed(seed, STREAM_RAILS))) {
        error_set(e, "out of memory");
        sim_world_destroy(w);
        return NULL;
    }
    w->line_errors = rng_seed(seed, STREAM_LINES);
    w->survey_sigma_m = hypot(s->survey.independent_m, s->survey.common_m);
    w->scenario = NULL;
    return w;
}

void sim_world_destroy(sim_world *w)
{
    if (!w)
        return;
    free(w->samples);
    free(w->elements);
    free(w->paint);
    free(w->rails);
    sim_motion_destroy(w->own_motion);
    free(w->common_m);
    free(w->given);
    free(w);
}

const sim_earth *sim_world_earth(const sim_world *w)
{
    return &w->earth;
}

const sim_motion *sim_world_motion(const sim_world *w)
{
    return w->motion;
}

double sim_world_length_m(const sim_world *w)
{
    return (double)(w->sample_count - 1);
}

/* Between two samples curvature, grade and bank are linear in s, as they were laid (road.c). */
void sim_world_road(const sim_world *w, double s_m, sim_road_point *out)
{
    double s = fmin(fmax(s_m, 0), (double)(w->sample_count - 2)), f = s - floor(s);
    const road_sample *a = &w->samples[(size_t)s], *b = a + 1;
    double dk = b->curvature_1pm - a->curvature_1pm, dg = b->grade - a->grade;
    double chord = a->yaw_rad + a->curvature_1pm * f / 2;
    out->yaw_rad = a->yaw_rad + f * (a->curvature_1pm + f * dk / 2);
    out->plane_m[0] = a->plane_m[0] + f * cos(chord);
    out->plane_m[1] = a->plane_m[1] + f * sin(chord);
    out->plane_m[2] = a->plane_m[2] + f * (a->grade + f * dg / 2);
    out->curvature_1pm = a->curvature_1pm + f * dk;
    out->grade = a->grade + f * dg;
    out->bank_rad = a->bank_rad + f * (b->bank_rad - a->bank_rad);
    out->limit_mps = a->limit_mps;
    out->lane_width_m = a->lane_width_m;
    out->lanes = a->lanes;
    out->sky = (sim_sky)a->sky;
    out->road = (road_class)a->road;
}

double sim_lane_offset_m(const sim_road_point *p, int lane)
{
    return ((double)lane + 0.5 - 0.5 * (double)p->lanes) * p->lane_width_m;
}

void sim_world_lane_line(const sim_world *w, double s_m, int line, sim_lane_line *out)
{
    double s = fmin(fmax(s_m, 0), (double)(w->sample_count - 1));
    const road_sample *at = &w->samples[(size_t)s],
                      *next = at + 1 < w->samples + w->sample_count ? at + 1 : at;
    bool edge = line == 0 || line == at->lanes;
    double grows = next->lanes == at->lanes ? (double)(next->lane_width_m - at->lane_width_m) : 0;
    double width = (double)at->lane_width_m + (s - floor(s)) * grows;
    out->offset_m = ((double)line - 0.5 * (double)at->lanes) * width;
    out->type = !edge ? LINE_DASHED : at->kerb && line == 0 ? LINE_CURB : LINE_SOLID;
    out->paint = (double)w->paint[(size_t)(s / paint_m)];
    road_edge mapped = edge ? (road_edge)at->edges[line != 0] : EDGE_BY_KIND;
    if (mapped == EDGE_BARE)
        out->paint = 0;
    else if (mapped != EDGE_BY_KIND)
        out->type = mapped == EDGE_SOLID ? LINE_SOLID : mapped == EDGE_DASHED ? LINE_DASHED : LINE_CURB;
}

double sim_world_next_stop_m(const sim_world *w, double s_m, double *wait_s)
{
    for (size_t i = 0; i < w->stop_count; i++) {
        if (w->stops[i].s_m >= s_m) {
            *wait_s = w->stops[i].wait_s;
            return w->stops[i].s_m;
        }
    }
    *wait_s = 0;
    return INFINITY;
}

/* The first with s_m >= at_m. */
static size_t lower_bound(const sim_world *w, double at_m)
{
    size_t low = 0, high = w->element_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (w->elements[middle].s_m < at_m)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t sim_world_elements(const sim_world *w, double from_m, double to_m, const sim_element **first)
{
    size_t low = lower_bound(w, from_m), high = lower_bound(w, to_m);
    *first = &w->elements[low];
    return high > low ? high - low : 0;
}

size_t sim_world_landmarks(const sim_world *w, landmark_settings *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < w->element_count && n < size; i++) {
        const sim_element *e = &w->elements[i];
        if (e->kind != ELEMENT_TAG)
            continue;
        geodetic at = earth_point(&w->earth, e->mapped_m);
        out[n++] = (landmark_settings){.id = e->id,
                                       .latitude_deg = degrees(at.latitude_rad),
                                       .longitude_deg = degrees(at.longitude_rad),
                                       .height_m = at.height_m,
                                       .sigma_m = w->survey_sigma_m,
                                       .facing_deg = -1};
    }
    return n;
}
