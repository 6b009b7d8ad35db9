/* A running adapter: what its code asks for, and what its host tells it. */
#include "common/clock.h"
#include "sensors/adapter_host.h"
#include "sensors/adapter_values.h"
#include "wire/topic.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static const int64_t never_ns = INT64_MAX;
static const double say_period_s = 2;

static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "adapter_stop is called from signal handlers");

struct adapter {
    const adapter_kind *kind;
    char source[FRAME_SOURCE_NAME_SIZE]; /* "": it relays many */
    char label[FRAME_SOURCE_NAME_SIZE];  /* for the log */
    source_settings settings;
    adapter_sink sink;
    int64_t alive_interval_ns, alive_due_ns;
    int stop_fd;
    atomic_bool stopping;
    bool turned_away; /* a frame was, because it is to stop */
    bool offering;    /* what the sink says to be dropped is only refused */
    bool refused;
    uint32_t sequence[FRAME_KIND_COUNT];
    log_limit limit[LOG_DETAIL + 1];
    /* Written by the adapter's thread, read by any. */
    _Atomic uint64_t frames, malformed, dropped;
    adapter_value values[];
};

/* ---- for the host */

/* Any kind of frame of that kind of source: names are the same for all of them. */
static bool name_is_good(const char *source_word, const char *source)
{
    for (int k = 0; k < FRAME_KIND_COUNT; k++) {
        const char *word = source_kind_word(frame_kind_source((frame_kind)k));
        if (strcmp(word, source_word) == 0)
            return source_name_valid((frame_kind)k, source, strlen(source));
    }
    return false;
}

static bool check_start(const adapter_start *s, config_problems *p)
{
    size_t before = p->count;
    if (s->kind->unavailable)
        adapter_start_problem(s, p, "adapter %s is not in this build: %s", s->kind->name,
                              s->kind->unavailable);
    if (s->kind->source && !name_is_good(s->kind->source, s->source))
        adapter_start_problem(s, p, "adapter %s speaks as %s/NAME, not as \"%s\"", s->kind->name,
                              s->kind->source, s->source);
    return p->count == before;
}

static void set_source(adapter *a, const adapter_start *s)
{
    snprintf(a->label, sizeof a->label, "%s", s->source[0] != '\0' ? s->source : s->kind->name);
    if (!s->kind->source)
        return;
    snprintf(a->source, sizeof a->source, "%s", s->source);
    if (s->settings)
        a->settings = *s->settings;
    else if (!source_settings_default(&a->settings, s->source))
        assert(!"a name that check_start let pass");
}

adapter *adapter_create(const adapter_start *start, config_problems *p)
{
    size_t count = start->kind->option_count;
    adapter *a = calloc(1, sizeof *a + count * sizeof *a->values);
    if (!a) {
        adapter_start_problem(start, p, "out of memory");
        return NULL;
    }
    a->kind = start->kind;
    a->sink = start->sink;
    a->alive_interval_ns = (int64_t)(start->sink.alive_interval_s * 1e9);
    a->stop_fd = -1;
    bool good = check_start(start, p);
    if (!adapter_values_read(a->values, start, p) || !good)
        goto fail;
    set_source(a, start);
    a->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (a->stop_fd >= 0)
        return a;
    adapter_start_problem(start, p, "cannot make an event: %s", strerror(errno));
fail:
    adapter_destroy(a);
    return NULL;
}

void adapter_destroy(adapter *a)
{
    if (!a)
        return;
    if (a->stop_fd >= 0)
        close(a->stop_fd);
    free(a);
}

bool adapter_run(adapter *a, error *e)
{
    return a->kind->run(a, e) || a->turned_away;
}

void adapter_stop(adapter *a)
{
    const uint64_t one = 1;
    int kept = errno;
    atomic_store(&a->stopping, true);
    ssize_t written = write(a->stop_fd, &one, sizeof one);
    (void)written; /* full: it was told often enough */
    errno = kept;
}

void adapter_dropped(adapter *a)
{
    if (a->offering) {
        a->refused = true;
        return;
    }
    atomic_fetch_add(&a->dropped, 1);
    log_say_limited(&a->limit[LOG_WARN], say_period_s, LOG_WARN,
                    "%s: nobody takes its frames; %" PRIu64 " dropped so far", a->label,
                    atomic_load(&a->dropped));
}

adapter_counts adapter_get_counts(const adapter *a)
{
    return (adapter_counts){atomic_load(&a->frames), atomic_load(&a->malformed), atomic_load(&a->dropped)};
}

/* ---- for the adapter's code */

const char *adapter_source(const adapter *a)
{
    return a->source;
}

const source_settings *adapter_source_settings(const adapter *a)
{
    assert(a->kind->source);
    return &a->settings;
}

static const adapter_value *value_of(const adapter *a, const char *name)
{
    for (size_t i = 0; i < a->kind->option_count; i++) {
        if (strcmp(a->kind->options[i].name, name) == 0)
            return &a->values[i];
    }
    assert(!"an option that is not in the adapter's table");
    abort();
}

const char *adapter_text(const adapter *a, const char *name)
{
    const adapter_value *v = value_of(a, name);
    assert(v->option->type == ADAPTER_TEXT || v->option->type == ADAPTER_PATH);
    return v->option->type == ADAPTER_PATH ? v->path : v->text;
}

const char *adapter_path(const adapter *a, const char *name)
{
    const adapter_value *v = value_of(a, name);
    assert(v->option->type == ADAPTER_TEXT || v->option->type == ADAPTER_PATH);
    return v->path;
}

double adapter_number(const adapter *a, const char *name)
{
    const adapter_value *v = value_of(a, name);
    assert(v->option->type == ADAPTER_NUMBER);
    return v->number;
}

bool adapter_flag(const adapter *a, const char *name)
{
    const adapter_value *v = value_of(a, name);
    assert(v->option->type == ADAPTER_FLAG);
    return v->flag;
}

bool adapter_given(const adapter *a, const char *name)
{
    return value_of(a, name)->given;
}

const char *adapter_where(const adapter *a, const char *name)
{
    return value_of(a, name)->where;
}

int64_t adapter_now_ns(void)
{
    return utc_ns();
}

int64_t adapter_monotonic_ns(void)
{
    return monotonic_ns();
}

static void show_life(adapter *a, int64_t now_ns)
{
    if (!a->sink.alive || now_ns < a->alive_due_ns)
        return;
    a->alive_due_ns = now_ns + a->alive_interval_ns;
    a->sink.alive(a->sink.context);
}

/* How long until the first of both, for ppoll; NULL: for ever. */
static const struct timespec *time_left(struct timespec *left, int64_t now_ns, int64_t due_ns,
                                        int64_t alive_due_ns)
{
    int64_t until_ns = alive_due_ns < due_ns ? alive_due_ns : due_ns;
    if (until_ns == never_ns)
        return NULL;
    int64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    *left = (struct timespec){.tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000};
    return left;
}

static adapter_event wait_for(adapter *a, int fd, int64_t due_ns)
{
    struct pollfd both[] = {{.fd = a->stop_fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    for (;;) {
        struct timespec left;
        int64_t now_ns = adapter_monotonic_ns();
        show_life(a, now_ns);
        int64_t alive_due_ns = a->sink.alive ? a->alive_due_ns : never_ns;
        int ready = ppoll(both, 2, time_left(&left, now_ns, due_ns, alive_due_ns), NULL);
        if (ready > 0 && both[0].revents != 0)
            return ADAPTER_STOP;
        if (ready > 0)
            return ADAPTER_READY;
        if (now_ns >= due_ns || (due_ns != never_ns && adapter_monotonic_ns() >= due_ns))
            return ADAPTER_TIMEOUT;
    }
}

adapter_event adapter_wait(adapter *a, int fd, double timeout_s)
{
    static const double longest_s = 1e9; /* 30 years; a sum of nanoseconds must not overflow */
    int64_t due_ns = never_ns;
    if (timeout_s >= 0 && timeout_s < longest_s)
        due_ns = adapter_monotonic_ns() + (int64_t)(timeout_s * 1e9);
    return wait_for(a, fd, due_ns);
}

adapter_event adapter_wait_until(adapter *a, int64_t due_ns)
{
    return wait_for(a, -1, due_ns);
}

static bool pass_on(adapter *a, const frame *f, const char *source)
{
    if (atomic_load_explicit(&a->stopping, memory_order_relaxed)) {
        a->turned_away = true;
        return false;
    }
    if (a->sink.alive)
        show_life(a, adapter_monotonic_ns());
    atomic_fetch_add_explicit(&a->frames, 1, memory_order_relaxed);
    return a->sink.frame(a->sink.context, f, source);
}

bool adapter_publish(adapter *a, frame *f)
{
    assert(a->kind->source && f->kind < FRAME_KIND_COUNT);
    assert(frame_kind_source((frame_kind)f->kind) == a->settings.kind);
    f->sequence = a->sequence[f->kind]++;
    if (f->received_ns < 0)
        f->received_ns = adapter_now_ns();
    return pass_on(a, f, a->source);
}

bool adapter_relay(adapter *a, const frame *f, const char *source)
{
    assert(!a->kind->source);
    return pass_on(a, f, source);
}

bool adapter_offer(adapter *a, const frame *f, const char *source, bool *taken)
{
    assert(!a->kind->source);
    a->offering = true;
    a->refused = false;
    bool ok = pass_on(a, f, source);
    a->offering = false;
    *taken = ok && !a->refused;
    if (a->refused)
        atomic_fetch_sub_explicit(&a->frames, 1, memory_order_relaxed);
    return ok;
}

bool adapter_connected(adapter *a)
{
    return !a->sink.connected || a->sink.connected(a->sink.context);
}

__attribute__((format(printf, 3, 0))) static void say(adapter *a, log_level level, const char *format,
                                                      va_list args)
{
    char text[512];
    vsnprintf(text, sizeof text, format, args);
    log_say_limited(&a->limit[level], say_period_s, level, "%s: %s", a->label, text);
}

void adapter_say(adapter *a, log_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(a, level, format, args);
    va_end(args);
}

void adapter_malformed(adapter *a, const char *format, ...)
{
    va_list args;
    atomic_fetch_add(&a->malformed, 1);
    va_start(args, format);
    say(a, LOG_WARN, format, args);
    va_end(args);
}
