/*
 * What a replay amounts to: the numbers of both summaries.
 */
#ifndef POSED_DAEMON_REPLAY_REPORT_H
#define POSED_DAEMON_REPLAY_REPORT_H

#include "daemon/replay/replay.h"
#include "evaluation/evaluation.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A mode from one time to another, seconds from the drive's start. */
typedef struct {
    fusion_mode mode;
    double from_s, to_s;
} mode_span;

enum { SHA256_HEX_SIZE = 65 };

typedef struct {
    const replay_options *options;
    replay_result *result;
    double duration_s;            /* from the first to the last reception of the frames given */
    double distance_m;            /* that the estimate travelled */
    double speed_factor;          /* duration over wall time */
    char sha256[SHA256_HEX_SIZE]; /* over the encoded poses, in order */
    double mode_s[MODE_COUNT];
    mode_span *modes; /* in order */
    size_t mode_count, mode_capacity;
    bool evaluated; /* there is truth */
    evaluation evaluation;
    evaluation_drop drops[FRAME_FILTER_MAX]; /* one per --drop */
} report;

/* Works everything out. False with `e` set when memory is short. To be finished in any case; refers to `o`
 * and `r`. */
bool report_make(report *rep, const replay_options *o, replay_result *r, error *e);
void report_finish(report *rep);

/* Seconds from the drive's start. */
double report_seconds(const report *rep, int64_t time_ns);

/* For people; `colour`: with bold headings. False when memory is short or writing failed. */
bool report_print_text(const report *rep, FILE *out, bool colour);

/* For programs: one JSON object and a line feed. */
bool report_print_json(const report *rep, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
