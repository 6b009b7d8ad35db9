#include "sensors/gnss/gnss_reader.h"
#include "tests/sensors/gnss_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char *gnss_log_path(const char *name)
{
    const char *root = getenv("POSED_REAL_DATA");
    char *path = NULL;
    if (asprintf(&path, "%s/gnss-logs/%s", root ? root : "/nowhere", name) < 0)
        abort();
    if (access(path, R_OK) == 0)
        return path;
    free(path);
    return NULL;
}

static void keep_fix(void *context, const gnss_fix *fix)
{
    gnss_log *l = context;
    l->fixes = reallocarray(l->fixes, l->count + 1, sizeof *l->fixes);
    if (!l->fixes)
        abort();
    l->fixes[l->count++] = *fix;
}

gnss_log gnss_log_read(const char *path)
{
    gnss_log list = {NULL, 0};
    gnss_reader *r = malloc(sizeof *r);
    FILE *in = fopen(path, "rb");
    if (!r || !in)
        abort();
    gnss_reader_init(r, false, (gnss_sink){&list, keep_fix});
    uint8_t bytes[4096];
    size_t n;
    while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
        gnss_reader_feed(r, bytes, n, 0);
    gnss_reader_end(r);
    fclose(in);
    free(r);
    return list;
}
