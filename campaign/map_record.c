#include "campaign/map_record.h"

#include "common/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void map_record_begin(map_record *r, const world_map *survey, const inject_map *wrong)
{
    r->survey = survey;
    r->wrong = wrong;
    r->use_count = r->missed_count = 0;
    r->full = false;
    r->return_count = r->stray_count = 0;
    for (size_t i = 0; i < SETTINGS_MAX_SOURCES; i++) {
        if (r->frames[i])
            memset(r->frames[i], 0, MAP_RECORD_FRAMES * sizeof *r->frames[i]);
        if (r->scans[i])
            memset(r->scans[i], 0, MAP_RECORD_FRAMES * sizeof *r->scans[i]);
    }
}

void map_record_finish(map_record *r)
{
    for (size_t i = 0; i < SETTINGS_MAX_SOURCES; i++) {
        free(r->frames[i]);
        free(r->scans[i]);
    }
    free(r->uses);
    free(r->strays);
    memset(r, 0, sizeof *r);
}

static void keep_landmarks(map_record *r, const frame *f)
{
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

static bool same_bits(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* A fault may have taken returns out of the scan, added some, turned it, or scaled one of its quantities:
 * what the simulator has not made so is of nothing. */
static sim_return return_of(const radar_detection *d, const sim_return *made, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (same_bits(d->range_m, made[i].range_m) || same_bits(d->doppler_mps, made[i].doppler_mps))
            return made[i];
    }
    return (sim_return){.plane_m = {INFINITY, INFINITY}};
}

static void keep_scan(map_record *r, const sim *stream, const frame *f)
{
    const sim_return *made = NULL;
    size_t count = stream ? sim_returns(stream, f->source, f->sequence, &made) : 0;
    if (!r->scans[f->source])
        r->scans[f->source] = calloc(MAP_RECORD_FRAMES, sizeof *r->scans[0]);
    r->full |= !r->scans[f->source];
    if (!r->scans[f->source])
        return;
    map_scan *kept = &r->scans[f->source][f->sequence % MAP_RECORD_FRAMES];
    kept->sequence = f->sequence;
    kept->count = f->u.radar.count;
    for (size_t i = 0; i < kept->count && i < FRAME_MAX_DETECTIONS; i++)
        kept->of[i] = return_of(&f->u.radar.detections[i], made, count);
}

void map_record_frame(map_record *r, const sim *stream, const frame *f)
{
    if (r->survey && f->kind == FRAME_LANDMARKS)
        keep_landmarks(r, f);
    else if (r->survey && f->kind == FRAME_RADAR)
        keep_scan(r, stream, f);
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

/* Without room for one more the record is not whole. */
static void add_use(map_record *r, const map_use *use)
{
    map_use *uses = vector_reserve(r->uses, &r->use_room, r->use_count + 1, sizeof *uses);
    r->full |= !uses;
    if (!uses)
        return;
    r->uses = uses;
    uses[r->use_count++] = *use;
}

static void add_stray(map_record *r, const map_stray *stray)
{
    map_stray *strays = vector_reserve(r->strays, &r->stray_room, r->stray_count + 1, sizeof *strays);
    r->full |= !strays;
    if (!strays)
        return;
    r->strays = strays;
    strays[r->stray_count++] = *stray;
}

static void use_landmark(map_record *r, const verdict *v)
{
    const map_frame *f = r->frames[v->source];
    if (!f || f[v->sequence % MAP_RECORD_FRAMES].sequence != v->sequence)
        return;
    f += v->sequence % MAP_RECORD_FRAMES;
    if (v->part < f->count)
        add_use(r, &(map_use){.stamp_ns = v->stamp_ns,
                              .element = v->element,
                              .azimuth_rad = f->bearings_rad[v->part][0],
                              .elevation_rad = f->bearings_rad[v->part][1],
                              .source = v->source});
}

static void use_return(map_record *r, const verdict *v)
{
    const map_scan *f = r->scans[v->source];
    if (!f || f[v->sequence % MAP_RECORD_FRAMES].sequence != v->sequence)
        return;
    f += v->sequence % MAP_RECORD_FRAMES;
    if (v->part >= f->count)
        return;
    r->return_count++;
    if (sim_return_is_of(&f->of[v->part], v->element))
        return;
    map_stray stray = {.element = v->element};
    memcpy(stray.plane_m, f->of[v->part].plane_m, sizeof stray.plane_m);
    add_stray(r, &stray);
}

void map_record_verdict(map_record *r, const verdict *v)
{
    if (!r->survey || v->source >= SETTINGS_MAX_SOURCES || v->element == 0 ||
        (v->decision != DECISION_FUSED && v->decision != DECISION_DOWN_WEIGHTED))
        return;
    if (v->quantity == QUANTITY_LANDMARK)
        use_landmark(r, v);
    else if (v->quantity == QUANTITY_RETURN || v->quantity == QUANTITY_RAIL)
        use_return(r, v);
}
