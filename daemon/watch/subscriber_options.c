#include "daemon/watch/subscriber_options.h"

#include "bus/keys.h"
#include "config/config.h"
#include "daemon/option_refuse.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_COUNT = 256,
    OPTION_ENDPOINT,
    OPTION_EVERY,
    OPTION_FOR,
    OPTION_JSON,
    OPTION_KEY,
    OPTION_NMEA,
    OPTION_SERVER_KEY,
    OPTION_TIMEOUT,
    OPTION_TOPIC,
};

#define COMMON_OPTIONS                                                                                       \
    {"config", required_argument, NULL, 'c'}, {"endpoint", required_argument, NULL, OPTION_ENDPOINT},        \
        {"json", no_argument, NULL, OPTION_JSON}, {"key", required_argument, NULL, OPTION_KEY},              \
    {                                                                                                        \
        "server-key", required_argument, NULL, OPTION_SERVER_KEY                                             \
    }

static const struct option watch_options[] = {
    COMMON_OPTIONS,
    {"count", required_argument, NULL, OPTION_COUNT},
    {"every", required_argument, NULL, OPTION_EVERY},
    {"for", required_argument, NULL, OPTION_FOR},
    {"nmea", no_argument, NULL, OPTION_NMEA},
    {"topic", required_argument, NULL, OPTION_TOPIC},
    {NULL, 0, NULL, 0},
};

static const struct option status_options[] = {
    COMMON_OPTIONS,
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {NULL, 0, NULL, 0},
};

static bool take_seconds(const char *option, const char *text, double *out, error *e)
{
    char *end;
    *out = isdigit((unsigned char)text[0]) || text[0] == '.' ? strtod(text, &end) : NAN;
    if (!(*out > 0 && *out <= 1e8) || *end != '\0')
        return error_set(e, "%s: \"%s\" is not a number of seconds above 0", option, text);
    return true;
}

static bool take_count(const char *text, uint64_t *out, error *e)
{
    char *end = NULL;
    errno = 0;
    *out = isdigit((unsigned char)text[0]) ? strtoull(text, &end, 10) : 0;
    if (*out == 0 || *end != '\0' || errno != 0)
        return error_set(e, "--count: \"%s\" is not a whole number above 0", text);
    return true;
}

/* One of a list, by its first `length` characters. */
static bool take_topic(const char *text, size_t length, unsigned *kinds, error *e)
{
    static const char *const words[POSED_KIND_COUNT] = {
        [POSED_KIND_POSE] = "pose",   [POSED_KIND_TRACK] = "track",     [POSED_KIND_STATUS] = "status",
        [POSED_KIND_FAULT] = "fault", [POSED_KIND_VERDICT] = "verdict",
    };
    for (unsigned i = 0; i < POSED_KIND_COUNT; i++) {
        if (strlen(words[i]) == length && strncmp(words[i], text, length) == 0) {
            *kinds |= 1u << i;
            return true;
        }
    }
    if (length == 3 && strncmp(text, "all", 3) == 0) {
        *kinds = (1u << POSED_KIND_COUNT) - 1;
        return true;
    }
    return error_set(e, "--topic: \"%.*s\" is none of pose, track, status, fault, verdict, all", (int)length,
                     text);
}

static bool take_topics(const char *text, unsigned *kinds, error *e)
{
    for (;;) {
        size_t length = strcspn(text, ",");
        if (!take_topic(text, length, kinds, e))
            return false;
        if (text[length] == '\0')
            return true;
        text += length + 1;
    }
}

static bool take_option(int option, char **argv, const struct option *options, subscriber_options *o,
                        error *e)
{
    switch (option) {
    case 'c':
        o->config = optarg;
        return true;
    case OPTION_COUNT:
        return take_count(optarg, &o->count, e);
    case OPTION_ENDPOINT:
        o->endpoint = optarg;
        return true;
    case OPTION_EVERY:
        return take_seconds("--every", optarg, &o->every_s, e);
    case OPTION_FOR:
        return take_seconds("--for", optarg, &o->for_s, e);
    case OPTION_JSON:
        o->json = true;
        return true;
    case OPTION_KEY:
        o->key = optarg;
        return true;
    case OPTION_NMEA:
        o->nmea = true;
        return true;
    case OPTION_SERVER_KEY:
        o->server_key = optarg;
        return true;
    case OPTION_TIMEOUT:
        return take_seconds("--timeout", optarg, &o->timeout_s, e);
    case OPTION_TOPIC:
        return take_topics(optarg, &o->kinds, e);
    default:
        return option_refuse(argv, option, options, e);
    }
}

bool subscriber_options_parse(int argc, char **argv, subscriber_command command, subscriber_options *o,
                              error *e)
{
    const struct option *options = command == SUBSCRIBER_WATCH ? watch_options : status_options;
    int option;
    *o = (subscriber_options){.timeout_s = 3, .for_s = NAN, .every_s = NAN};
    optind = 0; /* glibc: start anew, also for a second command line in one process */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":c:", options, NULL)) != -1) {
        if (!take_option(option, argv, options, o, e))
            return false;
    }
    if (optind < argc)
        return error_set(e, "what is \"%s\"? An endpoint is given with --endpoint", argv[optind]);
    if (o->nmea && (o->json || o->kinds != 0))
        return error_set(e, "--nmea is of poses, and goes without --json and --topic");
    if (!o->nmea && !isnan(o->every_s))
        return error_set(e, "--every goes with --nmea");
    return true;
}

/* ---- where to connect to */

static bool copy_text(char *to, size_t size, const char *from, const char *option, error *e)
{
    size_t length = strlen(from);
    if (!(length > 0 && length < size))
        return error_set(e, "%s: of %zu characters; 1 to %zu are possible", option, length, size - 1);
    memcpy(to, from, length + 1);
    return true;
}

static bool take_config(subscriber_target *t, const char *path, error *e)
{
    settings *s = calloc(1, sizeof *s);
    run_settings *r = calloc(1, sizeof *r);
    config_problems *problems = calloc(1, sizeof *problems);
    bool good = false;
    if (!s || !r || !problems) {
        error_set(e, "out of memory");
        goto done;
    }
    settings_default(s);
    run_settings_default(r);
    good = config_load_all_file(s, r, path, problems);
    if (!good) {
        config_problems_print(stderr, problems);
        error_set(e, "the configuration cannot be used");
        goto done;
    }
    const char *nearest = endpoint_list_nearest(&r->bus.poses);
    strcpy(t->endpoint, nearest ? nearest : POSED_DEFAULT_ENDPOINT);
    strcpy(t->secret_key, r->bus.secret_key);
    strcpy(t->server_key, r->bus.server_key);
done:
    free(problems);
    free(r);
    free(s);
    return good;
}

/* Who does not speak CURVE to the other side needs no key of its own: that of the configuration may be posed
 * run's, and not ours to read. */
static bool forget_key(subscriber_target *t, const subscriber_options *o)
{
    if (!o->key && t->server_key[0] == '\0')
        t->secret_key[0] = '\0';
    return true;
}

bool subscriber_target_find(subscriber_target *t, const subscriber_options *o, error *e)
{
    _Static_assert((int)RUN_KEY_SIZE == (int)BUS_KEY_SIZE, "one size of keys");
    *t = (subscriber_target){.endpoint = POSED_DEFAULT_ENDPOINT};
    return (!o->config || take_config(t, o->config, e)) &&
           (!o->endpoint || copy_text(t->endpoint, sizeof t->endpoint, o->endpoint, "--endpoint", e)) &&
           (!o->key || copy_text(t->secret_key, sizeof t->secret_key, o->key, "--key", e)) &&
           (!o->server_key || bus_public_key_find(t->server_key, o->server_key, e)) && forget_key(t, o);
}

posed_client *subscriber_connect(const subscriber_target *t, unsigned kinds, double timeout_s, error *e)
{
    char problem[POSED_PROBLEM_SIZE];
    posed_options options = POSED_OPTIONS_INIT;
    options.kinds = kinds;
    options.timeout_s = timeout_s;
    options.secret_key = t->secret_key;
    options.server_key = t->server_key;
    posed_client *client = posed_connect(t->endpoint, &options, problem);
    if (!client)
        error_set(e, "%s", problem);
    return client;
}
