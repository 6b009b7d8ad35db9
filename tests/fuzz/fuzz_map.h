/* Any bytes as a map of any format. */
#ifndef POSED_TESTS_FUZZ_FUZZ_MAP_H
#define POSED_TESTS_FUZZ_FUZZ_MAP_H

#include "map/check.h"
#include "map/pmap_build.h"

#include <stdlib.h>
#include <string.h>

typedef bool map_parser(map_data *m, const char *name, const char *text, size_t size, map_problems *p,
                        error *e);

static inline void compile(map_data *m)
{
    const pmap_options o = {100, PMAP_SIGMA_M, PMAP_SECTION_SIGMA_M};
    error e = {""};
    size_t size;
    void *bytes = pmap_build(m, &o, &size, &e);
    if (!bytes)
        abort(); /* it has a height for everything */
    pmap *p = pmap_use("fuzz", bytes, size, &e);
    if (!p || !pmap_verify(p, &e))
        abort();
    pmap_close(p);
    free(bytes);
}

/* Parses them, which has to name the place where it fails; what is good is checked, compiled and opened
 * again. */
static inline void fuzz_map(map_parser *parse, const uint8_t *data, size_t size)
{
    error e = {""};
    map_data m = {0};
    map_problems p = {0};
    map_lanes l = {0};
    bool good = parse(&m, "fuzz", (const char *)data, size, &p, &e);
    if (good != (e.text[0] == '\0') || (!good && strncmp(e.text, "fuzz:", 5) != 0))
        abort();
    if (good && map_lanes_find(&l, &m) && map_check(&l, &p)) {
        map_problems_sort(&p);
        compile(&m);
    }
    map_lanes_finish(&l);
    map_problems_finish(&p);
    map_data_finish(&m);
}

#endif
