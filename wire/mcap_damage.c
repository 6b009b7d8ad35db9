#include "wire/mcap_damage.h"

#include <stdarg.h>
#include <stdio.h>

static void summarize(mcap_damage *d)
{
    if (d->count == 0)
        d->summary[0] = '\0';
    else if (d->count == 1)
        snprintf(d->summary, sizeof d->summary, "%s", d->text[0]);
    else
        snprintf(d->summary, sizeof d->summary, "%s (and %zu more)", d->text[0], d->count - 1);
}

void mcap_damage_init(mcap_damage *d)
{
    d->count = 0;
    summarize(d);
}

/* Names out of a damaged file go to terminals and into JSON. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
}

void mcap_damage_add(mcap_damage *d, const char *format, ...)
{
    if (d->count < MCAP_DAMAGE_KEPT) {
        char *text = d->text[d->count];
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof d->text[0], format, args);
        va_end(args);
        make_printable(text);
    }
    d->count++;
    summarize(d);
}

void mcap_damage_truncate(mcap_damage *d, size_t count)
{
    if (count >= d->count)
        return;
    d->count = count;
    summarize(d);
}
