/* Any bytes as a DBC file: refused by place, or every message of it can be found and every signal decoded. */
#include "common/utf8.h"
#include "sensors/can/dbc_decode.h"
#include "sensors/can/dbc_text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    size_t size = strlen(text), length;
    for (size_t i = 0; i < size; i += length) {
        length = utf8_length(text + i, size - i);
        if (length == 0)
            abort();
    }
}

static void check_signal(const dbc_signal *s, const uint8_t *payload)
{
    volatile double sum = 0.0;
    double value;
    check_text(s->name);
    check_text(s->unit);
    for (size_t size = 0; size <= 64; size += 8) {
        if (dbc_signal_read(s, payload, size, &value))
            sum = sum + value;
        if (dbc_signal_present(s, payload, size) && !dbc_signal_fits(s, size))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t payload[64];
    error e = {""};
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = size > 0 ? data[i % size] : 0;
    dbc *d = dbc_parse("fuzz", (const char *)data, size, &e);
    if ((d != NULL) != (e.text[0] == '\0') || (!d && strncmp(e.text, "fuzz:", 5) != 0))
        abort();
    for (size_t i = 0; d && i < d->message_count; i++) {
        const dbc_message *m = &d->messages[i];
        const dbc_message *found = dbc_find(d, m->id, m->extended);
        if (!found || found->id != m->id || !dbc_find_name(d, m->name))
            abort();
        for (size_t j = 0; j < m->signal_count; j++)
            check_signal(&m->signals[j], payload);
    }
    dbc_destroy(d);
    return 0;
}
