/*
 * NMEA 0183 sentences (versions 2.0 to 4.11) of any talker: RMC, GGA, GNS, GLL, VTG, GSA, GST, ZDA, DTM, and
 * u-blox PUBX,00. Sources: NMEA 0183 version 4.10; u-blox M8 protocol specification UBX-13003221, section 31.
 */
#ifndef POSED_SENSORS_GNSS_NMEA_H
#define POSED_SENSORS_GNSS_NMEA_H

#include "sensors/gnss/gnss_report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `sentence` is what stands between '$' and '*'. False when it is of another type, or makes no sense; then
 * `r` says nothing. */
bool nmea_parse(const char *sentence, gnss_report *r);

#ifdef __cplusplus
}
#endif
#endif
