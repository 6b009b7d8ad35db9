/* Lane lines as measurements of the bounds of a lane. */
#include "fusion/map/map_bounds.h"

#include "fusion/core/core.h"
#include "fusion/map/map_places.h"
#include "fusion/map/map_slots.h"
#include "fusion/motion/vehicle.h"
#include "fusion/sight/camera_health.h"
#include "fusion/sight/sight.h"

#include <math.h>

/* Where exactly along a bend a perception takes offset and direction of a line is not agreed to better than
 * this along the road, m; what that makes of the offset, m^2. */
static const float bends_m = 0.5f, bends_m2 = 0.5f;

/* Pictures that follow each other are of the same paint, and so is the direction that is fitted to it: of its
 * variance this share lasts as the offset's does, lane_slow_over_m. Too small: a bend is taken for another
 * place along it; too large: heading is known no better than one picture shows it. */
static const float heading_lasts = 0.1f;

/* A pose that is surer along its way than that, m, is at one place on a bound. */
static const float least_spread_m = 0.05f;

/* Slower than this a vehicle does not pass by, m/s. */
static const float slow_mps = 0.5f;
/* No yaw rate is known better than this, (rad/s)^2. */
static const float least_turn2 = 1e-8f;

/* Rows: offset along y and direction of a bound, seen from the origin. The bound passes (0, y) in direction
 * t: its offset moves by d_y - d_x tan(heading), its direction by the turn of t and, as the cut moves along
 * it by -d_x, by its curvature. */
static void columns(const fusion *c, const lane_cut *cut, int side, float lean, float curvature,
                    measurement *m)
{
    const float offset_m = cut->offset_m[side], heading_rad = cut->bend[side].heading_rad;
    double r[3][3];
    mat3 forward, turn, skew, jacobian, minus;
    const float tx = cosf(heading_rad), ty = sinf(heading_rad);
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

void bound_columns(const fusion *c, const lane_cut *cut, int side, measurement *m)
{
    columns(c, cut, side, tanf(cut->bend[side].heading_rad), cut->bend[side].curvature_1pm, m);
}

/* Variance of the position along the vehicle's x axis. */
static float along_variance(const fusion *c)
{
    double sum = 0.0, r[3][3];
    vehicle_rotation(&c->f, r);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++)
            sum += r[i][0] * r[k][0] * (double)covariance_at(&c->f.p, STATE_POSITION + i, STATE_POSITION + k);
    }
    return (float)fmax(sum, 0.0);
}

/* Gauss-Hermite, five points: exact up to the ninth power. */
enum { NODES = 5 };
static const float nodes[NODES] = {-2.85697f, -1.35563f, 0.0f, 1.35563f, 2.85697f};
static const float weights[NODES] = {0.0112574f, 0.2220759f, 0.5333333f, 0.2220759f, 0.0112574f};

/* The mean of what may be seen at one place; how far the lanes differ there goes to what is left over. */
static void mean_of(const bound_at *of, int count, float heading, float weight, float at[2],
                    bound_spread *out)
{
    float sum[2] = {0.0f, 0.0f}, square[2][2] = {{0.0f}};
    for (int n = 0; n < count; n++) {
        const float y[2] = {of[n].offset_m - of[0].offset_m,
                            remainderf(of[n].heading_rad - of[0].heading_rad, 6.2831853f)};
        for (int i = 0; i < 2; i++)
            sum[i] += y[i] / (float)count;
        for (int i = 0; i < 4; i++)
            square[i / 2][i % 2] += y[i / 2] * y[i % 2] / (float)count;
    }
    at[0] = of[0].offset_m + sum[0];
    at[1] = heading + remainderf(of[0].heading_rad - heading, 6.2831853f) + sum[1];
    for (int i = 0; i < 4; i++)
        out->rest[i / 2][i % 2] += weight * (square[i / 2][i % 2] - sum[i / 2] * sum[i % 2]);
}

/* The straight line through what is predicted at each place, and what that leaves over. */
static void regress(float at[NODES][2], float sigma, bound_spread *out)
{
    out->mean[0] = out->mean[1] = out->slope[0] = out->slope[1] = 0.0f;
    for (int k = 0; k < NODES; k++) {
        for (int i = 0; i < 2; i++) {
            out->mean[i] += weights[k] * at[k][i];
            out->slope[i] += weights[k] * nodes[k] / sigma * at[k][i];
        }
    }
    for (int k = 0; k < NODES; k++) {
        float left[2];
        for (int i = 0; i < 2; i++)
            left[i] = at[k][i] - out->mean[i] - out->slope[i] * nodes[k] * sigma;
        for (int i = 0; i < 4; i++)
            out->rest[i / 2][i % 2] += weights[k] * left[i / 2] * left[i % 2];
    }
}

bool bound_spread_of(const fusion *c, const lane_cut *cut, int side, bound_spread *out)
{
    bound_at of[PLACES_MOST];
    float at[NODES][2], sigma = sqrtf(along_variance(c));
    int count = bound_places(c, 0.0, cut, side, of);
    *out = (bound_spread){.sigma_m = sigma};
    if (count <= 0)
        return false;
    const float heading = of[0].heading_rad, curvature = of[0].curvature_1pm, offset = of[0].offset_m;
    const bool far = sigma > least_spread_m;
    mean_of(of, count, heading, far ? weights[NODES / 2] : 1.0f, at[NODES / 2], out);
    out->slope[0] = tanf(heading);
    out->slope[1] = curvature;
    for (int i = 0; i < 2; i++)
        out->mean[i] = at[NODES / 2][i];
    for (int k = 0; far && k < NODES; k++) {
        float on = nodes[k] * sigma;
        if (k == NODES / 2)
            continue;
        count = bound_places(c, (double)on, cut, side, of);
        if (count > 0) {
            mean_of(of, count, heading, weights[k], at[k], out);
        } else {
            at[k][0] = offset + on * (tanf(heading) + 0.5f * curvature * on);
            at[k][1] = heading + curvature * on;
        }
    }
    if (far)
        regress(at, sigma, out);
    return true;
}

/* How far apart the ends of a line are, m. */
static float span_of(const map_view *map, const map_line *l)
{
    const double *from = map->points[l->first_point], *to = map->points[l->first_point + l->point_count - 1];
    double sum = 0.0;
    for (int i = 0; i < 3; i++)
        sum += (to[i] - from[i]) * (to[i] - from[i]);
    return (float)sqrt(sum);
}

/* What the drawing leaves open is the same as long as a chord is passed, that the survey has turned the line
 * as long as the line is, what the perception's direction has in common from picture to picture as long as
 * its offset, and what the straight line leaves out as long as the pose is off: looking again and again tells
 * nothing new of it. But it tells what has become of the heading meanwhile: no longer than until
 * that has changed by as much as is left open. The survey is off by a sigma at each end, and not by the same.
 */
static void add_lasting(const fusion *c, const source_run *s, const map_line *line, const bound_bend *bend,
                        const bound_spread *over, float seen2, measurement *m)
{
    const int turn = STATE_GYRO_BIAS + 2;
    float span = fmaxf(span_of(c->map.view, line), bend->chord_m);
    float turned2 = 2.0f * line->sigma_m * line->sigma_m / (span * span);
    float drawn2 = over->rest[1][1] + bend->doubt_rad * bend->doubt_rad;
    float open = drawn2 + turned2 + seen2;
    float v = fmaxf((float)filter_speed(&c->f), slow_mps), way = fmaxf(bend->chord_m, over->sigma_m);
    float turns = fmaxf(covariance_at(&c->f.p, turn, turn), least_turn2);
    if (open > 0.0f)
        way = (drawn2 * way + turned2 * span + seen2 * (float)s->set->of.camera.lane_slow_over_m) / open;
    m->lasting[0] = over->rest[0][0];
    m->lasting[1] = open;
    m->repeats = core_repeats(s, fminf(way / v, sqrtf(open / turns)));
    for (int i = 0; i < 4; i++)
        m->noise[i / 2][i % 2] += over->rest[i / 2][i % 2];
    m->noise[1][1] += bend->doubt_rad * bend->doubt_rad + turned2;
}

/* What a line's section is off by; returns the variance of that where no state has it. */
static float section_columns(const fusion *c, const map_line *line, measurement *m)
{
    int slot = map_slot_find(c, MAP_SLOT_SECTION, line->section);
    for (int i = 0; slot != MAP_NO_SLOT && i < 3; i++)
        measurement_column(m, map_slot_state(c, slot) + i, -m->h[i][0], -m->h[i][1], 0.0f);
    return slot == MAP_NO_SLOT ? line->section_sigma_m * line->section_sigma_m : 0.0f;
}

float bound_worse(const camera_settings *set, const camera_lane *seen)
{
    double both2 = set->lane_slow_m * set->lane_slow_m + set->lane_sigma_m * set->lane_sigma_m;
    return fmaxf(seen->sigma_m * seen->sigma_m / (float)both2, 1.0f);
}

/* Which of the filter's states a column from `first` on, of three, is of; -1: none of these. */
static int axis_of(int index, int first)
{
    return index >= first && index < first + 3 ? index - first : -1;
}

/* The bound as it was cut one latency ago: the vehicle has moved and turned since, and the rows say what that
 * does (of a tenth of a second on a motorway's bend that leaves 5 mm). `by` gets what to add to the
 * prediction. */
static void go_back(const fusion *c, const source_run *s, measurement *m, float by[2])
{
    const int state = s->first_state + CAMERA_LATENCY;
    const float latency_s = (float)c->f.source[state - STATE_SOURCES];
    float moves[2] = {0.0f, 0.0f}, turns[2] = {0.0f, 0.0f}, tells;
    double r[3][3], turn[3];
    vec3 rate;
    vehicle_rotation(&c->f, r);
    vehicle_rate(&c->f, rate);
    rows_mulv(r, (double[3]){(double)rate[0], (double)rate[1], (double)rate[2]}, turn);
    for (int i = 0; i < m->columns; i++) {
        const int p = axis_of(m->index[i], STATE_POSITION), a = axis_of(m->index[i], STATE_ATTITUDE);
        for (int k = 0; k < 2; k++) {
            moves[k] += p < 0 ? 0.0f : m->h[i][k] * (float)c->f.velocity_ecef_mps[p];
            turns[k] += a < 0 ? 0.0f : m->h[i][k] * (float)turn[a];
        }
    }
    tells = sight_turn_tells(rate);
    for (int k = 0; k < 2; k++)
        by[k] = -latency_s * (moves[k] + turns[k]);
    if (!(c->f.considered >> state & 1)) /* else gnss_latency_doubt */
        measurement_column(m, state, -moves[0] - tells * turns[0], -moves[1] - tells * turns[1], 0.0f);
}

/* What was seen of a bound against where it is predicted. The picture is taken to be where the configuration
 * has the camera: a camera that is turned to the left by e sees a line further left by e times how far it
 * sits ahead, and running to the right by e. */
bool bound_measure(const fusion *c, const source_run *s, const camera_lane *seen, const lane_cut *cut,
                   int side, measurement *m)
{
    const camera_settings *set = &s->set->of.camera;
    const map_line *line = cut_line_of(c->map.view, cut->lane, side);
    const double *own = &c->f.source[s->first_state - STATE_SOURCES];
    bound_spread over;
    float turned = 0.0f, back[2];
    float white = (float)set->lane_sigma_m * sqrtf(bound_worse(set, seen)), ahead = (float)s->set->mount.x_m;
    if (!bound_spread_of(c, cut, side, &over))
        return false;
    columns(c, cut, side, over.slope[0], over.slope[1], m);
    go_back(c, s, m, back);
    for (int k = 0; k < 3; k++) {
        float up = s->r_body_sensor[k][2]; /* share of a turn about this axis of the sensor in the yaw */
        turned += up * (float)own[CAMERA_TURN + k];
        measurement_column(m, s->first_state + CAMERA_TURN + k, up * ahead, -up, 0.0f);
    }
    measurement_column(m, s->first_state + CAMERA_LINES + side, 1.0f, 0.0f, 0.0f);
    float section = section_columns(c, line, m);
    float weight = camera_weight(s), bend = (float)(set->lane_heading_deg * RADIANS_PER_DEGREE);
    m->innovation[0] =
        seen->offset_m - (over.mean[0] + back[0] + turned * ahead + (float)own[CAMERA_LINES + side]);
    m->innovation[1] = remainderf(seen->heading_rad - (over.mean[1] + back[1] - turned), 6.2831853f);
    float tight = isfinite(seen->curvature_1pm) ? fabsf(seen->curvature_1pm) : 0.0f;
    white += tight * bends_m2;
    bend += tight * bends_m;
    m->noise[0][0] = white * white * weight * weight + section;
    m->noise[1][1] = bend * bend * weight * weight;
    add_lasting(c, s, line, &cut->bend[side], &over, heading_lasts * m->noise[1][1], m);
    return true;
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

/* The state of a line is what the perception is off by and the survey: of that the survey has its share. */
void bound_place(const fusion *c, const source_run *s, const lane_cut *cut, int side, float *off_m,
                 float *sigma_m)
{
    const map_line *line = cut_line_of(c->map.view, cut->lane, side);
    const int state = s->first_state + CAMERA_LINES + side;
    float slow = (float)s->set->of.camera.lane_slow_m, survey2 = line->sigma_m * line->sigma_m;
    float share = survey2 / (slow * slow + survey2);
    measurement m;
    projection j;
    bound_columns(c, cut, side, &m);
    float section = section_columns(c, line, &m);
    measurement_column(&m, state, share, 0.0f, 0.0f);
    measurement_keep_row(&m, 0);
    covariance_project(&c->f.p, &m, &j);
    bool followed = covariance_at(&c->f.p, state, state) > 0.0f;
    *off_m = share * (float)c->f.source[state - STATE_SOURCES];
    *sigma_m = sqrtf(fmaxf(j.s[0][0], 0.0f) + section + (followed ? (1.0f - share) * survey2 : survey2));
}
