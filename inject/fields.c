#include "inject/fields.h"

#include "fusion/geodesy.h"
#include "inject/kind.h"

#include <math.h>

enum {
    PLACES = INJECT_FRAMES(GNSS) | INJECT_FRAMES(ROADSIDE),
    SIGHTS = INJECT_FRAMES(RADAR) | INJECT_FRAMES(LANDMARKS),
    HEADINGS = INJECT_FRAMES(LANES) | INJECT_FRAMES(ROADSIDE),
};

static const struct {
    uint32_t frames;
    double most;
} fields[] = {
#define X(NAME, name, suffix, unit, rate_suffix, rate_unit, largest, frame_kinds, meaning)                   \
    [INJECT_##NAME] = {frame_kinds, largest},
    INJECT_FIELDS(X)
#undef X
};

static const double min_speed_mps = 0.5; /* below it the course of a receiver says nothing */

uint32_t inject_field_frames(inject_field field)
{
    return fields[field].frames;
}

double inject_field_most(inject_field field)
{
    return fields[field].most;
}

static float *gnss_value(frame_gnss *g, inject_field field, size_t i)
{
    bool is_one = field >= INJECT_VELOCITY_EAST && field <= INJECT_VELOCITY_UP && i == 0;
    return is_one ? &g->velocity_enu_mps[field - INJECT_VELOCITY_EAST] : NULL;
}

static float *imu_value(frame_imu *m, inject_field field, size_t i)
{
    if (i > 0 || field < INJECT_GYRO_X || field > INJECT_ACCEL_Z)
        return NULL;
    return field < INJECT_ACCEL_X ? &m->gyro_radps[field - INJECT_GYRO_X]
                                  : &m->accel_mps2[field - INJECT_ACCEL_X];
}

static float *wheel_value(frame_wheel *w, inject_field field, size_t i)
{
    if (field == INJECT_SPEED && i > 0 && i <= 4)
        return &w->wheel_mps[i - 1];
    if (i > 0)
        return NULL;
    if (field == INJECT_SPEED)
        return &w->speed_mps;
    if (field == INJECT_YAW_RATE)
        return &w->yaw_rate_radps;
    return field == INJECT_STEERING ? &w->steering_wheel_rad : NULL;
}

static float *radar_value(frame_radar *r, inject_field field, size_t i)
{
    if (i >= r->count || i >= FRAME_MAX_DETECTIONS)
        return NULL;
    radar_detection *d = &r->detections[i];
    if (field == INJECT_AZIMUTH)
        return &d->azimuth_rad;
    if (field == INJECT_ELEVATION)
        return &d->elevation_rad;
    if (field == INJECT_RANGE)
        return &d->range_m;
    return field == INJECT_DOPPLER ? &d->doppler_mps : NULL;
}

static float *landmark_value(frame_landmarks *l, inject_field field, size_t i)
{
    if (i >= l->count || i >= FRAME_MAX_LANDMARKS)
        return NULL;
    camera_landmark *m = &l->landmarks[i];
    if (field == INJECT_AZIMUTH)
        return &m->azimuth_rad;
    if (field == INJECT_ELEVATION)
        return &m->elevation_rad;
    return field == INJECT_RANGE ? &m->range_m : NULL;
}

static float *lane_value(frame_lanes *l, inject_field field, size_t i)
{
    if (i >= l->count || i >= FRAME_MAX_LANES)
        return NULL;
    camera_lane *line = &l->lanes[i];
    if (field == INJECT_LANE)
        return &line->offset_m;
    if (field == INJECT_HEADING)
        return &line->heading_rad;
    return field == INJECT_CURVATURE ? &line->curvature_1pm : NULL;
}

static float *odometry_value(frame_odometry *o, inject_field field, size_t i)
{
    if (i > 0 || field < INJECT_WAY_X)
        return NULL;
    return field < INJECT_TURN_X ? &o->translation_m[field - INJECT_WAY_X]
                                 : &o->rotation_rad[field - INJECT_TURN_X];
}

float *inject_field_value(frame *f, inject_field field, size_t i)
{
    switch ((frame_kind)f->kind) {
    case FRAME_GNSS:
        return gnss_value(&f->u.gnss, field, i);
    case FRAME_IMU:
        return imu_value(&f->u.imu, field, i);
    case FRAME_WHEEL:
        return wheel_value(&f->u.wheel, field, i);
    case FRAME_RADAR:
        return radar_value(&f->u.radar, field, i);
    case FRAME_LANDMARKS:
        return landmark_value(&f->u.landmarks, field, i);
    case FRAME_LANES:
        return lane_value(&f->u.lanes, field, i);
    case FRAME_ROADSIDE:
        return field == INJECT_HEADING && i == 0 ? &f->u.roadside.heading_rad : NULL;
    case FRAME_ODOMETRY:
        return odometry_value(&f->u.odometry, field, i);
    case FRAME_CAMERA_HEALTH:
    case FRAME_KIND_COUNT:
        break;
    }
    return NULL;
}

/* What is said in the frame, or else the setting. */
static double claimed(float claim, double setting)
{
    return claim > 0 ? (double)claim : setting;
}

static double gnss_sigma(const gnss_settings *s, const frame_gnss *g, inject_field field)
{
    if (field == INJECT_UP)
        return claimed(g->v_acc_m, s->position_sigma_m * s->vertical_factor);
    if (field < INJECT_FIRST_VALUE)
        return claimed(g->h_acc_m, s->position_sigma_m);
    return claimed(g->speed_acc_mps, s->velocity_sigma_mps);
}

static double wheel_sigma(const wheel_settings *s, const frame_wheel *w, inject_field field)
{
    double speed_mps = isfinite(w->speed_mps) ? fabs((double)w->speed_mps) : 0;
    if (field == INJECT_SPEED)
        return hypot(s->speed_sigma_mps, s->speed_sigma_fraction * speed_mps);
    return field == INJECT_YAW_RATE ? s->yaw_rate_sigma_radps : 0;
}

static double imu_sigma(const imu_settings *s, inject_field field, double interval_s)
{
    double density = field < INJECT_ACCEL_X ? s->gyro_noise_radps_rthz : s->accel_noise_mps2_rthz;
    return interval_s > 0 ? density / sqrt(interval_s) : 0;
}

/* Of the offset: what the first line that claims one says. */
static double lane_sigma(const frame_lanes *l, inject_field field)
{
    for (uint16_t i = 0; field == INJECT_LANE && i < l->count && i < FRAME_MAX_LANES; i++) {
        if (l->lanes[i].sigma_m > 0)
            return (double)l->lanes[i].sigma_m;
    }
    return 0;
}

/* Of the noise that the source's settings have for increments that claim nothing. */
static double odometry_sigma(const odometry_settings *s, const frame_odometry *o, inject_field field)
{
    double way_m = hypot((double)o->translation_m[0], (double)o->translation_m[1]);
    if (field >= INJECT_TURN_X)
        return s->rotation_sigma_rad;
    return hypot(s->translation_sigma_m, s->translation_sigma_fraction * way_m);
}

double inject_field_sigma(const source_settings *s, const frame *f, inject_field field, double interval_s)
{
    switch ((frame_kind)f->kind) {
    case FRAME_GNSS:
        return gnss_sigma(&s->of.gnss, &f->u.gnss, field);
    case FRAME_IMU:
        return imu_sigma(&s->of.imu, field, interval_s);
    case FRAME_WHEEL:
        return wheel_sigma(&s->of.wheel, &f->u.wheel, field);
    case FRAME_RADAR:
        if (field == INJECT_DOPPLER)
            return s->of.radar.doppler_sigma_mps;
        return field == INJECT_AZIMUTH ? s->of.radar.azimuth_sigma_rad : 0;
    case FRAME_LANDMARKS:
        return field == INJECT_RANGE ? 0 : s->of.camera.bearing_sigma_rad;
    case FRAME_ROADSIDE:
        if (field < INJECT_FIRST_VALUE)
            return claimed(f->u.roadside.sigma_m, s->of.roadside.position_sigma_m);
        return claimed(f->u.roadside.sigma_heading_rad, 0);
    case FRAME_LANES:
        return lane_sigma(&f->u.lanes, field);
    case FRAME_ODOMETRY:
        return odometry_sigma(&s->of.odometry, &f->u.odometry, field);
    case FRAME_CAMERA_HEALTH:
    case FRAME_KIND_COUNT:
        break;
    }
    return 0;
}

/* Metres to angles by the ellipsoid's radii of curvature (Groves 2013, 2.105, 2.106); height is left out:
 * 1 km of it is 0.02 % of the way. */
static void move_angles(double *latitude_rad, double *longitude_rad, double east_m, double north_m)
{
    double sine = sin(*latitude_rad), cosine = cos(*latitude_rad);
    double w = sqrt(1 - WGS84_E2 * sine * sine);
    if (!isfinite(*latitude_rad) || !isfinite(*longitude_rad) || cosine < 1e-6)
        return;
    *longitude_rad = remainder(*longitude_rad + east_m * w / (WGS84_A_M * cosine), 2 * M_PI);
    *latitude_rad += north_m * w * w * w / (WGS84_A_M * (1 - WGS84_E2));
    *latitude_rad = fmin(fmax(*latitude_rad, -M_PI_2), M_PI_2);
}

void inject_move(frame *f, double east_m, double north_m, double up_m)
{
    if (f->kind == FRAME_GNSS) {
        move_angles(&f->u.gnss.latitude_rad, &f->u.gnss.longitude_rad, east_m, north_m);
        f->u.gnss.height_m += up_m;
    } else if (f->kind == FRAME_ROADSIDE) {
        move_angles(&f->u.roadside.latitude_rad, &f->u.roadside.longitude_rad, east_m, north_m);
    }
}

void inject_move_along(frame *f, double course_rad, double along_m, double left_m)
{
    double course = isfinite(course_rad) ? course_rad : 0;
    inject_move(f, along_m * sin(course) - left_m * cos(course), along_m * cos(course) + left_m * sin(course),
                0);
}

bool inject_velocity_open(frame_gnss *g)
{
    float *v = g->velocity_enu_mps;
    if (isfinite(v[0]) && isfinite(v[1]))
        return true;
    if (!isfinite(g->speed_mps) || !isfinite(g->course_rad))
        return false;
    v[0] = g->speed_mps * sinf(g->course_rad);
    v[1] = g->speed_mps * cosf(g->course_rad);
    return true;
}

void inject_velocity_close(frame_gnss *g, const frame_gnss *original)
{
    const float *v = g->velocity_enu_mps;
    float turn = 2 * (float)M_PI, course = atan2f(v[0], v[1]);
    if (isfinite(original->speed_mps))
        g->speed_mps = hypotf(v[0], v[1]);
    if (isfinite(original->course_rad))
        g->course_rad = course < 0 ? course + turn : course;
    for (int i = 0; i < 2; i++) {
        if (!isfinite(original->velocity_enu_mps[i]))
            g->velocity_enu_mps[i] = NAN;
    }
}

void inject_add_velocity(frame_gnss *g, double east_mps, double north_mps, double up_mps)
{
    frame_gnss before = *g;
    if (!inject_velocity_open(g))
        return;
    g->velocity_enu_mps[0] += (float)east_mps;
    g->velocity_enu_mps[1] += (float)north_mps;
    g->velocity_enu_mps[2] += (float)up_mps;
    inject_velocity_close(g, &before);
}

static double gnss_course(const frame_gnss *g)
{
    const float *v = g->velocity_enu_mps;
    if (isfinite(v[0]) && isfinite(v[1]))
        return hypot((double)v[0], (double)v[1]) > min_speed_mps ? atan2((double)v[0], (double)v[1]) : NAN;
    return (double)g->speed_mps > min_speed_mps ? (double)g->course_rad : NAN;
}

double inject_course(const frame *f)
{
    if (f->kind == FRAME_GNSS)
        return gnss_course(&f->u.gnss);
    return f->kind == FRAME_ROADSIDE ? (double)f->u.roadside.heading_rad : NAN;
}
