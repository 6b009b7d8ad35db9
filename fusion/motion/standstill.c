#include "fusion/motion/standstill.h"

#include "fusion/rotation.h"

#include <math.h>
#include <string.h>

/* Length of a block, s. Too small: noise; too large: a short halt teaches nothing. */
static const double block_s = 2.0;
/* Samples that are further apart than this, s, leave a gap. */
static const double gap_s = 0.1;
/* So many blocks are averaged, for a bias changes with temperature. */
static const float most_blocks = 15.0f;

/* So many blocks in a row have to agree: of a vehicle whose wheels stand; of one of which nobody says
 * anything. */
enum { AGREE_SAID = 2, AGREE_ALONE = 5 };
/* Block means at rest differ by no more than this: where wheels say so a body may still sway and people get
 * in. Where nobody does, a vehicle that keeps to its lane at constant speed must not pass: its yaw rate moves
 * by 0.1 to 0.5 deg/s from one block to the next. Gyro, rad/s; force, m/s^2. */
static const float steady_said[2] = {0.003f, 0.15f}, steady_alone[2] = {0.001f, 0.03f};
/* Nor do samples scatter by more within a block: an idling engine on a soft bracket; a part of ordinary
 * noise, and no road. */
static const float scatter_said[2] = {0.1f, 1.0f}, scatter_alone[2] = {0.012f, 0.12f};

/* Wheels stand and the turn has changed by so much, rad/s: the vehicle is being turned, by a turntable or a
 * ferry, now or before, and nobody knows when. */
static const float turned_round_radps = 0.01f;
/* Of the block under way that is told after this, s. */
static const double turned_after_s = 1.0;

/* A gyro is off by no more than so many times what is set as one sigma; what turns faster is turned. */
static const float most_said = 5.0f, most_alone = 3.0f;

/* What averages do not show, one sigma: temperature, a bracket that settles, rectified vibration; rad/s (0.03
 * deg/s, what a degree or two does to a MEMS gyro), m/s^2 (0.3 deg of plumb line). Too small: the first
 * minute is surer than it is; too large: what rest has shown is learned again. */
static const float bias_floor_radps = 5e-4f, force_floor_mps2 = 0.05f;
/* A plumb line that is less sure than this is no news, m/s^2 (3 deg). */
static const float force_most_mps2 = 0.5f;
static const float gravity_mps2 = 9.81f;

static void begin_block(standstill_watch *w)
{
    memset(&w->now, 0, sizeof w->now);
    w->now.said = true;
}

void standstill_forget(standstill_watch *w)
{
    memset(w, 0, sizeof *w);
    begin_block(w);
}

static float mean_of(const standstill_block *b, int i)
{
    return b->first[i] + (float)(b->sum[i] / (double)b->count);
}

static bool is_quiet(const standstill_block *b)
{
    const float *most = b->said ? scatter_said : scatter_alone;
    for (int i = 0; i < STANDSTILL_AXES; i++) {
        double mean = b->sum[i] / (double)b->count;
        double variance = b->square[i] / (double)b->count - mean * mean;
        if (!(variance <= (double)(most[i / 3] * most[i / 3])))
            return false;
    }
    return true;
}

static bool differs(const float a[STANDSTILL_AXES], const float b[STANDSTILL_AXES], const float most[2])
{
    for (int i = 0; i < STANDSTILL_AXES; i++) {
        if (!(fabsf(a[i] - b[i]) <= most[i / 3]))
            return true;
    }
    return false;
}

static bool is_likely(const float mean[STANDSTILL_AXES], const imu_settings *set, bool said)
{
    float most = (float)set->gyro_bias_sigma_radps * (said ? most_said : most_alone);
    return fabsf(mean[0]) <= most && fabsf(mean[1]) <= most && fabsf(mean[2]) <= most;
}

static bool is_turned_round(const standstill_watch *w, const float mean[STANDSTILL_AXES])
{
    const float most[2] = {turned_round_radps, INFINITY};
    return w->blocks > 0.0f && w->now.said && differs(mean, w->mean, most);
}

/* The block before has proved to be at rest. */
static void count_block(standstill_watch *w, int64_t stamp_ns)
{
    w->blocks = fminf(w->blocks + 1.0f, most_blocks);
    for (int i = 0; i < STANDSTILL_AXES; i++) {
        float off = w->before[i] - w->mean[i];
        w->mean[i] += off / w->blocks;
        w->spread2[i] += (w->blocks > 1.0f ? off * off - w->spread2[i] : 0.0f) / w->blocks;
    }
    w->counted_ns = stamp_ns;
    memcpy(w->turned_q, (const double[4]){0.0, 0.0, 0.0, 1.0}, sizeof w->turned_q);
    w->turned_rad = 0.0f;
    w->carried = true;
}

/* A standstill elsewhere, or of an IMU that has changed: what was before says nothing. */
static void begin_anew(standstill_watch *w)
{
    w->blocks = 0.0f;
    memset(w->mean, 0, sizeof w->mean);
    memset(w->spread2, 0, sizeof w->spread2);
    w->carried = false;
}

static void end_block(standstill_watch *w, const imu_settings *set, int64_t stamp_ns)
{
    float mean[STANDSTILL_AXES];
    const bool said = w->now.said;
    const float *steady = said ? steady_said : steady_alone;
    for (int i = 0; i < STANDSTILL_AXES; i++)
        mean[i] = mean_of(&w->now, i);
    if (is_turned_round(w, mean))
        begin_anew(w);
    const bool agrees = w->kept > 0 && !differs(mean, w->before, steady);
    w->kept = is_quiet(&w->now) && is_likely(mean, set, said) ? (agrees ? w->kept + 1 : 1) : 0;
    if (w->kept >= (said ? AGREE_SAID : AGREE_ALONE)) {
        if (w->blocks > 0.0f && differs(w->before, w->mean, steady_said))
            begin_anew(w);
        count_block(w, stamp_ns);
    }
    memcpy(w->before, mean, sizeof w->before);
    begin_block(w);
}

static void carry(standstill_watch *w, const float sample[STANDSTILL_AXES], double dt_s)
{
    double step[3], dq[4], turned2 = 0.0;
    for (int i = 0; i < 3; i++) {
        step[i] = (double)(sample[i] - w->mean[i]) * dt_s;
        turned2 += step[i] * step[i];
    }
    quat_exp(step, dq);
    quat_mul(w->turned_q, dq, w->turned_q);
    quat_normalize(w->turned_q);
    w->turned_rad += (float)sqrt(turned2);
}

static void add(standstill_block *b, const float sample[STANDSTILL_AXES], bool said, double dt_s)
{
    if (b->count == 0)
        memcpy(b->first, sample, sizeof b->first);
    for (int i = 0; i < STANDSTILL_AXES; i++) {
        double off = (double)(sample[i] - b->first[i]);
        b->sum[i] += off;
        b->square[i] += off * off;
    }
    b->count++;
    b->said &= said;
    b->span_s += dt_s;
}

/* It moves: what was under way is none. */
static void end_rest(standstill_watch *w)
{
    if (w->now.span_s >= turned_after_s) {
        float mean[STANDSTILL_AXES];
        for (int i = 0; i < STANDSTILL_AXES; i++)
            mean[i] = mean_of(&w->now, i);
        if (is_turned_round(w, mean))
            begin_anew(w);
    }
    w->kept = 0;
    begin_block(w);
}

void standstill_take(standstill_watch *w, const imu_settings *set, int64_t stamp_ns,
                     const float sample[STANDSTILL_AXES], standstill_word word)
{
    const double dt_s = w->stamp_ns == 0 ? -1.0 : (double)(stamp_ns - w->stamp_ns) * 1e-9;
    float sum = 0.0f;
    for (int i = 0; i < STANDSTILL_AXES; i++)
        sum += sample[i];
    if (!isfinite(sum))
        return;
    w->stamp_ns = stamp_ns;
    if (!(dt_s > 0.0 && dt_s <= gap_s)) {
        w->carried = false;
        w->kept = 0;
        begin_block(w);
        return;
    }
    if (w->carried)
        carry(w, sample, dt_s);
    if (word == STANDSTILL_DENIED) {
        end_rest(w);
        return;
    }
    add(&w->now, sample, word == STANDSTILL_SAID, dt_s);
    if (w->now.span_s >= block_s)
        end_block(w, set, stamp_ns);
}

static float largest(const float of[3])
{
    return fmaxf(of[0], fmaxf(of[1], of[2]));
}

bool standstill_bias(const standstill_watch *w, const imu_settings *set, int64_t now_ns, float bias_radps[3],
                     float *sigma_radps)
{
    const float age_s = (float)((double)(now_ns - w->counted_ns) * 1e-9);
    const float walk = (float)set->gyro_bias_walk_radps_rts;
    if (!(w->blocks > 0.0f) || !(age_s >= 0.0f))
        return false;
    memcpy(bias_radps, w->mean, 3 * sizeof *bias_radps);
    *sigma_radps = sqrtf(bias_floor_radps * bias_floor_radps + largest(w->spread2) + walk * walk * age_s);
    return true;
}

bool standstill_plumb(const standstill_watch *w, const imu_settings *set, int64_t now_ns, float force_mps2[3],
                      double turn[3][3], float *sigma_mps2)
{
    float bias[3], off;
    if (!standstill_bias(w, set, now_ns, bias, &off) || !w->carried ||
        (double)(now_ns - w->stamp_ns) * 1e-9 > gap_s)
        return false;
    const float age_s = (float)((double)(now_ns - w->counted_ns) * 1e-9);
    const float noise = (float)set->gyro_noise_radps_rthz, share = (float)set->gyro_scale_sigma;
    const float drift2 =
        off * off * age_s * age_s + noise * noise * age_s + share * share * w->turned_rad * w->turned_rad;
    const double back[4] = {-w->turned_q[0], -w->turned_q[1], -w->turned_q[2], w->turned_q[3]};
    memcpy(force_mps2, w->mean + 3, 3 * sizeof *force_mps2);
    quat_to_rows(back, turn);
    *sigma_mps2 = sqrtf(force_floor_mps2 * force_floor_mps2 + largest(w->spread2 + 3) +
                        gravity_mps2 * gravity_mps2 * drift2);
    return *sigma_mps2 <= force_most_mps2;
}
