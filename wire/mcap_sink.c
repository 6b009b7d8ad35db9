#include "wire/mcap_sink.h"

#include "wire/mcap_crc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool mcap_sink_open(mcap_sink *s, const char *path, error *e)
{
    *s = (mcap_sink){.fd = -1};
    s->path = strdup(path);
    if (!s->path)
        return error_set(e, "%s: no memory", path);
    s->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (s->fd < 0) {
        error_set(e, "%s: %s", path, strerror(errno));
        free(s->path);
        s->path = NULL;
        return false;
    }
    return true;
}

/* Writes at the file's own place, which is `offset`. */
static bool write_all(const mcap_sink *s, uint64_t offset, const void *data, size_t size, error *e)
{
    const char *at = data;
    size_t left = size;
    while (left > 0) {
        ssize_t wrote = write(s->fd, at, left);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return error_set(e, "%s: cannot write at offset %llu: %s", s->path,
                             (unsigned long long)(offset + size - left),
                             wrote < 0 ? strerror(errno) : "nothing was taken");
        at += wrote;
        left -= (size_t)wrote;
    }
    return true;
}

bool mcap_sink_write(mcap_sink *s, const void *data, size_t size, error *e)
{
    if (s->holding) {
        mcap_buffer_put_bytes(&s->held, data, size);
        if (s->held.failed)
            return error_set(e, "%s: no memory", s->path);
    } else if (!mcap_sink_cut(s, e) || !write_all(s, s->offset, data, size, e)) {
        return false;
    }
    s->crc = mcap_crc32(s->crc, data, size);
    s->offset += size;
    return true;
}

static bool go_to(const mcap_sink *s, uint64_t offset)
{
    return lseek(s->fd, (off_t)offset, SEEK_SET) == (off_t)offset;
}

bool mcap_sink_hold(mcap_sink *s)
{
    mcap_buffer_clear(&s->held);
    return s->holding = go_to(s, s->offset);
}

bool mcap_sink_release(mcap_sink *s, mcap_sink_mark back, error *e)
{
    s->holding = false;
    if (!write_all(s, s->offset - s->held.size, s->held.data, s->held.size, e))
        return false;
    if (!go_to(s, back.offset))
        return error_set(e, "%s: cannot seek: %s", s->path, strerror(errno));
    s->beyond = s->offset - back.offset;
    s->offset = back.offset;
    s->crc = back.crc;
    return true;
}

bool mcap_sink_cut(mcap_sink *s, error *e)
{
    if (s->beyond > 0 && ftruncate(s->fd, (off_t)s->offset) != 0)
        return error_set(e, "%s: cannot shorten: %s", s->path, strerror(errno));
    s->beyond = 0;
    return true;
}

bool mcap_sink_restore(mcap_sink *s, uint64_t offset, const void *data, size_t size)
{
    return go_to(s, offset) && write_all(s, offset, data, size, NULL) &&
           ftruncate(s->fd, (off_t)(offset + size)) == 0;
}

bool mcap_sink_sync(mcap_sink *s, error *e)
{
    if (fsync(s->fd) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP)
        return true;
    return error_set(e, "%s: cannot sync: %s", s->path, strerror(errno));
}

bool mcap_sink_close(mcap_sink *s, error *e)
{
    bool ok = true;
    if (s->fd >= 0 && close(s->fd) != 0 && errno != EINTR)
        ok = error_set(e, "%s: cannot close: %s", s->path, strerror(errno));
    free(s->path);
    mcap_buffer_finish(&s->held);
    *s = (mcap_sink){.fd = -1};
    return ok;
}
