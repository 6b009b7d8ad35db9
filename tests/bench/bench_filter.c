/*
 * bench_filter: what a prediction and a fix cost, beside the textbook's filter over the same states in the
 * same run.
 *
 * bench_filter --count STEP N does N steps and nothing else of note, for a program that counts instructions.
 */
#include "tests/bench/rig.h"
#include "tests/bench/sample.h"
#include "tests/bench/textbook.h"
#include "tests/oracle/oracle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCHES = 1000, SLOW_BATCHES = 200, STEPS = 64, SLOW_STEPS = 8 };

typedef struct {
    rig rig;
    textbook book, saved_book;
    oracle oracle, saved_oracle;
} benches;

/* Nothing is optimized across these, and callgrind can tell them apart. */
#define STEP __attribute__((noipa))

STEP static void book_predict(benches *b)
{
    textbook_predict(&b->book, &b->rig.input, 0.01);
}

STEP static void book_update(benches *b)
{
    static const double lever[3] = {1.2, 0.3, 1.5};
    textbook_update(&b->book, 3, b->rig.gnss->first_state, b->saved_book.position, lever, 0.3, 1e9);
}

STEP static void oracle_step(benches *b)
{
    const filter *f = &b->rig.core->f;
    oracle_predict(&b->oracle, &f->model, f->slow, &b->rig.input, 0.01);
}

/* Its caller writes H in full. */
STEP static void oracle_fix(benches *b)
{
    oracle_measurement m = {.dim = 3, .innovation = {0.1, 0.1, 0.1}};
    int first = b->rig.gnss->first_state;
    for (int i = 0; i < 3; i++) {
        m.h[i][STATE_POSITION + i] = m.h[i][first + i] = 1.0;
        m.h[i][STATE_VELOCITY + i] = -0.1;
        m.h[i][STATE_ATTITUDE + (i + 1) % 3] = 1.2;
        m.h[i][STATE_ATTITUDE + (i + 2) % 3] = -1.2;
        m.h[i][first + GNSS_LATENCY] = -b->oracle.x.velocity[i];
        m.r[i][i] = 0.09;
    }
    oracle_weigh(&b->oracle, &m, 1e9);
    oracle_fuse(&b->oracle, &m, 0);
}

STEP static void fast_predict(benches *b)
{
    rig_predict(&b->rig);
}

STEP static void fast_update(benches *b)
{
    rig_update(&b->rig);
}

STEP static void fast_fuse(benches *b)
{
    rig_fuse(&b->rig);
}

static const struct bench_step {
    const char *name; /* for --count */
    void (*run)(benches *b);
    int batches, steps;
    int reference; /* row that is compared with this one */
    const char *what, *target;
} steps[] = {
    {"predict", fast_predict, BATCHES, STEPS, 0, "prediction: state and covariance", "<= 250 ns"},
    {"book-predict", book_predict, SLOW_BATCHES, SLOW_STEPS, 0, "  textbook, dense, double", ">= 6 x"},
    {"oracle-predict", oracle_step, SLOW_BATCHES, SLOW_STEPS, 0, "  the oracle of the tests", ""},
    {"update", fast_update, BATCHES, STEPS, 3, "3-D fix: Jacobian, gate, update", "<= 250 ns"},
    {"fuse", fast_fuse, BATCHES, STEPS, 3, "  gate and update of it alone", ""},
    {"book-update", book_update, SLOW_BATCHES, SLOW_STEPS, 3, "  textbook, dense, double", ">= 4 x"},
    {"oracle-update", oracle_fix, SLOW_BATCHES, SLOW_STEPS, 3, "  the oracle of the tests", ""},
};
enum { STEP_COUNT = sizeof steps / sizeof *steps };

static void restore(benches *b)
{
    rig_restore(&b->rig);
    b->book = b->saved_book;
    b->oracle = b->saved_oracle;
}

static bool open_benches(benches *b)
{
    if (!rig_open(&b->rig))
        return false;
    const filter *f = &b->rig.core->f;
    textbook_take(&b->saved_book, f);
    oracle *o = &b->saved_oracle;
    oracle_init(o, f->p.n, f->earth_rotation);
    for (int i = 0; i < 3; i++) {
        o->x.position[i] = f->position_ecef_m[i];
        o->x.velocity[i] = f->velocity_ecef_mps[i];
    }
    memcpy(o->x.r, f->r_b_ecef, sizeof o->x.r);
    for (int i = 0; i < f->p.n; i++) {
        for (int j = 0; j < f->p.n; j++)
            o->p.at[i][j] = (double)covariance_at(&f->p, i, j);
    }
    oracle_place(o);
    restore(b);
    return true;
}

static void run_steps(benches *b, const struct bench_step *s, int count)
{
    for (int i = 0; i < count; i++)
        s->run(b);
}

/* The batches of all rows take turns, so that what disturbs the machine disturbs all. */
static void measure(benches *b, samples *taken)
{
    for (int batch = 0; batch < BATCHES; batch++) {
        for (int i = 0; i < STEP_COUNT; i++) {
            const struct bench_step *s = &steps[i];
            if (batch % (BATCHES / s->batches) != 0)
                continue;
            restore(b);
            run_steps(b, s, 2); /* warm */
            double start = bench_now_ns();
            run_steps(b, s, s->steps);
            samples_add(&taken[i], (bench_now_ns() - start) / s->steps);
        }
    }
}

static int run_table(benches *b)
{
    char title[80];
    spread s[STEP_COUNT];
    samples *taken = calloc(STEP_COUNT, sizeof *taken);
    if (!taken)
        return 1;
    measure(b, taken);
    snprintf(title, sizeof title, "filter, %d states", b->rig.core->f.p.n);
    table_head(title);
    for (int i = 0; i < STEP_COUNT; i++) {
        s[i] = samples_spread(&taken[i]);
        double ratio = i == steps[i].reference ? NAN : s[i].median / s[steps[i].reference].median;
        table_row(steps[i].what, s[i], "ns", ratio, steps[i].target);
    }
    free(taken);
    return 0;
}

static int run_count(benches *b, const char *name, long count)
{
    for (int i = 0; i < STEP_COUNT; i++) {
        if (strcmp(steps[i].name, name) != 0)
            continue;
        for (long k = 0; k < count; k++) {
            if (k % STEPS == 0)
                restore(b);
            steps[i].run(b);
        }
        return 0;
    }
    fprintf(stderr, "no such step: %s\n", name);
    return 2;
}

int main(int argc, char **argv)
{
    benches *b = calloc(1, sizeof *b);
    if (!b || !open_benches(b)) {
        fputs("the filter did not start\n", stderr);
        return 1;
    }
    int code = argc == 4 && strcmp(argv[1], "--count") == 0 ? run_count(b, argv[2], strtol(argv[3], NULL, 10))
                                                            : run_table(b);
    rig_close(&b->rig);
    free(b);
    return code;
}
