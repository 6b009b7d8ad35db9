#include "daemon/record/bus_recorder.h"

#include "common/log.h"
#include "daemon/record/record_file.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)

/* A message is on the disk so long after it came (nanoseconds): with the time that the disk itself takes,
 * less than the second that a crash may cost. */
#define SYNC_NS (SECOND_NS * 3 / 4)

/* A full disk is tried again this often, and a limited line in the log says so. */
#define RETRY_NS SECOND_NS
static const double say_period_s = 10;

enum {
    MAX_TOPICS = 512,     /* a flood of made-up names must not fill the memory */
    SYNC_BYTES = 1 << 20, /* or so many pending bytes, whichever is first */
    ROOM_BYTES = 8 << 20, /* free space below which a full disk stays full */
    MISSED_MAX = 1 << 24, /* a larger step in a sequence is a publisher that restarted */
};

typedef struct {
    char name[TOPIC_SIZE];
    topic_content content;
    uint16_t channel; /* in the current file; 0: not yet */
    bool counted;     /* its sequence is one that must not have gaps, and has begun */
    uint32_t next_sequence;
    uint64_t messages, missed;
} recorded_topic;

struct bus_recorder {
    bus_recorder_options options;
    record_file *file; /* NULL: waiting for the disk, or finished */
    char path[PATH_MAX];
    unsigned numbered; /* names of files without a time in them */
    int64_t opened_ns; /* CLOCK_MONOTONIC */
    int64_t sync_ns;   /* when the oldest pending message must be on the disk; INT64_MAX: none */
    int64_t retry_ns;
    bus_recorder_counts counts;
    uint64_t closed_bytes;
    map_identity map; /* that posed runs on, by its last status */
    log_limit malformed_limit, unknown_limit, full_limit;
    size_t topic_count, last_topic;
    recorded_topic topics[MAX_TOPICS];
};

/* ---- names */

static bool is_taken(const char *path)
{
    return access(path, F_OK) == 0;
}

/* PREFIX-20260401T120000Z.mcap, and -2, -3, ... when that is taken. */
static bool name_by_time(bus_recorder *r, int64_t utc_ns)
{
    char when[32];
    struct tm t;
    time_t seconds = (time_t)(utc_ns / SECOND_NS);
    gmtime_r(&seconds, &t);
    strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &t);
    int used = snprintf(r->path, sizeof r->path, "%s-%s.mcap", r->options.output, when);
    for (unsigned n = 2; used < (int)sizeof r->path && is_taken(r->path) && n < 10000; n++)
        used = snprintf(r->path, sizeof r->path, "%s-%s-%u.mcap", r->options.output, when, n);
    return used < (int)sizeof r->path;
}

/* FILE.mcap, then FILE-2.mcap, ... for those that must follow. */
static bool name_by_number(bus_recorder *r)
{
    const char *name = r->options.output, *slash = strrchr(name, '/'), *dot = strrchr(name, '.');
    int stem = dot && (!slash || dot > slash + 1) ? (int)(dot - name) : (int)strlen(name);
    int used;
    do {
        if (r->numbered == 0)
            used = snprintf(r->path, sizeof r->path, "%s", name);
        else
            used = snprintf(r->path, sizeof r->path, "%.*s-%u%s", stem, name, r->numbered + 1, name + stem);
        r->numbered++;
    } while (used < (int)sizeof r->path && r->numbered > 1 && is_taken(r->path));
    return used < (int)sizeof r->path;
}

/* ---- files */

static bool open_file(bus_recorder *r, recorder_time now, error *e)
{
    const char *const pairs[][2] = {{"from", r->options.from}, {"posed", POSED_VERSION}};
    bool named = r->options.rotate ? name_by_time(r, now.utc_ns) : name_by_number(r);
    if (!named)
        return error_set(e, "%s: name is too long", r->options.output);
    r->file = record_file_open(r->path, r->options.config, pairs, sizeof pairs / sizeof *pairs, e);
    if (!r->file)
        return false;
    r->opened_ns = now.monotonic_ns;
    r->sync_ns = INT64_MAX;
    r->counts.files++;
    r->counts.waiting = false;
    for (size_t i = 0; i < r->topic_count; i++)
        r->topics[i].channel = 0;
    if (r->map.file[0] != '\0')
        record_file_name_map(r->file, &r->map);
    return true;
}

/* Ends the file, whatever its state. What it did not take to the disk is lost. */
static bool close_file(bus_recorder *r, error *e)
{
    record_file_counts before = record_file_get_counts(r->file);
    bool ok = record_file_close(r->file, e);
    uint64_t kept = ok ? before.messages : before.synced_messages;
    r->file = NULL;
    r->counts.messages += kept;
    r->counts.lost += before.messages - kept;
    r->closed_bytes += before.bytes;
    return ok;
}

/* The file has failed: without one until there is room. */
static void give_up_file(bus_recorder *r, int64_t now_ns)
{
    error e = {""};
    close_file(r, &e);
    r->counts.failures++;
    r->counts.waiting = true;
    r->retry_ns = now_ns + RETRY_NS;
    log_say(LOG_ERROR, "%s; messages are lost until a new file can be written", e.text);
}

/* A file of a few bytes every second would be the end of what room there is. */
static bool has_room(const bus_recorder *r)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(r->options.output, '/');
    int size = slash ? (int)(slash - r->options.output) + 1 : 1;
    snprintf(directory, sizeof directory, "%.*s", size, slash ? r->options.output : ".");
    struct statvfs s;
    return statvfs(directory, &s) != 0 || (uint64_t)s.f_bavail * s.f_frsize >= ROOM_BYTES;
}

static void retry(bus_recorder *r, recorder_time now)
{
    error e = {""};
    unsigned numbered = r->numbered;
    r->retry_ns = now.monotonic_ns + RETRY_NS;
    if (has_room(r) && open_file(r, now, &e)) {
        log_say(LOG_NOTE, "%s: recording again; %" PRIu64 " messages were lost so far", r->path,
                r->counts.lost);
        return;
    }
    r->numbered = numbered;
    log_say_limited(&r->full_limit, say_period_s, LOG_ERROR, "%s; %" PRIu64 " messages were lost so far",
                    e.text[0] != '\0' ? e.text : "the disk is still full", r->counts.lost);
}

void bus_recorder_next_file(bus_recorder *r, recorder_time now)
{
    error e = {""};
    if (!r->file)
        return;
    if (record_file_get_counts(r->file).messages == 0) {
        r->opened_ns = now.monotonic_ns;
        return;
    }
    if (!close_file(r, &e) || !open_file(r, now, &e)) {
        r->counts.failures++;
        r->counts.waiting = true;
        r->retry_ns = now.monotonic_ns + RETRY_NS;
        log_say(LOG_ERROR, "%s; messages are lost until a new file can be written", e.text);
    }
}

bus_recorder *bus_recorder_open(const bus_recorder_options *o, recorder_time now, error *e)
{
    bus_recorder *r = calloc(1, sizeof *r);
    if (!r) {
        error_set(e, "out of memory");
        return NULL;
    }
    r->options = *o;
    if (open_file(r, now, e))
        return r;
    free(r);
    return NULL;
}

/* ---- messages */

/* NULL: not one of ours, or one too many. The same topic mostly comes in a row with itself or the next. */
static recorded_topic *find_topic(bus_recorder *r, const char *name)
{
    for (size_t i = 0; i < r->topic_count; i++) {
        size_t at = (r->last_topic + i) % r->topic_count;
        if (strcmp(r->topics[at].name, name) == 0) {
            r->last_topic = at;
            return &r->topics[at];
        }
    }
    topic_content content;
    if (r->topic_count == MAX_TOPICS || strlen(name) >= TOPIC_SIZE || !topic_content_find(name, &content))
        return NULL;
    recorded_topic *t = &r->topics[r->topic_count++];
    *t = (recorded_topic){.content = content};
    memcpy(t->name, name, strlen(name) + 1);
    return t;
}

/* Frames are counted by posed, which sees what adapters lose; verdicts bear the numbers of frames. */
static bool has_sequence(const recorded_topic *t)
{
    topic_use use = t->content.use;
    return use == TOPIC_IS_POSE || use == TOPIC_IS_TRACK || use == TOPIC_IS_STATUS || use == TOPIC_IS_FAULT;
}

static void count_sequence(bus_recorder *r, recorded_topic *t, uint32_t sequence)
{
    if (!has_sequence(t))
        return;
    uint32_t gap = sequence - t->next_sequence;
    if (t->counted && gap < MISSED_MAX) { /* a status may come twice: its gap is -1 */
        t->missed += gap;
        r->counts.missed += gap;
    }
    t->counted = true;
    t->next_sequence = sequence + 1;
}

/* When it came is all that is known of a malformed one. */
static message_head head_of(bus_recorder *r, recorded_topic *t, const bus_message *m, int64_t utc_ns)
{
    error e = {""};
    message_head h;
    if (message_head_read(&t->content, m->payload, m->size, &h, &e)) {
        count_sequence(r, t, h.sequence);
        return h;
    }
    r->counts.malformed++;
    log_say_limited(&r->malformed_limit, say_period_s, LOG_WARN, "%s: malformed, recorded as it is: %s",
                    t->name, e.text);
    return (message_head){0, utc_ns, utc_ns};
}

/* A status says which map posed runs on: a recording names it, and each other one that takes its place. */
static void follow_map(bus_recorder *r, const recorded_topic *t, const bus_message *m)
{
    map_identity map;
    error e = {""};
    if (t->content.use != TOPIC_IS_STATUS || !message_decode_status_map(m->payload, m->size, &map, &e) ||
        map_identity_same(&map, &r->map))
        return;
    r->map = map;
    if (r->file)
        record_file_name_map(r->file, &map);
}

static bool write_message(bus_recorder *r, recorded_topic *t, const message_head *h, const bus_message *m)
{
    if (t->channel == 0)
        t->channel = record_file_add_channel(r->file, t->name, t->content.message);
    return t->channel != 0 && record_file_add(r->file, t->channel, h->sequence, h->received_ns, h->stamp_ns,
                                              m->payload, m->size);
}

void bus_recorder_take(bus_recorder *r, const bus_message *m, recorder_time now)
{
    recorded_topic *t = find_topic(r, m->topic);
    if (!t) {
        r->counts.unknown++;
        log_say_limited(&r->unknown_limit, say_period_s, LOG_WARN, "%s: not a topic of posed's, left out",
                        m->topic);
        return;
    }
    t->messages++;
    message_head h = head_of(r, t, m, now.utc_ns);
    follow_map(r, t, m);
    if (!r->file) {
        r->counts.lost++;
    } else if (!write_message(r, t, &h, m)) {
        r->counts.lost++;
        give_up_file(r, now.monotonic_ns);
    } else if (r->sync_ns == INT64_MAX) {
        r->sync_ns = now.monotonic_ns + SYNC_NS;
    }
}

/* ---- time */

static bool is_file_full(const bus_recorder *r, int64_t now_ns)
{
    const bus_recorder_options *o = &r->options;
    if (!r->file)
        return false;
    return (o->max_s > 0 && (double)(now_ns - r->opened_ns) >= o->max_s * 1e9) ||
           (o->max_bytes > 0 && record_file_get_counts(r->file).bytes >= o->max_bytes);
}

int64_t bus_recorder_tick(bus_recorder *r, recorder_time now)
{
    int64_t now_ns = now.monotonic_ns;
    if (r->file && (now_ns >= r->sync_ns || record_file_pending(r->file) >= SYNC_BYTES)) {
        r->sync_ns = INT64_MAX;
        if (!record_file_sync(r->file))
            give_up_file(r, now_ns);
    }
    if (is_file_full(r, now_ns))
        bus_recorder_next_file(r, now);
    if (r->counts.waiting && now_ns >= r->retry_ns)
        retry(r, now);
    return r->counts.waiting ? r->retry_ns : r->sync_ns;
}

/* ---- what came of it */

bus_recorder_counts bus_recorder_get_counts(const bus_recorder *r)
{
    bus_recorder_counts counts = r->counts;
    counts.bytes = r->closed_bytes;
    if (r->file) {
        record_file_counts file = record_file_get_counts(r->file);
        counts.messages += file.messages;
        counts.bytes += file.bytes;
    }
    return counts;
}

const char *bus_recorder_path(const bus_recorder *r)
{
    return r->path;
}

bool bus_recorder_topic(const bus_recorder *r, size_t index, const char **topic, uint64_t *messages,
                        uint64_t *missed)
{
    if (index >= r->topic_count)
        return false;
    *topic = r->topics[index].name;
    *messages = r->topics[index].messages;
    *missed = r->topics[index].missed;
    return true;
}

bool bus_recorder_finish(bus_recorder *r, error *e)
{
    return !r->file || close_file(r, e);
}

void bus_recorder_destroy(bus_recorder *r)
{
    if (!r)
        return;
    error ignored = {""};
    (void)bus_recorder_finish(r, &ignored);
    free(r);
}
