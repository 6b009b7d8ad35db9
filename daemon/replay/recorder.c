#include "daemon/replay/recorder.h"

#include "config/config.h"
#include "daemon/fault_log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void check(recorder *r, bool ok)
{
    if (!ok)
        r->failed = true;
}

/* The writer renames over its target; a device must not be replaced by a file. */
static bool check_target(const char *path, error *e)
{
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return error_set(e, "%s: cannot write: %s", path,
                         S_ISDIR(st.st_mode) ? "is a directory" : "not a regular file");
    return true;
}

static bool write_config(recorder *r, error *e)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return error_set(e, "out of memory");
    bool ok = config_print(memory, r->settings);
    ok = fclose(memory) == 0 && ok;
    if (ok)
        check(r, drive_write_config(r->writer, text, size));
    free(text);
    return ok || error_set(e, "cannot print the configuration");
}

bool recorder_open(recorder *r, const char *path, bool with_input, const char *drive, const settings *s,
                   const map_identity *map, error *e)
{
    const char *slash = strrchr(drive, '/');
    const char *const origin[][2] = {{"drive", slash ? slash + 1 : drive}, {"posed", POSED_VERSION}};
    memset(r, 0, sizeof *r);
    if (!check_target(path, e))
        return false;
    r->writer = drive_writer_open(path, e);
    if (!r->writer)
        return false;
    r->settings = s;
    r->with_input = with_input;
    r->next_status_ns = INT64_MIN;
    for (size_t i = 0; i < s->source_count; i++)
        r->names[i] = s->sources[i].name;
    check(r, drive_write_metadata(r->writer, "replay", origin, sizeof origin / sizeof *origin));
    if (map->file[0] != '\0')
        check(r, drive_write_map(r->writer, map));
    if (!write_config(r, e)) {
        recorder_close(r, true, e);
        return false;
    }
    return true;
}

bool recorder_close(recorder *r, bool abandon, error *e)
{
    if (!r->writer)
        return true;
    drive_writer *writer = r->writer;
    r->writer = NULL;
    return drive_writer_close(writer, abandon, e);
}

void recorder_frame(recorder *r, const frame *f)
{
    if (r->writer && r->with_input)
        check(r, drive_write_frame(r->writer, f, r->names[f->source]));
}

void recorder_truth(recorder *r, const truth_point *t)
{
    if (r->writer && r->with_input)
        check(r, drive_write_truth(r->writer, t));
}

void recorder_pose(recorder *r, const fusion_pose *p)
{
    if (r->writer)
        check(r, drive_write_pose(r->writer, p));
}

void recorder_live_pose(recorder *r, const fusion_pose *p, int64_t expires_ns)
{
    if (r->writer)
        check(r, drive_write_live_pose(r->writer, p, expires_ns));
}

void recorder_track(recorder *r, const fusion_pose *p)
{
    if (r->writer)
        check(r, drive_write_track(r->writer, p));
}

void recorder_verdict(recorder *r, const verdict *v)
{
    if (r->writer)
        check(r, drive_write_verdict(r->writer, v, r->names[v->source]));
}

void recorder_fault(recorder *r, const fault_event *event)
{
    if (r->writer)
        check(r, drive_write_fault(r->writer, event, fault_source_name(r->settings, event->source)));
}

void recorder_status(recorder *r, const fusion_status *status)
{
    if (r->writer)
        check(r, drive_write_status(r->writer, status, r->names));
}

bool recorder_status_due(recorder *r, int64_t now_ns)
{
    if (!r->writer || now_ns < r->next_status_ns)
        return false;
    if (__builtin_add_overflow(now_ns, (int64_t)(1e9 / r->settings->output.status_rate_hz),
                               &r->next_status_ns))
        r->next_status_ns = INT64_MAX;
    return true;
}
