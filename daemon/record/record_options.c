#include "daemon/record/record_options.h"

#include "bus/keys.h"
#include "config/config.h"
#include "daemon/option_refuse.h"

#include <ctype.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_ENDPOINT = 256,
    OPTION_FOR,
    OPTION_KEY,
    OPTION_LISTEN,
    OPTION_MAX_MIB,
    OPTION_MAX_S,
    OPTION_PREFIX,
    OPTION_SERVER_KEY,
    OPTION_TOPIC,
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"endpoint", required_argument, NULL, OPTION_ENDPOINT},
    {"for", required_argument, NULL, OPTION_FOR},
    {"key", required_argument, NULL, OPTION_KEY},
    {"listen", no_argument, NULL, OPTION_LISTEN},
    {"max-mib", required_argument, NULL, OPTION_MAX_MIB},
    {"max-s", required_argument, NULL, OPTION_MAX_S},
    {"output", required_argument, NULL, 'o'},
    {"prefix", required_argument, NULL, OPTION_PREFIX},
    {"quiet", no_argument, NULL, 'q'},
    {"server-key", required_argument, NULL, OPTION_SERVER_KEY},
    {"topic", required_argument, NULL, OPTION_TOPIC},
    {NULL, 0, NULL, 0},
};

/* What a file holds when nothing is said: half an hour keeps the index small that is written anew every
 * second. */
static const double default_max_s = 1800;

static bool take_number(const char *option, const char *text, double min, double max, double *out, error *e)
{
    char *end = NULL;
    *out = isdigit((unsigned char)text[0]) || text[0] == '.' ? strtod(text, &end) : NAN;
    if (!(*out >= min && *out <= max) || *end != '\0')
        return error_set(e, "%s: \"%s\" is not a number from %g to %g", option, text, min, max);
    return true;
}

static bool take_text(const char *option, const char *text, const char **list, size_t *count, size_t room,
                      error *e)
{
    if (*count == room)
        return error_set(e, "%s: given more than %zu times", option, room);
    list[(*count)++] = text;
    return true;
}

static bool take_topic(record_options *o, error *e)
{
    if (strlen(optarg) >= 80)
        return error_set(e, "--topic: \"%.40s...\" is longer than any topic", optarg);
    return take_text("--topic", optarg, o->topics, &o->topic_count, RECORD_MAX_TOPICS, e);
}

static bool take_option(int option, char **argv, record_options *o, error *e)
{
    switch (option) {
    case 'c':
        o->config = optarg;
        return true;
    case 'o':
        o->output = optarg;
        return true;
    case 'q':
        return o->quiet = true;
    case OPTION_ENDPOINT:
        return take_text("--endpoint", optarg, o->endpoints, &o->endpoint_count, RUN_MAX_ENDPOINTS, e);
    case OPTION_FOR:
        return take_number("--for", optarg, 1e-3, 1e8, &o->for_s, e);
    case OPTION_KEY:
        o->key = optarg;
        return true;
    case OPTION_LISTEN:
        return o->listen = true;
    case OPTION_MAX_MIB:
        return take_number("--max-mib", optarg, 0, 1e9, &o->max_mib, e);
    case OPTION_MAX_S:
        return take_number("--max-s", optarg, 0, 1e8, &o->max_s, e);
    case OPTION_PREFIX:
        o->prefix = optarg;
        return true;
    case OPTION_SERVER_KEY:
        o->server_key = optarg;
        return true;
    case OPTION_TOPIC:
        return take_topic(o, e);
    default:
        return option_refuse(argv, option, long_options, e);
    }
}

static bool finish(record_options *o, error *e)
{
    if (!o->output == !o->prefix)
        return error_set(e, "%s",
                         o->output ? "give either -o FILE or --prefix PREFIX, not both"
                                   : "a file is missing: -o FILE, or --prefix PREFIX");
    if (o->output && (o->max_s >= 0 || o->max_mib > 0))
        return error_set(e, "--max-s and --max-mib begin new files, whose names need --prefix PREFIX");
    if (o->listen && o->endpoint_count == 0)
        return error_set(e, "--listen needs an --endpoint of its own");
    if (o->topic_count == 0)
        o->topics[o->topic_count++] = "posed/v1/";
    if (o->max_s < 0)
        o->max_s = o->prefix ? default_max_s : 0;
    return true;
}

bool record_options_parse(int argc, char **argv, record_options *o, error *e)
{
    int option;
    *o = (record_options){.max_s = -1};
    optind = 0; /* glibc: start anew, also for a second command line in one process */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":c:o:q", long_options, NULL)) != -1) {
        if (!take_option(option, argv, o, e))
            return false;
    }
    if (optind < argc)
        return error_set(e, "what is \"%s\"? A file is given with -o", argv[optind]);
    return finish(o, e);
}

/* ---- where to listen */

static bool print_config(record_target *t, const settings *s, error *e)
{
    size_t size;
    FILE *memory = open_memstream(&t->config, &size);
    if (!memory)
        return error_set(e, "out of memory");
    bool ok = config_print(memory, s);
    return (fclose(memory) == 0 && ok) || error_set(e, "cannot print the configuration");
}

static bool load(record_target *t, const char *path, settings *s, run_settings *r, config_problems *p,
                 error *e)
{
    settings_default(s);
    run_settings_default(r);
    if (path && !config_load_all_file(s, r, path, p)) {
        config_problems_print(stderr, p);
        return error_set(e, "the configuration cannot be used");
    }
    t->endpoints = r->bus.poses;
    memcpy(t->secret_key, r->bus.secret_key, sizeof t->secret_key);
    memcpy(t->server_key, r->bus.server_key, sizeof t->server_key);
    return !path || print_config(t, s, e);
}

static bool load_config(record_target *t, const char *path, error *e)
{
    settings *s = calloc(1, sizeof *s);
    run_settings *r = calloc(1, sizeof *r);
    config_problems *p = calloc(1, sizeof *p);
    bool ok = s && r && p ? load(t, path, s, r, p, e) : error_set(e, "out of memory");
    free(p);
    free(r);
    free(s);
    return ok;
}

/* posed listens on all of them: one is enough, and a local one needs no key. */
static void keep_one(endpoint_list *list)
{
    const char *nearest = endpoint_list_nearest(list);
    if (nearest && nearest != list->at[0])
        memcpy(list->at[0], nearest, sizeof list->at[0]);
    list->count = nearest ? 1 : 0;
}

static bool take_endpoints(record_target *t, const record_options *o, error *e)
{
    if (o->endpoint_count == 0) {
        keep_one(&t->endpoints);
        return true;
    }
    t->endpoints.count = o->endpoint_count;
    for (size_t i = 0; i < o->endpoint_count; i++) {
        size_t size = strlen(o->endpoints[i]) + 1;
        if (size > sizeof t->endpoints.at[i])
            return error_set(e, "--endpoint: longer than %d characters", RUN_ENDPOINT_SIZE - 1);
        memcpy(t->endpoints.at[i], o->endpoints[i], size);
    }
    return true;
}

static bool take_keys(record_target *t, const record_options *o, error *e)
{
    _Static_assert((int)RUN_KEY_SIZE == (int)BUS_KEY_SIZE, "one size of keys");
    if (o->key && snprintf(t->secret_key, sizeof t->secret_key, "%s", o->key) >= (int)sizeof t->secret_key)
        return error_set(e, "--key: longer than %d characters", RUN_PATH_SIZE - 1);
    return !o->server_key || bus_public_key_find(t->server_key, o->server_key, e);
}

bool record_target_find(record_target *t, const record_options *o, error *e)
{
    memset(t, 0, sizeof *t);
    return load_config(t, o->config, e) && take_endpoints(t, o, e) && take_keys(t, o, e);
}
