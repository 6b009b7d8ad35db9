#include "fusion/map/map_match.h"

#include <math.h>

static const float log_two_pi = 1.8378771f;

/* A hypothesis that is behind the best by this factor's logarithm (6e-6) is dropped. Too small: close seconds
 * are forgotten; too large: time. */
static const float hopeless = 12.0f;

/* What a hypothesis would be with one more detection decided. */
typedef struct {
    float log_weight;
    int16_t from, pair; /* of the beam; -1: nothing of the map */
} trial;

_Static_assert(MATCH_ELEMENTS <= 64, "each has a bit of what a hypothesis has taken");

typedef struct {
    int count, worst;
    float most;
    trial of[MATCH_BEAM];
} trials;

/* An innovation against what a node predicts: what is left of it, and its covariance. */
typedef struct {
    float a, b, s00, s01, s11;
} residual;

static residual compare(const match_problem *m, const match_node *n, const match_pair *p)
{
    const int four = m->column[p->element] / 4, at = m->column[p->element] % 4;
    return (residual){.a = p->innovation[0] - n->mean[0][four][at],
                      .b = p->innovation[1] - n->mean[1][four][at],
                      .s00 = n->variance[0][four][at] + p->noise[0],
                      .s01 = n->across[four][at],
                      .s11 = n->variance[1][four][at] + p->noise[1]};
}

static float determinant(const residual *r)
{
    return r->s00 * r->s11 - r->s01 * r->s01;
}

/* Its log density; not finite when the covariance is not positive definite. */
static float log_density(const residual *r)
{
    float det = determinant(r);
    float nis = (r->s11 * r->a * r->a - 2.0f * r->s01 * r->a * r->b + r->s00 * r->b * r->b) / det;
    return r->s00 > 0.0f && det > 0.0f ? -0.5f * (nis + logf(det)) - log_two_pi : NAN;
}

/* ---- which hypotheses last */

static void find_worst(trials *t)
{
    t->worst = 0;
    for (int i = 1; i < t->count; i++) {
        if (t->of[i].log_weight < t->of[t->worst].log_weight)
            t->worst = i;
    }
}

/* Among the best, unless there are enough of better ones. */
static void keep(trials *t, float log_weight, int from, int pair)
{
    if (!(log_weight >= t->most - hopeless))
        return;
    t->most = fmaxf(t->most, log_weight);
    int at = t->count;
    if (t->count < MATCH_BEAM)
        t->count++;
    else if (log_weight > t->of[t->worst].log_weight)
        at = t->worst;
    else
        return;
    t->of[at] = (trial){.log_weight = log_weight, .from = (int16_t)from, .pair = (int16_t)pair};
    if (t->count == MATCH_BEAM)
        find_worst(t);
}

/* ---- the pairings of a hypothesis */

static match_four splat(float v)
{
    return (match_four){v, v, v, v};
}

/* Takes out of the rows of a pairing with the element at `column` what those of one before it explain. */
static void reduce(match_node *n, match_node *o, int column, int fours)
{
    const int four = column / 4, at = column % 4;
    const match_four f00 = splat(o->row[0][0][four][at]), f01 = splat(o->row[1][0][four][at]);
    const match_four f10 = splat(o->row[0][1][four][at]), f11 = splat(o->row[1][1][four][at]);
    for (int i = 0; i < fours; i++) {
        for (int axis = 0; axis < MATCH_DIM; axis++) {
            const match_four x = o->row[0][axis][i], y = o->row[1][axis][i];
            n->row[0][axis][i] = n->row[0][axis][i] - f00 * x - f01 * y;
            n->row[1][axis][i] = n->row[1][axis][i] - f10 * x - f11 * y;
        }
    }
}

/* A row of the factor is done, but for its scale; with the innovation that goes with it, whitened, it says of
 * all elements. */
static void finish(match_node *n, int k, float scale, float white, int fours)
{
    const match_four f = splat(scale), w = splat(white);
    for (int i = 0; i < fours; i++) {
        const match_four x = n->row[k][0][i] * f, y = n->row[k][1][i] * f;
        n->row[k][0][i] = x;
        n->row[k][1][i] = y;
        n->mean[0][i] += w * x;
        n->mean[1][i] += w * y;
        n->variance[0][i] -= x * x;
        n->variance[1][i] -= y * y;
        n->across[i] -= x * y;
    }
}

static void copy(match_row *to, match_row *from, int rows, int fours)
{
    for (int r = 0; r < rows; r++) {
        for (int i = 0; i < fours; i++)
            to[r][i] = from[r][i];
    }
}

/* The two rows of the factor that a pairing adds: L^-1 times its covariance with all elements. */
static void extend(match_problem *m, match_node *n, const match_pair *p, int fours)
{
    match_node *before = &m->nodes[n->before];
    const int column = m->column[p->element];
    const residual r = compare(m, before, p);
    const float l00 = sqrtf(r.s00), l10 = r.s01 / l00, l11 = sqrtf(determinant(&r)) / l00;
    const float white = r.a / l00;
    copy(n->mean, before->mean, MATCH_DIM, fours);
    copy(n->variance, before->variance, MATCH_DIM, fours);
    copy(&n->across, &before->across, 1, fours);
    for (int k = 0; k < MATCH_DIM; k++)
        copy(n->row[k], m->prior[column][k], MATCH_DIM, fours);
    for (int i = n->before; i > 0; i = m->nodes[i].before)
        reduce(n, &m->nodes[i], column, fours);
    finish(n, 0, 1.0f / l00, white, fours);
    for (int i = 0; i < fours; i++) {
        n->row[1][0][i] -= splat(l10) * n->row[0][0][i];
        n->row[1][1][i] -= splat(l10) * n->row[0][1][i];
    }
    finish(n, 1, 1.0f / l11, (r.b - l10 * white) / l11, fours);
}

/* The hypothesis that a trial makes of the one that it comes from. */
static void take(match_problem *m, int detection, const match_hypothesis *from, const trial *t,
                 match_hypothesis *to)
{
    const int fours = m->fours[detection];
    *to = *from;
    to->log_weight = t->log_weight;
    to->choice[detection] = t->pair;
    if (t->pair < 0 || fours == 0)
        return;
    const match_pair *p = &m->pairs[t->pair];
    to->taken |= UINT64_C(1) << p->element;
    to->node = m->node_count++;
    m->nodes[to->node].before = from->node;
    extend(m, &m->nodes[to->node], p, fours);
}

/* ---- detection after detection */

/* Elements that are in question longest get the first columns, so that what is needed of a row gets shorter.
 * Returns how many there are, and which each column is. */
static int order(match_problem *m, int element[MATCH_ELEMENTS])
{
    int count = 0;
    uint64_t known = 0;
    for (int d = m->detections - 1, p = m->pair_count - 1; d >= 0; d--) {
        m->fours[d] = (count + 3) / 4;
        for (; p >= 0 && m->pairs[p].detection == d; p--) {
            const int e = m->pairs[p].element;
            if (known >> e & 1)
                continue;
            known |= UINT64_C(1) << e;
            m->column[e] = (uint8_t)count;
            element[count++] = e;
        }
    }
    return count;
}

/* The covariance by columns, and the node of no pairing at all. What is beyond the last column is not read.
 */
static void lay_out(match_problem *m)
{
    int element[MATCH_ELEMENTS];
    const int count = order(m, element);
    match_node *root = &m->nodes[0];
    for (int i = 0; i < count; i++) {
        const int four = i / 4, at = i % 4;
        for (int k = 0; k < MATCH_DIM; k++) {
            const float *row = m->covariance[MATCH_DIM * element[i] + k];
            for (int j = 0; j < count; j++) {
                m->prior[i][k][0][j / 4][j % 4] = row[MATCH_DIM * element[j]];
                m->prior[i][k][1][j / 4][j % 4] = row[MATCH_DIM * element[j] + 1];
            }
            root->mean[k][four][at] = 0.0f;
            root->variance[k][four][at] = row[MATCH_DIM * element[i] + k];
        }
        root->across[four][at] = m->prior[i][0][1][four][at];
    }
    m->node_count = 1;
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

/* All that the hypotheses can become with the pairs from `first` to before `next`. */
static void try_all(const match_problem *m, const match_hypothesis *from, int count, int detection, int first,
                    int next, trials *t)
{
    *t = (trials){.most = -INFINITY};
    for (int i = 0; i < count; i++) {
        keep(t, from[i].log_weight + m->log_nothing[detection], i, -1);
        for (int p = first; p < next; p++) {
            const match_pair *pair = &m->pairs[p];
            if (from[i].taken >> pair->element & 1)
                continue;
            const residual r = compare(m, &m->nodes[from[i].node], pair);
            keep(t, from[i].log_weight + pair->log_prior + log_density(&r), i, p);
        }
    }
}

void match_solve(match_problem *m)
{
    int count = 1, next = 0;
    lay_out(m);
    m->beam[0][0] = (match_hypothesis){.node = 0};
    for (int d = 0; d < m->detections; d++) {
        const match_hypothesis *from = m->beam[d % 2];
        match_hypothesis *to = m->beam[(d + 1) % 2];
        const int first = next;
        trials t;
        while (next < m->pair_count && m->pairs[next].detection == d)
            next++;
        try_all(m, from, count, d, first, next, &t);
        count = 0;
        for (int i = 0; i < t.count; i++) {
            if (t.of[i].log_weight >= t.most - hopeless)
                take(m, d, &from[t.of[i].from], &t.of[i], &to[count++]);
        }
    }
    weigh(m, m->beam[m->detections % 2], count);
}
