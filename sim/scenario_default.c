/* The defaults of the rows, and where a kind of sensor differs from what all have. */
#include "sim/scenario_table.h"

#include <string.h>

#define NUM(name, unit, min, max, value, meaning) .name = value,
#define FLAG(name, value, meaning) .name = value,

static const sim_road_settings road_default = {
#include "sim/scenario_road.def"
};
static const sim_vehicle_settings vehicle_default = {
#include "sim/scenario_vehicle.def"
};
static const sim_weather_settings weather_default = {
#include "sim/scenario_weather.def"
};
static const sim_survey_settings survey_default = {
#include "sim/scenario_survey.def"
};
static const sim_sensor_settings sensor_default = {
#include "sim/scenario_sensor.def"
};
static const sim_gnss_errors gnss_default = {
#include "sim/errors_gnss.def"
};
static const sim_imu_errors imu_default = {
#include "sim/errors_imu.def"
};
static const sim_wheel_errors wheel_default = {
#include "sim/errors_wheel.def"
};
static const sim_radar_errors radar_default = {
#include "sim/errors_radar.def"
};
static const sim_camera_errors camera_default = {
#include "sim/errors_camera.def"
};
static const sim_roadside_errors roadside_default = {
#include "sim/errors_roadside.def"
};
static const sim_odometry_errors odometry_default = {
#include "sim/errors_odometry.def"
};

#undef NUM
#undef FLAG

void sim_scenario_default(sim_scenario *s)
{
    memset(s, 0, sizeof *s);
    s->duration_s = 90;
    s->datum_latitude_deg = 52.27;
    s->datum_longitude_deg = 10.53;
    s->datum_height_m = 120;
    s->road = road_default;
    s->vehicle = vehicle_default;
    s->weather = weather_default;
    s->survey = survey_default;
    settings_default(&s->config);
}

static void set_pace(sim_sensor_settings *s, double rate_hz, double latency_s, double jitter_s)
{
    s->rate_hz = rate_hz;
    s->latency_s = latency_s;
    s->latency_jitter_s = jitter_s;
}

static void set_kind(sim_sensor_settings *s)
{
    switch (s->kind) {
    case SOURCE_GNSS: /* 60 to 200 ms, and the antenna is not turned */
        s->of.gnss = gnss_default;
        set_pace(s, 10, 0.06, 0.04);
        s->mount_sigma_deg = 0;
        break;
    case SOURCE_IMU:
        s->of.imu = imu_default;
        set_pace(s, 100, 0.002, 0.001);
        break;
    case SOURCE_WHEEL: /* not a thing with a place */
        s->of.wheel = wheel_default;
        set_pace(s, 50, 0.008, 0.002);
        s->mount_sigma_m = s->mount_sigma_deg = 0;
        break;
    case SOURCE_RADAR:
        s->of.radar = radar_default;
        set_pace(s, 20, 0.04, 0.01);
        break;
    case SOURCE_CAMERA:
        s->of.camera = camera_default;
        set_pace(s, 10, 0.06, 0.02);
        break;
    case SOURCE_ROADSIDE: /* 50 to 150 ms */
        s->of.roadside = roadside_default;
        set_pace(s, 10, 0.05, 0.03);
        s->mount_sigma_m = s->mount_sigma_deg = 0;
        break;
    case SOURCE_ODOMETRY:
        s->of.odometry = odometry_default;
        set_pace(s, 10, 0.06, 0.02);
        break;
    case SOURCE_KIND_COUNT:
        break;
    }
}

double sim_least_latency_s(source_kind kind)
{
    return kind == SOURCE_GNSS ? 0.06 : kind == SOURCE_ROADSIDE ? 0.05 : 0;
}

bool sim_sensor_default(sim_sensor_settings *s, const char *name)
{
    source_settings known;
    if (!source_settings_default(&known, name))
        return false;
    *s = sensor_default;
    memcpy(s->name, known.name, sizeof s->name);
    s->kind = known.kind;
    set_kind(s);
    return true;
}
