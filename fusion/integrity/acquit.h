/*
 * Inside the fusion core: whom the sub-solutions clear.
 */
#ifndef POSED_FUSION_ACQUIT_H
#define POSED_FUSION_ACQUIT_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What speaks against a source now is spoken by the filter alone for this long, s: a flag rises on what is so
 * now. */
#define ACQUIT_NOW_S 0.5
/* Keeps whom the sub-solutions clear: without this source what contradicts goes on, without another all
 * agree. */
void acquit_look(fusion *c, int64_t now_ns);
/* They did within so many seconds. */
bool acquit_holds(const source_run *s, int64_t now_ns, double within_s);

#ifdef __cplusplus
}
#endif
#endif
