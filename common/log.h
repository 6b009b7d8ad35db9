/*
 * What a program that runs for long says: one line per event to stderr. Under systemd (JOURNAL_STREAM is set)
 * each line carries its priority, as sd-daemon(3) has it; elsewhere it begins with "posed: ".
 */
#ifndef POSED_COMMON_LOG_H
#define POSED_COMMON_LOG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers as in syslog(3). */
typedef enum { LOG_ERROR = 3, LOG_WARN = 4, LOG_NOTE = 5, LOG_DETAIL = 6 } log_level;

/* Writes one line with a single write(2), so that lines of several threads do not mix. Control characters in
 * what it prints come out as '?'. */
__attribute__((format(printf, 2, 3))) void log_say(log_level level, const char *format, ...);

/* At most one line per `period_s` from one place: one of these beside what it limits, zeroed. */
typedef struct {
    int64_t next_ns; /* CLOCK_MONOTONIC */
    uint64_t kept_back;
} log_limit;

/* As log_say; what was kept back since the last line is counted at its end: "(12 more)". */
__attribute__((format(printf, 4, 5))) void log_say_limited(log_limit *limit, double period_s, log_level level,
                                                           const char *format, ...);

#ifdef __cplusplus
}
#endif
#endif
