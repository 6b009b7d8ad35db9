/*
 * A drive file as a stream of frames and truth.
 *
 * Truth comes out beside the frames, never among them: what the caller may push into the fusion core is a
 * frame.
 */
#ifndef POSED_WIRE_DRIVE_SOURCE_H
#define POSED_WIRE_DRIVE_SOURCE_H

#include "common/error.h"
#include "fusion/settings.h"
#include "wire/mcap_reader.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct drive_source drive_source;

typedef enum {
    DRIVE_END,       /* of what can be read */
    DRIVE_FRAME,     /* `frame` holds one */
    DRIVE_TRUTH,     /* `truth` holds one */
    DRIVE_MALFORMED, /* a message could not be decoded: `source` says whose, `what` why */
} drive_item_kind;

enum { DRIVE_SOURCE_NONE = 0xffff };

/* What drive_source_next found. `frame` and `truth` are the caller's to keep between calls, never cleared. */
typedef struct {
    int64_t log_time_ns;
    uint16_t source; /* of a malformed message: index into the settings' sources; DRIVE_SOURCE_NONE: truth */
    frame frame;
    truth_point truth;
    error what;
} drive_item;

/* Opens a drive. A file without a summary (cut short), or of another writer's, is read through once, to find
 * its channels and whether it is to be sorted. NULL with `e` set when it cannot be opened or has no sensor
 * channels in protobuf. */
drive_source *drive_source_open(const char *path, error *e);
void drive_source_close(drive_source *d);

/* The configuration that the drive brings; false: none. The bytes live as long as the source. */
bool drive_source_config(drive_source *d, mcap_text *yaml);

/* Adds the drive's sources to the settings where they are not there, and ties each channel to its source.
 * False when there is no room. To be called once, before drive_source_next. */
bool drive_source_bind(drive_source *d, settings *s, error *e);

/* The maps that the drive says it was recorded on, as map_identity_find. */
size_t drive_source_maps(const drive_source *d, map_identity *out, size_t room);

/* The time of the last message, as the summary claims; false: it does not. */
bool drive_source_last_time(const drive_source *d, int64_t *time_ns);

/* The next frame or truth point, in file order; in that of the log times where another writer's file does not
 * stand in it. Messages of other channels are passed over. */
drive_item_kind drive_source_next(drive_source *d, drive_item *item);

/* NULL: intact as far as it was read. */
const char *drive_source_damage(const drive_source *d);

/* Messages of sensor channels that could not be used: they are not in protobuf, or the summary had not
 * announced them. */
uint64_t drive_source_unused(const drive_source *d);

#ifdef __cplusplus
}
#endif
#endif
