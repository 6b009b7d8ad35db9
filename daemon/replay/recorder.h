/*
 * The output drive of a replay: results, the configuration in force and, when asked for, the input.
 */
#ifndef POSED_DAEMON_REPLAY_RECORDER_H
#define POSED_DAEMON_REPLAY_RECORDER_H

#include "wire/drive.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A zeroed recorder records nothing: every call is allowed and does nothing. */
typedef struct {
    drive_writer *writer;
    const settings *settings;
    const char *names[SETTINGS_MAX_SOURCES];
    int64_t next_status_ns;
    bool with_input;
    bool failed; /* a write failed; recorder_close says why */
} recorder;

/* Opens `path` and writes the effective configuration and which map it is. `s` must outlive the recorder. */
bool recorder_open(recorder *r, const char *path, bool with_input, const char *drive, const settings *s,
                   const map_identity *map, error *e);
bool recorder_close(recorder *r, bool abandon, error *e);

void recorder_frame(recorder *r, const frame *f);
void recorder_truth(recorder *r, const truth_point *t);
void recorder_pose(recorder *r, const fusion_pose *p);
void recorder_live_pose(recorder *r, const fusion_pose *p, int64_t expires_ns);
void recorder_track(recorder *r, const fusion_pose *p);
void recorder_verdict(recorder *r, const verdict *v);
void recorder_fault(recorder *r, const fault_event *event);
void recorder_status(recorder *r, const fusion_status *status);
/* Whether one is due at `now_ns`; the next one is due a period later then. */
bool recorder_status_due(recorder *r, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
