/*
 * A campaign's plan: which drives there are, out of CAMPAIGN.yaml.
 *
 * The drives are the product of scenarios, sensor sets, faults and seeds, less what does not fit: a sensor
 * set that leaves out what a scenario does not have, a fault without a source to act on, two faults of one
 * source. Run r is the element r * stride of that list, modulo its length, with a stride near the golden
 * ratio of the length: any first N runs are spread evenly over faults, scenarios, sensor sets and seeds. So a
 * run is a function of its number and the plan, and of nothing else: not of how many runs there are to be.
 */
#ifndef POSED_CAMPAIGN_PLAN_H
#define POSED_CAMPAIGN_PLAN_H

#include "config/config.h"
#include "inject/inject.h"
#include "sim/scenario.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PLAN_MAX_SCENARIOS = 200,
    PLAN_MAX_SENSOR_SETS = 40,
    PLAN_MAX_WITHOUT = 8,
    PLAN_MAX_FAULTS = 5000,
    PLAN_NAME_SIZE = 64,
    PLAN_HASH_SIZE = 17,
};

typedef struct campaign_plan campaign_plan;

/* Reads a plan and every file that it names. NULL when there is any problem: all are added to `p` with their
 * place. */
campaign_plan *campaign_plan_load(const char *path, config_problems *p);
/* The same for text in memory; `name` stands for the file in messages, and files are relative to it. */
campaign_plan *campaign_plan_load_text(const char *name, const char *text, size_t size, config_problems *p);
void campaign_plan_destroy(campaign_plan *p);

const char *campaign_plan_name(const campaign_plan *p);
const char *campaign_plan_about(const campaign_plan *p); /* "": there is none */
/* The text that was read; `*size` bytes and a NUL. */
const char *campaign_plan_text(const campaign_plan *p, size_t *size);

/* Of all that makes the runs what they are: scenarios, sensor sets and faults as they were read, seeds,
 * durations. Not of comments, nor of how many runs there are to be, so a campaign can be made longer.
 * 16 hexadecimal digits. */
const char *campaign_plan_hash(const campaign_plan *p);

/* The runs that are wanted, from 0. */
uint64_t campaign_plan_runs(const campaign_plan *p);
/* All that the plan can have: run numbers are below it. */
uint64_t campaign_plan_size(const campaign_plan *p);
/* How long a run may take before it is given up, s of wall time. */
double campaign_plan_timeout_s(const campaign_plan *p);
double campaign_plan_longest_s(const campaign_plan *p);

/* What a run is. Texts and plans belong to the plan. */
typedef struct {
    const sim_scenario *scenario; /* with all its sensors */
    const char *sensors;          /* name of the sensor set */
    const char *const *without;   /* to be taken out of the scenario */
    size_t without_count;
    bool on_map;                      /* the core gets the map of the road, as surveyed */
    const inject_plan *const *faults; /* at once */
    size_t fault_count;
    const char *fault; /* names of the files, joined by +; "" none */
    uint64_t seed;
    double duration_s;
} campaign_drive;

/* Run `number` of campaign_plan_size. */
campaign_drive campaign_plan_drive(const campaign_plan *p, uint64_t number);

/* The scenario of a drive: sensors taken out, its duration. */
void campaign_drive_scenario(const campaign_drive *d, sim_scenario *out);

/* "faults: 10 scenarios, 8 sensor sets, 54 faults: ...; 10000 runs of 399300" for people; `runs` are wanted.
 */
void campaign_plan_describe(const campaign_plan *p, uint64_t runs, char *text, size_t size);

/* docs/CAMPAIGN.md: the keys of a plan, and the columns of the table. False when writing failed. */
bool campaign_write_reference(FILE *out);

#ifdef __cplusplus
}
#endif
#endif
