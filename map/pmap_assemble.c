/* The header of a compiled map, and its bytes. */
#include "map/crc32c.h"
#include "map/pmap_builder.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void pmap_take_bounds(pmap_builder *b, double latitude_deg, double longitude_deg, double height_m)
{
    pmap_about *a = &b->about;
    double east = longitude_deg - b->lanes.plane.longitude_deg; /* the middle is in the middle */
    east = east > 180 ? east - 360 : east < -180 ? east + 360 : east;
    a->south_deg = fmin(a->south_deg, latitude_deg);
    a->north_deg = fmax(a->north_deg, latitude_deg);
    a->west_deg = fmin(a->west_deg, east);
    a->east_deg = fmax(a->east_deg, east);
    a->lowest_m = fmin(a->lowest_m, height_m);
    a->highest_m = fmax(a->highest_m, height_m);
}

void pmap_take_survey(pmap_builder *b, const map_survey *s, float *sigma_m, float *section_sigma_m)
{
    pmap_about *a = &b->about;
    a->sigma_defaults += isnan(s->sigma_m) || isnan(s->section_sigma_m);
    *sigma_m = isnan(s->sigma_m) ? a->default_sigma_m : s->sigma_m;
    *section_sigma_m = isnan(s->section_sigma_m) ? a->default_section_sigma_m : s->section_sigma_m;
    float both = hypotf(*sigma_m, *section_sigma_m);
    a->least_sigma_m = fminf(a->least_sigma_m, both);
    a->most_sigma_m = fmaxf(a->most_sigma_m, both);
    if (s->day == MAP_NO_DAY)
        return;
    if (a->dated++ == 0)
        a->first_day = a->last_day = s->day;
    a->first_day = s->day < a->first_day ? s->day : a->first_day;
    a->last_day = s->day > a->last_day ? s->day : a->last_day;
}

void pmap_begin_about(pmap_builder *b)
{
    b->about = (pmap_about){.south_deg = INFINITY,
                            .north_deg = -INFINITY,
                            .west_deg = INFINITY,
                            .east_deg = -INFINITY,
                            .lowest_m = INFINITY,
                            .highest_m = -INFINITY,
                            .default_height_m = NAN,
                            .default_sigma_m = (float)b->o->sigma_m,
                            .default_section_sigma_m = (float)b->o->section_sigma_m,
                            .least_sigma_m = INFINITY,
                            .first_day = MAP_NO_DAY,
                            .last_day = MAP_NO_DAY,
                            .datum_stated = 1};
    for (size_t i = 0; i < b->m->file_count; i++)
        b->about.datum_stated &= b->m->files[i].datum_stated;
}

void pmap_end_about(pmap_builder *b)
{
    pmap_about *a = &b->about;
    a->west_deg = remainder(a->west_deg + b->lanes.plane.longitude_deg, 360);
    a->east_deg = remainder(a->east_deg + b->lanes.plane.longitude_deg, 360);
    if (b->point_count + b->mark_count == 0)
        a->south_deg = a->north_deg = a->west_deg = a->east_deg = a->lowest_m = a->highest_m = NAN;
    if (!(a->least_sigma_m <= a->most_sigma_m))
        a->least_sigma_m = a->most_sigma_m = NAN;
}

void *pmap_assemble(const pmap_builder *b, size_t *size)
{
    const tiling *t = &b->tiles;
    const struct {
        const void *from;
        uint32_t count, size;
    } arrays[PMAP_SECTION_COUNT] = {
        [PMAP_POINTS] = {b->points, b->point_count, sizeof *b->points},
        [PMAP_POINT_LINE] = {b->point_line, b->point_count, sizeof *b->point_line},
        [PMAP_MARKS] = {b->marks, b->mark_count, sizeof *b->marks},
        [PMAP_LINES] = {b->lines, b->line_count, sizeof *b->lines},
        [PMAP_LANES] = {b->out_lanes, b->lane_count, sizeof *b->out_lanes},
        [PMAP_TILES] = {t->tiles, t->tile_count, sizeof *t->tiles},
        [PMAP_TILE_MARKS] = {t->lists[TILE_MARK], t->counts[TILE_MARK], sizeof(uint32_t)},
        [PMAP_TILE_SEGMENTS] = {t->lists[TILE_SEGMENT], t->counts[TILE_SEGMENT], sizeof(uint32_t)},
        [PMAP_TILE_LANES] = {t->lists[TILE_LANE], t->counts[TILE_LANE], sizeof(uint32_t)}};
    pmap_header h = {.magic = {'p', 'o', 's', 'e', 'd', 'm', 'a', 'p'},
                     .version = PMAP_VERSION,
                     .byte_order = 0x01020304,
                     .header_size = sizeof h,
                     .tile_mm = (uint32_t)(MAP_TILE_M * 1000),
                     .about = b->about};
    *size = (sizeof h + 63) / 64 * 64;
    for (int i = 0; i < PMAP_SECTION_COUNT; i++) {
        h.sections[i] = (pmap_section){*size, arrays[i].count, arrays[i].size};
        *size = (*size + (size_t)arrays[i].count * arrays[i].size + 63) / 64 * 64;
    }
    uint8_t *bytes = calloc(1, *size);
    if (!bytes)
        return NULL;
    for (int i = 0; i < PMAP_SECTION_COUNT; i++)
        memcpy(bytes + h.sections[i].offset, arrays[i].from, (size_t)arrays[i].count * arrays[i].size);
    h.file_size = *size;
    h.body_crc = map_crc32c(bytes + sizeof h, *size - sizeof h);
    h.header_crc = map_crc32c(&h, offsetof(pmap_header, header_crc));
    memcpy(bytes, &h, sizeof h);
    return bytes;
}

bool pmap_save(const void *bytes, size_t size, const char *path, error *e)
{
    char beside[4096];
    if (snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside)
        return error_set(e, "%s: the name is too long", path);
    FILE *out = fopen(beside, "wbe");
    bool good = out && fwrite(bytes, 1, size, out) == size && fflush(out) == 0 && fsync(fileno(out)) == 0;
    if (out)
        good = (fclose(out) == 0) && good;
    good = good && rename(beside, path) == 0;
    if (!good) {
        error_set(e, "%s: %s", path, strerror(errno));
        if (out)
            remove(beside);
    }
    return good;
}
