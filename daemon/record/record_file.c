#include "daemon/record/record_file.h"

#include "wire/mcap_writer.h"

#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SCHEMA_COUNT = FRAME_KIND_COUNT + TOPIC_USE_COUNT,
    /* Chunks end where the file is brought to the disk, which is long before this size. */
    CHUNK_SIZE = 8 << 20,
};

struct record_file {
    mcap_writer *mcap;
    char *path;
    struct {
        const char *name;
        uint16_t id;
    } schemas[SCHEMA_COUNT];
    size_t schema_count;
    record_file_counts counts;
};

/* The file's name must outlast a power cut too. Best effort: not every file system can. */
static void sync_directory(const char *path)
{
    char *copy = strdup(path);
    int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(copy);
}

/* Whether there is nothing to lose: no file, an empty one, or a device. */
static bool may_create(const char *path, bool *is_new, error *e)
{
    struct stat info;
    *is_new = stat(path, &info) != 0;
    if (!*is_new && S_ISREG(info.st_mode) && info.st_size > 0)
        return error_set(e, "%s: is there already, and not written over", path);
    return true;
}

static bool write_start(record_file *f, const char *config, const char *const (*pairs)[2], size_t pair_count)
{
    mcap_writer_set_chunk_size(f->mcap, CHUNK_SIZE);
    if (config &&
        !mcap_writer_attachment(f->mcap, "config.yaml", "application/yaml", 0, config, strlen(config)))
        return false;
    return mcap_writer_metadata(f->mcap, "recording", pairs, pair_count) && record_file_sync(f);
}

record_file *record_file_open(const char *path, const char *config, const char *const (*pairs)[2],
                              size_t pair_count, error *e)
{
    bool is_new;
    if (!may_create(path, &is_new, e))
        return NULL;
    record_file *f = calloc(1, sizeof *f);
    if (!f || !(f->path = strdup(path))) {
        free(f);
        error_set(e, "out of memory");
        return NULL;
    }
    f->mcap = mcap_writer_open(path, "posed", "posed " POSED_VERSION, MCAP_COMPRESSION_ZSTD, e);
    if (f->mcap && write_start(f, config, pairs, pair_count)) {
        sync_directory(path);
        return f;
    }
    record_file_close(f, e);
    if (is_new)
        unlink(path);
    return NULL;
}

static uint16_t schema_id(record_file *f, const char *message)
{
    for (size_t i = 0; i < f->schema_count; i++) {
        if (strcmp(f->schemas[i].name, message) == 0)
            return f->schemas[i].id;
    }
    uint16_t id =
        mcap_writer_add_schema(f->mcap, message, "protobuf", wire_descriptor_set, wire_descriptor_set_size);
    if (id != 0) {
        f->schemas[f->schema_count].name = message;
        f->schemas[f->schema_count++].id = id;
    }
    return id;
}

uint16_t record_file_add_channel(record_file *f, const char *topic, const char *message)
{
    uint16_t schema = schema_id(f, message);
    return schema == 0 ? 0 : mcap_writer_add_channel(f->mcap, schema, topic, "protobuf");
}

bool record_file_add(record_file *f, uint16_t channel, uint32_t sequence, int64_t log_time_ns,
                     int64_t publish_time_ns, const void *data, size_t size)
{
    if (!mcap_writer_message(f->mcap, channel, sequence, (uint64_t)log_time_ns, (uint64_t)publish_time_ns,
                             data, size))
        return false;
    f->counts.messages++;
    return true;
}

static bool write_metadata(void *mcap, const char *name, const char *const (*pairs)[2], size_t count)
{
    return mcap_writer_metadata(mcap, name, pairs, count);
}

void record_file_name_map(record_file *f, const map_identity *map)
{
    (void)map_identity_write(map, write_metadata, f->mcap);
}

bool record_file_sync(record_file *f)
{
    if (!mcap_writer_checkpoint(f->mcap))
        return false;
    f->counts.synced_messages = f->counts.messages;
    return true;
}

size_t record_file_pending(const record_file *f)
{
    return mcap_writer_pending(f->mcap);
}

record_file_counts record_file_get_counts(const record_file *f)
{
    record_file_counts counts = f->counts;
    counts.bytes = mcap_writer_size(f->mcap);
    return counts;
}

const char *record_file_path(const record_file *f)
{
    return f->path;
}

/* The end of the file is on the disk since the last checkpoint; closing writes it once more. */
bool record_file_close(record_file *f, error *e)
{
    bool ok = !f->mcap || record_file_sync(f);
    ok = f->mcap && mcap_writer_close(f->mcap, e) && ok;
    free(f->path);
    free(f);
    return ok;
}
