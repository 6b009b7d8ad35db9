#include "fusion/settings.h"

#include <string.h>

#define NUM(name, unit, min, max, value, meaning) .name = value,
#define FLAG(name, value, meaning) .name = value,

static const filter_settings filter_default = {
#include "fusion/settings_filter.def"
};
static const output_settings output_default = {
#include "fusion/settings_output.def"
};
static const integrity_settings integrity_default = {
#include "fusion/settings_integrity.def"
};
static const gnss_settings gnss_default = {
#include "fusion/settings_gnss.def"
};
static const imu_settings imu_default = {
#include "fusion/settings_imu.def"
};
static const wheel_settings wheel_default = {
#include "fusion/settings_wheel.def"
};
static const radar_settings radar_default = {
#include "fusion/settings_radar.def"
};
static const camera_settings camera_default = {
#include "fusion/settings_camera.def"
};
static const roadside_settings roadside_default = {
#include "fusion/settings_roadside.def"
};
static const odometry_settings odometry_default = {
#include "fusion/settings_odometry.def"
};
static const source_settings source_default = {
#include "fusion/settings_source.def"
};

#undef NUM
#undef FLAG

void settings_default(settings *s)
{
    memset(s, 0, sizeof *s);
    s->filter = filter_default;
    s->output = output_default;
    s->integrity = integrity_default;
    s->road = ROAD_LOCAL;
    s->alert[ROAD_FREEWAY] = (alert_limits){0.57, 1.40, 1.30, 1.5};
    s->alert[ROAD_LOCAL] = (alert_limits){0.29, 0.29, 1.30, 0.5};
}

/* Where a kind's habits differ from the common default. */
static void set_kind_defaults(source_settings *s)
{
    switch (s->kind) {
    case SOURCE_GNSS:
        s->of.gnss = gnss_default;
        s->stale_after_s = 3.0;
        s->frozen_after = 20;
        break;
    case SOURCE_IMU:
        s->of.imu = imu_default;
        s->stale_after_s = 0.25;
        s->frozen_after = 50;
        s->max_rate_hz = 2000;
        break;
    case SOURCE_WHEEL:
        s->of.wheel = wheel_default;
        s->stale_after_s = 0.5;
        s->frozen_after = 25;
        s->fuse_rate_hz = 20;
        s->max_rate_hz = 500;
        break;
    case SOURCE_RADAR:
        s->of.radar = radar_default;
        s->fuse_rate_hz = 5; /* trackers smooth over some 0.2 s */
        s->frozen_after = 20;
        break;
    case SOURCE_CAMERA:
        s->of.camera = camera_default;
        s->frozen_after = 30;
        break;
    case SOURCE_ROADSIDE:
        s->of.roadside = roadside_default;
        s->stale_after_s = 30.0;
        break;
    case SOURCE_ODOMETRY:
        s->of.odometry = odometry_default;
        s->frozen_after = 10;
        break;
    case SOURCE_KIND_COUNT:
        break;
    }
}

static bool parse_kind(const char *name, source_kind *kind)
{
    const char *slash = strchr(name, '/');
    char word[FRAME_SOURCE_NAME_SIZE];
    if (!slash || slash[1] == '\0' || strlen(name) >= FRAME_SOURCE_NAME_SIZE)
        return false;
    memcpy(word, name, (size_t)(slash - name));
    word[slash - name] = '\0';
    return source_kind_find(word, kind);
}

bool source_settings_default(source_settings *s, const char *name)
{
    source_kind kind;
    if (!parse_kind(name, &kind))
        return false;
    *s = source_default;
    strcpy(s->name, name);
    s->kind = kind;
    set_kind_defaults(s);
    return true;
}

source_settings *settings_find_source(settings *s, const char *name)
{
    for (size_t i = 0; i < s->source_count; i++) {
        if (strcmp(s->sources[i].name, name) == 0)
            return &s->sources[i];
    }
    return NULL;
}

source_settings *settings_add_source(settings *s, const char *name)
{
    source_settings *found = settings_find_source(s, name);
    if (found)
        return found;
    if (s->source_count == SETTINGS_MAX_SOURCES ||
        !source_settings_default(&s->sources[s->source_count], name))
        return NULL;
    return &s->sources[s->source_count++];
}
