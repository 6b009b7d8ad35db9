/* A fitted scenario as YAML, with what is known of each figure. */
#include "config/print.h"
#include "config/scalar.h"
#include "sim/fit.h"
#include "sim/scenario_table.h"

#include <math.h>

static const char head[] =
    "# Made by posed simulate --like. A figure is as measured; or raised to the least that a real part has, "
    "or cut\n"
    "# to the most that a setting may be; or the default, where the drive does not show it.\n";

static void print_outcome(FILE *out, const sim_fit_line *l)
{
    char number[CONFIG_NUMBER_SIZE];
    switch (l->outcome) {
    case SIM_FIT_RAISED:
        fprintf(out, "measured %s, raised to the least; ", config_scalar_print(number, l->measured));
        break;
    case SIM_FIT_CUT:
        fprintf(out, "measured %s, cut to the most; ", config_scalar_print(number, l->measured));
        break;
    case SIM_FIT_KEPT:
        fputs("not measured: ", out);
        break;
    case SIM_FIT_TAKEN:
    case SIM_FIT_REMARK:
        break;
    }
    fputs(l->said, out);
}

static void print_lines(FILE *out, const sim_fit *fit, int where, const char *indent)
{
    char number[CONFIG_NUMBER_SIZE];
    for (size_t i = 0; i < fit->count; i++) {
        const sim_fit_line *l = &fit->lines[i];
        if (l->where != where)
            continue;
        if (l->key)
            fprintf(out, "%s%s: %s # ", indent, l->key, config_scalar_print(number, l->value));
        else
            fprintf(out, "%s# ", indent);
        print_outcome(out, l);
        fputc('\n', out);
    }
}

static bool any(const sim_fit *fit, int where)
{
    for (size_t i = 0; i < fit->count; i++) {
        if (fit->lines[i].where == where && fit->lines[i].key)
            return true;
    }
    return false;
}

bool sim_fit_print(FILE *out, const sim_fit *fit)
{
    const sim_scenario *s = fit->scenario;
    char number[CONFIG_NUMBER_SIZE];
    fprintf(out, "%sname: %s\nabout: ", head, s->name);
    print_text(out, s->about);
    fprintf(out, "\nduration_s: %s\n", config_scalar_print(number, s->duration_s));
    fprintf(out, "road:\n  kind: %s\n  file: ", sim_road_word(s->road.kind));
    print_text(out, s->road.file);
    fputc('\n', out);
    print_lines(out, fit, SIM_FIT_ROAD, "  ");
    if (any(fit, SIM_FIT_VEHICLE)) {
        fputs("vehicle:\n", out);
        print_lines(out, fit, SIM_FIT_VEHICLE, "  ");
    }
    fputs("sensors:\n", out);
    for (size_t i = 0; i < s->sensor_count; i++) {
        fprintf(out, "  %s:\n", s->sensors[i].name);
        sim_scenario_print_mount(out, &s->sensors[i].mount);
        print_lines(out, fit, (int)i, "    ");
    }
    sim_scenario_print_config(out, &s->config);
    return fflush(out) == 0 && !ferror(out);
}
