/* Any bytes as a compiled map, with checksums that fit: refused, or everything in it can be read. */
#include "map/crc32c.h"
#include "map/pmap.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile double sink;

static void read_lanes(const map_view *v)
{
    for (uint32_t i = 0; i < v->lane_count; i++) {
        const map_lane *l = &v->lanes[i];
        sink += v->points[v->lines[l->left_line].first_point][0];
        for (int k = 0; k < MAP_MAX_FOLLOWERS && l->followers[k] != MAP_NONE; k++)
            sink += (double)v->lanes[l->followers[k]].id;
    }
}

static void read_tiles(const map_view *v)
{
    for (uint32_t i = 0; i < v->tile_count; i++) {
        const map_tile *t = &v->tiles[i];
        for (uint32_t k = 0; k < t->segment_count; k++) {
            uint32_t point = v->tile_segments[t->first_segment + k];
            sink += v->points[point][0] - v->points[point + 1][0] + v->lines[v->point_line[point]].type;
        }
    }
}

static void look_around(const map_view *v)
{
    uint32_t near[8];
    for (uint32_t i = 0; i < v->mark_count && i < 4; i++) {
        for (double radius_m = 1; radius_m < 1000; radius_m *= 4) {
            size_t n = map_near_marks(v, v->marks[i].position_ecef_m, radius_m, near, 8);
            for (size_t k = 0; k < n && k < 8; k++)
                sink += v->marks[near[k]].sigma_m;
            n = map_near_lanes(v, v->marks[i].position_ecef_m, radius_m, near, 8);
            for (size_t k = 0; k < n && k < 8; k++)
                sink += v->lanes[near[k]].road;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    error e = {""};
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    if (size >= sizeof(pmap_header)) { /* the checksum keeps nobody from getting at what is behind it */
        pmap_header h;
        memcpy(&h, copy, sizeof h);
        h.file_size = size;
        h.header_crc = map_crc32c(&h, offsetof(pmap_header, header_crc));
        memcpy(copy, &h, sizeof h);
    }
    pmap *p = pmap_use("fuzz", copy, size, &e);
    if ((p != NULL) != (e.text[0] == '\0') || (!p && strncmp(e.text, "fuzz:", 5) != 0))
        abort();
    if (p) {
        read_lanes(pmap_view(p));
        read_tiles(pmap_view(p));
        look_around(pmap_view(p));
    }
    pmap_close(p);
    free(copy);
    return 0;
}
