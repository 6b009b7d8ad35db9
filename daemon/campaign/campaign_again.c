#include "daemon/campaign/campaign_again.h"

#include "campaign/run.h"
#include "daemon/campaign/campaign_options.h"
#include "daemon/command.h"
#include "map/pmap_build.h"
#include "wire/drive.h"

#include <inttypes.h>
#include <stdlib.h>

typedef struct {
    drive_writer *drive;
    const settings *config;
    const campaign_drive *about;
    const char *campaign;
    uint64_t number;
    const char *map_file; /* NULL: the map is not wanted */
    error *e;
    bool good, map_good;
} recording;

/* The map that the vehicle has, for a replay. */
static bool write_map(const recording *r, const map_view *map)
{
    size_t size = 0;
    if (!r->map_file)
        return true;
    if (!map)
        return error_set(r->e, "--map: the set of sensors \"%s\" is driven without a map", r->about->sensors);
    void *bytes = pmap_of_view(map, &size);
    bool good = bytes ? pmap_save(bytes, size, r->map_file, r->e) : error_set(r->e, "out of memory");
    free(bytes);
    return good;
}

/* The configuration goes into the drive as YAML, with what faults of the map have done to it. */
static void begin(void *context, const settings *config, const map_view *map)
{
    recording *r = context;
    r->map_good = write_map(r, map);
    if (!r->drive)
        return;
    char *text = NULL, seed[24], number[24];
    size_t size = 0;
    r->config = config;
    snprintf(seed, sizeof seed, "%" PRIu64, r->about->seed);
    snprintf(number, sizeof number, "%" PRIu64, r->number);
    const char *const pairs[][2] = {{"origin", "posed campaign run"},
                                    {"campaign", r->campaign},
                                    {"run", number},
                                    {"scenario", r->about->scenario->name},
                                    {"sensors", r->about->sensors},
                                    {"seed", seed},
                                    {"faults", r->about->fault},
                                    {"version", POSED_VERSION}};
    FILE *memory = open_memstream(&text, &size);
    r->good = memory && config_print(memory, config);
    if (memory)
        r->good &= fclose(memory) == 0;
    r->good = r->good && drive_write_config(r->drive, text, size) &&
              drive_write_metadata(r->drive, "posed", pairs, sizeof pairs / sizeof *pairs);
    free(text);
}

/* A writer that failed says so when it is closed. */
static void write_frame(void *context, const frame *f)
{
    recording *r = context;
    r->good = r->good && (!r->drive || drive_write_frame(r->drive, f, r->config->sources[f->source].name));
}

static void write_truth(void *context, const truth_point *t)
{
    recording *r = context;
    r->good = r->good && (!r->drive || drive_write_truth(r->drive, t));
}

campaign_plan *campaign_load_plan(const char *path, error *e)
{
    config_problems *p = calloc(1, sizeof *p);
    campaign_plan *plan = p ? campaign_plan_load(path, p) : NULL;
    if (!p)
        error_set(e, "out of memory");
    else if (!plan) {
        config_problems_print(stderr, p);
        error_set(e, "%s cannot be used", path);
    }
    free(p);
    return plan;
}

static bool run_again(const campaign_run_options *o, const campaign_plan *plan, campaign_row *row, error *e)
{
    const campaign_drive about = campaign_plan_drive(plan, o->number);
    recording r = {.about = &about,
                   .campaign = campaign_plan_name(plan),
                   .number = o->number,
                   .map_file = o->map,
                   .e = e,
                   .good = true,
                   .map_good = true};
    const campaign_tap tap = {&r, begin, write_frame, write_truth};
    campaign_run *room = campaign_run_create();
    if (!room)
        return error_set(e, "out of memory");
    r.drive = o->output ? drive_writer_open(o->output, e) : NULL;
    bool good = !o->output || r.drive;
    if (good)
        campaign_run_do(room, plan, o->number, r.drive || o->map ? &tap : NULL, row);
    if (r.drive)
        good = (drive_writer_close(r.drive, !r.good, e) && r.good) ||
               error_set(e, "%s: cannot write the drive", o->output);
    campaign_run_destroy(room);
    return good && r.map_good;
}

static bool do_again(const campaign_run_options *o, error *e)
{
    campaign_plan *plan = campaign_load_plan(o->plan, e);
    campaign_row *row = calloc(1, sizeof *row);
    bool good = plan && (row || error_set(e, "out of memory"));
    if (good && o->number >= campaign_plan_size(plan))
        good = error_set(e, "%s has runs 0 to %" PRIu64 ", not %" PRIu64, o->plan,
                         campaign_plan_size(plan) - 1, o->number);
    good = good && run_again(o, plan, row, e) &&
           (campaign_row_print(stdout, row) || error_set(e, "cannot write the row"));
    if (good && row->trouble[0])
        good = error_set(e, "run %" PRIu64 ": %s", o->number, row->trouble);
    free(row);
    campaign_plan_destroy(plan);
    return good;
}

int campaign_again_main(int argc, char **argv)
{
    error e = {""};
    campaign_run_options o;
    if (!campaign_run_options_parse(argc, argv, &o, &e)) {
        fprintf(stderr, "posed campaign run: %s\nTry: posed campaign --help\n", e.text);
        return EXIT_USAGE;
    }
    if (do_again(&o, &e))
        return EXIT_OK;
    return command_fail("campaign run", EXIT_BAD, "%s", e.text);
}
