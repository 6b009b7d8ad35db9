/* posed adapter: one device's frames onto the bus, or into a drive. */
#include "bus/keys.h"
#include "common/log.h"
#include "common/notify.h"
#include "config/config.h"
#include "daemon/adapter_help.h"
#include "daemon/adapter_options.h"
#include "daemon/commands.h"
#include "daemon/frame_publish.h"
#include "daemon/signals.h"
#include "sensors/adapter_host.h"
#include "wire/drive.h"
#include "wire/topic.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Publishes to a posed run until it is told to stop or its input ends. `posed adapter KIND --help` shows\n"
    "the options of one kind; each is a key of its block under adapters: in the configuration, too. KIND is\n"
    "not needed where the configuration says it.\n"
    "\n"
    "Options:\n"
    "      --name SOURCE       the source that it speaks as, \"gnss/roof\"; not for those that relay many\n"
    "  -c, --config CONFIG     endpoints and keys, the source's settings, and the adapter's options\n"
    "      --instance NAME     the adapter of CONFIG of that name, \"gnss-roof\" for gnss/roof\n"
    "      --endpoint ENDPOINT publish there instead (default ipc:///run/posed/frames); may be given often\n"
    "      --key FILE          secret key, for CURVE\n"
    "      --server-key KEY    public key of posed run: 40 characters, or a file\n"
    "  -o, --output DRIVE      write a drive (MCAP) instead of publishing\n"
    "  -h, --help              this text\n";

/* Messages that may wait for posed run. */
enum { QUEUE = 1000 };

typedef struct {
    const adapter_options *options;
    const settings *settings;
    const run_settings *run;
    adapter *adapter;
    bus *bus;
    bus_publisher *publisher;
    bool connected; /* posed run has been there */
    drive_writer *drive;
    pthread_t listener; /* for signals */
    sigset_t stops;     /* which */
    bool listening;
    unsigned char buffer[MESSAGE_MAX_SIZE];
} hosting;

/* ---- the bus */

static bool publish(void *context, const frame *f, const char *source)
{
    hosting *h = context;
    if (!frame_publish(h->publisher, f, source, h->buffer))
        adapter_dropped(h->adapter);
    return true;
}

static bool is_connected(void *context)
{
    hosting *h = context;
    h->connected |= bus_publisher_subscribed(h->publisher, TOPIC_SENSOR_PREFIX);
    return h->connected;
}

static void feed_watchdog(void *context)
{
    (void)context;
    notify_send("WATCHDOG=1");
}

static bool find_server_key(const hosting *h, char key[RUN_KEY_SIZE], error *e)
{
    const char *given = h->options->server_key;
    snprintf(key, RUN_KEY_SIZE, "%s", h->run->bus.server_key);
    return !given || bus_public_key_find(key, given, e);
}

static bool open_bus(hosting *h, error *e)
{
    const char *at[RUN_MAX_ENDPOINTS], *secret = h->options->key ? h->options->key : h->run->bus.secret_key;
    char server_key[RUN_KEY_SIZE];
    bus_keys keys;
    size_t count = h->options->endpoint_count;
    for (size_t i = 0; i < count; i++)
        at[i] = h->options->endpoints[i];
    if (count == 0 && (at[0] = endpoint_list_nearest(&h->run->bus.frames)) != NULL)
        count = 1;
    memset(&keys, 0, sizeof keys);
    if (!find_server_key(h, server_key, e))
        return false;
    const bool curve = secret[0] != '\0' && (h->options->key || server_key[0] != '\0');
    if (curve && !bus_keys_load(&keys, secret, e))
        return false;
    const bus_link link = {.endpoints = at,
                           .endpoint_count = count,
                           .keys = curve ? &keys : NULL,
                           .server_key = server_key,
                           .queue = QUEUE,
                           .max_message_bytes = MESSAGE_MAX_SIZE};
    h->bus = bus_create(e);
    h->publisher = h->bus ? bus_publisher_open(h->bus, &link, e) : NULL;
    bus_keys_forget(&keys);
    return h->publisher != NULL;
}

/* ---- a drive */

static bool write_frame(void *context, const frame *f, const char *source)
{
    hosting *h = context;
    return drive_write_frame(h->drive, f, source);
}

static bool write_config(hosting *h, error *e)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    bool good = memory && config_print(memory, h->settings);
    good = memory && fclose(memory) == 0 && good && drive_write_config(h->drive, text, size);
    free(text);
    return good || error_set(e, "cannot write the configuration into the drive");
}

static bool open_drive(hosting *h, error *e)
{
    h->drive = drive_writer_open(h->options->output, e);
    return h->drive && (!h->options->config || write_config(h, e));
}

/* ---- running it */

static bool create(hosting *h, error *e)
{
    const adapter_options *o = h->options;
    settings *own = malloc(sizeof *own);
    config_problems *p = calloc(1, sizeof *p);
    const int64_t watchdog_ns = notify_watchdog_ns();
    if (own && p) {
        *own = *h->settings;
        const adapter_start start = {
            .kind = o->kind,
            .source = o->source,
            .settings = o->kind->source ? settings_find_source(own, o->source) : NULL,
            .config = o->file[0] != '\0' ? o->file : NULL,
            .line = o->line,
            .column = o->column,
            .options = o->options,
            .option_count = o->option_count,
            .sink = {.context = h,
                     .frame = o->output ? write_frame : publish,
                     .connected = o->output ? NULL : is_connected,
                     .alive = watchdog_ns > 0 ? feed_watchdog : NULL,
                     .alive_interval_s = 1e-9 * (double)watchdog_ns / 4.0},
        };
        h->adapter = adapter_create(&start, p);
    }
    if (p)
        config_problems_print(stderr, p);
    free(p);
    free(own);
    return h->adapter || error_set(e, "%s", "its options were refused");
}

static void *stop_on_signal(void *context)
{
    const hosting *h = context;
    int number;
    while (sigwait(&h->stops, &number) == 0)
        adapter_stop(h->adapter);
    return NULL;
}

/* From here on a signal stops the adapter, not the process. */
static bool listen_for_signals(hosting *h, error *e)
{
    static const int list[] = {SIGTERM, SIGINT, 0};
    signals_block(&h->stops, list);
    h->listening = pthread_create(&h->listener, NULL, stop_on_signal, h) == 0;
    return h->listening || error_set(e, "no thread to wait for signals");
}

static bool close_all(hosting *h, bool good, error *e)
{
    if (h->listening) {
        pthread_cancel(h->listener);
        pthread_join(h->listener, NULL);
    }
    if (h->drive)
        good = drive_writer_close(h->drive, !good, e) && good;
    if (h->publisher)
        bus_publisher_close(h->publisher);
    if (h->bus)
        bus_destroy(h->bus);
    adapter_destroy(h->adapter);
    return good;
}

static void say_counts(const hosting *h)
{
    const adapter_counts c = adapter_get_counts(h->adapter);
    log_say(LOG_NOTE, "%s: %" PRIu64 " frames, %" PRIu64 " malformed, %" PRIu64 " dropped",
            h->options->source[0] ? h->options->source : h->options->kind->name, c.frames, c.malformed,
            c.dropped);
}

static int host(hosting *h, error *e)
{
    if (!create(h, e))
        return EXIT_USAGE;
    bool good = h->options->output ? open_drive(h, e) : open_bus(h, e);
    good = good && listen_for_signals(h, e);
    if (good) {
        notify_send("READY=1");
        good = adapter_run(h->adapter, e);
        notify_send("STOPPING=1");
        say_counts(h);
    }
    if (good && h->options->output && adapter_get_counts(h->adapter).frames == 0)
        good = error_set(e, "%s: not written: no frame came", h->options->output);
    return good ? EXIT_OK : EXIT_BAD;
}

static int run_with(int argc, char **argv, hosting *h, adapter_options *o, settings *s, run_settings *r,
                    error *e)
{
    bool usage;
    if (!adapter_options_read(argc, argv, o, s, r, &usage, e))
        return usage ? EXIT_USAGE : EXIT_BAD;
    h->options = o;
    h->settings = s;
    h->run = r;
    int code = host(h, e);
    return close_all(h, code == EXIT_OK, e) || code != EXIT_OK ? code : EXIT_BAD;
}

static int run(int argc, char **argv)
{
    error e = {""};
    hosting *h = calloc(1, sizeof *h);
    adapter_options *o = calloc(1, sizeof *o);
    settings *s = calloc(1, sizeof *s);
    run_settings *r = calloc(1, sizeof *r);
    int code = EXIT_BAD;
    if (h && o && s && r)
        code = run_with(argc, argv, h, o, s, r, &e);
    else
        error_set(&e, "out of memory");
    free(r);
    free(s);
    free(o);
    free(h);
    if (code == EXIT_OK)
        return EXIT_OK;
    fprintf(stderr, "posed adapter: %s\n", e.text[0] != '\0' ? e.text : "failed");
    if (code == EXIT_USAGE)
        fputs("Try: posed adapter --help, posed adapter KIND --help\n", stderr);
    return code;
}

static int print_help(int argc, char **argv)
{
    error e = {""};
    const bool has_kind = argc > 1 && argv[1][0] != '-';
    const adapter_kind *kind = has_kind ? adapter_options_kind(argv[1], &e) : NULL;
    if (has_kind && !kind) {
        fprintf(stderr, "posed adapter: %s\nTry: posed adapter --help\n", e.text);
        return EXIT_USAGE;
    }
    if (kind) {
        adapter_help_kind(stdout, kind);
        return EXIT_OK;
    }
    command_print_help(&command_adapter);
    adapter_help_kinds(stdout);
    return EXIT_OK;
}

const command command_adapter = {
    .name = "adapter",
    .arguments = "[KIND] [--name SOURCE] [options]",
    .summary = "turn what a device says into frames on the bus",
    .help = help,
    .run = run,
    .print_help = print_help,
};
