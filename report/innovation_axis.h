/*
 * The axes of innovations, in words.
 */
#ifndef POSED_REPORT_INNOVATION_AXIS_H
#define POSED_REPORT_INNOVATION_AXIS_H

#include "fusion/verdict.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "east", "forward", ...; "?" where there is none. */
const char *page_axis(verdict_quantity q, size_t axis);
/* "m/s", "°", ...; "" where there is none. */
const char *page_axis_unit(verdict_quantity q, size_t axis);
/* What turns a value of a verdict into that unit. */
double page_axis_factor(verdict_quantity q, size_t axis);

#ifdef __cplusplus
}
#endif
#endif
