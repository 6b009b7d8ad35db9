/*
 * The estimate at a given time and at a given point of the vehicle, between two poses.
 */
#ifndef POSED_DAEMON_POSE_SAMPLE_H
#define POSED_DAEMON_POSE_SAMPLE_H

#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Poses further apart than this are not interpolated between. */
#define POSE_MAX_GAP_NS UINT64_C(50000000)

enum { POSE_PROTECTIONS = 5 };

typedef struct {
    double position_ecef_m[3];
    double velocity_enu_mps[3];
    double rate_body_radps[3];
    double r_enu_body[3][3]; /* rows: enu = r * body */
    double r_enu_ecef[3][3];
    double heading_rad;      /* clockwise from north, -pi..pi */
    double covariance[6][6]; /* position ENU, rotation about east, north, up, as in fusion_pose */
    uint8_t mode;            /* INITIALIZING or LOST when either pose is, else that of the second */
    bool usable;             /* both are */
    bool claimed;            /* both are NOMINAL, DEGRADED or DEAD_RECKONING */
    /* The larger of both each, NAN when either is: along, across, vertical, heading, horizontal. */
    double protection[POSE_PROTECTIONS];
    double alert[4]; /* limits of the second: along, across, vertical, heading */
    bool alerted;    /* either raises ALERT */
} pose_sample;

/* Interpolates the poses (sorted by stamp) at `stamp_ns`: position, velocity, rates and covariance linearly,
 * the attitude by the normalised mean of quaternions. `*hint` is where to start looking, moved along; start
 * it at 0 and ask for rising stamps. False when no two poses enclose the stamp within POSE_MAX_GAP_NS. */
bool pose_sample_at(const fusion_pose *poses, size_t count, size_t *hint, int64_t stamp_ns, pose_sample *out);

/* Moves the sample from the body origin to the point `lever_m` (body axes): p + R r, v + R (w x r). The
 * covariance of the position becomes that of the point: an attitude error d turns into d x (R r). */
void pose_sample_move(pose_sample *s, const double lever_m[3]);

#ifdef __cplusplus
}
#endif
#endif
