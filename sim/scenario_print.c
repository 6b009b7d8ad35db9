/* A scenario as YAML, and docs/SCENARIO.md from the table. */
#include "config/print.h"
#include "config/scalar.h"
#include "sim/scenario_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void sim_scenario_print_mount(FILE *out, const mount_settings *m)
{
    char number[CONFIG_NUMBER_SIZE];
    for (size_t i = 0; i < config_mount.count; i++)
        fprintf(out, "%s%s: %s", i == 0 ? "    mount: {" : ", ", config_mount.keys[i].name,
                config_scalar_print(number, config_get(&config_mount.keys[i], m)));
    fputs("}\n", out);
}

static void print_sensor(const printer *p, const sim_sensor_settings *s)
{
    fprintf(p->out, "  %s:\n", s->name);
    sim_scenario_print_mount(p->out, &s->mount);
    if (s->kind == SOURCE_GNSS)
        fprintf(p->out, "    grade: %s\n", sim_gnss_grade_words[s->of.gnss.grade]);
    print_group(p, "    ", &sim_sensor_group, s);
    print_group(p, "    ", &sim_errors_group[s->kind], s);
}

void sim_scenario_print_config(FILE *out, const settings *config)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return;
    config_print(memory, config);
    fclose(memory);
    fputs("config:\n", out);
    for (const char *line = text; line && *line;) {
        const char *end = strchrnul(line, '\n');
        fprintf(out, "  %.*s\n", (int)(end - line), line);
        line = *end ? end + 1 : end;
    }
    free(text);
}

static void print_route(FILE *out, const sim_road_settings *road)
{
    for (size_t i = 0; i < road->route_count; i++)
        fprintf(out, "%s%" PRId64, i == 0 ? "  route: [" : ", ", road->route[i]);
    if (road->route_count > 0)
        fputs("]\n", out);
}

bool sim_scenario_print(FILE *out, const sim_scenario *s)
{
    const printer p = {.out = out, .comments = false, .mark = ""};
    fprintf(out, "name: %s\n", s->name);
    if (s->about[0]) {
        fputs("about: ", out);
        print_text(out, s->about);
        fputc('\n', out);
    }
    print_group(&p, "", &sim_scenario_group, s);
    fputs("datum:\n", out);
    print_group(&p, "  ", &sim_datum_group, s);
    fprintf(out, "road:\n  kind: %s\n", sim_road_words[s->road.kind]);
    if (s->road.file[0]) {
        fputs("  file: ", out);
        print_text(out, s->road.file);
        fputc('\n', out);
    }
    print_route(out, &s->road);
    print_group(&p, "  ", &sim_road_group, &s->road);
    fputs("vehicle:\n", out);
    print_group(&p, "  ", &sim_vehicle_group, &s->vehicle);
    fprintf(out, "weather:\n  light: %s\n", sim_light_words[s->weather.light]);
    print_group(&p, "  ", &sim_weather_group, &s->weather);
    fputs("survey:\n", out);
    print_group(&p, "  ", &sim_survey_group, &s->survey);
    fputs("sensors:\n", out);
    for (size_t i = 0; i < s->sensor_count; i++)
        print_sensor(&p, &s->sensors[i]);
    sim_scenario_print_config(out, &s->config);
    return fflush(out) == 0 && !ferror(out);
}

static const char head[] =
    "# Scenarios\n"
    "\n"
    "<!-- Generated: posed simulate --reference > docs/SCENARIO.md -->\n"
    "\n"
    "A scenario is what a simulated drive is made of: `posed simulate SCENARIO.yaml -o DRIVE.mcap`. Those "
    "in\n"
    "`sim/scenarios/` are meant to be read and changed.\n"
    "\n"
    "```yaml\n"
    "name: my_town\n"
    "base: car.yaml          # another scenario to build on, here for its sensors\n"
    "duration_s: 90\n"
    "road: {kind: town, speed_mps: 13, canyon: 0.2}\n"
    "weather: {light: dusk, rain: 0.3}\n"
    "sensors:\n"
    "  gnss/roof: {mount: {x_m: 0.9, z_m: 1.6}, rate_hz: 5, open_most_m: 3}\n"
    "config: {alert_limits: {road_class: local}}   # what posed is told, beside the sensors' mounts\n"
    "```\n"
    "\n"
    "- Every key has a default; a scenario holds what differs. Unknown keys, wrong types and numbers out of\n"
    "  range are refused with their line.\n"
    "- The least value of an error is that of a real part ([SIMULATOR.md](SIMULATOR.md) has the sources): a\n"
    "  scenario can make an error worse, never better.\n"
    "- `config` is a configuration of posed ([CONFIG.md](CONFIG.md)). Each sensor is a source of it "
    "already,\n"
    "  mounted where `mount` says; where it really sits differs by `mount_sigma_m` and `mount_sigma_deg`.\n";

static void write_number(FILE *out, double value)
{
    char number[CONFIG_NUMBER_SIZE];
    fputs(config_scalar_print(number, value), out);
}

static void write_group(FILE *out, const char *title, const config_group *g, const void *defaults)
{
    fprintf(out, "\n## %s\n\n| key | unit | least | most | default | meaning |\n", title);
    fputs("| --- | --- | --- | --- | --- | --- |\n", out);
    for (size_t i = 0; i < g->count; i++) {
        const config_key *k = &g->keys[i];
        fprintf(out, "| `%s` | %s | ", k->name, strcmp(k->unit, "1") == 0 ? "" : k->unit);
        write_number(out, k->min);
        fputs(" | ", out);
        write_number(out, k->max);
        fputs(" | ", out);
        write_number(out, config_get(k, defaults));
        fprintf(out, " | %s |\n", k->meaning);
    }
}

static void write_sensors(FILE *out)
{
    for (int kind = 0; kind < SOURCE_KIND_COUNT; kind++) {
        char name[FRAME_SOURCE_NAME_SIZE], title[FRAME_SOURCE_NAME_SIZE + 16];
        sim_sensor_settings sensor;
        snprintf(name, sizeof name, "%s/x", source_kind_word((source_kind)kind));
        if (!sim_sensor_default(&sensor, name))
            continue;
        snprintf(title, sizeof title, "sensors: %s/NAME", source_kind_word((source_kind)kind));
        write_group(out, title, &sim_sensor_group, &sensor);
        fputs("\nand of its kind:\n", out);
        write_group(out, "errors", &sim_errors_group[kind], &sensor);
    }
}

bool sim_scenario_write_reference(FILE *out)
{
    sim_scenario *s = malloc(sizeof *s);
    if (!s)
        return false;
    sim_scenario_default(s);
    fputs(head, out);
    write_group(out, "the scenario", &sim_scenario_group, s);
    write_group(out, "datum", &sim_datum_group, s);
    fputs("\n## road: kind\n\n| kind | what it is |\n| --- | --- |\n", out);
    for (int i = 0; i < SIM_ROAD_COUNT; i++)
        fprintf(out, "| `%s` | %s |\n", sim_road_words[i], sim_road_meanings[i]);
    fputs("\nA map's `file` is relative to the scenario, or begins with `" SIM_REAL_DATA
          "`, which the environment\n"
          "names. `route` is a list of lanelets that follow each other; from the last one on, and without a "
          "route,\n"
          "the way is chosen: one that is long enough. Widths, limits, lines and marks are the map's.\n",
          out);
    write_group(out, "road", &sim_road_group, &s->road);
    write_group(out, "vehicle", &sim_vehicle_group, &s->vehicle);
    write_group(out, "weather", &sim_weather_group, &s->weather);
    fputs("\n`light`: day, dusk, night or glare.\n", out);
    write_group(out, "survey", &sim_survey_group, &s->survey);
    write_sensors(out);
    fprintf(
        out,
        "\nA GNSS receiver's `grade` is single or rtk. Its `latency_s` is %.2f at least, a roadside unit's "
        "%.2f.\n",
        sim_least_latency_s(SOURCE_GNSS), sim_least_latency_s(SOURCE_ROADSIDE));
    free(s);
    return fflush(out) == 0 && !ferror(out);
}
