#include "daemon/export/export_csv.h"

#include "daemon/out_file.h"
#include "daemon/replay/pose_csv.h"
#include "sensors/import/csv_row.h"
#include "sensors/import/import_csv.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Behind the layouts of frames. */
enum { TRUTH_FILE = FRAME_KIND_COUNT, POSE_FILE, TRACK_FILE, CONFIG_FILE, FILE_COUNT };

static const char *const more_files[] = {"truth.csv", "poses.csv", "track.csv", "drive.yaml"};

typedef struct {
    const char *directory;
    out_file *files[FILE_COUNT]; /* NULL: nothing to write yet */
    export_csv_count count;
    bool made; /* the directory was not there */
} csv_directory;

static const csv_layout *layout_of(frame_kind kind)
{
    for (size_t i = 0; i < csv_layout_count; i++) {
        if (csv_layouts[i]->kind == kind)
            return csv_layouts[i];
    }
    return NULL;
}

static const char *name_of(size_t which)
{
    return which < TRUTH_FILE ? layout_of((frame_kind)which)->file : more_files[which - TRUTH_FILE];
}

static bool path_of(const csv_directory *d, size_t which, char path[PATH_MAX], error *e)
{
    if (snprintf(path, PATH_MAX, "%s/%s", d->directory, name_of(which)) < PATH_MAX)
        return true;
    return error_set(e, "%s: %s", d->directory, strerror(ENAMETOOLONG));
}

static void write_header(FILE *out, size_t which)
{
    if (which < TRUTH_FILE) {
        const csv_layout *layout = layout_of((frame_kind)which);
        csv_write_header(out, layout->columns, layout->column_count);
    } else if (which == TRUTH_FILE) {
        csv_write_header(out, csv_truth_columns, csv_truth_column_count);
    } else if (which != CONFIG_FILE) {
        pose_csv_header(out);
    }
}

/* The file, begun when it is first needed. NULL with `e` set. */
static FILE *file_of(csv_directory *d, size_t which, error *e)
{
    char path[PATH_MAX];
    if (!d->files[which]) {
        if (!path_of(d, which, path, e) || !(d->files[which] = out_file_open(path, e)))
            return NULL;
        write_header(out_file_stream(d->files[which]), which);
        d->count.files++;
    }
    return out_file_stream(d->files[which]);
}

static bool write_frame(csv_directory *d, const frame *f, const char *source, error *e)
{
    csv_value cells[CSV_MAX_COLUMNS];
    const csv_layout *layout = layout_of((frame_kind)f->kind);
    FILE *out = file_of(d, f->kind, e);
    size_t rows = csv_row_count(f);
    for (size_t i = 0; out && i < rows; i++) {
        csv_show_frame(layout, f, source, i, cells);
        csv_write_row(out, layout->columns, layout->column_count, cells);
    }
    d->count.empty += rows == 0;
    d->count.frames++;
    return out != NULL;
}

static bool write_truth(csv_directory *d, const truth_point *t, error *e)
{
    csv_value cells[CSV_MAX_COLUMNS];
    FILE *out = file_of(d, TRUTH_FILE, e);
    if (!out)
        return false;
    csv_show_truth(t, cells);
    csv_write_row(out, csv_truth_columns, csv_truth_column_count, cells);
    d->count.truths++;
    return true;
}

static bool write_pose(csv_directory *d, size_t which, const fusion_pose *p, error *e)
{
    FILE *out = file_of(d, which, e);
    if (!out)
        return false;
    pose_csv_row(out, p);
    d->count.poses++;
    return true;
}

static bool write_item(csv_directory *d, export_item_kind kind, const export_item *item, error *e)
{
    switch (kind) {
    case EXPORT_FRAME:
        return write_frame(d, &item->frame, item->source, e);
    case EXPORT_TRUTH:
        return write_truth(d, &item->truth, e);
    case EXPORT_POSE:
        return write_pose(d, POSE_FILE, &item->pose, e);
    default:
        return write_pose(d, TRACK_FILE, &item->pose, e);
    }
}

static bool write_config(csv_directory *d, export_items *x, error *e)
{
    mcap_text yaml;
    if (!mcap_reader_attachment(export_items_reader(x), "config.yaml", &yaml))
        return true;
    FILE *out = file_of(d, CONFIG_FILE, e);
    if (out)
        fwrite(yaml.data, 1, yaml.size, out);
    return out != NULL;
}

/* Others' files in it would be taken for the drive's when it is imported. */
static bool begin_directory(csv_directory *d, error *e)
{
    d->made = mkdir(d->directory, 0777) == 0;
    if (!d->made && errno != EEXIST)
        return error_set(e, "%s: %s", d->directory, strerror(errno));
    DIR *there = opendir(d->directory);
    const struct dirent *one;
    bool empty = true;
    if (!there)
        return error_set(e, "%s: %s", d->directory, strerror(errno));
    while (empty && (one = readdir(there)))
        empty = strcmp(one->d_name, ".") == 0 || strcmp(one->d_name, "..") == 0;
    closedir(there);
    return empty || error_set(e, "%s: is not empty", d->directory);
}

static bool end_directory(csv_directory *d, bool ok, error *e)
{
    char path[PATH_MAX];
    bool opened[FILE_COUNT];
    for (size_t i = 0; i < FILE_COUNT; i++) {
        opened[i] = d->files[i] != NULL;
        ok = out_file_close(d->files[i], !ok, e) && ok;
    }
    if (ok)
        return true;
    for (size_t i = 0; i < FILE_COUNT; i++) {
        if (opened[i] && path_of(d, i, path, e))
            unlink(path);
    }
    if (d->made)
        rmdir(d->directory);
    return false;
}

bool export_csv(export_items *x, const char *directory, export_csv_count *count, error *e)
{
    csv_directory *d = calloc(1, sizeof *d);
    export_item *item = calloc(1, sizeof *item);
    export_item_kind kind;
    bool ok = false;
    if (!d || !item) {
        error_set(e, "out of memory");
        goto done;
    }
    d->directory = directory;
    if (!begin_directory(d, e))
        goto done;
    ok = write_config(d, x, e);
    while (ok && (kind = export_items_next(x, item)) != EXPORT_NOTHING)
        ok = write_item(d, kind, item, e);
    if (ok && d->count.frames + d->count.truths + d->count.poses == 0)
        ok = error_set(e, "there is nothing to export: no frames, no poses, no truth");
    ok = end_directory(d, ok, e);
    *count = d->count;
done:
    free(item);
    free(d);
    return ok;
}
