/*
 * The neutral drive layout: a directory of CSV files, any of them, and a drive.yaml.
 */
#include "sensors/import/import_csv.h"
#include "config/config.h"
#include "sensors/frame_store.h"
#include "sensors/import/csv_groups.h"
#include "wire/topic.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char truth_file[] = "truth.csv";
static const char config_file[] = "drive.yaml";
enum { CONFIG_LIMIT = 1 << 20, PROGRESS_EVERY = 20000 };

/* A source's frame while it is put together: rows of several sources may take turns. */
typedef struct {
    char name[FRAME_SOURCE_NAME_SIZE];
    frame frame;
    int64_t group;
    bool open; /* `frame` holds rows that are not in the store yet */
} csv_source;

typedef struct {
    const import_sink *sink;
    frame_store *store;
    char *config;
    size_t config_size;
    size_t files;                      /* that were there */
    size_t rows[FRAME_KIND_COUNT + 1]; /* by layout, truth last */
    bool there[FRAME_KIND_COUNT + 1];
    csv_table table;
    csv_groups groups; /* of the file that is being read, and so are the two that follow */
    size_t source_count;
    csv_source sources[SETTINGS_MAX_SOURCES];
} import;

/* One file while it is read. */
typedef struct {
    FILE *file;
    char path[PATH_MAX];
    double size;
} input;

/* False with `there` false when there is no such file; false with `e` set when it cannot be read. */
static bool open_input(input *in, const char *directory, const char *name, bool *there, error *e)
{
    struct stat info;
    *there = false;
    if (!(snprintf(in->path, sizeof in->path, "%s/%s", directory, name) < (int)sizeof in->path))
        return error_set(e, "%s: %s", directory, strerror(ENAMETOOLONG));
    in->file = fopen(in->path, "r");
    if (!in->file && errno == ENOENT)
        return false;
    *there = true;
    if (!in->file || fstat(fileno(in->file), &info) != 0)
        return error_set(e, "%s: %s", in->path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return error_set(e, "%s: %s", in->path, strerror(EISDIR));
    in->size = (double)info.st_size;
    return true;
}

static void close_input(input *in)
{
    if (in->file)
        fclose(in->file);
}

static void show_progress(const import *m, const input *in)
{
    if (m->sink->progress && m->table.rows % PROGRESS_EVERY == 0 && in->size > 0.0)
        m->sink->progress(m->sink->context, in->path, (double)ftell(in->file) / in->size);
}

/* The source's full name: "roof" is "gnss/roof" in gnss.csv, and so is "gnss/roof"; without one, "gnss/main".
 */
static bool name_source(const import *m, const csv_layout *layout, char out[FRAME_SOURCE_NAME_SIZE], error *e)
{
    const char *given = m->table.values[CSV_SOURCE].text;
    const char *word = source_kind_word(frame_kind_source(layout->kind));
    int length = strchr(given, '/')
                     ? snprintf(out, FRAME_SOURCE_NAME_SIZE, "%s", given)
                     : snprintf(out, FRAME_SOURCE_NAME_SIZE, "%s/%s", word, *given ? given : "main");
    if (length < FRAME_SOURCE_NAME_SIZE && source_name_valid(layout->kind, out, (size_t)length))
        return true;
    return csv_fail(&m->table, CSV_SOURCE, e,
                    "expected a name of letters, digits, '.', '_' and '-' (or %s/NAME), found \"%.40s\"",
                    word, given);
}

static bool close_group(import *m, csv_source *s, error *e)
{
    bool was_open = s->open;
    s->open = false;
    return !was_open || frame_store_add(m->store, &s->frame, s->name, e);
}

static bool close_groups(import *m, error *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < m->source_count; i++)
        ok = close_group(m, &m->sources[i], e);
    m->source_count = 0;
    return ok;
}

/* The source of that name; NULL with `e` set. A drive has no room for more of them, and the store says so. */
static csv_source *find_source(import *m, const char *name, error *e)
{
    for (size_t i = 0; i < m->source_count; i++) {
        if (strcmp(m->sources[i].name, name) == 0)
            return &m->sources[i];
    }
    if (m->source_count == SETTINGS_MAX_SOURCES && !close_groups(m, e))
        return NULL;
    csv_source *s = &m->sources[m->source_count++];
    s->open = false;
    snprintf(s->name, sizeof s->name, "%s", name);
    return s;
}

/* A group's times are those of its last row. */
static void set_times(const csv_table *t, frame *f)
{
    const csv_value *v = t->values;
    f->stamp_ns = v[CSV_STAMP].integer;
    f->received_ns = v[CSV_RECEIVED].known ? v[CSV_RECEIVED].integer : v[CSV_STAMP].integer;
}

static void open_group(csv_source *s, frame_kind kind, int64_t group)
{
    s->group = group;
    s->frame.kind = (uint8_t)kind;
    s->frame.u.radar.count = s->frame.u.landmarks.count = s->frame.u.lanes.count = 0;
    s->open = true;
}

/* A row that continues an open group, or begins one that there has not been. */
static bool check_group(import *m, const csv_layout *layout, const csv_source *s, int64_t group, error *e)
{
    int64_t stamp_ns = m->table.values[CSV_STAMP].integer;
    bool continues = s->open && group == s->group;
    if (!layout->grouped || (continues && stamp_ns == s->frame.stamp_ns))
        return true;
    csv_group_result result = csv_groups_add(&m->groups, (uint32_t)(s - m->sources), group, stamp_ns);
    if (result == CSV_GROUP_NO_MEMORY)
        return error_set(e, "out of memory");
    return continues || result == CSV_GROUP_NEW ||
           csv_fail(&m->table, CSV_GROUP, e,
                    "row of %s %lld of %s apart from the others: they stand together",
                    layout->columns[CSV_GROUP].name, (long long)group, s->name);
}

static bool take_row(import *m, const csv_layout *layout, error *e)
{
    char name[FRAME_SOURCE_NAME_SIZE];
    int64_t group = layout->grouped ? m->table.values[CSV_GROUP].integer : 0;
    csv_source *s = name_source(m, layout, name, e) ? find_source(m, name, e) : NULL;
    if (!s || !check_group(m, layout, s, group, e) || (s->open && group != s->group && !close_group(m, s, e)))
        return false;
    if (!s->open)
        open_group(s, layout->kind, group);
    set_times(&m->table, &s->frame);
    return layout->fill(&m->table, &s->frame, e) && (layout->grouped || close_group(m, s, e));
}

static bool read_rows(import *m, const input *in, const csv_layout *layout, error *e)
{
    if (!csv_begin(&m->table, in->file, in->path, layout->columns, layout->column_count, e))
        return false;
    csv_result result;
    while ((result = csv_next(&m->table, e)) == CSV_ROW) {
        if (!take_row(m, layout, e))
            return false;
        show_progress(m, in);
    }
    return result == CSV_END && close_groups(m, e);
}

static bool read_truth_rows(import *m, const input *in, error *e)
{
    if (!csv_begin(&m->table, in->file, in->path, csv_truth_columns, csv_truth_column_count, e))
        return false;
    csv_result result;
    while ((result = csv_next(&m->table, e)) == CSV_ROW) {
        truth_point point;
        csv_fill_truth(&m->table, &point);
        if (!frame_store_add_truth(m->store, &point, e))
            return false;
        show_progress(m, in);
    }
    return result == CSV_END;
}

/* Reads the file of a layout (NULL: truth) if it is there. */
static bool read_file(import *m, const char *directory, size_t which, const csv_layout *layout, error *e)
{
    input in = {0};
    bool ok = open_input(&in, directory, layout ? layout->file : truth_file, &m->there[which], e);
    if (ok)
        ok = layout ? read_rows(m, &in, layout, e) : read_truth_rows(m, &in, e);
    else if (!m->there[which])
        ok = e->text[0] == '\0';
    if (m->there[which]) {
        m->files++;
        m->rows[which] = m->table.rows;
    }
    csv_groups_finish(&m->groups);
    close_input(&in);
    return ok;
}

/* A drive whose settings are refused cannot be played, and nothing over them would mend it. */
static bool check_config(const import *m, const char *path, error *e)
{
    settings *s = malloc(sizeof *s);
    config_problems *problems = calloc(1, sizeof *problems);
    bool good = s && problems;
    if (!good)
        error_set(e, "out of memory");
    if (good) {
        settings_default(s);
        good = config_load_text(s, path, m->config, m->config_size, problems) ||
               error_set(e, "%s", problems->text[0]);
    }
    free(problems);
    free(s);
    return good;
}

static bool read_config(import *m, const char *directory, error *e)
{
    input in = {0};
    bool there;
    bool ok = open_input(&in, directory, config_file, &there, e);
    if (!there) {
        return e->text[0] == '\0';
    }
    m->config = ok ? malloc(CONFIG_LIMIT) : NULL;
    if (ok && !m->config)
        ok = error_set(e, "out of memory");
    if (ok) {
        m->config_size = fread(m->config, 1, CONFIG_LIMIT, in.file);
        if (ferror(in.file))
            ok = error_set(e, "%s: %s", in.path, strerror(errno));
        else if (m->config_size == CONFIG_LIMIT || memchr(m->config, '\0', m->config_size))
            ok = error_set(e, "%s: not a YAML text of less than 1 MiB", in.path);
        else
            ok = check_config(m, in.path, e);
    }
    close_input(&in);
    return ok;
}

static bool read_all(import *m, const char *directory, error *e)
{
    struct stat info;
    if (stat(directory, &info) != 0)
        return error_set(e, "%s: %s", directory, strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return error_set(e, "%s: not a directory", directory);
    for (size_t i = 0; i < csv_layout_count; i++) {
        if (!read_file(m, directory, i, csv_layouts[i], e))
            return false;
    }
    if (!read_file(m, directory, FRAME_KIND_COUNT, NULL, e) || !read_config(m, directory, e))
        return false;
    if (m->files == 0)
        return error_set(e,
                         "%s: none of gnss.csv, imu.csv, wheel.csv, radar.csv, landmark.csv, lane.csv, "
                         "camera_health.csv, roadside.csv, odometry.csv, truth.csv is there",
                         directory);
    for (size_t i = 0; i <= FRAME_KIND_COUNT; i++) {
        if (m->rows[i] > 0)
            return true;
    }
    return error_set(e, "%s: nothing but header lines", directory);
}

static bool publish_origin(const import *m, const char *directory)
{
    enum { FIXED = 3 };
    char name[IMPORT_NAME_SIZE], rows[FRAME_KIND_COUNT + 1][32];
    const char *pairs[FIXED + FRAME_KIND_COUNT + 1][2] = {
        {"importer", "csv"}, {"version", POSED_VERSION}, {"directory", name}};
    size_t count = FIXED;
    import_base_name(directory, name);
    for (size_t i = 0; i <= FRAME_KIND_COUNT; i++) {
        if (!m->there[i])
            continue;
        snprintf(rows[i], sizeof rows[i], "%zu rows", m->rows[i]);
        pairs[count][0] = i < csv_layout_count ? csv_layouts[i]->file : truth_file;
        pairs[count++][1] = rows[i];
    }
    return m->sink->metadata(m->sink->context, "origin", (const char *const(*)[2])pairs, count);
}

static bool publish(import *m, const char *directory)
{
    if (m->config && !m->sink->config(m->sink->context, m->config, m->config_size))
        return false;
    return publish_origin(m, directory) && frame_store_publish(m->store, m->sink);
}

static bool run(const char *directory, const import_sink *sink, error *e)
{
    bool ok = false;
    import *m = calloc(1, sizeof *m);
    if (!m || !(m->store = frame_store_create())) {
        error_set(e, "out of memory");
        goto finish;
    }
    m->sink = sink;
    ok = read_all(m, directory, e) && publish(m, directory);
finish:
    if (m) {
        frame_store_destroy(m->store);
        free(m->config);
    }
    free(m);
    return ok;
}

extern const importer importer_csv;
const importer importer_csv = {
    .name = "csv",
    .summary = "the neutral layout: any of gnss.csv, imu.csv, wheel.csv, radar.csv, landmark.csv, lane.csv, "
               "camera_health.csv, roadside.csv, odometry.csv, truth.csv, drive.yaml",
    .run = run,
};
