/*
 * Inside the fusion core: what innovations say of calibrations and offsets.
 */
#ifndef POSED_FUSION_SHIFT_H
#define POSED_FUSION_SHIFT_H

#include "fusion/core/source_run.h"
#include "fusion/filter/filter.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A calibration state that is watched: of which kind of source, its offset among the source's own states,
 * which flag says that it has moved, and one sigma of a move that does no harm (s, 1, rad). */
typedef struct {
    source_kind of;
    int state;
    fault_code code;
    float tolerance;
} shift_row;

enum { SHIFT_ROWS = 9 };
extern const shift_row shift_rows[SHIFT_ROWS];
/* The next row of the source's kind from `row` on; SHIFT_ROWS: none. The n-th of a source is of its state[n].
 */
int shift_next_row(const source_run *s, int row);
/* The source's states have been set: nothing is known but them. */
void shift_reset(fusion *c, source_run *s);
/* The source's calibration has been set, and what its measurements said so far was of another. */
void shift_learn_anew(fusion *c, source_run *s);
/* A measurement that was held against its gate, with what covariance_project made of it. */
void shift_take(fusion *c, source_run *s, const measurement *m, const projection *j,
                verdict_quantity quantity);
/* All means of the source keep this share of what they know. */
void shift_fade(source_run *s, float keep);
/* Value, and variance of that, of a mean whose weight is not 0. */
float shift_mean_of(const shift_mean *m);
float shift_mean_variance(const shift_mean *m);

#ifdef __cplusplus
}
#endif
#endif
