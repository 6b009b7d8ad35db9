/*
 * Inside the fusion core: what it keeps of one source.
 */
#ifndef POSED_FUSION_SOURCE_RUN_H
#define POSED_FUSION_SOURCE_RUN_H

#include "fusion/core/sequence.h"
#include "fusion/faults.h"
#include "fusion/geodesy.h"
#include "fusion/gnss/track.h"
#include "fusion/inertial/inertial_watch.h"
#include "fusion/integrity/shift_watch.h"
#include "fusion/motion/leap.h"
#include "fusion/motion/standstill.h"
#include "fusion/radar/radar_noise.h"
#include "fusion/settings.h"
#include <cglm/cglm.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A GNSS source's own states, see gnss.c. */
enum { GNSS_LATENCY = 3, GNSS_SLOW_VELOCITY = 5, GNSS_OWN_STATES = 7 };
/* A radar's own states, see radar.c. */
enum { RADAR_YAW = 0, RADAR_SCALE = 1, RADAR_LATENCY = 2, RADAR_OWN_STATES = 3 };
/* And on a map, see map_returns.c. */
enum { RADAR_STAMP = 3, RADAR_MAP_STATES = 4 };
/* A wheel source's own states, see wheels.c. */
enum { WHEEL_SCALE = 0, WHEEL_LATENCY = 1, WHEEL_OWN_STATES = 2 };

/* A camera's own states, where anything says where landmarks are, see landmarks.c. */
enum { CAMERA_TURN = 0, CAMERA_MARK_STATES = 3 };
/* And on a map, see map_lanes.c and sight.h. */
enum { CAMERA_LINES = 3, CAMERA_LATENCY = 5, CAMERA_MAP_STATES = 6 };

/* A source of odometry's own states, see odometry.c: those that last, then its clone of the pose. */
enum {
    ODOMETRY_SCALE = 0,
    ODOMETRY_PITCH = 1,
    ODOMETRY_YAW = 2,
    ODOMETRY_BEND = 3,
    ODOMETRY_CLONE = 4,
    ODOMETRY_OWN_STATES = 10
};

/* The frames of one kind of a source, in the order of stamps. */
typedef struct {
    bool seen;
    int64_t stamp_ns, received_ns;
    sequence_watch sequence;
    uint64_t payload_hash;
    uint32_t repeats; /* of the last payload, in a row, while the vehicle moves */
    uint32_t longest; /* the most of these that ended by themselves */
    uint32_t changes; /* of the payload, meanwhile */
} source_history;

/* Of elements in view, how many were seen. */
typedef struct {
    float expected, noticed;
} camera_share;
enum { CAMERA_RINGS = 8 };

/* A receiver's way against the track, east and north of where that began: gnss_turned.c. */
typedef struct {
    track_fit fit;
    local_plane plane;
    double course[2]; /* its velocities' directions less the track's: sum of unit vectors, by the way, m */
    double at_way_m;  /* of the track, at the newest fix */
    uint32_t part;    /* of the track that it is against */
    bool begun;
} receiver_track;

/* A receiver that drives, since when without a break: where it is, and by how much its velocities have it
 * further since, east and north, m; gnss_away.c. The plane is of where that began. */
typedef struct {
    local_plane plane;
    double at_m[2], way_m[2];
    float velocity_mps[2];
    float sigma_m;                         /* that its newest place deserves */
    int64_t since_ns, newest_ns, leapt_ns; /* INT64_MIN: never */
    bool drives;
} receiver_away;

/* A receiver whose velocity has stepped aside, east and north: gnss_led.c. */
typedef struct {
    float weight, square, sigmas[2]; /* of its innovations of late, in sigmas: sums, and how many */
    float size_weight, sum_mps[2];   /* of the last few of them */
    float peak_mps[2];               /* the largest mean of these of late */
    float step_mps[2];               /* the same, since it stepped aside */
    float pull_mps[2], away_m[2];    /* what it leads the pose away by, and how far that is by now */
    float ago_s;                     /* how long ago it began to */
    float early_mps, size_mps; /* the step soon after that, and at its largest; 0: it is too soon to say */
    bool disputed;             /* without it others have contradicted each other since */
    bool steps;                /* it does just now */
} receiver_led;

/* A receiver: what its errors are taken for. */
typedef struct {
    float worse;          /* than one of which nothing is known, by its innovations of late; 1 or more */
    bool silent;          /* its newest position came without a claim */
    float assumed_m;      /* one sigma that it had, before what the innovations say; 0: it has not spoken */
    float settled_s;      /* for how long it has been no worse than that */
    float usual_s;        /* how far apart its fixes are, gaps left out; 0: it has given one */
    bool smooths;         /* it may be one that filters what it says: gnss_smooth.c */
    float velocity_scale; /* what the innovations say its velocity's noise must be multiplied with */
    int64_t
        velocity_reject_since_ns; /* since when no velocity passed its gate; INT64_MIN: the last one did */
    float slow_variance;          /* marginal variance of the slow error as modelled, m^2, horizontal */
    uint32_t proven;              /* positions in keeping with each other since it started the filter */
    float moved_variance;   /* by how much more its slow error may be, as it moved away from the pose, m^2 */
    float code_variance;    /* what its fix replaced, m^2 per axis; 0: nothing. gnss_fix.h */
    float fix_variance;     /* what a fix that was refuted may have left in the pose, m^2 per axis, fading */
    float held_variance;    /* the same while it contradicts the pose, or is new */
    float dragged_variance; /* what it may have dragged the pose by, m^2 per axis, fading. gnss_moved.c */
    float fixed_s;          /* for how long it has claimed so little */
    float lately_m;         /* way over the time that reflections last, fading */
    uint8_t solution;       /* kind of its last position: gnss_error.c */
    bool latency_set;       /* its prior has been chosen by its stamps */
    bool out_of_time;       /* its clock is another one: gnss_late.h */
    receiver_track track;
    receiver_away away;
    receiver_led led;
} receiver_state;

/* One that says where the vehicle is: what it may hide. */
typedef struct {
    float hidden_m;          /* what it may be off by unseen, one sigma per axis */
    float covered_m;         /* the same that levels cover, which blames nobody */
    float agreed_m;          /* way over which motion has agreed with it */
    float opened_m;          /* the same, less at the speed of streets */
    double agreed_at_m;      /* the odometer when that was last looked at */
    float agreed_s;          /* for how long its positions have agreed with the pose since it moved away, s */
    float off_m;             /* its newest position, horizontally, from where it was expected */
    bool leapt;              /* out of reach of every bound when it began to be rejected */
    float wobble;            /* smoothed square of its positions' innovations, m^2 */
    float apart_enu_m[2];    /* the same from the pose, its slow error as estimated included: */
    float apart_m;           /* east, north; and how far that is */
    float strayed_m;         /* the largest of that of late */
    int64_t apart_since_ns;  /* since when that is more than it may hide; INT64_MIN: it is not */
    int64_t height_since_ns; /* since when its height contradicts, and its place does not; INT64_MIN: it does
                                not */
    float height_off_m;      /* and by how much */
    float doubt;             /* what a restart owes to the pose that it replaced, m^2 */
} place_state;

/* A camera on a map. */
typedef struct {
    float clarity;                    /* what its health leaves of what there is to see, 0..1 */
    bool blinded;                     /* nothing at all */
    float expected, noticed;          /* of what it should have seen lately, how many it has */
    float blank;                      /* probability that its newest picture could show nothing at all */
    camera_share again[CAMERA_RINGS]; /* by range, as shares of the reach */
    int64_t watch_ns;                 /* INT64_MIN: never */
} camera_state;

/* Left out by the integrity monitor: since when and where, how often so far. Meanwhile, since when and where
 * all that it says has agreed, and how far off its position was then. */
typedef struct {
    bool banned;
    bool suspect; /* SPOOFED because of that, not by the receiver's own word */
    uint32_t bans;
    int64_t banned_ns, agrees_ns;
    double banned_at_m, agrees_at_m;
    float agrees_off_m[3];
    int64_t trouble_ns;   /* when its own flags last excluded it; INT64_MIN: never */
    int64_t acquitted_ns; /* when the bank last cleared it; INT64_MIN: never */
} exclusion_state;

typedef struct {
    inertial_watch samples;
    standstill_watch still;
    float input_off[3]; /* its yaw rate and horizontal forces less those of the filter, smoothed */
} imu_state;

/* Wheels that have leapt, and slip since: wheel_slip.c. What their scale was before, and how it goes on where
 * they grip. */
typedef struct {
    leap_watch leap;
    int doubtful;     /* so many frames until it is known whether they have leapt */
    int refused;      /* frames in a row, since */
    float sigmas;     /* by so many they have */
    float slip;       /* and by this share */
    bool plain;       /* which the noise that is set does not explain */
    int64_t since_ns; /* INT64_MIN: they grip */
    int64_t back_ns;  /* when they last leapt back; INT64_MIN: never */
    double grip_scale;
    float grip_variance, grip_walk, grip_bound;
} wheel_slip;

/* Wheels and radars. */
typedef struct {
    int64_t reject_since_ns; /* since when no speed passed its gate; INT64_MIN: the last one did */
    int64_t still_since_ns;  /* they say since then that the vehicle is at rest; INT64_MIN: they do not */
    float crept_mps;         /* of a radar: smoothed speed ahead */
    int64_t steady_ns;       /* when wheels last were, and the yaw rate agreed; INT64_MIN: never */
    float slowest_mps;       /* their last speed before they came to rest, or said nothing */
    bool hang;               /* they say so of a vehicle that a receiver has driving */
    bool says_backward;      /* they have said a negative speed: theirs has a sign */
    float pace_mps;          /* what it has the filter's off by forward, with what was learned of it */
    int64_t pace_ns;         /* and when it said so; INT64_MIN: never */
    int64_t plain_since_ns;  /* since when it is plain that a receiver is off instead; INT64_MIN: it is not */
    wheel_slip slip;
} speed_state;

typedef struct {
    int clone;        /* which of the filter's clones its next increment begins at; -1: none */
    uint32_t broken;  /* increments in a row that did not begin where the last one ended */
    bool scale_set;   /* it has said how well its scale is known */
    bool scale_free;  /* not at all */
    bool scale_known; /* the state of its scale means something */
} odometry_state;

/* What one source has been saying, in the order of stamps. */
typedef struct {
    const source_settings *set;
    uint16_t index;
    fault_set faults;
    mat3 r_body_sensor; /* turns sensor axes into vehicle axes */
    vec3 lever_m;       /* sensor less navigation point, vehicle axes */
    int first_state;    /* of its own states, an index into the error state; 0: none */
    int own_states;     /* how many these are */

    source_history last[FRAME_KIND_COUNT];
    int64_t seen_ns;  /* newest stamp of any kind; INT64_MIN: never */
    int64_t fused_ns; /* newest stamp of which something was fused; INT64_MIN: never */
    int64_t tried_ns; /* newest stamp that came to a measurement (fuse_rate_hz) */
    float interval_s; /* smoothed */
    uint64_t frames, used, rejected, late;

    float nis_ratio;    /* smoothed NIS over degrees of freedom; 1 at the start */
    float reject_ratio; /* smoothed share of rejected measurements */
    float noise_scale;  /* what the innovations say the source's noise must be multiplied with (sigma) */
    float least_scale;  /* noise_scale does not fall below this: 1 but for sources that model a slow error */
    int64_t reject_since_ns; /* since when no position passed its gate; INT64_MIN: the last one passed */
    bool down_weighted;

    exclusion_state out;
    shift_watch shift;

    /* By kind; of others it is as it was set up. */
    place_state place;
    receiver_state gnss;
    imu_state imu;
    speed_state speed;
    radar_memory radar;
    int64_t returned_ns; /* newest stamp of a return that was fused with the map; INT64_MIN: never */
    camera_state camera;
    odometry_state odometry;
} source_run;

#ifdef __cplusplus
}
#endif
#endif
