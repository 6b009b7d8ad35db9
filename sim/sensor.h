/*
 * What every simulated sensor looks like to the simulator: one designated-initialiser struct each
 * (sensor_gnss.c, ...), found by source kind.
 *
 * A sensor is given the true state at its sample times and emits frames with all that is wrong with them,
 * stamps and receptions included. It draws from a random stream of its own, so that a change to one sensor
 * leaves the others as they were.
 */
#ifndef POSED_SIM_SENSOR_H
#define POSED_SIM_SENSOR_H

#include "fusion/frame.h"
#include "sim/rng.h"
#include "sim/sim_return.h"
#include "sim/vehicle.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The world at one step. */
typedef struct {
    const sim_scenario *scenario;
    const sim_world *world;
    const sim_traffic *traffic;
    const sim_state *now;    /* at stamp_ns */
    const sim_state *before; /* one step earlier; equals `now` at the first step */
    sim_road_point road;     /* under the vehicle */
    int64_t stamp_ns;        /* true time */
} sim_moment;

/* Gets a finished frame: stamp_ns, received_ns (> 0 delay), kind and payload set; `source` and `sequence` are
 * the simulator's to set. Copied. */
typedef struct {
    void *context;
    void (*frame)(void *context, frame *f);
} sim_emit;

typedef struct {
    source_kind kind;
    size_t size; /* of its state, zeroed by the simulator */
    /* Draws what is constant over the drive (biases, scale, mount). */
    void (*start)(void *self, const sim_sensor_settings *set, const sim_moment *first, rng random);
    /* Called at every step, for what must be integrated; NULL: not needed. Called before `sample`. */
    void (*step)(void *self, const sim_moment *m);
    /* Called at the sensor's rate. */
    void (*sample)(void *self, const sim_moment *m, const sim_emit *out);
    /* Whether its surroundings now make it worse than it is by itself (a reflection, the dark), so that who
     * flags it is right; NULL: never. For judges: it changes nothing. */
    bool (*disturbed)(const void *self);
    /* What the returns of a scan that was emitted lately are of, in their order; NULL: it is no radar.
     * Returns how many; 0: that scan is not known (any more). For judges, as well. */
    size_t (*returns)(const void *self, uint32_t sequence, const sim_return **out);
} sim_sensor_kind;

extern const sim_sensor_kind sim_sensor_gnss, sim_sensor_imu, sim_sensor_wheel, sim_sensor_radar,
    sim_sensor_camera, sim_sensor_roadside, sim_sensor_odometry;

/* Shared by the sensors. */

/* A mount as it really is: lever and body-to-sensor rotation of the configuration with the workshop's error.
 */
typedef struct {
    double lever_m[3];
    double R_body_sensor[3][3]; /* from sensor axes to body axes, row-major */
} sim_mount;

sim_mount sim_mount_draw(const sim_sensor_settings *set, rng *r);

/* Position, velocity over the earth (in the plane) and sensor-to-plane rotation of the mount. */
void sim_mount_at(const sim_mount *m, const sim_state *x, double plane_m[3], double velocity_mps[3],
                  double R_plane_sensor[3][3]);

/* What the line from a sensor has delivered so far: frames do not overtake each other on it. */
typedef struct {
    int64_t received_ns; /* the last one; 0: none */
} sim_link;

/* Sets stamp_ns and received_ns by the sensor's latency, jitter and stamping; false: the frame is lost. */
bool sim_frame_times(frame *f, const sim_sensor_settings *set, int64_t true_ns, sim_link *l, rng *r);

/* Something that comes and goes: on for mean_s on average and for `share` of the time, both drawn without
 * memory. Takes and returns whether it is on, step_s later; a share of 0 or 1 holds at once. */
bool sim_episode_next(bool on, double share, double mean_s, double step_s, rng *r);

/* How many of something that happens `mean` times on average. */
int sim_count(double mean, rng *r);

/* To the nearest whole multiple of `step` (> 0). */
double sim_round(double value, double step);

#ifdef __cplusplus
}
#endif
#endif
