/*
 * What the filter sees of a map: plain arrays, ready to be read where they lie. The memory is the caller's,
 * usually a mapped file; nothing here is ever written to. No pointers inside the elements, so that a file can
 * hold them as they are.
 *
 * All positions are earth-centred earth-fixed, WGS84, metres, as double. An element is found through a grid
 * of tiles (map_near.c), so that what a look-up costs grows with what is near and not with the map.
 */
#ifndef POSED_FUSION_MAP_H
#define POSED_FUSION_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Things to see. Words as the class_name of a CameraLandmark: "sign", "light", "pole", "tag", "post",
 * "rail". */
typedef enum {
    MAP_CLASS_OTHER,
    MAP_CLASS_SIGN,
    MAP_CLASS_LIGHT,
    MAP_CLASS_POLE,
    MAP_CLASS_TAG,  /* a fiducial; its id is its number */
    MAP_CLASS_POST, /* guide post, bollard */
    MAP_CLASS_RAIL, /* post of a guard rail, fence: for a radar */
    MAP_CLASS_COUNT
} map_class;

typedef enum {
    MAP_LINE_UNKNOWN,
    MAP_LINE_SOLID,
    MAP_LINE_DASHED,
    MAP_LINE_CURB,
    MAP_LINE_VIRTUAL, /* no paint: where lanes cross a junction */
    MAP_LINE_RAIL,    /* guard rail, fence, wall: for a radar */
    MAP_LINE_COUNT
} map_line_type;

/* One thing at one place. */
typedef struct {
    uint64_t id; /* as in the source map; of a tag its number */
    double position_ecef_m[3];
    float sigma_m;         /* of its survey, its own, one sigma per axis */
    float section_sigma_m; /* of what all elements of its section share, one sigma per axis */
    uint32_t section;      /* elements with the same number were surveyed together */
    int32_t survey_day;    /* days since 1970-01-01; INT32_MIN: not known */
    uint8_t kind;          /* map_class */
    uint8_t reserved[7];
} map_mark;

/* A chain of points. A bound that two lanes share is one line. */
typedef struct {
    uint64_t id;
    uint32_t first_point, point_count; /* at least 2 */
    float sigma_m, section_sigma_m;    /* as of a mark */
    uint32_t section;
    uint8_t type; /* map_line_type */
    uint8_t reserved[3];
} map_line;

#define MAP_NONE UINT32_C(0xffffffff)
enum { MAP_MAX_FOLLOWERS = 4 };

/* A lane (Lanelet2: a lanelet) in its direction of travel. Indices are into the arrays of the same map;
 * MAP_NONE: there is none. */
typedef struct {
    uint64_t id;
    uint32_t left_line, right_line;
    uint32_t left_lane, right_lane; /* beside it, same direction, lane changes or not */
    uint32_t followers[MAP_MAX_FOLLOWERS], predecessors[MAP_MAX_FOLLOWERS];
    uint8_t left_reversed, right_reversed; /* 1: the line's points run against the lane */
    uint8_t one_way;
    uint8_t road;          /* road_class of settings.h; 255: not known */
    float speed_limit_mps; /* NAN: not known */
} map_lane;

/* Which elements touch a tile of the grid. Sorted by key. */
typedef struct {
    uint64_t key;                          /* map_tile_key */
    uint32_t first_mark, mark_count;       /* into tile_marks */
    uint32_t first_segment, segment_count; /* into tile_segments: indices of points that begin a segment */
    uint32_t first_lane, lane_count;       /* into tile_lanes */
} map_tile;

typedef struct {
    const double (*points)[3];  /* ECEF, of all lines */
    const uint32_t *point_line; /* for each point, its line */
    const map_mark *marks;
    const map_line *lines;
    const map_lane *lanes;
    const map_tile *tiles;
    const uint32_t *tile_marks, *tile_segments, *tile_lanes;
    uint32_t point_count, mark_count, line_count, lane_count, tile_count;
    uint32_t tile_mark_count, tile_segment_count, tile_lane_count;
} map_view;

/* A tile is a cube of this edge in ECEF. */
#define MAP_TILE_M 50.0

/* The key of the tile that holds a position: 21 bits of each axis, floor(x / MAP_TILE_M) + 2^20. */
uint64_t map_tile_key(const double position_ecef_m[3]);

/* Indices of the marks within `radius_m` (at most 500 m) of a position, ascending, each once; at most `size`;
 * returns how many there are, which may be more than `size`. */
size_t map_near_marks(const map_view *m, const double position_ecef_m[3], double radius_m, uint32_t *out,
                      size_t size);

/* The same of the segments of rails that touch a tile within reach: the index of the point that each begins
 * with. */
size_t map_near_rails(const map_view *m, const double position_ecef_m[3], double radius_m, uint32_t *out,
                      size_t size);

/* The same of lanes: those that touch a tile within reach. */
size_t map_near_lanes(const map_view *m, const double position_ecef_m[3], double radius_m, uint32_t *out,
                      size_t size);

#ifdef __cplusplus
}
#endif
#endif
