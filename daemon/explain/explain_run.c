#include "daemon/explain/explain_run.h"

#include "fusion/geodesy.h"
#include "fusion/rotation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A truth this near is one of the moment. */
static const int64_t same_moment_ns = INT64_C(500000000);

int explain_run_play(explain_run *run, error *e)
{
    return replay_run(&run->options, &run->result, e);
}

bool explain_run_sample(explain_run *run)
{
    const replay_result *r = &run->result;
    const evaluation_input in = {.poses = r->poses,
                                 .pose_count = r->pose_count,
                                 .truth = r->truth,
                                 .truth_count = r->truth_count,
                                 .mount = r->settings->truth};
    size_t due;
    if (r->truth_count == 0)
        return true;
    run->samples = calloc(r->truth_count, sizeof *run->samples);
    if (!run->samples)
        return false;
    run->sample_count = evaluation_samples(&in, run->samples, &due);
    return true;
}

/* ---- figures */

static double horizontal_error(const error_sample *s)
{
    return hypot(s->enu_m[0], s->enu_m[1]);
}

/* The largest error over its level; the heading's holds how the reference is mounted, and is left out. */
static double ratio_of(const error_sample *s)
{
    const double errors[] = {fabs(s->along_m), fabs(s->cross_m), fabs(s->enu_m[2])};
    double worst = NAN;
    for (int i = EXPLAIN_ALONG; i <= EXPLAIN_VERTICAL; i++) {
        double ratio = errors[i] / s->protection[i];
        if (isfinite(ratio) && !(ratio <= worst))
            worst = ratio;
    }
    return worst;
}

static bool is_told(const explanation *x, int64_t stamp_ns)
{
    return stamp_ns >= x->from_ns && stamp_ns <= x->to_ns;
}

/* For how long a sample stands: until the next, at most a second. */
static double lasts_s(const explain_run *run, size_t i)
{
    if (i + 1 == run->sample_count)
        return 0;
    return fmin(1e-9 * ((double)run->samples[i + 1].stamp_ns - (double)run->samples[i].stamp_ns), 1);
}

static void judge_samples(const explanation *x, explain_run *run)
{
    double squares = 0;
    size_t count = 0;
    for (size_t i = 0; i < run->sample_count; i++) {
        const error_sample *s = &run->samples[i];
        double off_m = horizontal_error(s), ratio = ratio_of(s);
        if (!is_told(x, s->stamp_ns))
            continue;
        squares += off_m * off_m;
        count++;
        if (!(off_m <= run->error_max_m)) {
            run->error_max_m = off_m;
            run->error_max_s = explain_seconds(x, s->stamp_ns);
        }
        if (isfinite(ratio) && !(ratio <= run->worst_ratio))
            run->worst_ratio = ratio;
        run->outside_s += ratio > 1 ? lasts_s(run, i) : 0;
    }
    if (count > 0)
        run->error_rms_m = sqrt(squares / (double)count);
    else
        run->outside_s = NAN;
}

static void judge_moment(const explanation *x, explain_run *run)
{
    int64_t nearest_ns = same_moment_ns;
    for (size_t i = 0; i < run->sample_count; i++) {
        int64_t off_ns = llabs(run->samples[i].stamp_ns - x->at_ns);
        if (off_ns > nearest_ns)
            continue;
        nearest_ns = off_ns;
        run->error_at_m = horizontal_error(&run->samples[i]);
    }
}

static void judge_poses(const explanation *x, explain_run *run)
{
    const replay_result *r = &run->result;
    size_t count = 0, usable = 0;
    for (size_t i = 0; i < r->pose_count; i++) {
        const fusion_pose *p = &r->poses[i];
        if (p->stamp_ns <= x->at_ns)
            run->level_at_m = p->protection_horizontal_m;
        if (!is_told(x, p->stamp_ns))
            continue;
        count++;
        usable += p->usable;
        if (isfinite(p->protection_horizontal_m))
            run->level_max_m = fmax(run->level_max_m, p->protection_horizontal_m);
    }
    run->usable_share = count > 0 ? (double)usable / (double)count : NAN;
}

void explain_run_judge(const explanation *x, explain_run *run)
{
    run->error_rms_m = run->error_max_m = run->error_max_s = run->error_at_m = NAN;
    run->level_at_m = run->level_max_m = run->worst_ratio = run->apart_at_m = run->apart_max_m = NAN;
    run->outside_s = 0;
    judge_samples(x, run);
    judge_moment(x, run);
    judge_poses(x, run);
}

/* ---- against the track as it was */

static bool is_claim(const fusion_pose *p)
{
    return p->mode == MODE_NOMINAL || p->mode == MODE_DEGRADED || p->mode == MODE_DEAD_RECKONING;
}

static double apart_m(const fusion_pose *a, const fusion_pose *b)
{
    double axes[3][3], difference[3], enu[3];
    for (int i = 0; i < 3; i++)
        difference[i] = b->position_ecef_m[i] - a->position_ecef_m[i];
    enu_axes(a->latitude_rad, a->longitude_rad, axes);
    rows_mulv(axes, difference, enu);
    return hypot(enu[0], enu[1]);
}

static void take_apart(const explanation *x, explain_run *run, const fusion_pose *was, const fusion_pose *is)
{
    const explain_apart a = {was->stamp_ns, apart_m(was, is)};
    run->apart[run->apart_count++] = a;
    if (a.stamp_ns <= x->at_ns)
        run->apart_at_m = a.apart_m;
    if (is_told(x, a.stamp_ns) && !(a.apart_m <= run->apart_max_m))
        run->apart_max_m = a.apart_m;
}

/* Poses of both lie on the same ticks. */
bool explain_run_compare(const explanation *x, explain_run *run)
{
    const replay_result *was = &x->runs[0].result, *is = &run->result;
    size_t k = 0;
    run->apart = calloc(was->pose_count + 1, sizeof *run->apart);
    if (!run->apart)
        return false;
    for (size_t i = 0; i < was->pose_count; i++) {
        const fusion_pose *p = &was->poses[i];
        bool wanted =
            is_told(x, p->stamp_ns) || (p->stamp_ns >= x->log.from_ns && p->stamp_ns <= x->log.to_ns);
        while (k < is->pose_count && is->poses[k].stamp_ns < p->stamp_ns)
            k++;
        if (wanted && k < is->pose_count && is->poses[k].stamp_ns == p->stamp_ns && is_claim(p) &&
            is_claim(&is->poses[k]))
            take_apart(x, run, p, &is->poses[k]);
    }
    return true;
}

void explain_run_trim(explain_run *run)
{
    replay_result_finish(&run->result);
    memset(&run->result, 0, sizeof run->result);
}

void explain_run_finish(explain_run *run)
{
    explain_run_trim(run);
    free(run->samples);
    free(run->apart);
    memset(run, 0, sizeof *run);
}
