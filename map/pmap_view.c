/* A map in memory as a compiled file. */
#include "map/pmap_builder.h"
#include "fusion/geodesy.h"

#include <math.h>
#include <stdint.h>

static const double deg = 180 / M_PI;

static void take_place(pmap_builder *b, const double ecef_m[3])
{
    double latitude_rad, longitude_rad, height_m;
    ecef_to_geodetic(ecef_m, &latitude_rad, &longitude_rad, &height_m);
    if (!(b->about.south_deg <= b->about.north_deg)) /* the first: bounds are kept from there */
        b->lanes.plane.longitude_deg = longitude_rad * deg;
    pmap_take_bounds(b, latitude_rad * deg, longitude_rad * deg, height_m);
}

static void take_sigma(pmap_about *a, float sigma_m, float section_sigma_m)
{
    float both = hypotf(sigma_m, section_sigma_m);
    a->least_sigma_m = fminf(a->least_sigma_m, both);
    a->most_sigma_m = fmaxf(a->most_sigma_m, both);
}

static void describe(pmap_builder *b, const map_view *v)
{
    for (uint32_t i = 0; i < v->point_count; i++)
        take_place(b, v->points[i]);
    for (uint32_t i = 0; i < v->mark_count; i++) {
        take_place(b, v->marks[i].position_ecef_m);
        take_sigma(&b->about, v->marks[i].sigma_m, v->marks[i].section_sigma_m);
        b->about.classes[v->marks[i].kind]++;
    }
    for (uint32_t i = 0; i < v->line_count; i++) {
        take_sigma(&b->about, v->lines[i].sigma_m, v->lines[i].section_sigma_m);
        b->about.line_types[v->lines[i].type]++;
    }
}

/* The builder only reads what it assembles; its arrays are not const because it makes them elsewhere. */
static void *writable(const void *array)
{
    return (void *)(uintptr_t)array;
}

void *pmap_of_view(const map_view *v, size_t *size)
{
    map_data none = {0};
    const pmap_options options = {.height_m = NAN, .sigma_m = NAN, .section_sigma_m = NAN};
    pmap_builder b = {.m = &none,
                      .o = &options,
                      .points = writable(v->points),
                      .point_line = writable(v->point_line),
                      .marks = writable(v->marks),
                      .lines = writable(v->lines),
                      .out_lanes = writable(v->lanes),
                      .point_count = v->point_count,
                      .mark_count = v->mark_count,
                      .line_count = v->line_count,
                      .lane_count = v->lane_count,
                      .tiles = {.tiles = writable(v->tiles),
                                .lists = {[TILE_MARK] = writable(v->tile_marks),
                                          [TILE_SEGMENT] = writable(v->tile_segments),
                                          [TILE_LANE] = writable(v->tile_lanes)},
                                .tile_count = v->tile_count,
                                .counts = {[TILE_MARK] = v->tile_mark_count,
                                           [TILE_SEGMENT] = v->tile_segment_count,
                                           [TILE_LANE] = v->tile_lane_count}}};
    pmap_begin_about(&b);
    b.about.default_sigma_m = b.about.default_section_sigma_m = 0;
    b.about.first_day = b.about.last_day = MAP_NO_DAY;
    describe(&b, v);
    pmap_end_about(&b);
    return pmap_assemble(&b, size);
}
