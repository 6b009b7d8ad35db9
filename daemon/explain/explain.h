/*
 * Why a flag was up, what was left out, and what would have happened otherwise: a drive replayed with memory,
 * and again without the exclusion.
 */
#ifndef POSED_DAEMON_EXPLAIN_EXPLAIN_H
#define POSED_DAEMON_EXPLAIN_EXPLAIN_H

#include "daemon/explain/explain_log.h"
#include "daemon/replay/replay.h"
#include "evaluation/evaluation.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* So much on either side of the moment is kept and drawn, s. */
#define EXPLAIN_SPAN_S 20.0

enum { EXPLAIN_LABEL_SIZE = 96, EXPLAIN_RUNS = 5, EXPLAIN_SUBJECTS = 16 };
enum { EXPLAIN_ALONG, EXPLAIN_CROSS, EXPLAIN_VERTICAL, EXPLAIN_HEADING, EXPLAIN_DIRECTIONS };

/* What makes a protection level as large as it is. */
typedef enum {
    DECIDER_NONE,       /* there is no level */
    DECIDER_FAULT_FREE, /* the error when nothing is at fault */
    DECIDER_HYPOTHESIS, /* a source may be at fault */
    DECIDER_MAP,        /* the map as a whole */
    DECIDER_HELD,       /* what was covered before the integrity monitor last started anew */
    DECIDER_SINCE, /* none of these: what was corrected since the last look, a receiver that contradicts, a
                      lost heading */
} explain_decider;

/* One direction of the pose at the moment; m, heading rad; NAN: not known. */
typedef struct {
    double sigma, level, alert;
    explain_decider decider;
    size_t hypothesis; /* of the status, where that decides */
    double part;       /* the part that decides */
    bool
        widened; /* the level is larger, for the heading may be off: along holds a part of across, and back */
} explain_bound;

/* How far a track is from the one as it was, horizontally. */
typedef struct {
    int64_t stamp_ns;
    double apart_m;
} explain_apart;

/* One replay of the drive, as it was or otherwise; NAN each: not known. */
typedef struct {
    char label[EXPLAIN_LABEL_SIZE]; /* "as it was", "with nothing excluded" */
    replay_options options;
    replay_result result;  /* of the first alone */
    error_sample *samples; /* NULL: there is no truth */
    size_t sample_count;
    /* In the story's span, horizontally. */
    double error_rms_m, error_max_m;
    double error_max_s;             /* when that was, from the drive's start */
    double error_at_m;              /* at the moment; of the nearest truth within a second */
    double level_at_m, level_max_m; /* protection level */
    double worst_ratio;             /* the largest error over its level, of any direction but heading */
    double outside_s;               /* for so long an error was above its level */
    double usable_share;            /* of the poses */
    explain_apart *apart;           /* in the story's span and about the moment; NULL of the first */
    size_t apart_count;
    double apart_at_m, apart_max_m;
} explain_run;

typedef struct {
    const char *drive; /* for people */
    bool has_moment;   /* one was asked for; otherwise there is the list of flags alone */
    double at_s;       /* the moment, from the drive's start */
    int64_t at_ns, start_ns;
    size_t fault;                                         /* that was asked for, from 1; 0: a moment was */
    explain_log log;                                      /* of the replay as it was */
    size_t subjects[EXPLAIN_SUBJECTS], subject_count;     /* flags that are told: indices into the log's */
    size_t exclusions[EXPLAIN_SUBJECTS], exclusion_count; /* likewise: those within the span of the moment */
    int64_t from_ns, to_ns;                               /* what the runs are compared over */
    fusion_pose pose;                                     /* the newest up to the moment */
    bool posed;                                           /* there is one */
    const fusion_status *status;                          /* likewise; NULL: none */
    explain_bound bounds[EXPLAIN_DIRECTIONS];
    explain_run runs[EXPLAIN_RUNS]; /* the first as it was */
    size_t run_count;
} explanation;

/* Where a moment is asked for, `at_s` and `fault` 0; else the number of a fault. Replays, several times.
 * Returns an exit code, with `e` set when it is not EXIT_OK. To be finished in any case. */
int explain(explanation *x, const replay_options *o, double at_s, size_t fault, error *e);
void explain_finish(explanation *x);

/* Seconds from the drive's start. */
double explain_seconds(const explanation *x, int64_t time_ns);
const settings *explain_settings(const explanation *x);

/* When an exclusion ended: the source counts again; INT64_MAX: not in this drive. The flag stays up for its
 * clearing time after that. */
int64_t explain_exclusion_end(const explanation *x, const explain_exclusion *e);
/* A flag that by itself keeps its source out about the moment: not the integrity monitor's, nor one that
 * follows from it. */
bool explain_flag_excludes(const explanation *x, const explain_flag *flag);
/* By how much the pose moved when the source was left out, m; NAN: not known. `resets`: the counter then. */
double explain_exclusion_jump(const explanation *x, const explain_exclusion *e, uint32_t *resets);
/* The hypothesis that was acted upon; NULL: not known. */
const fusion_hypothesis *explain_exclusion_hypothesis(const explain_exclusion *e);
/* By how much a measurement was off (explain_off) in a unit that people know: m, m/s, deg, deg/s. Returns the
 * unit; "": it has none. */
const char *explain_off_in_unit(const verdict *v, double *off);
/* The largest separation of a hypothesis, along, across or in heading, in standard deviations, where `limit`
 * of them are an alarm; NAN: it has no sub-solution. Heights do not count. */
double explain_separation(const fusion_hypothesis *of, double limit);
/* The hypothesis whose separation was furthest over its limit; NULL: none was. */
const fusion_hypothesis *explain_exclusion_alarm(const explain_exclusion *e);
/* The largest doubt of those that still used the source; NAN: there is none. */
double explain_exclusion_doubt(const explain_exclusion *e);

/* "gnss/roof", "gnss/roof and imu/body": as many as fit. */
void explain_name_sources(const settings *s, uint32_t sources, char *out, size_t size);
/* The same of what a hypothesis leaves out: "camera/front's landmarks" is a part of a source. */
void explain_name_hypothesis(const settings *s, const fusion_hypothesis *of, char *out, size_t size);

/* Why the pose is not usable, in words; "" when it is. */
void explain_why_unusable(const explanation *x, char *out, size_t size);

/* For people. False when writing failed. */
bool explain_print_text(const explanation *x, FILE *out, bool colour);
/* For programs: one JSON object and a line feed. */
bool explain_print_json(const explanation *x, FILE *out);
/* A drawing of the span about the moment. False when memory is short. */
bool explain_draw(const explanation *x, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
