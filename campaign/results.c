#include "campaign/results.h"

#include "common/vector.h"

#include <limits.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Texts are many, small, and live as long as the rows. */
typedef struct text_block {
    struct text_block *before;
    size_t used, size;
    char text[];
} text_block;

enum { BLOCK_SIZE = 1 << 20 };

static const char *keep(results *r, const char *text)
{
    if (!text || !*text)
        return "";
    size_t size = strlen(text) + 1;
    if (!r->texts || r->texts->size - r->texts->used < size) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        text_block *block = malloc(sizeof *block + room);
        if (!block)
            return NULL;
        *block = (text_block){r->texts, 0, room};
        r->texts = block;
    }
    char *copy = memcpy(r->texts->text + r->texts->used, text, size);
    r->texts->used += size;
    return copy;
}

/* With the table in front: SQLite takes a quoted name that is no column for a text. */
static const char select_rows[] = "SELECT "
#define INTEGER(name, meaning) "r.\"" #name "\", "
#define REAL(name, unit, meaning) "r.\"" #name "\", "
#define TEXT(name, size, meaning) "r.\"" #name "\", "
#include "campaign/columns.def"
#undef INTEGER
#undef REAL
#undef TEXT
                                  "1 FROM run AS r ORDER BY r.run";

static int64_t whole(sqlite3_stmt *s, int column)
{
    return sqlite3_column_type(s, column) == SQLITE_NULL ? -1 : sqlite3_column_int64(s, column);
}

static double real(sqlite3_stmt *s, int column)
{
    return sqlite3_column_type(s, column) == SQLITE_NULL ? NAN : sqlite3_column_double(s, column);
}

static const char *text(results *r, sqlite3_stmt *s, int column)
{
    return keep(r, (const char *)sqlite3_column_text(s, column));
}

/* False when memory is short. */
static bool read_row(results *r, sqlite3_stmt *s)
{
    result_row *rows = vector_reserve(r->rows, &r->capacity, r->count + 1, sizeof *rows);
    if (!rows)
        return false;
    r->rows = rows;
    result_row *row = &rows[r->count++];
    int column = 0;
#define INTEGER(name, meaning) row->name = whole(s, column++);
#define REAL(name, unit, meaning) row->name = real(s, column++);
#define TEXT(name, size, meaning)                                                                            \
    if (!(row->name = text(r, s, column++)))                                                                 \
        return false;
#include "campaign/columns.def"
#undef INTEGER
#undef REAL
#undef TEXT
    return true;
}

static bool read_rows(results *r, sqlite3 *db, error *e)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(db, select_rows, -1, &s, NULL);
    if (code != SQLITE_OK)
        return error_set(e, "%s: not a campaign's table: %s", r->path, sqlite3_errmsg(db));
    bool kept = true;
    while (kept && (code = sqlite3_step(s)) == SQLITE_ROW)
        kept = read_row(r, s);
    if (!kept)
        error_set(e, "out of memory");
    else if (code != SQLITE_DONE)
        kept = error_set(e, "%s: %s", r->path, sqlite3_errmsg(db));
    sqlite3_finalize(s);
    return kept;
}

/* "" when there is no such table or key: nothing depends on it but words. */
static const char *read_meta(results *r, sqlite3 *db, const char *key)
{
    sqlite3_stmt *s = NULL;
    const char *value = "";
    if (sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key = ?", -1, &s, NULL) == SQLITE_OK) {
        sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
        if (sqlite3_step(s) == SQLITE_ROW)
            value = text(r, s, 0);
    }
    sqlite3_finalize(s);
    return value ? value : "";
}

/* The database's own path, where a directory is given. */
static char *database_of(const char *path)
{
    struct stat status;
    char *made = NULL;
    bool directory = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    return asprintf(&made, "%s%s", path, directory ? "/campaign.sqlite" : "") > 0 ? made : NULL;
}

/* The plan's path: the word of the command that made the table which ends as such files do. */
static const char *plan_of(results *r, const char *command)
{
    for (const char *word = command; *word; word += strspn(word, " ")) {
        size_t size = strcspn(word, " ");
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%.*s", (int)size, word);
        const char *dot = strrchr(path, '.');
        if (dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0)) {
            const char *kept = keep(r, path);
            return kept ? kept : "";
        }
        word += size;
    }
    return "";
}

bool results_read(results *r, const char *path, error *e)
{
    sqlite3 *db = NULL;
    struct stat status;
    memset(r, 0, sizeof *r);
    r->name = r->plan_path = r->version = "";
    r->path = database_of(path);
    if (!r->path)
        return error_set(e, "out of memory");
    if (stat(r->path, &status) != 0)
        return error_set(e, "%s: there is no campaign here (posed campaign CAMPAIGN.yaml -o DIR makes one)",
                         r->path);
    bool good = sqlite3_open_v2(r->path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK ||
                error_set(e, "%s: %s", r->path, db ? sqlite3_errmsg(db) : "out of memory");
    if (good) {
        sqlite3_busy_timeout(db, 10000);
        good = read_rows(r, db, e);
        r->name = read_meta(r, db, "name");
        r->plan_path = plan_of(r, read_meta(r, db, "command"));
        r->version = read_meta(r, db, "version");
    }
    sqlite3_close(db);
    return good;
}

void results_finish(results *r)
{
    while (r->texts) {
        text_block *before = r->texts->before;
        free(r->texts);
        r->texts = before;
    }
    free(r->rows);
    free(r->path);
    memset(r, 0, sizeof *r);
}

bool result_is_faulted(const result_row *row)
{
    return row->fault[0] != '\0' || row->injected > 0;
}

bool result_is_judged(const result_row *row)
{
    return row->trouble[0] == '\0' && row->samples > 0;
}
