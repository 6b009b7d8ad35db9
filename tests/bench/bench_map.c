/*
 * bench_map [--no-map] [--move-sign] [--gone SHARE] [--repaint M] [--shift M] [--without KIND]... [--survey
 * M]
 * [--duration S] SEEDS SCENARIO: how good poses on a map are, over simulated drives with the seeds 1 to SEEDS
 * and the map as surveyed. One line for each drive and one over all: errors at 95 % to the side, along (m)
 * and in heading (deg), coverage of the 95 % region, landmarks used and those of them that were another
 * element's, judged by the truth; share of the poses that are sure of their lane (> 0.99), how many of them
 * are wrong, and when the first was sure (s). With a fault of the map (map_spoil.h) the last line says in how
 * many drives the map was flagged, in how many an element that is wrong was named, and how many elements were
 * that are right.
 */
#include "evaluation/evaluation.h"
#include "evaluation/evaluation_sample.h"
#include "fusion/geodesy.h"
#include "sim/scenario.h"
#include "sim/sim.h"
#include "sim/world_map.h"
#include "tests/bench/map_spoil.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_KEPT = 64, MOST_POSES = 400000, MOST_USES = 400000 };

/* A landmark that was used: what was measured, and as which element. */
typedef struct {
    int64_t stamp_ns;
    uint64_t element;
    double azimuth_rad, elevation_rad;
} use;

typedef struct {
    double side, along, heading, nees;
} miss;

typedef struct {
    fusion_pose *poses;
    truth_point *truth;
    use *uses;
    miss *misses; /* over all drives */
    size_t pose_count, truth_count, use_count, miss_count;
    frame frames[FRAMES_KEPT]; /* landmarks, by sequence */
    uint32_t sequence;         /* whose verdicts come */
    int at;                    /* which of the frame's landmarks is next */
    int camera;
    size_t used, wrong, offered, ambiguous, posed, sure, wrong_lane;
    map_spoil spoil;
    uint64_t named[64]; /* in this drive */
    size_t named_count;
    bool flagged, named_right;  /* in this drive */
    double s_m;                 /* where the vehicle is along the road; NAN: not looked for yet */
    size_t flags, found, other; /* drives with the flag; that named what is wrong; elements beside it */
    double sure_s;              /* of the last drive; NAN: never */
} run;

static void keep_pose(void *context, const fusion_pose *p)
{
    run *r = context;
    if (r->pose_count < MOST_POSES)
        r->poses[r->pose_count++] = *p;
}

static void keep_verdict(void *context, const verdict *v)
{
    run *r = context;
    if (v->quantity != QUANTITY_LANDMARK || v->source != r->camera)
        return;
    r->at = v->sequence == r->sequence ? r->at + 1 : 0;
    r->sequence = v->sequence;
    r->offered++;
    r->ambiguous += v->reason == REASON_AMBIGUOUS;
    const frame *f = &r->frames[v->sequence % FRAMES_KEPT];
    if (v->decision != DECISION_FUSED && v->decision != DECISION_DOWN_WEIGHTED)
        return;
    const camera_landmark *seen = &f->u.landmarks.landmarks[r->at];
    if (r->use_count < MOST_USES && f->sequence == v->sequence)
        r->uses[r->use_count++] =
            (use){v->stamp_ns, v->element, (double)seen->azimuth_rad, (double)seen->elevation_rad};
}

/* Truth at a stamp: the nearest, 5 ms at most. */
static const truth_point *truth_at(const run *r, int64_t stamp_ns)
{
    size_t low = 0, high = r->truth_count;
    while (low + 1 < high) {
        size_t middle = (low + high) / 2;
        if (r->truth[middle].stamp_ns <= stamp_ns)
            low = middle;
        else
            high = middle;
    }
    return r->truth_count ? &r->truth[low] : NULL;
}

/* Azimuth, elevation (rad) and range (m) of an element as it really stands, from the true pose; the mount as
 * configured. */
static void true_bearing(const truth_point *t, const mount_settings *mount, int64_t stamp_ns,
                         const double ecef[3], double out[3])
{
    double at[3], enu[3][3], local[3], dt = (double)(stamp_ns - t->stamp_ns) * 1e-9;
    geodetic_to_ecef(t->latitude_rad, t->longitude_rad, t->height_m, at);
    enu_axes(t->latitude_rad, t->longitude_rad, enu);
    for (int i = 0; i < 3; i++) {
        local[i] = -(double)t->velocity_enu_mps[i] * dt;
        for (int k = 0; k < 3; k++)
            local[i] += enu[i][k] * (ecef[k] - at[k]);
    }
    double yaw = 1.5707963267948966 - (double)t->heading_rad, pitch = -(double)t->pitch_rad;
    double roll = (double)t->roll_rad, cy = cos(yaw), sy = sin(yaw);
    double x = cy * local[0] + sy * local[1], y = -sy * local[0] + cy * local[1], z = local[2];
    double x2 = cos(pitch) * x - sin(pitch) * z, z2 = sin(pitch) * x + cos(pitch) * z;
    double y3 = cos(roll) * y + sin(roll) * z2, z3 = -sin(roll) * y + cos(roll) * z2;
    x2 -= mount->x_m, y3 -= mount->y_m, z3 -= mount->z_m;
    out[0] = atan2(y3, x2);
    out[1] = atan2(z3, hypot(x2, y3));
    out[2] = sqrt(x2 * x2 + y3 * y3 + z3 * z3);
}

static void element_ecef(const sim_world *w, const sim_element *e, double out[3])
{
    geodetic g = earth_point(sim_world_earth(w), e->plane_m);
    geodetic_to_ecef(g.latitude_rad, g.longitude_rad, g.height_m, out);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Nothing is seen from further away, m. */
static const double reach_m = 85;

/* A use is wrong when it is off by more than five sigmas, as the middle of all uses tells, and another
 * element fits better. */
static void judge_uses(run *r, const sim_world *w, const mount_settings *mount)
{
    const sim_element *all;
    size_t n = sim_world_elements(w, -1e9, 1e9, &all), counted = 0;
    double mean[2] = {0, 0}, d[3], ecef[3], limit = 0;
    double *offs = calloc(r->use_count + 1, sizeof *offs);
    for (int pass = 0; offs && pass < 3; pass++) {
        for (size_t i = 0; i < r->use_count; i++) {
            const use *u = &r->uses[i];
            const truth_point *t = truth_at(r, u->stamp_ns);
            double own = INFINITY, best = INFINITY;
            for (size_t k = 0; t && k < n; k++) {
                if (all[k].kind > ELEMENT_TAG)
                    continue;
                element_ecef(w, &all[k], ecef);
                true_bearing(t, mount, u->stamp_ns, ecef, d);
                double az = remainder(u->azimuth_rad - d[0], 6.283185307179586), el = u->elevation_rad - d[1];
                if (pass == 0 && all[k].id == u->element && hypot(az, el) < 0.02) {
                    mean[0] += az, mean[1] += el, counted++;
                }
                double off = hypot(az - mean[0], el - mean[1]);
                best = d[2] < reach_m ? fmin(best, off) : best;
                own = all[k].id == u->element ? off : own;
            }
            offs[i] = own;
            if (pass == 2 && !(own < limit) && own > best)
                r->wrong++;
        }
        if (pass == 0 && counted) {
            mean[0] /= (double)counted, mean[1] /= (double)counted;
        }
        qsort(offs, r->use_count, sizeof *offs, by_value);
        /* half of the bearings are within 1.18 sigmas; what has no place is at the end */
        limit = r->use_count ? 5.0 / 1.1774 * offs[r->use_count / 2] : 0.0;
    }
    free(offs);
    r->used += r->use_count;
}

static void judge_poses(run *r)
{
    size_t hint = 0;
    bool begun = false;
    for (size_t i = 0; i < r->truth_count; i++) {
        pose_sample s;
        error_sample e;
        if (!pose_sample_at(r->poses, r->pose_count, &hint, r->truth[i].stamp_ns, &s) || !s.usable)
            continue;
        begun |= s.mode == MODE_NOMINAL || s.mode == MODE_DEGRADED;
        error_sample_make(&s, &r->truth[i], 0, &e);
        /* the first ten seconds are the way in */
        if (begun && r->truth[i].stamp_ns - SIM_BEGIN_NS > 10000000000)
            r->misses[r->miss_count++] =
                (miss){fabs(e.cross_m), fabs(e.along_m), fabs(e.heading_rad) * 57.29578, e.nees};
    }
}

/* Where along the road and how far to its left a point is, from a place near it. */
static double along_road(const sim_world *w, const double plane_m[3], double from_m, double *lateral_m)
{
    sim_road_point p;
    for (int i = 0; i < 8; i++) {
        sim_world_road(w, from_m, &p);
        double x = plane_m[0] - p.plane_m[0], y = plane_m[1] - p.plane_m[1];
        from_m += cos(p.yaw_rad) * x + sin(p.yaw_rad) * y;
        *lateral_m = cos(p.yaw_rad) * y - sin(p.yaw_rad) * x;
    }
    return from_m;
}

static double nearest_m(const sim_world *w, const double plane_m[3])
{
    double best = INFINITY, at = 0;
    for (double s = 0; s < sim_world_length_m(w); s += 2) {
        sim_road_point p;
        sim_world_road(w, s, &p);
        double off = hypot(p.plane_m[0] - plane_m[0], p.plane_m[1] - plane_m[1]);
        if (off < best) {
            best = off;
            at = s;
        }
    }
    return at;
}

/* Poses that are sure of their lane, against the lane that the truth is in. */
static void judge_lanes(run *r, const sim_world *w, const world_map *map)
{
    double s_m = NAN;
    r->sure_s = NAN;
    for (size_t i = 0; i < r->pose_count; i++) {
        const fusion_pose *p = &r->poses[i];
        const truth_point *t = truth_at(r, p->stamp_ns);
        double plane[3], lateral;
        sim_road_point road;
        r->posed++;
        if (!t || t->stamp_ns != p->stamp_ns || !(p->lane_probability > 0.99f))
            continue;
        earth_plane(sim_world_earth(w), &(geodetic){t->latitude_rad, t->longitude_rad, t->height_m}, plane);
        s_m = along_road(w, plane, isnan(s_m) ? nearest_m(w, plane) : s_m, &lateral);
        sim_world_road(w, s_m, &road);
        int lane = (int)floor(lateral / road.lane_width_m + 0.5 * road.lanes);
        bool right = false;
        for (int k = -1; k <= 1; k++) /* at the seam the one before or after is as good */
            right |= world_map_lane_id(map, s_m + 10 * k, lane) == p->lane_id;
        r->sure++;
        r->wrong_lane += !right;
        if (right && isnan(r->sure_s))
            r->sure_s = (double)(p->stamp_ns - SIM_BEGIN_NS) * 1e-9;
    }
}

static double quantile(const run *r, size_t from, size_t offset, double p)
{
    size_t n = r->miss_count - from;
    double *v = calloc(n + 1, sizeof *v), out = NAN;
    for (size_t i = 0; v && i < n; i++)
        memcpy(&v[i], (const char *)&r->misses[from + i] + offset, sizeof *v);
    if (v && n) {
        qsort(v, n, sizeof *v, by_value);
        out = evaluation_quantile(v, n, p);
    }
    free(v);
    return out;
}

static void print_line(const run *r, const char *name, size_t from, const run *before, double sure_s)
{
    size_t inside = 0;
    for (size_t i = from; i < r->miss_count; i++)
        inside += r->misses[i].nees <= 5.991;
    printf("%-10s %7.3f %7.3f %7.3f %7.3f %8zu %6zu %8zu %8zu %7.3f %7zu %7.2f\n", name,
           quantile(r, from, offsetof(miss, side), 0.95), quantile(r, from, offsetof(miss, along), 0.95),
           quantile(r, from, offsetof(miss, heading), 0.95), (double)inside / (double)(r->miss_count - from),
           r->used - before->used, r->wrong - before->wrong, r->offered - before->offered,
           r->ambiguous - before->ambiguous,
           (double)(r->sure - before->sure) / (double)(r->posed - before->posed),
           r->wrong_lane - before->wrong_lane, sure_s);
}

static void keep_fault(void *context, const fault_event *e)
{
    run *r = context;
    r->flagged |= e->raised && e->code == FAULT_MAP_MISMATCH;
}

/* Where along the road the vehicle is, from the newest truth. */
static void follow(run *r, const sim_world *w)
{
    const truth_point *t = &r->truth[r->truth_count - 1];
    double plane[3], lateral;
    earth_plane(sim_world_earth(w), &(geodetic){t->latitude_rad, t->longitude_rad, t->height_m}, plane);
    r->s_m = along_road(w, plane, isnan(r->s_m) ? nearest_m(w, plane) : r->s_m, &lateral);
}

/* What stands along another part of the road, which the camera of the simulator does not see here though the
 * two cross, is not there for it. */
static bool may_be_seen(const run *r, const sim_world *w, uint64_t id)
{
    const sim_element *all;
    size_t n = sim_world_elements(w, -1e9, 1e9, &all);
    for (size_t i = 0; i < n; i++) {
        if (all[i].id == id && all[i].kind <= ELEMENT_TAG)
            return fabs(all[i].s_m - r->s_m) < reach_m;
    }
    return true;
}

static void keep_named(run *r, const sim_world *w, const fusion *core)
{
    uint64_t ids[16];
    size_t n = fusion_map_missed(core, ids, 16);
    for (size_t i = 0; i < n && i < 16; i++) {
        bool known = false;
        for (size_t k = 0; k < r->named_count; k++)
            known |= r->named[k] == ids[i];
        if (known || r->named_count == sizeof r->named / sizeof *r->named)
            continue;
        r->named[r->named_count++] = ids[i];
        if (map_spoil_has(&r->spoil, ids[i]))
            r->named_right = true;
        else
            r->other += may_be_seen(r, w, ids[i]);
    }
}

static void drive(const sim_scenario *s, uint64_t seed, bool on_map, run *r)
{
    static sim_item item;
    error e = {""};
    sim *m = sim_create(s, seed, &e);
    world_map *map = m ? world_map_create(sim_get_world(m)) : NULL;
    if (!m || !map) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    static settings own;
    own = *sim_settings(m);
    own.integrity.gate_usable = false; /* accuracy, not availability */
    const settings *set = &own;
    const fusion_sinks sinks = {
        .context = r, .pose = keep_pose, .verdict = keep_verdict, .fault = keep_fault};
    fusion *core = fusion_create_on_map(set, &sinks, on_map ? world_map_view(map) : NULL);
    mount_settings mount = {0};
    r->pose_count = r->truth_count = r->use_count = r->named_count = 0;
    r->flagged = r->named_right = false;
    r->s_m = NAN;
    map_spoil_apply(&r->spoil, m, map);
    r->camera = -1;
    for (size_t i = 0; i < set->source_count; i++) {
        if (set->sources[i].kind == SOURCE_CAMERA && r->camera < 0) {
            r->camera = (int)i;
            mount = set->sources[i].mount;
        }
    }
    sim_item_kind kind;
    while ((kind = sim_next(m, &item)) != SIM_END) {
        if (kind == SIM_TRUTH && r->truth_count < MOST_POSES)
            r->truth[r->truth_count++] = item.truth;
        if (kind == SIM_TRUTH && r->truth_count % 10 == 1)
            follow(r, sim_get_world(m));
        if (kind != SIM_FRAME)
            continue;
        if (item.frame.kind == FRAME_LANDMARKS && item.frame.source == r->camera)
            r->frames[item.frame.sequence % FRAMES_KEPT] = item.frame;
        fusion_push(core, &item.frame);
        if (item.frame.kind == FRAME_LANDMARKS)
            keep_named(r, sim_get_world(m), core);
    }
    fusion_flush(core);
    r->found += r->named_right;
    r->flags += r->flagged;
    judge_poses(r);
    if (on_map) {
        judge_uses(r, sim_get_world(m), &mount);
        judge_lanes(r, sim_get_world(m), map);
    }
    fusion_destroy(core);
    world_map_destroy(map);
    sim_destroy(m);
}

typedef struct {
    bool on_map;
    int seeds;
    const char *without[8];
    int without_count;
    double survey_m, duration_s; /* NAN: as the scenario has it */
} options;

/* The last argument is the scenario. */
static bool read_options(int argc, char **argv, options *o, map_spoil *spoil)
{
    *o = (options){.on_map = true, .survey_m = NAN, .duration_s = NAN};
    for (int i = 1; i < argc - 1; i++) {
        if (strcmp(argv[i], "--no-map") == 0)
            o->on_map = false;
        else if (strcmp(argv[i], "--move-sign") == 0)
            spoil->move_sign = true;
        else if (strcmp(argv[i], "--gone") == 0)
            spoil->gone = atof(argv[++i]);
        else if (strcmp(argv[i], "--repaint") == 0)
            spoil->repaint_m = atof(argv[++i]);
        else if (strcmp(argv[i], "--shift") == 0)
            spoil->shift_m = atof(argv[++i]);
        else if (strcmp(argv[i], "--without") == 0 && o->without_count < 8)
            o->without[o->without_count++] = argv[++i];
        else if (strcmp(argv[i], "--survey") == 0)
            o->survey_m = atof(argv[++i]);
        else if (strcmp(argv[i], "--duration") == 0)
            o->duration_s = atof(argv[++i]);
        else
            o->seeds = atoi(argv[i]);
    }
    return argc >= 3 && o->seeds >= 1;
}

static bool load_scenario(const char *path, const options *o, sim_scenario *s)
{
    static config_problems p;
    if (!sim_scenario_load(s, path, &p)) {
        config_problems_print(stderr, &p);
        return false;
    }
    for (int i = 0; i < o->without_count; i++)
        (void)sim_scenario_without(s, o->without[i]);
    if (isfinite(o->survey_m))
        s->survey.independent_m = o->survey_m;
    if (isfinite(o->duration_s))
        s->duration_s = o->duration_s;
    return true;
}

static void drive_all(const sim_scenario *s, const options *o, run *r)
{
    double *sure_s = calloc((size_t)o->seeds, sizeof *sure_s);
    int sure_count = 0;
    puts("drive         side   along heading  covers     used  wrong     seen  unclear    sure   wrong    "
         "when");
    for (int seed = 1; seed <= o->seeds; seed++) {
        run before = {.used = r->used,
                      .wrong = r->wrong,
                      .offered = r->offered,
                      .ambiguous = r->ambiguous,
                      .posed = r->posed,
                      .sure = r->sure,
                      .wrong_lane = r->wrong_lane};
        size_t from = r->miss_count;
        char name[32];
        drive(s, (uint64_t)seed, o->on_map, r);
        snprintf(name, sizeof name, "seed %d", seed);
        print_line(r, name, from, &before, r->sure_s);
        fflush(stdout);
        if (isfinite(r->sure_s))
            sure_s[sure_count++] = r->sure_s;
    }
    qsort(sure_s, (size_t)sure_count, sizeof *sure_s, by_value);
    print_line(r, "all", 0, &(run){0}, evaluation_quantile(sure_s, (size_t)sure_count, 0.5));
    printf("of %d drives the map was flagged in %zu, what is wrong named in %zu; others named: %zu\n",
           o->seeds, r->flags, r->found, r->other);
    free(sure_s);
}

int main(int argc, char **argv)
{
    static sim_scenario s;
    static run r;
    options o;
    if (!read_options(argc, argv, &o, &r.spoil))
        return 2;
    if (!load_scenario(argv[argc - 1], &o, &s))
        return 1;
    r.poses = calloc(MOST_POSES, sizeof *r.poses);
    r.truth = calloc(MOST_POSES, sizeof *r.truth);
    r.uses = calloc(MOST_USES, sizeof *r.uses);
    r.misses = calloc((size_t)(s.duration_s * 100 + 100) * (size_t)o.seeds, sizeof *r.misses);
    drive_all(&s, &o, &r);
    free(r.poses);
    free(r.truth);
    free(r.uses);
    free(r.misses);
    return 0;
}
