#include "daemon/replay/report.h"

#include "common/vector.h"

#include <math.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

double report_seconds(const report *rep, int64_t time_ns)
{
    return 1e-9 * ((double)time_ns - (double)rep->result->start_ns);
}

static bool hash_poses(report *rep, error *e)
{
    const replay_result *r = rep->result;
    unsigned char message[MESSAGE_MAX_SIZE], hash[SHA256_DIGEST_SIZE];
    struct sha256_ctx state;
    sha256_init(&state);
    for (size_t i = 0; i < r->pose_count; i++) {
        size_t size = message_encode_pose(&r->poses[i], message, sizeof message);
        if (size == 0)
            return error_set(e, "pose %zu cannot be encoded", i);
        sha256_update(&state, size, message);
    }
    sha256_digest(&state, sizeof hash, hash);
    base16_encode_update(rep->sha256, sizeof hash, hash);
    rep->sha256[BASE16_ENCODE_LENGTH(SHA256_DIGEST_SIZE)] = '\0';
    return true;
}

static bool add_mode(report *rep, fusion_mode mode, double from_s, double to_s)
{
    if (mode <= 0 || mode >= MODE_COUNT || !(to_s > from_s))
        return true;
    rep->mode_s[mode] += to_s - from_s;
    if (rep->mode_count > 0 && rep->modes[rep->mode_count - 1].mode == mode) {
        rep->modes[rep->mode_count - 1].to_s = to_s;
        return true;
    }
    mode_span *modes = vector_reserve(rep->modes, &rep->mode_capacity, rep->mode_count + 1, sizeof *modes);
    if (!modes)
        return false;
    rep->modes = modes;
    modes[rep->mode_count++] = (mode_span){mode, from_s, to_s};
    return true;
}

/* A pose's mode holds until the next pose; before the first one the filter is initializing. */
static bool list_modes(report *rep)
{
    const replay_result *r = rep->result;
    double from_s = report_seconds(rep, r->played_from_ns);
    fusion_mode mode = MODE_INITIALIZING;
    for (size_t i = 0; i < r->pose_count; i++) {
        double to_s = report_seconds(rep, r->poses[i].stamp_ns);
        if (to_s > from_s) { /* a first pose may be older than the first reception */
            if (!add_mode(rep, mode, from_s, to_s))
                return false;
            from_s = to_s;
        }
        mode = (fusion_mode)r->poses[i].mode;
    }
    if (r->pose_count == 0 && r->frames > 0)
        return add_mode(rep, mode, from_s, report_seconds(rep, r->played_to_ns));
    return true;
}

/* From speed, so that neither a correction nor the noise of standing counts as a way travelled. */
static double distance_travelled(const replay_result *r)
{
    double distance = 0;
    for (size_t i = 1; i < r->pose_count; i++) {
        const fusion_pose *a = &r->poses[i - 1], *b = &r->poses[i];
        double gap_s = 1e-9 * ((double)b->stamp_ns - (double)a->stamp_ns);
        double speed = hypot(hypot(a->velocity_enu_mps[0], a->velocity_enu_mps[1]), a->velocity_enu_mps[2]);
        if (a->mode != MODE_INITIALIZING && gap_s > 0 && isfinite(speed))
            distance += speed * gap_s;
    }
    return distance;
}

/* A time on the command line; a drive may lie at the end of int64. */
static int64_t from_start(const replay_result *r, double seconds)
{
    int64_t time_ns;
    return __builtin_add_overflow(r->start_ns, (int64_t)(seconds * 1e9), &time_ns) ? INT64_MAX : time_ns;
}

static bool evaluate_replay(report *rep)
{
    const replay_result *r = rep->result;
    const replay_options *o = rep->options;
    evaluation_interval intervals[FRAME_FILTER_MAX];
    for (size_t i = 0; i < o->drop_count; i++) {
        intervals[i].from_ns = from_start(r, o->drops[i].from_s);
        intervals[i].to_ns = from_start(r, o->drops[i].to_s);
    }
    evaluation_input in = {.poses = r->poses,
                           .pose_count = r->pose_count,
                           .truth = r->truth,
                           .truth_count = r->truth_count,
                           .mount = r->settings->truth,
                           .intervals = intervals,
                           .interval_count = o->drop_count};
    rep->evaluated = r->truth_count > 0;
    return evaluate(&in, &rep->evaluation, rep->drops);
}

bool report_make(report *rep, const replay_options *o, replay_result *r, error *e)
{
    memset(rep, 0, sizeof *rep);
    rep->options = o;
    rep->result = r;
    rep->duration_s = r->frames > 0 ? 1e-9 * ((double)r->played_to_ns - (double)r->played_from_ns) : 0;
    rep->speed_factor = r->wall_s > 0 ? rep->duration_s / r->wall_s : NAN;
    rep->distance_m = distance_travelled(r);
    fault_log_sort(&r->faults);
    if (!list_modes(rep) || !evaluate_replay(rep))
        return error_set(e, "out of memory");
    return hash_poses(rep, e);
}

void report_finish(report *rep)
{
    free(rep->modes);
    rep->modes = NULL;
}
