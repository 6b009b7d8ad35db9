/* lane_table [PICTURES [FIRST_SEED [rows]]]: the lane detector over rendered roads: how often it finds a
 * line, how well, and whether its score is a probability. With `rows`, one line per side instead, for
 * lane_learn.py. */
#include "common/clock.h"
#include "tests/sensors/lane_road.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WIDTH = 960, HEIGHT = 540, BINS = 10 };

/* What counts as right. */
static const double right_m = 0.15, right_rad = 0.0174532925;

typedef struct {
    int sides, painted, told, told_right, sure, sure_wrong, pairs;
    double offset2, width2, sigmas2;
} tally;

typedef struct {
    int count, right;
    double sum;
} bin;

typedef struct {
    tally conditions[ROAD_CONDITIONS + 1];
    bin bins[BINS];
    double spent_s, most_of_nothing;
    int pictures;
    bool rows;
} table;

static bool is_right(const road_scene *s, const lanes_view *v, int side)
{
    return v->found && s->painted[side] && fabs(v->offset_m[side] - road_offset(s, side)) < right_m &&
           fabs(v->heading_rad - road_heading(s)) < right_rad;
}

static void print_row(const road_scene *s, const lanes_view *v, int side, bool right)
{
    printf("%s,%d,%d,%.4f", road_names[s->condition], s->painted[side], right, v->score[side]);
    for (int i = 0; i < LANE_FEATURES; i++)
        printf(",%.4f", v->features[side][i]);
    printf("\n");
}

static void add_side(table *t, tally *c, const road_scene *s, const lanes_view *v, int side)
{
    bool right = is_right(s, v, side);
    double score = v->found ? v->score[side] : 0.0, off = v->offset_m[side] - road_offset(s, side);
    if (t->rows && v->found && v->fit.support[side].hits >= 5)
        print_row(s, v, side, right);
    c->sides++;
    c->painted += s->painted[side];
    c->told += score >= 0.5;
    c->told_right += score >= 0.5 && right;
    c->sure += score >= 0.9;
    c->sure_wrong += score >= 0.9 && !right;
    if (score >= 0.5 && right) {
        c->offset2 += off * off;
        c->sigmas2 += off * off / (v->sigma_m[side] * v->sigma_m[side]);
    }
    if (score > 0.0) {
        bin *b = &t->bins[(int)fmin(score * BINS, BINS - 1)];
        b->count++;
        b->right += right;
        b->sum += score;
    }
}

static void add(table *t, const road_scene *s, const lanes_view *v)
{
    tally *both[2] = {&t->conditions[s->condition], &t->conditions[ROAD_CONDITIONS]};
    bool rows = t->rows;
    for (int k = 0; k < 2; k++) {
        bin kept[BINS];
        memcpy(kept, t->bins, sizeof kept);
        for (int side = 0; side < LANE_SIDES; side++)
            add_side(t, both[k], s, v, side);
        if (k == 1)
            memcpy(t->bins, kept, sizeof kept);
        t->rows = false;
        if (v->found && is_right(s, v, LANE_LEFT) && is_right(s, v, LANE_RIGHT)) {
            double off = v->fit.belief.mean.at[LANE_WIDTH] - s->shape.at[LANE_WIDTH];
            both[k]->width2 += off * off;
            both[k]->pairs++;
        }
    }
    t->rows = rows;
}

static void look(table *t, road_condition condition, uint64_t seed, road_picture *p)
{
    const road_scene s = road_draw(condition, seed, WIDTH, HEIGHT);
    const lanes_options o = {.width_m = LANES_WIDTH_M};
    error e = {""};
    lanes_view v;
    lane_finder *f = lanes_create(&o, &s.ground, &e);
    if (!f) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    road_render(&s, p);
    const colour_view view = road_picture_view(p);
    lanes_look(f, &view, 0.04, &v); /* makes its planes */
    lanes_forget(f);
    double from_s = clock_s(CLOCK_THREAD_CPUTIME_ID);
    lanes_look(f, &view, 0.04, &v);
    t->spent_s += clock_s(CLOCK_THREAD_CPUTIME_ID) - from_s;
    t->pictures++;
    add(t, &s, &v);
    lanes_destroy(f);
}

/* No road: nothing is right. */
static void look_at_nothing(table *t, road_nothing what, uint64_t seed, road_picture *p)
{
    const road_scene s = road_draw(ROAD_BARE, seed, WIDTH, HEIGHT);
    const lanes_options o = {.width_m = LANES_WIDTH_M};
    const colour_view view = road_picture_view(p);
    error e = {""};
    lanes_view v;
    lane_finder *f = lanes_create(&o, &s.ground, &e);
    if (!f)
        exit(1);
    road_render_nothing(what, seed, p);
    lanes_look(f, &view, 0.04, &v);
    for (int side = 0; side < LANE_SIDES; side++) {
        double score = v.found ? v.score[side] : 0.0;
        t->most_of_nothing = fmax(t->most_of_nothing, score);
        if (t->rows && v.found && v.fit.support[side].hits >= 5)
            print_row(&s, &v, side, false);
    }
    lanes_destroy(f);
}

static void print(const table *t)
{
    printf("| condition | lines | found | of those found right | offset rms | width rms | in sigmas | wrong "
           "of score >= 0.9 |\n"
           "| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (int i = 0; i <= ROAD_CONDITIONS; i++) {
        const tally *c = &t->conditions[i];
        printf("| %s | %d | %.1f %% | %.1f %% | %.3f m | %.3f m | %.2f | %d of %d |\n",
               i < ROAD_CONDITIONS ? road_names[i] : "all", c->painted,
               100.0 * c->told_right / fmax(c->painted, 1), 100.0 * c->told_right / fmax(c->told, 1),
               sqrt(c->offset2 / fmax(c->told_right, 1)), sqrt(c->width2 / fmax(c->pairs, 1)),
               sqrt(c->sigmas2 / fmax(c->told_right, 1)), c->sure_wrong, c->sure);
    }
    printf("\n| score | lines | mean score | right |\n| --- | --- | --- | --- |\n");
    for (int i = 0; i < BINS; i++)
        printf("| %.1f to %.1f | %d | %.2f | %.2f |\n", (double)i / BINS, (double)(i + 1) / BINS,
               t->bins[i].count, t->bins[i].sum / fmax(t->bins[i].count, 1),
               t->bins[i].right / fmax(t->bins[i].count, 1));
    printf("\nHighest score of a picture of no road: %.2f\n", t->most_of_nothing);
    printf("%.2f ms a picture\n", 1e3 * t->spent_s / t->pictures);
}

int main(int argc, char **argv)
{
    int pictures = argc > 1 ? atoi(argv[1]) : 20;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000;
    table *t = calloc(1, sizeof *t);
    road_picture p = road_picture_create(WIDTH, HEIGHT);
    if (!t)
        return 1;
    t->rows = argc > 3;
    bool nothing = argc > 3 && strcmp(argv[3], "nothing") == 0;
    for (int i = 0; i < pictures; i++) {
        for (int c = 0; c < ROAD_CONDITIONS && !nothing; c++)
            look(t, (road_condition)c, first + (uint64_t)i, &p);
        for (int n = 0; n < NOTHINGS; n++)
            look_at_nothing(t, (road_nothing)n, first + (uint64_t)i, &p);
    }
    if (!t->rows)
        print(t);
    road_picture_destroy(&p);
    free(t);
    return 0;
}
