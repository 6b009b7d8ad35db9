/*
 * Inside the fusion core: the bank of sub-solutions, who is blamed, who is left out, and the bounds. Not for
 * others.
 */
#ifndef POSED_FUSION_CORE_INTEGRITY_H
#define POSED_FUSION_CORE_INTEGRITY_H

#include "fusion/core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- bank_layout.c: which sub-solutions there are */
/* The hypotheses of the settings, on a map or not; none lives yet. */
void bank_setup(fusion *c);
/* The filter's, or a sub-solution's, covariance, and its error against the filter. */
covariance bank_covariance(const fusion *c, int hypothesis);
float *bank_error(const fusion *c, int hypothesis);
/* The hypothesis leaves out all that a camera says against the map. */
bool bank_rests_on_map(const fusion *c, const bank_hypothesis *h);
/* The sub-solution that uses nothing of the map, as of the last look; NULL: there is none. */
const bank_hypothesis *bank_without_map(const fusion *c);

/* ---- bank.c: how they start, and what is covered meanwhile */
/* The state has been set anew: every sub-solution starts from it again. */
void bank_restart(fusion *c);
/* What is covered now is held until positions have agreed for a while. */
void bank_hold(fusion *c, int direction);
/* A pose has been given up for a source that was off by `off_m`. One of the two is wrong, and it may be the
 * new one: what was covered until then, and that, is covered until positions have agreed for long. */
void bank_owe(fusion *c, float off_m);
/* The heading was taken from positions, which may be off by more than they were apart, or from a velocity:
 * it is covered until they have agreed for this long. */
void bank_doubt_heading(fusion *c, float for_s);
/* A receiver that was left out is taken back unproven: the pose may be off by this horizontally, m, until
 * positions have agreed for long. */
void bank_lend(fusion *c, float off_m);
/* The hypothesis leaves out what drives the filter. */
bool bank_is_undriven(const fusion *c, const bank_hypothesis *h);
/* The sub-solution that leaves out what drives the filter; NULL: none lives. */
const bank_hypothesis *bank_undriven(const fusion *c);
/* A sub-solution starts from the filter's state as it is. */
void bank_copy(fusion *c, int hypothesis);
/* A sub-solution starts anew from the filter, off by what its absolute sources may have hidden. */
void bank_anchor(fusion *c, int hypothesis);
/* The heading is known by way of a long way, and no longer by what the pose started from: sub-solutions that
 * started from that, and have no position since, do so anew. */
void bank_learn_heading(fusion *c);
/* What the sources that it leaves out may hide now, horizontally, per axis, m^2. */
float bank_hidden_variance(const fusion *c, const bank_hypothesis *of);
/* The same that its bound covers: more, where receivers claim what comes from reflections, or have strayed.
 */
float bank_covered_variance(const fusion *c, const bank_hypothesis *of);
/* covariance_widen and covariance_reset (then to the same value as the filter) of the filter and of every
 * sub-solution. */
void core_widen(fusion *c, int state, float variance);
void core_reset(fusion *c, int state, float variance);
/* The same of every sub-solution alone. */
void bank_reset(fusion *c, int state, float variance);
/* One row and column of a sub-solution's covariance: independent, with this variance. */
void bank_reset_row(covariance *p, int state, float variance);

/* ---- bank_time.c: how they go on */
/* Something tells the sub-solution how it turns. */
bool bank_has_gyro(const fusion *c, const bank_hypothesis *h);
/* Brings the sub-solutions to the filter's time, slow noise apart. */
void bank_carry_on(fusion *c);
/* The same, slow noise included. */
void bank_catch_up(fusion *c);

/* ---- bank_measure.c: what they make of measurements */
/* Around a measurement of the filter: before it is fused (whether or not it will be), and after; `fused`: the
 * filter has been corrected. */
void bank_expect(fusion *c, const source_run *s, fuse_how how);
void bank_measure(fusion *c, const source_run *s, measurement *m, fuse_how how, bool fused);
/* The filter's state has been corrected by d: what is covered was about the pose before. */
void bank_follow(fusion *c, const float *d);
/* A measurement for those sub-solutions alone that leave out what drives the filter. */
void bank_measure_undriven(fusion *c, measurement *m);

/* ---- gate.c */
/* S = H P H' + R, with R raised where single precision would lose the difference. */
void core_innovation_covariance(const measurement *m, const projection *j, float s[3][3]);
/* What measurements share of their noise, added to S for the gain. */
void core_add_lasting(const measurement *m, const projection *j, float s[3][3]);
/* A position against the earth, not against earlier ones. */
bool core_is_absolute(verdict_quantity quantity);
/* By a source, not assumed of the vehicle. */
bool core_is_measured(verdict_quantity quantity);

/* ---- bank_steer.c: the sub-solution without the IMU that turns as the wheels say */
bool bank_is_steered(const bank_hypothesis *h);
/* That of this hypothesis, as of the last look; NULL: it has none. */
const bank_hypothesis *bank_steered_twin(const fusion *c, const bank_hypothesis *of);
/* Nobody steers any more. */
void bank_steer_reset(fusion *c);
/* The filter's gyro has turned for dt_s with this. */
void bank_steer_turn(fusion *c, double gyro_radps, double dt_s);
/* A frame of wheels; the filter is at its stamp. */
void bank_steer(fusion *c, const source_run *s, const frame *in);

/* ---- bank_turn.c: a sub-solution's error d that is no small one in attitude */
bool bank_is_turned(const float *d);
/* By so much that what was linearized at the filter's attitude says nothing about it. */
bool bank_is_astray(const float *d);
/* The transition as its attitude has it: `out` of `in`, which is the filter's. */
void bank_turn_span(const float *d, const filter_span *in, filter_span *out);
/* Carries the error on over the filter's transition. */
void bank_turn_carry(float *d, const filter_span *in);
/* How much more it turns the heading than its vertical part says, rad: what is linear in it does not hold. */
float bank_turn_heading(const filter *f, const float *d);
/* Makes of a measurement of velocity in vehicle axes (innovation and Jacobian of the filter) one whose
 * innovation less H d, and whose H, are those of the error. `v`: the velocity that the filter had then. */
void bank_turn_measurement(const float v[3], const float *d, measurement *m);

/* ---- bank_astray.c: a sub-solution that is so far off that it refuses what is true */
/* It has refused this one; `fused`: the filter agrees with it. May begin the sub-solution anew. How a pose
 * has changed says nothing of which one: only what is core_is_absolute counts. */
void bank_astray_refuse(fusion *c, int hypothesis, verdict_quantity quantity, bool fused);
/* A velocity that its hypothesis holds to be honest has come; `fused`: the filter agrees with it. Where its
 * own heading is lost, and elsewhere, it begins anew: what is linear would as soon have it drive backwards.
 */
void bank_astray_realign(fusion *c, int hypothesis, verdict_quantity quantity, bool fused);
/* It has taken something absolute: it is not astray. */
void bank_astray_find(bank_hypothesis *of);

/* ---- blame.c */
/* A separation is strange from that many sigmas on: it happens in 5 % of the time by chance. */
#define BLAME_STRANGE 2.0f
/* Doubt (bank.h) up to which what a sub-solution fused agrees. */
#define BLAME_QUIET 6.0f
/* An input is at fault when it is off by this for long, rad/s and m/s^2. Too small: a manoeuvre counts as a
 * fault; too large: the gyro's fault is laid at the receiver's door. */
#define BLAME_INPUT_RATE_RADPS 0.008f
#define BLAME_INPUT_MPS2 0.6f
/* The hypothesis to act upon; -1: none. */
int blame_find(fusion *c, int64_t now_ns);
/* The largest separation over its sigma; height does not count. */
float blame_ratio(const bank_hypothesis *of);
/* Of a roadside unit that contradicts another one, while without either of the two all others agree: the
 * larger separation of both, in sigmas, where that is over the alarm's. The pose sides with one of them,
 * which may be the one that lies. 0: no such case. */
float blame_rival(const fusion *c, const source_run *s);

/* It has a say in who is at fault: one that turns as wheels say has none. */
bool blame_speaks(const bank_hypothesis *of);

/* ---- blame_input.c: what drives the filter. For blame.c */
/* Doubt (bank.h) from which on what a sub-solution fused does not agree. */
#define BLAME_LOUD 20.0f
/* It drives the filter and says nothing else: wheels that bring a yaw rate measure speed as well, of which
 * the yaw rate is no proof. */
bool blame_only_drives(const fusion *c, const bank_hypothesis *of);
/* How far what drives the filter is off, by those that measure: the largest of its axes, over this rate and
 * BLAME_INPUT_MPS2. */
float blame_input_off(const fusion *c, const bank_hypothesis *of, float rate_radps);
/* A receiver's position leapt within half a minute before that time. */
bool blame_sky_leaps(const fusion *c, int64_t before_ns);
/* Of a contradiction that has lasted for_s: -1: what drives the filter is not at fault; 0: it takes longer to
 * say; 1: it is. */
int blame_input_verdict(const fusion *c, const bank_hypothesis *of, double for_s);
/* The hypothesis of an input that is off by what no vehicle does; -1: there is none. */
int blame_gross_input(const fusion *c);
/* The hypothesis that leaves out what drives the filter and says nothing else; -1: none. */
int blame_without_input(const fusion *c);
/* Marks the hypotheses of inputs that are at fault; they stay so until for_s is 0 again. */
void blame_accuse(fusion *c, double for_s);

/* ---- acquit.c */
/* What speaks against a source now is spoken by the filter alone for this long, s: a flag rises on what is so
 * now. */
#define ACQUIT_NOW_S 0.5
/* Keeps whom the sub-solutions clear: without this source what contradicts goes on, without another all
 * agree. */
void acquit_look(fusion *c, int64_t now_ns);
/* They did within so many seconds. */
bool acquit_holds(const source_run *s, int64_t now_ns, double within_s);

/* ---- exclusion.c */
/* Leaves out the source that the sub-solutions show to be at fault, if any. */
void exclusion_decide(fusion *c, int64_t now_ns);
/* A measurement of a source that is left out: does it agree? `s`: as expected, without what would be fused.
 */
void exclusion_watch(fusion *c, source_run *s, const frame *in, const measurement *m,
                     verdict_quantity quantity);
/* A sample of an IMU that is left out: the same. */
void exclusion_watch_input(fusion *c, source_run *s, const frame *in);
/* Takes sources back that have agreed for long enough, and keeps the flags. */
void exclusion_tick(fusion *c, int64_t now_ns);

/* ---- cover.c */
/* A bound of the heading beyond this holds nothing: what is linear about it is not true there. */
#define COVER_MOST_HEADING_RAD 0.6f
/* The bank started anew not long ago: it does not vouch for the heading yet. */
bool cover_is_shaken(const fusion *c);
/* The levels start from what was covered before that, as long as it counts. */
void cover_held(fusion *c, int64_t now_ns);
/* Raises the levels to what is covered beside the hypotheses. */
void cover_more(fusion *c, int64_t now_ns);

/* ---- levels.c */
/* Into so many parts the integrity risk is divided where shares are equal: the fault-free term and the
 * hypotheses. */
#define INTEGRITY_RISK_PARTS 10.0f
/* A sub-solution's own bound on the filter's error in a direction, m or rad: its separation and its own
 * sigma, as if it were all that can be wrong. It holds until the next look, by when the separation may have
 * grown as much again. Of one whose bound rests on an assumption: with a share of the risk of its own. */
float levels_measured(const fusion *c, const bank_hypothesis *of, int direction);
/* How many sigmas are in that. */
float levels_sigmas(const fusion *c, const bank_hypothesis *of);
/* The part of it that counts: of a sub-solution without the map the separation alone, while that is not
 * strange, for the rest is assumed of the survey. */
float levels_of(const fusion *c, const bank_hypothesis *of, int direction);
/* The levels of this look. `full`: variances of the filter, by direction. */
void levels_find(fusion *c, int64_t now_ns, const float full[BANK_DIRECTIONS]);

/* ---- risk_share.c */
/* One way to be off: with this prior, the error is normal around `mean` (which is not negative) with `sigma`;
 * `sigmas` of it are what an equal share of the risk asks for. */
typedef struct {
    float prior, mean, sigma, sigmas;
} risk_term;
enum { RISK_TERMS = BANK_MAX + 1 };
/* The least level that errors exceed with no more than `risk`, over all terms; no larger than with equal
 * shares. */
float risk_level(const risk_term *t, int count, float risk);

/* ---- integrity.c */
/* Compares the sub-solutions with the filter. */
void integrity_look(fusion *c, int64_t now_ns);
/* Factors that the risks in the settings amount to. */
void integrity_set_factors(fusion *c);
/* A turn that no road vehicle makes is the input's own: the bound of the heading grows with it at once. */
void integrity_follow_turn(fusion *c, double dt_s);
/* What a position of a receiver, `off_m` and `apart_m` as they are now, tells of what it may hide. `sigma_m`:
 * what its claim is worth. */
void integrity_prove(fusion *c, source_run *s, float sigma_m, verdict_decision decision);
/* The pose has been dead reckoned until just now, or is, by what wears out too soon to vouch for this
 * receiver: what contradicts then is the pose. */
bool integrity_is_worn(const fusion *c, const source_run *s, int64_t now_ns);
/* The bound of the position horizontally, m; infinite while it is not known. */
float integrity_horizontal(const fusion *c);
/* The bounds allow the position to be off by this, m. */
bool integrity_reaches(const fusion *c, float off_m);
/* Fills in the pose's protection levels and alert limits; its covariance is known. */
void integrity_protect(const fusion *c, fusion_pose *p);

#ifdef __cplusplus
}
#endif
#endif
