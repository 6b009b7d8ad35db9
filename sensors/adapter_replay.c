/* Adapter replay: a recorded drive onto the bus, at the pace at which it was received. */
#include "sensors/adapter.h"
#include "sensors/replay_queue.h"
#include "wire/drive_source.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)

/* Until somebody listens, and while nobody has room, it looks again this often (seconds). */
static const double look_s = 0.005, room_s = 0.0005;

/* A path through the drive. All times in it are of the drive. */
typedef struct {
    adapter *adapter;
    drive_source *drive;
    settings *settings; /* the names of its sources */
    drive_item item;
    replay_queue queue;
    frame out;
    double speed; /* 0: as fast as they are taken */
    bool shifted;
    int64_t drive_start_ns; /* of its first message */
    int64_t from_ns, to_ns; /* stamps */
    bool started;
    int64_t first_ns; /* received, of the first frame that is played */
    int64_t due_ns;   /* CLOCK_MONOTONIC, of that frame */
    int64_t shift_ns;
    int64_t last_ns; /* received, of the last one */
    uint64_t sent, disordered;
} replay;

/* ---- which frames */

/* Whether the word means frames of this kind and source: "gnss", "landmarks", "gnss/roof". */
static bool means(const char *word, size_t size, frame_kind kind, const char *source)
{
    const char *const names[] = {source, frame_kind_word(kind), source_kind_word(frame_kind_source(kind))};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == size && memcmp(names[i], word, size) == 0)
            return true;
    }
    return false;
}

static bool is_left_out(const replay *p, const frame *f)
{
    const char *source = p->settings->sources[f->source].name, *word = adapter_text(p->adapter, "without");
    for (size_t size; *word != '\0'; word += size + (word[size] == ',')) {
        size = strcspn(word, ",");
        if (means(word, size, (frame_kind)f->kind, source))
            return true;
    }
    return !(f->stamp_ns >= p->from_ns && f->stamp_ns < p->to_ns);
}

/* A word that means nothing in this drive is a mistake. */
static bool check_without(const replay *p, error *e)
{
    const char *word = adapter_text(p->adapter, "without");
    for (size_t size; *word != '\0'; word += size + (word[size] == ',')) {
        bool found = false;
        size = strcspn(word, ",");
        for (size_t i = 0; i < p->settings->source_count && !found; i++) {
            for (int k = 0; k < FRAME_KIND_COUNT && !found; k++)
                found = frame_kind_source((frame_kind)k) == p->settings->sources[i].kind &&
                        means(word, size, (frame_kind)k, p->settings->sources[i].name);
        }
        if (!found)
            return error_set(e, "%s: the drive has no \"%.*s\"", adapter_where(p->adapter, "without"),
                             (int)size, word);
    }
    return true;
}

/* Reads until the queue is full or the drive has ended. */
static void fill_queue(replay *p)
{
    while (p->queue.count < REPLAY_QUEUE_SIZE) {
        drive_item_kind kind = drive_source_next(p->drive, &p->item);
        if (kind == DRIVE_END)
            return;
        if (kind == DRIVE_MALFORMED)
            adapter_malformed(p->adapter, "%s: %s", adapter_text(p->adapter, "path"), p->item.what.text);
        else if (kind == DRIVE_FRAME && !is_left_out(p, &p->item.frame))
            replay_queue_push(&p->queue, &p->item.frame);
    }
}

/* ---- when */

/* Waits until somebody listens. False: it is to stop. */
static bool wait_for_listener(adapter *a)
{
    int64_t end_ns = adapter_monotonic_ns() + (int64_t)(1e9 * adapter_number(a, "wait_s"));
    while (!adapter_connected(a)) {
        if (adapter_monotonic_ns() >= end_ns) {
            adapter_say(a, LOG_WARN, "nobody listens after %g s; starting all the same",
                        adapter_number(a, "wait_s"));
            break;
        }
        if (adapter_wait(a, -1, look_s) == ADAPTER_STOP)
            return false;
    }
    return adapter_wait(a, -1, adapter_number(a, "start_delay_s")) != ADAPTER_STOP;
}

/* The drive's times are moved by whole seconds, to the next place where the first frame is received from now
 * on: it is sent when that time has come, and so are all others. */
static void start_clock(replay *p, const frame *first)
{
    int64_t now_ns = adapter_now_ns();
    p->started = true;
    p->first_ns = p->last_ns = first->received_ns;
    p->due_ns = adapter_monotonic_ns();
    p->shift_ns = 0;
    if (!p->shifted)
        return;
    int64_t behind_ns = now_ns - first->received_ns;
    int64_t seconds = behind_ns / SECOND_NS + (behind_ns % SECOND_NS > 0);
    p->shift_ns = seconds * SECOND_NS;
    p->due_ns += first->received_ns + p->shift_ns - now_ns;
}

/* False: it is to stop. */
static bool wait_until_due(const replay *p, const frame *f)
{
    if (p->speed == 0)
        return true;
    double after_ns = (double)(f->received_ns - p->first_ns) / p->speed;
    int64_t due_ns =
        p->due_ns + (int64_t)fmin(after_ns, 1e18); /* 30 years: a drive with a wrong time in it */
    return adapter_wait_until(p->adapter, due_ns) != ADAPTER_STOP;
}

/* ---- sending */

/* In real time a frame that nobody takes is lost, as a sensor's would be; otherwise it is kept until there is
 * room. */
static bool send_frame(const replay *p, const frame *f)
{
    const char *source = p->settings->sources[f->source].name;
    if (p->shifted)
        return adapter_relay(p->adapter, f, source);
    bool taken;
    while (adapter_offer(p->adapter, f, source, &taken)) {
        if (taken)
            return true;
        if (adapter_wait(p->adapter, -1, room_s) == ADAPTER_STOP)
            return false;
    }
    return false;
}

static bool play_frame(replay *p, const frame *f)
{
    if (!p->started)
        start_clock(p, f);
    p->disordered += f->received_ns < p->last_ns;
    p->last_ns = f->received_ns > p->last_ns ? f->received_ns : p->last_ns;
    if (!wait_until_due(p, f))
        return false;
    memcpy(&p->out, f, frame_used_size(f));
    p->out.stamp_ns += p->shift_ns;
    p->out.received_ns += p->shift_ns;
    p->sent++;
    return send_frame(p, &p->out);
}

static void say_end(const replay *p)
{
    const char *path = adapter_text(p->adapter, "path"), *damage = drive_source_damage(p->drive);
    uint64_t unused = drive_source_unused(p->drive);
    if (damage)
        adapter_say(p->adapter, LOG_ERROR, "%s is damaged, what can be read was played: %s", path, damage);
    else if (unused > 0)
        adapter_say(p->adapter, LOG_WARN,
                    "%s: %" PRIu64
                    " messages of sensors were not used: not in protobuf, or not known to the summary",
                    path, unused);
    if (p->disordered > 0)
        adapter_say(p->adapter, LOG_WARN,
                    "%s: %" PRIu64 " frames were received before those that stand before them", path,
                    p->disordered);
    adapter_say(p->adapter, LOG_NOTE, "%s: %" PRIu64 " frames played", path, p->sent);
}

/* Every frame once. False: it is to stop. */
static bool play(replay *p)
{
    fill_queue(p);
    for (const frame *f; (f = replay_queue_pop(&p->queue));) {
        if (!play_frame(p, f))
            return false;
        fill_queue(p);
    }
    say_end(p);
    return true;
}

/* ---- the drive */

/* Of the first sensor message, as posed replay counts: the drive is opened anew after this. */
static bool find_start(replay *p, const char *path, error *e)
{
    drive_source *d = drive_source_open(path, e);
    drive_item_kind kind = DRIVE_END;
    bool found = false;
    if (!d)
        return false;
    if (drive_source_bind(d, p->settings, e)) {
        while (!found && (kind = drive_source_next(d, &p->item)) != DRIVE_END)
            found = kind == DRIVE_FRAME;
    }
    p->drive_start_ns = p->item.frame.received_ns;
    drive_source_close(d);
    return found || error_set(e, "%s: no frame in it can be read", path);
}

/* A time in seconds from the drive's start; out of the reach of int64 is no limit. */
static int64_t time_at(const replay *p, double after_s)
{
    return after_s < 1e9 ? p->drive_start_ns + (int64_t)(1e9 * after_s) : INT64_MAX;
}

static bool open_drive(replay *p, error *e)
{
    const char *path = adapter_text(p->adapter, "path");
    settings_default(p->settings);
    if (!find_start(p, path, e))
        return false;
    settings_default(p->settings);
    p->drive = drive_source_open(path, e);
    p->from_ns =
        adapter_given(p->adapter, "from_s") ? time_at(p, adapter_number(p->adapter, "from_s")) : INT64_MIN;
    p->to_ns = time_at(p, adapter_number(p->adapter, "to_s"));
    p->started = false;
    replay_queue_init(&p->queue);
    return p->drive && drive_source_bind(p->drive, p->settings, e) && check_without(p, e);
}

static bool choose_stamps(replay *p, error *e)
{
    adapter *a = p->adapter;
    const char *stamps = adapter_text(a, "stamps");
    bool original = strcmp(stamps, "original") == 0;
    p->speed = adapter_number(a, "speed");
    p->shifted = strcmp(stamps, "shifted") == 0 || (!original && p->speed == 1);
    if (!original && strcmp(stamps, "shifted") != 0 && strcmp(stamps, "auto") != 0)
        return error_set(e, "%s: \"%s\" is none of auto, shifted, original", adapter_where(a, "stamps"),
                         stamps);
    if (p->shifted && p->speed != 1)
        return error_set(e,
                         "%s: at another speed than 1 the drive's seconds are not those of the clock: take "
                         "original stamps, and posed run --drive-time",
                         adapter_where(a, "speed"));
    return true;
}

static bool run_all(replay *p, error *e)
{
    bool again = true;
    while (again) {
        if (!open_drive(p, e))
            return false;
        if (!wait_for_listener(p->adapter))
            return true;
        again = play(p) && adapter_flag(p->adapter, "loop");
        drive_source_close(p->drive);
        p->drive = NULL;
    }
    return true;
}

static bool run(adapter *a, error *e)
{
    bool ok = false;
    replay *p = calloc(1, sizeof *p);
    if (!p || !(p->settings = calloc(1, sizeof *p->settings))) {
        error_set(e, "out of memory");
        goto finish;
    }
    p->adapter = a;
    ok = choose_stamps(p, e) && run_all(p, e);
    drive_source_close(p->drive);
finish:
    if (p)
        free(p->settings);
    free(p);
    return ok;
}

static const adapter_option options[] = {
    {"path", ADAPTER_PATH, .meaning = "The drive (MCAP)."},
    {"speed", ADAPTER_NUMBER, .unit = "1", .min = 0, .max = 1e6, .value = "1",
     .meaning = "Times real time; 0: as fast as the frames are taken."},
    {"stamps", ADAPTER_TEXT, .value = "auto",
     .meaning =
         "shifted: all times are moved by a whole number of seconds, so that the drive is received now; "
         "original: as they are, for posed run --drive-time; auto: shifted at speed 1, original otherwise."},
    {"from_s", ADAPTER_NUMBER, .unit = "s", .min = 0, .max = 1e8, .value = "0",
     .meaning = "Play what was measured from here on, from the drive's start."},
    {"to_s", ADAPTER_NUMBER, .unit = "s", .min = 0, .max = 1e9, .value = "1e9",
     .meaning = "Play what was measured up to here, from the drive's start."},
    {"without", ADAPTER_TEXT, .value = "",
     .meaning = "Kinds (gnss, landmarks) and sources (gnss/roof) to be left out, a list with commas."},
    {"loop", ADAPTER_FLAG, .value = "no",
     .meaning = "Begin again at the end: the vehicle jumps back, and every sequence starts anew."},
    {"wait_s", ADAPTER_NUMBER, .unit = "s", .min = 0, .max = 1e8, .value = "10",
     .meaning = "How long to wait for somebody to listen before it starts all the same."},
    {"start_delay_s", ADAPTER_NUMBER, .unit = "s", .min = 0, .max = 1e6, .value = "0",
     .meaning = "How long to wait then."},
};

extern const adapter_kind adapter_replay;
const adapter_kind adapter_replay = {
    .name = "replay",
    .summary = "a recorded drive onto the bus",
    .help =
        "Frames go out in the order in which they were received, each when its time has come. The drive's\n"
        "own configuration is not handed on: posed run needs -c. A damaged drive is played as far as it\n"
        "can be read.\n",
    .source = NULL,
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
