/*
 * Which hypotheses there are, what each leaves out, and where its sub-solution lies in memory.
 */
#include "fusion/integrity/bank_layout.h"

#include "fusion/core/core.h"
#include "fusion/integrity/bank.h"

#include <string.h>

static bool can_lie(const source_settings *s)
{
    return s->enabled;
}

static int count_kind(const settings *s, source_kind kind)
{
    int count = 0;
    for (size_t i = 0; i < s->source_count; i++)
        count += can_lie(&s->sources[i]) && s->sources[i].kind == kind;
    return count;
}

typedef struct {
    uint32_t sources, quantities;
} left_out;

typedef struct {
    left_out of[BANK_MAX];
    int count;
} hypotheses;

/* What is compared with the map. */
static const uint32_t on_map_quantities =
    UINT32_C(1) << QUANTITY_LANDMARK | UINT32_C(1) << QUANTITY_LANE | BANK_RETURNS;

static void suppose(hypotheses *list, uint32_t sources, uint32_t quantities)
{
    if (list->count < BANK_MAX)
        list->of[list->count++] = (left_out){sources, quantities};
}

/* On a map. */
static bool speaks_of_map(const source_settings *s)
{
    return can_lie(s) && (s->kind == SOURCE_CAMERA || (s->kind == SOURCE_RADAR && s->of.radar.map_returns));
}

static void suppose_on_map(hypotheses *list, const settings *s)
{
    uint32_t cameras = 0, radars = 0;
    for (size_t i = 0; i < s->source_count; i++) {
        const uint32_t bit = UINT32_C(1) << i;
        if (!speaks_of_map(&s->sources[i]))
            continue;
        if (s->sources[i].kind == SOURCE_CAMERA) {
            suppose(list, bit, UINT32_C(1) << QUANTITY_LANDMARK);
            suppose(list, bit, UINT32_C(1) << QUANTITY_LANE);
            cameras |= bit;
        } else {
            suppose(list, bit, BANK_RETURNS);
            radars |= bit;
        }
    }
    if (cameras && ((cameras & (cameras - 1)) || radars)) /* more than one who shares it */
        suppose(list, cameras | radars, on_map_quantities);
    for (size_t i = 0; i < s->source_count && count_kind(s, SOURCE_WHEEL) > 0; i++) {
        if (s->sources[i].kind == SOURCE_IMU && can_lie(&s->sources[i]))
            suppose(list, UINT32_C(1) << i, UINT32_C(1) << QUANTITY_INERTIAL);
    }
}

/* One for each source, and one for all GNSS receivers together, for they hear the same sky. A lone source has
 * nobody to be told from and nothing to be compared with, but its sub-solution says how far it can go wrong.
 * On a map two more for each camera: what it says of landmarks, and of lanes, may be wrong for itself
 * (elements that are not where they were surveyed, lines that were painted anew). One more for each radar:
 * what it says of what stands, but not of the ego velocity. One of all of them, who share the map. And beside
 * that of each IMU one that turns as wheels say (bank_steer.c).
 */
static hypotheses list_hypotheses(const settings *s, bool on_map)
{
    hypotheses list = {.count = 0};
    uint32_t sky = 0;
    if (!s->integrity.enabled)
        return list;
    for (size_t i = 0; i < s->source_count; i++) {
        if (s->sources[i].kind == SOURCE_GNSS && can_lie(&s->sources[i]))
            sky |= UINT32_C(1) << i;
    }
    if (count_kind(s, SOURCE_GNSS) > 1)
        suppose(&list, sky, 0);
    for (size_t i = 0; i < s->source_count; i++) {
        if (can_lie(&s->sources[i]))
            suppose(&list, UINT32_C(1) << i, 0);
    }
    if (on_map)
        suppose_on_map(&list, s);
    return list;
}

/* ---- memory */

static size_t floats_each(int n)
{
    return covariance_floats(n) + (size_t)((n + 7) & ~7);
}

size_t bank_floats(const settings *s, int n, bool on_map)
{
    return (size_t)list_hypotheses(s, on_map).count * floats_each(n);
}

covariance bank_covariance(const fusion *c, int h)
{
    covariance p = c->f.p;
    if (h >= 0)
        p.p = c->storage + covariance_floats(p.n) + (size_t)h * floats_each(p.n);
    return p;
}

float *bank_error(const fusion *c, int h)
{
    return bank_covariance(c, h).p + covariance_floats(c->f.p.n);
}

void bank_setup(fusion *c)
{
    hypotheses list = list_hypotheses(&c->set, c->map.view != NULL);
    memset(&c->bank, 0, sizeof c->bank);
    c->bank.count = list.count;
    c->bank.blind_ns = c->bank.look_ns = c->bank.begun_ns = INT64_MIN;
    for (int h = 0; h < c->bank.count; h++) {
        bank_hypothesis *of = &c->bank.of[h];
        of->sources = list.of[h].sources;
        of->quantities = list.of[h].quantities;
        of->weakness = 1.0f;
    }
    bank_restart(c);
}

/* ---- who leaves out the map */

bool bank_rests_on_map(const fusion *c, const bank_hypothesis *h)
{
    for (size_t i = 0; c->map.view && i < c->source_count; i++) {
        if ((h->sources >> i & 1u) && c->set.sources[i].kind == SOURCE_CAMERA)
            return h->quantities == 0 || h->quantities == on_map_quantities;
    }
    return false;
}

const bank_hypothesis *bank_without_map(const fusion *c)
{
    uint32_t speak = 0;
    for (size_t i = 0; i < c->source_count; i++)
        speak |= (uint32_t)speaks_of_map(&c->set.sources[i]) << i;
    for (int h = 0; h < c->bank.count; h++) {
        const bank_hypothesis *of = &c->bank.of[h];
        if (bank_rests_on_map(c, of) && !(speak & ~of->sources))
            return of->looked && of->live_looks ? of : NULL;
    }
    return NULL;
}
