/*
 * What `posed record` does with messages: files them by topic, begins new files in time, and carries on when
 * the disk is full. It knows no socket and no clock.
 *
 * Payloads are written as they came, byte for byte, in the order in which they came; MCAP log_time is
 * received_ns of a frame and the stamp of a result, publish_time the stamp. A malformed message under a topic
 * of ours is kept too, at the time it came: whoever looks for what went wrong wants it, and `posed replay`
 * counts and passes over it. Messages under other topics are counted and left out.
 */
#ifndef POSED_DAEMON_RECORD_BUS_RECORDER_H
#define POSED_DAEMON_RECORD_BUS_RECORDER_H

#include "bus/bus.h"
#include "common/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bus_recorder bus_recorder;

typedef struct {
    const char *output; /* FILE; or, with `rotate`, what comes before "-YYYYmmddTHHMMSSZ.mcap" */
    bool rotate;
    double max_s;       /* a new file after so long; 0: never */
    uint64_t max_bytes; /* or when it is so large; 0: never */
    const char *config; /* YAML text for the files; NULL: none */
    const char *from;   /* where the messages come from, for the files' metadata */
} bus_recorder_options;

/* Two clocks. */
typedef struct {
    int64_t monotonic_ns, utc_ns;
} recorder_time;

/* Begins the first file. The texts of the options must outlive it. NULL with `e` set when it cannot. */
bus_recorder *bus_recorder_open(const bus_recorder_options *o, recorder_time now, error *e);

/* Takes one message. */
void bus_recorder_take(bus_recorder *r, const bus_message *m, recorder_time now);

/* Does what is due: brings the file to the disk, begins another. To be called after messages and when the
 * time has come that it returns (CLOCK_MONOTONIC; INT64_MAX: nothing is due). */
int64_t bus_recorder_tick(bus_recorder *r, recorder_time now);

/* Begins another file now, unless there is nothing in this one. */
void bus_recorder_next_file(bus_recorder *r, recorder_time now);

typedef struct {
    uint64_t messages; /* on the disk, or about to be */
    uint64_t bytes;    /* of all files */
    uint64_t files;
    uint64_t malformed; /* of the messages */
    uint64_t unknown;   /* messages under topics that are not ours, left out */
    uint64_t missed;    /* numbers missing in the sequences of poses, track, status, faults */
    uint64_t lost;      /* messages that the disk did not take */
    uint64_t failures;  /* how often it did not */
    bool waiting;       /* for the disk */
} bus_recorder_counts;
bus_recorder_counts bus_recorder_get_counts(const bus_recorder *r);

/* The file being written, or the last one. */
const char *bus_recorder_path(const bus_recorder *r);

/* Topics in the order in which they came first; false past the end. */
bool bus_recorder_topic(const bus_recorder *r, size_t index, const char **topic, uint64_t *messages,
                        uint64_t *missed);

/* Ends the file. False with `e` set when that failed; the counts stay until bus_recorder_destroy. */
bool bus_recorder_finish(bus_recorder *r, error *e);
void bus_recorder_destroy(bus_recorder *r);

#ifdef __cplusplus
}
#endif
#endif
