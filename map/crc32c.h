/*
 * CRC-32C (Castagnoli), as in RFC 3720: over a compiled map.
 */
#ifndef POSED_MAP_CRC32C_H
#define POSED_MAP_CRC32C_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of `size` bytes; of none 0. Each call makes its tables anew (10 us), then takes some 0.6 ns a byte. */
uint32_t map_crc32c(const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
