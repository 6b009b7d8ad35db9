#include "sensors/gnss/gnss_fix.h"
#include "fusion/geodesy.h"

#include <math.h>

static const double radians = 0.017453292519943295;
static const float turn_rad = 6.2831853f;

/* Known for so many epochs: jamming and spoofing are told once a second at most, epochs come with up to
 * 25 Hz. Too small: the flag flickers; too large: it stays when the receiver tells it no more. */
static const unsigned security_epochs = 50;

/* True when a message of this rank counts; a higher one than before forgets what was gathered. */
static bool outranks(uint8_t *held, uint8_t rank, bool *renew)
{
    *renew = rank > *held;
    if (rank < *held)
        return false;
    *held = rank;
    return true;
}

static void gather_status(gnss_gathered *g, const gnss_report *r)
{
    gnss_report *sum = &g->sum;
    bool renew;
    if (r->valid == GNSS_VALID_UNSAID && r->dimension == GNSS_DIMENSION_UNSAID)
        return;
    if (!outranks(&g->status_rank, r->rank, &renew))
        return;
    if (renew) {
        sum->valid = sum->dimension = sum->quality = 0;
        sum->estimated = false;
    }
    if (r->valid != GNSS_VALID_UNSAID)
        sum->valid = r->valid;
    if (r->dimension != GNSS_DIMENSION_UNSAID)
        sum->dimension = r->dimension;
    if (r->quality > sum->quality)
        sum->quality = r->quality;
    sum->estimated = sum->estimated || r->estimated;
}

static void gather_position(gnss_gathered *g, const gnss_report *r)
{
    gnss_report *sum = &g->sum;
    bool renew;
    if (!isnan(r->latitude_deg) && outranks(&g->position_rank, r->rank, &renew)) {
        sum->latitude_deg = r->latitude_deg;
        sum->longitude_deg = r->longitude_deg;
    }
    if (isnan(r->height_m) && isnan(r->altitude_m))
        return;
    if (!outranks(&g->height_rank, r->rank, &renew))
        return;
    if (renew || !isnan(r->height_m))
        sum->height_m = r->height_m;
    if (renew || !isnan(r->altitude_m))
        sum->altitude_m = r->altitude_m;
}

static bool has_velocity(const gnss_report *r)
{
    return !isnan(r->speed_mps) || !isnan(r->course_deg) || !isnan(r->enu_mps[0]) || !isnan(r->ecef_mps[0]);
}

/* A message that tells no time (VTG) may be the next epoch's: it only fills what is missing. */
static void gather_velocity(gnss_gathered *g, const gnss_report *r)
{
    gnss_report *sum = &g->sum;
    bool renew, timed = r->of_day_ns != GNSS_NO_TIME || r->of_week_ns != GNSS_NO_TIME;
    if (!has_velocity(r) || (!timed && has_velocity(sum)) || !outranks(&g->velocity_rank, r->rank, &renew))
        return;
    if (renew || !isnan(r->speed_mps))
        sum->speed_mps = r->speed_mps;
    if (renew || !isnan(r->course_deg))
        sum->course_deg = r->course_deg;
    if (renew || !isnan(r->speed_acc_mps))
        sum->speed_acc_mps = r->speed_acc_mps;
    for (int i = 0; i < 3; i++) {
        if (renew || !isnan(r->enu_mps[i]))
            sum->enu_mps[i] = r->enu_mps[i];
        if (renew || !isnan(r->ecef_mps[i]))
            sum->ecef_mps[i] = r->ecef_mps[i];
    }
}

static void gather_accuracy(gnss_gathered *g, const gnss_report *r)
{
    bool renew;
    if (!isnan(r->hdop))
        g->sum.hdop = r->hdop;
    if (isnan(r->h_acc_m) && isnan(r->v_acc_m))
        return;
    if (!outranks(&g->accuracy_rank, r->rank, &renew))
        return;
    if (renew || !isnan(r->h_acc_m))
        g->sum.h_acc_m = r->h_acc_m;
    if (renew || !isnan(r->v_acc_m))
        g->sum.v_acc_m = r->v_acc_m;
}

static void gather_satellites(gnss_gathered *g, const gnss_report *r)
{
    bool renew;
    if (r->satellites >= 0 && outranks(&g->satellites_rank, r->rank, &renew))
        g->sum.satellites = r->satellites;
    for (size_t i = 0; i < r->used_count; i++)
        g->used[r->used_system][r->used[i] / 64] |= UINT64_C(1) << r->used[i] % 64;
}

void gnss_fix_gather(gnss_gathered *g, const gnss_report *r)
{
    g->has_statement = g->has_statement || r->is_statement;
    gather_status(g, r);
    gather_position(g, r);
    gather_velocity(g, r);
    gather_accuracy(g, r);
    gather_satellites(g, r);
}

/* ---- the fix */

static int count_used(const gnss_gathered *g)
{
    int count = 0;
    for (int i = 0; i < GNSS_USED_SYSTEMS; i++) {
        for (int j = 0; j < GNSS_USED_WORDS; j++)
            count += __builtin_popcountll(g->used[i][j]);
    }
    return count;
}

/* GGA of many receivers counts to 12; the lists of GSA have them all. */
static int satellites(const gnss_gathered *g)
{
    int listed = count_used(g);
    if (g->satellites_rank > GNSS_RANK_NMEA || listed == 0)
        return g->sum.satellites;
    return listed > g->sum.satellites ? listed : g->sum.satellites;
}

/* What the receiver said itself, else what is nearest to the last known moment. */
static int64_t resolve(const gnss_epoch *e)
{
    const gnss_report *sum = &e->now.sum;
    int64_t about = e->anchor_ns != GNSS_NO_TIME ? e->anchor_ns : e->near_ns;
    if (sum->utc_ns != GNSS_NO_TIME)
        return sum->utc_ns;
    if (sum->week >= 0)
        return gnss_gps_to_utc(sum->week, sum->of_week_ns + sum->fraction_ns, e->leap_s);
    if (sum->of_day_ns != GNSS_NO_TIME && sum->day != GNSS_NO_DAY)
        return gnss_utc(sum->day, sum->of_day_ns);
    if (about == GNSS_NO_TIME)
        return GNSS_NO_TIME;
    if (sum->of_week_ns != GNSS_NO_TIME)
        return gnss_near_week(sum->of_week_ns, e->leap_s, about);
    return sum->of_day_ns != GNSS_NO_TIME ? gnss_near_day(sum->of_day_ns, about) : GNSS_NO_TIME;
}

static int64_t stamp(gnss_epoch *e)
{
    int64_t t = resolve(e);
    if (t == GNSS_NO_TIME)
        return t;
    if (e->near_ns != GNSS_NO_TIME)
        t = gnss_unroll(t, e->near_ns);
    e->anchor_ns = t;
    return t;
}

static bool has_position(const gnss_gathered *g)
{
    const gnss_report *sum = &g->sum;
    if (!(fabs(sum->latitude_deg) <= 90.0 && fabs(sum->longitude_deg) <= 180.0))
        return false;
    if (sum->valid == GNSS_VALID_UNSAID) /* a bare position is one if it claims to be somewhere */
        return g->position_rank == GNSS_RANK_NMEA || !isnan(sum->h_acc_m);
    return sum->valid == GNSS_VALID_YES;
}

/* A solution by dead reckoning alone is worth a 2-D fix. */
static gnss_fix_type fix_type(const gnss_gathered *g)
{
    const gnss_report *sum = &g->sum;
    bool flat = sum->dimension == GNSS_DIMENSION_2D;
    if (sum->dimension == GNSS_DIMENSION_UNSAID)
        flat = isnan(sum->height_m) && isnan(sum->altitude_m);
    if (sum->valid == GNSS_VALID_UNSAID)
        return GNSS_FIX_UNKNOWN;
    if (sum->estimated)
        return GNSS_FIX_2D;
    if (sum->quality == GNSS_QUALITY_FIXED)
        return GNSS_FIX_FIXED;
    if (sum->quality == GNSS_QUALITY_FLOAT)
        return GNSS_FIX_FLOAT;
    if (flat)
        return GNSS_FIX_2D;
    return sum->quality == GNSS_QUALITY_DGNSS ? GNSS_FIX_DGNSS : GNSS_FIX_3D;
}

/* What is below zero is no claim. */
static float claim(float value)
{
    return value >= 0.0f ? value : NAN;
}

static void make_position(const gnss_gathered *g, frame_gnss *out)
{
    const gnss_report *sum = &g->sum;
    out->latitude_rad = sum->latitude_deg * radians;
    out->longitude_rad = sum->longitude_deg * radians;
    out->h_acc_m = claim(sum->h_acc_m);
    bool above_ellipsoid = !isnan(sum->height_m);
    out->height_m = above_ellipsoid ? sum->height_m : sum->altitude_m;
    out->datum = above_ellipsoid ? HEIGHT_ELLIPSOID : HEIGHT_MSL;
    out->v_acc_m = claim(sum->v_acc_m);
}

static void velocity_from_ecef(const double ecef_mps[3], frame_gnss *out)
{
    double r_enu_ecef[3][3];
    enu_axes(out->latitude_rad, out->longitude_rad, r_enu_ecef);
    for (int i = 0; i < 3; i++)
        out->velocity_enu_mps[i] = (float)(r_enu_ecef[i][0] * ecef_mps[0] + r_enu_ecef[i][1] * ecef_mps[1] +
                                           r_enu_ecef[i][2] * ecef_mps[2]);
}

/* atan2 of a vehicle at rest is 0. */
static void make_velocity(const gnss_gathered *g, frame_gnss *out)
{
    const gnss_report *sum = &g->sum;
    float *enu = out->velocity_enu_mps;
    for (int i = 0; i < 3; i++)
        enu[i] = sum->enu_mps[i];
    if (isnan(enu[0]) && !isnan(sum->ecef_mps[0]))
        velocity_from_ecef(sum->ecef_mps, out);
    out->speed_mps = isnan(sum->speed_mps) ? hypotf(enu[0], enu[1]) : claim(sum->speed_mps);
    out->course_rad = isnan(sum->course_deg) ? atan2f(enu[0], enu[1]) : sum->course_deg * (float)radians;
    if (out->course_rad < 0.0f)
        out->course_rad += turn_rad;
    if (!(out->course_rad >= 0.0f && out->course_rad <= turn_rad))
        out->course_rad = NAN;
    out->speed_acc_mps = claim(sum->speed_acc_mps);
}

static float still_known(float value, unsigned *age)
{
    return (*age)++ < security_epochs ? value : NAN;
}

frame_gnss gnss_fix_nothing(void)
{
    const float none = NAN;
    return (frame_gnss){
        .latitude_rad = (double)NAN,
        .longitude_rad = (double)NAN,
        .height_m = (double)NAN,
        .h_acc_m = none,
        .v_acc_m = none,
        .velocity_enu_mps = {none, none, none},
        .speed_mps = none,
        .course_rad = none,
        .speed_acc_mps = none,
        .hdop = none,
        .jamming = none,
        .spoofing = none,
        .satellites = -1,
        .fix = GNSS_FIX_NONE,
    };
}

bool gnss_fix_make(gnss_epoch *e, gnss_fix *done)
{
    const gnss_gathered *g = &e->now;
    bool fixed = has_position(g);
    if (!g->has_statement && !fixed)
        return false;
    done->stamp_ns = stamp(e);
    done->gnss = gnss_fix_nothing();
    done->gnss.hdop = claim(g->sum.hdop);
    done->gnss.jamming = still_known(e->jamming, &e->jamming_age);
    done->gnss.spoofing = still_known(e->spoofing, &e->spoofing_age);
    done->gnss.satellites = (int16_t)satellites(g);
    if (!fixed)
        return true;
    done->gnss.fix = (uint8_t)fix_type(g);
    make_position(g, &done->gnss);
    make_velocity(g, &done->gnss);
    return true;
}
