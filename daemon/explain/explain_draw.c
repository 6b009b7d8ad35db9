/*
 * The span about the moment as a drawing: evidence against its limit, doubt, errors against their level.
 */
#include "daemon/explain/explain_draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const of_run[EXPLAIN_RUNS] = {DRAW_BLUE, DRAW_RED, DRAW_PINK, "#d98c00", "#4aa3d8"};

enum { PANEL = 130, GAP = 34, EVIDENCE_MOST = 3 };

/* Scales that span more than this are logarithmic. */
static const double wide = 30;

double explain_draw_seconds(const explain_drawing *d, int64_t time_ns)
{
    return explain_seconds(d->x, time_ns);
}

void explain_draw_panel(explain_drawing *d, double height, const char *title)
{
    svg_panel(&d->s, d->next, height, title);
    d->next += height + GAP;
    d->key = SVG_LEFT + 10 + 7.0 * fmax(0, (double)strlen(title) - 22);
}

static void curve(explain_drawing *d, size_t count, const char *colour, const char *dash, const char *word)
{
    svg_line(&d->s, d->points, count, DRAW_GAP_S, colour, dash);
    d->key = svg_key(&d->s, d->key, colour, dash, word);
}

/* ---- evidence */

/* The curve of a flag's evidence, or of its limit. */
static size_t take_looks(explain_drawing *d, const explain_flag *flag, bool limit)
{
    const explain_log *log = &d->x->log;
    size_t count = 0;
    for (size_t i = 0; i < log->look_count; i++) {
        const explain_look *look = &log->looks[i];
        if (look->source == flag->source && look->code == flag->code && isfinite(look->evidence))
            d->points[count++] =
                (svg_point){explain_draw_seconds(d, look->stamp_ns), limit ? look->limit : look->evidence};
    }
    return count;
}

static void find_range(const svg_point *points, size_t count, double *low, double *high)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(points[i].value))
            continue;
        *high = fmax(*high, points[i].value);
        *low = points[i].value > 0 ? fmin(*low, points[i].value) : *low;
    }
}

static void scale(explain_drawing *d, double low, double high, const char *unit)
{
    if (high > wide * low && high > 0)
        svg_scale(&d->s, fmax(low, high * 1e-4) / 1.5, high * 1.5, true, unit);
    else
        svg_scale(&d->s, 0, high > 0 ? high * 1.15 : 1, false, unit);
}

static void draw_evidence(explain_drawing *d, const explain_flag *flag)
{
    const fault_info *info = fault_describe((fault_code)flag->code);
    char title[128];
    double low = INFINITY, high = 0;
    size_t count = take_looks(d, flag, false);
    if (count == 0)
        return;
    find_range(d->points, count, &low, &high);
    find_range(d->points, take_looks(d, flag, true), &low, &high);
    snprintf(title, sizeof title, "%s %s", fault_source_name(explain_settings(d->x), flag->source),
             info->name);
    explain_draw_panel(d, PANEL, title);
    scale(d, low, high, strcmp(info->unit, "s") == 0 ? " s" : "");
    curve(d, take_looks(d, flag, true), DRAW_RED, "6 4", "limit");
    size_t seen = take_looks(d, flag, false);
    svg_dots(&d->s, d->points, seen, DRAW_BLUE);
    snprintf(title, sizeof title, "%.*s", (int)strcspn(info->evidence, ";"), info->evidence);
    curve(d, seen, DRAW_BLUE, "", title);
}

/* Whether a flag's evidence is drawn: it is told. An exclusion has panels of its own; what the system says
 * (ALERT is often up for all of a drive) is drawn where it was asked for. */
static bool is_drawn(const explanation *x, size_t i)
{
    const explain_flag *flag = &x->log.flags[i];
    bool told = false;
    for (size_t k = 0; k < x->subject_count; k++)
        told |= x->subjects[k] == i;
    return told && isfinite(flag->evidence) && flag->code != FAULT_EXCLUDED &&
           (x->fault > 0 || flag->source < SETTINGS_MAX_SOURCES);
}

static void draw_all_evidence(explain_drawing *d)
{
    for (size_t i = 0, drawn = 0; i < d->x->log.flag_count && drawn < EVIDENCE_MOST; i++) {
        if (!is_drawn(d->x, i))
            continue;
        draw_evidence(d, &d->x->log.flags[i]);
        drawn++;
    }
}

/* ---- what the integrity monitor saw */

static size_t take_separation(explain_drawing *d, uint32_t sources, double limit)
{
    const drive_log *log = &d->x->log.drive;
    for (size_t i = 0; i < log->status_count; i++) {
        const fusion_status *status = &log->statuses[i];
        double value = NAN;
        for (size_t h = 0; h < status->hypothesis_count; h++) {
            if (status->hypotheses[h].sources == sources && !status->hypotheses[h].quantities)
                value = explain_separation(&status->hypotheses[h], limit);
        }
        d->points[i] = (svg_point){explain_draw_seconds(d, status->stamp_ns), value};
    }
    return log->status_count;
}

/* Of the sub-solution without these sources, or the largest of those that use them. */
static size_t take_doubt(explain_drawing *d, uint32_t sources, bool without)
{
    const drive_log *log = &d->x->log.drive;
    for (size_t i = 0; i < log->status_count; i++) {
        const fusion_status *status = &log->statuses[i];
        double most = NAN;
        for (size_t h = 0; h < status->hypothesis_count; h++) {
            const fusion_hypothesis *of = &status->hypotheses[h];
            bool counts = without ? of->sources == sources && !of->quantities : !(of->sources & sources);
            if (of->live && counts && !(of->doubt <= most))
                most = of->doubt;
        }
        d->points[i] = (svg_point){explain_draw_seconds(d, status->stamp_ns), most};
    }
    return log->status_count;
}

static void level_line(explain_drawing *d, double value, const char *colour, const char *dash,
                       const char *word)
{
    const svg_point ends[] = {{d->s.from_s, value}, {d->s.to_s, value}};
    svg_line(&d->s, ends, 2, INFINITY, colour, dash);
    d->key = svg_key(&d->s, d->key, colour, dash, word);
}

static void name_without(const explain_drawing *d, uint32_t sources, char *out, size_t size)
{
    char names[128];
    explain_name_sources(explain_settings(d->x), sources, names, sizeof names);
    snprintf(out, size, "without %s", names);
}

static void draw_separation(explain_drawing *d, const explain_exclusion *e)
{
    const fusion_hypothesis *acted = explain_exclusion_hypothesis(e), *alarm = explain_exclusion_alarm(e);
    const uint32_t sources = acted ? acted->sources : e->sources;
    double low = INFINITY, high = e->limit;
    char word[160];
    find_range(d->points, take_separation(d, sources, e->limit), &low, &high);
    if (alarm)
        find_range(d->points, take_separation(d, alarm->sources, e->limit), &low, &high);
    explain_draw_panel(d, PANEL, "Separation, sigmas");
    svg_scale(&d->s, 0, 1.15 * high, false, "");
    level_line(d, e->limit, DRAW_RED, "6 4", "limit");
    if (alarm && alarm->sources != sources) {
        name_without(d, alarm->sources, word, sizeof word);
        curve(d, take_separation(d, alarm->sources, e->limit), DRAW_PINK, "", word);
    }
    name_without(d, sources, word, sizeof word);
    curve(d, take_separation(d, sources, e->limit), DRAW_BLUE, "", word);
}

static void draw_doubt(explain_drawing *d, uint32_t sources)
{
    char word[160];
    explain_draw_panel(d, PANEL, "Doubt");
    svg_scale(&d->s, 0, 52, false, "");
    level_line(d, 20, DRAW_RED, "6 4", "contradiction");
    level_line(d, 6, DRAW_GREY, "2 4", "agreement");
    curve(d, take_doubt(d, sources, false), DRAW_PINK, "", "with it: the largest");
    name_without(d, sources, word, sizeof word);
    curve(d, take_doubt(d, sources, true), DRAW_BLUE, "", word);
}

/* Of what was left out nearest to the moment. */
static void draw_exclusion(explain_drawing *d)
{
    const explanation *x = d->x;
    const explain_exclusion *nearest = NULL;
    for (size_t k = 0; k < x->exclusion_count; k++) {
        const explain_exclusion *e = &x->log.exclusions[x->exclusions[k]];
        if (e->stamp_ns < x->log.from_ns || e->stamp_ns > x->log.to_ns)
            continue;
        if (!nearest || llabs(e->stamp_ns - x->at_ns) < llabs(nearest->stamp_ns - x->at_ns))
            nearest = e;
    }
    if (!nearest)
        return;
    draw_separation(d, nearest);
    draw_doubt(d, nearest->sources);
}

/* ---- errors and levels */

static size_t take_errors(explain_drawing *d, const explain_run *run)
{
    for (size_t i = 0; i < run->sample_count; i++) {
        const error_sample *e = &run->samples[i];
        d->points[i] = (svg_point){explain_draw_seconds(d, e->stamp_ns), hypot(e->enu_m[0], e->enu_m[1])};
    }
    return run->sample_count;
}

static size_t take_apart(explain_drawing *d, const explain_run *run)
{
    for (size_t i = 0; i < run->apart_count; i++)
        d->points[i] = (svg_point){explain_draw_seconds(d, run->apart[i].stamp_ns), run->apart[i].apart_m};
    return run->apart_count;
}

/* At the truth's points, or, without a truth and of the track as it was alone, ten a second. */
static size_t take_levels(explain_drawing *d, const explain_run *run)
{
    const replay_result *r = &run->result;
    size_t count = 0;
    double last_s = -INFINITY;
    for (size_t i = 0; i < run->sample_count; i++)
        d->points[count++] =
            (svg_point){explain_draw_seconds(d, run->samples[i].stamp_ns), run->samples[i].protection[4]};
    for (size_t i = 0; run->sample_count == 0 && i < r->pose_count; i++) {
        double at_s = explain_draw_seconds(d, r->poses[i].stamp_ns);
        if (!(at_s - last_s >= 0.1))
            continue;
        d->points[count++] = (svg_point){at_s, r->poses[i].protection_horizontal_m};
        last_s = at_s;
    }
    return count;
}

/* Of what is in the picture alone. */
static void find_seen(const explain_drawing *d, size_t count, double *low, double *high)
{
    for (size_t i = 0; i < count; i++) {
        if (d->points[i].time_s >= d->s.from_s && d->points[i].time_s <= d->s.to_s)
            find_range(&d->points[i], 1, low, high);
    }
}

static size_t take_run(explain_drawing *d, const explain_run *run)
{
    return d->x->runs[0].samples ? take_errors(d, run) : take_apart(d, run);
}

static void draw_errors(explain_drawing *d)
{
    const explanation *x = d->x;
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < x->run_count; i++) {
        find_seen(d, take_levels(d, &x->runs[i]), &low, &high);
        find_seen(d, take_run(d, &x->runs[i]), &low, &high);
    }
    if (!(high > 0))
        return;
    explain_draw_panel(d, 1.6 * PANEL, x->runs[0].samples ? "Horizontal error" : "From the track as it was");
    svg_scale(&d->s, fmax(fmin(low, high / 10), high * 1e-4) / 1.5, high * 1.5, true, " m");
    for (size_t i = 0; i < x->run_count; i++) {
        size_t count = take_levels(d, &x->runs[i]);
        svg_line(&d->s, d->points, count, DRAW_GAP_S, of_run[i], "6 4");
        count = take_run(d, &x->runs[i]);
        if (count > 0 || i == 0)
            curve(d, count, of_run[i], "", x->runs[i].label);
    }
    svg_key(&d->s, d->key, DRAW_INK, "6 4", "protection level");
}

/* ---- the whole */

/* No curve has more points than that. */
static size_t most_points(const explanation *x)
{
    size_t most = x->log.look_count + x->log.drive.status_count * STATUS_MAX_HYPOTHESES;
    for (size_t i = 0; i < x->run_count; i++) {
        const explain_run *run = &x->runs[i];
        most = run->sample_count > most ? run->sample_count : most;
        most = run->apart_count > most ? run->apart_count : most;
        most = run->result.pose_count > most ? run->result.pose_count : most;
    }
    return most + 2;
}

/* Returns the height of the whole. */
static double draw_panels(explain_drawing *d)
{
    draw_all_evidence(d);
    draw_exclusion(d);
    draw_errors(d);
    explain_draw_flags(d);
    explain_draw_sources(d);
    svg_axis(&d->s, d->next - GAP);
    svg_moment(&d->s, d->x->at_s, 40, d->next - GAP);
    return d->next;
}

static void put_title(const explanation *x, char *out, size_t size)
{
    const explain_flag *flag = x->fault > 0 ? &x->log.flags[x->fault - 1] : NULL;
    if (flag)
        snprintf(out, size, "%s: %s of %s, %.1f s", x->drive, fault_describe((fault_code)flag->code)->name,
                 fault_source_name(explain_settings(x), flag->source), x->at_s);
    else
        snprintf(out, size, "%s at %.1f s", x->drive, x->at_s);
}

/* Into memory first: how high it is shows at its end. */
bool explain_draw(const explanation *x, FILE *out)
{
    char *body = NULL, title[256];
    size_t size = 0;
    FILE *panels = open_memstream(&body, &size);
    explain_drawing d = {.x = x, .points = calloc(most_points(x), sizeof *d.points), .next = 74};
    bool good = panels && d.points;
    d.s = (svg){panels, fmax(x->at_s - EXPLAIN_SPAN_S, 0), x->at_s + EXPLAIN_SPAN_S, 0, 0, 0, 0, false};
    double height = good ? draw_panels(&d) : 0;
    good = good && !ferror(panels);
    if (panels)
        good = fclose(panels) == 0 && good;
    if (good) {
        put_title(x, title, sizeof title);
        d.s.out = out;
        svg_begin(&d.s, height, title);
        fwrite(body, 1, size, out);
        svg_end(&d.s);
    }
    free(body);
    free(d.points);
    return good;
}
