#include "campaign/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void run_record_begin(run_record *r, const settings *config, const sim *stream)
{
    r->pose_count = r->truth_count = r->event_count = 0;
    r->truth_seen = 0;
    r->distance_m = 0;
    r->full = false;
    r->config = config;
    r->stream = stream;
    r->span_count = 0;
    memset(r->last_ns, 0, sizeof r->last_ns);
    memset(r->next_sequence, 0, sizeof r->next_sequence);
    memset(r->nis, 0, sizeof r->nis);
    memset(r->dof, 0, sizeof r->dof);
    memset(r->modes, 0, sizeof r->modes);
    map_record_begin(&r->map, NULL, NULL);
}

void run_record_finish(run_record *r)
{
    free(r->poses);
    free(r->truth);
    map_record_finish(&r->map);
    r->poses = NULL;
    r->truth = NULL;
    r->pose_room = r->truth_room = 0;
}

/* Room for one more element; false: there is none. */
static bool make_room(void **list, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return true;
    size_t more = *room == 0 ? 4096 : 2 * *room;
    void *larger = more <= RECORD_MAX_POSES ? realloc(*list, more * size) : NULL;
    if (!larger)
        return false;
    *list = larger;
    *room = more;
    return true;
}

void run_record_truth(run_record *r, const truth_point *t)
{
    void *list = r->truth;
    r->distance_m += 0.01 * hypot(t->velocity_enu_mps[0], t->velocity_enu_mps[1]);
    if (r->truth_seen++ % RECORD_TRUTH_STEP != 0)
        return;
    bool room = make_room(&list, &r->truth_room, r->truth_count, sizeof *r->truth);
    r->truth = list;
    if (room)
        r->truth[r->truth_count++] = *t;
    r->full = r->full || !room;
}

/* ---- what frames show ---- */

static void add_span(run_record *r, uint16_t source, span_kind kind, int64_t from_ns, int64_t to_ns)
{
    const int64_t close_ns = 1000000000;
    size_t first = r->span_count > 64 ? r->span_count - 64 : 0;
    for (size_t i = r->span_count; i > first; i--) { /* makes an older one longer, where it follows on it */
        record_span *s = &r->spans[i - 1];
        if (s->source == source && s->kind == kind && from_ns - s->to_ns <= close_ns) {
            s->to_ns = to_ns > s->to_ns ? to_ns : s->to_ns;
            return;
        }
    }
    if (r->span_count < RECORD_MAX_SPANS)
        r->spans[r->span_count++] = (record_span){from_ns, to_ns, source, (uint8_t)kind};
}

void run_record_frame(run_record *r, const frame *f)
{
    const source_settings *set = &r->config->sources[f->source];
    map_record_frame(&r->map, r->stream, f);
    int64_t *last_ns = &r->last_ns[f->source], *due = &r->next_sequence[f->source][f->kind];
    double behind_s = 1e-9 * (double)(f->received_ns - f->stamp_ns);
    bool possible = behind_s <= set->max_latency_s && behind_s >= -set->max_future_s;
    r->impossible = possible ? FAULT_SOURCE_SYSTEM : f->source;
    r->received_ns = f->received_ns;
    if (*last_ns == 0)
        *last_ns = SIM_BEGIN_NS;
    if (f->kind == FRAME_GNSS && f->u.gnss.fix == GNSS_FIX_NONE)
        add_span(r, f->source, SPAN_NO_FIX, f->stamp_ns, f->stamp_ns);
    if (behind_s > r->config->filter.window_s)
        add_span(r, f->source, SPAN_LATE, f->stamp_ns, f->received_ns);
    if (1e-9 * (double)(f->stamp_ns - *last_ns) > set->stale_after_s)
        add_span(r, f->source, SPAN_SILENT, *last_ns, f->stamp_ns);
    if (*due != 0 && f->sequence != *due)
        add_span(r, f->source, SPAN_LOST, f->stamp_ns, f->stamp_ns);
    *last_ns = f->stamp_ns > *last_ns ? f->stamp_ns : *last_ns;
    *due = (int64_t)f->sequence + 1;
}

/* After its last frame a source is silent. */
bool run_record_shows(const run_record *r, uint16_t source, span_kind kind, int64_t from_ns, int64_t to_ns)
{
    if (source >= r->config->source_count)
        return false;
    double since_s = 1e-9 * (double)(to_ns - r->last_ns[source]);
    if (kind == SPAN_SILENT && since_s > r->config->sources[source].stale_after_s)
        return true;
    for (size_t i = 0; i < r->span_count; i++) {
        const record_span *s = &r->spans[i];
        if (s->source == source && s->kind == kind && s->to_ns >= from_ns && s->from_ns <= to_ns)
            return true;
    }
    return false;
}

/* ---- what the core says ---- */

static void keep_pose(void *context, const fusion_pose *p)
{
    run_record *r = context;
    void *list = r->poses;
    r->modes[p->mode < MODE_COUNT ? p->mode : 0]++;
    bool room = make_room(&list, &r->pose_room, r->pose_count, sizeof *r->poses);
    r->poses = list;
    if (room)
        r->poses[r->pose_count++] = *p;
    r->full = r->full || !room;
}

static bool is_of_door(const run_record *r, const fault_event *e)
{
    return e->code == FAULT_LATE || e->code == FAULT_OVERLOAD ||
           (e->code == FAULT_TIME_JUMP && e->source == r->impossible);
}

static void keep_event(void *context, const fault_event *e)
{
    run_record *r = context;
    if (!e->raised)
        return;
    if (r->event_count < RECORD_MAX_EVENTS) {
        r->events[r->event_count] = *e;
        if (is_of_door(r, e))
            r->events[r->event_count].stamp_ns = r->received_ns;
    }
    r->event_count++;
}

/* Of what a sensor measures. What is only assumed of a vehicle (no side slip, upright) and what follows from
 * its standing still has noise of another nature, and would hide the sensor's. */
static bool is_measured(verdict_quantity q)
{
    switch (q) {
    case QUANTITY_POSITION:
    case QUANTITY_VELOCITY:
    case QUANTITY_SPEED:
    case QUANTITY_EGO_VELOCITY:
    case QUANTITY_LANDMARK:
    case QUANTITY_YAW_RATE:
    case QUANTITY_HEADING:
    case QUANTITY_TRANSLATION:
    case QUANTITY_ROTATION:
        return true;
    default:
        return false;
    }
}

static bool was_compared(const verdict *v)
{
    return v->decision == DECISION_FUSED || v->decision == DECISION_DOWN_WEIGHTED ||
           (v->decision == DECISION_REJECTED && v->reason == REASON_INNOVATION);
}

static void keep_verdict(void *context, const verdict *v)
{
    run_record *r = context;
    map_record_verdict(&r->map, v);
    if (v->dim == 0 || !isfinite(v->nis) || v->source >= r->config->source_count || !was_compared(v) ||
        !is_measured((verdict_quantity)v->quantity))
        return;
    source_kind kind = r->config->sources[v->source].kind;
    r->nis[kind] += v->nis;
    r->dof[kind] += v->dim;
}

fusion_sinks run_record_sinks(run_record *r)
{
    return (fusion_sinks){.context = r, .pose = keep_pose, .verdict = keep_verdict, .fault = keep_event};
}
