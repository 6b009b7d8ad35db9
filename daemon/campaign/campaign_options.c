#include "daemon/campaign/campaign_options.h"

#include "campaign/slurm_job.h"
#include "campaign/workers.h"
#include "daemon/option_number.h"

#include <getopt.h>
#include <string.h>

enum {
    OPTION_ARRAY = 256,
    OPTION_COLLECT,
    OPTION_JOBS,
    OPTION_NO_WAIT,
    OPTION_REFERENCE,
    OPTION_RUNS,
    OPTION_SBATCH,
    OPTION_SHARD,
    OPTION_SLURM
};

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"quiet", no_argument, NULL, 'q'},
    {"array", required_argument, NULL, OPTION_ARRAY},
    {"collect", no_argument, NULL, OPTION_COLLECT},
    {"jobs", required_argument, NULL, OPTION_JOBS},
    {"no-wait", no_argument, NULL, OPTION_NO_WAIT},
    {"reference", no_argument, NULL, OPTION_REFERENCE},
    {"runs", required_argument, NULL, OPTION_RUNS},
    {"sbatch-option", required_argument, NULL, OPTION_SBATCH},
    {"shard", required_argument, NULL, OPTION_SHARD},
    {"slurm", no_argument, NULL, OPTION_SLURM},
    {NULL, 0, NULL, 0},
};

static bool take_jobs(campaign_options *o, error *e)
{
    uint64_t jobs;
    if (!option_whole_number("--jobs", optarg, 1, WORKERS_MAX, &jobs, e))
        return false;
    o->jobs = (unsigned)jobs;
    return true;
}

static bool take_array(campaign_options *o, error *e)
{
    uint64_t tasks;
    if (!option_whole_number("--array", optarg, 1, SHARD_MAX_COUNT, &tasks, e))
        return false;
    o->array = (uint32_t)tasks;
    return true;
}

static bool take_sbatch(campaign_options *o, error *e)
{
    if (o->sbatch_count == CAMPAIGN_MAX_SBATCH)
        return error_set(e, "--sbatch-option: more than %d", CAMPAIGN_MAX_SBATCH);
    o->sbatch[o->sbatch_count++] = optarg;
    return slurm_check_option(optarg, e);
}

static bool take_option(int option, char **argv, campaign_options *o, error *e)
{
    switch (option) {
    case 'o':
        o->output = optarg;
        return true;
    case 'q':
        return o->quiet = true;
    case OPTION_ARRAY:
        return take_array(o, e);
    case OPTION_COLLECT:
        return o->collect = true;
    case OPTION_JOBS:
        return take_jobs(o, e);
    case OPTION_NO_WAIT:
        o->wait = false;
        return true;
    case OPTION_REFERENCE:
        return o->reference = true;
    case OPTION_RUNS:
        return option_whole_number("--runs", optarg, 1, UINT32_MAX, &o->runs, e);
    case OPTION_SBATCH:
        return take_sbatch(o, e);
    case OPTION_SHARD:
        return shard_parse(optarg, &o->part, e);
    case OPTION_SLURM:
        return o->slurm = true;
    case ':':
        return error_set(e, "%s needs a value", argv[optind - 1]);
    default:
        return error_set(e, "there is no option \"%s\"", argv[optind - 1]);
    }
}

static bool check_together(const campaign_options *o, error *e)
{
    if (!o->output)
        return error_set(e, "where to? -o DIR is missing");
    if (o->slurm + o->collect + (o->part.count > 0) > 1)
        return error_set(e, "--slurm, --shard and --collect are one or the other");
    if (o->slurm && o->array == 0)
        return error_set(e, "--slurm: in how many tasks? --array N is missing");
    if (!o->slurm && (o->array > 0 || o->sbatch_count > 0 || !o->wait))
        return error_set(e, "--array, --sbatch-option and --no-wait go with --slurm");
    if (o->jobs > 0 && (o->slurm || o->collect))
        return error_set(e, "--jobs: nothing is run here%s",
                         o->slurm ? "; a task has --sbatch-option=--cpus-per-task=N" : "");
    return true;
}

static bool take_plan(int argc, char **argv, const char **plan, error *e)
{
    if (optind == argc)
        return error_set(e, "which campaign?");
    if (optind + 1 < argc)
        return error_set(e, "one campaign at a time: \"%s\" is one too many", argv[optind + 1]);
    *plan = argv[optind];
    return true;
}

bool campaign_options_parse(int argc, char **argv, campaign_options *o, error *e)
{
    int option;
    memset(o, 0, sizeof *o);
    o->wait = true;
    optind = 0; /* glibc: start anew, also for a second command line in one process */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:q", long_options, NULL)) != -1) {
        if (!take_option(option, argv, o, e))
            return false;
    }
    return o->reference || (take_plan(argc, argv, &o->plan, e) && check_together(o, e));
}

bool campaign_run_options_parse(int argc, char **argv, campaign_run_options *o, error *e)
{
    enum { MAP = 256 };
    static const struct option run_options[] = {
        {"output", required_argument, NULL, 'o'}, {"map", required_argument, NULL, MAP}, {NULL, 0, NULL, 0}};
    int option;
    memset(o, 0, sizeof *o);
    optind = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:", run_options, NULL)) != -1) {
        if (option == ':')
            return error_set(e, "%s needs a value", argv[optind - 1]);
        if (option == 'o')
            o->output = optarg;
        else if (option == MAP)
            o->map = optarg;
        else
            return error_set(e, "there is no option \"%s\"", argv[optind - 1]);
    }
    if (optind + 2 != argc)
        return error_set(e, "expected a campaign and the number of a run");
    o->plan = argv[optind];
    return option_whole_number("run", argv[optind + 1], 0, UINT32_MAX, &o->number, e);
}
