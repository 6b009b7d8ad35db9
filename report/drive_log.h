/*
 * What happened in a drive, kept for its page: when each source spoke, where receivers thought they were,
 * every verdict, and the filter's status over time.
 */
#ifndef POSED_REPORT_DRIVE_LOG_H
#define POSED_REPORT_DRIVE_LOG_H

#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int64_t stamp_ns;
    double latitude_rad, longitude_rad, height_m;
    uint16_t source;
} logged_fix;

typedef struct {
    int64_t stamp_ns;
    uint16_t source;
} logged_frame;

typedef struct {
    logged_frame *frames; /* in order of reception */
    size_t frame_count, frame_capacity;
    logged_fix *fixes; /* GNSS positions that came with a fix */
    size_t fix_count, fix_capacity;
    verdict *verdicts; /* by stamp */
    size_t verdict_count, verdict_capacity;
    fusion_status *statuses; /* by stamp */
    size_t status_count, status_capacity;
    bool failed; /* memory ran out: the log is not complete */
} drive_log;

/* A zeroed log is empty. Each takes a copy; `failed` is set when there is no memory for it. */
void drive_log_frame(drive_log *log, const frame *f);
void drive_log_verdict(drive_log *log, const verdict *v);
void drive_log_status(drive_log *log, const fusion_status *status);
void drive_log_finish(drive_log *log);

#ifdef __cplusplus
}
#endif
#endif
