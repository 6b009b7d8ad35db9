#include "campaign/shard.h"

#include "common/clock.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *const endings[] = {
    [SHARD_PART] = "part", [SHARD_FINISHED] = "sqlite", [SHARD_LOCK] = "lock", [SHARD_LOG] = "log"};

/* A number from 1 to SHARD_MAX_COUNT as it is printed, without sign or leading zero; returns what follows, or
 * NULL. */
static const char *take_number(const char *text, uint32_t *number)
{
    char *end;
    if (!isdigit((unsigned char)text[0]) || text[0] == '0')
        return NULL;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || value > SHARD_MAX_COUNT)
        return NULL;
    *number = (uint32_t)value;
    return end;
}

bool shard_parse(const char *text, shard *s, error *e)
{
    const char *slash = take_number(text, &s->index);
    const char *end = slash && *slash == '/' ? take_number(slash + 1, &s->count) : NULL;
    if (!end || *end != '\0' || s->index > s->count)
        return error_set(e, "\"%s\" is not a shard I/N, as 3/100, with I from 1 to N and N at most %d", text,
                         SHARD_MAX_COUNT);
    return true;
}

bool shard_owns(shard s, uint64_t run)
{
    return s.count == 0 || run % s.count == s.index - 1;
}

bool shard_path(const char *dir, shard s, shard_file kind, char path[PATH_MAX], error *e)
{
    int n = snprintf(path, PATH_MAX, "%s/shards/%u-of-%u.%s", dir, s.index, s.count, endings[kind]);
    return (n > 0 && n < PATH_MAX) || error_set(e, "%.200s...: the name is too long", dir);
}

bool shard_of_name(const char *name, shard *s, shard_file *kind)
{
    const char *of = take_number(name, &s->index);
    const char *dot = of && strncmp(of, "-of-", 4) == 0 ? take_number(of + 4, &s->count) : NULL;
    if (!dot || *dot != '.' || s->index > s->count)
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (strcmp(dot + 1, endings[i]) == 0) {
            *kind = (shard_file)i;
            return true;
        }
    }
    return false;
}

/* A lock of the open file, not of the process: another open of it by the same process does not lose it. */
static bool try_lock(int fd, double patience_s)
{
    const struct timespec pause = {0, 200000000};
    double until_s = monotonic_s() + patience_s;
    for (;;) {
        struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        if (fcntl(fd, F_OFD_SETLK, &whole) == 0)
            return true;
        if ((errno != EAGAIN && errno != EACCES && errno != EINTR) || !(monotonic_s() < until_s))
            return false;
        nanosleep(&pause, NULL);
    }
}

int shard_take(const char *dir, shard s, double patience_s, bool *busy, error *e)
{
    char path[PATH_MAX], *name;
    *busy = false;
    if (!shard_path(dir, s, SHARD_LOCK, path, e))
        return -1;
    name = strrchr(path, '/');
    *name = '\0';
    int made = mkdir(path, 0777);
    *name = '/';
    int fd = made == 0 || errno == EEXIST ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666) : -1;
    if (fd < 0) {
        error_set(e, "%s: cannot write: %s", path, strerror(errno));
        return -1;
    }
    if (try_lock(fd, patience_s))
        return fd;
    *busy = errno == EAGAIN || errno == EACCES;
    error_set(e, *busy ? "%s: another process works on this shard" : "%s: cannot lock: %s", path,
              strerror(errno));
    close(fd);
    return -1;
}

/* Only of shards that nobody works on. */
static void remove_file(const char *dir, shard s, shard_file kind)
{
    char path[PATH_MAX];
    bool busy;
    int lock = shard_take(dir, s, 0, &busy, NULL);
    if (lock < 0)
        return;
    if (shard_path(dir, s, kind, path, NULL))
        unlink(path);
    if (shard_path(dir, s, SHARD_LOCK, path, NULL))
        unlink(path);
    close(lock);
}

void shard_tidy(const char *dir)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/shards", dir);
    DIR *shards = n > 0 && n < PATH_MAX ? opendir(path) : NULL;
    if (!shards)
        return;
    for (struct dirent *entry; (entry = readdir(shards));) {
        shard s;
        shard_file kind;
        if (shard_of_name(entry->d_name, &s, &kind) && (kind == SHARD_PART || kind == SHARD_LOCK))
            remove_file(dir, s, kind);
    }
    unlinkat(dirfd(shards), "slurm.job", 0);
    closedir(shards);
}
