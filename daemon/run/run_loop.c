#include "daemon/run/run_loop.h"

#include "common/clock.h"
#include "common/notify.h"
#include "daemon/run/run_state.h"
#include "daemon/run/state_file.h"
#include "daemon/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Messages taken in a row before the clock is looked at: less than a millisecond's worth. */
enum { BATCH = 256 };

/* A change of mode or flags is told at once, but not more often than this. */
static const int64_t least_status_gap_ns = 50000000;

/* ---- results */

/* Mode, states and flags in one number. */
static uint64_t digest(const fusion_status *s)
{
    uint64_t hash = (uint64_t)s->mode + s->system_fault_mask * UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < s->source_count; i++)
        hash = (hash ^ s->sources[i].fault_mask ^ ((uint64_t)s->sources[i].state << 60)) *
               UINT64_C(0x9e3779b97f4a7c15);
    return hash;
}

static void tell_status(daemon_state *d, uint64_t masks, int64_t at_ns)
{
    outlet_status(&d->out, &d->status, &d->extra);
    d->told_masks = masks;
    d->status_sent_ns = at_ns;
    d->status_due_ns = at_ns + (int64_t)(1e9 / d->settings->output.status_rate_hz);
    run_watch_say_mode(&d->watch, &d->status);
}

/* When it is due, or something has changed. */
static void consider_status(daemon_state *d)
{
    const int64_t at_ns = monotonic_ns();
    intake_fill(d->intake, &d->status, &d->extra);
    const uint64_t masks = digest(&d->status);
    const bool changed = masks != d->told_masks && at_ns - d->status_sent_ns >= least_status_gap_ns;
    if (changed || at_ns >= d->status_due_ns)
        tell_status(d, masks, at_ns);
}

static void take_pose(void *context, const fusion_pose *p, const fusion_status *status)
{
    daemon_state *d = context;
    d->status = *status;
    d->pose_ns = p->stamp_ns;
    outlet_live_pose(&d->out, p);
    consider_status(d);
}

static void take_accepted(void *context, const frame *f)
{
    daemon_state *d = context;
    outlet_frame(&d->out, f);
}

static void take_track(void *context, const fusion_pose *p)
{
    daemon_state *d = context;
    outlet_track(&d->out, p);
}

static void take_verdict(void *context, const verdict *v)
{
    daemon_state *d = context;
    outlet_verdict(&d->out, v);
}

static void take_fault(void *context, const fault_event *event)
{
    daemon_state *d = context;
    outlet_fault(&d->out, event);
    run_watch_say_fault(&d->watch, d->settings, event);
}

/* ---- frames */

/* In the time of a drive, all that is due before a frame is done before it is taken: as in a replay. */
static bool take_frame(void *context, const frame *f)
{
    daemon_state *d = context;
    if (d->clock.drive) {
        run_clock_frame(&d->clock, f->received_ns);
        const int64_t before_ns = f->received_ns + (int64_t)(d->run->bus.hold_s * 1e9) - 1;
        live_run_until(d->live, before_ns);
    }
    return live_take(d->live, f);
}

/* Takes what waits. True when there may be more. */
static bool take_messages(daemon_state *d)
{
    intake_time at = {.stepped_ns = run_clock_recent_step(&d->clock), .drive = d->clock.drive};
    bus_message m;
    for (int i = 0; i < BATCH; i++) {
        if (!bus_subscriber_take(d->bus.frames, &m))
            return false;
        at.now_ns = run_clock_now(&d->clock);
        if (at.now_ns == INT64_MIN)
            at.now_ns = 0; /* a drive that has not begun */
        at.released_ns = live_released_ns(d->live);
        if (run_bus_is_probe(&d->bus, &m))
            run_watch_alive(&d->watch);
        else if (m.topic[0] != '\0')
            intake_message(d->intake, &m, &at);
    }
    return true;
}

/* ---- time */

static void follow_clock(daemon_state *d)
{
    const int64_t step_ns = run_clock_follow(&d->clock);
    if (step_ns == 0)
        return;
    live_shift_time(d->live, step_ns);
    intake_shift_time(d->intake, step_ns);
    intake_clock_step(d->intake, 1e-9 * (double)step_ns, run_clock_now(&d->clock));
}

static void run_ticks(daemon_state *d)
{
    if (!d->clock.drive)
        live_run_until(d->live, run_clock_now(&d->clock));
}

static void save_state(daemon_state *d)
{
    error e = {""};
    const char *path = d->run->service.state_file;
    if (path[0] == '\0' || d->clock.drive)
        return;
    if (!state_file_save(path, live_core(d->live), run_clock_now(&d->clock), &e))
        log_say_limited(&d->log_state, 60.0, LOG_WARN, "cannot save the state: %s", e.text);
}

/* Before there is a pose, and when nothing moves time on, the status is all that is told. */
static void look_after_status(daemon_state *d)
{
    if (monotonic_ns() < d->status_due_ns)
        return;
    fusion_get_status(live_core(d->live), &d->status);
    const int64_t now_ns = run_clock_now(&d->clock);
    d->status.stamp_ns = now_ns != INT64_MIN ? now_ns : 0;
    consider_status(d);
}

static void keep_house(daemon_state *d)
{
    const int64_t at_ns = monotonic_ns(), now_ns = run_clock_now(&d->clock);
    if (now_ns != INT64_MIN) {
        if (d->bus.gate) {
            const gatekeeper_counts c = gatekeeper_get_counts(d->bus.gate);
            intake_refused(d->intake, c.wrong_key + c.wrong_mechanism, now_ns);
        }
        intake_shapeless(d->intake, bus_subscriber_malformed(d->bus.frames));
        intake_tick(d->intake, now_ns);
    }
    look_after_status(d);
    if (at_ns >= d->state_due_ns) {
        d->state_due_ns = at_ns + (int64_t)(d->run->service.state_interval_s * 1e9);
        save_state(d);
    }
    if (run_watch_due(&d->watch, at_ns, live_taken(d->live)))
        run_bus_probe(&d->bus);
}

/* ---- signals */

static void take_signals(daemon_state *d)
{
    struct signalfd_siginfo info;
    while (read(d->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP)
            run_reload(d);
        else
            d->stopping = true;
    }
}

/* ---- the loop */

static int64_t earliest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Until something is due. */
static struct timespec time_left(const daemon_state *d)
{
    const int64_t at_ns = monotonic_ns(), tick_ns = live_next_tick_ns(d->live);
    int64_t due_ns = earliest(d->status_due_ns, d->state_due_ns);
    due_ns = earliest(due_ns, run_watch_next(&d->watch));
    if (!d->clock.drive && tick_ns != INT64_MAX)
        due_ns = earliest(due_ns, tick_ns - d->clock.base_ns);
    const int64_t left_ns = due_ns > at_ns ? due_ns - at_ns : 0;
    return (struct timespec){.tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000};
}

/* While ticks run by the clock, frames are looked for at each tick: they do not count before it, and a
 * wake-up for every one of them would cost more than all the rest. */
static bool wakes_for_frames(const daemon_state *d)
{
    return d->clock.drive || live_next_tick_ns(d->live) == INT64_MAX;
}

static void loop(daemon_state *d)
{
    const int frames = bus_subscriber_fd(d->bus.frames);
    struct pollfd fds[] = {{.fd = d->signals, .events = POLLIN},
                           {.fd = frames, .events = POLLIN},
                           {.fd = bus_publisher_fd(d->bus.poses), .events = POLLIN},
                           {.fd = d->bus.gate ? gatekeeper_fd(d->bus.gate) : -1, .events = POLLIN}};
    while (!d->stopping) {
        follow_clock(d);
        const bool more = take_messages(d);
        run_ticks(d);
        keep_house(d);
        if (d->bus.gate)
            gatekeeper_answer(d->bus.gate);
        outlet_greet(&d->out);
        fds[1].fd = wakes_for_frames(d) ? frames : -1;
        const struct timespec left = more ? (struct timespec){0, 0} : time_left(d);
        if (ppoll(fds, sizeof fds / sizeof *fds, &left, NULL) > 0 && fds[0].revents != 0)
            take_signals(d);
    }
}

/* ---- start and end */

static bool open_signals(daemon_state *d, error *e)
{
    static const int list[] = {SIGTERM, SIGINT, SIGHUP, 0};
    d->signals = signals_open(list);
    return d->signals >= 0 || error_set(e, "cannot listen for signals: %s", strerror(errno));
}

static void load_state(daemon_state *d)
{
    error e = {""};
    double age_s;
    const char *path = d->run->service.state_file;
    if (path[0] == '\0' || d->clock.drive)
        return;
    switch (state_file_load(path, live_core(d->live), run_clock_now(&d->clock),
                            d->run->service.state_max_age_s, &age_s, &e)) {
    case STATE_RESTORED:
        log_say(LOG_NOTE, "warm start from %s, %.0f s old", path, age_s);
        break;
    case STATE_REFUSED:
        log_say(LOG_WARN, "%s", e.text);
        break;
    case STATE_NONE:
        break;
    }
}

static bool start(daemon_state *d, error *e)
{
    const intake_sinks door = {d, take_frame, take_fault};
    pmap *map;
    d->settings = calloc(1, sizeof *d->settings);
    d->run = calloc(1, sizeof *d->run);
    if (!d->settings || !d->run)
        return error_set(e, "out of memory");
    if (!run_options_load(d->options, d->settings, d->run, e) || !run_open_map(d, d->run, &map, e))
        return false;
    run_keep_map(d, d->run, map);
    if (!open_signals(d, e) || !run_bus_open(&d->bus, d->run, e))
        return false;
    run_clock_init(&d->clock, d->options->drive_time);
    d->intake = intake_create(d->settings, d->run, &door);
    d->sinks = (live_sinks){d, take_accepted, take_pose, take_track, take_verdict, take_fault};
    d->live = run_make_live(d, d->settings, d->run, d->map);
    if (!d->intake || !d->live)
        return error_set(e, "out of memory");
    d->out = (outlet){.publisher = d->bus.poses,
                      .settings = d->settings,
                      .valid_ns = (int64_t)(d->run->service.pose_valid_s * 1e9)};
    d->extra.drive_time = d->clock.drive;
    d->extra.started_ns = d->clock.drive ? 0 : run_clock_now(&d->clock);
    d->state_due_ns = monotonic_ns() + (int64_t)(d->run->service.state_interval_s * 1e9);
    load_state(d);
    run_watch_init(&d->watch);
    d->hosted = hosted_start(d->bus.bus, RUN_INNER_ENDPOINT, d->settings, d->run, e);
    return d->hosted != NULL;
}

static void finish(daemon_state *d)
{
    hosted_stop(d->hosted);
    if (d->live)
        live_destroy(d->live);
    pmap_close(d->map);
    intake_destroy(d->intake);
    run_bus_close(&d->bus);
    if (d->signals >= 0)
        close(d->signals);
    free(d->run);
    free(d->settings);
}

static void say_start(const daemon_state *d)
{
    if (d->settings->source_count == 0)
        log_say(LOG_WARN,
                "the configuration has no sources: every frame will be refused (-c FILE, or --as-drive)");
    for (size_t i = 0; i < d->run->bus.frames.count; i++)
        log_say(LOG_NOTE, "frames at %s", d->run->bus.frames.at[i]);
    for (size_t i = 0; i < d->run->bus.poses.count; i++)
        log_say(LOG_NOTE, "poses at %s", d->run->bus.poses.at[i]);
}

bool run_loop(const run_options *o, error *e)
{
    daemon_state *d = calloc(1, sizeof *d);
    if (!d)
        return error_set(e, "out of memory");
    d->options = o;
    d->signals = -1;
    d->pose_ns = INT64_MIN;
    const bool good = start(d, e);
    if (good) {
        say_start(d);
        notify_send("READY=1");
        loop(d);
        notify_send("STOPPING=1");
        save_state(d);
        log_say(LOG_NOTE, "stopped");
    }
    finish(d);
    free(d);
    return good;
}
