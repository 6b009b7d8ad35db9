/*
 * Holds the frames and truth of an import until all of it has been read, then gives them out in the order in
 * which they were received, numbered. A frame takes as much memory as it carries.
 */
#ifndef POSED_SENSORS_FRAME_STORE_H
#define POSED_SENSORS_FRAME_STORE_H

#include "sensors/import/importer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct frame_store frame_store;

/* NULL when memory is short. */
frame_store *frame_store_create(void);
void frame_store_destroy(frame_store *s);

/* Copies a frame; its sequence is set later. False, with `e` set, when memory is short, there are more than
 * SETTINGS_MAX_SOURCES sources, or `source` may not send this kind of frame. */
bool frame_store_add(frame_store *s, const frame *f, const char *source, error *e);
bool frame_store_add_truth(frame_store *s, const truth_point *t, error *e);

size_t frame_store_frames(const frame_store *s);
size_t frame_store_truths(const frame_store *s);
/* Sources in the order of their first frame. */
size_t frame_store_sources(const frame_store *s);
const char *frame_store_source(const frame_store *s, size_t i);

/* Publishes everything, sorted by received_ns (truth by its stamp; equal times keep the order in which they
 * were added), frames numbered from 0 per source and kind. False when the sink failed. */
bool frame_store_publish(frame_store *s, const import_sink *sink);

#ifdef __cplusplus
}
#endif
#endif
