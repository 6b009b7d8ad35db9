/* Any bytes as a CAN log: each line a sound frame, nothing, or refused with a reason; a frame that is written
 * again in the compact form is the same frame. */
#include "sensors/can/candump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t write_compact(const can_bus_frame *f, char *out, size_t size)
{
    int n = f->stamp_ns == INT64_MIN
                ? 0
                : snprintf(out, size, "(%lld.%09lld) ", (long long)(f->stamp_ns / 1000000000),
                           (long long)(f->stamp_ns % 1000000000));
    unsigned id = f->id | (f->error ? 0x20000000u : 0);
    n += snprintf(out + n, size - (size_t)n, f->extended || f->error ? "%s %08X#" : "%s %03X#", f->interface,
                  id);
    if (f->remote)
        return (size_t)(n + snprintf(out + n, size - (size_t)n, "R%d", f->size));
    n += snprintf(out + n, size - (size_t)n, "%s", f->fd ? "#0" : "");
    for (size_t i = 0; i < f->size; i++)
        n += snprintf(out + n, size - (size_t)n, "%02X", f->data[i]);
    return (size_t)n;
}

static void check_frame(const can_bus_frame *f)
{
    char line[256];
    const char *why;
    can_bus_frame again;
    if (f->size > (f->fd ? 64 : 8) || f->id > 0x1fffffff || (!f->extended && !f->error && f->id > 0x7ff))
        abort();
    bool written = !f->fd || !f->remote; /* candump knows no remote frame of CAN FD */
    if (written && (candump_parse(line, write_compact(f, line, sizeof line), &again, &why) != CANDUMP_FRAME ||
                    memcmp(f, &again, sizeof again) != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at)), *why = NULL;
        can_bus_frame f;
        memset(&f, 0, sizeof f);
        candump_result result = candump_parse(at, (size_t)((stop ? stop : end) - at), &f, &why);
        if (result == CANDUMP_FRAME)
            check_frame(&f);
        else if (result == CANDUMP_MALFORMED && !why)
            abort();
        at = stop ? stop + 1 : end;
    }
    return 0;
}
