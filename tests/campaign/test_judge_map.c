/*
 * The judge of drives on a map, on records made by hand: a simulated vehicle on three lanes, poses and
 * detections that say what the test wants.
 */
#include "campaign/judge_map.h"
#include "fusion/geodesy.h"
#include "sim/sim.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static sim *stream;
static world_map *survey;
static run_record *record;
static settings *config;
static campaign_row *row;

static void setup(void)
{
    sim_scenario *s = calloc(1, sizeof *s);
    config_problems *p = calloc(1, sizeof *p);
    error e = {""};
    ck_assert(s && p && sim_scenario_load(s, POSED_SOURCE_ROOT "/sim/scenarios/motorway.yaml", p));
    s->duration_s = 60;
    s->vehicle.lane_changes_per_km = 3;
    stream = sim_create(s, 3, &e);
    ck_assert_msg(stream, "%s", e.text);
    survey = world_map_create(sim_get_world(stream));
    record = calloc(1, sizeof *record);
    config = calloc(1, sizeof *config);
    row = calloc(1, sizeof *row);
    ck_assert(survey && record && config && row);
    *config = *sim_settings(stream);
    run_record_begin(record, config, stream);
    map_record_begin(&record->map, survey, NULL);
    campaign_row_clear(row);
    free(s);
    free(p);
}

static void teardown(void)
{
    run_record_finish(record);
    world_map_destroy(survey);
    sim_destroy(stream);
    free(record);
    free(config);
    free(row);
}

/* The lane of a truth point, and how far along: by the nearest of the road's points, one each half metre. */
static int lane_of(const truth_point *t, double *s_m)
{
    const sim_world *w = sim_get_world(stream);
    const geodetic at = {t->latitude_rad, t->longitude_rad, t->height_m};
    double plane_m[3], best_m = INFINITY, from_m = *s_m < 0 ? 0 : *s_m - 2;
    sim_road_point p;
    int lane = -1;
    earth_plane(sim_world_earth(w), &at, plane_m);
    for (double s = from_m; s < (*s_m < 0 ? sim_world_length_m(w) : from_m + 8); s += 0.5) {
        sim_world_road(w, s, &p);
        double x = plane_m[0] - p.plane_m[0], y = plane_m[1] - p.plane_m[1], off_m = hypot(x, y);
        if (!(off_m < best_m))
            continue;
        best_m = off_m;
        *s_m = s;
        lane = (int)floor((y * cos(p.yaw_rad) - x * sin(p.yaw_rad)) / p.lane_width_m + p.lanes / 2.0);
    }
    return lane;
}

/* What a pose says. `true_lane` is that of the truth, `first` that of the beginning. */
typedef struct {
    int lane;
    double probability;
} claim;
typedef claim claims(double s, int true_lane, int first);

/* Drives, and counts how often the true lane changes. */
static int drive(claims *says)
{
    const fusion_sinks sinks = run_record_sinks(record);
    sim_item *item = calloc(1, sizeof *item);
    double s_m = -1;
    int first = -1, before = -1, changes = 0;
    for (sim_item_kind kind; (kind = sim_next(stream, item)) != SIM_END;) {
        if (kind != SIM_TRUTH)
            continue;
        const truth_point *t = &item->truth;
        int lane = lane_of(t, &s_m);
        first = first < 0 ? lane : first;
        double s = 1e-9 * (double)(t->stamp_ns - SIM_BEGIN_NS);
        changes += before >= 0 && lane != before && s < 59; /* later ones do not last a second */
        before = lane;
        claim c = says(s, lane, first);
        fusion_pose p = {.stamp_ns = t->stamp_ns,
                         .lane_id = world_map_lane_id(survey, s_m, c.lane),
                         .lane_probability = (float)c.probability,
                         .mode = MODE_NOMINAL};
        sinks.pose(sinks.context, &p);
        run_record_truth(record, t);
    }
    free(item);
    return changes;
}

static claim always_right(double s, int true_lane, int first)
{
    (void)s, (void)first;
    return (claim){true_lane, 0.995};
}

static claim right_from_8_s(double s, int true_lane, int first)
{
    (void)first;
    return (claim){true_lane, s < 8 ? 0.99 : 0.9951}; /* 0.99 is not sure yet */
}

static claim of_the_beginning(double s, int true_lane, int first)
{
    (void)s, (void)true_lane;
    return (claim){first, 0.999};
}

static claim unsure(double s, int true_lane, int first)
{
    (void)s, (void)first;
    return (claim){true_lane + 1, 0.9};
}

START_TEST (sure_and_right) {
    int changes = drive(always_right);
    ck_assert(judge_lanes(record, row));
    ck_assert_int_gt(changes, 0);
    ck_assert_int_eq(row->lane_poses, 6001);
    ck_assert_int_ge(row->lane_sure, 5990);
    ck_assert_int_le(row->lane_wrong, changes); /* the moment of crossing, to 5 ms */
    ck_assert_double_eq_tol(row->lane_right_s, 0, 1e-6);
    ck_assert_int_eq(row->lane_changes, changes);
    ck_assert_int_eq(row->lane_changes_followed, changes);
    ck_assert_double_lt(row->lane_change_s, 0.1);
}
END_TEST

START_TEST (when_it_was_sure) {
    drive(right_from_8_s);
    ck_assert(judge_lanes(record, row));
    ck_assert_double_eq_tol(row->lane_right_s, 8, 1e-6);
    ck_assert_int_eq(row->lane_sure, 6001 - 800);
}
END_TEST

/* It never notices a change: wrong for as long as the truth is elsewhere, and not followed. */
START_TEST (stays_where_it_was) {
    int changes = drive(of_the_beginning);
    ck_assert(judge_lanes(record, row));
    ck_assert_int_gt(row->lane_wrong, 300);
    ck_assert_int_lt(row->lane_wrong, row->lane_sure);
    ck_assert_int_eq(row->lane_changes, changes);
    ck_assert_int_lt(row->lane_changes_followed, changes);
}
END_TEST

START_TEST (never_sure) {
    drive(unsure);
    ck_assert(judge_lanes(record, row));
    ck_assert_int_eq(row->lane_sure, 0);
    ck_assert_int_eq(row->lane_wrong, 0);
    ck_assert(isnan(row->lane_right_s));
    ck_assert_int_eq(row->lane_changes, 0); /* none after the first sure pose */
}
END_TEST

/* ---- pairings ---- */

static const sim_element *elements(size_t *count)
{
    const sim_element *all;
    *count = sim_world_elements(sim_get_world(stream), -1e9, 1e9, &all);
    return all;
}

static const truth_point *truth_at(double s)
{
    for (size_t i = 0; i < record->truth_count; i++) {
        if (record->truth[i].stamp_ns - SIM_BEGIN_NS >= (int64_t)(s * 1e9))
            return &record->truth[i];
    }
    return NULL;
}

/* The bearing of an element from the truth, without roll and pitch, which are small here. False: not ahead
 * and near. */
static bool look_at(const truth_point *t, const sim_element *e, const mount_settings *mount, float out[2])
{
    geodetic g = earth_point(sim_world_earth(sim_get_world(stream)), e->plane_m);
    double ecef[3], own[3], axes[3][3], enu[3];
    geodetic_to_ecef(g.latitude_rad, g.longitude_rad, g.height_m, ecef);
    geodetic_to_ecef(t->latitude_rad, t->longitude_rad, t->height_m, own);
    enu_axes(t->latitude_rad, t->longitude_rad, axes);
    for (int i = 0; i < 3; i++) {
        enu[i] = 0;
        for (int k = 0; k < 3; k++)
            enu[i] += axes[i][k] * (ecef[k] - own[k]);
    }
    double sine = sin((double)t->heading_rad), cosine = cos((double)t->heading_rad);
    double x = enu[0] * sine + enu[1] * cosine, y = -enu[0] * cosine + enu[1] * sine;
    double ahead = x - mount->x_m, left = y - mount->y_m,
           up = enu[2] - mount->z_m - x * sin((double)t->pitch_rad) - y * sin((double)t->roll_rad);
    out[0] = (float)atan2(left, ahead);
    out[1] = (float)atan2(up, hypot(ahead, left));
    return e->kind <= ELEMENT_TAG && ahead > 15 && ahead < 60;
}

/* A frame every second in which each near element is seen, and used as what `as` says. */
static int see(uint64_t (*as)(const sim_element *all, size_t count, size_t i))
{
    uint16_t camera = 0;
    size_t count;
    int used = 0;
    const sim_element *all = elements(&count);
    while (config->sources[camera].kind != SOURCE_CAMERA)
        camera++;
    for (uint32_t second = 1; second < 59; second++) {
        const truth_point *t = truth_at(second);
        frame *f = calloc(1, sizeof *f);
        uint64_t ids[FRAME_MAX_LANDMARKS];
        *f = (frame){.kind = FRAME_LANDMARKS, .source = camera, .sequence = second, .stamp_ns = t->stamp_ns};
        for (size_t i = 0; i < count && f->u.landmarks.count < 10; i++) {
            float bearing[2];
            if (!look_at(t, &all[i], &config->sources[camera].mount, bearing))
                continue;
            ids[f->u.landmarks.count] = as(all, count, i);
            f->u.landmarks.landmarks[f->u.landmarks.count++] =
                (camera_landmark){.azimuth_rad = bearing[0] + 0.01f, .elevation_rad = bearing[1]};
        }
        map_record_frame(&record->map, stream, f);
        for (int i = 0; i < f->u.landmarks.count; i++) {
            verdict v = {.stamp_ns = t->stamp_ns,
                         .sequence = second,
                         .source = camera,
                         .quantity = QUANTITY_LANDMARK,
                         .decision = ids[i] ? DECISION_FUSED : DECISION_IGNORED,
                         .part = (uint16_t)i,
                         .element = ids[i]};
            map_record_verdict(&record->map, &v);
            used += ids[i] != 0;
        }
        free(f);
    }
    return used;
}

static uint64_t itself(const sim_element *all, size_t count, size_t i)
{
    (void)count;
    return i % 3 == 0 ? 0 : all[i].id; /* one in three is not used */
}

static uint64_t next_one(const sim_element *all, size_t count, size_t i)
{
    for (size_t k = i + 1; i % 4 == 0 && k < count; k++) {
        if (all[k].kind <= ELEMENT_TAG && all[k].s_m - all[i].s_m > 4)
            return all[k].id;
    }
    return all[i].id;
}

static uint64_t nothing_there(const sim_element *all, size_t count, size_t i)
{
    (void)count;
    return i % 4 == 0 ? all[i].id | UINT64_C(1) << 63 : all[i].id;
}

START_TEST (right_pairings) {
    drive(unsure);
    int used = see(itself);
    ck_assert(judge_pairings(record, row));
    ck_assert_int_gt(used, 50);
    ck_assert_int_eq(row->pairings, used);
    ck_assert_int_eq(row->pairings_wrong, 0);
    ck_assert_int_eq(row->elements_wrong, 0);
}
END_TEST

START_TEST (wrong_pairings) {
    uint64_t (*const as[])(const sim_element *, size_t, size_t) = {next_one, nothing_there};
    drive(unsure);
    int used = see(as[_i]);
    ck_assert(judge_pairings(record, row));
    ck_assert_int_eq(row->pairings, used);
    ck_assert_int_gt(row->pairings_wrong, used / 8);
    ck_assert_int_lt(row->pairings_wrong, used / 2);
}
END_TEST

/* ---- returns ---- */

typedef enum { AS_IT_IS, AS_ANOTHER, OF_NOTHING, ONE_OF_TWO, FALSE_ONES, TAKEN_FOR_COUNT } taken_for;

static int64_t beside; /* returns that were used as what a radar does not tell from what they are of */

/* Another thing, far from where one is; or, where there is one, so near that a radar does not tell it. */
static uint64_t another(const sim_return *of)
{
    size_t count;
    const sim_element *all = elements(&count);
    uint64_t far = 0;
    for (size_t i = 0; i < count; i++) {
        double away_m = hypot(all[i].plane_m[0] - of->plane_m[0], all[i].plane_m[1] - of->plane_m[1]);
        if (all[i].id != of->things[0] && away_m < 0.999) {
            beside++;
            return all[i].id;
        }
        far = away_m > 1.001 ? all[i].id : far;
    }
    return far;
}

/* What a return is used as; 0: it is not. */
static uint64_t taken_as(taken_for how, const sim_return *of, size_t i)
{
    size_t count;
    const sim_element *all = elements(&count);
    switch (how) {
    case AS_ANOTHER:
        return of->things[0] ? another(of) : 0;
    case OF_NOTHING: /* the end of the road is behind the drive's */
        return of->things[0] ? 0 : all[count - 1].id;
    case ONE_OF_TWO:
        return i % 2 ? of->things[0] : 0;
    default:
        return of->things[0];
    }
}

/* What a fault makes of a scan: it leaves every other return; or there are false ones in the place of all. */
static void alter(frame_radar *f, taken_for how)
{
    for (uint16_t i = 0; how == FALSE_ONES && i < f->count; i++) {
        f->detections[i].range_m += 1;
        f->detections[i].doppler_mps += 1;
    }
    for (uint16_t i = 1; how == ONE_OF_TWO && i < f->count; i += 2)
        f->detections[i / 2] = f->detections[i];
    if (how == ONE_OF_TWO)
        f->count /= 2;
}

static int64_t use_returns(taken_for how, const frame *f, const sim_return *of, size_t count)
{
    int64_t used = 0;
    for (size_t i = 0; i < count; i++) {
        verdict v = {.sequence = f->sequence,
                     .source = f->source,
                     .quantity = QUANTITY_RETURN,
                     .decision = i % 2 ? DECISION_FUSED : DECISION_DOWN_WEIGHTED,
                     .part = (uint16_t)(how == ONE_OF_TWO ? i / 2 : i),
                     .element = taken_as(how, &of[i], i)};
        used += v.element != 0;
        map_record_verdict(&record->map, &v);
        v.decision = DECISION_REJECTED; /* does not count */
        map_record_verdict(&record->map, &v);
    }
    return used;
}

static int64_t take_returns(taken_for how)
{
    sim_item *item = calloc(1, sizeof *item);
    int64_t used = 0;
    for (sim_item_kind kind; (kind = sim_next(stream, item)) != SIM_END;) {
        const sim_return *of = NULL;
        frame *f = &item->frame;
        if (kind != SIM_FRAME || f->kind != FRAME_RADAR)
            continue;
        size_t count = sim_returns(stream, f->source, f->sequence, &of);
        ck_assert_uint_eq(count, f->u.radar.count);
        alter(&f->u.radar, how);
        map_record_frame(&record->map, stream, f);
        used += use_returns(how, f, of, count);
    }
    free(item);
    return used;
}

START_TEST (returns_are_judged) {
    const bool right = _i == AS_IT_IS || _i == ONE_OF_TWO;
    beside = 0;
    int64_t used = take_returns((taken_for)_i);
    ck_assert(judge_pairings(record, row));
    ck_assert_int_gt(used, 500);
    ck_assert_int_eq(row->returns, used);
    ck_assert_int_eq(row->returns_beside, beside);
    ck_assert_int_eq(row->returns_wrong, right ? 0 : used - beside);
    ck_assert(beside < used / 2 && (beside > 0) == (_i == AS_ANOTHER));
    ck_assert_int_eq(row->pairings, 0);
}
END_TEST

/* ---- elements that are elsewhere ---- */

START_TEST (elements_that_were_met) {
    static const char text[] = "faults: [{fault: moved, source: map, share: 0.5, by_m: 3}]";
    config_problems *p = calloc(1, sizeof *p);
    inject_plan *plan = inject_plan_load_text("f.yaml", text, strlen(text), p);
    ck_assert_msg(plan, "%s", p->text[0]);
    inject_map *wrong = inject_map_create(plan, world_map_view(survey), 1);
    const map_view *v = inject_map_view(wrong);
    int64_t all = 0;
    map_record_begin(&record->map, survey, wrong);
    drive(unsure);
    for (uint32_t i = 0; i < v->mark_count; i++) {
        all += inject_map_is_wrong(wrong, v->marks[i].id);
        if (i < 10)
            record->map.missed[record->map.missed_count++] = v->marks[i].id;
    }
    ck_assert(judge_pairings(record, row));
    ck_assert_int_gt(row->elements_wrong, 20);
    ck_assert_int_lt(row->elements_wrong, all); /* the road goes on behind the drive's end */
    ck_assert_int_eq(row->elements_missed, 10);
    ck_assert(row->elements_missed_right > 1 && row->elements_missed_right < 9);
    inject_map_destroy(wrong);
    inject_plan_destroy(plan);
    free(p);
}
END_TEST

/* ---- errors ---- */

START_TEST (the_way_in_does_not_count) {
    enum { COUNT = 1200 };
    error_sample *s = calloc(COUNT, sizeof *s);
    drive(unsure);
    for (int i = 0; i < COUNT; i++) {
        bool in = i < 200;
        s[i] = (error_sample){.stamp_ns = SIM_BEGIN_NS + i * INT64_C(50000000),
                              .along_m = in ? 50 : -0.2,
                              .cross_m = in ? 50 : 0.1,
                              .heading_rad = in ? 1 : 0.01,
                              .nees = in      ? 100
                                      : i % 2 ? 7
                                              : 1};
    }
    ck_assert(judge_map(record, s, COUNT, row));
    ck_assert_int_eq(row->map_samples, 1000);
    ck_assert_double_eq_tol(row->map_along_p95_m, 0.2, 1e-9);
    ck_assert_double_eq_tol(row->map_cross_p95_m, 0.1, 1e-9);
    ck_assert_double_eq_tol(row->map_heading_p95_deg, 0.573, 1e-3);
    ck_assert_double_eq_tol(row->map_coverage95, 0.5, 1e-9);
    ck_assert_str_eq(row->map_along_histogram, "-7:1000");
    campaign_row_clear(row);
    map_record_begin(&record->map, NULL, NULL);
    ck_assert(judge_map(record, s, COUNT, row));
    ck_assert(row->map_samples == -1 && row->lane_poses == -1 && row->pairings == -1 && row->returns == -1);
    free(s);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("judge map");
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, sure_and_right);
    tcase_add_test(cases, when_it_was_sure);
    tcase_add_test(cases, stays_where_it_was);
    tcase_add_test(cases, never_sure);
    tcase_add_test(cases, right_pairings);
    tcase_add_loop_test(cases, wrong_pairings, 0, 2);
    tcase_add_loop_test(cases, returns_are_judged, AS_IT_IS, TAKEN_FOR_COUNT);
    tcase_add_test(cases, elements_that_were_met);
    tcase_add_test(cases, the_way_in_does_not_count);
    return run_cases("judge map", cases);
}
