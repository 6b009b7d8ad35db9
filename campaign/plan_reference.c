/* docs/CAMPAIGN.md from the tables. */
#include "campaign/alarms.h"
#include "campaign/plan_private.h"
#include "campaign/row.h"

bool campaign_write_reference(FILE *out)
{
    alarms_write_reference(out);
    return fflush(out) == 0 && !ferror(out);
}
