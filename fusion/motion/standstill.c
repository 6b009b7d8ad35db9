#include "fusion/motion/standstill.h"

#include <math.h>
#include <string.h>

/* Length of a block, s. Too small: noise; too large: a short halt teaches nothing. */
static const double block_s = 2.0;
/* Samples that are further apart than this, s, leave a gap. */
static const double gap_s = 0.1;
/* So many blocks are averaged, for a bias changes with temperature. */
static const float most_blocks = 15.0f;

/* By who says that the vehicle stands: nobody, a receiver, wheels. So many blocks in a row have to agree; a
 * receiver holds a crawl for rest. */
static const int agreeing[] = {0, 5, 2};
/* Block means at rest differ by no more than this: where wheels say so a body may still sway and people get
 * in. Where a receiver does, a vehicle that creeps must not pass: who keeps to a lane changes his yaw rate by
 * 0.1 to 0.5 deg/s from one block to the next. Gyro, rad/s; force, m/s^2. */
static const float steady[][2] = {{0.0f, 0.0f}, {0.001f, 0.03f}, {0.003f, 0.15f}};
/* Nor do samples scatter by more within a block: of an idling engine on a soft bracket; of a part of ordinary
 * noise, and no road. */
static const float scatter[][2] = {{0.0f, 0.0f}, {0.012f, 0.12f}, {0.1f, 1.0f}};

/* The vehicle stands and its turn has changed by so much, rad/s: it is being turned, by a turntable or a
 * ferry, now or before, and nobody knows when. */
static const float turned_round_radps = 0.01f;
/* Of the block under way that is told after this, s. */
static const double turned_after_s = 1.0;

/* A gyro is off by no more than so many times what is set as one sigma; what turns faster is turned. */
static const float most_sigmas = 3.0f;

/* What averages do not show, one sigma: the earth's turn (7e-5), a bracket that settles, vibration that is
 * rectified, and otherwise so when the engine no longer idles; rad/s (0.03 deg/s). Too small: the first
 * minute is surer than it is; too large: what rest has shown is learned again. */
static const float bias_floor_radps = 5e-4f;
/* How fast it drifts while a part warms up, one sigma, rad/s^2: 0.015 deg/s/K and 6 K in two minutes, the
 * data sheets of consumer parts. */
static const float drift_radps2 = 1.3e-5f;

static void begin_block(standstill_watch *w)
{
    memset(&w->now, 0, sizeof w->now);
    w->now.word = STANDSTILL_WHEELS;
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

static float variance_of(const standstill_block *b, int i)
{
    double mean = b->sum[i] / (double)b->count;
    return (float)fmax(b->square[i] / (double)b->count - mean * mean, 0.0);
}

static bool is_quiet(const standstill_block *b)
{
    for (int i = 0; i < STANDSTILL_AXES; i++) {
        float most = scatter[b->word][i / 3];
        if (!(variance_of(b, i) <= most * most))
            return false;
    }
    return true;
}

/* Any of the first so many axes. */
static bool differs(const float *a, const float *b, int axes, const float most[2])
{
    for (int i = 0; i < axes; i++) {
        if (!(fabsf(a[i] - b[i]) <= most[i / 3]))
            return true;
    }
    return false;
}

static bool is_likely(const float mean[STANDSTILL_AXES], const imu_settings *set)
{
    const float most[2] = {most_sigmas * (float)set->gyro_bias_sigma_radps, INFINITY};
    const float none[3] = {0.0f, 0.0f, 0.0f};
    return !differs(mean, none, 3, most);
}

static float largest(const float of[3])
{
    return fmaxf(of[0], fmaxf(of[1], of[2]));
}

/* The block before has proved to be at rest. */
static void count_block(standstill_watch *w, int64_t stamp_ns)
{
    w->blocks = fminf(w->blocks + 1.0f, most_blocks);
    for (int i = 0; i < 3; i++) {
        float off = w->before[i] - w->mean[i];
        w->mean[i] += off / w->blocks;
        w->spread2[i] += (w->blocks > 1.0f ? off * off - w->spread2[i] : 0.0f) / w->blocks;
    }
    w->noise2 += (w->before_noise2 - w->noise2) / w->blocks;
    w->counted_ns = stamp_ns;
}

/* What was before says nothing: it was turned, or has changed. */
static void begin_anew(standstill_watch *w)
{
    w->blocks = w->noise2 = 0.0f;
    memset(w->mean, 0, sizeof w->mean);
    memset(w->spread2, 0, sizeof w->spread2);
}

static void mean_of_all(const standstill_block *b, float mean[STANDSTILL_AXES])
{
    for (int i = 0; i < STANDSTILL_AXES; i++)
        mean[i] = mean_of(b, i);
}

static void look_for_turntable(standstill_watch *w, const float mean[STANDSTILL_AXES])
{
    const float most[2] = {turned_round_radps, INFINITY};
    if (w->blocks > 0.0f && differs(mean, w->mean, 3, most))
        begin_anew(w);
}

static void end_block(standstill_watch *w, const imu_settings *set, int64_t stamp_ns)
{
    float mean[STANDSTILL_AXES], variance[3];
    const standstill_word word = w->now.word;
    mean_of_all(&w->now, mean);
    for (int i = 0; i < 3; i++)
        variance[i] = variance_of(&w->now, i);
    look_for_turntable(w, mean);
    const bool agrees = w->kept > 0 && !differs(mean, w->before, STANDSTILL_AXES, steady[word]);
    w->kept = is_quiet(&w->now) && is_likely(mean, set) ? (agrees ? w->kept + 1 : 1) : 0;
    if (w->kept >= agreeing[word]) {
        if (w->blocks > 0.0f && differs(w->before, w->mean, 3, steady[STANDSTILL_WHEELS]))
            begin_anew(w);
        count_block(w, stamp_ns);
    }
    memcpy(w->before, mean, sizeof w->before);
    w->before_noise2 = largest(variance) / (float)w->now.count;
    begin_block(w);
}

static void add(standstill_block *b, const float sample[STANDSTILL_AXES], standstill_word word, double dt_s)
{
    if (b->count == 0)
        memcpy(b->first, sample, sizeof b->first);
    for (int i = 0; i < STANDSTILL_AXES; i++) {
        double off = (double)(sample[i] - b->first[i]);
        b->sum[i] += off;
        b->square[i] += off * off;
    }
    b->count++;
    b->word = word < b->word ? word : b->word;
    b->span_s += dt_s;
}

/* It moves: what was under way is none. */
static void end_rest(standstill_watch *w)
{
    if (w->now.span_s >= turned_after_s) {
        float mean[STANDSTILL_AXES];
        mean_of_all(&w->now, mean);
        look_for_turntable(w, mean);
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
    if (!(dt_s > 0.0 && dt_s <= gap_s) || word == STANDSTILL_NOBODY) {
        end_rest(w);
        return;
    }
    add(&w->now, sample, word, dt_s);
    if (w->now.span_s >= block_s)
        end_block(w, set, stamp_ns);
}

bool standstill_bias(const standstill_watch *w, const imu_settings *set, int64_t now_ns, float bias_radps[3],
                     float *sigma_radps)
{
    const float age_s = (float)((double)(now_ns - w->counted_ns) * 1e-9);
    const float walk = (float)set->gyro_bias_walk_radps_rts, drift = drift_radps2 * age_s;
    if (!(w->blocks > 0.0f) || !(age_s >= 0.0f))
        return false;
    memcpy(bias_radps, w->mean, sizeof w->mean);
    *sigma_radps = sqrtf(bias_floor_radps * bias_floor_radps + largest(w->spread2) + w->noise2 / w->blocks +
                         walk * walk * age_s + drift * drift);
    return true;
}
