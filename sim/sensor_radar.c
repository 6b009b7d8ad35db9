/*
 * An automotive radar: single returns of things that stand, of traffic, of reflections and of nothing at all.
 *
 * What stands and has a place (poles, signs, rails, corners of houses) answers first; the rest of what a scan
 * has comes off the ground, kerbs and plants, at places of no importance but with the Doppler of what stands.
 */
#include "sim/sensor.h"
#include "sim/vec.h"

#include <string.h>

enum { MAX_OTHERS = 24, MAX_PLACES = 96, KEPT_SCANS = 64 };

typedef struct {
    double range_m, azimuth_rad, doppler_mps;
    double rcs_db;                      /* against others */
    double plane_m[2];                  /* where it is, or seems to be */
    uint64_t things[SIM_RETURN_THINGS]; /* that it is of; 0: no more */
} echo;

/* Another vehicle in view. */
typedef struct {
    double at_m[3], velocity_mps[3]; /* against the radar; sensor axes and plane axes */
    echo middle;
} seen_other;

/* What the returns of a scan were of. */
typedef struct {
    uint32_t sequence;
    uint16_t count;
    sim_return of[FRAME_MAX_DETECTIONS];
} kept_scan;

typedef struct {
    const sim_sensor_settings *set;
    rng random;
    sim_link link;
    sim_mount mount;
    double scale;              /* of range rates */
    double field_rad, reach_m; /* reach: what rain leaves of max_range_m */
    double back_m, ahead_m;    /* how far along the road it can see anything */
    /* Of the present scan: */
    double at_m[3], velocity_mps[3], R[3][3];
    double own_mps[3]; /* the velocity in sensor axes */
    size_t other_count, place_count;
    seen_other others[MAX_OTHERS];
    echo places[MAX_PLACES];
    frame out;
    sim_return of[FRAME_MAX_DETECTIONS]; /* what its returns are of */
    kept_scan kept[KEPT_SCANS];          /* by sequence */
} radar;

static const double min_range_m = 1;
/* Assumed: a downpour takes a quarter of the range and brings five times the clutter. */
static const double rain_reach = 0.25, rain_clutter = 4;
/* Half of the beam's height: 10 degrees (ARS 408-21: 14 to 20 degrees in all). What is above is not seen. */
static const double beam_sine = 0.17;
/* A pole or rail answers in so many of the scans when it is near. */
static const double answers = 0.7;
/* A rail answers with less than a pole: this many dB, and from anywhere in its depth, m. */
static const double rail_db = -6, rail_depth_m = 0.05;
/* Half of a car's width and length: what hides others, and where its returns come from. */
static const double half_width_m = 0.9, half_length_m = 2.2;
/* Range rates repeat after so much (ambiguity of a chirp sequence); half of all ghosts are of that kind. */
static const double ambiguity_mps = 56;

static void start(void *self, const sim_sensor_settings *set, const sim_moment *first, rng random)
{
    radar *r = self;
    const sim_radar_errors *e = &set->of.radar;
    r->set = set;
    r->random = random;
    r->mount = sim_mount_draw(set, &r->random);
    r->scale = 1 + rng_normal(&r->random, e->doppler_scale);
    r->field_rad = radians(e->field_deg);
    r->reach_m = e->max_range_m * (1 - rain_reach * first->scenario->weather.rain);
    double forward = r->mount.R_body_sensor[0][0], yaw = acos(fmin(fmax(forward, -1), 1));
    r->ahead_m = yaw - r->field_rad < PI / 2 ? r->reach_m : 0;
    r->back_m = yaw + r->field_rad > PI / 2 ? r->reach_m : 0;
}

/* Where the radar sees a point of the plane that stands; false: out of view. */
static bool see(const radar *r, const double at_m[3], echo *e)
{
    double line[3], local[3];
    for (int i = 0; i < 3; i++)
        line[i] = at_m[i] - r->at_m[i];
    double square = dot(line, line);
    if (square < min_range_m * min_range_m || square > r->reach_m * r->reach_m)
        return false;
    turn_back((double(*)[3])r->R, line, local);
    e->range_m = sqrt(square);
    if (fabs(local[2]) > beam_sine * e->range_m)
        return false;
    e->azimuth_rad = atan2(local[1], local[0]);
    e->doppler_mps = -dot(line, r->velocity_mps) / e->range_m;
    memcpy(e->plane_m, at_m, sizeof e->plane_m);
    memset(e->things, 0, sizeof e->things);
    e->rcs_db = 0;
    return fabs(e->azimuth_rad) < r->field_rad;
}

static bool see_moving(const radar *r, const double at_m[3], const double velocity_mps[3], echo *e)
{
    if (!see(r, at_m, e))
        return false;
    for (int i = 0; i < 3; i++)
        e->doppler_mps += velocity_mps[i] * (at_m[i] - r->at_m[i]) / e->range_m;
    return true;
}

/* Behind a vehicle that is nearer. */
static bool hidden(const radar *r, const echo *e)
{
    for (size_t i = 0; i < r->other_count; i++) {
        const echo *front = &r->others[i].middle;
        if (e->range_m > front->range_m + 2 * half_length_m &&
            fabs(e->azimuth_rad - front->azimuth_rad) * front->range_m < half_width_m)
            return true;
    }
    return false;
}

static void find_others(radar *r, const sim_moment *m)
{
    sim_other near[MAX_OTHERS];
    size_t n = m->traffic ? sim_traffic_near(m->traffic, m->now->t_s, m->now->s_m - r->back_m,
                                             m->now->s_m + r->ahead_m, near, MAX_OTHERS)
                          : 0;
    r->other_count = 0;
    for (size_t i = 0; i < n; i++) {
        seen_other *o = &r->others[r->other_count];
        if (!see_moving(r, near[i].plane_m, near[i].velocity_mps, &o->middle) || hidden(r, &o->middle))
            continue;
        memcpy(o->at_m, near[i].plane_m, sizeof o->at_m);
        memcpy(o->velocity_mps, near[i].velocity_mps, sizeof o->velocity_mps);
        r->other_count++;
    }
}

/* What stands on the ground answers at the height of the radar; signs and lights hang where they hang. */
static bool see_place(const radar *r, const sim_element *at, echo *e)
{
    bool hangs = at->kind == ELEMENT_SIGN || at->kind == ELEMENT_LIGHT;
    if (!see(r, (double[3]){at->plane_m[0], at->plane_m[1], hangs ? at->plane_m[2] : r->at_m[2]}, e))
        return false;
    e->things[0] = at->id;
    return true;
}

/* A radar does not tell apart what lies in one cell: the one that is there already answers for both, from
 * between them. */
static bool merges(radar *r, const echo *e)
{
    const sim_radar_errors *set = &r->set->of.radar;
    for (size_t i = 0; i < r->place_count; i++) {
        echo *there = &r->places[i];
        if (fabs(there->range_m - e->range_m) >= set->resolution_m ||
            fabs(there->azimuth_rad - e->azimuth_rad) >= radians(set->resolution_deg))
            continue;
        there->range_m = 0.5 * (there->range_m + e->range_m);
        there->azimuth_rad = 0.5 * (there->azimuth_rad + e->azimuth_rad);
        there->doppler_mps = 0.5 * (there->doppler_mps + e->doppler_mps);
        for (int k = 0; k < 2; k++)
            there->plane_m[k] = 0.5 * (there->plane_m[k] + e->plane_m[k]);
        for (int k = 0; k < SIM_RETURN_THINGS; k++) {
            if (there->things[k] == 0) {
                there->things[k] = e->things[0];
                break;
            }
        }
        return true;
    }
    return false;
}

/* Things that stand and answer in this scan. With many in reach it looks at a part of them, another one each
 * time. */
static void find_places(radar *r, const sim_moment *m)
{
    const sim_element *all;
    double from = m->now->s_m - r->back_m, to = m->now->s_m + r->ahead_m;
    size_t n = m->world ? sim_world_elements(m->world, from, to, &all) : 0;
    size_t stride = n / MAX_PLACES + 1, i = (size_t)(rng_uniform(&r->random) * (double)stride);
    r->place_count = 0;
    for (; i < n && r->place_count < MAX_PLACES; i += stride) {
        echo *e = &r->places[r->place_count];
        if (see_place(r, &all[i], e) && !hidden(r, e) &&
            rng_chance(&r->random, answers * (1 - 0.7 * e->range_m / r->reach_m))) {
            const echo one = *e;
            r->place_count += !merges(r, &one);
        }
    }
}

/* It seems to be where its range and azimuth are. */
static void put(const radar *r, echo *e)
{
    for (int k = 0; k < 2; k++)
        e->plane_m[k] =
            r->at_m[k] + e->range_m * (cos(e->azimuth_rad) * r->R[k][0] + sin(e->azimuth_rad) * r->R[k][1]);
    memset(e->things, 0, sizeof e->things);
}

/* Points of the rails, which one comes near a radar's beam by chance. */
static void find_rails(radar *r, const sim_moment *m)
{
    int n =
        m->world && m->scenario->road.rails > 0 ? sim_count(r->set->of.radar.rail_returns, &r->random) : 0;
    for (int i = 0; i < n && r->place_count < MAX_PLACES; i++) {
        double u = rng_uniform(&r->random), far_m = u * sqrt(u) * (r->ahead_m > 0 ? r->ahead_m : -r->back_m);
        int side = rng_chance(&r->random, 0.5);
        double depth_m = rng_normal(&r->random, rail_depth_m), at_m[3];
        echo *e = &r->places[r->place_count];
        sim_rail rail;
        if (!sim_world_rail(m->world, m->now->s_m + far_m, side, &rail))
            continue;
        sim_world_rail_point(m->world, m->now->s_m + far_m, side, rail.away_m + depth_m, at_m);
        at_m[2] = r->at_m[2];
        if (!see(r, at_m, e) || hidden(r, e))
            continue;
        e->things[0] = rail.id;
        e->rcs_db = rail_db;
        const echo one = *e;
        r->place_count += !merges(r, &one);
    }
}

/* A place off the ground beside and before the vehicle: more of them near than far. */
static echo ground(radar *r)
{
    double azimuth = r->field_rad * rng_between(&r->random, -1, 1), u = rng_uniform(&r->random);
    echo e = {.range_m = min_range_m + (r->reach_m - min_range_m) * u * sqrt(u), .azimuth_rad = azimuth};
    put(r, &e);
    e.doppler_mps = -(r->own_mps[0] * cos(azimuth) + r->own_mps[1] * sin(azimuth));
    return e;
}

/* One thing that stands; each with a place answers once. */
static echo stand(radar *r)
{
    if (r->place_count == 0)
        return ground(r);
    size_t i = (size_t)(rng_uniform(&r->random) * (double)r->place_count);
    echo e = r->places[i];
    r->places[i] = r->places[--r->place_count];
    return e;
}

/* Somewhere on another vehicle; wheels turn faster and slower than it moves, which the noise stands for. */
static echo moving(radar *r)
{
    const seen_other *o = &r->others[(size_t)(rng_uniform(&r->random) * (double)r->other_count)];
    double speed = hypot(o->velocity_mps[0], o->velocity_mps[1]), at_m[3] = {0}, along[2] = {1, 0};
    for (int i = 0; i < 2 && speed > 0.1; i++)
        along[i] = o->velocity_mps[i] / speed;
    double forward = half_length_m * rng_between(&r->random, -1, 1);
    double left = half_width_m * rng_between(&r->random, -1, 1);
    at_m[0] = o->at_m[0] + along[0] * forward - along[1] * left;
    at_m[1] = o->at_m[1] + along[1] * forward + along[0] * left;
    at_m[2] = o->at_m[2];
    echo e;
    return see_moving(r, at_m, o->velocity_mps, &e) ? e : o->middle;
}

static void add(radar *r, echo e)
{
    const sim_radar_errors *set = &r->set->of.radar;
    frame_radar *f = &r->out.u.radar;
    if (f->count == FRAME_MAX_DETECTIONS)
        return;
    /* A beam that is steered to the side is wider: 1 / cos of the angle. */
    double azimuth_sigma = radians(set->azimuth_deg) / fmax(cos(e.azimuth_rad), 0.3);
    double range = e.range_m + rng_normal(&r->random, set->range_m);
    radar_detection *d = &f->detections[f->count];
    sim_return *of = &r->of[f->count++];
    *d = (radar_detection){
        .range_m = (float)fmax(range, min_range_m / 2),
        .azimuth_rad = (float)(e.azimuth_rad + rng_normal(&r->random, azimuth_sigma)),
        .elevation_rad = NAN,
        .doppler_mps = (float)(r->scale * e.doppler_mps + rng_normal(&r->random, set->doppler_mps)),
        .rcs_dbsm = (float)(e.rcs_db + rng_normal(&r->random, 6)),
        .track_id = -1,
    };
    *of = (sim_return){.range_m = d->range_m, .doppler_mps = d->doppler_mps};
    memcpy(of->things, e.things, sizeof of->things);
    memcpy(of->plane_m, e.plane_m, sizeof of->plane_m);
}

/* Seen once more: over a rail or wall, from another side and farther away; or with another range rate. */
static echo ghost_of(radar *r, echo e)
{
    if (rng_chance(&r->random, 0.5)) {
        e.doppler_mps += rng_chance(&r->random, 0.5) ? ambiguity_mps : -ambiguity_mps;
        return e;
    }
    e.azimuth_rad = -e.azimuth_rad + rng_between(&r->random, -0.2, 0.2);
    e.azimuth_rad = fmin(fmax(e.azimuth_rad, -r->field_rad), r->field_rad);
    e.range_m += rng_between(&r->random, 2, 15);
    put(r, &e);
    e.doppler_mps *= rng_between(&r->random, 0.5, 1.5);
    return e;
}

static void add_clutter(radar *r, double rain)
{
    int n = sim_count(r->set->of.radar.clutter * (1 + rain_clutter * rain), &r->random);
    for (int i = 0; i < n; i++) {
        echo nothing = ground(r);
        nothing.doppler_mps = rng_between(&r->random, -30, 15);
        add(r, nothing);
    }
}

static void look(radar *r, const sim_moment *m)
{
    sim_mount_at(&r->mount, m->now, r->at_m, r->velocity_mps, r->R);
    turn_back(r->R, r->velocity_mps, r->own_mps);
    find_others(r, m);
    find_places(r, m);
    find_rails(r, m);
}

/* The frame has got its sequence. */
static void keep(radar *r)
{
    kept_scan *to = &r->kept[r->out.sequence % KEPT_SCANS];
    to->sequence = r->out.sequence;
    to->count = r->out.u.radar.count;
    memcpy(to->of, r->of, to->count * sizeof *to->of);
}

static size_t returns(const void *self, uint32_t sequence, const sim_return **out)
{
    const kept_scan *of = &((const radar *)self)->kept[sequence % KEPT_SCANS];
    *out = of->of;
    return of->sequence == sequence ? of->count : 0;
}

static void sample(void *self, const sim_moment *m, const sim_emit *out)
{
    radar *r = self;
    const sim_radar_errors *set = &r->set->of.radar;
    r->out.kind = FRAME_RADAR;
    r->out.u.radar.count = 0;
    look(r, m);
    int n = sim_count(set->returns, &r->random);
    for (int i = 0; i < n; i++) {
        bool moves = r->other_count > 0 && rng_chance(&r->random, set->moving_share);
        echo e = moves ? moving(r) : stand(r);
        add(r, rng_chance(&r->random, set->ghost_share) ? ghost_of(r, e) : e);
    }
    add_clutter(r, m->scenario->weather.rain);
    if (!sim_frame_times(&r->out, r->set, m->stamp_ns, &r->link, &r->random))
        return;
    out->frame(out->context, &r->out);
    keep(r);
}

const sim_sensor_kind sim_sensor_radar = {
    .kind = SOURCE_RADAR,
    .size = sizeof(radar),
    .start = start,
    .sample = sample,
    .returns = returns,
};
