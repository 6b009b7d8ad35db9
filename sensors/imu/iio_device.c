#include "sensors/imu/iio_device.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ATTRIBUTE_SIZE = 256 };

/* ---- attributes: files below the device's directory */

typedef struct {
    char path[PATH_MAX];
} attribute;

/* A path that is too long comes out cut off, and is not there. */
__attribute__((format(printf, 2, 3))) static attribute attribute_of(const iio_device *d, const char *format,
                                                                    ...)
{
    attribute a;
    int used = snprintf(a.path, sizeof a.path, "%s/", d->directory);
    va_list args;
    va_start(args, format);
    vsnprintf(a.path + used, sizeof a.path - (size_t)used, format, args);
    va_end(args);
    return a;
}

/* Its first line; false with errno set when it cannot be read. */
static bool read_text(const attribute *a, char text[ATTRIBUTE_SIZE])
{
    int fd = open(a->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t size = read(fd, text, ATTRIBUTE_SIZE - 1);
    int kept = errno;
    close(fd);
    errno = kept;
    text[size > 0 ? size : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return size >= 0;
}

static bool write_text(const attribute *a, const char *text)
{
    int fd = open(a->path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t size = (ssize_t)strlen(text);
    bool ok = write(fd, text, (size_t)size) == size;
    int kept = errno;
    close(fd);
    errno = kept;
    return ok;
}

static bool is_there(const attribute *a)
{
    return access(a->path, F_OK) == 0;
}

static bool fail(const attribute *a, const char *what, error *e)
{
    return error_set(e, "%s: %s: %s", a->path, what, strerror(errno));
}

static bool set(const attribute *a, const char *text, error *e)
{
    return write_text(a, text) || fail(a, text, e);
}

/* A finite number; false with `e` set when the file holds none, and what it holds, NAN where it is not there.
 */
static bool read_number(const attribute *a, double *number, error *e)
{
    char text[ATTRIBUTE_SIZE], *end;
    *number = NAN;
    if (!read_text(a, text))
        return fail(a, "cannot read", e);
    *number = strtod(text, &end);
    if (end == text || !isfinite(*number))
        return error_set(e, "%s: not a number: \"%.40s\"", a->path, text);
    return true;
}

/* ---- finding the device */

static bool has_name(iio_device *d, const iio_request *r, const char *entry)
{
    char name[ATTRIBUTE_SIZE];
    if (snprintf(d->directory, sizeof d->directory, "%s/%s", r->sysfs, entry) >= (int)sizeof d->directory)
        return false;
    attribute a = attribute_of(d, "name");
    return strcmp(entry, r->device) == 0 || (read_text(&a, name) && strcmp(name, r->device) == 0);
}

static bool find(iio_device *d, const iio_request *r, error *e)
{
    DIR *all = opendir(r->sysfs);
    if (!all)
        return error_set(e, "%s: %s", r->sysfs, strerror(errno));
    bool found = false;
    for (const struct dirent *entry; !found && (entry = readdir(all));) {
        found = strncmp(entry->d_name, "iio:device", 10) == 0 && has_name(d, r, entry->d_name);
        if (found)
            snprintf(d->file, sizeof d->file, "%s/%s", r->dev, entry->d_name);
    }
    closedir(all);
    return found || error_set(e, "%s: no device \"%s\"", r->sysfs, r->device);
}

/* ---- channels */

static const char *const uses[] = {
    [IIO_GYRO_X] = "in_anglvel_x",    [IIO_GYRO_Y] = "in_anglvel_y", [IIO_GYRO_Z] = "in_anglvel_z",
    [IIO_ACCEL_X] = "in_accel_x",     [IIO_ACCEL_Y] = "in_accel_y",  [IIO_ACCEL_Z] = "in_accel_z",
    [IIO_TIMESTAMP] = "in_timestamp",
};
_Static_assert(sizeof uses / sizeof *uses == IIO_CHANNEL_COUNT, "a name each");

static iio_channel_use use_of(const char *name)
{
    int use = 0;
    while (use < IIO_CHANNEL_COUNT && strcmp(name, uses[use]) != 0)
        use++;
    return (iio_channel_use)use;
}

/* A value that is either the axis' own or that of all three: in_accel_x_scale, in_accel_scale. */
static bool read_either(const iio_device *d, const char *channel, const char *what, double *value, error *e)
{
    attribute own = attribute_of(d, "%s_%s", channel, what);
    attribute shared = attribute_of(d, "%.*s_%s", (int)(strrchr(channel, '_') - channel), channel, what);
    return read_number(is_there(&own) ? &own : &shared, value, e);
}

static bool read_meaning(const iio_device *d, const char *name, iio_channel *c, error *e)
{
    error none = {""};
    c->scale = 1.0;
    c->offset = 0.0;
    if (c->use == IIO_OTHER || c->use == IIO_TIMESTAMP)
        return true;
    if (!read_either(d, name, "offset", &c->offset, &none))
        c->offset = 0.0; /* most have none */
    return read_either(d, name, "scale", &c->scale, e);
}

static bool read_channel(iio_device *d, const char *name, error *e)
{
    char text[ATTRIBUTE_SIZE];
    double index;
    if (d->scan.channel_count == IIO_MAX_CHANNELS)
        return error_set(e, "%s/scan_elements: more than %d channels", d->directory, IIO_MAX_CHANNELS);
    iio_channel *c = &d->scan.channels[d->scan.channel_count++];
    c->use = use_of(name);
    attribute place = attribute_of(d, "scan_elements/%s_index", name);
    attribute type = attribute_of(d, "scan_elements/%s_type", name);
    if (!read_number(&place, &index, e))
        return false;
    c->index = index >= 0 && index < 1e6 ? (unsigned)index : 0;
    if (!read_text(&type, text))
        return fail(&type, "cannot read", e);
    if (!iio_type_parse(&c->type, text))
        return error_set(e, "%s: not a type: \"%.40s\"", type.path, text);
    return read_meaning(d, name, c, e);
}

/* Switches the channel on when it is of use, off otherwise, and takes it into the scan when it then is on:
 * some drivers always give all. */
static bool choose_channel(iio_device *d, const char *name, error *e)
{
    attribute switched = attribute_of(d, "scan_elements/%s_en", name);
    char text[ATTRIBUTE_SIZE];
    bool useful = use_of(name) != IIO_OTHER;
    if (!write_text(&switched, useful ? "1" : "0") && useful)
        return fail(&switched, "cannot enable", e);
    if (!read_text(&switched, text))
        return fail(&switched, "cannot read", e);
    return strcmp(text, "1") != 0 || read_channel(d, name, e);
}

static bool choose_channels(iio_device *d, error *e)
{
    static const char end[] = "_en";
    attribute directory = attribute_of(d, "scan_elements");
    DIR *all = opendir(directory.path);
    if (!all)
        return fail(&directory, "has no buffer", e);
    bool ok = true;
    for (const struct dirent *entry; ok && (entry = readdir(all));) {
        char name[sizeof entry->d_name];
        size_t size = strlen(entry->d_name);
        if (size < sizeof end || strcmp(entry->d_name + size - (sizeof end - 1), end) != 0)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(size - (sizeof end - 1)), entry->d_name);
        ok = choose_channel(d, name, e);
    }
    closedir(all);
    return ok;
}

/* The matrix of one kind, of the device, or none. */
static bool read_mount(const iio_device *d, const char *kind, double mount[9], error *e)
{
    static const double identity[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    const attribute places[] = {attribute_of(d, "%s_mount_matrix", kind), attribute_of(d, "in_mount_matrix"),
                                attribute_of(d, "mount_matrix")};
    char text[ATTRIBUTE_SIZE];
    memcpy(mount, identity, sizeof identity);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!read_text(&places[i], text))
            continue;
        return iio_matrix_parse(mount, text) ||
               error_set(e, "%s: not a rotation: \"%.80s\"", places[i].path, text);
    }
    return true;
}

/* ---- what is set */

static bool set_rate(const iio_device *d, const iio_request *r, error *e)
{
    static const char *const names[] = {"in_anglvel_sampling_frequency", "in_accel_sampling_frequency",
                                        "sampling_frequency"};
    char text[32];
    bool found = r->rate_hz <= 0;
    snprintf(text, sizeof text, "%g", r->rate_hz);
    for (size_t i = 0; i < sizeof names / sizeof *names && r->rate_hz > 0; i++) {
        attribute a = attribute_of(d, "%s", names[i]);
        if (is_there(&a) && !set(&a, text, e))
            return false;
        found = found || is_there(&a);
    }
    return found || error_set(e, "%s: has no sampling_frequency to set", d->directory);
}

static const struct {
    const char *name;
    clockid_t clock;
} clocks[] = {
    {"realtime", CLOCK_REALTIME},
    {"monotonic", CLOCK_MONOTONIC},
    {"monotonic_raw", CLOCK_MONOTONIC_RAW},
    {"realtime_coarse", CLOCK_REALTIME_COARSE},
    {"monotonic_coarse", CLOCK_MONOTONIC_COARSE},
    {"boottime", CLOCK_BOOTTIME},
    {"tai", CLOCK_TAI},
};

/* Asks for UTC, and takes what there then is. Old kernels have no such file, and give UTC. */
static bool set_clock(iio_device *d, error *e)
{
    char text[ATTRIBUTE_SIZE];
    attribute a = attribute_of(d, "current_timestamp_clock");
    d->clock = CLOCK_REALTIME;
    if (!is_there(&a))
        return true;
    (void)write_text(&a, "realtime");
    if (!read_text(&a, text))
        return fail(&a, "cannot read", e);
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        if (strcmp(text, clocks[i].name) == 0) {
            d->clock = clocks[i].clock;
            return true;
        }
    }
    return error_set(e, "%s: no clock that is known: \"%.40s\"", a.path, text);
}

static bool set_trigger(const iio_device *d, const iio_request *r, error *e)
{
    attribute a = attribute_of(d, "trigger/current_trigger");
    return r->trigger[0] == '\0' || set(&a, r->trigger, e);
}

static bool start_buffer(const iio_device *d, const iio_request *r, error *e)
{
    char length[16];
    attribute size = attribute_of(d, "buffer/length"), on = attribute_of(d, "buffer/enable");
    snprintf(length, sizeof length, "%d", r->buffer);
    return set(&size, length, e) && set(&on, "1", e);
}

static void stop_buffer(const iio_device *d)
{
    attribute on = attribute_of(d, "buffer/enable");
    (void)write_text(&on, "0"); /* the device may be gone */
}

static bool set_up(iio_device *d, const iio_request *r, error *e)
{
    error layout = {""};
    stop_buffer(d); /* somebody may have left it running; nothing can be set then */
    if (!set_rate(d, r, e) || !set_clock(d, e) || !set_trigger(d, r, e) || !choose_channels(d, e))
        return false;
    if (!iio_scan_lay_out(&d->scan, &layout))
        return error_set(e, "%s: %s", d->directory, layout.text);
    return read_mount(d, "in_anglvel", d->scan.gyro_mount, e) &&
           read_mount(d, "in_accel", d->scan.accel_mount, e) && start_buffer(d, r, e);
}

bool iio_device_open(iio_device *d, const iio_request *r, error *e)
{
    memset(d, 0, sizeof *d);
    d->fd = -1;
    if (!find(d, r, e) || !set_up(d, r, e))
        return false;
    d->fd = open(d->file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (d->fd >= 0)
        return true;
    error_set(e, "%s: %s", d->file, strerror(errno));
    stop_buffer(d);
    return false;
}

void iio_device_close(iio_device *d)
{
    stop_buffer(d);
    close(d->fd);
    d->fd = -1;
}
