/*
 * Faults, alarms and failing runs on a campaign's page.
 */
#include "report/campaign_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FAILING = 100, MAX_TIMES = 400, MAX_ALARMS = 20 };

void campaign_write_estimate(json_writer *w, const char *name, estimate e)
{
    char key[64];
    json_number(w, name, e.value, DECIMALS);
    snprintf(key, sizeof key, "%s_low", name);
    json_number(w, key, e.low, DECIMALS);
    snprintf(key, sizeof key, "%s_high", name);
    json_number(w, key, e.high, DECIMALS);
}

/* ---- false alarms by name ---- */

typedef struct {
    char name[96];
    size_t count;
} alarm_name;

static int by_count(const void *a, const void *b)
{
    const alarm_name *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : strcmp(x->name, y->name);
}

/* Adds the names of a row, "source CODE, source CODE"; what finds no room counts as "others". */
static void add_names(alarm_name *names, size_t *count, const char *text)
{
    while (*text) {
        size_t size = strcspn(text, ","), at = 0;
        char name[sizeof names->name];
        snprintf(name, sizeof name, "%.*s", (int)size, text);
        while (at < *count && strcmp(names[at].name, name) != 0)
            at++;
        if (at == MAX_ALARMS - 1 && at == *count)
            snprintf(name, sizeof name, "others");
        if (at == *count && *count < MAX_ALARMS) {
            snprintf(names[at].name, sizeof names[at].name, "%s", name);
            (*count)++;
        }
        names[at < MAX_ALARMS ? at : MAX_ALARMS - 1].count++;
        text += size;
        text += strspn(text, ", ");
    }
}

void campaign_write_alarms(const campaign_summary *s, json_writer *w)
{
    const summary_group *g = summary_total(s, false);
    alarm_name names[MAX_ALARMS] = {{"", 0}};
    size_t count = 0;
    double hours = g ? g->f.hours : 0;
    for (size_t i = 0; i < s->of->count; i++) {
        if (!result_is_faulted(&s->of->rows[i]) && result_is_judged(&s->of->rows[i]))
            add_names(names, &count, s->of->rows[i].false_alarm_names);
    }
    qsort(names, count, sizeof *names, by_count);
    json_open(w, "false_alarms", '{');
    json_number(w, "count", g ? (double)g->f.false_alarms : NAN, 0);
    json_number(w, "runs", g ? (double)g->f.alarmed_runs : NAN, 0);
    json_number(w, "hours", hours, 3);
    json_number(w, "dispersion", g ? g->f.false_alarm_dispersion : NAN, 2);
    estimate all = g ? g->f.false_alarms_per_h : estimate_none();
    json_number(w, "per_hour", all.value, DECIMALS);
    json_number(w, "low", all.low, DECIMALS);
    json_number(w, "high", all.high, DECIMALS);
    json_open(w, "by", '[');
    for (size_t i = 0; i < count; i++) {
        estimate e = rate_poisson(names[i].count, hours);
        json_open(w, NULL, '{');
        json_text(w, "name", names[i].name);
        json_number(w, "per_hour", e.value, DECIMALS);
        json_number(w, "low", e.low, DECIMALS);
        json_number(w, "high", e.high, DECIMALS);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}

/* ---- faults and failing runs ---- */

/* Of many an even choice, the last always: [moment, share of all runs in which it was noticed by then]. */
static void write_times(const summary_figures *f, json_writer *w)
{
    size_t step = f->detect_count / MAX_TIMES + 1;
    json_open(w, "times", '[');
    for (size_t i = 0; i < f->detect_count; i++) {
        if (i % step != 0 && i + 1 != f->detect_count)
            continue;
        json_open(w, NULL, '[');
        json_number(w, NULL, f->detect_sorted_s[i], 3);
        json_number(w, NULL, (double)(i + 1) / (double)f->injected, 5);
        json_close(w, ']');
    }
    json_close(w, ']');
}

void campaign_write_faults(const campaign_summary *s, json_writer *w)
{
    json_open(w, "faults", '[');
    for (size_t i = 0; i < s->group_count; i++) {
        const summary_group *g = &s->groups[i];
        if (g->by != BY_FAULT || g->f.injected == 0)
            continue;
        json_open(w, NULL, '{');
        json_text(w, "fault", g->fault);
        json_whole(w, "runs", g->f.injected);
        campaign_write_estimate(w, "detected", g->f.detected_share);
        /* Of all runs, so that it lies on one axis with what was detected. */
        campaign_write_estimate(w, "named", share_wilson(g->f.named, g->f.injected));
        json_number(w, "named_of_detected", g->f.named_share.value, DECIMALS);
        campaign_write_estimate(w, "detect_p50_s", g->f.detect_s.p50);
        campaign_write_estimate(w, "detect_p95_s", g->f.detect_s.p95);
        write_times(&g->f, w);
        json_close(w, '}');
    }
    json_close(w, ']');
}

void campaign_write_failing(const campaign_summary *s, json_writer *w)
{
    char text[600];
    json_whole(w, "failing_count", s->failing_count);
    json_open(w, "failing", '[');
    for (size_t i = 0; i < s->failing_count && i < MAX_FAILING; i++) {
        const failing_run *f = &s->failing[i];
        json_open(w, NULL, '{');
        json_whole(w, "run", f->row->run);
        json_text(w, "scenario", f->row->scenario);
        json_text(w, "sensors", f->row->sensors);
        json_text(w, "fault", f->row->fault[0] ? f->row->fault : NULL);
        summary_reason(f, text, sizeof text);
        json_text(w, "why", text);
        summary_command(s, f->row, text, sizeof text);
        json_text(w, "command", text);
        json_close(w, '}');
    }
    json_close(w, ']');
}
