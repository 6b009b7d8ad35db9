#include "tests/bench/play.h"

#include "daemon/drive_settings.h"
#include "fusion/core/core.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    drive_source *source;
    settings *settings;
    fusion *core;
    drive_item *item;
    play_tally *tally;
    long (*allocated)(void);
    long (*freed)(void);
} player;

static void take_pose(void *context, const fusion_pose *pose)
{
    player *p = context;
    (void)pose;
    p->tally->poses++;
}

static void take_verdict(void *context, const verdict *v)
{
    player *p = context;
    p->tally->verdicts++;
    if (v->decision == DECISION_FUSED || v->decision == DECISION_DOWN_WEIGHTED)
        p->tally->updates[v->dim]++;
    else if (v->decision == DECISION_REJECTED && v->dim > 0)
        p->tally->rejected++;
}

static void take_fault(void *context, const fault_event *event)
{
    (void)context;
    (void)event;
}

/* Only what happens inside the core is counted, not the reading of the drive. */
static void push(player *p, const frame *f)
{
    play_tally *t = p->tally;
    long allocations = p->allocated ? p->allocated() : 0, frees = p->freed ? p->freed() : 0;
    if (f)
        fusion_push(p->core, f);
    else
        fusion_flush(p->core);
    t->allocations += p->allocated ? p->allocated() - allocations : 0;
    t->frees += p->freed ? p->freed() - frees : 0;
}

static void push_frames(player *p)
{
    play_tally *t = p->tally;
    int64_t first_ns = 0;
    drive_item_kind kind;
    while ((kind = drive_source_next(p->source, p->item)) != DRIVE_END) {
        if (kind != DRIVE_FRAME)
            continue;
        const frame *f = &p->item->frame;
        first_ns = t->frames++ == 0 ? f->received_ns : first_ns;
        t->duration_s = 1e-9 * (double)(f->received_ns - first_ns);
        push(p, f);
    }
    push(p, NULL);
    t->states = p->core->f.p.n;
    t->predictions = (long)p->core->f.predictions;
}

static bool set_up(player *p, const char *path, error *e)
{
    fusion_sinks sinks = {p, take_pose, take_verdict, take_fault};
    p->source = drive_source_open(path, e);
    p->settings = calloc(1, sizeof *p->settings);
    p->item = calloc(1, sizeof *p->item);
    if (!p->source || !p->settings || !p->item || !drive_settings_load(p->settings, p->source, path, NULL, e))
        return error_set(e, "%s: out of memory", path);
    p->core = fusion_create(p->settings, &sinks);
    return p->core || error_set(e, "%s: out of memory", path);
}

bool play_drive(const char *path, long (*allocated)(void), long (*freed)(void), play_tally *t, error *e)
{
    player p = {.tally = t, .allocated = allocated, .freed = freed};
    memset(t, 0, sizeof *t);
    bool ready = set_up(&p, path, e);
    if (ready)
        push_frames(&p);
    fusion_destroy(p.core);
    free(p.item);
    free(p.settings);
    drive_source_close(p.source);
    return ready;
}
