/*
 * Faults as data: a list of faults read from YAML, applied to a stream of frames. The same list works on a
 * simulated drive and on a recorded one.
 *
 *     name: gnss_drift_05       # the file's name when it is not given
 *     about: GNSS is led away by 0.5 m/s.
 *     faults:
 *       - fault: ramp             # what: a word of INJECT_KINDS (kind.h, docs/INJECT.md)
 *         source: gnss            # KIND/NAME; KIND or KIND/ and a star: all of them; landmarks: these frames
 *                                 # only; "*": every source; map
 *         from_s: 30              # seconds from the drive's start, by the frames' stamps
 *         for_s: 40               # until the end when it is not given
 *         east_mps: 0.5           # how strong; each kind has its own keys
 *         expect: [SPOOFED, BIASED, JUMP]   # flags that name it rightly (fusion/faults.def)
 *
 * Deterministic by seed. Frames go in by time of reception and come out by time of reception, whatever a
 * fault delays. A frame on which no fault acts comes out as it went in. No allocation after creation but for
 * the queue of delayed frames, which is bounded.
 */
#ifndef POSED_INJECT_INJECT_H
#define POSED_INJECT_INJECT_H

#include "config/config.h"
#include "fusion/frame.h"
#include "fusion/map.h"
#include "fusion/settings.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct inject_plan inject_plan; /* parsed, immutable */
typedef struct inject inject;           /* one stream */

/* Reads a plan. NULL when there is any problem: all are added to `p` with their place. */
inject_plan *inject_plan_load(const char *path, config_problems *p);
inject_plan *inject_plan_load_text(const char *name, const char *text, size_t size, config_problems *p);
/* NULL: no memory. */
inject_plan *inject_plan_copy(const inject_plan *p);
void inject_plan_destroy(inject_plan *p);

/* Adds the faults of another plan behind those of `p`; both names stand in the new one's ("a+b"). False with
 * a problem added when they are too many. */
bool inject_plan_append(inject_plan *p, const inject_plan *more, config_problems *problems);

enum { INJECT_MAX_FAULTS = 32 };

size_t inject_plan_count(const inject_plan *p);
/* "gnss_jump": the plan's name (its `name:`, or the file's). */
const char *inject_plan_name(const inject_plan *p);
/* A sentence for people; "": there is none. */
const char *inject_plan_about(const inject_plan *p);

/* What a judge needs to know of fault i. */
typedef struct {
    const char *kind;       /* "drift" */
    const char *source;     /* as written: "gnss", "map" */
    double from_s, to_s;    /* to_s INFINITY: until the end; of the map: 0 and INFINITY */
    uint64_t expected_mask; /* bit = fault_code that names it rightly; 0: none was said */
} inject_fault;
inject_fault inject_plan_get(const inject_plan *p, size_t i);
/* Does fault i act on this source? FAULT_SOURCE_MAP is the map. */
bool inject_plan_concerns(const inject_plan *p, size_t i, const settings *s, uint16_t source);

/* Changes the configuration before the core is created: faults of the map (shifted, stale, elements moved or
 * gone) act on the landmarks of `s`. False with a problem added for each fault that has no source or element
 * to act on in these settings and on `map`, the map that is driven on (NULL: none; it is only looked at);
 * `s` is unchanged then. */
bool inject_apply_settings(const inject_plan *p, settings *s, const map_view *map, uint64_t seed,
                           config_problems *problems);

/* The map that the vehicle gets: `map` with the plan's faults of the map, in memory of its own as far as they
 * change it; `map` must outlive it. An element that is in the settings as well is changed there as here.
 * NULL: no memory. */
typedef struct inject_map inject_map;
inject_map *inject_map_create(const inject_plan *p, const map_view *map, uint64_t seed);
void inject_map_destroy(inject_map *m);
/* Valid until inject_map_destroy. */
const map_view *inject_map_view(const inject_map *m);
/* Is the element or line of that id, as the vehicle has it, not where the map had it? */
bool inject_map_is_wrong(const inject_map *m, uint64_t id);
/* Does the plan act on the map at all? */
bool inject_plan_changes_map(const inject_plan *p);

/* One stream over these settings (for their sources; not kept). The plan must outlive it. NULL: no memory. */
inject *inject_create(const inject_plan *p, const settings *s, uint64_t seed);
void inject_destroy(inject *n);

/* When the drive starts, from which from_s counts. Without it: when the first frame was received. */
void inject_begin(inject *n, int64_t start_ns);

/* Puts a frame in (copied). Frames come in order of reception. */
void inject_push(inject *n, const frame *in);
/* Takes the next frame out that is due: received no later than the newest one that was put in. False: none.
 */
bool inject_pull(inject *n, frame *out);
/* The stream is over: what is still delayed may come. */
void inject_finish(inject *n);
/* Frames that were taken away because the queue of delayed ones was full. */
uint64_t inject_overflow(const inject *n);

/* docs/INJECT.md: all kinds with their keys. False when writing failed. */
bool inject_write_reference(FILE *out);

#ifdef __cplusplus
}
#endif
#endif
