#include "bus/ipc_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    SOCKET_MODE = 0660,
    BACKLOG = 128,
    LOCK_TRIES = 100, /* 20 ms apart */
};

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    memcpy(a.sun_path, path, strlen(path));
    return a;
}

static int open_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Two programs that start at once must not both take the old file for stale and then remove each other's: who
 * looks, removes and binds holds a lock on the directory. It leaves no file behind. */
static int lock_directory(const char *path, error *e)
{
    char copy[IPC_PATH_SIZE];
    snprintf(copy, sizeof copy, "%s", path);
    const char *name = dirname(copy);
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        error_set(e, "cannot listen at %s: %s: %s", path, name, strerror(errno));
        return -1;
    }
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return fd;
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    error_set(e, "cannot listen at %s: another program holds a lock on %s", path, name);
    close(fd);
    return -1;
}

/* True when the name is free. */
static bool make_room(const char *path, error *e)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT || error_set(e, "cannot listen at %s: %s", path, strerror(errno));
    if (!S_ISSOCK(st.st_mode))
        return error_set(e, "cannot listen at %s: a file stands there that is not a socket", path);
    int probe = open_socket();
    if (probe < 0)
        return error_set(e, "cannot listen at %s: %s", path, strerror(errno));
    struct sockaddr_un a = address_of(path);
    bool stale = connect(probe, (const struct sockaddr *)&a, sizeof a) != 0 &&
                 (errno == ECONNREFUSED || errno == ENOENT);
    int reason = errno;
    close(probe);
    if (!stale && (reason == EACCES || reason == EPERM))
        return error_set(e, "cannot listen at %s: %s", path, strerror(reason));
    if (!stale)
        return error_set(e, "cannot listen at %s: another program listens there", path);
    return unlink(path) == 0 || errno == ENOENT ||
           error_set(e, "cannot replace the stale socket %s: %s", path, strerror(errno));
}

static bool same_file(int a, const char *path)
{
    struct stat one, other;
    return fstat(a, &one) == 0 && lstat(path, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* Linux gives the file the mode of the socket's inode without what the umask forbids; so it is never wider
 * than wanted, and afterwards it is widened to what is wanted. */
static bool bind_and_listen(int fd, ipc_file *f, error *e)
{
    struct sockaddr_un a = address_of(f->path);
    if (fchmod(fd, SOCKET_MODE) != 0 || bind(fd, (const struct sockaddr *)&a, sizeof a) != 0)
        return error_set(e, "cannot listen at %s: %s", f->path, strerror(errno));
    f->pin = open(f->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (f->pin >= 0 && fchmodat(AT_FDCWD, f->path, SOCKET_MODE, AT_SYMLINK_NOFOLLOW) == 0 &&
        listen(fd, BACKLOG) == 0)
        return true;
    error_set(e, "cannot listen at %s: %s", f->path, strerror(errno));
    unlink(f->path);
    if (f->pin >= 0)
        close(f->pin);
    return false;
}

int ipc_file_listen(ipc_file *f, const char *path, error *e)
{
    *f = (ipc_file){.pin = -1};
    if (strlen(path) >= sizeof f->path) {
        error_set(e, "cannot listen at %s: the path is too long", path);
        return -1;
    }
    memcpy(f->path, path, strlen(path) + 1);
    int lock = lock_directory(path, e);
    if (lock < 0)
        return -1;
    int fd = -1;
    if (make_room(path, e)) {
        fd = open_socket();
        if (fd < 0) {
            error_set(e, "cannot listen at %s: %s", path, strerror(errno));
        } else if (!bind_and_listen(fd, f, e)) {
            close(fd);
            fd = -1;
        }
    }
    close(lock);
    return fd;
}

void ipc_file_remove(ipc_file *f)
{
    int lock = lock_directory(f->path, NULL);
    if (same_file(f->pin, f->path))
        unlink(f->path);
    close(f->pin);
    f->pin = -1;
    if (lock >= 0)
        close(lock);
}
