/* posed map near: what lies around a place. */
#include "daemon/map/map_subject.h"
#include "fusion/geodesy.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/* Heights are looked through in steps of this, and so much further than the radius. */
static const double step_m = 50;

typedef struct {
    const map_subject *s;
    const map_view *v;
    double latitude_rad, longitude_rad;
    double origin_m[3], axes[3][3]; /* the place at the map's lowest height; rows east, north, up */
    uint32_t *list;
    size_t count, room;
} vicinity;

typedef size_t near_function(const map_view *m, const double at_m[3], double radius_m, uint32_t *out,
                             size_t size);

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Everything within the radius at any height of the map, ascending, each once. */
static bool gather(vicinity *n, near_function *near)
{
    const pmap_about *a = &pmap_get_header(n->s->map)->about;
    double reach_m = n->s->options->radius_m + step_m;
    n->count = 0;
    for (double height_m = a->lowest_m; height_m <= a->highest_m + step_m; height_m += step_m) {
        double at_m[3];
        geodetic_to_ecef(n->latitude_rad, n->longitude_rad, height_m, at_m);
        size_t found = near(n->v, at_m, reach_m, NULL, 0);
        while (n->room < n->count + found) {
            if (!map_grow(&n->list, n->room, &n->room, sizeof *n->list))
                return false;
        }
        if (found > 0) /* before the first one there is no list */
            (void)near(n->v, at_m, reach_m, n->list + n->count, found);
        n->count += found;
    }
    if (n->count > 1)
        qsort(n->list, n->count, sizeof *n->list, by_number);
    size_t kept = 0;
    for (size_t i = 0; i < n->count; i++) {
        if (i == 0 || n->list[i] != n->list[i - 1])
            n->list[kept++] = n->list[i];
    }
    n->count = kept;
    return true;
}

static void local(const vicinity *n, const double at_m[3], double enu_m[3])
{
    for (int i = 0; i < 3; i++) {
        enu_m[i] = 0;
        for (int k = 0; k < 3; k++)
            enu_m[i] += n->axes[i][k] * (at_m[k] - n->origin_m[k]);
    }
}

/* From north towards east, 0 to 360. */
static double bearing_deg(double east, double north)
{
    double b = atan2(east, north) * 57.29577951308232;
    return b < 0 ? b + 360 : b;
}

typedef struct {
    double distance_m, bearing_deg, up_m;
    const map_mark *mark;
} near_mark;

static int by_distance(const void *a, const void *b)
{
    const near_mark *x = a, *y = b;
    if (x->distance_m != y->distance_m)
        return x->distance_m < y->distance_m ? -1 : 1;
    return (x->mark->id > y->mark->id) - (x->mark->id < y->mark->id);
}

/* The marks within the radius on the ground, nearest first. */
static near_mark *find_marks(vicinity *n, size_t *count)
{
    near_mark *out;
    *count = 0;
    if (!gather(n, map_near_marks) || !(out = calloc(n->count + 1, sizeof *out)))
        return NULL;
    for (size_t i = 0; i < n->count; i++) {
        double enu_m[3];
        local(n, n->v->marks[n->list[i]].position_ecef_m, enu_m);
        double d = hypot(enu_m[0], enu_m[1]);
        if (d <= n->s->options->radius_m)
            out[(*count)++] =
                (near_mark){d, bearing_deg(enu_m[0], enu_m[1]), enu_m[2], &n->v->marks[n->list[i]]};
    }
    qsort(out, *count, sizeof *out, by_distance);
    return out;
}

/* Where a line passes the place: how far, on which side, which way it goes there. */
typedef struct {
    double distance_m; /* to its nearest point */
    double left_m;  /* of the place from the line, against the lane's direction: positive, it is left of it */
    double yaw_rad; /* direction, from east towards north */
    bool is_beside; /* neither ahead of its first point nor behind its last */
} passing;

static passing pass(const vicinity *n, uint32_t line, bool reversed)
{
    const map_line *l = &n->v->lines[line];
    passing best = {.distance_m = INFINITY};
    for (uint32_t i = l->first_point; i + 1 < l->first_point + l->point_count; i++) {
        double a[3], b[3];
        local(n, n->v->points[reversed ? i + 1 : i], a);
        local(n, n->v->points[reversed ? i : i + 1], b);
        double d[2] = {b[0] - a[0], b[1] - a[1]}, length = hypot(d[0], d[1]);
        double share = length > 0 ? -(a[0] * d[0] + a[1] * d[1]) / (length * length) : 0;
        uint32_t from = i - l->first_point, to = l->point_count - 2 - from; /* segments before and after it */
        bool is_first = reversed ? to == 0 : from == 0, is_last = reversed ? from == 0 : to == 0;
        bool is_beside = !(share < 0 && is_first) && !(share > 1 && is_last);
        share = fmin(fmax(share, 0), 1);
        double away = hypot(a[0] + share * d[0], a[1] + share * d[1]);
        if (away < best.distance_m)
            best =
                (passing){away, copysign(away, -(d[0] * a[1] - d[1] * a[0])), atan2(d[1], d[0]), is_beside};
    }
    return best;
}

typedef struct {
    const map_lane *lane;
    double offset_m, width_m; /* of the place from the lane's middle, left positive; of the lane there */
    bool is_beside;           /* the two above mean something */
    double heading_deg;       /* of the lane, from north towards east */
    double distance_m;        /* to the nearer bound; of a place inside 0 */
} near_lane;

static int by_reach(const void *a, const void *b)
{
    const near_lane *x = a, *y = b;
    if (x->distance_m != y->distance_m)
        return x->distance_m < y->distance_m ? -1 : 1;
    return (x->lane->id > y->lane->id) - (x->lane->id < y->lane->id);
}

static near_lane look_at(const vicinity *n, const map_lane *lane)
{
    passing left = pass(n, lane->left_line, lane->left_reversed),
            right = pass(n, lane->right_line, lane->right_reversed);
    bool is_beside = left.is_beside && right.is_beside;
    bool is_inside = is_beside && left.left_m <= 0 && right.left_m >= 0;
    return (near_lane){.lane = lane,
                       .offset_m = (left.left_m + right.left_m) / 2,
                       .width_m = right.left_m - left.left_m,
                       .is_beside = is_beside,
                       .heading_deg = bearing_deg(cos(left.yaw_rad), sin(left.yaw_rad)),
                       .distance_m = is_inside ? 0 : fmin(left.distance_m, right.distance_m)};
}

/* The lanes within the radius, those that the place is inside of first. */
static near_lane *find_lanes(vicinity *n, size_t *count)
{
    near_lane *out;
    *count = 0;
    if (!gather(n, map_near_lanes) || !(out = calloc(n->count + 1, sizeof *out)))
        return NULL;
    for (size_t i = 0; i < n->count; i++) {
        near_lane l = look_at(n, &n->v->lanes[n->list[i]]);
        if (l.distance_m <= n->s->options->radius_m)
            out[(*count)++] = l;
    }
    qsort(out, *count, sizeof *out, by_reach);
    return out;
}

static void print_text(const map_subject *s, const near_mark *marks, size_t mark_count,
                       const near_lane *lanes, size_t lane_count, FILE *out)
{
    fprintf(out, "%zu marks within %g m\n", mark_count, s->options->radius_m);
    for (size_t i = 0; i < mark_count; i++)
        fprintf(out, "  %-6s %-20" PRId64 " %8.2f m at %5.1f deg, sigma %.3f m\n",
                map_class_word((map_class)marks[i].mark->kind), (int64_t)marks[i].mark->id,
                marks[i].distance_m, marks[i].bearing_deg,
                (double)hypotf(marks[i].mark->sigma_m, marks[i].mark->section_sigma_m));
    fprintf(out, "%zu lanes\n", lane_count);
    for (size_t i = 0; i < lane_count; i++) {
        const near_lane *l = &lanes[i];
        fprintf(out, "  lane   %-20" PRId64 " ", (int64_t)l->lane->id);
        if (l->distance_m > 0)
            fprintf(out, "%8.2f m away, goes to %.1f deg\n", l->distance_m, l->heading_deg);
        else
            fprintf(out, "inside, %.2f m %s of its middle, goes to %.1f deg, %.2f m wide\n",
                    fabs(l->offset_m), l->offset_m < 0 ? "right" : "left", l->heading_deg, l->width_m);
    }
}

/* What means something beside a lane only. */
static json_t *beside(const near_lane *l, double value)
{
    return l->is_beside ? json_real(value) : json_null();
}

static bool print_json(const near_mark *marks, size_t mark_count, const near_lane *lanes, size_t lane_count,
                       FILE *out)
{
    json_t *mark_list = json_array(), *lane_list = json_array();
    for (size_t i = 0; i < mark_count; i++)
        json_array_append_new(mark_list,
                              json_pack("{s:I, s:s, s:f, s:f, s:f, s:f}", "id", (json_int_t)marks[i].mark->id,
                                        "class", map_class_word((map_class)marks[i].mark->kind), "distance_m",
                                        marks[i].distance_m, "bearing_deg", marks[i].bearing_deg, "sigma_m",
                                        (double)marks[i].mark->sigma_m, "section_sigma_m",
                                        (double)marks[i].mark->section_sigma_m));
    for (size_t i = 0; i < lane_count; i++)
        json_array_append_new(
            lane_list, json_pack("{s:I, s:b, s:f, s:o, s:o, s:f}", "id", (json_int_t)lanes[i].lane->id,
                                 "inside", lanes[i].distance_m <= 0, "distance_m", lanes[i].distance_m,
                                 "offset_m", beside(&lanes[i], lanes[i].offset_m), "width_m",
                                 beside(&lanes[i], lanes[i].width_m), "heading_deg", lanes[i].heading_deg));
    json_t *root = json_pack("{s:o, s:o}", "marks", mark_list, "lanes", lane_list);
    bool good = root && json_dumpf(root, out, JSON_INDENT(1)) == 0 && fputc('\n', out) != EOF;
    json_decref(root);
    return good;
}

bool map_print_near(const map_subject *s, FILE *out)
{
    const pmap_about *a = &pmap_get_header(s->map)->about;
    vicinity n = {.s = s, .v = pmap_view(s->map)};
    size_t mark_count = 0, lane_count = 0;
    n.latitude_rad = s->options->latitude_deg * 0.017453292519943295;
    n.longitude_rad = s->options->longitude_deg * 0.017453292519943295;
    geodetic_to_ecef(n.latitude_rad, n.longitude_rad, isnan(a->lowest_m) ? 0 : a->lowest_m, n.origin_m);
    enu_axes(n.latitude_rad, n.longitude_rad, n.axes);
    near_mark *marks = find_marks(&n, &mark_count);
    near_lane *lanes = find_lanes(&n, &lane_count);
    bool good = marks && lanes;
    if (good && s->options->json)
        good = print_json(marks, mark_count, lanes, lane_count, out);
    else if (good)
        print_text(s, marks, mark_count, lanes, lane_count, out);
    free(marks);
    free(lanes);
    free(n.list);
    return good;
}
