/*
 * Inside the fusion core: whether what was learned of a source still holds, and whether what it says is off
 * for long.
 *
 * Each innovation is also taken as a measurement of every calibration state of its source (latency, scale,
 * turn of the mount) and of a constant offset. Means of these that forget within seconds are held against
 * what was learned before: the test for a jump of Willsky and Jones, "A generalized likelihood ratio approach
 * to the detection and estimation of jumps in linear systems", IEEE TAC 21(1), 1976, with a signature that
 * does not fade, for the window is shorter than the time in which the filter gives way.
 */
#ifndef POSED_FUSION_SHIFT_WATCH_H
#define POSED_FUSION_SHIFT_WATCH_H

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SHIFT_STATES = 3,     /* most calibration states that one source has */
    SHIFT_QUANTITIES = 2, /* kinds of measurement that one source makes */
    SHIFT_AXES = 3
};

/* A weighted mean that forgets. The weights are inverse variances. */
typedef struct {
    float weight, sum; /* of the weights, and of weight times value */
    float square; /* variance of the sum by what is new with every value: their weights, forgotten twice */
    float shared; /* one sigma of the sum by what lasts from value to value */
} shift_mean;

typedef struct {
    shift_mean now;          /* what the measurements of the last seconds say that it is */
    float learned, variance; /* what it was before, and the variance of that */
    float first;             /* one sigma that it began with */
} shift_state;

/* What a speed's difference from receivers may go with: the speed itself, a vector that is fixed to the earth
 * (by the heading), what the vehicle gains in speed. */
enum { PACE_SPEED, PACE_EAST, PACE_NORTH, PACE_GAIN, PACE_CAUSES };

/* Sums over such differences, which forget: weight, their squares, the squares of each cause and its product
 * with them; the product of east and north. */
typedef struct {
    float weight, square, of[PACE_CAUSES], by[PACE_CAUSES], both;
    float lately; /* the difference itself, smoothed, m/s */
} pace_watch;

typedef struct {
    shift_state state[SHIFT_STATES];
    shift_mean offset[SHIFT_QUANTITIES][SHIFT_AXES]; /* of innovations, in sigmas of one innovation */
    shift_mean velocity[2]; /* by how much the velocity is off, forward and left, m/s */
    shift_mean pace;        /* the same forward, of the last moments */
    pace_watch against;     /* of a speed: pace.c */
} shift_watch;

#ifdef __cplusplus
}
#endif
#endif
