#include "report/drive_log.h"

#include "common/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Adds an item of `size` bytes at the end. */
static void append(drive_log *log, void **items, size_t *count, size_t *capacity, const void *item,
                   size_t size)
{
    void *grown = vector_reserve(*items, capacity, *count + 1, size);
    if (!grown) {
        log->failed = true;
        return;
    }
    *items = grown;
    memcpy((char *)grown + (*count)++ * size, item, size);
}

static bool has_fix(const frame_gnss *g)
{
    return g->fix != GNSS_FIX_NONE && isfinite(g->latitude_rad) && isfinite(g->longitude_rad);
}

void drive_log_frame(drive_log *log, const frame *f)
{
    const logged_frame l = {f->stamp_ns, f->source};
    void *frames = log->frames, *fixes = log->fixes;
    append(log, &frames, &log->frame_count, &log->frame_capacity, &l, sizeof l);
    log->frames = frames;
    if (f->kind != FRAME_GNSS || !has_fix(&f->u.gnss))
        return;
    const logged_fix fix = {f->stamp_ns, f->u.gnss.latitude_rad, f->u.gnss.longitude_rad, f->u.gnss.height_m,
                            f->source};
    append(log, &fixes, &log->fix_count, &log->fix_capacity, &fix, sizeof fix);
    log->fixes = fixes;
}

void drive_log_verdict(drive_log *log, const verdict *v)
{
    void *verdicts = log->verdicts;
    append(log, &verdicts, &log->verdict_count, &log->verdict_capacity, v, sizeof *v);
    log->verdicts = verdicts;
}

void drive_log_status(drive_log *log, const fusion_status *status)
{
    void *statuses = log->statuses;
    append(log, &statuses, &log->status_count, &log->status_capacity, status, sizeof *status);
    log->statuses = statuses;
}

void drive_log_finish(drive_log *log)
{
    free(log->frames);
    free(log->fixes);
    free(log->verdicts);
    free(log->statuses);
    *log = (drive_log){0};
}
