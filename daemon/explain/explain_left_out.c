/*
 * What the integrity monitor left out, in sentences.
 */
#include "daemon/explain/explain_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const double deg = 180 / M_PI;

/* What made the monitor act. Its own separation, or that of another sub-solution; or neither, where the rest
 * contradicts it and the gates have kept it out. */
static void print_reason(const explain_printer *p, const explain_exclusion *e)
{
    const fusion_hypothesis *alarm = explain_exclusion_alarm(e);
    char out[256], other[256];
    explain_name_sources(explain_settings(p->x), e->sources, out, sizeof out);
    if (e->evidence > e->limit) {
        fprintf(p->out,
                "     The pose without %s was %.1f sigma from the pose with it; chance allows %.1f.\n", out,
                e->evidence, e->limit);
    } else if (alarm) {
        explain_name_sources(explain_settings(p->x), alarm->sources, other, sizeof other);
        fprintf(p->out,
                "     The pose without %s was %.1f sigma from the pose with it; chance allows %.1f.\n", other,
                explain_separation(alarm, e->limit), e->limit);
        fprintf(p->out, "     The monitor found that a fault of %s explains it.\n", out);
    } else {
        fprintf(p->out,
                "     What %s said contradicted all others for long, and the gates had kept it out:\n", out);
        fprintf(p->out,
                "     the pose without it was %.1f sigma from the pose with it; chance allows %.1f.\n",
                e->evidence, e->limit);
    }
}

/* As wide as the longest of their names. */
static int width_of_names(const explain_printer *p, const explain_exclusion *e, const char *title)
{
    char names[256];
    size_t width = strlen(title);
    for (size_t h = 0; h < e->status.hypothesis_count; h++) {
        explain_name_hypothesis(explain_settings(p->x), &e->status.hypotheses[h], names, sizeof names);
        if (e->status.hypotheses[h].live && strlen(names) > width)
            width = strlen(names);
    }
    return (int)width;
}

/* What the monitor saw: a row for each hypothesis. */
static void print_hypotheses(const explain_printer *p, const explain_exclusion *e)
{
    static const char title[] = "the pose without";
    char names[256];
    int width = width_of_names(p, e, title);
    fprintf(p->out, "       %-*s %9s %9s %9s %13s %7s\n", width, title, "along", "across", "heading",
            "separation", "doubt");
    for (size_t h = 0; h < e->status.hypothesis_count; h++) {
        const fusion_hypothesis *of = &e->status.hypotheses[h];
        if (!of->live)
            continue;
        explain_name_hypothesis(explain_settings(p->x), of, names, sizeof names);
        fprintf(p->out, "       %-*s %7.2f m %7.2f m %5.2f deg %7.1f sigma %7.1f\n", width, names,
                of->separation[EXPLAIN_ALONG], of->separation[EXPLAIN_CROSS],
                deg * of->separation[EXPLAIN_HEADING], explain_separation(of, e->limit), of->doubt);
    }
    fputs("     Doubt is how much what it is made of contradicts itself: up to 6 is agreement, from 20 on "
          "contradiction.\n",
          p->out);
}

/* How far off the source itself was, by what it measures. */
static void print_off(const explain_printer *p, const verdict *first, const verdict *most)
{
    if (first->dim == 0)
        return;
    double off, furthest;
    const char *unit = explain_off_in_unit(first, &off);
    explain_off_in_unit(most, &furthest);
    fprintf(p->out, "     The %s of %s at %.1f s was %.2f %s from what the others make of it",
            verdict_quantity_word((verdict_quantity)first->quantity),
            explain_settings(p->x)->sources[first->source].name, explain_seconds(p->x, first->stamp_ns), off,
            unit);
    if (most->stamp_ns != first->stamp_ns)
        fprintf(p->out, "; at most %.2f %s, at %.1f s, while it was out", furthest, unit,
                explain_seconds(p->x, most->stamp_ns));
    fputs(".\n", p->out);
}

static void print_end(const explain_printer *p, const explain_exclusion *e)
{
    const int64_t end_ns = explain_exclusion_end(p->x, e);
    uint32_t resets = 0;
    const double jump_m = explain_exclusion_jump(p->x, e, &resets);
    if (isfinite(jump_m))
        fprintf(p->out, "     The pose jumped by %.2f m then (reset %" PRIu32 ").\n", jump_m, resets);
    if (end_ns == INT64_MAX)
        fputs("     By the end of the drive it had not earned its way back.\n", p->out);
    else
        fprintf(p->out,
                "     It came back at %.1f s: all that it said had agreed for long enough, or nothing else "
                "told the place.\n",
                explain_seconds(p->x, end_ns));
}

static void print_exclusion(const explain_printer *p, const explain_exclusion *e)
{
    const settings *s = explain_settings(p->x);
    const int64_t end_ns = explain_exclusion_end(p->x, e);
    char names[256];
    explain_name_sources(s, e->sources, names, sizeof names);
    fprintf(p->out, "  %s %s left out from %.1f s to ", names, e->sources & (e->sources - 1) ? "were" : "was",
            explain_seconds(p->x, e->stamp_ns));
    if (end_ns == INT64_MAX)
        fputs("the end.\n", p->out);
    else
        fprintf(p->out, "%.1f s.\n", explain_seconds(p->x, end_ns));
    print_reason(p, e);
    print_hypotheses(p, e);
    for (size_t i = 0; i < s->source_count; i++)
        print_off(p, &e->after[i], &e->furthest[i]);
    print_end(p, e);
}

/* Flags that exclude by themselves: what a sensor says of itself, or what is plain to see. */
static bool print_by_flags(const explain_printer *p)
{
    const explanation *x = p->x;
    bool any = false;
    for (size_t i = 0; i < x->log.flag_count; i++) {
        const explain_flag *flag = &x->log.flags[i];
        if (!explain_flag_excludes(x, flag))
            continue;
        fprintf(p->out, "  %s was not fused from %.1f s to ",
                fault_source_name(explain_settings(x), flag->source), explain_seconds(x, flag->rise_ns));
        if (flag->clear_ns == INT64_MAX)
            fputs("the end", p->out);
        else
            fprintf(p->out, "%.1f s", explain_seconds(x, flag->clear_ns));
        fprintf(p->out, ", while %s was up.\n", fault_describe((fault_code)flag->code)->name);
        any = true;
    }
    return any;
}

void explain_print_exclusions(const explain_printer *p)
{
    explain_print_heading(p, "What was left out");
    for (size_t i = 0; i < p->x->exclusion_count; i++)
        print_exclusion(p, &p->x->log.exclusions[p->x->exclusions[i]]);
    if (!print_by_flags(p) && p->x->exclusion_count == 0)
        fprintf(p->out, "  Nothing, within %.0f s.\n", EXPLAIN_SPAN_S);
}
