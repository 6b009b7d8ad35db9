/*
 * UBX messages of u-blox receivers, from ANTARIS 4 to generation 10: NAV-PVT, -SOL, -POSLLH, -POSECEF,
 * -HPPOSLLH, -VELNED, -VELECEF, -STATUS, -DOP, -COV, -SAT, -SVINFO, -TIMEGPS, -TIMEUTC, -TIMELS, -EOE; MON-HW
 * and MON-RF; SEC-SIG. Sources: u-blox protocol specifications GPS.G4-X-06009 (ANTARIS 4), UBX-13003221
 * (M8), UBX-22008968 (F9 HPG 1.32), UBX-21035062 (M10).
 *
 * Accuracies are as the receiver claims them: one sigma; hAcc over both axes, the root of the sum of the
 * variances north and east. The 3-D pAcc of NAV-SOL and NAV-POSECEF counts as a bound for both parts where
 * nothing better is sent.
 *
 * Jamming, from jammingState (MON-HW, MON-RF) or jamState (SEC-SIG): critical 1, warning 0.75, none
 * 0 to 0.5 by the CW indicator jamInd; where the monitor is off, jamInd / 255 alone. Spoofing, from
 * spoofDetState (NAV-STATUS) or spfState (SEC-SIG): 3 (several indications, affirmed) 1, 2 (indicated) 0.75,
 * 1 (none) 0. What counts is above 0.5: see the faults JAMMED and SPOOFED.
 */
#ifndef POSED_SENSORS_GNSS_UBX_H
#define POSED_SENSORS_GNSS_UBX_H

#include "sensors/gnss/gnss_report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* False when it is another message, or shorter than it must be; then `r` says nothing. */
bool ubx_parse(uint8_t message_class, uint8_t id, const uint8_t *payload, size_t size, gnss_report *r);

#ifdef __cplusplus
}
#endif
#endif
