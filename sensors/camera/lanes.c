#include "sensors/camera/lanes.h"
#include "sensors/camera/lane_alone.h"
#include "sensors/camera/lane_find.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double far_m = 60.0;
static const double pi = 3.14159265358979323846;

/* A mount is known to so much: its height by 1 %, its roll by half a degree, which changes the height under a
 * line 2 m aside by another. Too small: a line far aside is trusted too much; too large: near ones are not.
 */
static const double mount_share = 0.015;

/* A track is given up when both lines score less for so many pictures. */
static const double lost_score = 0.2;
enum { LOST_AFTER = 8, LOOK_AROUND_EVERY = 8 };

struct lane_finder {
    lanes_options options;
    lane_ground ground;
    top_view_grid grid;
    top_view *light, *yellow;
    int yellow_size[2];
    bool has_yellow;     /* in the last picture */
    lane_marks marks[2]; /* of the first look, and of the second */
    int look;            /* which of them the last picture's lane is by */
    bool tracking;
    lane_belief belief; /* after the last picture */
    lane_road_kind kind;
    int pictures, poor;
    double duty[LANE_SIDES], gap_m[LANE_SIDES]; /* over the last pictures; NAN: none yet */
    uint8_t *plane;                             /* 255 - Cb */
};

lane_finder *lanes_create(const lanes_options *o, const lane_ground *g, error *e)
{
    lane_finder *f = calloc(1, sizeof *f);
    if (f) {
        f->options = *o;
        f->ground = *g;
        if (!top_view_place(&f->grid, g, far_m, e)) {
            lanes_destroy(f);
            return NULL;
        }
        f->light = top_view_create(&f->grid, g, g->width, g->height);
        lanes_forget(f);
    }
    if (f && f->light)
        return f;
    lanes_destroy(f);
    error_set(e, "out of memory");
    return NULL;
}

void lanes_destroy(lane_finder *f)
{
    if (!f)
        return;
    top_view_destroy(f->light);
    top_view_destroy(f->yellow);
    free(f->plane);
    free(f);
}

void lanes_forget(lane_finder *f)
{
    f->tracking = false;
    f->kind = LANE_GENTLE;
    f->pictures = 0;
    f->poor = 0;
    for (int side = 0; side < LANE_SIDES; side++)
        f->duty[side] = f->gap_m[side] = NAN;
}

/* ---- the picture */

static bool make_yellow(lane_finder *f, const colour_view *p)
{
    size_t size = (size_t)p->cb_width * (size_t)p->cb_height;
    if (f->yellow && f->yellow_size[0] == p->cb_width && f->yellow_size[1] == p->cb_height)
        return true;
    top_view_destroy(f->yellow);
    free(f->plane);
    f->plane = malloc(size);
    f->yellow = f->plane ? top_view_create(&f->grid, &f->ground, p->cb_width, p->cb_height) : NULL;
    f->yellow_size[0] = p->cb_width;
    f->yellow_size[1] = p->cb_height;
    return f->yellow != NULL;
}

static bool sample(lane_finder *f, const colour_view *p)
{
    top_view_sample(f->light, p->light.data, p->light.stride);
    if (!p->cb) {
        f->has_yellow = false;
        return true;
    }
    if (!make_yellow(f, p))
        return false;
    for (int y = 0; y < p->cb_height; y++) {
        const uint8_t *from = p->cb + y * p->cb_stride;
        uint8_t *to = f->plane + (size_t)y * (size_t)p->cb_width;
        for (int x = 0; x < p->cb_width; x++)
            to[x] = (uint8_t)(255 - from[x]);
    }
    top_view_sample(f->yellow, f->plane, p->cb_width);
    f->has_yellow = true;
    return true;
}

/* ---- finding it */

/* Where a line is less sure than that, a second look takes the edges of shadows for no roughness. Smaller:
 * faint paint in the shade is passed over; larger: it costs time. */
static const double doubtful_score = 0.8;

/* The track goes on unless a look without it finds clearly more. */
static bool find(lane_finder *f, const lane_scene *scene, double after_s, lane_finding *out)
{
    lane_finding voted, tracked;
    bool has_track = f->tracking && lane_find_tracked(scene, f->kind, &f->belief, after_s, &tracked);
    bool look_around = !has_track || f->poor > 0 || f->pictures % LOOK_AROUND_EVERY == 0;
    bool has_vote = look_around && lane_find_anew(scene, &voted);
    if (has_vote &&
        (!has_track || lane_find_quality(&voted.fit) > 1.25 * lane_find_quality(&tracked.fit) + 0.5))
        *out = voted;
    else if (has_track)
        *out = tracked;
    if (has_vote || has_track)
        lane_alone_settle(scene, out);
    return has_vote || has_track;
}

static bool look(lane_finder *f, int number, double after_s, lane_finding *out)
{
    lane_marks *marks = &f->marks[number];
    lane_ridge_find(&f->grid, f->light, f->has_yellow ? f->yellow : NULL,
                    number ? LANE_SIEVE_FINE : LANE_SIEVE_SIZED, marks);
    const lane_scene scene = {&f->grid, marks, f->ground.mount.height_m, f->options.width_m};
    return find(f, &scene, after_s, out);
}

/* How much is told: by both lines' scores, as far as they are more likely right than wrong. */
static double told(const lane_finding *g)
{
    double sum = 0.0;
    for (int side = 0; side < LANE_SIDES; side++)
        sum += fmax(g->judged[side].score - 0.5, 0.0);
    return sum;
}

/* The second look makes no line sure: among the more marks that it has there is more that looks like one.
 * Smaller: what it finds is hardly told; larger: what is none is sure (with 1, 11 lines more of 3,692 were
 * wrong with a score of 0.8 and more). What was sure stays so where it stays here and 15 m ahead. */
static const double most_of_second = 0.75, same_m = 0.1, ahead_m = 15.0;

static bool is_same(const lane_finding *a, const lane_finding *b, int side)
{
    const lane_shape *one = &a->fit.belief.mean, *other = &b->fit.belief.mean;
    return fabs(lane_shape_y(one, side, 0.0) - lane_shape_y(other, side, 0.0)) < same_m &&
           fabs(lane_shape_y(one, side, ahead_m) - lane_shape_y(other, side, ahead_m)) < same_m;
}

/* What the second look may tell: `first` is NULL where the first one found nothing. A lane beside the lane
 * that one look has seen is there, whether the other sees it or not. */
static void hold_back(const lane_finding *first, lane_finding *second)
{
    for (int side = 0; side < LANE_SIDES; side++) {
        bool sure = first && first->judged[side].score >= doubtful_score && is_same(first, second, side);
        double most = sure ? 1.0 : most_of_second;
        if (first)
            most = fmin(most, lane_score_most(first->fit.support[side].again));
        second->judged[side].score = fmin(second->judged[side].score, most);
    }
}

static bool is_doubtful(const lane_finding *g)
{
    return fmin(g->judged[LANE_LEFT].score, g->judged[LANE_RIGHT].score) < doubtful_score;
}

static bool look_twice(lane_finder *f, double after_s, lane_finding *out)
{
    lane_finding finer = {.kind = f->kind};
    bool found = look(f, 0, after_s, out);
    f->look = 0;
    if (found && !is_doubtful(out))
        return true;
    if (!look(f, 1, after_s, &finer))
        return found;
    hold_back(found ? out : NULL, &finer);
    if (!found || told(&finer) > told(out)) {
        *out = finer;
        f->look = 1;
        return true;
    }
    return found;
}

/* ---- what is told */

/* A worn solid line has small gaps; dashes are half of their period at most, and their gaps 3 m at least,
 * though a reflector in the middle may halve one. Between the two nothing is told. */
static const double solid_duty = 0.88, solid_gap_m = 2.5, dashed_duty = 0.7, dashed_gap_m = 2.5;

static void tell_type(lane_finder *f, int side, const lane_support *s, char out[12])
{
    static const double keep = 0.9;
    out[0] = '\0';
    if (s->way_m > 12.0 && s->hits >= 8) {
        bool first = isnan(f->duty[side]);
        f->duty[side] = first ? s->duty : keep * f->duty[side] + (1.0 - keep) * s->duty;
        f->gap_m[side] = first ? s->gap_m : keep * f->gap_m[side] + (1.0 - keep) * s->gap_m;
    }
    if (isnan(f->duty[side]))
        return;
    if (f->duty[side] > solid_duty && f->gap_m[side] < solid_gap_m)
        strcpy(out, "solid");
    else if (f->duty[side] < dashed_duty && f->gap_m[side] > dashed_gap_m)
        strcpy(out, "dashed");
}

/* Offset and heading where the body's origin is: `forward_m` behind the camera, `left_m` beside it. */
static void carry_to_body(const lane_finder *f, lanes_view *out)
{
    const lane_mount *m = &f->ground.mount;
    const lane_belief *b = &out->fit.belief;
    double x = -m->forward_m;
    out->heading_rad = atan(lane_shape_slope(&b->mean, x));
    for (int side = 0; side < LANE_SIDES; side++) {
        const double row[LANE_UNKNOWNS] = {
            1.0, side == LANE_LEFT ? 0.5 : -0.5, x, x * x / 2.0, x * x * x / 6.0, 0.0, 0.0};
        double variance = 0.0;
        for (int i = 0; i < LANE_UNKNOWNS; i++) {
            for (int j = 0; j < LANE_UNKNOWNS; j++)
                variance += row[i] * b->covariance[i][j] * row[j];
        }
        out->offset_m[side] = lane_shape_y(&b->mean, side, x) + m->left_m;
        double by_mount = mount_share * (out->offset_m[side] - m->left_m);
        out->sigma_m[side] = sqrt(fmax(variance, 1e-4) + by_mount * by_mount);
    }
}

static void fill_frame(lanes_view *out)
{
    static const uint8_t sides[LANE_SIDES] = {LANE_SIDE_LEFT, LANE_SIDE_RIGHT};
    out->frame.count = 0;
    for (int side = 0; out->found && side < LANE_SIDES; side++) {
        if (!(out->score[side] >= LANES_LEAST_SCORE))
            continue;
        camera_lane *l = &out->frame.lanes[out->frame.count++];
        memset(l, 0, sizeof *l);
        l->side = sides[side];
        l->offset_m = (float)out->offset_m[side];
        l->heading_rad = (float)remainder(out->heading_rad, 2.0 * pi);
        l->curvature_1pm = (float)out->fit.belief.mean.at[LANE_CURVATURE];
        l->sigma_m = (float)out->sigma_m[side];
        l->score = (float)out->score[side];
        memcpy(l->type, out->type[side], sizeof l->type);
    }
}

static void keep_track(lane_finder *f, const lanes_view *out, lane_road_kind kind)
{
    bool good = out->found && fmax(out->score[LANE_LEFT], out->score[LANE_RIGHT]) > lost_score;
    f->poor = good ? 0 : f->poor + 1;
    f->pictures++;
    if (out->found && (good || f->tracking)) {
        f->belief = out->fit.belief;
        f->kind = lane_prior_kind(kind, &f->belief.mean);
        f->tracking = true;
    }
    if (f->poor >= LOST_AFTER)
        lanes_forget(f);
}

bool lanes_look(lane_finder *f, const colour_view *picture, double after_s, lanes_view *out)
{
    memset(out, 0, sizeof *out);
    if (!sample(f, picture))
        return false;
    lane_finding found = {.kind = f->kind};
    out->found = look_twice(f, after_s, &found);

    if (out->found) {
        out->fit = found.fit;
        carry_to_body(f, out);
        for (int side = 0; side < LANE_SIDES; side++) {
            memcpy(out->features[side], found.judged[side].features, sizeof out->features[side]);
            out->score[side] = found.judged[side].score;
            tell_type(f, side, &out->fit.support[side], out->type[side]);
        }
    }
    fill_frame(out);
    keep_track(f, out, found.kind);
    return true;
}

const lane_marks *lanes_marks(const lane_finder *f)
{
    return &f->marks[f->look];
}

const top_view_grid *lanes_grid(const lane_finder *f)
{
    return &f->grid;
}
