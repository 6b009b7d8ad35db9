/* Adapter gnss: a receiver on a serial line, behind gpsd, or in a log. */
#include "sensors/adapter.h"
#include "sensors/gnss/gnss_output.h"
#include "sensors/gnss/gnss_reader.h"
#include "sensors/serial_port.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double retry_s = 0.25;

/* A clock that is behind this has not been set: 2024-01-01. */
static const int64_t least_now_ns = INT64_C(1704067200) * 1000000000;

/* So many bytes without a message are another speed, or another protocol. */
enum { STRANGE_BYTES = 2000 };

typedef struct {
    gnss_output out;
    gnss_reader reader;
    bool from_log;
    uint64_t undated; /* fixes of a log that were left out */
    uint64_t damaged, messages, strange_from;
} gnss_run;

void gnss_output_fix(gnss_output *out, const gnss_fix *fix)
{
    frame f = {.kind = FRAME_GNSS, .stamp_ns = fix->stamp_ns, .received_ns = fix->received_ns};
    f.u.gnss = fix->gnss;
    if (fix->gnss.fix == GNSS_FIX_2D) /* assumed, not measured */
        f.u.gnss.height_m = (double)NAN;
    if (out->closed)
        return;
    if (fix->stamp_ns == GNSS_NO_TIME) {
        if (!out->said_no_time)
            adapter_say(out->adapter, LOG_NOTE,
                        "the receiver does not tell the time yet; its fixes are stamped as they come");
        out->said_no_time = true;
        f.stamp_ns = fix->received_ns;
    }
    out->closed = !adapter_publish(out->adapter, &f);
}

/* What a log holds was received when it was measured, as far as anybody knows. */
static void take_fix(void *context, const gnss_fix *fix)
{
    gnss_run *g = context;
    gnss_fix own = *fix;
    if (g->from_log && own.stamp_ns == GNSS_NO_TIME) {
        g->undated++;
        return;
    }
    if (g->from_log)
        own.received_ns = own.stamp_ns;
    gnss_output_fix(&g->out, &own);
}

static void begin(gnss_run *g)
{
    gnss_reader_init(&g->reader, !g->from_log, (gnss_sink){g, take_fix});
    g->damaged = g->messages = g->strange_from = 0;
}

/* Says it when the bytes make no sense. */
static void watch_stream(gnss_run *g)
{
    const gnss_stream_counts *counts = &g->reader.stream.counts;
    for (; g->damaged < counts->damaged; g->damaged++)
        adapter_malformed(g->out.adapter, "a message with a wrong checksum");
    if (g->messages != counts->packets) {
        g->messages = counts->packets;
        g->strange_from = counts->skipped;
    } else if (counts->skipped - g->strange_from > STRANGE_BYTES) {
        g->strange_from = counts->skipped;
        adapter_say(g->out.adapter, LOG_WARN, "neither NMEA 0183 nor UBX comes: is the speed right?");
    }
}

static void feed(gnss_run *g, const uint8_t *bytes, size_t size)
{
    int64_t now_ns = adapter_now_ns();
    if (!g->from_log && now_ns > least_now_ns)
        gnss_epoch_set_near(&g->reader.epoch, now_ns);
    gnss_reader_feed(&g->reader, bytes, size, now_ns);
    watch_stream(g);
}

typedef enum { READ_SOME, READ_NOTHING, READ_END } read_result;

static read_result read_some(gnss_run *g, int fd)
{
    uint8_t bytes[4096];
    ssize_t n = read(fd, bytes, sizeof bytes);
    if (n > 0) {
        feed(g, bytes, (size_t)n);
        return READ_SOME;
    }
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? READ_NOTHING : READ_END;
}

/* Follows an open line until it goes (false), or the adapter is to stop (true). */
static bool follow_line(gnss_run *g, int fd)
{
    double pause_s = adapter_number(g->out.adapter, "pause_s");
    while (!g->out.closed) {
        bool waiting = gnss_reader_is_waiting(&g->reader);
        switch (adapter_wait(g->out.adapter, fd, waiting ? pause_s : -1.0)) {
        case ADAPTER_STOP:
            return true;
        case ADAPTER_TIMEOUT:
            gnss_reader_pause(&g->reader);
            break;
        case ADAPTER_READY:
            if (read_some(g, fd) == READ_END)
                return false;
            break;
        }
    }
    return true;
}

static bool is_line(adapter *a, const char *device, error *e)
{
    struct stat about;
    if (stat(device, &about) == 0 && !S_ISCHR(about.st_mode))
        return error_set(e, "%s: %s is not a serial line", adapter_where(a, "device"), device);
    return true;
}

/* A receiver may be switched off, or pulled out and put in again, at any time. */
static bool run_serial(gnss_run *g, error *e)
{
    adapter *a = g->out.adapter;
    const char *device = adapter_path(a, "device");
    double baud = adapter_number(a, "baud");
    if (!serial_port_speed_valid(baud, e) || !is_line(a, device, e))
        return false;
    bool stop = false;
    while (!stop) {
        error why = {""};
        int fd = serial_port_open(device, baud, &why);
        if (fd >= 0) {
            adapter_say(a, LOG_NOTE, "reading %s", device);
            begin(g);
            stop = follow_line(g, fd);
            close(fd);
        }
        if (!stop)
            adapter_say(a, LOG_WARN, "%s; waiting for it", fd < 0 ? why.text : "the line has gone");
        stop = stop || adapter_wait(a, -1, retry_s) == ADAPTER_STOP;
    }
    return !g->out.closed;
}

/* A log can wait for whoever takes its frames. */
static bool wait_for_taker(adapter *a)
{
    while (!adapter_connected(a)) {
        if (adapter_wait(a, -1, 0.01) == ADAPTER_STOP)
            return false;
    }
    return true;
}

/* Says what of a log came to nothing. */
static void end_log(gnss_run *g, const char *path)
{
    adapter *a = g->out.adapter;
    gnss_reader_end(&g->reader);
    watch_stream(g);
    if (g->reader.stream.counts.packets == 0)
        adapter_say(a, LOG_WARN, "%s: there is neither NMEA 0183 nor UBX in it", path);
    else if (g->undated > 0)
        adapter_say(a, LOG_WARN,
                    "%s: fixes left out, as the receiver had not told the date: %" PRIu64
                    "; the option date gives one",
                    path, g->undated);
}

static bool run_file(gnss_run *g, error *e)
{
    adapter *a = g->out.adapter;
    int64_t near_ns = GNSS_NO_TIME;
    const char *path = adapter_path(a, "device"), *date = adapter_text(a, "date");
    if (date[0] != '\0' && !gnss_parse_date(date, &near_ns))
        return error_set(e, "%s: \"%s\" is no date from 1980 on, as 2026-01-31", adapter_where(a, "date"),
                         date);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(e, "%s: %s: %s", adapter_where(a, "device"), path, strerror(errno));
    g->from_log = true;
    begin(g);
    gnss_epoch_set_near(&g->reader.epoch, near_ns);
    read_result got = READ_NOTHING;
    bool stopped = !wait_for_taker(a);
    while (!stopped && got != READ_END && !g->out.closed) {
        got = read_some(g, fd);
        stopped = adapter_wait(a, -1, 0.0) == ADAPTER_STOP;
    }
    if (got == READ_END)
        end_log(g, path);
    close(fd);
    return !g->out.closed;
}

static bool run_from(gnss_run *g, error *e)
{
    adapter *a = g->out.adapter;
    const char *from = adapter_text(a, "from");
    bool device = adapter_given(a, "device");
    if (strcmp(from, "gpsd") == 0) {
        if (gnss_gpsd_unavailable())
            return error_set(e, "%s: gpsd: %s", adapter_where(a, "from"), gnss_gpsd_unavailable());
        return gnss_gpsd_run(&g->out, e);
    }
    if (strcmp(from, "serial") != 0 && strcmp(from, "file") != 0)
        return error_set(e, "%s: gpsd, serial or file, not \"%s\"", adapter_where(a, "from"), from);
    if (!device)
        return error_set(e, "%s: %s needs a device", adapter_where(a, "from"), from);
    return strcmp(from, "serial") == 0 ? run_serial(g, e) : run_file(g, e);
}

static bool run(adapter *a, error *e)
{
    gnss_run *g = calloc(1, sizeof *g);
    if (!g)
        return error_set(e, "out of memory");
    g->out.adapter = a;
    bool good = run_from(g, e);
    free(g);
    return good;
}

static const adapter_option options[] = {
    {.name = "from", .type = ADAPTER_TEXT, .meaning = "Where fixes come from: gpsd, serial or file."},
    {.name = "device",
     .type = ADAPTER_TEXT,
     .value = "",
     .meaning = "The serial line, or the log; of gpsd, the device to watch (empty: any)."},
    {.name = "date",
     .type = ADAPTER_TEXT,
     .value = "",
     .meaning =
         "About when a log was made, YYYY-MM-DD: gives the day to a receiver that tells none, and mends "
         "dates that are 1024 weeks off."},
    {.name = "baud",
     .type = ADAPTER_NUMBER,
     .unit = "bit/s",
     .min = 4800,
     .max = 3000000,
     .value = "38400",
     .meaning = "Speed of the serial line."},
    {.name = "pause_s",
     .type = ADAPTER_NUMBER,
     .unit = "s",
     .min = 0.005,
     .max = 1,
     .value = "0.05",
     .meaning = "A silence of the serial line that ends an epoch."},
    {.name = "host", .type = ADAPTER_TEXT, .value = "127.0.0.1", .meaning = "Where gpsd runs."},
    {.name = "port",
     .type = ADAPTER_NUMBER,
     .unit = "1",
     .min = 1,
     .max = 65535,
     .value = "2947",
     .meaning = "The port that gpsd listens on."},
};

extern const adapter_kind adapter_gnss;
const adapter_kind adapter_gnss = {
    .name = "gnss",
    .summary = "fixes from gpsd or a receiver (u-blox UBX, NMEA 0183)",
    .help = "A serial line that goes is waited for. An epoch is published with its last message, which is\n"
            "learned, or after pause_s of silence. The first one is not: what told its date may have come "
            "before the\n"
            "line was open.\n"
            "A log is read as fast as its frames are taken; each is received when it was measured.\n",
    .source = "gnss",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
