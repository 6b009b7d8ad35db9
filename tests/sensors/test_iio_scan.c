/*
 * IIO scans: types and matrices as drivers write them, places as the kernel computes them, numbers by hand.
 */
#include "sensors/imu/iio_scan.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

START_TEST (types_are_read) {
    static const struct {
        const char *text;
        iio_type type;
    } rows[] = {
        {"le:s16/16>>0", {false, true, 16, 16, 1, 0}}, {"be:s16/16>>0", {true, true, 16, 16, 1, 0}},
        {"le:s12/16>>4", {false, true, 12, 16, 1, 4}}, {"be:u24/32>>8", {true, false, 24, 32, 1, 8}},
        {"le:s64/64>>0", {false, true, 64, 64, 1, 0}}, {"le:s32/32X4>>0", {false, true, 32, 32, 4, 0}},
        {"le:s8/8>>0", {false, true, 8, 8, 1, 0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        iio_type t;
        ck_assert_msg(iio_type_parse(&t, rows[i].text), "%s", rows[i].text);
        const iio_type *x = &rows[i].type;
        ck_assert_msg(t.big_endian == x->big_endian && t.is_signed == x->is_signed && t.bits == x->bits &&
                          t.storage_bits == x->storage_bits && t.repeat == x->repeat && t.shift == x->shift,
                      "%s", rows[i].text);
    }
}
END_TEST

START_TEST (other_texts_are_refused) {
    static const char *const texts[] = {"",
                                        "le:s16/16",
                                        "le:s16/16>>",
                                        "le:s16/16>>0 ",
                                        "xe:s16/16>>0",
                                        "le:f16/16>>0",
                                        "le:s0/16>>0",
                                        "le:s17/16>>0",
                                        "le:s12/16>>5",
                                        "le:s16/24>>0",
                                        "le:s-1/16>>0",
                                        "le:s16/16X0>>0",
                                        "le:s16/16X>>0"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        iio_type t;
        ck_assert_msg(!iio_type_parse(&t, texts[i]), "%s", texts[i]);
    }
}
END_TEST

START_TEST (matrices_are_read) {
    double m[9];
    ck_assert(iio_matrix_parse(m, "0, 1, 0; -1, 0, 0; 0, 0, 1"));
    ck_assert(m[1] == 1.0 && m[3] == -1.0 && m[8] == 1.0);
    ck_assert(iio_matrix_parse(m, "0.7071, -0.7071, 0; 0.7071, 0.7071, 0; 0, 0, 1.0"));
    static const char *const texts[] = {"",
                                        "1, 0, 0; 0, 1, 0; 0, 0",
                                        "1, 0, 0; 0, 1, 0; 0, 0, 1;",
                                        "1; 0; 0, 0, 1, 0, 0, 0, 1",
                                        "0, 0, 0; 0, 0, 0; 0, 0, 0",
                                        "1, 0, 0; 1, 0, 0; 0, 0, 1",
                                        "nan, 0, 0; 0, 1, 0; 0, 0, 1",
                                        "2, 0, 0; 0, 1, 0; 0, 0, 1"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_msg(!iio_matrix_parse(m, texts[i]), "%s", texts[i]);
}
END_TEST

static const double identity[] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, quarter[] = {0, 1, 0, -1, 0, 0, 0, 0, 1};

static void add(iio_scan *s, iio_channel_use use, unsigned index, const char *type, double scale,
                double offset)
{
    iio_channel *c = &s->channels[s->channel_count++];
    *c = (iio_channel){.use = use, .index = index, .scale = scale, .offset = offset};
    ck_assert(iio_type_parse(&c->type, type));
}

static iio_scan *scan_new(void)
{
    iio_scan *s = calloc(1, sizeof *s);
    memcpy(s->gyro_mount, identity, sizeof identity);
    memcpy(s->accel_mount, identity, sizeof identity);
    return s;
}

/* A temperature of 16 bits, a gyro of 12 bits in big-endian, an accelerometer of 32 bits with an offset, the
 * time: all that makes places uneven. */
START_TEST (numbers_stand_where_the_kernel_puts_them) {
    iio_scan *s = scan_new();
    error e = {""};
    memcpy(s->accel_mount, quarter, sizeof quarter);
    add(s, IIO_TIMESTAMP, 10, "le:s64/64>>0", 1, 0);
    add(s, IIO_GYRO_Z, 3, "be:s12/16>>4", 0.001, 0);
    add(s, IIO_GYRO_X, 1, "be:s12/16>>4", 0.001, 0);
    add(s, IIO_GYRO_Y, 2, "be:s12/16>>4", 0.001, 0);
    add(s, IIO_OTHER, 0, "le:s16/16>>0", 1, 0);
    add(s, IIO_ACCEL_X, 4, "le:s32/32>>0", 0.01, 100);
    add(s, IIO_ACCEL_Y, 5, "le:s32/32>>0", 0.01, 100);
    add(s, IIO_ACCEL_Z, 6, "le:s32/32>>0", 0.01, 100);
    ck_assert_msg(iio_scan_lay_out(s, &e), "%s", e.text);
    ck_assert_uint_eq(s->size, 32);
    static const uint8_t bytes[32] = {
        0xff, 0x7f,                                     /* temperature */
        0x7f, 0xff, 0x80, 0x0a, 0xff, 0xf0,             /* 2047, -2048, -1; low bits are noise */
        0xe8, 0x03, 0x00, 0x00, 0x18, 0xfc, 0xff, 0xff, /* 1000, -1000 */
        0x00, 0x00, 0x00, 0x00, 0,    0,    0,    0,    /* 0, and what fills up */
        0x15, 0xcd, 0x5b, 0x07, 0x00, 0x00, 0x00, 0x00, /* 123456789 */
    };
    frame_imu imu;
    int64_t stamp_ns;
    iio_scan_decode(s, bytes, &imu, &stamp_ns);
    ck_assert_int_eq(stamp_ns, 123456789);
    ck_assert_float_eq_tol(imu.gyro_radps[0], 2.047f, 1e-6f);
    ck_assert_float_eq_tol(imu.gyro_radps[1], -2.048f, 1e-6f);
    ck_assert_float_eq_tol(imu.gyro_radps[2], -0.001f, 1e-6f);
    ck_assert_float_eq_tol(imu.accel_mps2[0], -9.0f, 1e-6f); /* the y axis, turned */
    ck_assert_float_eq_tol(imu.accel_mps2[1], -11.0f, 1e-6f);
    ck_assert_float_eq_tol(imu.accel_mps2[2], 1.0f, 1e-6f);
    free(s);
}
END_TEST

START_TEST (what_is_not_there_is_nan) {
    iio_scan *s = scan_new();
    add(s, IIO_GYRO_X, 0, "le:u8/8>>0", 1, -128);
    add(s, IIO_GYRO_Y, 1, "le:u8/8>>0", 1, -128);
    add(s, IIO_GYRO_Z, 2, "le:u8/8>>0", 1, -128);
    add(s, IIO_ACCEL_X, 3, "le:u8/8>>0", 1, 0);
    ck_assert(iio_scan_lay_out(s, NULL));
    ck_assert_uint_eq(s->size, 4);
    static const uint8_t bytes[] = {0, 128, 255, 7};
    frame_imu imu;
    int64_t stamp_ns;
    iio_scan_decode(s, bytes, &imu, &stamp_ns);
    ck_assert(stamp_ns < 0);
    ck_assert(imu.gyro_radps[0] == -128 && imu.gyro_radps[1] == 0 && imu.gyro_radps[2] == 127);
    for (int i = 0; i < 3; i++)
        ck_assert(isnan(imu.accel_mps2[i]));
    free(s);
}
END_TEST

START_TEST (layouts_that_cannot_be_are_refused) {
    static const struct {
        iio_channel_use use[2];
        unsigned index[2];
        const char *type, *what;
    } rows[] = {
        {{IIO_GYRO_X, IIO_GYRO_Y}, {3, 3}, "le:s16/16>>0", "index 3"},
        {{IIO_GYRO_X, IIO_GYRO_X}, {1, 2}, "le:s16/16>>0", "twice"},
        {{IIO_TIMESTAMP, IIO_GYRO_X}, {1, 2}, "le:s32/32>>0", "32 bits"},
        {{IIO_OTHER, IIO_OTHER}, {1, 2}, "le:s16/16>>0", "in_anglvel"},
        {{IIO_OTHER, IIO_GYRO_X}, {1, 2}, "le:s16/16X2>>0", "X2"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        error e = {""};
        iio_scan *s = scan_new();
        for (size_t k = 0; k < 2; k++)
            add(s, rows[i].use[k], rows[i].index[k], rows[i].type, 1, 0);
        ck_assert(!iio_scan_lay_out(s, &e));
        ck_assert_msg(strstr(e.text, rows[i].what) != NULL, "%s", e.text);
        free(s);
    }
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("scan");
    tcase_add_test(tc, types_are_read);
    tcase_add_test(tc, other_texts_are_refused);
    tcase_add_test(tc, matrices_are_read);
    tcase_add_test(tc, numbers_stand_where_the_kernel_puts_them);
    tcase_add_test(tc, what_is_not_there_is_nan);
    tcase_add_test(tc, layouts_that_cannot_be_are_refused);
    return run_cases("IIO scan", tc);
}
