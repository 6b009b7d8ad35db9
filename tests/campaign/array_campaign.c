/*
 * array_campaign: a campaign whose runs cost nothing but time, for the tests of job arrays.
 *
 *   array_campaign campaign RUNS:MILLISECONDS --output DIR [--shard I/N | --slurm N [--no-wait]
 * [SBATCH-OPTION...]]
 *
 * Without more it does all runs here. Prints "ran R" for each run. Exit code 0: complete, 1: trouble, 3: runs
 * are missing, 4: in the queue.
 */
#include "campaign/shard_merge.h"
#include "campaign/shard_work.h"
#include "campaign/slurm.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    unsigned runs, cost_ms;
    const char *dir;
    char table[PATH_MAX];
} toy;

static bool execute(sqlite3 *db, const char *sql, error *e)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           error_set(e, "%s: %s", sql, sqlite3_errmsg(db));
}

static sqlite3 *open_table(const char *path, error *e)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_busy_timeout(db, 10000) != SQLITE_OK ||
        !execute(db, "CREATE TABLE IF NOT EXISTS run (run INTEGER PRIMARY KEY, error_m REAL)", e)) {
        error_set(e, "%s: %s", path, sqlite3_errmsg(db));
        sqlite3_close(db);
        return NULL;
    }
    return db;
}

/* have[run] = true for each row. */
static bool load(sqlite3 *db, bool have[], unsigned runs)
{
    sqlite3_stmt *rows;
    if (sqlite3_prepare_v2(db, "SELECT run FROM run", -1, &rows, NULL) != SQLITE_OK)
        return false;
    while (sqlite3_step(rows) == SQLITE_ROW) {
        if (sqlite3_column_int64(rows, 0) < runs)
            have[sqlite3_column_int64(rows, 0)] = true;
    }
    return sqlite3_finalize(rows) == SQLITE_OK;
}

static bool load_file(const char *path, bool have[], unsigned runs, error *e)
{
    sqlite3 *db = open_table(path, e);
    bool good = db && load(db, have, runs);
    sqlite3_close(db);
    return good;
}

static bool do_run(const toy *t, sqlite3 *db, unsigned run, error *e)
{
    char sql[100];
    nanosleep(&(struct timespec){t->cost_ms / 1000, t->cost_ms % 1000 * 1000000L}, NULL);
    snprintf(sql, sizeof sql, "INSERT INTO run VALUES (%u, %.17g)", run, 1.0 / (run + 1));
    printf("ran %u\n", run);
    fflush(stdout);
    return execute(db, sql, e);
}

/* As shard_runner; a shard 0/0 is everything. */
static bool do_shard(void *context, shard s, const char *path, error *e)
{
    const toy *t = context;
    bool *have = calloc(t->runs, sizeof *have);
    sqlite3 *db = have && load_file(t->table, have, t->runs, e) ? open_table(path, e) : NULL;
    bool good = db && load(db, have, t->runs);
    for (unsigned run = 0; good && run < t->runs; run++) {
        if (shard_owns(s, run) && !have[run])
            good = do_run(t, db, run, e);
    }
    sqlite3_close(db);
    free(have);
    return good;
}

static bool collect(void *context, error *e)
{
    const toy *t = context;
    shard_merge_result r;
    sqlite3 *db = open_table(t->table, e);
    bool good = db && shard_merge(db, "run", NULL, t->dir, &r, e);
    sqlite3_close(db);
    return good;
}

static bool count_missing(void *context, uint32_t shard_count, uint32_t missing[], error *e)
{
    const toy *t = context;
    bool *have = calloc(t->runs, sizeof *have);
    bool good = have && load_file(t->table, have, t->runs, e);
    for (unsigned run = 0; good && run < t->runs; run++)
        missing[run % shard_count] += !have[run];
    free(have);
    return good;
}

static int run_array(toy *t, int argc, char **argv, error *e)
{
    char program[PATH_MAX] = "";
    slurm_options o = {.wait = true};
    if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
        return 1;
    if (argc > 7 && strcmp(argv[7], "--no-wait") == 0)
        o.wait = false;
    int first = o.wait ? 7 : 8;
    o.request = (slurm_request){{program, argv[2], t->dir, (uint32_t)atoi(argv[6]), 0},
                                "array of drives",
                                (const char *const *)&argv[first],
                                (size_t)(argc - first)};
    static const int codes[] = {
        [SLURM_COMPLETE] = 0, [SLURM_QUEUED] = 4, [SLURM_INCOMPLETE] = 3, [SLURM_TROUBLE] = 1};
    return codes[slurm_run(&o, &(slurm_campaign){t, collect, count_missing}, e)];
}

int main(int argc, char **argv)
{
    toy t = {0, 0, argc > 4 ? argv[4] : "", ""};
    shard s;
    error e = {""};
    int code = 1;
    if (argc < 5 || sscanf(argv[2], "%u:%u", &t.runs, &t.cost_ms) != 2)
        return 2;
    snprintf(t.table, sizeof t.table, "%s/table.sqlite", t.dir);
    if (argc == 5)
        code = !do_shard(&t, (shard){0, 0}, t.table, &e);
    else if (strcmp(argv[5], "--slurm") == 0 && argc > 6)
        code = run_array(&t, argc, argv, &e);
    else if (shard_parse(argv[argc - 1], &s, &e))
        code = !shard_work(t.dir, s, do_shard, &t, &e);
    if (e.text[0])
        fprintf(stderr, "array_campaign: %s\n", e.text);
    return code;
}
