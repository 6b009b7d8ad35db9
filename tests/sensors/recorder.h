/*
 * A sink that keeps everything an importer publishes.
 */
#ifndef POSED_TESTS_RECORDER_H
#define POSED_TESTS_RECORDER_H

#include "sensors/import/importer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { RECORDER_NOTES = 8 };

typedef struct {
    frame *frames;
    char (*sources)[FRAME_SOURCE_NAME_SIZE]; /* by frame */
    size_t frame_count, frame_room;
    truth_point *truths;
    size_t truth_count, truth_room;
    char *config;      /* NUL-terminated; NULL: none */
    char origin[2048]; /* "key=value;..." */
    char notes[RECORDER_NOTES][256];
    size_t note_count;
    size_t fail_after; /* frames that are taken before the sink fails; 0: all */
    import_sink sink;
} recorder;

void recorder_init(recorder *r);
void recorder_finish(recorder *r);

/* The i-th frame of that source and kind; NULL when there are fewer. */
const frame *recorder_frame(const recorder *r, const char *source, frame_kind kind, size_t i);
size_t recorder_count(const recorder *r, const char *source, frame_kind kind);

/* A NumPy file of doubles; one column makes an array of one dimension. */
void write_npy(const char *directory, const char *name, const double *values, size_t rows, size_t columns);

#ifdef __cplusplus
}
#endif
#endif
