/*
 * The table of what a scenario can set, made of the rows of sim/scenario_*.def and sim/errors_*.def.
 */
#ifndef POSED_SIM_SCENARIO_TABLE_H
#define POSED_SIM_SCENARIO_TABLE_H

#include "config/table.h"
#include "sim/scenario.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

extern const config_group sim_scenario_group; /* of sim_scenario: duration_s */
extern const config_group sim_datum_group;    /* of sim_scenario */
extern const config_group sim_road_group;     /* of sim_road_settings */
extern const config_group sim_vehicle_group;  /* of sim_vehicle_settings */
extern const config_group sim_weather_group;  /* of sim_weather_settings */
extern const config_group sim_survey_group;   /* of sim_survey_settings */
extern const config_group sim_sensor_group;   /* of sim_sensor_settings: what every sensor has */
extern const config_group sim_errors_group[SOURCE_KIND_COUNT]; /* of sim_sensor_settings: its kind's */

extern const char *const sim_road_words[SIM_ROAD_COUNT];
extern const char *const sim_road_meanings[SIM_ROAD_COUNT];
extern const char *const sim_light_words[SIM_LIGHT_COUNT];
extern const char *const sim_gnss_grade_words[SIM_GNSS_GRADE_COUNT];

/* Parts of a scenario as YAML: `mount:` of a sensor, and `config:`. */
void sim_scenario_print_mount(FILE *out, const mount_settings *m);
void sim_scenario_print_config(FILE *out, const settings *config);

/* The least latency_s that a sensor of that kind may have. */
double sim_least_latency_s(source_kind kind);

/* A sensor with the defaults of its kind; false when `name` is not KIND/NAME. */
bool sim_sensor_default(sim_sensor_settings *s, const char *name);

#ifdef __cplusplus
}
#endif
#endif
