/*
 * The table: rows as they went in, resumed, of one plan only, merged from shards; and histograms as text.
 */
#include "campaign/shard.h"
#include "campaign/table.h"
#include "tests/campaign/plan_text.h"
#include "tests/scratch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS = 20 };

static char dir[SCRATCH_SIZE], path[PATH_MAX];
static campaign_plan *plan, *other;
static campaign_row *row;
static error e;

static void setup(void)
{
    make_directory(dir);
    ck_assert(campaign_table_path(dir, path, NULL));
    plan = load_plan("scenarios: [../scenarios/town.yaml]\nseeds: 20\n");
    other = load_plan("scenarios: [../scenarios/town.yaml]\nseeds: 21\n");
    row = calloc(1, sizeof *row);
    e.text[0] = '\0';
}

static void teardown(void)
{
    remove_directory(dir);
    campaign_plan_destroy(plan);
    campaign_plan_destroy(other);
    free(row);
}

static campaign_table *open_table(const char *file, table_kind kind)
{
    campaign_table *t = campaign_table_open(file, kind, plan, "posed campaign it's", &e);
    ck_assert_msg(t, "%s", e.text);
    return t;
}

static void insert(campaign_table *t, int run)
{
    campaign_row_clear(row);
    row->run = run;
    row->horizontal_rmse_m = 0.1 * run;
    snprintf(row->scenario, sizeof row->scenario, "town");
    ck_assert_msg(campaign_table_insert(t, row, &e), "%s", e.text);
}

/* The one value that the SQL yields, as text. */
static const char *ask(const char *sql)
{
    static char text[200];
    sqlite3 *db;
    sqlite3_stmt *s;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
    ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
    const char *value = (const char *)sqlite3_column_text(s, 0);
    snprintf(text, sizeof text, "%s", value ? value : "NULL");
    sqlite3_finalize(s);
    sqlite3_close(db);
    return text;
}

/* Values that are all there, to the last bit; what does not apply is NULL or -1. */
START_TEST (columns) {
    campaign_table *t = open_table(path, TABLE_LOCAL);
    insert(t, 3);
    row->run = 4;
    row->nees = 1.0 / 3;
    row->detected = 1;
    strcpy(row->false_alarm_names, "a'b \"c\", d");
    ck_assert(campaign_table_insert(t, row, &e));
    campaign_table_close(t);
    ck_assert_str_eq(ask("SELECT nees FROM run WHERE run = 3"), "NULL");
    ck_assert_str_eq(ask("SELECT detected FROM run WHERE run = 3"), "-1");
    ck_assert_str_eq(ask("SELECT trouble = '' FROM run WHERE run = 3"), "1");
    /* To the last bit; printed, SQLite would show a digit less where long doubles are short (valgrind's). */
    ck_assert_str_eq(ask("SELECT nees = 1.0 / 3 FROM run WHERE run = 4"), "1");
    ck_assert_str_eq(ask("SELECT detected FROM run WHERE run = 4"), "1");
    ck_assert_str_eq(ask("SELECT false_alarm_names FROM run WHERE run = 4"), "a'b \"c\", d");
    ck_assert_uint_eq(strtoul(ask("SELECT count(*) FROM pragma_table_info('run')"), NULL, 10),
                      campaign_column_count);
    for (size_t i = 0; i < campaign_column_count; i++) {
        char sql[200];
        snprintf(sql, sizeof sql, "SELECT name FROM pragma_table_info('run') WHERE cid = %zu", i);
        ck_assert_str_eq(ask(sql), campaign_columns[i].name);
    }
}
END_TEST

START_TEST (says_what_it_is_of) {
    campaign_table_close(open_table(path, TABLE_LOCAL));
    ck_assert_str_eq(ask("SELECT value FROM meta WHERE key = 'name'"), "test");
    ck_assert_str_eq(ask("SELECT value FROM meta WHERE key = 'hash'"), campaign_plan_hash(plan));
    ck_assert_str_eq(ask("SELECT value FROM meta WHERE key = 'version'"), POSED_VERSION);
    ck_assert_str_eq(ask("SELECT value FROM meta WHERE key = 'command'"), "posed campaign it's");
    ck_assert_str_eq(ask("SELECT value FROM meta WHERE key = 'plan'"),
                     "scenarios: [../scenarios/town.yaml]\nseeds: 20\n");
}
END_TEST

START_TEST (goes_on) {
    bool have[RUNS] = {false};
    uint64_t rows, troubled;
    campaign_table *t = open_table(path, TABLE_LOCAL);
    insert(t, 3);
    insert(t, 30); /* beyond what is asked for now */
    campaign_table_close(t);
    t = open_table(path, TABLE_SHARED);
    insert(t, 3); /* it stays as it was */
    row->run = 5;
    strcpy(row->trouble, "it broke");
    ck_assert(campaign_table_insert(t, row, &e));
    ck_assert(campaign_table_have(t, have, RUNS, &e));
    ck_assert(campaign_table_count(t, RUNS, &rows, &troubled, &e));
    ck_assert_uint_eq(rows, 2);
    ck_assert_uint_eq(troubled, 1);
    for (int i = 0; i < RUNS; i++)
        ck_assert_int_eq(have[i], i == 3 || i == 5);
    campaign_table_close(t);
}
END_TEST

/* A row that insert has returned from outlives the process, however that ends. */
START_TEST (killed) {
    bool have[RUNS] = {false};
    for (int run = 0; run < RUNS; run += 4) {
        pid_t child = fork();
        if (child == 0) {
            campaign_table *t = open_table(path, run % 8 ? TABLE_LOCAL : TABLE_SHARED);
            insert(t, run);
            raise(SIGKILL);
        }
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
    }
    campaign_table *t = open_table(path, TABLE_LOCAL);
    ck_assert(campaign_table_have(t, have, RUNS, &e));
    campaign_table_close(t);
    for (int i = 0; i < RUNS; i++)
        ck_assert_int_eq(have[i], i % 4 == 0);
}
END_TEST

START_TEST (other_plan) {
    bool have[RUNS] = {false};
    campaign_table_close(open_table(path, TABLE_LOCAL));
    ck_assert(!campaign_table_open(path, TABLE_LOCAL, other, "", &e));
    ck_assert_msg(strstr(e.text, "is of another plan"), "%s", e.text);
    e.text[0] = '\0';
    ck_assert(!campaign_table_peek(path, other, have, RUNS, &e));
    ck_assert_msg(strstr(e.text, "is of another plan"), "%s", e.text);
}
END_TEST

START_TEST (other_version) {
    campaign_table_close(open_table(path, TABLE_LOCAL));
    ask("SELECT 1");
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(
        sqlite3_exec(db, "UPDATE meta SET value = '0.0.7' WHERE key = 'version'", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    ck_assert(!campaign_table_open(path, TABLE_LOCAL, plan, "", &e));
    ck_assert_msg(strstr(e.text, "was made by posed 0.0.7"), "%s", e.text);
}
END_TEST

START_TEST (not_a_table) {
    FILE *out = fopen(path, "w");
    ck_assert(out);
    for (int i = 0; i < 1000; i++)
        fputs("this is no table\n", out);
    fclose(out);
    ck_assert(!campaign_table_open(path, TABLE_LOCAL, plan, "", &e));
    ck_assert_msg(strstr(e.text, "not a database"), "%s", e.text);
}
END_TEST

/* What is not there has no rows, and is not made. */
START_TEST (peek_at_nothing) {
    bool have[RUNS] = {false};
    ck_assert(campaign_table_peek(path, plan, have, RUNS, &e));
    ck_assert_int_ne(access(path, F_OK), 0);
    fclose(fopen(path, "w"));
    ck_assert(campaign_table_peek(path, plan, have, RUNS, &e));
}
END_TEST

static void make_shard(shard s, const campaign_plan *of)
{
    char file[PATH_MAX];
    bool busy;
    int lock = shard_take(dir, s, 0, &busy, &e);
    ck_assert_int_ge(lock, 0);
    ck_assert(shard_path(dir, s, SHARD_FINISHED, file, &e));
    campaign_table *t = campaign_table_open(file, TABLE_SHARED, of, "", &e);
    ck_assert(t);
    for (int run = 0; run < RUNS; run++) {
        if (shard_owns(s, (uint64_t)run))
            insert(t, run);
    }
    campaign_table_close(t);
    close(lock);
}

START_TEST (merges) {
    shard_merge_result r;
    uint64_t rows, troubled;
    make_shard((shard){1, 3}, plan);
    make_shard((shard){3, 3}, plan);
    campaign_table *t = open_table(path, TABLE_SHARED);
    ck_assert_msg(campaign_table_merge(t, dir, &r, &e), "%s", e.text);
    ck_assert_uint_eq(r.finished, 2);
    ck_assert(campaign_table_count(t, RUNS, &rows, &troubled, &e));
    ck_assert_uint_eq(rows, 7 + 6);
    make_shard((shard){2, 3}, other);
    ck_assert(!campaign_table_merge(t, dir, &r, &e));
    ck_assert_msg(strstr(e.text, "another campaign"), "%s", e.text);
    campaign_table_close(t);
}
END_TEST

/* ---- rows ---- */

START_TEST (bins) {
    static const struct {
        double value;
        int bin;
    } rows[] = {{0, -40},  {1e-9, -40}, {1e-4, -40}, {1.3e-4, -39}, {0.999, -1}, {1, 0},
                {1.25, 0}, {1.26, 1},   {10, 10},    {1e4, 40},     {1e9, 40},   {INFINITY, 40}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_msg(campaign_bin(rows[i].value) == rows[i].bin, "%g: %d", rows[i].value,
                      campaign_bin(rows[i].value));
}
END_TEST

START_TEST (histogram) {
    campaign_histogram h = {{0}};
    char text[100], small[12];
    campaign_histogram_text(&h, text, sizeof text);
    ck_assert_str_eq(text, "");
    campaign_histogram_add(&h, 0.15);
    campaign_histogram_add(&h, 2);
    campaign_histogram_add(&h, 2);
    campaign_histogram_add(&h, 1e6);
    campaign_histogram_add(&h, NAN);
    campaign_histogram_text(&h, text, sizeof text);
    ck_assert_str_eq(text, "-9:1 3:2 40:1");
    /* Without room the least are counted together: nothing is lost, and the largest stay as they are. */
    campaign_histogram_text(&h, small, sizeof small);
    ck_assert_str_eq(small, "3:3 40:1");
}
END_TEST

START_TEST (grid) {
    campaign_grid *g = calloc(1, sizeof *g);
    char text[100], small[24];
    campaign_grid_add(g, 0.15, 0.2);
    campaign_grid_add(g, 0.15, 2);
    campaign_grid_add(g, 2, 2);
    campaign_grid_add(g, 3, 1);
    campaign_grid_add(g, 3, 1);
    campaign_grid_add(g, 3, NAN);
    campaign_grid_text(g, text, sizeof text);
    ck_assert_str_eq(text, "-9,-7:1 -9,3:1 3,3:1 4,0:2");
    campaign_grid_text(g, small, sizeof small);
    ck_assert_str_eq(small, "3,-7:1 3,3:2 4,0:2");
    free(g);
}
END_TEST

START_TEST (prints) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    campaign_row_clear(row);
    row->run = 7;
    row->nees = 2.5;
    row->duration_s = 90;
    strcpy(row->scenario, "town");
    ck_assert(campaign_row_print(out, row));
    fclose(out);
    ck_assert_msg(strncmp(text, "run: 7\nscenario: town\nsensors: -\n", 33) == 0, "%s", text);
    ck_assert(strstr(text, "\nduration_s: 90 s\n") && strstr(text, "\nnees: 2.5\n"));
    ck_assert(strstr(text, "\ndetected: -\n") && strstr(text, "\ncoverage95: -\n"));
    free(text);
    out = fopen("/dev/full", "w");
    ck_assert(out && !campaign_row_print(out, row));
    fclose(out);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("table");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, columns);
    tcase_add_test(cases, says_what_it_is_of);
    tcase_add_test(cases, goes_on);
    tcase_add_test(cases, killed);
    tcase_add_test(cases, other_plan);
    tcase_add_test(cases, other_version);
    tcase_add_test(cases, not_a_table);
    tcase_add_test(cases, peek_at_nothing);
    tcase_add_test(cases, merges);
    tcase_add_test(cases, bins);
    tcase_add_test(cases, histogram);
    tcase_add_test(cases, grid);
    tcase_add_test(cases, prints);
    return run_cases("table", cases);
}
