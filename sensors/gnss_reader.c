#include "sensors/gnss_reader.h"
#include "sensors/nmea.h"
#include "sensors/ubx.h"

void gnss_reader_init(gnss_reader *r, bool live, gnss_sink sink)
{
    gnss_stream_init(&r->stream);
    gnss_epoch_init(&r->epoch);
    r->sink = sink;
    r->live = live;
    r->messages = 0;
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
        r->sink.fix(r->sink.context, &fix);
    if (r->live && gnss_epoch_is_complete(&r->epoch) && gnss_epoch_take(&r->epoch, &fix))
        r->sink.fix(r->sink.context, &fix);
}

void gnss_reader_feed(gnss_reader *r, const uint8_t *bytes, size_t size)
{
    gnss_stream_feed(&r->stream, bytes, size, take_packet, r);
}

bool gnss_reader_is_waiting(const gnss_reader *r)
{
    return r->epoch.now.has_statement;
}

void gnss_reader_pause(gnss_reader *r)
{
    gnss_fix fix;
    if (gnss_epoch_take(&r->epoch, &fix))
        r->sink.fix(r->sink.context, &fix);
}

void gnss_reader_end(gnss_reader *r)
{
    gnss_stream_end(&r->stream, take_packet, r);
    gnss_reader_pause(r);
}
