/*
 * One fix out of what the messages of an epoch say: which of two that differ counts, and what follows from
 * them. Internal to gnss_epoch.c.
 */
#ifndef POSED_SENSORS_GNSS_GNSS_FIX_H
#define POSED_SENSORS_GNSS_GNSS_FIX_H

#include "sensors/gnss/gnss_epoch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Adds a message, its times apart. */
void gnss_fix_gather(gnss_gathered *g, const gnss_report *r);

/* Makes the fix, and counts the epoch. False when the epoch does not say whether there is one. */
bool gnss_fix_make(gnss_epoch *e, gnss_fix *done);

#ifdef __cplusplus
}
#endif
#endif
