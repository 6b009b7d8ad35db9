#include "daemon/explain/explain_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const double deg = 180 / M_PI;

/* What a source said longer ago than this before its newest frame is no part of the moment, s. */
static const double recent_s = 5.0;

void explain_print_heading(const explain_printer *p, const char *text)
{
    fprintf(p->out, "\n%s%s%s\n", p->colour ? "\033[1m" : "", text, p->colour ? "\033[0m" : "");
}

/* ---- the pose */

static void print_head(const explain_printer *p)
{
    const explanation *x = p->x;
    const replay_result *r = &x->runs[0].result;
    if (x->fault > 0)
        fprintf(p->out, "%s, fault %zu, which rose at %.1f s\n", x->drive, x->fault, x->at_s);
    else
        fprintf(p->out, "%s at %.1f s\n", x->drive, x->at_s);
    if (r->damage[0])
        fprintf(p->out, "DAMAGED: %s\n", r->damage);
    if (r->injected) {
        fputs("INJECTED: ", p->out);
        injection_print(p->out, r->injected);
        fputc('\n', p->out);
    }
}

static void print_place(const explain_printer *p)
{
    const fusion_pose *q = &p->x->pose;
    char why[256];
    explain_why_unusable(p->x, why, sizeof why);
    if (isfinite(q->latitude_rad))
        fprintf(p->out, "  at %.7f, %.7f, %.2f m high; %.1f m/s, heading %.1f deg\n", q->latitude_rad * deg,
                q->longitude_rad * deg, q->height_m, hypot(q->velocity_enu_mps[0], q->velocity_enu_mps[1]),
                q->heading_rad * deg);
    fprintf(p->out, "  %s, %s", fusion_mode_word((fusion_mode)q->mode), q->usable ? "usable" : "not usable");
    if (why[0])
        fprintf(p->out, ": %s", why);
    if (isfinite(q->confidence))
        fprintf(p->out, "\n  inside the alert limits with probability %.4g", q->confidence);
    fprintf(p->out, "\n");
}

/* What makes the level as large as it is. */
static void print_decider(const explain_printer *p, int direction, double unit, const char *word)
{
    const explanation *x = p->x;
    const explain_bound *b = &x->bounds[direction];
    const fusion_hypothesis *of = x->status ? &x->status->hypotheses[b->hypothesis] : NULL;
    char names[128];
    switch (b->decider) {
    case DECIDER_NONE:
        break;
    case DECIDER_FAULT_FREE:
        fprintf(p->out, "nothing at fault: %.1f sigma", x->status->fault_free_sigmas);
        break;
    case DECIDER_HYPOTHESIS:
        explain_name_hypothesis(explain_settings(x), of, names, sizeof names);
        fprintf(p->out, "%s at fault: %.2f %s apart, %.1f times %.2f %s", names,
                unit * fabs((double)of->separation[direction]), word, of->sigmas, unit * of->sigma[direction],
                word);
        break;
    case DECIDER_HELD:
        fputs("what was covered before the monitor started anew", p->out);
        break;
    case DECIDER_MAP:
        fputs("all that is said against the map off alike", p->out);
        break;
    case DECIDER_SINCE:
        fputs("a correction since the last look, a receiver that contradicts, or a lost heading", p->out);
        break;
    }
    if (b->widened)
        fprintf(p->out, "; widened, as the heading may be off: %s counts too",
                direction == EXPLAIN_ALONG ? "across" : "along");
}

static void print_number(const explain_printer *p, double value, int width, int decimals)
{
    if (isfinite(value))
        fprintf(p->out, "%*.*f", width, decimals, value);
    else
        fprintf(p->out, "%*s", width, "-");
}

static void print_bounds(const explain_printer *p)
{
    static const char *const words[EXPLAIN_DIRECTIONS] = {"along", "across", "vertical", "heading"};
    explain_print_heading(p, "Bounds             sigma      level      limit       decided by");
    for (int i = 0; i < EXPLAIN_DIRECTIONS; i++) {
        const explain_bound *b = &p->x->bounds[i];
        const double unit = i == EXPLAIN_HEADING ? deg : 1;
        const char *word = i == EXPLAIN_HEADING ? "deg" : "m";
        fprintf(p->out, "  %-10s", words[i]);
        print_number(p, unit * b->sigma, 12, 2);
        print_number(p, unit * b->level, 11, 2);
        print_number(p, unit * b->alert, 11, 2);
        fprintf(p->out, " %-4s  ", word);
        print_decider(p, i, unit, word);
        fputc('\n', p->out);
    }
    if (p->x->status && p->x->status->hypothesis_count == 0)
        fputs("  the integrity monitor is off: the levels hold when nothing is at fault\n", p->out);
}

/* ---- the sources */

static const char *decision_word(verdict_decision decision)
{
    static const char *const words[] = {[DECISION_NONE] = "none",
                                        [DECISION_FUSED] = "fused",
                                        [DECISION_DOWN_WEIGHTED] = "down-weighted",
                                        [DECISION_REJECTED] = "rejected",
                                        [DECISION_IGNORED] = "ignored"};
    return decision < sizeof words / sizeof *words ? words[decision] : "?";
}

static void print_verdict(const explain_printer *p, const verdict *v)
{
    fprintf(p->out, "%s %s", verdict_quantity_word((verdict_quantity)v->quantity),
            decision_word((verdict_decision)v->decision));
    if (v->reason != REASON_NONE)
        fprintf(p->out, " (%s)", verdict_reason_word((verdict_reason)v->reason));
    if (v->dim == 0 || !isfinite(v->nis))
        return;
    double off;
    const char *unit = explain_off_in_unit(v, &off);
    if (*unit)
        fprintf(p->out, ", %.2f %s off", off, unit);
    fprintf(p->out, ", NIS %.1f of %.1f", v->nis, v->limit);
}

static void print_verdicts(const explain_printer *p, const explain_voice *voice)
{
    bool first = true;
    for (int q = 0; q < QUANTITY_COUNT; q++) {
        const verdict *v = &voice->last[q];
        double old_s = 1e-9 * ((double)voice->stamp_ns - (double)v->stamp_ns);
        if (!voice->judged[q] || !(old_s < recent_s))
            continue;
        fputs(first ? "  " : "; ", p->out);
        print_verdict(p, v);
        first = false;
    }
}

static void print_source_flags(const explain_printer *p, size_t source)
{
    bool first = true;
    for (size_t i = 0; i < p->x->log.flag_count; i++) {
        const explain_flag *flag = &p->x->log.flags[i];
        if (flag->source != source || flag->rise_ns > p->x->at_ns || flag->clear_ns <= p->x->at_ns)
            continue;
        fprintf(p->out, first ? "  [%s" : ", %s", fault_describe((fault_code)flag->code)->name);
        first = false;
    }
    fputs(first ? "" : "]", p->out);
}

static void print_source(const explain_printer *p, size_t i)
{
    const explanation *x = p->x;
    const source_settings *source = &explain_settings(x)->sources[i];
    const explain_voice *voice = &x->log.voices[i];
    fprintf(p->out, "  %-22s", source->name);
    if (!source->enabled || voice->stamp_ns == INT64_MIN) {
        fputs(!source->enabled ? "left out\n" : "has not spoken yet\n", p->out);
        return;
    }
    fprintf(p->out, "%7.2f s ago", 1e-9 * ((double)x->at_ns - (double)voice->stamp_ns));
    print_verdicts(p, voice);
    if (x->status && isfinite(x->status->sources[i].latency_s))
        fprintf(p->out, "; latency %.0f ± %.0f ms", 1e3 * (double)x->status->sources[i].latency_s,
                1e3 * (double)x->status->sources[i].latency_sigma_s);
    print_source_flags(p, i);
    fputc('\n', p->out);
}

static void print_sources(const explain_printer *p)
{
    explain_print_heading(p, "Sources                  last frame  last verdicts");
    for (size_t i = 0; i < explain_settings(p->x)->source_count; i++)
        print_source(p, i);
}

bool explain_print_text(const explanation *x, FILE *out, bool colour)
{
    const explain_printer p = {x, out, colour};
    if (x->run_count == 0)
        return false;
    if (!x->has_moment) {
        fprintf(out, "%s: %zu faults\n", x->drive, x->log.flag_count);
        explain_print_list(&p);
        return !ferror(out);
    }
    print_head(&p);
    explain_print_flags(&p);
    explain_print_exclusions(&p);
    explain_print_runs(&p);
    explain_print_heading(&p, "Pose");
    if (x->posed)
        print_place(&p);
    else
        fputs("  there is no pose yet\n", out);
    print_bounds(&p);
    print_sources(&p);
    explain_print_strip(&p);
    return !ferror(out);
}
