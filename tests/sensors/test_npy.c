/* NumPy files: what is read, and what is refused, at every byte. */
#include "sensors/import/npy.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 512 };

/* Builds a file: version, dictionary, data. The dictionary is padded as NumPy does. */
static size_t build(unsigned char out[ROOM], int version, const char *dictionary, const void *data,
                    size_t size)
{
    size_t head = version == 1 ? 10 : 12, length = strlen(dictionary) + 1;
    length += (64 - (head + length) % 64) % 64;
    memcpy(out, "\x93NUMPY", 6);
    out[6] = (unsigned char)version;
    out[7] = 0;
    memset(out + 8, 0, 4);
    out[8] = (unsigned char)length;
    out[9] = (unsigned char)(length >> 8);
    memset(out + head, ' ', length);
    memcpy(out + head, dictionary, strlen(dictionary));
    out[head + length - 1] = '\n';
    if (size > 0)
        memcpy(out + head + length, data, size);
    return head + length + size;
}

#define BYTES(...) (const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__})
static const struct {
    const char *legend;
    int version;
    const char *dictionary;
    const unsigned char *data;
    size_t size;
    size_t rows, columns;
    double first, last;
} good[] = {
    {"column of doubles", 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
     BYTES(0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0), 2, 1, 1.0, -2.0},
    {"keys in another order, version 2", 2, "{'shape': (2,), 'fortran_order': False, 'descr': '<f8'}",
     BYTES(0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0), 2, 1, 1.0, -2.0},
    {"double quotes, version 3", 3, "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (1, 2)}",
     BYTES(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0), 1, 2, 1.0, -2.0},
    {"C order", 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }", BYTES(1, 2, 3, 4, 5, 6), 2,
     3, 1, 6},
    {"signed byte", 1, "{'descr': '|i1', 'fortran_order': False, 'shape': (1,), }", BYTES(0xff), 1, 1, -1,
     -1},
    {"signed 16", 1, "{'descr': '<i2', 'fortran_order': False, 'shape': (1,), }", BYTES(0xfe, 0xff), 1, 1, -2,
     -2},
    {"signed 32", 1, "{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }", BYTES(0, 0, 0, 0x80), 1, 1,
     -2147483648.0, -2147483648.0},
    {"signed 64", 1, "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }",
     BYTES(0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 1, 1, -3, -3},
    {"unsigned 32", 1, "{'descr': '<u4', 'fortran_order': False, 'shape': (1,), }",
     BYTES(0xff, 0xff, 0xff, 0xff), 1, 1, 4294967295.0, 4294967295.0},
    {"bool", 1, "{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", BYTES(0, 1), 2, 1, 0, 1},
    {"no rows", 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 6), }", NULL, 0, 0, 6, 0, 0},
    {"bytes", 1, "{'descr': '|S2', 'fortran_order': False, 'shape': (2,), }", BYTES('a', 'b', 'c', 0), 2, 1,
     NAN, NAN},
};

START_TEST (good_arrays_are_read) {
    unsigned char file[ROOM];
    size_t size = build(file, good[_i].version, good[_i].dictionary, good[_i].data, good[_i].size);
    npy a;
    error e = {""};
    ck_assert_msg(npy_parse(&a, file, size, "x", &e), "%s: %s", good[_i].legend, e.text);
    ck_assert_msg(a.rows == good[_i].rows && a.columns == good[_i].columns, "%s", good[_i].legend);
    if (a.rows == 0)
        return;
    double first = npy_number(&a, 0, 0), last = npy_number(&a, a.rows - 1, a.columns - 1);
    if (isnan(good[_i].first))
        ck_assert(isnan(first) && isnan(last));
    else
        ck_assert_msg(first == good[_i].first && last == good[_i].last, "%s: %g, %g", good[_i].legend, first,
                      last);
}
END_TEST

START_TEST (both_memory_orders_are_read) {
    static const unsigned char values[] = {1, 2, 3, 4, 5, 6};
    static const double c_order[2][3] = {{1, 2, 3}, {4, 5, 6}}, fortran[2][3] = {{1, 3, 5}, {2, 4, 6}};
    unsigned char file[ROOM];
    npy a;
    size_t size = build(file, 1,
                        _i ? "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }"
                           : "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }",
                        values, 6);
    ck_assert(npy_parse(&a, file, size, "x", NULL));
    for (size_t i = 0; i < 6; i++)
        ck_assert_double_eq(npy_number(&a, i / 3, i % 3), (_i ? fortran : c_order)[i / 3][i % 3]);
}
END_TEST

static const struct {
    const char *legend, *dictionary, *expected;
} bad[] = {
    {"objects", "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
     "x: elements of a type that is not supported"},
    {"big-endian", "{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }",
     "x: elements of a type that is not supported"},
    {"half floats", "{'descr': '<f2', 'fortran_order': False, 'shape': (1,), }",
     "x: elements of a type that is not supported"},
    {"records", "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }",
     "x: elements of a type that is not supported"},
    {"three dimensions", "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1), }",
     "x: not an array of one or two dimensions"},
    {"none", "{'descr': '<f8', 'fortran_order': False, 'shape': (), }",
     "x: not an array of one or two dimensions"},
    {"negative", "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
     "x: not an array of one or two dimensions"},
    {"shape beyond all memory",
     "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", "x: impossible shape"},
    {"number beyond all numbers",
     "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999,), }",
     "x: not an array of one or two dimensions"},
    {"too little data", "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
     "x: truncated: 8 bytes of data, 16 expected"},
    {"too much data", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }",
     "x: 4 bytes too many at its end"},
    {"key twice", "{'descr': '<f8', 'descr': '<f8', 'shape': (1,), }", "x: unexpected key in the header"},
    {"key missing", "{'descr': '<f8', 'shape': (1,), }", "x: malformed header"},
    {"unknown key", "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}",
     "x: unexpected key in the header"},
    {"not a dictionary", "['descr']", "x: malformed header"},
    {"words after it", "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), } x", "x: malformed header"},
    {"order is no bool", "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,), }",
     "x: malformed fortran_order"},
};

START_TEST (bad_headers_are_named) {
    unsigned char file[ROOM];
    static const unsigned char eight[8];
    size_t size = build(file, 1, bad[_i].dictionary, eight, 8);
    npy a;
    error e = {""};
    ck_assert_msg(!npy_parse(&a, file, size, "x", &e), "%s", bad[_i].legend);
    ck_assert_msg(strcmp(e.text, bad[_i].expected) == 0, "%s: \"%s\"", bad[_i].legend, e.text);
}
END_TEST

START_TEST (a_file_cut_at_any_byte_is_refused) {
    unsigned char file[ROOM];
    static const unsigned char data[16];
    size_t size = build(file, _i, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", data, 16);
    npy a;
    ck_assert(npy_parse(&a, file, size, "x", NULL));
    for (size_t cut = 0; cut < size; cut++) {
        error e = {""};
        unsigned char *exact = malloc(cut ? cut : 1); /* a sanitizer sees a read beyond it */
        memcpy(exact, file, cut);
        ck_assert_msg(!npy_parse(&a, exact, cut, "x", &e), "%zu of %zu bytes", cut, size);
        ck_assert(strncmp(e.text, "x: ", 3) == 0);
        free(exact);
    }
    file[6] = 4;
    ck_assert(!npy_parse(&a, file, size, "x", NULL));
}
END_TEST

START_TEST (a_file_that_is_not_there_is_named) {
    npy a;
    error e = {""};
    ck_assert(!npy_load(&a, "/nowhere/t", &e));
    ck_assert_str_eq(e.text, "/nowhere/t: No such file or directory");
    npy_finish(&a);
    ck_assert(!npy_load(&a, "/tmp", NULL));
    npy_finish(&a);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("npy");
    tcase_add_loop_test(tc, good_arrays_are_read, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(tc, both_memory_orders_are_read, 0, 2);
    tcase_add_loop_test(tc, bad_headers_are_named, 0, sizeof bad / sizeof *bad);
    tcase_add_loop_test(tc, a_file_cut_at_any_byte_is_refused, 1, 4);
    tcase_add_test(tc, a_file_that_is_not_there_is_named);
    return run_cases("npy", tc);
}
