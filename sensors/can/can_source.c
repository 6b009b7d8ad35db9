#include "sensors/can/can_source.h"

#include "sensors/can/can_socket.h"
#include "sensors/line_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RETRY_S 0.5 /* how often an interface that is away is looked for */

struct can_source {
    adapter *a;
    const char *interface; /* "": all of a log */
    bool is_log, waiting;  /* waiting: said that the interface is away */
    int fd;                /* -1: none now */
    uint32_t lost;
    double speed;               /* 0: not paced */
    bool paced;                 /* the two that follow are set */
    int64_t first_ns, begun_ns; /* stamp of the first frame, and CLOCK_MONOTONIC then */
    int64_t last_ns;            /* stamp of the last frame */
    bool held;                  /* `next` has been read from the log and not given out */
    can_bus_frame next;
    line_reader lines;
};

static bool open_log(can_source *s, error *e)
{
    const char *path = adapter_text(s->a, "log");
    bool standard = strcmp(path, "-") == 0;
    s->fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (s->fd < 0)
        return error_set(e, "%s: %s", path, strerror(errno));
    s->is_log = true;
    line_reader_begin(&s->lines, s->fd);
    return true;
}

can_source *can_source_open(adapter *a, error *e)
{
    can_source *s = calloc(1, sizeof *s);
    if (!s) {
        error_set(e, "out of memory");
        return NULL;
    }
    s->a = a;
    s->fd = -1;
    s->interface = adapter_text(a, "interface");
    s->speed = adapter_number(a, "speed");
    s->last_ns = INT64_MIN;
    bool log = adapter_text(a, "log")[0] != '\0';
    bool good = log || s->interface[0] != '\0' || error_set(e, "neither interface nor log is given");
    if (good && strlen(s->interface) >= CAN_BUS_NAME_SIZE)
        good = error_set(e, "%s: no interface has a name of more than %d letters",
                         adapter_where(a, "interface"), CAN_BUS_NAME_SIZE - 1);
    if (good && (!log || open_log(s, e)))
        return s;
    can_source_close(s);
    return NULL;
}

void can_source_close(can_source *s)
{
    if (!s)
        return;
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}

/* ---- a log */

/* The next frame of the wanted interface that is in the buffer already. */
static bool take_line(can_source *s)
{
    const char *line, *why;
    size_t length, too_long = s->lines.too_long;
    while (!s->held && line_reader_take(&s->lines, &line, &length)) {
        candump_result result = candump_parse(line, length, &s->next, &why);
        if (result == CANDUMP_MALFORMED)
            adapter_malformed(s->a, "%s:%zu: expected %s", adapter_text(s->a, "log"), s->lines.line, why);
        s->held = result == CANDUMP_FRAME &&
                  (s->interface[0] == '\0' || strcmp(s->interface, s->next.interface) == 0);
    }
    if (s->lines.too_long > too_long)
        adapter_malformed(s->a, "%s: a line of more than %d bytes", adapter_text(s->a, "log"),
                          LINE_READER_SIZE);
    if (s->held && s->next.stamp_ns == INT64_MIN)
        s->next.stamp_ns = adapter_now_ns();
    return s->held;
}

/* CLOCK_MONOTONIC at which what was recorded at `stamp_ns` is due. */
static int64_t due_ns(const can_source *s, int64_t stamp_ns)
{
    return s->begun_ns + llround((double)(stamp_ns - s->first_ns) / s->speed);
}

/* Waits until it is time for `stamp_ns`; false: stop. */
static bool pace(can_source *s, int64_t stamp_ns)
{
    if (s->speed == 0.0)
        return true;
    if (!s->paced) {
        s->paced = true;
        s->first_ns = stamp_ns;
        s->begun_ns = adapter_monotonic_ns();
    }
    return adapter_wait_until(s->a, due_ns(s, stamp_ns)) != ADAPTER_STOP;
}

/* More of the log, if need be waiting for it: as what follows on a pipe may be a while, not beyond the
 * deadline. */
static can_source_result read_more(can_source *s, int64_t deadline_ns, error *e)
{
    double timeout_s = -1.0;
    if (s->paced && deadline_ns != INT64_MAX)
        timeout_s = fmax(0.0, (double)(due_ns(s, deadline_ns) - adapter_monotonic_ns()) * 1e-9);
    adapter_event event = adapter_wait(s->a, s->fd, timeout_s);
    if (event == ADAPTER_STOP)
        return CAN_SOURCE_STOP;
    if (event == ADAPTER_TIMEOUT)
        return CAN_SOURCE_DUE;
    if (line_reader_fill(&s->lines))
        return CAN_SOURCE_FRAME;
    error_set(e, "%s: %s", adapter_text(s->a, "log"), strerror(errno));
    return CAN_SOURCE_FAILED;
}

static can_source_result next_of_log(can_source *s, int64_t deadline_ns, can_bus_frame *f, error *e)
{
    while (!take_line(s)) {
        if (s->lines.ended)
            return CAN_SOURCE_ENDED;
        can_source_result result = read_more(s, deadline_ns, e);
        if (result != CAN_SOURCE_FRAME)
            return result;
    }
    bool due = s->next.stamp_ns >= deadline_ns;
    if (!pace(s, due ? deadline_ns : s->next.stamp_ns))
        return CAN_SOURCE_STOP;
    if (due)
        return CAN_SOURCE_DUE;
    *f = s->next;
    s->held = false;
    return CAN_SOURCE_FRAME;
}

/* ---- an interface */

static void interface_away(can_source *s, const char *why)
{
    if (!s->waiting)
        adapter_say(s->a, LOG_WARN, "%s; waiting for it", why);
    s->waiting = true;
}

/* Opens the interface, however long that takes. */
static can_source_result reach_interface(can_source *s, error *e)
{
    while (s->fd < 0) {
        error why = {""};
        can_socket_result result = can_socket_open(s->interface, &s->fd, &why);
        s->lost = 0;
        if (result == CAN_SOCKET_FAILED) {
            error_set(e, "%s", why.text);
            return CAN_SOURCE_FAILED;
        }
        if (result == CAN_SOCKET_OPEN)
            break;
        interface_away(s, why.text);
        if (adapter_wait(s->a, -1, RETRY_S) == ADAPTER_STOP)
            return CAN_SOURCE_STOP;
    }
    return CAN_SOURCE_FRAME;
}

static can_source_result leave_interface(can_source *s)
{
    char why[64];
    snprintf(why, sizeof why, "%s: the interface is down", s->interface);
    interface_away(s, why);
    close(s->fd);
    s->fd = -1;
    return adapter_wait(s->a, -1, RETRY_S) == ADAPTER_STOP ? CAN_SOURCE_STOP : CAN_SOURCE_FRAME;
}

static void tell_error_frame(can_source *s, const can_bus_frame *f)
{
    bool serious;
    const char *text = can_socket_error_text(f, &serious);
    adapter_say(s->a, serious ? LOG_WARN : LOG_NOTE, "%s: %s", s->interface, text);
}

static void tell_arrival(can_source *s, const can_bus_frame *f, uint32_t lost)
{
    if (s->waiting)
        adapter_say(s->a, LOG_NOTE, "%s: frames come again", s->interface);
    s->waiting = false;
    if (lost != s->lost)
        adapter_say(s->a, LOG_WARN, "%s: the kernel dropped %u frames, this process is too slow",
                    s->interface, (unsigned)(lost - s->lost));
    s->lost = lost;
    s->last_ns = f->stamp_ns;
}

/* How long to wait on the socket. Not by the clock alone: it may be set meanwhile. */
static double seconds_to(const can_source *s, int64_t deadline_ns)
{
    double span_s = (double)(deadline_ns - s->last_ns) * 1e-9;
    double left_s = (double)(deadline_ns - adapter_now_ns()) * 1e-9;
    return fmin(fmax(left_s, 0.0), fmax(span_s, 0.0));
}

static can_source_result next_of_interface(can_source *s, int64_t deadline_ns, can_bus_frame *f, error *e)
{
    for (;;) {
        can_source_result reached = reach_interface(s, e);
        if (reached != CAN_SOURCE_FRAME)
            return reached;
        uint32_t lost = s->lost;
        can_socket_read_result result = can_socket_read(s->fd, s->interface, f, &lost);
        if (result == CAN_SOCKET_DOWN && leave_interface(s) == CAN_SOURCE_STOP)
            return CAN_SOURCE_STOP;
        if (result == CAN_SOCKET_FRAME) {
            tell_arrival(s, f, lost);
            if (!f->error)
                return CAN_SOURCE_FRAME;
            tell_error_frame(s, f);
        }
        if (result != CAN_SOCKET_NOTHING)
            continue;
        double timeout_s = deadline_ns == INT64_MAX ? -1.0 : seconds_to(s, deadline_ns);
        adapter_event event = adapter_wait(s->a, s->fd, timeout_s);
        if (event != ADAPTER_READY)
            return event == ADAPTER_STOP ? CAN_SOURCE_STOP : CAN_SOURCE_DUE;
    }
}

can_source_result can_source_next(can_source *s, int64_t deadline_ns, can_bus_frame *f, error *e)
{
    return s->is_log ? next_of_log(s, deadline_ns, f, e) : next_of_interface(s, deadline_ns, f, e);
}

can_mapping *can_source_mapping(adapter *a, can_mapping_kind kind, error *e)
{
    const char *path = adapter_text(a, "mapping"), *given = adapter_text(a, "dbc");
    config_problems *p = calloc(1, sizeof *p);
    if (!p) {
        error_set(e, "out of memory");
        return NULL;
    }
    can_mapping *m = can_mapping_load(path, kind, given[0] != '\0' ? given : NULL, p);
    for (size_t i = 0; i < p->count && i < CONFIG_MAX_PROBLEMS; i++)
        log_say(LOG_ERROR, "%s", p->text[i]);
    if (!m)
        error_set(e, "%s: the mapping %s has %zu problem%s", adapter_where(a, "mapping"), path, p->count,
                  p->count == 1 ? "" : "s");
    free(p);
    return m;
}
