/* posed camera: calibrate a camera, find how it is mounted, and see what its lane detector sees. */
#include "daemon/camera/camera_lanes.h"
#include "daemon/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "posed camera calibrate PICTURE... [-o camera.yaml]\n"
    "  Intrinsics and distortion from pictures of a chessboard, and what is left of its corners.\n"
    "posed camera pose PICTURE|VIDEO... [-c camera.yaml] [-o camera.yaml]\n"
    "  Height, pitch, roll and yaw from a straight and level road whose lane width is known; the focal "
    "length\n"
    "  too, from dashes of a known period, where the camera is not calibrated.\n"
    "posed camera lanes PICTURE|VIDEO... -c camera.yaml [-o overlay.png|overlay.mp4]\n"
    "  The lines of the own lane: one line of JSON per picture, offsets at the body's origin, left "
    "positive.\n"
    "\n"
    "camera.yaml is a configuration of posed run: the camera under adapters:, its mount under sources:.\n"
    "\n"
    "Options:\n"
    "  -c, --config FILE      the camera's calibration and mount\n"
    "      --name SOURCE      which camera of it, or what to call a new one (default camera/front)\n"
    "  -o, --output FILE      what is found, as YAML; of lanes: the pictures with the lines drawn into them\n"
    "      --from S, --to S   only this part of a video\n"
    "      --time             say what a picture takes\n"
    "      --board CxR        inner corners of the chessboard, across and down (default 9x6)\n"
    "      --k3               fit a third radial term, for lenses of more than 100 degrees\n"
    "      --lane-width M     of the road of pose (default 3.7)\n"
    "      --dash-period M    of its dashed lines, from dash to dash (default 12.2); 0: not known\n"
    "      --find-focal       find the focal length anew, although the camera is calibrated\n"
    "  -h, --help             this text\n";

typedef struct {
    const char *name;
    char letter; /* 0: none */
    enum { TEXT, NUMBER, BOARD, FLAG } type;
    size_t at;
    double least, most;
} option;

#define AT(field) offsetof(camera_arguments, field)

static const option options[] = {
    {"--config", 'c', TEXT, AT(config), 0, 0},
    {"--name", 0, TEXT, AT(name), 0, 0},
    {"--output", 'o', TEXT, AT(output), 0, 0},
    {"--from", 0, NUMBER, AT(from_s), 0, 1e6},
    {"--to", 0, NUMBER, AT(to_s), 0, 1e6},
    {"--time", 0, FLAG, AT(time), 0, 0},
    {"--board", 0, BOARD, 0, 0, 0},
    {"--k3", 0, FLAG, AT(third), 0, 0},
    {"--lane-width", 0, NUMBER, AT(lane_width_m), 2, 5},
    {"--dash-period", 0, NUMBER, AT(dash_period_m), 0, 40},
    {"--find-focal", 0, FLAG, AT(find_focal), 0, 0},
};
enum { OPTIONS = sizeof options / sizeof *options };

/* "--name", "--name=VALUE" or "-c": which option, and where its value begins in the word (NULL: it is the
 * next word). NULL: there is none. */
static const option *find_option(const char *word, const char **value)
{
    size_t length = strcspn(word, "=");
    *value = word[0] == '-' && word[1] == '-' && word[length] == '=' ? word + length + 1 : NULL;
    for (int i = 0; i < OPTIONS; i++) {
        const option *o = &options[i];
        if ((strlen(o->name) == length && strncmp(word, o->name, length) == 0) ||
            (o->letter && word[0] == '-' && word[1] == o->letter && word[2] == '\0'))
            return o;
    }
    return NULL;
}

static int read_number(const option *o, const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    if (end == text || *end != '\0' || !(*out >= o->least && *out <= o->most))
        return command_fail("camera", EXIT_USAGE, "not a number that can be: %s", text);
    return EXIT_OK;
}

static int set(const option *o, const char *text, camera_arguments *a)
{
    char *field = (char *)a + o->at;
    int length = 0;
    if (o->type == TEXT)
        memcpy(field, &text, sizeof text);
    if (o->type == NUMBER) {
        double value;
        int result = read_number(o, text, &value);
        memcpy(field, &value, sizeof value);
        return result;
    }
    if (o->type == BOARD &&
        (sscanf(text, "%2dx%2d%n", &a->columns, &a->rows, &length) != 2 || text[length] != '\0' ||
         a->columns < 3 || a->rows < 3 || a->columns > 30 || a->rows > 30))
        return command_fail("camera", EXIT_USAGE, "expected inner corners as 9x6, 3 to 30 each, found %s",
                            text);
    return EXIT_OK;
}

/* The paths move to the front of argv. */
static int parse(int argc, char **argv, camera_arguments *a)
{
    bool opts = true;
    a->paths = argv;
    for (int i = 2; i < argc; i++) {
        const char *value, *word = argv[i];
        if (opts && strcmp(word, "--") == 0) {
            opts = false;
            continue;
        }
        if (!opts || word[0] != '-' || word[1] == '\0') {
            argv[a->count++] = argv[i];
            continue;
        }
        const option *o = find_option(word, &value);
        if (!o)
            return command_fail("camera", EXIT_USAGE, "there is no option %s", word);
        if (o->type == FLAG) {
            *((bool *)(void *)((char *)a + o->at)) = true;
            continue;
        }
        if (!value && i + 1 == argc)
            return command_fail("camera", EXIT_USAGE, "a value is missing after %s", word);
        int result = set(o, value ? value : argv[++i], a);
        if (result != EXIT_OK)
            return result;
    }
    return EXIT_OK;
}

static int run(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const camera_arguments *a);
        bool needs_config;
    } tasks[] = {{"calibrate", camera_calibrate_run, false},
                 {"pose", camera_pose_run, false},
                 {"lanes", camera_lanes_run, true}};
    camera_arguments a = {.columns = 9, .rows = 6, .dash_period_m = 12.2};
    if (argc < 2)
        return command_fail("camera", EXIT_USAGE, "calibrate, pose or lanes?");
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        if (strcmp(argv[1], tasks[i].name) != 0)
            continue;
        int result = parse(argc, argv, &a);
        if (result != EXIT_OK)
            return result;
        if (a.count == 0)
            return command_fail("camera", EXIT_USAGE, "which picture?");
        if (a.to_s > 0.0 && a.to_s <= a.from_s)
            return command_fail("camera", EXIT_USAGE, "--from must be less than --to");
        if (tasks[i].needs_config && !a.config)
            return command_fail("camera", EXIT_USAGE,
                                "lanes needs the camera's calibration and mount: -c camera.yaml");
        return tasks[i].run(&a);
    }
    return command_fail("camera", EXIT_USAGE, "expected calibrate, pose or lanes, found %s", argv[1]);
}

const command command_camera = {
    .name = "camera",
    .arguments = "calibrate|pose|lanes FILE... [options]",
    .summary = "calibrate a camera, find its mount, and see what its lane detector sees",
    .help = help,
    .run = run,
};
