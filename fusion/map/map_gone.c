/*
 * Whether elements that were not seen are gone. One is mostly passed before it is plain that it is not just
 * hidden; but what is hidden here says nothing of the next one, and a map that is out of date does. So what
 * was seen of all elements is summed up as well, for a map of which a share is gone against one that is as it
 * is (a cumulative sum; Page, Biometrika 1954).
 */
#include "fusion/map/map_gone.h"

#include <math.h>

const float map_gone_share = 0.05f;

/* An element is missed when that it was only overlooked or hidden has this probability (log), 1 in 8,000: of
 * elements, that is one in some hours. */
static const float missed_log = 9.0f;
/* A map is out of date when the sum is above this (log). One that is hidden for two seconds, all the way past
 * it, adds 4.6 where it was never seen before, and 1 where it was: it takes two of the first, or one of them
 * and three others, while they still count. */
static const float out_of_date_log = 7.0f;
/* On a map that is out of date one is missed from here on: three to one, with the share above. */
static const float missed_of_many_log = 4.1f;
/* What was once seen at its place is there, but for one in 50, which stands elsewhere and was taken for it.
 */
static const float sighted_log = 4.0f;
/* The sum goes no further than this beyond the limit, or a map that is right again would take as long to be
 * found so. */
static const float most_beyond = 3.0f;

/* For that it is gone, or stands elsewhere: one of the two, before it is known which. */
static float evidence(const map_watched *e)
{
    return e->missed + logf(0.5f + 0.5f * expf(e->beside)) - (e->sighted ? sighted_log : 0.0f);
}

/* What an element adds to the sum. */
static float part(const map_watched *e)
{
    return log1pf(map_gone_share * (expf(fminf(evidence(e), 60.0f)) - 1.0f));
}

void map_gone_count(map_run *run)
{
    for (int i = 0; i < MAP_WATCHED_MOST; i++) {
        map_watched *e = &run->watched[i];
        if (e->seen_ns == INT64_MIN)
            continue;
        const float now = part(e);
        run->gone = fmaxf(run->gone + now - e->counted, 0.0f);
        e->counted = now;
    }
    run->gone = fminf(run->gone, out_of_date_log + most_beyond);
}

bool map_gone_is(const map_run *run, const map_watched *e)
{
    if (e->seen_ns == INT64_MIN)
        return false;
    return evidence(e) > (run->gone > out_of_date_log ? missed_of_many_log : missed_log);
}
