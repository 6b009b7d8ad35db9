/*
 * bench_drives DURATION_S SEEDS SCENARIO...: what a simulated drive costs as a campaign runs it, in one
 * process without files: simulator, fusion core, evaluation. Processor seconds of each and the process's peak
 * memory; on one core.
 */
#include "common/clock.h"
#include "evaluation/evaluation.h"
#include "fusion/fusion.h"
#include "sim/sim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

typedef struct {
    fusion_pose *poses;
    truth_point *truth;
    size_t pose_count, truth_count, capacity;
    mount_settings truth_mount;
    long frames; /* of the last drive */
    double simulate_s, fuse_s, judge_s, drive_s;
} run;

static void keep_pose(void *context, const fusion_pose *p)
{
    run *r = context;
    if (r->pose_count < r->capacity)
        r->poses[r->pose_count++] = *p;
}

/* A drive through the simulator, and through the core unless it is NULL. */
static void stream(sim *m, fusion *core, run *r)
{
    static sim_item item;
    sim_item_kind kind;
    while ((kind = sim_next(m, &item)) != SIM_END) {
        if (kind == SIM_TRUTH && r->truth_count < r->capacity)
            r->truth[r->truth_count++] = item.truth;
        r->frames += kind == SIM_FRAME;
        if (core && kind == SIM_FRAME)
            fusion_push(core, &item.frame);
    }
    if (core)
        fusion_flush(core);
}

static double stream_s(const sim_scenario *s, uint64_t seed, bool with_core, run *r)
{
    error e = {""};
    double start_s = processor_s();
    sim *m = sim_create(s, seed, &e);
    if (!m) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    const fusion_sinks sinks = {.context = r, .pose = keep_pose};
    fusion *core = with_core ? fusion_create(sim_settings(m), &sinks) : NULL;
    r->pose_count = r->truth_count = 0;
    r->frames = 0;
    r->truth_mount = sim_settings(m)->truth;
    stream(m, core, r);
    fusion_destroy(core);
    sim_destroy(m);
    return processor_s() - start_s;
}

/* The core's share is the difference, for frames that wait in memory would be memory that a campaign does not
 * need. */
static void drive_once(const sim_scenario *s, uint64_t seed, run *r)
{
    double simulate_s = stream_s(s, seed, false, r);
    double both_s = stream_s(s, seed, true, r), start_s = processor_s();
    evaluation out;
    evaluate(&(evaluation_input){r->poses, r->pose_count, r->truth, r->truth_count, r->truth_mount, NULL, 0},
             &out, NULL);
    r->judge_s += processor_s() - start_s;
    r->simulate_s += simulate_s;
    r->fuse_s += both_s - simulate_s;
    r->drive_s += s->duration_s;
}

static double measure(const char *path, double duration_s, unsigned seeds)
{
    static sim_scenario s;
    static config_problems p;
    run r = {.capacity = 200000};
    r.poses = calloc(r.capacity, sizeof *r.poses);
    r.truth = calloc(r.capacity, sizeof *r.truth);
    memset(&p, 0, sizeof p);
    if (!r.poses || !r.truth || !sim_scenario_load(&s, path, &p)) {
        config_problems_print(stderr, &p);
        exit(1);
    }
    s.duration_s = duration_s;
    for (unsigned seed = 1; seed <= seeds; seed++)
        drive_once(&s, seed, &r);
    double whole_s = r.simulate_s + r.fuse_s + r.judge_s;
    printf("%-16s %8ld %10.4f %8.4f %8.4f %8.4f %9.0f %9.0f\n", s.name, r.frames, r.simulate_s / seeds,
           r.fuse_s / seeds, r.judge_s / seeds, whole_s / seeds, r.drive_s / r.simulate_s,
           r.drive_s / whole_s);
    free(r.poses);
    free(r.truth);
    return whole_s / seeds;
}

int main(int argc, char **argv)
{
    double sum_s = 0;
    if (argc < 4)
        return 2;
    printf("processor seconds of a drive of %s s, mean of %s\n", argv[1], argv[2]);
    puts("scenario           frames   simulate     fuse    judge    whole  sim x rt  all x rt");
    for (int i = 3; i < argc; i++)
        sum_s += measure(argv[i], atof(argv[1]), (unsigned)atoi(argv[2]));
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf("mean of all: %.4f s a drive; peak memory %.0f MB\n", sum_s / (argc - 3),
           (double)use.ru_maxrss / 1024);
    return 0;
}
