#include "daemon/run/run_watch.h"

#include "common/clock.h"
#include "common/notify.h"
#include "daemon/fault_log.h"
#include "daemon/run/run_clock.h"

#include <stdio.h>
#include <string.h>

/* Without a watchdog the probe still goes round, rarely: the same code runs. */
static const int64_t usual_interval_ns = 1000000000;

static const double log_period_s = 5.0;

void run_watch_init(run_watch *w)
{
    const int64_t asked_ns = notify_watchdog_ns();
    memset(w, 0, sizeof *w);
    w->wanted = asked_ns > 0;
    w->interval_ns = w->wanted ? asked_ns / 4 : usual_interval_ns;
    w->due_ns = monotonic_ns();
}

void run_watch_alive(run_watch *w)
{
    w->proven = true;
}

bool run_watch_due(run_watch *w, int64_t at_ns, uint64_t taken)
{
    if (at_ns < w->due_ns)
        return false;
    w->due_ns = at_ns + w->interval_ns;
    if (w->wanted && (w->proven || taken != w->taken))
        notify_send("WATCHDOG=1");
    w->proven = false;
    w->taken = taken;
    return true;
}

int64_t run_watch_next(const run_watch *w)
{
    return w->due_ns;
}

void run_watch_say_mode(run_watch *w, const fusion_status *status)
{
    char text[128];
    if (status->mode == w->mode)
        return;
    w->mode = status->mode;
    log_say(LOG_NOTE, "mode %s", fusion_mode_word(status->mode));
    snprintf(text, sizeof text, "STATUS=%s, %zu sources", fusion_mode_word(status->mode),
             status->source_count);
    notify_send(text);
}

void run_watch_say_fault(run_watch *w, const settings *s, const fault_event *event)
{
    const fault_info *info = fault_describe((fault_code)event->code);
    log_say_limited(&w->log[event->code], log_period_s, info->severity > SEVERITY_INFO ? LOG_WARN : LOG_NOTE,
                    "%s %s %s", fault_source_name(s, event->source), info->name,
                    event->raised ? "is raised" : "has cleared");
}
