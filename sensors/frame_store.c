#include "sensors/frame_store.h"
#include "common/vector.h"
#include "wire/topic.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 1 << 20 };
_Static_assert((size_t)BLOCK_SIZE >= sizeof(frame), "every frame fits a block");

/* Memory that frames are laid into, one after the other. */
typedef struct block block;
struct block {
    block *next;
    size_t used;
    _Alignas(frame) unsigned char data[BLOCK_SIZE];
};

typedef struct {
    int64_t time_ns;
    size_t order; /* of arrival here: makes the sort stable */
    const void *what;
    size_t size;
    uint16_t source;
} entry;

typedef struct {
    entry *entries;
    size_t count, capacity;
} entry_list;

typedef struct {
    char name[FRAME_SOURCE_NAME_SIZE];
    uint32_t next[FRAME_KIND_COUNT]; /* sequence numbers */
} source_entry;

struct frame_store {
    block *blocks;
    entry_list frames, truths;
    source_entry sources[SETTINGS_MAX_SOURCES];
    size_t source_count;
    frame scratch;
};

frame_store *frame_store_create(void)
{
    return calloc(1, sizeof(frame_store));
}

void frame_store_destroy(frame_store *s)
{
    if (!s)
        return;
    for (block *b = s->blocks; b;) {
        block *next = b->next;
        free(b);
        b = next;
    }
    free(s->frames.entries);
    free(s->truths.entries);
    free(s);
}

static void *keep(frame_store *s, const void *data, size_t size)
{
    size_t padded = (size + _Alignof(frame) - 1) / _Alignof(frame) * _Alignof(frame);
    if (!s->blocks || !(padded <= BLOCK_SIZE - s->blocks->used)) {
        block *b = malloc(sizeof *b);
        if (!b)
            return NULL;
        b->next = s->blocks;
        b->used = 0;
        s->blocks = b;
    }
    void *at = s->blocks->data + s->blocks->used;
    memcpy(at, data, size);
    s->blocks->used += padded;
    return at;
}

static bool list_add(entry_list *list, entry added)
{
    entry *entries = vector_reserve(list->entries, &list->capacity, list->count + 1, sizeof *entries);
    if (!entries)
        return false;
    list->entries = entries;
    added.order = list->count;
    entries[list->count++] = added;
    return true;
}

/* The index of a source, added when it is new; -1 when there is no room. */
static int find_source(frame_store *s, const char *name)
{
    for (size_t i = 0; i < s->source_count; i++) {
        if (strcmp(s->sources[i].name, name) == 0)
            return (int)i;
    }
    if (!(s->source_count < SETTINGS_MAX_SOURCES))
        return -1;
    memcpy(s->sources[s->source_count].name, name, strlen(name) + 1);
    return (int)s->source_count++;
}

bool frame_store_add(frame_store *s, const frame *f, const char *source, error *e)
{
    if (!source_name_valid((frame_kind)f->kind, source, strlen(source)))
        return error_set(e, "%s: not a source of such frames", source);
    int index = find_source(s, source);
    if (index < 0)
        return error_set(e, "%s: more than %d sources", source, SETTINGS_MAX_SOURCES);
    entry added = {.time_ns = f->received_ns, .size = frame_used_size(f), .source = (uint16_t)index};
    added.what = keep(s, f, added.size);
    if (!added.what || !list_add(&s->frames, added))
        return error_set(e, "out of memory after %zu frames", s->frames.count);
    return true;
}

bool frame_store_add_truth(frame_store *s, const truth_point *t, error *e)
{
    entry added = {.time_ns = t->stamp_ns, .size = sizeof *t, .what = keep(s, t, sizeof *t)};
    if (!added.what || !list_add(&s->truths, added))
        return error_set(e, "out of memory after %zu truth points", s->truths.count);
    return true;
}

size_t frame_store_frames(const frame_store *s)
{
    return s->frames.count;
}

size_t frame_store_truths(const frame_store *s)
{
    return s->truths.count;
}

size_t frame_store_sources(const frame_store *s)
{
    return s->source_count;
}

const char *frame_store_source(const frame_store *s, size_t i)
{
    return s->sources[i].name;
}

static int by_time(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static void sort(entry_list *list)
{
    if (list->count > 1)
        qsort(list->entries, list->count, sizeof *list->entries, by_time);
}

static bool publish_frame(frame_store *s, const entry *e, const import_sink *sink)
{
    source_entry *source = &s->sources[e->source];
    memcpy(&s->scratch, e->what, e->size);
    s->scratch.source = e->source;
    s->scratch.sequence = source->next[s->scratch.kind]++;
    return sink->frame(sink->context, &s->scratch, source->name);
}

static bool publish_truth(const entry *e, uint32_t sequence, const import_sink *sink)
{
    truth_point t;
    memcpy(&t, e->what, sizeof t);
    t.sequence = sequence;
    return sink->truth(sink->context, &t);
}

bool frame_store_publish(frame_store *s, const import_sink *sink)
{
    enum { PROGRESS_EVERY = 10000 };
    size_t i = 0, j = 0;
    sort(&s->frames);
    sort(&s->truths);
    while (i < s->frames.count || j < s->truths.count) {
        bool truth_next = i == s->frames.count || (j < s->truths.count && s->truths.entries[j].time_ns <
                                                                              s->frames.entries[i].time_ns);
        bool taken = truth_next ? publish_truth(&s->truths.entries[j], (uint32_t)j, sink)
                                : publish_frame(s, &s->frames.entries[i], sink);
        if (!taken)
            return false;
        truth_next ? j++ : i++;
        if (sink->progress && (i + j) % PROGRESS_EVERY == 0)
            sink->progress(sink->context, "writing",
                           (double)(i + j) / (double)(s->frames.count + s->truths.count));
    }
    return true;
}
