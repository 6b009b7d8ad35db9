#include "campaign/alarms.h"

#include "sim/sim.h"

#include <math.h>
#include <string.h>

/* ---- true statements ---- */

/* Evidence that a flag says what is so in this drive, fault or no fault: it is no alarm then. */
typedef bool evidence(const run_record *r, const fault_event *e);

/* A flag comes some time after what it is about: after its raise time, and after what its windows hold. */
static const double frames_s = 3;

static int64_t before(const fault_event *e, double s)
{
    return e->stamp_ns - (int64_t)(1e9 * s);
}

static bool always(const run_record *r, const fault_event *e)
{
    (void)r, (void)e;
    return true;
}

static bool is_without_fix(const run_record *r, const fault_event *e)
{
    return run_record_shows(r, e->source, SPAN_NO_FIX, before(e, frames_s), e->stamp_ns);
}

static bool is_silent(const run_record *r, const fault_event *e)
{
    return run_record_shows(r, e->source, SPAN_SILENT, before(e, frames_s), e->stamp_ns);
}

static bool is_late(const run_record *r, const fault_event *e)
{
    return run_record_shows(r, e->source, SPAN_LATE, before(e, frames_s), e->stamp_ns);
}

static bool is_missing(const run_record *r, const fault_event *e)
{
    return is_late(r, e) || run_record_shows(r, e->source, SPAN_LOST, before(e, frames_s), e->stamp_ns);
}

static bool is_disturbed(const run_record *r, const fault_event *e, source_kind kind)
{
    return r->stream && e->source < r->config->source_count && r->config->sources[e->source].kind == kind &&
           sim_disturbed(r->stream, e->source, before(e, ALARM_GRACE_S), e->stamp_ns);
}

static bool is_misled(const run_record *r, const fault_event *e)
{
    return is_disturbed(r, e, SOURCE_GNSS);
}

static bool is_blinded(const run_record *r, const fault_event *e)
{
    return is_disturbed(r, e, SOURCE_CAMERA);
}

/* ROW(flag, evidence, what makes it true) */
#define STATEMENTS(ROW)                                                                                      \
    ROW(ALERT, always,                                                                                       \
        "it compares the filter's own bound with the limit: that is availability, and counted there")        \
    ROW(DEAD_RECKONING, always, "it says what the pose rests on; the column of that name has its share")     \
    ROW(NO_FIX, is_without_fix, "the receiver said so in the " FRAMES " before")                             \
    ROW(STALE, is_silent, "no frame came in the " FRAMES " before, for longer than stale_after_s")           \
    ROW(LATE, is_late, "a frame in the " FRAMES " before was received after the window had closed")          \
    ROW(SEQUENCE_GAP, is_missing, "a frame of the " FRAMES " before was lost or late")                       \
    ROW(MULTIPATH, is_misled, REFLECTION)                                                                    \
    ROW(JUMP, is_misled, REFLECTION)                                                                         \
    ROW(NOISY, is_misled, REFLECTION)                                                                        \
    ROW(BIASED, is_misled, REFLECTION)                                                                       \
    ROW(REJECTED, is_misled, REFLECTION)                                                                     \
    ROW(EXCLUDED, is_misled, REFLECTION)                                                                     \
    ROW(OVEREXPOSED, is_blinded, SIGHT)                                                                      \
    ROW(UNDEREXPOSED, is_blinded, SIGHT)                                                                     \
    ROW(GLARE, is_blinded, SIGHT)                                                                            \
    ROW(BLURRED, is_blinded, SIGHT)                                                                          \
    ROW(BLOCKED, is_blinded, SIGHT)                                                                          \
    ROW(NO_LANDMARKS, is_blinded, SIGHT)

#define FRAMES "3 s"
#define REFLECTION                                                                                           \
    "of a GNSS receiver: it had a reflection or a wrong fix in the 10 s before, so its fixes were off as "   \
    "the flag says"
#define SIGHT "of a camera: it was dark, against the sun, in rain or in fog in the 10 s before"

typedef struct {
    fault_code code;
    evidence *is_true;
    const char *why;
} statement;

static const statement statements[] = {
#define ROW(NAME, test, words) {FAULT_##NAME, test, words},
    STATEMENTS(ROW)
#undef ROW
};
enum { STATEMENT_COUNT = sizeof statements / sizeof *statements };

static bool is_true_statement(const run_record *r, const fault_event *e)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        if (statements[i].code == e->code)
            return statements[i].is_true(r, e);
    }
    return false;
}

/* ---- flags and faults ---- */

static double second_of(const fault_event *e)
{
    return 1e-9 * (double)(e->stamp_ns - SIM_BEGIN_NS);
}

/* Does an injected fault act on the source of the flag? A fault of every source is one of the clock as well.
 */
static bool is_of_fault(const run_record *r, const inject_plan *plan, size_t i, const fault_event *e)
{
    if (e->source == FAULT_SOURCE_SYSTEM)
        return strcmp(inject_plan_get(plan, i).source, "*") == 0;
    return inject_plan_concerns(plan, i, r->config, e->source);
}

static bool is_during(const inject_plan *plan, size_t i, const fault_event *e)
{
    inject_fault f = inject_plan_get(plan, i);
    double s = second_of(e);
    return s >= f.from_s && s <= f.to_s + ALARM_GRACE_S;
}

/* What is true of the drive as it is: a statement about a source that no fault acts on. */
static bool is_of_drive(const run_record *r, const inject_plan *plan, const fault_event *e)
{
    if (fault_describe((fault_code)e->code)->severity == SEVERITY_INFO)
        return true;
    if (!is_true_statement(r, e))
        return false;
    for (size_t i = 0; plan && i < inject_plan_count(plan); i++) {
        if (is_during(plan, i, e) && is_of_fault(r, plan, i, e))
            return false;
    }
    return true;
}

static bool is_explained(const inject_plan *plan, const fault_event *e)
{
    for (size_t i = 0; plan && i < inject_plan_count(plan); i++) {
        if (is_during(plan, i, e))
            return true;
    }
    return false;
}

static const char *source_name(const run_record *r, const fault_event *e)
{
    if (e->source == FAULT_SOURCE_MAP)
        return "map";
    return e->source < r->config->source_count ? r->config->sources[e->source].name : "system";
}

static void name_event(const run_record *r, const fault_event *e, char *out, size_t size)
{
    snprintf(out, size, "%s %s", source_name(r, e), fault_describe((fault_code)e->code)->name);
}

static size_t kept_events(const run_record *r)
{
    return r->event_count < RECORD_MAX_EVENTS ? r->event_count : RECORD_MAX_EVENTS;
}

static void add_name(campaign_row *row, const char *name)
{
    size_t used = strlen(row->false_alarm_names);
    if (used + strlen(name) + 3 > sizeof row->false_alarm_names)
        return;
    snprintf(row->false_alarm_names + used, sizeof row->false_alarm_names - used, "%s%s",
             used > 0 ? ", " : "", name);
}

static void count_false(const run_record *r, const inject_plan *plan, campaign_row *row)
{
    char name[96];
    row->false_alarms = (int64_t)(r->event_count - kept_events(r)); /* so many can only be false */
    for (size_t i = 0; i < kept_events(r); i++) {
        const fault_event *e = &r->events[i];
        if (is_of_drive(r, plan, e) || is_explained(plan, e))
            continue;
        row->false_alarms++;
        name_event(r, e, name, sizeof name);
        add_name(row, name);
    }
}

/* One flag while the first fault lasted. */
static void see_flag(const run_record *r, const inject_plan *plan, const fault_event *e, campaign_row *row)
{
    inject_fault f = inject_plan_get(plan, 0);
    double after_s = second_of(e) - f.from_s;
    bool right = is_of_fault(r, plan, 0, e);
    if (row->detected != 1) {
        row->detected = 1;
        row->detect_s = after_s;
        name_event(r, e, row->first_flag, sizeof row->first_flag);
    }
    /* The system and what it says is no source: it does not name one, nor in the way of one. */
    if (row->named < 0 && (e->source != FAULT_SOURCE_SYSTEM || right))
        row->named = right;
    if (right && !isfinite(row->named_s))
        row->named_s = after_s;
    if (right && (f.expected_mask >> e->code & 1u))
        row->named_code = 1;
}

static void judge_first(const run_record *r, const inject_plan *plan, campaign_row *row)
{
    inject_fault f = inject_plan_get(plan, 0);
    snprintf(row->fault_source, sizeof row->fault_source, "%s", f.source);
    row->fault_from_s = f.from_s;
    row->fault_to_s = isfinite(f.to_s) ? f.to_s : NAN;
    row->detected = 0;
    row->named_code = f.expected_mask != 0 ? 0 : -1;
    for (size_t i = 0; i < kept_events(r); i++) {
        if (is_during(plan, 0, &r->events[i]) && !is_of_drive(r, plan, &r->events[i]))
            see_flag(r, plan, &r->events[i], row);
    }
    if (row->named < 0)
        row->named = 0;
}

void alarms_judge(const run_record *r, const inject_plan *plan, campaign_row *row)
{
    row->injected = plan ? (int64_t)inject_plan_count(plan) : 0;
    count_false(r, plan, row);
    if (plan)
        judge_first(r, plan, row);
}

void alarms_write_reference(FILE *out)
{
    fputs("| flag | what makes it true |\n| --- | --- |\n", out);
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        bool goes_on = i > 0 && strcmp(statements[i].why, statements[i - 1].why) == 0;
        bool last = i + 1 == STATEMENT_COUNT || strcmp(statements[i].why, statements[i + 1].why) != 0;
        fprintf(out, "%s%s", goes_on ? ", " : "| ", fault_describe(statements[i].code)->name);
        if (last)
            fprintf(out, " | %s |\n", statements[i].why);
    }
}
