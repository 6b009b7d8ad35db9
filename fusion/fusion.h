/*
 * The fusion core: frames in, poses with covariance, verdicts and faults out.
 *
 * Pure: no I/O, no clock, no sockets, no allocation after fusion_create, no globals. Time arrives with the
 * frames. One object belongs to one thread at a time.
 *
 * Any order: frames wait in the out-of-sequence window (settings.filter.window_s) and are applied in the
 * order of their stamps, so that every arrival order inside the window gives the same bits. A frame whose
 * stamp the window has passed is counted, flagged LATE and never fused. What comes out of the sinks is final.
 */
#ifndef POSED_FUSION_FUSION_H
#define POSED_FUSION_FUSION_H

#include "fusion/faults.h"
#include "fusion/frame.h"
#include "fusion/map.h"
#include "fusion/settings.h"
#include "fusion/verdict.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers as in wire/posed.proto. */
typedef enum {
    MODE_INITIALIZING = 1,
    MODE_NOMINAL = 2,
    MODE_DEGRADED = 3,
    MODE_DEAD_RECKONING = 4,
    MODE_LOST = 5,
    MODE_COUNT
} fusion_mode;

/* "INITIALIZING", ...; "?" when out of range. */
const char *fusion_mode_word(fusion_mode mode);

enum { POSE_MAX_FAULTS = 16 };

/* The pose of the body origin (centre of the rear axle on the ground). */
typedef struct {
    int64_t stamp_ns;    /* the time that it is valid for */
    int64_t based_on_ns; /* stamp of the newest frame that it rests on */
    double position_ecef_m[3];
    double latitude_rad, longitude_rad, height_m; /* WGS84 */
    float q_body_enu[4];                          /* rotation from body to ENU: x, y, z, w */
    float roll_rad, pitch_rad;                    /* pitch: nose up positive */
    float heading_rad;                            /* clockwise from north, 0..2 pi */
    float velocity_enu_mps[3];                    /* of the body origin */
    float rate_body_radps[3];                     /* rate of turn about forward, left, up */
    float accel_body_mps2[3];                     /* without gravity */
    float covariance[6][6];          /* position ENU, m^2; rotation about east, north, up, rad^2 */
    float velocity_covariance[3][3]; /* ENU, (m/s)^2 */
    float confidence;                /* probability that the error is inside the alert limits */
    uint64_t lane_id;       /* of the map: the lane that the origin is most probably in; 0: not known */
    float lane_probability; /* that it is in that one, 0..1; 0: not known */
    /* Bounds on the error at the configured integrity risk (docs/INTEGRITY.md), one-sided, against the
     * vehicle's heading; NAN: none is computed. */
    float protection_along_m, protection_cross_m, protection_vertical_m, protection_heading_rad;
    float protection_horizontal_m; /* of the length of the horizontal error */
    /* The alert limits in force; NAN: no pose. */
    float alert_along_m, alert_cross_m, alert_vertical_m, alert_heading_rad;
    uint32_t sequence; /* counts the poses, from 0 */
    uint32_t resets;   /* how often position or heading was set anew */
    float reset_m;     /* how far the last reset moved the position; NAN: none did, or it was set anew */
    uint8_t mode;      /* fusion_mode */
    bool usable; /* NOMINAL, DEGRADED or DEAD_RECKONING, and the bounds are inside the alert limits, where
                    integrity.gate_usable asks for that */
    uint8_t fault_count;
    uint8_t faults[POSE_MAX_FAULTS]; /* fault_code */
} fusion_pose;

typedef enum {
    SOURCE_STATE_NEVER_SEEN = 1,
    SOURCE_STATE_ALIVE = 2,
    SOURCE_STATE_FLAGGED = 3,  /* a flag of it is raised, other than STALE */
    SOURCE_STATE_STALE = 4,    /* it has fallen silent */
    SOURCE_STATE_DISABLED = 5, /* by the settings */
} source_state;

typedef struct {
    source_state state;
    uint64_t frames;   /* that arrived */
    uint64_t used;     /* frames of which something was fused (for an IMU: that drove the prediction) */
    uint64_t rejected; /* frames of which nothing could be fused because a check or gate failed */
    uint64_t late;     /* frames behind the window */
    float rate_hz;
    float latency_s, latency_sigma_s; /* NAN: not estimated */
    float nis_ratio;                  /* windowed mean of NIS over its degrees of freedom; NAN: none yet */
    uint64_t fault_mask;              /* bit = fault_code */
} fusion_source_status;

/* One hypothesis of the integrity monitor, as of its last look; arrays: along, across, vertical, heading, m
 * and rad. docs/INTEGRITY.md */
enum { STATUS_MAX_HYPOTHESES = 16 };
typedef struct {
    uint32_t sources;                  /* bit = index of a source that its sub-solution leaves out */
    bool live;                         /* it has a sub-solution; otherwise the arrays are 0 */
    float separation[4], threshold[4]; /* sub-solution less filter, and beyond which that is an alarm */
    float sigma[4];                    /* of the sub-solution, what it may have started with included */
    float level[4];                    /* the bound on the filter's error if these sources are at fault */
    float sigmas;                      /* how many of its sigmas are in that */
    float doubt;                       /* what speaks against it: 0 nothing, above 20 much */
    uint32_t quantities;               /* bit = verdict_quantity that is left out of these sources; 0: all */
} fusion_hypothesis;

enum { STATUS_MAX_MISSED = 32 };

typedef struct {
    int64_t stamp_ns;
    fusion_mode mode;
    uint64_t system_fault_mask;                   /* bit = fault_code */
    float mount_pitch_rad, mount_pitch_sigma_rad; /* of the IMU, found on line; NAN: not estimated */
    float mount_yaw_rad, mount_yaw_sigma_rad;
    float wheel_scale, wheel_scale_sigma; /* measured over true speed; NAN: not estimated */
    size_t source_count;
    fusion_source_status sources[SETTINGS_MAX_SOURCES];
    size_t hypothesis_count; /* 0: the monitor is off */
    fusion_hypothesis hypotheses[STATUS_MAX_HYPOTHESES];
    int64_t looked_ns;       /* when the monitor last looked: a pose's bounds are of the last look before it;
                                INT64_MIN: it has not */
    float fault_free_sigmas; /* of the filter's own error that are in its bound if nothing is at fault */
    float held[4]; /* the bounds before the monitor last started anew, while they still count, and what a
                      latency that nothing has refuted may do; or 0 */
    float map[4];  /* what the map as a whole may be off by, as far as it counts; 0: none is in use */
    size_t missed_count; /* as fusion_map_missed: elements of the map, the first ones by their ids */
    uint64_t missed[STATUS_MAX_MISSED];
} fusion_status;

/* Where results go; each may be NULL. Called from inside fusion_push and fusion_flush, in the order of
 * stamps. */
typedef struct {
    void *context;
    void (*pose)(void *context, const fusion_pose *pose);
    void (*verdict)(void *context, const verdict *v);
    fault_sink *fault;
} fusion_sinks;

typedef struct fusion fusion;

/* Sources have states of their own (docs/FUSION.md), and there is room for so many. `fits`: the sources, in
 * their order, that find room before the first that does not; source_count: all do. That one wants `wanted`
 * states, `left` of `all` are left; the core refuses its frames (NO_MODEL). */
typedef struct {
    size_t fits;
    int wanted, left, all;
} fusion_room;
/* What the core would say of these settings, on a map or not. */
fusion_room fusion_room_for(const settings *s, bool on_map);

/* Creates the core for these settings (copied). NULL only when memory is short. The settings must be in
 * range, as the config loader ensures. This is the only function that allocates. */
fusion *fusion_create(const settings *s, const fusion_sinks *sinks);
/* The same on a map, which stays the caller's and must outlive the core; NULL: none, as fusion_create. A map
 * adds states (each camera's mount, the errors of the elements in view), so that it cannot come later. */
fusion *fusion_create_on_map(const settings *s, const fusion_sinks *sinks, const map_view *map);
/* NULL is accepted. */
void fusion_destroy(fusion *f);

/* From now on tells `look` of every look at a fault's condition, before the flag follows: `raised` says
 * whether the condition holds, `since_ns` is the stamp. For those who explain a flag: there are some for
 * every frame. NULL: nobody, as after creation. */
void fusion_watch_conditions(fusion *f, fault_sink *look, void *context);

/* Takes a frame (copied). Frames of sources that are disabled are counted only. `frame->source` must be below
 * the settings' source_count and `frame->kind` a frame_kind that this source may send: anything else is
 * refused. Returns false when the frame was refused or dropped (late, no room); it has been counted and
 * flagged then. */
bool fusion_push(fusion *f, const frame *in);

/* Tells the core that time (of reception) has come to `now_ns`, without a frame: closes the window up to
 * now_ns - window_s, so that poses keep coming and STALE can rise. */
void fusion_advance(fusion *f, int64_t now_ns);

/* What is known at `now_ns` with the frames that have arrived, without waiting for those that may still come
 * inside the window: the pose extrapolated to now_ns and, unless NULL, the status as of now_ns. The frames in
 * the window are applied, in the order of their stamps, to a copy of the state that is thrown away; nothing
 * that comes out of the sinks changes. Poses are numbered from 0 in the order of calls. False before the
 * first frame has been accepted. Costs what all frames in the window cost. */
bool fusion_look_ahead(fusion *f, int64_t now_ns, fusion_pose *pose, fusion_status *status);

/* Applies all that still waits in the window: the end of a drive. */
void fusion_flush(fusion *f);

/* The state of the whole as of the last applied frame. */
void fusion_get_status(const fusion *f, fusion_status *status);

/* The elements of the map that should have been seen lately and were not, and the lines that were seen beside
 * their places, by their ids (MAP_MISMATCH); without a map, fiducials of the settings that have moved;
 * `ids` gets at most `size` of them. Returns how many there are, which may be more. None while the flag is
 * up: the map lies elsewhere as a whole. */
size_t fusion_map_missed(const fusion *f, uint64_t *ids, size_t size);

/* Saves what a warm start needs (pose, biases, calibration, latencies) as bytes, versioned and checksummed.
 * fusion_state_size() bytes are written to `buffer`; returns the size, 0 when there is no state worth saving
 * or `size` is too small. */
size_t fusion_state_size(void);
size_t fusion_save(const fusion *f, void *buffer, size_t size);

/* Restores a saved state into a core that has not applied a frame yet. `age_s` is how long ago it was saved,
 * as far as is known; NAN: unknown. After a few seconds the vehicle is taken to have gone on as it went;
 * after longer, to stand where it stood. The pose's covariance is widened for what may have happened since;
 * calibration that no longer fits the settings is left out. False when the bytes are not a valid state or
 * contradict the settings; the core is as before then. */
bool fusion_restore(fusion *f, const void *buffer, size_t size, double age_s);

/* The same sources by name, in the same order? */
bool fusion_same_sources(const fusion *a, const fusion *b);

/* `f`, new and of other settings or another map, goes on where `from` is, which is not to be used any more:
 * its state, as fusion_save and fusion_restore with an age of 0 would carry it over, times, and the numbers
 * of poses and resets, where this counts as a reset. Where the sources are the same, the frames that wait in
 * the window go over as well. False when `from` had no state: `f` starts from nothing then, at the same time.
 */
bool fusion_take_over(fusion *f, fusion *from);

/* The clock that stamps and receptions come from was stepped: adds `delta_ns` to every time that the core
 * holds, so that the state goes on undisturbed in the new time. */
void fusion_shift_time(fusion *f, int64_t delta_ns);

/* Takes another map in the place of the one that it was created on, which is not used any more from here on,
 * and keeps the state; what was seen of the old one is forgotten. False, with nothing changed, when it has
 * none, or `map` is NULL: a map adds states. */
bool fusion_change_map(fusion *f, const map_view *map);

/* Takes other settings and keeps the whole state. Only where the state goes on to mean the same: sources,
 * their order, mounts and whether they are enabled, an IMU's noise, the window and the pseudo-inertial motion
 * must be equal. False, with nothing changed, when they are not. */
bool fusion_reconfigure(fusion *f, const settings *s);

#ifdef __cplusplus
}
#endif
#endif
