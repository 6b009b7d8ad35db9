/*
 * The engine of `posed replay`: a drive's frames through the fusion core.
 */
#ifndef POSED_DAEMON_REPLAY_REPLAY_H
#define POSED_DAEMON_REPLAY_REPLAY_H

#include "daemon/fault_log.h"
#include "daemon/replay/replay_options.h"
#include "fusion/fusion.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { REPLAY_MAX_MAPS = 8 };

/* What the file held of one source, as far as it was played. */
typedef struct {
    uint64_t frames;           /* given to the core */
    uint64_t malformed;        /* could not be decoded */
    int64_t first_ns, last_ns; /* least and greatest stamp given */
    bool silenced;             /* left out by --without */
} source_tally;

typedef struct {
    settings *settings;   /* in force */
    fusion_status status; /* at the end */
    fusion_pose *poses;
    size_t pose_count, pose_capacity;
    truth_point *truth;
    size_t truth_count, truth_capacity;
    fault_log faults;
    inject_plan *injected;  /* NULL: no faults were */
    uint64_t injected_lost; /* frames that could not wait for their delay */
    source_tally tallies[SETTINGS_MAX_SOURCES];
    int64_t start_ns;                     /* when the drive starts: its first sensor message */
    int64_t played_from_ns, played_to_ns; /* least and greatest time of reception of the frames given */
    map_identity map;                     /* that the poses rest on, where a file was named */
    map_identity recorded_maps[REPLAY_MAX_MAPS]; /* that the drive names */
    size_t recorded_map_count;                   /* of more, the first */
    uint64_t frames;                             /* given to the core */
    uint64_t decoded;                            /* frames that could be read, given or not */
    uint64_t malformed_truth, unused;
    double wall_s;    /* from opening the file to the last pose */
    double cpu_s;     /* the same in processor time: what is left when the machine is busy */
    char damage[512]; /* of the drive; "" none */
} replay_result;

/* Replays. Returns an exit code, with `e` set when it is not EXIT_OK. `r` is to be finished in any case.
 *
 * wall_s covers opening the file, its configuration, reading, decoding, fusing and the poses out of the core
 * into memory; writing of `o->output` where asked for; not what comes after: encoding for the checksum,
 * evaluation, CSV. */
int replay_run(const replay_options *o, replay_result *r, error *e);
void replay_result_finish(replay_result *r);

#ifdef __cplusplus
}
#endif
#endif
