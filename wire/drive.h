/*
 * Drives: MCAP files with posed's channels. The importers, the recorder and the replay's output write through
 * drive_writer, which knows the topics and schemas; it sits on mcap_writer, which knows neither.
 *
 * A drive is written to FILE.tmp beside FILE and renamed when it is closed well, so that a failed import
 * leaves nothing behind.
 */
#ifndef POSED_WIRE_DRIVE_H
#define POSED_WIRE_DRIVE_H

#include "common/error.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct drive_writer drive_writer;

/* Opens FILE for writing (through FILE.tmp). NULL on failure, with `e` set. */
drive_writer *drive_writer_open(const char *path, error *e);

/* Each returns false on failure, with the first error kept for drive_writer_close. MCAP log_time is
 * received_ns (for results: the stamp), publish_time is stamp_ns. Frames may come in any order; readers sort
 * by log_time. */
bool drive_write_frame(drive_writer *w, const frame *f, const char *source);
bool drive_write_truth(drive_writer *w, const truth_point *t);
bool drive_write_pose(drive_writer *w, const fusion_pose *p);
/* What posed run publishes: a pose as of its stamp, and final estimates beside it. */
bool drive_write_live_pose(drive_writer *w, const fusion_pose *p, int64_t expires_ns);
bool drive_write_track(drive_writer *w, const fusion_pose *p);
bool drive_write_verdict(drive_writer *w, const verdict *v, const char *source);
bool drive_write_fault(drive_writer *w, const fault_event *ev, const char *source);
bool drive_write_status(drive_writer *w, const fusion_status *s, const char *const *names);

/* The configuration that belongs to the drive (mounts, lever arms, noise, truth point), as YAML text:
 * attachment "config.yaml", media type application/yaml. */
bool drive_write_config(drive_writer *w, const char *yaml, size_t size);

/* Metadata record `name` with key/value pairs ("origin": importer, source directory's base name, vehicle...).
 */
bool drive_write_metadata(drive_writer *w, const char *name, const char *const (*pairs)[2], size_t count);

/* The map that the poses rest on; metadata record "map". */
bool drive_write_map(drive_writer *w, const map_identity *map);

/* Closes, renames FILE.tmp to FILE. False on any failure since open: FILE.tmp is removed, `e` says why. With
 * `abandon`, removes it in any case. */
bool drive_writer_close(drive_writer *w, bool abandon, error *e);

#ifdef __cplusplus
}
#endif
#endif
