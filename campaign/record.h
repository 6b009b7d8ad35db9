/*
 * What is kept of a drive until it is judged: poses, truth, flags, and sums of what the filter said.
 */
#ifndef POSED_CAMPAIGN_RECORD_H
#define POSED_CAMPAIGN_RECORD_H

#include "campaign/map_record.h"
#include "evaluation/evaluation.h"
#include "fusion/fusion.h"
#include "sim/sim.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    RECORD_MAX_EVENTS = 4096,   /* flags that rise; of more, only the number is kept */
    RECORD_MAX_POSES = 1 << 20, /* three hours at 100 Hz */
    RECORD_MAX_SPANS = 4096,    /* times in which a source said something that explains a flag */
};

/* What the frames of a source show by themselves. */
typedef enum {
    SPAN_NO_FIX, /* it says that it has none */
    SPAN_LATE,   /* it is received later than the window is long */
    SPAN_SILENT, /* there are none, for longer than stale_after_s */
    SPAN_LOST,   /* numbers of the sequence are missing */
    SPAN_KIND_COUNT
} span_kind;

typedef struct {
    int64_t from_ns, to_ns;
    uint16_t source;
    uint8_t kind; /* span_kind */
} record_span;

/* Truth comes at 100 Hz. Errors are correlated over seconds: every fifth point judges a drive as well. */
enum { RECORD_TRUTH_STEP = 5 };

typedef struct {
    fusion_pose *poses;
    size_t pose_count, pose_room;
    truth_point *truth; /* every RECORD_TRUTH_STEP-th */
    size_t truth_count, truth_room;
    uint32_t truth_seen;
    double distance_m;
    /* Flags that rose. One that rose over a frame that the core did not let in bears the time of what it had
     * applied by then, up to window_s before: here it has the time at which the frame came. */
    fault_event events[RECORD_MAX_EVENTS];
    size_t event_count; /* all, also those that had no room */
    double nis[SOURCE_KIND_COUNT], dof[SOURCE_KIND_COUNT];
    size_t modes[MODE_COUNT];
    record_span spans[RECORD_MAX_SPANS];
    size_t span_count;
    int64_t last_ns[SETTINGS_MAX_SOURCES];                         /* stamp of the last frame; 0: none yet */
    int64_t next_sequence[SETTINGS_MAX_SOURCES][FRAME_KIND_COUNT]; /* that is due; 0: any */
    int64_t received_ns;                                           /* of the last frame */
    uint16_t impossible; /* its source, when no stamp can be like that */
    bool full;           /* there was no memory for all */
    const settings *config;
    const sim *stream; /* NULL: nothing is known of the surroundings */
    map_record map;
} run_record;

/* Empties it for the next drive, which is on no map until map_record_begin has said so; keeps its memory.
 * `config` and `stream` (may be NULL) must stay until it has been judged. */
void run_record_begin(run_record *r, const settings *config, const sim *stream);
void run_record_finish(run_record *r);

void run_record_truth(run_record *r, const truth_point *t);

/* A frame as the core gets it. */
void run_record_frame(run_record *r, const frame *f);

/* Whether the frames of a source show that, at any moment between two times. */
bool run_record_shows(const run_record *r, uint16_t source, span_kind kind, int64_t from_ns, int64_t to_ns);

/* Where the core's results go. */
fusion_sinks run_record_sinks(run_record *r);

#ifdef __cplusplus
}
#endif
#endif
