/* What the core says: kept, recorded, and shown to the tap. */
#include "daemon/replay/replay_engine.h"
#include "common/vector.h"

static void keep_pose(replay_engine *n, const fusion_pose *pose)
{
    replay_result *r = n->result;
    fusion_pose *poses = vector_reserve(r->poses, &r->pose_capacity, r->pose_count + 1, sizeof *poses);
    if (!poses) {
        n->no_memory = true;
        return;
    }
    r->poses = poses;
    poses[r->pose_count++] = *pose;
}

static void take_pose(void *context, const fusion_pose *pose)
{
    replay_engine *n = context;
    keep_pose(n, pose);
    recorder_pose(&n->recorder, pose);
}

static void take_live_pose(void *context, const fusion_pose *pose, const fusion_status *status)
{
    replay_engine *n = context;
    keep_pose(n, pose);
    recorder_live_pose(&n->recorder, pose, pose->stamp_ns + n->valid_ns);
    if (recorder_status_due(&n->recorder, pose->stamp_ns))
        recorder_status(&n->recorder, status);
}

static void take_track(void *context, const fusion_pose *pose)
{
    replay_engine *n = context;
    recorder_track(&n->recorder, pose);
}

static void take_verdict(void *context, const verdict *v)
{
    replay_engine *n = context;
    recorder_verdict(&n->recorder, v);
    if (n->options->tap && n->options->tap->verdict)
        n->options->tap->verdict(n->options->tap->context, v);
}

void replay_tap_status(replay_engine *n)
{
    const replay_tap *tap = n->options->tap;
    fusion_status status;
    if (!tap || !tap->status)
        return;
    fusion_get_status(n->core, &status);
    if (status.stamp_ns != INT64_MIN)
        tap->status(tap->context, &status);
}

void replay_take_fault(void *context, const fault_event *event)
{
    replay_engine *n = context;
    const replay_tap *tap = n->options->tap;
    fault_log_add(&n->result->faults, event);
    recorder_fault(&n->recorder, event);
    n->no_memory |= n->result->faults.failed;
    if (!tap || !tap->fault)
        return;
    replay_tap_status(n);
    tap->fault(tap->context, event);
}

void replay_take_look(void *context, const fault_event *look)
{
    const replay_tap *tap = ((replay_engine *)context)->options->tap;
    tap->look(tap->context, look);
}

static bool wants_verdicts(const replay_engine *n)
{
    return n->options->output || n->options->tap;
}

fusion_sinks replay_sinks(replay_engine *n)
{
    return (fusion_sinks){n, take_pose, wants_verdicts(n) ? take_verdict : NULL, replay_take_fault};
}

live_sinks replay_live_sinks(replay_engine *n)
{
    return (live_sinks){
        n, NULL, take_live_pose, take_track, wants_verdicts(n) ? take_verdict : NULL, replay_take_fault};
}
