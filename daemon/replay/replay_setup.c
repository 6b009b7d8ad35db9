/* Makes a replay ready: the drive, its settings, its map and its faults, the recording, the core. */
#include "daemon/command.h"
#include "daemon/drive_settings.h"
#include "daemon/map_use.h"
#include "daemon/replay/replay_engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Poses for some minutes, so that a short drive never moves them. */
enum { FIRST_POSES = 32768 };

static bool resolve_filter(replay_engine *n, error *e)
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
static const map_view *given_map(const replay_engine *n)
{
    return n->map ? pmap_view(n->map) : n->options->map;
}

/* A drive may bring more sources than the core has room for: those that recorded it left them out too. */
static void warn_of_room(const replay_engine *n, bool on_map)
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
static void create_core(replay_engine *n, error *e)
{
    const run_settings *run = n->run;
    const map_view *map = n->wrong ? inject_map_view(n->wrong) : given_map(n);
    const fusion_sinks sinks = replay_sinks(n);
    const live_sinks all = replay_live_sinks(n);
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
        fusion_watch_conditions(n->core, replay_take_look, n);
}

/* Before the core is created: faults of the map are faults of what it is created on. */
static bool set_up_faults(replay_engine *n, error *e)
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

static bool open_map(replay_engine *n, error *e)
{
    map_settings *named = &n->run->map;
    if (!map_use_override(named, n->options->map_file, e))
        return false;
    n->map = map_use_open(named, false, e);
    map_use_identify(named, n->map, &n->result->map);
    n->result->recorded_map_count = map_use_recorded(n->source, n->result->recorded_maps, REPLAY_MAX_MAPS);
    return n->map || named->file[0] == '\0';
}

int replay_set_up(replay_engine *n, error *e)
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
    if (read_ahead_pays())
        n->ahead = read_ahead_start(n->source);
    if (!resolve_filter(n, e))
        return EXIT_USAGE;
    r->settings->integrity.exclude &= !o->keep_all;
    if (o->output &&
        !recorder_open(&n->recorder, o->output, o->with_input, o->drive, r->settings, &r->map, e))
        return EXIT_BAD;
    create_core(n, e);
    return n->core ? EXIT_OK : EXIT_BAD;
}
