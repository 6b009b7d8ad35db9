#include "sensors/line_reader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void line_reader_begin(line_reader *r, int fd)
{
    r->fd = fd;
    r->ended = r->skipping = false;
    r->line = r->too_long = r->begin = r->end = 0;
}

/* A line that fills all the buffer is left out: its beginning goes now, the rest as it comes. */
static void drop_long_line(line_reader *r)
{
    if (r->begin > 0 || r->end < LINE_READER_SIZE)
        return;
    r->skipping = true;
    r->begin = r->end = 0;
}

bool line_reader_take(line_reader *r, const char **line, size_t *length)
{
    for (;;) {
        char *at = r->bytes + r->begin;
        size_t left = r->end - r->begin;
        char *stop = left > 0 ? memchr(at, '\n', left) : NULL;
        if (!stop && !(r->ended && (left > 0 || r->skipping))) {
            drop_long_line(r);
            return false;
        }
        *line = at;
        *length = stop ? (size_t)(stop - at) : left;
        r->begin += *length + (stop ? 1 : 0);
        r->line++;
        if (!r->skipping)
            return true;
        r->skipping = false;
        r->too_long++;
    }
}

bool line_reader_fill(line_reader *r)
{
    if (r->begin > 0) {
        memmove(r->bytes, r->bytes + r->begin, r->end - r->begin);
        r->end -= r->begin;
        r->begin = 0;
    }
    if (r->end == LINE_READER_SIZE)
        return true;
    ssize_t n = read(r->fd, r->bytes + r->end, LINE_READER_SIZE - r->end);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    r->ended = n == 0;
    r->end += (size_t)n;
    return true;
}
