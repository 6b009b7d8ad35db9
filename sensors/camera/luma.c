#include "sensors/camera/luma.h"

#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>

struct luma {
    struct SwsContext *scaler;
    uint8_t *buffer; /* width x height, where the picture's own plane cannot be used */
    size_t size;
};

luma *luma_create(void)
{
    return calloc(1, sizeof(luma));
}

void luma_destroy(luma *l)
{
    if (!l)
        return;
    sws_freeContext(l->scaler);
    free(l->buffer);
    free(l);
}

static bool make_room(luma *l, size_t size, error *e)
{
    if (size <= l->size)
        return true;
    uint8_t *larger = realloc(l->buffer, size);
    if (!larger)
        return error_set(e, "out of memory");
    l->buffer = larger;
    l->size = size;
    return true;
}

/* Luminance in bytes of its own, `step` bytes apart. */
static bool has_luminance(const AVPixFmtDescriptor *d)
{
    const uint64_t other = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                           AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT;
    return !(d->flags & other) && d->comp[0].depth == 8 && d->comp[0].plane == 0 && d->comp[0].shift == 0;
}

/* A video that says nothing is of limited range, as H.264 (E.2.1) and FFmpeg have it; a gray picture is not.
 */
static bool is_limited(const AVFrame *frame, const AVPixFmtDescriptor *d)
{
    if (frame->color_range != AVCOL_RANGE_UNSPECIFIED)
        return frame->color_range == AVCOL_RANGE_MPEG;
    return d->nb_components >= 3 && strncmp(d->name, "yuvj", 4) != 0;
}

/* Packed YUYV and the like, and pictures stored upside down: luminance alone into the buffer. */
static bool unpack(luma *l, const AVFrame *frame, const AVComponentDescriptor *c, luma_view *view, error *e)
{
    size_t width = (size_t)frame->width;
    if (!make_room(l, width * (size_t)frame->height, e))
        return false;
    for (int y = 0; y < frame->height; y++) {
        const uint8_t *from = frame->data[0] + (ptrdiff_t)y * frame->linesize[0] + c->offset;
        uint8_t *to = l->buffer + width * (size_t)y;
        for (size_t x = 0; x < width; x++)
            to[x] = from[x * (size_t)c->step];
    }
    view->data = l->buffer;
    view->stride = frame->width;
    return true;
}

static bool convert(luma *l, const AVFrame *frame, const char *name, luma_view *view, error *e)
{
    if (!make_room(l, (size_t)frame->width * (size_t)frame->height, e))
        return false;
    l->scaler =
        sws_getCachedContext(l->scaler, frame->width, frame->height, (enum AVPixelFormat)frame->format,
                             frame->width, frame->height, AV_PIX_FMT_GRAY8, SWS_POINT, NULL, NULL, NULL);
    uint8_t *planes[] = {l->buffer, NULL, NULL, NULL};
    const int strides[] = {frame->width, 0, 0, 0};
    if (!l->scaler || sws_scale(l->scaler, (const uint8_t *const *)frame->data, frame->linesize, 0,
                                frame->height, planes, strides) != frame->height)
        return error_set(e, "pictures of format %s cannot be converted", name);
    view->data = l->buffer;
    view->stride = frame->width;
    view->limited = false;
    return true;
}

bool luma_of(luma *l, const AVFrame *frame, luma_view *view, error *e)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    if (!d || frame->width <= 0 || frame->height <= 0)
        return error_set(e, "a picture without size or format");
    view->width = frame->width;
    view->height = frame->height;
    if (!has_luminance(d))
        return convert(l, frame, d->name, view, e);
    view->limited = is_limited(frame, d);
    if (d->comp[0].step != 1 || d->comp[0].offset != 0 || frame->linesize[0] < frame->width)
        return unpack(l, frame, &d->comp[0], view, e);
    view->data = frame->data[0];
    view->stride = frame->linesize[0];
    return true;
}
