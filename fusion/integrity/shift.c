/* Means of what innovations say of calibrations and offsets, kept as measurements come. */
#include "fusion/integrity/shift.h"

#include "fusion/core/core.h"
#include "fusion/integrity/pace.h"
#include "fusion/integrity/shift_watch.h"
#include "fusion/motion/vehicle.h"

#include <math.h>
#include <string.h>

/* One measurement moves a mean of n by no more than a quarter of its sigma, and may always count for these:
 * outliers come alone, shifts do not. Too small: a large shift is taken for a small one; too large: a single
 * outlier is a shift. */
static const float least_clip = 3.0f, clip_share = 0.25f;

/* What the last moments say of the velocity is forgotten so many times as fast as all else: within half a
 * second. */
static const float pace_fades = 8.0f;

const shift_row shift_rows[SHIFT_ROWS] = {
    {SOURCE_GNSS, GNSS_LATENCY, FAULT_LATENCY_SHIFT, 0.02f},
    {SOURCE_WHEEL, WHEEL_SCALE, FAULT_BIASED, 0.002f},
    {SOURCE_WHEEL, WHEEL_LATENCY, FAULT_LATENCY_SHIFT, 0.02f},
    {SOURCE_RADAR, RADAR_YAW, FAULT_EXTRINSIC_SHIFT, 0.005f},
    {SOURCE_RADAR, RADAR_SCALE, FAULT_BIASED, 0.005f},
    {SOURCE_RADAR, RADAR_LATENCY, FAULT_LATENCY_SHIFT, 0.02f},
    {SOURCE_CAMERA, CAMERA_LATENCY, FAULT_LATENCY_SHIFT, 0.01f},
    {SOURCE_CAMERA, CAMERA_TURN, FAULT_EXTRINSIC_SHIFT, 0.005f},
    {SOURCE_CAMERA, CAMERA_TURN + 2, FAULT_EXTRINSIC_SHIFT, 0.005f},
};

int shift_next_row(const source_run *s, int row)
{
    while (row < SHIFT_ROWS && (shift_rows[row].state >= s->own_states || shift_rows[row].of != s->set->kind))
        row++;
    return row;
}

static float state_value(const fusion *c, int state)
{
    return (float)c->f.source[state - STATE_SOURCES];
}

void shift_reset(fusion *c, source_run *s)
{
    memset(&s->shift, 0, sizeof s->shift);
    shift_state *of = s->shift.state;
    for (int row = shift_next_row(s, 0); row < SHIFT_ROWS; row = shift_next_row(s, row + 1), of++) {
        int state = s->first_state + shift_rows[row].state;
        of->learned = state_value(c, state);
        of->variance = covariance_at(&c->f.p, state, state);
        of->first = sqrtf(of->variance);
    }
}

void shift_learn_anew(fusion *c, source_run *s)
{
    const pace_watch against = s->shift.against;
    shift_reset(c, s);
    s->shift.against = against;
}

float shift_mean_of(const shift_mean *m)
{
    return m->sum / m->weight;
}

float shift_mean_variance(const shift_mean *m)
{
    return (m->square + m->shared * m->shared) / (m->weight * m->weight);
}

static void fade(shift_mean *m, float keep)
{
    m->weight *= keep;
    m->sum *= keep;
    m->square *= keep * keep;
    m->shared *= keep;
}

void shift_fade(source_run *s, float keep)
{
    shift_watch *w = &s->shift;
    for (int i = 0; i < SHIFT_STATES; i++)
        fade(&w->state[i].now, keep);
    for (int q = 0; q < SHIFT_QUANTITIES; q++) {
        for (int k = 0; k < SHIFT_AXES; k++)
            fade(&w->offset[q][k], keep);
    }
    for (int a = 0; a < 2; a++)
        fade(&w->velocity[a], keep);
    fade(&w->pace, powf(keep, pace_fades));
}

/* How many values a mean is of, as far as they are not forgotten. */
static float count_of(const shift_mean *m)
{
    return m->square > 0.0f ? m->weight * m->weight / m->square : 0.0f;
}

static float clipped(float sigmas, float count)
{
    float most = fmaxf(least_clip, clip_share * count);
    return fminf(fmaxf(sigmas, -most), most);
}

/* The measurement's value k as the means take it: off by `seen`, of which a part of variance `lasting` is
 * shared with others. */
typedef struct {
    float seen[3], lasting[3];
} intake;

/* What lasts: what the measurement says so of, and the source's own slow errors. */
static float lasting_variance(const fusion *c, const measurement *m, int k)
{
    float sum = m->lasting[k];
    for (int i = 0; i < m->columns; i++) {
        if (m->index[i] < STATE_SOURCES)
            continue;
        const slow_state *slow = &c->f.slow[m->index[i] - STATE_SOURCES];
        if (slow->rate > 0.0f)
            sum += m->h[i][k] * m->h[i][k] * slow->stationary;
    }
    return sum;
}

/* A value that is off by h times the error of what is averaged, whose present estimate is `value`; the rest
 * of it has variance `rest`, or more where it scatters about the mean by more. */
static void take(shift_mean *to, float value, float h, float seen, float rest, float lasting)
{
    float weight = h * h / rest, scatter = to->weight > 0.0f ? seen + h * (value - shift_mean_of(to)) : 0.0f;
    to->weight += weight;
    to->sum += h * seen / rest + weight * value;
    to->square += weight * fmaxf(1.0f, scatter * scatter / rest);
    to->shared += fabsf(h) / rest * sqrtf(lasting);
}

/* What an error of a state does to a measurement is what the covariance says that it does: where the velocity
 * follows a speed, most of what that speed is off is in the velocity already. */
static void take_states(const fusion *c, source_run *s, const measurement *m, const projection *j,
                        const intake *in)
{
    shift_state *of = s->shift.state;
    for (int row = shift_next_row(s, 0); row < SHIFT_ROWS; row = shift_next_row(s, row + 1), of++) {
        int state = s->first_state + shift_rows[row].state;
        float own = covariance_at(&c->f.p, state, state), value = state_value(c, state);
        for (int k = 0; own > 0.0f && k < m->dim; k++) {
            float h = j->y[k][state] / own, rest = fmaxf(m->variance[k] - h * h * own, m->noise[k][k]);
            take(&of->now, value, h, in->seen[k], rest, in->lasting[k]);
        }
    }
}

/* How far off the velocity is, along the vehicle and across. */
static void take_velocity(fusion *c, source_run *s, const measurement *m, const intake *in)
{
    double r[3][3];
    float forward[3] = {0.0f, 0.0f, 0.0f};
    vehicle_rotation(&c->f, r);
    for (int k = 0; k < m->dim; k++) {
        float h[2] = {0.0f, 0.0f};
        for (int i = 0; i < m->columns; i++) {
            int axis = m->index[i] - STATE_VELOCITY;
            for (int a = 0; axis >= 0 && axis < 3 && a < 2; a++)
                h[a] += m->h[i][k] * (float)r[axis][a];
        }
        for (int a = 0; a < 2; a++)
            take(&s->shift.velocity[a], 0.0f, h[a], in->seen[k], m->variance[k], in->lasting[k]);
        take(&s->shift.pace, 0.0f, h[0], in->seen[k], m->variance[k], in->lasting[k]);
        forward[k] = h[0];
    }
    pace_take(c, s, m, forward, in->seen, c->f.stamp_ns);
}

void shift_take(fusion *c, source_run *s, const measurement *m, const projection *j,
                verdict_quantity quantity)
{
    if (!core_is_measured(quantity) || quantity == QUANTITY_STANDSTILL || quantity == QUANTITY_ZERO_RATE ||
        quantity == QUANTITY_RETURN || quantity == QUANTITY_RAIL)
        return;
    bool second = quantity == QUANTITY_VELOCITY || quantity == QUANTITY_HEADING || quantity == QUANTITY_LANE;
    intake in;
    for (int k = 0; k < m->dim; k++) {
        shift_mean *offset = &s->shift.offset[second][k];
        float sigma = sqrtf(m->variance[k]);
        float sigmas = clipped(m->innovation[k] / sigma, count_of(offset));
        in.seen[k] = sigmas * sigma;
        in.lasting[k] = lasting_variance(c, m, k);
        take(offset, 0.0f, 1.0f, sigmas, 1.0f, in.lasting[k] / m->variance[k]);
    }
    take_states(c, s, m, j, &in);
    if (quantity == QUANTITY_VELOCITY || quantity == QUANTITY_SPEED || quantity == QUANTITY_EGO_VELOCITY)
        take_velocity(c, s, m, &in);
}
