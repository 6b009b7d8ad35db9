/*
 * posed explain: why a flag was up, what was left out, and what would have happened otherwise.
 */
#include "daemon/command.h"
#include "daemon/explain/explain.h"
#include "daemon/out_file.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Replays a drive with memory and tells, in sentences with numbers, what was up at a moment: where the "
    "pose\n"
    "was and what its bounds rested on, what each source said, which flags were up and on what evidence, "
    "which\n"
    "source was left out, when and why, and what would have happened otherwise: the drive is played again "
    "with\n"
    "nothing excluded, and without the source from the start (docs/EXPLAIN.md).\n"
    "\n"
    "With neither --at nor --fault, the faults are listed with their numbers.\n"
    "\n"
    "Options:\n"
    "      --at T                 the moment, seconds from the drive's start\n"
    "      --fault N              the moment at which the N-th fault of the list rose\n"
    "  -o, --output PLOT.svg      draw the 20 s before and after it\n"
    "      --json                 the same for programs\n"
    "  -c, --config CONFIG        settings (YAML) over the defaults and over those that the drive brings\n"
    "      --without WORD[,...], --drop WORD:FROM-TO, --inject FAULTS.yaml, --inject-seed N, --map "
    "MAP.pmap,\n"
    "      --from S, --to S, --live\n"
    "                             as for posed replay\n"
    "  -q, --quiet                no progress, no warnings\n"
    "      --help                 this text\n"
    "\n"
    "Examples:\n"
    "  posed explain drive.mcap\n"
    "  posed explain drive.mcap --fault 3 -o fault.svg\n"
    "  posed explain drive.mcap --at 218.6 --inject sim/faults/gnss_drift_1.yaml --json\n";

typedef struct {
    replay_options replay;
    double at_s;  /* NAN: not given */
    size_t fault; /* 0: not given */
    bool json;
    const char *plot; /* NULL: none */
} explain_options;

/* ---- the command line */

static bool take_fault(const char *text, size_t *fault, error *e)
{
    char *end = NULL;
    errno = 0;
    *fault = isdigit((unsigned char)text[0]) ? strtoul(text, &end, 10) : 0;
    if (*fault == 0 || *end != '\0' || errno != 0)
        return error_set(e, "--fault: \"%s\" is not the number of a fault, from 1", text);
    return true;
}

/* The value of argv[*i] where that is `option`, with = or in the next argument; NULL: it is another, or (`e`
 * is set) there is no value. */
static const char *value_of(int argc, char **argv, int *i, const char *option, error *e)
{
    const size_t length = strlen(option);
    if (strncmp(argv[*i], option, length) != 0 || (argv[*i][length] != '\0' && argv[*i][length] != '='))
        return NULL;
    if (argv[*i][length] == '=')
        return argv[*i] + length + 1;
    if (*i + 1 == argc) {
        error_set(e, "%s needs a value", option);
        return NULL;
    }
    return argv[++*i];
}

/* Takes what is no option of a replay out of the arguments. */
static bool take_own(int *argc, char **argv, explain_options *o, error *e)
{
    int kept = 0;
    o->at_s = NAN;
    for (int i = 0; i < *argc; i++) {
        const char *at = value_of(*argc, argv, &i, "--at", e);
        const char *fault = at || e->text[0] ? NULL : value_of(*argc, argv, &i, "--fault", e);
        if (e->text[0] || (at && !replay_options_seconds("--at", at, &o->at_s, e)) ||
            (fault && !take_fault(fault, &o->fault, e)))
            return false;
        if (!at && !fault && strcmp(argv[i], "--json") == 0)
            o->json = true;
        else if (!at && !fault)
            argv[kept++] = argv[i];
    }
    argv[ *argc = kept] = NULL;
    return true;
}

/* The drawing must not take the place of what it is made of. */
static bool check_plot(const explain_options *o, error *e)
{
    const replay_options *r = &o->replay;
    if (!o->plot)
        return true;
    if (o->fault == 0 && isnan(o->at_s))
        return error_set(e, "-o draws a moment: which? --at T or --fault N");
    if (same_file(o->plot, r->drive) || (r->config && same_file(o->plot, r->config)) ||
        (r->map_file && same_file(o->plot, r->map_file)))
        return error_set(e, "%s is what is to be explained", o->plot);
    for (size_t i = 0; i < r->inject_count; i++) {
        if (same_file(o->plot, r->injects[i]))
            return error_set(e, "%s is a file of faults", o->plot);
    }
    return true;
}

static bool parse(int argc, char **argv, explain_options *o, error *e)
{
    if (!take_own(&argc, argv, o, e) || !replay_options_parse(argc, argv, &o->replay, e))
        return false;
    if (o->fault > 0 && isfinite(o->at_s))
        return error_set(e, "--at or --fault, not both");
    if (o->replay.with_input || o->replay.csv || o->replay.shuffle || isfinite(o->replay.speed) ||
        o->replay.summary != SUMMARY_TEXT)
        return error_set(e, "--with-input, --csv, --shuffle, --speed and --summary are for posed replay");
    o->plot = o->replay.output;
    o->replay.output = NULL; /* of a replay that would be a drive */
    return check_plot(o, e);
}

/* ---- the command */

static bool colour_wanted(void)
{
    const char *no_colour = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && !(no_colour && *no_colour);
}

static bool draw(const explanation *x, const char *path, error *e)
{
    out_file *out = out_file_open(path, e);
    if (!out)
        return false;
    bool complete = explain_draw(x, out_file_stream(out)) || error_set(e, "out of memory");
    return out_file_close(out, !complete, e) && complete;
}

static int explain_drive(const explain_options *o, error *e)
{
    explanation *x = calloc(1, sizeof *x);
    if (!x) {
        error_set(e, "out of memory");
        return EXIT_BAD;
    }
    int code = explain(x, &o->replay, o->at_s, o->fault, e);
    if (code == EXIT_OK && x->runs[0].result.damage[0] && !o->replay.quiet)
        fprintf(stderr, "posed explain: %s is damaged: %s\n", o->replay.drive, x->runs[0].result.damage);
    if (code == EXIT_OK && o->plot && !draw(x, o->plot, e))
        code = EXIT_BAD;
    if (code == EXIT_OK &&
        !(o->json ? explain_print_json(x, stdout) : explain_print_text(x, stdout, colour_wanted()))) {
        error_set(e, "cannot write the explanation");
        code = EXIT_BAD;
    }
    explain_finish(x);
    free(x);
    return code;
}

static int run(int argc, char **argv)
{
    error e = {""};
    explain_options *o = calloc(1, sizeof *o);
    int code = EXIT_USAGE;
    if (!o) {
        error_set(&e, "out of memory");
        code = EXIT_BAD;
    } else if (parse(argc, argv, o, &e)) {
        code = explain_drive(o, &e);
    }
    free(o);
    return code == EXIT_OK ? EXIT_OK : command_fail("explain", code, "%s", e.text);
}

const command command_explain = {
    .name = "explain",
    .arguments = "DRIVE [--at T | --fault N] [options]",
    .summary = "say why a flag was up, and what would have happened",
    .help = help,
    .run = run,
};
