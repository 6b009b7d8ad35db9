/* posed twin: a recorded drive against its simulated twin. */
#include "daemon/command.h"
#include "daemon/replay/twin_replay.h"

#include <getopt.h>
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

static int compare(const twin_options *o, twin_comparison *c, error *e)
{
    twin_replay both[2] = {0};
    int code = twin_replay_run(&both[0], o->drives[0], o->config, o->quiet, e);
    if (code == EXIT_OK)
        code = twin_replay_run(&both[1], o->drives[1], o->config, o->quiet, e);
    if (code == EXIT_OK) {
        const twin_drive real = twin_replay_drive(&both[0]), twin = twin_replay_drive(&both[1]);
        bool good = twin_compare(&real, &twin, c) && (o->json ? twin_print_json : twin_print_text)(c, stdout);
        if (!good) {
            error_set(e, "cannot write the comparison");
            code = EXIT_BAD;
        }
    }
    twin_replay_finish(&both[0]);
    twin_replay_finish(&both[1]);
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
