/*
 * NumPy arrays as files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), versions 1
 * to 3: one or two dimensions of numbers or byte strings, either memory order, little-endian.
 */
#ifndef POSED_SENSORS_IMPORT_NPY_H
#define POSED_SENSORS_IMPORT_NPY_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const unsigned char *data;    /* of the elements */
    size_t rows, columns;         /* one dimension: one column */
    size_t row_step, column_step; /* bytes */
    size_t item;                  /* bytes of an element */
    char kind;                    /* 'f', 'i', 'u', 'b' (bool) or 'S' (bytes) */
    void *owned;                  /* what npy_load has read */
} npy;

/* Reads the header of the `size` bytes at `bytes`, which the array then refers to. Strict: the data must be
 * as long as the header says, to the byte. `name` is for the error text. */
bool npy_parse(npy *a, const void *bytes, size_t size, const char *name, error *e);

/* Reads a file. npy_finish frees it; call it in any case. */
bool npy_load(npy *a, const char *path, error *e);
void npy_finish(npy *a);

/* An element as a double (NaN for bytes); row and column must be in range. */
double npy_number(const npy *a, size_t row, size_t column);

#ifdef __cplusplus
}
#endif
#endif
