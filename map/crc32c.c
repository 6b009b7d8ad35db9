#include "map/crc32c.h"

/* Reflected 0x1EDC6F41. */
static const uint32_t polynomial = 0x82F63B78;

/* Eight bytes at a time: table[k] carries a byte over k more bytes. */
static void make_tables(uint32_t table[8][256])
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? (c >> 1) ^ polynomial : c >> 1;
        table[0][i] = c;
    }
    for (uint32_t i = 0; i < 256; i++) {
        for (int k = 1; k < 8; k++)
            table[k][i] = (table[k - 1][i] >> 8) ^ table[0][table[k - 1][i] & 0xff];
    }
}

uint32_t map_crc32c(const void *bytes, size_t size)
{
    uint32_t table[8][256], c = 0xffffffff;
    const uint8_t *b = bytes;
    make_tables(table);
    for (; size >= 8; size -= 8, b += 8)
        c = table[7][(c ^ b[0]) & 0xff] ^ table[6][((c >> 8) ^ b[1]) & 0xff] ^
            table[5][((c >> 16) ^ b[2]) & 0xff] ^ table[4][(c >> 24) ^ b[3]] ^ table[3][b[4]] ^
            table[2][b[5]] ^ table[1][b[6]] ^ table[0][b[7]];
    for (; size > 0; size--, b++)
        c = table[0][(c ^ *b) & 0xff] ^ (c >> 8);
    return c ^ 0xffffffff;
}
