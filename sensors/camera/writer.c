#include "sensors/camera/writer.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct writer {
    AVFormatContext *format;
    AVCodecContext *codec;
    AVFrame *frame;
    AVPacket *packet;
    struct SwsContext *scaler;
    bool one;     /* a picture, not a video */
    bool begun;   /* the header is written */
    int64_t next; /* number of the next picture */
    char path[PATH_MAX];
};

static bool fail(const writer *w, int code, error *e)
{
    char why[AV_ERROR_MAX_STRING_SIZE];
    av_strerror(code, why, sizeof why);
    return error_set(e, "%s: %s", w->path, why);
}

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

/* H.264 is played by everything; MPEG-4 part 2 is in every FFmpeg. */
static const AVCodec *find_encoder(const writer *w)
{
    if (w->one)
        return avcodec_find_encoder(AV_CODEC_ID_PNG);
    const AVCodec *h264 = avcodec_find_encoder_by_name("libx264");
    return h264 ? h264 : avcodec_find_encoder(AV_CODEC_ID_MPEG4);
}

static void set_up(writer *w, int width, int height, double rate_hz)
{
    w->codec->width = width;
    w->codec->height = height;
    w->codec->pix_fmt = w->one ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_YUV420P;
    w->codec->time_base = (AVRational){1000, (int)(rate_hz * 1000.0 + 0.5)};
    w->codec->framerate = av_inv_q(w->codec->time_base);
    w->codec->thread_count = 1;
    w->codec->bit_rate = w->one ? 0 : 4000000;
    if (!w->one && w->format->oformat->flags & AVFMT_GLOBALHEADER)
        w->codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    av_opt_set(w->codec->priv_data, "preset", "veryfast", 0);
}

static bool open_file(writer *w, const AVCodec *encoder, error *e)
{
    char url[sizeof w->path + 8];
    int code = avcodec_open2(w->codec, encoder, NULL);
    AVStream *stream = avformat_new_stream(w->format, NULL);
    if (code < 0 || !stream)
        return code < 0 ? fail(w, code, e) : error_set(e, "out of memory");
    stream->time_base = w->codec->time_base;
    avcodec_parameters_from_context(stream->codecpar, w->codec);
    snprintf(url, sizeof url, "file:%s", w->path);
    if (!(w->format->oformat->flags & AVFMT_NOFILE) &&
        (code = avio_open(&w->format->pb, url, AVIO_FLAG_WRITE)) < 0)
        return fail(w, code, e);
    if (w->one)
        av_opt_set(w->format->priv_data, "update", "1", 0);
    if ((code = avformat_write_header(w->format, NULL)) < 0)
        return fail(w, code, e);
    w->begun = true;
    return true;
}

static bool prepare(writer *w, int width, int height, error *e)
{
    w->frame->format = w->codec->pix_fmt;
    w->frame->width = width;
    w->frame->height = height;
    int code = av_frame_get_buffer(w->frame, 0);
    if (code < 0)
        return fail(w, code, e);
    w->scaler = sws_getContext(width, height, AV_PIX_FMT_RGB24, width, height, w->codec->pix_fmt,
                               SWS_BILINEAR, NULL, NULL, NULL);
    return w->scaler || error_set(e, "%s: no conversion to its colours", w->path);
}

static bool start(writer *w, int width, int height, double rate_hz, error *e)
{
    const AVOutputFormat *as = av_guess_format(w->one ? "image2" : NULL, w->path, NULL);
    if (!as || (!w->one && as->video_codec == AV_CODEC_ID_NONE))
        return error_set(e, "%s: expected a name that ends in .png, or as a video's (.mp4, .mkv)", w->path);
    const AVCodec *encoder = find_encoder(w);
    if (!encoder)
        return error_set(e, "%s: this FFmpeg has no encoder for it", w->path);
    int code = avformat_alloc_output_context2(&w->format, as, NULL, w->path);
    if (code < 0)
        return fail(w, code, e);
    w->codec = avcodec_alloc_context3(encoder);
    w->frame = av_frame_alloc();
    w->packet = av_packet_alloc();
    if (!w->codec || !w->frame || !w->packet)
        return error_set(e, "out of memory");
    if (!w->one && (width % 2 || height % 2))
        return error_set(e, "%s: a video needs pictures of even sides, these are %d x %d", w->path, width,
                         height);
    set_up(w, width, height, rate_hz);
    return open_file(w, encoder, e) && prepare(w, width, height, e);
}

static void destroy(writer *w)
{
    avcodec_free_context(&w->codec);
    if (w->format && !(w->format->oformat->flags & AVFMT_NOFILE))
        avio_closep(&w->format->pb);
    avformat_free_context(w->format);
    av_frame_free(&w->frame);
    av_packet_free(&w->packet);
    sws_freeContext(w->scaler);
    free(w);
}

writer *writer_open(const char *path, int width, int height, double rate_hz, error *e)
{
    writer *w = calloc(1, sizeof *w);
    if (!w) {
        error_set(e, "out of memory");
        return NULL;
    }
    w->one = ends_with(path, ".png");
    if (!(snprintf(w->path, sizeof w->path, "%s", path) < (int)sizeof w->path))
        error_set(e, "%s: too long a name", path);
    else if (start(w, width, height, rate_hz > 0.0 ? rate_hz : 25.0, e))
        return w;
    destroy(w);
    return NULL;
}

static bool encode(writer *w, const AVFrame *frame, error *e)
{
    int code = avcodec_send_frame(w->codec, frame);
    while (code >= 0 && (code = avcodec_receive_packet(w->codec, w->packet)) >= 0) {
        av_packet_rescale_ts(w->packet, w->codec->time_base, w->format->streams[0]->time_base);
        w->packet->stream_index = 0;
        code = av_interleaved_write_frame(w->format, w->packet);
    }
    return code == AVERROR(EAGAIN) || code == AVERROR_EOF || fail(w, code, e);
}

bool writer_write(writer *w, const uint8_t *rgb, error *e)
{
    const uint8_t *planes[] = {rgb, NULL, NULL, NULL};
    const int strides[] = {3 * w->codec->width, 0, 0, 0};
    if (w->one && w->next > 0)
        return error_set(e, "%s: one picture fits, not more: give a video's name (.mp4)", w->path);
    int code = av_frame_make_writable(w->frame);
    if (code < 0)
        return fail(w, code, e);
    sws_scale(w->scaler, planes, strides, 0, w->codec->height, w->frame->data, w->frame->linesize);
    w->frame->pts = w->next++;
    return encode(w, w->frame, e);
}

bool writer_close(writer *w, error *e)
{
    bool good = true;
    if (!w)
        return true;
    if (w->begun) {
        good = encode(w, NULL, e);
        int code = av_write_trailer(w->format);
        good = good && (code >= 0 || fail(w, code, e));
    }
    destroy(w);
    return good;
}
