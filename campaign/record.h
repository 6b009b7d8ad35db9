/*
 * What is kept of a drive until it is judged: poses, truth, flags, and sums of what the filter said.
 */
#ifndef POSED_CAMPAIGN_RECORD_H
#define POSED_CAMPAIGN_RECORD_H

#include "evaluation/evaluation.h"
#include "fusion/fusion.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    RECORD_MAX_EVENTS = 4096,   /* flags that rise; of more, only the number is kept */
    RECORD_MAX_POSES = 1 << 20, /* three hours at 100 Hz */
    RECORD_MAX_SPANS = 4096,    /* times in which a source said something that explains a flag */
};

/* Truth comes at 100 Hz. Errors are correlated over seconds: every fifth point judges a drive as well. */
enum { RECORD_TRUTH_STEP = 5 };

typedef struct {
    fusion_pose *poses;
    size_t pose_count, pose_room;
    truth_point *truth; /* every RECORD_TRUTH_STEP-th */
    size_t truth_count, truth_room;
    uint32_t truth_seen;
    double distance_m;
    fault_event events[RECORD_MAX_EVENTS]; /* flags that rose, in the order of stamps */
    size_t event_count;                    /* all, also those that had no room */
    double nis[SOURCE_KIND_COUNT], dof[SOURCE_KIND_COUNT];
    size_t modes[MODE_COUNT];
    bool full; /* there was no memory for all */
    const settings *config;
} run_record;

/* Empties it for the next drive; keeps its memory. `config` must stay until it has been judged. */
void run_record_begin(run_record *r, const settings *config);
void run_record_finish(run_record *r);

void run_record_truth(run_record *r, const truth_point *t);

/* Where the core's results go. */
fusion_sinks run_record_sinks(run_record *r);

#ifdef __cplusplus
}
#endif
#endif
