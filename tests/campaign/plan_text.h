/* Plans of campaigns as texts in tests. */
#ifndef POSED_TESTS_CAMPAIGN_PLAN_TEXT_H
#define POSED_TESTS_CAMPAIGN_PLAN_TEXT_H

#include "campaign/plan.h"

/* As if it lay in sim/campaigns/. The test fails where it is refused. */
campaign_plan *load_plan(const char *text);

#endif
