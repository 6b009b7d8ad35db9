/* A sensor that has been turned where it sits: remount. */
#include "fusion/rotation.h"
#include "inject/kind.h"

#include <math.h>

#define REMOUNT_KEYS(NUM, FLAG, T)                                                                           \
    NUM(T, roll_deg, "deg", -180, 180, 0, "Turn about the sensor's x axis.")                                 \
    NUM(T, pitch_deg, "deg", -90, 90, 0, "About y; positive looks down.")                                    \
    NUM(T, yaw_deg, "deg", -180, 180, 0, "About z; positive looks to the left.")
INJECT_DEFINE_KEYS(REMOUNT_KEYS, remount_keys)

/* rows: from the new sensor axes to the old ones. */
static void turn_direction(double rows[3][3], float *azimuth_rad, float *elevation_rad)
{
    bool flat = !isfinite(*elevation_rad); /* a radar that measures none sees what is about level */
    double azimuth = (double)*azimuth_rad, elevation = flat ? 0 : (double)*elevation_rad;
    double old[3] = {cos(elevation) * cos(azimuth), cos(elevation) * sin(azimuth), sin(elevation)}, now[3];
    rows_mulv_transposed(rows, old, now);
    *azimuth_rad = (float)atan2(now[1], now[0]);
    if (!flat)
        *elevation_rad = (float)asin(fmin(1, fmax(-1, now[2])));
}

static void turn_vector(double rows[3][3], float v[3])
{
    double old[3] = {(double)v[0], (double)v[1], (double)v[2]}, now[3];
    rows_mulv_transposed(rows, old, now);
    for (int i = 0; i < 3; i++)
        v[i] = (float)now[i];
}

/* The perception makes lines on the ground of pixels with the mount that it knows. Seen from a camera that
 * looks further left, a line runs to the right, about the camera's place; one that is rolled takes the ground
 * for slanted. Pitch stretches what is ahead and leaves a straight line where it is. */
static void turn_lane(const inject_call *c, camera_lane *line)
{
    const remount_keys *keys = c->keys;
    const mount_settings *mount = &c->source->mount;
    double yaw = keys->yaw_deg * M_PI / 180, roll = keys->roll_deg * M_PI / 180, height_m = mount->z_m;
    double heading = (double)line->heading_rad, beside_m = (double)line->offset_m + heading * mount->x_m;
    heading -= yaw;
    if (height_m > 0) {
        double left = beside_m * cos(roll) - height_m * sin(roll);
        double down = beside_m * sin(roll) + height_m * cos(roll);
        beside_m = down > 0.1 ? left * height_m / down : beside_m;
    }
    line->offset_m = (float)(beside_m - heading * mount->x_m);
    line->heading_rad = (float)heading;
}

static bool apply_remount(const inject_call *c, frame *f)
{
    const remount_keys *keys = c->keys;
    const double rad = M_PI / 180;
    double q[4], rows[3][3];
    quat_from_euler(keys->roll_deg * rad, keys->pitch_deg * rad, keys->yaw_deg * rad, q);
    quat_to_rows(q, rows);
    if (f->kind == FRAME_IMU) {
        turn_vector(rows, f->u.imu.gyro_radps);
        turn_vector(rows, f->u.imu.accel_mps2);
    }
    for (size_t i = 0; f->kind == FRAME_RADAR && i < f->u.radar.count && i < FRAME_MAX_DETECTIONS; i++)
        turn_direction(rows, &f->u.radar.detections[i].azimuth_rad, &f->u.radar.detections[i].elevation_rad);
    for (size_t i = 0; f->kind == FRAME_LANDMARKS && i < f->u.landmarks.count && i < FRAME_MAX_LANDMARKS; i++)
        turn_direction(rows, &f->u.landmarks.landmarks[i].azimuth_rad,
                       &f->u.landmarks.landmarks[i].elevation_rad);
    for (size_t i = 0; f->kind == FRAME_LANES && i < f->u.lanes.count && i < FRAME_MAX_LANES; i++)
        turn_lane(c, &f->u.lanes.lanes[i]);
    return true;
}

const inject_kind inject_remount = {
    .word = "remount",
    .meaning =
        "The sensor has been turned where it sits, after a bump or a repair; the configuration does not "
        "know.",
    .frames = INJECT_FRAMES(RADAR) | INJECT_FRAMES(LANDMARKS) | INJECT_FRAMES(LANES) | INJECT_FRAMES(IMU),
    INJECT_USE_KEYS(remount_keys),
    .needs_key = true,
    .apply = apply_remount,
};
