#include "fusion/core/claim.h"
#include "fusion/core/core.h"
#include "fusion/core/height.h"
#include "fusion/gnss/gnss_error.h"
#include "fusion/integrity/bank_measure.h"
#include "fusion/integrity/exclusion.h"
#include "fusion/integrity/shift.h"
#include "fusion/map/map_trust.h"

#include <math.h>
#include <string.h>

/* How fast the statistics of a source follow, in measurements. */
static const float statistics_gain = 0.05f;

/* The noise follows the innovations: it grows while NIS over its degrees of freedom is above the target and
 * falls back to what the source claims. A rate (1/s) too small: overconfident for minutes; too large: a
 * single outlier opens the gate. */
static const float scale_rate = 0.1f, scale_target = 1.3f, quiet_target = 0.6f, scale_most = 12.0f,
                   velocity_scale_most = 5.0f;

/* How large the offset of a receiver is that claims nothing is not known, and position_sigma_m holds bad
 * ones; what is new with each fix is seen. So its unrest may be seen to be less by this. */
static const float silent_unrest = 0.5f;

/* A speed that is rejected for this long is no slip any more, s: slips end, a wrong velocity stays. */
static const double relock_velocity_after_s = 2.0;

/* A source of motion of which more than this share is rejected contradicts the filter. */
static const float disagreeing_share = 0.2f;

/* A source of motion that was fused this recently vouches for the filter, s. */
static const double vouch_within_s = 1.0;

verdict verdict_of(const source_run *s, const frame *in, verdict_quantity quantity)
{
    return (verdict){.stamp_ns = in->stamp_ns,
                     .sequence = in->sequence,
                     .source = s->index,
                     .quantity = (uint8_t)quantity,
                     .nis = NAN,
                     .limit = NAN};
}

void core_emit(fusion *c, const verdict *v)
{
    if (c->sinks.verdict)
        c->sinks.verdict(c->sinks.context, v);
}

void core_refuse(fusion *c, source_run *s, const frame *in, verdict_quantity quantity,
                 verdict_decision decision, verdict_reason reason)
{
    verdict v = verdict_of(s, in, quantity);
    v.decision = (uint8_t)decision;
    v.reason = (uint8_t)reason;
    core_emit(c, &v);
}

void core_innovation_covariance(const measurement *m, const projection *j, float s[3][3])
{
    for (int k = 0; k < m->dim; k++) {
        for (int l = 0; l < m->dim; l++)
            s[k][l] = j->s[k][l] + m->noise[k][l];
        float least = j->s[k][k] * (1.0f + 1.0f / COVARIANCE_MAX_GAIN);
        if (s[k][k] < least)
            s[k][k] = least;
    }
}

/* An error that n measurements share must not be averaged away as if each had its own. Together they say as
 * much as one measurement with its variance: where the filter knows h(x) worse than that already (H P H' is
 * large), the first of them counts in full; where it does not, each counts for one in n. Its variance l is
 * raised to l (1 + n l / (l + H P H')), in the gain and not in the gate: NIS is of one measurement. A state
 * for it (Groves 2013, 14.2.4) would be exact, and would cost two more for each source. */
void core_add_lasting(const measurement *m, const projection *j, float s[3][3])
{
    for (int k = 0; k < m->dim; k++) {
        if (m->lasting[k] > 0.0f)
            s[k][k] += m->repeats * m->lasting[k] * m->lasting[k] / (m->lasting[k] + j->s[k][k]);
    }
}

/* Slow sources have fewer measurements to follow by. */
static float scale_step(const source_run *s)
{
    return fminf(fmaxf(scale_rate * s->interval_s, 0.002f), 0.2f);
}

static void follow_noise(float *scale, float least, float most, float step, float ratio, bool doubted)
{
    float loud =
        fminf(fmaxf((*scale - 0.9f) / 0.2f, 0.0f), 1.0f); /* no step at 1, where a hair would decide */
    float target = quiet_target + loud * (scale_target - quiet_target);
    *scale *= 1.0f + (doubted ? 0.1f : 1.0f) * step * (fminf(ratio, 9.0f) - target);
    *scale = fminf(fmaxf(*scale, least), most);
}

/* What was rejected says little of the noise. But a receiver that claims nothing has no claim to break: where
 * no source of motion vouches for the filter, it is what is assumed of the receiver that is wrong. Too small
 * an answer: dead reckoning runs off, while all that the only receiver says is rejected. */
static bool is_disowned(const fusion *c, const source_run *s)
{
    return !s->gnss.silent || gnss_is_settled(s) || core_motion_agrees(c);
}

static void count(const fusion *c, source_run *s, const frame *in, const verdict *v, float nis)
{
    bool rejected = v->decision == DECISION_REJECTED;
    float ratio = fminf(nis / (float)v->dim, 50.0f);
    bool doubted = rejected && is_disowned(c, s);
    s->nis_ratio += statistics_gain * (ratio - s->nis_ratio);
    s->reject_ratio += statistics_gain * ((rejected ? 1.0f : 0.0f) - s->reject_ratio);
    const bool receiver = s->set->kind == SOURCE_GNSS,
               velocity = receiver && v->quantity == QUANTITY_VELOCITY;
    float *scale = velocity ? &s->gnss.velocity_scale : &s->noise_scale;
    float least = velocity ? 1.0f : s->gnss.silent ? silent_unrest * s->least_scale : s->least_scale;
    follow_noise(scale, least, velocity ? velocity_scale_most : scale_most, scale_step(s), ratio, doubted);
    if (receiver && ratio > scale_target && !gnss_is_settled(s))
        s->gnss.worse = fmaxf(s->gnss.worse, *scale);
    if (!rejected)
        s->fused_ns = in->stamp_ns;
}

/* Huber: beyond the robust limit the innovation covariance is widened until NIS is back at it. */
static float robust_weight(float nis, float limit)
{
    return nis > limit ? limit / nis : 1.0f;
}

verdict_decision core_fuse(fusion *c, source_run *s, const frame *in, measurement *m, fuse_how how)
{
    projection j;
    float cov[3][3];
    verdict v = verdict_of(s, in, how.quantity);
    v.dim = (uint8_t)m->dim;
    v.element = how.element;
    v.part = how.part;
    covariance_project(&c->f.p, m, &j);
    core_innovation_covariance(m, &j, cov);
    v.nis = measurement_nis(m, cov);
    v.limit = c->limit.gate[m->dim];
    m->nis = v.nis;
    for (int k = 0; k < m->dim; k++) {
        v.innovation[k] = m->innovation[k];
        v.variance[k] = m->variance[k] = cov[k][k];
    }
    if (s->out.banned && core_is_measured(how.quantity)) {
        v.decision = DECISION_REJECTED;
        v.reason = REASON_FLAGGED;
        exclusion_watch(c, s, in, m, how.quantity);
        core_emit(c, &v);
        return DECISION_REJECTED;
    }
    shift_take(c, s, m, &j, how.quantity);
    if (core_is_absolute(how.quantity))
        map_trust_hear(c, s, m, &j);
    bank_expect(c, s, how);
    if (!(v.nis <= v.limit) && !(how.ungated && isfinite(v.nis))) {
        v.decision = DECISION_REJECTED;
        v.reason = isfinite(v.nis) ? REASON_INNOVATION : REASON_NUMERIC;
    } else {
        v.weight = robust_weight(v.nis, c->limit.robust[m->dim]);
        for (int k = 0; k < m->dim; k++) {
            for (int l = 0; l < m->dim; l++)
                cov[k][l] /= v.weight;
        }
        core_add_lasting(m, &j, cov);
        bool fused = filter_fuse(&c->f, m, &j, cov);
        v.decision = !fused ? DECISION_REJECTED : v.weight < 1.0f ? DECISION_DOWN_WEIGHTED : DECISION_FUSED;
        v.reason = fused ? REASON_NONE : REASON_NUMERIC;
    }
    claim_hear(c, in->stamp_ns, how.quantity, m, (verdict_decision)v.decision);
    bank_measure(c, s, m, how, v.decision == DECISION_FUSED || v.decision == DECISION_DOWN_WEIGHTED);
    if (!how.silent)
        count(c, s, in, &v, isfinite(v.nis) ? v.nis : 1e6f);
    core_emit(c, &v);
    return (verdict_decision)v.decision;
}

bool core_places(const source_run *s)
{
    return s->set->kind == SOURCE_GNSS || s->set->kind == SOURCE_CAMERA || s->set->kind == SOURCE_ROADSIDE;
}

int64_t core_said_place(const source_run *s)
{
    return s->set->kind == SOURCE_RADAR ? s->returned_ns : s->fused_ns;
}

float core_repeats(const source_run *s, float lasts_s)
{
    return 2.0f * lasts_s / fmaxf(s->interval_s, 0.01f);
}

bool core_is_measured(verdict_quantity quantity)
{
    return quantity != QUANTITY_NON_HOLONOMIC && quantity != QUANTITY_TILT;
}

bool core_is_absolute(verdict_quantity quantity)
{
    return quantity == QUANTITY_POSITION || quantity == QUANTITY_LANDMARK || quantity == QUANTITY_LANE ||
           quantity == QUANTITY_RETURN || quantity == QUANTITY_RAIL;
}

float core_horizontal_variance(const fusion *c)
{
    double trace = 0.0;
    for (int i = 0; i < 3; i++)
        trace += (double)covariance_at(&c->f.p, STATE_POSITION + i, STATE_POSITION + i);
    return (float)fmax(trace - covariance_along(&c->f.p, STATE_POSITION, c->f.r_enu_ecef[2]), 0.0);
}

void core_placed(fusion *c, int64_t stamp_ns, bool with_height)
{
    c->absolute_ns = stamp_ns;
    c->since_absolute_m = 0.0;
    if (with_height)
        height_measured(c);
}

void core_keep_since(int64_t *since_ns, bool holds, int64_t now_ns)
{
    *since_ns = !holds ? INT64_MIN : *since_ns == INT64_MIN ? now_ns : *since_ns;
}

void core_keep_streak(int64_t *since_ns, int64_t stamp_ns, verdict_decision decision)
{
    core_keep_since(since_ns, decision == DECISION_REJECTED, stamp_ns);
}

void core_relock_velocity(fusion *c, source_run *s, const frame *in, verdict_decision decision, float off_mps)
{
    if (s->out.banned)
        return;
    core_keep_streak(&s->speed.reject_since_ns, in->stamp_ns, decision);
    if (s->speed.reject_since_ns == INT64_MIN ||
        seconds_between(s->speed.reject_since_ns, in->stamp_ns) < relock_velocity_after_s)
        return;
    for (int i = 0; i < 3; i++)
        core_widen(c, STATE_VELOCITY + i, off_mps * off_mps);
    s->speed.reject_since_ns = in->stamp_ns;
}

/* How far the vehicle moves. Odometry without a scale of its own has it from those that it would vouch for.
 */
static bool measures_motion(const source_run *s)
{
    return s->set->kind == SOURCE_WHEEL || s->set->kind == SOURCE_RADAR ||
           (s->set->kind == SOURCE_ODOMETRY && !s->odometry.scale_free);
}

bool core_motion_contradicts(const fusion *c)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (measures_motion(s) && !s->out.banned && s->fused_ns != INT64_MIN &&
            s->reject_ratio > disagreeing_share)
            return true;
    }
    return false;
}

bool core_motion_agrees(const fusion *c)
{
    bool vouched = false;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        vouched |= measures_motion(s) && !s->out.banned && s->fused_ns != INT64_MIN &&
                   seconds_between(s->fused_ns, c->applied_ns) < vouch_within_s;
    }
    return vouched && !core_motion_contradicts(c);
}
