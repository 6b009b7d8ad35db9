#include "config/table.h"

#include <string.h>

/* ROW says where a setting lives; the .def files say everything else. */
#define NUM(name, unit, min, max, value, meaning) {#name, CONFIG_NUMBER, ROW(name), unit, min, max, meaning},
#define FLAG(name, value, meaning) {#name, CONFIG_FLAG, ROW(name), "", 0, 1, meaning},

static const config_key filter_keys[] = {
#define ROW(name) offsetof(filter_settings, name)
#include "fusion/settings_filter.def"
#undef ROW
};
static const config_key output_keys[] = {
#define ROW(name) offsetof(output_settings, name)
#include "fusion/settings_output.def"
#undef ROW
};
static const config_key integrity_keys[] = {
#define ROW(name) offsetof(integrity_settings, name)
#include "fusion/settings_integrity.def"
#undef ROW
};
static const config_key source_keys[] = {
#define ROW(name) offsetof(source_settings, name)
#include "fusion/settings_source.def"
#undef ROW
};
static const config_key gnss_keys[] = {
#define ROW(name) offsetof(source_settings, of.gnss.name)
#include "fusion/settings_gnss.def"
#undef ROW
};
static const config_key imu_keys[] = {
#define ROW(name) offsetof(source_settings, of.imu.name)
#include "fusion/settings_imu.def"
#undef ROW
};
static const config_key wheel_keys[] = {
#define ROW(name) offsetof(source_settings, of.wheel.name)
#include "fusion/settings_wheel.def"
#undef ROW
};
static const config_key radar_keys[] = {
#define ROW(name) offsetof(source_settings, of.radar.name)
#include "fusion/settings_radar.def"
#undef ROW
};
static const config_key camera_keys[] = {
#define ROW(name) offsetof(source_settings, of.camera.name)
#include "fusion/settings_camera.def"
#undef ROW
};
static const config_key roadside_keys[] = {
#define ROW(name) offsetof(source_settings, of.roadside.name)
#include "fusion/settings_roadside.def"
#undef ROW
};

static const config_key odometry_keys[] = {
#define ROW(name) offsetof(source_settings, of.odometry.name)
#include "fusion/settings_odometry.def"
#undef ROW
};

/* What has no .def file: the structs of settings.h that are not tuned. */
/* clang-format off */
static const config_key alert_keys[] = {
#define ROW(name) offsetof(alert_limits, name)
    NUM(lateral_m, "m", 0.01, 1000, 0, "Largest tolerable error across the vehicle.")
    NUM(longitudinal_m, "m", 0.01, 1000, 0, "Largest tolerable error along the vehicle.")
    NUM(vertical_m, "m", 0.01, 1000, 0, "Largest tolerable error in height.")
    NUM(heading_deg, "deg", 0.01, 180, 0, "Largest tolerable error of the heading.")
#undef ROW
};
static const config_key mount_keys[] = {
#define ROW(name) offsetof(mount_settings, name)
    NUM(x_m, "m", -100, 100, 0, "Forward of the centre of the rear axle.")
    NUM(y_m, "m", -100, 100, 0, "To the left of it.")
    NUM(z_m, "m", -100, 100, 0, "Above the ground under it.")
    NUM(roll_deg, "deg", -360, 360, 0, "The last turn from body to sensor axes, about x.")
    NUM(pitch_deg, "deg", -360, 360, 0, "The second turn, about the turned y; positive: nose down.")
    NUM(yaw_deg, "deg", -360, 360, 0, "The first turn, about z; positive: to the left.")
#undef ROW
};
static const config_key landmark_keys[] = {
    {"id", CONFIG_ID, offsetof(landmark_settings, id), "1", 1, 18446744073709551615.0,
     "Identity that the camera reports; unique."},
#define ROW(name) offsetof(landmark_settings, name)
    NUM(latitude_deg, "deg", -90, 90, 0, "WGS84, geodetic.")
    NUM(longitude_deg, "deg", -180, 180, 0, "WGS84, east positive.")
    NUM(height_m, "m", -1000, 10000, 0, "Above the WGS84 ellipsoid.")
    NUM(sigma_m, "m", 0.001, 100, 0, "How well the position is known, per axis, one sigma.")
    NUM(facing_deg, "deg", -1, 360, 0,
        "Where the face of an upright tag looks, clockwise from true north, to 1 degree; -1: not known.")
#undef ROW
};
/* clang-format on */
static const config_key bus_keys[] = {
#define ROW(name) offsetof(bus_settings, name)
#include "config/run_bus.def"
#undef ROW
};
static const config_key service_keys[] = {
#define ROW(name) offsetof(service_settings, name)
#include "config/run_service.def"
#undef ROW
};
static const config_key peer_keys[] = {
#define ROW(name) offsetof(peer_settings, name)
    FLAG(subscribe, false, "It may read what is published.")
#undef ROW
};
static const config_key adapter_keys[] = {
#define ROW(name) offsetof(adapter_settings, name)
    FLAG(in_daemon, false, "posed run hosts it as a thread; otherwise it is a process of its own.")
#undef ROW
};

#define WORD(name, what, meaning) {#name, CONFIG_TEXT, 0, what, 0, 0, meaning},
/* clang-format off */
static const config_key bus_words[] = {
    WORD(frames, "list of endpoints", "Where posed run listens for frames, and adapters send them: ipc://PATH or tcp://HOST:PORT.")
    WORD(poses, "list of endpoints", "Where posed run publishes, and subscribers connect.")
    WORD(secret_key, "file, or credential:NAME", "CURVE key of this side; \"\": none. An endpoint that leaves the machine needs one.")
    WORD(server_key, "key, or .pub file", "Public key of the posed run to connect to, where it is on another machine; \"\": none.")
};
static const config_key map_words[] = {
    WORD(file, "file", "A compiled map, as posed map build makes it, against which is held what cameras see; \"\": none. posed run does not start when it cannot be opened.")
};
static const config_key service_words[] = {
    WORD(state_file, "file", "Where the state is kept for a warm start; \"\": nowhere.")
};
static const config_key peer_words[] = {
    WORD(public_key, "key, or .pub file", "40 characters of Z85, as posed keygen writes them; no two peers have the same.")
    WORD(sources, "list of sources", "It may publish as these, and as no other.")
};
static const config_key adapter_words[] = {
    WORD(kind, "word", "Which adapter: posed adapter --help lists them.")
};
/* clang-format on */

#define GROUP(keys)                                                                                          \
    {                                                                                                        \
        keys, sizeof keys / sizeof *keys                                                                     \
    }

const config_group config_filter = GROUP(filter_keys);
const config_group config_output = GROUP(output_keys);
const config_group config_integrity = GROUP(integrity_keys);
const config_group config_alert = GROUP(alert_keys);
const config_group config_mount = GROUP(mount_keys);
const config_group config_landmark = GROUP(landmark_keys);
const config_group config_source = GROUP(source_keys);
const config_group config_bus = GROUP(bus_keys);
const config_group config_service = GROUP(service_keys);
const config_group config_peer = GROUP(peer_keys);
const config_group config_adapter = GROUP(adapter_keys);
const config_group config_map_words = GROUP(map_words);
const config_group config_bus_words = GROUP(bus_words);
const config_group config_service_words = GROUP(service_words);
const config_group config_peer_words = GROUP(peer_words);
const config_group config_adapter_words = GROUP(adapter_words);
const config_group config_of_kind[SOURCE_KIND_COUNT] = {
    [SOURCE_GNSS] = GROUP(gnss_keys),         [SOURCE_IMU] = GROUP(imu_keys),
    [SOURCE_WHEEL] = GROUP(wheel_keys),       [SOURCE_RADAR] = GROUP(radar_keys),
    [SOURCE_CAMERA] = GROUP(camera_keys),     [SOURCE_ROADSIDE] = GROUP(roadside_keys),
    [SOURCE_ODOMETRY] = GROUP(odometry_keys),
};
_Static_assert(SOURCE_KIND_COUNT == 7, "one group per kind of source");

#define FITS(keys) _Static_assert(sizeof keys / sizeof *keys <= CONFIG_GROUP_MAX, "raise CONFIG_GROUP_MAX")
FITS(filter_keys);
FITS(output_keys);
FITS(integrity_keys);
FITS(source_keys);
FITS(gnss_keys);
FITS(imu_keys);
FITS(wheel_keys);
FITS(radar_keys);
FITS(camera_keys);
FITS(roadside_keys);
FITS(odometry_keys);
FITS(bus_keys);
FITS(service_keys);

const char *const config_road_words[ROAD_CLASS_COUNT] = {
    [ROAD_FREEWAY] = "freeway",
    [ROAD_LOCAL] = "local",
};
_Static_assert(ROAD_CLASS_COUNT == 2, "one word per road class");

const config_order config_orders[] = {
    {"filter", &config_filter, offsetof(settings, filter), "robust_probability", "gate_probability"},
    {"filter", &config_filter, offsetof(settings, filter), "standstill_mps", "init_heading_speed_mps"},
};
const size_t config_order_count = sizeof config_orders / sizeof *config_orders;

const config_key *config_key_find(const config_group *g, const char *name)
{
    for (size_t i = 0; i < g->count; i++) {
        if (strcmp(g->keys[i].name, name) == 0)
            return &g->keys[i];
    }
    return NULL;
}
