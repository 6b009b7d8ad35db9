/*
 * bench_merge ROWS SHARDS COLUMNS [DIR]: how long shards take to become one table, and how large it is. Rows
 * of an integer key and random numbers, as a campaign's are; files below DIR (default /tmp), synchronised to
 * disk as usual.
 */
#include "campaign/shard.h"
#include "campaign/shard_merge.h"
#include "common/clock.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "bench_merge: %s\n", what);
    exit(1);
}

static sqlite3 *open_table(const char *path, unsigned columns)
{
    sqlite3 *db;
    char *sql;
    size_t size;
    FILE *f = open_memstream(&sql, &size);
    fputs("CREATE TABLE run (run INTEGER PRIMARY KEY", f);
    for (unsigned i = 0; i < columns; i++)
        fprintf(f, ", value%u REAL", i);
    fputs(")", f);
    fclose(f);
    must(sqlite3_open(path, &db) == SQLITE_OK && sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, path);
    free(sql);
    return db;
}

static void fill(sqlite3 *db, shard s, unsigned rows, unsigned columns)
{
    sqlite3_stmt *insert;
    char sql[4096] = "INSERT INTO run VALUES (?";
    for (unsigned i = 0; i < columns; i++)
        strcat(sql, ", ?");
    strcat(sql, ")");
    must(sqlite3_prepare_v2(db, sql, -1, &insert, NULL) == SQLITE_OK, sql);
    sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
    for (unsigned run = s.index - 1; run < rows; run += s.count) {
        sqlite3_bind_int64(insert, 1, run);
        for (unsigned i = 0; i < columns; i++)
            sqlite3_bind_double(insert, (int)i + 2, drand48());
        must(sqlite3_step(insert) == SQLITE_DONE, sqlite3_errmsg(db));
        sqlite3_reset(insert);
    }
    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    sqlite3_finalize(insert);
}

static void make_shards(const char *dir, unsigned rows, unsigned shards, unsigned columns)
{
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/shards", dir);
    must(mkdir(path, 0700) == 0, path);
    for (unsigned i = 1; i <= shards; i++) {
        const shard s = {i, shards};
        must(shard_path(dir, s, SHARD_FINISHED, path, NULL), dir);
        sqlite3 *db = open_table(path, columns);
        fill(db, s, rows, columns);
        sqlite3_close(db);
    }
}

int main(int argc, char **argv)
{
    char dir[PATH_MAX], path[PATH_MAX + 32];
    shard_merge_result r;
    error e = {""};
    if (argc < 4)
        return 2;
    unsigned rows = (unsigned)atoi(argv[1]), shards = (unsigned)atoi(argv[2]),
             columns = (unsigned)atoi(argv[3]);
    must(columns <= 1000, "at most 1000 columns");
    snprintf(dir, sizeof dir, "%s/bench-merge-XXXXXX", argc > 4 ? argv[4] : "/tmp");
    must(mkdtemp(dir), dir);
    make_shards(dir, rows, shards, columns);
    snprintf(path, sizeof path, "%s/campaign.sqlite", dir);
    sqlite3 *db = open_table(path, columns);
    double start_s = clock_s(CLOCK_MONOTONIC), cpu_s = clock_s(CLOCK_PROCESS_CPUTIME_ID);
    must(shard_merge(db, "run", NULL, dir, &r, &e) && r.rows == rows, e.text);
    double wall_s = clock_s(CLOCK_MONOTONIC) - start_s;
    cpu_s = clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu_s;
    sqlite3_close(db);
    struct stat s;
    struct rusage use;
    must(stat(path, &s) == 0, path);
    getrusage(RUSAGE_SELF, &use);
    printf("%u rows of %u numbers out of %u shards: %.2f s (processor %.2f s), %.0f rows/s; table %.1f MB, "
           "%.0f bytes a "
           "row; peak memory %.0f MB\n",
           rows, columns, shards, wall_s, cpu_s, rows / wall_s, 1e-6 * (double)s.st_size,
           (double)s.st_size / rows, (double)use.ru_maxrss / 1024);
    char command[PATH_MAX + 16];
    snprintf(command, sizeof command, "rm -r '%s'", dir);
    return system(command) == 0 ? 0 : 1;
}
