/*
 * A camera and its perception: bearings of signs, lights, poles and fiducials, the lines of the lane, and how
 * well it sees.
 */
#include "sim/camera_lanes.h"
#include "sim/camera_sight.h"
#include "sim/sensor.h"
#include "sim/vec.h"

#include <string.h>

enum { HEALTH_EVERY_NS = 200000000 };

typedef struct {
    const sim_sensor_settings *set;
    rng random;
    sim_link landmark_link, lane_link, health_link;
    sim_mount mount;
    camera_sight sight;
    camera_lanes lanes;
    int64_t health_ns;
    double at_m[3], velocity_mps[3], R[3][3]; /* now */
    frame out;
} camera;

/* Nearer than this a thing is beside the picture, or blurred. */
static const double min_range_m = 2;
static const double max_elevation_deg = 25;
/* Up to here a landmark is found with detection_near; a fiducial up to this share of its greatest range. */
static const double near_m = 30, tag_near = 0.8;
/* A gross error is one of 1 to 15 degrees, or a range half or double what it is. */
static const double gross_least_deg = 1, gross_most_deg = 15;

static void start(void *self, const sim_sensor_settings *set, const sim_moment *first, rng random)
{
    camera *c = self;
    c->set = set;
    c->random = random;
    c->mount = sim_mount_draw(set, &c->random);
    camera_sight_start(&c->sight, first, &c->random);
    camera_lanes_start(&c->lanes, set, &c->mount, first, &c->random);
    c->health_ns = first->stamp_ns - HEALTH_EVERY_NS;
}

/* Where a thing is in the picture. */
typedef struct {
    double azimuth_rad, elevation_rad, range_m;
} sighting;

static bool project(const camera *c, const double at_m[3], sighting *s)
{
    double line[3], local[3], field = radians(c->set->of.camera.field_deg);
    for (int i = 0; i < 3; i++)
        line[i] = at_m[i] - c->at_m[i];
    turn_back((double(*)[3])c->R, line, local);
    s->range_m = norm(line);
    s->azimuth_rad = atan2(local[1], local[0]);
    s->elevation_rad = atan2(local[2], hypot(local[0], local[1]));
    return s->range_m > min_range_m && fabs(s->azimuth_rad) < field &&
           fabs(s->elevation_rad) < radians(max_elevation_deg);
}

static double chance_of(const camera *c, const sim_element *at, double range_m)
{
    const sim_camera_errors *e = &c->set->of.camera;
    bool tag = at->kind == ELEMENT_TAG;
    double most = tag ? fmin(e->tag_m, e->far_m) : e->far_m;
    double flat = tag ? tag_near * most : fmin(near_m, most * 0.9);
    double fade = fmin(fmax((most - range_m) / (most - flat), 0), 1);
    return e->detection_near * fade * camera_sight_at(&c->sight, range_m);
}

static float score(camera *c, double middle)
{
    double noisy = middle + rng_normal(&c->random, 0.07);
    return (float)fmin(fmax(noisy, 0.05), 0.99);
}

static camera_landmark *begin(camera *c, sim_element_kind kind)
{
    frame_landmarks *f = &c->out.u.landmarks;
    camera_landmark *l = &f->landmarks[f->count++];
    memset(l, 0, sizeof *l);
    strcpy(l->class_name, sim_element_word(kind));
    l->range_m = l->sigma_range_m = l->sigma_rad = NAN;
    return l;
}

/* A fiducial of known size: its number and how far it is. Bits are coded: it is that one or none. */
static void read_tag(camera *c, const sim_element *at, double range_m, camera_landmark *l)
{
    double fraction = c->set->of.camera.range_fraction;
    l->id = at->id;
    l->range_m = (float)(range_m * fmax(1 + rng_normal(&c->random, fraction * c->sight.noise), 0.1));
    l->sigma_range_m = (float)(fraction * range_m);
    l->sigma_rad = (float)radians(c->set->of.camera.bearing_deg);
}

static sim_element_kind class_of(camera *c, sim_element_kind kind)
{
    static const sim_element_kind others[][2] = {[ELEMENT_SIGN] = {ELEMENT_LIGHT, ELEMENT_POLE},
                                                 [ELEMENT_LIGHT] = {ELEMENT_SIGN, ELEMENT_POLE},
                                                 [ELEMENT_POLE] = {ELEMENT_SIGN, ELEMENT_LIGHT}};
    if (kind == ELEMENT_TAG || !rng_chance(&c->random, c->set->of.camera.wrong_class))
        return kind;
    return others[kind][rng_chance(&c->random, 0.5)];
}

static void make_gross(camera *c, sighting *s)
{
    double wrong = radians(rng_between(&c->random, gross_least_deg, gross_most_deg));
    double towards = rng_between(&c->random, -PI, PI);
    s->azimuth_rad += wrong * cos(towards);
    s->elevation_rad += wrong * sin(towards);
    s->range_m *= rng_chance(&c->random, 0.5) ? 2 : 0.5;
}

static void detect(camera *c, const sim_element *at)
{
    const sim_camera_errors *e = &c->set->of.camera;
    double sigma = radians(e->bearing_deg) * c->sight.noise;
    sighting s;
    if (c->out.u.landmarks.count == FRAME_MAX_LANDMARKS || !project(c, at->plane_m, &s) ||
        !rng_chance(&c->random, chance_of(c, at, s.range_m)))
        return;
    camera_landmark *l = begin(c, class_of(c, at->kind));
    bool gross = rng_chance(&c->random, e->gross);
    if (gross)
        make_gross(c, &s);
    if (at->kind == ELEMENT_TAG)
        read_tag(c, at, s.range_m, l);
    l->azimuth_rad = (float)(s.azimuth_rad + rng_normal(&c->random, sigma));
    l->elevation_rad = (float)(s.elevation_rad + rng_normal(&c->random, sigma));
    l->score = score(c, (gross ? 0.7 : 0.9) - 0.3 * s.range_m / e->far_m * (1 - 0.5 * c->sight.detection));
}

/* Advertisements, windows, trunks of trees. */
static void add_nothing(camera *c)
{
    const sim_camera_errors *e = &c->set->of.camera;
    for (int n = sim_count(e->false_per_frame * c->sight.noise, &c->random); n > 0; n--) {
        if (c->out.u.landmarks.count == FRAME_MAX_LANDMARKS)
            return;
        camera_landmark *l = begin(c, (sim_element_kind)(3 * rng_uniform(&c->random)));
        l->azimuth_rad = (float)radians(e->field_deg * rng_between(&c->random, -1, 1));
        l->elevation_rad = (float)radians(rng_between(&c->random, -3, 12));
        l->score = score(c, 0.5);
    }
}

static void send(camera *c, const sim_moment *m, frame_kind kind, sim_link *link, const sim_emit *out)
{
    c->out.kind = (uint8_t)kind;
    if (sim_frame_times(&c->out, c->set, m->stamp_ns, link, &c->random))
        out->frame(out->context, &c->out);
}

static void see_landmarks(camera *c, const sim_moment *m, const sim_emit *out)
{
    const sim_element *all;
    double reach = c->set->of.camera.far_m;
    size_t n = sim_world_elements(m->world, m->now->s_m - reach, m->now->s_m + reach, &all);
    memset(&c->out.u, 0, sizeof c->out.u); /* what is no value of a frame is part of its payload too */
    for (size_t i = 0; i < n; i++) {
        if (all[i].kind <= ELEMENT_TAG)
            detect(c, &all[i]);
    }
    add_nothing(c);
    send(c, m, FRAME_LANDMARKS, &c->landmark_link, out);
}

static void sample(void *self, const sim_moment *m, const sim_emit *out)
{
    camera *c = self;
    sim_mount_at(&c->mount, m->now, c->at_m, c->velocity_mps, c->R);
    camera_sight_next(&c->sight, m, atan2(c->R[1][0], c->R[0][0]), &c->random);
    see_landmarks(c, m, out);
    memset(&c->out.u, 0, sizeof c->out.u);
    camera_lanes_see(&c->lanes, &c->set->of.camera, &c->sight, m, &c->random, &c->out.u.lanes);
    send(c, m, FRAME_LANES, &c->lane_link, out);
    if (m->stamp_ns - c->health_ns < HEALTH_EVERY_NS)
        return;
    c->health_ns = m->stamp_ns;
    camera_sight_health(&c->sight, m, &c->random, &c->out.u.camera_health);
    send(c, m, FRAME_CAMERA_HEALTH, &c->health_link, out);
}

/* A tenth of its detections are lost. */
static bool disturbed(const void *self)
{
    const camera_sight *c = &((const camera *)self)->sight;
    return c->detection < 0.9 || isfinite(c->fog_m);
}

const sim_sensor_kind sim_sensor_camera = {
    .kind = SOURCE_CAMERA,
    .size = sizeof(camera),
    .start = start,
    .sample = sample,
    .disturbed = disturbed,
};
