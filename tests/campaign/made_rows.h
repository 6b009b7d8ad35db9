/*
 * Rows of runs that never ran, for tests of what is made of them.
 */
#ifndef POSED_TESTS_CAMPAIGN_MADE_ROWS_H
#define POSED_TESTS_CAMPAIGN_MADE_ROWS_H

#include "campaign/results.h"

#include <math.h>

/* A quiet, fault-free run without anything of integrity. */
static inline result_row made_row(int64_t run, const char *scenario, const char *sensors, const char *fault)
{
    result_row r = {
#define INTEGER(name, meaning) .name = -1,
#define REAL(name, unit, meaning) .name = NAN,
#define TEXT(name, size, meaning) .name = "",
#include "campaign/columns.def"
#undef INTEGER
#undef REAL
#undef TEXT
    };
    r.run = run;
    r.scenario = scenario;
    r.sensors = sensors;
    r.fault = fault;
    r.road = "local";
    r.seed = run;
    r.duration_s = 3600;
    r.distance_m = 1000;
    r.samples = 100;
    r.availability = 1;
    r.horizontal_p95_m = 0.2;
    r.inside_alert = 1;
    r.along_histogram = "-10:100"; /* 0.100 to 0.126 m */
    r.cross_histogram = "-20:100";
    r.heading_histogram = "-10:100";
    r.error_bound_grid = "-10,0:95 -1,-10:5";
    r.coverage50 = 0.5;
    r.coverage95 = 0.95;
    r.coverage999 = 1;
    r.nees = 2;
    r.false_alarms = 0;
    r.injected = *fault ? 1 : 0;
    return r;
}

/* The same with what came of its fault. */
static inline result_row made_fault(int64_t run, const char *fault, bool detected, bool named,
                                    double detect_s)
{
    result_row r = made_row(run, "town", "all", fault);
    r.detected = detected;
    r.named = named;
    r.named_code = named;
    r.detect_s = detected ? detect_s : NAN;
    return r;
}

#endif
