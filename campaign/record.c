#include "campaign/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void run_record_begin(run_record *r, const settings *config)
{
    r->pose_count = r->truth_count = r->event_count = 0;
    r->truth_seen = 0;
    r->distance_m = 0;
    r->full = false;
    r->config = config;
    memset(r->nis, 0, sizeof r->nis);
    memset(r->dof, 0, sizeof r->dof);
    memset(r->modes, 0, sizeof r->modes);
}

void run_record_finish(run_record *r)
{
    free(r->poses);
    free(r->truth);
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

static void keep_event(void *context, const fault_event *e)
{
    run_record *r = context;
    if (!e->raised)
        return;
    if (r->event_count < RECORD_MAX_EVENTS)
        r->events[r->event_count] = *e;
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
