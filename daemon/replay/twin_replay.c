#include "daemon/replay/twin_replay.h"

#include "daemon/command.h"

#include <math.h>
#include <stdlib.h>

static void log_verdict(void *context, const verdict *v)
{
    drive_log_verdict(context, v);
}

int twin_replay_run(twin_replay *p, const char *drive, const char *config, bool quiet, error *e)
{
    const replay_tap tap = {.context = &p->log, .verdict = log_verdict};
    replay_options *o = calloc(1, sizeof *o);
    p->result = calloc(1, sizeof *p->result);
    int code = EXIT_BAD;
    if (o && p->result) {
        o->drive = drive;
        o->config = config;
        o->quiet = quiet;
        o->from_s = o->to_s = o->speed = NAN;
        o->tap = &tap;
        code = replay_run(o, p->result, e);
    }
    if (!o || !p->result || p->log.failed) {
        error_set(e, "out of memory");
        code = EXIT_BAD;
    }
    free(o);
    return code;
}

void twin_replay_finish(twin_replay *p)
{
    if (p->result)
        replay_result_finish(p->result);
    free(p->result);
    drive_log_finish(&p->log);
}

twin_drive twin_replay_drive(const twin_replay *p)
{
    return (twin_drive){p->result->settings, p->log.verdicts, p->log.verdict_count};
}
