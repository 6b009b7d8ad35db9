/*
 * The compiled map, .pmap: the arrays of fusion/map.h in a file, to be read where they lie (docs/MAPS.md has
 * the layout).
 *
 * What is checked when: opening checks the header by its CRC, and every index, kind and number of the body
 * by value, so that no file can make a reader read beyond it. The CRC of the body, which finds a position
 * that was bent into another valid one, is checked by pmap_verify.
 */
#ifndef POSED_MAP_PMAP_H
#define POSED_MAP_PMAP_H

#include "common/error.h"
#include "fusion/map.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { PMAP_VERSION = 1 };

/* The arrays, in the order of the file. */
typedef enum {
    PMAP_POINTS,
    PMAP_POINT_LINE,
    PMAP_MARKS,
    PMAP_LINES,
    PMAP_LANES,
    PMAP_TILES,
    PMAP_TILE_MARKS,
    PMAP_TILE_SEGMENTS,
    PMAP_TILE_LANES,
    PMAP_SECTION_COUNT
} pmap_section_kind;

/* What is known of the whole map. Part of the header, as it is. */
typedef struct {
    double south_deg, north_deg, west_deg, east_deg; /* WGS84; west > east: across the date line */
    double lowest_m, highest_m;                      /* above the ellipsoid */
    uint32_t classes[8];                             /* marks of each map_class */
    uint32_t line_types[8];                          /* lines of each map_line_type */
    uint32_t height_defaults;                        /* points and marks that have the default height */
    uint32_t sigma_defaults;                         /* marks and lines that have a default sigma */
    double default_height_m;                         /* NAN: none was given or needed */
    float default_sigma_m, default_section_sigma_m;
    float least_sigma_m, most_sigma_m; /* of what an element and its section have together */
    int32_t first_day, last_day;       /* of the surveys; INT32_MIN: not known of any */
    uint32_t dated;                    /* marks and lines with a survey date */
    uint32_t datum_stated;             /* 1: every source states its datum */
} pmap_about;

typedef struct {
    uint64_t offset;      /* from the begin of the file, a multiple of 64 */
    uint32_t count, size; /* elements, and bytes of each */
} pmap_section;

typedef struct {
    char magic[8];       /* "posedmap" */
    uint32_t version;    /* PMAP_VERSION */
    uint32_t byte_order; /* 0x01020304 as the writer's machine has it */
    uint32_t header_size;
    uint32_t tile_mm; /* edge of a tile: MAP_TILE_M */
    uint64_t file_size;
    pmap_about about;
    pmap_section sections[PMAP_SECTION_COUNT];
    uint32_t body_crc;   /* CRC-32C from the end of the header to the end of the file */
    uint32_t header_crc; /* CRC-32C of the header before this field */
} pmap_header;

typedef struct pmap pmap;

/* Maps a file into memory, read only, and checks it as above. NULL with `e` set. */
pmap *pmap_open(const char *path, error *e);
/* The same, and checks the CRC of the body, of a copy in memory: whatever becomes of the file afterwards, the
 * map stays as it is. For a program that must not die of a file that is written over. */
pmap *pmap_load(const char *path, error *e);
/* The same for bytes in memory, aligned to 8, which must outlive it; `name` stands for the file. */
pmap *pmap_use(const char *name, const void *bytes, size_t size, error *e);
void pmap_close(pmap *p);

/* Does the file hold this map, as far as its header with both CRCs and its size tell? False as well when it
 * cannot be read. */
bool pmap_is_in(const pmap *p, const char *path);

/* Valid until it is closed. */
const map_view *pmap_view(const pmap *p);
const pmap_header *pmap_get_header(const pmap *p);

/* Checks the CRC of the body. False with `e` set. */
bool pmap_verify(const pmap *p, error *e);

/* Does the file begin as a compiled map does? False as well when it cannot be read. */
bool pmap_is_one(const char *path);

#ifdef __cplusplus
}
#endif
#endif
