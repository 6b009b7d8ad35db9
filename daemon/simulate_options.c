#include "daemon/simulate_options.h"

#include "daemon/option_number.h"

#include <ctype.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_DURATION = 256,
    OPTION_INJECT,
    OPTION_LIKE,
    OPTION_MAP,
    OPTION_PRINT,
    OPTION_REFERENCE,
    OPTION_SEED,
    OPTION_WITHOUT
};

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"quiet", no_argument, NULL, 'q'},
    {"duration", required_argument, NULL, OPTION_DURATION},
    {"inject", required_argument, NULL, OPTION_INJECT},
    {"config", required_argument, NULL, 'c'},
    {"like", required_argument, NULL, OPTION_LIKE},
    {"map", required_argument, NULL, OPTION_MAP},
    {"print", no_argument, NULL, OPTION_PRINT},
    {"reference", no_argument, NULL, OPTION_REFERENCE},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"without", required_argument, NULL, OPTION_WITHOUT},
    {NULL, 0, NULL, 0},
};

static const double least_s = 5, most_s = 7200;

static bool take_duration(const char *text, double *duration_s, error *e)
{
    char *end;
    *duration_s = strtod(text, &end);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' ||
        !(*duration_s >= least_s && *duration_s <= most_s))
        return error_set(e, "--duration: \"%s\" is not a number of seconds from %.0f to %.0f", text, least_s,
                         most_s);
    return true;
}

static bool take_without(char *text, simulate_options *o, error *e)
{
    for (char *rest = text, *word; (word = strsep(&rest, ","));) {
        if (*word == '\0')
            return error_set(e, "--without: a sensor or kind is missing");
        if (o->without_count == SIMULATE_MAX_WITHOUT)
            return error_set(e, "--without: more than %d", SIMULATE_MAX_WITHOUT);
        o->without[o->without_count++] = word;
    }
    return true;
}

static bool take_option(int option, char **argv, simulate_options *o, error *e)
{
    switch (option) {
    case 'o':
        o->output = optarg;
        return true;
    case 'q':
        return o->quiet = true;
    case OPTION_DURATION:
        return take_duration(optarg, &o->duration_s, e);
    case OPTION_INJECT:
        o->inject = optarg;
        return true;
    case OPTION_LIKE:
        o->like = optarg;
        return true;
    case 'c':
        o->config = optarg;
        return true;
    case OPTION_MAP:
        o->map = optarg;
        return true;
    case OPTION_PRINT:
        return o->print = true;
    case OPTION_REFERENCE:
        return o->reference = true;
    case OPTION_SEED:
        return option_whole_number("--seed", optarg, 0, UINT64_MAX, &o->seed, e);
    case OPTION_WITHOUT:
        return take_without(optarg, o, e);
    case ':':
        return error_set(e, "%s needs a value", argv[optind - 1]);
    default:
        return error_set(e, "there is no option \"%s\"", argv[optind - 1]);
    }
}

static bool take_arguments(int argc, char **argv, simulate_options *o, error *e)
{
    if (o->config && !o->like)
        return error_set(e, "--config goes with --like: a scenario brings its own");
    if (o->like && optind < argc)
        return error_set(e, "--like makes the scenario: \"%s\" is one too many", argv[optind]);
    if (!o->like && optind == argc)
        return error_set(e, "which scenario?");
    if (optind + 1 < argc)
        return error_set(e, "one scenario at a time: \"%s\" is one too many", argv[optind + 1]);
    o->scenario = o->like ? o->like : argv[optind];
    if (!o->output && !o->print)
        return error_set(e, "where to? -o DRIVE.mcap is missing");
    return true;
}

bool simulate_options_parse(int argc, char **argv, simulate_options *o, error *e)
{
    int option;
    memset(o, 0, sizeof *o);
    o->seed = 1;
    optind = 0; /* glibc: start anew, also for a second command line in one process */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":c:o:q", long_options, NULL)) != -1) {
        if (!take_option(option, argv, o, e))
            return false;
    }
    if (o->reference)
        return true;
    return take_arguments(argc, argv, o, e);
}
