/*
 * Wheel speeds and yaw rate as the brake controller puts them on the vehicle bus.
 *
 * Passive encoders count teeth and see nothing slow; the sign comes from the gear.
 */
#include "sim/sensor.h"
#include "sim/vec.h"

typedef struct {
    const sim_sensor_settings *set;
    rng random;
    sim_link link;
    double scale[4]; /* what is read over what is true */
    double yaw_bias_radps;
    double steering_bias_rad;
    double bump_mps[4]; /* what is left of the last bump */
    int64_t sampled_ns;
    frame out;
} wheels;

/* Steering wheel over front wheels, of a compact car; the zero of its angle sensor is off by about a degree.
 */
static const double steering_ratio = 15.5, steering_zero_deg = 1, steering_step_deg = 0.1;
/* Step of the yaw rate on the bus. */
static const double yaw_step_dps = 0.01;

/* A wheel that was thrown off is back after some of this. Assumed: tyre and axle swing a few times at 10 Hz.
 */
static const double bump_tau_s = 0.15;

static void start(void *self, const sim_sensor_settings *set, const sim_moment *first, rng random)
{
    wheels *w = self;
    const sim_wheel_errors *e = &set->of.wheel;
    w->sampled_ns = first->stamp_ns;
    w->set = set;
    w->random = random;
    double shared = rng_normal(&w->random, e->scale);
    for (int i = 0; i < 4; i++)
        w->scale[i] = 1 + shared + rng_normal(&w->random, e->scale_each);
    w->yaw_bias_radps = rng_normal(&w->random, e->yaw_rate_bias_radps);
    w->steering_bias_rad = rng_normal(&w->random, radians(steering_zero_deg));
}

/* A speed as the bus has it. */
static double on_bus(const sim_wheel_errors *e, double mps)
{
    return fabs(mps) < e->dead_below_mps ? 0 : sim_round(mps, e->quantum_mps);
}

/* All wheels together, and each by itself half as much. */
static void pass_bumps(wheels *w, const sim_moment *m)
{
    const sim_wheel_errors *e = &w->set->of.wheel;
    double step_s = (double)(m->stamp_ns - w->sampled_ns) * 1e-9, keep = exp(-step_s / bump_tau_s);
    double way_m = step_s * hypot(m->now->velocity_mps[0], m->now->velocity_mps[1]);
    w->sampled_ns = m->stamp_ns;
    if (!(e->bumps_per_km > 0))
        return;
    bool bump = rng_chance(&w->random, e->bumps_per_km * way_m / 1000);
    double all = bump ? rng_normal(&w->random, e->bump_mps) : 0;
    for (int i = 0; i < 4; i++) {
        w->bump_mps[i] *= keep;
        if (bump)
            w->bump_mps[i] += all + rng_normal(&w->random, e->bump_mps / 2);
    }
}

static void read_wheels(wheels *w, const sim_state *x, frame_wheel *out)
{
    const sim_wheel_errors *e = &w->set->of.wheel;
    double read[4];
    for (int i = 0; i < 4; i++) {
        double noise = rng_normal(&w->random, e->noise_mps);
        bool turns = fabs(x->wheel_mps[i]) >= e->dead_below_mps;
        read[i] = turns ? w->scale[i] * x->wheel_mps[i] + noise + w->bump_mps[i] : 0;
        out->wheel_mps[i] = (float)on_bus(e, read[i]);
    }
    out->speed_mps = (float)on_bus(e, (read[2] + read[3]) / 2);
}

static void sample(void *self, const sim_moment *m, const sim_emit *out)
{
    wheels *w = self;
    const sim_wheel_errors *e = &w->set->of.wheel;
    frame_wheel *f = &w->out.u.wheel;
    w->out.kind = FRAME_WHEEL;
    pass_bumps(w, m);
    read_wheels(w, m->now, f);
    double yaw = m->now->rate_radps[2] + w->yaw_bias_radps + rng_normal(&w->random, e->yaw_rate_noise_radps);
    f->yaw_rate_radps = e->yaw_rate >= 0.5 ? (float)sim_round(yaw, radians(yaw_step_dps)) : NAN;
    double steering = steering_ratio * m->now->steer_rad + w->steering_bias_rad;
    f->steering_wheel_rad = (float)sim_round(steering, radians(steering_step_deg));
    if (sim_frame_times(&w->out, w->set, m->stamp_ns, &w->link, &w->random))
        out->frame(out->context, &w->out);
}

const sim_sensor_kind sim_sensor_wheel = {
    .kind = SOURCE_WHEEL,
    .size = sizeof(wheels),
    .start = start,
    .sample = sample,
};
