#include "daemon/run/run_options.h"

#include "config/config.h"
#include "daemon/drive_settings.h"
#include "daemon/map_use.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_AS_DRIVE = 256, OPTION_DRIVE_TIME, OPTION_FRAMES, OPTION_MAP, OPTION_POSES, OPTION_STATE };

static const struct option long_options[] = {
    {"as-drive", required_argument, NULL, OPTION_AS_DRIVE},
    {"config", required_argument, NULL, 'c'},
    {"drive-time", no_argument, NULL, OPTION_DRIVE_TIME},
    {"frames", required_argument, NULL, OPTION_FRAMES},
    {"map", required_argument, NULL, OPTION_MAP},
    {"poses", required_argument, NULL, OPTION_POSES},
    {"state", required_argument, NULL, OPTION_STATE},
    {NULL, 0, NULL, 0},
};

static bool add_endpoint(const char **list, size_t *count, const char *endpoint, error *e)
{
    if (*count == RUN_MAX_ENDPOINTS)
        return error_set(e, "more than %d endpoints", RUN_MAX_ENDPOINTS);
    if (strlen(endpoint) >= RUN_ENDPOINT_SIZE)
        return error_set(e, "%s: longer than %d characters", endpoint, RUN_ENDPOINT_SIZE - 1);
    list[(*count)++] = endpoint;
    return true;
}

static bool take(run_options *o, int option, const char *word, error *e)
{
    switch (option) {
    case 'c':
        o->config = optarg;
        return true;
    case OPTION_AS_DRIVE:
        o->as_drive = optarg;
        return true;
    case OPTION_DRIVE_TIME:
        return o->drive_time = true;
    case OPTION_FRAMES:
        return add_endpoint(o->frames, &o->frames_count, optarg, e);
    case OPTION_MAP:
        o->map = optarg;
        return optarg[0] != '\0' || error_set(e, "--map: which file?");
    case OPTION_POSES:
        return add_endpoint(o->poses, &o->poses_count, optarg, e);
    case OPTION_STATE:
        o->state = optarg;
        return true;
    case ':':
        return error_set(e, "%s needs a value", word);
    default:
        return error_set(e, "there is no option %s", word);
    }
}

bool run_options_parse(int argc, char **argv, run_options *o, error *e)
{
    int option;
    memset(o, 0, sizeof *o);
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":c:", long_options, NULL)) != -1) {
        if (!take(o, option, argv[optind - 1], e))
            return false;
    }
    return optind == argc || error_set(e, "what is \"%s\"? posed run takes options only", argv[optind]);
}

static bool load_layers(const run_options *o, settings *s, run_settings *r, config_problems *p, error *e)
{
    settings_default(s);
    run_settings_default(r);
    if (o->as_drive) {
        drive_source *d = drive_source_open(o->as_drive, e);
        const bool good = d && drive_settings_load(s, d, o->as_drive, NULL, e);
        drive_source_close(d);
        if (!good)
            return false;
    }
    if (!o->config || config_load_all_file(s, r, o->config, p))
        return true;
    config_problems_print(stderr, p);
    return error_set(e, "%s was refused (%zu problem%s)", o->config, p->count, p->count == 1 ? "" : "s");
}

static void lay_endpoints(endpoint_list *into, const char *const *list, size_t count)
{
    if (count == 0)
        return;
    into->count = count;
    for (size_t i = 0; i < count; i++)
        snprintf(into->at[i], sizeof into->at[i], "%s", list[i]);
}

/* Under systemd the state has a place of its own. */
static void default_state(run_settings *r)
{
    const char *directory = getenv("STATE_DIRECTORY");
    if (r->service.state_file[0] == '\0' && directory && directory[0] != '\0')
        snprintf(r->service.state_file, sizeof r->service.state_file, "%.*s/state",
                 (int)strcspn(directory, ":"), directory);
}

bool run_options_load(const run_options *o, settings *s, run_settings *r, error *e)
{
    config_problems *p = calloc(1, sizeof *p);
    if (!p)
        return error_set(e, "out of memory");
    const bool good = load_layers(o, s, r, p, e);
    free(p);
    if (!good)
        return false;
    lay_endpoints(&r->bus.frames, o->frames, o->frames_count);
    lay_endpoints(&r->bus.poses, o->poses, o->poses_count);
    if (o->state && strlen(o->state) >= sizeof r->service.state_file)
        return error_set(e, "%s: longer than %zu characters", o->state, sizeof r->service.state_file - 1);
    if (o->state)
        snprintf(r->service.state_file, sizeof r->service.state_file, "%s", o->state);
    default_state(r);
    return map_use_override(&r->map, o->map, e);
}
