/*
 * Cuts a receiver's byte stream into UBX frames and NMEA 0183 sentences. Whatever stands between them, or is
 * damaged, is passed over; a frame that begins inside the wreck of another one is found.
 *
 * UBX: u-blox 8 / u-blox M8 Receiver Description, UBX-13003221, section 32.2. NMEA: NMEA 0183 version 4.10,
 * section 5.3; sentences may be longer than the 82 characters that it allows.
 */
#ifndef POSED_SENSORS_GNSS_GNSS_STREAM_H
#define POSED_SENSORS_GNSS_GNSS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    GNSS_UBX_MAX_PAYLOAD = 8184,
    GNSS_NMEA_MAX = 256,         /* bytes of a sentence with its checksum */
    GNSS_STREAM_SIZE = 2 * 8192, /* a frame of the largest size, and the next bytes */
    GNSS_ADDRESS_SIZE = 8,       /* "GPRMC" and longer ones of the makers, as far as they are told apart */
    GNSS_ADDRESSES = 64,         /* that are remembered: receivers have some ten */
};

typedef enum { GNSS_PACKET_NMEA, GNSS_PACKET_UBX } gnss_protocol;

typedef struct {
    gnss_protocol protocol;
    uint8_t ubx_class, ubx_id; /* of UBX */
    const uint8_t *data;       /* UBX: the payload; NMEA: what stands between '$' and '*', NUL-terminated */
    size_t size;
} gnss_packet;

typedef struct {
    uint64_t packets;
    uint64_t damaged; /* framed as a packet, but with a wrong checksum */
    uint64_t skipped; /* bytes outside of packets, ends of lines apart */
} gnss_stream_counts;

typedef struct {
    gnss_stream_counts counts;
    /* below: the stream's own */
    size_t used;
    size_t checked_count;
    char checked[GNSS_ADDRESSES][GNSS_ADDRESS_SIZE]; /* addresses that came with a good checksum */
    uint8_t buffer[GNSS_STREAM_SIZE];
    char sentence[GNSS_NMEA_MAX + 1];
} gnss_stream;

/* Called for every packet; its data is valid until it returns. */
typedef void (*gnss_packet_take)(void *context, const gnss_packet *packet);

void gnss_stream_init(gnss_stream *s);

/* Takes the next bytes. A sentence without a checksum counts only as long as none of its address has come
 * with one: what looks like one later is the wreck of two. (Before version 3 of NMEA 0183, RMC had to have
 * one, and GGA might do without.) What follows a checksum that holds, such as the time of a logger, is passed
 * over. */
void gnss_stream_feed(gnss_stream *s, const uint8_t *bytes, size_t size, gnss_packet_take take,
                      void *context);

/* No more bytes will come: a sentence whose checksum holds needs no end of line, and what was held back as
 * the start of a packet is searched for others. */
void gnss_stream_end(gnss_stream *s, gnss_packet_take take, void *context);

#ifdef __cplusplus
}
#endif
#endif
