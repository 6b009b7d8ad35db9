/*
 * The way of the gnss adapter's fixes out, and where they come from besides bytes. Internal to
 * adapter_gnss.c.
 */
#ifndef POSED_SENSORS_GNSS_GNSS_OUTPUT_H
#define POSED_SENSORS_GNSS_GNSS_OUTPUT_H

#include "sensors/adapter.h"
#include "sensors/gnss/gnss_epoch.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    adapter *adapter;
    bool closed;       /* a frame could not be published: stop */
    bool said_no_time; /* that the receiver does not tell the time yet */
} gnss_output;

/* Publishes a fix. Until the receiver tells the time, its stamp is that of its reception. */
void gnss_output_fix(gnss_output *out, const gnss_fix *fix);

/* NULL: this build has libgps; otherwise why not. */
const char *gnss_gpsd_unavailable(void);

/* Publishes what gpsd says, by the options `host`, `port` and `device`, until the adapter is to stop. False
 * when it cannot go on, with or without a text. */
bool gnss_gpsd_run(gnss_output *out, error *e);

#ifdef __cplusplus
}
#endif
#endif
