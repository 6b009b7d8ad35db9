#include "fusion/inertial/inertial_watch.h"

#include <math.h>
#include <string.h>

/* Samples further apart than this, s, are compared otherwise: in between the vehicle moves. */
static const double near_s = 0.05;

/* And not at all that are further apart than this, s: one was lost, or many. */
static const double far_s = 0.5;

/* How fast the scatter follows, s, and by how many times more than set one sample may have it: a pothole is
 * one, or a few. */
static const float smooth_s = 0.3f, sample_most = 20.0f;

/* From so many times what is set on it is noise. Behind the windscreen of comma2k19 a phone's accelerometer
 * scatters by up to 5 for a fifth of a second, its gyro by 3 to 9 for twenty: a soft bracket rocks. */
static const float noisy_times[2] = {15.0f, 6.0f};

/* An axis hangs when it repeated itself this often, and this many times as often as ever before; what it does
 * is known after this many changes. Too small: coarse steps on a smooth road; too large: a turn is over. */
enum { hang_least = 15, hang_times = 10, known_changes = 200 };

/* Mean of the magnitude of x[k] - 2 x[k-1] + x[k-2] for white noise of one sigma: sqrt(6) sqrt(2 / pi). What
 * the vehicle does is smooth over two samples and falls out. */
static const float second_difference = 1.9544f;

/* Takes what the samples changed by: of white noise of one sigma `usual` in the mean. */
static void follow(inertial_watch *w, const float change[INERTIAL_AXES], const imu_settings *set, double dt_s,
                   float usual, float over_s, float most)
{
    float gain = fminf((float)dt_s / over_s, 1.0f), root = sqrtf((float)dt_s) / usual;
    const float by[2] = {root / (float)set->gyro_noise_radps_rthz, root / (float)set->accel_noise_mps2_rthz};
    for (int i = 0; i < INERTIAL_AXES; i++) {
        float times = fabsf(change[i]) * by[i / 3];
        if (isfinite(times))
            w->scatter[i] += gain * (fminf(times, most) - w->scatter[i]);
    }
}

static void follow_scatter(inertial_watch *w, const float now[INERTIAL_AXES], const imu_settings *set,
                           double dt_s)
{
    float change[INERTIAL_AXES];
    for (int i = 0; i < INERTIAL_AXES; i++)
        change[i] = now[i] - 2.0f * w->last[0][i] + w->last[1][i];
    follow(w, change, set, dt_s, second_difference, smooth_s, sample_most);
}

/* Mean of the magnitude of x[k] - x[k-1] for white noise of one sigma: sqrt(2) sqrt(2 / pi). */
static const float first_difference = 1.1284f;

/* Samples that are far apart stand for all that was in between, vibration and what the vehicle did; what they
 * miss of it is as new with each of them as they differ. How fast that follows, s. */
static const float far_smooth_s = 2.0f;

static void follow_steps(inertial_watch *w, const float now[INERTIAL_AXES], const imu_settings *set,
                         double dt_s)
{
    float change[INERTIAL_AXES];
    for (int i = 0; i < INERTIAL_AXES; i++)
        change[i] = now[i] - w->last[0][i];
    follow(w, change, set, dt_s, first_difference, far_smooth_s, INFINITY);
}

static uint32_t hangs_after(const inertial_axis *a)
{
    uint32_t most = hang_times * a->longest;
    return most > hang_least ? most : hang_least;
}

/* An axis that is not there says nothing, or nothing but 0. */
static void count_repeats(inertial_axis *a, float now, float before, bool moves)
{
    if (now == before && now != 0.0f) {
        a->repeats += moves;
        return;
    }
    if (a->repeats > a->longest && a->repeats < hangs_after(a))
        a->longest = a->repeats;
    a->changes += moves && isfinite(now);
    a->repeats = 0;
}

void inertial_watch_take(inertial_watch *w, const imu_settings *set, const frame *in, bool moves)
{
    const frame_imu *m = &in->u.imu;
    const float now[INERTIAL_AXES] = {m->gyro_radps[0], m->gyro_radps[1], m->gyro_radps[2],
                                      m->accel_mps2[0], m->accel_mps2[1], m->accel_mps2[2]};
    double dt_s = (double)(in->stamp_ns - w->stamp_ns) * 1e-9;
    if (w->stamp_ns != 0)
        w->far = w->far ? dt_s >= near_s : dt_s >= near_s && dt_s < far_s && w->held < 2;
    if (w->far && dt_s < far_s)
        follow_steps(w, now, set, dt_s);
    if (w->held > 0 && !(dt_s > 0.0 && dt_s < near_s))
        w->held = 0;
    if (w->held == 2)
        follow_scatter(w, now, set, dt_s);
    moves = moves && w->held > 0 && memcmp(now, w->last[0], sizeof now) != 0; /* all the same: FROZEN */
    for (int i = 0; w->held > 0 && i < INERTIAL_AXES; i++)
        count_repeats(&w->axis[i], now[i], w->last[0][i], moves);
    memcpy(w->last[1], w->last[0], sizeof w->last[1]);
    memcpy(w->last[0], now, sizeof w->last[0]);
    w->held += w->held < 2;
    w->stamp_ns = in->stamp_ns;
}

/* Gravity is felt upwards. Bumps and crests take it away for tenths of a second; a third of it, smoothed over
 * a second, is left on the worst road. Too small: an IMU on its side passes; too large: so rough a road does
 * not. */
static const float stands_mps2 = 3.3f, stands_smooth_s = 1.0f;

bool inertial_watch_stands(inertial_watch *w, int64_t stamp_ns, float up_mps2)
{
    double dt_s = (double)(stamp_ns - w->up_ns) * 1e-9;
    if (!isfinite(up_mps2))
        return !w->weighed || w->up_mps2 >= stands_mps2;
    float gain = w->weighed && dt_s < 1.0 ? fminf(fmaxf((float)dt_s, 0.0f) / stands_smooth_s, 1.0f) : 1.0f;
    w->up_mps2 = w->weighed ? w->up_mps2 + gain * (up_mps2 - w->up_mps2) : up_mps2;
    w->weighed = true;
    w->up_ns = stamp_ns;
    return w->up_mps2 >= stands_mps2;
}

static float middle(const float *of)
{
    return fmaxf(fminf(of[0], of[1]), fminf(fmaxf(of[0], of[1]), of[2]));
}

float inertial_watch_scatter(const inertial_watch *w, int sensor)
{
    return fmaxf(middle(w->scatter + 3 * sensor), 1.0f);
}

bool inertial_watch_is_noisy(const inertial_watch *w, float *factor, float *limit)
{
    float gyro = inertial_watch_scatter(w, 0), accel = inertial_watch_scatter(w, 1);
    bool worse = gyro / noisy_times[0] > accel / noisy_times[1];
    *factor = worse ? gyro : accel;
    *limit = noisy_times[!worse];
    return *factor > *limit && !w->far;
}

bool inertial_watch_hangs(const inertial_watch *w)
{
    for (int i = 0; i < INERTIAL_AXES; i++) {
        const inertial_axis *a = &w->axis[i];
        if (a->changes >= known_changes && a->repeats >= hangs_after(a))
            return true;
    }
    return false;
}
