/*
 * The command line of `posed replay`.
 */
#ifndef POSED_DAEMON_REPLAY_REPLAY_OPTIONS_H
#define POSED_DAEMON_REPLAY_REPLAY_OPTIONS_H

#include "daemon/replay/frame_filter.h"
#include "daemon/replay/injection.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { REPLAY_WORD_SIZE = FRAME_SOURCE_NAME_SIZE };

typedef enum { SUMMARY_TEXT, SUMMARY_JSON, SUMMARY_NONE } summary_format;

typedef struct {
    char word[REPLAY_WORD_SIZE]; /* a kind or a source */
    double from_s, to_s;         /* from the drive's start */
} drop_option;

/* Who looks on while a drive is played; each may be NULL. */
typedef struct {
    void *context;
    void (*frame)(void *context, const frame *f); /* as given to the core */
    void (*verdict)(void *context, const verdict *v);
    /* Every status_period_s by the clock of reception (0: about once a second), at the end, and before each
     * event of `fault`. */
    void (*status)(void *context, const fusion_status *s);
    fault_sink *fault, *look; /* as out of the core; and of messages that are malformed */
    double status_period_s;
} replay_tap;

typedef struct {
    const char *drive;
    const char *config, *output, *csv; /* NULL: none */
    bool with_input, quiet, shuffle;
    bool live; /* poses as posed run would have published them */
    uint64_t seed;
    double from_s, to_s; /* from the drive's start; NAN: from its start, to its end */
    double speed;        /* times real time; NAN: as fast as it goes */
    summary_format summary;
    size_t without_count, drop_count;
    char without[FRAME_FILTER_MAX][REPLAY_WORD_SIZE];
    drop_option drops[FRAME_FILTER_MAX];
    size_t inject_count;
    const char *injects[INJECTION_MAX_FILES]; /* files of faults */
    uint64_t inject_seed;                     /* 1 when it is not given */
    const replay_tap *tap;                    /* NULL: none; not from the command line */
    bool keep_all;                            /* no source is excluded; not from the command line */
    const char *map_file;                     /* a compiled map; NULL: that of the configuration, if any */
    const map_view *map;                      /* the caller's, where no file is named; NULL: none */
} replay_options;

/* False with `e` set when the command line is wrong. Strings point into argv. */
bool replay_options_parse(int argc, char **argv, replay_options *o, error *e);

/* The value of an option that is a time from the drive's start, s. False with `e` set when it is none. */
bool replay_options_seconds(const char *option, const char *text, double *out, error *e);

#ifdef __cplusplus
}
#endif
#endif
