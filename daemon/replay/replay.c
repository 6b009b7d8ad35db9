#include "daemon/replay/replay.h"

#include "config/run_settings.h"
#include "daemon/command.h"
#include "daemon/drive_settings.h"
#include "daemon/live.h"
#include "daemon/map_use.h"
#include "daemon/progress.h"
#include "daemon/replay/recorder.h"
#include "daemon/replay/shuffle.h"
#include "daemon/vector.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Poses for some minutes, so that a short drive never moves them. */
enum { FIRST_POSES = 32768 };

typedef struct {
    const replay_options *options;
    replay_result *result;
    drive_source *source;
    fusion *core;
    live *live; /* --live: it holds the core; NULL otherwise */
    int64_t hold_ns, valid_ns;
    recorder recorder;
    frame_filter filter;
    run_settings *run;    /* of the configuration: the map; with --live what posed run would take of it */
    pmap *map;            /* NULL: none was named */
    inject_map *wrong;    /* the map with faults; NULL: it has none */
    inject *faults;       /* NULL: none are injected */
    frame *faulty;        /* one out of it */
    arrival_store store;  /* of a shuffled replay */
    fault_set *malformed; /* per source: the one fault that the core cannot see */
    progress progress;
    int64_t next_tap_ns;         /* when the tap's next status is due */
    int64_t last_ns;             /* when the drive ends, as far as it says; INT64_MIN: it does not */
    double start_s, start_cpu_s; /* monotonic, and of this process */
    bool started;                /* start_ns is known */
    bool no_memory;
} engine;

/* ---- results out of the core ---- */

static void keep_pose(engine *n, const fusion_pose *pose)
{
    replay_result *r = n->result;
    fusion_pose *poses = vector_reserve(r->poses, &r->pose_capacity, r->pose_count + 1, sizeof *poses);
    if (!poses) {
        n->no_memory = true;
        return;
    }
    r->poses = poses;
    poses[r->pose_count++] = *pose;
}

static void take_pose(void *context, const fusion_pose *pose)
{
    engine *n = context;
    keep_pose(n, pose);
    recorder_pose(&n->recorder, pose);
}

static void take_live_pose(void *context, const fusion_pose *pose, const fusion_status *status)
{
    engine *n = context;
    keep_pose(n, pose);
    recorder_live_pose(&n->recorder, pose, pose->stamp_ns + n->valid_ns);
    if (recorder_status_due(&n->recorder, pose->stamp_ns))
        recorder_status(&n->recorder, status);
}

static void take_track(void *context, const fusion_pose *pose)
{
    engine *n = context;
    recorder_track(&n->recorder, pose);
}

static void take_verdict(void *context, const verdict *v)
{
    engine *n = context;
    recorder_verdict(&n->recorder, v);
    if (n->options->tap && n->options->tap->verdict)
        n->options->tap->verdict(n->options->tap->context, v);
}

static void tap_status(engine *n)
{
    const replay_tap *tap = n->options->tap;
    fusion_status status;
    if (!tap || !tap->status)
        return;
    fusion_get_status(n->core, &status);
    if (status.stamp_ns != INT64_MIN)
        tap->status(tap->context, &status);
}

static void take_fault(void *context, const fault_event *event)
{
    engine *n = context;
    const replay_tap *tap = n->options->tap;
    fault_log_add(&n->result->faults, event);
    recorder_fault(&n->recorder, event);
    n->no_memory |= n->result->faults.failed;
    if (!tap || !tap->fault)
        return;
    tap_status(n);
    tap->fault(tap->context, event);
}

static void take_look(void *context, const fault_event *look)
{
    const replay_tap *tap = ((engine *)context)->options->tap;
    tap->look(tap->context, look);
}

/* Messages that do not decode never reach the core. */
static void report_malformed(engine *n, fault_set *set, bool present, int64_t now_ns, float evidence)
{
    const fault_event look = {now_ns, now_ns, set->source, FAULT_MALFORMED, present, evidence, 0};
    if (n->options->tap && n->options->tap->look)
        take_look(n, &look);
    fault_report(set, FAULT_MALFORMED, present, now_ns, evidence, 0, take_fault, n);
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

static double drive_seconds(const engine *n, int64_t time_ns)
{
    return 1e-9 * ((double)time_ns - (double)n->result->start_ns);
}

static void record_status_if_due(engine *n)
{
    const replay_result *r = n->result;
    fusion_status status;
    if (r->pose_count == 0 || !recorder_status_due(&n->recorder, r->poses[r->pose_count - 1].stamp_ns))
        return;
    fusion_get_status(n->core, &status);
    recorder_status(&n->recorder, &status);
}

/* By the clock of reception, which never runs far backwards. */
static void tap_frame(engine *n, const frame *f)
{
    const replay_tap *tap = n->options->tap;
    if (!tap)
        return;
    if (tap->frame)
        tap->frame(tap->context, f);
    if (f->received_ns < n->next_tap_ns)
        return;
    tap_status(n);
    int64_t period_ns = tap->status_period_s > 0 ? llround(1e9 * tap->status_period_s) : INT64_C(1000000000);
    if (__builtin_add_overflow(f->received_ns, period_ns, &n->next_tap_ns))
        n->next_tap_ns = INT64_MAX;
}

static void give_frame(engine *n, const frame *f, double done)
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
static double share_done(const engine *n, int64_t time_ns)
{
    double whole_s = drive_seconds(n, n->last_ns);
    return whole_s > 0 ? drive_seconds(n, time_ns) / whole_s : NAN;
}

static void play_frame(engine *n, const frame *f)
{
    tally_frame(n->result, f);
    if (!n->options->shuffle)
        give_frame(n, f, share_done(n, f->received_ns));
    else if (!arrival_store_add(&n->store, f))
        n->no_memory = true;
}

static void play_faulty(engine *n)
{
    while (inject_pull(n->faults, n->faulty))
        play_frame(n, n->faulty);
}

static void take_frame(engine *n, const frame *f)
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

static void take_malformed(engine *n, const drive_item *item)
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

static void take_truth(engine *n, const truth_point *t)
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

/* ---- options that need to know the drive ---- */

static bool resolve_filter(engine *n, error *e)
{
    const replay_options *o = n->options;
    replay_result *r = n->result;
    frame_filter_init(&n->filter);
    for (size_t i = 0; i < o->without_count; i++) {
        if (!frame_selection_resolve(o->without[i], r->settings, &n->filter.without[i], e))
            return false;
    }
    n->filter.without_count = o->without_count;
    for (size_t i = 0; i < o->drop_count; i++) {
        if (!frame_selection_resolve(o->drops[i].word, r->settings, &n->filter.drops[i].selection, e))
            return false;
    }
    n->filter.drop_count = o->drop_count;
    for (size_t i = 0; i < r->settings->source_count; i++) {
        source_settings *s = &r->settings->sources[i];
        r->tallies[i].silenced = frame_filter_silences(&n->filter, (uint16_t)i, s->kind);
        if (r->tallies[i].silenced) /* so that the core does not wait for it and call it stale */
            s->enabled = false;
    }
    return true;
}

static int64_t after_start(const engine *n, double seconds, int64_t otherwise)
{
    int64_t time_ns;
    if (!isfinite(seconds))
        return otherwise;
    return __builtin_add_overflow(n->result->start_ns, (int64_t)(seconds * 1e9), &time_ns) ? INT64_MAX
                                                                                           : time_ns;
}

/* The first sensor message says when the drive starts; times on the command line count from there. */
static void start_at(engine *n, int64_t start_ns)
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

static bool healthy(const engine *n)
{
    return !n->no_memory && !n->recorder.failed;
}

static void read_drive(engine *n, drive_item *item)
{
    drive_item_kind kind;
    while (healthy(n) && (kind = drive_source_next(n->source, item)) != DRIVE_END) {
        if (!n->started && kind != DRIVE_TRUTH && item->source != DRIVE_SOURCE_NONE)
            start_at(n, item->log_time_ns);
        if (kind == DRIVE_FRAME)
            take_frame(n, &item->frame);
        else if (kind == DRIVE_TRUTH)
            take_truth(n, &item->truth);
        else
            take_malformed(n, item);
    }
    if (n->faults) {
        inject_finish(n->faults);
        play_faulty(n);
        n->result->injected_lost = inject_overflow(n->faults);
    }
}

static void play_shuffled(engine *n, frame *f)
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
static void trim_truth(engine *n)
{
    replay_result *r = n->result;
    size_t kept = 0;
    for (size_t i = 0; i < r->truth_count; i++) {
        if (r->truth[i].stamp_ns >= n->filter.from_ns && r->truth[i].stamp_ns < n->filter.to_ns)
            r->truth[kept++] = r->truth[i];
    }
    r->truth_count = kept;
}

static bool run(engine *n, error *e)
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
    tap_status(n);
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

/* On large pages where the system has them: a fault for every twelve poses took a fifteenth of the time of a
 * one-minute drive. Only advice, so its failure is none. */
static fusion_pose *reserve_poses(size_t *capacity)
{
    const size_t page = (size_t)2 << 20;
    const size_t size = (FIRST_POSES * sizeof(fusion_pose) + page - 1) / page * page;
    fusion_pose *poses = aligned_alloc(page, size);
    if (!poses)
        return NULL;
    madvise(poses, size, MADV_HUGEPAGE);
    *capacity = FIRST_POSES;
    return poses;
}

/* As it was given; NULL: there is none. */
static const map_view *given_map(const engine *n)
{
    return n->map ? pmap_view(n->map) : n->options->map;
}

/* A drive may bring more sources than the core has room for: those that recorded it left them out too. */
static void warn_of_room(const engine *n, bool on_map)
{
    const settings *s = n->result->settings;
    fusion_room room = fusion_room_for(s, on_map);
    if (room.fits < s->source_count && !n->options->quiet)
        fprintf(stderr,
                "posed replay: there is no room for source %s, it is left out: it needs %d states in the "
                "filter, %d "
                "of %d are left\n",
                s->sources[room.fits].name, room.wanted, room.left, room.all);
}

/* With --live, inside the engine of posed run. */
static void create_core(engine *n, error *e)
{
    const run_settings *run = n->run;
    const map_view *map = n->wrong ? inject_map_view(n->wrong) : given_map(n);
    void (*verdicts)(void *, const verdict *) = n->options->output || n->options->tap ? take_verdict : NULL;
    const fusion_sinks sinks = {n, take_pose, verdicts, take_fault};
    const live_sinks all = {n, NULL, take_live_pose, take_track, verdicts, take_fault};
    warn_of_room(n, map != NULL);
    if (n->options->live) {
        n->hold_ns = llround(run->bus.hold_s * 1e9);
        n->valid_ns = llround(run->service.pose_valid_s * 1e9);
        n->live = live_create(n->result->settings, map, run->bus.hold_s, &all);
        n->core = n->live ? live_core(n->live) : NULL;
    } else {
        n->core = fusion_create_on_map(n->result->settings, &sinks, map);
    }
    if (!n->core)
        error_set(e, "out of memory");
    else if (n->options->tap && n->options->tap->look)
        fusion_watch_conditions(n->core, take_look, n);
}

/* Before the core is created: faults of the map are faults of what it is created on. */
static bool set_up_faults(engine *n, error *e)
{
    const replay_options *o = n->options;
    replay_result *r = n->result;
    if (o->inject_count == 0)
        return true;
    r->injected = injection_load(o->injects, o->inject_count, e);
    if (!r->injected || !injection_apply(r->injected, r->settings, given_map(n), o->inject_seed, e))
        return false;
    bool changes = given_map(n) && inject_plan_changes_map(r->injected);
    n->wrong = changes ? inject_map_create(r->injected, given_map(n), o->inject_seed) : NULL;
    n->faults = inject_create(r->injected, r->settings, o->inject_seed);
    n->faulty = calloc(1, sizeof *n->faulty);
    return (n->faults && n->faulty && (n->wrong || !changes)) || error_set(e, "out of memory");
}

static bool open_map(engine *n, error *e)
{
    map_settings *named = &n->run->map;
    if (!map_use_override(named, n->options->map_file, e))
        return false;
    n->map = map_use_open(named, false, e);
    map_use_identify(named, n->map, &n->result->map);
    n->result->recorded_map_count = map_use_recorded(n->source, n->result->recorded_maps, REPLAY_MAX_MAPS);
    return n->map || named->file[0] == '\0';
}

static int set_up(engine *n, error *e)
{
    const replay_options *o = n->options;
    replay_result *r = n->result;
    n->source = drive_source_open(o->drive, e);
    r->settings = calloc(1, sizeof *r->settings);
    n->run = calloc(1, sizeof *n->run);
    r->poses = reserve_poses(&r->pose_capacity);
    n->malformed = calloc(SETTINGS_MAX_SOURCES, sizeof *n->malformed);
    const bool memory = r->settings && n->run && r->poses && n->malformed;
    if (!memory)
        error_set(e, "out of memory");
    if (!n->source || !memory)
        return EXIT_BAD;
    for (uint16_t i = 0; i < SETTINGS_MAX_SOURCES; i++)
        fault_set_init(&n->malformed[i], i);
    if (!drive_source_last_time(n->source, &n->last_ns))
        n->last_ns = INT64_MIN;
    if (!drive_settings_load_all(r->settings, n->run, n->source, o->drive, o->config, e))
        return EXIT_BAD;
    if (!open_map(n, e))
        return EXIT_BAD;
    if (!set_up_faults(n, e))
        return EXIT_BAD;
    if (!resolve_filter(n, e))
        return EXIT_USAGE;
    r->settings->integrity.exclude &= !o->keep_all;
    if (o->output &&
        !recorder_open(&n->recorder, o->output, o->with_input, o->drive, r->settings, &r->map, e))
        return EXIT_BAD;
    create_core(n, e);
    return n->core ? EXIT_OK : EXIT_BAD;
}

static void note_damage(engine *n)
{
    replay_result *r = n->result;
    const char *damage = drive_source_damage(n->source);
    r->unannounced = drive_source_unannounced(n->source);
    if (damage)
        snprintf(r->damage, sizeof r->damage, "%s", damage);
}

int replay_run(const replay_options *o, replay_result *r, error *e)
{
    engine n = {.options = o, .result = r, .next_tap_ns = INT64_MIN};
    memset(r, 0, sizeof *r);
    fault_log_init(&r->faults);
    progress_init(&n.progress, !o->quiet);
    n.start_s = monotonic_s();
    n.start_cpu_s = processor_s();
    int code = set_up(&n, e);
    if (code == EXIT_OK && !run(&n, e))
        code = EXIT_BAD;
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
