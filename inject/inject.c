#include "inject/inject.h"

#include "inject/fields.h"
#include "inject/plan.h"
#include "inject/queue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A silence of a source is no interval of its errors. */
static const double longest_step_s = 10;

/* One fault on one kind of frame of one source. */
typedef struct {
    void *state; /* NULL: the fault does not act here, or needs none */
    inject_random random;
    int64_t last_ns; /* stamp of the frame before */
    bool acts, seen;
} channel;

struct inject {
    const inject_plan *plan;
    size_t source_count;
    source_settings *sources;
    channel *channels; /* [fault][source][kind of frame] */
    inject_queue delayed;
    uint64_t order, lost;
    int64_t start_ns, newest_ns;
    double course_rad;
    bool begun, finished;
    bool has_next;
    frame next; /* one that nothing delays, so that it need not go through the queue */
};

static channel *channel_of(const inject *n, size_t fault, uint16_t source, uint8_t kind)
{
    return &n->channels[(fault * n->source_count + source) * FRAME_KIND_COUNT + kind];
}

/* ---- a stream's life ---- */

static bool open_channel(inject *n, size_t fault, uint16_t source, uint8_t kind, uint64_t seed)
{
    const inject_spec *f = &n->plan->faults[fault];
    channel *c = channel_of(n, fault, source, kind);
    if (!(inject_spec_frames(f, &n->sources[source]) & 1u << kind))
        return true;
    c->acts = true;
    c->random = inject_random_seed(seed, (fault << 16) + ((uint64_t)source << 8) + kind + 1);
    if (f->kind->state_size > 0)
        c->state = calloc(1, f->kind->state_size);
    return c->state || f->kind->state_size == 0;
}

static bool open_channels(inject *n, uint64_t seed)
{
    for (size_t i = 0; i < n->plan->count; i++) {
        for (size_t k = 0; k < n->source_count * FRAME_KIND_COUNT; k++) {
            if (!open_channel(n, i, (uint16_t)(k / FRAME_KIND_COUNT), (uint8_t)(k % FRAME_KIND_COUNT), seed))
                return false;
        }
    }
    return true;
}

inject *inject_create(const inject_plan *p, const settings *s, uint64_t seed)
{
    inject *n = calloc(1, sizeof *n);
    if (!n)
        return NULL;
    n->plan = p;
    n->source_count = s->source_count;
    n->newest_ns = INT64_MIN;
    n->course_rad = NAN;
    n->sources = calloc(s->source_count + 1, sizeof *n->sources);
    n->channels = calloc(p->count * s->source_count * FRAME_KIND_COUNT + 1, sizeof *n->channels);
    if (n->sources)
        memcpy(n->sources, s->sources, s->source_count * sizeof *n->sources);
    if (n->sources && n->channels && open_channels(n, seed))
        return n;
    inject_destroy(n);
    return NULL;
}

void inject_destroy(inject *n)
{
    if (!n)
        return;
    for (size_t i = 0; n->channels && i < n->plan->count * n->source_count * FRAME_KIND_COUNT; i++)
        free(n->channels[i].state);
    inject_queue_finish(&n->delayed);
    free(n->channels);
    free(n->sources);
    free(n);
}

/* ---- frames ---- */

void inject_begin(inject *n, int64_t start_ns)
{
    n->start_ns = start_ns;
    n->begun = true;
}

/* `t_s` is since the fault began. */
static bool is_active(const inject_times *t, double t_s)
{
    /* The first frames may have been measured before the drive began. */
    if (t->from_s > 0 && t_s < 0)
        return false;
    if (t_s >= t->for_s)
        return false;
    return !(t->period_s > 0) || fmod(fmax(t_s, 0), t->period_s) < t->duty * t->period_s;
}

static double step_of(channel *ch, int64_t stamp_ns)
{
    double step_s = ch->seen ? 1e-9 * ((double)stamp_ns - (double)ch->last_ns) : 0;
    ch->last_ns = stamp_ns;
    ch->seen = true;
    return fmin(fmax(step_s, 0), longest_step_s);
}

/* One fault on the frame; false: the frame is gone. */
static bool apply_fault(inject *n, const inject_spec *spec, channel *ch, int64_t stamp_ns, frame *f)
{
    double drive_s = 1e-9 * ((double)stamp_ns - (double)n->start_ns);
    const inject_call call = {
        .keys = spec->keys.bytes,
        .source = &n->sources[f->source],
        .random = &ch->random,
        .state = ch->state,
        .t_s = drive_s - spec->times.from_s,
        .step_s = step_of(ch, stamp_ns),
        .course_rad = n->course_rad,
        .stamp_ns = stamp_ns,
    };
    if (is_active(&spec->times, call.t_s)) {
        inject_call active = call;
        active.t_s = fmax(call.t_s, 0);
        return spec->kind->apply(&active, f);
    }
    if (spec->kind->watch)
        spec->kind->watch(&call, f);
    return true;
}

/* Every fault in the plan's order; false: the frame is gone. */
static bool apply_all(inject *n, frame *f)
{
    int64_t stamp_ns = f->stamp_ns;
    double course_rad = inject_course(f);
    n->course_rad = isfinite(course_rad) ? course_rad : n->course_rad;
    for (size_t i = 0; i < n->plan->count; i++) {
        channel *ch = channel_of(n, i, f->source, f->kind);
        if (ch->acts && !apply_fault(n, &n->plan->faults[i], ch, stamp_ns, f))
            return false;
    }
    return true;
}

static void wait(inject *n, const frame *f)
{
    n->lost += !inject_queue_add(&n->delayed, f, n->order++);
}

void inject_push(inject *n, const frame *in)
{
    bool known = in->source < n->source_count && in->kind < FRAME_KIND_COUNT;
    if (!n->begun)
        inject_begin(n, in->received_ns);
    if (n->has_next) { /* it was not taken; the queue keeps it in its place */
        wait(n, &n->next);
        n->has_next = false;
    }
    if (in->received_ns > n->newest_ns)
        n->newest_ns = in->received_ns;
    memcpy(&n->next, in, frame_used_size(in));
    if (known && !apply_all(n, &n->next))
        return;
    if (n->next.received_ns > in->received_ns)
        wait(n, &n->next);
    else
        n->has_next = true;
}

bool inject_pull(inject *n, frame *out)
{
    const queue_entry *first = inject_queue_first(&n->delayed);
    /* Of the same time, what waited came first. */
    if (first && (n->has_next ? first->received_ns <= n->next.received_ns
                              : n->finished || first->received_ns <= n->newest_ns)) {
        inject_queue_take(&n->delayed, out);
        return true;
    }
    if (!n->has_next)
        return false;
    memcpy(out, &n->next, frame_used_size(&n->next));
    n->has_next = false;
    return true;
}

void inject_finish(inject *n)
{
    n->finished = true;
}

uint64_t inject_overflow(const inject *n)
{
    return n->lost;
}
