/*
 * What the aim*.c files share.
 */
#ifndef POSED_CAMPAIGN_AIM_PRIVATE_H
#define POSED_CAMPAIGN_AIM_PRIVATE_H

#include "campaign/aim.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

void aim_say(aim *a, const char *what, const char *goal);
/* What was measured; not `known`: that there are no such runs. */
__attribute__((format(printf, 3, 4))) void aim_measured(aim *a, bool known, const char *format, ...);
aim_verdict aim_verdict_of(bool known, bool met);

/* A coverage of the 95 % region, and a share that should be at least so much; NULL: there is none. */
void aim_judge_coverage(const estimate *e, const char *what, aim *a);
void aim_judge_share(const estimate *e, const char *what, const char *goal, double least, aim *a);

void aims_judge_map(const campaign_summary *s, aim aims[AIM_MAP_COUNT]);

#ifdef __cplusplus
}
#endif
#endif
