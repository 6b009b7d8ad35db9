/* Which lane: what poses are sure of against where the truth is, and how they follow it into another. */
#include "campaign/judge_map.h"
#include "sim/sim.h"

#include <math.h>
#include <stdlib.h>

/* So long the truth is in its new lane before it counts as changed: some drive on the line. */
static const double settled_s = 1;
/* Where a piece of a lane ends, the one before or after is as good, m. */
static const double seam_m = 10;

/* Where on the road the truth is. */
typedef struct {
    int64_t stamp_ns;
    double s_m, lateral_m; /* along it; from its middle, left positive */
} road_place;

typedef enum { LANE_UNSURE, LANE_RIGHT, LANE_WRONG } lane_verdict;

typedef struct {
    const run_record *record;
    const sim_world *world;
    road_place *places; /* of each truth point */
    uint8_t *verdicts;  /* of each pose */
} lanes;

/* Where the foot of a point on the road is, from a place near it. */
static road_place foot_of(const sim_world *w, const double plane_m[3], double from_m)
{
    road_place at = {.s_m = from_m};
    for (int i = 0; i < 8; i++) {
        sim_road_point p;
        sim_world_road(w, at.s_m, &p);
        double x = plane_m[0] - p.plane_m[0], y = plane_m[1] - p.plane_m[1];
        at.s_m += cos(p.yaw_rad) * x + sin(p.yaw_rad) * y;
        at.lateral_m = cos(p.yaw_rad) * y - sin(p.yaw_rad) * x;
    }
    return at;
}

static double nearest_m(const sim_world *w, const double plane_m[3])
{
    double best_m = INFINITY, at_m = 0;
    for (double s_m = 0; s_m < sim_world_length_m(w); s_m += 2) {
        sim_road_point p;
        sim_world_road(w, s_m, &p);
        double off_m = hypot(p.plane_m[0] - plane_m[0], p.plane_m[1] - plane_m[1]);
        if (off_m < best_m) {
            best_m = off_m;
            at_m = s_m;
        }
    }
    return at_m;
}

static void place_truth(lanes *l)
{
    const run_record *r = l->record;
    for (size_t i = 0; i < r->truth_count; i++) {
        const truth_point *t = &r->truth[i];
        const geodetic at = {t->latitude_rad, t->longitude_rad, t->height_m};
        double plane_m[3];
        earth_plane(sim_world_earth(l->world), &at, plane_m);
        l->places[i] =
            foot_of(l->world, plane_m, i > 0 ? l->places[i - 1].s_m : nearest_m(l->world, plane_m));
        l->places[i].stamp_ns = t->stamp_ns;
    }
}

/* The lane at a place, numbered from 0 at the right; `*count` is how many there are. */
static int lane_at(const sim_world *w, const road_place *at, int *count)
{
    sim_road_point p;
    sim_world_road(w, at->s_m, &p);
    *count = p.lanes;
    return (int)floor(at->lateral_m / p.lane_width_m + 0.5 * p.lanes);
}

static bool is_right(const lanes *l, const fusion_pose *p, const road_place *at)
{
    int count, lane = lane_at(l->world, at, &count);
    bool right = false;
    for (int k = -1; k <= 1; k++)
        right = right || world_map_lane_id(l->record->map.survey, at->s_m + seam_m * k, lane) == p->lane_id;
    return right;
}

/* The place between two of the truth's; false: outside of them. `*hint` is where to look. */
static bool place_between(const lanes *l, int64_t stamp_ns, size_t *hint, road_place *out)
{
    size_t count = l->record->truth_count;
    while (*hint + 1 < count && l->places[*hint + 1].stamp_ns < stamp_ns)
        ++*hint;
    if (*hint + 1 >= count || stamp_ns < l->places[*hint].stamp_ns)
        return false;
    const road_place *a = &l->places[*hint], *b = a + 1;
    double part = (double)(stamp_ns - a->stamp_ns) / (double)(b->stamp_ns - a->stamp_ns);
    *out = (road_place){stamp_ns, a->s_m + part * (b->s_m - a->s_m),
                        a->lateral_m + part * (b->lateral_m - a->lateral_m)};
    return true;
}

static void judge_sure(lanes *l, campaign_row *row)
{
    const run_record *r = l->record;
    size_t hint = 0;
    road_place at;
    row->lane_poses = (int64_t)r->pose_count;
    row->lane_sure = row->lane_wrong = 0;
    for (size_t i = 0; i < r->pose_count; i++) {
        const fusion_pose *p = &r->poses[i];
        if (!(p->lane_probability > judge_map_sure) || !place_between(l, p->stamp_ns, &hint, &at))
            continue;
        bool right = is_right(l, p, &at);
        l->verdicts[i] = right ? LANE_RIGHT : LANE_WRONG;
        row->lane_sure++;
        row->lane_wrong += !right;
        if (right && isnan(row->lane_right_s))
            row->lane_right_s = 1e-9 * (double)(p->stamp_ns - SIM_BEGIN_NS);
    }
}

/* When a pose is sure and right from `from_ns` on, within judge_map_follow_s; INT64_MAX: none is. `*pose`
 * moves along. */
static int64_t sure_again_ns(const lanes *l, int64_t from_ns, size_t *pose)
{
    const run_record *r = l->record;
    for (; *pose < r->pose_count; ++*pose) {
        const int64_t stamp_ns = r->poses[*pose].stamp_ns;
        if (stamp_ns - from_ns > (int64_t)(judge_map_follow_s * 1e9))
            break;
        if (stamp_ns >= from_ns && l->verdicts[*pose] == LANE_RIGHT)
            return stamp_ns;
    }
    return INT64_MAX;
}

static void count_change(const lanes *l, int64_t crossed_ns, size_t *pose, campaign_row *row)
{
    if (!(1e-9 * (double)(crossed_ns - SIM_BEGIN_NS) > row->lane_right_s))
        return;
    int64_t sure_ns = sure_again_ns(l, crossed_ns, pose);
    row->lane_changes++;
    if (sure_ns == INT64_MAX)
        return;
    row->lane_changes_followed++;
    row->lane_change_s = fmax(row->lane_change_s, 1e-9 * (double)(sure_ns - crossed_ns));
}

/* A change is one of the lane where their number stays, that has lasted. */
static void judge_changes(const lanes *l, campaign_row *row)
{
    size_t truth_count = l->record->truth_count, pose = 0;
    int lane = -1, lane_count = -1, other = -1;
    int64_t other_ns = 0;
    row->lane_changes = row->lane_changes_followed = 0;
    for (size_t i = 0; i < truth_count; i++) {
        int count, now = lane_at(l->world, &l->places[i], &count);
        const int64_t stamp_ns = l->places[i].stamp_ns;
        if (count != lane_count || now == lane) {
            lane = other = now;
            lane_count = count;
            continue;
        }
        if (now != other) {
            other = now;
            other_ns = stamp_ns;
        }
        if (stamp_ns - other_ns < (int64_t)(settled_s * 1e9))
            continue;
        count_change(l, other_ns, &pose, row);
        lane = now;
    }
}

bool judge_lanes(const run_record *r, campaign_row *row)
{
    lanes l = {.record = r,
               .world = sim_get_world(r->stream),
               .places = calloc(r->truth_count + 1, sizeof *l.places),
               .verdicts = calloc(r->pose_count + 1, sizeof *l.verdicts)};
    bool room = l.places && l.verdicts;
    if (room) {
        place_truth(&l);
        judge_sure(&l, row);
        judge_changes(&l, row);
    }
    free(l.places);
    free(l.verdicts);
    return room;
}
