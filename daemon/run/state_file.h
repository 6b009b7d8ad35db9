/*
 * The saved state of the fusion core in a file, for a warm start. It is replaced as a whole: after a crash or
 * a full disk the file is the old one or the new one.
 */
#ifndef POSED_DAEMON_RUN_STATE_FILE_H
#define POSED_DAEMON_RUN_STATE_FILE_H

#include "common/error.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Saves the state as of `now_ns`. True also when there is nothing worth saving; the file stays then. */
bool state_file_save(const char *path, const fusion *f, int64_t now_ns, error *e);

typedef enum {
    STATE_RESTORED,
    STATE_NONE,    /* there is no file */
    STATE_REFUSED, /* too old, damaged, or not for these settings: `e` says which */
} state_result;

/* Restores it into a core that has not taken a frame. `age_s` gets how old it was, where it was restored. */
state_result state_file_load(const char *path, fusion *f, int64_t now_ns, double max_age_s, double *age_s,
                             error *e);

#ifdef __cplusplus
}
#endif
#endif
