#include "tests/sensors/adapter_fixture.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Frames stay where they are, so that a test may look at one while others come. */
typedef struct {
    frame f;
    char source[FRAME_SOURCE_NAME_SIZE];
} kept;

struct adapter_fixture {
    adapter *adapter;
    pthread_t thread;
    bool joined, result;
    error e;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t news;
    kept **frames;
    size_t count, room;
    bool ended, fails;
};

static bool take_frame(void *context, const frame *f, const char *source)
{
    adapter_fixture *x = context;
    pthread_mutex_lock(&x->lock);
    if (x->count == x->room) {
        x->room = x->room ? 2 * x->room : 64;
        x->frames = realloc(x->frames, x->room * sizeof *x->frames);
        ck_assert_ptr_nonnull(x->frames);
    }
    kept *k = calloc(1, sizeof *k);
    ck_assert_ptr_nonnull(k);
    memcpy(&k->f, f, frame_used_size(f));
    snprintf(k->source, sizeof k->source, "%s", source);
    bool takes = !x->fails;
    if (takes)
        x->frames[x->count++] = k;
    else
        free(k);
    pthread_cond_broadcast(&x->news);
    pthread_mutex_unlock(&x->lock);
    return takes;
}

static void *run(void *argument)
{
    adapter_fixture *x = argument;
    bool result = adapter_run(x->adapter, &x->e);
    pthread_mutex_lock(&x->lock);
    x->result = result;
    x->ended = true;
    pthread_cond_broadcast(&x->news);
    pthread_mutex_unlock(&x->lock);
    return NULL;
}

enum { MAX_OPTIONS = RUN_MAX_OPTIONS };

/* The options of `start`, then the pairs as those of a command line. */
static size_t merge(adapter_setting all[MAX_OPTIONS], const adapter_start *start,
                    const char *const (*options)[2])
{
    size_t count = 0;
    for (; count < start->option_count; count++)
        all[count] = start->options[count];
    for (; options && (*options)[0]; options++, count++) {
        ck_assert_uint_lt(count, MAX_OPTIONS);
        all[count] = (adapter_setting){.line = 0};
        snprintf(all[count].key, sizeof all[count].key, "%s", (*options)[0]);
        snprintf(all[count].value, sizeof all[count].value, "%s", (*options)[1]);
    }
    return count;
}

static adapter *create(adapter_fixture *x, const adapter_start *start, const char *const (*options)[2],
                       config_problems *problems)
{
    adapter_setting *all = calloc(MAX_OPTIONS, sizeof *all);
    adapter_start own = *start;
    own.option_count = merge(all, start, options);
    own.options = all;
    own.sink.context = x;
    own.sink.frame = take_frame;
    adapter *a = adapter_create(&own, problems);
    free(all);
    return a;
}

adapter_fixture *adapter_fixture_start_with(const adapter_start *start, const char *const (*options)[2])
{
    adapter_fixture *x = calloc(1, sizeof *x);
    config_problems *problems = calloc(1, sizeof *problems);
    ck_assert(x && problems);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&x->lock, NULL);
    pthread_cond_init(&x->news, &clock);
    pthread_condattr_destroy(&clock);
    x->adapter = create(x, start, options, problems);
    ck_assert_msg(x->adapter != NULL, "%s", problems->text[0]);
    free(problems);
    ck_assert_int_eq(pthread_create(&x->thread, NULL, run, x), 0);
    return x;
}

static adapter_start start_of(const char *kind, const char *source)
{
    const adapter_kind *found = adapter_kind_find(kind);
    ck_assert_msg(found != NULL, "no adapter %s", kind);
    return (adapter_start){.kind = found, .source = source};
}

adapter_fixture *adapter_fixture_start(const char *kind, const char *source, const char *const (*options)[2])
{
    const adapter_start start = start_of(kind, source);
    return adapter_fixture_start_with(&start, options);
}

char *adapter_fixture_problems(const char *kind, const char *source, const char *const (*options)[2])
{
    const adapter_start start = start_of(kind, source);
    config_problems *problems = calloc(1, sizeof *problems);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ck_assert(problems && out);
    adapter *a = create(NULL, &start, options, problems);
    ck_assert_msg(!a, "the options are taken");
    config_problems_print(out, problems);
    fclose(out);
    free(problems);
    return text;
}

static struct timespec after(double timeout_s)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    long long ns = t.tv_nsec + (long long)(timeout_s * 1e9);
    return (struct timespec){.tv_sec = t.tv_sec + ns / 1000000000, .tv_nsec = ns % 1000000000};
}

bool adapter_fixture_wait(adapter_fixture *x, size_t frames, double timeout_s)
{
    const struct timespec due = after(timeout_s);
    int timed_out = 0;
    pthread_mutex_lock(&x->lock);
    while (x->count < frames && !x->ended && timed_out == 0)
        timed_out = pthread_cond_timedwait(&x->news, &x->lock, &due);
    bool there = x->count >= frames;
    pthread_mutex_unlock(&x->lock);
    return there;
}

static void join(adapter_fixture *x)
{
    if (!x->joined)
        pthread_join(x->thread, NULL);
    x->joined = true;
}

bool adapter_fixture_end(adapter_fixture *x, double timeout_s)
{
    const struct timespec due = after(timeout_s);
    int timed_out = 0;
    pthread_mutex_lock(&x->lock);
    while (!x->ended && timed_out == 0)
        timed_out = pthread_cond_timedwait(&x->news, &x->lock, &due);
    bool ended = x->ended;
    pthread_mutex_unlock(&x->lock);
    if (ended)
        join(x);
    return ended && x->result;
}

bool adapter_fixture_stop(adapter_fixture *x)
{
    adapter_stop(x->adapter);
    join(x);
    return x->result;
}

const char *adapter_fixture_error(const adapter_fixture *x)
{
    return x->e.text;
}

size_t adapter_fixture_count(adapter_fixture *x)
{
    pthread_mutex_lock(&x->lock);
    size_t count = x->count;
    pthread_mutex_unlock(&x->lock);
    return count;
}

static const kept *kept_at(adapter_fixture *x, size_t i)
{
    pthread_mutex_lock(&x->lock);
    const kept *k = i < x->count ? x->frames[i] : NULL;
    pthread_mutex_unlock(&x->lock);
    return k;
}

const frame *adapter_fixture_frame(adapter_fixture *x, size_t i)
{
    const kept *k = kept_at(x, i);
    return k ? &k->f : NULL;
}

const char *adapter_fixture_source(adapter_fixture *x, size_t i)
{
    const kept *k = kept_at(x, i);
    return k ? k->source : NULL;
}

void adapter_fixture_fail(adapter_fixture *x)
{
    pthread_mutex_lock(&x->lock);
    x->fails = true;
    pthread_mutex_unlock(&x->lock);
}

adapter *adapter_fixture_adapter(adapter_fixture *x)
{
    return x->adapter;
}

void adapter_fixture_destroy(adapter_fixture *x)
{
    if (!x)
        return;
    adapter_fixture_stop(x);
    adapter_destroy(x->adapter);
    for (size_t i = 0; i < x->count; i++)
        free(x->frames[i]);
    free(x->frames);
    pthread_cond_destroy(&x->news);
    pthread_mutex_destroy(&x->lock);
    free(x);
}
