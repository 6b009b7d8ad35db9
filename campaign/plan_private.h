/*
 * What a plan is, for the plan*.c files.
 */
#ifndef POSED_CAMPAIGN_PLAN_PRIVATE_H
#define POSED_CAMPAIGN_PLAN_PRIVATE_H

#include "campaign/plan.h"
#include "config/load.h"
#include "config/table.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    char name[PLAN_NAME_SIZE];
    char words[PLAN_MAX_WITHOUT][FRAME_SOURCE_NAME_SIZE];
    const char *without[PLAN_MAX_WITHOUT]; /* the words */
    size_t without_count;
    bool map;            /* driven on the map of the road */
    size_t line, column; /* in the plan's file */
} plan_sensors;

/* A file of faults. */
typedef struct {
    inject_plan *plan;
    uint64_t hash; /* of its text */
} plan_file;

/* What is injected into a drive: files, none or several. */
enum { PLAN_MAX_FILES = 4 };
typedef struct {
    char name[128];
    const inject_plan *plans[PLAN_MAX_FILES];
    uint32_t files[PLAN_MAX_FILES];
    uint32_t file_count;
    bool of_pairs;       /* made by `pairs`, which asks for two sources */
    bool of_pattern;     /* one of several files that a pattern stands for */
    size_t line, column; /* in the plan's file */
} plan_fault;

/* One combination that fits; the seeds are its drives. */
typedef struct {
    uint32_t fault;
    uint16_t scenario, sensors;
} plan_cell;

/* The numbers of a plan, as rows of the tables. */
typedef struct {
    double runs, timeout_s;
    double first_seed, seed_count;
    double least_s, most_s;
} plan_numbers;

struct campaign_plan {
    char name[PLAN_NAME_SIZE], about[256];
    char *text;
    size_t text_size;
    plan_numbers numbers;
    sim_scenario *scenarios;
    size_t scenario_count;
    plan_sensors *sensors;
    size_t sensors_count;
    plan_file *files;
    size_t file_count;
    plan_fault *faults;
    size_t fault_count;
    plan_cell *cells; /* sorted by fault, scenario, sensors */
    size_t cell_count;
    uint64_t size, stride;
    char hash[PLAN_HASH_SIZE];
};

extern const config_group plan_group;          /* of plan_numbers: what stands in the plan itself */
extern const config_group plan_seeds_group;    /* in seeds: {...} */
extern const config_group plan_duration_group; /* in duration_s: {...} */
extern const plan_numbers plan_defaults;

/* FNV-1a over more bytes; begin with PLAN_HASH_BEGIN. */
#define PLAN_HASH_BEGIN UINT64_C(14695981039346656037)
uint64_t plan_hash(uint64_t h, const void *bytes, size_t size);

/* ---- plan_load_files.c */

/* Room for one more of `count` elements; NULL and a problem when there is no memory. */
void *plan_grow(loader *l, const config_node *at, void *list, size_t count, size_t size);

/* Calls `take` with one path, or with all that a pattern stands for, in the order of their names, until it
 * returns false. */
typedef bool plan_take_file(loader *l, const config_node *at, const char *path, void *target);
void plan_read_files(loader *l, const char *key, const config_node *value, plan_take_file *take,
                     void *target);

/* False, with a problem that says what was expected: it is something else. */
bool plan_is_list(loader *l, const config_node *key, const config_node *value, const char *expected);

/* ---- plan_load_faults.c: what stands at `faults` and at `pairs`; `target` is the plan. */
void plan_read_faults(loader *l, const config_node *key, const config_node *value, void *target);
void plan_read_pairs(loader *l, const config_node *key, const config_node *value, void *target);

/* Drives without any. */
void plan_add_no_fault(loader *l, const config_node *at, campaign_plan *p);

/* ---- plan.c */

/* Lists the combinations that fit and works out size, stride and hash. False with problems added when nothing
 * is left, or something in the plan fits nowhere. */
bool plan_lay_out(campaign_plan *p, const char *name, config_problems *problems);

#ifdef __cplusplus
}
#endif
#endif
