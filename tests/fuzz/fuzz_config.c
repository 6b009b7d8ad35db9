/* Any bytes as a configuration: taken or refused, never half; what is taken prints and loads back. */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same text twice is the same settings: the property tests compare the settings themselves. */
static char *print(const settings *s, const run_settings *r, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    if (!out || !config_print_all(out, s, r))
        abort();
    fclose(out);
    return text;
}

static void check_round_trip(const settings *s, const run_settings *r, settings *again, run_settings *r_again,
                             config_problems *p)
{
    size_t size, size_again;
    char *text = print(s, r, &size);
    settings_default(again);
    run_settings_default(r_again);
    if (!config_load_all_text(again, r_again, "printed", text, size, p))
        abort();
    char *text_again = print(again, r_again, &size_again);
    if (size != size_again || memcmp(text, text_again, size) != 0)
        abort();
    free(text);
    free(text_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    settings *s = malloc(sizeof *s), *other = malloc(sizeof *other);
    run_settings *r = calloc(1, sizeof *r), *r_other = calloc(1, sizeof *r_other);
    config_problems *p = calloc(1, sizeof *p);
    if (!s || !other || !r || !r_other || !p)
        abort();
    settings_default(s);
    run_settings_default(r);
    *other = *s;
    memcpy(r_other, r, sizeof *r);
    bool good = config_load_all_text(s, r, "fuzz", (const char *)data, size, p);
    if (good != (p->count == 0))
        abort();
    if (good)
        check_round_trip(s, r, other, r_other, p);
    else if (memcmp(s, other, sizeof *s) != 0 || memcmp(r, r_other, sizeof *r) != 0)
        abort();
    free(s);
    free(other);
    free(r);
    free(r_other);
    free(p);
    return 0;
}
