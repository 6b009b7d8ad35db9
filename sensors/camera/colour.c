#include "sensors/camera/colour.h"

#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdlib.h>

struct colour {
    luma *luma;
    struct SwsContext *to_planes, *to_rgb;
    uint8_t *planes; /* Y, Cb, Cr of a picture that has no planes */
    size_t size;
};

colour *colour_create(void)
{
    colour *c = calloc(1, sizeof *c);
    if (c && (c->luma = luma_create()))
        return c;
    colour_destroy(c);
    return NULL;
}

void colour_destroy(colour *c)
{
    if (!c)
        return;
    luma_destroy(c->luma);
    sws_freeContext(c->to_planes);
    sws_freeContext(c->to_rgb);
    free(c->planes);
    free(c);
}

static bool is_grey(const AVPixFmtDescriptor *d)
{
    return d->nb_components < 3;
}

/* Cb in bytes, in a plane of its own. */
static bool has_planes(const AVPixFmtDescriptor *d)
{
    return d->nb_components >= 3 && !(d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) &&
           (d->flags & AV_PIX_FMT_FLAG_PLANAR) && d->comp[1].depth == 8 && d->comp[1].step == 1 &&
           d->comp[1].plane == 1;
}

static bool convert(colour *c, const AVFrame *f, const char *name, colour_view *view, error *e)
{
    size_t plane = (size_t)f->width * (size_t)f->height;
    if (c->size < 3 * plane) {
        uint8_t *larger = realloc(c->planes, 3 * plane);
        if (!larger)
            return error_set(e, "out of memory");
        c->planes = larger;
        c->size = 3 * plane;
    }
    c->to_planes = sws_getCachedContext(c->to_planes, f->width, f->height, (enum AVPixelFormat)f->format,
                                        f->width, f->height, AV_PIX_FMT_YUV444P, SWS_POINT, NULL, NULL, NULL);
    uint8_t *planes[] = {c->planes, c->planes + plane, c->planes + 2 * plane, NULL};
    const int strides[] = {f->width, f->width, f->width, 0};
    if (!c->to_planes || sws_scale(c->to_planes, (const uint8_t *const *)f->data, f->linesize, 0, f->height,
                                   planes, strides) != f->height)
        return error_set(e, "pictures of format %s cannot be converted", name);
    view->light = (luma_view){planes[0], f->width, f->width, f->height, true};
    view->cb = planes[1];
    view->cb_stride = f->width;
    view->cb_width = f->width;
    view->cb_height = f->height;
    return true;
}

bool colour_of(colour *c, const AVFrame *f, colour_view *view, error *e)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get((enum AVPixelFormat)f->format);
    *view = (colour_view){.cb = NULL};
    if (!d || f->width <= 0 || f->height <= 0)
        return error_set(e, "a picture without size or format");
    if (!is_grey(d) && !has_planes(d))
        return convert(c, f, d->name, view, e);
    if (!luma_of(c->luma, f, &view->light, e) || is_grey(d))
        return is_grey(d) && view->light.data;
    view->cb = f->data[1];
    view->cb_stride = f->linesize[1];
    view->cb_width = AV_CEIL_RSHIFT(f->width, d->log2_chroma_w);
    view->cb_height = AV_CEIL_RSHIFT(f->height, d->log2_chroma_h);
    return true;
}

bool colour_rgb(colour *c, const AVFrame *f, uint8_t *out, error *e)
{
    c->to_rgb = sws_getCachedContext(c->to_rgb, f->width, f->height, (enum AVPixelFormat)f->format, f->width,
                                     f->height, AV_PIX_FMT_RGB24, SWS_BILINEAR, NULL, NULL, NULL);
    uint8_t *planes[] = {out, NULL, NULL, NULL};
    const int strides[] = {3 * f->width, 0, 0, 0};
    if (!c->to_rgb || sws_scale(c->to_rgb, (const uint8_t *const *)f->data, f->linesize, 0, f->height, planes,
                                strides) != f->height)
        return error_set(e, "this picture cannot be shown in colour");
    return true;
}
