/*
 * The simulator: a scenario and a seed into frames and truth, in the order in which they would be received.
 *
 * Deterministic bit for bit: the same scenario and seed give the same items on every run. No I/O but the map
 * that a scenario names. Nothing is allocated after sim_create.
 */
#ifndef POSED_SIM_SIM_H
#define POSED_SIM_SIM_H

#include "common/error.h"
#include "sim/scenario.h"
#include "sim/sim_return.h"
#include "sim/world.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { SIM_END, SIM_FRAME, SIM_TRUTH } sim_item_kind;

typedef struct {
    frame frame;       /* of SIM_FRAME; `source` is the index in sim_settings()->sources */
    truth_point truth; /* of SIM_TRUTH: the body origin, 100 Hz */
} sim_item;

typedef struct sim sim;

/* NULL with `e` set. The scenario is copied. */
sim *sim_create(const sim_scenario *s, uint64_t seed, error *e);
void sim_destroy(sim *m);

/* The configuration that this vehicle has: the scenario's, with the fiducials as surveyed. */
const settings *sim_settings(const sim *m);
const sim_world *sim_get_world(const sim *m);

/* The next item by time of reception (truth: by its stamp); at equal times truth first, then by source. */
sim_item_kind sim_next(sim *m, sim_item *item);

/* The road class at a time of the drive that sim_next has passed (last SIM_HISTORY_S seconds are kept: the
 * whole drive). */
road_class sim_road_at(const sim *m, int64_t stamp_ns);

/* Whether the surroundings of a source made it worse than it is by itself, at any moment from `from_ns` to
 * `to_ns` that sim_next has passed: a reflection or a wrong fix of a GNSS receiver; the dark, a low sun, rain
 * or fog for a camera. For judges of what was flagged. */
bool sim_disturbed(const sim *m, uint16_t source, int64_t from_ns, int64_t to_ns);

/* What the returns of a scan of a source, which sim_next has given lately (64 scans are kept), are of.
 * Returns how many there are, in their order; 0: the scan is not known, or the source no radar. Valid until
 * the next sim_next. For judges. */
size_t sim_returns(const sim *m, uint16_t source, uint32_t sequence, const sim_return **out);

/* Step 0 of every drive: 2026-05-12 08:00:00 UTC. */
#define SIM_BEGIN_NS 1778572800000000000

#ifdef __cplusplus
}
#endif
#endif
