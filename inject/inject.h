/*
 * Faults as data: a list of faults read from YAML, applied to a stream of frames. The same list works on a
 * simulated drive and on a recorded one.
 *
 *     faults:
 *       - fault: drift            # what: the words of INJECT_KINDS
 *         source: gnss/*          # KIND/NAME, KIND/* or KIND: every source that fits
 *         from_s: 30              # seconds after the drive's first frame
 *         for_s: 40               # until the end when it is not given
 *         rate_mps: 0.5           # how strong; each kind has its own keys
 *         expect: [SPOOFED, BIASED, JUMP]   # flags that name it rightly (fusion/faults.def)
 *
 * Deterministic by seed. Frames go in by time of reception and come out by time of reception, whatever a
 * fault delays. No allocation after creation but for the queue of delayed frames, which is bounded.
 */
#ifndef POSED_INJECT_INJECT_H
#define POSED_INJECT_INJECT_H

#include "config/config.h"
#include "fusion/frame.h"
#include "fusion/settings.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct inject_plan inject_plan; /* parsed, immutable */
typedef struct inject inject;           /* one stream */

/* Reads a plan. NULL when there is any problem: all are added to `p` with their place. */
inject_plan *inject_plan_load(const char *path, config_problems *p);
inject_plan *inject_plan_load_text(const char *name, const char *text, size_t size, config_problems *p);
void inject_plan_destroy(inject_plan *p);

size_t inject_plan_count(const inject_plan *p);
/* "gnss_jump": the plan's name (its `name:`, or the file's). */
const char *inject_plan_name(const inject_plan *p);

/* What a judge needs to know of fault i. */
typedef struct {
    const char *kind;       /* "drift" */
    const char *source;     /* as written: "gnss/*", "map" */
    double from_s, to_s;    /* to_s INFINITY: until the end */
    uint64_t expected_mask; /* bit = fault_code that names it rightly; 0: none was said */
} inject_fault;
inject_fault inject_plan_get(const inject_plan *p, size_t i);
/* Does fault i act on this source? */
bool inject_plan_concerns(const inject_plan *p, size_t i, const settings *s, uint16_t source);

/* Changes the configuration before the core is created: faults of the map (shifted, stale, elements moved or
 * gone) act on the landmarks of `s`. False with a problem added when a fault names a source or element that
 * the drive does not have. */
bool inject_apply_settings(const inject_plan *p, settings *s, uint64_t seed, config_problems *problems);

/* One stream over these settings (for the names and kinds of sources; not kept). NULL: no memory. */
inject *inject_create(const inject_plan *p, const settings *s, uint64_t seed);
void inject_destroy(inject *n);

/* Puts a frame in (copied). Frames come in order of reception. */
void inject_push(inject *n, const frame *in);
/* Takes the next frame out that is due: received no later than the newest one that was put in. False: none.
 */
bool inject_pull(inject *n, frame *out);
/* The stream is over: what is still delayed may come. */
void inject_finish(inject *n);
/* Frames that were taken away because the queue of delayed ones was full. */
uint64_t inject_overflow(const inject *n);

#ifdef __cplusplus
}
#endif
#endif
