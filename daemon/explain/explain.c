#include "daemon/explain/explain.h"

#include "daemon/command.h"
#include "daemon/explain/explain_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a bound may be above what explains it: the pose's is of its own time, the look's up to a tenth of a
 * second older. */
static const double same_bound = 1.25;

double explain_seconds(const explanation *x, int64_t time_ns)
{
    return 1e-9 * ((double)time_ns - (double)x->start_ns);
}

const settings *explain_settings(const explanation *x)
{
    return x->runs[0].result.settings;
}

/* ---- the replay as it was */

static int play(explanation *x, const replay_options *o, int64_t at_ns, error *e)
{
    explain_run *run = &x->runs[0];
    explain_log_finish(&x->log);
    explain_log_init(&x->log, at_ns, EXPLAIN_SPAN_S);
    explain_run_finish(run);
    run->options = *o;
    run->options.tap = &x->log.tap;
    snprintf(run->label, sizeof run->label, "as it was");
    int code = explain_run_play(run, e);
    x->run_count = 1;
    x->start_ns = run->result.start_ns;
    if (code == EXIT_OK && x->log.failed) {
        error_set(e, "out of memory");
        return EXIT_BAD;
    }
    explain_log_sort(&x->log);
    return code;
}

/* Where the moment lies, after a first replay. */
static bool find_moment(explanation *x, double at_s, error *e)
{
    const replay_result *r = &x->runs[0].result;
    double from_s = explain_seconds(x, r->played_from_ns), to_s = explain_seconds(x, r->played_to_ns);
    if (x->fault > x->log.flag_count && x->log.flag_count == 0)
        return error_set(e, "--fault %zu: no fault was found in this drive", x->fault);
    if (x->fault > x->log.flag_count)
        return error_set(e, "--fault %zu: there are %zu (posed explain %s lists them)", x->fault,
                         x->log.flag_count, x->drive);
    if (x->fault > 0)
        x->at_ns = x->log.flags[x->fault - 1].rise_ns;
    else if (!(at_s >= from_s - 1e-9 && at_s <= to_s + 1e-9))
        return error_set(e, "--at %g: what was played goes from %.1f s to %.1f s", at_s, from_s, to_s);
    else
        x->at_ns = x->start_ns + llround(1e9 * at_s);
    x->at_s = explain_seconds(x, x->at_ns);
    return x->has_moment = true;
}

/* ---- what the story is about */

static bool is_up(const explain_flag *flag, int64_t at_ns)
{
    return flag->rise_ns <= at_ns && at_ns < flag->clear_ns;
}

static void choose_subjects(explanation *x)
{
    for (size_t i = 0; i < x->log.flag_count && x->subject_count < EXPLAIN_SUBJECTS; i++) {
        bool wanted = x->fault > 0 ? i + 1 == x->fault : is_up(&x->log.flags[i], x->at_ns);
        if (wanted)
            x->subjects[x->subject_count++] = i;
    }
}

static void choose_exclusions(explanation *x)
{
    for (size_t i = 0; i < x->log.exclusion_count && x->exclusion_count < EXPLAIN_SUBJECTS; i++) {
        const explain_exclusion *e = &x->log.exclusions[i];
        if (e->stamp_ns <= x->log.to_ns && explain_exclusion_end(x, e) >= x->log.from_ns)
            x->exclusions[x->exclusion_count++] = i;
    }
}

static void stretch(explanation *x, int64_t from_ns, int64_t to_ns)
{
    x->from_ns = from_ns < x->from_ns ? from_ns : x->from_ns;
    x->to_ns = to_ns > x->to_ns ? to_ns : x->to_ns;
}

/* Over the exclusions, or the flags of sources; otherwise about the moment. What the system says of itself
 * (ALERT) is often up for all of a drive. */
static void choose_span(explanation *x)
{
    const replay_result *r = &x->runs[0].result;
    x->from_ns = INT64_MAX;
    x->to_ns = INT64_MIN;
    for (size_t i = 0; i < x->exclusion_count; i++) {
        const explain_exclusion *e = &x->log.exclusions[x->exclusions[i]];
        stretch(x, e->stamp_ns, explain_exclusion_end(x, e));
    }
    for (size_t i = 0; x->exclusion_count == 0 && i < x->subject_count; i++) {
        const explain_flag *flag = &x->log.flags[x->subjects[i]];
        if (flag->source < SETTINGS_MAX_SOURCES)
            stretch(x, flag->begin_ns, flag->clear_ns);
    }
    if (x->from_ns > x->to_ns)
        stretch(x, x->log.from_ns, x->log.to_ns);
    x->from_ns = x->from_ns < x->start_ns ? x->start_ns : x->from_ns;
    x->to_ns = x->to_ns > r->played_to_ns ? r->played_to_ns : x->to_ns;
}

/* ---- the pose and its bounds */

static void find_pose(explanation *x)
{
    const replay_result *r = &x->runs[0].result;
    for (size_t i = 0; i < r->pose_count && r->poses[i].stamp_ns <= x->at_ns; i++) {
        x->pose = r->poses[i];
        x->posed = true;
    }
    x->status = explain_log_status_at(&x->log, x->posed ? x->pose.stamp_ns : x->at_ns);
}

/* Variance along and across the heading: along = (sin, cos) in (east, north). */
static void find_sigmas(const fusion_pose *p, explain_bound bounds[EXPLAIN_DIRECTIONS])
{
    const double s = sin(p->heading_rad), k = cos(p->heading_rad);
    const double ee = p->covariance[0][0], en = p->covariance[0][1], nn = p->covariance[1][1];
    bounds[EXPLAIN_ALONG].sigma = sqrt(s * s * ee + 2 * s * k * en + k * k * nn);
    bounds[EXPLAIN_CROSS].sigma = sqrt(k * k * ee - 2 * s * k * en + s * s * nn);
    bounds[EXPLAIN_VERTICAL].sigma = sqrt(p->covariance[2][2]);
    bounds[EXPLAIN_HEADING].sigma = sqrt(p->covariance[5][5]);
}

static void find_decider(const fusion_status *status, int direction, explain_bound *b)
{
    b->part = status->fault_free_sigmas * b->sigma;
    b->decider = DECIDER_FAULT_FREE;
    for (size_t h = 0; h < status->hypothesis_count; h++) {
        const fusion_hypothesis *of = &status->hypotheses[h];
        if (!of->live || !(of->level[direction] > b->part))
            continue;
        b->part = of->level[direction];
        b->decider = DECIDER_HYPOTHESIS;
        b->hypothesis = h;
    }
    if (status->held[direction] > b->part) {
        b->part = status->held[direction];
        b->decider = DECIDER_HELD;
    }
    if (status->map[direction] > b->part) {
        b->part = status->map[direction];
        b->decider = DECIDER_MAP;
    }
}

/* A heading that is off turns along into across: fusion/integrity/integrity.c adds to each its share of the
 * other. */
static double widened(const explain_bound bounds[EXPLAIN_DIRECTIONS], int direction)
{
    if (direction > EXPLAIN_CROSS)
        return bounds[direction].part;
    const double part = bounds[direction].part, other = bounds[EXPLAIN_CROSS - direction].part;
    const double turn = sin(fmin(bounds[EXPLAIN_HEADING].level, M_PI / 2));
    return fmin(part + turn * other, hypot(part, other));
}

static void check_deciders(explain_bound bounds[EXPLAIN_DIRECTIONS])
{
    for (int i = 0; i < EXPLAIN_DIRECTIONS; i++) {
        explain_bound *b = &bounds[i];
        if (b->decider == DECIDER_NONE)
            continue;
        b->widened = b->level > same_bound * b->part;
        if (b->level > same_bound * widened(bounds, i)) {
            b->decider = DECIDER_SINCE;
            b->widened = false;
        }
    }
}

static void find_bounds(explanation *x)
{
    const fusion_pose *p = &x->pose;
    const float levels[] = {p->protection_along_m, p->protection_cross_m, p->protection_vertical_m,
                            p->protection_heading_rad};
    const float alerts[] = {p->alert_along_m, p->alert_cross_m, p->alert_vertical_m, p->alert_heading_rad};
    for (int i = 0; i < EXPLAIN_DIRECTIONS; i++)
        x->bounds[i] = (explain_bound){.sigma = NAN, .level = NAN, .alert = NAN};
    if (!x->posed)
        return;
    find_sigmas(p, x->bounds);
    for (int i = 0; i < EXPLAIN_DIRECTIONS; i++) {
        x->bounds[i].level = levels[i];
        x->bounds[i].alert = alerts[i];
        if (isfinite(levels[i]) && x->status)
            find_decider(x->status, i, &x->bounds[i]);
    }
    check_deciders(x->bounds);
}

static int tell(explanation *x, error *e)
{
    choose_subjects(x);
    choose_exclusions(x);
    choose_span(x);
    find_pose(x);
    find_bounds(x);
    if (!explain_run_sample(&x->runs[0])) {
        error_set(e, "out of memory");
        return EXIT_BAD;
    }
    explain_run_judge(x, &x->runs[0]);
    return explain_play_otherwise(x, e);
}

int explain(explanation *x, const replay_options *o, double at_s, size_t fault, error *e)
{
    replay_options again = *o;
    const char *slash = strrchr(o->drive, '/');
    memset(x, 0, sizeof *x);
    x->drive = slash ? slash + 1 : o->drive;
    x->fault = fault;
    int code = play(x, o, INT64_MIN, e);
    if (code == EXIT_OK && x->runs[0].result.frames == 0) {
        error_set(e, "%s: no frame was played", o->drive);
        return EXIT_BAD;
    }
    if (code != EXIT_OK || (fault == 0 && isnan(at_s)))
        return code;
    if (!find_moment(x, at_s, e))
        return EXIT_USAGE;
    again.quiet = true;
    code = play(x, &again, x->at_ns, e);
    return code == EXIT_OK ? tell(x, e) : code;
}

void explain_finish(explanation *x)
{
    for (size_t i = 0; i < EXPLAIN_RUNS; i++)
        explain_run_finish(&x->runs[i]);
    explain_log_finish(&x->log);
}
