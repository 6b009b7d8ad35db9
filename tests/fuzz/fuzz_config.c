/* Any bytes as a configuration: taken or refused, never half; what is taken prints and loads back. */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same text twice is the same settings: the property tests compare the settings themselves. */
static char *print(const settings *s, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    if (!out || !config_print(out, s))
        abort();
    fclose(out);
    return text;
}

static void check_round_trip(const settings *s, settings *again, config_problems *p)
{
    size_t size, size_again;
    char *text = print(s, &size);
    settings_default(again);
    if (!config_load_text(again, "printed", text, size, p))
        abort();
    char *text_again = print(again, &size_again);
    if (size != size_again || memcmp(text, text_again, size) != 0)
        abort();
    free(text);
    free(text_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    settings *s = malloc(sizeof *s), *other = malloc(sizeof *other);
    config_problems *p = calloc(1, sizeof *p);
    if (!s || !other || !p)
        abort();
    settings_default(s);
    *other = *s;
    bool good = config_load_text(s, "fuzz", (const char *)data, size, p);
    if (good != (p->count == 0))
        abort();
    if (good)
        check_round_trip(s, other, p);
    else if (memcmp(s, other, sizeof *s) != 0)
        abort();
    free(s);
    free(other);
    free(p);
    return 0;
}
