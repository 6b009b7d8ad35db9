#include "fusion/core/sequence.h"

/* So many frames may be overtaken by the one that shows it. More at once are lost, or that one has a wrong
 * stamp. Too small: a burst on a bus is a gap; too large: a gap is told late. */
enum { MOST_OVERTAKEN = 2 };

/* Numbers that lie back by more than this are of a source that has started anew. */
enum { ANEW = 1000 };

static sequence_news go_on(sequence_watch *w, uint32_t number, uint32_t missing, sequence_news news)
{
    w->newest = number;
    w->missing = missing;
    w->absent = (1u << missing) - 1u;
    return news;
}

static bool fills(sequence_watch *w, uint32_t back)
{
    if (back > w->missing || !(w->absent >> (back - 1u) & 1u))
        return false;
    w->absent &= ~(1u << (back - 1u));
    return true;
}

sequence_news sequence_take(sequence_watch *w, uint32_t number, bool came_later, int32_t *steps)
{
    const bool begun = w->begun, counts = number != 0 || w->newest != 0;
    const uint32_t ahead = number - w->newest, gap = w->absent ? w->missing + 1u : 0u;
    *steps = begun ? (int32_t)ahead : 1;
    w->begun = true;
    if (!begun || !counts)
        return go_on(w, number, 0, SEQUENCE_NEXT);
    if (ahead == 0)
        return SEQUENCE_REPEATED;
    if (*steps < 0 && *steps > -ANEW && number != 0) {
        if (came_later && fills(w, -ahead))
            return SEQUENCE_OVERTAKEN;
        return go_on(w, number, 0, SEQUENCE_BACK);
    }
    const bool few = ahead - 1u <= MOST_OVERTAKEN;
    if (few && gap)
        *steps = (int32_t)gap;
    return go_on(w, number, few ? ahead - 1u : 0, few && !gap ? SEQUENCE_NEXT : SEQUENCE_MISSING);
}
