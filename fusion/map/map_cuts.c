/* The lanes of a map as the vehicle's y axis cuts them. */
#include "fusion/map/map_bounds.h"
#include "fusion/motion/vehicle.h"

#include <math.h>
#include <string.h>

/* Lanes within this are looked at, m, and of them at most so many; a bound at another level does not count.
 */
static const double near_m = 15.0;
static const float level_m = 5.0f;
enum { NEAR_MOST = 48 };

/* A lane that runs more than that against the vehicle's direction is none that it is in (cosine). */
static const float along_least = 0.5f;

/* The vehicle's axes at its origin. */
typedef struct {
    double origin[3], r[3][3];
} body_frame;

/* Carried on by dt_s. */
static void frame_of(const fusion *c, double dt_s, body_frame *b)
{
    const double at[3] = {-(double)c->nav_point_m[0], -(double)c->nav_point_m[1], -(double)c->nav_point_m[2]};
    vehicle_rotation(&c->f, b->r);
    rows_mulv(b->r, at, b->origin);
    for (int i = 0; i < 3; i++)
        b->origin[i] += c->f.position_ecef_m[i] + dt_s * c->f.velocity_ecef_mps[i];
}

static void in_frame(const body_frame *b, const double ecef[3], float out[3])
{
    double away[3] = {ecef[0] - b->origin[0], ecef[1] - b->origin[1], ecef[2] - b->origin[2]}, v[3];
    double r[3][3];
    memcpy(r, b->r, sizeof r);
    rows_mulv_transposed(r, away, v);
    for (int i = 0; i < 3; i++)
        out[i] = (float)v[i];
}

/* Where one lanelet follows another their ends may not meet (they were surveyed apart): a bound is taken to
 * go on so far, m. */
static const float seam_m = 0.4f;

/* The i-th point of a bound in the lane's direction; its ends are held. */
static void bound_point(const map_view *map, const body_frame *b, const map_line *l, bool reversed, int32_t i,
                        float out[3])
{
    int32_t last = (int32_t)l->point_count - 1, at = i < 0 ? 0 : i > last ? last : i;
    in_frame(b, map->points[l->first_point + (uint32_t)(reversed ? last - at : at)], out);
}

/* Where a circle begins somewhere in a chord, the parabola of bend_at is off by this share of its bulge, root
 * of the mean square; where a clothoid begins, by two thirds of that. */
static const float open_share = 0.0875f;

/* Direction and curvature at the cut of the segment that ends at its i-th point. A chord has the mean
 * direction of the curve that it was drawn for, a point the mean of the chords that meet there: in between a
 * parabola that has both (Colella and Woodward 1984). How far that leaves the straight line between the two
 * ends is what the drawing leaves open. */
static void bend_at(const map_view *map, const body_frame *b, const map_line *l, bool reversed, int32_t i,
                    float share, bound_bend *out)
{
    float p[4][3], length[3], angle[3], end[2];
    for (int32_t k = 0; k < 4; k++)
        bound_point(map, b, l, reversed, i - 2 + k, p[k]);
    float own = atan2f(p[2][1] - p[1][1], p[2][0] - p[1][0]);
    for (int k = 0; k < 3; k++) {
        float x = p[k + 1][0] - p[k][0], y = p[k + 1][1] - p[k][1];
        length[k] = hypotf(x, y);
        angle[k] = length[k] > 0.0f ? remainderf(atan2f(y, x) - own, 6.2831853f) : 0.0f;
    }
    for (int k = 0; k < 2; k++) /* a line that ends here goes on as it is */
        end[k] = length[2 * k] > 0.0f ? angle[2 * k] * length[1] / (length[1] + length[2 * k]) : 0.0f;
    bool begins = !(length[0] > 0.0f), ends = !(length[2] > 0.0f);
    if (begins)
        end[0] = -end[1];
    if (ends)
        end[1] = -end[0];
    float turn = end[1] - end[0], bulge = -3.0f * (end[0] + end[1]);
    out->heading_rad = own + end[0] + share * (turn + bulge * (1.0f - share));
    out->curvature_1pm = (turn + bulge * (1.0f - 2.0f * share)) / fmaxf(length[1], 0.01f);
    out->doubt_rad = open_share * (begins || ends ? 1.5f * fabsf(turn) : fabsf(bulge));
    out->chord_m = length[1];
}

/* Where a bound crosses the y axis in the lane's direction, nearest to the origin. */
static bool cut_line(const map_view *map, const body_frame *b, uint32_t index, bool reversed, int side,
                     lane_cut *cut)
{
    const map_line *l = &map->lines[index];
    float before[3] = {0.0f}, at[3];
    bool found = false;
    for (int32_t i = 0; i < (int32_t)l->point_count; i++) {
        bound_point(map, b, l, reversed, i, at);
        float early = i == 1 ? seam_m : 0.0f, late = i + 1 == (int32_t)l->point_count ? seam_m : 0.0f;
        if (i > 0 && at[0] > before[0] && before[0] <= early && at[0] > -late) {
            float share = -before[0] / (at[0] - before[0]);
            float y = before[1] + share * (at[1] - before[1]), z = before[2] + share * (at[2] - before[2]);
            if (fabsf(z) < level_m && (!found || fabsf(y) < fabsf(cut->offset_m[side]))) {
                cut->offset_m[side] = y;
                cut->up_m[side] = z;
                cut->climb[side] = (at[2] - before[2]) / hypotf(at[0] - before[0], at[1] - before[1]);
                bend_at(map, b, l, reversed, i, share, &cut->bend[side]);
                found = true;
            }
        }
        memcpy(before, at, sizeof before);
    }
    return found;
}

static bool cut_bound(const map_view *map, const body_frame *b, uint32_t lane, int side, lane_cut *cut)
{
    const map_lane *l = &map->lanes[lane];
    return cut_line(map, b, side ? l->right_line : l->left_line, side ? l->right_reversed : l->left_reversed,
                    side, cut);
}

bool cut_there(const fusion *c, double on_m, uint32_t lane, lane_cut *cut)
{
    const map_view *map = c->map.view;
    body_frame b;
    frame_of(c, 0.0, &b);
    for (int i = 0; i < 3; i++)
        b.origin[i] += on_m * b.r[i][0];
    *cut = (lane_cut){.lane = lane};
    return cut_bound(map, &b, lane, 0, cut) && cut_bound(map, &b, lane, 1, cut);
}

float cut_middle(const lane_cut *cut)
{
    return 0.5f * (cut->offset_m[0] + cut->offset_m[1]);
}

const map_line *cut_line_of(const map_view *map, uint32_t lane, int side)
{
    return &map->lines[side ? map->lanes[lane].right_line : map->lanes[lane].left_line];
}

/* Lanes whose directions part by more than this, rad, are of roads that cross. Smaller: a fork loses a
 * branch; larger: at a crossing at a flat angle the pose may be sure of a lane of the other road. */
static const float crosses_rad = 0.3f;

static float direction(const lane_cut *cut)
{
    return remainderf(cut->bend[0].heading_rad, 6.2831853f);
}

static bool crosses(const lane_cut *a, const lane_cut *b)
{
    return fabsf(remainderf(a->bend[0].heading_rad - b->bend[0].heading_rad, 6.2831853f)) > crosses_rad;
}

static int remove_cut(lane_cut *cuts, int count, int at)
{
    memmove(&cuts[at], &cuts[at + 1], (size_t)(count - at - 1) * sizeof *cuts);
    return count - 1;
}

/* Of roads that cross, the one that runs as the vehicle does is the one that it is on. Returns how many cuts
 * are left; -1: the new one is of the other road. */
static int settle_crossing(lane_cut *cuts, int count, const lane_cut *cut)
{
    for (int i = 0; i < count; i++) {
        if (crosses(&cuts[i], cut) && fabsf(direction(&cuts[i])) <= fabsf(direction(cut)))
            return -1;
    }
    for (int i = count - 1; i >= 0; i--) {
        if (crosses(&cuts[i], cut))
            count = remove_cut(cuts, count, i);
    }
    return count;
}

/* Of lanes that part or join and are not apart yet, the one that runs as the vehicle does is the one that it
 * is in; less than this, rad, is of drawings, and of two that follow each other. */
static const float parts_rad = 0.05f;

static bool runs_better(const lane_cut *a, const lane_cut *b)
{
    return fabsf(direction(a)) < fabsf(direction(b)) - parts_rad;
}

/* Left to right, each once: at the seam of two lanelets both may be cut. */
static int insert_cut(lane_cut *cuts, int count, const lane_cut *cut)
{
    const int left = settle_crossing(cuts, count, cut);
    if (left < 0)
        return count;
    count = left;
    int at = count;
    for (int i = 0; i < count; i++) {
        if (fabsf(cut_middle(&cuts[i]) - cut_middle(cut)) < CUTS_APART_M) {
            if (runs_better(cut, &cuts[i]))
                cuts[i] = *cut;
            return count;
        }
    }
    if (count == CUTS_MOST)
        return count;
    for (; at > 0 && cut_middle(&cuts[at - 1]) < cut_middle(cut); at--)
        cuts[at] = cuts[at - 1];
    cuts[at] = *cut;
    return count + 1;
}

int cut_lanes(const fusion *c, double dt_s, lane_cut cuts[CUTS_MOST])
{
    const map_view *map = c->map.view;
    uint32_t near[NEAR_MOST];
    body_frame b;
    int count = 0;
    frame_of(c, dt_s, &b);
    size_t n = map_near_lanes(map, b.origin, near_m, near, NEAR_MOST);
    for (size_t i = 0; i < n && i < NEAR_MOST; i++) {
        lane_cut cut = {.lane = near[i]};
        if (cut_bound(map, &b, near[i], 0, &cut) && cut_bound(map, &b, near[i], 1, &cut) &&
            cut.offset_m[0] > cut.offset_m[1] && cosf(cut.bend[0].heading_rad) > along_least)
            count = insert_cut(cuts, count, &cut);
    }
    return count;
}

/* Lanes whose bounds are no further apart than that are of one road, m: a double line. */
static const float one_road_m = 0.5f;

static bool is_beside(const lane_cut *cut, const lane_cut *cuts, int count)
{
    for (int i = 0; i < count; i++) {
        if (fabsf(cut->offset_m[1] - cuts[i].offset_m[0]) < one_road_m ||
            fabsf(cut->offset_m[0] - cuts[i].offset_m[1]) < one_road_m)
            return true;
    }
    return false;
}

bool cut_against(const fusion *c, const lane_cut *cuts, int count, lane_cut *out)
{
    const map_view *map = c->map.view;
    uint32_t near[NEAR_MOST];
    body_frame b;
    frame_of(c, 0.0, &b);
    size_t n = map_near_lanes(map, b.origin, near_m, near, NEAR_MOST);
    for (size_t i = 0; i < n && i < NEAR_MOST; i++) {
        const map_lane *l = &map->lanes[near[i]];
        *out = (lane_cut){.lane = near[i], .against = true};
        if (cut_line(map, &b, l->right_line, !l->right_reversed, 0, out) &&
            cut_line(map, &b, l->left_line, !l->left_reversed, 1, out) &&
            out->offset_m[0] > out->offset_m[1] && cosf(out->bend[0].heading_rad) > along_least &&
            is_beside(out, cuts, count))
            return true;
    }
    return false;
}

/* Two drawings of one line, of lanes that do not share it, are no further apart than that, m. */
static const float same_line_m = 0.3f;

/* A bound that runs by more than this against the vehicle, rad, is no line that is seen as one of its lane.
 */
static const float askew_rad = 0.5f;

/* How far a lane's painted bound is from where a line is seen; it may run either way. INFINITY: it has none
 * there. */
static float bound_away(const map_view *map, const body_frame *b, uint32_t line, float offset_m)
{
    float away = INFINITY;
    if (map->lines[line].type == MAP_LINE_VIRTUAL)
        return away;
    for (int reversed = 0; reversed < 2; reversed++) {
        lane_cut cut;
        if (cut_line(map, b, line, reversed, 0, &cut) && fabsf(direction(&cut)) < askew_rad)
            away = fminf(away, fabsf(cut.offset_m[0] - offset_m));
    }
    return away;
}

bool cut_other_nearer(const fusion *c, const lane_cut *cut, int side, float offset_m)
{
    const map_view *map = c->map.view;
    const map_line *own = cut_line_of(map, cut->lane, side);
    uint32_t near[NEAR_MOST];
    body_frame b;
    frame_of(c, 0.0, &b);
    float nearest = fabsf(cut->offset_m[side] - offset_m);
    size_t n = map_near_lanes(map, b.origin, near_m, near, NEAR_MOST);
    for (size_t i = 0; i < n && i < NEAR_MOST; i++) {
        for (int k = 0; k < 2; k++) {
            uint32_t line = k ? map->lanes[near[i]].right_line : map->lanes[near[i]].left_line;
            if (&map->lines[line] != own && bound_away(map, &b, line, offset_m) < nearest - same_line_m)
                return true;
        }
    }
    return false;
}

/* The one that the pose is in, or is nearest to; -1: none. */
int cut_own(const lane_cut *cuts, int count)
{
    int best = -1;
    for (int i = 0; i < count; i++) {
        if (best < 0 || fabsf(cut_middle(&cuts[i])) < fabsf(cut_middle(&cuts[best])))
            best = i;
    }
    return best;
}

/* The lane's bounds as the pose has them now; false: it does not pass beside the vehicle. */
bool cut_again(const fusion *c, uint32_t lane, lane_cut *out)
{
    lane_cut now[CUTS_MOST];
    int count = cut_lanes(c, 0.0, now);
    for (int i = 0; i < count; i++) {
        if (now[i].lane == lane) {
            *out = now[i];
            return true;
        }
    }
    return false;
}
