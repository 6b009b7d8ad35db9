/*
 * Shards into one table: what is finished, interrupted, worked on, foreign or damaged; and killed on the way.
 */
#include "campaign/shard.h"
#include "campaign/shard_merge.h"
#include "tests/scratch.h"
#include "tests/suite.h"

#include <check.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[SCRATCH_SIZE];
static sqlite3 *db;
static const char check_sql[] = "SELECT (SELECT name FROM shard.campaign) = (SELECT name FROM main.campaign)";

static void execute(sqlite3 *to, const char *sql)
{
    char *text = NULL;
    sqlite3_exec(to, sql, NULL, NULL, &text);
    ck_assert_msg(!text, "%s: %s", sql, text);
}

static sqlite3 *open_table(const char *path, const char *campaign)
{
    char sql[100];
    sqlite3 *made;
    ck_assert_int_eq(sqlite3_open(path, &made), SQLITE_OK);
    execute(made,
            "PRAGMA synchronous = OFF; CREATE TABLE run (run INTEGER PRIMARY KEY, error_m REAL, text TEXT);"
            "CREATE TABLE campaign (name TEXT)");
    snprintf(sql, sizeof sql, "INSERT INTO campaign VALUES ('%s')", campaign);
    execute(made, sql);
    return made;
}

static const char *path_of(shard s, shard_file kind)
{
    static char path[PATH_MAX];
    ck_assert(shard_path(dir, s, kind, path, NULL));
    return path;
}

/* A shard with its rows among the first `runs`. */
static void make_shard(shard s, shard_file kind, const char *campaign, unsigned runs)
{
    sqlite3 *made;
    bool busy;
    int lock = shard_take(dir, s, 0, &busy, NULL);
    ck_assert_int_ge(lock, 0);
    made = open_table(path_of(s, kind), campaign);
    execute(made, "BEGIN");
    for (unsigned run = 0; run < runs; run++) {
        char sql[100];
        snprintf(sql, sizeof sql, "INSERT INTO run VALUES (%u, %u.5, 'of %u')", run, run, s.index);
        if (shard_owns(s, run))
            execute(made, sql);
    }
    execute(made, "COMMIT");
    sqlite3_close(made);
    close(lock);
}

static int number(const char *sql)
{
    sqlite3_stmt *statement;
    ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    int value = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static void set_up(void)
{
    char path[64];
    make_directory(dir);
    snprintf(path, sizeof path, "%s/campaign.sqlite", dir);
    db = open_table(path, "a");
}

static void tear_down(void)
{
    sqlite3_close(db);
    remove_directory(dir);
}

START_TEST (finished_and_interrupted) {
    shard_merge_result r;
    error e = {""};
    ck_assert(shard_merge(db, "run", check_sql, dir, &r, &e)); /* no shards at all */
    execute(db, "INSERT INTO run VALUES (0, 7, 'was here')");
    make_shard((shard){1, 3}, SHARD_FINISHED, "a", 10);
    make_shard((shard){2, 3}, SHARD_PART, "a", 5);
    ck_assert_msg(shard_merge(db, "run", check_sql, dir, &r, &e), "%s", e.text);
    ck_assert_uint_eq(r.finished, 1);
    ck_assert_uint_eq(r.partial, 1);
    ck_assert_uint_eq(r.busy, 0);
    ck_assert_uint_eq(r.rows, 3 + 2); /* of 0, 3, 6, 9 one was here */
    ck_assert_int_eq(number("SELECT count(*) FROM run"), 6);
    ck_assert_int_eq(number("SELECT text = 'was here' FROM run WHERE run = 0"), 1);
    ck_assert_int_eq(number("SELECT error_m = 4.5 AND text = 'of 2' FROM run WHERE run = 4"), 1);
    ck_assert_int_ne(access(path_of((shard){1, 3}, SHARD_FINISHED), F_OK), 0);
    ck_assert_int_eq(access(path_of((shard){2, 3}, SHARD_PART), F_OK), 0);
    ck_assert(shard_merge(db, "run", check_sql, dir, &r, &e));
    ck_assert_uint_eq(r.rows, 0);
    ck_assert_int_eq(number("SELECT count(*) FROM run"), 6);
}
END_TEST

/* A shard that is held is left alone, by whichever process it is held; when it is let go it is taken. */
START_TEST (worked_on) {
    shard_merge_result r;
    error e = {""};
    bool busy;
    make_shard((shard){1, 2}, SHARD_PART, "a", 4);
    int lock = shard_take(dir, (shard){1, 2}, 0, &busy, &e);
    ck_assert_int_ge(lock, 0);
    ck_assert_int_lt(shard_take(dir, (shard){1, 2}, 0, &busy, &e), 0);
    ck_assert(busy);
    ck_assert_ptr_nonnull(strstr(e.text, "1-of-2.lock: another process works on this shard"));
    e.text[0] = '\0';
    ck_assert_msg(shard_merge(db, "run", check_sql, dir, &r, &e), "%s", e.text);
    ck_assert_uint_eq(r.busy, 1);
    ck_assert_uint_eq(r.rows, 0);
    close(lock);
    ck_assert(shard_merge(db, "run", check_sql, dir, &r, &e));
    ck_assert_uint_eq(r.rows, 2);
}
END_TEST

/* Of a complete campaign only what is held stays, and logs. */
START_TEST (tidied) {
    bool busy;
    FILE *f;
    make_shard((shard){1, 3}, SHARD_PART, "a", 4);
    make_shard((shard){2, 3}, SHARD_PART, "a", 4);
    f = fopen(path_of((shard){1, 3}, SHARD_LOG), "w");
    fclose(f);
    int lock = shard_take(dir, (shard){2, 3}, 0, &busy, NULL);
    shard_tidy(dir);
    ck_assert_int_ne(access(path_of((shard){1, 3}, SHARD_PART), F_OK), 0);
    ck_assert_int_ne(access(path_of((shard){1, 3}, SHARD_LOCK), F_OK), 0);
    ck_assert_int_eq(access(path_of((shard){1, 3}, SHARD_LOG), F_OK), 0);
    ck_assert_int_eq(access(path_of((shard){2, 3}, SHARD_PART), F_OK), 0);
    ck_assert_int_eq(access(path_of((shard){2, 3}, SHARD_LOCK), F_OK), 0);
    close(lock);
}
END_TEST

/* The next one waits for a process that is about to end, and has the shard when it is dead. */
START_TEST (taken_over) {
    bool busy;
    int ready[2];
    char byte;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        if (shard_take(dir, (shard){1, 1}, 0, &busy, NULL) < 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        signal(SIGALRM, SIG_DFL);
        ualarm(300000, 0); /* dies while the other waits */
        pause();
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    int lock = shard_take(dir, (shard){1, 1}, 60, &busy, NULL);
    ck_assert_int_ge(lock, 0);
    close(lock);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

/* What is wrong with one shard is said, and the others are taken all the same. */
START_TEST (foreign_and_damaged) {
    shard_merge_result r;
    error e = {""};
    make_shard((shard){1, 4}, SHARD_FINISHED, "b", 8);
    make_shard((shard){2, 4}, SHARD_FINISHED, "a", 8);
    ck_assert(!shard_merge(db, "run", check_sql, dir, &r, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "1-of-4.sqlite: is of another campaign"));
    ck_assert_uint_eq(r.rows, 2);
    ck_assert_int_eq(access(path_of((shard){1, 4}, SHARD_FINISHED), F_OK), 0);
    unlink(path_of((shard){1, 4}, SHARD_FINISHED));

    FILE *f = fopen(path_of((shard){3, 4}, SHARD_FINISHED), "w");
    fputs("this is no table, but it is long enough that it might have been one: ", f);
    for (int i = 0; i < 100; i++)
        fputs("0123456789", f);
    fclose(f);
    e.text[0] = '\0';
    ck_assert(!shard_merge(db, "run", check_sql, dir, &r, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "3-of-4.sqlite: file is not a database"));
    unlink(path_of((shard){3, 4}, SHARD_FINISHED));

    f = fopen(path_of((shard){4, 4}, SHARD_PART), "w"); /* killed before it had a table */
    fclose(f);
    e.text[0] = '\0';
    ck_assert_msg(shard_merge(db, "run", check_sql, dir, &r, &e), "%s", e.text);
    ck_assert_uint_eq(r.partial, 1);
    ck_assert_uint_eq(r.rows, 0);
}
END_TEST

int main(void)
{
    TCase *all = tcase_create("shard_merge");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, finished_and_interrupted);
    tcase_add_test(all, worked_on);
    tcase_add_test(all, tidied);
    tcase_add_test(all, taken_over);
    tcase_add_test(all, foreign_and_damaged);
    return run_cases("shard_merge", all);
}
