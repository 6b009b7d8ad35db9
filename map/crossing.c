#include "map/crossing.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_COMPARISONS = 4000000 };

static double side(const double a[3], const double b[3], const double c[3])
{
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

static bool same_point(const double a[3], const double b[3])
{
    return fabs(a[0] - b[0]) < 1e-6 && fabs(a[1] - b[1]) < 1e-6;
}

/* A proper crossing: each separates the ends of the other. Ends that touch do not count. */
static bool cross(const map_segment *a, const map_segment *b, double at_m[2])
{
    if (same_point(a->from_m, b->from_m) || same_point(a->from_m, b->to_m) ||
        same_point(a->to_m, b->from_m) || same_point(a->to_m, b->to_m))
        return false;
    double p = side(a->from_m, a->to_m, b->from_m), q = side(a->from_m, a->to_m, b->to_m);
    double r = side(b->from_m, b->to_m, a->from_m), s = side(b->from_m, b->to_m, a->to_m);
    if (!(p * q < 0 && r * s < 0))
        return false;
    double share = r / (r - s);
    for (int i = 0; i < 2; i++)
        at_m[i] = a->from_m[i] + share * (a->to_m[i] - a->from_m[i]);
    return true;
}

static int by_west(const void *x, const void *y)
{
    const map_segment *a = x, *b = y;
    if (a->west_m != b->west_m)
        return a->west_m < b->west_m ? -1 : 1;
    if (a->chain != b->chain)
        return a->chain < b->chain ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

/* Whether a pair is to be compared at all. */
static bool is_pair(const map_segment *a, const map_segment *b, bool within)
{
    if (!within)
        return a->chain != b->chain;
    return a->chain == b->chain && a->number + 1 != b->number && b->number + 1 != a->number;
}

map_crossing_result map_find_crossing(map_segment *segments, size_t count, bool within, map_crossing *out)
{
    long comparisons = 0;
    if (count > 1)
        qsort(segments, count, sizeof *segments, by_west);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count && segments[k].west_m <= segments[i].east_m; k++) {
            const map_segment *a = &segments[i], *b = &segments[k];
            if (++comparisons > MOST_COMPARISONS)
                return CROSSING_GIVEN_UP;
            if (is_pair(a, b, within) && cross(a, b, out->at_m)) {
                out->a = a;
                out->b = b;
                return CROSSING_FOUND;
            }
        }
    }
    return CROSSING_NONE;
}
