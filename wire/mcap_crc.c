#include "wire/mcap_crc.h"

#include <zlib.h>

uint32_t mcap_crc32(uint32_t crc, const void *data, size_t size)
{
    return size > 0 ? (uint32_t)crc32_z(crc, data, size) : crc;
}
