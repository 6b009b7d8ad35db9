/*
 * A receiver whose latency is not what was assumed: found by the shape of its way (lateness.h) against wheels
 * and a yaw rate, which owe nothing to any receiver.
 *
 * A Kalman filter learns a latency from what it begins with, and from a pose that has followed the late
 * receiver. One that is off by many sigmas of that stays so for minutes, and the pose is behind by as much of
 * the way.
 */
#ifndef POSED_FUSION_GNSS_LATE_H
#define POSED_FUSION_GNSS_LATE_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"
#include "fusion/gnss/lateness.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Receivers whose latency is looked for, by what they say of where they are and of how they move. */
enum { LATE_RECEIVERS = 3, LATE_NEAR = 0, LATE_RANGES = 4 };
typedef enum { LATE_PLACES, LATE_SPEEDS, LATE_SERIES } late_series_kind;
typedef struct {
    fix_log fixes;
    lateness of[LATE_RANGES];
} late_series;
typedef struct {
    late_series series[LATE_SERIES];
    local_plane plane;                        /* of the places */
    double moved_m[2];                        /* the sum of its velocities */
    double moved_s, moved_mps[2];             /* when the newest of them came (of the way), and it */
    bool moves;                               /* there is one */
    bool begun;                               /* something has been compared */
    bool news;                                /* and some of it since the last look */
    bool in_time;                             /* it has been, since its stamps last leapt */
    bool refuted;                             /* its latency is not as it was assumed */
    double first_s, first_sigma_s;            /* its latency as it was known when that began */
    double looked_s;                          /* way.time_s of the last look */
    double other_s[LATE_SERIES][LATE_RANGES]; /* what the last look had, where it was known; NAN */
    int out_by;                               /* by which series and range it was found out of time */
    double known_s, known_sigma_s;            /* the latency as it was last found; sigma 0: it was not */
    double latest_s, asked_s; /* the latest that is not refuted, and way.time_s when that was asked */
    double suspected_s;       /* by how much later it seems to be than it is held to be; 0: it does not */
    double seconded_mps; /* the fastest at which it agreed with another source of position, since its stamps
                            last leapt */
} late_receiver;
enum { LATE_HEADING = 2, LATE_COVERS = 3 };
typedef struct {
    way_log way;
    double speed_mps, rate_radps, bias_radps; /* the newest, and what the rate is off by */
    double fast_mps;                          /* the fastest of late */
    int64_t speed_ns, rate_ns, way_ns;        /* of these and of the way; INT64_MIN: none */
    int rate_source;                          /* -1: none */
    float cover[LATE_COVERS]; /* what the pose may be behind by: along, across, m; its heading, rad */
    late_receiver of[LATE_RECEIVERS];
} late_watch;

/* What wheels, a yaw rate and receivers say, in the order of stamps, also of those that are left out. */
void late_hear(fusion *c, source_run *s, const frame *in);

/* The wheels have leapt: what they said about then is compared with nothing. */
void late_wheels_leapt(fusion *c);

/* Judges what was compared: a latency is set right, a receiver whose clock is another one is left out of the
 * pose (receiver_state.out_of_time). Called at each of the core's checks. gnss_late_judge.c */
void late_look(fusion *c, int64_t now_ns);

/* A latency that was found before goes on to be known when the filter starts anew; false: none was.
 * gnss_late_judge.c */
bool late_known(fusion *c, const source_run *s);

/* The latencies, and lags of velocities, that are not estimated since what was assumed of them is refuted: a
 * set of states. gnss_late_judge.c */
uint64_t late_considered(fusion *c);

/* Raises the levels to what a latency may do that nothing has refuted; since_s after the last look;
 * `variance` of the pose by direction. gnss_late_cover.c */
void late_cover(fusion *c, int64_t now_ns, float since_s, const float variance[]);

/* Raises what is held, by direction, to the same; of a heading that is beyond what is one (integrity_protect)
 * half a turn. gnss_late_cover.c */
void late_held(const fusion *c, float held[]);

/* The latest that a receiver may be by all that was compared, s. gnss_late_cover.c */
double late_latest(const late_receiver *l);

/* Keeps by how much later the receiver seems to be than it is held to be, where that is likely, and not yet
 * so sure that it is acted upon (late_look). gnss_late_cover.c */
void late_suspect(const fusion *c, const source_run *s, late_receiver *l);
/* The same of the receiver that the pose hangs on, s; 0: nothing is suspected. gnss_late_cover.c */
double late_suspected(const fusion *c);

/* The receiver's places do not show this latency (of range k), and it is not that they show nothing.
 * gnss_late_judge.c */
bool late_places_contradict(const late_receiver *l, int k, double latency_s);

/* What is found of a latency is no better than this, s; `early`: where wheels that seem early are doubted as
 * well. gnss_late_judge.c */
double late_least_sigma(const fusion *c, bool early);

/* How late its velocities are says how late it is: it speaks too often for one that smooths them. */
bool late_speeds_count(const source_run *s);

/* Between the two files: what is kept of a receiver, NULL of one beyond LATE_RECEIVERS or without states, and
 * of what is none; and the ranges of late_series.of. */
late_receiver *late_receiver_of(fusion *c, const source_run *s);
extern const lateness_range *const late_ranges[LATE_RANGES];

#ifdef __cplusplus
}
#endif
#endif
