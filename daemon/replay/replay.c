#include "daemon/replay/replay.h"
#include "common/vector.h"
#include "daemon/command.h"
#include "daemon/replay/replay_engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Messages that do not decode never reach the core. */
static void report_malformed(replay_engine *n, fault_set *set, bool present, int64_t now_ns, float evidence)
{
    const fault_event look = {now_ns, now_ns, set->source, FAULT_MALFORMED, present, evidence, 0};
    if (n->options->tap && n->options->tap->look)
        replay_take_look(n, &look);
    fault_report(set, FAULT_MALFORMED, present, now_ns, evidence, 0, replay_take_fault, n);
}

/* ---- frames into it ---- */

static void tally_frame(replay_result *r, const frame *f)
{
    source_tally *t = &r->tallies[f->source];
    if (t->frames++ == 0)
        t->first_ns = t->last_ns = f->stamp_ns;
    t->first_ns = f->stamp_ns < t->first_ns ? f->stamp_ns : t->first_ns;
    t->last_ns = f->stamp_ns > t->last_ns ? f->stamp_ns : t->last_ns;
    if (r->frames++ == 0)
        r->played_from_ns = r->played_to_ns = f->received_ns;
    r->played_from_ns = f->received_ns < r->played_from_ns ? f->received_ns : r->played_from_ns;
    r->played_to_ns = f->received_ns > r->played_to_ns ? f->received_ns : r->played_to_ns;
}

static double drive_seconds(const replay_engine *n, int64_t time_ns)
{
    return 1e-9 * ((double)time_ns - (double)n->result->start_ns);
}

static void record_status_if_due(replay_engine *n)
{
    const replay_result *r = n->result;
    fusion_status status;
    if (r->pose_count == 0 || !recorder_status_due(&n->recorder, r->poses[r->pose_count - 1].stamp_ns))
        return;
    fusion_get_status(n->core, &status);
    recorder_status(&n->recorder, &status);
}

/* By the clock of reception, which never runs far backwards. */
static void tap_frame(replay_engine *n, const frame *f)
{
    const replay_tap *tap = n->options->tap;
    if (!tap)
        return;
    if (tap->frame)
        tap->frame(tap->context, f);
    if (f->received_ns < n->next_tap_ns)
        return;
    replay_tap_status(n);
    int64_t period_ns = tap->status_period_s > 0 ? llround(1e9 * tap->status_period_s) : INT64_C(1000000000);
    if (__builtin_add_overflow(f->received_ns, period_ns, &n->next_tap_ns))
        n->next_tap_ns = INT64_MAX;
}

static void give_frame(replay_engine *n, const frame *f, double done)
{
    replay_result *r = n->result;
    if (isfinite(n->options->speed))
        pace_wait(n->start_s, drive_seconds(n, f->received_ns) - drive_seconds(n, r->played_from_ns),
                  n->options->speed);
    recorder_frame(&n->recorder, f);
    tap_frame(n, f);
    if (n->live) { /* all that is due before it comes first, as posed run does */
        live_run_until(n->live, f->received_ns + n->hold_ns - 1);
        live_take(n->live, f);
    } else {
        fusion_push(n->core, f);
        record_status_if_due(n);
    }
    if (n->progress.active)
        progress_show(&n->progress, done, drive_seconds(n, f->received_ns));
}

/* How much of the drive is behind, 0..1; NAN: it does not say how long it is. */
static double share_done(const replay_engine *n, int64_t time_ns)
{
    double whole_s = drive_seconds(n, n->last_ns);
    return whole_s > 0 ? drive_seconds(n, time_ns) / whole_s : NAN;
}

static void play_frame(replay_engine *n, const frame *f)
{
    tally_frame(n->result, f);
    if (!n->options->shuffle)
        give_frame(n, f, share_done(n, f->received_ns));
    else if (!arrival_store_add(&n->store, f))
        n->no_memory = true;
}

static void play_faulty(replay_engine *n)
{
    while (inject_pull(n->faults, n->faulty))
        play_frame(n, n->faulty);
}

static void take_frame(replay_engine *n, const frame *f)
{
    fault_set *malformed = &n->malformed[f->source];
    n->result->decoded++;
    if (malformed->raised_mask)
        report_malformed(n, malformed, false, f->received_ns, NAN);
    if (!frame_filter_passes(&n->filter, f))
        return;
    if (!n->faults) {
        play_frame(n, f);
        return;
    }
    inject_push(n->faults, f);
    play_faulty(n);
}

static void take_malformed(replay_engine *n, const drive_item *item)
{
    replay_result *r = n->result;
    if (item->source == DRIVE_SOURCE_NONE) {
        r->malformed_truth++;
        return;
    }
    double count = (double)++r->tallies[item->source].malformed;
    if (count == 1 && !n->options->quiet)
        fprintf(stderr, "posed: %s: %s: %s\n", n->options->drive, r->settings->sources[item->source].name,
                item->what.text);
    report_malformed(n, &n->malformed[item->source], true, item->log_time_ns, (float)count);
}

static void take_truth(replay_engine *n, const truth_point *t)
{
    replay_result *r = n->result;
    if (t->stamp_ns < n->filter.from_ns || t->stamp_ns >= n->filter.to_ns)
        return;
    truth_point *truth = vector_reserve(r->truth, &r->truth_capacity, r->truth_count + 1, sizeof *truth);
    if (!truth) {
        n->no_memory = true;
        return;
    }
    r->truth = truth;
    truth[r->truth_count++] = *t;
    recorder_truth(&n->recorder, t);
}

static int64_t after_start(const replay_engine *n, double seconds, int64_t otherwise)
{
    int64_t time_ns;
    if (!isfinite(seconds))
        return otherwise;
    return __builtin_add_overflow(n->result->start_ns, (int64_t)(seconds * 1e9), &time_ns) ? INT64_MAX
                                                                                           : time_ns;
}

/* The first sensor message says when the drive starts; times on the command line count from there. */
static void start_at(replay_engine *n, int64_t start_ns)
{
    const replay_options *o = n->options;
    n->result->start_ns = start_ns;
    n->filter.from_ns = after_start(n, o->from_s, INT64_MIN);
    n->filter.to_ns = after_start(n, o->to_s, INT64_MAX);
    for (size_t i = 0; i < o->drop_count; i++) {
        n->filter.drops[i].from_ns = after_start(n, o->drops[i].from_s, INT64_MIN);
        n->filter.drops[i].to_ns = after_start(n, o->drops[i].to_s, INT64_MAX);
    }
    if (n->faults)
        inject_begin(n->faults, start_ns);
    n->started = true;
}

/* ---- the run ---- */

static bool healthy(const replay_engine *n)
{
    return !n->no_memory && !n->recorder.failed;
}

/* From here on the drive is this thread's again. */
static void stop_reading(replay_engine *n)
{
    read_ahead_stop(n->ahead);
    n->ahead = NULL;
}

static drive_item_kind next_item(replay_engine *n, drive_item *item)
{
    return n->ahead ? read_ahead_next(n->ahead, item) : drive_source_next(n->source, item);
}

static void read_drive(replay_engine *n, drive_item *item)
{
    drive_item_kind kind;
    while (healthy(n) && (kind = next_item(n, item)) != DRIVE_END) {
        if (!n->started && kind != DRIVE_TRUTH && item->source != DRIVE_SOURCE_NONE)
            start_at(n, item->log_time_ns);
        if (kind == DRIVE_FRAME)
            take_frame(n, &item->frame);
        else if (kind == DRIVE_TRUTH)
            take_truth(n, &item->truth);
        else
            take_malformed(n, item);
    }
    stop_reading(n);
    if (n->faults) {
        inject_finish(n->faults);
        play_faulty(n);
        n->result->injected_lost = inject_overflow(n->faults);
    }
}

static void play_shuffled(replay_engine *n, frame *f)
{
    size_t *order = calloc(n->store.count + 1, sizeof *order);
    double window_s = n->result->settings->filter.window_s;
    n->no_memory |= !order || !shuffle_order(&n->store, window_s, n->options->seed, order);
    for (size_t i = 0; healthy(n) && i < n->store.count; i++) {
        arrival_store_get(&n->store, order[i], f);
        give_frame(n, f, (double)i / (double)n->store.count);
    }
    free(order);
}

/* Truth that came before the first frame was let in before it was known where --from lies. */
static void trim_truth(replay_engine *n)
{
    replay_result *r = n->result;
    size_t kept = 0;
    for (size_t i = 0; i < r->truth_count; i++) {
        if (r->truth[i].stamp_ns >= n->filter.from_ns && r->truth[i].stamp_ns < n->filter.to_ns)
            r->truth[kept++] = r->truth[i];
    }
    r->truth_count = kept;
}

static bool run(replay_engine *n, error *e)
{
    drive_item *item = calloc(1, sizeof *item);
    if (!item)
        return error_set(e, "out of memory");
    read_drive(n, item);
    if (n->options->shuffle)
        play_shuffled(n, &item->frame);
    if (healthy(n) && n->live && n->result->frames > 0)
        live_run_until(n->live, n->result->played_to_ns + n->hold_ns);
    if (healthy(n))
        fusion_flush(n->core);
    free(item);
    n->result->wall_s = monotonic_s() - n->start_s;
    n->result->cpu_s = processor_s() - n->start_cpu_s;
    trim_truth(n);
    replay_tap_status(n);
    fusion_get_status(n->core, &n->result->status);
    if (n->result->status.stamp_ns != INT64_MIN)
        recorder_status(&n->recorder, &n->result->status);
    if (n->no_memory)
        return error_set(e, "out of memory");
    if (n->result->decoded == 0 && healthy(n))
        return error_set(e, "%s: no frame could be read: %s", n->options->drive,
                         drive_source_damage(n->source) ? drive_source_damage(n->source)
                                                        : "there is none in it");
    return true;
}

static void note_damage(replay_engine *n)
{
    replay_result *r = n->result;
    const char *damage = drive_source_damage(n->source);
    r->unused = drive_source_unused(n->source);
    if (damage)
        snprintf(r->damage, sizeof r->damage, "%s", damage);
}

int replay_run(const replay_options *o, replay_result *r, error *e)
{
    replay_engine n = {.options = o, .result = r, .next_tap_ns = INT64_MIN};
    memset(r, 0, sizeof *r);
    fault_log_init(&r->faults);
    progress_init(&n.progress, !o->quiet);
    n.start_s = monotonic_s();
    n.start_cpu_s = processor_s();
    int code = replay_set_up(&n, e);
    if (code == EXIT_OK && !run(&n, e))
        code = EXIT_BAD;
    stop_reading(&n);
    progress_finish(&n.progress);
    if (code == EXIT_OK)
        note_damage(&n);
    if (!recorder_close(&n.recorder, code != EXIT_OK, e))
        code = EXIT_BAD;
    if (n.live)
        live_destroy(n.live);
    else
        fusion_destroy(n.core);
    inject_destroy(n.faults);
    free(n.faulty);
    free(n.malformed);
    arrival_store_finish(&n.store);
    drive_source_close(n.source);
    inject_map_destroy(n.wrong);
    pmap_close(n.map);
    free(n.run);
    return code;
}

void replay_result_finish(replay_result *r)
{
    fault_log_finish(&r->faults);
    inject_plan_destroy(r->injected);
    free(r->truth);
    free(r->poses);
    free(r->settings);
}
