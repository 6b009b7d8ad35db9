/*
 * The numbers in a frame that faults change, by name.
 */
#ifndef POSED_INJECT_FIELDS_H
#define POSED_INJECT_FIELDS_H

#include "fusion/frame.h"
#include "fusion/settings.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(ENUM, name, suffix of the unit, unit, suffix of its rate, unit of the rate, largest, kinds of frame,
 * meaning) */
#define INJECT_POSITION_FIELDS(X)                                                                            \
    X(EAST, east, m, "m", mps, "m/s", 1e6, PLACES, "Position, to the east")                                  \
    X(NORTH, north, m, "m", mps, "m/s", 1e6, PLACES, "Position, to the north")                               \
    X(UP, up, m, "m", mps, "m/s", 1e5, INJECT_FRAMES(GNSS), "Height")                                        \
    X(ALONG, along, m, "m", mps, "m/s", 1e6, PLACES, "Position, along the course")                           \
    X(LEFT, left, m, "m", mps, "m/s", 1e6, PLACES, "Position, to the left of the course")
#define INJECT_VALUE_FIELDS(X)                                                                               \
    X(VELOCITY_EAST, velocity_east, mps, "m/s", mps2, "m/s^2", 1e3, INJECT_FRAMES(GNSS), "Velocity, east")   \
    X(VELOCITY_NORTH, velocity_north, mps, "m/s", mps2, "m/s^2", 1e3, INJECT_FRAMES(GNSS),                   \
      "Velocity, north")                                                                                     \
    X(VELOCITY_UP, velocity_up, mps, "m/s", mps2, "m/s^2", 1e3, INJECT_FRAMES(GNSS), "Velocity, up")         \
    X(GYRO_X, gyro_x, radps, "rad/s", radps2, "rad/s^2", 1e3, INJECT_FRAMES(IMU), "Rate of turn about x")    \
    X(GYRO_Y, gyro_y, radps, "rad/s", radps2, "rad/s^2", 1e3, INJECT_FRAMES(IMU), "Rate of turn about y")    \
    X(GYRO_Z, gyro_z, radps, "rad/s", radps2, "rad/s^2", 1e3, INJECT_FRAMES(IMU), "Rate of turn about z")    \
    X(ACCEL_X, accel_x, mps2, "m/s^2", mps3, "m/s^3", 1e4, INJECT_FRAMES(IMU), "Specific force along x")     \
    X(ACCEL_Y, accel_y, mps2, "m/s^2", mps3, "m/s^3", 1e4, INJECT_FRAMES(IMU), "Specific force along y")     \
    X(ACCEL_Z, accel_z, mps2, "m/s^2", mps3, "m/s^3", 1e4, INJECT_FRAMES(IMU), "Specific force along z")     \
    X(SPEED, speed, mps, "m/s", mps2, "m/s^2", 1e3, INJECT_FRAMES(WHEEL), "Speed and every wheel's")         \
    X(YAW_RATE, yaw_rate, radps, "rad/s", radps2, "rad/s^2", 1e2, INJECT_FRAMES(WHEEL),                      \
      "The vehicle's yaw rate")                                                                              \
    X(STEERING, steering, rad, "rad", radps, "rad/s", 1e2, INJECT_FRAMES(WHEEL),                             \
      "Angle of the steering wheel")                                                                         \
    X(AZIMUTH, azimuth, rad, "rad", radps, "rad/s", 7, SIGHTS, "Azimuth of each return or landmark")         \
    X(ELEVATION, elevation, rad, "rad", radps, "rad/s", 7, SIGHTS, "Elevation of each")                      \
    X(RANGE, range, m, "m", mps, "m/s", 1e4, SIGHTS, "Range of each")                                        \
    X(DOPPLER, doppler, mps, "m/s", mps2, "m/s^2", 1e3, INJECT_FRAMES(RADAR), "Range rate of each return")   \
    X(LANE, lane, m, "m", mps, "m/s", 1e3, INJECT_FRAMES(LANES), "Offset of each lane line")                 \
    X(HEADING, heading, rad, "rad", radps, "rad/s", 7, HEADINGS,                                             \
      "Heading of each lane line, or of the pose")                                                           \
    X(CURVATURE, curvature, 1pm, "1/m", 1pms, "1/m/s", 10, INJECT_FRAMES(LANES),                             \
      "Curvature of each lane line")                                                                         \
    X(WAY_X, way_x, m, "m", mps, "m/s", 1e3, INJECT_FRAMES(ODOMETRY), "Translation of an increment along x") \
    X(WAY_Y, way_y, m, "m", mps, "m/s", 1e3, INJECT_FRAMES(ODOMETRY), "Translation of an increment along y") \
    X(WAY_Z, way_z, m, "m", mps, "m/s", 1e3, INJECT_FRAMES(ODOMETRY), "Translation of an increment along z") \
    X(TURN_X, turn_x, rad, "rad", radps, "rad/s", 4, INJECT_FRAMES(ODOMETRY),                                \
      "Rotation of an increment about x")                                                                    \
    X(TURN_Y, turn_y, rad, "rad", radps, "rad/s", 4, INJECT_FRAMES(ODOMETRY),                                \
      "Rotation of an increment about y")                                                                    \
    X(TURN_Z, turn_z, rad, "rad", radps, "rad/s", 4, INJECT_FRAMES(ODOMETRY),                                \
      "Rotation of an increment about z")
#define INJECT_FIELDS(X) INJECT_POSITION_FIELDS(X) INJECT_VALUE_FIELDS(X)

typedef enum {
#define X(NAME, ...) INJECT_##NAME,
    INJECT_FIELDS(X)
#undef X
        INJECT_FIELD_COUNT,
    INJECT_FIRST_VALUE = INJECT_VELOCITY_EAST
} inject_field;

/* Bits of the kinds of frame that have the field. */
uint32_t inject_field_frames(inject_field field);
double inject_field_most(inject_field field);

/* The i-th value of the field in the frame, from 0; NULL: there are no more. Not of positions. Values may be
 * NAN: unknown. */
float *inject_field_value(frame *f, inject_field field, size_t i);

/* Noise of one value as the source's settings (or the frame's claim) have it, one sigma. `interval_s` is that
 * of its frames. 0: not known. Of positions, that of EAST, NORTH and UP. */
double inject_field_sigma(const source_settings *s, const frame *f, inject_field field, double interval_s);

/* Moves the position in a gnss or roadside frame, metres; one that is not there stays away. */
void inject_move(frame *f, double east_m, double north_m, double up_m);

/* The same for along and left of a course (clockwise from north); NAN: north. */
void inject_move_along(frame *f, double course_rad, double along_m, double left_m);

/* A receiver may give its velocity as a vector, as speed and course, or both. The first makes the vector of
 * the other where it is missing and returns false when there is none at all; the second writes it back into
 * what was there in `original`. */
bool inject_velocity_open(frame_gnss *g);
void inject_velocity_close(frame_gnss *g, const frame_gnss *original);

/* Adds to the velocity where the receiver gives one. */
void inject_add_velocity(frame_gnss *g, double east_mps, double north_mps, double up_mps);

/* The course that the frame knows; NAN: none, or hardly any motion. */
double inject_course(const frame *f);

#ifdef __cplusplus
}
#endif
#endif
