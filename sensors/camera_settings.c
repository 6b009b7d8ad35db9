#include "sensors/camera_settings.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <string.h>

#define TEXT(key, standard, says)                                                                            \
    {                                                                                                        \
        .name = key, .type = ADAPTER_TEXT, .value = standard, .meaning = says                                \
    }
#define NUMBER(key, of, least, most, standard, says)                                                         \
    {                                                                                                        \
        .name = key, .type = ADAPTER_NUMBER, .unit = of, .min = least, .max = most, .value = standard,       \
        .meaning = says                                                                                      \
    }

/* corner_px: 0.25 is what rendered tags under noise and blur show (tests/sensors/test_camera_tags.c). Too
 * small: the filter trusts a tag too much and then rejects it; too large: it gives its accuracy away. */
const adapter_option camera_option_table[] = {
    TEXT("input", NULL, "A video file, a directory of pictures, or a V4L2 device below /dev/."),
    NUMBER("speed", "1", 0, 1000, "1", "How fast a file is played; 0: as fast as it can be read."),
    NUMBER("rate_hz", "Hz", 0.01, 1000, "10", "Pictures a second in a directory."),
    TEXT("start", "now", "When a file's first picture was taken: seconds since 1970 UTC, or now."),
    TEXT("pixel_format", "",
         "What a device is to deliver, as FFmpeg names it: mjpeg, yuyv422, gray; empty: its choice."),
    NUMBER("capture_width", "px", 0, 16384, "0", "Width that a device is to deliver; 0: its choice."),
    NUMBER("capture_height", "px", 0, 16384, "0", "Height that a device is to deliver; 0: its choice."),
    NUMBER("capture_rate_hz", "Hz", 0, 1000, "0",
           "Pictures a second that a device is to deliver; 0: its choice."),
    TEXT("detect", "tags", "What to look for: tags, lanes, or both with a comma between."),
    NUMBER("lane_width_m", "m", 2, 5, "3.5",
           "Width of lanes that is expected; those found may be 1.4 m off it."),
    TEXT("families", "tag36h11", "Families of AprilTags to look for, with commas between; empty: none."),
    NUMBER("id_offset", "1", 0, 9e15, "0",
           "Added to a tag's number to make the landmark's id. With 0, tag 0 has none."),
    NUMBER("tag_size_m", "m", 0, 100, "0",
           "Edge of the tags' square, between the corners that are found; 0: unknown, no ranges."),
    NUMBER("decimate", "1", 1, 8, "2",
           "Tags are searched in a picture shrunk by this; larger is faster and misses small ones."),
    NUMBER("corner_px", "px", 0.01, 10, "0.25",
           "Noise of a tag's corner in the picture, one sigma per axis."),
    NUMBER("fx", "px", 0, 1e6, "0",
           "Focal length of the calibration, across; 0: not calibrated, neither landmarks nor lanes."),
    NUMBER("fy", "px", 0, 1e6, "0", "Focal length, down; 0: as fx."),
    NUMBER("cx", "px", -1, 1e5, "-1",
           "Principal point, 0 in the middle of the first pixel; -1: the picture's middle."),
    NUMBER("cy", "px", -1, 1e5, "-1", "Principal point, down; -1: the picture's middle."),
    NUMBER("width", "px", 0, 16384, "0", "Width of the pictures of the calibration; 0: of those that come."),
    NUMBER("height", "px", 0, 16384, "0",
           "Height of the pictures of the calibration; 0: of those that come."),
    NUMBER("k1", "1", -100, 100, "0", "Radial distortion, as OpenCV has it."),
    NUMBER("k2", "1", -100, 100, "0", "Radial distortion."),
    NUMBER("p1", "1", -10, 10, "0", "Tangential distortion."),
    NUMBER("p2", "1", -10, 10, "0", "Tangential distortion."),
    NUMBER("k3", "1", -100, 100, "0", "Radial distortion."),
};
static_assert(sizeof camera_option_table / sizeof *camera_option_table == CAMERA_OPTION_COUNT, "its length");

bool camera_parse_start(const char *text, int64_t *ns)
{
    const int64_t most_s = INT64_MAX / 1000000000 - 1;
    int64_t seconds = 0, fraction = 0, unit = 1000000000;
    if (!isdigit((unsigned char)*text))
        return false;
    for (; isdigit((unsigned char)*text); text++) {
        seconds = 10 * seconds + (*text - '0');
        if (seconds > most_s)
            return false;
    }
    if (*text == '.') {
        for (text++; isdigit((unsigned char)*text); text++) {
            unit /= 10;
            fraction += unit * (*text - '0');
        }
    }
    *ns = seconds * 1000000000 + fraction;
    return *text == '\0';
}

static double middle_or(double given)
{
    return given < 0.0 ? NAN : given;
}

static camera_model read_model(const adapter *a)
{
    return (camera_model){
        .fx = adapter_number(a, "fx"),
        .fy = adapter_number(a, "fy"),
        .cx = middle_or(adapter_number(a, "cx")),
        .cy = middle_or(adapter_number(a, "cy")),
        .k1 = adapter_number(a, "k1"),
        .k2 = adapter_number(a, "k2"),
        .p1 = adapter_number(a, "p1"),
        .p2 = adapter_number(a, "p2"),
        .k3 = adapter_number(a, "k3"),
    };
}

static lane_mount read_mount(const adapter *a)
{
    static const double radians = 0.017453292519943295;
    const mount_settings *m = &adapter_source_settings(a)->mount;
    return (lane_mount){.forward_m = m->x_m,
                        .left_m = m->y_m,
                        .height_m = m->z_m,
                        .roll_rad = m->roll_deg * radians,
                        .pitch_rad = m->pitch_deg * radians,
                        .yaw_rad = m->yaw_deg * radians};
}

static camera_options read_options(const adapter *a)
{
    return (camera_options){
        .source = {.input = adapter_text(a, "input"),
                   .rate_hz = adapter_number(a, "rate_hz"),
                   .pixel_format = adapter_text(a, "pixel_format"),
                   .width = (int)adapter_number(a, "capture_width"),
                   .height = (int)adapter_number(a, "capture_height"),
                   .device_rate_hz = adapter_number(a, "capture_rate_hz")},
        .tags = {.families = adapter_text(a, "families"),
                 .decimate = adapter_number(a, "decimate"),
                 .size_m = adapter_number(a, "tag_size_m"),
                 .corner_px = adapter_number(a, "corner_px"),
                 .id_offset = (uint64_t)adapter_number(a, "id_offset")},
        .model = read_model(a),
        .width = (int)adapter_number(a, "width"),
        .height = (int)adapter_number(a, "height"),
        .lanes = {.width_m = adapter_number(a, "lane_width_m")},
        .mount = read_mount(a),
    };
}

/* "tags,lanes": each word once, in any order. */
static bool read_detect(const adapter *a, bool *tags, bool *lanes, error *e)
{
    const char *text = adapter_text(a, "detect");
    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, ",");
        bool is_tags = length == 4 && strncmp(at, "tags", 4) == 0;
        bool is_lanes = length == 5 && strncmp(at, "lanes", 5) == 0;
        if (!is_tags && !is_lanes)
            return error_set(e, "%s: expected tags, lanes or tags,lanes, found \"%.40s\"",
                             adapter_where(a, "detect"), text);
        *tags = *tags || is_tags;
        *lanes = *lanes || is_lanes;
        at += length + (at[length] == ',');
    }
    return true;
}

static bool read_lanes(const adapter *a, camera_options *o, error *e)
{
    bool tags = false;
    if (!read_detect(a, &tags, &o->find_lanes, e))
        return false;
    if (!tags)
        o->tags.families = "";
    if (o->find_lanes && o->model.fx > 0.0 && !(o->mount.height_m > 0.0))
        return error_set(e,
                         "%s: lanes need the camera's height: give %s a mount with z_m (posed camera pose)",
                         adapter_where(a, "detect"), adapter_source(a));
    return true;
}

bool camera_settings_get(const adapter *a, camera_settings_read *out, error *e)
{
    const char *start = adapter_text(a, "start");
    *out = (camera_settings_read){.module = read_options(a), .speed = adapter_number(a, "speed")};
    out->is_device = strncmp(out->module.source.input, "/dev/", 5) == 0;
    out->starts_now = strcmp(start, "now") == 0;
    if (!out->starts_now && !camera_parse_start(start, &out->start_ns))
        return error_set(e, "%s: expected seconds since 1970 or now, found \"%.40s\"",
                         adapter_where(a, "start"), start);
    if ((out->module.width > 0) != (out->module.height > 0))
        return error_set(e, "%s: width and height go together",
                         adapter_where(a, out->module.width > 0 ? "width" : "height"));
    return read_lanes(a, &out->module, e);
}
