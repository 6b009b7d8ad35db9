#include "map/pmap_file.h"

#include "map/pmap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* All of it, and nothing behind it. */
static bool read_all(int file, char *into, size_t size)
{
    char more;
    size_t have = 0;
    while (have < size) {
        ssize_t n = read(file, into + have, size - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        have += (size_t)n;
    }
    return read(file, &more, 1) == 0;
}

static void *copy_in(int file, const char *path, size_t size, error *e)
{
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED) {
        error_set(e, "%s: %s", path, strerror(errno));
        return NULL;
    }
    errno = 0;
    if (read_all(file, bytes, size) && mprotect(bytes, size, PROT_READ) == 0)
        return bytes;
    error_set(e, "%s: %s", path, errno ? strerror(errno) : "somebody writes to it");
    munmap(bytes, size);
    return NULL;
}

static void *map_in(int file, const char *path, size_t size, error *e)
{
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes != MAP_FAILED)
        return bytes;
    error_set(e, "%s: %s", path, strerror(errno));
    return NULL;
}

void *pmap_file_in(const char *path, bool copy, size_t *size, error *e)
{
    struct stat about;
    void *bytes = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would wait for its writer */
    if (file < 0 || fstat(file, &about) != 0)
        error_set(e, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(about.st_mode) || about.st_size < (off_t)sizeof(pmap_header))
        error_set(e, "%s: no compiled map (posed map build makes one)", path);
    else {
        *size = (size_t)about.st_size;
        bytes = copy ? copy_in(file, path, *size, e) : map_in(file, path, *size, e);
    }
    if (file >= 0)
        close(file);
    return bytes;
}

bool pmap_file_begins(const char *path, const void *head, size_t head_size, size_t size)
{
    struct stat about;
    char bytes[sizeof(pmap_header)];
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool same = file >= 0 && fstat(file, &about) == 0 && S_ISREG(about.st_mode) &&
                about.st_size == (off_t)size && head_size <= sizeof bytes &&
                pread(file, bytes, head_size, 0) == (ssize_t)head_size && memcmp(bytes, head, head_size) == 0;
    if (file >= 0)
        close(file);
    return same;
}
