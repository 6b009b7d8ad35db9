/*
 * A way back for a sub-solution that has lost its way.
 *
 * Beyond 0.3 rad of the filter's attitude a sub-solution takes no bearings (bank_turn.c), and one whose
 * velocity is off by more than it knows refuses positions: without either it runs off, at up to all the speed
 * of the vehicle, and takes the levels along. Which of the two is lost, it or the filter, is told by what is
 * refused. Under its hypothesis all are honest that it does not leave out. Where these see the vehicle in
 * places in which the filter is, and it is not, one after the other, it is the sub-solution that is lost: by
 * a product of errors that its covariance does not hold.
 *
 * So it begins anew at the filter's state, d = 0, and what it stood for is not forgotten: its own
 * covariance P becomes (1 + 1 / K^2) (P + d d'). By Cauchy and Schwarz
 *
 *     |t d| + K sqrt(t P t') <= sqrt(K^2 + 1) sqrt(t P t' + (t d)^2) = K sqrt(t (1 + 1 / K^2) (P + d d') t')
 *
 * in every direction t: its bound is nowhere narrower than it was, and becomes so by what it measures alone.
 */
#include "fusion/integrity/bank_astray.h"

#include "fusion/core/core.h"
#include "fusion/core/initialize.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/bank_carry.h"
#include "fusion/integrity/bank_turn.h"

#include <string.h>

/* It is lost after so many positions and bearings in a row, and this long, s, that it refused and the filter
 * fused. Too few: some that were taken for other things' fit by chance; too many: it runs off meanwhile. */
enum { lost_measurements = 10 };
static const double lost_s = 1.0;

static void hold_separation(covariance *p, const float *d, float missed)
{
    const float more = 1.0f + 1.0f / (missed * missed);
    for (int i = 0; i < p->n; i++) {
        float *row = covariance_row(p, i);
        for (int j = 0; j < p->n; j++)
            row[j] = more * (row[j] + d[i] * d[j]);
    }
}

static void begin_anew(fusion *c, int h)
{
    bank_hypothesis *of = &c->bank.of[h];
    covariance p = bank_covariance(c, h);
    float *d = bank_error(c, h);
    vec3 back;
    glm_vec3_negate_to(d + STATE_VELOCITY, back);
    if (of->alone)
        filter_turn_course(&p, back);
    of->alone = !bank_has_gyro(c, of);
    hold_separation(&p, d, of->missed);
    memset(d, 0, (size_t)p.stride * sizeof *d);
    memset(of->drive, 0, sizeof of->drive);
    of->live_looks = of->accused = false;
    of->doubt = 0.0f;
    of->anchor_ns = c->f.stamp_ns;
}

void bank_astray_refuse(fusion *c, int h, verdict_quantity quantity, bool fused)
{
    bank_hypothesis *of = &c->bank.of[h];
    if (!core_is_absolute(quantity))
        return;
    if (!fused) {
        bank_astray_find(of);
        return;
    }
    if (of->refused++ == 0)
        of->refused_ns = c->f.stamp_ns;
    if (of->refused < lost_measurements || seconds_between(of->refused_ns, c->f.stamp_ns) < lost_s)
        return;
    begin_anew(c, h);
    bank_astray_find(of);
}

void bank_astray_realign(fusion *c, int h, verdict_quantity quantity, bool fused)
{
    covariance p = bank_covariance(c, h);
    if (quantity == QUANTITY_VELOCITY && fused && bank_is_astray(bank_error(c, h)) &&
        filter_speed(&c->f) > c->set.filter.init_heading_speed_mps && initialize_is_lost(c, &p))
        begin_anew(c, h);
}

void bank_astray_find(bank_hypothesis *of)
{
    of->refused = 0;
    of->refused_ns = INT64_MIN;
}
