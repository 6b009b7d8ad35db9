/*
 * What one message of a receiver says, whatever its protocol: the common ground of nmea.c, ubx.c and
 * gnss_epoch.c. What a message does not say is NAN, GNSS_NO_TIME, GNSS_NO_DAY, -1 or *_UNSAID.
 */
#ifndef POSED_SENSORS_GNSS_GNSS_REPORT_H
#define POSED_SENSORS_GNSS_GNSS_REPORT_H

#include "sensors/gnss/gnss_time.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GNSS_MAX_USED = 16 };

/* Whether there is a solution. */
typedef enum { GNSS_VALID_UNSAID, GNSS_VALID_NO, GNSS_VALID_YES } gnss_valid;

typedef enum { GNSS_DIMENSION_UNSAID, GNSS_DIMENSION_2D, GNSS_DIMENSION_3D } gnss_dimension;

/* Of the solution, in the order of worth. */
typedef enum {
    GNSS_QUALITY_UNSAID,
    GNSS_QUALITY_PLAIN,
    GNSS_QUALITY_DGNSS,
    GNSS_QUALITY_FLOAT,
    GNSS_QUALITY_FIXED,
} gnss_quality;

/* How far to believe a message when two of one epoch differ: by what they resolve. */
typedef enum { GNSS_RANK_NMEA, GNSS_RANK_ECEF, GNSS_RANK_UBX, GNSS_RANK_UBX_HP } gnss_rank;

typedef struct {
    uint32_t message;  /* what kind it is; equal for equal kinds, never 0 */
    uint8_t rank;      /* gnss_rank */
    bool ends_epoch;   /* the receiver says that the epoch is complete */
    bool clock_only;   /* its time need not be that of a fix */
    bool is_statement; /* says of itself whether there is a fix: one per epoch */

    /* When. At most one of the first two. */
    int64_t of_day_ns;   /* UTC time of day */
    int64_t of_week_ns;  /* GPS time of week, as all messages of an epoch repeat it (whole milliseconds) */
    int32_t day;         /* the UTC day of of_day_ns */
    int week;            /* the GPS week of of_week_ns */
    int32_t fraction_ns; /* of the moment itself after week and of_week_ns; with `week` only */
    int64_t utc_ns;      /* the moment itself, to the nanosecond */
    int leap_s;          /* GPS - UTC that the receiver has from the sky; -1 */

    uint8_t valid, dimension, quality; /* gnss_valid, gnss_dimension, gnss_quality */
    bool estimated;                    /* by dead reckoning alone */
    double latitude_deg, longitude_deg;
    double height_m;   /* above the ellipsoid */
    double altitude_m; /* above mean sea level */
    double ecef_mps[3];
    float enu_mps[3];
    float speed_mps, course_deg;
    float h_acc_m, v_acc_m, speed_acc_mps; /* one sigma */
    float hdop;
    float jamming, spoofing; /* 0..1 */
    int satellites;          /* used */

    /* NMEA DTM: how far positions from now on are off WGS84, latitude, longitude (degrees) and height (m). */
    double datum_off[3];

    /* NMEA GSA: the satellites used of one system, by number. */
    int used_system; /* 0..7 */
    size_t used_count;
    uint16_t used[GNSS_MAX_USED];
} gnss_report;

/* A report that says nothing. */
void gnss_report_init(gnss_report *r);

#ifdef __cplusplus
}
#endif
#endif
