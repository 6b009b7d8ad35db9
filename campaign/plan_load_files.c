/* What the lists of a plan have in common: room, and files by name or pattern. */
#include "campaign/plan_private.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *plan_grow(loader *l, const config_node *at, void *list, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0) /* room is a power of two */
        return list;
    void *larger = realloc(list, (count == 0 ? 1 : 2 * count) * size);
    if (!larger)
        load_problem(l, at, "out of memory");
    return larger;
}

/* The path as a pattern: what stands before the `own` last letters is the directory of the plan, and no
 * pattern. */
static void escape(const char *path, size_t own, char *out, size_t size)
{
    size_t before = strlen(path) >= own ? strlen(path) - own : 0, used = 0;
    for (size_t i = 0; path[i] && used + 2 < size; i++) {
        if (i < before && strchr("*?[]\\", path[i]))
            out[used++] = '\\';
        out[used++] = path[i];
    }
    out[used] = '\0';
}

void plan_read_files(loader *l, const char *key, const config_node *value, plan_take_file *take, void *target)
{
    char path[RUN_PATH_SIZE] = "", pattern[2 * RUN_PATH_SIZE];
    const config_node name = {.kind = NODE_SCALAR, .text = key, .line = value->line, .column = value->column};
    glob_t found = {0};
    load_path_read(l, &name, value, path);
    if (path[0] == '\0')
        return;
    if (!strpbrk(value->text, "*?[") || access(path, F_OK) == 0) {
        take(l, value, path, target);
        return;
    }
    escape(path, strlen(value->text), pattern, sizeof pattern);
    if (glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc == 0)
        load_problem(l, value, "%s: no file is called like that", key);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (!take(l, value, found.gl_pathv[i], target))
            break;
    }
    globfree(&found);
}

bool plan_is_list(loader *l, const config_node *key, const config_node *value, const char *expected)
{
    char found[CONFIG_QUOTE_SIZE];
    if (value->kind != NODE_SEQUENCE && value->kind != NODE_REFUSED)
        load_problem(l, value, "%s: expected %s, found %s", key->text, expected, load_found(found, value));
    return value->kind == NODE_SEQUENCE;
}
