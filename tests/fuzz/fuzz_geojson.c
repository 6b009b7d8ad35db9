/* Any bytes as a GeoJSON map: refused by place, or checked, compiled and opened again. */
#include "map/geojson.h"
#include "tests/fuzz/fuzz_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_map(geojson_parse, data, size);
    return 0;
}
