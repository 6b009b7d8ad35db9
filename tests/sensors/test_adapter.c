/* What every adapter gets from its host: options, waiting, publishing, counts. The adapters here are made for
 * it. */
#include "sensors/adapter_host.h"
#include "tests/sensors/adapter_fixture.h"
#include "tests/suite.h"

#include <check.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- an adapter that does what its options say */

static const adapter_option options[] = {
    {"device", ADAPTER_PATH, .meaning = "A file."},
    {"do", ADAPTER_TEXT, .value = "nothing", .meaning = "What to do."},
    {"rate_hz", ADAPTER_NUMBER, .unit = "Hz", .min = 1, .max = 100, .value = "10", .meaning = "A rate."},
    {"latency_s", ADAPTER_NUMBER, .unit = "s", .min = 0, .max = 10, .value = "0", .meaning = "A time."},
    {"loud", ADAPTER_FLAG, .value = "no", .meaning = "A flag."},
    {"fd", ADAPTER_NUMBER, .unit = "1", .min = -1, .max = 1e6, .value = "-1", .meaning = "To wait for."},
};

static frame made(frame_kind kind, int64_t received_ns)
{
    frame f;
    memset(&f, 0, sizeof f);
    f.kind = (uint8_t)kind;
    f.stamp_ns = 5;
    f.received_ns = received_ns;
    return f;
}

/* Three pictures' frames of two kinds, the last of which says when it was received. */
static bool publish(adapter *a)
{
    for (int i = 0; i < 3; i++) {
        frame landmarks = made(FRAME_LANDMARKS, -1), health = made(FRAME_CAMERA_HEALTH, 7);
        if (!adapter_publish(a, &landmarks) || (i < 2 && !adapter_publish(a, &health)))
            return false;
    }
    return true;
}

/* Until it is told to stop, or the sink fails. */
static bool publish_for_ever(adapter *a)
{
    frame f = made(FRAME_LANDMARKS, -1);
    while (adapter_publish(a, &f))
        ;
    return false;
}

static bool wait(adapter *a, double timeout_s, error *e)
{
    static const char *const words[] = {"ready", "timeout", "stop"};
    const adapter_event event = adapter_wait(a, (int)adapter_number(a, "fd"), timeout_s);
    return event == ADAPTER_STOP || error_set(e, "%s", words[event]);
}

static bool run(adapter *a, error *e)
{
    const char *what = adapter_text(a, "do");
    if (strcmp(what, "publish") == 0)
        return publish(a);
    if (strcmp(what, "publish for ever") == 0)
        return publish_for_ever(a);
    if (strcmp(what, "wait") == 0)
        return wait(a, -1.0, e);
    if (strcmp(what, "wait a little") == 0)
        return wait(a, 0.01, e);
    if (strcmp(what, "look") == 0)
        return wait(a, 0.0, e);
    if (strcmp(what, "complain") == 0)
        adapter_malformed(a, "got %d, expected %d", 3, 4);
    return strcmp(what, "fail") != 0 || error_set(e, "as it was told");
}

static const adapter_kind camera = {
    .name = "picture",
    .summary = "",
    .help = "",
    .source = "camera",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};

/* ---- an adapter that relays */

static bool relay(adapter *a, error *e)
{
    const frame f = made(FRAME_GNSS, 9);
    bool first, second;
    (void)e;
    return adapter_relay(a, &f, "gnss/roof") && adapter_offer(a, &f, "gnss/rear", &first) &&
           adapter_offer(a, &f, "gnss/rear", &second) && first && !second;
}

static const adapter_kind relaying = {.name = "relay", .summary = "", .help = "", .run = relay};

/* ---- options */

enum { MOST = 4 };

typedef struct {
    const char *key, *value;
    size_t line;
} given;

typedef struct {
    const char *source;
    given options[MOST];
    const char *problems; /* all of them, one a line */
} option_case;

#define DEVICE                                                                                               \
    {                                                                                                        \
        "device", "/dev/x", 0                                                                                \
    }
static const option_case bad[] = {
    {"camera/front", {{0}}, "--device: adapter picture needs it: A file.\n"},
    {"camera/front",
     {{"loud", "yes", 4}},
     "conf/posed.yaml:3:2: adapter picture: device is missing: A file.\n"},
    {"camera/front",
     {DEVICE, {"rate_hz", "0", 0}},
     "--rate_hz: \"0\" is out of range, expected 1 to 100 in Hz\n"},
    {"camera/front",
     {DEVICE, {"rate_hz", "nan", 0}},
     "--rate_hz: expected a finite number in Hz, found \"nan\"\n"},
    {"camera/front", {DEVICE, {"loud", "maybe", 0}}, "--loud: expected true or false, found \"maybe\"\n"},
    {"camera/front", {DEVICE, DEVICE}, "--device: given twice\n"},
    {"camera/front",
     {DEVICE, {"devise", "x", 0}},
     "--devise: no option \"devise\" of adapter picture; did you mean device?\n"},
    {"camera/front",
     {DEVICE, {"latency_ms", "20", 7}},
     "conf/posed.yaml:7:5: latency_ms: this setting is in seconds: latency_s: 0.02\n"},
    {"camera/front",
     {DEVICE, {"zzz\n", "x", 7}},
     "conf/posed.yaml:7:5: no option \"zzz\\x0a\" of adapter picture\n"},
    {"gnss/roof", {DEVICE}, "posed adapter: adapter picture speaks as camera/NAME, not as \"gnss/roof\"\n"},
    {"camera/", {DEVICE}, "posed adapter: adapter picture speaks as camera/NAME, not as \"camera/\"\n"},
    {"",
     {{"x", "y", 0}, {"loud", "?", 0}},
     "posed adapter: adapter picture speaks as camera/NAME, not as \"\"\n"
     "--x: no option \"x\" of adapter picture\n--loud: expected true or false, found \"?\"\n"
     "--device: adapter picture needs it: A file.\n"},
};

static size_t settings_of(adapter_setting to[MOST], const given from[MOST])
{
    size_t n = 0;
    for (; n < MOST && from[n].key; n++) {
        to[n] = (adapter_setting){.line = from[n].line, .column = 5};
        snprintf(to[n].key, sizeof to[n].key, "%s", from[n].key);
        snprintf(to[n].value, sizeof to[n].value, "%s", from[n].value);
    }
    return n;
}

static adapter *create(const adapter_kind *kind, const char *source, const given from[MOST],
                       const adapter_sink *sink, config_problems *p)
{
    adapter_setting to[MOST];
    const size_t count = settings_of(to, from);
    const bool in_file = count > 0 && to[count - 1].line > 0;
    const adapter_start start = {.kind = kind,
                                 .source = source,
                                 .config = in_file ? "conf/posed.yaml" : NULL,
                                 .line = in_file ? 3 : 0,
                                 .column = 2,
                                 .options = to,
                                 .option_count = count,
                                 .sink = sink ? *sink : (adapter_sink){0}};
    return adapter_create(&start, p);
}

START_TEST (refused) {
    char *text = NULL;
    size_t size;
    config_problems *p = calloc(1, sizeof *p);
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_null(create(&camera, bad[_i].source, bad[_i].options, NULL, p));
    config_problems_print(out, p);
    fclose(out);
    ck_assert_str_eq(text, bad[_i].problems);
    free(text);
    free(p);
}
END_TEST

START_TEST (compiled_out) {
    static const adapter_kind absent = {
        .name = "absent", .source = "gnss", .unavailable = "no libabsent", .run = run};
    static const given none[MOST] = {{0}};
    config_problems *p = calloc(1, sizeof *p);
    ck_assert_ptr_null(create(&absent, "gnss/roof", none, NULL, p));
    ck_assert_uint_eq(p->count, 1);
    ck_assert_str_eq(p->text[0], "posed adapter: adapter absent is not in this build: no libabsent");
    free(p);
}
END_TEST

/* The command line stands above the configuration, in whatever order both are given. */
START_TEST (taken) {
    static const given from[MOST] = {
        {"rate_hz", "20", 0}, {"do", "x.log", 8}, {"rate_hz", "50", 9}, {"device", "video/x", 10}};
    config_problems *p = calloc(1, sizeof *p);
    adapter *a = create(&camera, "camera/front", from, NULL, p);
    ck_assert_msg(a != NULL, "%s", p->text[0]);
    ck_assert_double_eq(adapter_number(a, "rate_hz"), 20.0);
    ck_assert_str_eq(adapter_where(a, "rate_hz"), "--rate_hz");
    ck_assert_str_eq(adapter_text(a, "device"), "conf/video/x");
    ck_assert_str_eq(adapter_where(a, "device"), "conf/posed.yaml:10:5: device");
    ck_assert_str_eq(adapter_text(a, "do"), "x.log");
    ck_assert_str_eq(adapter_path(a, "do"), "conf/x.log");
    ck_assert(adapter_given(a, "do") && !adapter_given(a, "latency_s") && !adapter_given(a, "loud"));
    ck_assert_double_eq(adapter_number(a, "latency_s"), 0.0);
    ck_assert(!adapter_flag(a, "loud"));
    ck_assert_str_eq(adapter_source(a), "camera/front");
    ck_assert_int_eq(adapter_source_settings(a)->kind, SOURCE_CAMERA);
    adapter_destroy(a);
    adapter_destroy(NULL);
    free(p);
}
END_TEST

/* What is relative to where: a path as it is written, and as it is opened. */
static const struct {
    const char *written;
    size_t line;
    const char *opened;
} paths[] = {
    {"x", 1, "conf/x"}, {"a/x", 1, "conf/a/x"}, {"/a/x", 1, "/a/x"},
    {"-", 1, "-"},      {"x", 0, "x"},          {"-", 0, "-"},
};

START_TEST (path) {
    const given from[MOST] = {{"device", paths[_i].written, paths[_i].line}};
    config_problems *p = calloc(1, sizeof *p);
    adapter *a = create(&camera, "camera/front", from, NULL, p);
    ck_assert_str_eq(adapter_text(a, "device"), paths[_i].opened);
    adapter_destroy(a);
    free(p);
}
END_TEST

/* ---- running */

static adapter_fixture *start(const char *what, const char *fd)
{
    const char *const pairs[][2] = {{"device", "x"}, {"do", what}, {"fd", fd}, {NULL, NULL}};
    const adapter_start s = {.kind = &camera, .source = "camera/front"};
    return adapter_fixture_start_with(&s, pairs);
}

START_TEST (sequence_by_kind) {
    adapter_fixture *x = start("publish", "-1");
    uint32_t next[FRAME_KIND_COUNT] = {0};
    const int64_t now_ns = adapter_now_ns();
    ck_assert_msg(adapter_fixture_end(x, 20), "%s", adapter_fixture_error(x));
    ck_assert_uint_eq(adapter_fixture_count(x), 5);
    for (size_t i = 0; i < 5; i++) {
        const frame *f = adapter_fixture_frame(x, i);
        ck_assert_str_eq(adapter_fixture_source(x, i), "camera/front");
        ck_assert_uint_eq(f->sequence, next[f->kind]++);
        ck_assert_int_eq(f->stamp_ns, 5);
        if (f->kind == FRAME_CAMERA_HEALTH)
            ck_assert_int_eq(f->received_ns, 7);
        else
            ck_assert(llabs(f->received_ns - now_ns) < INT64_C(60000000000));
    }
    ck_assert_uint_eq(adapter_get_counts(adapter_fixture_adapter(x)).frames, 5);
    adapter_fixture_destroy(x);
}
END_TEST

START_TEST (stopped_while_it_waits) {
    adapter_fixture *x = start("wait", "-1");
    ck_assert_msg(adapter_fixture_stop(x), "%s", adapter_fixture_error(x));
    adapter_fixture_destroy(x);
}
END_TEST

START_TEST (stopped_while_it_publishes) {
    adapter_fixture *x = start("publish for ever", "-1");
    ck_assert(adapter_fixture_wait(x, 10, 20));
    ck_assert(adapter_fixture_stop(x));
    ck_assert_uint_eq(adapter_get_counts(adapter_fixture_adapter(x)).frames, adapter_fixture_count(x));
    adapter_fixture_destroy(x);
}
END_TEST

/* The sink says why, not the adapter. */
START_TEST (sink_fails) {
    adapter_fixture *x = start("publish for ever", "-1");
    ck_assert(adapter_fixture_wait(x, 10, 20));
    adapter_fixture_fail(x);
    ck_assert(!adapter_fixture_end(x, 20));
    ck_assert_str_eq(adapter_fixture_error(x), "");
    adapter_fixture_destroy(x);
}
END_TEST

/* What it waits for, what is there (0: nothing, 1: a byte, 2: hung up), and how that ends. */
static const struct {
    const char *how;
    int there;
    const char *end;
} waits[] = {
    {"wait", 1, "ready"},          {"wait", 2, "ready"},   {"wait a little", 0, "timeout"},
    {"wait a little", 1, "ready"}, {"look", 0, "timeout"}, {"look", 1, "ready"},
    {"fail", 0, "as it was told"},
};

START_TEST (waited) {
    int ends[2];
    char fd[16];
    ck_assert_int_eq(pipe(ends), 0);
    snprintf(fd, sizeof fd, "%d", ends[0]);
    if (waits[_i].there == 1)
        ck_assert_int_eq(write(ends[1], "x", 1), 1);
    if (waits[_i].there == 2)
        close(ends[1]);
    adapter_fixture *x = start(waits[_i].how, fd);
    ck_assert(!adapter_fixture_end(x, 20));
    ck_assert_str_eq(adapter_fixture_error(x), waits[_i].end);
    adapter_fixture_destroy(x);
}
END_TEST

START_TEST (stop_wins) {
    static const given from[MOST] = {DEVICE, {"do", "wait", 0}, {"fd", "0", 0}};
    config_problems *p = calloc(1, sizeof *p);
    error e = {""};
    adapter *a = create(&camera, "camera/front", from, NULL, p);
    adapter_stop(a);
    adapter_stop(a);
    ck_assert(adapter_run(a, &e));
    ck_assert_str_eq(e.text, "");
    adapter_destroy(a);
    free(p);
}
END_TEST

START_TEST (malformed_is_counted) {
    adapter_fixture *x = start("complain", "-1");
    ck_assert(adapter_fixture_end(x, 20));
    ck_assert_uint_eq(adapter_get_counts(adapter_fixture_adapter(x)).malformed, 1);
    adapter_fixture_destroy(x);
}
END_TEST

/* ---- a sink of its own */

typedef struct {
    adapter *a;
    int frames, room, lives;
    atomic_int alive;
} own_sink;

static bool take(void *context, const frame *f, const char *source)
{
    own_sink *s = context;
    (void)f;
    (void)source;
    if (s->frames >= s->room)
        adapter_dropped(s->a);
    s->frames++;
    return true;
}

static void live(void *context)
{
    own_sink *s = context;
    if (atomic_fetch_add(&s->alive, 1) + 1 == s->lives)
        adapter_stop(s->a);
}

static adapter_counts run_with(own_sink *s, const adapter_kind *kind, const char *source,
                               const given from[MOST])
{
    error e = {""};
    config_problems *p = calloc(1, sizeof *p);
    const adapter_sink sink = {
        .context = s, .frame = take, .alive = s->lives ? live : NULL, .alive_interval_s = 0.002};
    s->a = create(kind, source, from, &sink, p);
    ck_assert_msg(s->a != NULL, "%s", p->text[0]);
    ck_assert_msg(adapter_run(s->a, &e), "%s", e.text);
    const adapter_counts counts = adapter_get_counts(s->a);
    adapter_destroy(s->a);
    free(p);
    return counts;
}

START_TEST (dropped_is_counted) {
    static const given from[MOST] = {DEVICE, {"do", "publish", 0}};
    own_sink s = {.room = 2};
    const adapter_counts c = run_with(&s, &camera, "camera/front", from);
    ck_assert_uint_eq(c.frames, 5);
    ck_assert_uint_eq(c.dropped, 3);
}
END_TEST

/* A frame that is only offered is neither sent nor lost when there is no room. */
START_TEST (offered) {
    static const given none[MOST] = {{0}};
    own_sink s = {.room = 2};
    const adapter_counts c = run_with(&s, &relaying, "", none);
    ck_assert_uint_eq(c.frames, 2);
    ck_assert_uint_eq(c.dropped, 0);
    ck_assert_int_eq(s.frames, 3);
}
END_TEST

/* While it waits for ever and while it publishes without end, the watchdog is fed. */
START_TEST (shows_life) {
    const given from[MOST] = {DEVICE, {"do", _i ? "publish for ever" : "wait", 0}};
    own_sink s = {.room = INT32_MAX, .lives = 5};
    run_with(&s, &camera, "camera/front", from);
    ck_assert_int_ge(atomic_load(&s.alive), 5);
}
END_TEST

/* ---- the table of kinds */

START_TEST (kinds_are_complete) {
    for (size_t i = 0; i < adapter_kind_count; i++) {
        const adapter_kind *k = adapter_kinds[i];
        ck_assert_ptr_eq(adapter_kind_find(k->name), k);
        ck_assert_uint_lt(strlen(k->name), RUN_KIND_SIZE);
        ck_assert(k->summary[0] != '\0' && k->run && k->help);
        ck_assert(k->help[0] == '\0' || k->help[strlen(k->help) - 1] == '\n');
        ck_assert_uint_le(k->option_count, RUN_MAX_OPTIONS);
        for (size_t j = 0; j < k->option_count; j++) {
            const adapter_option *o = &k->options[j];
            ck_assert_msg(strlen(o->name) < RUN_OPTION_KEY_SIZE, "%s: %s", k->name, o->name);
            ck_assert_msg(strcmp(o->name, "kind") != 0 && strcmp(o->name, "in_daemon") != 0, "%s", k->name);
            ck_assert_msg(o->meaning && o->meaning[strlen(o->meaning) - 1] == '.', "%s: %s", k->name,
                          o->name);
            ck_assert_msg(o->type != ADAPTER_NUMBER || (o->unit && o->min < o->max), "%s: %s", k->name,
                          o->name);
            for (size_t other = 0; other < j; other++)
                ck_assert_str_ne(k->options[other].name, o->name);
        }
    }
    ck_assert_ptr_null(adapter_kind_find("nothing"));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("adapter");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, refused, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(cases, compiled_out);
    tcase_add_test(cases, taken);
    tcase_add_loop_test(cases, path, 0, (int)(sizeof paths / sizeof *paths));
    tcase_add_test(cases, sequence_by_kind);
    tcase_add_test(cases, stopped_while_it_waits);
    tcase_add_test(cases, stopped_while_it_publishes);
    tcase_add_test(cases, sink_fails);
    tcase_add_loop_test(cases, waited, 0, (int)(sizeof waits / sizeof *waits));
    tcase_add_test(cases, stop_wins);
    tcase_add_test(cases, malformed_is_counted);
    tcase_add_test(cases, dropped_is_counted);
    tcase_add_test(cases, offered);
    tcase_add_loop_test(cases, shows_life, 0, 2);
    tcase_add_test(cases, kinds_are_complete);
    return run_cases("adapter", cases);
}
