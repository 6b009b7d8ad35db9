/*
 * CRC-32 (IEEE 802.3, as in zlib), which MCAP uses for chunks, attachments, data section and summary.
 */
#ifndef POSED_WIRE_MCAP_CRC_H
#define POSED_WIRE_MCAP_CRC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Continues `crc` (0 to begin) over `size` bytes. The same value as zlib's crc32, some times faster where the
 * processor can: it is half of the cost of reading a plain chunk. */
uint32_t mcap_crc32(uint32_t crc, const void *data, size_t size);

#ifdef __cplusplus
}
#endif
#endif
