#include "daemon/replay/injection.h"

#include <math.h>
#include <stdlib.h>

static inject_plan *load_all(const char *const *paths, size_t count, config_problems *problems)
{
    inject_plan *all = NULL;
    for (size_t i = 0; i < count; i++) {
        inject_plan *p = inject_plan_load(paths[i], problems);
        if (!p)
            continue;
        if (!all) {
            all = p;
            continue;
        }
        if (!inject_plan_append(all, p, problems))
            count = i;
        inject_plan_destroy(p);
    }
    return all;
}

inject_plan *injection_load(const char *const *paths, size_t count, error *e)
{
    config_problems *problems = calloc(1, sizeof *problems);
    if (!problems) {
        error_set(e, "out of memory");
        return NULL;
    }
    inject_plan *p = load_all(paths, count, problems);
    if (problems->count > 0) {
        config_problems_print(stderr, problems);
        error_set(e, "the faults to inject have %zu problem%s", problems->count,
                  problems->count == 1 ? "" : "s");
        inject_plan_destroy(p);
        p = NULL;
    }
    free(problems);
    return p;
}

bool injection_apply(const inject_plan *p, settings *s, const map_view *map, uint64_t seed, error *e)
{
    config_problems *problems = calloc(1, sizeof *problems);
    if (!problems)
        return error_set(e, "out of memory");
    bool good = inject_apply_settings(p, s, map, seed, problems);
    if (!good) {
        config_problems_print(stderr, problems);
        error_set(e, "the faults do not fit this drive");
    }
    free(problems);
    return good;
}

void injection_print(FILE *out, const inject_plan *p)
{
    fprintf(out, "%s: ", inject_plan_name(p));
    for (size_t i = 0; i < inject_plan_count(p); i++) {
        inject_fault f = inject_plan_get(p, i);
        fprintf(out, "%s%s of %s, ", i > 0 ? "; " : "", f.kind, f.source);
        if (isfinite(f.to_s))
            fprintf(out, "%g to %g s", f.from_s, f.to_s);
        else if (f.from_s > 0)
            fprintf(out, "from %g s", f.from_s);
        else
            fputs("always", out);
    }
}
