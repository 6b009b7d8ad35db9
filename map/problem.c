#include "map/problem.h"

#include "common/vector.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_room(map_problems *p)
{
    if (p->count == MAP_PROBLEMS_KEPT)
        return false;
    map_problem *list = vector_reserve(p->list, &p->capacity, p->count + 1, sizeof *list);
    if (!list)
        return false;
    p->list = list;
    return true;
}

bool map_problem_add(map_problems *p, map_severity severity, const char *code, map_place at,
                     const char *format, ...)
{
    p->counts[severity]++;
    if (!has_room(p))
        return false;
    map_problem *new = &p->list[p->count++];
    *new = (map_problem){.severity = severity, .code = code, .at = at};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(new->text, sizeof new->text, format, arguments);
    va_end(arguments);
    return false;
}

static int by_place(const void *a, const void *b)
{
    const map_problem *x = a, *y = b;
    if (x->at.file != y->at.file)
        return x->at.file < y->at.file ? -1 : 1;
    if (x->at.place != y->at.place)
        return x->at.place < y->at.place ? -1 : 1;
    if (x->at.id != y->at.id)
        return x->at.id < y->at.id ? -1 : 1;
    int code = strcmp(x->code, y->code);
    return code ? code : strcmp(x->text, y->text);
}

void map_problems_sort(map_problems *p)
{
    if (p->count > 1)
        qsort(p->list, p->count, sizeof *p->list, by_place);
}

void map_problems_finish(map_problems *p)
{
    free(p->list);
    *p = (map_problems){0};
}

const char *map_severity_word(map_severity s)
{
    static const char *const words[MAP_SEVERITY_COUNT] = {
        [MAP_NOTE] = "note", [MAP_WARNING] = "warning", [MAP_ERROR] = "error"};
    return s < MAP_SEVERITY_COUNT ? words[s] : "?";
}
