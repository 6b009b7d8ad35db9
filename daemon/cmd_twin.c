/* posed twin: a recorded drive against its simulated twin. */
#include "daemon/command.h"
#include "daemon/replay.h"
#include "daemon/twin.h"
#include "report/drive_log.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char help[] = "Replays both drives and compares what the filter did not expect of their "
                           "measurements: for each source,\n"
                           "quantity and axis the size of the innovations, their mean, how long they last, "
                           "their tails. A simulator\n"
                           "is honest where the two are alike. posed simulate --like makes the twin.\n"
                           "\n"
                           "Options:\n"
                           "  -c, --config CONFIG        settings (YAML) over those that each drive brings\n"
                           "      --json                 one JSON object; SI units\n"
                           "  -q, --quiet                no progress, no warnings\n"
                           "      --help                 this text\n"
                           "\n"
                           "Examples:\n"
                           "  posed simulate --like drive.mcap -o twin.mcap\n"
                           "  posed twin drive.mcap twin.mcap\n";

typedef struct {
    const char *drives[2], *config;
    bool json, quiet;
} twin_options;

enum { OPTION_JSON = 256 };

static bool parse(int argc, char **argv, twin_options *o, error *e)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"json", no_argument, NULL, OPTION_JSON},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {NULL, 0, NULL, 0}};
    int option;
    *o = (twin_options){0};
    optind = 0; /* glibc: start anew */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":c:q", options, NULL)) != -1) {
        if (option == 'c')
            o->config = optarg;
        else if (option == OPTION_JSON)
            o->json = true;
        else if (option == 'q')
            o->quiet = true;
        else if (option == ':')
            return error_set(e, "%s needs a value", argv[optind - 1]);
        else
            return error_set(e, "there is no option \"%s\"", argv[optind - 1]);
    }
    if (argc - optind != 2)
        return error_set(e, "which two drives? DRIVE.mcap TWIN.mcap");
    o->drives[0] = argv[optind];
    o->drives[1] = argv[optind + 1];
    return true;
}

static void log_verdict(void *context, const verdict *v)
{
    drive_log_verdict(context, v);
}

/* A drive, replayed. */
typedef struct {
    replay_result *result;
    drive_log log;
} played;

static int play(const twin_options *o, const char *drive, played *p, error *e)
{
    const replay_tap tap = {.context = &p->log, .verdict = log_verdict};
    replay_options *r = calloc(1, sizeof *r);
    p->result = calloc(1, sizeof *p->result);
    int code = EXIT_BAD;
    if (r && p->result) {
        r->drive = drive;
        r->config = o->config;
        r->quiet = o->quiet;
        r->from_s = r->to_s = r->speed = NAN;
        r->tap = &tap;
        code = replay_run(r, p->result, e);
    }
    if (!r || !p->result || p->log.failed) {
        error_set(e, "out of memory");
        code = EXIT_BAD;
    }
    free(r);
    return code;
}

static void finish(played *p)
{
    if (p->result)
        replay_result_finish(p->result);
    free(p->result);
    drive_log_finish(&p->log);
}

static int compare(const twin_options *o, twin_comparison *c, error *e)
{
    played both[2] = {0};
    int code = play(o, o->drives[0], &both[0], e);
    if (code == EXIT_OK)
        code = play(o, o->drives[1], &both[1], e);
    if (code == EXIT_OK) {
        const twin_drive real = {both[0].result->settings, both[0].log.verdicts, both[0].log.verdict_count};
        const twin_drive twin = {both[1].result->settings, both[1].log.verdicts, both[1].log.verdict_count};
        bool good = twin_compare(&real, &twin, c) && (o->json ? twin_print_json : twin_print_text)(c, stdout);
        if (!good) {
            error_set(e, "cannot write the comparison");
            code = EXIT_BAD;
        }
    }
    finish(&both[0]);
    finish(&both[1]);
    return code;
}

static int run(int argc, char **argv)
{
    error e = {""};
    twin_options o;
    twin_comparison *c = calloc(1, sizeof *c);
    int code = EXIT_USAGE;
    if (!c) {
        error_set(&e, "out of memory");
        code = EXIT_BAD;
    } else if (parse(argc, argv, &o, &e)) {
        code = compare(&o, c, &e);
    }
    free(c);
    if (code == EXIT_OK)
        return EXIT_OK;
    fprintf(stderr, "posed twin: %s\n", e.text);
    if (code == EXIT_USAGE)
        fputs("Try: posed twin --help\n", stderr);
    return code;
}

const command command_twin = {
    .name = "twin",
    .arguments = "DRIVE.mcap TWIN.mcap [options]",
    .summary = "compare a recorded drive with its simulated twin: how alike are their innovations?",
    .help = help,
    .run = run,
};
