/* Any bytes as a NumPy array: refused with a reason, or every element of it can be read. */
#include "sensors/import/npy.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    npy a;
    error e = {""};
    bool taken = npy_parse(&a, data, size, "fuzz", &e);
    if (taken != (e.text[0] == '\0'))
        abort();
    volatile double sum = 0.0;
    for (size_t row = 0; taken && row < a.rows && a.columns > 0; row++) {
        for (size_t column = 0; column < a.columns; column++)
            sum = sum + npy_number(&a, row, column);
    }
    return 0;
}
