/* What has moved away from what was learned, whose doing it is, and what follows. */
#include "fusion/integrity/shift_judge.h"

#include "fusion/core/core.h"
#include "fusion/core/monitor.h"
#include "fusion/inertial/inertial_leapt.h"
#include "fusion/inertial/inertial_slide.h"
#include "fusion/inertial/inertial_turn.h"
#include "fusion/integrity/acquit.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/blame.h"
#include "fusion/integrity/pace.h"
#include "fusion/integrity/shift.h"
#include "fusion/integrity/shift_watch.h"
#include "fusion/sight/fiducials.h"

#include <math.h>
#include <string.h>

/* How fast the means forget, s. Too small: noise hides a shift; too large: the filter has given way before
 * the mean shows it, and the flag stands long after. */
static const float forget_s = 4.0f;

/* What was learned follows the filter at once while that still learns, its variance having fallen below this
 * share; then this slowly, s, and not at all while something speaks against it. */
static const float learning_share = 0.7f, learn_s = 30.0f, quiet_sigmas = 2.0f;

/* A shift or an offset is one from so many sigmas on: with 4 one flag rose in 600 simulated drives (15 hours)
 * without a fault, with 4.5 none. Too large: small shifts take long to show. */
static const float limit_sigmas = 4.5f;

/* What another flag says of a source may have moved a calibration when it has stood for so long, s: slips and
 * reflections end. */
static const double patience_s = 5.0;

/* So long after a source's flag has cleared no other is accused, s. Too small: a radar whose scale gives way
 * to a receiver that leads the pose away no longer holds it; too large: a second fault is seen late. */
static const double accused_s = 20.0;

/* One sigma of an offset that does no harm, in sigmas of one innovation. */
static const float offset_tolerance = 0.3f;

/* A calibration that explains this share of what a constant offset does is the better answer. */
static const float specific_share = 0.7f;

/* What is off by more of what was known at first is no latency, scale or turn of a mount. */
static const float most_firsts = 12.0f;

/* After dead reckoning, or when the pose has been set anew, nothing is held against it for so long, s: what
 * moves then is the pose. */
static const double settle_s = 8.0;

/* An offset of the velocity does no harm below this, m/s, one sigma. Sources that are off by so many
 * sigmas say something of each other; two agree when one has this share of the other's. */
static const float velocity_tolerance_mps = 0.01f, company_sigmas = 1.0f, company_share = 0.4f;

/* A speed that is off is seconded by what is beyond chance. */
static const float seconded_sigmas = 2.0f;

/* The same to the side, of another source, where a gyro may be what is off. */
static const float doubted_sigmas = 1.5f;

/* What an input that is off may be off by, m/s^2, one sigma: half of what it is left out for. */
static const float input_mps2 = 0.3f;

/* The least of that which makes it the input's doing that several agree. Too small: a receiver that drags the
 * filter is taken for an input; too large: an input's fault is named late. */
static const float pushed_mps2 = 0.22f;

/* It is plain that a receiver is late, or led away, and that it is not the speed, when it has been for so
 * long, s: a turn goes with what begins in it, whoever's it is, and no longer with what lasts after it. */
static const double plain_late_s = 1.5, plain_led_s = 5.0;

/* A receiver speaks that was heard this recently, s. */
static const double speaks_s = 2.0;

/* So long after the bank has cleared a source nothing is held against it, s: the means remember for as long.
 */
static const double acquitted_s = 10.0;

/* What fits the measurements of a source better than what was learned. */
typedef struct {
    fault_code code;
    float sigmas;       /* 0: nothing does */
    float gain;         /* of twice the log-likelihood */
    shift_state *state; /* that has moved; NULL: none */
    int index;          /* of it in the error state */
    float off;          /* by so much */
} finding;

bool shift_explains(const source_run *s)
{
    return fault_is_raised(&s->faults, FAULT_BIASED) || fault_is_raised(&s->faults, FAULT_LATENCY_SHIFT) ||
           fault_is_raised(&s->faults, FAULT_EXTRINSIC_SHIFT);
}

static void learn(const fusion *c, shift_state *of, int state, float sigmas, float dt_s)
{
    float value = (float)c->f.source[state - STATE_SOURCES], variance = covariance_at(&c->f.p, state, state);
    if (!(fabsf(sigmas) < quiet_sigmas))
        return;
    float gain = variance < learning_share * of->variance ? 1.0f : dt_s / learn_s;
    of->learned += gain * (value - of->learned);
    of->variance += gain * (variance - of->variance);
}

static void look_at_state(fusion *c, const source_run *s, shift_state *of, const shift_row *row, float dt_s,
                          finding *best)
{
    int state = s->first_state + row->state;
    float off = 0.0f, variance = 1.0f, sigmas = 0.0f;
    if (c->f.considered >> state & 1) /* nothing shows it */
        return;
    if (of->now.weight > 0.0f) {
        off = shift_mean_of(&of->now) - of->learned;
        variance = shift_mean_variance(&of->now);
        sigmas = off / sqrtf(of->variance + variance + row->tolerance * row->tolerance);
    }
    learn(c, of, state, sigmas, dt_s);
    float gain = off * off / variance;
    if (fabsf(sigmas) > limit_sigmas && fabsf(off) < most_firsts * of->first && gain > best->gain)
        *best = (finding){row->code, fabsf(sigmas), gain, of, state, off};
}

/* Height is what the pose knows worst, and nobody else tells it: it is not held against a source. */
static bool tells_height(const source_run *s, int quantity, int axis)
{
    return (s->set->kind == SOURCE_GNSS && axis == 2) ||
           (s->set->kind == SOURCE_CAMERA && quantity == 0 && axis == 1);
}

/* For how long, s, another flag has said that the source's measurements are off; 0: none does. */
static double known_for_s(const source_run *s, int64_t now_ns)
{
    static const fault_code known[] = {FAULT_JUMP,     FAULT_SLIP,     FAULT_SPOOFED,
                                       FAULT_REJECTED, FAULT_EXCLUDED, FAULT_MULTIPATH};
    double longest = 0.0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (fault_is_raised(&s->faults, known[i]))
            longest = fmax(longest, seconds_between(s->faults.flags[known[i]].raised_ns, now_ns));
    }
    return longest;
}

static void look_at_offsets(const source_run *s, finding *best)
{
    for (int i = 0; i < SHIFT_QUANTITIES * SHIFT_AXES; i++) {
        int quantity = i / SHIFT_AXES, axis = i % SHIFT_AXES;
        const shift_mean *m = &s->shift.offset[quantity][axis];
        if (!(m->weight > 0.0f) || tells_height(s, quantity, axis))
            continue;
        float off = shift_mean_of(m), variance = shift_mean_variance(m), gain = off * off / variance;
        float sigmas = fabsf(off) / sqrtf(variance + offset_tolerance * offset_tolerance);
        if (sigmas > limit_sigmas && specific_share * gain > best->gain)
            *best = (finding){.code = FAULT_BIASED, .sigmas = sigmas, .gain = gain};
    }
}

/* One cause has one flag: what another one says already is no offset, and a calibration that has moved only
 * when it lasts. The mean of much noise is neither. */
static finding look_at(fusion *c, source_run *s, int64_t now_ns, float dt_s)
{
    finding best = {.sigmas = 0.0f};
    shift_state *of = s->shift.state;
    double known = known_for_s(s, now_ns);
    for (int row = shift_next_row(s, 0); row < SHIFT_ROWS; row = shift_next_row(s, row + 1), of++)
        look_at_state(c, s, of, &shift_rows[row], dt_s, &best);
    look_at_offsets(s, &best);
    bool other = known > 0.0 && !shift_explains(s) && (!best.state || known < patience_s);
    return other || fault_is_raised(&s->faults, FAULT_NOISY) || s->out.banned || !monitor_allows(s)
               ? (finding){.sigmas = 0.0f}
               : best;
}

/* ---- whose doing it is */

enum { FORWARD, LEFT };

static float velocity_sigmas(const source_run *s, int axis)
{
    const shift_mean *m = &s->shift.velocity[axis];
    if (!(m->weight > 0.0f))
        return 0.0f;
    return shift_mean_of(m) / sqrtf(shift_mean_variance(m) + velocity_tolerance_mps * velocity_tolerance_mps);
}

/* What others say while one source has it that the filter is too fast, or too slow. A source that is off
 * drags the filter, which the others then see the other way round; an input that is off, all see alike. */
typedef enum {
    ALONE,
    AGREED,   /* another says the same, by as much, and none the opposite */
    OUTVOTED, /* another says the same, and a third is what drags the filter */
} company;

static company company_of(const fusion *c, const source_run *s)
{
    float own = velocity_sigmas(s, FORWARD);
    bool agrees = false, opposes = false;
    for (size_t i = 0; fabsf(own) > company_sigmas && i < c->source_count; i++) {
        const source_run *other = &c->source[i];
        float says = velocity_sigmas(other, FORWARD);
        if (other == s || !(fabsf(says) > company_sigmas))
            continue;
        opposes |= says * own < 0.0f;
        agrees |=
            shift_mean_of(&other->shift.velocity[FORWARD]) / shift_mean_of(&s->shift.velocity[FORWARD]) >
            company_share;
    }
    return !agrees ? ALONE : opposes ? OUTVOTED : AGREED;
}

bool shift_is_seconded(const fusion *c, const source_run *s)
{
    if (!(s->shift.pace.weight > 0.0f))
        return false;
    float own = shift_mean_of(&s->shift.pace);
    for (size_t i = 0; i < c->source_count; i++) {
        const shift_mean *m = &c->source[i].shift.pace;
        if (&c->source[i] == s || !(m->weight > 0.0f))
            continue;
        float says = shift_mean_of(m), sigma = sqrtf(shift_mean_variance(m));
        if (fabsf(says) > seconded_sigmas * sigma && says / own > company_share)
            return true;
    }
    return false;
}

/* Another source has the velocity off to the side as well: a gyro may be off. Then only receivers are blamed,
 * which are likelier to be. */
static bool turn_is_doubted(const fusion *c, const source_run *s)
{
    bool doubted = false;
    for (size_t i = 0; c->inertial_source >= 0 && s->set->kind != SOURCE_GNSS && i < c->source_count; i++)
        doubted |= &c->source[i] != s && fabsf(velocity_sigmas(&c->source[i], LEFT)) > doubted_sigmas;
    return doubted;
}

/* The sub-solution without the IMU that drives the filter; NULL: none. */
static const bank_hypothesis *without_imu(const fusion *c)
{
    const bank_hypothesis *of = bank_undriven(c);
    return of && c->source[c->inertial_source].set->kind == SOURCE_IMU ? of : NULL;
}

/* The sub-solution without the input has that off by so much, m/s^2, in the direction in which this source
 * has the velocity off. */
static bool input_pushes(const fusion *c, const source_run *s, float least_mps2)
{
    const bank_hypothesis *of = without_imu(c);
    return of && velocity_sigmas(s, FORWARD) * of->drive[3] < 0.0f && fabsf(of->drive[3]) > least_mps2;
}

/* A source that stands alone with it that the velocity is off, forward before all: so has the sub-solution
 * without the input the input, the same way. A receiver that is led away changes its velocity once, an input
 * that is off changes it for ever. */
static bool input_explains(const fusion *c, const source_run *s, const finding *f)
{
    float says = fabsf(velocity_sigmas(s, FORWARD));
    if (f->code != FAULT_BIASED || says < company_sigmas || says < fabsf(velocity_sigmas(s, LEFT)))
        return false;
    return input_pushes(c, s, input_mps2);
}

/* Several agree against the filter: it is the input, unless the sub-solution without it says that this is
 * not off. */
static bool input_may_explain(const fusion *c, const source_run *s)
{
    return !without_imu(c) || input_pushes(c, s, pushed_mps2);
}

/* What is found of it is the input's doing. Where a speed and a receiver differ by themselves, it is not. */
static bool is_by_input(const fusion *c, const source_run *s, const finding *f, company with)
{
    if (c->inertial_source < 0 || pace_differs(c))
        return false;
    return (with == AGREED && input_may_explain(c, s)) || (with == ALONE && input_explains(c, s, f));
}

/* What is found of it is somebody else's doing, whoever's. */
static bool is_innocent(const fusion *c, const source_run *s, company with, int64_t now_ns)
{
    return with != ALONE || turn_is_doubted(c, s) || acquit_holds(s, now_ns, acquitted_s) ||
           fiducials_explain(c, s, now_ns);
}

/* What a speed is off by is a receiver's doing; where that is plain, it is what the receiver is. */
static void turn_over(const fusion *c, source_run *s, finding *of, finding *sky, int64_t now_ns)
{
    fault_code code = pace_names(c, s, of->code);
    double wait_s = code == FAULT_LATENCY_SHIFT ? plain_late_s : plain_led_s;
    core_keep_since(&s->speed.plain_since_ns, code != FAULT_COUNT, now_ns);
    if (code != FAULT_COUNT && of->sigmas > sky->sigmas &&
        seconds_between(s->speed.plain_since_ns, now_ns) >= wait_s)
        *sky = (finding){.code = code, .sigmas = of->sigmas};
    of->sigmas = 0.0f;
}

/* The only receiver that speaks; -1: there are several, or none. */
static int only_receiver(const fusion *c, int64_t now_ns)
{
    int found = -1;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        if (s->set->kind != SOURCE_GNSS || s->seen_ns == INT64_MIN ||
            seconds_between(s->seen_ns, now_ns) > speaks_s)
            continue;
        if (found >= 0)
            return -1;
        found = (int)i;
    }
    return found;
}

/* Lays at the door of the only receiver what speeds were found to be off by; returns its sigmas. */
static float blame_sky(const fusion *c, const finding *sky, int64_t now_ns, finding found[])
{
    const int i = sky->sigmas > 0.0f ? only_receiver(c, now_ns) : -1;
    if (i < 0 || found[i].sigmas > 0.0f || c->source[i].out.banned ||
        known_for_s(&c->source[i], now_ns) > 0.0)
        return 0.0f;
    found[i] = *sky;
    return sky->sigmas;
}

/* What each source is found to be; the largest of them is returned. */
static float find(fusion *c, int64_t now_ns, float dt_s, finding found[SETTINGS_MAX_SOURCES])
{
    float worst = 0.0f, input = 0.0f;
    finding sky = {.sigmas = 0.0f};
    for (size_t i = 0; i < c->source_count; i++) {
        source_run *s = &c->source[i];
        found[i] = look_at(c, s, now_ns, dt_s);
        if (found[i].sigmas > 0.0f && pace_clears(c, s, found[i].code))
            turn_over(c, s, &found[i], &sky, now_ns);
        else
            s->speed.plain_since_ns = INT64_MIN;
        company with = found[i].sigmas > 0.0f ? company_of(c, s) : ALONE;
        bool by_input = is_by_input(c, s, &found[i], with);
        if (by_input)
            input = fmaxf(input, found[i].sigmas);
        if (by_input || is_innocent(c, s, with, now_ns))
            found[i].sigmas = 0.0f;
        worst = fmaxf(worst, found[i].sigmas);
    }
    if (inertial_slides(c) || inertial_turns_wrong(c)) { /* it says so itself: nobody else is to be blamed */
        input = fmaxf(fmaxf(c->slide.sigmas, c->turn.sigmas), limit_sigmas);
        worst = 0.0f;
        for (size_t i = 0; i < c->source_count; i++)
            found[i].sigmas = 0.0f;
    }
    if (input > 0.0f)
        found[c->inertial_source] = (finding){.code = FAULT_BIASED, .sigmas = input};
    else
        worst = fmaxf(worst, blame_sky(c, &sky, now_ns, found));
    return fmaxf(worst, input);
}

/* ---- what follows */

static void fade_means(source_run *s, float keep)
{
    shift_fade(s, keep);
    pace_fade(s, keep);
}

/* The new value is to be learned soon, and until then the pose is less sure: the state is opened up by what
 * it is off. Of an input, whose bias all have seen, the accelerometer's. */
static void relearn(fusion *c, source_run *s, const finding *f)
{
    if ((int)s->index == c->inertial_source) {
        for (int i = 0; i < 2; i++)
            core_widen(c, STATE_ACCEL_BIAS + i, input_mps2 * input_mps2);
        for (size_t i = 0; i < c->source_count; i++)
            shift_fade(&c->source[i], 0.0f);
    } else if (f->state) {
        core_widen(c, f->index, f->off * f->off);
        f->state->learned = (float)c->f.source[f->index - STATE_SOURCES];
        f->state->variance = covariance_at(&c->f.p, f->index, f->index);
        fade_means(s, 0.0f);
    }
}

static void report(fusion *c, source_run *s, const finding *f, bool may_rise, int64_t now_ns)
{
    static const fault_code codes[] = {FAULT_BIASED, FAULT_LATENCY_SHIFT, FAULT_EXTRINSIC_SHIFT};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        bool was = fault_is_raised(&s->faults, codes[i]);
        bool present = f->sigmas > 0.0f && f->code == codes[i] && (was || may_rise);
        present |= s->gnss.out_of_time && codes[i] == FAULT_LATENCY_SHIFT;
        float rival = !present && codes[i] == FAULT_BIASED ? blame_rival(c, s) : 0.0f;
        float leapt = codes[i] == FAULT_BIASED ? inertial_leapt_lately(c, (int)s->index, now_ns) : 0.0f;
        if (leapt > limit_sigmas) {
            core_fault(c, &s->faults, FAULT_BIASED, true, now_ns, leapt, limit_sigmas);
            continue; /* the bias has been opened up already */
        }
        if (rival > 0.0f)
            core_fault(c, &s->faults, FAULT_BIASED, true, now_ns, rival, c->factor.alarm);
        else
            core_fault(c, &s->faults, codes[i], present, now_ns, f->sigmas, limit_sigmas);
        if (!was && fault_is_raised(&s->faults, codes[i]) && !s->gnss.out_of_time)
            relearn(c, s, f);
    }
}

/* Another source stands accused, or did lately: what it has done to the filter is not this one's fault. */
static bool is_cleared(const fusion *c, const source_run *s, int64_t now_ns)
{
    return c->accused_ns != INT64_MIN && c->accused != (int)s->index &&
           seconds_between(c->accused_ns, now_ns) < accused_s;
}

/* The pose rests on more than what it was, for long enough. */
static bool is_settled(fusion *c, int64_t now_ns)
{
    if (fault_is_raised(&c->system, FAULT_DEAD_RECKONING) || c->shift_resets != c->resets)
        c->unsettled_ns = now_ns;
    c->shift_resets = c->resets;
    return c->unsettled_ns == INT64_MIN || seconds_between(c->unsettled_ns, now_ns) > settle_s;
}

void shift_tick(fusion *c, int64_t now_ns, float dt_s)
{
    finding found[SETTINGS_MAX_SOURCES];
    float keep = is_settled(c, now_ns) ? expf(-dt_s / forget_s) : 0.0f;
    for (size_t i = 0; i < c->source_count; i++)
        fade_means(&c->source[i], keep);
    float worst = find(c, now_ns, dt_s, found);
    for (size_t i = 0; i < c->source_count; i++) {
        source_run *s = &c->source[i];
        report(c, s, &found[i], found[i].sigmas >= worst && !is_cleared(c, s, now_ns), now_ns);
        if (shift_explains(s)) {
            c->accused = (int)i;
            c->accused_ns = now_ns;
        }
    }
}
