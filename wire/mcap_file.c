#include "wire/mcap_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Up to this size (bytes) all pages are mapped at once: cheaper than a fault every few pages. Larger files
 * fault as they are read, so that looking at a header does not read gigabytes. */
#define POPULATE_LIMIT ((off_t)64 << 20)

static const void *map_descriptor(int fd, const char *path, size_t *size, error *e)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        error_set(e, "%s: %s", path, strerror(errno));
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        error_set(e, "%s: %s", path, S_ISDIR(status.st_mode) ? "is a directory" : "is not a regular file");
        return NULL;
    }
    if (status.st_size == 0) {
        error_set(e, "%s: is empty, not an MCAP file", path);
        return NULL;
    }
    int flags = MAP_PRIVATE | (status.st_size <= POPULATE_LIMIT ? MAP_POPULATE : 0);
    void *data = mmap(NULL, (size_t)status.st_size, PROT_READ, flags, fd, 0);
    if (data == MAP_FAILED) {
        error_set(e, "%s: cannot map: %s", path, strerror(errno));
        return NULL;
    }
    madvise(data, (size_t)status.st_size, MADV_SEQUENTIAL);
    *size = (size_t)status.st_size;
    return data;
}

const void *mcap_file_map(const char *path, size_t *size, error *e)
{
    /* Non-blocking: opening a named pipe would wait for its writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        error_set(e, "%s: %s", path, strerror(errno));
        return NULL;
    }
    const void *data = map_descriptor(fd, path, size, e);
    close(fd);
    return data;
}

void mcap_file_unmap(const void *data, size_t size)
{
    if (data)
        munmap((void *)(uintptr_t)data, size);
}
