/* Faults of inertial sensors and wheels: saturation, swapped, slip. */
#include "inject/kind.h"

#include <math.h>

/* ---- saturation ---- */

#define SATURATION_KEYS(NUM, FLAG, T)                                                                        \
    NUM(T, gyro_range_radps, "rad/s", 0, 200, 0, "Rates are cut off here; 0: at the source's own range.")    \
    NUM(T, accel_range_mps2, "m/s^2", 0, 5000, 0, "Forces are cut off here; 0: at the source's own range.")  \
    NUM(T, gyro_shake_radps, "rad/s", 0, 1000, 0, "Vibration before the cut, each axis, one sigma.")         \
    NUM(T, accel_shake_mps2, "m/s^2", 0, 10000, 0, "Vibration before the cut, each axis, one sigma.")
INJECT_DEFINE_KEYS(SATURATION_KEYS, saturation_keys)

static void shake_and_cut(inject_random *r, float values[3], double shake, double range)
{
    for (int i = 0; i < 3; i++) {
        if (isfinite(values[i])) /* fmin would make a number of what is not measured */
            values[i] = (float)fmax(-range, fmin(range, (double)values[i] + inject_random_normal(r, shake)));
    }
}

static bool apply_saturation(const inject_call *c, frame *f)
{
    const saturation_keys *keys = c->keys;
    const imu_settings *own = &c->source->of.imu;
    double gyro = keys->gyro_range_radps > 0 ? keys->gyro_range_radps : own->gyro_range_radps;
    double accel = keys->accel_range_mps2 > 0 ? keys->accel_range_mps2 : own->accel_range_mps2;
    shake_and_cut(c->random, f->u.imu.gyro_radps, keys->gyro_shake_radps, gyro);
    shake_and_cut(c->random, f->u.imu.accel_mps2, keys->accel_shake_mps2, accel);
    return true;
}

const inject_kind inject_saturation = {
    .word = "saturation",
    .meaning =
        "What is beyond the sensor's range is cut off: the part's range is too small, or it is shaken.",
    .frames = INJECT_FRAMES(IMU),
    INJECT_USE_KEYS(saturation_keys),
    .needs_key = true,
    .apply = apply_saturation,
};

/* ---- swapped ---- */

#define SWAPPED_KEYS(NUM, FLAG, T)                                                                           \
    FLAG(T, xy, false, "x and y are swapped; of gnss: the velocity's east and north.")                       \
    FLAG(T, yz, false, "y and z are swapped.")                                                               \
    FLAG(T, xz, false, "x and z are swapped.")                                                               \
    FLAG(T, mirrored, false, "Left is right: y, or azimuths and lane lines.")
INJECT_DEFINE_KEYS(SWAPPED_KEYS, swapped_keys)

static void swap_axes(float v[3], int a, int b)
{
    float value = v[a];
    v[a] = v[b];
    v[b] = value;
}

static void swap_all(const swapped_keys *keys, float v[3])
{
    if (keys->xy)
        swap_axes(v, 0, 1);
    if (keys->yz)
        swap_axes(v, 1, 2);
    if (keys->xz)
        swap_axes(v, 0, 2);
    if (keys->mirrored)
        v[1] = -v[1];
}

static void mirror_lanes(frame_lanes *l)
{
    for (size_t i = 0; i < l->count && i < FRAME_MAX_LANES; i++) {
        camera_lane *line = &l->lanes[i];
        line->offset_m = -line->offset_m;
        line->heading_rad = -line->heading_rad;
        line->curvature_1pm = -line->curvature_1pm;
        if (line->side == LANE_SIDE_LEFT || line->side == LANE_SIDE_RIGHT)
            line->side = (uint8_t)(LANE_SIDE_LEFT + LANE_SIDE_RIGHT - line->side);
    }
}

static void mirror_sights(frame *f)
{
    for (size_t i = 0; f->kind == FRAME_RADAR && i < f->u.radar.count && i < FRAME_MAX_DETECTIONS; i++)
        f->u.radar.detections[i].azimuth_rad *= -1;
    for (size_t i = 0; f->kind == FRAME_LANDMARKS && i < f->u.landmarks.count && i < FRAME_MAX_LANDMARKS; i++)
        f->u.landmarks.landmarks[i].azimuth_rad *= -1;
    if (f->kind == FRAME_LANES)
        mirror_lanes(&f->u.lanes);
}

static bool apply_swapped(const inject_call *c, frame *f)
{
    const swapped_keys *keys = c->keys;
    if (f->kind == FRAME_IMU) {
        swap_all(keys, f->u.imu.gyro_radps);
        swap_all(keys, f->u.imu.accel_mps2);
    } else if (f->kind == FRAME_GNSS) {
        swap_all(keys, f->u.gnss.velocity_enu_mps);
    } else if (keys->mirrored) {
        mirror_sights(f);
    }
    return true;
}

static uint32_t swapped_frames(size_t key)
{
    uint32_t axes = INJECT_FRAMES(IMU) | INJECT_FRAMES(GNSS);
    return key < 3 ? axes : axes | INJECT_FRAMES(RADAR) | INJECT_FRAMES(LANDMARKS) | INJECT_FRAMES(LANES);
}

const inject_kind inject_swapped = {
    .word = "swapped",
    .meaning = "Somebody has mistaken the axes.",
    .frames = INJECT_FRAMES(IMU) | INJECT_FRAMES(GNSS) | INJECT_FRAMES(RADAR) | INJECT_FRAMES(LANDMARKS) |
              INJECT_FRAMES(LANES),
    INJECT_USE_KEYS(swapped_keys),
    .needs_key = true,
    .apply = apply_swapped,
    .key_frames = swapped_frames,
};

/* ---- slip ---- */

#define SLIP_KEYS(NUM, FLAG, T)                                                                              \
    NUM(T, slip, "1", 0, 10, 0.2,                                                                            \
        "Driven wheels turn faster by this share of the speed; braked ones slower.")                         \
    NUM(T, above_mps2, "m/s^2", 0, 20, 0.5,                                                                  \
        "While the vehicle accelerates or brakes harder than this; 0: all the time.")                        \
    FLAG(T, front, true, "The front wheels slip.")                                                           \
    FLAG(T, rear, true, "The rear wheels slip.")
INJECT_DEFINE_KEYS(SLIP_KEYS, slip_keys)

typedef struct {
    double speed_mps, accel_mps2;
    bool begun;
} slip_state;

/* Change of speed, smoothed: wheel speeds are quantised. */
static double acceleration(const inject_call *c, double speed_mps)
{
    static const double smooth_s = 0.3;
    slip_state *state = c->state;
    if (!isfinite(speed_mps))
        return state->accel_mps2;
    if (state->begun && c->step_s > 0) {
        double now_mps2 = (speed_mps - state->speed_mps) / c->step_s;
        state->accel_mps2 += (now_mps2 - state->accel_mps2) * fmin(1, c->step_s / smooth_s);
    }
    state->speed_mps = speed_mps;
    state->begun = true;
    return state->accel_mps2;
}

static double wheel_mean(const frame_wheel *w)
{
    double sum = 0;
    int count = 0;
    for (int i = 0; i < 4; i++) {
        if (isfinite(w->wheel_mps[i])) {
            sum += (double)w->wheel_mps[i];
            count++;
        }
    }
    return count > 0 ? sum / count : NAN;
}

static void watch_slip(const inject_call *c, frame *f)
{
    const frame_wheel *w = &f->u.wheel;
    acceleration(c, isfinite(w->speed_mps) ? (double)w->speed_mps : wheel_mean(w));
}

static bool apply_slip(const inject_call *c, frame *f)
{
    const slip_keys *keys = c->keys;
    frame_wheel *w = &f->u.wheel;
    double accel = acceleration(c, isfinite(w->speed_mps) ? (double)w->speed_mps : wheel_mean(w));
    if (keys->above_mps2 > 0 && !(fabs(accel) > keys->above_mps2))
        return true;
    double times = accel < 0 && keys->above_mps2 > 0 ? fmax(0, 1 - keys->slip) : 1 + keys->slip;
    for (int i = 0; i < 4; i++) {
        if (i < 2 ? keys->front : keys->rear)
            w->wheel_mps[i] *= (float)times;
    }
    /* The vehicle's own speed is that of its wheels, all of them. */
    w->speed_mps *= (float)(1 + (times - 1) * (keys->front + keys->rear) / 2);
    return true;
}

const inject_kind inject_slip = {
    .word = "slip",
    .meaning = "Ice or wet leaves: wheels spin when the vehicle accelerates and lock when it brakes.",
    .frames = INJECT_FRAMES(WHEEL),
    INJECT_USE_KEYS(slip_keys),
    .state_size = sizeof(slip_state),
    .apply = apply_slip,
    .watch = watch_slip,
};
