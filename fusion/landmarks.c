#include "fusion/core.h"
#include "fusion/geodesy.h"

#include <math.h>

/* How long a mark stays in view, s; on a map its survey has states (map_slots.c). */
static const float in_view_s = 5.0f;

/* Nearer than this a bearing turns too fast to be linear, m. */
static const float least_range_m = 1.0f;

static const landmark_settings *find_landmark(const fusion *c, uint64_t id)
{
    for (size_t i = 0; i < c->set.landmark_count; i++) {
        if (c->set.landmarks[i].id == id)
            return &c->set.landmarks[i];
    }
    return NULL;
}

/* How the mount creeps, rad^2/s: a twentieth of a degree in a quarter of an hour. */
static const float turn_walk = 1e-9f;

void camera_setup(fusion *c, source_run *s)
{
    double sigma = s->set->of.camera.mount_sigma_deg * RADIANS_PER_DEGREE;
    for (int k = 0; k < 3; k++)
        core_own_state(c, s->first_state + CAMERA_TURN + k, 0.0, sigma, turn_walk);
    for (int k = CAMERA_LINES; c->map.view && k < CAMERA_OWN_STATES; k++)
        core_own_state(c, s->first_state + k, 0.0, 0.0, 0.0f);
}

/* From vehicle axes to sensor axes, as configured and turned by what the mount has been found to be off: the
 * sensor sits at R_body_sensor exp(e). */
static void camera_turn(const fusion *c, const source_run *s, mat3 out)
{
    mat3 body_sensor;
    glm_mat3_copy((vec3 *)(uintptr_t)s->r_body_sensor, body_sensor);
    glm_mat3_transpose_to(body_sensor, out);
    if (!s->first_state)
        return;
    const double *e = &c->f.source[s->first_state - STATE_SOURCES + CAMERA_TURN];
    const double back[3] = {-e[0], -e[1], -e[2]};
    double q[4], r[3][3];
    mat3 turn;
    quat_exp(back, q);
    quat_to_rows(q, r);
    rows_to_mat3(r, turn);
    glm_mat3_mul(turn, out, out);
}

/* d = exp(-e) d0: an error of e moves it by d x (J de), J = I - [e x] / 2; the rest of the series is below
 * 1e-4, the mount being a few degrees off at most. */
static void camera_turn_columns(const fusion *c, const source_run *s, vec3 d, measurement *m)
{
    if (!s->first_state)
        return;
    const double *own = &c->f.source[s->first_state - STATE_SOURCES + CAMERA_TURN];
    vec3 e = {(float)own[0], (float)own[1], (float)own[2]};
    for (int k = 0; k < 3; k++) {
        vec3 axis = {0.0f, 0.0f, 0.0f}, bent, moved;
        axis[k] = 1.0f;
        glm_vec3_cross(e, axis, bent);
        glm_vec3_muladds(bent, -0.5f, axis);
        glm_vec3_cross(d, axis, moved);
        measurement_column(m, s->first_state + CAMERA_TURN + k, moved[0], moved[1], moved[2]);
    }
}

void landmark_offset(const fusion *c, const source_run *s, const double away[3], mat3 to_sensor,
                     measurement *m, vec3 d)
{
    double r[3][3];
    mat3 forward, turn, skew, jacobian;
    vec3 world = {(float)away[0], (float)away[1], (float)away[2]}, at_vehicle;
    vehicle_rotation(&c->f, r);
    rows_to_mat3(r, forward);
    glm_mat3_transpose_to(forward, turn);
    vehicle_from_ecef(&c->f, away, at_vehicle);

    measurement_start(m, 3);
    glm_mat3_mul(to_sensor, turn, jacobian);
    mat3_skew(world, skew);
    mat3 minus;
    glm_mat3_copy(jacobian, minus);
    glm_mat3_scale(minus, -1.0f);
    measurement_columns(m, STATE_POSITION, minus);
    glm_mat3_mul(jacobian, skew, jacobian);
    measurement_columns(m, STATE_ATTITUDE, jacobian);
    vec3 axes[2], turned[2];
    mount_axes(&c->f, axes);
    for (int k = 0; k < 2; k++) {
        glm_vec3_cross(at_vehicle, axes[k], turned[k]);
        glm_mat3_mulv(to_sensor, turned[k], turned[k]);
    }
    mount_columns(&c->f, m, turned);
    vec3 lever;
    glm_vec3_copy((float *)(uintptr_t)s->lever_m, lever);
    glm_vec3_sub(at_vehicle, lever, d);
    glm_mat3_mulv(to_sensor, d, d);
}

/* A point (ECEF) as the camera has it, its mount's error included. */
static void sensor_offset(const fusion *c, const source_run *s, const double ecef[3], measurement *m, vec3 d)
{
    double away[3];
    mat3 to_sensor;
    for (int i = 0; i < 3; i++)
        away[i] = ecef[i] - c->f.position_ecef_m[i];
    camera_turn(c, s, to_sensor);
    landmark_offset(c, s, away, to_sensor, m, d);
    camera_turn_columns(c, s, d, m);
}

/* azimuth = atan2(y, x), elevation = atan2(z, hypot(x, y)), range = |d|: rows of d turned into those. */
static void to_bearings(measurement *m, vec3 d, float predicted[3])
{
    float flat2 = d[0] * d[0] + d[1] * d[1], flat = sqrtf(flat2), range2 = flat2 + d[2] * d[2],
          range = sqrtf(range2);
    for (int i = 0; i < m->columns; i++) {
        float x = m->h[i][0], y = m->h[i][1], z = m->h[i][2];
        float along = (d[0] * x + d[1] * y) / flat;
        m->h[i][0] = (d[0] * y - d[1] * x) / flat2;
        m->h[i][1] = (flat * z - d[2] * along) / range2;
        m->h[i][2] = (d[0] * x + d[1] * y + d[2] * z) / range;
    }
    predicted[0] = atan2f(d[1], d[0]);
    predicted[1] = atan2f(d[2], flat);
    predicted[2] = range;
}

/* What the linear model leaves out: a bearing's second derivative by position is 1 / range^2, a range's is
 * 1 / range, so that a position that is known to s leaves them 1/2 (s/range)^2 and 1/2 s^2 / range off. Its
 * variance is added (second-order Gaussian filter; Bar-Shalom, Li, Kirubarajan 2001, 10.3.3). Without it the
 * first landmark after a long tunnel makes a pose that is 30 m off sure to a metre. */
float landmark_curvature(const fusion *c, float range_m, float survey_variance)
{
    float variance = 3.0f * survey_variance;
    for (int i = 0; i < 3; i++)
        variance += covariance_at(&c->f.p, STATE_POSITION + i, STATE_POSITION + i);
    return variance / range_m;
}

void landmark_add_curvature(const fusion *c, float range_m, float survey_variance, measurement *m)
{
    float off = landmark_curvature(c, range_m, survey_variance), turn = off / range_m;
    m->noise[0][0] += 0.5f * turn * turn;
    m->noise[1][1] += 0.5f * turn * turn;
    m->noise[2][2] += 0.5f * off * off;
}

bool landmark_predict(const fusion *c, const source_run *s, const double ecef_m[3], measurement *m,
                      float predicted[3])
{
    vec3 d;
    sensor_offset(c, s, ecef_m, m, d);
    if (!(hypotf(d[0], d[1]) > least_range_m))
        return false;
    to_bearings(m, d, predicted);
    return true;
}

float landmark_sigma(const source_run *s, const camera_landmark *seen)
{
    float weight = camera_weight(s);
    return (isfinite(seen->sigma_rad) ? seen->sigma_rad : (float)s->set->of.camera.bearing_sigma_rad) *
           weight * s->noise_scale;
}

void landmark_compare(const source_run *s, const camera_landmark *seen, const float predicted[3],
                      float survey_m, measurement *m)
{
    float weight = camera_weight(s), sigma = landmark_sigma(s, seen);
    float survey = survey_m / predicted[2];
    m->innovation[0] = remainderf(seen->azimuth_rad - predicted[0], 6.2831853f);
    m->innovation[1] = seen->elevation_rad - predicted[1];
    m->noise[0][0] = m->noise[1][1] = sigma * sigma + survey * survey;
    m->dim = 2;
    if (isfinite(seen->range_m)) {
        float reach = isfinite(seen->sigma_range_m)
                          ? seen->sigma_range_m
                          : seen->range_m * (float)s->set->of.camera.range_sigma_fraction;
        m->innovation[2] = seen->range_m - predicted[2];
        m->noise[2][2] = reach * reach * weight * weight + survey_m * survey_m;
        m->dim = 3;
    }
}

static verdict_decision fuse_one(fusion *c, source_run *s, const frame *in, const camera_landmark *seen,
                                 const landmark_settings *mark)
{
    measurement m;
    double ecef[3];
    float predicted[3];
    geodetic_to_ecef(mark->latitude_deg * RADIANS_PER_DEGREE, mark->longitude_deg * RADIANS_PER_DEGREE,
                     mark->height_m, ecef);
    if (!landmark_predict(c, s, ecef, &m, predicted))
        return DECISION_IGNORED;
    landmark_compare(s, seen, predicted, (float)mark->sigma_m, &m);
    landmark_add_curvature(c, predicted[2], 0.0f, &m);
    float survey = (float)mark->sigma_m; /* the same each time that it is seen */
    m.lasting[0] = m.lasting[1] = survey * survey / (predicted[2] * predicted[2]);
    m.lasting[2] = survey * survey;
    m.repeats = core_repeats(s, in_view_s);
    return core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_LANDMARK});
}

void landmarks_fuse(fusion *c, source_run *s, const frame *in)
{
    if (initialize_heading_lost(c) && initialize_by_marks(c, s, in))
        return;
    if (c->map.view && s->first_state) {
        map_landmarks_fuse(c, s, in);
        return;
    }
    bool used = false, rejected = false;
    for (int i = 0; i < in->u.landmarks.count; i++) {
        const camera_landmark *seen = &in->u.landmarks.landmarks[i];
        const landmark_settings *mark = seen->id ? find_landmark(c, seen->id) : NULL;
        if (!mark || seen->score < (float)s->set->of.camera.min_score) {
            core_refuse(c, s, in, QUANTITY_LANDMARK, DECISION_IGNORED, REASON_UNKNOWN_LANDMARK);
            continue;
        }
        verdict_decision decision = fuse_one(c, s, in, seen, mark);
        used |= decision == DECISION_FUSED || decision == DECISION_DOWN_WEIGHTED;
        rejected |= decision == DECISION_REJECTED;
    }
    if (used) {
        s->used++;
        c->absolute_ns = in->stamp_ns;
        c->since_absolute_m = 0.0;
    } else if (rejected) {
        s->rejected++;
    }
}
