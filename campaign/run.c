#include "campaign/run.h"

#include "campaign/judge.h"
#include "common/clock.h"
#include "sim/sim.h"
#include "sim/world_map.h"

#include <stdlib.h>

struct campaign_run {
    run_record record;
    sim_scenario scenario;
    settings config; /* of the core: the simulator's, with faults of the map */
    sim_item item;
    frame out;
    config_problems problems;
};

/* What lives as long as one run. */
typedef struct {
    campaign_run *room;
    const campaign_tap *tap;
    sim *stream;
    inject_plan *plan;
    inject *faults;
    world_map *survey; /* the map of the road; NULL: it is driven without */
    inject_map *wrong; /* the same with faults of the map; NULL: it has none */
    fusion *core;
} running;

campaign_run *campaign_run_create(void)
{
    return calloc(1, sizeof(campaign_run));
}

void campaign_run_destroy(campaign_run *r)
{
    if (!r)
        return;
    run_record_finish(&r->record);
    free(r);
}

static void describe(const campaign_drive *d, uint64_t number, campaign_row *row)
{
    static const char *const words[ROAD_CLASS_COUNT] = {[ROAD_FREEWAY] = "freeway", [ROAD_LOCAL] = "local"};
    campaign_row_clear(row);
    row->run = (int64_t)number;
    snprintf(row->scenario, sizeof row->scenario, "%s", d->scenario->name);
    snprintf(row->sensors, sizeof row->sensors, "%s", d->sensors);
    snprintf(row->fault, sizeof row->fault, "%s", d->fault);
    snprintf(row->road, sizeof row->road, "%s", words[d->scenario->config.road]);
    row->seed = (int64_t)d->seed;
    row->duration_s = d->duration_s;
}

void campaign_run_give_up(const campaign_plan *p, uint64_t number, const char *trouble, campaign_row *row)
{
    campaign_drive d = campaign_plan_drive(p, number);
    describe(&d, number, row);
    snprintf(row->trouble, sizeof row->trouble, "%s", trouble);
}

/* All files of the drive as one plan. */
static bool join_faults(running *r, const campaign_drive *d, error *e)
{
    config_problems *p = &r->room->problems;
    p->count = 0;
    r->plan = inject_plan_copy(d->faults[0]);
    if (!r->plan)
        return error_set(e, "out of memory");
    for (size_t i = 1; i < d->fault_count; i++) {
        if (!inject_plan_append(r->plan, d->faults[i], p))
            return error_set(e, "%s", p->text[0]);
    }
    return true;
}

static const map_view *surveyed(const running *r)
{
    return r->survey ? world_map_view(r->survey) : NULL;
}

/* What the vehicle has. */
static const map_view *map_of(const running *r)
{
    return r->wrong ? inject_map_view(r->wrong) : surveyed(r);
}

static bool set_up_map(running *r, const campaign_drive *d, error *e)
{
    if (!d->on_map)
        return true;
    r->survey = world_map_create(sim_get_world(r->stream));
    return r->survey || error_set(e, "out of memory");
}

static bool set_up_faults(running *r, const campaign_drive *d, error *e)
{
    config_problems *p = &r->room->problems;
    if (d->fault_count == 0)
        return true;
    if (!join_faults(r, d, e))
        return false;
    if (!inject_apply_settings(r->plan, &r->room->config, surveyed(r), d->seed, p))
        return error_set(e, "%s", p->text[0]);
    r->faults = inject_create(r->plan, &r->room->config, d->seed);
    bool changes = r->survey && inject_plan_changes_map(r->plan);
    if (changes)
        r->wrong = inject_map_create(r->plan, surveyed(r), d->seed);
    return (r->faults && (r->wrong || !changes)) || error_set(e, "out of memory");
}

static bool set_up(running *r, const campaign_drive *d, error *e)
{
    campaign_run *room = r->room;
    campaign_drive_scenario(d, &room->scenario);
    r->stream = sim_create(&room->scenario, d->seed, e);
    if (!r->stream)
        return false;
    room->config = *sim_settings(r->stream);
    if (!set_up_map(r, d, e) || !set_up_faults(r, d, e))
        return false;
    run_record_begin(&room->record, &room->config, r->stream);
    map_record_begin(&room->record.map, r->survey, r->wrong);
    const fusion_sinks sinks = run_record_sinks(&room->record);
    r->core = fusion_create_on_map(&room->config, &sinks, map_of(r));
    if (!r->core)
        return error_set(e, "out of memory");
    if (r->tap && r->tap->begin)
        r->tap->begin(r->tap->context, &room->config, map_of(r));
    return true;
}

static void give(running *r, const frame *f)
{
    if (r->tap && r->tap->frame)
        r->tap->frame(r->tap->context, f);
    run_record_frame(&r->room->record, f);
    fusion_push(r->core, f);
    if (f->kind == FRAME_LANDMARKS)
        map_record_missed(&r->room->record.map, r->core);
}

static void give_due(running *r)
{
    while (inject_pull(r->faults, &r->room->out))
        give(r, &r->room->out);
}

static void take(running *r, const frame *f)
{
    if (!r->faults) {
        give(r, f);
        return;
    }
    inject_push(r->faults, f);
    give_due(r);
}

static void play(running *r)
{
    sim_item *item = &r->room->item;
    sim_item_kind kind;
    if (r->faults)
        inject_begin(r->faults, SIM_BEGIN_NS);
    while ((kind = sim_next(r->stream, item)) != SIM_END) {
        if (kind == SIM_FRAME) {
            take(r, &item->frame);
            continue;
        }
        run_record_truth(&r->room->record, &item->truth);
        if (r->tap && r->tap->truth)
            r->tap->truth(r->tap->context, &item->truth);
    }
    if (r->faults) {
        inject_finish(r->faults);
        give_due(r);
    }
    fusion_flush(r->core);
}

void campaign_run_do(campaign_run *room, const campaign_plan *p, uint64_t number, const campaign_tap *tap,
                     campaign_row *row)
{
    double start_s = processor_s();
    error e = {""};
    running r = {.room = room, .tap = tap};
    campaign_drive d = campaign_plan_drive(p, number);
    describe(&d, number, row);
    if (set_up(&r, &d, &e)) {
        play(&r);
        judge_run(&room->record, r.plan, row);
    } else {
        snprintf(row->trouble, sizeof row->trouble, "%.*s", (int)sizeof row->trouble - 1, e.text);
    }
    fusion_destroy(r.core);
    inject_destroy(r.faults);
    inject_plan_destroy(r.plan);
    inject_map_destroy(r.wrong);
    world_map_destroy(r.survey);
    sim_destroy(r.stream);
    row->cpu_s = processor_s() - start_s;
}
