#include "wire/drive.h"
#include "wire/mcap_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAX_CHANNELS = 320, /* all frame kinds of SETTINGS_MAX_SOURCES sources, and posed's own */
    MAX_SCHEMAS = FRAME_KIND_COUNT + 6,
};
_Static_assert(MAX_CHANNELS >= FRAME_KIND_COUNT * SETTINGS_MAX_SOURCES + 6, "a channel for every topic");

typedef struct {
    const char *name; /* the protobuf message */
    uint16_t id;
} schema;

typedef struct {
    frame_kind kind;
    char source[FRAME_SOURCE_NAME_SIZE];
    uint16_t id;
} frame_channel;

/* posed's own topics. */
typedef enum { OWN_TRUTH, OWN_POSE, OWN_TRACK, OWN_VERDICT, OWN_FAULT, OWN_STATUS, OWN_COUNT } own_channel;

static const struct {
    const char *topic, *message;
} own_channels[] = {
    [OWN_TRUTH] = {TOPIC_TRUTH, "posed.v1.Truth"},       [OWN_POSE] = {TOPIC_POSE, "posed.v1.PoseEstimate"},
    [OWN_VERDICT] = {TOPIC_VERDICT, "posed.v1.Verdict"}, [OWN_FAULT] = {TOPIC_FAULT, "posed.v1.Fault"},
    [OWN_STATUS] = {TOPIC_STATUS, "posed.v1.Status"},    [OWN_TRACK] = {TOPIC_TRACK, "posed.v1.PoseEstimate"},
};
_Static_assert(sizeof own_channels / sizeof *own_channels == OWN_COUNT, "one row per topic");

struct drive_writer {
    mcap_writer *mcap;
    char *path;
    char *partial; /* FILE.tmp; NULL: written in place (a device or a pipe cannot be renamed over) */
    schema schemas[MAX_SCHEMAS];
    size_t schema_count;
    frame_channel channels[MAX_CHANNELS];
    size_t channel_count;
    uint16_t own[OWN_COUNT]; /* 0: not yet */
    uint32_t fault_sequence, status_sequence;
    error first;
    bool failed;
    unsigned char buffer[MESSAGE_MAX_SIZE];
};

static bool fail(drive_writer *w, const char *what)
{
    w->failed = true;
    return error_set(&w->first, "%s: %s", w->path, what);
}

/* The writer keeps its own first error, which mcap_writer_close tells. */
static bool passed(drive_writer *w, bool ok)
{
    if (!ok)
        w->failed = true;
    return ok;
}

static bool written_in_place(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

drive_writer *drive_writer_open(const char *path, error *e)
{
    drive_writer *w = calloc(1, sizeof *w);
    if (!w || !(w->path = strdup(path))) {
        error_set(e, "%s: out of memory", path);
        goto fail;
    }
    if (!written_in_place(path) && asprintf(&w->partial, "%s.tmp", path) < 0) {
        w->partial = NULL;
        error_set(e, "%s: out of memory", path);
        goto fail;
    }
    w->mcap = mcap_writer_open(w->partial ? w->partial : path, "posed", "posed " POSED_VERSION,
                               MCAP_COMPRESSION_ZSTD, e);
    if (!w->mcap)
        goto fail;
    return w;
fail:
    if (w) {
        free(w->partial);
        free(w->path);
    }
    free(w);
    return NULL;
}

static uint16_t schema_id(drive_writer *w, const char *name)
{
    for (size_t i = 0; i < w->schema_count; i++) {
        if (strcmp(w->schemas[i].name, name) == 0)
            return w->schemas[i].id;
    }
    uint16_t id =
        mcap_writer_add_schema(w->mcap, name, "protobuf", wire_descriptor_set, wire_descriptor_set_size);
    if (id != 0)
        w->schemas[w->schema_count++] = (schema){.name = name, .id = id};
    return id;
}

static uint16_t add_channel(drive_writer *w, const char *message, const char *topic)
{
    uint16_t of = schema_id(w, message);
    return of == 0 ? 0 : mcap_writer_add_channel(w->mcap, of, topic, "protobuf");
}

/* The channel of a frame's topic, added when it is new; 0 on failure. */
static uint16_t channel_of_frame(drive_writer *w, frame_kind kind, const char *source)
{
    for (size_t i = 0; i < w->channel_count; i++) {
        if (w->channels[i].kind == kind && strcmp(w->channels[i].source, source) == 0)
            return w->channels[i].id;
    }
    char topic[TOPIC_SIZE];
    if (!topic_of_frame(kind, source, topic)) {
        fail(w, "a frame's source has no valid name");
        return 0;
    }
    if (!(w->channel_count < MAX_CHANNELS)) {
        fail(w, "too many sources for one drive");
        return 0;
    }
    uint16_t id = add_channel(w, message_name_of_frame(kind), topic);
    if (id == 0) {
        w->failed = true;
        return 0;
    }
    frame_channel *added = &w->channels[w->channel_count++];
    added->kind = kind;
    added->id = id;
    memcpy(added->source, source, strlen(source) + 1); /* fits: topic_of_frame has looked */
    return id;
}

bool drive_write_frame(drive_writer *w, const frame *f, const char *source)
{
    if (w->failed)
        return false;
    if (!(f->stamp_ns >= 0 && f->received_ns >= 0))
        return fail(w, "a frame's time is negative");
    uint16_t channel = channel_of_frame(w, (frame_kind)f->kind, source);
    if (channel == 0)
        return false;
    size_t size = message_encode_frame(f, source, w->buffer, sizeof w->buffer);
    if (size == 0)
        return fail(w, "a frame cannot be encoded");
    return passed(w, mcap_writer_message(w->mcap, channel, f->sequence, (uint64_t)f->received_ns,
                                         (uint64_t)f->stamp_ns, w->buffer, size));
}

/* Writes what stands in w->buffer to one of posed's own topics. */
static bool write_own(drive_writer *w, own_channel which, uint32_t sequence, int64_t stamp_ns, size_t size)
{
    if (w->failed)
        return false;
    if (size == 0 || !(stamp_ns >= 0))
        return fail(w, "a result cannot be encoded");
    if (w->own[which] == 0)
        w->own[which] = add_channel(w, own_channels[which].message, own_channels[which].topic);
    return passed(w, w->own[which] != 0 &&
                         mcap_writer_message(w->mcap, w->own[which], sequence, (uint64_t)stamp_ns,
                                             (uint64_t)stamp_ns, w->buffer, size));
}

bool drive_write_truth(drive_writer *w, const truth_point *t)
{
    return write_own(w, OWN_TRUTH, t->sequence, t->stamp_ns,
                     message_encode_truth(t, w->buffer, sizeof w->buffer));
}

bool drive_write_pose(drive_writer *w, const fusion_pose *p)
{
    return write_own(w, OWN_POSE, p->sequence, p->stamp_ns,
                     message_encode_pose(p, w->buffer, sizeof w->buffer));
}

bool drive_write_live_pose(drive_writer *w, const fusion_pose *p, int64_t expires_ns)
{
    return write_own(w, OWN_POSE, p->sequence, p->stamp_ns,
                     message_encode_live_pose(p, expires_ns, w->buffer, sizeof w->buffer));
}

bool drive_write_track(drive_writer *w, const fusion_pose *p)
{
    return write_own(w, OWN_TRACK, p->sequence, p->stamp_ns,
                     message_encode_pose(p, w->buffer, sizeof w->buffer));
}

bool drive_write_verdict(drive_writer *w, const verdict *v, const char *source)
{
    return write_own(w, OWN_VERDICT, v->sequence, v->stamp_ns,
                     message_encode_verdict(v, source, w->buffer, sizeof w->buffer));
}

bool drive_write_fault(drive_writer *w, const fault_event *ev, const char *source)
{
    uint32_t sequence = w->fault_sequence++;
    return write_own(w, OWN_FAULT, sequence, ev->stamp_ns,
                     message_encode_fault(ev, source, sequence, w->buffer, sizeof w->buffer));
}

bool drive_write_status(drive_writer *w, const fusion_status *s, const char *const *names)
{
    uint32_t sequence = w->status_sequence++;
    return write_own(w, OWN_STATUS, sequence, s->stamp_ns,
                     message_encode_status(s, names, sequence, NULL, w->buffer, sizeof w->buffer));
}

bool drive_write_config(drive_writer *w, const char *yaml, size_t size)
{
    return !w->failed &&
           passed(w, mcap_writer_attachment(w->mcap, "config.yaml", "application/yaml", 0, yaml, size));
}

bool drive_write_metadata(drive_writer *w, const char *name, const char *const (*pairs)[2], size_t count)
{
    return !w->failed && passed(w, mcap_writer_metadata(w->mcap, name, pairs, count));
}

static bool write_metadata(void *writer, const char *name, const char *const (*pairs)[2], size_t count)
{
    return drive_write_metadata(writer, name, pairs, count);
}

bool drive_write_map(drive_writer *w, const map_identity *map)
{
    return map_identity_write(map, write_metadata, w);
}

/* Brings a file or a directory entry to the disk. */
static bool sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0;
    int kept = errno;
    close(fd);
    errno = kept;
    return ok;
}

/* FILE.tmp becomes FILE only when all of it is on the disk: after a power cut there is the old file or the
 * new one. */
static bool publish(drive_writer *w, error *e)
{
    if (!w->partial)
        return true;
    if (!sync_path(w->partial, O_RDONLY))
        return error_set(e, "%s: %s", w->partial, strerror(errno));
    if (rename(w->partial, w->path) != 0)
        return error_set(e, "%s: %s", w->path, strerror(errno));
    char *copy = strdup(w->path);
    if (copy)
        (void)sync_path(dirname(copy),
                        O_RDONLY | O_DIRECTORY); /* not every file system can; the file is whole */
    free(copy);
    return true;
}

bool drive_writer_close(drive_writer *w, bool abandon, error *e)
{
    if (!w)
        return false;
    bool ok = !w->failed;
    if (w->first.text[0] != '\0')
        error_set(e, "%s", w->first.text);
    error ending = {""};
    if (!mcap_writer_close(w->mcap, &ending)) {
        ok = false;
        error_set(e, "%s", ending.text);
    }
    ok = ok && !abandon && publish(w, e);
    if (!ok && w->partial)
        unlink(w->partial);
    free(w->partial);
    free(w->path);
    free(w);
    return ok;
}
