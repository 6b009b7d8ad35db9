#include "common/vector.h"

#include <stdint.h>
#include <stdlib.h>

void *vector_reserve(void *items, size_t *capacity, size_t count, size_t size)
{
    if (items && count <= *capacity)
        return items;
    size_t wanted = *capacity > 0 ? *capacity : 64;
    while (wanted < count) {
        if (wanted > SIZE_MAX / 2)
            return NULL;
        wanted *= 2;
    }
    if (wanted > SIZE_MAX / size)
        return NULL;
    void *grown = realloc(items, wanted * size);
    if (grown)
        *capacity = wanted;
    return grown;
}
