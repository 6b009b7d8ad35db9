#include "daemon/replay/frame_filter.h"

#include <stdio.h>
#include <string.h>

static uint32_t bit(size_t index)
{
    return (uint32_t)1 << index;
}

static uint32_t sources_of_kind(const settings *s, source_kind kind)
{
    uint32_t mask = 0;
    for (size_t i = 0; i < s->source_count; i++) {
        if (s->sources[i].kind == kind)
            mask |= bit(i);
    }
    return mask;
}

/* By full name, or by what follows the slash. */
static uint32_t sources_by_name(const settings *s, const char *word)
{
    uint32_t mask = 0;
    for (size_t i = 0; i < s->source_count; i++) {
        const char *name = s->sources[i].name;
        const char *slash = strchr(name, '/');
        if (strcmp(name, word) == 0)
            return bit(i);
        if (slash && strcmp(slash + 1, word) == 0)
            mask |= bit(i);
    }
    return mask;
}

/* The names of the sources in `mask`, "a, b, c". */
static const char *list_names(const settings *s, uint32_t mask, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < s->source_count && used < size; i++) {
        if (mask & bit(i))
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", s->sources[i].name);
    }
    return text;
}

bool frame_selection_resolve(const char *word, const settings *s, frame_selection *out, error *e)
{
    char names[300];
    source_kind source;
    frame_kind kind;
    *out = (frame_selection){.sources = UINT32_MAX, .kinds = UINT32_MAX};
    if (source_kind_find(word, &source)) {
        out->sources = sources_of_kind(s, source);
        return true;
    }
    if (frame_kind_find(word, &kind)) {
        out->kinds = bit(kind);
        return true;
    }
    out->sources = sources_by_name(s, word);
    if (out->sources == 0)
        return error_set(e, "there is no source or kind \"%s\" here; there are: %s", word,
                         list_names(s, UINT32_MAX, names, sizeof names));
    if ((out->sources & (out->sources - 1)) != 0)
        return error_set(e, "\"%s\" may be any of: %s", word,
                         list_names(s, out->sources, names, sizeof names));
    return true;
}

bool frame_selection_has(const frame_selection *selection, const frame *f)
{
    return (selection->sources >> f->source & 1u) && (selection->kinds >> f->kind & 1u);
}

void frame_filter_init(frame_filter *filter)
{
    memset(filter, 0, sizeof *filter);
    filter->from_ns = INT64_MIN;
    filter->to_ns = INT64_MAX;
}

bool frame_filter_passes(const frame_filter *filter, const frame *f)
{
    if (f->stamp_ns < filter->from_ns || f->stamp_ns >= filter->to_ns)
        return false;
    for (size_t i = 0; i < filter->without_count; i++) {
        if (frame_selection_has(&filter->without[i], f))
            return false;
    }
    for (size_t i = 0; i < filter->drop_count; i++) {
        const frame_drop *d = &filter->drops[i];
        if (f->stamp_ns >= d->from_ns && f->stamp_ns < d->to_ns && frame_selection_has(&d->selection, f))
            return false;
    }
    return true;
}

bool frame_filter_silences(const frame_filter *filter, uint16_t source, source_kind kind)
{
    uint32_t silent = 0, all = 0;
    for (int k = 0; k < FRAME_KIND_COUNT; k++) {
        if (frame_kind_source((frame_kind)k) == kind)
            all |= bit((size_t)k);
    }
    for (size_t i = 0; i < filter->without_count; i++) {
        if (filter->without[i].sources & bit(source))
            silent |= filter->without[i].kinds;
    }
    return (silent & all) == all;
}
