#include "sensors/camera/source.h"
#include "sensors/camera/picture_list.h"

#include <errno.h>
#include <libavdevice/avdevice.h>
#include <libavutil/dict.h>
#include <libavutil/log.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A longer gap in the stamps of a file is damage, not time: a minute would stop a drive. */
static const int64_t longest_gap_ns = 60 * INT64_C(1000000000);
static const int64_t default_interval_ns = 40000000;

struct source {
    decoder *decoder; /* of a directory: of the picture at hand */
    luma *luma;
    bool device, directory;
    picture_list list;
    size_t next;   /* in the list */
    uint64_t read; /* pictures */
    int64_t interval_ns;
    int64_t last_ns, time_ns; /* of a file: the last as the file has it; the same since the first */
    char path[PATH_MAX];
};

bool source_is_device(const char *input)
{
    return strncmp(input, "/dev/", 5) == 0;
}

static bool open_device(source *s, const source_options *o, error *e)
{
    AVDictionary *options = NULL;
    char text[32];
    if (o->pixel_format[0] != '\0')
        av_dict_set(&options, "input_format", o->pixel_format, 0);
    if (o->width > 0 && o->height > 0) {
        snprintf(text, sizeof text, "%dx%d", o->width, o->height);
        av_dict_set(&options, "video_size", text, 0);
    }
    if (o->device_rate_hz > 0.0) {
        snprintf(text, sizeof text, "%.6g", o->device_rate_hz);
        av_dict_set(&options, "framerate", text, 0);
    }
    s->decoder = decoder_open(&(decoder_input){s->path, "v4l2", &options}, e);
    av_dict_free(&options);
    return s->decoder != NULL;
}

static bool open_any(source *s, const source_options *o, error *e)
{
    struct stat info;
    if (!(snprintf(s->path, sizeof s->path, "%s", o->input) < (int)sizeof s->path))
        return error_set(e, "%s: %s", o->input, strerror(ENAMETOOLONG));
    s->device = source_is_device(o->input);
    if (s->device)
        return open_device(s, o, e);
    if (stat(s->path, &info) != 0)
        return error_set(e, "%s: %s", s->path, strerror(errno));
    s->directory = S_ISDIR(info.st_mode);
    if (s->directory)
        return picture_list_read(&s->list, s->path, e);
    s->decoder = decoder_open(&(decoder_input){.path = s->path}, e);
    return s->decoder != NULL;
}

static int64_t usual_interval(const source *s, const source_options *o)
{
    int64_t interval = s->directory ? (int64_t)(1e9 / o->rate_hz) : decoder_interval_ns(s->decoder);
    return interval > 0 ? interval : default_interval_ns;
}

source *source_open(const source_options *o, error *e)
{
    av_log_set_level(AV_LOG_QUIET); /* what goes wrong comes back as a code */
    if (source_is_device(o->input))
        avdevice_register_all();
    source *s = calloc(1, sizeof *s);
    if (!s || !(s->luma = luma_create()))
        error_set(e, "out of memory");
    else if (open_any(s, o, e)) {
        s->interval_ns = usual_interval(s, o);
        return s;
    }
    source_close(s);
    return NULL;
}

void source_close(source *s)
{
    if (!s)
        return;
    decoder_close(s->decoder);
    picture_list_finish(&s->list);
    luma_destroy(s->luma);
    free(s);
}

/* Opens the next file of the directory and decodes its one picture. */
static decoder_result next_file(source *s, error *e)
{
    char path[sizeof s->path + NAME_MAX + 1];
    decoder_close(s->decoder);
    s->decoder = NULL;
    if (s->next == s->list.count)
        return DECODER_END;
    snprintf(path, sizeof path, "%s/%s", s->path, s->list.names[s->next++]);
    s->decoder = decoder_open(&(decoder_input){.path = path}, e);
    decoder_result result = s->decoder ? decoder_next(s->decoder, e) : DECODER_BAD;
    if (result == DECODER_END)
        error_set(e, "%s: no picture in it", path);
    return result == DECODER_PICTURE ? result : DECODER_BAD;
}

/* A picture that cannot be read keeps its place in time. */
static int64_t directory_time(const source *s)
{
    return (int64_t)(s->next - 1) * s->interval_ns;
}

/* Stamps grow, whatever the file says: one that is missing, runs back or leaps counts as one interval. */
static int64_t file_time(source *s)
{
    int64_t now = decoder_time_ns(s->decoder), step = s->interval_ns;
    if (s->read == 0) {
        s->last_ns = now;
        return s->time_ns = 0;
    }
    if (now != INT64_MIN && s->last_ns != INT64_MIN && now > s->last_ns && now - s->last_ns < longest_gap_ns)
        step = now - s->last_ns;
    if (now != INT64_MIN)
        s->last_ns = now;
    return s->time_ns += step;
}

decoder_result source_next(source *s, int64_t *time_ns, error *e)
{
    decoder_result result = s->directory ? next_file(s, e) : decoder_next(s->decoder, e);
    if (result != DECODER_PICTURE)
        return result;
    *time_ns = s->device ? decoder_time_ns(s->decoder) : s->directory ? directory_time(s) : file_time(s);
    s->read++;
    return result;
}

bool source_luma(source *s, luma_view *view, error *e)
{
    return luma_of(s->luma, decoder_picture(s->decoder), view, e);
}

const struct AVFrame *source_picture(const source *s)
{
    return decoder_picture(s->decoder);
}

int64_t source_interval_ns(const source *s)
{
    return s->interval_ns;
}

uint64_t source_passed_over(const source *s)
{
    return s->decoder ? decoder_passed_over(s->decoder) : 0;
}
