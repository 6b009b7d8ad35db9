/*
 * Puts the messages of one epoch together: all that a receiver says of one moment becomes one fix.
 *
 * An epoch ends when a message of another time comes (exact, as late as the next epoch), or when whoever
 * feeds this takes it early: because gnss_epoch_is_complete says that its last message has come, or because
 * the receiver has fallen silent.
 */
#ifndef POSED_SENSORS_GNSS_GNSS_EPOCH_H
#define POSED_SENSORS_GNSS_GNSS_EPOCH_H

#include "fusion/frame.h"
#include "sensors/gnss/gnss_report.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GNSS_EPOCH_KINDS = 24, GNSS_USED_SYSTEMS = 8, GNSS_USED_WORDS = 8 };

/* A fix, or that there is none. */
typedef struct {
    int64_t stamp_ns;    /* of the solution, UTC; GNSS_NO_TIME: the receiver has not told the date yet */
    int64_t received_ns; /* when its last message had come: for whoever feeds this to set */
    /* The height is above the ellipsoid, or above mean sea level where only that is told. That of a 2-D fix
     * is an assumption of the receiver's. */
    frame_gnss gnss;
} gnss_fix;

/* No fix, and nothing known of what a frame says beside: gnss_fix.c. */
frame_gnss gnss_fix_nothing(void);

/* What has been gathered of one epoch. */
typedef struct {
    gnss_report sum;
    bool has_statement, has_key;
    uint8_t status_rank, position_rank, height_rank, velocity_rank, accuracy_rank, satellites_rank;
    uint64_t used[GNSS_USED_SYSTEMS][GNSS_USED_WORDS]; /* bits: satellites of GSA by system and number */
} gnss_gathered;

/* The n-th message of a kind within an epoch. */
typedef struct {
    uint32_t message;
    uint32_t nth;
} gnss_place;

typedef struct {
    gnss_gathered now;
    int64_t anchor_ns;   /* the last moment that is known with its date; GNSS_NO_TIME */
    int64_t near_ns;     /* about now, from elsewhere; GNSS_NO_TIME */
    int leap_s;          /* as the receiver reported it last; -1 */
    double datum_off[3]; /* of the positions of NMEA, as it was told last; 0 */
    float jamming, spoofing;
    unsigned jamming_age, spoofing_age; /* epochs */
    bool taken;                         /* the epoch of taken_of_day_ns was given out before it ended */
    int64_t taken_of_day_ns;
    gnss_place last, ender, candidate;
    uint32_t seen_count;
    gnss_place seen[GNSS_EPOCH_KINDS]; /* in this epoch, by kind */
} gnss_epoch;

void gnss_epoch_init(gnss_epoch *e);

/* What time it is, about: for receivers that tell no date, and against those whose week number has rolled
 * over (gnss_unroll). May stay unsaid: then dates are taken as told. */
void gnss_epoch_set_near(gnss_epoch *e, int64_t near_ns);

/* Takes a message. True when it begins another epoch: then `done` is the one before. */
bool gnss_epoch_add(gnss_epoch *e, const gnss_report *r, gnss_fix *done);

/* Whether the message that was added last ends its epoch: the receiver said so, or the two epochs before
 * ended with the like of it. */
bool gnss_epoch_is_complete(const gnss_epoch *e);

/* Gives out the epoch as it stands, and ignores what still comes of it. False when it does not say whether
 * there is a fix. */
bool gnss_epoch_take(gnss_epoch *e, gnss_fix *done);

#ifdef __cplusplus
}
#endif
#endif
