#include "sensors/camera/decoder.h"

#include <libavcodec/avcodec.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <limits.h>
#include <stdlib.h>

/* Larger pictures are refused: 100 megapixels are beyond any camera on a vehicle, and memory is not. */
static const int64_t most_pixels = 100000000;

/* So many unreadable packets in a row are no damage but something else than a video. */
enum { MOST_BAD = 1000 };

struct decoder {
    AVFormatContext *format;
    AVCodecContext *codec;
    AVPacket *packet, *newer;
    AVFrame *frame;
    int stream;
    bool live;       /* a device */
    bool alone;      /* each picture is coded by itself: any may be left out */
    bool ended;      /* the input has, the decoder may hold more */
    int bad;         /* in a row */
    uint64_t number; /* of pictures and bad ones so far */
    uint64_t passed_over;
    char path[PATH_MAX + NAME_MAX + 2];
};

static bool fail(const decoder *d, int code, error *e)
{
    char why[AV_ERROR_MAX_STRING_SIZE];
    av_strerror(code, why, sizeof why);
    return error_set(e, "%s: %s", d->path, why);
}

static decoder_result bad(decoder *d, int code, error *e)
{
    char why[AV_ERROR_MAX_STRING_SIZE];
    av_strerror(code, why, sizeof why);
    d->number++;
    error_set(e, "%s: picture %llu: %s", d->path, (unsigned long long)d->number, why);
    return ++d->bad > MOST_BAD ? DECODER_FAILED : DECODER_BAD;
}

/* "file:" keeps a name with a colon from being taken for a protocol; the white list keeps a playlist from
 * reaching the network. */
static bool open_input(decoder *d, const decoder_input *input, error *e)
{
    char url[sizeof d->path + 8];
    AVDictionary *own = NULL;
    AVDictionary **options = input->options ? input->options : &own;
    const AVInputFormat *format = NULL;
    if (input->device_format && !(format = av_find_input_format(input->device_format)))
        return error_set(e, "%s: FFmpeg was built without %s", d->path, input->device_format);
    snprintf(url, sizeof url, "%s%s", format ? "" : "file:", d->path);
    if (!(d->format = avformat_alloc_context()))
        return error_set(e, "out of memory");
    d->format->flags |= format ? AVFMT_FLAG_NONBLOCK : 0;
    av_dict_set(options, "protocol_whitelist", "file", 0);
    int code = avformat_open_input(&d->format, url, format, options);
    av_dict_free(&own);
    if (code < 0)
        return fail(d, code, e);
    if (!format && (code = avformat_find_stream_info(d->format, NULL)) < 0)
        return fail(d, code, e);
    return true;
}

static bool open_codec(decoder *d, error *e)
{
    const AVCodec *codec = NULL;
    d->stream = av_find_best_stream(d->format, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    if (d->stream < 0 || !codec)
        return error_set(e, "%s: no picture in it that can be decoded", d->path);
    const AVCodecParameters *parameters = d->format->streams[d->stream]->codecpar;
    const AVCodecDescriptor *about = avcodec_descriptor_get(parameters->codec_id);
    d->alone = about && (about->props & AV_CODEC_PROP_INTRA_ONLY);
    if (!(d->codec = avcodec_alloc_context3(codec)))
        return error_set(e, "out of memory");
    int code = avcodec_parameters_to_context(d->codec, parameters);
    d->codec->thread_count = 1;
    d->codec->max_pixels = most_pixels;
    /* Of a JPEG that breaks off the library makes the rest up, and does not say so. */
    if (parameters->codec_id == AV_CODEC_ID_MJPEG)
        d->codec->err_recognition |= AV_EF_EXPLODE;
    d->codec->pkt_timebase = d->format->streams[d->stream]->time_base;
    if (code < 0 || (code = avcodec_open2(d->codec, codec, NULL)) < 0)
        return fail(d, code, e);
    return true;
}

decoder *decoder_open(const decoder_input *input, error *e)
{
    decoder *d = calloc(1, sizeof *d);
    if (!d) {
        error_set(e, "out of memory");
        return NULL;
    }
    d->live = input->device_format != NULL;
    d->packet = av_packet_alloc();
    d->newer = av_packet_alloc();
    d->frame = av_frame_alloc();
    if (!d->packet || !d->newer || !d->frame)
        error_set(e, "out of memory");
    else if (!(snprintf(d->path, sizeof d->path, "%s", input->path) < (int)sizeof d->path))
        error_set(e, "%s: too long a name", input->path);
    else if (open_input(d, input, e) && open_codec(d, e))
        return d;
    decoder_close(d);
    return NULL;
}

void decoder_close(decoder *d)
{
    if (!d)
        return;
    avcodec_free_context(&d->codec);
    avformat_close_input(&d->format);
    av_packet_free(&d->packet);
    av_packet_free(&d->newer);
    av_frame_free(&d->frame);
    free(d);
}

/* The next packet of the picture's stream; the library's code, or 0. */
static int read_packet(decoder *d, AVPacket *p)
{
    int code;
    while ((code = av_read_frame(d->format, p)) >= 0 && p->stream_index != d->stream)
        av_packet_unref(p);
    return code < 0 ? code : 0;
}

/* A device that has more waiting is behind: only the newest is of use. */
static void pass_over(decoder *d)
{
    while (d->live && d->alone && read_packet(d, d->newer) == 0) {
        av_packet_unref(d->packet);
        av_packet_move_ref(d->packet, d->newer);
        d->passed_over++;
    }
}

/* DECODER_PICTURE: the decoder has been given something. */
static decoder_result feed(decoder *d, error *e)
{
    int code = read_packet(d, d->packet);
    if (code == AVERROR(EAGAIN))
        return DECODER_NOT_YET;
    if (code < 0 && (d->live || (code != AVERROR_EOF && code != AVERROR_INVALIDDATA))) {
        fail(d, code, e);
        return DECODER_FAILED;
    }
    if (code == AVERROR_INVALIDDATA)
        return bad(d, code, e);
    if (code == 0)
        pass_over(d);
    d->ended = code == AVERROR_EOF;
    int sent = avcodec_send_packet(d->codec, d->ended ? NULL : d->packet);
    av_packet_unref(d->packet);
    return sent < 0 && sent != AVERROR_EOF ? bad(d, sent, e) : DECODER_PICTURE;
}

/* A picture that was patched up where it could not be read is not what the camera saw. */
static decoder_result judge(decoder *d, error *e)
{
    if (d->frame->decode_error_flags || (d->frame->flags & AV_FRAME_FLAG_CORRUPT))
        return bad(d, AVERROR_INVALIDDATA, e);
    d->number++;
    d->bad = 0;
    return DECODER_PICTURE;
}

/* A file that was cut off may end without a complaint, but its header says how many there should be. */
static decoder_result end(decoder *d, error *e)
{
    int64_t promised = d->format->streams[d->stream]->nb_frames;
    uint64_t read = d->number;
    d->number = UINT64_MAX;
    if (d->live || promised <= 0 || read >= (uint64_t)promised)
        return DECODER_END;
    error_set(e, "%s: cut off: %llu of %lld pictures are there", d->path, (unsigned long long)read,
              (long long)promised);
    return DECODER_BAD;
}

decoder_result decoder_next(decoder *d, error *e)
{
    for (;;) {
        int code = avcodec_receive_frame(d->codec, d->frame);
        if (code == 0)
            return judge(d, e);
        if (code == AVERROR_EOF)
            return end(d, e);
        if (code != AVERROR(EAGAIN))
            return bad(d, code, e);
        decoder_result fed = feed(d, e);
        if (fed != DECODER_PICTURE)
            return fed;
    }
}

const AVFrame *decoder_picture(const decoder *d)
{
    return d->frame;
}

int64_t decoder_time_ns(const decoder *d)
{
    static const AVRational nanosecond = {1, 1000000000};
    int64_t time = d->frame->best_effort_timestamp;
    if (time == AV_NOPTS_VALUE)
        return INT64_MIN;
    return av_rescale_q(time, d->format->streams[d->stream]->time_base, nanosecond);
}

int64_t decoder_interval_ns(const decoder *d)
{
    AVRational rate = av_guess_frame_rate(d->format, d->format->streams[d->stream], NULL);
    return rate.num > 0 && rate.den > 0 ? av_rescale(1000000000, rate.den, rate.num) : 0;
}

uint64_t decoder_passed_over(const decoder *d)
{
    return d->passed_over;
}
