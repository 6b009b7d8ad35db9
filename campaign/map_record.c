#include "campaign/map_record.h"

#include <stdlib.h>
#include <string.h>

void map_record_begin(map_record *r, const world_map *survey, const inject_map *wrong)
{
    r->survey = survey;
    r->wrong = wrong;
    r->use_count = r->missed_count = 0;
    r->full = false;
    memset(r->sequence, 0xff, sizeof r->sequence);
    memset(r->next, 0, sizeof r->next);
    for (size_t i = 0; i < SETTINGS_MAX_SOURCES; i++) {
        if (r->frames[i])
            memset(r->frames[i], 0, MAP_RECORD_FRAMES * sizeof *r->frames[i]);
    }
}

void map_record_finish(map_record *r)
{
    for (size_t i = 0; i < SETTINGS_MAX_SOURCES; i++)
        free(r->frames[i]);
    free(r->uses);
    memset(r, 0, sizeof *r);
}

void map_record_frame(map_record *r, const frame *f)
{
    if (!r->survey || f->kind != FRAME_LANDMARKS)
        return;
    if (!r->frames[f->source])
        r->frames[f->source] = calloc(MAP_RECORD_FRAMES, sizeof *r->frames[0]);
    r->full |= !r->frames[f->source];
    if (!r->frames[f->source])
        return;
    map_frame *kept = &r->frames[f->source][f->sequence % MAP_RECORD_FRAMES];
    kept->sequence = f->sequence;
    kept->count = f->u.landmarks.count;
    for (size_t i = 0; i < kept->count && i < FRAME_MAX_LANDMARKS; i++) {
        kept->bearings_rad[i][0] = f->u.landmarks.landmarks[i].azimuth_rad;
        kept->bearings_rad[i][1] = f->u.landmarks.landmarks[i].elevation_rad;
    }
}

static void add_missed(map_record *r, uint64_t id)
{
    for (size_t i = 0; i < r->missed_count; i++) {
        if (r->missed[i] == id)
            return;
    }
    if (r->missed_count < MAP_RECORD_MISSED)
        r->missed[r->missed_count++] = id;
}

void map_record_missed(map_record *r, const fusion *core)
{
    uint64_t ids[64];
    size_t count = r->survey ? fusion_map_missed(core, ids, sizeof ids / sizeof *ids) : 0;
    for (size_t i = 0; i < count && i < sizeof ids / sizeof *ids; i++)
        add_missed(r, ids[i]);
}

static void add_use(map_record *r, const map_use *use)
{
    if (r->use_count == r->use_room) {
        size_t more = r->use_room ? 2 * r->use_room : 4096;
        map_use *larger = realloc(r->uses, more * sizeof *larger);
        r->full |= !larger;
        if (!larger)
            return;
        r->uses = larger;
        r->use_room = more;
    }
    r->uses[r->use_count++] = *use;
}

/* Each landmark of a frame has a verdict, in their order. */
void map_record_verdict(map_record *r, const verdict *v)
{
    if (!r->survey || v->quantity != QUANTITY_LANDMARK || v->source >= SETTINGS_MAX_SOURCES ||
        !r->frames[v->source])
        return;
    const map_frame *f = &r->frames[v->source][v->sequence % MAP_RECORD_FRAMES];
    int *next = &r->next[v->source], at = v->sequence == r->sequence[v->source] ? *next : 0;
    r->sequence[v->source] = v->sequence;
    *next = at + 1;
    if ((v->decision != DECISION_FUSED && v->decision != DECISION_DOWN_WEIGHTED) || v->element == 0 ||
        f->sequence != v->sequence || at >= f->count)
        return;
    add_use(r, &(map_use){.stamp_ns = v->stamp_ns,
                          .element = v->element,
                          .azimuth_rad = f->bearings_rad[at][0],
                          .elevation_rad = f->bearings_rad[at][1],
                          .source = v->source});
}
