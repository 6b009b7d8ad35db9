#include "sensors/gnss/gnss_stream.h"

#include <string.h>

enum { UBX_SYNC_1 = 0xb5, UBX_SYNC_2 = 0x62, UBX_FRAMING = 8 };

typedef enum { NOT_HERE, NEEDS_MORE, TAKEN } found;

void gnss_stream_init(gnss_stream *s)
{
    memset(s, 0, sizeof *s);
}

/* Classes that receivers send. A sync pattern in a text or in noise would otherwise hold up the stream for as
 * long as the length says that follows it. */
static bool is_ubx_class(uint8_t c)
{
    static const uint8_t classes[] = {0x01, 0x02, 0x04, 0x05, 0x06, 0x09, 0x0a, 0x0b,
                                      0x0c, 0x0d, 0x10, 0x13, 0x21, 0x27, 0x28, 0x29};
    return memchr(classes, c, sizeof classes) != NULL;
}

/* 8-bit Fletcher (RFC 1145) over class, id, length and payload. */
static bool ubx_sum_holds(const uint8_t *at, size_t payload)
{
    uint8_t a = 0, b = 0;
    const uint8_t *end = at + 6 + payload;
    for (const uint8_t *p = at + 2; p < end; p++) {
        a = (uint8_t)(a + *p);
        b = (uint8_t)(b + a);
    }
    return end[0] == a && end[1] == b;
}

static found try_ubx(gnss_stream *s, const uint8_t *at, size_t size, gnss_packet *out, size_t *length)
{
    if (size >= 2 && at[1] != UBX_SYNC_2)
        return NOT_HERE;
    if (size >= 3 && !is_ubx_class(at[2]))
        return NOT_HERE;
    if (size < 6)
        return NEEDS_MORE;
    size_t payload = (size_t)(at[4] | at[5] << 8);
    if (payload > GNSS_UBX_MAX_PAYLOAD)
        return NOT_HERE;
    if (size < payload + UBX_FRAMING)
        return NEEDS_MORE;
    if (!ubx_sum_holds(at, payload)) {
        s->counts.damaged++;
        return NOT_HERE;
    }
    *out = (gnss_packet){GNSS_PACKET_UBX, at[2], at[3], at + 6, payload};
    *length = payload + UBX_FRAMING;
    return TAKEN;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

typedef enum { SUM_NONE, SUM_GOOD, SUM_BAD } sum_state;

/* `text` is what stands after '$'. Cuts off "*hh" and what follows it, or spaces at the end. */
static sum_state check_nmea(const uint8_t *text, size_t *size)
{
    size_t n = *size;
    while (n > 0 && text[n - 1] == ' ')
        n--;
    *size = n;
    const uint8_t *star = memchr(text, '*', n);
    if (!star)
        return SUM_NONE;
    *size = (size_t)(star - text);
    if (n - *size < 3 || hex_digit(star[1]) < 0 || hex_digit(star[2]) < 0)
        return SUM_BAD;
    uint8_t sum = 0;
    for (const uint8_t *p = text; p < star; p++)
        sum ^= *p;
    return sum == (hex_digit(star[1]) << 4 | hex_digit(star[2])) ? SUM_GOOD : SUM_BAD;
}

/* "GPRMC,", "PUBX,": without a checksum, this much is asked for. */
static bool has_address(const uint8_t *text, size_t size)
{
    size_t n = 0;
    while (n < size && ((text[n] >= 'A' && text[n] <= 'Z') || (text[n] >= '0' && text[n] <= '9')))
        n++;
    return n >= 4 && n < size && text[n] == ',';
}

/* The address of a sentence, as it is remembered. */
static void copy_address(const uint8_t *text, size_t size, char out[GNSS_ADDRESS_SIZE])
{
    size_t n = 0;
    for (; n < size && n + 1 < GNSS_ADDRESS_SIZE && text[n] != ','; n++)
        out[n] = (char)text[n];
    memset(out + n, '\0', GNSS_ADDRESS_SIZE - n);
}

static bool has_checksums(const gnss_stream *s, const char address[GNSS_ADDRESS_SIZE])
{
    size_t i = 0;
    while (i < s->checked_count && memcmp(s->checked[i], address, GNSS_ADDRESS_SIZE) != 0)
        i++;
    return i < s->checked_count || s->checked_count == GNSS_ADDRESSES;
}

static found finish_nmea(gnss_stream *s, const uint8_t *text, size_t size, gnss_packet *out)
{
    char address[GNSS_ADDRESS_SIZE];
    sum_state sum = check_nmea(text, &size);
    copy_address(text, size, address);
    bool checked = has_checksums(s, address);
    if (sum == SUM_GOOD && !checked)
        memcpy(s->checked[s->checked_count++], address, sizeof address);
    if (sum == SUM_NONE && !has_address(text, size))
        return NOT_HERE;
    if (sum == SUM_BAD || (sum == SUM_NONE && checked)) {
        s->counts.damaged++;
        return NOT_HERE;
    }
    memcpy(s->sentence, text, size);
    s->sentence[size] = '\0';
    *out = (gnss_packet){GNSS_PACKET_NMEA, 0, 0, (const uint8_t *)s->sentence, size};
    return TAKEN;
}

/* A sentence ends with its line, or where its checksum is followed by the next one or by the `last` byte. */
static found try_nmea(gnss_stream *s, const uint8_t *at, size_t size, bool last, gnss_packet *out,
                      size_t *length)
{
    size_t n = 1;
    while (n < size && n < GNSS_NMEA_MAX && at[n] >= ' ' && at[n] <= '~' && at[n] != '$')
        n++;
    if (n == GNSS_NMEA_MAX)
        return NOT_HERE;
    if (n == size && !last)
        return NEEDS_MORE;
    bool line_ends = n < size && (at[n] == '\r' || at[n] == '\n');
    if (!line_ends && !(n > 3 && at[n - 3] == '*'))
        return NOT_HERE;
    *length = n;
    return finish_nmea(s, at + 1, n - 1, out);
}

static found try_packet(gnss_stream *s, size_t at, bool last, gnss_packet *out, size_t *length)
{
    const uint8_t *p = s->buffer + at;
    if (*p == UBX_SYNC_1)
        return try_ubx(s, p, s->used - at, out, length);
    if (*p == '$')
        return try_nmea(s, p, s->used - at, last, out, length);
    return NOT_HERE;
}

/* Hands out what is complete, and keeps the rest. `last`: what needs more will not get it. */
static void scan(gnss_stream *s, bool last, gnss_packet_take take, void *context)
{
    size_t at = 0;
    while (at < s->used) {
        gnss_packet packet;
        size_t length = 0;
        found f = try_packet(s, at, last, &packet, &length);
        if (f == NEEDS_MORE && !last)
            break;
        if (f == TAKEN) {
            s->counts.packets++;
            take(context, &packet);
            at += length;
        } else {
            uint8_t c = s->buffer[at++];
            s->counts.skipped += c != '\r' && c != '\n';
        }
    }
    s->used -= at;
    memmove(s->buffer, s->buffer + at, s->used);
}

void gnss_stream_feed(gnss_stream *s, const uint8_t *bytes, size_t size, gnss_packet_take take, void *context)
{
    while (size > 0) {
        size_t room = sizeof s->buffer - s->used;
        size_t n = size < room ? size : room;
        memcpy(s->buffer + s->used, bytes, n);
        s->used += n;
        bytes += n;
        size -= n;
        scan(s, false, take, context);
    }
}

void gnss_stream_end(gnss_stream *s, gnss_packet_take take, void *context)
{
    scan(s, true, take, context);
}
