/*
 * bench_levels [--without KIND]... [--first SEED] [--duration S] [--from S] DRIVES SCENARIO: which level is
 * above its alert limit, and what makes it so, over simulated drives on the map as surveyed. Of the poses at
 * truth points, from `--from` seconds after the start on, that have levels:
 *
 * - for what levels are made of (nothing at fault, each hypothesis, what was covered before the bank started
 *   anew, the map as a whole): the share of the time in which it alone is above the limit, along, across, up
 *   and in heading; "only" is the share in which every other part is below every limit;
 * - for each direction: the level's quantiles, the errors' 99.9 % as a share of the level's median, the
 *   largest ratio of error and level, and the share in which the level as published is above its limit.
 *
 * One line more for each drive: available, misleading, largest ratio. docs/results/MAPS.md has the figures.
 */
#include "evaluation/evaluation.h"
#include "fusion/geodesy.h"
#include "sim/scenario.h"
#include "sim/sim.h"
#include "sim/world_map.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIRECTIONS = 4, PARTS = STATUS_MAX_HYPOTHESES + 3, PENDING = 4096, MOST_SAMPLES = 2000000 };
enum { PART_FREE = STATUS_MAX_HYPOTHESES, PART_HELD, PART_MAP };

typedef struct {
    fusion_pose pose;
    float part[PARTS][DIRECTIONS];
} look;

typedef struct {
    size_t epochs, available, misleading;
    double ratio;
} tally;

typedef struct {
    fusion *core;
    look ring[PENDING];
    size_t newest; /* poses so far */
    size_t above[PARTS][DIRECTIONS], only[PARTS], over[DIRECTIONS];
    float *level[DIRECTIONS], *errors[DIRECTIONS], *ratio[DIRECTIONS];
    size_t count; /* samples kept */
    double from_s;
    tally drive, all;
} run;

/* Of the two without the IMU (fusion/integrity/bank_steer.c) the better one counts, and is told as the first.
 */
static void join_twins(const fusion_status *s, look *l)
{
    for (size_t a = 0; a < s->hypothesis_count; a++) {
        for (size_t b = 0; b < s->hypothesis_count; b++) {
            bool twins = s->hypotheses[b].quantities == UINT32_C(1) << QUANTITY_INERTIAL &&
                         s->hypotheses[b].live && !s->hypotheses[a].quantities &&
                         s->hypotheses[a].sources == s->hypotheses[b].sources;
            for (int i = 0; twins && i < DIRECTIONS; i++) {
                l->part[a][i] = fminf(l->part[a][i], l->part[b][i]);
                l->part[b][i] = 0.0f;
            }
        }
    }
}

static void keep_pose(void *context, const fusion_pose *p)
{
    run *r = context;
    look *l = &r->ring[r->newest++ % PENDING];
    static fusion_status s;
    const double k = cos(p->heading_rad), e = sin(p->heading_rad);
    const double ee = p->covariance[0][0], en = p->covariance[0][1], nn = p->covariance[1][1];
    const double variance[] = {e * e * ee + 2 * e * k * en + k * k * nn,
                               k * k * ee - 2 * e * k * en + e * e * nn, p->covariance[2][2],
                               p->covariance[5][5]};
    fusion_get_status(r->core, &s);
    memset(l->part, 0, sizeof l->part);
    l->pose = *p;
    for (int i = 0; i < DIRECTIONS; i++) {
        for (size_t h = 0; h < s.hypothesis_count; h++)
            l->part[h][i] = s.hypotheses[h].live ? s.hypotheses[h].level[i] : 0.0f;
        l->part[PART_FREE][i] = s.fault_free_sigmas * (float)sqrt(fmax(variance[i], 0));
        l->part[PART_HELD][i] = s.held[i];
        l->part[PART_MAP][i] = s.map[i];
    }
    join_twins(&s, l);
}

static void count_parts(run *r, const look *l, const float limit[DIRECTIONS])
{
    int bad = 0, last = 0;
    for (int k = 0; k < PARTS; k++) {
        bool any = false;
        for (int i = 0; i < DIRECTIONS; i++) {
            bool over = !(l->part[k][i] < limit[i]);
            r->above[k][i] += over;
            any |= over;
        }
        bad += any;
        last = any ? k : last;
    }
    if (bad == 1)
        r->only[last]++;
}

static void errors_of(const fusion_pose *p, const truth_point *t, float out[DIRECTIONS])
{
    double enu[3], at[3];
    const double k = cos(p->heading_rad), s = sin(p->heading_rad), sl = sin(t->latitude_rad),
                 cl = cos(t->latitude_rad), so = sin(t->longitude_rad), co = cos(t->longitude_rad);
    geodetic_to_ecef(t->latitude_rad, t->longitude_rad, t->height_m, at);
    for (int i = 0; i < 3; i++)
        at[i] = p->position_ecef_m[i] - at[i];
    enu[0] = -so * at[0] + co * at[1];
    enu[1] = -sl * co * at[0] - sl * so * at[1] + cl * at[2];
    enu[2] = cl * co * at[0] + cl * so * at[1] + sl * at[2];
    out[0] = (float)fabs(s * enu[0] + k * enu[1]);
    out[1] = (float)fabs(k * enu[0] - s * enu[1]);
    out[2] = (float)fabs(enu[2]);
    out[3] = (float)fabs(remainder((double)p->heading_rad - (double)t->heading_rad, 2 * M_PI));
}

static void judge(run *r, const look *l, const truth_point *t)
{
    const fusion_pose *p = &l->pose;
    const float limit[] = {p->alert_along_m, p->alert_cross_m, p->alert_vertical_m, p->alert_heading_rad};
    const float level[] = {p->protection_along_m, p->protection_cross_m, p->protection_vertical_m,
                           p->protection_heading_rad};
    float off[DIRECTIONS];
    bool available = true, misleading = false;
    if (!isfinite(level[0]) || !isfinite(level[3]))
        return;
    errors_of(p, t, off);
    for (int i = 0; i < DIRECTIONS; i++) {
        available &= level[i] < limit[i];
        misleading |= off[i] > level[i];
        r->over[i] += !(level[i] < limit[i]);
        r->drive.ratio = fmax(r->drive.ratio, (double)(off[i] / level[i]));
        if (r->count < MOST_SAMPLES) {
            r->level[i][r->count] = level[i];
            r->errors[i][r->count] = off[i];
            r->ratio[i][r->count] = off[i] / level[i];
        }
    }
    r->count += r->count < MOST_SAMPLES;
    r->drive.epochs++;
    r->drive.available += available;
    r->drive.misleading += misleading;
    count_parts(r, l, limit);
}

static void judge_truth(run *r, const truth_point *t)
{
    if ((double)(t->stamp_ns - SIM_BEGIN_NS) * 1e-9 < r->from_s)
        return;
    for (size_t back = 0; back < PENDING && back < r->newest; back++) {
        const look *l = &r->ring[(r->newest - 1 - back) % PENDING];
        if (l->pose.stamp_ns == t->stamp_ns)
            judge(r, l, t);
        if (l->pose.stamp_ns <= t->stamp_ns)
            return;
    }
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double quantile(float *v, size_t n, double p)
{
    qsort(v, n, sizeof *v, by_value);
    return n ? (double)v[(size_t)(p * (double)(n - 1))] : NAN;
}

/* Of what a hypothesis leaves out: the sources' names, and how many kinds of quantities. */
static void name_part(const run *r, const settings *set, int k, char *out, size_t room)
{
    static fusion_status s;
    static const char *const others[] = {"nothing at fault", "held", "the map as a whole"};
    size_t at = 0;
    fusion_get_status(r->core, &s);
    if (k >= PART_FREE) {
        snprintf(out, room, "%s", others[k - PART_FREE]);
        return;
    }
    out[0] = 0;
    for (size_t i = 0; i < set->source_count && at < room; i++) {
        if (s.hypotheses[k].sources >> i & 1u)
            at += (size_t)snprintf(out + at, room - at, "%s ", set->sources[i].name);
    }
    for (uint32_t q = 0; s.hypotheses[k].quantities >> q && at < room; q++) {
        if (s.hypotheses[k].quantities >> q & 1u)
            at += (size_t)snprintf(out + at, room - at, "%s ", verdict_quantity_word((verdict_quantity)q));
    }
}

static void print_parts(const run *r, const settings *set)
{
    static fusion_status s;
    fusion_get_status(r->core, &s);
    const double n = (double)r->all.epochs;
    puts("above its limit                            along  across      up heading    only");
    for (int k = 0; k < PARTS; k++) {
        char name[96];
        if (k >= (int)s.hypothesis_count && k < PART_FREE)
            continue;
        name_part(r, set, k, name, sizeof name);
        printf("%-40s", name);
        for (int i = 0; i < DIRECTIONS; i++)
            printf(" %7.4f", (double)r->above[k][i] / n);
        printf(" %7.4f\n", (double)r->only[k] / n);
    }
    printf("%-40s", "the level as published");
    for (int i = 0; i < DIRECTIONS; i++)
        printf(" %7.4f", (double)r->over[i] / n);
    puts("");
}

static void print_levels(const run *r)
{
    static const char *const names[] = {"along, m", "across, m", "up, m", "heading, deg"};
    puts("level            50 %    90 %    99 %  error 95 %  99.9 %  ratio 99.9 %     max");
    for (int i = 0; i < DIRECTIONS; i++) {
        double unit = i == 3 ? 180 / M_PI : 1;
        printf("%-12s %8.3f %7.3f %7.3f %11.3f %7.3f %13.3f %7.3f\n", names[i],
               unit * quantile(r->level[i], r->count, 0.5), unit * quantile(r->level[i], r->count, 0.9),
               unit * quantile(r->level[i], r->count, 0.99), unit * quantile(r->errors[i], r->count, 0.95),
               unit * quantile(r->errors[i], r->count, 0.999), quantile(r->ratio[i], r->count, 0.999),
               quantile(r->ratio[i], r->count, 1.0));
    }
}

static void print_tally(const char *name, const tally *t)
{
    printf("%-10s available %.4f of %zu, misleading %zu, error over level %.3f\n", name,
           (double)t->available / (double)t->epochs, t->epochs, t->misleading, t->ratio);
    fflush(stdout);
}

static void drive(const sim_scenario *s, uint64_t seed, bool last, run *r)
{
    static sim_item item;
    error e = {""};
    char name[32];
    sim *m = sim_create(s, seed, &e);
    world_map *map = m ? world_map_create(sim_get_world(m)) : NULL;
    if (!m || !map) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    const fusion_sinks sinks = {.context = r, .pose = keep_pose};
    static truth_point late[PENDING]; /* poses come later than their truth */
    size_t head = 0, tail = 0;
    r->core = fusion_create_on_map(sim_settings(m), &sinks, world_map_view(map));
    r->newest = 0;
    r->drive = (tally){.ratio = 0};
    sim_item_kind kind;
    while ((kind = sim_next(m, &item)) != SIM_END) {
        if (kind == SIM_TRUTH)
            late[head++ % PENDING] = item.truth;
        if (kind == SIM_FRAME)
            fusion_push(r->core, &item.frame);
        while (tail < head &&
               (head - tail == PENDING || (r->newest && r->ring[(r->newest - 1) % PENDING].pose.stamp_ns >=
                                                            late[tail % PENDING].stamp_ns)))
            judge_truth(r, &late[tail++ % PENDING]);
    }
    fusion_flush(r->core);
    snprintf(name, sizeof name, "seed %d", (int)seed);
    print_tally(name, &r->drive);
    r->all.epochs += r->drive.epochs;
    r->all.available += r->drive.available;
    r->all.misleading += r->drive.misleading;
    r->all.ratio = fmax(r->all.ratio, r->drive.ratio);
    if (last) {
        print_tally("all", &r->all);
        print_parts(r, sim_settings(m));
        print_levels(r);
    }
    fusion_destroy(r->core);
    world_map_destroy(map);
    sim_destroy(m);
}

int main(int argc, char **argv)
{
    static sim_scenario s;
    static config_problems p;
    static run r;
    const char *without[8];
    int drives = 0, without_count = 0;
    uint64_t first = 1;
    double duration_s = NAN;
    for (int i = 1; i < argc - 1; i++) {
        if (strcmp(argv[i], "--without") == 0 && without_count < 8)
            without[without_count++] = argv[++i];
        else if (strcmp(argv[i], "--first") == 0)
            first = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--duration") == 0)
            duration_s = atof(argv[++i]);
        else if (strcmp(argv[i], "--from") == 0)
            r.from_s = atof(argv[++i]);
        else
            drives = atoi(argv[i]);
    }
    if (argc < 3 || drives < 1)
        return 2;
    if (!sim_scenario_load(&s, argv[argc - 1], &p)) {
        config_problems_print(stderr, &p);
        return 1;
    }
    for (int i = 0; i < without_count; i++)
        (void)sim_scenario_without(&s, without[i]);
    if (isfinite(duration_s))
        s.duration_s = duration_s;
    for (int i = 0; i < DIRECTIONS; i++) {
        r.level[i] = calloc(MOST_SAMPLES, sizeof(float));
        r.errors[i] = calloc(MOST_SAMPLES, sizeof(float));
        r.ratio[i] = calloc(MOST_SAMPLES, sizeof(float));
    }
    for (int k = 0; k < drives; k++)
        drive(&s, first + (uint64_t)k, k == drives - 1, &r);
    for (int i = 0; i < DIRECTIONS; i++) {
        free(r.level[i]);
        free(r.errors[i]);
        free(r.ratio[i]);
    }
    return 0;
}
