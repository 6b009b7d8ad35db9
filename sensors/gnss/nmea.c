#include "sensors/gnss/nmea.h"
#include "sensors/gnss/nmea_field.h"

#include <math.h>
#include <string.h>

static const float knot_mps = 1852.0f / 3600.0f;

/* The mode indicator (NMEA 2.3 and later) of RMC, GLL, VTG, and each letter of GNS. False: no solution. */
static bool apply_mode(char mode, gnss_report *r)
{
    uint8_t quality = GNSS_QUALITY_PLAIN;
    switch (mode) {
    case '\0':
        return true;
    case 'N':
        return false;
    case 'D':
    case 'P': /* precise: no degradation, a kind of differential */
        quality = GNSS_QUALITY_DGNSS;
        break;
    case 'F':
        quality = GNSS_QUALITY_FLOAT;
        break;
    case 'R':
        quality = GNSS_QUALITY_FIXED;
        break;
    case 'E':
        r->estimated = true;
        break;
    default: /* A autonomous, M manual, S simulator */
        break;
    }
    if (quality > r->quality)
        r->quality = quality;
    return true;
}

/* The quality of GGA, field 6. False: no solution. */
static bool apply_quality(const char *field, gnss_report *r)
{
    int q;
    if (!nmea_integer(field, 0, 9, &q) || q == 0)
        return false;
    static const uint8_t quality_of[] = {
        [2] = GNSS_QUALITY_DGNSS,
        [4] = GNSS_QUALITY_FIXED,
        [5] = GNSS_QUALITY_FLOAT,
        [9] = 0,
    };
    r->quality = quality_of[q] ? quality_of[q] : GNSS_QUALITY_PLAIN;
    r->estimated = q == 6;
    return true;
}

/* Takes the position if it is said to be valid and can be read. */
static void apply_position(bool valid, const char *const *field, gnss_report *r)
{
    r->is_statement = true;
    valid = valid && nmea_position(field, &r->latitude_deg, &r->longitude_deg);
    r->valid = valid ? GNSS_VALID_YES : GNSS_VALID_NO;
}

/* Fields of altitude and geoid separation, as GGA and GNS have them. */
static void apply_altitude(const char *altitude, const char *separation, gnss_report *r)
{
    double separation_m;
    if (r->valid == GNSS_VALID_YES && nmea_number(altitude, &r->altitude_m) &&
        nmea_number(separation, &separation_m))
        r->height_m = r->altitude_m + separation_m;
}

/* Receivers make dates up while they have no fix. */
static bool parse_rmc(const nmea_fields *f, gnss_report *r)
{
    char status = f->at[2][0];
    bool valid = (status == 'A' || status == 'D') && apply_mode(f->at[12][0], r);
    if (status == 'D' && r->quality < GNSS_QUALITY_DGNSS)
        r->quality = GNSS_QUALITY_DGNSS;
    apply_position(valid, &f->at[3], r);
    nmea_time(f->at[1], &r->of_day_ns);
    if (r->valid != GNSS_VALID_YES)
        return true;
    if (nmea_date(f->at[9], &r->day) && r->of_day_ns == GNSS_NO_TIME)
        r->day = GNSS_NO_DAY;
    if (nmea_float(f->at[7], &r->speed_mps))
        r->speed_mps *= knot_mps;
    nmea_float(f->at[8], &r->course_deg);
    return true;
}

static bool parse_gga(const nmea_fields *f, gnss_report *r)
{
    nmea_time(f->at[1], &r->of_day_ns);
    apply_position(apply_quality(f->at[6], r), &f->at[2], r);
    nmea_integer(f->at[7], 0, 999, &r->satellites);
    nmea_float(f->at[8], &r->hdop);
    apply_altitude(f->at[9], f->at[11], r);
    return true;
}

/* One mode letter per system: what the best of them has. */
static bool parse_gns(const nmea_fields *f, gnss_report *r)
{
    bool valid = false, estimated = true;
    for (const char *mode = f->at[6]; *mode != '\0'; mode++) {
        if (*mode == 'N')
            continue;
        valid = apply_mode(*mode, r) || valid;
        estimated = estimated && *mode == 'E';
    }
    r->estimated = valid && estimated;
    nmea_time(f->at[1], &r->of_day_ns);
    apply_position(valid, &f->at[2], r);
    nmea_integer(f->at[7], 0, 999, &r->satellites);
    nmea_float(f->at[8], &r->hdop);
    apply_altitude(f->at[9], f->at[10], r);
    return true;
}

static bool parse_gll(const nmea_fields *f, gnss_report *r)
{
    nmea_time(f->at[5], &r->of_day_ns);
    bool valid = f->at[6][0] == 'A' && apply_mode(f->at[7][0], r);
    apply_position(valid, &f->at[1], r);
    return true;
}

static bool parse_vtg(const nmea_fields *f, gnss_report *r)
{
    if (!apply_mode(f->at[9][0], r))
        return false;
    r->quality = GNSS_QUALITY_UNSAID;
    r->estimated = false;
    if (nmea_float(f->at[5], &r->speed_mps))
        r->speed_mps *= knot_mps;
    else if (nmea_float(f->at[7], &r->speed_mps))
        r->speed_mps /= 3.6f;
    nmea_float(f->at[1], &r->course_deg);
    return true;
}

/* Which system's numbers these are: by the system id of NMEA 4.11, else by the talker. Receivers that speak
 * as GN without an id number the systems apart. */
static int used_system(const nmea_fields *f)
{
    static const char talkers[][3] = {"GN", "GP", "GL", "GA", "GB", "GQ", "GI"};
    int id;
    if (nmea_integer(f->at[18], 1, 7, &id))
        return id;
    if (strncmp(f->at[0], "BD", 2) == 0)
        return 4;
    for (int i = 0; i < (int)(sizeof talkers / sizeof talkers[0]); i++) {
        if (strncmp(f->at[0], talkers[i], 2) == 0)
            return i;
    }
    return 0;
}

static bool parse_gsa(const nmea_fields *f, gnss_report *r)
{
    int mode, number;
    if (!nmea_integer(f->at[2], 1, 3, &mode))
        return false;
    if (mode > 1)
        r->dimension = mode == 2 ? GNSS_DIMENSION_2D : GNSS_DIMENSION_3D;
    r->used_system = used_system(f);
    for (size_t i = 3; i < 15; i++) {
        if (nmea_integer(f->at[i], 1, 511, &number))
            r->used[r->used_count++] = (uint16_t)number;
    }
    nmea_float(f->at[16], &r->hdop);
    return true;
}

/* h_acc as u-blox defines hAcc: the root of the sum of both variances. */
static bool parse_gst(const nmea_fields *f, gnss_report *r)
{
    float north_m, east_m;
    nmea_time(f->at[1], &r->of_day_ns);
    if (nmea_float(f->at[6], &north_m) && nmea_float(f->at[7], &east_m))
        r->h_acc_m = hypotf(north_m, east_m);
    nmea_float(f->at[8], &r->v_acc_m);
    return true;
}

static bool parse_zda(const nmea_fields *f, gnss_report *r)
{
    int day, month, year;
    if (!nmea_time(f->at[1], &r->of_day_ns) || !nmea_integer(f->at[2], 1, 31, &day) ||
        !nmea_integer(f->at[3], 1, 12, &month) || !nmea_integer(f->at[4], 0, 9999, &year))
        return false;
    r->day = gnss_day(year < 100 ? gnss_full_year(year) : year, month, day);
    r->clock_only = true;
    return r->day != GNSS_NO_DAY;
}

/* Of one axis; false when it is not told. */
static bool datum_offset(const char *const *field, const char *letters, double *value)
{
    if (!nmea_number(field[0], value) || field[0][0] == '-' || field[1][0] == '\0' ||
        !strchr(letters, field[1][0]))
        return false;
    *value = field[1][0] == letters[1] ? -*value / 60.0 : *value / 60.0;
    return true;
}

/* The datum of the positions that follow: theirs is that in WGS84 plus the offset (NMEA 0183, DTM, note 3).
 * What is not told, or from another reference, is taken for WGS84, and so is what is as small as the
 * realisations of one datum differ. */
static bool parse_dtm(const nmea_fields *f, gnss_report *r)
{
    static const double small_deg = 0.0001 / 60.0; /* 0.2 m; PZ-90.02 is off WGS84 by a quarter of it */
    double *off = r->datum_off;
    bool told = strcmp(f->at[8], "W84") == 0 && datum_offset(&f->at[3], "NS", &off[0]) &&
                datum_offset(&f->at[5], "EW", &off[1]);
    if (!told || (fabs(off[0]) < small_deg && fabs(off[1]) < small_deg))
        off[0] = off[1] = off[2] = 0.0;
    else if (!nmea_number(f->at[7], &off[2]))
        off[2] = 0.0;
    return true;
}

/* PUBX,00: navigation status NF none, DR dead reckoning, G2, G3, D2, D3, RK with dead reckoning, TT time. */
static bool parse_pubx(const nmea_fields *f, gnss_report *r)
{
    const char *status = f->at[8];
    if (strcmp(f->at[1], "00") != 0)
        return false;
    nmea_time(f->at[2], &r->of_day_ns);
    r->quality = status[0] == 'D' && status[1] != 'R' ? GNSS_QUALITY_DGNSS : GNSS_QUALITY_PLAIN;
    r->estimated = strcmp(status, "DR") == 0;
    if (status[0] == 'G' || (status[0] == 'D' && !r->estimated))
        r->dimension = status[1] == '2' ? GNSS_DIMENSION_2D : GNSS_DIMENSION_3D;
    apply_position(strchr("GDR", status[0]) && status[0] != '\0', &f->at[3], r);
    nmea_integer(f->at[18], 0, 999, &r->satellites);
    if (r->valid != GNSS_VALID_YES)
        return true;
    nmea_number(f->at[7], &r->height_m);
    nmea_float(f->at[9], &r->h_acc_m);
    nmea_float(f->at[10], &r->v_acc_m);
    if (nmea_float(f->at[11], &r->speed_mps))
        r->speed_mps /= 3.6f;
    nmea_float(f->at[12], &r->course_deg);
    nmea_float(f->at[15], &r->hdop);
    return true;
}

typedef struct {
    char type[5];
    bool of_any_talker; /* two letters stand before the type */
    uint8_t least;      /* fields, the address included */
    bool (*parse)(const nmea_fields *f, gnss_report *r);
} sentence_kind;

static const sentence_kind kinds[] = {
    {"RMC", true, 9, parse_rmc},     {"GGA", true, 7, parse_gga}, {"GNS", true, 7, parse_gns},
    {"GLL", true, 7, parse_gll},     {"VTG", true, 6, parse_vtg}, {"GSA", true, 3, parse_gsa},
    {"GST", true, 8, parse_gst},     {"ZDA", true, 5, parse_zda}, {"DTM", true, 9, parse_dtm},
    {"PUBX", false, 19, parse_pubx},
};

static bool is_of_kind(const sentence_kind *k, const char *address)
{
    if (!k->of_any_talker)
        return strcmp(address, k->type) == 0;
    return strlen(address) == 5 && address[0] != 'P' && strcmp(address + 2, k->type) == 0;
}

bool nmea_parse(const char *sentence, gnss_report *r)
{
    nmea_fields f;
    gnss_report_init(r);
    if (!nmea_split(sentence, &f))
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!is_of_kind(&kinds[i], f.at[0]))
            continue;
        r->message = (uint32_t)(i + 1);
        if (f.count >= kinds[i].least && kinds[i].parse(&f, r))
            return true;
        gnss_report_init(r);
        return false;
    }
    return false;
}
