/*
 * What sensors say: one plain struct per kind of frame.
 *
 * A frame is one message from one source. Absent values are NAN (or the enum's *_UNKNOWN), never 0.
 * Body axes: x forward, y left, z up, origin at the centre of the rear axle on the ground (ISO 8855,
 * REP-103). Sensor axes: the same, moved and turned by the mount of the source's settings.
 * Times: int64 nanoseconds, UTC since the Unix epoch (or the common clock of a drive).
 *
 * There is no truth frame here: a reference trajectory cannot reach the filter.
 */
#ifndef POSED_FUSION_FRAME_H
#define POSED_FUSION_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(ENUM, topic word, source kind that may send it). Order is part of nothing; names are. */
#define FRAME_KINDS(X)                                                                                       \
    X(GNSS, "gnss", GNSS)                                                                                    \
    X(IMU, "imu", IMU)                                                                                       \
    X(WHEEL, "wheel", WHEEL)                                                                                 \
    X(RADAR, "radar", RADAR)                                                                                 \
    X(LANDMARKS, "landmarks", CAMERA)                                                                        \
    X(LANES, "lanes", CAMERA)                                                                                \
    X(CAMERA_HEALTH, "camera_health", CAMERA)                                                                \
    X(ROADSIDE, "roadside", ROADSIDE)                                                                        \
    X(ODOMETRY, "odometry", ODOMETRY)

typedef enum {
#define X(NAME, word, source) FRAME_##NAME,
    FRAME_KINDS(X)
#undef X
        FRAME_KIND_COUNT
} frame_kind;

/* X(ENUM, word): kinds of source. A source is one physical sensor, named "<word>/<name>". */
#define SOURCE_KINDS(X)                                                                                      \
    X(GNSS, "gnss")                                                                                          \
    X(IMU, "imu")                                                                                            \
    X(WHEEL, "wheel")                                                                                        \
    X(RADAR, "radar")                                                                                        \
    X(CAMERA, "camera")                                                                                      \
    X(ROADSIDE, "roadside")                                                                                  \
    X(ODOMETRY, "odometry")

typedef enum {
#define X(NAME, word) SOURCE_##NAME,
    SOURCE_KINDS(X)
#undef X
        SOURCE_KIND_COUNT
} source_kind;

enum {
    FRAME_SOURCE_NAME_SIZE = 48, /* "<kind>/<name>" with its NUL */
    FRAME_MAX_DETECTIONS = 256,  /* radar: the largest cluster list in use (ARS408) has 250 */
    FRAME_MAX_LANDMARKS = 64,
    FRAME_MAX_LANES = 8,
};

typedef enum {
    GNSS_FIX_UNKNOWN = 0, /* the receiver does not say; a position that is there counts as a fix */
    GNSS_FIX_NONE,
    GNSS_FIX_2D,
    GNSS_FIX_3D,
    GNSS_FIX_DGNSS,
    GNSS_FIX_FLOAT,
    GNSS_FIX_FIXED,
} gnss_fix_type;

typedef enum { HEIGHT_ELLIPSOID = 0, HEIGHT_MSL } height_datum;

typedef struct {
    double latitude_rad;       /* WGS84, geodetic, -pi/2..pi/2 */
    double longitude_rad;      /* -pi..pi, east positive */
    double height_m;           /* above `datum`, of the antenna; NAN: unknown */
    float h_acc_m;             /* one sigma, as the receiver claims; NAN: no claim */
    float v_acc_m;             /* one sigma, as the receiver claims; NAN: no claim */
    float velocity_enu_mps[3]; /* NAN each: unknown */
    float speed_mps;           /* over ground; NAN: unknown */
    float course_rad;          /* of the motion, clockwise from true north; NAN: unknown */
    float speed_acc_mps;       /* one sigma, as claimed; NAN: no claim */
    float hdop;                /* NAN: unknown */
    float jamming;             /* 0..1; NAN: unknown */
    float spoofing;            /* 0..1; NAN: unknown */
    int16_t satellites;        /* -1: unknown */
    uint8_t fix;               /* gnss_fix_type */
    uint8_t datum;             /* height_datum */
} frame_gnss;

typedef struct {
    float gyro_radps[3]; /* rate of turn about the sensor's x, y, z; NAN each: not measured */
    float accel_mps2[3]; /* specific force along the sensor's x, y, z; NAN each: not measured */
} frame_imu;

typedef struct {
    float speed_mps;          /* forward positive; NAN: unknown */
    float wheel_mps[4];       /* front left, front right, rear left, rear right; NAN: unknown */
    float yaw_rate_radps;     /* left positive; NAN: unknown */
    float steering_wheel_rad; /* left positive; NAN: unknown */
} frame_wheel;

typedef struct {
    float range_m;
    float azimuth_rad;   /* left positive, from the sensor's x axis */
    float elevation_rad; /* up positive; NAN: unknown */
    float doppler_mps;   /* range rate, positive: moving away */
    float rcs_dbsm;      /* NAN: unknown */
    int32_t track_id;    /* -1: a detection, not a track */
} radar_detection;

typedef struct {
    uint16_t count;
    radar_detection detections[FRAME_MAX_DETECTIONS];
} frame_radar;

typedef struct {
    uint64_t id;         /* identity (fiducial number); 0: unknown */
    float azimuth_rad;   /* left positive, from the sensor's x axis (optical axis) */
    float elevation_rad; /* up positive */
    float range_m;       /* NAN: unknown */
    float sigma_rad;     /* of each bearing; NAN: the source's default */
    float sigma_range_m; /* NAN: the source's default */
    float score;         /* 0..1, probability that the detection is real; NAN: unknown */
    char class_name[16]; /* "tag", "sign", "pole", ...; "" unknown; always NUL-terminated */
    float facing_az_rad; /* of a tag: where its face looks (normal out of it), as azimuth and elevation in the
                          */
    float facing_el_rad; /* sensor's axes: left positive from the x axis, up positive */
    float sigma_facing_rad; /* of that direction, about each axis; not above 0: it is not known */
} camera_landmark;

typedef struct {
    uint16_t count;
    camera_landmark landmarks[FRAME_MAX_LANDMARKS];
} frame_landmarks;

typedef enum { LANE_SIDE_LEFT = 1, LANE_SIDE_RIGHT = 2 } lane_side;

typedef struct {
    float offset_m;      /* left positive, at the body origin */
    float heading_rad;   /* of the line against the body's x axis, left positive */
    float curvature_1pm; /* left positive; NAN: unknown */
    float sigma_m;       /* of the offset; NAN: the source's default */
    float score;         /* 0..1; NAN: unknown */
    uint8_t side;        /* lane_side */
    char type[12];       /* "solid", "dashed", "curb", ...; "" unknown; always NUL-terminated */
} camera_lane;

typedef struct {
    uint16_t count;
    camera_lane lanes[FRAME_MAX_LANES];
} frame_lanes;

typedef struct {
    float mean_luminance;     /* 0..1; NAN each: unknown */
    float saturated_fraction; /* 0..1 */
    float dark_fraction;      /* 0..1 */
    float contrast;           /* standard deviation of luminance, 0..0.5 */
    float sharpness;          /* variance of the Laplacian of luminance in 0..1, times 1e4 */
    float blocked_fraction;   /* 0..1, share of the picture without structure */
} frame_camera_health;

typedef struct {
    double latitude_rad;
    double longitude_rad;
    float heading_rad;       /* clockwise from north; NAN: unknown */
    float sigma_m;           /* per horizontal axis, one sigma */
    float sigma_heading_rad; /* NAN: unknown */
} frame_roadside;

/* How the sensor has moved from stamp_ns - interval_ns to stamp_ns, as a process makes it of pictures or
 * point clouds. The next increment begins where this one ends. */
enum { FRAME_ODOMETRY_COVARIANCE = 21 };
typedef struct {
    int64_t interval_ns;    /* > 0 */
    float translation_m[3]; /* of the sensor's origin, in the sensor's axes at the begin */
    float rotation_rad[3]; /* rotation vector: turns vectors of the axes at the end into those at the begin */
    float scale_sigma;     /* how well the one factor on all translations is known, relative, one sigma; 0:
                              exactly; NAN: not at all (one camera alone) */
    float
        covariance[FRAME_ODOMETRY_COVARIANCE]; /* x, y, z of the translation (m), then of the rotation (rad),
                               upper triangle row by row; the first NAN: unknown, the source's default */
} frame_odometry;

typedef struct {
    int64_t stamp_ns;    /* when it was measured, as well as the sensor knows */
    int64_t received_ns; /* when the adapter had it */
    uint32_t sequence;   /* counts up by one per frame of a source and kind */
    uint16_t source;     /* index into the sources given to fusion_create */
    uint8_t kind;        /* frame_kind: which member of the union is meant */
    union {
        frame_gnss gnss;
        frame_imu imu;
        frame_wheel wheel;
        frame_radar radar;
        frame_landmarks landmarks;
        frame_lanes lanes;
        frame_camera_health camera_health;
        frame_roadside roadside;
        frame_odometry odometry;
    } u;
} frame;

/* Bytes of `f` that carry meaning, from its first: lists end after their last used element. */
size_t frame_used_size(const frame *f);

/* The topic word of a frame kind ("gnss"), NULL when out of range. */
const char *frame_kind_word(frame_kind kind);
/* The kind of source that sends frames of this kind. */
source_kind frame_kind_source(frame_kind kind);
/* Finds a frame kind by its topic word; false when there is none. */
bool frame_kind_find(const char *word, frame_kind *kind);
/* The word of a source kind ("camera"), NULL when out of range. */
const char *source_kind_word(source_kind kind);
/* Finds a source kind by its word; false when there is none. */
bool source_kind_find(const char *word, source_kind *kind);

#ifdef __cplusplus
}
#endif
#endif
