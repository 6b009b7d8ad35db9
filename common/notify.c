#include "common/notify.h"

#include "common/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The length of the address, 0 when `path` is not one that a socket of the file system or an abstract one can
 * have. */
static socklen_t address_of(const char *path, struct sockaddr_un *address)
{
    size_t length = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || length < 2 || length >= sizeof address->sun_path)
        return 0;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, path, length);
    if (path[0] == '@')
        address->sun_path[0] = '\0';
    /* An abstract name has no NUL at its end, a path may have one. */
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

bool notify_send(const char *state)
{
    struct sockaddr_un address;
    const char *path = getenv("NOTIFY_SOCKET");
    socklen_t size = path ? address_of(path, &address) : 0;
    if (size == 0)
        return false;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    size_t length = strlen(state);
    ssize_t sent =
        sendto(fd, state, length, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&address, size);
    close(fd);
    return sent == (ssize_t)length;
}

bool notify_reloading(void)
{
    char state[64];
    snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, monotonic_ns() / 1000);
    return notify_send(state);
}

/* A whole number that fills the variable; 0 when it is not one or not there. */
static int64_t variable(const char *name)
{
    const char *text = getenv(name);
    char *end;
    if (!text || text[0] < '0' || text[0] > '9')
        return 0;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' ? value : 0;
}

int64_t notify_watchdog_ns(void)
{
    int64_t usec = variable("WATCHDOG_USEC");
    int64_t pid = variable("WATCHDOG_PID");
    if (usec <= 0 || usec > INT64_MAX / 1000 || (pid > 0 && pid != getpid()))
        return 0;
    return usec * 1000;
}
