/*
 * Faults: the table (faults.def) and a set of debounced flags.
 *
 * One flag has one cause. A condition is reported at every look, true or false; the flag rises when it has
 * been true for raise_s without a break and clears when it has been false for clear_s. Times are stamps.
 */
#ifndef POSED_FUSION_FAULTS_H
#define POSED_FUSION_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { SEVERITY_INFO = 1, SEVERITY_WARNING = 2, SEVERITY_ERROR = 3 } fault_severity;
typedef enum { EFFECT_NONE, EFFECT_DOWN_WEIGHT, EFFECT_EXCLUDE } fault_effect;

/* Dense indices, for arrays; the stable number of a fault is fault_info.id. */
typedef enum {
#define FAULT(id, NAME, class, severity, raise_s, clear_s, effect, text, evidence, unit, limit) FAULT_##NAME,
#include "fusion/faults.def"
#undef FAULT
    FAULT_COUNT
} fault_code;

typedef struct {
    int id; /* stable, on the wire */
    const char *name;
    const char *of; /* "any", "gnss", ..., "system" */
    fault_severity severity;
    double raise_s, clear_s;
    fault_effect effect;
    const char *text;
    const char *evidence, *unit; /* of the value that comes with the flag; "": there is none */
    const char *limit;           /* that it is held against; "not raised": nothing raises the fault yet */
} fault_info;

/* The table's row; never NULL for a valid code. */
const fault_info *fault_describe(fault_code code);
const char *fault_severity_word(fault_severity s);

enum { FAULT_SOURCE_SYSTEM = 0xffff, FAULT_SOURCE_MAP = 0xfffe };

/* A flag that rises or clears. */
typedef struct {
    int64_t stamp_ns; /* when it rose or cleared */
    int64_t since_ns; /* when it rose */
    uint16_t source;  /* index into the settings' sources, or FAULT_SOURCE_* */
    uint8_t code;     /* fault_code */
    bool raised;
    float evidence, limit; /* NAN: none */
} fault_event;

typedef void fault_sink(void *context, const fault_event *event);

typedef struct {
    int64_t true_since_ns, false_since_ns; /* of the condition; INT64_MIN: not in that phase */
    int64_t raised_ns;
    bool raised;
} fault_flag;

/* All flags of one source (or of the system). Zero-initialise with fault_set_init. */
typedef struct {
    fault_flag flags[FAULT_COUNT];
    uint64_t raised_mask; /* bit = fault_code */
    uint16_t source;
} fault_set;

/* Nothing is raised, nothing was seen; of this source, FAULT_SOURCE_SYSTEM or FAULT_SOURCE_MAP. */
void fault_set_init(fault_set *set, uint16_t source);

/* Reports a condition as seen at `now_ns`. Calls `sink` (may be NULL) when the flag rises or clears. */
void fault_report(fault_set *set, fault_code code, bool present, int64_t now_ns, float evidence, float limit,
                  fault_sink *sink, void *context);

/* The clock was stepped: adds to all times. */
void fault_set_shift(fault_set *set, int64_t delta_ns);

/* The strongest effect of all raised flags. */
fault_effect fault_set_effect(const fault_set *set);

/* The same of any flags, bit = fault_code. */
fault_effect fault_mask_effect(uint64_t mask);

/* The flag stands now. */
static inline bool fault_is_raised(const fault_set *set, fault_code code)
{
    return (set->raised_mask >> code) & 1u;
}

#ifdef __cplusplus
}
#endif
#endif
