#include "sensors/gnss/gnss_reader.h"
#include "sensors/gnss/nmea.h"
#include "sensors/gnss/ubx.h"

#include <string.h>

void gnss_reader_init(gnss_reader *r, bool live, gnss_sink sink)
{
    gnss_stream_init(&r->stream);
    gnss_epoch_init(&r->epoch);
    r->sink = sink;
    r->live = r->partial = live;
    r->in_header = !live;
    r->in_comment = false;
    r->messages = 0;
    r->now_ns = r->last_came_ns = GNSS_NO_TIME;
}

static void give_out(gnss_reader *r, gnss_fix *fix)
{
    bool partial = r->partial;
    r->partial = false;
    if (partial)
        return;
    fix->received_ns = r->last_came_ns;
    r->sink.fix(r->sink.context, fix);
}

static bool parse(const gnss_packet *p, gnss_report *out)
{
    if (p->protocol == GNSS_PACKET_NMEA)
        return nmea_parse((const char *)p->data, out);
    return ubx_parse(p->ubx_class, p->ubx_id, p->data, p->size, out);
}

static void take_packet(void *context, const gnss_packet *packet)
{
    gnss_reader *r = context;
    gnss_report report;
    gnss_fix fix;
    if (!parse(packet, &report))
        return;
    r->messages++;
    if (gnss_epoch_add(&r->epoch, &report, &fix))
        give_out(r, &fix);
    r->last_came_ns = r->now_ns;
    if (r->live && gnss_epoch_is_complete(&r->epoch) && gnss_epoch_take(&r->epoch, &fix))
        give_out(r, &fix);
}

/* How many of the bytes belong to the header. */
static size_t skip_header(gnss_reader *r, const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (r->in_header && at < size) {
        if (!r->in_comment && bytes[at] != '#') {
            r->in_header = false;
            break;
        }
        const uint8_t *end = memchr(bytes + at, '\n', size - at);
        r->in_comment = !end;
        at = end ? (size_t)(end - bytes) + 1 : size;
    }
    return at;
}

void gnss_reader_feed(gnss_reader *r, const uint8_t *bytes, size_t size, int64_t now_ns)
{
    size_t header = skip_header(r, bytes, size);
    r->now_ns = now_ns;
    gnss_stream_feed(&r->stream, bytes + header, size - header, take_packet, r);
}

bool gnss_reader_is_waiting(const gnss_reader *r)
{
    return r->epoch.now.has_statement;
}

void gnss_reader_pause(gnss_reader *r)
{
    gnss_fix fix;
    if (gnss_epoch_take(&r->epoch, &fix))
        give_out(r, &fix);
}

void gnss_reader_end(gnss_reader *r)
{
    gnss_stream_end(&r->stream, take_packet, r);
    gnss_reader_pause(r);
}
