/* Frames and truth to their bytes, by nanopb. */
#include "wire/message.h"
#include "wire/message_pb.h"
#include "wire/topic.h"

#include <string.h>

/* Fields 1 to 4 of every frame; the generated structs begin alike but are types of their own. */
#define SET_HEADER(message, f, name)                                                                         \
    do {                                                                                                     \
        memcpy((message).source, name, strlen(name) + 1);                                                    \
        (message).sequence = (f)->sequence;                                                                  \
        (message).has_stamp_ns = true;                                                                       \
        (message).stamp_ns = (f)->stamp_ns;                                                                  \
        (message).has_received_ns = true;                                                                    \
        (message).received_ns = (f)->received_ns;                                                            \
    } while (0)

static size_t encode_gnss(const frame *f, const char *source, void *buffer, size_t size)
{
    const frame_gnss *g = &f->u.gnss;
    posed_v1_GnssFix m = {
        .latitude_deg = pb_degrees(g->latitude_rad, 90.0),
        .longitude_deg = pb_degrees(g->longitude_rad, 180.0),
        .height_m = g->height_m,
        .height_datum = (posed_v1_HeightDatum)g->datum,
        .fix = (posed_v1_FixType)g->fix,
        .h_acc_m = g->h_acc_m,
        .v_acc_m = g->v_acc_m,
        .v_east_mps = g->velocity_enu_mps[0],
        .v_north_mps = g->velocity_enu_mps[1],
        .v_up_mps = g->velocity_enu_mps[2],
        .speed_mps = g->speed_mps,
        .course_rad = g->course_rad,
        .speed_acc_mps = g->speed_acc_mps,
        .hdop = g->hdop,
        .jamming = g->jamming,
        .spoofing = g->spoofing,
        .satellites = g->satellites,
    };
    SET_HEADER(m, f, source);
    return pb_to_bytes(posed_v1_GnssFix_fields, &m, buffer, size);
}

static size_t encode_imu(const frame *f, const char *source, void *buffer, size_t size)
{
    const frame_imu *i = &f->u.imu;
    posed_v1_ImuSample m = {
        .gyro_x_radps = i->gyro_radps[0],
        .gyro_y_radps = i->gyro_radps[1],
        .gyro_z_radps = i->gyro_radps[2],
        .accel_x_mps2 = i->accel_mps2[0],
        .accel_y_mps2 = i->accel_mps2[1],
        .accel_z_mps2 = i->accel_mps2[2],
    };
    SET_HEADER(m, f, source);
    return pb_to_bytes(posed_v1_ImuSample_fields, &m, buffer, size);
}

static size_t encode_wheel(const frame *f, const char *source, void *buffer, size_t size)
{
    const frame_wheel *w = &f->u.wheel;
    posed_v1_WheelSpeeds m = {
        .speed_mps = w->speed_mps,
        .front_left_mps = w->wheel_mps[0],
        .front_right_mps = w->wheel_mps[1],
        .rear_left_mps = w->wheel_mps[2],
        .rear_right_mps = w->wheel_mps[3],
        .yaw_rate_radps = w->yaw_rate_radps,
        .steering_wheel_rad = w->steering_wheel_rad,
    };
    SET_HEADER(m, f, source);
    return pb_to_bytes(posed_v1_WheelSpeeds_fields, &m, buffer, size);
}

static size_t encode_radar(const frame *f, const char *source, void *buffer, size_t size)
{
    posed_v1_RadarScan m; /* not zeroed: only the detections in use are looked at */
    if (!(f->u.radar.count <= FRAME_MAX_DETECTIONS))
        return 0;
    SET_HEADER(m, f, source);
    m.detections_count = f->u.radar.count;
    for (size_t i = 0; i < f->u.radar.count; i++) {
        const radar_detection *d = &f->u.radar.detections[i];
        m.detections[i] = (posed_v1_RadarDetection){
            .range_m = d->range_m,
            .azimuth_rad = d->azimuth_rad,
            .doppler_mps = d->doppler_mps,
            .elevation_rad = d->elevation_rad,
            .rcs_dbsm = d->rcs_dbsm,
            .track_id = d->track_id,
        };
    }
    return pb_to_bytes(posed_v1_RadarScan_fields, &m, buffer, size);
}

static size_t encode_landmarks(const frame *f, const char *source, void *buffer, size_t size)
{
    posed_v1_CameraLandmarks m;
    if (!(f->u.landmarks.count <= FRAME_MAX_LANDMARKS))
        return 0;
    SET_HEADER(m, f, source);
    m.landmarks_count = f->u.landmarks.count;
    for (size_t i = 0; i < f->u.landmarks.count; i++) {
        const camera_landmark *l = &f->u.landmarks.landmarks[i];
        m.landmarks[i] = (posed_v1_CameraLandmark){
            .id = l->id,
            .bearing_az_rad = l->azimuth_rad,
            .bearing_el_rad = l->elevation_rad,
            .range_m = l->range_m,
            .sigma_rad = l->sigma_rad,
            .sigma_range_m = l->sigma_range_m,
            .score = l->score,
            .facing_az_rad = l->facing_az_rad,
            .facing_el_rad = l->facing_el_rad,
            .sigma_facing_rad = l->sigma_facing_rad,
        };
        _Static_assert(sizeof m.landmarks[0].class_name == sizeof l->class_name, "room on both sides");
        memcpy(m.landmarks[i].class_name, l->class_name, sizeof l->class_name);
    }
    return pb_to_bytes(posed_v1_CameraLandmarks_fields, &m, buffer, size);
}

static size_t encode_lanes(const frame *f, const char *source, void *buffer, size_t size)
{
    posed_v1_CameraLanes m;
    if (!(f->u.lanes.count <= FRAME_MAX_LANES))
        return 0;
    SET_HEADER(m, f, source);
    m.lanes_count = f->u.lanes.count;
    for (size_t i = 0; i < f->u.lanes.count; i++) {
        const camera_lane *l = &f->u.lanes.lanes[i];
        m.lanes[i] = (posed_v1_CameraLane){
            .side = (posed_v1_LaneSide)l->side,
            .offset_m = l->offset_m,
            .heading_rad = l->heading_rad,
            .curvature_1pm = l->curvature_1pm,
            .sigma_m = l->sigma_m,
            .score = l->score,
        };
        _Static_assert(sizeof m.lanes[0].type == sizeof l->type, "room on both sides");
        memcpy(m.lanes[i].type, l->type, sizeof l->type);
    }
    return pb_to_bytes(posed_v1_CameraLanes_fields, &m, buffer, size);
}

static size_t encode_camera_health(const frame *f, const char *source, void *buffer, size_t size)
{
    const frame_camera_health *h = &f->u.camera_health;
    posed_v1_CameraHealth m = {
        .mean_luminance = h->mean_luminance,
        .saturated_fraction = h->saturated_fraction,
        .dark_fraction = h->dark_fraction,
        .contrast = h->contrast,
        .sharpness = h->sharpness,
        .blocked_fraction = h->blocked_fraction,
    };
    SET_HEADER(m, f, source);
    return pb_to_bytes(posed_v1_CameraHealth_fields, &m, buffer, size);
}

static size_t encode_roadside(const frame *f, const char *source, void *buffer, size_t size)
{
    const frame_roadside *r = &f->u.roadside;
    posed_v1_RoadsideObservation m = {
        .latitude_deg = pb_degrees(r->latitude_rad, 90.0),
        .longitude_deg = pb_degrees(r->longitude_rad, 180.0),
        .heading_rad = r->heading_rad,
        .sigma_m = r->sigma_m,
        .sigma_heading_rad = r->sigma_heading_rad,
    };
    SET_HEADER(m, f, source);
    return pb_to_bytes(posed_v1_RoadsideObservation_fields, &m, buffer, size);
}

static size_t encode_odometry(const frame *f, const char *source, void *buffer, size_t size)
{
    const frame_odometry *o = &f->u.odometry;
    posed_v1_Odometry m = {
        .interval_ns = o->interval_ns,
        .translation_x_m = o->translation_m[0],
        .translation_y_m = o->translation_m[1],
        .translation_z_m = o->translation_m[2],
        .rotation_x_rad = o->rotation_rad[0],
        .rotation_y_rad = o->rotation_rad[1],
        .rotation_z_rad = o->rotation_rad[2],
        .scale_sigma = o->scale_sigma,
    };
    _Static_assert(sizeof m.covariance == sizeof o->covariance, "the same triangle on both sides");
    memcpy(m.covariance, o->covariance, sizeof m.covariance);
    SET_HEADER(m, f, source);
    return pb_to_bytes(posed_v1_Odometry_fields, &m, buffer, size);
}

static size_t (*const encoders[])(const frame *f, const char *source, void *buffer, size_t size) = {
    [FRAME_GNSS] = encode_gnss,
    [FRAME_IMU] = encode_imu,
    [FRAME_WHEEL] = encode_wheel,
    [FRAME_RADAR] = encode_radar,
    [FRAME_LANDMARKS] = encode_landmarks,
    [FRAME_LANES] = encode_lanes,
    [FRAME_CAMERA_HEALTH] = encode_camera_health,
    [FRAME_ROADSIDE] = encode_roadside,
    [FRAME_ODOMETRY] = encode_odometry,
};
_Static_assert(sizeof encoders / sizeof *encoders == FRAME_KIND_COUNT, "one encoder per frame kind");

size_t message_encode_frame(const frame *f, const char *source, void *buffer, size_t size)
{
    if (!source_name_valid((frame_kind)f->kind, source, strlen(source)))
        return 0;
    return encoders[f->kind](f, source, buffer, size);
}

size_t message_encode_truth(const truth_point *t, void *buffer, size_t size)
{
    posed_v1_Truth m = {
        .sequence = t->sequence,
        .has_stamp_ns = true,
        .stamp_ns = t->stamp_ns,
        .latitude_deg = pb_degrees(t->latitude_rad, 90.0),
        .longitude_deg = pb_degrees(t->longitude_rad, 180.0),
        .height_m = t->height_m,
        .v_east_mps = t->velocity_enu_mps[0],
        .v_north_mps = t->velocity_enu_mps[1],
        .v_up_mps = t->velocity_enu_mps[2],
        .roll_rad = t->roll_rad,
        .pitch_rad = t->pitch_rad,
        .heading_rad = t->heading_rad,
        .sigma_m = t->sigma_m,
    };
    return pb_to_bytes(posed_v1_Truth_fields, &m, buffer, size);
}
