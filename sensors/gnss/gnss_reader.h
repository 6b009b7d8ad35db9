/*
 * Bytes of a receiver in, fixes out: the stream, both protocols and the epochs together.
 */
#ifndef POSED_SENSORS_GNSS_GNSS_READER_H
#define POSED_SENSORS_GNSS_GNSS_READER_H

#include "sensors/gnss/gnss_epoch.h"
#include "sensors/gnss/gnss_stream.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    void *context;
    void (*fix)(void *context, const gnss_fix *fix);
} gnss_sink;

typedef struct {
    gnss_stream stream;
    gnss_epoch epoch;
    gnss_sink sink;
    bool live, in_header, in_comment;
    bool partial;                 /* the start of the epoch that is gathered may have gone unheard */
    uint64_t messages;            /* that said something */
    int64_t now_ns, last_came_ns; /* when the bytes, and the last such message, came */
} gnss_reader;

/* `live`: a fix goes out with what seems to be the last message of its epoch. The first epoch is not given
 * out: its start, which may be what tells the date, need not have been heard. Otherwise it is a log: a fix
 * goes out when the next epoch begins, with all that the receiver said of it; leading lines that begin with
 * '#' are passed over. */
void gnss_reader_init(gnss_reader *r, bool live, gnss_sink sink);

/* Takes the next bytes, which came at `now_ns`. */
void gnss_reader_feed(gnss_reader *r, const uint8_t *bytes, size_t size, int64_t now_ns);

/* Whether messages wait for the rest of their epoch. */
bool gnss_reader_is_waiting(const gnss_reader *r);

/* The receiver has fallen silent: gives out what waits. */
void gnss_reader_pause(gnss_reader *r);

/* No more bytes will come. */
void gnss_reader_end(gnss_reader *r);

#ifdef __cplusplus
}
#endif
#endif
