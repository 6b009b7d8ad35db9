/*
 * Inside the fusion core: what an increment of odometry says, and how it hangs on the state. odometry.c has
 * the rest.
 */
#ifndef POSED_FUSION_ODOMETRY_MODEL_H
#define POSED_FUSION_ODOMETRY_MODEL_H

#include "fusion/core/core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What one increment says, in the axes of the sensor at its begin. */
typedef struct {
    float translation[3], rotation[3];
    mat3 noise[2]; /* of the translation, of the rotation */
    mat3 cross;    /* E[translation rotation'] */
    bool crossed;
} odometry_increment;

/* The two poses that it lies between, as the filter has them. */
typedef struct {
    double begin[3][3], end[3][3];                 /* sensor axes to ECEF */
    double turned[3][3];                           /* axes at the end to axes at the begin */
    double way[3], moved[3];                       /* of the navigation point and of the sensor, ECEF */
    double lever[3];                               /* navigation point to sensor at the begin, ECEF */
    double vehicle_begin[3][3], vehicle_end[3][3]; /* vehicle axes to ECEF */
    double sensor[3][3];                           /* sensor axes to vehicle axes */
    float scale;
} odometry_span;

/* The pose at the begin, as the source's clone has it, and the pose now. */
void odometry_look(const fusion *c, const source_run *s, odometry_span *out);
/* Length of the sensor's way, m. */
double odometry_way(const odometry_span *at);
/* Innovation and columns of the rotation, rad, and of the translation, m (in the source's units), in the axes
 * of the sensor at the begin; noise is left to the caller. `m` is started. */
void odometry_measure_rotation(const fusion *c, const source_run *s, const odometry_span *at,
                               const odometry_increment *said, measurement *m);
void odometry_measure_translation(const fusion *c, const source_run *s, const odometry_span *at,
                                  const odometry_increment *said, measurement *m);

#ifdef __cplusplus
}
#endif
#endif
