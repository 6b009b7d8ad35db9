#include "sim/sensor.h"

#include "sim/vec.h"

/* A frame is never received at the instant at which it is measured. */
enum { LEAST_DELAY_NS = 1000 };

sim_mount sim_mount_draw(const sim_sensor_settings *set, rng *r)
{
    const mount_settings *told = &set->mount;
    double nominal[3][3], turned[3][3], told_turned[3][3], wrong[3][3], deg = set->mount_sigma_deg,
                                                                        sigma = set->mount_sigma_m;
    sim_mount m = {.lever_m = {told->x_m, told->y_m, told->z_m}};
    for (int i = 0; i < 3; i++)
        m.lever_m[i] += rng_normal(r, sigma);
    double yaw = rng_normal(r, radians(deg)), pitch = rng_normal(r, radians(deg));
    double roll = rng_normal(r, radians(deg));
    rotation(radians(told->yaw_deg), radians(told->pitch_deg), radians(told->roll_deg), nominal);
    rotation(yaw, pitch, roll, wrong);
    rotation(radians(set->turned_yaw_deg), radians(set->turned_pitch_deg), 0, turned);
    chain(turned, nominal, told_turned);
    chain(told_turned, wrong, m.R_body_sensor);
    return m;
}

void sim_mount_at(const sim_mount *m, const sim_state *x, double plane_m[3], double velocity_mps[3],
                  double R_plane_sensor[3][3])
{
    double arm[3], spin[3], moved[3];
    double(*R)[3] = (double(*)[3])x->R;
    turn(R, m->lever_m, arm);
    cross(x->rate_radps, m->lever_m, spin);
    turn(R, spin, moved);
    for (int i = 0; i < 3; i++) {
        plane_m[i] = x->plane_m[i] + arm[i];
        velocity_mps[i] = x->velocity_mps[i] + moved[i];
    }
    chain(R, (double(*)[3])m->R_body_sensor, R_plane_sensor);
}

bool sim_frame_times(frame *f, const sim_sensor_settings *set, int64_t true_ns, sim_link *l, rng *r)
{
    double wait_s = set->latency_s - set->latency_jitter_s * log(1 - rng_uniform(r));
    bool lost = rng_chance(r, set->loss);
    int64_t delay_ns = (int64_t)(wait_s * 1e9);
    f->received_ns = true_ns + (delay_ns < LEAST_DELAY_NS ? LEAST_DELAY_NS : delay_ns);
    if (f->received_ns < l->received_ns)
        f->received_ns = l->received_ns;
    f->stamp_ns = set->stamped >= 0.5 ? true_ns : f->received_ns;
    if (!lost)
        l->received_ns = f->received_ns;
    return !lost;
}

bool sim_episode_next(bool on, double share, double mean_s, double step_s, rng *r)
{
    /* With rates off -> on of share * k and on -> off of (1 - share) * k = 1 / mean_s, forgetting what was
     * with rate k and drawing anew is the same process. */
    if (!(share > 0 && share < 1))
        return share >= 1;
    double k = 1 / (mean_s * (1 - share));
    if (rng_chance(r, exp(-k * step_s)))
        return on;
    return rng_chance(r, share);
}

int sim_count(double mean, rng *r)
{
    /* Poisson: events of a unit rate until `mean` is over. */
    int n = 0;
    for (double product = rng_uniform(r), end = exp(-mean); product > end; n++)
        product *= rng_uniform(r);
    return n;
}

double sim_round(double value, double step)
{
    return round(value / step) * step;
}
