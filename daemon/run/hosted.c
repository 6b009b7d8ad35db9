#include "daemon/run/hosted.h"

#include "common/log.h"
#include "config/config.h"
#include "daemon/frame_publish.h"
#include "sensors/adapter_host.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

/* One thread with one adapter and one socket. */
typedef struct {
    adapter *adapter;
    bus_publisher *publisher;
    pthread_t thread;
    bool started;
    char name[FRAME_SOURCE_NAME_SIZE];
    unsigned char buffer[MESSAGE_MAX_SIZE];
} host;

struct hosted {
    size_t count;
    host hosts[SETTINGS_MAX_SOURCES];
};

static bool publish(void *context, const frame *f, const char *source)
{
    host *h = context;
    if (!frame_publish(h->publisher, f, source, h->buffer))
        adapter_dropped(h->adapter);
    return true;
}

static void *run(void *context)
{
    host *h = context;
    error e = {""};
    if (!adapter_run(h->adapter, &e))
        log_say(LOG_ERROR, "%s: %s", h->name, e.text);
    else
        log_say(LOG_NOTE, "%s: has ended", h->name);
    return NULL;
}

static bool create(host *h, bus *b, const char *endpoint, settings *s, const adapter_settings *a,
                   config_problems *p, error *e)
{
    const bus_link link = {
        .endpoints = &endpoint, .endpoint_count = 1, .queue = 1000, .max_message_bytes = 65536};
    const adapter_kind *kind = adapter_kind_find(a->kind);
    if (!kind)
        return error_set(e, "%s:%zu: %s: there is no adapter \"%s\"", a->file, a->line, a->source, a->kind);
    const adapter_start start = {
        .kind = kind,
        .source = a->source,
        .settings = kind->source ? settings_find_source(s, a->source) : NULL,
        .config = a->file,
        .line = a->line,
        .column = a->column,
        .options = a->options,
        .option_count = a->option_count,
        .sink = {.context = h, .frame = publish},
    };
    snprintf(h->name, sizeof h->name, "%s", a->source);
    h->publisher = bus_publisher_open(b, &link, e);
    h->adapter = h->publisher ? adapter_create(&start, p) : NULL;
    return h->adapter != NULL;
}

/* Signals are the main thread's. */
static bool start_thread(host *h)
{
    sigset_t all, kept;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &kept);
    h->started = pthread_create(&h->thread, NULL, run, h) == 0;
    pthread_sigmask(SIG_SETMASK, &kept, NULL);
    return h->started;
}

static bool create_all(hosted *x, bus *b, const char *endpoint, const settings *s, const run_settings *r,
                       config_problems *p, error *e)
{
    settings *copy = malloc(sizeof *copy); /* settings_find_source gives what may be written to */
    if (!copy)
        return error_set(e, "out of memory");
    *copy = *s;
    bool good = true;
    for (size_t i = 0; i < r->adapter_count; i++) {
        if (r->adapters[i].in_daemon)
            good = create(&x->hosts[x->count++], b, endpoint, copy, &r->adapters[i], p, e) && good;
    }
    free(copy);
    return good || error_set(e, "the adapters of the configuration were refused");
}

hosted *hosted_start(bus *b, const char *endpoint, const settings *s, const run_settings *r, error *e)
{
    hosted *x = calloc(1, sizeof *x);
    config_problems *p = calloc(1, sizeof *p);
    bool good = x && p;
    if (!good)
        error_set(e, "out of memory");
    good = good && create_all(x, b, endpoint, s, r, p, e);
    if (p && p->count > 0)
        config_problems_print(stderr, p);
    free(p);
    for (size_t i = 0; good && i < x->count; i++) {
        if (!start_thread(&x->hosts[i]))
            good = error_set(e, "%s: cannot start a thread", x->hosts[i].name);
    }
    if (good)
        return x;
    hosted_stop(x);
    return NULL;
}

void hosted_stop(hosted *x)
{
    for (size_t i = 0; x && i < x->count; i++) {
        if (x->hosts[i].started)
            adapter_stop(x->hosts[i].adapter);
    }
    for (size_t i = 0; x && i < x->count; i++) {
        host *h = &x->hosts[i];
        if (h->started)
            pthread_join(h->thread, NULL);
        adapter_destroy(h->adapter);
        if (h->publisher)
            bus_publisher_close(h->publisher);
    }
    free(x);
}
