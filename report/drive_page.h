/*
 * The page of one drive: what a replay found, as data for report/page/.
 */
#ifndef POSED_REPORT_DRIVE_PAGE_H
#define POSED_REPORT_DRIVE_PAGE_H

#include "evaluation/evaluation.h"
#include "report/drive_log.h"
#include "wire/message.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A mode from one time to another, seconds from the drive's start. */
typedef struct {
    uint8_t mode; /* fusion_mode */
    double from_s, to_s;
} page_mode;

/* A fault that was found or injected, likewise. */
typedef struct {
    const char *source, *code;
    const char *severity, *text; /* NULL of an injected one */
    double from_s, to_s;         /* to_s INFINITY: up to the end */
} page_fault;

/* Innovations of one axis; NAN: the drive does not show it, or has fewer than 32 of them. */
typedef struct {
    size_t count;
    double mean, sigma; /* deviation about the mean; SI units */
    double nis;         /* mean over the degrees of freedom of the whole measurement: 1 is what is expected */
    double lag1s;       /* autocorrelation at 1 s */
    double memory_s;    /* until it has fallen to 1/e */
    double kurtosis;    /* 3: normal */
    double beyond;      /* share beyond 3 robust deviations; 0.0027: normal */
} page_twin_side;

typedef struct {
    char source[FRAME_SOURCE_NAME_SIZE];
    verdict_quantity quantity;
    uint8_t axis;
    page_twin_side real, twin;
} page_twin_row;

/* All of it is the caller's. */
typedef struct {
    const char *name;   /* of the drive, for people */
    const char *damage; /* of the file; "" none */
    const settings *settings;
    int64_t start_ns;                     /* where the page's zero lies */
    double end_s, duration_s, distance_m; /* from the start; played; travelled */
    const fusion_pose *poses;             /* by stamp */
    size_t pose_count;
    const truth_point *truth; /* by stamp */
    size_t truth_count;
    const evaluation *evaluation; /* NULL: there is no truth */
    const drive_log *log;
    const fusion_status *status; /* at the end */
    const uint64_t *malformed;   /* messages of each source that did not decode */
    const page_mode *modes;
    size_t mode_count;
    const page_fault *faults, *injected;
    size_t fault_count, injected_count;
    const char *twin; /* name of the simulated drive that the innovations are compared with; NULL: none */
    const page_twin_row *twin_rows;
    size_t twin_row_count;
} drive_page;

/* Writes the page. False when memory is short; whether writing failed, `out` knows. */
bool drive_page_write(const drive_page *p, FILE *out);

/* Its data alone: one JSON object (docs/REPORT.md). */
bool drive_page_write_data(const drive_page *p, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
