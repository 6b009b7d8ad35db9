#include "tests/campaign/plan_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

campaign_plan *load_plan(const char *text)
{
    config_problems *p = calloc(1, sizeof *p);
    ck_assert(p);
    campaign_plan *loaded =
        campaign_plan_load_text(POSED_SOURCE_ROOT "/sim/campaigns/test.yaml", text, strlen(text), p);
    ck_assert_msg(loaded, "%s", p->text[0]);
    free(p);
    return loaded;
}
