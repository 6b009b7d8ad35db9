#include "campaign/shard_work.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A node that lost its network keeps its locks on the file server for a lease: 90 s with NFS version 4. */
static const double patience_s = 120;

bool shard_work(const char *dir, shard s, shard_runner run, void *context, error *e)
{
    char part[PATH_MAX], finished[PATH_MAX];
    bool busy;
    if (!shard_path(dir, s, SHARD_PART, part, e) || !shard_path(dir, s, SHARD_FINISHED, finished, e))
        return false;
    int lock = shard_take(dir, s, patience_s, &busy, e);
    if (lock < 0)
        return false;
    bool good = access(finished, F_OK) == 0;
    if (!good && run(context, s, part, e))
        good = rename(part, finished) == 0 || error_set(e, "%s: cannot rename: %s", part, strerror(errno));
    close(lock);
    return good;
}
