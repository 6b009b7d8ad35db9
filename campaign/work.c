#include "campaign/work.h"

#include "campaign/pace.h"
#include "campaign/run.h"
#include "campaign/shard_work.h"
#include "campaign/table.h"
#include "campaign/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One call's work. */
typedef struct {
    const campaign_work *work;
    campaign_progress *out;
    campaign_table *table;
    bool *have; /* by run */
    shard part; /* whose runs are done */
    uint64_t next;
    campaign_run *run; /* of a worker; made at its first run */
    pace pace;
} doing;

/* ---- in a worker ---- */

static void do_run(void *context, uint64_t number, campaign_row *row)
{
    doing *d = context;
    if (!d->run)
        d->run = campaign_run_create();
    if (d->run)
        campaign_run_do(d->run, d->work->plan, number, NULL, row);
    else
        campaign_run_give_up(d->work->plan, number, "out of memory", row);
}

/* ---- in the parent ---- */

static bool is_due(const doing *d, uint64_t run)
{
    return shard_owns(d->part, run) && !d->have[run];
}

static bool next_run(void *context, uint64_t *run)
{
    doing *d = context;
    while (d->next < d->work->runs && !is_due(d, d->next))
        d->next++;
    *run = d->next++;
    return *run < d->work->runs;
}

static void give_up(void *context, uint64_t run, const char *trouble, campaign_row *row)
{
    const doing *d = context;
    campaign_run_give_up(d->work->plan, run, trouble, row);
}

/* The one command that shows what is wrong with it. */
static void name_trouble(doing *d, const campaign_row *row)
{
    pace_clear(&d->pace);
    fprintf(stderr, "run %lld: %s; again: posed campaign run %s %lld\n", (long long)row->run, row->trouble,
            d->work->plan_path, (long long)row->run);
}

static bool keep_row(void *context, const campaign_row *row, error *e)
{
    doing *d = context;
    if (!campaign_table_insert(d->table, row, e))
        return false;
    d->out->done++;
    if (row->trouble[0])
        name_trouble(d, row);
    return true;
}

static void show(void *context)
{
    doing *d = context;
    pace_show(&d->pace, d->out->done);
}

static bool do_missing(doing *d, error *e)
{
    uint64_t missing = 0;
    for (uint64_t run = 0; run < d->work->runs; run++)
        missing += is_due(d, run);
    if (missing == 0)
        return true;
    pace_begin(&d->pace, missing, d->work->quiet);
    const workers_job job = {
        .jobs = missing < d->work->jobs ? (unsigned)missing : d->work->jobs,
        .timeout_s = campaign_plan_timeout_s(d->work->plan),
        .context = d,
        .work = do_run,
        .next = next_run,
        .done = keep_row,
        .give_up = give_up,
        .tick = show,
    };
    workers_outcome outcome = workers_run(&job, e);
    pace_clear(&d->pace);
    d->out->stopped = outcome == WORKERS_STOPPED;
    return outcome != WORKERS_TROUBLE;
}

static bool begin(doing *d, const campaign_work *w, shard part, campaign_progress *out, error *e)
{
    *out = (campaign_progress){.wanted = w->runs};
    *d = (doing){.work = w, .out = out, .part = part};
    d->have = calloc(w->runs + 1, sizeof *d->have);
    if (!d->have)
        return error_set(e, "out of memory");
    return mkdir(w->dir, 0777) == 0 || errno == EEXIST ||
           error_set(e, "%s: cannot make the directory: %s", w->dir, strerror(errno));
}

/* Two processes would do the same runs. The lock goes with the process. */
static int lock_directory(const char *dir, error *e)
{
    char path[PATH_MAX];
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (snprintf(path, sizeof path, "%s/campaign.lock", dir) >= (int)sizeof path) {
        error_set(e, "%.200s...: the name is too long", dir);
        return -1;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        error_set(e, "%s: cannot write: %s", path, strerror(errno));
    } else if (fcntl(fd, F_OFD_SETLK, &whole) != 0) {
        error_set(e,
                  errno == EAGAIN || errno == EACCES ? "%s: another process works in this directory"
                                                     : "%s: cannot lock: %s",
                  path, strerror(errno));
        close(fd);
        fd = -1;
    }
    return fd;
}

static campaign_table *open_table(const campaign_work *w, table_kind kind, error *e)
{
    char path[PATH_MAX];
    return campaign_table_path(w->dir, path, e) ? campaign_table_open(path, kind, w->plan, w->command, e)
                                                : NULL;
}

static bool take_shards(doing *d, error *e)
{
    shard_merge_result r;
    return campaign_table_merge(d->table, d->work->dir, &r, e);
}

static bool count_rows(doing *d, error *e)
{
    return campaign_table_count(d->table, d->work->runs, &d->out->there, &d->out->troubled, e);
}

static bool with_table(doing *d, table_kind kind, bool do_it, error *e)
{
    const campaign_work *w = d->work;
    int lock = lock_directory(w->dir, e);
    if (lock < 0)
        return false;
    d->table = open_table(w, kind, e);
    bool good = d->table && take_shards(d, e);
    if (good && do_it)
        good = campaign_table_have(d->table, d->have, w->runs, e) && do_missing(d, e);
    good = good && count_rows(d, e);
    campaign_table_close(d->table);
    if (good && d->out->there == w->runs)
        shard_tidy(w->dir);
    close(lock);
    return good;
}

bool campaign_work_here(const campaign_work *w, campaign_progress *out, error *e)
{
    doing d;
    bool good = begin(&d, w, (shard){0, 0}, out, e) && with_table(&d, TABLE_LOCAL, true, e);
    free(d.have);
    return good;
}

bool campaign_work_collect(const campaign_work *w, campaign_progress *out, error *e)
{
    doing d;
    bool good = begin(&d, w, (shard){0, 0}, out, e) && with_table(&d, TABLE_SHARED, false, e);
    free(d.have);
    return good;
}

/* As shard_runner. */
static bool fill_shard(void *context, shard s, const char *path, error *e)
{
    doing *d = context;
    char table[PATH_MAX];
    (void)s;
    if (!campaign_table_path(d->work->dir, table, e) ||
        !campaign_table_peek(table, d->work->plan, d->have, d->work->runs, e))
        return false;
    d->table = campaign_table_open(path, TABLE_SHARED, d->work->plan, d->work->command, e);
    bool good = d->table && campaign_table_have(d->table, d->have, d->work->runs, e) && do_missing(d, e);
    campaign_table_close(d->table);
    return good && (!d->out->stopped || error_set(e, "stopped; the same command goes on"));
}

bool campaign_work_shard(const campaign_work *w, shard s, campaign_progress *out, error *e)
{
    doing d;
    bool good = begin(&d, w, s, out, e) && shard_work(w->dir, s, fill_shard, &d, e);
    free(d.have);
    return good;
}

bool campaign_work_missing(const campaign_work *w, uint32_t shard_count, uint32_t missing[], error *e)
{
    char path[PATH_MAX];
    bool *have = calloc(w->runs + 1, sizeof *have);
    bool good = (have || error_set(e, "out of memory")) && campaign_table_path(w->dir, path, e) &&
                campaign_table_peek(path, w->plan, have, w->runs, e);
    for (uint64_t run = 0; good && run < w->runs; run++)
        missing[run % shard_count] += !have[run];
    free(have);
    return good;
}
