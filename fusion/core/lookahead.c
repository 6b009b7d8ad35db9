/*
 * Looking ahead: what the frames that wait in the window would make of the state if nothing else came.
 *
 * A copy of the whole state takes them, so that there is one filter and one order, and a live pose is a
 * function of the frames that have arrived alone, whatever was asked before.
 */
#include "fusion/core/lookahead.h"

#include "fusion/core/core.h"
#include "fusion/core/pose.h"

#include <stdlib.h>
#include <string.h>

struct lookahead {
    fusion copy;
    size_t bytes; /* of the covariance */
    uint32_t looks;
};

lookahead *lookahead_create(size_t bytes, const settings *s)
{
    lookahead *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->bytes = bytes;
    a->copy.set = *s;
    a->copy.storage = aligned_alloc(64, bytes);
    if (!a->copy.storage) {
        free(a);
        return NULL;
    }
    return a;
}

void lookahead_destroy(lookahead *a)
{
    if (a)
        free(a->copy.storage);
    free(a);
}

void lookahead_settings(lookahead *a, const settings *s)
{
    a->copy.set = *s;
}

/* Takes over the state; the settings never change. */
static void take_over(lookahead *a, const fusion *c)
{
    const size_t from = offsetof(fusion, limit);
    memcpy((char *)&a->copy + from, (const char *)c + from, sizeof *c - from);
    memcpy(a->copy.storage, c->storage, a->bytes);
    a->copy.f.p.p = a->copy.storage;
}

bool fusion_look_ahead(fusion *c, int64_t now_ns, fusion_pose *pose, fusion_status *status)
{
    lookahead *a = c->ahead;
    const frame *next = window_oldest(c->waiting);
    if (c->first_ns == INT64_MIN && !next)
        return false;
    take_over(a, c);
    for (uint32_t i = 0; next && next->stamp_ns <= now_ns; next = window_get(c->waiting, ++i))
        core_apply(&a->copy, next);
    if (a->copy.first_ns == INT64_MIN)
        return false;
    core_pass_time(&a->copy, now_ns + 1); /* what is due at now_ns itself included */
    pose_at(&a->copy, now_ns, pose);
    pose->sequence = a->looks++;
    if (status) {
        fusion_get_status(&a->copy, status);
        status->stamp_ns = now_ns;
    }
    return true;
}
