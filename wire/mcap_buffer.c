#include "wire/mcap_buffer.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

void mcap_buffer_finish(mcap_buffer *b)
{
    free(b->data);
    *b = (mcap_buffer){0};
}

void mcap_buffer_clear(mcap_buffer *b)
{
    b->size = 0;
}

bool mcap_buffer_reserve(mcap_buffer *b, size_t size)
{
    if (b->failed || size > SIZE_MAX / 2 - b->size) {
        b->failed = true;
        return false;
    }
    size_t need = b->size + size;
    if (need <= b->capacity)
        return true;
    size_t capacity = b->capacity < 256 ? 256 : b->capacity;
    while (capacity < need)
        capacity *= 2;
    uint8_t *data = realloc(b->data, capacity);
    if (!data) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->capacity = capacity;
    return true;
}

void mcap_buffer_put_bytes(mcap_buffer *b, const void *data, size_t size)
{
    if (size == 0 || !mcap_buffer_reserve(b, size))
        return;
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

void mcap_buffer_put_u8(mcap_buffer *b, uint8_t v)
{
    mcap_buffer_put_bytes(b, &v, sizeof v);
}

void mcap_buffer_put_u16(mcap_buffer *b, uint16_t v)
{
    v = htole16(v);
    mcap_buffer_put_bytes(b, &v, sizeof v);
}

void mcap_buffer_put_u32(mcap_buffer *b, uint32_t v)
{
    v = htole32(v);
    mcap_buffer_put_bytes(b, &v, sizeof v);
}

void mcap_buffer_put_u64(mcap_buffer *b, uint64_t v)
{
    v = htole64(v);
    mcap_buffer_put_bytes(b, &v, sizeof v);
}

void mcap_buffer_put_text(mcap_buffer *b, const void *data, size_t size)
{
    if (size > UINT32_MAX) {
        b->failed = true;
        return;
    }
    mcap_buffer_put_u32(b, (uint32_t)size);
    mcap_buffer_put_bytes(b, data, size);
}

void mcap_buffer_put_string(mcap_buffer *b, const char *text)
{
    mcap_buffer_put_text(b, text, strlen(text));
}

size_t mcap_buffer_begin_u32(mcap_buffer *b)
{
    size_t begin = b->size;
    mcap_buffer_put_u32(b, 0);
    return begin;
}

void mcap_buffer_end_u32(mcap_buffer *b, size_t begin)
{
    if (b->failed)
        return;
    size_t size = b->size - begin - sizeof(uint32_t);
    if (size > UINT32_MAX) {
        b->failed = true;
        return;
    }
    uint32_t v = htole32((uint32_t)size);
    memcpy(b->data + begin, &v, sizeof v);
}

size_t mcap_buffer_begin_record(mcap_buffer *b, mcap_opcode opcode)
{
    mcap_buffer_put_u8(b, (uint8_t)opcode);
    size_t begin = b->size;
    mcap_buffer_put_u64(b, 0);
    return begin;
}

void mcap_buffer_end_record(mcap_buffer *b, size_t begin)
{
    if (b->failed)
        return;
    uint64_t v = htole64(b->size - begin - sizeof v);
    memcpy(b->data + begin, &v, sizeof v);
}
