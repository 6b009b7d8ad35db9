/*
 * bench_pairs SCENARIO: what it costs to find out which landmark of a picture is which element of the map,
 * along a simulated drive on its map. Pictures of ten landmarks and more beside all of them.
 *
 * pair_once alone is to be counted by a program that counts instructions; it is called as often as the first
 * line says.
 */
#include "fusion/core/core.h"
#include "fusion/map/map_landmarks.h"
#include "fusion/map/map_pairs.h"
#include "sim/scenario.h"
#include "sim/sim.h"
#include "sim/world_map.h"
#include "tests/bench/sample.h"

#include <math.h>
#include <stdio.h>

enum { FRAMES_KEPT = 64, REPEATS = 8, MANY = 10 };

typedef struct {
    long pictures, landmarks, elements, pairs;
    samples us;
} tally;

__attribute__((noipa)) static void pair_once(fusion *core, const frame *in)
{
    map_landmarks_pair(core, &core->source[in->source], in);
}

/* The filter is at the picture's stamp, with what it has fused of it. */
static void measure(fusion *core, const frame *in, tally *t)
{
    pair_once(core, in); /* warm */
    double begin = bench_now_ns();
    for (int i = 0; i < REPEATS; i++)
        pair_once(core, in);
    samples_add(&t->us, 1e-3 * (bench_now_ns() - begin) / REPEATS);
    t->pictures++;
    t->landmarks += in->u.landmarks.count;
    t->elements += core->work->element_count;
    t->pairs += core->work->match.pair_count;
}

static void print(const char *name, tally *t)
{
    const double n = (double)t->pictures;
    char what[80];
    snprintf(what, sizeof what, "%s, %ld: %.1f landmarks, %.1f elements in question, %.1f pairings", name,
             t->pictures, (double)t->landmarks / n, (double)t->elements / n, (double)t->pairs / n);
    table_row(what, samples_spread(&t->us), "us", NAN, t->landmarks >= MANY * t->pictures ? "<= 20 us" : "");
}

static void drive(sim *m, fusion *core, tally *all, tally *many)
{
    static frame kept[FRAMES_KEPT];
    static sim_item item;
    sim_item_kind kind;
    int next = 0;
    while ((kind = sim_next(m, &item)) != SIM_END) {
        if (kind != SIM_FRAME)
            continue;
        if (item.frame.kind == FRAME_LANDMARKS)
            kept[next++ % FRAMES_KEPT] = item.frame;
        fusion_push(core, &item.frame);
        for (int i = 0; i < FRAMES_KEPT; i++) {
            if (!core->running || kept[i].stamp_ns == 0 || kept[i].stamp_ns != core->f.stamp_ns)
                continue;
            measure(core, &kept[i], kept[i].u.landmarks.count >= MANY ? many : all);
            kept[i].stamp_ns = 0;
        }
    }
}

int main(int argc, char **argv)
{
    static sim_scenario s;
    static config_problems p;
    static tally all, many;
    error e = {""};
    if (argc != 2 || !sim_scenario_load(&s, argv[1], &p)) {
        config_problems_print(stderr, &p);
        return 2;
    }
    sim *m = sim_create(&s, 1, &e);
    world_map *map = m ? world_map_create(sim_get_world(m)) : NULL;
    fusion *core =
        map ? fusion_create_on_map(sim_settings(m), &(fusion_sinks){0}, world_map_view(map)) : NULL;
    if (core) {
        drive(m, core, &all, &many);
        printf("%ld calls\n", (all.pictures + many.pictures) * (REPEATS + 1));
        table_head("landmarks against the map");
        print("fewer than ten", &all);
        print("ten and more", &many);
    }
    fusion_destroy(core);
    world_map_destroy(map);
    sim_destroy(m);
    return core ? 0 : 1;
}
