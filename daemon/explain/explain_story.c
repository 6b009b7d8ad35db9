/*
 * Flags, and what would have happened, in sentences.
 */
#include "daemon/explain/explain_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char *unit_of(const fault_info *info)
{
    return strcmp(info->unit, "sigma") == 0 ? " sigma" : strcmp(info->unit, "s") == 0 ? " s" : "";
}

/* ---- the list */

static void print_row(const explain_printer *p, size_t i)
{
    const explain_flag *flag = &p->x->log.flags[i];
    const fault_info *info = fault_describe((fault_code)flag->code);
    fprintf(p->out, "  %3zu  %-22s %-15s %-8s %8.1f s ", i + 1,
            fault_source_name(explain_settings(p->x), flag->source), info->name,
            fault_severity_word(info->severity), explain_seconds(p->x, flag->rise_ns));
    if (flag->clear_ns == INT64_MAX)
        fputs("  the end", p->out);
    else
        fprintf(p->out, "%7.1f s", explain_seconds(p->x, flag->clear_ns));
    if (isfinite(flag->evidence) && isfinite(flag->limit))
        fprintf(p->out, "  %.4g%s, limit %.4g", flag->evidence, unit_of(info), flag->limit);
    fputc('\n', p->out);
}

void explain_print_list(const explain_printer *p)
{
    if (p->x->log.flag_count == 0)
        return;
    explain_print_heading(
        p, "  No.  source                 fault           severity       from     until  evidence");
    for (size_t i = 0; i < p->x->log.flag_count; i++)
        print_row(p, i);
}

/* ---- flags */

static void print_times(const explain_printer *p, const explain_flag *flag)
{
    const explanation *x = p->x;
    double waited_s = 1e-9 * ((double)flag->rise_ns - (double)flag->begin_ns);
    fprintf(p->out, "     Its condition held from %.1f s; the flag rose ",
            explain_seconds(x, flag->begin_ns));
    if (waited_s < 0.05)
        fputs("at once", p->out);
    else
        fprintf(p->out, "%.1f s later, at %.1f s", waited_s, explain_seconds(x, flag->rise_ns));
    if (flag->clear_ns == INT64_MAX && flag->gone_ns == INT64_MAX)
        fputs(", and is up at the end of the drive.\n", p->out);
    else if (flag->clear_ns == INT64_MAX)
        fprintf(p->out, "; the condition went away at %.1f s, and the flag is still up at the end.\n",
                explain_seconds(x, flag->gone_ns));
    else
        fprintf(p->out, ". The condition went away at %.1f s; the flag cleared at %.1f s.\n",
                explain_seconds(x, flag->gone_ns), explain_seconds(x, flag->clear_ns));
}

/* A limit that is a setting is named. */
static void print_limit(const explain_printer *p, const explain_flag *flag, const fault_info *info)
{
    fprintf(p->out, "limit %.4g%s", flag->limit, unit_of(info));
    if (strspn(info->limit, "0123456789.") != strlen(info->limit))
        fprintf(p->out, " (%s)", info->limit);
}

static void print_evidence(const explain_printer *p, const explain_flag *flag, const fault_info *info)
{
    if (!isfinite(flag->evidence))
        return;
    fprintf(p->out, "     Its evidence, %.*s, was %.4g%s as it rose; ", (int)strcspn(info->evidence, ";"),
            info->evidence, flag->evidence, unit_of(info));
    print_limit(p, flag, info);
    if (fabsf(flag->worst - flag->worst_limit) > 1.01f * fabsf(flag->evidence - flag->limit))
        fprintf(p->out, "; furthest from it %.4g%s, at %.1f s", flag->worst, unit_of(info),
                explain_seconds(p->x, flag->worst_ns));
    fputs(".\n", p->out);
}

static void print_effect(const explain_printer *p, const explain_flag *flag, const fault_info *info)
{
    static const char *const words[] = {
        [EFFECT_NONE] = "The flag alone changes nothing in the fusion",
        [EFFECT_DOWN_WEIGHT] = "While it is up, the source counts for less",
        [EFFECT_EXCLUDE] = "While it is up, the source is not fused",
    };
    fprintf(p->out, "     %s.", words[info->effect]);
    if (flag->fused + flag->refused > 0)
        fprintf(p->out,
                " Of what the source measured meanwhile, %" PRIu64 " were fused, %" PRIu64 " refused.",
                flag->fused, flag->refused);
    fputc('\n', p->out);
}

static void print_flag(const explain_printer *p, size_t i)
{
    const explain_flag *flag = &p->x->log.flags[i];
    const fault_info *info = fault_describe((fault_code)flag->code);
    fprintf(p->out, "  %zu. %s %s (%s): %s\n", i + 1, fault_source_name(explain_settings(p->x), flag->source),
            info->name, fault_severity_word(info->severity), info->text);
    print_times(p, flag);
    if (flag->code != FAULT_EXCLUDED) /* told under what was left out */
        print_evidence(p, flag, info);
    print_effect(p, flag, info);
}

/* No flag was up: which were nearest. */
static void print_neighbours(const explain_printer *p)
{
    const explanation *x = p->x;
    const explain_flag *before = NULL, *after = NULL;
    for (size_t i = 0; i < x->log.flag_count; i++) {
        const explain_flag *flag = &x->log.flags[i];
        if (flag->clear_ns <= x->at_ns && (!before || flag->clear_ns > before->clear_ns))
            before = flag;
        if (flag->rise_ns > x->at_ns && !after)
            after = flag;
    }
    fputs("  None was up.", p->out);
    if (before)
        fprintf(p->out, " The last before, %s of %s, cleared at %.1f s.",
                fault_describe((fault_code)before->code)->name,
                fault_source_name(explain_settings(x), before->source), explain_seconds(x, before->clear_ns));
    if (after)
        fprintf(p->out, " The next, %s of %s, rose at %.1f s.", fault_describe((fault_code)after->code)->name,
                fault_source_name(explain_settings(x), after->source), explain_seconds(x, after->rise_ns));
    fputc('\n', p->out);
}

/* The sources' first: ALERT is often up for all of a drive. */
void explain_print_flags(const explain_printer *p)
{
    explain_print_heading(p, p->x->fault > 0 ? "The flag" : "Flags");
    for (int whole = 0; whole < 2; whole++) {
        for (size_t i = 0; i < p->x->subject_count; i++) {
            const explain_flag *flag = &p->x->log.flags[p->x->subjects[i]];
            if ((flag->source >= SETTINGS_MAX_SOURCES) == whole)
                print_flag(p, p->x->subjects[i]);
        }
    }
    if (p->x->subject_count == 0)
        print_neighbours(p);
}

/* ---- what would have happened */

static void print_cell(const explain_printer *p, double value, int width, int decimals)
{
    if (isfinite(value))
        fprintf(p->out, "%*.*f", width, decimals, value);
    else
        fprintf(p->out, "%*s", width, "-");
}

/* Labels in one column. */
static int label_width(const explanation *x)
{
    size_t width = 30;
    for (size_t i = 0; i < x->run_count; i++)
        width = strlen(x->runs[i].label) > width ? strlen(x->runs[i].label) : width;
    return (int)width;
}

static void print_errors(const explain_printer *p)
{
    const int width = label_width(p->x);
    char head[256];
    snprintf(head, sizeof head, "%-*s%10s%11s%8s%9s%13s%11s", width + 2, "Horizontal error, m", "at T",
             "its level", "rms", "largest", "error/level", "above it");
    explain_print_heading(p, head);
    for (size_t i = 0; i < p->x->run_count; i++) {
        const explain_run *run = &p->x->runs[i];
        fprintf(p->out, "  %-*s", width, run->label);
        print_cell(p, run->error_at_m, 10, 2);
        print_cell(p, run->level_at_m, 11, 1);
        print_cell(p, run->error_rms_m, 8, 2);
        print_cell(p, run->error_max_m, 9, 2);
        print_cell(p, run->worst_ratio, 13, 2);
        print_cell(p, run->outside_s, 9, 1);
        fputs(isfinite(run->outside_s) ? " s\n" : "\n", p->out);
    }
}

static void print_tracks(const explain_printer *p)
{
    const int width = label_width(p->x);
    char head[256];
    snprintf(head, sizeof head, "%-*s%10s%11s%9s", width + 2, "From the track as it was, m", "at T",
             "its level", "largest");
    explain_print_heading(p, head);
    for (size_t i = 0; i < p->x->run_count; i++) {
        const explain_run *run = &p->x->runs[i];
        fprintf(p->out, "  %-*s", width, run->label);
        print_cell(p, i == 0 ? 0 : run->apart_at_m, 10, 2);
        print_cell(p, run->level_at_m, 11, 1);
        print_cell(p, i == 0 ? 0 : run->apart_max_m, 9, 2);
        fputc('\n', p->out);
    }
}

static void print_covered(const explain_printer *p, const explain_run *run)
{
    if (run->outside_s >= 0.05)
        fprintf(p->out, "for %.1f s that was more than the protection level", run->outside_s);
    else
        fputs(run->outside_s > 0 ? "for a moment that was more than the protection level"
                                 : "the protection level held",
              p->out);
}

/* A run as a sentence: was the error covered? */
static void print_sentence(const explain_printer *p, const explain_run *run)
{
    if (isfinite(run->error_max_m)) {
        fprintf(p->out, "  %s%s", run == p->x->runs ? "As it was" : "Played ",
                run == p->x->runs ? "" : run->label);
        fprintf(p->out, ", the pose was off by up to %.2f m, at %.1f s; ", run->error_max_m,
                run->error_max_s);
        print_covered(p, run);
        fputs(".\n", p->out);
    } else if (isfinite(run->apart_max_m)) {
        fprintf(p->out, "  Played %s, the pose was up to %.2f m from where it was.\n", run->label,
                run->apart_max_m);
    } else if (run != p->x->runs) {
        fprintf(p->out, "  Played %s, there was no pose to compare.\n", run->label);
    }
}

void explain_print_runs(const explain_printer *p)
{
    const explanation *x = p->x;
    bool truth = false;
    explain_print_heading(p, "What would have happened");
    fprintf(p->out, "  From %.1f s to %.1f s:\n", explain_seconds(x, x->from_ns),
            explain_seconds(x, x->to_ns));
    for (size_t i = 0; i < x->run_count; i++) {
        print_sentence(p, &x->runs[i]);
        truth |= x->runs[i].sample_count > 0;
    }
    if (x->run_count == 1)
        fputs("  No source was left out or flagged: there is nothing to play otherwise.\n", p->out);
    if (truth)
        print_errors(p);
    else if (x->run_count > 1)
        print_tracks(p);
}
