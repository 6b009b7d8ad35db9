/*
 * Lines out of a file descriptor, without blocking where it does not.
 */
#ifndef POSED_SENSORS_LINE_READER_H
#define POSED_SENSORS_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LINE_READER_SIZE = 16384 };

typedef struct {
    int fd;
    bool ended;      /* nothing more comes */
    bool skipping;   /* inside a line that is too long */
    size_t line;     /* number of the last one that was taken, from 1 */
    size_t too_long; /* lines that did not fit, and were left out */
    size_t begin, end;
    char bytes[LINE_READER_SIZE];
} line_reader;

void line_reader_begin(line_reader *r, int fd);

/* The next line that is there, without its "\n", until the next call; of a file's last line the "\n" may be
 * missing. False: more must be read first, or, once `ended`, there is none. */
bool line_reader_take(line_reader *r, const char **line, size_t *length);

/* Reads once. False with errno when that fails; a descriptor that has nothing now (EAGAIN) has not failed. */
bool line_reader_fill(line_reader *r);

#ifdef __cplusplus
}
#endif
#endif
