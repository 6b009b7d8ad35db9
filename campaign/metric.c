#include "campaign/metric.h"

#include <math.h>

/* Of a column that is a number already; of a run that could not be judged there is none. */
#define COLUMN(column)                                                                                       \
    static double get_##column(const result_row *r)                                                          \
    {                                                                                                        \
        return result_is_judged(r) ? r->column : NAN;                                                        \
    }
COLUMN(horizontal_p95_m)
COLUMN(along_p95_m)
COLUMN(cross_p95_m)
COLUMN(vertical_p95_m)
COLUMN(heading_p95_deg)
COLUMN(velocity_rmse_mps)
COLUMN(inside_alert)
COLUMN(availability)
COLUMN(initialised_s)
COLUMN(coverage95)
COLUMN(nees)
COLUMN(recover_s)
COLUMN(fault_max_m)
COLUMN(available_fraction)
COLUMN(map_along_p95_m)
COLUMN(map_cross_p95_m)
COLUMN(map_heading_p95_deg)
COLUMN(map_coverage95)
COLUMN(lane_right_s)

static double get_false_alarms(const result_row *r)
{
    return result_is_judged(r) && r->false_alarms >= 0 && r->duration_s > 0
               ? (double)r->false_alarms / (r->duration_s / 3600)
               : NAN;
}

/* Yes or no, of a run with a fault that was judged. */
static double when_injected(const result_row *r, int64_t yes)
{
    return result_is_judged(r) && r->injected > 0 && r->detected >= 0 ? yes > 0 : NAN;
}

static double get_detected(const result_row *r)
{
    return when_injected(r, r->detected);
}

static double get_named(const result_row *r)
{
    return when_injected(r, r->detected > 0 && r->named > 0);
}

static double get_named_code(const result_row *r)
{
    return when_injected(r, r->detected > 0 && r->named_code > 0);
}

static double get_detect_s(const result_row *r)
{
    return result_is_judged(r) && r->detected > 0 ? r->detect_s : NAN;
}

/* Whether there was any; NAN while there are no protection levels. */
static double any(const result_row *r, int64_t count)
{
    return result_is_judged(r) && count >= 0 ? count > 0 : NAN;
}

static double get_misleading(const result_row *r)
{
    return any(r, r->misleading);
}

static double get_hazardous(const result_row *r)
{
    return any(r, r->hazardous);
}

static double get_unsafe(const result_row *r)
{
    return any(r, r->unsafe);
}

static double get_lane_sure(const result_row *r)
{
    return result_is_judged(r) && r->lane_poses > 0 ? (double)r->lane_sure / (double)r->lane_poses : NAN;
}

static double get_lane_wrong(const result_row *r)
{
    return any(r, r->lane_wrong);
}

static double get_pairings_wrong(const result_row *r)
{
    return any(r, r->pairings_wrong);
}

static double get_returns_wrong(const result_row *r)
{
    return any(r, r->returns_wrong);
}

static double get_elements_found(const result_row *r)
{
    return result_is_judged(r) && r->elements_wrong > 0 ? r->elements_missed_right > 0 : NAN;
}

static double get_elements_mistaken(const result_row *r)
{
    return any(r, r->elements_missed < 0 ? -1 : r->elements_missed - r->elements_missed_right);
}

static double get_trouble(const result_row *r)
{
    return r->trouble[0] != '\0';
}

const metric metrics[] = {
    {"horizontal error p95", "m", METRIC_RANKS, METRIC_ANY, false, NAN, get_horizontal_p95_m},
    {"along error p95", "m", METRIC_RANKS, METRIC_ANY, false, NAN, get_along_p95_m},
    {"cross error p95", "m", METRIC_RANKS, METRIC_ANY, false, NAN, get_cross_p95_m},
    {"vertical error p95", "m", METRIC_RANKS, METRIC_ANY, false, NAN, get_vertical_p95_m},
    {"heading error p95", "deg", METRIC_RANKS, METRIC_ANY, false, NAN, get_heading_p95_deg},
    {"velocity error RMS", "m/s", METRIC_RANKS, METRIC_ANY, false, NAN, get_velocity_rmse_mps},
    {"inside alert limits", "1", METRIC_MEAN, METRIC_ANY, true, NAN, get_inside_alert},
    {"availability", "1", METRIC_MEAN, METRIC_ANY, true, NAN, get_availability},
    {"time to initialise", "s", METRIC_RANKS, METRIC_FAULT_FREE, false, NAN, get_initialised_s},
    {"coverage 95", "1", METRIC_MEAN, METRIC_ANY, true, 0.95, get_coverage95},
    {"NEES", "1", METRIC_MEAN, METRIC_ANY, true, 2, get_nees},
    {"false alarms", "1/h", METRIC_MEAN, METRIC_ANY, false, NAN, get_false_alarms},
    {"detected", "1", METRIC_SHARE, METRIC_FAULTED, true, NAN, get_detected},
    {"right source named", "1", METRIC_SHARE, METRIC_FAULTED, true, NAN, get_named},
    {"right code named", "1", METRIC_SHARE, METRIC_FAULTED, true, NAN, get_named_code},
    {"time to detect", "s", METRIC_RANKS, METRIC_FAULTED, false, NAN, get_detect_s},
    {"time to recover", "s", METRIC_RANKS, METRIC_FAULTED, false, NAN, get_recover_s},
    {"error during fault", "m", METRIC_RANKS, METRIC_FAULTED, false, NAN, get_fault_max_m},
    {"misleading runs", "1", METRIC_SHARE, METRIC_ANY, false, NAN, get_misleading},
    {"hazardous runs", "1", METRIC_SHARE, METRIC_ANY, false, NAN, get_hazardous},
    {"unsafe runs", "1", METRIC_SHARE, METRIC_ANY, false, NAN, get_unsafe},
    {"levels below limits", "1", METRIC_MEAN, METRIC_ANY, true, NAN, get_available_fraction},
    {"map: along error p95", "m", METRIC_RANKS, METRIC_ANY, false, NAN, get_map_along_p95_m},
    {"map: cross error p95", "m", METRIC_RANKS, METRIC_ANY, false, NAN, get_map_cross_p95_m},
    {"map: heading error p95", "deg", METRIC_RANKS, METRIC_ANY, false, NAN, get_map_heading_p95_deg},
    {"map: coverage 95", "1", METRIC_MEAN, METRIC_ANY, true, 0.95, get_map_coverage95},
    {"map: sure of a lane", "1", METRIC_MEAN, METRIC_ANY, true, NAN, get_lane_sure},
    {"map: time to right lane", "s", METRIC_RANKS, METRIC_ANY, false, NAN, get_lane_right_s},
    {"map: wrong lane sure", "1", METRIC_SHARE, METRIC_ANY, false, NAN, get_lane_wrong},
    {"map: wrong pairings", "1", METRIC_SHARE, METRIC_ANY, false, NAN, get_pairings_wrong},
    {"map: wrong returns", "1", METRIC_SHARE, METRIC_ANY, false, NAN, get_returns_wrong},
    {"map: right element found", "1", METRIC_SHARE, METRIC_FAULTED, true, NAN, get_elements_found},
    {"map: another found", "1", METRIC_SHARE, METRIC_ANY, false, NAN, get_elements_mistaken},
    {"runs in trouble", "1", METRIC_SHARE, METRIC_ANY, false, NAN, get_trouble},
};
const size_t metric_count = sizeof metrics / sizeof *metrics;
