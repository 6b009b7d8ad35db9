/* Frames and truth from their bytes: the tables say where each field goes and what it may hold. */
#include "wire/field_reader.h"
#include "wire/message.h"
#include "wire/topic.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define RADIANS (3.14159265358979323846 / 180.0)

#define BIT(number) (UINT32_C(1) << (number))
#define ELEMENTS(array) (sizeof(array) / sizeof *(array))

/* Rows of the tables; `member` is the path from TARGET, the last argument a range. */
#define FLOAT(field, member, ...)                                                                            \
    {                                                                                                        \
        .name = field, .type = FIELD_FLOAT, .offset = offsetof(TARGET, member), __VA_ARGS__                  \
    }
#define DOUBLE(field, member, ...)                                                                           \
    {                                                                                                        \
        .name = field, .type = FIELD_DOUBLE, .offset = offsetof(TARGET, member), __VA_ARGS__                 \
    }
#define NUMBER(field, kind, member, ...)                                                                     \
    {                                                                                                        \
        .name = field, .type = kind, .offset = offsetof(TARGET, member), __VA_ARGS__                         \
    }
#define TEXT(field, member)                                                                                  \
    {                                                                                                        \
        .name = field, .type = FIELD_TEXT, .size = sizeof((TARGET *)0)->member,                              \
        .offset = offsetof(TARGET, member)                                                                   \
    }
#define FLOAT_OR_NAN(field, member, ...) FLOAT(field, member, .may_be_nan = true, __VA_ARGS__)
#define DOUBLE_OR_NAN(field, member, ...) DOUBLE(field, member, .may_be_nan = true, __VA_ARGS__)
#define WITHIN(low, high) .min = low, .max = high
#define ANY WITHIN(-FLT_MAX, FLT_MAX)
#define POSITIVE WITHIN(FLT_MIN, FLT_MAX)
#define NOT_NEGATIVE WITHIN(0, FLT_MAX)
#define SHARE WITHIN(0, 1)

/* Fields 1 to 4 of every frame. */
#define HEADER                                                                                               \
    [1] = {.name = "source", .type = FIELD_SPAN},                                                            \
    [2] = {.name = "sequence", .type = FIELD_U32, .offset = offsetof(frame, sequence)},                      \
    [3] = {.name = "stamp_ns", .type = FIELD_TIME, .offset = offsetof(frame, stamp_ns)},                     \
    [4] = {.name = "received_ns", .type = FIELD_TIME, .offset = offsetof(frame, received_ns)}
#define HEADER_REQUIRED (BIT(1) | BIT(3) | BIT(4))

#define TARGET frame
static const field_layout gnss_fields[] = {
    HEADER,
    /* degrees here; made radians by finish_gnss, which also wants them unless there is no fix */
    [5] = DOUBLE_OR_NAN("latitude_deg", u.gnss.latitude_rad, WITHIN(-90, 90)),
    [6] = DOUBLE_OR_NAN("longitude_deg", u.gnss.longitude_rad, WITHIN(-180, 180)),
    [7] = DOUBLE_OR_NAN("height_m", u.gnss.height_m, ANY),
    [8] = NUMBER("height_datum", FIELD_ENUM, u.gnss.datum, WITHIN(HEIGHT_ELLIPSOID, HEIGHT_MSL)),
    [9] = NUMBER("fix", FIELD_ENUM, u.gnss.fix, WITHIN(GNSS_FIX_UNKNOWN, GNSS_FIX_FIXED)),
    [10] = FLOAT_OR_NAN("h_acc_m", u.gnss.h_acc_m, NOT_NEGATIVE),
    [11] = FLOAT_OR_NAN("v_acc_m", u.gnss.v_acc_m, NOT_NEGATIVE),
    [12] = FLOAT_OR_NAN("v_east_mps", u.gnss.velocity_enu_mps[0], ANY),
    [13] = FLOAT_OR_NAN("v_north_mps", u.gnss.velocity_enu_mps[1], ANY),
    [14] = FLOAT_OR_NAN("v_up_mps", u.gnss.velocity_enu_mps[2], ANY),
    [15] = FLOAT_OR_NAN("speed_mps", u.gnss.speed_mps, ANY),
    [16] = FLOAT_OR_NAN("course_rad", u.gnss.course_rad, ANY),
    [17] = FLOAT_OR_NAN("speed_acc_mps", u.gnss.speed_acc_mps, NOT_NEGATIVE),
    [18] = FLOAT_OR_NAN("hdop", u.gnss.hdop, NOT_NEGATIVE),
    [19] = FLOAT_OR_NAN("jamming", u.gnss.jamming, SHARE),
    [20] = FLOAT_OR_NAN("spoofing", u.gnss.spoofing, SHARE),
    [21] = NUMBER("satellites", FIELD_SINT16, u.gnss.satellites, WITHIN(-1, INT16_MAX)),
};

static const field_layout imu_fields[] = {
    HEADER,
    [5] = FLOAT_OR_NAN("gyro_x_radps", u.imu.gyro_radps[0], ANY),
    [6] = FLOAT_OR_NAN("gyro_y_radps", u.imu.gyro_radps[1], ANY),
    [7] = FLOAT_OR_NAN("gyro_z_radps", u.imu.gyro_radps[2], ANY),
    [8] = FLOAT_OR_NAN("accel_x_mps2", u.imu.accel_mps2[0], ANY),
    [9] = FLOAT_OR_NAN("accel_y_mps2", u.imu.accel_mps2[1], ANY),
    [10] = FLOAT_OR_NAN("accel_z_mps2", u.imu.accel_mps2[2], ANY),
};

static const field_layout wheel_fields[] = {
    HEADER,
    [5] = FLOAT_OR_NAN("speed_mps", u.wheel.speed_mps, ANY),
    [6] = FLOAT_OR_NAN("front_left_mps", u.wheel.wheel_mps[0], ANY),
    [7] = FLOAT_OR_NAN("front_right_mps", u.wheel.wheel_mps[1], ANY),
    [8] = FLOAT_OR_NAN("rear_left_mps", u.wheel.wheel_mps[2], ANY),
    [9] = FLOAT_OR_NAN("rear_right_mps", u.wheel.wheel_mps[3], ANY),
    [10] = FLOAT_OR_NAN("yaw_rate_radps", u.wheel.yaw_rate_radps, ANY),
    [11] = FLOAT_OR_NAN("steering_wheel_rad", u.wheel.steering_wheel_rad, ANY),
};

static const field_layout camera_health_fields[] = {
    HEADER,
    [5] = FLOAT_OR_NAN("mean_luminance", u.camera_health.mean_luminance, SHARE),
    [6] = FLOAT_OR_NAN("saturated_fraction", u.camera_health.saturated_fraction, SHARE),
    [7] = FLOAT_OR_NAN("dark_fraction", u.camera_health.dark_fraction, SHARE),
    [8] = FLOAT_OR_NAN("contrast", u.camera_health.contrast, NOT_NEGATIVE),
    [9] = FLOAT_OR_NAN("sharpness", u.camera_health.sharpness, NOT_NEGATIVE),
    [10] = FLOAT_OR_NAN("blocked_fraction", u.camera_health.blocked_fraction, SHARE),
};

static const field_layout roadside_fields[] = {
    HEADER,
    [5] = DOUBLE("latitude_deg", u.roadside.latitude_rad, WITHIN(-90, 90)),
    [6] = DOUBLE("longitude_deg", u.roadside.longitude_rad, WITHIN(-180, 180)),
    [7] = FLOAT_OR_NAN("heading_rad", u.roadside.heading_rad, ANY),
    [8] = FLOAT("sigma_m", u.roadside.sigma_m, POSITIVE),
    [9] = FLOAT_OR_NAN("sigma_heading_rad", u.roadside.sigma_heading_rad, NOT_NEGATIVE),
};

static const field_layout odometry_fields[] = {
    HEADER,
    [5] = {.name = "interval_ns", .type = FIELD_TIME, .offset = offsetof(frame, u.odometry.interval_ns)},
    [6] = FLOAT("translation_x_m", u.odometry.translation_m[0], ANY),
    [7] = FLOAT("translation_y_m", u.odometry.translation_m[1], ANY),
    [8] = FLOAT("translation_z_m", u.odometry.translation_m[2], ANY),
    [9] = FLOAT("rotation_x_rad", u.odometry.rotation_rad[0], ANY),
    [10] = FLOAT("rotation_y_rad", u.odometry.rotation_rad[1], ANY),
    [11] = FLOAT("rotation_z_rad", u.odometry.rotation_rad[2], ANY),
    [12] = FLOAT_OR_NAN("scale_sigma", u.odometry.scale_sigma, NOT_NEGATIVE),
    [13] = {.name = "covariance",
            .type = FIELD_FLOATS,
            .size = FRAME_ODOMETRY_COVARIANCE,
            .may_be_nan = true,
            .offset = offsetof(frame, u.odometry.covariance),
            ANY},
};
#undef TARGET

#define TARGET radar_detection
static const field_layout detection_fields[] = {
    [1] = FLOAT("range_m", range_m, NOT_NEGATIVE),
    [2] = FLOAT("azimuth_rad", azimuth_rad, ANY),
    [3] = FLOAT("doppler_mps", doppler_mps, ANY),
    [4] = FLOAT_OR_NAN("elevation_rad", elevation_rad, ANY),
    [5] = FLOAT_OR_NAN("rcs_dbsm", rcs_dbsm, ANY),
    [6] = NUMBER("track_id", FIELD_SINT32, track_id, WITHIN(-1, (float)) INT32_MAX),
};
#undef TARGET

#define TARGET camera_landmark
static const field_layout landmark_fields[] = {
    [1] = {.name = "id", .type = FIELD_U64, .offset = offsetof(camera_landmark, id)},
    [2] = TEXT("class_name", class_name),
    [3] = FLOAT("bearing_az_rad", azimuth_rad, ANY),
    [4] = FLOAT("bearing_el_rad", elevation_rad, ANY),
    [5] = FLOAT_OR_NAN("range_m", range_m, NOT_NEGATIVE),
    [6] = FLOAT_OR_NAN("sigma_rad", sigma_rad, NOT_NEGATIVE),
    [7] = FLOAT_OR_NAN("sigma_range_m", sigma_range_m, NOT_NEGATIVE),
    [8] = FLOAT_OR_NAN("score", score, SHARE),
    [9] = FLOAT_OR_NAN("facing_az_rad", facing_az_rad, ANY),
    [10] = FLOAT_OR_NAN("facing_el_rad", facing_el_rad, ANY),
    [11] = FLOAT_OR_NAN("sigma_facing_rad", sigma_facing_rad, NOT_NEGATIVE),
};
#undef TARGET

#define TARGET camera_lane
static const field_layout lane_fields[] = {
    [1] = NUMBER("side", FIELD_ENUM, side, WITHIN(LANE_SIDE_LEFT, LANE_SIDE_RIGHT)),
    [2] = FLOAT("offset_m", offset_m, ANY),
    [3] = FLOAT("heading_rad", heading_rad, ANY),
    [4] = FLOAT_OR_NAN("curvature_1pm", curvature_1pm, ANY),
    [5] = TEXT("type", type),
    [6] = FLOAT_OR_NAN("sigma_m", sigma_m, NOT_NEGATIVE),
    [7] = FLOAT_OR_NAN("score", score, SHARE),
};
#undef TARGET

#define TARGET truth_point
static const field_layout truth_fields[] = {
    [1] = {.name = "sequence", .type = FIELD_U32, .offset = offsetof(truth_point, sequence)},
    [2] = {.name = "stamp_ns", .type = FIELD_TIME, .offset = offsetof(truth_point, stamp_ns)},
    [3] = DOUBLE("latitude_deg", latitude_rad, WITHIN(-90, 90)),
    [4] = DOUBLE("longitude_deg", longitude_rad, WITHIN(-180, 180)),
    [5] = DOUBLE("height_m", height_m, ANY),
    [6] = FLOAT_OR_NAN("v_east_mps", velocity_enu_mps[0], ANY),
    [7] = FLOAT_OR_NAN("v_north_mps", velocity_enu_mps[1], ANY),
    [8] = FLOAT_OR_NAN("v_up_mps", velocity_enu_mps[2], ANY),
    [9] = FLOAT_OR_NAN("roll_rad", roll_rad, ANY),
    [10] = FLOAT_OR_NAN("pitch_rad", pitch_rad, ANY),
    [11] = FLOAT_OR_NAN("heading_rad", heading_rad, ANY),
    [12] = FLOAT_OR_NAN("sigma_m", sigma_m, NOT_NEGATIVE),
};
#undef TARGET

static const message_layout detection_layout = {"posed.v1.RadarDetection", detection_fields,
                                                ELEMENTS(detection_fields), 0};
static const message_layout landmark_layout = {"posed.v1.CameraLandmark", landmark_fields,
                                               ELEMENTS(landmark_fields), 0};
static const message_layout lane_layout = {"posed.v1.CameraLane", lane_fields, ELEMENTS(lane_fields), BIT(1)};
static const message_layout truth_layout = {"posed.v1.Truth", truth_fields, ELEMENTS(truth_fields), BIT(2)};

static const list_layout detection_list = {&detection_layout, sizeof(radar_detection), FRAME_MAX_DETECTIONS,
                                           offsetof(frame, u.radar.count)};
static const list_layout landmark_list = {&landmark_layout, sizeof(camera_landmark), FRAME_MAX_LANDMARKS,
                                          offsetof(frame, u.landmarks.count)};
static const list_layout lane_list = {&lane_layout, sizeof(camera_lane), FRAME_MAX_LANES,
                                      offsetof(frame, u.lanes.count)};

#define LIST(field, member, rows)                                                                            \
    {                                                                                                        \
        .name = field, .type = FIELD_LIST, .offset = offsetof(frame, member), .list = &rows                  \
    }
static const field_layout radar_fields[] = {
    HEADER, [5] = LIST("detections", u.radar.detections, detection_list)};
static const field_layout landmarks_fields[] = {
    HEADER, [5] = LIST("landmarks", u.landmarks.landmarks, landmark_list)};
static const field_layout lanes_fields[] = {HEADER, [5] = LIST("lanes", u.lanes.lanes, lane_list)};

/* `zero`: bytes of the union that a message without fields would leave unset; lists begin with their count.
 */
static const struct {
    message_layout layout;
    size_t zero;
} frames[] = {
#define FRAME(message, rows, size, more)                                                                     \
    {                                                                                                        \
        {message, rows, ELEMENTS(rows), HEADER_REQUIRED | (more)}, size                                      \
    }
    [FRAME_GNSS] = FRAME("posed.v1.GnssFix", gnss_fields, sizeof(frame_gnss), 0),
    [FRAME_IMU] = FRAME("posed.v1.ImuSample", imu_fields, sizeof(frame_imu), 0),
    [FRAME_WHEEL] = FRAME("posed.v1.WheelSpeeds", wheel_fields, sizeof(frame_wheel), 0),
    [FRAME_RADAR] = FRAME("posed.v1.RadarScan", radar_fields, offsetof(frame_radar, detections), 0),
    [FRAME_LANDMARKS] =
        FRAME("posed.v1.CameraLandmarks", landmarks_fields, offsetof(frame_landmarks, landmarks), 0),
    [FRAME_LANES] = FRAME("posed.v1.CameraLanes", lanes_fields, offsetof(frame_lanes, lanes), 0),
    [FRAME_CAMERA_HEALTH] =
        FRAME("posed.v1.CameraHealth", camera_health_fields, sizeof(frame_camera_health), 0),
    [FRAME_ROADSIDE] = FRAME("posed.v1.RoadsideObservation", roadside_fields, sizeof(frame_roadside), BIT(8)),
    [FRAME_ODOMETRY] = FRAME("posed.v1.Odometry", odometry_fields, sizeof(frame_odometry), BIT(5) | BIT(13)),
};
_Static_assert(ELEMENTS(frames) == FRAME_KIND_COUNT, "one layout per frame kind");

const char *message_name_of_frame(frame_kind kind)
{
    return (unsigned)kind < FRAME_KIND_COUNT ? frames[kind].layout.name : NULL;
}

static bool finish_gnss(frame_gnss *g, error *e)
{
    if (g->fix != GNSS_FIX_NONE && !(isfinite(g->latitude_rad) && isfinite(g->longitude_rad)))
        return error_set(e, "posed.v1.GnssFix: %s: not a number, though there is a fix",
                         isfinite(g->latitude_rad) ? "longitude_deg" : "latitude_deg");
    g->latitude_rad *= RADIANS;
    g->longitude_rad *= RADIANS;
    return true;
}

static bool finish_source(frame_kind kind, field_span span, char *source, error *e)
{
    if (!source_name_valid(kind, span.data, span.size))
        return error_set(e, "%s: source: not \"%s/<name>\"", frames[kind].layout.name,
                         source_kind_word(frame_kind_source(kind)));
    if (source) {
        memcpy(source, span.data, span.size);
        source[span.size] = '\0';
    }
    return true;
}

bool message_decode_frame(frame_kind kind, const void *data, size_t size, frame *f,
                          char source[FRAME_SOURCE_NAME_SIZE], error *e)
{
    if (!((unsigned)kind < FRAME_KIND_COUNT))
        return error_set(e, "no such kind of frame: %d", (int)kind);
    field_span span = {0};
    f->sequence = 0;
    f->source = 0;
    f->kind = (uint8_t)kind;
    memset(&f->u, 0, frames[kind].zero);
    if (!field_read(&frames[kind].layout, data, size, f, &span, e))
        return false;
    if (kind == FRAME_GNSS && !finish_gnss(&f->u.gnss, e))
        return false;
    if (kind == FRAME_ROADSIDE) {
        f->u.roadside.latitude_rad *= RADIANS;
        f->u.roadside.longitude_rad *= RADIANS;
    }
    return finish_source(kind, span, source, e);
}

bool message_decode_truth(const void *data, size_t size, truth_point *t, error *e)
{
    memset(t, 0, sizeof *t);
    if (!field_read(&truth_layout, data, size, t, NULL, e))
        return false;
    t->latitude_rad *= RADIANS;
    t->longitude_rad *= RADIANS;
    return true;
}
