#include "fusion/faults.h"

#include <string.h>

_Static_assert(FAULT_COUNT <= 64, "raised_mask has a bit per fault");

static const fault_info table[FAULT_COUNT] = {
#define FAULT(number, NAME, class, level, up, down, does, words, value, of_value, most)                      \
    [FAULT_##NAME] = {.id = number,                                                                          \
                      .name = #NAME,                                                                         \
                      .of = #class,                                                                          \
                      .severity = SEVERITY_##level,                                                          \
                      .raise_s = up,                                                                         \
                      .clear_s = down,                                                                       \
                      .effect = effect_##does,                                                               \
                      .text = words,                                                                         \
                      .evidence = value,                                                                     \
                      .unit = of_value,                                                                      \
                      .limit = most},
#define effect_none EFFECT_NONE
#define effect_down_weight EFFECT_DOWN_WEIGHT
#define effect_exclude EFFECT_EXCLUDE
#include "fusion/faults.def"
#undef FAULT
};

const fault_info *fault_describe(fault_code code)
{
    return &table[code];
}

const char *fault_severity_word(fault_severity s)
{
    switch (s) {
    case SEVERITY_INFO:
        return "info";
    case SEVERITY_WARNING:
        return "warning";
    case SEVERITY_ERROR:
        return "error";
    }
    return "?";
}

void fault_set_init(fault_set *set, uint16_t source)
{
    memset(set, 0, sizeof *set);
    set->source = source;
    for (int i = 0; i < FAULT_COUNT; i++) {
        set->flags[i].true_since_ns = INT64_MIN;
        set->flags[i].false_since_ns = INT64_MIN;
    }
}

/* Nanoseconds since `from`, 0 when that lies ahead. */
static double since_s(int64_t now_ns, int64_t from)
{
    return now_ns > from ? (double)(now_ns - from) * 1e-9 : 0.0;
}

void fault_report(fault_set *set, fault_code code, bool present, int64_t now_ns, float evidence, float limit,
                  fault_sink *sink, void *context)
{
    fault_flag *flag = &set->flags[code];
    if (present) {
        flag->false_since_ns = INT64_MIN;
        if (flag->true_since_ns == INT64_MIN)
            flag->true_since_ns = now_ns;
        if (flag->raised || since_s(now_ns, flag->true_since_ns) < table[code].raise_s)
            return;
        flag->raised = true;
        flag->raised_ns = now_ns;
        set->raised_mask |= UINT64_C(1) << code;
    } else {
        flag->true_since_ns = INT64_MIN;
        if (!flag->raised)
            return;
        if (flag->false_since_ns == INT64_MIN)
            flag->false_since_ns = now_ns;
        if (since_s(now_ns, flag->false_since_ns) < table[code].clear_s)
            return;
        flag->raised = false;
        flag->false_since_ns = INT64_MIN;
        set->raised_mask &= ~(UINT64_C(1) << code);
    }
    if (sink) {
        fault_event event = {.stamp_ns = now_ns,
                             .since_ns = flag->raised_ns,
                             .source = set->source,
                             .code = (uint8_t)code,
                             .raised = present,
                             .evidence = evidence,
                             .limit = limit};
        sink(context, &event);
    }
}

fault_effect fault_mask_effect(uint64_t mask)
{
    fault_effect strongest = EFFECT_NONE;
    for (uint64_t rest = mask; rest; rest &= rest - 1) {
        fault_effect effect = table[__builtin_ctzll(rest)].effect;
        if (effect > strongest)
            strongest = effect;
    }
    return strongest;
}

fault_effect fault_set_effect(const fault_set *set)
{
    return fault_mask_effect(set->raised_mask);
}

static void shift(int64_t *time_ns, int64_t delta_ns)
{
    if (*time_ns != INT64_MIN)
        *time_ns += delta_ns;
}

void fault_set_shift(fault_set *set, int64_t delta_ns)
{
    for (int i = 0; i < FAULT_COUNT; i++) {
        shift(&set->flags[i].true_since_ns, delta_ns);
        shift(&set->flags[i].false_since_ns, delta_ns);
        shift(&set->flags[i].raised_ns, delta_ns);
    }
}
