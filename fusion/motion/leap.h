/*
 * Whether what a sensor says has leapt from one sample to the next. No I/O, no allocation; in the order of
 * stamps.
 */
#ifndef POSED_FUSION_LEAP_H
#define POSED_FUSION_LEAP_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Samples on each side of the one at which it may have leapt. */
enum { LEAP_SIDE = 10, LEAP_SAMPLES = 2 * LEAP_SIDE + 1 };

/* The newest samples, in a ring. */
typedef struct {
    int count, newest; /* how many are held; where the newest is */
    int64_t stamp_ns[LEAP_SAMPLES];
    double value[LEAP_SAMPLES];
} leap_watch;

typedef struct {
    double near_s;      /* samples further apart than this hide what a vehicle does in between */
    double least;       /* less is no leap */
    double least_sigma; /* no leap is known better: samples come in steps */
    double most_slope;  /* who repeats a value may have gone on by so much per second meanwhile; 0: nothing */
} leap_limits;

typedef struct {
    double by;
    double sigma;   /* of that, by the scatter of the samples */
    double before;  /* what it was about to say when it leapt */
    double since_s; /* how long ago that was */
} leap_found;

/* Forgets all samples. */
void leap_reset(leap_watch *w);
/* All samples are of so much later: the clock was set. */
void leap_shift(leap_watch *w, int64_t delta_ns);
/* Takes the next sample; true: some samples ago it has leapt. Samples that are far apart, or not in
 * order, begin anew. */
bool leap_take(leap_watch *w, const leap_limits *of, int64_t stamp_ns, double value, leap_found *out);
/* The newest sample is not where the line through those before it goes: it may turn out to have leapt, when
 * so many more samples are known as make a side. */
bool leap_may_begin(const leap_watch *w, const leap_limits *of);

#ifdef __cplusplus
}
#endif
#endif
