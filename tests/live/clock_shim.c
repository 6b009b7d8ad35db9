/* Preloaded into posed: CLOCK_REALTIME is off by what the first eight bytes of the file CLOCK_SHIM say,
 * nanoseconds. So a test can step the system's clock for some processes alone. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef int clock_function(clockid_t, struct timespec *);

static const volatile int64_t *map_offset(void)
{
    static const int64_t none = 0;
    const char *path = getenv("CLOCK_SHIM");
    const int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *at = fd >= 0 ? mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (fd >= 0)
        close(fd);
    return at == MAP_FAILED ? &none : at;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    static clock_function *real;
    static const volatile int64_t *offset_ns;
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
        offset_ns = map_offset();
    }
    const int result = real(clock, t);
    if (result == 0 && clock == CLOCK_REALTIME) {
        const int64_t ns = (int64_t)t->tv_sec * 1000000000 + t->tv_nsec + *offset_ns;
        t->tv_sec = (time_t)(ns / 1000000000);
        t->tv_nsec = (long)(ns % 1000000000);
    }
    return result;
}
