/*
 * What a plan is, for the files of this folder.
 */
#ifndef POSED_INJECT_PLAN_H
#define POSED_INJECT_PLAN_H

#include "inject/inject.h"
#include "inject/kind.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { INJECT_NAME_SIZE = 256, INJECT_ABOUT_SIZE = 512 };

/* What every fault has besides its kind's keys. */
typedef struct {
    double from_s, for_s; /* for_s INFINITY: until the end */
    double period_s, duty;
} inject_times;

typedef struct {
    const inject_kind *kind;
    char source[FRAME_SOURCE_NAME_SIZE]; /* as written */
    inject_times times;
    uint64_t expected_mask;
    size_t element_count;
    uint64_t elements[INJECT_MAX_ELEMENTS]; /* of the map; none: all */
    union {
        double alignment;
        unsigned char bytes[INJECT_KEYS_SIZE];
    } keys;
} inject_spec;

struct inject_plan {
    char name[INJECT_NAME_SIZE];
    char about[INJECT_ABOUT_SIZE];
    size_t count;
    inject_spec faults[INJECT_MAX_FAULTS];
};

extern const config_group inject_times_group;
extern const inject_times inject_times_defaults;

/* Which kinds of frame of a kind of source the pattern ("gnss", "gnss/roof", "landmarks", "*") means, by its
 * words alone; 0: it is none of a source's. */
uint32_t inject_pattern_frames(const char *pattern);

/* Faults of the map on the landmarks of the settings. */
void inject_change_landmarks(const inject_plan *p, settings *s, uint64_t seed);

/* Bits of the kinds of frame of this source on which the fault acts. */
uint32_t inject_spec_frames(const inject_spec *f, const source_settings *source);

#ifdef __cplusplus
}
#endif
#endif
