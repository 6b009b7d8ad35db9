#include "daemon/map_use.h"

#include "daemon/printable.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool map_use_override(map_settings *m, const char *file, error *e)
{
    if (!file)
        return true;
    if (strlen(file) >= sizeof m->file)
        return error_set(e, "--map: %.40s...: longer than %zu characters", file, sizeof m->file - 1);
    *m = (map_settings){.line = 0};
    strcpy(m->file, file);
    return true;
}

pmap *map_use_open(const map_settings *m, bool copy, error *e)
{
    error why = {""};
    if (m->file[0] == '\0')
        return NULL;
    pmap *p = copy ? pmap_load(m->file, &why) : pmap_open(m->file, &why);
    if (p && !copy && !pmap_verify(p, &why)) {
        pmap_close(p);
        p = NULL;
    }
    if (!p && m->line > 0)
        error_set(e, "%s:%zu:%zu: map: %s", m->stands_in, m->line, m->column, why.text);
    else if (!p)
        error_set(e, "%s", why.text);
    return p;
}

void map_use_identify(const map_settings *m, const pmap *p, map_identity *out)
{
    map_identity_clear(out);
    if (!p)
        return;
    const char *slash = strrchr(m->file, '/'), *name = slash ? slash + 1 : m->file;
    const pmap_header *h = pmap_get_header(p);
    const map_view *v = pmap_view(p);
    printable_copy(name, strlen(name), out->file, sizeof out->file);
    out->checksum = h->body_crc;
    out->marks = v->mark_count;
    out->lines = v->line_count;
    out->lanes = v->lane_count;
    out->first_day = h->about.first_day;
    out->last_day = h->about.last_day;
}

size_t map_use_recorded(const drive_source *d, map_identity *out, size_t room)
{
    const size_t found = drive_source_maps(d, out, room), count = found < room ? found : room;
    for (size_t i = 0; i < count; i++) {
        char raw[MAP_IDENTITY_FILE_SIZE];
        memcpy(raw, out[i].file, sizeof raw);
        printable_copy(raw, strlen(raw), out[i].file, sizeof out[i].file);
    }
    return count;
}

void map_use_warn(const char *command, const char *drive, const map_identity *recorded, size_t count,
                  const map_identity *ours)
{
    char theirs_name[MAP_USE_TEXT_SIZE], our_name[MAP_USE_TEXT_SIZE];
    size_t i = 0;
    while (i < count && map_identity_same(&recorded[i], ours))
        i++;
    if (i == count)
        return;
    fprintf(stderr, "posed %s: %s was recorded on %s%s; these poses rest on %s, and are others%s\n", command,
            drive, count > 1 ? "more than one map, among them " : "", map_use_name(&recorded[i], theirs_name),
            map_use_name(ours, our_name), ours->file[0] == '\0' ? " (--map)" : "");
}

const char *map_use_name(const map_identity *map, char out[MAP_USE_TEXT_SIZE])
{
    if (map->file[0] == '\0')
        snprintf(out, MAP_USE_TEXT_SIZE, "no map");
    else
        snprintf(out, MAP_USE_TEXT_SIZE, "%s (checksum %08" PRIx32 ")", map->file, map->checksum);
    return out;
}
