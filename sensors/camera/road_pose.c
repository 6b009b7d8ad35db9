#include "sensors/camera/road_pose.h"
#include "sensors/camera/lane_vote.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double radians = 0.017453292519943295;

/* Distances that a pose is told from, by the mount at hand. */
static const double far_m = 55.0;

/* Bends of less are straight: 0.2 m off over 30 m. */
static const double straight_1pm = 0.0006;

static const double starts_deg[] = {-12, -10, -8, -6, -4, -2, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20};
static const double heights_m[] = {1.2, 1.7, 2.5};
enum {
    STARTS = sizeof starts_deg / sizeof *starts_deg,
    HEIGHTS = sizeof heights_m / sizeof *heights_m,
    ROUNDS = 4
};

typedef struct {
    top_view_grid grid;
    lane_ground ground;
    lane_marks marks;
} view;

static bool sample(const colour_view *p, view *v)
{
    bool good = false;
    top_view *light = top_view_create(&v->grid, &v->ground, p->light.width, p->light.height), *yellow = NULL;
    size_t size = p->cb ? (size_t)p->cb_width * (size_t)p->cb_height : 0;
    uint8_t *plane = malloc(size + 1);
    if (light && plane &&
        (!p->cb || (yellow = top_view_create(&v->grid, &v->ground, p->cb_width, p->cb_height)))) {
        for (int y = 0; p->cb && y < p->cb_height; y++) {
            for (int x = 0; x < p->cb_width; x++)
                plane[y * p->cb_width + x] = (uint8_t)(255 - p->cb[y * p->cb_stride + x]);
        }
        top_view_sample(light, p->light.data, p->light.stride);
        if (yellow)
            top_view_sample(yellow, plane, p->cb_width);
        lane_ridge_find(&v->grid, light, yellow, LANE_SIEVE_OPEN, &v->marks);
        good = true;
    }
    free(plane);
    top_view_destroy(light);
    top_view_destroy(yellow);
    return good;
}

static bool look(const colour_view *p, const camera_model *m, const lane_mount *mount, view *v, error *e)
{
    if (!lane_ground_set(&v->ground, m, p->light.width, p->light.height, mount))
        return error_set(e, "the calibration does not cover the picture");
    return top_view_place(&v->grid, &v->ground, far_m, e) && (sample(p, v) || error_set(e, "out of memory"));
}

static void believe(double width_m, double width_sigma_m, double pitch_sigma_rad, lane_belief *out)
{
    const double sigma[LANE_UNKNOWNS] = {1.5, width_sigma_m, 0.1, 0.001, 1e-6, pitch_sigma_rad, 1e-6};
    memset(out, 0, sizeof *out);
    out->mean.at[LANE_WIDTH] = width_m;
    for (int i = 0; i < LANE_UNKNOWNS; i++)
        out->covariance[i][i] = sigma[i] * sigma[i];
}

/* One look from a mount: the lane by it. `share`: how far from its width, as a share, a lane may be. */
static bool find_lane(const view *v, double width_m, double share, double pitch_sigma_rad, road_pose *out)
{
    const lane_search s = {width_m, share * width_m, pitch_sigma_rad, 0.2, 0.001, 0.0};
    lane_guess guess;
    lane_belief before;
    believe(width_m, share * width_m, pitch_sigma_rad, &before);
    if (!lane_vote(&v->grid, &v->marks, v->ground.mount.height_m, &s, &guess) ||
        guess.votes[LANE_LEFT] <= 0.0 || guess.votes[LANE_RIGHT] <= 0.0)
        return false;
    out->value = guess.value;
    return lane_fit_find(&v->grid, &v->marks, v->ground.mount.height_m, &before, &guess.shape, 0.4,
                         &out->fit);
}

/* The mount that puts the lines straight ahead, parallel, and one lane apart. */
static void mend(const lane_shape *s, double width_m, lane_mount *m)
{
    m->pitch_rad += s->at[LANE_PITCH];
    m->yaw_rad -= s->at[LANE_HEADING];
    m->height_m *= width_m / s->at[LANE_WIDTH];
}

static bool search(const colour_view *p, const camera_model *m, double width_m, lane_mount *best, view *v)
{
    road_pose at;
    double value = -INFINITY;
    const lane_mount kept = *best;
    for (int i = 0; i < STARTS; i++) {
        for (int h = 0; h < HEIGHTS; h++) {
            lane_mount mount = kept;
            mount.pitch_rad = starts_deg[i] * radians;
            mount.height_m = heights_m[h];
            if (!look(p, m, &mount, v, NULL) || !find_lane(v, width_m, 0.2, 1.2 * radians, &at) ||
                at.value <= value)
                continue;
            value = at.value;
            mend(&at.fit.belief.mean, width_m, &mount);
            *best = mount;
        }
    }
    return isfinite(value);
}

/* Where there is paint along a line that has gaps. */
static void sample_line(const view *v, const lane_shape *s, int side, road_pose *out)
{
    double last_m = 0.0;
    for (int row = v->grid.rows - 1; row >= 0; row--) {
        lane_pitched at = lane_shape_place(s, v->grid.x_m[row], v->ground.mount.height_m);
        double y = lane_shape_y(s, side, at.x_m), paint = 0.0;
        if (!(at.scale > 0.0) || at.x_m > 45.0)
            break;
        for (int i = v->marks.first[row]; i < v->marks.first[row + 1]; i++)
            paint = fabs(v->marks.marks[i].y_m * at.scale - y) < 0.2 ? 1.0 : paint;
        if (last_m > 0.0 && y > (double)v->marks.reach_m[row][0] && y < (double)v->marks.reach_m[row][1]) {
            out->sample[out->samples].x_m = (float)at.x_m;
            out->sample[out->samples].length_m = (float)(at.x_m - last_m);
            out->sample[out->samples].paint = (float)paint;
            out->sample[out->samples++].side = side;
        }
        last_m = at.x_m;
    }
}

static bool judge(const road_pose *p, error *e)
{
    for (int side = 0; side < LANE_SIDES; side++) {
        const lane_support *s = &p->fit.support[side];
        if (s->hits - 3.0 * s->chance < 10.0 || s->far_m - s->near_m < 8.0)
            return error_set(e, "no line to be seen on the %s", side == LANE_LEFT ? "left" : "right");
    }
    double sigma = sqrt(p->fit.belief.covariance[LANE_CURVATURE][LANE_CURVATURE]);
    if (fabs(p->fit.belief.mean.at[LANE_CURVATURE]) > straight_1pm + sigma)
        return error_set(e, "the road bends (radius %.0f m)",
                         1.0 / fabs(p->fit.belief.mean.at[LANE_CURVATURE]));
    return true;
}

bool road_pose_find(const colour_view *picture, const camera_model *m, double lane_width_m,
                    const lane_mount *start, road_pose *out, error *e)
{
    view *v = malloc(sizeof *v);
    lane_mount mount = start ? *start : (lane_mount){.height_m = 0.0};
    memset(out, 0, sizeof *out);
    bool good = v || error_set(e, "out of memory");
    good = good && (mount.height_m > 0.0 || search(picture, m, lane_width_m, &mount, v) ||
                    error_set(e, "no two lines that meet"));
    for (int i = 0; good && i < ROUNDS; i++) {
        good = look(picture, m, &mount, v, e) && (find_lane(v, lane_width_m, 0.15, 1.0 * radians, out) ||
                                                  error_set(e, "no two lines that meet"));
        if (good && i + 1 < ROUNDS)
            mend(&out->fit.belief.mean, lane_width_m, &mount);
    }
    good = good && judge(out, e);
    for (int side = 0; good && side < LANE_SIDES; side++)
        if (out->fit.support[side].duty < 0.7)
            sample_line(v, &out->fit.belief.mean, side, out);
    out->mount = mount;
    free(v);
    return good;
}

/* ---- dashes */

/* How well paint follows dashes of this period that begin at `phase`: a quarter of the period is painted (10
 * of 40 feet; 6 of 18 m, 4 of 12 m are near enough). Mean of paint on them less mean off them, -1..1. */
static double follow(const road_pose *p, int side, double stretch, double period_m, double phase)
{
    double on = 0.0, on_m = 1e-9, off = 0.0, off_m = 1e-9;
    for (int i = 0; i < p->samples; i++) {
        if (p->sample[i].side != side)
            continue;
        double at = (double)p->sample[i].x_m * stretch / period_m - phase, paint = (double)p->sample[i].paint;
        double length = sqrt((double)p->sample[i].length_m);
        bool dash = at - floor(at) < 0.25;
        *(dash ? &on : &off) += paint * length;
        *(dash ? &on_m : &off_m) += length;
    }
    return on / on_m - off / off_m;
}

static double best_phase(const road_pose *p, int side, double stretch, double period_m)
{
    enum { PHASES = 24 };
    double best = 0.0;
    for (int i = 0; i < PHASES; i++)
        best = fmax(best, follow(p, side, stretch, period_m, (double)i / PHASES));
    return best;
}

double road_pose_stretch(const road_pose *poses, size_t count, double period_m)
{
    double best = 0.0, stretch = NAN;
    for (double s = 0.4; s < 2.5; s *= 1.01) {
        double sum = 0.0;
        for (size_t i = 0; i < count; i++) {
            for (int side = 0; side < LANE_SIDES; side++)
                sum += best_phase(&poses[i], side, s, period_m);
        }
        if (sum > best) {
            best = sum;
            stretch = s;
        }
    }
    return best > 0.5 * (double)(count ? count : 1) ? stretch : NAN;
}
