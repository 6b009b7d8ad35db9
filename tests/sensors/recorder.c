#include "tests/sensors/recorder.h"

#include "tests/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool take_frame(void *context, const frame *f, const char *source)
{
    recorder *r = context;
    if (r->fail_after > 0 && r->frame_count == r->fail_after)
        return false;
    if (r->frame_count == r->frame_room) {
        r->frame_room = 2 * r->frame_room + 64;
        r->frames = reallocarray(r->frames, r->frame_room, sizeof *r->frames);
        r->sources = reallocarray(r->sources, r->frame_room, sizeof *r->sources);
        ck_assert(r->frames && r->sources);
    }
    memcpy(&r->frames[r->frame_count], f, frame_used_size(f));
    strcpy(r->sources[r->frame_count++], source);
    return true;
}

static bool take_truth(void *context, const truth_point *t)
{
    recorder *r = context;
    if (r->truth_count == r->truth_room) {
        r->truth_room = 2 * r->truth_room + 64;
        r->truths = reallocarray(r->truths, r->truth_room, sizeof *r->truths);
        ck_assert_ptr_nonnull(r->truths);
    }
    r->truths[r->truth_count++] = *t;
    return true;
}

static bool take_config(void *context, const char *yaml, size_t size)
{
    recorder *r = context;
    r->config = strndup(yaml, size);
    return r->config != NULL;
}

static bool take_metadata(void *context, const char *name, const char *const (*pairs)[2], size_t count)
{
    recorder *r = context;
    ck_assert_str_eq(name, "origin");
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(r->origin);
        snprintf(r->origin + used, sizeof r->origin - used, "%s=%s;", pairs[i][0], pairs[i][1]);
    }
    return true;
}

static void take_note(void *context, const char *text)
{
    recorder *r = context;
    if (r->note_count < RECORDER_NOTES)
        snprintf(r->notes[r->note_count++], sizeof r->notes[0], "%s", text);
}

static void ignore_progress(void *context, const char *what, double share)
{
    (void)context;
    ck_assert_ptr_nonnull(what);
    ck_assert(share >= 0.0 && share <= 1.0);
}

void recorder_init(recorder *r)
{
    memset(r, 0, sizeof *r);
    r->sink =
        (import_sink){r, take_frame, take_truth, take_config, take_metadata, take_note, ignore_progress};
}

void recorder_finish(recorder *r)
{
    free(r->frames);
    free(r->sources);
    free(r->truths);
    free(r->config);
}

const frame *recorder_frame(const recorder *r, const char *source, frame_kind kind, size_t i)
{
    for (size_t j = 0; j < r->frame_count; j++) {
        if (r->frames[j].kind == kind && strcmp(r->sources[j], source) == 0 && i-- == 0)
            return &r->frames[j];
    }
    return NULL;
}

size_t recorder_count(const recorder *r, const char *source, frame_kind kind)
{
    size_t count = 0;
    while (recorder_frame(r, source, kind, count))
        count++;
    return count;
}

void write_npy(const char *directory, const char *name, const double *values, size_t rows, size_t columns)
{
    char dictionary[128];
    FILE *f;
    char *text;
    size_t size;
    if (columns == 1)
        snprintf(dictionary, sizeof dictionary,
                 "{'descr': '<f8', 'fortran_order': False, 'shape': (%zu,), }\n", rows);
    else
        snprintf(dictionary, sizeof dictionary,
                 "{'descr': '<f8', 'fortran_order': False, 'shape': (%zu, %zu), }\n", rows, columns);
    ck_assert_ptr_nonnull(f = open_memstream(&text, &size));
    fprintf(f, "\x93NUMPY\x01%c%c%c%s", 0, (int)strlen(dictionary), 0, dictionary);
    fwrite(values, sizeof *values, rows * columns, f);
    fclose(f);
    write_file(directory, name, text, size);
    free(text);
}
