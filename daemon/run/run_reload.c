/* Settings and a map that change while posed runs. */
#include "common/notify.h"
#include "daemon/run/run_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

live *run_make_live(const daemon_state *d, const settings *s, const run_settings *r, const pmap *map)
{
    return live_create(s, map ? pmap_view(map) : NULL, r->bus.hold_s, &d->sinks);
}

/* Other sources, or another map: a new filter that starts from the old one's state. */
static bool replace_live(daemon_state *d, const settings *s, const run_settings *r, const pmap *map)
{
    live *fresh = run_make_live(d, s, r, map);
    if (!fresh)
        return false;
    const bool warm = live_take_over(fresh, d->live);
    log_say(LOG_NOTE, "the %s changed: the filter starts anew%s", map == d->map ? "sources have" : "map has",
            warm ? ", from its state" : "");
    live_destroy(d->live);
    d->live = fresh;
    return true;
}

static bool same_endpoints(const run_settings *a, const run_settings *b)
{
    return memcmp(&a->bus.frames, &b->bus.frames, sizeof a->bus.frames) == 0 &&
           memcmp(&a->bus.poses, &b->bus.poses, sizeof a->bus.poses) == 0 &&
           strcmp(a->bus.secret_key, b->bus.secret_key) == 0;
}

static void say_map(const daemon_state *d)
{
    char name[MAP_USE_TEXT_SIZE];
    if (d->map)
        log_say(LOG_NOTE, "on the map %s: %" PRIu32 " marks, %" PRIu32 " lanes",
                map_use_name(&d->extra.map, name), d->extra.map.marks, d->extra.map.lanes);
}

bool run_open_map(const daemon_state *d, const run_settings *r, pmap **map, error *e)
{
    const bool same = d->map && pmap_is_in(d->map, r->map.file);
    *map = same ? d->map : map_use_open(&r->map, true, e);
    return *map || r->map.file[0] == '\0';
}

void run_keep_map(daemon_state *d, const run_settings *r, pmap *map)
{
    const bool other = map != d->map;
    if (other)
        pmap_close(d->map);
    d->map = map;
    map_use_identify(&r->map, map, &d->extra.map);
    if (other)
        say_map(d);
}

/* The running filter goes on where it can; a map adds states, so that one where none was needs another
 * filter. */
static bool take_core(daemon_state *d, const settings *s, const run_settings *r, const pmap *map)
{
    const bool can_go_on = map == d->map || (map && d->map);
    if (!can_go_on || !live_reconfigure(d->live, s, r->bus.hold_s))
        return replace_live(d, s, r, map);
    if (map != d->map && fusion_change_map(live_core(d->live), pmap_view(map)))
        log_say(LOG_NOTE, "the map has changed: the filter goes on");
    return true;
}

/* `s`, `r` and `map` take the place of what is in force. False: everything stays. */
static bool take_settings(daemon_state *d, settings *s, run_settings *r, pmap *map)
{
    if (!run_bus_reload(&d->bus, r)) {
        log_say(LOG_ERROR, "reload: the peers' keys cannot be used; everything stays as it is");
        return false;
    }
    if (!take_core(d, s, r, map))
        return false;
    run_keep_map(d, r, map);
    if (!same_endpoints(r, d->run))
        log_say(LOG_WARN, "reload: endpoints and the secret key change with a restart only");
    intake_reconfigure(d->intake, s, r);
    d->out.settings = s;
    d->out.valid_ns = (int64_t)(r->service.pose_valid_s * 1e9);
    return true;
}

static void restart_hosted(daemon_state *d)
{
    error e = {""};
    hosted_stop(d->hosted);
    d->hosted = hosted_start(d->bus.bus, RUN_INNER_ENDPOINT, d->settings, d->run, &e);
    if (!d->hosted)
        log_say(LOG_ERROR, "reload: %s", e.text);
}

void run_reload(daemon_state *d)
{
    error e = {""};
    settings *s = calloc(1, sizeof *s);
    run_settings *r = calloc(1, sizeof *r);
    pmap *map = d->map;
    notify_reloading();
    bool good = s && r && run_options_load(d->options, s, r, &e) && run_open_map(d, r, &map, &e);
    if (!good)
        log_say(LOG_ERROR, "reload: %s; everything stays as it is", e.text[0] ? e.text : "out of memory");
    good = good && take_settings(d, s, r, map);
    if (!good && map != d->map)
        pmap_close(map);
    if (good) {
        const bool adapters =
            d->run->adapter_count != r->adapter_count ||
            memcmp(d->run->adapters, r->adapters, r->adapter_count * sizeof *r->adapters) != 0;
        settings *old = d->settings;
        run_settings *old_run = d->run;
        d->settings = s;
        d->run = r;
        s = old;
        r = old_run;
        if (adapters)
            restart_hosted(d);
        log_say(LOG_NOTE, "the configuration has been loaded anew");
    }
    free(s);
    free(r);
    notify_send("READY=1");
}
