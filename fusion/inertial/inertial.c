#include "fusion/inertial/inertial.h"

#include "fusion/core/core.h"
#include "fusion/core/monitor.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_late.h"
#include "fusion/gnss/track.h"
#include "fusion/inertial/inertial_leap.h"
#include "fusion/inertial/inertial_leapt.h"
#include "fusion/inertial/inertial_slide.h"
#include "fusion/inertial/inertial_turn.h"
#include "fusion/inertial/inertial_watch.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_steer.h"
#include "fusion/integrity/integrity.h"
#include "fusion/map/map_slots.h"
#include "fusion/motion/odometry.h"
#include "fusion/motion/rest.h"
#include "fusion/motion/vehicle.h"

#include <math.h>
#include <string.h>

/* Longest step of the mechanization, s: a turn of 0.5 rad/s is straight to 0.01 rad in it. */
static const double longest_step_s = 0.02;

/* Two samples further apart than this are not averaged, s. */
static const double average_within_s = 0.05;

/* White noise of the pseudo-inertial input: its bias states carry the motion, this only keeps them alive. */
static const float pseudo_gyro_psd = 1e-6f, pseudo_accel_psd = 1e-4f;

/* One sigma of the curvature that a road vehicle drives, rad/m: half of its tightest, a circle of 5 m. */
static const float tightest_turn_per_m = 0.1f;

/* On a map, where bearings show the heading at each frame, it matters how fast it can change in between: by
 * the lateral acceleration that drivers take, one sigma. */
static const float turns_at_mps2 = 1.5f;
/* How long the steering wheel is moved one way, s. Too small: the heading is noisy; too large: it is late
 * where a bend begins. */
static const float steers_for_s = 1.0f;

/* Vertical acceleration of a road vehicle against its horizontal one. */
static const float vertical_share = 0.3f;

/* What a source can drive the filter with; more is better. */
typedef enum { RANK_NONE, RANK_YAW, RANK_GYRO, RANK_FULL } rank;

static rank rank_of(const frame *in)
{
    if (in->kind == FRAME_WHEEL)
        return isfinite(in->u.wheel.yaw_rate_radps) ? RANK_YAW : RANK_NONE;
    const frame_imu *imu = &in->u.imu;
    if (!isfinite(imu->gyro_radps[2]))
        return RANK_NONE;
    if (!isfinite(imu->gyro_radps[0]) || !isfinite(imu->gyro_radps[1]))
        return RANK_YAW;
    for (int i = 0; i < 3; i++) {
        if (!isfinite(imu->accel_mps2[i]))
            return RANK_GYRO;
    }
    return RANK_FULL;
}

static rank rank_of_model(const fusion *c)
{
    const inertial_model *m = &c->f.model;
    if (c->inertial_source < 0)
        return RANK_NONE;
    return m->gyro_missing[0] ? RANK_YAW : m->accel_missing ? RANK_GYRO : RANK_FULL;
}

static void open_axis(float *sigma, float *rate, float *walk, float pseudo_sigma, float tau_s)
{
    *sigma = pseudo_sigma;
    *rate = 1.0f / tau_s;
    *walk = 2.0f * pseudo_sigma * pseudo_sigma / tau_s; /* keeps the stationary variance, to first order */
}

static void open_gyro(const filter_settings *set, int axis, inertial_model *m)
{
    double sigma = axis == 2 ? set->pseudo_yaw_rate_radps : set->pseudo_roll_rate_radps;
    m->gyro_missing[axis] = true;
    m->turn_per_m = tightest_turn_per_m;
    open_axis(&m->gyro_sigma[axis], &m->gyro_rate[axis], &m->gyro_walk[axis], (float)sigma,
              (float)set->pseudo_rate_tau_s);
}

static void open_accel(const filter_settings *set, inertial_model *m)
{
    m->accel_missing = true;
    m->accel_psd = pseudo_accel_psd;
    for (int i = 0; i < 3; i++)
        open_axis(&m->accel_sigma[i], &m->accel_rate[i], &m->accel_walk[i],
                  (float)set->pseudo_accel_mps2 * (i == 2 ? vertical_share : 1.0f),
                  (float)set->pseudo_accel_tau_s);
}

static void pseudo_model(const filter_settings *set, inertial_model *m)
{
    memset(m, 0, sizeof *m);
    m->gyro_psd = pseudo_gyro_psd;
    for (int i = 0; i < 3; i++)
        open_gyro(set, i, m);
    open_accel(set, m);
}

static float square(double v)
{
    return (float)(v * v);
}

static void imu_model(const filter_settings *common, const imu_settings *set, rank r, inertial_model *m)
{
    memset(m, 0, sizeof *m);
    m->gyro_psd = square(set->gyro_noise_radps_rthz);
    m->accel_psd = square(set->accel_noise_mps2_rthz);
    m->turn_share = (float)set->gyro_scale_sigma;
    for (int i = 0; i < 3; i++) {
        m->gyro_sigma[i] = (float)set->gyro_bias_sigma_radps;
        m->gyro_walk[i] = square(set->gyro_bias_walk_radps_rts);
        m->accel_sigma[i] = (float)set->accel_bias_sigma_mps2;
        m->accel_walk[i] = square(set->accel_bias_walk_mps2_rts);
    }
    if (r < RANK_FULL)
        open_accel(common, m);
    if (r < RANK_GYRO) {
        open_gyro(common, 0, m);
        open_gyro(common, 1, m);
    }
}

/* The vehicle's own yaw rate: its noise is given per sample of some 50 Hz, its bias is as large as that. */
static void yaw_model(const filter_settings *common, const wheel_settings *set, inertial_model *m)
{
    pseudo_model(common, m);
    m->gyro_missing[2] = false;
    m->gyro_psd = square(set->yaw_rate_sigma_radps) * 0.02f;
    m->gyro_sigma[2] = (float)set->yaw_rate_sigma_radps;
    m->gyro_rate[2] = 0.0f;
    m->gyro_walk[2] = 1e-9f;
    m->turn_share = YAW_RATE_SCALE_SIGMA;
}

void inertial_yaw_model(const fusion *c, const source_run *s, inertial_model *m)
{
    yaw_model(&c->set.filter, &s->set->of.wheel, m);
}

static void model_of(const fusion *c, const source_run *s, rank r, inertial_model *m)
{
    if (s->set->kind == SOURCE_WHEEL)
        yaw_model(&c->set.filter, &s->set->of.wheel, m);
    else
        imu_model(&c->set.filter, &s->set->of.imu, r, m);
}

/* The sample in b-axes; what is missing is 0, and not read. */
static void input_of(const source_run *s, const frame *in, inertial_input *out)
{
    memset(out, 0, sizeof *out);
    if (in->kind == FRAME_WHEEL) {
        out->gyro_radps[2] = (double)in->u.wheel.yaw_rate_radps;
        return;
    }
    mat3 turn;
    vec3 gyro, accel;
    glm_mat3_copy((vec3 *)(uintptr_t)s->r_body_sensor, turn);
    for (int i = 0; i < 3; i++) {
        float g = in->u.imu.gyro_radps[i], a = in->u.imu.accel_mps2[i];
        gyro[i] = isfinite(g) ? g : 0.0f;
        accel[i] = isfinite(a) ? a : 0.0f;
    }
    glm_mat3_mulv(turn, gyro, gyro);
    glm_mat3_mulv(turn, accel, accel);
    for (int i = 0; i < 3; i++) {
        out->gyro_radps[i] = (double)gyro[i];
        out->accel_mps2[i] = (double)accel[i];
    }
}

static bool can_drive(const source_settings *s)
{
    return s->enabled && s->kind == SOURCE_IMU;
}

void inertial_setup(fusion *c)
{
    pseudo_model(&c->set.filter, &c->pseudo);
    if (c->map.view) {
        c->pseudo.turn_mps2 = turns_at_mps2;
        c->pseudo.swing_s = c->f.swing_state ? steers_for_s : 0.0f;
    }
    glm_vec3_zero(c->nav_point_m);
    for (size_t i = 0; i < c->source_count; i++) {
        const source_settings *s = &c->set.sources[i];
        if (!can_drive(s))
            continue;
        c->nav_point_m[0] = (float)s->mount.x_m;
        c->nav_point_m[1] = (float)s->mount.y_m;
        c->nav_point_m[2] = (float)s->mount.z_m;
        return;
    }
}

/* Keeps the biases of the source that drove the filter, for its return. */
static void save_biases(fusion *c)
{
    int i = c->inertial_source;
    if (i < 0)
        return;
    memcpy(c->saved_gyro_bias[i], c->f.gyro_bias, sizeof c->f.gyro_bias);
    memcpy(c->saved_accel_bias[i], c->f.accel_bias, sizeof c->f.accel_bias);
    c->bias_saved[i] = true;
}

/* Latencies show against an acceleration that is measured. One that is itself inferred from the late
 * measurements would explain them with any latency, and its own lag would be taken for one: then they are
 * considered, not estimated. */
static void consider_latencies(fusion *c)
{
    uint64_t before = c->f.considered;
    c->f.considered = map_slots_considered(c) | late_considered(c);
    if (!c->f.model.accel_missing) {
        if (c->running)
            gnss_estimate_latency(c, before & ~c->f.considered);
        return;
    }
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (!s->first_state)
            continue;
        if (s->set->kind == SOURCE_GNSS)
            c->f.considered |= UINT64_C(3) << (s->first_state + GNSS_LATENCY);
        else if (s->set->kind == SOURCE_RADAR)
            c->f.considered |= UINT64_C(1) << (s->first_state + RADAR_LATENCY);
        else if (s->set->kind == SOURCE_WHEEL)
            c->f.considered |= UINT64_C(1) << (s->first_state + WHEEL_LATENCY);
        else if (s->set->kind == SOURCE_CAMERA && s->own_states == CAMERA_MAP_STATES)
            c->f.considered |= UINT64_C(1) << (s->first_state + CAMERA_LATENCY);
    }
}

/* Another one drives the filter now. */
static void forget_input(fusion *c)
{
    c->have_input = false;
    c->slide = (slide_watch){.since_ns = INT64_MIN};
    inertial_turn_reset(c);
    leap_reset(&c->leap);
}

void inertial_reset(fusion *c)
{
    c->inertial_source = -1;
    forget_input(c);
    filter_set_model(&c->f, &c->pseudo, NULL, NULL);
    consider_latencies(c);
}

/* What a yaw rate was off by at rest holds to this, rad/s: steps of half a degree per second leave half of
 * it, and it warms up. Too small: it is learned anew for long; too large: the first turns of a pose are taken
 * for a bias. */
static const float rest_bias_sigma = 0.003f;

static void begin_at_rest(fusion *c, source_run *s, const frame *in, inertial_model *m)
{
    if (in->kind == FRAME_IMU) {
        rest_give_bias(c, s, in, m);
        return;
    }
    if (c->track.source != (int)s->index || !track_knows_bias(&c->track))
        return;
    c->saved_gyro_bias[s->index][2] = c->track.rest.bias_radps;
    c->bias_saved[s->index] = true;
    m->gyro_sigma[2] = fminf(m->gyro_sigma[2], rest_bias_sigma);
}

static void drive_by(fusion *c, int source, const inertial_model *model)
{
    bank_restart(c);
    odometry_break(c);
    save_biases(c);
    bool known = source >= 0 && c->bias_saved[source];
    filter_set_model(&c->f, model, known ? c->saved_gyro_bias[source] : NULL,
                     known && !model->accel_missing ? c->saved_accel_bias[source] : NULL);
    c->inertial_source = source;
    forget_input(c);
    consider_latencies(c);
}

/* Until now b-axes were the vehicle's; from now on they are the IMU's, off by the mount: the attitude's error
 * is that of the vehicle less the mount's. */
static void open_mount_axis(fusion *c, int k, float variance)
{
    covariance *p = &c->f.p;
    double r[3][3];
    bank_restart(c);
    odometry_break(c);
    vehicle_rotation(&c->f, r);
    covariance_reset(p, STATE_MOUNT + k, variance);
    for (int i = 0; i < 3; i++) {
        float *row = covariance_row(p, STATE_ATTITUDE + i), axis = (float)r[i][k + 1];
        for (int j = 0; j < 3; j++)
            row[STATE_ATTITUDE + j] += axis * (float)r[j][k + 1] * variance;
        row[STATE_MOUNT + k] = covariance_row(p, STATE_MOUNT + k)[STATE_ATTITUDE + i] = -axis * variance;
    }
}

/* A vehicle with an IMU has a mount to find; without one, body axes are the vehicle's. */
static void open_mount(fusion *c)
{
    double sigma = c->set.filter.mount_sigma_deg * RADIANS_PER_DEGREE;
    for (int k = 0; k < 2; k++) {
        if (sigma > 0.0 && covariance_at(&c->f.p, STATE_MOUNT + k, STATE_MOUNT + k) <= 0.0f)
            open_mount_axis(c, k, (float)(sigma * sigma));
    }
}

static void step_to(fusion *c, int64_t stamp_ns, const inertial_input *input)
{
    while (c->f.stamp_ns < stamp_ns) {
        int64_t left = stamp_ns - c->f.stamp_ns;
        int64_t longest = (int64_t)(longest_step_s * 1e9);
        int64_t step = left <= longest ? left : left < 2 * longest ? left / 2 : longest;
        filter_predict(&c->f, input, (double)step * 1e-9);
        integrity_follow_turn(c, (double)step * 1e-9);
        inertial_slide_add(c, (double)step * 1e-9);
        bank_steer_turn(c, input->gyro_radps[2], (double)step * 1e-9);
        c->f.stamp_ns += step;
        double way = (double)step * 1e-9 * filter_speed(&c->f);
        c->since_absolute_m += way;
        c->since_height_m += way;
        c->odometer_m += way;
    }
}

/* Its frames do not drive the filter now. A flag that is still up for a source that is back is none of that:
 * between them, one would end with each measurement what the other begins with each frame. */
static bool is_out(const source_run *s)
{
    return s->out.banned || !monitor_allows(s);
}

void inertial_advance(fusion *c, int64_t stamp_ns)
{
    if (c->inertial_source >= 0) {
        const source_run *s = &c->source[c->inertial_source];
        int64_t until = c->input_ns + (int64_t)(s->set->stale_after_s * 1e9);
        if (stamp_ns > until || is_out(s)) {
            if (until > c->f.stamp_ns && !is_out(s))
                step_to(c, until, &c->input);
            drive_by(c, -1, &c->pseudo);
        }
    }
    step_to(c, stamp_ns, &c->input);
}

/* The noise of the propagation is what the settings say, or what the samples show where that is far more. */
static void fit_noise(fusion *c, const source_run *s)
{
    const imu_settings *set = &s->set->of.imu;
    float factor, limit;
    bool noisy = inertial_watch_is_noisy(&s->imu.samples, &factor, &limit) || s->imu.samples.far;
    float gyro = noisy ? inertial_watch_scatter(&s->imu.samples, 0) : 1.0f;
    float accel = noisy ? inertial_watch_scatter(&s->imu.samples, 1) : 1.0f;
    c->f.model.gyro_psd = square(set->gyro_noise_radps_rthz) * gyro * gyro;
    if (!c->f.model.accel_missing)
        c->f.model.accel_psd = square(set->accel_noise_mps2_rthz) * accel * accel;
}

void inertial_take(fusion *c, source_run *s, const frame *in)
{
    rank r = rank_of(in);
    rank now = rank_of_model(c);
    bool mine = c->inertial_source == (int)s->index;
    if (s->out.banned || r == RANK_NONE || (mine ? r < now : r <= now)) {
        if (in->kind == FRAME_IMU)
            core_refuse(c, s, in, QUANTITY_INERTIAL, DECISION_IGNORED, REASON_NO_MODEL);
        return;
    }
    inertial_input fresh, mean;
    input_of(s, in, &fresh);
    if (!mine || r != now) {
        inertial_model model;
        inertial_advance(c, in->stamp_ns);
        model_of(c, s, r, &model);
        begin_at_rest(c, s, in, &model);
        drive_by(c, s->index, &model);
        filter_take_rate(&c->f, &fresh);
        if (in->kind == FRAME_IMU)
            open_mount(c);
    }
    mean = fresh;
    if (c->have_input && seconds_between(c->input_ns, in->stamp_ns) < average_within_s) {
        for (int i = 0; i < 3; i++) {
            mean.gyro_radps[i] = 0.5 * (fresh.gyro_radps[i] + c->input.gyro_radps[i]);
            mean.accel_mps2[i] = 0.5 * (fresh.accel_mps2[i] + c->input.accel_mps2[i]);
        }
    }
    if (in->kind == FRAME_IMU)
        fit_noise(c, s);
    step_to(c, in->stamp_ns, &mean);
    inertial_leapt_hear(c, s, in->stamp_ns, &fresh);
    c->input = fresh;
    c->input_ns = in->stamp_ns;
    c->have_input = true;
    s->fused_ns = in->stamp_ns;
    if (in->kind == FRAME_IMU)
        s->used++;
}
