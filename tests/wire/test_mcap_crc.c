#include "tests/suite.h"
#include "wire/mcap_crc.h"

#include <check.h>
#include <zlib.h>

START_TEST (the_crc_is_zlibs) {
    uint8_t data[4200];
    uint32_t x = 12345;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
    for (size_t size = 0; size < 700; size++)
        for (size_t begin = 0; begin < 17; begin++)
            ck_assert_uint_eq(mcap_crc32((uint32_t)size, data + begin, size),
                              crc32_z(size, data + begin, size));
    ck_assert_uint_eq(mcap_crc32(1, data, sizeof data), crc32_z(1, data, sizeof data));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("crc");
    tcase_add_test(tc, the_crc_is_zlibs);
    return run_cases("MCAP CRC", tc);
}
