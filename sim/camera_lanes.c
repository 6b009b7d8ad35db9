#include "sim/camera_lanes.h"

#include "sim/vec.h"

#include <string.h>

/* Assumed: a line is lost and found in stretches of half a second, another edge misleads for one second. */
static const double lost_mean_s = 0.5, wrong_mean_s = 1;
/* Curvature of a line over its visible 30 m, one sigma. */
static const double curvature_1pm = 3e-4;
/* Paint is told from asphalt at this distance ahead. */
static const double look_m = 12;

void camera_lanes_start(camera_lanes *c, const sim_sensor_settings *set, const sim_mount *mount,
                        const sim_moment *first, rng *r)
{
    const sim_camera_errors *e = &set->of.camera;
    double nominal[3][3], forward[3];
    double axis[3] = {mount->R_body_sensor[0][0], mount->R_body_sensor[1][0], mount->R_body_sensor[2][0]};
    rotation(radians(set->mount.yaw_deg), radians(set->mount.pitch_deg), radians(set->mount.roll_deg),
             nominal);
    turn_back(nominal, axis, forward);
    c->yaw_wrong_rad = atan2(forward[1], forward[0]);
    c->left_wrong_m = mount->lever_m[1] - set->mount.y_m;
    c->ahead_m = mount->lever_m[0];
    c->s_m = first->now->s_m;
    c->seen_ns = first->stamp_ns;
    for (int i = 0; i < CAMERA_MAX_LINES; i++) {
        c->lines[i].slow = drift_start(r, e->lane_slow_m, e->lane_slow_over_m);
        c->lines[i].seen = rng_chance(r, e->lane_seen);
    }
}

static void move_line(camera_line *l, const sim_camera_errors *e, double seen, double moved_m, double step_s,
                      rng *r)
{
    bool was = l->wrong;
    l->wrong = sim_episode_next(was, e->lane_wrong, wrong_mean_s, step_s, r);
    if (l->wrong && !was)
        l->wrong_m = rng_between(r, 0.2, 1) * (rng_chance(r, 0.5) ? 1 : -1);
    l->seen = sim_episode_next(l->seen, seen, lost_mean_s * seen / fmax(1 - seen, 1e-3), step_s, r);
    drift_next(&l->slow, r, moved_m);
}

/* Wraps to -pi..pi. */
static double wrapped(double angle)
{
    return angle - 2 * PI * floor((angle + PI) / (2 * PI));
}

/* A line as the vehicle's y axis cuts it: where on that, and in which direction. */
typedef struct {
    double offset_m, heading_rad, curvature_1pm;
} line_cut;

/* How far its offset from the middle of the road grows over a metre of that. */
static double widening(const sim_moment *m, double s_m, int line)
{
    sim_road_point before, after;
    sim_lane_line from, to;
    sim_world_road(m->world, s_m - 0.5, &before);
    sim_world_road(m->world, s_m + 0.5, &after);
    sim_world_lane_line(m->world, s_m - 0.5, line, &from);
    sim_world_lane_line(m->world, s_m + 0.5, line, &to);
    return before.lanes == after.lanes ? to.offset_m - from.offset_m : 0;
}

/* Along the road, step by step, until the line is abeam. A lane may grow wider, and the vehicle is turned
 * against the road: a line's direction is not the road's beside the vehicle. */
static line_cut cut_line(const sim_moment *m, int line)
{
    enum { STEPS = 4 };
    double s_m = m->now->s_m, c = cos(m->now->yaw_rad), s = sin(m->now->yaw_rad);
    line_cut cut = {0};
    for (int i = 0; i < STEPS; i++) {
        sim_road_point p;
        sim_lane_line l;
        sim_world_road(m->world, s_m, &p);
        sim_world_lane_line(m->world, s_m, line, &l);
        double x = p.plane_m[0] - l.offset_m * sin(p.yaw_rad) - m->now->plane_m[0];
        double y = p.plane_m[1] + l.offset_m * cos(p.yaw_rad) - m->now->plane_m[1];
        double on = fmax(1 - p.curvature_1pm * l.offset_m, 0.2), ahead = c * x + s * y;
        cut.heading_rad = wrapped(p.yaw_rad + atan2(widening(m, s_m, line), on) - m->now->yaw_rad);
        cut.offset_m = c * y - s * x - ahead * tan(cut.heading_rad);
        cut.curvature_1pm = p.curvature_1pm / on;
        s_m -= ahead / (on * fmax(cos(cut.heading_rad), 0.2));
    }
    return cut;
}

static void fill(const camera_lanes *c, const camera_line *l, const sim_camera_errors *e,
                 const camera_sight *sight, const line_cut *at, const sim_lane_line *line, rng *r,
                 camera_lane *out)
{
    static const char *const words[] = {
        [LINE_SOLID] = "solid", [LINE_DASHED] = "dashed", [LINE_CURB] = "curb"};
    double heading = at->heading_rad, offset = at->offset_m;
    /* The picture is taken to be where the configuration has the camera: turned by the mount's error about
     * the camera, and shifted by it. */
    offset += c->yaw_wrong_rad * c->ahead_m - c->left_wrong_m;
    offset += l->slow.value + rng_normal(r, e->lane_white_m * sight->noise) + (l->wrong ? l->wrong_m : 0);
    heading += rng_normal(r, radians(e->lane_heading_deg) * sight->noise) - c->yaw_wrong_rad;
    memset(out, 0, sizeof *out);
    out->offset_m = (float)offset;
    out->heading_rad = (float)heading;
    out->curvature_1pm = (float)(at->curvature_1pm + rng_normal(r, curvature_1pm * sight->noise));
    out->sigma_m = (float)hypot(e->lane_white_m, e->lane_slow_m);
    double score = 0.55 + 0.4 * line->paint * sight->detection + rng_normal(r, 0.04);
    out->score = (float)fmin(fmax(score, 0.05), 0.99);
    strcpy(out->type, words[line->type]);
}

void camera_lanes_see(camera_lanes *c, const sim_camera_errors *e, const camera_sight *sight,
                      const sim_moment *m, rng *r, frame_lanes *out)
{
    double step_s = (double)(m->stamp_ns - c->seen_ns) * 1e-9, moved_m = fabs(m->now->s_m - c->s_m);
    int lanes = m->road.lanes < CAMERA_MAX_LINES ? m->road.lanes : CAMERA_MAX_LINES - 1;
    int lane = m->now->lane < 0 ? 0 : m->now->lane >= lanes ? lanes - 1 : m->now->lane;
    double sees = e->lane_seen * camera_sight_at(sight, look_m);
    out->count = 0;
    for (int i = 0; i <= lanes; i++) {
        sim_lane_line line;
        camera_line *l = &c->lines[i];
        sim_world_lane_line(m->world, m->now->s_m, i, &line);
        move_line(l, e, sees * line.paint, moved_m, step_s, r);
        if (!l->seen || (i != lane && i != lane + 1))
            continue;
        camera_lane *seen = &out->lanes[out->count++];
        line_cut at = cut_line(m, i);
        fill(c, l, e, sight, &at, &line, r, seen);
        seen->side = i == lane ? LANE_SIDE_RIGHT : LANE_SIDE_LEFT;
    }
    c->s_m = m->now->s_m;
    c->seen_ns = m->stamp_ns;
}
