#include "sensors/serial_port.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static const struct {
    int baud;
    speed_t code;
} speeds[] = {
    {4800, B4800},     {9600, B9600},       {19200, B19200},     {38400, B38400},     {57600, B57600},
    {115200, B115200}, {230400, B230400},   {460800, B460800},   {500000, B500000},   {576000, B576000},
    {921600, B921600}, {1000000, B1000000}, {1500000, B1500000}, {2000000, B2000000}, {3000000, B3000000},
};
enum { SPEEDS = sizeof speeds / sizeof *speeds };

static bool find_speed(double baud, speed_t *code)
{
    for (size_t i = 0; i < SPEEDS; i++) {
        if (baud == speeds[i].baud) {
            *code = speeds[i].code;
            return true;
        }
    }
    return false;
}

bool serial_port_speed_valid(double baud, error *e)
{
    char list[SPEEDS * 9] = "";
    size_t used = 0;
    speed_t code;
    if (find_speed(baud, &code))
        return true;
    for (size_t i = 0; i < SPEEDS; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%d", i ? ", " : "", speeds[i].baud);
    return error_set(e, "no speed of a serial line: %g; there are %s", baud, list);
}

static bool make_raw(int fd, speed_t speed)
{
    struct termios t;
    if (tcgetattr(fd, &t) != 0)
        return false;
    cfmakeraw(&t);
    t.c_cflag = (t.c_cflag & ~(tcflag_t)(CSTOPB | CRTSCTS)) | CLOCAL | CREAD;
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    return cfsetspeed(&t, speed) == 0 && tcsetattr(fd, TCSANOW, &t) == 0 && tcflush(fd, TCIFLUSH) == 0;
}

int serial_port_open(const char *path, double baud, error *e)
{
    speed_t speed;
    if (!serial_port_speed_valid(baud, e) || !find_speed(baud, &speed))
        return -1;
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        error_set(e, "%s: %s", path, strerror(errno));
        return -1;
    }
    if (make_raw(fd, speed)) {
        (void)ioctl(fd, TIOCEXCL); /* a second reader would take half of the bytes */
        return fd;
    }
    error_set(e, "%s: %s", path, errno == ENOTTY ? "is not a serial line" : strerror(errno));
    close(fd);
    return -1;
}
