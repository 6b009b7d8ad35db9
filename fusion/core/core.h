/*
 * Inside the fusion core: its state, and what its files share. Not for others; use fusion.h.
 */
#ifndef POSED_FUSION_CORE_H
#define POSED_FUSION_CORE_H

#include "fusion/core/claim.h"
#include "fusion/core/initialize.h"
#include "fusion/core/lookahead.h"
#include "fusion/core/source_run.h"
#include "fusion/filter/filter.h"
#include "fusion/fusion.h"
#include "fusion/gnss/gnss_late.h"
#include "fusion/gnss/track.h"
#include "fusion/inertial/inertial_leap.h"
#include "fusion/inertial/inertial_leapt.h"
#include "fusion/inertial/inertial_slide.h"
#include "fusion/inertial/inertial_turn.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_steer.h"
#include "fusion/map/map_run.h"
#include "fusion/motion/rest.h"
#include "fusion/motion/reverse.h"
#include "fusion/motion/wheel_clock.h"
#include "fusion/sight/fiducials.h"
#include "fusion/window.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One NIS limit per degree of freedom (1..3). */
typedef struct {
    float gate[4], robust[4];
} limits;

/* Standard deviations that the risks in the settings amount to: of the fault-free error, and of a separation
 * when nothing is at fault. */
typedef struct {
    float fault_free, alarm;
    float alone; /* of the fault-free error, were all of the risk its own */
    float map;   /* of what a map hides */
} integrity_factors;

struct fusion {
    settings set;
    fusion_sinks sinks;
    fault_sink *look; /* NULL: nobody watches conditions */
    void *look_context;
    window *waiting;
    float *storage;
    lookahead *ahead;

    /* From here on the state, which a copy for looking ahead takes over. */
    limits limit;
    integrity_factors factor;
    bank bank;
    filter f;
    size_t source_count;
    source_run source[SETTINGS_MAX_SOURCES];
    fault_set system;

    /* time */
    int64_t now_ns;     /* newest reception; INT64_MIN: none */
    int64_t suspect_ns; /* a reception that leapt; INT64_MIN: none */
    int64_t closed_ns;  /* the window has closed up to here */
    int64_t applied_ns; /* stamp of the newest applied frame */
    int64_t check_ns;   /* next look at what does not speak */
    int64_t pose_tick;  /* next pose, in periods since the epoch */
    int64_t first_ns;   /* first applied stamp */

    /* inertial input */
    vec3 nav_point_m;    /* navigation point in vehicle axes, from the body origin */
    int inertial_source; /* index; -1: pseudo-inertial */
    inertial_model pseudo;
    inertial_input input; /* last */
    int64_t input_ns;
    bool have_input;
    slide_watch slide;
    turn_watch turn;
    leap_watch leap;
    gyro_leap leapt;
    steer_state steer;
    double saved_gyro_bias[SETTINGS_MAX_SOURCES][3], saved_accel_bias[SETTINGS_MAX_SOURCES][3];
    bool bias_saved[SETTINGS_MAX_SOURCES];

    /* life */
    bool running; /* initialised: the filter holds a pose */
    bool restored;
    saved_claim claim;
    start_state start;
    int64_t heading_lost_ns; /* when the heading was last too unsure to be one; INT64_MIN: it is known */
    int64_t absolute_ns;     /* newest absolute position fused; INT64_MIN: never */
    int64_t constraint_ns;   /* newest non-holonomic or tilt constraint */
    int64_t tilt_ns;
    double since_absolute_m, odometer_m;
    bool height_known;        /* something that has a height has placed the pose: height.c */
    double since_height_m;    /* way since it last did */
    double bend_m, bend_at_m; /* see vehicle.c: what is added by since_absolute_m = bend_at_m */
    fusion_mode mode;
    uint32_t poses, resets;
    uint32_t shift_resets; /* as of the last look of shift_judge.c */
    int accused;           /* source whose flag of shift_judge.c stood last */
    int64_t accused_ns;    /* and when; INT64_MIN: none did */
    int64_t unsettled_ns;  /* when the pose last was dead reckoned for long, or set anew; INT64_MIN: never */

    marks_watch marks;
    map_run map;
    map_work *work; /* shared with the copy for looking ahead; NULL without a map */
    late_watch late;
    wheel_clock wheel_clock;
    track_log track;
    reverse_watch reverse;
    rest_watch rest;
    float reset_m; /* how far the last reset moved the position; NAN: none, or anew */
};

/* A pose this far past the last prediction (s) gets its covariance carried on as well. Before, what that
 * would change is below 2 %; only without an IMU do poses lie further away. */
#define POSE_CARRY_AFTER_S 0.012

#define RADIANS_PER_DEGREE 0.017453292519943295

/* 1e10 s (more than int64 holds) either way where the difference would not fit. */
static inline double seconds_between(int64_t from_ns, int64_t to_ns)
{
    int64_t ns;
    if (__builtin_sub_overflow(to_ns, from_ns, &ns))
        return to_ns > from_ns ? 1e10 : -1e10;
    return (double)ns * 1e-9;
}

/* ---- gate.c */

/* The header of a verdict on one frame. */
verdict verdict_of(const source_run *s, const frame *in, verdict_quantity quantity);
void core_emit(fusion *c, const verdict *v);
/* A verdict without a measurement: the frame, or this quantity of it, is not used. */
void core_refuse(fusion *c, source_run *s, const frame *in, verdict_quantity quantity,
                 verdict_decision decision, verdict_reason reason);

typedef struct {
    verdict_quantity quantity;
    bool ungated;     /* fuse whatever NIS says, with robust weight only */
    bool silent;      /* a constraint: no verdict for the source's statistics */
    uint64_t element; /* of the map, for the verdict */
    uint16_t part;    /* of the frame, for the verdict */
} fuse_how;

/* Starts an own state of a source: value, one sigma (0: exactly known), and how it walks (variance per
 * second). */
void core_own_state(fusion *c, int state, double value, double sigma, float walk);

/* Keeps since when a condition holds; INT64_MIN: it does not. */
void core_keep_since(int64_t *since_ns, bool holds, int64_t now_ns);
/* Of the position east and north together, m^2: the trace, which turns do not change, less the vertical. */
float core_horizontal_variance(const fusion *c);
/* Something that knows where on the earth the vehicle is has placed the pose; `with_height`: and how high. */
void core_placed(fusion *c, int64_t stamp_ns, bool with_height);
/* Keeps since when nothing has passed. */
void core_keep_streak(int64_t *since_ns, int64_t stamp_ns, verdict_decision decision);
/* The speed of a source has been rejected for long: the velocity is opened up by what it says, so that it is
 * not locked out. */
void core_relock_velocity(fusion *c, source_run *s, const frame *in, verdict_decision decision,
                          float off_mps);
/* True while a source of motion (wheels, radar) agrees with the filter and none contradicts it. */
bool core_motion_agrees(const fusion *c);
/* One of them contradicts it. */
bool core_motion_contradicts(const fusion *c);

/* The source is of a kind that says where the vehicle is. */
bool core_places(const source_run *s);
/* Stamp of the newest that it said of where the vehicle is and that was fused, of a radar what it saw of a
 * map; INT64_MIN: never. Of sources that tell no place: of anything. */
int64_t core_said_place(const source_run *s);
/* How many measurements of the source share what lasts so long (measurement.repeats): an error that forgets
 * within a time counts as often as fits into twice that. */
float core_repeats(const source_run *s, float lasts_s);
/* Gates, weighs and fuses one measurement; emits its verdict; keeps the source's statistics. */
verdict_decision core_fuse(fusion *c, source_run *s, const frame *in, measurement *m, fuse_how how);

/* Gives up the pose: it starts anew from what comes; the first says so (DIVERGED). setup.c */
void core_give_up(fusion *c, int64_t now_ns);
void core_start_anew(fusion *c);
/* What the settings say of gates and floors. setup.c */
void core_set_limits(fusion *c);
/* Applies the next frame in the order of stamps. apply.c */
void core_apply(fusion *c, const frame *in);
/* Poses, checks of silence and gaps up to a stamp. apply.c */
void core_pass_time(fusion *c, int64_t stamp_ns);

/* S = H P H' + R, with R raised where single precision would lose the difference. */
void core_innovation_covariance(const measurement *m, const projection *j, float s[3][3]);
/* What measurements share of their noise, added to S for the gain. */
void core_add_lasting(const measurement *m, const projection *j, float s[3][3]);
/* A position against the earth, not against earlier ones. */
bool core_is_absolute(verdict_quantity quantity);
/* By a source, not assumed of the vehicle. */
bool core_is_measured(verdict_quantity quantity);

/* ---- bank.c */

/* covariance_widen and covariance_reset (then to the same value as the filter) of the filter and of every
 * sub-solution. */
void core_widen(fusion *c, int state, float variance);
/* The same along an axis (a unit vector) of the three states from `first` on. */
void core_widen_along(fusion *c, int first, const double axis[3], float variance);
void core_reset(fusion *c, int state, float variance);

/* ---- setup.c */

void core_report(fusion *c, fault_set *set, fault_code code, bool present, int64_t now_ns, float evidence,
                 float limit);

/* Says whether the condition of a flag holds. Most do not, and did not before: that is looked at here, for it
 * is asked several times a frame. */
static inline void core_fault(fusion *c, fault_set *set, fault_code code, bool present, int64_t now_ns,
                              float evidence, float limit)
{
    if (c->look || present || fault_is_raised(set, code) || set->flags[code].true_since_ns != INT64_MIN)
        core_report(c, set, code, present, now_ns, evidence, limit);
}

#ifdef __cplusplus
}
#endif
#endif
