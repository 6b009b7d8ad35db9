/*
 * A byte buffer that grows and is used again, and the MCAP field types put into it (little-endian).
 *
 * When memory runs out it remembers, and takes nothing more: put all fields, then ask `failed` once.
 */
#ifndef POSED_WIRE_MCAP_BUFFER_H
#define POSED_WIRE_MCAP_BUFFER_H

#include "wire/mcap_record.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint8_t *data;
    size_t size, capacity;
    bool failed; /* no memory, or a text too long for its length field */
} mcap_buffer;

/* Frees the memory; an all-zero buffer is a valid empty one. */
void mcap_buffer_finish(mcap_buffer *b);
/* Empties it and keeps the memory. */
void mcap_buffer_clear(mcap_buffer *b);

/* Makes room for `size` more bytes at once. False when there is no memory. */
bool mcap_buffer_reserve(mcap_buffer *b, size_t size);

/* Append, little-endian. Where there is no memory, `failed` is set and stays: ask once at the end. */
void mcap_buffer_put_u8(mcap_buffer *b, uint8_t v);
void mcap_buffer_put_u16(mcap_buffer *b, uint16_t v);
void mcap_buffer_put_u32(mcap_buffer *b, uint32_t v);
void mcap_buffer_put_u64(mcap_buffer *b, uint64_t v);
void mcap_buffer_put_bytes(mcap_buffer *b, const void *data, size_t size);
/* With its 32-bit length before it. */
void mcap_buffer_put_text(mcap_buffer *b, const void *data, size_t size);
void mcap_buffer_put_string(mcap_buffer *b, const char *text);

/* A length (32 bits for maps, arrays; 64 for records) that is only known later: begin gives the place of the
 * field, end fills it with what was put since. */
size_t mcap_buffer_begin_u32(mcap_buffer *b);
void mcap_buffer_end_u32(mcap_buffer *b, size_t begin);
size_t mcap_buffer_begin_record(mcap_buffer *b, mcap_opcode opcode);
void mcap_buffer_end_record(mcap_buffer *b, size_t begin);

#ifdef __cplusplus
}
#endif
#endif
