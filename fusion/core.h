/*
 * Inside the fusion core: what its files share. Not for others; use fusion.h.
 */
#ifndef POSED_FUSION_CORE_H
#define POSED_FUSION_CORE_H

#include "fusion/bank.h"
#include "fusion/filter.h"
#include "fusion/fusion.h"
#include "fusion/geodesy.h"
#include "fusion/inertial_watch.h"
#include "fusion/lateness.h"
#include "fusion/map_run.h"
#include "fusion/radar_noise.h"
#include "fusion/shift.h"
#include "fusion/track.h"
#include "fusion/window.h"

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

/* A camera's own states, see landmarks.c; only on a map. */
enum { CAMERA_TURN = 0, CAMERA_LINES = 3, CAMERA_OWN_STATES = 5 };

/* A source of odometry's own states, see odometry.c: those that last, then its clone of the pose. */
enum {
    ODOMETRY_SCALE = 0,
    ODOMETRY_PITCH = 1,
    ODOMETRY_YAW = 2,
    ODOMETRY_BEND = 3,
    ODOMETRY_CLONE = 4,
    ODOMETRY_OWN_STATES = 10
};

/* One NIS limit per degree of freedom (1..3). */
typedef struct {
    float gate[4], robust[4];
} limits;

/* The frames of one kind of a source, in the order of stamps. */
typedef struct {
    bool seen;
    int64_t stamp_ns, received_ns;
    uint32_t sequence;
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
    double at_way_m; /* of the track, at the newest fix */
    uint32_t part;   /* of the track that it is against */
    bool begun;
} receiver_track;

/* What one source has been saying, in the order of stamps. */
typedef struct {
    const source_settings *set;
    uint16_t index;
    fault_set faults;
    mat3 r_body_sensor; /* turns sensor axes into vehicle axes */
    vec3 lever_m;       /* sensor less navigation point, vehicle axes */
    int first_state;    /* of its own states, an index into the error state; 0: none */

    source_history last[FRAME_KIND_COUNT];
    int64_t seen_ns;  /* newest stamp of any kind; INT64_MIN: never */
    int64_t fused_ns; /* newest stamp of which something was fused; INT64_MIN: never */
    int64_t tried_ns; /* newest stamp that came to a measurement (fuse_rate_hz) */
    float interval_s; /* smoothed */
    uint64_t frames, used, rejected, late;

    float nis_ratio;      /* smoothed NIS over degrees of freedom; 1 at the start */
    float reject_ratio;   /* smoothed share of rejected measurements */
    float noise_scale;    /* what the innovations say the source's noise must be multiplied with (sigma) */
    float velocity_scale; /* the same for a GNSS source's velocity */
    float least_scale; /* noise_scale does not fall below this: 1 but for sources that model a slow error */
    int64_t reject_since_ns; /* since when no position passed its gate; INT64_MIN: the last one passed */
    int64_t speed_reject_since_ns;    /* the same of a wheel's or radar's speed */
    int64_t velocity_reject_since_ns; /* the same of the velocity */
    bool down_weighted;

    /* GNSS */
    float worse;     /* than a receiver of which nothing is known, by its innovations of late; 1 or more */
    bool silent;     /* its newest position came without a claim */
    float assumed_m; /* one sigma that it had, before what the innovations say; 0: it has not spoken */
    float settled_s; /* for how long it has been no worse than that */
    float usual_s;   /* how far apart its fixes are, gaps left out; 0: it has given one */
    bool smooths;    /* it may be one that filters what it says: gnss_smooth.c */
    float slow_variance;  /* marginal variance of the slow error as modelled, m^2, horizontal */
    uint32_t proven;      /* positions in keeping with each other since it started the filter */
    float moved_variance; /* by how much more its slow error may be, as it moved away from the pose, m^2 */
    float agreed_s;       /* for how long its positions have agreed with the pose since then, s */
    float lately_m;       /* way over the time that reflections last, fading */
    float doubt;          /* what a restart owes to the pose that it replaced, m^2 */
    uint8_t solution;     /* kind of its last position: gnss_error.c */
    receiver_track track;
    /* camera on a map: what its health leaves of what there is to see, 0..1; nothing at all; of what it
     * should have seen lately, how many it has */
    float clarity;
    bool blinded;
    float expected, noticed;
    float blank;                      /* probability that its newest picture could show nothing at all */
    camera_share again[CAMERA_RINGS]; /* by range, as shares of the reach */
    int64_t watch_ns;                 /* INT64_MIN: never */
    float hidden_m;                   /* what it may be off by unseen, one sigma per axis */
    float covered_m;                  /* the same that levels cover, which blames nobody */
    float agreed_m;                   /* way over which motion has agreed with it */
    float opened_m;                   /* the same, less at the speed of streets */
    double agreed_at_m;               /* the odometer when that was last looked at */
    float off_m;                      /* its newest position, horizontally, from where it was expected */
    float wobble;                     /* smoothed square of its positions' innovations, m^2 */
    float apart_enu_m[2];             /* the same from the pose, its slow error as estimated included: */
    float apart_m;                    /* east, north; and how far that is */
    float strayed_m;                  /* the largest of that of late */
    int64_t apart_since_ns;           /* since when that is more than it may hide; INT64_MIN: it is not */
    /* Left out by the integrity monitor: since when and where, how often so far. Meanwhile, since when and
     * where all that it says has agreed, and how far off its position was then. */
    bool banned;
    bool out_of_time; /* a receiver whose clock is another one: gnss_late.h */
    bool suspect;     /* SPOOFED because of that, not by the receiver's own word */
    uint32_t bans;
    int64_t banned_ns, agrees_ns;
    int64_t trouble_ns;   /* when its own flags last excluded it; INT64_MIN: never */
    int64_t acquitted_ns; /* when the bank last cleared it; INT64_MIN: never */
    double banned_at_m, agrees_at_m;
    float agrees_off_m[3];
    inertial_watch samples; /* of an IMU */
    float input_off[3]; /* of an IMU: its yaw rate and horizontal forces less those of the filter, smoothed */
    bool latency_set;   /* its prior has been chosen by its stamps */
    /* wheels, radar */
    int64_t still_since_ns; /* they say since then that the vehicle is at rest; INT64_MIN: they do not */
    float crept_mps;        /* of a radar: smoothed speed ahead */
    /* wheels */
    int64_t steady_ns;  /* when they last were, and the yaw rate agreed; INT64_MIN: never */
    float slowest_mps;  /* the last speed before they came to rest, or said nothing */
    bool says_backward; /* they have said a negative speed: theirs has a sign */
    /* odometry: which of the filter's clones its next increment begins at; -1: none */
    int clone;
    uint32_t broken;  /* increments in a row that did not begin where the last one ended */
    bool scale_set;   /* it has said how well its scale is known */
    bool scale_free;  /* not at all */
    bool scale_known; /* the state of its scale means something */
    shift_watch shift;
    radar_memory radar;
    float pace_mps;  /* of a speed: what it has the filter's off by forward, with what was learned of it */
    int64_t pace_ns; /* and when it said so; INT64_MIN: never */
    int64_t plain_since_ns; /* since when it is plain that a receiver is off instead; INT64_MIN: it is not */
    int64_t returned_ns;    /* newest stamp of a return that was fused with the map; INT64_MIN: never */
} source_run;

/* A fiducial that was alone in the last picture, as the vehicle saw it: initialize_marks.c. */
typedef struct {
    uint32_t count; /* pictures in a row that agree; 0: none */
    uint64_t id;
    int64_t stamp_ns;
    double seen[3], facing; /* forward, left, up, m; where its face looks, rad */
} mark_alone;

/* Fiducials that were looked at lately: fiducials.c. */
enum { MARKS_SEEN = 6 };
typedef struct {
    uint64_t id;
    uint32_t agreed, refused; /* looks: of all, and of the last in a row */
    /* Of those that were refused: how many had the range right; of these, sums of what bearings were off by
     * (to the left, up, rad) and the square of that; the same in metres at its range. */
    uint32_t in_reach;
    float turn[2], turn2, shift_m[2], shift2;
    bool witnessed;  /* while it was refused another one agreed */
    int64_t seen_ns; /* INT64_MIN: the entry is free */
} mark_seen;
typedef struct {
    mark_seen of[MARKS_SEEN];
    int64_t moved_ns; /* the last look at one that is not where it should be; INT64_MIN: never */
} marks_watch;

typedef struct {
    double fix_ecef_m[3]; /* of the antenna */
    float fix_sigma_m;
    int fix_source;          /* -1: none */
    double anchor_ecef_m[3]; /* where the search for a heading by displacement began */
    int64_t anchor_ns;
    double anchor_at_m[2]; /* on the track, */
    uint32_t anchor_part;  /* and of which part of it */
    mark_alone alone;
    float up_b[3]; /* smoothed specific force, b-axes */
    int samples;
    float speed_mps;   /* wheels'; NAN: none */
    double way_m;      /* that they have counted since the anchor */
    int64_t wheel_ns;  /* their newest; INT64_MIN: none */
    int64_t denied_ns; /* since when they contradict what would start the pose; INT64_MIN: not now */
} start_state;

/* What became of a pose that was saved: claim.c. */
typedef struct {
    bool open;                /* it has not been confirmed yet */
    bool contradicted;        /* the newest position contradicts it */
    uint32_t agreed, against; /* positions in a row */
    int64_t against_ns;       /* the first of those against it */
    float off[2];             /* what that one was off by */
} saved_claim;

/* Room for the association of one frame: map_pairs.h. */
typedef struct map_work map_work;

/* A second core, for looking ahead: lookahead.c. */
typedef struct lookahead lookahead;

/* Standard deviations that the risks in the settings amount to: of the fault-free error, and of a separation
 * when nothing is at fault. */
typedef struct {
    float fault_free, alarm;
    float alone; /* of the fault-free error, were all of the risk its own */
    float map;   /* of what a map hides */
} integrity_factors;

/* What the driving IMU says of forces to the side and up that no vehicle on wheels is under:
 * inertial_slide.c.
 */
enum { SLIDE_WINDOWS = 2 };
typedef struct {
    double turned_rad[3], pushed_mps[3], dt_s; /* since the last look: b-axes, ECEF */
    bool begun;
    float made[2], slip_before; /* at the last look: velocity that is due to levers and slip; a sigma of it */
    /* Smoothed over each window: to the side and up; what slip may have in the first, m/s^2. */
    float mean[SLIDE_WINDOWS][2], slip[SLIDE_WINDOWS];
    float sigmas;     /* the largest of these over its sigma */
    int64_t since_ns; /* since when that is too much; INT64_MIN: it is not */
} slide_watch;

/* The driving gyro against the yaw rate of wheels, which is not fused beside it: inertial_turn.c. */
typedef struct {
    int source;       /* of the wheels; -1: none has spoken */
    int64_t stamp_ns; /* of their newest yaw rate */
    float rate;       /* that, smoothed, rad/s */
    float off, usual; /* the gyro less that, smoothed; what it usually is, rad/s */
    float known_s;    /* for how long that has been learned */
    float turn,
        swing;        /* smoothed magnitude of the rate and of how the smoothed one changes, rad/s, rad/s^2 */
    float sigma;      /* one sigma of off less usual, rad/s */
    float sigmas;     /* that over it, at the last look */
    int64_t since_ns; /* since when that is too much, and witnessed; INT64_MIN: it is not */
} turn_watch;

/* The sub-solution that turns as the wheels say: bank_steer.c. Sums are of the step that is under way. */
typedef struct {
    int source;       /* of the wheels; -1: none steers */
    int64_t stamp_ns; /* of their newest yaw rate */
    float newest;     /* that, rad/s */
    float rate;       /* the one at the end of the step before, rad/s */
    float off_radps;  /* gyro less wheels in that step */
    double gyro_rad, gyro_s, wheel_rad;
    inertial_model model; /* the wheels' */
} steer_state;

/* Where a receiver was against the pose, east and north, while the vehicle stood. */
typedef struct {
    int receiver;
    float apart_m[2], fixes; /* the mean of so many; 0: not known */
    uint32_t resets;         /* of the pose, then: since it was set anew it says nothing */
} reverse_stand;

/* A speed without a sign since the vehicle stood: reverse.c. */
typedef struct {
    int source;                            /* of the wheels; -1: none */
    int64_t stamp_ns;                      /* of their newest speed; INT64_MIN: none */
    bool stands;                           /* now */
    bool open;                             /* of the newest way out of a standstill, slow: forward, or */
    bool back;                             /* backward */
    double begin_ecef_m[3], way_ecef_m[3]; /* where the pose was before, and that way */
    float way_m, lasts_s;                  /* its length, and since when */
    float by_velocity;                     /* log of the odds of backward, by velocities of receivers */
    reverse_stand begin, stand;            /* before it, and now */
    uint32_t resets;                       /* of the pose, when it began */
} reverse_watch;

/* Receivers whose latency is looked for: gnss_late.h. */
enum { LATE_RECEIVERS = 3, LATE_OTHERS = 2 };
typedef struct {
    fix_log fixes;
    lateness near, other[LATE_OTHERS];
    local_plane plane;             /* of the fixes */
    bool begun;                    /* something has been compared */
    bool news;                     /* and some of it since the last look */
    bool in_time;                  /* it has been, since its stamps last leapt */
    bool refuted;                  /* its latency is not as it was assumed */
    double first_s, first_sigma_s; /* its latency as it was known when that began */
    double looked_s;               /* way.time_s of the last look */
    double other_s[LATE_OTHERS];   /* what the last look had, where it was known; NAN */
    double known_s, known_sigma_s; /* the latency as it was last found; sigma 0: it was not */
} late_receiver;
typedef struct {
    way_log way;
    double speed_mps, rate_radps, bias_radps; /* the newest, and what the rate is off by */
    double fast_mps;                          /* the fastest of late */
    int64_t speed_ns, rate_ns, way_ns;        /* of these and of the way; INT64_MIN: none */
    int rate_source;                          /* -1: none */
    late_receiver of[LATE_RECEIVERS];
} late_watch;

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
    track_log track;
    reverse_watch reverse;
    float reset_m; /* how far the last reset moved the position; NAN: none, or anew */
};

/* 1e10 s (more than int64 holds) either way where the difference would not fit. */
/* A pose this far past the last prediction (s) gets its covariance carried on as well. Before, what that
 * would change is below 2 %; only without an IMU do poses lie further away. */
#define POSE_CARRY_AFTER_S 0.012

#define RADIANS_PER_DEGREE 0.017453292519943295

static inline double seconds_between(int64_t from_ns, int64_t to_ns)
{
    int64_t ns;
    if (__builtin_sub_overflow(to_ns, from_ns, &ns))
        return to_ns > from_ns ? 1e10 : -1e10;
    return (double)ns * 1e-9;
}

/* ---- height.c */

/* What has placed the pose just now has a height. */
void height_measured(fusion *c);
/* Of a fix from which the pose starts, m: its own, or the one that was known. */
double height_at_start(const fusion *c, const frame_gnss *g);
/* The first fix that has a height, of a pose that had none, says what it is: no innovation. */
void height_learn(fusion *c, const frame_gnss *g);
/* The pose's covariance, of a height that nobody has said. */
void height_doubt(const fusion *c, fusion_pose *p);

/* ---- map_trust.c */
/* What a measurement says of the elements of the map that the pose rests on; before it is fused. */
void map_trust_hear(fusion *c, const source_run *s, const measurement *m, const projection *j);
/* What a camera says contradicts all others: whether that is put down to the map, or to what was taken for
 * its elements, and not to the camera. */
bool map_trust_explains(const fusion *c, uint32_t sources, int64_t now_ns);
/* What the pose may be off by, one sigma per axis, m, while it may have been tied to the wrong elements, or
 * rests on some that have been given up. */
float map_trust_hidden(const fusion *c);
/* It has been; the pose is no longer tied to the map. */
void map_trust_blame(fusion *c, int64_t now_ns);

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

/* ---- gnss_turned.c */
/* What wheels, a yaw rate and receivers say of the way, in the order of stamps, also before there is a pose.
 */
void turned_hear(fusion *c, source_run *s, const frame *in);
/* The only receiver's way is that of the track, turned by what the pose's heading is off by: it starts anew,
 * with the heading of the whole way; true: it did. */
bool turned_settle(fusion *c, source_run *s, const frame *in);

/* ---- room.c */
/* How many states of its own a source wants; 0 of one that is switched off, too. */
int room_own_states(const settings *set, bool on_map, const source_settings *s);

/* ---- lookahead.c */
/* NULL when memory is short. `bytes` is what the covariance takes. */
lookahead *lookahead_create(size_t bytes, const settings *s);
void lookahead_destroy(lookahead *a);
void lookahead_settings(lookahead *a, const settings *s);

/* ---- fault reporting, setup.c */
void core_fault(fusion *c, fault_set *set, fault_code code, bool present, int64_t now_ns, float evidence,
                float limit);

/* ---- monitor.c: checks of frames and of silence */

/* True when the frame may be used; otherwise it has been counted, flagged and given a verdict. */
bool monitor_check(fusion *c, source_run *s, const frame *in);
/* Looks at what does not speak (STALE) and at slow conditions; call at every check tick, dt_s after the last.
 */
void monitor_tick(fusion *c, int64_t now_ns, float dt_s);
/* True when the source may be fused now, by its flags; sets its down-weight. */
bool monitor_allows(const source_run *s);

/* ---- shift.c: what innovations say of calibrations and offsets */

/* A calibration state that is watched: of which kind of source, its offset among the source's own states,
 * which flag says that it has moved, and one sigma of a move that does no harm (s, 1, rad). */
typedef struct {
    source_kind of;
    int state;
    fault_code code;
    float tolerance;
} shift_row;

enum { SHIFT_ROWS = 8 };
extern const shift_row shift_rows[SHIFT_ROWS];
/* The next row of the source's kind from `row` on; SHIFT_ROWS: none. The n-th of a source is of its state[n].
 */
int shift_next_row(const source_run *s, int row);
/* The source's states have been set: nothing is known but them. */
void shift_reset(fusion *c, source_run *s);
/* A measurement that was held against its gate, with what covariance_project made of it. */
void shift_take(fusion *c, source_run *s, const measurement *m, const projection *j,
                verdict_quantity quantity);
/* All means of the source keep this share of what they know. */
void shift_fade(source_run *s, float keep);
/* Value, and variance of that, of a mean whose weight is not 0. */
float shift_mean_of(const shift_mean *m);
float shift_mean_variance(const shift_mean *m);

/* ---- pace.c: speeds against the velocities of receivers */

/* A velocity or a speed; `forward`: what each row of it changes by with the speed, `seen`: its innovation. */
void pace_take(fusion *c, source_run *s, const measurement *m, const float forward[3], const float seen[3],
               int64_t now_ns);
/* The sums keep what is left of this share of the other means. */
void pace_fade(source_run *s, float keep);
/* What this speed differs from receivers by goes with what a receiver is off by, and not with what it would
 * have to be off by itself. */
bool pace_clears(const fusion *c, const source_run *s, fault_code code);

/* What the receiver is named for where that is plain; FAULT_COUNT: it is not. */
fault_code pace_names(const fusion *c, const source_run *s, fault_code code);
/* A speed and a receiver differ now, whatever drives the filter: an input that is off cannot make them. */
bool pace_differs(const fusion *c);

/* ---- shift_judge.c */

/* Looks at all means, dt_s after the last look: raises BIASED, LATENCY_SHIFT, EXTRINSIC_SHIFT, and opens up
 * the state that has moved. */
void shift_tick(fusion *c, int64_t now_ns, float dt_s);
/* Another source has had it in the last moments that the velocity forward is off as this one says, by a good
 * part of that: then it is not this one that lies. */
bool shift_is_seconded(const fusion *c, const source_run *s);
/* True while one of these flags says why the source's measurements are rejected. */
bool shift_explains(const source_run *s);

/* ---- vehicle.c: velocity of a point fixed to the vehicle, in vehicle axes */

/* Velocity of the point `at` (vehicle axes, from the navigation point); rows x, y, z of the Jacobian are
 * appended to `m` (position to 3 rows). `velocity` gets the prediction. */
void vehicle_velocity(const filter *f, vec3 at, measurement *m, vec3 velocity);
/* The same as it was `latency_s` ago, in the vehicle's axes of then; `by_latency` gets its derivative. To
 * first order in the turn meanwhile. */
void vehicle_velocity_then(const filter *f, vec3 at, double latency_s, measurement *m, vec3 velocity,
                           vec3 by_latency);
/* Scale of the yaw rate on a vehicle's bus, one sigma (sensors for stability control: a few per cent at most
 * over life and temperature), and how long a turn lasts, s. Too small: after a bend the heading is surer than
 * it is; too large: dead reckoning wears out in town. */
#define YAW_RATE_SCALE_SIGMA 0.015f
#define TURN_LASTS_S 4.0f
/* From b-axes to vehicle axes. */
void vehicle_from_b(const filter *f, const double b[3], vec3 out);
/* The vehicle's rate of turn in its own axes. */
void vehicle_rate(const filter *f, vec3 out);
/* A world vector (ECEF) in vehicle axes. */
void vehicle_from_ecef(const filter *f, const double world[3], vec3 out);
/* Rotation from vehicle to ECEF axes, row-major. */
void vehicle_rotation(const filter *f, double r[3][3]);
/* East and north of the vehicle's forward axis, a unit vector. */
void vehicle_forward(const filter *f, double east_north[2]);
/* Body axes: turn exp(mount) as rows. */
void mount_rows(const filter *f, double r[3][3]);
/* The axes, vehicle's, about which errors of the mount's pitch and yaw turn: exp(m + dm) = exp(m) exp(J dm),
 * columns of J = I - [m x] / 2 + [m x]^2 / 6; the rest of the series is below 1e-4, the mount being a few
 * degrees. */
void mount_axes(const filter *f, vec3 axes[2]);
/* Appends the mount's columns, where it is estimated: `d` is what a turn about each axis does to the
 * measurement. */
void mount_columns(const filter *f, measurement *m, vec3 d[2]);
/* Non-holonomic constraint and, without an accelerometer, the tilt constraint, where they are due. */
void vehicle_constrain(fusion *c, const frame *in);
/* At rest nothing turns faster than this, rad/s, one sigma. */
#define REST_RATE_SIGMA_RADPS 0.003f
/* The vehicle is at rest, as a source says: velocity and rate of turn are zero. `nis` gets that of the
 * velocity; the rate is not fused where that is rejected. */
verdict_decision vehicle_rest(fusion *c, source_run *s, const frame *in, float *nis);
/* It was at rest and is not: until now it may have moved by so much unseen, one sigma. */
void vehicle_wake(fusion *c, float unseen_mps);
void wheel_setup(fusion *c, source_run *s);
void wheel_fuse(fusion *c, source_run *s, const frame *in);

/* ---- reverse.c */
/* Takes a speed of wheels; returns the sign that a speed without one has, as it is
 * known: -1 while it has been found that the vehicle backs out. */
float reverse_sign(fusion *c, source_run *s, int64_t stamp_ns, float speed_mps);
/* The pose has been given up, or is none yet. */
void reverse_forget(fusion *c);
/* A fix has been held against the filter, since_s after the one before: which way does it say? */
void reverse_hear(fusion *c, source_run *s, const frame *in, float since_s);

/* ---- one file each */
void gnss_fuse(fusion *c, source_run *s, const frame *in);
/* Without an accelerometer latencies are considered, not estimated. As a column of the position the latency
 * would stand beside a velocity that is noisy, and noise in a column is information that is not there: within
 * a minute it took a metre of uncertainty away, and moved the pose by as much. So the filter holds the
 * position as it was a latency ago carried on, and the pose is less sure than that by what the latency may
 * be, along the way. Variance of the latency, s^2; 0 where it is estimated or something else gives the
 * position. */
float gnss_latency_doubt(const fusion *c);
/* An accelerometer has come; `considered` is what was considered until now. The position, held as the
 * receiver gave it, turns out to be off by the way of the latency, and from now on hangs on it. */
void gnss_estimate_latency(fusion *c, uint64_t considered);
/* Flags what the receiver says of itself. */
void gnss_check(fusion *c, source_run *s, const frame *in);
/* Counts how far apart a receiver's frames are, s. */
void gnss_count_interval(source_run *s, float interval_s);
/* Fuses the position of the fix that the filter starts from. */
void gnss_anchor(fusion *c, source_run *s, const frame *in);
void gnss_setup(fusion *c, source_run *s);
/* One sigma per horizontal axis that the fix deserves before its innovations are known. */
float gnss_sigma(const source_run *s, const frame_gnss *g);
/* Horizontal velocity (east, north, up; up NAN when unknown) and its sigma; false: the fix has none. */
bool gnss_velocity(const source_run *s, const frame_gnss *g, float enu[3], float *sigma_mps);
void radar_setup(fusion *c, source_run *s);
void radar_fuse(fusion *c, source_run *s, const frame *in);
/* From vehicle axes to sensor axes, the error of the mount's yaw included. */
void radar_turn(const source_run *s, float yaw, mat3 out);
/* Velocity of the sensor in its own axes, as its range rates show it, with the Jacobian of the first two
 * rows; `m` is started. */
void radar_velocity(const fusion *c, source_run *s, measurement *m, vec3 velocity);
void camera_setup(fusion *c, source_run *s);
void landmarks_fuse(fusion *c, source_run *s, const frame *in);
/* What the linear model leaves out of a range of range_m, one sigma times the root of 2; survey_variance: of
 * the map's error per axis, where that is in the model too, m^2. Of a bearing it is that over the range. */
float landmark_curvature(const fusion *c, float range_m, float survey_variance);
/* Adds that to the noise. */
void landmark_add_curvature(const fusion *c, float range_m, float survey_variance, measurement *m);
/* One sigma of a bearing, as claimed or set, times what the innovations ask for. */
float landmark_sigma(const source_run *s, const camera_landmark *seen);
/* Fills in innovation and noise of what was seen against `predicted`; survey_m: what of the map's error is no
 * state. */
void landmark_compare(const source_run *s, const camera_landmark *seen, const float predicted[3],
                      float survey_m, measurement *m);

/* ---- fiducials.c: those of the settings, where there is no map */
void fiducials_reset(fusion *c);
/* One at this range has been held against its gate. */
void fiducials_take(fusion *c, uint64_t id, const measurement *m, float range_m, verdict_decision decision,
                    int64_t now_ns);
/* It is not where the settings have it: what it says is nobody's fault. */
bool fiducials_moved(const fusion *c, uint64_t id);
/* Those whose flag stands, as fusion_map_missed. */
size_t fiducials_missed(const fusion *c, uint64_t *ids, size_t size);
/* Keeps the flag of the map; call at every check tick. */
void fiducials_tick(fusion *c, int64_t now_ns);
/* One that has moved was looked at lately: what a camera is off by is its doing. */
bool fiducials_explain(const fusion *c, const source_run *s, int64_t now_ns);

/* ---- camera_health.c */
/* Flags what the camera says of itself and, on a map, keeps what its picture is worth. */
void camera_health_check(fusion *c, source_run *s, const frame *in);
/* What the sigma of all that the camera says is multiplied with: 1 in clear light, 3 from where it is
 * flagged. */
float camera_weight(const source_run *s);
/* False: what it says is not fused. */
bool camera_sees(const source_run *s);

void roadside_fuse(fusion *c, source_run *s, const frame *in);

/* ---- odometry.c */
void odometry_setup(fusion *c, source_run *s);
void odometry_fuse(fusion *c, source_run *s, const frame *in);
/* The pose has been set anew: increments that began before say nothing of it. */
void odometry_break(fusion *c);

/* ---- inertial.c */
void inertial_setup(fusion *c);
/* The model of a filter that the yaw rate of wheels drives. */
void inertial_yaw_model(const fusion *c, const source_run *s, inertial_model *m);
/* Back to pseudo-inertial input with nothing known. */
void inertial_reset(fusion *c);
/* Takes an IMU or yaw-rate frame as input from its stamp on. */
void inertial_take(fusion *c, source_run *s, const frame *in);
/* ---- inertial_slide.c: forces of the input that no vehicle on wheels is under */
/* A step of the filter with the input of an IMU. */
void inertial_slide_add(fusion *c, double dt_s);
/* Judges what has come since the last look. */
void inertial_slide_look(fusion *c, int64_t now_ns);
/* What the input is by itself speaks against it now: such forces, or the scatter of its samples. */
bool inertial_is_doubted(const fusion *c);
/* Such forces contradict by more than chance; and for so long that it is no manoeuvre. */
bool inertial_slides(const fusion *c);
bool inertial_slides_on(const fusion *c, int64_t now_ns);

/* ---- inertial_turn.c: the gyro against the wheels' yaw rate */
void inertial_turn_reset(fusion *c);
/* A frame of wheels, while an IMU drives the filter. */
void inertial_turn_take(fusion *c, const source_run *s, const frame *in);
void inertial_turn_look(fusion *c, int64_t now_ns);
/* The gyro has left what the wheels say, and others say so too; and for so long that it is no accident. */
bool inertial_turns_wrong(const fusion *c);
bool inertial_turns_wrong_on(const fusion *c, int64_t now_ns);

/* Brings the filter to `stamp_ns`. */
void inertial_advance(fusion *c, int64_t stamp_ns);

/* ---- claim.c: the pose was saved, and restored after a time in which the vehicle may have been moved */
void claim_open(fusion *c);
/* No position has agreed with it so far. */
bool claim_is_unconfirmed(const fusion *c);
/* A measurement has been held against it; `m` has its NIS. */
void claim_hear(fusion *c, int64_t stamp_ns, verdict_quantity quantity, const measurement *m,
                verdict_decision decision);
/* What contradicts it agrees with itself: the pose is to be given up. */
bool claim_is_refuted(const fusion *c, int64_t now_ns);

/* ---- initialize.c */
/* Looks at a frame while there is no pose yet; may start the filter. */
void initialize_look(fusion *c, source_run *s, const frame *in);
/* Attitude from a heading (clockwise from north) and, at rest, the plumb line; the axes are east, north, up.
 */
void initialize_attitude(const fusion *c, double heading, double r_enu_ecef[3][3], double q[4]);
/* How well roll and pitch of that are known, rad, one sigma. */
float initialize_tilt_sigma(const fusion *c);
/* The filter has been placed, its covariance set: it runs. */
void initialize_begin(fusion *c);
/* Starts the filter, or takes place and heading anew when the heading has been lost, from two fiducials or
 * more, with ranges, in one picture, or from one whose face is seen and known to look somewhere, in three of
 * them: initialize_marks.c. False: they do not say enough. */
bool initialize_by_marks(fusion *c, source_run *s, const frame *in);
/* Gives up the pose and starts from this fix with a heading (clockwise from north) and its sigma, rad. */
void initialize_turned(fusion *c, source_run *s, const frame *in, double heading, double sigma);
/* Variance of the heading (rotation about up), rad^2. */
float initialize_heading_variance(const fusion *c);
/* With this covariance, the filter's or a sub-solution's, the heading is too unsure to be one. */
bool initialize_is_lost(const fusion *c, const covariance *p);
/* True since the heading was so unsure that the filter, linear only near the truth, could not vouch for its
 * covariance, until it has been taken anew: speeds and the non-holonomic constraint make it look known again,
 * by the error of a product, and do not know it. A pose that drives backwards faster than anybody does is
 * turned round, and has none either. */
bool initialize_heading_lost(const fusion *c);
/* Keeps that; call at every check tick. */
void initialize_watch_heading(fusion *c, int64_t now_ns);
/* Takes heading and velocity anew from a fix's course when the heading has been lost; true when it did. */
bool initialize_realign(fusion *c, source_run *s, const frame *in);
/* Position, velocity, tilt and heading with these variances and nothing known of each other but what the
 * mount implies. */
void initialize_covariance(fusion *c, float position_var, float velocity_var, float tilt_var,
                           float heading_var);

/* ---- pose.c */
/* The columns of the filter's state that the pose rests on. */
enum { POSE_COLUMNS = 8 };
extern const int pose_columns[POSE_COLUMNS];
/* The pose along, across (left) and up, and its heading (left), as linear functions of those columns. */
void pose_directions(const fusion *c, float t[4][POSE_COLUMNS]);
/* The next pose is the last whose tick is not after `stamp_ns`. */
void pose_start_ticks(fusion *c, int64_t stamp_ns);
/* Emits every pose whose tick lies before `stamp_ns`. */
void pose_emit_until(fusion *c, int64_t stamp_ns);
/* The pose at `stamp_ns`, not before the filter's; `sequence` and no more is left to the caller. */
void pose_at(const fusion *c, int64_t stamp_ns, fusion_pose *p);
void pose_update_mode(fusion *c, int64_t now_ns);

#ifdef __cplusplus
}
#endif

#include "fusion/core_integrity.h"
#include "fusion/core_map.h"

#endif
