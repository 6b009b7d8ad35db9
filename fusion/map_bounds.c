#include "fusion/map_bounds.h"

#include <math.h>
#include <string.h>

/* Lanes within this are looked at, m, and of them at most so many; a bound at another level does not count.
 */
static const double near_m = 15.0;
static const float level_m = 5.0f;
enum { NEAR_MOST = 48 };

/* A lane that runs more than that against the vehicle's direction is none that it is in (cosine). */
static const float along_least = 0.5f;

/* Where exactly along a bend a perception takes offset and direction of a line is not agreed to better than
 * this along the road, m; what that makes of the offset, m^2. */
static const float bends_m = 0.5f, bends_m2 = 0.5f;

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

/* Direction at the cut of the segment that ends at its i-th point, and the curvature there, from the segments
 * before and after. */
static void bend_at(const map_view *map, const body_frame *b, const map_line *l, bool reversed, int32_t i,
                    float share, float *heading_rad, float *curvature_1pm)
{
    float p[4][3], way = 0.0f, turned = 0.0f, own = 0.0f;
    for (int32_t k = 0; k < 4; k++)
        bound_point(map, b, l, reversed, i - 2 + k, p[k]);
    float angle = atan2f(p[2][1] - p[1][1], p[2][0] - p[1][0]);
    for (int k = 0; k < 3; k++) {
        float x = p[k + 1][0] - p[k][0], y = p[k + 1][1] - p[k][1], length = hypotf(x, y);
        if (!(length > 0.0f))
            continue;
        turned += (float)(k - 1) * remainderf(atan2f(y, x) - angle, 6.2831853f);
        way += k == 1 ? length : 0.5f * length;
        own = k == 1 ? length : own;
    }
    *curvature_1pm = way > 0.0f ? turned / way : 0.0f;
    *heading_rad = angle + *curvature_1pm * (share - 0.5f) * own;
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
                bend_at(map, b, l, reversed, i, share, &cut->heading_rad[side], &cut->curvature_1pm[side]);
                found = true;
            }
        }
        memcpy(before, at, sizeof before);
    }
    return found;
}

float cut_middle(const lane_cut *cut)
{
    return 0.5f * (cut->offset_m[0] + cut->offset_m[1]);
}

const map_line *cut_line_of(const map_view *map, uint32_t lane, int side)
{
    return &map->lines[side ? map->lanes[lane].right_line : map->lanes[lane].left_line];
}

/* Left to right, each once: at the seam of two lanelets both may be cut. */
static int insert_cut(lane_cut *cuts, int count, const lane_cut *cut)
{
    int at = count;
    for (int i = 0; i < count; i++) {
        if (fabsf(cut_middle(&cuts[i]) - cut_middle(cut)) < 0.7f)
            return count;
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
        const map_lane *lane = &map->lanes[near[i]];
        lane_cut cut = {.lane = near[i]};
        if (cut_line(map, &b, lane->left_line, lane->left_reversed, 0, &cut) &&
            cut_line(map, &b, lane->right_line, lane->right_reversed, 1, &cut) &&
            cut.offset_m[0] > cut.offset_m[1] && cosf(cut.heading_rad[0]) > along_least)
            count = insert_cut(cuts, count, &cut);
    }
    return count;
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

/* Rows: offset along y and direction of a bound, seen from the origin. The bound passes (0, y) in direction
 * t: its offset moves by d_y - d_x tan(heading), its direction by the turn of t and, as the cut moves along
 * it by -d_x, by its curvature. */
void bound_columns(const fusion *c, const lane_cut *cut, int side, measurement *m)
{
    const float offset_m = cut->offset_m[side], heading_rad = cut->heading_rad[side];
    const float curvature = cut->curvature_1pm[side];
    double r[3][3];
    mat3 forward, turn, skew, jacobian, minus;
    const float lean = tanf(heading_rad), tx = cosf(heading_rad), ty = sinf(heading_rad);
    vehicle_rotation(&c->f, r);
    rows_to_mat3(r, forward);
    glm_mat3_transpose_to(forward, turn);
    /* from the navigation point to where the bound is cut */
    vec3 at = {-c->nav_point_m[0], offset_m - c->nav_point_m[1], cut->up_m[side] - c->nav_point_m[2]}, world,
         along;
    glm_mat3_mulv(forward, at, world);
    vec3 t = {tx, ty, cut->climb[side]};
    glm_mat3_mulv(forward, t, along);
    measurement_start(m, 2);
    glm_mat3_copy(turn, minus);
    glm_mat3_scale(minus, -1.0f);
    for (int i = 0; i < 3; i++)
        measurement_column(m, STATE_POSITION + i, minus[i][1] - lean * minus[i][0], -curvature * minus[i][0],
                           0.0f);
    mat3_skew(world, skew);
    glm_mat3_mul(turn, skew, jacobian);
    mat3 turned;
    mat3_skew(along, skew);
    glm_mat3_mul(turn, skew, turned);
    for (int i = 0; i < 3; i++)
        measurement_column(m, STATE_ATTITUDE + i, jacobian[i][1] - lean * jacobian[i][0],
                           tx * turned[i][1] - ty * turned[i][0] - curvature * jacobian[i][0], 0.0f);
    vec3 axes[2], d[2];
    mount_axes(&c->f, axes);
    for (int k = 0; k < 2; k++) {
        vec3 moved, bent;
        glm_vec3_cross(at, axes[k], moved);
        glm_vec3_cross(t, axes[k], bent);
        d[k][0] = moved[1] - lean * moved[0];
        d[k][1] = tx * bent[1] - ty * bent[0] - curvature * moved[0];
        d[k][2] = 0.0f;
    }
    mount_columns(&c->f, m, d);
}

/* What was seen of a bound against where it is predicted. The picture is taken to be where the configuration
 * has the camera: a camera that is turned to the left by e sees a line further left by e times how far it
 * sits ahead, and running to the right by e. */
void bound_measure(const fusion *c, const source_run *s, const camera_lane *seen, const lane_cut *cut,
                   int side, measurement *m)
{
    const camera_settings *set = &s->set->of.camera;
    const map_line *line = cut_line_of(c->map.view, cut->lane, side);
    const double *own = &c->f.source[s->first_state - STATE_SOURCES];
    float offset = cut->offset_m[side], heading = cut->heading_rad[side], turned = 0.0f;
    float slow = (float)set->lane_slow_m, white = (float)set->lane_sigma_m, ahead = (float)s->set->mount.x_m;
    bound_columns(c, cut, side, m);
    for (int k = 0; k < 3; k++) {
        float up = s->r_body_sensor[k][2]; /* share of a turn about this axis of the sensor in the yaw */
        turned += up * (float)own[CAMERA_TURN + k];
        measurement_column(m, s->first_state + CAMERA_TURN + k, up * ahead, -up, 0.0f);
    }
    measurement_column(m, s->first_state + CAMERA_LINES + side, 1.0f, 0.0f, 0.0f);
    int slot = map_slot_find(c, MAP_SLOT_SECTION, line->section);
    for (int i = 0; slot != MAP_NO_SLOT && i < 3; i++)
        measurement_column(m, map_slot_state(c, slot) + i, -m->h[i][0], -m->h[i][1], 0.0f);
    if (seen->sigma_m * seen->sigma_m > slow * slow + white * white)
        white = sqrtf(seen->sigma_m * seen->sigma_m - slow * slow);
    float weight = camera_weight(s), bend = (float)(set->lane_heading_deg * RADIANS_PER_DEGREE);
    m->innovation[0] = seen->offset_m - (offset + turned * ahead + (float)own[CAMERA_LINES + side]);
    m->innovation[1] = remainderf(seen->heading_rad - (heading - turned), 6.2831853f);
    float tight = isfinite(seen->curvature_1pm) ? fabsf(seen->curvature_1pm) : 0.0f;
    white += tight * bends_m2;
    bend += tight * bends_m;
    m->noise[0][0] = white * white * weight * weight +
                     (slot == MAP_NO_SLOT ? line->section_sigma_m * line->section_sigma_m : 0.0f);
    m->noise[1][1] = bend * bend * weight * weight;
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

/* One sigma of the pose across, at its origin. */
float bound_sigma(const fusion *c, const lane_cut *cut)
{
    measurement m;
    projection j;
    bound_columns(c, cut, 0, &m);
    measurement_keep_row(&m, 0);
    covariance_project(&c->f.p, &m, &j);
    return sqrtf(fmaxf(j.s[0][0], 0.0f));
}
