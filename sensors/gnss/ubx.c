#include "sensors/gnss/ubx.h"
#include "sensors/gnss/ubx_read.h"

static const int64_t ms_ns = 1000000;

enum { NAV = 0x01, MON = 0x0a, SEC = 0x27, NO_TOW = 255 };

typedef struct {
    uint8_t message_class, id;
    uint16_t least; /* bytes of payload */
    uint8_t rank;
    uint8_t tow_at; /* where iTOW stands */
    bool (*parse)(const uint8_t *p, size_t size, gnss_report *r);
} ubx_kind;

static const ubx_kind kinds[] = {
    {NAV, 0x01, 20, GNSS_RANK_ECEF, 0, ubx_nav_posecef},
    {NAV, 0x02, 28, GNSS_RANK_UBX, 0, ubx_nav_posllh},
    {NAV, 0x03, 16, GNSS_RANK_UBX, 0, ubx_nav_status},
    {NAV, 0x04, 18, GNSS_RANK_UBX, 0, ubx_nav_dop},
    {NAV, 0x06, 52, GNSS_RANK_ECEF, 0, ubx_nav_sol},
    {NAV, 0x07, 84, GNSS_RANK_UBX, 0, ubx_nav_pvt},
    {NAV, 0x11, 20, GNSS_RANK_ECEF, 0, ubx_nav_velecef},
    {NAV, 0x12, 36, GNSS_RANK_UBX, 0, ubx_nav_velned},
    {NAV, 0x14, 36, GNSS_RANK_UBX_HP, 4, ubx_nav_hpposllh},
    {NAV, 0x20, 16, GNSS_RANK_UBX, 0, ubx_nav_timegps},
    {NAV, 0x21, 20, GNSS_RANK_UBX, 0, ubx_nav_timeutc},
    {NAV, 0x26, 24, GNSS_RANK_UBX, 0, ubx_nav_timels},
    {NAV, 0x30, 8, GNSS_RANK_ECEF, 0, ubx_nav_svinfo},
    {NAV, 0x35, 8, GNSS_RANK_ECEF, 0, ubx_nav_sat},
    {NAV, 0x36, 64, GNSS_RANK_UBX_HP, 0, ubx_nav_cov},
    {NAV, 0x61, 4, GNSS_RANK_UBX, 0, ubx_nav_eoe},
    {MON, 0x09, 60, GNSS_RANK_UBX, NO_TOW, ubx_mon_hw},
    {MON, 0x38, 4, GNSS_RANK_UBX, NO_TOW, ubx_mon_rf},
    {SEC, 0x09, 4, GNSS_RANK_UBX, NO_TOW, ubx_sec_sig},
};

static void fill(const ubx_kind *k, const uint8_t *payload, gnss_report *r)
{
    gnss_report_init(r);
    r->message = (uint32_t)(0x10000 | k->message_class << 8 | k->id);
    r->rank = k->rank;
    if (k->tow_at == NO_TOW)
        return;
    uint32_t ms = ubx_u32(payload + k->tow_at);
    if (ms < 7 * 86400000u)
        r->of_week_ns = ms * ms_ns;
}

bool ubx_parse(uint8_t message_class, uint8_t id, const uint8_t *payload, size_t size, gnss_report *r)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const ubx_kind *k = &kinds[i];
        if (k->message_class != message_class || k->id != id || size < k->least)
            continue;
        fill(k, payload, r);
        if (k->parse(payload, size, r))
            return true;
    }
    gnss_report_init(r);
    return false;
}
