/* Any bytes as a Lanelet2 map: refused by place, or checked, compiled and opened again. */
#include "map/lanelet2.h"
#include "tests/fuzz/fuzz_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_map(lanelet2_parse, data, size);
    return 0;
}
