/*
 * A scenario: what a simulated drive is made of. Roads, driver, weather, survey, sensors and their errors, as
 * plain structs read from YAML (sim/scenarios/).
 *
 * The rows of sim/scenario_*.def and sim/errors_*.def are the only definition: fields, defaults, YAML keys,
 * ranges and the reference page (docs/SCENARIO.md) come from them. The least value of an error is that of a
 * real part (docs/SIMULATOR.md), so a scenario can make it worse, never better.
 */
#ifndef POSED_SIM_SCENARIO_H
#define POSED_SIM_SCENARIO_H

#include "config/config.h"
#include "fusion/settings.h"
#include "sim/motion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(ENUM, word, meaning) */
#define SIM_ROADS(X)                                                                                         \
    X(TOWN, "town", "streets with junctions, bends, houses on both sides, traffic lights")                   \
    X(MOTORWAY, "motorway", "three lanes, wide curves, guard rails, gantries")                               \
    X(MOUNTAIN, "mountain", "hairpins, grades to 10 %, banked bends, rock on one side")                      \
    X(TUNNEL, "tunnel", "a motorway or trunk road with a tunnel of road.tunnel_m in the middle")             \
    X(CAR_PARK, "car_park", "a ramp and rows of a car park, at walking pace, with fiducials")                \
    X(RING, "ring", "a town's ring road: junctions, roundabouts, standing and going")                        \
    X(MAP, "map", "a way through the lanelets of road.file (Lanelet2 OSM XML)")                              \
    X(DRIVE, "drive", "the way that the vehicle of road.file (a drive with truth, MCAP) went, as it went it")

typedef enum {
#define X(NAME, word, meaning) SIM_ROAD_##NAME,
    SIM_ROADS(X)
#undef X
        SIM_ROAD_COUNT
} sim_road_kind;

#define SIM_LIGHTS(X)                                                                                        \
    X(DAY, "day")                                                                                            \
    X(DUSK, "dusk")                                                                                          \
    X(NIGHT, "night")                                                                                        \
    X(GLARE, "glare")

typedef enum {
#define X(NAME, word) SIM_LIGHT_##NAME,
    SIM_LIGHTS(X)
#undef X
        SIM_LIGHT_COUNT
} sim_light;

/* How a GNSS receiver works. */
#define SIM_GNSS_GRADES(X)                                                                                   \
    X(SINGLE, "single", "single-frequency code receiver")                                                    \
    X(RTK, "rtk", "carrier phase with corrections: fixed, float and wrong-fix episodes")

typedef enum {
#define X(NAME, word, meaning) SIM_GNSS_##NAME,
    SIM_GNSS_GRADES(X)
#undef X
        SIM_GNSS_GRADE_COUNT
} sim_gnss_grade;

enum { SIM_MAX_ROUTE = 64 };

/* How the name of a file of the real data begins; the directory is that of the environment. */
#define SIM_REAL_DATA "$POSED_REAL_DATA/"

#define NUM(name, unit, min, max, value, meaning) double name;
#define FLAG(name, value, meaning) bool name;

typedef struct {
#include "sim/scenario_road.def"
    sim_road_kind kind;
    char file[RUN_PATH_SIZE]; /* of SIM_ROAD_MAP and SIM_ROAD_DRIVE, as seen from the working directory */
    size_t route_count;
    int64_t route[SIM_MAX_ROUTE]; /* of SIM_ROAD_MAP: lanelets; none: the way is chosen */
} sim_road_settings;

typedef struct {
#include "sim/scenario_vehicle.def"
} sim_vehicle_settings;

typedef struct {
#include "sim/scenario_weather.def"
    sim_light light;
} sim_weather_settings;

typedef struct {
#include "sim/scenario_survey.def"
} sim_survey_settings;

typedef struct {
#include "sim/errors_gnss.def"
    sim_gnss_grade grade;
} sim_gnss_errors;

typedef struct {
#include "sim/errors_imu.def"
} sim_imu_errors;

typedef struct {
#include "sim/errors_wheel.def"
} sim_wheel_errors;

typedef struct {
#include "sim/errors_radar.def"
} sim_radar_errors;

typedef struct {
#include "sim/errors_camera.def"
} sim_camera_errors;

typedef struct {
#include "sim/errors_roadside.def"
} sim_roadside_errors;

typedef struct {
#include "sim/errors_odometry.def"
} sim_odometry_errors;

/* One sensor as the scenario has it. */
typedef struct {
    char name[FRAME_SOURCE_NAME_SIZE]; /* "<kind>/<name>", as in the configuration */
    source_kind kind;
    mount_settings
        mount; /* as the configuration is told; the true one differs by what a workshop gets wrong */
#include "sim/scenario_sensor.def"
    union {
        sim_gnss_errors gnss;
        sim_imu_errors imu;
        sim_wheel_errors wheel;
        sim_radar_errors radar;
        sim_camera_errors camera;
        sim_roadside_errors roadside;
        sim_odometry_errors odometry;
    } of;
} sim_sensor_settings;

#undef NUM
#undef FLAG

enum { SIM_MAX_SENSORS = 16, SIM_NAME_SIZE = 64 };

typedef struct {
    char name[SIM_NAME_SIZE];
    char about[256];
    double duration_s;
    double datum_latitude_deg, datum_longitude_deg, datum_height_m; /* of a generated road; WGS84 */
    sim_road_settings road;
    sim_vehicle_settings vehicle;
    sim_weather_settings weather;
    sim_survey_settings survey;
    size_t sensor_count;
    sim_sensor_settings sensors[SIM_MAX_SENSORS];
    const sim_motion *motion; /* of SIM_ROAD_DRIVE, the caller's; NULL: out of road.file */
    settings config; /* the posed configuration of the vehicle: defaults, the scenario's `config:`, its
                        sensors as sources with their mounts, and the truth point (the body origin) */
} sim_scenario;

/* A scenario with every default, without sensors. */
void sim_scenario_default(sim_scenario *s);

/* Reads a scenario. False when there is any problem: all of them are added to `p`. */
__attribute__((warn_unused_result)) bool sim_scenario_load(sim_scenario *s, const char *path,
                                                           config_problems *p);
/* The same for text in memory; `name` stands for the file in messages, and files are relative to it. */
__attribute__((warn_unused_result)) bool
sim_scenario_load_text(sim_scenario *s, const char *name, const char *text, size_t size, config_problems *p);

/* Takes a sensor out, from the configuration as well; `word` is a kind or a source ("imu", "gnss/roof"; as
 * posed replay --without). False when there is none such. */
bool sim_scenario_without(sim_scenario *s, const char *word);

/* The scenario as YAML that loads back to the same. False when writing failed. */
bool sim_scenario_print(FILE *out, const sim_scenario *s);

/* docs/SCENARIO.md: every key with unit, range, default and meaning. */
bool sim_scenario_write_reference(FILE *out);

const char *sim_road_word(sim_road_kind kind);

#ifdef __cplusplus
}
#endif
#endif
