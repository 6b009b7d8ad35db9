/*
 * Inside the fusion core: fixes of receivers.
 */
#ifndef POSED_FUSION_GNSS_H
#define POSED_FUSION_GNSS_H

#include "fusion/core/source_run.h"
#include "fusion/filter/covariance.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

void gnss_fuse(fusion *c, source_run *s, const frame *in);
/* Without an accelerometer latencies are considered, not estimated. As a column of the position the latency
 * would stand beside a velocity that is noisy, and noise in a column is information that is not there: within
 * a minute it took a metre of uncertainty away, and moved the pose by as much. So the filter holds the
 * position as it was a latency ago carried on, and the pose is less sure than that by what the latency may
 * be, along the way. Variance of the latency, s^2, the least of those that give the position, a camera on a
 * map among them; 0 where one is estimated, or something without a latency gives it. */
float gnss_latency_doubt(const fusion *c);
/* An accelerometer has come; `considered` is what was considered until now. The position, held as the
 * receiver gave it, turns out to be off by the way of the latency, and from now on hangs on it. */
void gnss_estimate_latency(fusion *c, uint64_t considered);
/* Flags what the receiver says of itself. */
void gnss_check(fusion *c, source_run *s, const frame *in);
/* Counts how far apart a receiver's frames are, s. */
void gnss_count_interval(source_run *s, float interval_s);
/* Where the antenna is against the fix: innovation and columns, east, north and up, in m; noise is left to
 * the caller.
 */
void gnss_position(fusion *c, source_run *s, const frame_gnss *g, measurement *m);
/* Fuses the position of the fix that the filter starts from. */
void gnss_anchor(fusion *c, source_run *s, const frame *in);
void gnss_setup(fusion *c, source_run *s);
/* One sigma per horizontal axis that the fix deserves before its innovations are known. */
float gnss_sigma(const source_run *s, const frame_gnss *g);
/* Horizontal velocity (east, north, up; up NAN when unknown) and its sigma; false: the fix has none. */
bool gnss_velocity(const source_run *s, const frame_gnss *g, float enu[3], float *sigma_mps);

#ifdef __cplusplus
}
#endif
#endif
