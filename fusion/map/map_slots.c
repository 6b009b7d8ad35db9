/* The pool of considered states: map_run.h. */
#include "fusion/map/map_slots.h"

#include "fusion/core/core.h"
#include "fusion/map/map_adrift.h"
#include "fusion/map/map_evidence.h"
#include "fusion/map/map_trust.h"
#include "fusion/radar/radar_rails.h"
#include "fusion/radar/radar_things.h"

#include <math.h>
#include <string.h>

/* A slot that no frame has needed for this long may be given to another element, s. Too small: an element
 * that is seen on and off is taken for a new one each time, and its error for a new error. */
static const double keep_s = 1.0;

/* Behind the pool: how the yaw rate changes (filter.h). */
enum { SWING_STATES = 1 };

int map_slots_lay_out(fusion *c, int next)
{
    int room = (STATE_MAX - SWING_STATES - next) / MAP_SLOT_STATES;
    c->map.first_state = next;
    c->map.slot_count = room < 0 ? 0 : room < MAP_SLOTS_MAX ? room : MAP_SLOTS_MAX;
    next += c->map.slot_count * MAP_SLOT_STATES;
    c->map.swing_state = next < STATE_MAX ? next : 0;
    return next + (c->map.swing_state ? SWING_STATES : 0);
}

int map_slot_state(const fusion *c, int slot)
{
    return c->map.first_state + slot * MAP_SLOT_STATES;
}

uint64_t map_slots_considered(const fusion *c)
{
    uint64_t bits = 0;
    for (int i = 0; i < c->map.slot_count; i++) {
        if (c->map.slots[i].kind != MAP_SLOT_FREE)
            bits |= UINT64_C(7) << map_slot_state(c, i);
    }
    return bits;
}

void map_run_reset(fusion *c)
{
    map_run *run = &c->map;
    run->held_ns = run->tied_ns = run->lane_ns = run->lane_looked_ns = INT64_MIN;
    run->off_since_ns = run->agree_since_ns = INT64_MIN;
    run->off_m[0] = run->off_m[1] = 0.0f;
    run->shifted = run->vouched = false;
    run->lane_merged = MAP_NONE;
    map_adrift_untie(c);
    run->lane_wins_s = 0.0f;
    run->adrift_s = run->adrift_m = 0.0f;
    run->adrift = false;
    run->judged = run->elsewhere = run->gone = 0.0f;
    run->lane_sigma_m = 0.0f;
    map_evidence_forget(run);
    run->paint_off[0] = run->paint_off[1] = run->paint_own[0] = run->paint_own[1] = 0.0f;
    run->paint_line[0] = run->paint_line[1] = MAP_NONE;
    run->paint_looks[0] = run->paint_looks[1] = 0;
    radar_things_clear(&run->things);
    radar_rails_clear(&run->rails);
    run->paint_beside_s[0] = run->paint_beside_s[1] = 0.0f;
    for (int i = 0; i < MAP_PAINTED_MOST; i++)
        run->painted[i] = (map_painted){.seen_ns = INT64_MIN};
    for (int i = 0; i < MAP_WATCHED_MOST; i++)
        run->watched[i] = (map_watched){.seen_ns = INT64_MIN};
    for (int i = 0; i < c->map.slot_count; i++) {
        c->f.considered &= ~(UINT64_C(7) << map_slot_state(c, i));
        c->map.slots[i] = (map_slot){.kind = MAP_SLOT_FREE};
        for (int k = 0; k < MAP_SLOT_STATES; k++)
            core_own_state(c, map_slot_state(c, i) + k, 0.0, 0.0, 0.0f);
    }
}

int map_slot_find(const fusion *c, map_slot_kind kind, uint32_t number)
{
    for (int i = 0; i < c->map.slot_count; i++) {
        if (c->map.slots[i].kind == kind && c->map.slots[i].number == number)
            return i;
    }
    return MAP_NO_SLOT;
}

void map_slot_keep(fusion *c, map_slot_kind kind, uint32_t number, int64_t now_ns)
{
    int at = map_slot_find(c, kind, number);
    if (at != MAP_NO_SLOT)
        c->map.slots[at].used_ns = now_ns;
}

int map_slots_spare(const fusion *c, int64_t now_ns)
{
    int count = 0;
    for (int i = 0; i < c->map.slot_count; i++)
        count += c->map.slots[i].kind == MAP_SLOT_FREE ||
                 seconds_between(c->map.slots[i].used_ns, now_ns) > keep_s;
    return count;
}

/* A free slot, or the one that has not been needed for longest. */
static int spare_slot(const fusion *c, int64_t now_ns)
{
    int best = MAP_NO_SLOT;
    double idle = keep_s;
    for (int i = 0; i < c->map.slot_count; i++) {
        const map_slot *s = &c->map.slots[i];
        if (s->kind == MAP_SLOT_FREE)
            return i;
        double unused = seconds_between(s->used_ns, now_ns);
        if (unused > idle) {
            idle = unused;
            best = i;
        }
    }
    return best;
}

int map_slot_take(fusion *c, map_slot_kind kind, uint32_t number, float sigma_m, int64_t now_ns)
{
    int at = map_slot_find(c, kind, number);
    if (at == MAP_NO_SLOT) {
        at = spare_slot(c, now_ns);
        if (at == MAP_NO_SLOT)
            return at;
        map_trust_end(c, at);
        c->map.slots[at] = (map_slot){.kind = kind, .number = number};
        for (int k = 0; k < MAP_SLOT_STATES; k++)
            core_own_state(c, map_slot_state(c, at) + k, 0.0, (double)sigma_m, 0.0f);
        c->f.considered |= UINT64_C(7) << map_slot_state(c, at);
        map_trust_begin(c, at);
    }
    c->map.slots[at].used_ns = now_ns;
    return at;
}
