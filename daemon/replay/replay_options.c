#include "daemon/replay/replay_options.h"

#include "daemon/option_number.h"
#include "daemon/option_refuse.h"

#include <ctype.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_CSV = 256,
    OPTION_WITHOUT,
    OPTION_DROP,
    OPTION_FROM,
    OPTION_INJECT,
    OPTION_INJECT_SEED,
    OPTION_TO,
    OPTION_LIVE,
    OPTION_MAP,
    OPTION_SHUFFLE,
    OPTION_SPEED,
    OPTION_SUMMARY,
    OPTION_WITH_INPUT
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"live", no_argument, NULL, OPTION_LIVE},
    {"output", required_argument, NULL, 'o'},
    {"quiet", no_argument, NULL, 'q'},
    {"csv", required_argument, NULL, OPTION_CSV},
    {"drop", required_argument, NULL, OPTION_DROP},
    {"from", required_argument, NULL, OPTION_FROM},
    {"inject", required_argument, NULL, OPTION_INJECT},
    {"inject-seed", required_argument, NULL, OPTION_INJECT_SEED},
    {"map", required_argument, NULL, OPTION_MAP},
    {"shuffle", required_argument, NULL, OPTION_SHUFFLE},
    {"speed", required_argument, NULL, OPTION_SPEED},
    {"summary", required_argument, NULL, OPTION_SUMMARY},
    {"to", required_argument, NULL, OPTION_TO},
    {"with-input", no_argument, NULL, OPTION_WITH_INPUT},
    {"without", required_argument, NULL, OPTION_WITHOUT},
    {NULL, 0, NULL, 0},
};

/* A day has 86,400 of them; the limit keeps nanoseconds far from the end of int64. */
static const double max_seconds = 1e8;

/* A plain decimal number at the start of `text`; NULL: there is none. Returns what follows it. */
static const char *parse_number(const char *text, double *value)
{
    char *end;
    if (!isdigit((unsigned char)text[0]) && text[0] != '.')
        return NULL;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return NULL;
    *value = strtod(text, &end);
    return end != text && isfinite(*value) ? end : NULL;
}

bool replay_options_seconds(const char *option, const char *text, double *out, error *e)
{
    const char *end = parse_number(text, out);
    if (!end || *end != '\0' || *out > max_seconds)
        return error_set(e, "%s: \"%s\" is not a time in seconds from the drive's start", option, text);
    return true;
}

static bool take_speed(const char *text, double *out, error *e)
{
    const char *end = parse_number(text, out);
    if (!end || *end != '\0' || !(*out >= 1e-3 && *out <= 1e6))
        return error_set(e, "--speed: \"%s\" is not a number from 0.001 to 1000000 (times real time)", text);
    return true;
}

static bool take_inject(const char *text, replay_options *o, error *e)
{
    if (o->inject_count == INJECTION_MAX_FILES)
        return error_set(e, "--inject: given more than %d times", INJECTION_MAX_FILES);
    o->injects[o->inject_count++] = text;
    return true;
}

static bool take_summary(const char *text, summary_format *out, error *e)
{
    static const char *const words[] = {
        [SUMMARY_TEXT] = "text", [SUMMARY_JSON] = "json", [SUMMARY_NONE] = "none"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = (summary_format)i;
            return true;
        }
    }
    return error_set(e, "--summary: \"%s\" is none of text, json, none", text);
}

static bool take_word(const char *option, const char *text, size_t length, char out[REPLAY_WORD_SIZE],
                      error *e)
{
    if (length == 0)
        return error_set(e, "%s: a source or kind is missing", option);
    if (length >= REPLAY_WORD_SIZE)
        return error_set(e, "%s: \"%.60s\" is longer than any source's name", option, text);
    memcpy(out, text, length);
    out[length] = '\0';
    return true;
}

/* KIND|NAME[,...] */
static bool take_without(const char *text, replay_options *o, error *e)
{
    for (;;) {
        size_t length = strcspn(text, ",");
        if (o->without_count == FRAME_FILTER_MAX)
            return error_set(e, "--without: more than %d sources and kinds", FRAME_FILTER_MAX);
        if (!take_word("--without", text, length, o->without[o->without_count], e))
            return false;
        o->without_count++;
        if (text[length] == '\0')
            return true;
        text += length + 1;
    }
}

/* KIND|NAME:FROM-TO */
static bool take_drop(const char *text, replay_options *o, error *e)
{
    if (o->drop_count == FRAME_FILTER_MAX)
        return error_set(e, "--drop: given more than %d times", FRAME_FILTER_MAX);
    drop_option *d = &o->drops[o->drop_count];
    const char *colon = strrchr(text, ':');
    const char *dash = colon ? parse_number(colon + 1, &d->from_s) : NULL;
    const char *end = dash && *dash == '-' ? parse_number(dash + 1, &d->to_s) : NULL;
    if (!end || *end != '\0')
        return error_set(
            e, "--drop: \"%s\" is not NAME:FROM-TO with seconds from the drive's start, as gnss:25-55", text);
    if (!(d->from_s < d->to_s) || d->to_s > max_seconds)
        return error_set(e, "--drop: \"%s\": FROM must be less than TO", text);
    if (!take_word("--drop", text, (size_t)(colon - text), d->word, e))
        return false;
    o->drop_count++;
    return true;
}

static bool take_option(int option, char **argv, replay_options *o, error *e)
{
    switch (option) {
    case 'c':
        o->config = optarg;
        return true;
    case 'o':
        o->output = optarg;
        return true;
    case 'q':
        o->quiet = true;
        return true;
    case OPTION_CSV:
        o->csv = optarg;
        return true;
    case OPTION_DROP:
        return take_drop(optarg, o, e);
    case OPTION_FROM:
        return replay_options_seconds("--from", optarg, &o->from_s, e);
    case OPTION_SHUFFLE:
        o->shuffle = true;
        return option_whole_number("--shuffle", optarg, 0, UINT64_MAX, &o->seed, e);
    case OPTION_INJECT:
        return take_inject(optarg, o, e);
    case OPTION_INJECT_SEED:
        return option_whole_number("--inject-seed", optarg, 0, UINT64_MAX, &o->inject_seed, e);
    case OPTION_MAP:
        o->map_file = optarg;
        return true;
    case OPTION_SPEED:
        return take_speed(optarg, &o->speed, e);
    case OPTION_SUMMARY:
        return take_summary(optarg, &o->summary, e);
    case OPTION_TO:
        return replay_options_seconds("--to", optarg, &o->to_s, e);
    case OPTION_LIVE:
        return o->live = true;
    case OPTION_WITH_INPUT:
        o->with_input = true;
        return true;
    case OPTION_WITHOUT:
        return take_without(optarg, o, e);
    default:
        return option_refuse(argv, option, long_options, e);
    }
}

/* What no single option can see. */
static bool check_together(const replay_options *o, error *e)
{
    if (o->from_s >= o->to_s)
        return error_set(e, "--from must be less than --to");
    if (o->with_input && !o->output)
        return error_set(e, "--with-input needs -o: there is no file to copy the input into");
    if ((o->config && !*o->config) || (o->output && !*o->output) || (o->csv && !*o->csv) || !*o->drive ||
        (o->map_file && !*o->map_file))
        return error_set(e, "a file name is empty");
    if (o->output && o->csv && strcmp(o->output, o->csv) == 0)
        return error_set(e, "-o and --csv name the same file");
    return true;
}

bool replay_options_parse(int argc, char **argv, replay_options *o, error *e)
{
    int option;
    memset(o, 0, sizeof *o);
    o->from_s = o->to_s = o->speed = NAN;
    o->inject_seed = 1;
    optind = 0; /* glibc: start anew, also for a second command line in one process */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":c:o:q", long_options, NULL)) != -1) {
        if (!take_option(option, argv, o, e))
            return false;
    }
    if (optind == argc)
        return error_set(e, "which drive?");
    if (optind + 1 < argc)
        return error_set(e, "one drive at a time: \"%s\" is one too many", argv[optind + 1]);
    o->drive = argv[optind];
    return check_together(o, e);
}
