#include "campaign/shard.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const endings[] = {
    [SHARD_PART] = "part", [SHARD_FINISHED] = "sqlite", [SHARD_LOG] = "log"};

/* A number from 1 to SHARD_MAX_COUNT as it is printed, without sign or leading zero; returns what follows, or
 * NULL. */
static const char *take_number(const char *text, uint32_t *number)
{
    char *end;
    if (!isdigit((unsigned char)text[0]) || text[0] == '0')
        return NULL;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || value > SHARD_MAX_COUNT)
        return NULL;
    *number = (uint32_t)value;
    return end;
}

bool shard_parse(const char *text, shard *s, error *e)
{
    const char *slash = take_number(text, &s->index);
    const char *end = slash && *slash == '/' ? take_number(slash + 1, &s->count) : NULL;
    if (!end || *end != '\0' || s->index > s->count)
        return error_set(e, "\"%s\" is not a shard I/N, as 3/100, with I from 1 to N and N at most %d", text,
                         SHARD_MAX_COUNT);
    return true;
}

bool shard_owns(shard s, uint64_t run)
{
    return s.count == 0 || run % s.count == s.index - 1;
}

bool shard_path(const char *dir, shard s, shard_file kind, char path[PATH_MAX], error *e)
{
    int n = snprintf(path, PATH_MAX, "%s/shards/%u-of-%u.%s", dir, s.index, s.count, endings[kind]);
    return (n > 0 && n < PATH_MAX) || error_set(e, "%.200s...: the name is too long", dir);
}

bool shard_of_name(const char *name, shard *s, shard_file *kind)
{
    const char *of = take_number(name, &s->index);
    const char *dot = of && strncmp(of, "-of-", 4) == 0 ? take_number(of + 4, &s->count) : NULL;
    if (!dot || *dot != '.' || s->index > s->count)
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (strcmp(dot + 1, endings[i]) == 0) {
            *kind = (shard_file)i;
            return true;
        }
    }
    return false;
}
