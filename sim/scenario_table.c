#include "sim/scenario_table.h"

/* ROW says where a setting lives; the .def files say everything else. */
#define NUM(name, unit, min, max, value, meaning) {#name, CONFIG_NUMBER, ROW(name), unit, min, max, meaning},
#define FLAG(name, value, meaning) {#name, CONFIG_FLAG, ROW(name), "", 0, 1, meaning},
#define GROUP(rows)                                                                                          \
    {                                                                                                        \
        rows, sizeof rows / sizeof *rows                                                                     \
    }

/* clang-format off */
static const config_key scenario_keys[] = {
#define ROW(name) offsetof(sim_scenario, name)
    NUM(duration_s, "s", 5, 7200, 90, "How long the drive lasts.")
#undef ROW
};
static const config_key datum_keys[] = {
#define ROW(name) offsetof(sim_scenario, datum_##name)
    NUM(latitude_deg, "deg", -89, 89, 52.27, "WGS84, of where a generated road begins.")
    NUM(longitude_deg, "deg", -180, 180, 10.53, "East positive.")
    NUM(height_m, "m", -400, 8000, 120, "Above the ellipsoid.")
#undef ROW
};
/* clang-format on */
static const config_key road_keys[] = {
#define ROW(name) offsetof(sim_road_settings, name)
#include "sim/scenario_road.def"
#undef ROW
};
static const config_key vehicle_keys[] = {
#define ROW(name) offsetof(sim_vehicle_settings, name)
#include "sim/scenario_vehicle.def"
#undef ROW
};
static const config_key weather_keys[] = {
#define ROW(name) offsetof(sim_weather_settings, name)
#include "sim/scenario_weather.def"
#undef ROW
};
static const config_key survey_keys[] = {
#define ROW(name) offsetof(sim_survey_settings, name)
#include "sim/scenario_survey.def"
#undef ROW
};
static const config_key sensor_keys[] = {
#define ROW(name) offsetof(sim_sensor_settings, name)
#include "sim/scenario_sensor.def"
#undef ROW
};
static const config_key gnss_keys[] = {
#define ROW(name) offsetof(sim_sensor_settings, of.gnss.name)
#include "sim/errors_gnss.def"
#undef ROW
};
static const config_key imu_keys[] = {
#define ROW(name) offsetof(sim_sensor_settings, of.imu.name)
#include "sim/errors_imu.def"
#undef ROW
};
static const config_key wheel_keys[] = {
#define ROW(name) offsetof(sim_sensor_settings, of.wheel.name)
#include "sim/errors_wheel.def"
#undef ROW
};
static const config_key radar_keys[] = {
#define ROW(name) offsetof(sim_sensor_settings, of.radar.name)
#include "sim/errors_radar.def"
#undef ROW
};
static const config_key camera_keys[] = {
#define ROW(name) offsetof(sim_sensor_settings, of.camera.name)
#include "sim/errors_camera.def"
#undef ROW
};
static const config_key roadside_keys[] = {
#define ROW(name) offsetof(sim_sensor_settings, of.roadside.name)
#include "sim/errors_roadside.def"
#undef ROW
};
static const config_key odometry_keys[] = {
#define ROW(name) offsetof(sim_sensor_settings, of.odometry.name)
#include "sim/errors_odometry.def"
#undef ROW
};

#undef NUM
#undef FLAG

const config_group sim_scenario_group = GROUP(scenario_keys);
const config_group sim_datum_group = GROUP(datum_keys);
const config_group sim_road_group = GROUP(road_keys);
const config_group sim_vehicle_group = GROUP(vehicle_keys);
const config_group sim_weather_group = GROUP(weather_keys);
const config_group sim_survey_group = GROUP(survey_keys);
const config_group sim_sensor_group = GROUP(sensor_keys);
const config_group sim_errors_group[SOURCE_KIND_COUNT] = {
    [SOURCE_GNSS] = GROUP(gnss_keys),         [SOURCE_IMU] = GROUP(imu_keys),
    [SOURCE_WHEEL] = GROUP(wheel_keys),       [SOURCE_RADAR] = GROUP(radar_keys),
    [SOURCE_CAMERA] = GROUP(camera_keys),     [SOURCE_ROADSIDE] = GROUP(roadside_keys),
    [SOURCE_ODOMETRY] = GROUP(odometry_keys),
};

const char *const sim_road_words[SIM_ROAD_COUNT] = {
#define X(NAME, word, meaning) [SIM_ROAD_##NAME] = word,
    SIM_ROADS(X)
#undef X
};
const char *const sim_road_meanings[SIM_ROAD_COUNT] = {
#define X(NAME, word, meaning) [SIM_ROAD_##NAME] = meaning,
    SIM_ROADS(X)
#undef X
};
const char *const sim_light_words[SIM_LIGHT_COUNT] = {
#define X(NAME, word) [SIM_LIGHT_##NAME] = word,
    SIM_LIGHTS(X)
#undef X
};
const char *const sim_gnss_grade_words[SIM_GNSS_GRADE_COUNT] = {
#define X(NAME, word, meaning) [SIM_GNSS_##NAME] = word,
    SIM_GNSS_GRADES(X)
#undef X
};

const char *sim_road_word(sim_road_kind kind)
{
    return kind < SIM_ROAD_COUNT ? sim_road_words[kind] : "?";
}
