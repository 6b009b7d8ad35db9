/*
 * libposed-client: what a running posed says, for C and C++ programs. docs/CLIENT.md is its guide.
 *
 *     char problem[POSED_PROBLEM_SIZE];
 *     posed_client *client = posed_connect(NULL, NULL, problem);
 *     const posed_event *event;
 *     while (client && posed_next(client, 1.0, &event) >= 0) {
 *         const bool is_pose = event && event->kind == POSED_KIND_POSE;
 *         if (is_pose && posed_pose_usable(event->pose, posed_now_ns(client)))
 *             drive(event->pose);
 *     }
 *     posed_close(client);
 *
 * Conventions. Units and frames are part of every name, as in posed.proto: _m, _mps, _rad, _deg, _s, _ns;
 * _enu is east, north, up at the vehicle's position; _body is forward, left, up at the centre of the rear
 * axle on the ground (ISO 8855). Times are nanoseconds UTC since the Unix epoch. Not known is NAN for a
 * float, and the value 0 for an enum; a value that a newer posed added reads as 0 too.
 *
 * Threads. A client belongs to one thread at a time. Clients of several threads do not know of each other.
 * Nothing here starts a signal handler or writes to standard output or error. After fork(2) the child must
 * not use it.
 *
 * Interface. Structs only grow at their end, and the library allocates what it hands out: a program works
 * with any later library of the same soname. What it hands out is valid until the next call on the same
 * client that is not a plain getter; copy what is to be kept (`posed_pose kept = *event->pose;`).
 */
#ifndef POSED_CLIENT_H
#define POSED_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define POSED_API __attribute__((visibility("default")))
#else
#define POSED_API
#endif

#define POSED_DEFAULT_ENDPOINT "ipc:///run/posed/poses"

enum {
    POSED_PROTOCOL = 1,       /* version of the interface that this header describes */
    POSED_PROBLEM_SIZE = 512, /* room for an error text */
    POSED_NAME_SIZE = 48,     /* of a source, with its NUL */
    POSED_VERSION_SIZE = 32,
    POSED_MAX_FAULTS = 16, /* listed in one message */
    POSED_MAX_HYPOTHESES = 16,
    POSED_MAX_MISSED = 32,
    POSED_MAP_NAME_SIZE = 64,
};

/* ---------------------------------------------------------------- what posed says */

typedef enum {
    POSED_MODE_UNKNOWN = 0,
    POSED_MODE_INITIALIZING = 1,   /* no pose yet */
    POSED_MODE_NOMINAL = 2,        /* an absolute position is fused, no source is missing or flagged */
    POSED_MODE_DEGRADED = 3,       /* a source is excluded, flagged or missing */
    POSED_MODE_DEAD_RECKONING = 4, /* no absolute position: the pose rests on motion alone */
    POSED_MODE_LOST = 5,           /* do not use */
} posed_mode;

/* Where the vehicle is and how sure that is: the body origin. */
typedef struct {
    int64_t stamp_ns;    /* the time that it is valid for */
    int64_t based_on_ns; /* stamp of the newest frame that it rests on */
    int64_t expires_ns;  /* must not be used after; 0: a final estimate, which does not expire */
    uint32_t sequence;
    uint32_t resets; /* counts how often position or heading was set anew */
    posed_mode mode;
    bool usable;                                  /* posed_pose_usable asks this and the time */
    double latitude_deg, longitude_deg, height_m; /* WGS84, height above the ellipsoid */
    double position_ecef_m[3];                    /* the same, earth-centred earth-fixed */
    float q_body_enu[4];                          /* rotation from body to ENU: x, y, z, w */
    float roll_rad, pitch_rad;                    /* pitch: nose up positive */
    float heading_rad;                            /* clockwise from north, 0..2 pi */
    float velocity_enu_mps[3];                    /* of the body origin */
    float rate_body_radps[3];                     /* rate of turn */
    float accel_body_mps2[3];                     /* without gravity */
    float covariance[6][6];                       /* position ENU, m^2; rotation about E, N, U, rad^2 */
    float velocity_covariance[3][3];              /* ENU, (m/s)^2 */
    float protection_along_m, protection_cross_m; /* bounds on the error at the configured integrity */
    float protection_vertical_m;                  /* risk; NAN: none is computed */
    float protection_heading_rad;
    float confidence; /* probability that the error is inside the alert limits, 0..1 */
    uint32_t fault_count;
    uint32_t faults[POSED_MAX_FAULTS];  /* raised now: numbers of docs/FAULTS.md, see posed_fault_name */
    float protection_horizontal_m;      /* of the length of the horizontal error; NAN: none is computed */
    float alert_along_m, alert_cross_m; /* the alert limits in force; NAN: no pose */
    float alert_vertical_m, alert_heading_rad;
    float reset_m;          /* how far the last reset moved the position; NAN: none did, or it was set anew */
    uint64_t lane_id;       /* of the map: the lane that the vehicle is most probably in; 0: not known */
    float lane_probability; /* that it is in that one, 0..1; 0: not known */
} posed_pose;

typedef enum {
    POSED_SOURCE_UNKNOWN = 0,
    POSED_SOURCE_NEVER_SEEN = 1,
    POSED_SOURCE_ALIVE = 2,
    POSED_SOURCE_FLAGGED = 3,  /* a fault of it is raised, other than STALE */
    POSED_SOURCE_STALE = 4,    /* it has fallen silent */
    POSED_SOURCE_DISABLED = 5, /* by posed's configuration */
} posed_source_state;

/* One source. Counts are since posed started and stay at UINT32_MAX. */
typedef struct {
    char name[POSED_NAME_SIZE]; /* "gnss/roof" */
    posed_source_state state;
    uint32_t frames;    /* that arrived */
    uint32_t used;      /* of which something was fused */
    uint32_t rejected;  /* of which nothing could be fused because a check or gate failed */
    uint32_t late;      /* behind the window */
    uint32_t malformed; /* messages that did not decode */
    uint32_t refused;   /* messages refused before decoding: not allowed, too old, too far ahead */
    uint32_t dropped;   /* frames, for overload */
    float rate_hz;
    float latency_s, latency_sigma_s; /* found on line; NAN: not estimated */
    float nis_ratio;                  /* near 1 when noise is as modelled */
    float age_s;                      /* of its newest stamp at the status' stamp; NAN: never seen */
    int64_t last_stamp_ns;            /* its newest; 0: never seen */
    uint32_t fault_count;
    uint32_t faults[POSED_MAX_FAULTS];
} posed_source;

/* What would be without some sources (docs/INTEGRITY.md). Along, across, up in metres, heading in radians. */
typedef struct {
    uint32_t sources; /* bit i: sources[i] of the status is left out */
    bool live;        /* there is such a sub-solution now; otherwise the lists are zero */
    float separation[4], threshold[4], sigma[4];
    float doubt;         /* what speaks against it: 0 nothing, above 20 much */
    uint32_t quantities; /* bit = quantity that is left out of these sources; 0: everything */
} posed_hypothesis;

/* The map that poses rest on. */
typedef struct {
    char file[POSED_MAP_NAME_SIZE]; /* its name without directories */
    uint32_t checksum;              /* of what is in it, as posed map info shows it */
    uint32_t marks, lines, lanes;   /* how many it has: signs, lights, poles and fiducials; lines; lanes */
    bool has_survey;                /* the days are known */
    int32_t first_survey_day, last_survey_day; /* since 1970-01-01 */
} posed_map;

/* The state of the whole: once a second and at every change. */
typedef struct {
    int64_t stamp_ns;
    int64_t started_ns; /* another value than before: posed restarted */
    uint32_t sequence;
    uint32_t protocol;
    char version[POSED_VERSION_SIZE]; /* of posed */
    posed_mode mode;
    bool drive_time;                              /* stamps follow a replayed drive: see posed_now_ns */
    uint32_t dropped;                             /* frames, for overload */
    uint32_t malformed;                           /* messages that did not decode */
    uint32_t unauthenticated;                     /* handshakes and messages refused for their key */
    float mount_pitch_rad, mount_pitch_sigma_rad; /* found on line; NAN: not estimated */
    float mount_yaw_rad, mount_yaw_sigma_rad;
    float wheel_scale, wheel_scale_sigma; /* measured over true speed */
    uint32_t fault_count;
    uint32_t faults[POSED_MAX_FAULTS]; /* of the system, not of a source */
    size_t source_count;
    const posed_source *const *sources; /* source_count pointers */
    size_t hypothesis_count;            /* 0: the integrity monitor is off */
    posed_hypothesis hypotheses[POSED_MAX_HYPOTHESES];
    bool has_map; /* poses rest on a map; otherwise all below is zero */
    posed_map map;
    size_t missed_count; /* elements of the map that should have been seen lately and were not, their ids */
    uint64_t missed[POSED_MAX_MISSED];
} posed_status;

typedef enum {
    POSED_SEVERITY_UNKNOWN = 0,
    POSED_SEVERITY_INFO = 1,
    POSED_SEVERITY_WARNING = 2,
    POSED_SEVERITY_ERROR = 3,
} posed_severity;

/* A fault that rises or clears. */
typedef struct {
    int64_t stamp_ns;             /* when it rose or cleared */
    int64_t since_ns;             /* when it rose */
    char source[POSED_NAME_SIZE]; /* "gnss/roof", "system" or "map" */
    uint32_t sequence;
    uint32_t code; /* docs/FAULTS.md, see posed_fault_name */
    posed_severity severity;
    bool raised;
    float evidence, limit; /* what was seen and the limit that it broke; NAN: none */
} posed_fault;

typedef enum {
    POSED_DECISION_UNKNOWN = 0,
    POSED_DECISION_FUSED = 1,
    POSED_DECISION_DOWN_WEIGHTED = 2,
    POSED_DECISION_REJECTED = 3,
    POSED_DECISION_IGNORED = 4,
} posed_decision;

/* What became of one measurement. */
typedef struct {
    int64_t stamp_ns;
    char source[POSED_NAME_SIZE];
    uint32_t sequence; /* of the frame */
    uint32_t quantity; /* number of posed.v1.Quantity, see posed_quantity_name; it says the units below */
    posed_decision decision;
    uint32_t reason; /* number of posed.v1.Reason, see posed_reason_name */
    uint32_t value_count;
    float innovation[3]; /* measured less predicted, value_count values */
    float variance[3];   /* of each, as expected before the update */
    float nis, limit;    /* normalized innovation squared, and what it was held against; NAN: none */
    float weight;        /* that it was fused with, 0..1 */
    uint64_t element;    /* of the map, that it was compared with; 0: none */
} posed_verdict;

/* ---------------------------------------------------------------- a subscription */

typedef enum {
    POSED_KIND_POSE = 0,    /* live: extrapolated to the present, expires; 100 Hz */
    POSED_KIND_TRACK = 1,   /* final estimates, filter.window_s later; do not expire */
    POSED_KIND_STATUS = 2,  /* always subscribed: it carries the handshake */
    POSED_KIND_FAULT = 3,   /* faults as they rise and clear */
    POSED_KIND_VERDICT = 4, /* one for each measurement: many */
    POSED_KIND_COUNT
} posed_kind;

/* One message. Of the pointers, the one that `kind` names is set; `pose` for POSE and for TRACK. */
typedef struct {
    posed_kind kind;
    int64_t received_ns; /* when it was taken from the socket, system clock */
    const posed_pose *pose;
    const posed_status *status;
    const posed_fault *fault;
    const posed_verdict *verdict;
} posed_event;

/* How to connect: `posed_options o = POSED_OPTIONS_INIT;`, then change what is to differ. */
typedef struct {
    size_t size;            /* of this struct */
    unsigned kinds;         /* bits 1u << posed_kind */
    double timeout_s;       /* posed_connect waits this long for the first status; 0: not at all */
    const char *secret_key; /* file of this side's CURVE secret key, or "credential:NAME" of the systemd
                               service; NULL: none, for local endpoints */
    const char *server_key; /* public key of posed, Z85, with secret_key; NULL: none */
    int queue;              /* messages that may wait while the program does something else */
} posed_options;

#define POSED_OPTIONS_INIT                                                                                   \
    {                                                                                                        \
        sizeof(posed_options), 1u << POSED_KIND_POSE | 1u << POSED_KIND_STATUS | 1u << POSED_KIND_FAULT,     \
            5.0, NULL, NULL, 1000                                                                            \
    }

typedef struct posed_client posed_client;

/* Connects to `endpoint` ("ipc:///run/posed/poses", "tcp://192.0.2.1:5601"; NULL: POSED_DEFAULT_ENDPOINT) and
 * waits for the first status to check the version of its interface. `options` may be NULL: the defaults.
 * NULL when the endpoint or a key is wrong, nothing came in time, or posed speaks a later version; `problem`
 * (may be NULL) says which. The connection is made again by itself when posed goes and comes. */
POSED_API posed_client *posed_connect(const char *endpoint, const posed_options *options,
                                      char problem[POSED_PROBLEM_SIZE]);

/* Closes it; NULL is accepted. */
POSED_API void posed_close(posed_client *client);

/* Waits at most `timeout_s` seconds (0: not at all, negative: for ever) for the next message.
 *   1: `*event` is it, until the next call;
 *   0: none came, or a signal interrupted the wait; `*event` is NULL;
 *  -1: posed speaks a version of the interface that this library does not know, or the system failed:
 *      posed_problem says which. The call may be made again.
 * Nothing but a status is handed out before a first status was found good, and a status that posed repeats
 * for the sake of a new subscriber is handed out once. */
POSED_API int posed_next(posed_client *client, double timeout_s, const posed_event **event);

/* For event loops: readable when there may be a message. It is edge-triggered: call posed_next with timeout 0
 * until it returns 0 before the first wait and after every wake-up; and every few seconds without one, which
 * makes a connection again that ZeroMQ has given up. To be polled only, and not closed. */
POSED_API int posed_fd(const posed_client *client);

/* For programs that want nothing but the present pose: takes all that waits, without blocking, and returns
 * the newest live pose, or NULL when there is none that may be used now. Other messages that waited are
 * taken too, and not handed out. */
POSED_API const posed_pose *posed_latest_pose(posed_client *client);

/* Whether the pose may be used at `now_ns` (from posed_now_ns): it is not NULL, posed says that it is usable,
 * and it is live and not expired, or final. A pose that lies as far in the future as it would last is refused
 * too: one of the two clocks is wrong. */
POSED_API bool posed_pose_usable(const posed_pose *pose, int64_t now_ns);

/* The time to hold a pose's expiry against: the system's UTC clock. Where posed is fed with a replayed drive
 * (status.drive_time) it is the stamp of the newest live pose or status plus the time since it was taken. */
POSED_API int64_t posed_now_ns(const posed_client *client);

/* The newest status, NULL before the first. */
POSED_API const posed_status *posed_latest_status(const posed_client *client);

/* The last reason for which posed_next returned -1 or a message was malformed; "" when there was none. */
POSED_API const char *posed_problem(const posed_client *client);

/* Counts since posed_connect, by kind: taken, and missed (gaps in the sequence: the program was too slow, or
 * the connection was gone). Verdicts have no sequence of their own and none is counted as missed. */
POSED_API uint64_t posed_received(const posed_client *client, posed_kind kind);
POSED_API uint64_t posed_missed(const posed_client *client, posed_kind kind);

/* Messages that did not decode or broke the rules of posed.proto; they are not handed out. */
POSED_API uint64_t posed_malformed(const posed_client *client);

/* How often posed was restarted meanwhile. */
POSED_API uint64_t posed_restarts(const posed_client *client);

/* ---------------------------------------------------------------- words and numbers */

/* "NOMINAL", "ALIVE", "ERROR", "fused"; "UNKNOWN" ("unknown") where it is none. */
POSED_API const char *posed_mode_name(posed_mode mode);
POSED_API const char *posed_source_state_name(posed_source_state state);
POSED_API const char *posed_severity_name(posed_severity severity);
POSED_API const char *posed_decision_name(posed_decision decision);
POSED_API const char *posed_quantity_name(uint32_t quantity); /* "position" */
POSED_API const char *posed_reason_name(uint32_t reason);     /* "innovation" */

/* "NO_FIX", and what it means in one sentence; "UNKNOWN" and "" for one that this library does not know. */
POSED_API const char *posed_fault_name(uint32_t code);
POSED_API const char *posed_fault_text(uint32_t code);

/* The region that holds the horizontal position with 95 % probability: its half axes, and the direction of
 * the long one clockwise from north, 0..pi. All NAN when the covariance is not known. */
typedef struct {
    float major_m, minor_m, azimuth_rad;
} posed_ellipse;
POSED_API posed_ellipse posed_pose_ellipse95(const posed_pose *pose);

/* Speed over ground, metres per second. */
POSED_API float posed_pose_speed_mps(const posed_pose *pose);

/* Version of this library, "0.1.0". */
POSED_API const char *posed_client_version(void);

#ifdef __cplusplus
}
#endif
#endif
