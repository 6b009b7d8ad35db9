/*
 * A scenario like a recorded drive: the vehicle goes the recorded way, and each sensor gets the errors that
 * the recording shows.
 *
 * What is measured is held against the range of its setting (sim/errors_*.def): below the least it is raised,
 * because a scenario makes an error worse, never better. What the recording does not show keeps its default.
 * Each figure says which, and how it was found.
 */
#ifndef POSED_SIM_FIT_H
#define POSED_SIM_FIT_H

#include "fusion/fusion.h"
#include "sim/motion.h"
#include "sim/scenario.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SIM_FIT_ROAD = -1, SIM_FIT_VEHICLE = -2, SIM_FIT_MAX = 256 };

typedef enum {
    SIM_FIT_TAKEN,  /* as measured */
    SIM_FIT_RAISED, /* to the least that the setting may be */
    SIM_FIT_CUT,    /* to the most */
    SIM_FIT_KEPT,   /* the default: the drive does not show it */
    SIM_FIT_REMARK  /* nothing that can be set */
} sim_fit_outcome;

typedef struct {
    int where;       /* index of a sensor of the scenario, or SIM_FIT_ROAD, SIM_FIT_VEHICLE */
    const char *key; /* NULL: a remark */
    sim_fit_outcome outcome;
    double value;    /* in the scenario */
    double measured; /* NAN: not */
    char said[224];  /* how it was found, or why it was not */
} sim_fit_line;

typedef struct {
    sim_scenario *scenario;
    bool truth; /* fitted against truth; false: against posed's own estimate */
    size_t count;
    sim_fit_line lines[SIM_FIT_MAX];
} sim_fit;

/* A recorded drive, replayed. */
typedef struct {
    const char *name;         /* of the drive, for people */
    const char *file;         /* that brings its motion as truth */
    const settings *settings; /* sources and mounts */
    const sim_motion *motion;
    bool truth;                  /* `motion` is that of the truth */
    const fusion_status *status; /* at the end of the replay */
    size_t frame_count;
    void *context;
    void (*get)(void *context, size_t i, frame *f); /* in order of reception */
} sim_fit_input;

/* Fills in `s` and `fit`, which refers to `s`; s->motion is the input's. False with `e` set: no memory, or no
 * source with frames enough. */
bool sim_fit_drive(const sim_fit_input *in, sim_scenario *s, sim_fit *fit, error *e);

/* The scenario as YAML, each figure with what is known of it. It loads back to the same scenario. False when
 * writing failed. */
bool sim_fit_print(FILE *out, const sim_fit *fit);

/* How many figures have that outcome. */
size_t sim_fit_count(const sim_fit *fit, sim_fit_outcome outcome);

#ifdef __cplusplus
}
#endif
#endif
