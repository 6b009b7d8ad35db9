/*
 * posed campaign diff: what one campaign does better or worse than another.
 */
#include "campaign/comparison.h"
#include "daemon/campaign/campaign_words.h"
#include "daemon/campaign/text_grid.h"
#include "daemon/command.h"
#include "report/json.h"

#include <getopt.h>
#include <math.h>
#include <string.h>

static const char help[] =
    "Usage: posed campaign diff A B [options]\n"
    "\n"
    "Says what got better or worse from campaign A to campaign B, where chance does not explain it. Runs of\n"
    "the same scenario, sensors, fault and seed are compared with each other; where fewer than half have\n"
    "such a partner, the two sets. Every p is corrected for all tests that were made (Holm), so that one\n"
    "false report among all of them has a chance of 5 %. docs/STATISTICS.md says which test, and why.\n"
    "\n"
    "Options:\n"
    "      --by KIND  only by scenario, sensors or fault: fewer tests, so smaller changes are seen\n"
    "      --all      every test, not only what changed\n"
    "      --json     one JSON object, with every test\n"
    "      --help     this text\n"
    "\n"
    "Exit status: 0 nothing is significantly worse; 1 something is, or a campaign could not be read (then a\n"
    "message is on standard error); 2 the command line is wrong.\n";

typedef struct {
    const char *paths[2];
    summary_by by;
    bool all, json, help;
} diff_options;

static const struct option long_options[] = {
    {"by", required_argument, NULL, 'b'},
    {"all", no_argument, NULL, 'a'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool take_option(int option, char **argv, diff_options *o, error *e)
{
    switch (option) {
    case 'b':
        return campaign_take_by(optarg, &o->by, e) &&
               (o->by != BY_ROAD || error_set(e, "--by: a comparison has scenario, sensors and fault"));
    case 'a':
        return o->all = true;
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

static bool parse(int argc, char **argv, diff_options *o, error *e)
{
    int option;
    *o = (diff_options){.by = SUMMARY_BY_COUNT};
    optind = 0; /* glibc: start anew */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (!take_option(option, argv, o, e))
            return false;
    }
    if (o->help)
        return true;
    if (optind + 2 != argc)
        return error_set(e, "which two campaigns? A B");
    o->paths[0] = argv[optind];
    o->paths[1] = argv[optind + 1];
    return true;
}

static const char *const kind_words[] = {
    [CHANGE_NONE] = "same", [CHANGE_BETTER] = "better", [CHANGE_WORSE] = "WORSE"};

/* ---- for people ---- */

static void write_change(text_grid *t, const change *x)
{
    bool unit = strcmp(x->metric->unit, "1") != 0;
    text_grid_cell(t, "%s", kind_words[x->kind]);
    const char *of = x->by == BY_FAULT ? "" : x->faulted ? ", with faults" : ", fault-free";
    if (x->by == BY_TOTAL)
        text_grid_cell(t, "all%s", of);
    else
        text_grid_cell(t, "%s %s%s", summary_by_words[x->by], x->name, of);
    text_grid_cell(t, "%s%s%s", x->metric->name, unit ? ", " : "", unit ? x->metric->unit : "");
    if (x->paired)
        text_grid_cell(t, "%zu pairs", x->pairs);
    else
        text_grid_cell(t, "%zu, %zu", x->runs_a, x->runs_b);
    text_grid_cell(t, "%.3g", x->a);
    text_grid_cell(t, "%.3g", x->b);
    text_grid_cell(t, "%+.2g", x->difference);
    text_grid_number(t, x->effect, 2);
    if (isnan(x->p_holm))
        text_grid_cell(t, "-");
    else
        text_grid_cell(t, "%.1g", x->p_holm);
}

/* Those of one kind, worse before better before the same. */
static bool print_text(const comparison *c, bool all)
{
    char heads[] = "<|<group|<metric|runs|A|B|change|effect|p";
    text_grid t;
    printf("%zu runs are in both, %zu only in A, %zu only in B.\n", c->matched, c->only_a, c->only_b);
    printf("%zu tests: %zu worse, %zu better, %zu without a significant change.\n", c->tests, c->worse,
           c->better, c->tests - c->worse - c->better);
    if (!all && c->worse + c->better == 0)
        return true;
    text_grid_begin(&t, heads);
    for (int kind = CHANGE_WORSE; kind >= (all ? CHANGE_NONE : CHANGE_BETTER); kind--) {
        for (size_t i = 0; i < c->count; i++) {
            if (c->changes[i].kind == (change_kind)kind)
                write_change(&t, &c->changes[i]);
        }
    }
    fputc('\n', stdout);
    return text_grid_end(&t, stdout, false);
}

/* ---- for programs ---- */

static void write_json_change(json_writer *w, const change *x)
{
    json_open(w, NULL, '{');
    json_text(w, "change", x->kind == CHANGE_WORSE ? "worse" : kind_words[x->kind]);
    json_text(w, "by", summary_by_words[x->by]);
    json_text(w, "runs_are", x->faulted ? "with faults" : "fault-free");
    json_text(w, "group", x->name);
    json_text(w, "metric", x->metric->name);
    json_text(w, "unit", x->metric->unit);
    json_text(w, "of",
              x->metric->test == METRIC_RANKS  ? "median"
              : x->metric->test == METRIC_MEAN ? "mean"
                                               : "share");
    json_whole(w, "runs_a", x->runs_a);
    json_whole(w, "runs_b", x->runs_b);
    json_number(w, "pairs", x->paired ? (double)x->pairs : NAN, 0);
    json_number(w, "a", x->a, 6);
    json_number(w, "b", x->b, 6);
    json_number(w, "difference", x->difference, 6);
    json_number(w, "effect", x->effect, 4);
    json_number(w, "p", x->p, 9);
    json_number(w, "p_holm", x->p_holm, 9);
    json_close(w, '}');
}

static void print_json(const comparison *c)
{
    json_writer w = {stdout, false};
    json_open(&w, NULL, '{');
    json_whole(&w, "matched", c->matched);
    json_whole(&w, "only_a", c->only_a);
    json_whole(&w, "only_b", c->only_b);
    json_whole(&w, "tests", c->tests);
    json_whole(&w, "better", c->better);
    json_whole(&w, "worse", c->worse);
    json_open(&w, "changes", '[');
    for (size_t i = 0; i < c->count; i++)
        write_json_change(&w, &c->changes[i]);
    json_close(&w, ']');
    json_close(&w, '}');
    fputc('\n', stdout);
}

/* ---- the command ---- */

static int compare(const diff_options *o, error *e)
{
    results a = {0}, b = {0};
    comparison c = {0};
    bool good = results_read(&a, o->paths[0], e) && results_read(&b, o->paths[1], e) &&
                comparison_make(&c, &a, &b, o->by, e);
    if (good && o->json)
        print_json(&c);
    else if (good)
        good = print_text(&c, o->all) || error_set(e, "out of memory");
    bool worse = c.worse > 0;
    comparison_finish(&c);
    results_finish(&a);
    results_finish(&b);
    return good && !worse ? EXIT_OK : EXIT_BAD;
}

int campaign_diff_main(int argc, char **argv)
{
    error e = {""};
    diff_options o;
    if (!parse(argc, argv, &o, &e))
        return command_fail("campaign diff", EXIT_USAGE, "%s", e.text);
    if (o.help)
        fputs(help, stdout);
    int code = o.help ? EXIT_OK : compare(&o, &e);
    if (e.text[0])
        fprintf(stderr, "posed campaign diff: %s\n", e.text);
    return campaign_flush("posed campaign diff") ? code : EXIT_BAD;
}
