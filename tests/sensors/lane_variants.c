/* lane_variants FOLDER [SEEDS [FIRST_SEED [rows]]]: the lane detector over variants of the real pictures of
 * FOLDER/lanes: of each variant, lines that were found right, missed, and wrong; and whether the score is a
 * probability. With `rows`, one line per side instead, as lane_table prints them, of what can be learned. */
#include "tests/sensors/lane_photo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BINS = 10 };

typedef struct {
    int lines, found, missed, wrong, sure_right, sure_wrong;
} tally;

typedef struct {
    tally variants[PHOTO_VARIANT_COUNT + 1];
    struct {
        int count, right;
        double sum;
    } bins[BINS];
    bool rows;
} table;

static void count(tally *c, bool painted, bool right, double score)
{
    c->lines += painted;
    c->found += right && score >= 0.5;
    c->missed += painted && score < 0.5;
    c->wrong += !right && score >= 0.5 && score < 0.8;
    c->sure_right += right && score >= 0.8;
    c->sure_wrong += !right && score >= 0.8;
}

/* Which of two pairs of lines holds, and how the camera rolls, no picture tells: a score that learned it
 * would have learned these pictures. */
static bool teaches(photo_variant kind)
{
    return kind != PHOTO_ROADWORKS && kind != PHOTO_ROLLED_MORE;
}

static void add(table *t, const road_photo *p, photo_variant kind, const lanes_view *v, uint64_t seed)
{
    for (int side = 0; side < LANE_SIDES; side++) {
        bool right = road_photo_right(p, v, side);
        double score = v->found ? v->score[side] : 0.0;
        count(&t->variants[kind], p->painted[side], right, score);
        count(&t->variants[PHOTO_VARIANT_COUNT], p->painted[side], right, score);
        int b = (int)fmin(score * BINS, BINS - 1);
        t->bins[b].count += score > 0.0;
        t->bins[b].right += score > 0.0 && right;
        t->bins[b].sum += score;
        if (t->rows && teaches(kind) && v->found && v->fit.support[side].hits >= 5) {
            printf("photo %d,%d,%d,%.4f", kind, p->painted[side], right, score); /* as lane_table */
            for (int i = 0; i < LANE_FEATURES; i++)
                printf(",%.4f", v->features[side][i]);
            printf("\n");
        } else if (!t->rows && !right && score >= 0.8) {
            fprintf(stderr, "%s: %s, seed %d, side %d: score %.2f, off %+.2f m, %+.2f m at 15 m\n", p->name,
                    photo_names[kind], (int)seed, side, score, road_photo_off(p, v, side, false),
                    road_photo_off(p, v, side, true));
        }
    }
}

static void look(table *t, const road_photo *photo, photo_variant kind, uint64_t seed)
{
    road_photo p = road_photo_vary(photo, kind, seed);
    const lanes_options o = {.width_m = LANES_WIDTH_M};
    const colour_view view = road_photo_view(&p);
    error e = {""};
    lanes_view v;
    lane_finder *f = lanes_create(&o, &p.ground, &e);
    if (f && lanes_look(f, &view, 0.04, &v))
        add(t, &p, kind, &v, seed);
    lanes_destroy(f);
    road_photo_destroy(&p);
}

static void print(const table *t)
{
    printf("| variant | lines | found, right | missed | wrong, 0.5 to 0.8 | wrong, 0.8 and more | right, 0.8 "
           "and more "
           "|\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for (int i = 0; i <= PHOTO_VARIANT_COUNT; i++) {
        const tally *c = &t->variants[i];
        printf("| %s | %d | %d | %d | %d | %d | %d |\n", i < PHOTO_VARIANT_COUNT ? photo_names[i] : "all",
               c->lines, c->found, c->missed, c->wrong, c->sure_wrong, c->sure_right);
    }
    printf("\n| score | lines | mean score | right |\n| --- | ---: | ---: | ---: |\n");
    for (int i = 0; i < BINS; i++)
        printf("| %.1f to %.1f | %d | %.2f | %.2f |\n", (double)i / BINS, (double)(i + 1) / BINS,
               t->bins[i].count, t->bins[i].sum / fmax(t->bins[i].count, 1),
               t->bins[i].right / fmax(t->bins[i].count, 1));
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: lane_variants FOLDER [SEEDS [FIRST_SEED [rows]]]\n");
        return 2;
    }
    int seeds = argc > 2 ? atoi(argv[2]) : 2;
    uint64_t first = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    table t = {.rows = argc > 4};
    for (int i = 0; i < PHOTOS; i++) {
        road_photo p;
        if (!road_photo_load(i, argv[1], &p)) {
            fprintf(stderr, "%s: picture %d is not here\n", argv[1], i);
            return 1;
        }
        for (int k = 0; k < PHOTO_VARIANT_COUNT; k++) {
            for (int s = 0; s < seeds && (s == 0 || k != PHOTO_CLEAN); s++)
                look(&t, &p, (photo_variant)k, (first + (uint64_t)s) * 1000 + (uint64_t)(i * 40 + k));
        }
        road_photo_destroy(&p);
    }
    if (!t.rows)
        print(&t);
    return 0;
}
