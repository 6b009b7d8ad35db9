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

bool mcap_sink_write(mcap_sink *s, const void *data, size_t size, error *e)
{
    const char *at = data;
    size_t left = size;
    while (left > 0) {
        ssize_t wrote = write(s->fd, at, left);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return error_set(e, "%s: cannot write at offset %llu: %s", s->path,
                             (unsigned long long)(s->offset + size - left),
                             wrote < 0 ? strerror(errno) : "nothing was taken");
        at += wrote;
        left -= (size_t)wrote;
    }
    s->crc = mcap_crc32(s->crc, data, size);
    s->offset += size;
    return true;
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
    *s = (mcap_sink){.fd = -1};
    return ok;
}
