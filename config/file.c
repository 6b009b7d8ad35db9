#include "config/file.h"

#include "config/problems.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Reads up to one byte more than may be there, so that a file that is too large shows. */
char *config_file_read(const char *path, size_t *size, config_problems *p)
{
    char *text = NULL;
    FILE *in = fopen(path, "rb");
    if (!in) {
        config_problem(p, path, 0, 0, "%s", strerror(errno));
        return NULL;
    }
    *size = 0;
    for (size_t room = 64 * 1024; *size < CONFIG_MAX_SIZE + 1; room *= 2) {
        if (room > CONFIG_MAX_SIZE + 1)
            room = CONFIG_MAX_SIZE + 1;
        char *larger = realloc(text, room);
        if (!larger) {
            config_problem(p, path, 0, 0, "out of memory");
            goto fail;
        }
        text = larger;
        *size += fread(text + *size, 1, room - *size, in);
        if (ferror(in)) {
            config_problem(p, path, 0, 0, "%s", strerror(errno));
            goto fail;
        }
        if (*size < room)
            break;
    }
    fclose(in);
    return text;
fail:
    free(text);
    fclose(in);
    return NULL;
}

void config_file_name(const char *path, char *name, size_t size)
{
    const char *slash = strrchr(path, '/'), *from = slash ? slash + 1 : path;
    snprintf(name, size, "%.*s", (int)strcspn(from, "."), from);
}
