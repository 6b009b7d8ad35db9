/* Which source is at fault, by what the sub-solutions say: made-up ones, one rule after the other. */
#include "fusion/integrity/bank.h"
#include "fusion/integrity/blame.h"
#include "tests/fusion/bank_host.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum {
    ROOF,
    BOX,
    WHEELS,
    FRONT,
    REAR
};                              /* receiver, IMU that drives the filter, wheels, radar, second receiver */
enum { NOBODY = -1, SKY = -2 }; /* SKY: both receivers together */
enum { EAST_UNIT = 3, WEST_UNIT = 4 }; /* where units at the roadside take the place of radar and receiver */
static const float agrees = 0.0f, disagrees = 22.0f,
                   cries_out = 30.0f; /* doubts, to both sides of the limits */
static settings set;
static fusion *core;
static bool placed; /* sub-solutions hear where the vehicle is */

static bank_hypothesis *without(int source)
{
    const uint32_t wanted = source == SKY ? 1u << ROOF | 1u << REAR : 1u << source;
    return bank_host_without(core, wanted);
}

/* All that others say agrees with each of them, and has for a minute; receivers hide a metre. */
static void begin_with(const char *sources)
{
    const double axes[4] = {0, 0, 0, 1}, speed[3] = {20, 0, 0};
    core = bank_host_core(&set, NULL, sources);
    bank_host_place(core, axes, speed);
    core->inertial_source = BOX;
    core->bank.begun_ns = core->f.stamp_ns - 60000000000;
    for (int h = 0; h < core->bank.count; h++) {
        bank_hypothesis *of = &core->bank.of[h];
        of->live = true;
        of->fused_ns = core->f.stamp_ns;
        of->anchor_ns = core->f.stamp_ns - 60000000000;
        of->quiet_ns = INT64_MIN;
        for (int k = 0; k < BANK_DIRECTIONS; k++)
            of->separation_variance[k] = of->variance[k] = 1.0f;
    }
    without(ROOF)->anchor_variance = 1.0f;
}

static void setup(void)
{
    placed = false;
    begin_with("gnss/roof imu/box wheel/abs radar/front");
}

static void teardown(void)
{
    fusion_destroy(core);
}

static void wait(double time_s)
{
    core->f.stamp_ns += (int64_t)llround(time_s * 1e9);
    core->applied_ns = core->f.stamp_ns;
    for (int h = 0; h < core->bank.count; h++) {
        core->bank.of[h].fused_ns = core->f.stamp_ns;
        core->bank.of[h].placed_ns = placed ? core->f.stamp_ns : INT64_MIN;
    }
}

/* Whom the bank blames now. */
static int blamed(void)
{
    const int h = blame_find(core, core->f.stamp_ns);
    for (int i = 0; h >= 0 && i < (int)core->source_count; i++) {
        if (core->bank.of[h].sources == 1u << i)
            return i;
    }
    return h < 0 ? NOBODY : SKY;
}

/* The same when it has been looked at for so long. */
static int blamed_after(double time_s)
{
    int found = blamed();
    for (int i = 0; i < (int)lround(time_s * 10.0); i++) {
        wait(0.1);
        found = blamed();
    }
    return found;
}

/* Only without this one all agree, and its sub-solution is off by that many sigmas. */
static void only_without(int source, float doubt, float sigmas)
{
    for (int h = 0; h < core->bank.count; h++)
        core->bank.of[h].doubt = doubt;
    without(source)->doubt = agrees;
    without(source)->separation[BANK_CROSS] = sigmas;
}

static void leap(double ago_s)
{
    core->source[ROOF].faults.flags[FAULT_JUMP].raised_ns = core->f.stamp_ns - (int64_t)(ago_s * 1e9);
}

/* ---- one source */

START_TEST (a_ratio_is_of_what_steers) {
    bank_hypothesis of = {.separation = {2.0f, -6.0f, 50.0f, 0.2f},
                          .separation_variance = {1.0f, 4.0f, 1.0f, 1.0f}};
    ck_assert_float_eq_tol(blame_ratio(&of), 3.0f, 1e-5f);
    of.separation[BANK_HEADING] = 4.0f;
    ck_assert_float_eq_tol(blame_ratio(&of), 4.0f, 1e-5f);
    of.separation[BANK_ALONG] = -5.0f;
    ck_assert_float_eq_tol(blame_ratio(&of), 5.0f, 1e-5f);
}
END_TEST

START_TEST (who_alone_explains_it_is_blamed_once_that_has_lasted) {
    static const int sources[] = {WHEELS, FRONT, ROOF};
    only_without(sources[_i], disagrees, 30.0f);
    ck_assert_int_eq(blamed_after(0.4), NOBODY);
    ck_assert_int_eq(blamed_after(0.1), sources[_i]);
}
END_TEST

START_TEST (a_separation_must_last_too) {
    only_without(WHEELS, disagrees, 0.0f);
    ck_assert_int_eq(blamed_after(1.0), NOBODY);
    only_without(WHEELS, disagrees, 30.0f);
    ck_assert_int_eq(blamed_after(0.2), NOBODY);
    ck_assert_int_eq(blamed_after(0.1), WHEELS);
    only_without(WHEELS, disagrees, 3.0f); /* by chance */
    ck_assert_int_eq(blamed_after(1.0), NOBODY);
}
END_TEST

START_TEST (what_is_not_loud_is_nobodys_fault) {
    only_without(WHEELS, 18.0f, 30.0f);
    ck_assert_int_eq(blamed_after(5.0), NOBODY);
}
END_TEST

START_TEST (what_two_explain_neither_is_blamed_for) {
    only_without(WHEELS, disagrees, 30.0f);
    without(FRONT)->doubt = agrees;
    ck_assert_int_eq(blamed_after(5.0), NOBODY);
    without(FRONT)->doubt = 7.0f; /* it does not quite */
    ck_assert_int_eq(blamed_after(1.0), WHEELS);
}
END_TEST

START_TEST (who_has_heard_nothing_lately_explains_nothing) {
    only_without(WHEELS, disagrees, 30.0f);
    for (int i = 0; i < 10; i++) {
        wait(0.1);
        without(WHEELS)->fused_ns = core->f.stamp_ns - 2100000000;
        ck_assert_int_eq(blamed(), NOBODY);
    }
    without(WHEELS)->fused_ns = INT64_MIN;
    ck_assert_int_eq(blamed(), NOBODY);
    for (int i = 0; i < 10; i++) {
        wait(0.1);
        without(WHEELS)->fused_ns = core->f.stamp_ns - 1900000000;
        blamed();
    }
    ck_assert_int_eq(blamed(), WHEELS);
}
END_TEST

START_TEST (a_part_of_what_a_source_says_is_not_the_source) {
    only_without(WHEELS, disagrees, 30.0f);
    without(WHEELS)->quantities = 1u << QUANTITY_SPEED;
    ck_assert_int_eq(blamed_after(5.0), NOBODY);
    without(WHEELS)->quantities = 0;
    without(WHEELS)->live = false;
    ck_assert_int_eq(blamed_after(5.0), NOBODY);
}
END_TEST

/* ---- one that the gates keep out: no separation shows it */

START_TEST (an_outcast_is_blamed_without_a_separation) {
    only_without(WHEELS, cries_out, 0.0f);
    ck_assert_int_eq(blamed_after(1.4), NOBODY);
    ck_assert_int_eq(blamed_after(0.1), WHEELS);
}
END_TEST

START_TEST (of_an_outcast_all_others_say_so) {
    only_without(WHEELS, cries_out, 0.0f);
    without(FRONT)->doubt = 24.0f;
    ck_assert_int_eq(blamed_after(5.0), NOBODY);
}
END_TEST

START_TEST (receivers_are_left_to_the_gates) {
    only_without(ROOF, cries_out, 0.0f);
    ck_assert_int_eq(blamed_after(5.0), NOBODY);
}
END_TEST

/* ---- two receivers, and both together */

static void two_receivers(float both_m2)
{
    fusion_destroy(core);
    begin_with("gnss/roof imu/box wheel/abs radar/front gnss/rear");
    only_without(ROOF, disagrees, 30.0f);
    without(REAR)->anchor_variance = without(SKY)->anchor_variance = 1.0f;
    without(SKY)->doubt = agrees;
    without(SKY)->variance[BANK_CROSS] = both_m2;
}

START_TEST (one_is_left_out_rather_than_both) {
    two_receivers(4.0f);
    ck_assert_int_eq(blamed_after(0.5), ROOF);
}
END_TEST

START_TEST (both_are_where_the_other_tells_less_than_nothing) {
    two_receivers(0.5f);
    without(SKY)->variance[BANK_ALONG] = 0.5f;
    ck_assert_int_eq(blamed_after(0.5), SKY);
    without(SKY)->variance[BANK_CROSS] = 2.0f;
    without(SKY)->start_variance = 1.5f; /* what it started from is not its own */
    ck_assert_int_eq(blamed_after(0.5), SKY);
}
END_TEST

/* ---- what drives the filter */

/* Off by so many times what is too much, around the axis that steers. */
static void turn_wrong(float times)
{
    only_without(BOX, disagrees, 30.0f);
    without(BOX)->drive[2] = times * (BLAME_INPUT_RATE_RADPS + 0.3f / 400.0f);
}

START_TEST (an_input_that_is_off_is_blamed_the_sooner_the_more) {
    static const struct {
        float times;
        double not_yet_s, then_s;
    } cases[] = {{8.0f, 0.0, 0.0}, {5.0f, 1.4, 0.1}, {2.0f, 4.4, 0.1}};
    turn_wrong(cases[_i].times);
    if (cases[_i].then_s > 0.0)
        ck_assert_int_eq(blamed_after(cases[_i].not_yet_s), NOBODY);
    ck_assert_int_eq(blamed_after(cases[_i].then_s), BOX);
}
END_TEST

/* What is cried out counts as a contradiction, though nothing is separated. */
START_TEST (an_input_that_is_cried_out_at_is_an_outcast) {
    turn_wrong(2.0f);
    only_without(BOX, cries_out, 0.0f);
    ck_assert_int_eq(blamed_after(5.4), NOBODY);
    ck_assert_int_eq(blamed_after(0.1), BOX);
}
END_TEST

/* That it is off by next to nothing is no word for it, when all contradict it for long and without it they
 * agree on a place. */
START_TEST (an_input_that_all_contradict_is_at_fault) {
    only_without(BOX, cries_out, 0.0f);
    placed = true;
    wait(0.0);
    ck_assert_int_eq(blamed_after(3.9), NOBODY);
    ck_assert_int_eq(blamed_after(0.1), BOX);
    without(FRONT)->doubt = 24.0f; /* not all */
    ck_assert_int_eq(blamed_after(6.0), NOBODY);
    without(FRONT)->doubt = cries_out;
    ck_assert_int_eq(blamed_after(3.9), NOBODY);
    placed = false; /* nor on a place */
    ck_assert_int_eq(blamed_after(6.0), NOBODY);
}
END_TEST

/* A receiver that is late has taught it biases that are none. */
START_TEST (a_young_pose_is_no_word_against_the_input) {
    only_without(BOX, cries_out, 0.0f);
    placed = true;
    core->bank.begun_ns = core->f.stamp_ns - 15000000000;
    wait(0.0);
    ck_assert_int_eq(blamed_after(13.9), NOBODY);
    ck_assert_int_eq(blamed_after(0.3), BOX);
}
END_TEST

START_TEST (one_witness_is_not_all) {
    fusion_destroy(core);
    begin_with("gnss/roof imu/box");
    only_without(BOX, cries_out, 0.0f);
    placed = true;
    ck_assert_int_eq(blamed_after(6.0), NOBODY);
}
END_TEST

START_TEST (a_gross_one_must_be_contradicted_too) {
    turn_wrong(8.0f);
    without(BOX)->doubt = 12.0f; /* more than half of the others' */
    ck_assert_int_eq(blamed(), NOBODY);
    without(BOX)->doubt = 10.0f;
    ck_assert_int_eq(blamed(), BOX);
    without(BOX)->anchor_ns = core->f.stamp_ns - 3900000000; /* it is too young to say */
    ck_assert_int_eq(blamed(), NOBODY);
}
END_TEST

START_TEST (any_axis_and_any_force_is_the_inputs) {
    turn_wrong(0.0f);
    without(BOX)->drive[_i] = _i < 3 ? -0.1f : -5.0f;
    ck_assert_int_eq(blamed_after(0.1), BOX);
}
END_TEST

/* A speed and a receiver differ: what has but them accelerates and pitches between the two. */
START_TEST (what_two_have_against_each_other_is_not_the_inputs) {
    static const bool is_input[] = {true, false, true, false, true, true};
    turn_wrong(0.0f);
    core->source[WHEELS].speed.pace_ns = core->applied_ns;
    core->source[WHEELS].shift.against.lately = 1.0f;
    without(BOX)->drive[_i] = _i < 3 ? -0.1f : -5.0f;
    ck_assert_int_eq(blamed_after(0.1), is_input[_i] ? BOX : NOBODY);
}
END_TEST

/* A receiver's course is no proof of a slow vehicle's turn, but that it stands is. */
START_TEST (a_slow_vehicle_turns_as_it_likes) {
    turn_wrong(5.0f);
    core->f.velocity_ecef_mps[0] = 1.0;
    ck_assert_int_eq(blamed_after(5.0), NOBODY);
    core->source[WHEELS].speed.still_since_ns = core->f.stamp_ns - 6000000000;
    core->source[WHEELS].out.banned = true;
    ck_assert_int_eq(blamed_after(1.0), NOBODY);
    core->source[WHEELS].out.banned = false;
    ck_assert_int_eq(blamed_after(0.6), BOX);
}
END_TEST

START_TEST (it_has_not_stood_for_long_enough) {
    turn_wrong(5.0f);
    core->f.velocity_ecef_mps[0] = 1.0;
    core->source[WHEELS].speed.still_since_ns = core->f.stamp_ns;
    ck_assert_int_eq(blamed_after(5.0), NOBODY);
    ck_assert_int_eq(blamed_after(1.0), BOX);
}
END_TEST

START_TEST (an_input_whose_fault_has_passed_is_not_cleared) {
    turn_wrong(5.0f);
    ck_assert_int_eq(blamed_after(1.5), BOX);
    without(BOX)->drive[2] = 0.0f;
    ck_assert_int_eq(blamed_after(1.0), BOX);
    only_without(BOX, agrees, 0.0f); /* it is over */
    ck_assert_int_eq(blamed_after(0.1), NOBODY);
    ck_assert(!without(BOX)->accused);
}
END_TEST

START_TEST (beside_an_accused_input_nobody_else_is_blamed) {
    turn_wrong(5.0f);
    ck_assert_int_eq(blamed_after(1.5), BOX);
    without(BOX)->doubt = disagrees;
    without(WHEELS)->doubt = agrees;
    ck_assert_int_eq(blamed_after(1.0), NOBODY);
}
END_TEST

START_TEST (a_receiver_that_has_leapt_is_asked_before_the_input) {
    turn_wrong(2.0f);
    leap(15.0);
    ck_assert_int_eq(blamed_after(6.0), NOBODY);
    leap(0.0); /* and again, which is no word against it */
    ck_assert_int_eq(blamed_after(6.0), NOBODY);
}
END_TEST

START_TEST (a_leap_of_long_ago_is_forgotten) {
    turn_wrong(2.0f);
    leap(50.0);
    ck_assert_int_eq(blamed_after(6.0), BOX);
}
END_TEST

START_TEST (a_leap_that_came_after_it_is_no_excuse) {
    turn_wrong(5.0f);
    ck_assert_int_eq(blamed_after(1.4), NOBODY);
    core->source[ROOF].faults.flags[FAULT_JUMP].raised_ns = core->f.stamp_ns;
    ck_assert_int_eq(blamed_after(0.1), BOX);
}
END_TEST

/* The receiver's velocity was seen to step aside, which nobody else makes it do. */
static void step_aside(float early_mps, float size_mps, float ago_s)
{
    receiver_led *l = &core->source[ROOF].gnss.led;
    core->source[ROOF].interval_s = 0.1f;
    l->early_mps = early_mps;
    l->size_mps = size_mps;
    l->ago_s = ago_s;
}

START_TEST (a_receiver_that_has_stepped_aside_goes_before_the_input) {
    turn_wrong(2.0f);
    without(ROOF)->doubt = agrees;
    step_aside(0.45f, 0.5f, 2.0f);
    ck_assert_int_eq(blamed_after(0.6), ROOF);
    step_aside(0.45f, 0.5f, 31.0f); /* that was long ago */
    ck_assert_int_eq(blamed_after(4.0), BOX);
}
END_TEST

/* A gyro that leaps turns the pose, and the receiver steps against that, by less than the gyro goes on to
 * turn. */
START_TEST (an_input_that_turns_by_more_than_the_step_goes_before_the_receiver) {
    turn_wrong(2.5f);
    without(ROOF)->doubt = agrees;
    step_aside(0.45f, 0.5f, 2.0f);
    ck_assert_int_eq(blamed_after(0.6), NOBODY);
    ck_assert_int_eq(blamed_after(4.0), BOX);
}
END_TEST

START_TEST (a_receiver_that_has_stepped_aside_goes_before_one_that_measures) {
    only_without(FRONT, disagrees, 30.0f);
    without(ROOF)->doubt = agrees;
    ck_assert_int_eq(blamed_after(2.0), NOBODY);
    step_aside(0.45f, 0.5f, 2.0f);
    ck_assert_int_eq(blamed_after(0.6), ROOF);
    without(WHEELS)->doubt = without(BOX)->doubt = 0.5f * disagrees; /* where anything contradicts at all */
    ck_assert_int_eq(blamed_after(2.0), NOBODY);
}
END_TEST

START_TEST (a_step_that_others_dispute_is_no_word_against_it) {
    turn_wrong(5.0f);
    step_aside(0.45f, 0.5f, 2.0f);
    without(ROOF)->doubt = BLAME_QUIET + 1.0f; /* without it wheels and radar contradict each other */
    ck_assert_int_eq(blamed(), NOBODY);
    ck_assert(core->source[ROOF].gnss.led.disputed);
    without(ROOF)->doubt = agrees;
    ck_assert_int_eq(blamed_after(4.0), BOX);
}
END_TEST

/* It is off by less than what it takes to blame it, and by less than what it takes to look elsewhere. */
START_TEST (an_input_that_is_half_off_shields_those_who_measure) {
    only_without(WHEELS, disagrees, 30.0f);
    without(BOX)->doubt = agrees;
    without(BOX)->drive[2] = 0.5f * BLAME_INPUT_RATE_RADPS;
    ck_assert_int_eq(blamed_after(6.0), NOBODY);
    without(BOX)->drive[2] = 0.3f * BLAME_INPUT_RATE_RADPS;
    ck_assert_int_eq(blamed_after(0.6), WHEELS);
}
END_TEST

START_TEST (an_input_that_is_half_off_does_not_shield_a_receiver) {
    only_without(ROOF, disagrees, 30.0f);
    without(BOX)->doubt = agrees;
    without(BOX)->drive[2] = 0.5f * BLAME_INPUT_RATE_RADPS;
    ck_assert_int_eq(blamed_after(3.9), NOBODY); /* it might be the input */
    ck_assert_int_eq(blamed_after(1.0), ROOF);
}
END_TEST

START_TEST (an_input_that_may_be_off_keeps_all_waiting) {
    only_without(WHEELS, disagrees, 30.0f);
    without(BOX)->doubt = agrees;
    without(BOX)->drive[2] = 0.9f * BLAME_INPUT_RATE_RADPS;
    ck_assert_int_eq(blamed_after(10.0), NOBODY);
}
END_TEST

/* What it is off by has been taken up as a bias since, and does not clear it. */
START_TEST (an_input_that_is_flagged_for_a_leap_keeps_all_waiting) {
    only_without(WHEELS, disagrees, 30.0f);
    without(BOX)->doubt = agrees;
    core->source[BOX].faults.raised_mask = UINT64_C(1) << FAULT_BIASED;
    ck_assert_int_eq(blamed_after(10.0), NOBODY);
    core->source[BOX].faults.raised_mask = 0;
    ck_assert_int_eq(blamed_after(0.6), WHEELS);
}
END_TEST

/* Proven off, it is it and not the receiver, which looks the same; with another kind of source it is open. */
START_TEST (a_proven_input_goes_before_a_receiver) {
    turn_wrong(5.0f);
    without(ROOF)->doubt = agrees;
    ck_assert_int_eq(blamed_after(1.6), BOX);
    without(FRONT)->doubt = agrees;
    ck_assert_int_eq(blamed_after(1.0), NOBODY);
}
END_TEST

/* Forces, or turns, that no vehicle on wheels makes: nobody need contradict. */
START_TEST (an_input_that_says_so_itself_is_blamed_at_once) {
    int64_t *since_ns = _i == 0 ? &core->slide.since_ns : &core->turn.since_ns;
    ck_assert_int_eq(blamed_after(1.0), NOBODY);
    *since_ns = core->f.stamp_ns;
    ck_assert_int_eq(blamed_after(0.4), NOBODY);
    ck_assert_int_eq(blamed_after(0.1), BOX);
    core->inertial_source = WHEELS; /* these measure a speed as well, of which it is no proof */
    ck_assert_int_eq(blamed_after(1.0), NOBODY);
}
END_TEST

/* ---- by elimination */

/* All contradict somebody; the input is separated, and not off; so is the receiver, and explains it. */
static void eliminate(float input_sigmas, float receiver_sigmas)
{
    for (int h = 0; h < core->bank.count; h++)
        core->bank.of[h].doubt = 10.0f; /* not loud: nobody explains it alone */
    without(ROOF)->doubt = agrees;
    without(BOX)->separation[BANK_CROSS] = input_sigmas * core->factor.alarm;
    without(ROOF)->separation[BANK_CROSS] = receiver_sigmas;
}

START_TEST (where_the_input_is_cleared_it_is_the_receiver) {
    eliminate(1.6f, 2.5f);
    ck_assert_int_eq(blamed_after(3.9), NOBODY);
    ck_assert_int_eq(blamed_after(0.1), ROOF);
}
END_TEST

START_TEST (what_is_not_clear_eliminates_nobody) {
    eliminate(1.4f, 2.5f);
    ck_assert_int_eq(blamed_after(6.0), NOBODY);
    eliminate(1.6f, 1.9f);
    ck_assert_int_eq(blamed_after(6.0), NOBODY);
    eliminate(1.6f, 2.5f);
    without(BOX)->drive[2] = 0.8f * BLAME_INPUT_RATE_RADPS;
    ck_assert_int_eq(blamed_after(6.0), NOBODY);
    without(BOX)->drive[2] = 0.0f;
    without(WHEELS)->separation[BANK_CROSS] = 1.1f * core->factor.alarm; /* and so do the wheels */
    ck_assert_int_eq(blamed_after(6.0), NOBODY);
}
END_TEST

START_TEST (of_two_receivers_it_is_the_one_that_pulls_more) {
    fusion_destroy(core);
    begin_with("gnss/roof imu/box wheel/abs radar/front gnss/rear");
    eliminate(1.6f, 2.5f);
    without(REAR)->anchor_variance = 1.0f;
    without(REAR)->doubt = agrees;
    without(REAR)->separation[BANK_CROSS] = 3.0f;
    ck_assert_int_eq(blamed_after(4.0), REAR);
    without(REAR)->separation[BANK_CROSS] = 2.2f;
    ck_assert_int_eq(blamed_after(0.5), ROOF);
}
END_TEST

/* ---- two units at the roadside that contradict each other */

static void two_units(float east_sigmas, float west_sigmas)
{
    fusion_destroy(core);
    begin_with("gnss/roof imu/box wheel/abs roadside/east roadside/west");
    only_without(EAST_UNIT, disagrees, east_sigmas);
    without(WEST_UNIT)->doubt = agrees;
    without(WEST_UNIT)->separation[BANK_CROSS] = west_sigmas;
}

START_TEST (of_two_units_either_may_lie) {
    two_units(30.0f, 20.0f);
    ck_assert_int_eq(blamed_after(2.0), NOBODY);
    const source_run *east = &core->source[EAST_UNIT], *west = &core->source[WEST_UNIT];
    ck_assert_float_eq(blame_rival(core, east), 30.0f);
    ck_assert_float_eq(blame_rival(core, west), 30.0f);
    ck_assert_float_eq(blame_rival(core, &core->source[WHEELS]), 0.0f);
    core->running = false;
    ck_assert_float_eq(blame_rival(core, east), 0.0f);
    core->running = true;
    without(WEST_UNIT)->doubt = disagrees;
    ck_assert_float_eq(blame_rival(core, east), 0.0f); /* one lies, and it is plain which */
    without(WEST_UNIT)->doubt = agrees;
    core->source[WEST_UNIT].out.banned = true;
    ck_assert_float_eq(blame_rival(core, east), 0.0f);
    core->source[WEST_UNIT].out.banned = false;
    without(EAST_UNIT)->separation[BANK_CROSS] = without(WEST_UNIT)->separation[BANK_CROSS] = 1.0f;
    ck_assert_float_eq(blame_rival(core, east), 0.0f);
    core->bank.contradiction_ns = INT64_MIN;
    without(EAST_UNIT)->separation[BANK_CROSS] = 30.0f;
    ck_assert_float_eq(blame_rival(core, east), 0.0f);
}
END_TEST

/* All agree for so long; then the receiver and a unit beside the road contradict each other. */
static void stray_after(double time_s, float sigmas)
{
    fusion_destroy(core);
    begin_with("gnss/roof imu/box wheel/abs roadside/east");
    placed = true;
    wait(0.0);
    ck_assert_int_eq(blamed_after(time_s), NOBODY);
    only_without(ROOF, disagrees, sigmas);
    without(EAST_UNIT)->doubt = agrees;
}

START_TEST (who_strays_from_what_others_agree_on_is_a_receiver) {
    stray_after(5.0, 30.0f);
    ck_assert_int_eq(blamed_after(1.4), NOBODY);
    ck_assert_int_eq(blamed_after(0.3), ROOF);
    without(WHEELS)->doubt = agrees; /* without them as well: it may be somebody else */
    ck_assert_int_eq(blamed_after(2.0), NOBODY);
}
END_TEST

START_TEST (who_strays_must_do_so_by_much) {
    stray_after(5.0, 1.9f * core->factor.alarm);
    ck_assert_int_eq(blamed_after(5.0), NOBODY);
}
END_TEST

/* It has leapt, or just come into view: where it is, nothing has shown. */
START_TEST (a_unit_that_has_not_agreed_before_is_no_witness) {
    stray_after(3.5, 30.0f);
    ck_assert_int_eq(blamed_after(5.0), NOBODY);
    stray_after(5.0, 30.0f);
    without(ROOF)->doubt = BLAME_QUIET + 1.0f;
    ck_assert_int_eq(blamed(), NOBODY);
    without(ROOF)->doubt = agrees;
    ck_assert_int_eq(blamed_after(5.0), NOBODY);
}
END_TEST

START_TEST (a_third_beside_two_units_is_a_bystander) {
    two_units(30.0f, 20.0f);
    ck_assert_int_eq(blamed_after(1.0), NOBODY);
    without(EAST_UNIT)->doubt = without(WEST_UNIT)->doubt =
        disagrees; /* for a while it looks like the wheels */
    without(WHEELS)->doubt = agrees;
    ck_assert_int_eq(blamed_after(2.0), NOBODY);
    without(WHEELS)->separation[BANK_CROSS] = 30.0f; /* unless it is separated itself */
    ck_assert_int_eq(blamed_after(0.6), WHEELS);
    without(WHEELS)->separation[BANK_CROSS] = 0.0f;
    ck_assert_int_eq(blamed_after(11.0), WHEELS); /* or that was long ago */
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("blame");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_ratio_is_of_what_steers);
    tcase_add_loop_test(cases, who_alone_explains_it_is_blamed_once_that_has_lasted, 0, 3);
    tcase_add_test(cases, a_separation_must_last_too);
    tcase_add_test(cases, what_is_not_loud_is_nobodys_fault);
    tcase_add_test(cases, what_two_explain_neither_is_blamed_for);
    tcase_add_test(cases, who_has_heard_nothing_lately_explains_nothing);
    tcase_add_test(cases, a_part_of_what_a_source_says_is_not_the_source);
    tcase_add_test(cases, an_outcast_is_blamed_without_a_separation);
    tcase_add_test(cases, of_an_outcast_all_others_say_so);
    tcase_add_test(cases, receivers_are_left_to_the_gates);
    tcase_add_test(cases, one_is_left_out_rather_than_both);
    tcase_add_test(cases, both_are_where_the_other_tells_less_than_nothing);
    tcase_add_loop_test(cases, an_input_that_is_off_is_blamed_the_sooner_the_more, 0, 3);
    tcase_add_test(cases, an_input_that_is_cried_out_at_is_an_outcast);
    tcase_add_test(cases, an_input_that_all_contradict_is_at_fault);
    tcase_add_test(cases, a_young_pose_is_no_word_against_the_input);
    tcase_add_test(cases, one_witness_is_not_all);
    tcase_add_test(cases, a_gross_one_must_be_contradicted_too);
    tcase_add_loop_test(cases, any_axis_and_any_force_is_the_inputs, 0, 6);
    tcase_add_loop_test(cases, what_two_have_against_each_other_is_not_the_inputs, 0, 6);
    tcase_add_test(cases, a_slow_vehicle_turns_as_it_likes);
    tcase_add_test(cases, it_has_not_stood_for_long_enough);
    tcase_add_test(cases, an_input_whose_fault_has_passed_is_not_cleared);
    tcase_add_test(cases, beside_an_accused_input_nobody_else_is_blamed);
    tcase_add_test(cases, a_receiver_that_has_leapt_is_asked_before_the_input);
    tcase_add_test(cases, a_leap_of_long_ago_is_forgotten);
    tcase_add_test(cases, a_leap_that_came_after_it_is_no_excuse);
    tcase_add_test(cases, a_receiver_that_has_stepped_aside_goes_before_the_input);
    tcase_add_test(cases, an_input_that_turns_by_more_than_the_step_goes_before_the_receiver);
    tcase_add_test(cases, a_receiver_that_has_stepped_aside_goes_before_one_that_measures);
    tcase_add_test(cases, a_step_that_others_dispute_is_no_word_against_it);
    tcase_add_test(cases, an_input_that_is_half_off_shields_those_who_measure);
    tcase_add_test(cases, an_input_that_is_half_off_does_not_shield_a_receiver);
    tcase_add_test(cases, an_input_that_may_be_off_keeps_all_waiting);
    tcase_add_test(cases, an_input_that_is_flagged_for_a_leap_keeps_all_waiting);
    tcase_add_test(cases, a_proven_input_goes_before_a_receiver);
    tcase_add_loop_test(cases, an_input_that_says_so_itself_is_blamed_at_once, 0, 2);
    tcase_add_test(cases, where_the_input_is_cleared_it_is_the_receiver);
    tcase_add_test(cases, what_is_not_clear_eliminates_nobody);
    tcase_add_test(cases, of_two_receivers_it_is_the_one_that_pulls_more);
    tcase_add_test(cases, of_two_units_either_may_lie);
    tcase_add_test(cases, who_strays_from_what_others_agree_on_is_a_receiver);
    tcase_add_test(cases, who_strays_must_do_so_by_much);
    tcase_add_test(cases, a_unit_that_has_not_agreed_before_is_no_witness);
    tcase_add_test(cases, a_third_beside_two_units_is_a_bystander);
    return run_cases("blame", cases);
}
