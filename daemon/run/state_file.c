#include "daemon/run/state_file.h"

#include "wire/mcap_crc.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Native byte order, as the state itself: it is for the same machine. */
typedef struct {
    char magic[8];
    int64_t saved_ns;
    uint32_t size, crc; /* of what follows */
} header;

static const char magic[8] = {'p', 'o', 's', 'e', 'd', 'w', 'r', 'm'};

static bool write_all(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t n = write(fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static bool write_file(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0)
        return false;
    bool good = write_all(fd, data, size) && fsync(fd) == 0;
    return close(fd) == 0 && good;
}

bool state_file_save(const char *path, const fusion *f, int64_t now_ns, error *e)
{
    const size_t room = sizeof(header) + fusion_state_size();
    char partial[4096];
    unsigned char *bytes = malloc(room);
    if (!bytes)
        return error_set(e, "%s: out of memory", path);
    const size_t size = fusion_save(f, bytes + sizeof(header), room - sizeof(header));
    bool good = true;
    if (size > 0) {
        header h = {.saved_ns = now_ns, .size = (uint32_t)size};
        memcpy(h.magic, magic, sizeof magic);
        h.crc = mcap_crc32(mcap_crc32(0, &h.saved_ns, sizeof h.saved_ns), bytes + sizeof h, size);
        memcpy(bytes, &h, sizeof h);
        snprintf(partial, sizeof partial, "%s.tmp", path);
        good = write_file(partial, bytes, sizeof h + size) && rename(partial, path) == 0;
        if (!good) {
            error_set(e, "%s: %s", path, strerror(errno));
            unlink(partial);
        }
    }
    free(bytes);
    return good;
}

/* Reads up to `room` bytes; -1: it cannot be read. */
static ssize_t read_file(const char *path, void *data, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    size_t have = 0;
    ssize_t n = 1;
    while (have < room && (n = read(fd, (char *)data + have, room - have)) > 0)
        have += (size_t)n;
    close(fd);
    return n < 0 ? -1 : (ssize_t)have;
}

static state_result refuse(const char *path, const char *why, error *e)
{
    error_set(e, "%s: %s; starting without it", path, why);
    return STATE_REFUSED;
}

static state_result restore(const char *path, const unsigned char *bytes, size_t have, fusion *f,
                            int64_t now_ns, double max_age_s, double *age_s, error *e)
{
    header h;
    if (have < sizeof h)
        return refuse(path, "it is cut short", e);
    memcpy(&h, bytes, sizeof h);
    if (memcmp(h.magic, magic, sizeof magic) != 0 || h.size != have - sizeof h ||
        h.crc != mcap_crc32(mcap_crc32(0, &h.saved_ns, sizeof h.saved_ns), bytes + sizeof h, h.size))
        return refuse(path, "it is damaged, or no state", e);
    *age_s = 1e-9 * ((double)now_ns - (double)h.saved_ns);
    if (*age_s > max_age_s)
        return refuse(path, "it is older than service.state_max_age_s", e);
    if (*age_s < 0.0) /* the clock has been set back since */
        *age_s = (double)NAN;
    if (!fusion_restore(f, bytes + sizeof h, h.size, *age_s))
        return refuse(path, "it is of another version, or of other settings", e);
    return STATE_RESTORED;
}

state_result state_file_load(const char *path, fusion *f, int64_t now_ns, double max_age_s, double *age_s,
                             error *e)
{
    const size_t room = sizeof(header) + fusion_state_size() + 1;
    unsigned char *bytes = malloc(room);
    if (!bytes)
        return refuse(path, "out of memory", e);
    ssize_t have = read_file(path, bytes, room);
    state_result result = STATE_NONE;
    if (have >= 0)
        result = restore(path, bytes, (size_t)have, f, now_ns, max_age_s, age_s, e);
    else if (errno != ENOENT)
        result = refuse(path, strerror(errno), e);
    free(bytes);
    return result;
}
