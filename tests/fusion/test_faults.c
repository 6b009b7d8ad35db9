/* The fault table and its debounced flags. */
#include "fusion/faults.h"
#include "tests/suite.h"

#include <check.h>
#include <ctype.h>
#include <math.h>
#include <string.h>

enum { MOST_EVENTS = 16 };

typedef struct {
    fault_event events[MOST_EVENTS];
    int count;
} heard;

static void hear(void *context, const fault_event *event)
{
    heard *h = context;
    ck_assert_int_lt(h->count, MOST_EVENTS);
    h->events[h->count++] = *event;
}

static int64_t ns(double s)
{
    return llround(s * 1e9);
}

START_TEST (table_is_sane) {
    static const char *const classes[] = {"any", "gnss", "imu", "wheel", "radar", "camera", "map", "system"};
    for (int i = 0; i < FAULT_COUNT; i++) {
        const fault_info *info = fault_describe((fault_code)i);
        ck_assert_ptr_nonnull(info->name);
        bool known = false;
        for (size_t k = 0; k < sizeof classes / sizeof *classes; k++)
            known |= strcmp(info->of, classes[k]) == 0;
        ck_assert_msg(known, "%s: class %s", info->name, info->of);
        ck_assert_msg(info->id > 0 && info->id < 1000, "%s", info->name);
        ck_assert_msg(info->raise_s >= 0.0 && info->raise_s <= 60.0, "%s", info->name);
        ck_assert_msg(info->clear_s >= 0.0 && info->clear_s <= 60.0, "%s", info->name);
        ck_assert_msg(info->severity >= SEVERITY_INFO && info->severity <= SEVERITY_ERROR, "%s", info->name);
        ck_assert_msg(info->effect <= EFFECT_EXCLUDE, "%s", info->name);
        size_t length = strlen(info->text);
        ck_assert_msg(length > 20 && info->text[length - 1] == '.', "%s: \"%s\"", info->name, info->text);
        bool raised = strcmp(info->limit, "not raised") != 0;
        ck_assert_msg(!*info->evidence == !*info->unit, "%s: evidence has a unit", info->name);
        ck_assert_msg(!*info->evidence || (raised && *info->limit), "%s: evidence has a limit", info->name);
        for (const char *c = info->name; *c; c++)
            ck_assert_msg(isupper((unsigned char)*c) || *c == '_', "%s", info->name);
    }
}
END_TEST

START_TEST (ids_and_names_are_unique) {
    for (int i = 0; i < FAULT_COUNT; i++) {
        for (int k = i + 1; k < FAULT_COUNT; k++) {
            const fault_info *a = fault_describe((fault_code)i), *b = fault_describe((fault_code)k);
            ck_assert_msg(a->id != b->id, "%s and %s are both %d", a->name, b->name, a->id);
            ck_assert_str_ne(a->name, b->name);
            ck_assert_msg(strcmp(a->text, b->text) != 0, "%s and %s read alike", a->name, b->name);
        }
    }
}
END_TEST

/* Numbers on the wire: these were given out and stay. */
START_TEST (ids_are_stable) {
    static const struct {
        fault_code code;
        int id;
    } given[] = {
        {FAULT_STALE, 1},      {FAULT_LATE, 2},         {FAULT_TIME_JUMP, 3},     {FAULT_SEQUENCE_GAP, 4},
        {FAULT_MALFORMED, 5},  {FAULT_OUT_OF_RANGE, 7}, {FAULT_FROZEN, 8},        {FAULT_NOISY, 9},
        {FAULT_REJECTED, 11},  {FAULT_NO_FIX, 20},      {FAULT_JUMP, 21},         {FAULT_JAMMED, 22},
        {FAULT_SPOOFED, 23},   {FAULT_OVEREXPOSED, 30}, {FAULT_BLOCKED, 34},      {FAULT_FEW_STATIC, 41},
        {FAULT_SATURATED, 50}, {FAULT_SLIP, 60},        {FAULT_MAP_MISMATCH, 70}, {FAULT_DEAD_RECKONING, 80},
        {FAULT_DIVERGED, 82},  {FAULT_OVERLOAD, 84}};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        ck_assert_int_eq(fault_describe(given[i].code)->id, given[i].id);
    ck_assert_str_eq(fault_severity_word(SEVERITY_INFO), "info");
    ck_assert_str_eq(fault_severity_word(SEVERITY_ERROR), "error");
    ck_assert_str_eq(fault_severity_word((fault_severity)77), "?");
}
END_TEST

/* Every fault rises at the very nanosecond at which its condition has held for raise_s, and clears likewise.
 */
START_TEST (rises_and_clears_to_the_nanosecond) {
    fault_code code = (fault_code)_i;
    const fault_info *info = fault_describe(code);
    int64_t start = INT64_C(1700000000000000000), up = start + ns(info->raise_s), away = up + ns(1.0);
    int64_t down = away + ns(info->clear_s);
    fault_set set;
    heard h = {.count = 0};
    fault_set_init(&set, 3);
    fault_report(&set, code, true, start, 5.0f, 4.0f, hear, &h);
    ck_assert_int_eq(h.count, info->raise_s > 0.0 ? 0 : 1);
    if (info->raise_s > 0.0) {
        fault_report(&set, code, true, up - 1, 5.0f, 4.0f, hear, &h);
        ck_assert_int_eq(h.count, 0);
        ck_assert(!fault_is_raised(&set, code));
        fault_report(&set, code, true, up, 5.0f, 4.0f, hear, &h);
    }
    ck_assert_int_eq(h.count, 1);
    ck_assert(fault_is_raised(&set, code));
    ck_assert(h.events[0].raised);
    ck_assert_int_eq(h.events[0].stamp_ns, up);
    ck_assert_int_eq(h.events[0].since_ns, up);
    ck_assert_uint_eq(h.events[0].source, 3);
    ck_assert_uint_eq(h.events[0].code, code);
    ck_assert_float_eq(h.events[0].evidence, 5.0f);
    ck_assert_float_eq(h.events[0].limit, 4.0f);
    fault_report(&set, code, true, up + 1, 5.0f, 4.0f, hear, &h);
    ck_assert_int_eq(h.count, 1); /* told once */

    fault_report(&set, code, false, away, 1.0f, 4.0f, hear, &h);
    if (info->clear_s > 0.0) {
        fault_report(&set, code, false, down - 1, 1.0f, 4.0f, hear, &h);
        ck_assert_int_eq(h.count, 1);
        fault_report(&set, code, false, down, 1.0f, 4.0f, hear, &h);
    }
    ck_assert_int_eq(h.count, 2);
    ck_assert(!h.events[1].raised);
    ck_assert_int_eq(h.events[1].stamp_ns, down);
    ck_assert_int_eq(h.events[1].since_ns, up);
    ck_assert_uint_eq(set.raised_mask, 0);
}
END_TEST

/* A break of the condition starts the count anew, on both sides. */
START_TEST (breaks_start_anew) {
    fault_set set;
    heard h = {.count = 0};
    fault_set_init(&set, 0);
    fault_report(&set, FAULT_REJECTED, true, ns(0.0), 0, 0, hear, &h); /* raise 1.0 s, clear 2.0 s */
    fault_report(&set, FAULT_REJECTED, true, ns(0.9), 0, 0, hear, &h);
    fault_report(&set, FAULT_REJECTED, false, ns(0.95), 0, 0, hear, &h);
    fault_report(&set, FAULT_REJECTED, true, ns(1.0), 0, 0, hear, &h);
    fault_report(&set, FAULT_REJECTED, true, ns(1.9), 0, 0, hear, &h);
    ck_assert_int_eq(h.count, 0);
    fault_report(&set, FAULT_REJECTED, true, ns(2.0), 0, 0, hear, &h);
    ck_assert_int_eq(h.count, 1);
    fault_report(&set, FAULT_REJECTED, false, ns(3.0), 0, 0, hear, &h);
    fault_report(&set, FAULT_REJECTED, true, ns(4.9), 0, 0, hear, &h);
    fault_report(&set, FAULT_REJECTED, false, ns(5.0), 0, 0, hear, &h);
    fault_report(&set, FAULT_REJECTED, false, ns(6.9), 0, 0, hear, &h);
    ck_assert_int_eq(h.count, 1);
    fault_report(&set, FAULT_REJECTED, false, ns(7.0), 0, 0, hear, &h);
    ck_assert_int_eq(h.count, 2);
}
END_TEST

/* A condition that was never true says nothing; neither does a missing sink fail. */
START_TEST (quiet_cases) {
    fault_set set;
    heard h = {.count = 0};
    fault_set_init(&set, 0);
    for (int i = 0; i < FAULT_COUNT; i++)
        fault_report(&set, (fault_code)i, false, ns(i), 0, 0, hear, &h);
    ck_assert_int_eq(h.count, 0);
    fault_report(&set, FAULT_STALE, true, ns(1), 0, 0, NULL, NULL);
    ck_assert(fault_is_raised(&set, FAULT_STALE));
}
END_TEST

/* Stamps may run backwards (that is a fault of its own): no flag rises or clears on a negative span. */
START_TEST (time_backwards) {
    fault_set set;
    heard h = {.count = 0};
    fault_set_init(&set, 0);
    fault_report(&set, FAULT_NOISY, true, ns(10.0), 0, 0, hear, &h);
    fault_report(&set, FAULT_NOISY, true, ns(-10.0), 0, 0, hear, &h);
    fault_report(&set, FAULT_NOISY, true, INT64_MIN + 1, 0, 0, hear, &h);
    ck_assert_int_eq(h.count, 0);
    fault_report(&set, FAULT_NOISY, true, ns(11.0), 0, 0, hear, &h);
    ck_assert_int_eq(h.count, 1);
}
END_TEST

START_TEST (strongest_effect) {
    fault_set set;
    fault_set_init(&set, 0);
    ck_assert_int_eq(fault_set_effect(&set), EFFECT_NONE);
    fault_report(&set, FAULT_STALE, true, 0, 0, 0, NULL, NULL);
    ck_assert_int_eq(fault_set_effect(&set), EFFECT_NONE);
    fault_report(&set, FAULT_TIME_JUMP, true, 0, 0, 0, NULL, NULL);
    ck_assert_int_eq(fault_set_effect(&set), EFFECT_DOWN_WEIGHT);
    fault_report(&set, FAULT_FROZEN, true, 0, 0, 0, NULL, NULL);
    ck_assert_int_eq(fault_set_effect(&set), EFFECT_EXCLUDE);
    uint64_t expected =
        UINT64_C(1) << FAULT_STALE | UINT64_C(1) << FAULT_TIME_JUMP | UINT64_C(1) << FAULT_FROZEN;
    ck_assert_uint_eq(set.raised_mask, expected);
    fault_report(&set, FAULT_FROZEN, false, ns(1), 0, 0, NULL, NULL);
    fault_report(&set, FAULT_FROZEN, false, ns(1.5), 0, 0, NULL, NULL);
    ck_assert_int_eq(fault_set_effect(&set), EFFECT_DOWN_WEIGHT);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("faults");
    tcase_add_test(cases, table_is_sane);
    tcase_add_test(cases, ids_and_names_are_unique);
    tcase_add_test(cases, ids_are_stable);
    tcase_add_loop_test(cases, rises_and_clears_to_the_nanosecond, 0, FAULT_COUNT);
    tcase_add_test(cases, breaks_start_anew);
    tcase_add_test(cases, quiet_cases);
    tcase_add_test(cases, time_backwards);
    tcase_add_test(cases, strongest_effect);
    return run_cases("faults", cases);
}
