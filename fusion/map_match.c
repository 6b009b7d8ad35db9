#include "fusion/map_match.h"

#include <math.h>
#include <string.h>

static const float log_two_pi = 1.8378771f;

/* A hypothesis that is behind the best by this factor's logarithm (6e-6) is dropped. Too small: close seconds
 * are forgotten; too large: time. */
static const float hopeless = 12.0f;

/* One more row of the factor, for innovation `row` (of pair * MATCH_DIM + k). Returns false when the
 * covariance is not positive definite. */
static bool add_row(const match_problem *m, match_hypothesis *h, int row)
{
    const int n = h->rows;
    float sum, diagonal = m->covariance[row][row], u = m->pairs[row / MATCH_DIM].innovation[row % MATCH_DIM];
    for (int j = 0; j < n; j++) {
        int other = h->pairs[j / MATCH_DIM] * MATCH_DIM + j % MATCH_DIM;
        sum = m->covariance[row][other];
        for (int k = 0; k < j; k++)
            sum -= h->factor[n][k] * h->factor[j][k];
        h->factor[n][j] = sum / h->factor[j][j];
        diagonal -= h->factor[n][j] * h->factor[n][j];
        u -= h->factor[n][j] * h->white[j];
    }
    if (!(diagonal > 0.0f))
        return false;
    h->factor[n][n] = sqrtf(diagonal);
    h->white[n] = u / h->factor[n][n];
    h->log_weight -= 0.5f * (h->white[n] * h->white[n] + log_two_pi) + logf(h->factor[n][n]);
    h->rows++;
    return true;
}

static bool holds_element(const match_problem *m, const match_hypothesis *h, uint32_t element)
{
    for (int i = 0; i < h->rows / MATCH_DIM; i++) {
        if (m->pairs[h->pairs[i]].element == element)
            return true;
    }
    return false;
}

/* Into the beam by weight, unless it is full of better ones. */
static void keep(match_hypothesis *beam, int *count, const match_hypothesis *h)
{
    int at = *count;
    for (int i = 0; i < *count; i++) {
        if (h->log_weight < beam[i].log_weight - hopeless)
            return;
    }
    if (at == MATCH_BEAM) {
        int worst = 0;
        for (int i = 1; i < MATCH_BEAM; i++) {
            if (beam[i].log_weight < beam[worst].log_weight)
                worst = i;
        }
        if (!(h->log_weight > beam[worst].log_weight))
            return;
        at = worst;
    } else {
        (*count)++;
    }
    beam[at] = *h;
}

/* The hypothesis with its next detection paired; false: it cannot be. */
static bool extend(const match_problem *m, match_hypothesis *h, int detection, int pair)
{
    h->choice[detection] = pair;
    if (holds_element(m, h, m->pairs[pair].element))
        return false;
    h->log_weight += m->pairs[pair].log_prior;
    int at = h->rows / MATCH_DIM;
    h->pairs[at] = pair;
    return add_row(m, h, pair * MATCH_DIM) && add_row(m, h, pair * MATCH_DIM + 1) && isfinite(h->log_weight);
}

static void weigh(match_problem *m, const match_hypothesis *beam, int count)
{
    float most = -INFINITY, sum = 0.0f;
    for (int i = 0; i < count; i++)
        most = fmaxf(most, beam[i].log_weight);
    for (int p = 0; p < m->pair_count; p++)
        m->pairs[p].probability = 0.0f;
    for (int i = 0; i < count; i++) {
        float weight = expf(beam[i].log_weight - most);
        sum += weight;
        for (int d = 0; d < m->detections; d++) {
            if (beam[i].choice[d] >= 0)
                m->pairs[beam[i].choice[d]].probability += weight;
        }
    }
    for (int p = 0; p < m->pair_count; p++)
        m->pairs[p].probability /= sum;
}

void match_solve(match_problem *m)
{
    int count = 1, next = 0;
    match_hypothesis trial;
    memset(&m->beam[0][0], 0, sizeof m->beam[0][0]);
    for (int d = 0; d < m->detections; d++) {
        const match_hypothesis *from = m->beam[d % 2];
        match_hypothesis *to = m->beam[(d + 1) % 2];
        int first = next, kept = 0;
        while (next < m->pair_count && m->pairs[next].detection == d)
            next++;
        for (int i = 0; i < count; i++) {
            trial = from[i];
            trial.choice[d] = -1;
            trial.log_weight += m->log_nothing[d];
            keep(to, &kept, &trial);
            for (int p = first; p < next; p++) {
                trial = from[i];
                if (extend(m, &trial, d, p))
                    keep(to, &kept, &trial);
            }
        }
        count = kept;
    }
    weigh(m, m->beam[m->detections % 2], count);
}
