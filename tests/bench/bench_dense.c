/*
 * bench_dense DRIVE: how long the textbook's filter takes for as many predictions and updates as the core
 * does over a drive, over as many states. For bench_replay.py: prints JSON.
 */
#include "tests/bench/play.h"
#include "tests/bench/rig.h"
#include "tests/bench/sample.h"
#include "tests/bench/textbook.h"

#include <stdio.h>
#include <stdlib.h>

/* Between two copies of the state: what a filter without a drive may run away in. */
enum { STEPS = 64 };

static const double lever[3] = {1.2, 0.3, 1.5};

/* The states beyond those of the rig are like its own, and independent. */
static void widen(textbook *t, int n)
{
    int had = t->n;
    for (int i = n - 1; i >= 0; i--) {
        for (int j = n - 1; j >= 0; j--)
            t->p[i * n + j] = i < had && j < had ? t->p[i * had + j] : i == j ? 0.01 : 0.0;
    }
    t->n = n;
}

static double time_predictions(textbook *t, const textbook *start, const inertial_input *input, long count)
{
    double from_ns = bench_now_ns();
    for (long i = 0; i < count; i++) {
        if (i % STEPS == 0)
            *t = *start;
        textbook_predict(t, input, 0.005);
    }
    return 1e-9 * (bench_now_ns() - from_ns);
}

static double time_updates(textbook *t, const textbook *start, int dim, int first_state, long count)
{
    double from_ns = bench_now_ns();
    for (long i = 0; i < count; i++) {
        if (i % STEPS == 0)
            *t = *start;
        textbook_update(t, dim, first_state, start->position, lever, 0.3, 1e9);
    }
    return 1e-9 * (bench_now_ns() - from_ns);
}

static void report(const play_tally *t, const rig *r, textbook *work, textbook *start)
{
    textbook_take(start, &r->core->f);
    if (t->states > start->n)
        widen(start, t->states);
    double predict_s = time_predictions(work, start, &r->input, t->predictions), update_s = 0.0;
    for (int dim = 1; dim <= 3; dim++)
        update_s += time_updates(work, start, dim, r->gnss->first_state, t->updates[dim]);
    printf("{\"states\": %d, \"frames\": %ld, \"duration_s\": %.6f, \"predictions\": %ld, "
           "\"updates\": %ld, \"rejected\": %ld, \"predict_s\": %.6f, \"update_s\": %.6f}\n",
           t->states, t->frames, t->duration_s, t->predictions, t->updates[1] + t->updates[2] + t->updates[3],
           t->rejected, predict_s, update_s);
}

int main(int argc, char **argv)
{
    error e = {""};
    play_tally t;
    rig r = {0};
    textbook *work = malloc(sizeof *work), *start = malloc(sizeof *start);
    int code = 1;
    if (argc != 2)
        fputs("usage: bench_dense DRIVE\n", stderr);
    else if (!work || !start || !rig_open(&r))
        fputs("bench_dense: out of memory\n", stderr);
    else if (!play_drive(argv[1], NULL, NULL, &t, &e))
        fprintf(stderr, "bench_dense: %s\n", e.text);
    else
        code = 0;
    if (code == 0)
        report(&t, &r, work, start);
    rig_close(&r);
    free(work);
    free(start);
    return code;
}
