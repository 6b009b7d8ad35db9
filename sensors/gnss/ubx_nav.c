#include "fusion/geodesy.h"
#include "sensors/gnss/ubx_read.h"

#include <math.h>

static const double degrees = 57.29577951308232;

/* In 2190: nanoseconds since 1970 do not go much further. */
static const int16_t last_week = 11000;

/* What a receiver claims that has nothing to claim: 2^32 - 1 mm and the like. */
static const float no_claim_m = 1e6f;

static float accuracy(uint32_t raw, float unit)
{
    float value = (float)raw * unit;
    return value < no_claim_m ? value : NAN;
}

/* gpsFix of NAV-SOL and NAV-STATUS, fixType of NAV-PVT: 0 none, 1 dead reckoning, 2 2-D, 3 3-D, 4 GNSS and
 * dead reckoning, 5 time only. `within`: the receiver's own limits hold (gnssFixOK). */
static void apply_fix(unsigned type, bool within, bool differential, unsigned carrier, gnss_report *r)
{
    bool valid = within && type >= 1 && type <= 4;
    r->is_statement = true;
    r->valid = valid ? GNSS_VALID_YES : GNSS_VALID_NO;
    if (!valid)
        return;
    r->estimated = type == 1;
    if (type != 1)
        r->dimension = type == 2 ? GNSS_DIMENSION_2D : GNSS_DIMENSION_3D;
    r->quality = differential ? GNSS_QUALITY_DGNSS : GNSS_QUALITY_PLAIN;
    if (carrier == 1)
        r->quality = GNSS_QUALITY_FLOAT;
    else if (carrier == 2)
        r->quality = GNSS_QUALITY_FIXED;
}

/* iTOW, fTOW, week, of NAV-SOL and NAV-TIMEGPS. */
static void apply_gps_time(const uint8_t *p, bool valid, gnss_report *r)
{
    int32_t fraction_ns = ubx_i32(p + 4);
    int16_t week = ubx_i16(p + 8);
    if (!valid || r->of_week_ns == GNSS_NO_TIME || week < 0 || week > last_week || fraction_ns < -500000 ||
        fraction_ns > 500000)
        return;
    r->week = week;
    r->fraction_ns = fraction_ns;
}

static bool apply_date(const uint8_t *p, int32_t nano, gnss_report *r)
{
    int32_t day = gnss_day(ubx_u16(p), p[2], p[3]);
    if (day == GNSS_NO_DAY || p[4] > 23 || p[5] > 59 || p[6] > 60 || nano < -1000000000 || nano > 1000000000)
        return false;
    r->utc_ns = gnss_utc(day, ((p[4] * 60 + p[5]) * 60 + p[6]) * (int64_t)1000000000 + nano);
    return true;
}

static void apply_ecef(const uint8_t *p, uint32_t accuracy_cm, gnss_report *r)
{
    double ecef_m[3], latitude, longitude;
    for (int i = 0; i < 3; i++)
        ecef_m[i] = 0.01 * ubx_i32(p + 4 * i);
    /* Before the first fix it is the centre of the earth, or nothing. */
    if (!(hypot(hypot(ecef_m[0], ecef_m[1]), ecef_m[2]) > 6e6))
        return;
    ecef_to_geodetic(ecef_m, &latitude, &longitude, &r->height_m);
    r->latitude_deg = latitude * degrees;
    r->longitude_deg = longitude * degrees;
    r->h_acc_m = r->v_acc_m = accuracy(accuracy_cm, 0.01f);
}

static void apply_ecef_velocity(const uint8_t *p, uint32_t accuracy_cmps, gnss_report *r)
{
    for (int i = 0; i < 3; i++)
        r->ecef_mps[i] = 0.01 * ubx_i32(p + 4 * i);
    r->speed_acc_mps = accuracy(accuracy_cmps, 0.01f);
}

/* `p` points at longitude, latitude, height, height above mean sea level: 1e-7 degrees and mm. */
static void apply_llh(const uint8_t *p, gnss_report *r)
{
    r->longitude_deg = 1e-7 * ubx_i32(p);
    r->latitude_deg = 1e-7 * ubx_i32(p + 4);
    r->height_m = 1e-3 * ubx_i32(p + 8);
    r->altitude_m = 1e-3 * ubx_i32(p + 12);
}

bool ubx_nav_posecef(const uint8_t *p, size_t size, gnss_report *r)
{
    (void)size;
    apply_ecef(p + 4, ubx_u32(p + 16), r);
    return true;
}

bool ubx_nav_velecef(const uint8_t *p, size_t size, gnss_report *r)
{
    (void)size;
    apply_ecef_velocity(p + 4, ubx_u32(p + 16), r);
    return true;
}

bool ubx_nav_posllh(const uint8_t *p, size_t size, gnss_report *r)
{
    (void)size;
    apply_llh(p + 4, r);
    r->h_acc_m = accuracy(ubx_u32(p + 20), 1e-3f);
    r->v_acc_m = accuracy(ubx_u32(p + 24), 1e-3f);
    return true;
}

bool ubx_nav_hpposllh(const uint8_t *p, size_t size, gnss_report *r)
{
    (void)size;
    if (p[3] & 1)
        return true;
    apply_llh(p + 8, r);
    r->longitude_deg += 1e-9 * (int8_t)p[24];
    r->latitude_deg += 1e-9 * (int8_t)p[25];
    r->height_m += 1e-4 * (int8_t)p[26];
    r->altitude_m += 1e-4 * (int8_t)p[27];
    r->h_acc_m = accuracy(ubx_u32(p + 28), 1e-4f);
    r->v_acc_m = accuracy(ubx_u32(p + 32), 1e-4f);
    return true;
}

bool ubx_nav_status(const uint8_t *p, size_t size, gnss_report *r)
{
    (void)size;
    apply_fix(p[4], p[5] & 1, p[5] >> 1 & 1, p[7] >> 6, r);
    r->spoofing = ubx_spoofing(p[7] >> 3 & 3);
    return true;
}

bool ubx_nav_dop(const uint8_t *p, size_t size, gnss_report *r)
{
    (void)size;
    r->hdop = 0.01f * ubx_u16(p + 12);
    return true;
}

bool ubx_nav_sol(const uint8_t *p, size_t size, gnss_report *r)
{
    (void)size;
    apply_gps_time(p, (p[11] & 12) == 12, r);
    apply_fix(p[10], p[11] & 1, p[11] >> 1 & 1, 0, r);
    r->satellites = p[47];
    if (r->valid != GNSS_VALID_YES)
        return true;
    apply_ecef(p + 12, ubx_u32(p + 24), r);
    apply_ecef_velocity(p + 28, ubx_u32(p + 40), r);
    return true;
}

bool ubx_nav_pvt(const uint8_t *p, size_t size, gnss_report *r)
{
    bool known = size < 92 || !(p[78] & 1);
    if ((p[11] & 3) == 3)
        apply_date(p + 4, ubx_i32(p + 16), r);
    apply_fix(p[20], (p[21] & 1) && known, p[21] >> 1 & 1, p[21] >> 6, r);
    r->satellites = p[23];
    if (r->valid != GNSS_VALID_YES)
        return true;
    apply_llh(p + 24, r);
    r->h_acc_m = accuracy(ubx_u32(p + 40), 1e-3f);
    r->v_acc_m = accuracy(ubx_u32(p + 44), 1e-3f);
    r->enu_mps[1] = 1e-3f * (float)ubx_i32(p + 48);
    r->enu_mps[0] = 1e-3f * (float)ubx_i32(p + 52);
    r->enu_mps[2] = -1e-3f * (float)ubx_i32(p + 56);
    r->speed_mps = 1e-3f * (float)ubx_i32(p + 60);
    r->course_deg = 1e-5f * (float)ubx_i32(p + 64);
    r->speed_acc_mps = accuracy(ubx_u32(p + 68), 1e-3f);
    return true;
}

bool ubx_nav_velned(const uint8_t *p, size_t size, gnss_report *r)
{
    (void)size;
    r->enu_mps[1] = 0.01f * (float)ubx_i32(p + 4);
    r->enu_mps[0] = 0.01f * (float)ubx_i32(p + 8);
    r->enu_mps[2] = -0.01f * (float)ubx_i32(p + 12);
    r->speed_mps = 0.01f * (float)ubx_u32(p + 20);
    r->course_deg = 1e-5f * (float)ubx_i32(p + 24);
    r->speed_acc_mps = accuracy(ubx_u32(p + 28), 0.01f);
    return true;
}

/* Variances north, east and down, m^2. */
bool ubx_nav_cov(const uint8_t *p, size_t size, gnss_report *r)
{
    (void)size;
    if (!(p[5] & 1))
        return true;
    float horizontal = ubx_f32(p + 16) + ubx_f32(p + 28), vertical = ubx_f32(p + 36);
    if (horizontal > 0.0f && horizontal < no_claim_m * no_claim_m)
        r->h_acc_m = sqrtf(horizontal);
    if (vertical > 0.0f && vertical < no_claim_m * no_claim_m)
        r->v_acc_m = sqrtf(vertical);
    return true;
}

bool ubx_nav_timegps(const uint8_t *p, size_t size, gnss_report *r)
{
    (void)size;
    apply_gps_time(p, (p[11] & 3) == 3, r);
    if (p[11] & 4)
        r->leap_s = (int8_t)p[10];
    return true;
}

bool ubx_nav_timeutc(const uint8_t *p, size_t size, gnss_report *r)
{
    (void)size;
    if (p[19] & 4)
        apply_date(p + 12, ubx_i32(p + 8), r);
    return true;
}

bool ubx_nav_timels(const uint8_t *p, size_t size, gnss_report *r)
{
    (void)size;
    if (p[23] & 1)
        r->leap_s = (int8_t)p[9];
    return true;
}

/* Of the satellites that NAV-SVINFO and NAV-SAT list, those that the solution uses. */
static int count_used(const uint8_t *p, size_t size, size_t flag_at, uint8_t flag)
{
    int used = 0;
    for (size_t i = 0; 8 + 12 * (i + 1) <= size; i++)
        used += (p[8 + 12 * i + flag_at] & flag) != 0;
    return used;
}

bool ubx_nav_svinfo(const uint8_t *p, size_t size, gnss_report *r)
{
    r->satellites = count_used(p, size, 2, 1);
    return true;
}

bool ubx_nav_sat(const uint8_t *p, size_t size, gnss_report *r)
{
    r->satellites = count_used(p, size, 8, 8);
    return true;
}

bool ubx_nav_eoe(const uint8_t *p, size_t size, gnss_report *r)
{
    (void)p;
    (void)size;
    r->ends_epoch = true;
    return true;
}
