/*
 * Little-endian fields of a UBX payload, and what reads each message. Internal to ubx*.c.
 */
#ifndef POSED_SENSORS_GNSS_UBX_READ_H
#define POSED_SENSORS_GNSS_UBX_READ_H

#include "sensors/gnss/gnss_report.h"

#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline uint16_t ubx_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline int16_t ubx_i16(const uint8_t *p)
{
    return (int16_t)ubx_u16(p);
}

static inline uint32_t ubx_u32(const uint8_t *p)
{
    return (uint32_t)ubx_u16(p) | (uint32_t)ubx_u16(p + 2) << 16;
}

static inline int32_t ubx_i32(const uint8_t *p)
{
    return (int32_t)ubx_u32(p);
}

static inline float ubx_f32(const uint8_t *p)
{
    uint32_t bits = ubx_u32(p);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* One message each. `p` is at least as long as the table in ubx.c asks for, which has filled in what the
 * message is and its time of week. False: it makes no sense. */
bool ubx_nav_posecef(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_nav_posllh(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_nav_status(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_nav_dop(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_nav_sol(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_nav_pvt(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_nav_velecef(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_nav_velned(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_nav_hpposllh(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_nav_timegps(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_nav_timeutc(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_nav_timels(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_nav_svinfo(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_nav_sat(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_nav_cov(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_nav_eoe(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_mon_hw(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_mon_rf(const uint8_t *p, size_t size, gnss_report *r);
bool ubx_sec_sig(const uint8_t *p, size_t size, gnss_report *r);

/* The state of NAV-STATUS and SEC-SIG as 0..1; NAN: unknown. */
float ubx_spoofing(unsigned state);

#ifdef __cplusplus
}
#endif
#endif
