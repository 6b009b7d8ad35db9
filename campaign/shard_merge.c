#include "campaign/shard_merge.h"

#include "campaign/shard.h"

#include <dirent.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    sqlite3 *db;
    const char *table, *check, *dir;
    shard_merge_result *result;
} merge;

static bool attach(sqlite3 *db, const char *path)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db, "ATTACH ? AS shard", -1, &statement, NULL) != SQLITE_OK)
        return false;
    sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
    sqlite3_step(statement);
    return sqlite3_finalize(statement) == SQLITE_OK;
}

/* A file that was cut off before its table was made has none, and no rows. */
static bool has_table(const merge *m, bool *has)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(m->db, "SELECT 1 FROM shard.sqlite_master WHERE type = 'table' AND name = ?", -1,
                           &statement, NULL) != SQLITE_OK)
        return false;
    sqlite3_bind_text(statement, 1, m->table, -1, SQLITE_STATIC);
    *has = sqlite3_step(statement) == SQLITE_ROW;
    return sqlite3_finalize(statement) == SQLITE_OK;
}

static bool is_same_campaign(const merge *m, bool *same)
{
    sqlite3_stmt *statement;
    *same = true;
    if (!m->check)
        return true;
    if (sqlite3_prepare_v2(m->db, m->check, -1, &statement, NULL) != SQLITE_OK)
        return false;
    *same = sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) == 1;
    return sqlite3_finalize(statement) == SQLITE_OK;
}

static bool copy_rows(const merge *m)
{
    char *sql =
        sqlite3_mprintf("INSERT OR IGNORE INTO main.\"%w\" SELECT * FROM shard.\"%w\"", m->table, m->table);
    bool good = sql && sqlite3_exec(m->db, sql, NULL, NULL, NULL) == SQLITE_OK;
    if (good)
        m->result->rows += (uint64_t)sqlite3_changes64(m->db);
    sqlite3_free(sql);
    return good;
}

static bool take_rows(const merge *m, const char *path, error *e)
{
    bool has = false, same = true;
    if (!attach(m->db, path))
        return error_set(e, "%s: %s", path, sqlite3_errmsg(m->db));
    bool good = has_table(m, &has) && (!has || (is_same_campaign(m, &same) && (!same || copy_rows(m))));
    if (!good)
        error_set(e, "%s: %s", path, sqlite3_errmsg(m->db));
    else if (!same)
        good = error_set(e, "%s: is of another campaign, or of another version of this one", path);
    sqlite3_exec(m->db, "DETACH shard", NULL, NULL, NULL);
    return good;
}

/* A finished shard has nobody who works on it; an interrupted one must be ours while we read it. */
static bool merge_file(const merge *m, shard s, shard_file kind, error *e)
{
    char path[PATH_MAX];
    bool busy;
    error trouble = {""};
    int lock = shard_take(m->dir, s, 0, &busy, &trouble);
    if (lock < 0) {
        m->result->busy += busy;
        return busy || error_set(e, "%s", trouble.text);
    }
    bool good = shard_path(m->dir, s, kind, path, e);
    if (good && access(path, F_OK) == 0) {
        good = take_rows(m, path, e);
        m->result->finished += good && kind == SHARD_FINISHED;
        m->result->partial += good && kind == SHARD_PART;
        if (good && kind == SHARD_FINISHED && unlink(path) != 0)
            good = error_set(e, "%s: cannot remove: %s", path, strerror(errno));
    }
    close(lock);
    return good;
}

bool shard_merge(struct sqlite3 *db, const char *table, const char *check, const char *dir,
                 shard_merge_result *result, error *e)
{
    char path[PATH_MAX];
    const merge m = {db, table, check, dir, result};
    bool good = true;
    *result = (shard_merge_result){0, 0, 0, 0};
    snprintf(path, sizeof path, "%s/shards", dir);
    DIR *shards = opendir(path);
    if (!shards)
        return errno == ENOENT || error_set(e, "%s: cannot read: %s", path, strerror(errno));
    for (struct dirent *entry; (entry = readdir(shards));) {
        shard s;
        shard_file kind;
        if (shard_of_name(entry->d_name, &s, &kind) && (kind == SHARD_PART || kind == SHARD_FINISHED))
            good = merge_file(&m, s, kind, e) && good;
    }
    closedir(shards);
    return good;
}
