#include "sensors/gnss/gnss_epoch.h"
#include "sensors/gnss/gnss_fix.h"

#include <math.h>
#include <string.h>

static const int64_t day_ns = 86400 * (int64_t)1000000000;

/* Two times of day closer than this are of one epoch: NMEA rounds to 10 ms what UBX says in full. Too small:
 * one epoch becomes two; too large: receivers at 100 Hz lose epochs. */
static const int64_t same_ns = 9000000;

/* The latest number of leap seconds, where neither the receiver nor the date says. */
static const int usual_leap_s = 18;

static void clear(gnss_gathered *g)
{
    memset(g, 0, sizeof *g);
    gnss_report_init(&g->sum);
}

void gnss_epoch_init(gnss_epoch *e)
{
    memset(e, 0, sizeof *e);
    clear(&e->now);
    e->anchor_ns = e->near_ns = GNSS_NO_TIME;
    e->taken_of_day_ns = GNSS_NO_TIME;
    e->leap_s = -1;
    e->jamming = e->spoofing = NAN;
}

void gnss_epoch_set_near(gnss_epoch *e, int64_t near_ns)
{
    e->near_ns = near_ns;
}

static bool is_timed(const gnss_report *r)
{
    return !r->clock_only && (r->of_day_ns != GNSS_NO_TIME || r->of_week_ns != GNSS_NO_TIME);
}

/* The UTC time of day of a report: what messages of both protocols have in common. A leap second is beyond
 * the day's end. */
static int64_t of_day(const gnss_epoch *e, const gnss_report *r)
{
    if (r->of_day_ns != GNSS_NO_TIME)
        return r->of_day_ns;
    int leap_s = e->leap_s;
    if (leap_s < 0)
        leap_s = r->week >= 0 ? gnss_leap_seconds(r->week, r->of_week_ns) : usual_leap_s;
    return (r->of_week_ns + day_ns - leap_s * (int64_t)1000000000) % day_ns;
}

static bool is_same_day_time(int64_t a, int64_t b)
{
    int64_t apart = a > b ? a - b : b - a;
    return apart < same_ns ||
           (apart < day_ns && day_ns - apart < same_ns); /* midnight itself: a leap second */
}

static bool is_same_time(const gnss_epoch *e, const gnss_report *a, const gnss_report *b)
{
    if (a->of_week_ns != GNSS_NO_TIME && b->of_week_ns != GNSS_NO_TIME)
        return a->of_week_ns == b->of_week_ns;
    return is_same_day_time(of_day(e, a), of_day(e, b));
}

static bool was_seen(const gnss_epoch *e, uint32_t message)
{
    for (uint32_t i = 0; i < e->seen_count; i++) {
        if (e->seen[i].message == message)
            return true;
    }
    return false;
}

static bool is_ender(const gnss_epoch *e)
{
    return e->ender.message != 0 && e->last.message == e->ender.message && e->last.nth == e->ender.nth;
}

/* A receiver without a fix may tell no time; then its epochs are told apart by what repeats. */
static bool begins_another(const gnss_epoch *e, const gnss_report *r)
{
    if (is_timed(r))
        return e->now.has_key && !is_same_time(e, &e->now.sum, r);
    return r->is_statement && was_seen(e, r->message);
}

/* The message that came last before the time changed twice in the same way ends the epochs from now on. */
static void learn_ender(gnss_epoch *e)
{
    bool again = e->last.message == e->candidate.message && e->last.nth == e->candidate.nth;
    e->ender = again ? e->last : (gnss_place){0, 0};
    e->candidate = e->last;
    e->seen_count = 0;
}

static void count_place(gnss_epoch *e, uint32_t message)
{
    uint32_t i = 0;
    while (i < e->seen_count && e->seen[i].message != message)
        i++;
    if (i == GNSS_EPOCH_KINDS)
        return;
    if (i == e->seen_count)
        e->seen[e->seen_count++] = (gnss_place){message, 0};
    e->seen[i].nth++;
    e->last = e->seen[i];
}

static void gather_time(gnss_epoch *e, const gnss_report *r)
{
    gnss_report *sum = &e->now.sum;
    if (r->leap_s >= 0)
        e->leap_s = r->leap_s;
    if (r->clock_only) {
        e->anchor_ns = gnss_utc(r->day, r->of_day_ns);
        return;
    }
    e->now.has_key = e->now.has_key || is_timed(r);
    if (r->of_week_ns != GNSS_NO_TIME)
        sum->of_week_ns = r->of_week_ns;
    if (r->of_day_ns != GNSS_NO_TIME)
        sum->of_day_ns = r->of_day_ns;
    if (r->day != GNSS_NO_DAY)
        sum->day = r->day;
    if (r->utc_ns != GNSS_NO_TIME)
        sum->utc_ns = r->utc_ns;
    if (r->week >= 0) {
        sum->week = r->week;
        sum->fraction_ns = r->fraction_ns;
    }
}

static void gather_security(gnss_epoch *e, const gnss_report *r)
{
    if (!isnan(r->jamming)) {
        e->jamming = r->jamming;
        e->jamming_age = 0;
    }
    if (!isnan(r->spoofing)) {
        e->spoofing = r->spoofing;
        e->spoofing_age = 0;
    }
}

/* True when the epoch is at an end by a message of another time. */
static bool turn(gnss_epoch *e, const gnss_report *r, gnss_fix *done)
{
    if (!begins_another(e, r))
        return false;
    if (is_timed(r))
        learn_ender(e);
    bool full = gnss_fix_make(e, done);
    e->seen_count = 0;
    clear(&e->now);
    return full;
}

/* True when `r` is late: of the epoch that has been given out. */
static bool is_of_taken(gnss_epoch *e, const gnss_report *r)
{
    if (!e->taken || !is_timed(r))
        return false;
    if (is_same_day_time(of_day(e, r), e->taken_of_day_ns))
        return true;
    learn_ender(e);
    e->taken = false;
    return false;
}

/* NMEA has positions in the receiver's datum, and the sentence DTM before them if that is not WGS84. */
static void gather_position(gnss_epoch *e, const gnss_report *r)
{
    gnss_report moved = *r;
    if (r->rank == GNSS_RANK_NMEA) {
        moved.latitude_deg -= e->datum_off[0];
        moved.longitude_deg -= e->datum_off[1];
        moved.height_m -= e->datum_off[2];
    }
    gnss_fix_gather(&e->now, &moved);
}

bool gnss_epoch_add(gnss_epoch *e, const gnss_report *r, gnss_fix *done)
{
    if (!isnan(r->datum_off[0])) {
        memcpy(e->datum_off, r->datum_off, sizeof e->datum_off);
        return false;
    }
    gather_security(e, r);
    if (is_of_taken(e, r)) {
        count_place(e, r->message);
        return false;
    }
    /* What tells no time, and comes after the last message of an epoch, is of the next one. */
    bool untimed = !is_timed(r) && !r->clock_only && isnan(r->jamming) && isnan(r->spoofing);
    bool turned = untimed && e->now.has_key && is_ender(e) ? gnss_epoch_take(e, done) : turn(e, r, done);
    gather_time(e, r);
    gather_position(e, r);
    count_place(e, r->message);
    e->now.sum.ends_epoch = e->now.sum.ends_epoch || r->ends_epoch;
    return turned;
}

bool gnss_epoch_is_complete(const gnss_epoch *e)
{
    if (!e->now.has_statement)
        return false;
    return is_ender(e) || e->now.sum.ends_epoch;
}

bool gnss_epoch_take(gnss_epoch *e, gnss_fix *done)
{
    if (!gnss_fix_make(e, done))
        return false;
    if (e->now.has_key) {
        e->taken = true;
        e->taken_of_day_ns = of_day(e, &e->now.sum);
    }
    clear(&e->now);
    return true;
}
