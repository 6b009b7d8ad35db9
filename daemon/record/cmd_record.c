/* posed record: what is published on the bus, into drives. */
#include "bus/keys.h"
#include "common/clock.h"
#include "common/log.h"
#include "daemon/command.h"
#include "daemon/record/bus_recorder.h"
#include "daemon/record/record_options.h"
#include "daemon/signals.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "Files:\n"
    "  -o, --output FILE    write this one; a file that is there is not written over\n"
    "  --prefix PREFIX      write PREFIX-YYYYmmddTHHMMSSZ.mcap, and begin another when it is due\n"
    "  --max-s S            a new file after so long (default 1800; 0: never)\n"
    "  --max-mib N          or when it is so large (default 0: never)\n"
    "\n"
    "Where from:\n"
    "  -c, --config CONFIG  the configuration of the posed run to listen to: endpoint and keys. The drive\n"
    "                       carries its settings, so that it can be replayed by itself\n"
    "  --endpoint ENDPOINT  listen to this publisher instead (default ipc:///run/posed/poses)\n"
    "  --listen             wait for publishers there, as posed run does for adapters\n"
    "  --topic PREFIX       only topics that begin so; may be given again (default posed/v1/)\n"
    "  --key FILE           secret key, for CURVE\n"
    "  --server-key KEY     public key of the other side\n"
    "\n"
    "  --for S              stop after so long\n"
    "  -q, --quiet          no line of progress, no summary\n"
    "  -h, --help           this text\n"
    "\n"
    "Every message is on the disk within a second, and the file is whole then. SIGTERM and SIGINT end it,\n"
    "SIGHUP begins a new one. When the disk is full, messages are lost and counted until there is room.\n";

/* Messages that may wait while the disk is busy: some 20 s of a vehicle with everything. */
enum { QUEUE = 20000 };

/* Larger than any that posed sends, for those who record others. */
enum { MAX_MESSAGE_BYTES = 1 << 20 };

/* Messages taken in a row before what is due is looked at. */
enum { BATCH = 256 };

typedef struct {
    const record_options *options;
    bus *bus;
    bus_subscriber *subscriber;
    bus_recorder *recorder;
    int signals;
    bool on_terminal, line_open, stopping;
    int64_t start_ns, shown_ns;
} recording;

static recorder_time now(void)
{
    return (recorder_time){monotonic_ns(), utc_ns()};
}

/* ---- the line on a terminal */

static void clear_line(recording *x)
{
    if (x->line_open)
        fputs("\r\x1b[K", stderr);
    x->line_open = false;
}

static void show_progress(recording *x, int64_t now_ns)
{
    if (!x->on_terminal || now_ns - x->shown_ns < 500000000)
        return;
    bus_recorder_counts c = bus_recorder_get_counts(x->recorder);
    x->shown_ns = now_ns;
    x->line_open = true;
    fprintf(stderr, "\r\x1b[K%s: %.0f s, %" PRIu64 " messages, %.1f MiB", bus_recorder_path(x->recorder),
            (double)(now_ns - x->start_ns) * 1e-9, c.messages, (double)c.bytes / 1048576);
    if (c.missed + c.lost > 0)
        fprintf(stderr, ", %" PRIu64 " missing", c.missed + c.lost);
    if (c.waiting)
        fputs(", DISK FULL", stderr);
    fflush(stderr);
}

/* ---- the loop */

static void take_signals(recording *x)
{
    struct signalfd_siginfo info;
    while (read(x->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP)
            bus_recorder_next_file(x->recorder, now());
        else
            x->stopping = true;
    }
}

/* Takes what waits, each at a time that is not before it came. True when there may be more. */
static bool take_messages(recording *x)
{
    bus_message m;
    for (int i = 0; i < BATCH; i++) {
        if (!bus_subscriber_take(x->subscriber, &m))
            return false;
        if (m.topic[0] != '\0')
            bus_recorder_take(x->recorder, &m, now());
    }
    return true;
}

/* How long until something is due, milliseconds for poll: rounded up, or it would spin at the end. */
static int time_left_ms(const recording *x, int64_t due_ns, int64_t now_ns)
{
    int64_t until_ns = now_ns + 1000000000;
    if (due_ns < until_ns)
        until_ns = due_ns;
    if (x->options->for_s > 0) {
        int64_t end_ns = x->start_ns + (int64_t)(x->options->for_s * 1e9);
        until_ns = end_ns < until_ns ? end_ns : until_ns;
    }
    return until_ns > now_ns ? (int)((until_ns - now_ns + 999999) / 1000000) : 0;
}

static void run_loop(recording *x)
{
    struct pollfd fds[] = {{.fd = x->signals, .events = POLLIN},
                           {.fd = bus_subscriber_fd(x->subscriber), .events = POLLIN}};
    while (!x->stopping) {
        bool more = take_messages(x);
        recorder_time at = now();
        int64_t due_ns = bus_recorder_tick(x->recorder, at);
        show_progress(x, at.monotonic_ns);
        if (x->options->for_s > 0 && (double)(at.monotonic_ns - x->start_ns) >= x->options->for_s * 1e9)
            break;
        if (poll(fds, 2, more ? 0 : time_left_ms(x, due_ns, at.monotonic_ns)) > 0 && fds[0].revents != 0)
            take_signals(x);
    }
    /* What has come until now belongs to the recording; a publisher that floods must not hold up the end. */
    for (int i = 0; i < QUEUE / BATCH && take_messages(x); i++)
        bus_recorder_tick(x->recorder, now());
}

/* ---- start and end */

/* Blocked before the bus makes its threads, so that the signals come here. */
static bool open_signals(recording *x, error *e)
{
    static const int list[] = {SIGHUP, SIGINT, SIGTERM, 0};
    signal(SIGXFSZ, SIG_IGN); /* a limit on the file's size is a full disk */
    x->signals = signals_open(list);
    return x->signals >= 0 || error_set(e, "cannot take signals: %s", strerror(errno));
}

static bool open_subscriber(recording *x, const record_target *t, error *e)
{
    const char *endpoints[RUN_MAX_ENDPOINTS];
    bus_keys keys = {.public_key = ""};
    bool has_keys =
        t->secret_key[0] != '\0' && (x->options->key || x->options->listen || t->server_key[0] != '\0');
    if (has_keys && !bus_keys_load(&keys, t->secret_key, e))
        return false;
    for (size_t i = 0; i < t->endpoints.count; i++)
        endpoints[i] = t->endpoints.at[i];
    const bus_link link = {.endpoints = endpoints,
                           .endpoint_count = t->endpoints.count,
                           .listen = x->options->listen,
                           .keys = has_keys ? &keys : NULL,
                           .server_key = t->server_key,
                           .queue = QUEUE,
                           .max_message_bytes = MAX_MESSAGE_BYTES};
    x->bus = bus_create(e);
    if (x->bus)
        x->subscriber = bus_subscriber_open(x->bus, &link, x->options->topics, x->options->topic_count, e);
    bus_keys_forget(&keys);
    return x->subscriber != NULL;
}

/* The file comes last: a wrong endpoint or key leaves none behind. */
static bool open_all(recording *x, const record_target *t, error *e)
{
    const record_options *o = x->options;
    const bus_recorder_options to = {.output = o->prefix ? o->prefix : o->output,
                                     .rotate = o->prefix != NULL,
                                     .max_s = o->max_s,
                                     .max_bytes = (uint64_t)(o->max_mib * 1048576),
                                     .config = t->config,
                                     .from = t->endpoints.at[0]};
    return open_signals(x, e) && open_subscriber(x, t, e) && (x->recorder = bus_recorder_open(&to, now(), e));
}

static void print_summary(const recording *x)
{
    bus_recorder_counts c = bus_recorder_get_counts(x->recorder);
    const char *topic;
    uint64_t messages, missed;
    printf("%s%s: %" PRIu64 " messages, %.1f MiB, %.1f s", bus_recorder_path(x->recorder),
           c.files > 1 ? " and others" : "", c.messages, (double)c.bytes / 1048576,
           (double)(clock_ns(CLOCK_MONOTONIC) - x->start_ns) * 1e-9);
    printf(c.files > 1 ? ", %" PRIu64 " files\n" : "\n", c.files);
    for (size_t i = 0; bus_recorder_topic(x->recorder, i, &topic, &messages, &missed); i++) {
        printf("  %-40s %8" PRIu64, topic, messages);
        printf(missed > 0 ? ", %" PRIu64 " missing before they came here\n" : "\n", missed);
    }
    if (c.malformed > 0)
        printf("  %" PRIu64 " are malformed\n", c.malformed);
    if (c.unknown > 0)
        printf("  %" PRIu64 " messages under other topics were left out\n", c.unknown);
    if (c.lost > 0)
        printf("  %" PRIu64 " messages were lost to the disk\n", c.lost);
}

/* A recording with a hole that the disk made is not what was asked for. */
static int finish(recording *x, error *e)
{
    clear_line(x);
    bool ok = bus_recorder_finish(x->recorder, e);
    bus_recorder_counts c = bus_recorder_get_counts(x->recorder);
    if (!ok)
        fprintf(stderr, "posed record: %s\n", e->text);
    if (!x->options->quiet)
        print_summary(x);
    return ok && c.lost == 0 && c.failures == 0 ? EXIT_OK : EXIT_BAD;
}

static int record(const record_options *o)
{
    error e = {""};
    record_target target;
    recording x = {.options = o, .signals = -1, .on_terminal = !o->quiet && isatty(STDERR_FILENO) == 1};
    int result = EXIT_BAD;
    if (record_target_find(&target, o, &e) && open_all(&x, &target, &e)) {
        x.start_ns = clock_ns(CLOCK_MONOTONIC);
        if (!o->quiet)
            log_say(LOG_NOTE, "recording %s to %s", target.endpoints.at[0], bus_recorder_path(x.recorder));
        run_loop(&x);
        result = finish(&x, &e);
    } else {
        fprintf(stderr, "posed record: %s\n", e.text);
    }
    bus_recorder_destroy(x.recorder);
    bus_subscriber_close(x.subscriber);
    bus_destroy(x.bus);
    if (x.signals >= 0)
        close(x.signals);
    free(target.config);
    return result;
}

static int run(int argc, char **argv)
{
    error e = {""};
    record_options o;
    if (record_options_parse(argc, argv, &o, &e))
        return record(&o);
    return command_fail("record", EXIT_USAGE, "%s", e.text);
}

const command command_record = {
    .name = "record",
    .arguments = "-o FILE|--prefix PREFIX [options]",
    .summary = "record what is published, as a drive",
    .help = help,
    .run = run,
};
