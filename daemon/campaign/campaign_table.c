/*
 * posed campaign table: what a campaign's runs amount to.
 */
#include "daemon/campaign/campaign_words.h"
#include "daemon/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: posed campaign table DIR [options]\n"
    "\n"
    "Prints what the runs of a campaign amount to: accuracy against the alert limits, coverage and NEES,\n"
    "false alarms, faults detected and named, times, protection levels, and the runs that failed with the\n"
    "command that runs each again. Each figure has its 95 % interval, which counts drives, not samples\n"
    "(docs/STATISTICS.md). DIR is a campaign's directory or its database; the campaign may be running.\n"
    "\n"
    "Options:\n"
    "      --by KIND    only groups of one kind: scenario, sensors, fault or road\n"
    "      --markdown   as Markdown\n"
    "      --json       one JSON object, with everything\n"
    "      --help       this text\n"
    "\n"
    "Examples:\n"
    "  posed campaign table out/nightly --by fault\n"
    "  posed campaign table out/nightly --json | jq '.groups[] | select(.by == \"fault\") | [.fault, "
    ".detected]'\n";

typedef struct {
    const char *path;
    summary_by by;
    bool markdown, json, help;
} table_options;

static const struct option long_options[] = {
    {"by", required_argument, NULL, 'b'},
    {"markdown", no_argument, NULL, 'm'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

bool campaign_take_by(const char *text, summary_by *by, error *e)
{
    static const summary_by kinds[] = {BY_SCENARIO, BY_SENSORS, BY_FAULT, BY_ROAD};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(text, summary_by_words[kinds[i]]) == 0) {
            *by = kinds[i];
            return true;
        }
    }
    return error_set(e, "--by: \"%s\" is none of scenario, sensors, fault, road", text);
}

bool campaign_flush(const char *who)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    fprintf(stderr, "%s: cannot write: %s\n", who, strerror(errno));
    return false;
}

static bool take_option(int option, char **argv, table_options *o, error *e)
{
    switch (option) {
    case 'b':
        return campaign_take_by(optarg, &o->by, e);
    case 'm':
        return o->markdown = true;
    case 'j':
        return o->json = true;
    case 'h':
        return o->help = true;
    case ':':
        return error_set(e, "%s needs a value", argv[optind - 1]);
    default:
        return error_set(e, "there is no option \"%s\"", argv[optind - 1]);
    }
}

static bool parse(int argc, char **argv, table_options *o, error *e)
{
    int option;
    *o = (table_options){.by = SUMMARY_BY_COUNT};
    optind = 0; /* glibc: start anew */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (!take_option(option, argv, o, e))
            return false;
    }
    if (o->help)
        return true;
    if (optind == argc)
        return error_set(e, "which campaign?");
    if (optind + 1 < argc)
        return error_set(e, "one campaign at a time: \"%s\" is one too many", argv[optind + 1]);
    if (o->json && (o->markdown || o->by != SUMMARY_BY_COUNT))
        return error_set(e, "--json has everything: no --markdown, no --by");
    o->path = argv[optind];
    return true;
}

static bool print(const campaign_summary *s, const table_options *o, error *e)
{
    if (o->json)
        campaign_table_print_json(s, stdout);
    else if (!campaign_table_print(s, o->by, o->markdown, stdout))
        return error_set(e, "out of memory");
    if (s->unreadable > 0)
        fprintf(stderr, "posed campaign table: %zu histograms or grids could not be read\n", s->unreadable);
    return true;
}

int campaign_table_main(int argc, char **argv)
{
    error e = {""};
    table_options o;
    results r = {0};
    campaign_summary s = {0};
    if (!parse(argc, argv, &o, &e))
        return command_fail("campaign table", EXIT_USAGE, "%s", e.text);
    if (o.help) {
        fputs(help, stdout);
        return campaign_flush("posed campaign table") ? EXIT_OK : EXIT_BAD;
    }
    bool good = results_read(&r, o.path, &e) && summary_make(&s, &r, &e) && print(&s, &o, &e);
    if (!good)
        fprintf(stderr, "posed campaign table: %s\n", e.text);
    good = campaign_flush("posed campaign table") && good;
    summary_finish(&s);
    results_finish(&r);
    return good ? EXIT_OK : EXIT_BAD;
}
