/*
 * The compiled map: what is built is what is read, the same bytes each time, and no file crashes a reader.
 */
#include "fusion/geodesy.h"
#include "map/crc32c.h"
#include "map/pmap_build.h"
#include "map/tiling.h"
#include "tests/map/map_rig.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const pmap_options options = {110, PMAP_SIGMA_M, PMAP_SECTION_SIGMA_M};
static error e;

static void *build_grid(uint32_t side, size_t *size)
{
    map_data m;
    ck_assert(rig_grid(&m, side, side));
    e = (error){""};
    void *bytes = pmap_build(&m, &options, size, &e);
    ck_assert_msg(bytes != NULL, "%s", e.text);
    map_data_finish(&m);
    return bytes;
}

START_TEST (crc) {
    ck_assert_uint_eq(map_crc32c("123456789", 9), 0xE3069283); /* RFC 3720's check value */
    ck_assert_uint_eq(map_crc32c("", 0), 0);
}
END_TEST

START_TEST (two_lanes) {
    rig r;
    size_t size;
    ck_assert(rig_read(&r, rig_two_lanes));
    void *bytes = pmap_build(&r.m, &options, &size, &e);
    pmap *p = pmap_use("my.pmap", bytes, size, &e);
    ck_assert_msg(p != NULL, "%s", e.text);
    ck_assert(pmap_verify(p, &e));
    const map_view *v = pmap_view(p);
    const pmap_about *a = &pmap_get_header(p)->about;
    ck_assert_uint_eq(v->lane_count, 2);
    ck_assert_uint_eq(v->line_count, 4);
    ck_assert_uint_eq(v->point_count, 8);
    ck_assert_uint_eq(v->mark_count, 0);
    uint32_t first = v->lanes[0].id == 101 ? 0 : 1; /* they are sorted by place */
    for (uint32_t i = 0; i < 2; i++) {
        const map_lane *l = &v->lanes[i == 0 ? first : 1 - first];
        const map_line *left = &v->lines[l->left_line];
        ck_assert_uint_eq(l->id, 101 + i);
        ck_assert_uint_eq(left->id, 11 + i);
        ck_assert_uint_eq(left->type, i == 0 ? MAP_LINE_DASHED : MAP_LINE_SOLID);
        ck_assert_uint_eq(l->followers[0], i == 0 ? 1 - first : MAP_NONE);
        ck_assert_uint_eq(l->predecessors[0], i == 0 ? MAP_NONE : first);
        ck_assert_float_eq_tol(left->sigma_m, 0.1F, 1e-6F);
    }
    double latitude, longitude, height_m;
    ecef_to_geodetic(v->points[v->lines[v->lanes[first].left_line].first_point], &latitude, &longitude,
                     &height_m);
    ck_assert_double_eq_tol(latitude * 180 / M_PI, 49, 1e-11);
    ck_assert_double_eq_tol(longitude * 180 / M_PI, 8, 1e-11);
    ck_assert_double_eq_tol(height_m, 110, 1e-6);
    ck_assert_uint_eq(a->height_defaults, 6);
    ck_assert_uint_eq(a->sigma_defaults, 4);
    ck_assert_double_eq_tol(a->north_deg, 49.00035972, 1e-11);
    ck_assert_double_eq_tol(a->east_deg, 8.00004784, 1e-11);
    ck_assert_uint_eq(a->datum_stated, 0);
    pmap_close(p);
    free(bytes);
    rig_finish(&r);
}
END_TEST

/* A rail is a line of its own, whether it bounds a lane or not; a road's border that bounds none is nothing.
 */
START_TEST (rails) {
    static const char *const words[] = {"guard_rail", "fence", "wall", "road_border"};
    for (int i = 0; i < 4; i++) {
        char text[600];
        rig r;
        size_t size;
        snprintf(text, sizeof text,
                 OSM("<node id='1' lat='49.0' lon='8.0'/><node id='2' lat='49.0' lon='8.0005'/>"
                     "<node id='3' lat='49.0' lon='8.001'/>"
                     "<way id='7'><nd ref='1'/><nd ref='2'/><nd ref='3'/><tag k='type' v='%s'/></way>"),
                 words[i]);
        ck_assert(rig_read(&r, text));
        void *bytes = pmap_build(&r.m, &options, &size, &e);
        pmap *p = pmap_use("my.pmap", bytes, size, &e);
        ck_assert_msg(p != NULL, "%s", e.text);
        const map_view *v = pmap_view(p);
        ck_assert_uint_eq(v->line_count, i < 3);
        if (i < 3) {
            uint32_t near[4];
            ck_assert_uint_eq(v->lines[0].type, MAP_LINE_RAIL);
            ck_assert_uint_eq(map_near_rails(v, v->points[1], 1, near, 4), 2);
            ck_assert(near[0] == 0 && near[1] == 1);
        }
        pmap_close(p);
        free(bytes);
        rig_finish(&r);
    }
}
END_TEST

START_TEST (no_height_is_refused) {
    rig r;
    size_t size;
    const pmap_options none = {NAN, 0.1, 0.3};
    e = (error){""};
    ck_assert(rig_read(&r, rig_two_lanes));
    ck_assert(!pmap_build(&r.m, &none, &size, &e));
    ck_assert_msg(strstr(e.text, "node 1 has no height"), "%s", e.text);
    rig_finish(&r);
}
END_TEST

/* As where the file states the height of what has none: the middle of a sign is above its foot. */
START_TEST (raised_from_a_default) {
    static const double foot_m = 110, half_m = 0.3;
    rig r;
    size_t size;
    double at_m[3];
    ck_assert(rig_read(&r, OSM("<node id='1' lat='49' lon='8'><tag k='type' v='traffic_sign'/>"
                               "<tag k='height' v='0.6'/></node>")));
    void *bytes = pmap_build(&r.m, &options, &size, &e);
    pmap *p = pmap_use("my.pmap", bytes, size, &e);
    ck_assert_msg(p != NULL, "%s", e.text);
    geodetic_to_ecef(49 * 0.017453292519943295, 8 * 0.017453292519943295, foot_m + half_m, at_m);
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol(pmap_view(p)->marks[0].position_ecef_m[i], at_m[i], 1e-6);
    pmap_close(p);
    free(bytes);
    rig_finish(&r);
}
END_TEST

START_TEST (same_bytes) {
    size_t size, again;
    void *a = build_grid(5, &size), *b = build_grid(5, &again);
    ck_assert_uint_eq(size, again);
    ck_assert_mem_eq(a, b, size);
    free(a);
    free(b);
}
END_TEST

/* A file that is replaced leaves whoever has the old one open alone. */
/* A file of the view of a file has the same arrays; tiles anew as well. */
START_TEST (of_a_view) {
    size_t size, again_size;
    void *bytes = build_grid(6, &size);
    pmap *p = pmap_use("grid.pmap", bytes, size, &e);
    ck_assert_msg(p != NULL, "%s", e.text);
    map_view v = *pmap_view(p);
    tiling tiles = {0};
    ck_assert(tiling_add_map(&tiles, &v) && tiling_finish(&tiles));
    tiling_show(&tiles, &v);
    void *again = pmap_of_view(&v, &again_size);
    ck_assert_uint_eq(again_size, size);
    const pmap_header *a = bytes, *b = again;
    ck_assert_uint_eq(a->body_crc, b->body_crc);
    ck_assert(memcmp(a->about.classes, b->about.classes, sizeof a->about.classes) == 0);
    ck_assert_double_eq_tol(a->about.south_deg, b->about.south_deg, 1e-9);
    ck_assert_double_eq_tol(a->about.east_deg, b->about.east_deg, 1e-9);
    ck_assert_double_eq_tol(a->about.highest_m, b->about.highest_m, 1e-6);
    pmap *q = pmap_use("again.pmap", again, again_size, &e);
    ck_assert_msg(q && pmap_verify(q, &e), "%s", e.text);
    pmap_close(q);
    pmap_close(p);
    tiling_destroy(&tiles);
    free(again);
    free(bytes);
}
END_TEST

START_TEST (file_on_disk) {
    size_t size;
    char path[] = "/tmp/posed-pmap-XXXXXX";
    void *bytes = build_grid(3, &size);
    int file = mkstemp(path);
    ck_assert(file >= 0);
    close(file);
    ck_assert(!pmap_is_one(path));
    ck_assert_msg(pmap_save(bytes, size, path, &e), "%s", e.text);
    ck_assert(pmap_is_one(path));
    pmap *p = pmap_open(path, &e);
    ck_assert_msg(p != NULL, "%s", e.text);
    ck_assert(pmap_save(bytes, size, path, &e));
    ck_assert_uint_eq(pmap_view(p)->mark_count, 18);
    ck_assert(pmap_verify(p, &e));
    pmap_close(p);
    remove(path);
    ck_assert(!pmap_open(path, &e));
    free(bytes);
}
END_TEST

/* A copy does not care what becomes of the file: it is written over, cut, gone. A body that does not fit its
 * checksum is refused where pmap_open takes it. */
START_TEST (copy_of_a_file) {
    size_t size;
    char path[] = "/tmp/posed-pmap-XXXXXX";
    unsigned char *bytes = build_grid(3, &size);
    int file = mkstemp(path);
    ck_assert(file >= 0);
    ck_assert_int_eq(write(file, bytes, size), (ssize_t)size);
    pmap *p = pmap_load(path, &e);
    ck_assert_msg(p != NULL, "%s", e.text);
    ck_assert(pmap_is_in(p, path));
    ck_assert_int_eq(ftruncate(file, (off_t)size - 1), 0);
    ck_assert(!pmap_is_in(p, path));
    ck_assert_int_eq(ftruncate(file, 1), 0);
    ck_assert(pmap_verify(p, &e) && !pmap_is_in(p, path) && !pmap_is_in(p, "/dev/null"));
    ck_assert_uint_eq(pmap_view(p)->mark_count, 18);
    pmap_close(p);
    ck_assert(!pmap_load(path, &e));
    const map_mark *first = pmap_view(p = pmap_use("grid", bytes, size, &e))->marks;
    const size_t at = (size_t)((const unsigned char *)first->position_ecef_m - bytes);
    pmap_close(p);
    bytes[at] ^= 1; /* the last bit of a position */
    ck_assert_int_eq(pwrite(file, bytes, size, 0), (ssize_t)size);
    p = pmap_open(path, &e);
    ck_assert_msg(p != NULL, "%s", e.text);
    pmap_close(p);
    p = pmap_use("grid", bytes, size, &e);
    ck_assert(pmap_is_in(p, path));
    ck_assert_int_eq(pwrite(file, "x", 1, offsetof(pmap_header, body_crc)), 1);
    ck_assert(!pmap_is_in(p, path));
    ck_assert_int_eq(pwrite(file, bytes, size, 0), (ssize_t)size);
    pmap_close(p);
    close(file);
    e = (error){""};
    ck_assert(!pmap_load(path, &e));
    ck_assert_msg(strstr(e.text, "checksum") != NULL, "%s", e.text);
    remove(path);
    ck_assert(!pmap_load(path, &e) && !pmap_load("/dev/null", &e) && !pmap_load("/", &e));
    free(bytes);
}
END_TEST

/* Reads all that a view offers. */
static double read_all(const map_view *v)
{
    uint32_t near[64];
    double sum = 0;
    for (uint32_t i = 0; i < v->tile_count && i < 8; i++) {
        for (uint32_t k = 0; k < v->tiles[i].segment_count; k++) {
            uint32_t point = v->tile_segments[v->tiles[i].first_segment + k];
            sum += v->points[point][0] - v->points[point + 1][0];
        }
    }
    if (v->mark_count > 0) {
        size_t n = map_near_marks(v, v->marks[0].position_ecef_m, 150, near, 64);
        for (size_t i = 0; i < n && i < 64; i++)
            sum += v->marks[near[i]].position_ecef_m[1];
        n = map_near_lanes(v, v->marks[0].position_ecef_m, 150, near, 64);
        for (size_t i = 0; i < n && i < 64; i++)
            sum += (double)v->lines[v->lanes[near[i]].left_line].id;
    }
    return sum;
}

START_TEST (cut_at_every_byte) {
    size_t size;
    uint8_t *bytes = build_grid(2, &size);
    for (size_t i = 0; i < size; i++) {
        void *copy = malloc(i ? i : 1);
        memcpy(copy, bytes, i);
        error why = {""};
        ck_assert(!pmap_use("cut", copy, i, &why));
        ck_assert(strncmp(why.text, "cut: ", 5) == 0);
        free(copy);
    }
    free(bytes);
}
END_TEST

/* A bent header is refused. In the body each bent byte is either refused at once, or harmless to a reader and
 * found by the checksum; with the header's checksum made to fit, so that it is not what protects. */
START_TEST (every_byte_bent) {
    size_t size, refused = 0;
    uint8_t *bytes = build_grid(2, &size);
    volatile double sum = 0;
    for (size_t i = 0; i < size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            error why = {""};
            bytes[i] ^= (uint8_t)(1 << bit);
            pmap *p = pmap_use("bent", bytes, size, &why);
            ck_assert(!p || i >= sizeof(pmap_header));
            if (p) {
                sum += read_all(pmap_view(p));
                ck_assert(!pmap_verify(p, &why));
            }
            refused += p == NULL;
            pmap_close(p);
            bytes[i] ^= (uint8_t)(1 << bit);
        }
    }
    (void)sum;
    ck_assert_uint_gt(refused, 8 * sizeof(pmap_header));
    free(bytes);
}
END_TEST

/* One value of the body is wrong: which array, where in it (bytes from its begin), the value, and which part
 * complains. */
static const struct {
    pmap_section_kind section;
    size_t at;
    int value; /* -1, -2: by one, by two beyond the last of `count_of` */
    pmap_section_kind count_of;
    const char *part;
} lies[] = {
    {PMAP_TILE_MARKS, 0, -1, PMAP_MARKS, "grid"},
    {PMAP_TILE_SEGMENTS, 0, -1, PMAP_POINTS, "grid"},
    {PMAP_TILE_SEGMENTS, 0, 2, PMAP_POINTS, "grid"}, /* the last point of its line */
    {PMAP_TILE_LANES, 0, -1, PMAP_LANES, "grid"},
    {PMAP_TILES, offsetof(map_tile, key), 0, PMAP_TILES, "grid"}, /* of the second tile: below the first's */
    {PMAP_TILES, offsetof(map_tile, mark_count), -2, PMAP_TILE_MARKS, "grid"},
    {PMAP_TILES, offsetof(map_tile, first_segment), -2, PMAP_TILE_SEGMENTS, "grid"},
    {PMAP_TILES, offsetof(map_tile, lane_count), -2, PMAP_TILE_LANES, "grid"},
    {PMAP_LANES, offsetof(map_lane, left_line), -1, PMAP_LINES, "lanes"},
    {PMAP_LANES, offsetof(map_lane, right_line), -1, PMAP_LINES, "lanes"},
    {PMAP_LANES, offsetof(map_lane, left_lane), -1, PMAP_LANES, "lanes"},
    {PMAP_LANES, offsetof(map_lane, followers) + 8, -1, PMAP_LANES, "lanes"},
    {PMAP_LANES, offsetof(map_lane, predecessors), -1, PMAP_LANES, "lanes"},
    {PMAP_LINES, offsetof(map_line, first_point), 1, PMAP_POINTS, "lines"},
    {PMAP_LINES, offsetof(map_line, point_count), -2, PMAP_POINTS, "lines"},
    {PMAP_LINES, offsetof(map_line, point_count), 1, PMAP_POINTS, "lines"},
    {PMAP_LINES, offsetof(map_line, type), MAP_LINE_COUNT, PMAP_POINTS, "lines"},
    {PMAP_LINES, offsetof(map_line, sigma_m), 0x7fc00000, PMAP_POINTS, "lines"}, /* a NaN */
    {PMAP_POINT_LINE, 0, 1, PMAP_POINTS, "lines"},
    {PMAP_POINTS, 4, 0x7ff80000, PMAP_POINTS, "lines"},
    {PMAP_MARKS, offsetof(map_mark, kind), 7, PMAP_MARKS, "marks"},
    {PMAP_MARKS, offsetof(map_mark, position_ecef_m) + 4, 0x7ff00000, PMAP_MARKS, "marks"},  /* infinite */
    {PMAP_MARKS, offsetof(map_mark, section_sigma_m), (int)0xbf800000, PMAP_MARKS, "marks"}, /* -1 */
};

START_TEST (each_lie_is_found) {
    size_t size;
    uint8_t *bytes = build_grid(2, &size);
    const pmap_header *h = (const pmap_header *)(const void *)bytes;
    const pmap_section *s = &h->sections[lies[_i].section];
    uint32_t count = h->sections[lies[_i].count_of].count, value = (uint32_t)lies[_i].value;
    bool is_tile_key = lies[_i].section == PMAP_TILES && lies[_i].at == offsetof(map_tile, key);
    uint8_t *at = bytes + s->offset + lies[_i].at + (is_tile_key ? sizeof(map_tile) : 0);
    error why = {""};
    if (lies[_i].value == -1 || lies[_i].value == -2)
        value = count + (lies[_i].value == -2);
    if (is_tile_key)
        memset(at, 0, sizeof(uint64_t));
    else
        memcpy(at, &value,
               lies[_i].at == offsetof(map_mark, kind) || lies[_i].at == offsetof(map_line, type) ? 1 : 4);
    ck_assert_msg(!pmap_use("lie", bytes, size, &why), "not found: lie %d", _i);
    ck_assert_msg(strstr(why.text, lies[_i].part), "lie %d: %s", _i, why.text);
    free(bytes);
}
END_TEST

/* The header says what it likes, and its checksum fits. */
START_TEST (sections_that_lie) {
    size_t size;
    uint8_t *bytes = build_grid(2, &size);
    volatile double sum = 0;
    static const uint32_t counts[] = {0, 1, 3, 1000, 0x7fffffff, 0xffffffff};
    for (int s = 0; s < PMAP_SECTION_COUNT; s++) {
        for (size_t i = 0; i < 2 * sizeof counts / sizeof *counts; i++) {
            pmap_header *h = (pmap_header *)(void *)bytes, before = *h;
            error why = {""};
            if (i % 2 == 0)
                h->sections[s].count = counts[i / 2];
            else
                h->sections[s].offset = (uint64_t)counts[i / 2] << (i % 3) * 8;
            h->header_crc = map_crc32c(h, offsetof(pmap_header, header_crc));
            pmap *p = pmap_use("lies", bytes, size, &why);
            if (p)
                sum += read_all(pmap_view(p));
            pmap_close(p);
            *h = before;
        }
    }
    (void)sum;
    free(bytes);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("all");
    tcase_add_test(c, crc);
    tcase_add_test(c, two_lanes);
    tcase_add_test(c, rails);
    tcase_add_test(c, no_height_is_refused);
    tcase_add_test(c, raised_from_a_default);
    tcase_add_test(c, same_bytes);
    tcase_add_test(c, of_a_view);
    tcase_add_test(c, file_on_disk);
    tcase_add_test(c, copy_of_a_file);
    tcase_add_test(c, cut_at_every_byte);
    tcase_add_test(c, every_byte_bent);
    tcase_add_loop_test(c, each_lie_is_found, 0, sizeof lies / sizeof *lies);
    tcase_add_test(c, sections_that_lie);
    tcase_set_timeout(c, 120);
    return run_cases("pmap", c);
}
