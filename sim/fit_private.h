/*
 * What the fit*.c files share.
 */
#ifndef POSED_SIM_FIT_PRIVATE_H
#define POSED_SIM_FIT_PRIVATE_H

#include "sim/fit.h"
#include "sim/series.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One source of the recording, and its sensor in the scenario. */
typedef struct {
    const sim_fit_input *in;
    sim_fit *fit;
    int where; /* of the sensor */
    sim_sensor_settings *sensor;
    const source_settings *source;
    const fusion_source_status *status;
    uint16_t index;   /* of the source */
    frame_kind kind;  /* whose times count */
    size_t count;     /* of its frames of that kind */
    frame *scratch;   /* room for one */
    double rate_hz;   /* as recorded */
    bool stamped;     /* frames carry times of their own */
    double latency_s; /* of a stamp behind what it is about, as far as it is known; else what is assumed */
    bool failed;      /* memory ran out */
} fit_source;

/* Sets a number of the scenario to what was measured, within its range. `format` says how. */
__attribute__((format(printf, 5, 6))) void fit_take(sim_fit *fit, int where, const char *key, double measured,
                                                    const char *format, ...);
/* Leaves it as it is; says why. */
__attribute__((format(printf, 4, 5))) void fit_keep(sim_fit *fit, int where, const char *key,
                                                    const char *format, ...);
__attribute__((format(printf, 3, 4))) void fit_remark(sim_fit *fit, int where, const char *format, ...);

/* The next frame of that source and kind at or after *at, into s->scratch; *at moves behind it. False: there
 * is none. */
bool fit_next(const fit_source *s, frame_kind kind, size_t *at);
/* Seconds of a stamp since the motion began. */
double fit_seconds(const fit_source *s, int64_t stamp_ns);
/* Room for n numbers, zeroed; sets `failed` when there is none. */
double *fit_room(fit_source *s, size_t n);
/* Place of a point of the vehicle at t_s in the motion's plane, its velocity, forward speed and yaw rate of
 * the body. False: outside the motion. */
typedef struct {
    double at_m[3], velocity_mps[3], forward_mps, yaw_rad, yaw_rate_radps;
} fit_truth;
bool fit_truth_at(const fit_source *s, const mount_settings *lever, double t_s, fit_truth *out);

/* Rate, loss, jitter; whether frames are stamped. */
void fit_pace(fit_source *s);
/* Sets latency_s, less the jitter, which comes on top; `found` NAN: what posed found on line, or the default.
 */
void fit_latency(fit_source *s, double found_s, const char *how);

void fit_gnss(fit_source *s);
void fit_imu(fit_source *s);
void fit_wheel(fit_source *s);
void fit_radar(fit_source *s);

#ifdef __cplusplus
}
#endif
#endif
