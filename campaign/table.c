#include "campaign/table.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Others hold the lock for a row, or for the merge of a shard. */
enum { BUSY_MS = 60000 };

struct campaign_table {
    sqlite3 *db;
    sqlite3_stmt *insert;
    table_kind kind;
    char path[PATH_MAX];
};

static const char same_campaign[] =
    "SELECT count(*) = 2 FROM main.meta AS a JOIN shard.meta AS b ON a.key = b.key AND a.value = b.value "
    "WHERE a.key IN ('hash', 'version')";

bool campaign_table_path(const char *dir, char path[PATH_MAX], error *e)
{
    int n = snprintf(path, PATH_MAX, "%s/" CAMPAIGN_TABLE_FILE, dir);
    return (n > 0 && n < PATH_MAX) || error_set(e, "%.200s...: the name is too long", dir);
}

static bool fail(const campaign_table *t, error *e)
{
    return error_set(e, "%s: %s", t->path, sqlite3_errmsg(t->db));
}

static bool execute(campaign_table *t, const char *sql, error *e)
{
    return sqlite3_exec(t->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail(t, e);
}

/* ---- what campaign it is of ---- */

static bool put_meta(campaign_table *t, const char *key, const char *value, error *e)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(t->db, "INSERT INTO meta VALUES (?, ?)", -1, &s, NULL) != SQLITE_OK)
        return fail(t, e);
    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, value, -1, SQLITE_STATIC);
    sqlite3_step(s);
    return sqlite3_finalize(s) == SQLITE_OK || fail(t, e);
}

/* "" when it does not say. */
static bool get_meta(campaign_table *t, const char *key, char *value, size_t size, error *e)
{
    sqlite3_stmt *s;
    value[0] = '\0';
    if (sqlite3_prepare_v2(t->db, "SELECT value FROM meta WHERE key = ?", -1, &s, NULL) != SQLITE_OK)
        return fail(t, e);
    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0))
        snprintf(value, size, "%s", (const char *)sqlite3_column_text(s, 0));
    return sqlite3_finalize(s) == SQLITE_OK || fail(t, e);
}

static bool is_same(campaign_table *t, const campaign_plan *plan, error *e)
{
    char name[PLAN_NAME_SIZE], hash[64], version[64];
    if (!get_meta(t, "name", name, sizeof name, e) || !get_meta(t, "hash", hash, sizeof hash, e) ||
        !get_meta(t, "version", version, sizeof version, e))
        return false;
    if (strcmp(hash, campaign_plan_hash(plan)) != 0)
        return error_set(e,
                         "%s: is of another plan (%s %s, not %s %s): take another directory. Its plan: "
                         "sqlite3 %s \"SELECT value FROM meta WHERE key = 'plan'\"",
                         t->path, name, hash, campaign_plan_name(plan), campaign_plan_hash(plan), t->path);
    if (strcmp(version, POSED_VERSION) != 0)
        return error_set(e, "%s: was made by posed %s, and this is %s: rows of both are not one table",
                         t->path, version, POSED_VERSION);
    return true;
}

/* ---- making it ---- */

static char *create_sql(void)
{
    static const char *const types[] = {
        [COLUMN_INTEGER] = "INTEGER", [COLUMN_REAL] = "REAL", [COLUMN_TEXT] = "TEXT NOT NULL"};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    fputs("CREATE TABLE run (", out);
    for (size_t i = 0; i < campaign_column_count; i++)
        fprintf(out, "%s%s %s%s", i > 0 ? ", " : "", campaign_columns[i].name,
                types[campaign_columns[i].type], i == 0 ? " PRIMARY KEY" : "");
    fputs(")", out);
    fclose(out);
    return text;
}

/* All of it or nothing. */
static bool create(campaign_table *t, const campaign_plan *plan, const char *command, error *e)
{
    size_t size;
    char *sql = create_sql();
    bool good = (sql || error_set(e, "out of memory")) &&
                execute(t, "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)", e) &&
                execute(t, sql, e) && put_meta(t, "name", campaign_plan_name(plan), e) &&
                put_meta(t, "plan", campaign_plan_text(plan, &size), e) &&
                put_meta(t, "hash", campaign_plan_hash(plan), e) &&
                put_meta(t, "version", POSED_VERSION, e) && put_meta(t, "command", command, e);
    free(sql);
    return good;
}

static bool has_table(campaign_table *t, bool *has, error *e)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(t->db, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'run'", -1, &s,
                           NULL) != SQLITE_OK)
        return fail(t, e);
    *has = sqlite3_step(s) == SQLITE_ROW;
    return sqlite3_finalize(s) == SQLITE_OK || fail(t, e);
}

static bool make(campaign_table *t, const campaign_plan *plan, const char *command, error *e)
{
    bool has = false;
    if (!execute(t, "BEGIN IMMEDIATE", e))
        return false;
    bool good = has_table(t, &has, e) && (has ? is_same(t, plan, e) : create(t, plan, command, e));
    return good && execute(t, "COMMIT", e);
}

static bool prepare_insert(campaign_table *t, error *e)
{
    char sql[2048];
    size_t used = (size_t)snprintf(sql, sizeof sql, "INSERT OR IGNORE INTO run VALUES (?");
    for (size_t i = 1; i < campaign_column_count; i++)
        used += (size_t)snprintf(sql + used, sizeof sql - used, ",?");
    snprintf(sql + used, sizeof sql - used, ")");
    return sqlite3_prepare_v2(t->db, sql, -1, &t->insert, NULL) == SQLITE_OK || fail(t, e);
}

static campaign_table *open_file(const char *path, int flags, error *e)
{
    campaign_table *t = calloc(1, sizeof *t);
    if (!t) {
        error_set(e, "out of memory");
        return NULL;
    }
    snprintf(t->path, sizeof t->path, "%s", path);
    if (sqlite3_open_v2(path, &t->db, flags, NULL) == SQLITE_OK &&
        sqlite3_busy_timeout(t->db, BUSY_MS) == SQLITE_OK)
        return t;
    if (t->db)
        fail(t, e);
    else
        error_set(e, "out of memory");
    campaign_table_close(t);
    return NULL;
}

/* In WAL mode a commit needs no flush to survive the end of the process. A power cut may take the last rows;
 * they are run again then. */
campaign_table *campaign_table_open(const char *path, table_kind kind, const campaign_plan *plan,
                                    const char *command, error *e)
{
    campaign_table *t = open_file(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, e);
    if (!t)
        return NULL;
    t->kind = kind;
    if (execute(t, kind == TABLE_LOCAL ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=DELETE", e) &&
        execute(t, "PRAGMA synchronous=NORMAL", e) && make(t, plan, command, e) && prepare_insert(t, e))
        return t;
    campaign_table_close(t);
    return NULL;
}

void campaign_table_close(campaign_table *t)
{
    if (!t)
        return;
    sqlite3_finalize(t->insert);
    /* So that it is one file again, which any machine may read. */
    if (t->db && t->kind == TABLE_LOCAL)
        sqlite3_exec(t->db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    sqlite3_close(t->db);
    free(t);
}

/* ---- rows ---- */

static void bind(sqlite3_stmt *s, int place, const campaign_column *c, const campaign_row *row)
{
    const void *at = (const char *)row + c->offset;
    if (c->type == COLUMN_INTEGER)
        sqlite3_bind_int64(s, place, *(const int64_t *)at);
    else if (c->type == COLUMN_TEXT)
        sqlite3_bind_text(s, place, at, -1, SQLITE_STATIC);
    else if (isfinite(*(const double *)at))
        sqlite3_bind_double(s, place, *(const double *)at);
    else
        sqlite3_bind_null(s, place);
}

bool campaign_table_insert(campaign_table *t, const campaign_row *row, error *e)
{
    for (size_t i = 0; i < campaign_column_count; i++)
        bind(t->insert, (int)i + 1, &campaign_columns[i], row);
    sqlite3_step(t->insert);
    return sqlite3_reset(t->insert) == SQLITE_OK || fail(t, e);
}

bool campaign_table_have(campaign_table *t, bool have[], uint64_t runs, error *e)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(t->db, "SELECT run FROM run", -1, &s, NULL) != SQLITE_OK)
        return fail(t, e);
    while (sqlite3_step(s) == SQLITE_ROW) {
        uint64_t run = (uint64_t)sqlite3_column_int64(s, 0);
        if (run < runs)
            have[run] = true;
    }
    return sqlite3_finalize(s) == SQLITE_OK || fail(t, e);
}

bool campaign_table_peek(const char *path, const campaign_plan *plan, bool have[], uint64_t runs, error *e)
{
    bool has = false;
    if (access(path, F_OK) != 0)
        return true;
    campaign_table *t = open_file(path, SQLITE_OPEN_READONLY, e);
    bool good = t && has_table(t, &has, e) &&
                (!has || (is_same(t, plan, e) && campaign_table_have(t, have, runs, e)));
    if (t)
        t->kind = TABLE_SHARED;
    campaign_table_close(t);
    return good;
}

bool campaign_table_merge(campaign_table *t, const char *dir, shard_merge_result *result, error *e)
{
    return shard_merge(t->db, "run", same_campaign, dir, result, e);
}

bool campaign_table_count(campaign_table *t, uint64_t runs, uint64_t *rows, uint64_t *troubled, error *e)
{
    sqlite3_stmt *s;
    *rows = *troubled = 0;
    if (sqlite3_prepare_v2(t->db, "SELECT count(*), count(nullif(trouble, '')) FROM run WHERE run < ?", -1,
                           &s, NULL) != SQLITE_OK)
        return fail(t, e);
    sqlite3_bind_int64(s, 1, (int64_t)runs);
    if (sqlite3_step(s) == SQLITE_ROW) {
        *rows = (uint64_t)sqlite3_column_int64(s, 0);
        *troubled = (uint64_t)sqlite3_column_int64(s, 1);
    }
    return sqlite3_finalize(s) == SQLITE_OK || fail(t, e);
}
