/*
 * The raw logs of real receivers (POSED_REAL_DATA/gnss-logs), as posed gnss reads them.
 */
#ifndef POSED_TESTS_GNSS_LOG_H
#define POSED_TESTS_GNSS_LOG_H

#include "sensors/gnss/gnss_epoch.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    gnss_fix *fixes; /* the caller's to free */
    size_t count;
} gnss_log;

/* Where a log is; the caller frees it. NULL when it is not there. */
char *gnss_log_path(const char *name);

gnss_log gnss_log_read(const char *path);

#ifdef __cplusplus
}
#endif
#endif
