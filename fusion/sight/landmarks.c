#include "fusion/sight/landmarks.h"

#include "fusion/core/core.h"
#include "fusion/core/initialize.h"
#include "fusion/map/map_landmarks.h"
#include "fusion/sight/camera_health.h"
#include "fusion/sight/fiducials.h"
#include "fusion/sight/sight.h"

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
/* And how much older than its stamp a picture is, s^2/s: a millisecond in a quarter of an hour. Too small: a
 * clock that drifts is not followed; too large: the way along is never sure. */
static const float latency_walk = 1e-9f;

void camera_setup(fusion *c, source_run *s)
{
    double sigma = s->set->of.camera.mount_sigma_deg * RADIANS_PER_DEGREE;
    for (int k = 0; k < 3; k++)
        core_own_state(c, s->first_state + CAMERA_TURN + k, 0.0, sigma, turn_walk);
    if (!c->map.view)
        return;
    for (int side = 0; side < 2; side++)
        core_own_state(c, s->first_state + CAMERA_LINES + side, 0.0, 0.0, 0.0f);
    core_own_state(c, s->first_state + CAMERA_LATENCY, s->set->of.camera.latency_s,
                   s->set->of.camera.latency_sigma_s, latency_walk);
}

/* From vehicle axes to sensor axes, as configured and turned by what the mount has been found to be off: the
 * sensor sits at R_body_sensor exp(e). */
static void camera_turn(const source_run *s, const double e[3], mat3 out)
{
    mat3 body_sensor, turn;
    const double back[3] = {-e[0], -e[1], -e[2]};
    double q[4], r[3][3];
    glm_mat3_copy((vec3 *)(uintptr_t)s->r_body_sensor, body_sensor);
    glm_mat3_transpose_to(body_sensor, out);
    quat_exp(back, q);
    quat_to_rows(q, r);
    rows_to_mat3(r, turn);
    glm_mat3_mul(turn, out, out);
}

/* d = exp(-e) d0: an error of e moves it by d x (J de), J = I - [e x] / 2; the rest of the series is below
 * 1e-4, the mount being a few degrees off at most. */
void camera_sight(const fusion *c, const source_run *s, sight *out)
{
    static const double none[3];
    const double *own = s->first_state ? &c->f.source[s->first_state - STATE_SOURCES + CAMERA_TURN] : none;
    vec3 e = {(float)own[0], (float)own[1], (float)own[2]}, bent;
    mat3 to_sensor;
    camera_turn(s, own, to_sensor);
    sight_make(c, s, to_sensor, out);
    if (c->map.view && s->first_state)
        sight_go_back(out, own[CAMERA_LATENCY], s->first_state + CAMERA_LATENCY);
    for (int k = 0; k < 3; k++) {
        glm_vec3_zero(out->turn[k]);
        out->turn[k][k] = 1.0f;
        glm_vec3_cross(e, out->turn[k], bent);
        glm_vec3_muladds(bent, -0.5f, out->turn[k]);
    }
}

/* A point (ECEF) as the camera has it, its mount's error included. */
static void camera_measure(sight *v, const double ecef[3], measurement *m, vec3 d)
{
    double away[3];
    sight_away(v, ecef, away);
    sight_measure(v, away, m, d);
    for (int k = 0; v->first_state && k < 3; k++) {
        vec3 moved;
        glm_vec3_cross(d, v->turn[k], moved);
        measurement_column(m, v->first_state + CAMERA_TURN + k, moved[0], moved[1], moved[2]);
    }
}

/* azimuth = atan2(y, x), elevation = atan2(z, hypot(x, y)), range = |d| */
static bool bearing_of(const vec3 d, float out[3])
{
    float flat2 = d[0] * d[0] + d[1] * d[1], flat = sqrtf(flat2);
    if (!(flat > least_range_m))
        return false;
    out[0] = atan2f(d[1], d[0]);
    out[1] = atan2f(d[2], flat);
    out[2] = sqrtf(flat2 + d[2] * d[2]);
    return true;
}

/* Rows of d turned into those of its bearing and range. */
static void to_bearings(measurement *m, const vec3 d)
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

bool landmark_look(sight *v, const double ecef_m[3], float predicted[3])
{
    double away[3];
    vec3 d;
    sight_away(v, ecef_m, away);
    sight_point(v, away, d);
    return bearing_of(d, predicted);
}

bool landmark_predict(sight *v, const double ecef_m[3], measurement *m, float predicted[3])
{
    vec3 d;
    camera_measure(v, ecef_m, m, d);
    if (!bearing_of(d, predicted))
        return false;
    to_bearings(m, d);
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
    sight v;
    double ecef[3];
    float predicted[3];
    geodetic_to_ecef(mark->latitude_deg * RADIANS_PER_DEGREE, mark->longitude_deg * RADIANS_PER_DEGREE,
                     mark->height_m, ecef);
    camera_sight(c, s, &v);
    if (!landmark_predict(&v, ecef, &m, predicted))
        return DECISION_IGNORED;
    landmark_compare(s, seen, predicted, (float)mark->sigma_m, &m);
    landmark_add_curvature(c, predicted[2], 0.0f, &m);
    float survey = (float)mark->sigma_m; /* the same each time that it is seen */
    m.lasting[0] = m.lasting[1] = survey * survey / (predicted[2] * predicted[2]);
    m.lasting[2] = survey * survey;
    m.repeats = core_repeats(s, in_view_s);
    verdict_decision decision = core_fuse(
        c, s, in, &m, (fuse_how){.quantity = QUANTITY_LANDMARK, .silent = fiducials_moved(c, seen->id)});
    fiducials_take(c, seen->id, &m, predicted[2], decision, in->stamp_ns);
    return decision;
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
        core_placed(c, in->stamp_ns, true);
    } else if (rejected) {
        s->rejected++;
    }
}
