#include "map/pmap.h"

#include "map/crc32c.h"
#include "map/pmap_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The structs are the layout of the file: no compiler may pad them. */
_Static_assert(sizeof(map_mark) == 56, "map_mark is part of the file's layout");
_Static_assert(sizeof(map_line) == 32, "map_line is part of the file's layout");
_Static_assert(sizeof(map_lane) == 64, "map_lane is part of the file's layout");
_Static_assert(sizeof(map_tile) == 32, "map_tile is part of the file's layout");
_Static_assert(sizeof(pmap_about) == 160, "pmap_about is part of the file's layout");
_Static_assert(sizeof(pmap_header) == 344, "pmap_header is part of the file's layout");
_Static_assert((int)MAP_CLASS_COUNT <= 8 && (int)MAP_LINE_COUNT <= 8, "pmap_about has eight of each");

static const uint32_t sizes[PMAP_SECTION_COUNT] = {
    [PMAP_POINTS] = 3 * sizeof(double),   [PMAP_POINT_LINE] = sizeof(uint32_t),
    [PMAP_MARKS] = sizeof(map_mark),      [PMAP_LINES] = sizeof(map_line),
    [PMAP_LANES] = sizeof(map_lane),      [PMAP_TILES] = sizeof(map_tile),
    [PMAP_TILE_MARKS] = sizeof(uint32_t), [PMAP_TILE_SEGMENTS] = sizeof(uint32_t),
    [PMAP_TILE_LANES] = sizeof(uint32_t)};

struct pmap {
    char *name;
    const uint8_t *bytes;
    size_t size;
    bool mapped;
    const pmap_header *header;
    map_view view;
};

static const void *section(const pmap *p, pmap_section_kind kind)
{
    return p->bytes + p->header->sections[kind].offset;
}

static bool check_header(const pmap *p, error *e)
{
    const pmap_header *h = p->header;
    if (p->size < sizeof *h || memcmp(h->magic, "posedmap", sizeof h->magic) != 0)
        return error_set(e, "%s: no compiled map (posed map build makes one)", p->name);
    if (h->byte_order != 0x01020304)
        return error_set(e, "%s: compiled on a machine of another byte order: build it again here", p->name);
    if (h->version != PMAP_VERSION || h->header_size != sizeof *h || h->tile_mm != MAP_TILE_M * 1000)
        return error_set(e, "%s: layout %u of compiled maps, this program reads %d: build it again", p->name,
                         h->version, PMAP_VERSION);
    if (h->header_crc != map_crc32c(h, offsetof(pmap_header, header_crc)))
        return error_set(e, "%s: damaged: the header does not fit its checksum", p->name);
    if (h->file_size != p->size)
        return error_set(e, "%s: damaged: %zu bytes, should be %llu", p->name, p->size,
                         (unsigned long long)h->file_size);
    return true;
}

static bool check_sections(const pmap *p, error *e)
{
    for (int i = 0; i < PMAP_SECTION_COUNT; i++) {
        const pmap_section *s = &p->header->sections[i];
        uint64_t bytes = (uint64_t)s->count * sizes[i];
        if (s->size != sizes[i] || s->offset % 8 != 0 || s->offset < sizeof(pmap_header) ||
            s->offset > p->size || bytes > p->size - s->offset)
            return error_set(e, "%s: damaged: array %d lies outside the file", p->name, i);
    }
    return true;
}

static void set_view(pmap *p)
{
    const pmap_section *s = p->header->sections;
    const union { /* C has no cast from const void * to an array of constant arrays */
        const void *from;
        const double (*to)[3];
    } points = {section(p, PMAP_POINTS)};
    p->view = (map_view){.points = points.to,
                         .point_line = section(p, PMAP_POINT_LINE),
                         .marks = section(p, PMAP_MARKS),
                         .lines = section(p, PMAP_LINES),
                         .lanes = section(p, PMAP_LANES),
                         .tiles = section(p, PMAP_TILES),
                         .tile_marks = section(p, PMAP_TILE_MARKS),
                         .tile_segments = section(p, PMAP_TILE_SEGMENTS),
                         .tile_lanes = section(p, PMAP_TILE_LANES),
                         .point_count = s[PMAP_POINTS].count,
                         .mark_count = s[PMAP_MARKS].count,
                         .line_count = s[PMAP_LINES].count,
                         .lane_count = s[PMAP_LANES].count,
                         .tile_count = s[PMAP_TILES].count,
                         .tile_mark_count = s[PMAP_TILE_MARKS].count,
                         .tile_segment_count = s[PMAP_TILE_SEGMENTS].count,
                         .tile_lane_count = s[PMAP_TILE_LANES].count};
}

/* Nothing on or near the earth is further from its centre, m. */
static bool is_place(const double at_m[3])
{
    return fabs(at_m[0]) < 1e7 && fabs(at_m[1]) < 1e7 && fabs(at_m[2]) < 1e7;
}

static bool is_sigma(float sigma_m)
{
    return sigma_m >= 0 && sigma_m <= 1000;
}

/* Lines share out the points, one after the other, so that a point and its line name each other. */
static bool lines_fit(const pmap *p)
{
    const map_view *v = &p->view;
    uint32_t next = 0;
    if (p->header->sections[PMAP_POINT_LINE].count != v->point_count)
        return false;
    for (uint32_t i = 0; i < v->line_count; i++) {
        const map_line *l = &v->lines[i];
        if (l->first_point != next || l->point_count < 2 || l->point_count > v->point_count - next ||
            l->type >= MAP_LINE_COUNT || !is_sigma(l->sigma_m) || !is_sigma(l->section_sigma_m))
            return false;
        for (uint32_t k = 0; k < l->point_count; k++, next++) {
            if (v->point_line[next] != i || !is_place(v->points[next]))
                return false;
        }
    }
    return next == v->point_count;
}

static bool marks_fit(const map_view *v)
{
    for (uint32_t i = 0; i < v->mark_count; i++) {
        const map_mark *k = &v->marks[i];
        if (k->kind >= MAP_CLASS_COUNT || !is_place(k->position_ecef_m) || !is_sigma(k->sigma_m) ||
            !is_sigma(k->section_sigma_m))
            return false;
    }
    return true;
}

static bool is_lane(const map_view *v, uint32_t lane)
{
    return lane == MAP_NONE || lane < v->lane_count;
}

static bool lanes_fit(const map_view *v)
{
    for (uint32_t i = 0; i < v->lane_count; i++) {
        const map_lane *l = &v->lanes[i];
        bool good = l->left_line < v->line_count && l->right_line < v->line_count &&
                    is_lane(v, l->left_lane) && is_lane(v, l->right_lane) && l->left_reversed <= 1 &&
                    l->right_reversed <= 1 &&
                    (isnan(l->speed_limit_mps) || (l->speed_limit_mps >= 0 && l->speed_limit_mps < 1000));
        for (int k = 0; k < MAP_MAX_FOLLOWERS; k++)
            good = good && is_lane(v, l->followers[k]) && is_lane(v, l->predecessors[k]);
        if (!good)
            return false;
    }
    return true;
}

static bool list_fits(const uint32_t *list, uint32_t count, uint32_t below)
{
    for (uint32_t i = 0; i < count; i++) {
        if (list[i] >= below)
            return false;
    }
    return true;
}

/* A segment is a point that has another one after it in its line. */
static bool segments_fit(const map_view *v)
{
    for (uint32_t i = 0; i < v->tile_segment_count; i++) {
        uint32_t point = v->tile_segments[i];
        if (point >= v->point_count || point + 1 == v->point_count ||
            v->point_line[point + 1] != v->point_line[point])
            return false;
    }
    return true;
}

static bool is_part(uint32_t first, uint32_t count, uint32_t whole)
{
    return first <= whole && count <= whole - first;
}

static bool tiles_fit(const map_view *v)
{
    for (uint32_t i = 0; i < v->tile_count; i++) {
        const map_tile *t = &v->tiles[i];
        if ((i > 0 && t->key <= v->tiles[i - 1].key) ||
            !is_part(t->first_mark, t->mark_count, v->tile_mark_count) ||
            !is_part(t->first_segment, t->segment_count, v->tile_segment_count) ||
            !is_part(t->first_lane, t->lane_count, v->tile_lane_count))
            return false;
    }
    return list_fits(v->tile_marks, v->tile_mark_count, v->mark_count) && segments_fit(v) &&
           list_fits(v->tile_lanes, v->tile_lane_count, v->lane_count);
}

static bool check_body(const pmap *p, error *e)
{
    bool lines = lines_fit(p);
    const struct {
        const char *what;
        bool good;
    } parts[] = {{"lines", lines},
                 {"marks", marks_fit(&p->view)},
                 {"lanes", lanes_fit(&p->view)},
                 /* the grid's segments presume that the lines are good */
                 {"grid", lines && tiles_fit(&p->view)}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!parts[i].good)
            return error_set(e, "%s: damaged: its %s contradict each other", p->name, parts[i].what);
    }
    return true;
}

static pmap *new_pmap(const char *name, const void *bytes, size_t size, error *e)
{
    pmap *p = calloc(1, sizeof *p);
    char *copy = strdup(name);
    if (!p || !copy) {
        error_set(e, "out of memory");
        free(p);
        free(copy);
        return NULL;
    }
    *p = (pmap){.name = copy, .bytes = bytes, .size = size, .header = bytes};
    return p;
}

static bool check(pmap *p, error *e)
{
    if (!check_header(p, e) || !check_sections(p, e))
        return false;
    set_view(p);
    return check_body(p, e);
}

pmap *pmap_use(const char *name, const void *bytes, size_t size, error *e)
{
    pmap *p = new_pmap(name, bytes, size, e);
    if (!p || check(p, e))
        return p;
    pmap_close(p);
    return NULL;
}

static pmap *from_file(const char *path, bool copy, error *e)
{
    size_t size;
    void *bytes = pmap_file_in(path, copy, &size, e);
    pmap *p = bytes ? new_pmap(path, bytes, size, e) : NULL;
    if (!p) {
        if (bytes)
            munmap(bytes, size);
        return NULL;
    }
    p->mapped = true;
    if (check(p, e) && (!copy || pmap_verify(p, e)))
        return p;
    pmap_close(p);
    return NULL;
}

pmap *pmap_open(const char *path, error *e)
{
    return from_file(path, false, e);
}

pmap *pmap_load(const char *path, error *e)
{
    return from_file(path, pmap_is_one(path), e); /* what is none is not worth a copy */
}

void pmap_close(pmap *p)
{
    if (!p)
        return;
    if (p->mapped) {
        union {
            const uint8_t *from;
            void *to;
        } bytes = {p->bytes}; /* munmap takes what mmap gave, without its const */
        munmap(bytes.to, p->size);
    }
    free(p->name);
    free(p);
}

bool pmap_is_in(const pmap *p, const char *path)
{
    return pmap_file_begins(path, p->header, sizeof *p->header, p->size);
}

const map_view *pmap_view(const pmap *p)
{
    return &p->view;
}

const pmap_header *pmap_get_header(const pmap *p)
{
    return p->header;
}

bool pmap_verify(const pmap *p, error *e)
{
    const pmap_header *h = p->header;
    if (h->body_crc == map_crc32c(p->bytes + sizeof *h, p->size - sizeof *h))
        return true;
    return error_set(e, "%s: damaged: the body does not fit its checksum", p->name);
}

bool pmap_is_one(const char *path)
{
    char magic[8] = "";
    FILE *in = fopen(path, "rbe");
    bool is_one = in && fread(magic, 1, sizeof magic, in) == sizeof magic &&
                  memcmp(magic, "posedmap", sizeof magic) == 0;
    if (in)
        fclose(in);
    return is_one;
}
