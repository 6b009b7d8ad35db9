#include "daemon/live.h"

#include "fusion/ticks.h"
#include "fusion/window.h"

#include <math.h>
#include <stdlib.h>

/* Live poses older than this by the time that they could be sent are left out. */
static const int64_t too_late_ns = 1000000000;

/* After a silence or a leap of this length ticks go on from there: the core gives up its pose at such a gap.
 */
static const int64_t longest_gap_ns = INT64_C(120000000000);

struct live {
    live_sinks sinks;
    fusion *core;
    window *held; /* by time of reception */
    int64_t hold_ns;
    int64_t rate;                  /* of ticks, fusion/ticks.h */
    int64_t first_tick, next_tick; /* counted from the epoch; INT64_MIN before the first frame */
    int64_t released_ns;           /* INT64_MIN: none yet */
    uint64_t taken;
    fusion_pose pose;
    fusion_status status;
};

static void set_rates(live *l, const settings *s, double hold_s)
{
    l->hold_ns = llround(hold_s * 1e9);
    l->rate = tick_rate(s->output.pose_rate_hz);
}

live *live_create(const settings *s, const map_view *map, double hold_s, const live_sinks *sinks)
{
    live *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    const fusion_sinks to = {sinks->context, sinks->track, sinks->verdict, sinks->fault};
    l->sinks = *sinks;
    l->first_tick = l->next_tick = l->released_ns = INT64_MIN;
    set_rates(l, s, hold_s);
    l->core = fusion_create_on_map(s, &to, map);
    l->held = window_create();
    if (!l->core || !l->held) {
        live_destroy(l);
        return NULL;
    }
    return l;
}

void live_destroy(live *l)
{
    if (!l)
        return;
    fusion_destroy(l->core);
    window_destroy(l->held);
    free(l);
}

fusion *live_core(live *l)
{
    return l->core;
}

uint64_t live_taken(const live *l)
{
    return l->taken;
}

int64_t live_released_ns(const live *l)
{
    return l->released_ns;
}

bool live_take(live *l, const frame *f)
{
    const int64_t tick = tick_from(l->rate, f->received_ns + l->hold_ns);
    /* The first frame may not be the first that was received. */
    if (l->next_tick == INT64_MIN || (l->released_ns == INT64_MIN && tick < l->next_tick))
        l->first_tick = l->next_tick = tick;
    return window_put(l->held, f->received_ns, f) == WINDOW_TAKEN;
}

int64_t live_next_tick_ns(const live *l)
{
    return l->next_tick == INT64_MIN ? INT64_MAX : tick_time_ns(l->rate, l->next_tick);
}

static void release(live *l, int64_t until_ns)
{
    const frame *f;
    while ((f = window_oldest(l->held)) && f->received_ns <= until_ns) {
        if (l->sinks.frame)
            l->sinks.frame(l->sinks.context, f);
        fusion_push(l->core, f);
        window_drop(l->held);
        l->taken++;
    }
    l->released_ns = until_ns;
}

static void run_tick(live *l, int64_t tick, int64_t now_ns)
{
    const int64_t at_ns = tick_time_ns(l->rate, tick);
    release(l, at_ns - l->hold_ns);
    fusion_advance(l->core, at_ns - l->hold_ns);
    if (!l->sinks.pose || now_ns - at_ns > too_late_ns)
        return;
    if (fusion_look_ahead(l->core, at_ns, &l->pose, &l->status)) {
        l->pose.sequence = (uint32_t)(tick - l->first_tick);
        l->sinks.pose(l->sinks.context, &l->pose, &l->status);
    }
}

void live_run_until(live *l, int64_t now_ns)
{
    const int64_t next_ns = live_next_tick_ns(l);
    if (next_ns != INT64_MAX && now_ns - next_ns > longest_gap_ns)
        l->next_tick = tick_from(l->rate, now_ns);
    while (live_next_tick_ns(l) <= now_ns)
        run_tick(l, l->next_tick++, now_ns);
}

void live_shift_time(live *l, int64_t delta_ns)
{
    if (l->next_tick == INT64_MIN)
        return;
    const int64_t passed = l->next_tick - l->first_tick;
    fusion_shift_time(l->core, delta_ns);
    window_shift(l->held, delta_ns);
    if (l->released_ns != INT64_MIN)
        l->released_ns += delta_ns;
    l->next_tick = tick_from(l->rate, tick_time_ns(l->rate, l->next_tick) + delta_ns);
    l->first_tick = l->next_tick - passed;
}

/* The next tick is due at `next_ns`, and `passed` of them have been. */
static void go_on(live *l, int64_t next_ns, int64_t passed)
{
    if (next_ns == INT64_MAX)
        return;
    l->next_tick = tick_from(l->rate, next_ns);
    l->first_tick = l->next_tick - passed;
}

bool live_take_over(live *l, live *from)
{
    window *held = l->held;
    const bool same_sources = fusion_same_sources(l->core, from->core);
    const bool warm = fusion_take_over(l->core, from->core);
    if (same_sources) {
        l->held = from->held;
        from->held = held;
    }
    go_on(l, live_next_tick_ns(from), from->next_tick - from->first_tick);
    l->released_ns = from->released_ns;
    l->taken = from->taken;
    return warm;
}

bool live_reconfigure(live *l, const settings *s, double hold_s)
{
    const int64_t next_ns = live_next_tick_ns(l), passed = l->next_tick - l->first_tick;
    if (!fusion_reconfigure(l->core, s))
        return false;
    set_rates(l, s, hold_s);
    go_on(l, next_ns, passed);
    return true;
}
