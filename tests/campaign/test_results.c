/*
 * Reading a campaign's table: what is there, what is absent, and what is no campaign.
 */
#include "campaign/results.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_database(const char *path, const char *sql)
{
    sqlite3 *db;
    unlink(path);
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

static const char table_sql[] = "CREATE TABLE run ("
#define INTEGER(name, meaning) #name " INTEGER, "
#define REAL(name, unit, meaning) #name " REAL, "
#define TEXT(name, size, meaning) #name " TEXT, "
#include "campaign/columns.def"
#undef INTEGER
#undef REAL
#undef TEXT
                                "more TEXT);"
                                "INSERT INTO run (run, scenario, nees) VALUES (5, 'b', 2.5), (2, 'a', NULL);";

START_TEST (reads_what_is_there) {
    char path[] = "/tmp/posed-results-XXXXXX", sql[8192];
    results r;
    error e = {""};
    close(mkstemp(path));
    snprintf(sql, sizeof sql,
             "%sCREATE TABLE meta (key TEXT, value TEXT);"
             "INSERT INTO meta VALUES ('name', 'night'), ('command', 'posed campaign --jobs 2 sim/x.yaml -o "
             "out');",
             table_sql);
    write_database(path, sql);
    ck_assert_msg(results_read(&r, path, &e), "%s", e.text);
    ck_assert_uint_eq(r.count, 2);
    ck_assert(r.rows[0].run == 2 && r.rows[1].run == 5 && isnan(r.rows[0].nees) && r.rows[1].nees == 2.5);
    ck_assert(r.rows[0].hazardous == -1 && strcmp(r.rows[1].scenario, "b") == 0 &&
              strcmp(r.rows[0].trouble, "") == 0);
    ck_assert_str_eq(r.name, "night");
    ck_assert_str_eq(r.plan_path, "sim/x.yaml");
    ck_assert_str_eq(r.version, "");
    results_finish(&r);
    unlink(path);
}
END_TEST

START_TEST (refuses_what_is_no_campaign) {
    char path[] = "/tmp/posed-results-XXXXXX";
    const char *const sql[] = {"CREATE TABLE other (x)", "CREATE TABLE run (run, scenario)"};
    const char *const words[] = {"no such table", "no such column"};
    close(mkstemp(path));
    for (size_t i = 0; i < 2; i++) {
        results r;
        error e = {""};
        write_database(path, sql[i]);
        ck_assert(!results_read(&r, path, &e));
        ck_assert_msg(strstr(e.text, words[i]), "%s", e.text);
        results_finish(&r);
    }
    unlink(path);
    results r;
    error e = {""};
    ck_assert(!results_read(&r, path, &e) && strstr(e.text, "there is no campaign"));
    results_finish(&r);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("all");
    tcase_add_test(c, reads_what_is_there);
    tcase_add_test(c, refuses_what_is_no_campaign);
    return run_cases("results", c);
}
