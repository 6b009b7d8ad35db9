/* posed campaign: thousands of simulated drives into one table. */
#include "campaign/slurm.h"
#include "campaign/table.h"
#include "campaign/work.h"
#include "daemon/campaign/campaign_again.h"
#include "daemon/campaign/campaign_options.h"
#include "daemon/campaign/campaign_words.h"
#include "daemon/command.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "Runs a campaign: simulated drives with faults in them, through the fusion core, against the truth. One\n"
    "row per drive goes into DIR/campaign.sqlite. Stopped or killed, the same command goes on where it was.\n"
    "\n"
    "  posed campaign CAMPAIGN.yaml -o DIR               on all cores of this machine\n"
    "  posed campaign run CAMPAIGN.yaml NUMBER [-o DRIVE.mcap] [--map MAP.pmap]\n"
    "                                                    one run again: its row, and its drive and the map\n"
    "                                                    that the vehicle has as files\n"
    "  posed campaign table DIR [--by WORD] [--markdown|--json]\n"
    "                                                    what the runs amount to\n"
    "  posed campaign diff A B [--by WORD] [--all] [--json]\n"
    "                                                    what is significantly better or worse in B\n"
    "\n"
    "Options:\n"
    "  -o, --output DIR           where the table is, or goes\n"
    "      --jobs N               drives at once (default: one for each core)\n"
    "      --runs N               only runs 0 to N - 1, or more of them than the plan says\n"
    "  -q, --quiet                no progress, no summary\n"
    "      --reference            print what a campaign is made of (docs/CAMPAIGN.md), and stop\n"
    "      --help                 this text\n"
    "\n"
    "On many machines that share DIR (docs/SCALE.md):\n"
    "      --shard I/N            do the I-th of N parts of the runs, into a file of its own\n"
    "      --collect              take what parts have done into the table, run nothing\n"
    "      --slurm --array N      submit what is missing to Slurm, as N tasks, and collect it\n"
    "      --sbatch-option=OPTION one more option for sbatch, as --partition=long; may be given often\n"
    "      --no-wait              submit and go; the same command again collects\n"
    "\n"
    "Examples:\n"
    "  posed campaign sim/campaigns/fault_free.yaml -o fault_free\n"
    "  posed campaign run sim/campaigns/faults.yaml 4711 -o 4711.mcap && posed replay 4711.mcap\n";

/* posed campaign WORD ...: other things than running one. */
static const struct {
    const char *word;
    int (*main)(int argc, char **argv);
} words[] = {
    {"run", campaign_again_main},
    {"table", campaign_table_main},
    {"diff", campaign_diff_main},
};

static unsigned count_cores(void)
{
    cpu_set_t set;
    int cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return cores > 0 ? (unsigned)cores : 1;
}

static void say_where(const campaign_work *w, const campaign_progress *p)
{
    if (w->quiet)
        return;
    printf("%s/" CAMPAIGN_TABLE_FILE ": %" PRIu64 " of %" PRIu64 " runs, %" PRIu64 " new\n", w->dir, p->there,
           p->wanted, p->done);
    if (p->troubled > 0)
        printf("Runs that could not be judged: %" PRIu64 ". Which and why: sqlite3 %s/" CAMPAIGN_TABLE_FILE
               " \"SELECT run, trouble FROM run WHERE trouble != ''\"\n",
               p->troubled, w->dir);
    if (p->there == p->wanted)
        printf("See it: posed campaign table %s\n", w->dir);
    else
        puts("The same command again goes on.");
}

/* ---- Slurm ---- */

static bool collect(void *context, error *e)
{
    campaign_progress p;
    return campaign_work_collect(context, &p, e);
}

static bool count_missing(void *context, uint32_t shard_count, uint32_t missing[], error *e)
{
    return campaign_work_missing(context, shard_count, missing, e);
}

/* Tasks begin elsewhere, so all paths are absolute. */
static bool submit(const campaign_options *o, campaign_work *w, error *e)
{
    char program[PATH_MAX] = "", plan[PATH_MAX], dir[PATH_MAX], name[PLAN_NAME_SIZE];
    if (mkdir(w->dir, 0777) != 0 && errno != EEXIST)
        return error_set(e, "%s: cannot make the directory: %s", w->dir, strerror(errno));
    if (readlink("/proc/self/exe", program, sizeof program - 1) < 0 || !realpath(o->plan, plan) ||
        !realpath(w->dir, dir))
        return error_set(e, "%s: %s", w->dir, strerror(errno));
    w->dir = dir;
    snprintf(name, sizeof name, "%s", campaign_plan_name(w->plan));
    const slurm_options so = {
        .request = {{program, plan, dir, o->array, o->runs}, name, o->sbatch, o->sbatch_count},
        .wait = o->wait,
        .quiet = o->quiet};
    campaign_progress p;
    switch (slurm_run(&so, &(slurm_campaign){w, collect, count_missing}, e)) {
    case SLURM_COMPLETE:
        if (!campaign_work_collect(w, &p, e))
            return false;
        say_where(w, &p);
        return true;
    case SLURM_QUEUED:
        return true;
    case SLURM_INCOMPLETE:
        return error_set(e, "runs are missing");
    case SLURM_TROUBLE:
        break;
    }
    return false;
}

/* ---- this machine ---- */

static bool do_here(const campaign_options *o, campaign_work *w, error *e)
{
    campaign_progress p;
    if (o->slurm)
        return submit(o, w, e);
    if (o->part.count > 0)
        return campaign_work_shard(w, o->part, &p, e);
    if (!(o->collect ? campaign_work_collect : campaign_work_here)(w, &p, e))
        return false;
    say_where(w, &p);
    return !p.stopped || error_set(e, "stopped");
}

/* The command line, as a record of how the table was made. */
static void join_words(int argc, char **argv, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "posed");
    for (int i = 0; i < argc && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, " %s", argv[i]);
}

static bool do_campaign(const campaign_options *o, const char *given, error *e)
{
    char text[1024];
    campaign_plan *plan = campaign_load_plan(o->plan, e);
    if (!plan)
        return false;
    campaign_work w = {.plan = plan,
                       .plan_path = o->plan,
                       .dir = o->output,
                       .command = given,
                       .runs = o->runs > 0 ? o->runs : campaign_plan_runs(plan),
                       .jobs = o->jobs > 0 ? o->jobs : count_cores(),
                       .quiet = o->quiet};
    campaign_plan_describe(plan, w.runs, text, sizeof text);
    if (!o->quiet)
        fprintf(stderr, "%s\n", text);
    bool good = w.runs <= campaign_plan_size(plan)
                    ? do_here(o, &w, e)
                    : error_set(e, "--runs: the plan has only %" PRIu64 " drives", campaign_plan_size(plan));
    campaign_plan_destroy(plan);
    return good;
}

static int run(int argc, char **argv)
{
    error e = {""};
    char given[4096];
    campaign_options o;
    for (size_t i = 0; argc > 1 && i < sizeof words / sizeof *words; i++) {
        if (strcmp(argv[1], words[i].word) == 0)
            return words[i].main(argc - 1, argv + 1);
    }
    join_words(argc, argv, given, sizeof given); /* before getopt puts it in another order */
    if (!campaign_options_parse(argc, argv, &o, &e))
        return command_fail("campaign", EXIT_USAGE, "%s", e.text);
    if (o.reference)
        return campaign_write_reference(stdout) ? EXIT_OK : EXIT_BAD;
    if (do_campaign(&o, given, &e))
        return EXIT_OK;
    return command_fail("campaign", EXIT_BAD, "%s", e.text);
}

const command command_campaign = {
    .name = "campaign",
    .arguments = "CAMPAIGN.yaml -o DIR [options]",
    .summary = "thousands of simulated drives with faults, judged against the truth",
    .help = help,
    .run = run,
};
