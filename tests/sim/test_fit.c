/*
 * A scenario fitted to frames and a motion that are held in memory: ranges, defaults, what is said of each.
 */
#include "sim/fit.h"
#include "sim/scenario_table.h"
#include "sim/sim.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static sim_scenario *made, *fitted;
static sim_fit *fit;
static sim_motion *motion;
static settings *config;
static frame *frames;
static truth_point *truth;
static size_t frame_count, truth_count;
static fusion_status status;
enum { MOST = 8000 };

static void load(const char *yaml)
{
    config_problems *p = calloc(1, sizeof *p);
    ck_assert_msg(sim_scenario_load_text(made, "test", yaml, strlen(yaml), p), "%s", p->text[0]);
    free(p);
}

static void drive(void)
{
    error e = {""};
    sim_item *item = calloc(1, sizeof *item);
    sim *m = sim_create(made, 1, &e);
    ck_assert_msg(m && item, "%s", e.text);
    frame_count = truth_count = 0;
    for (sim_item_kind k; (k = sim_next(m, item)) != SIM_END;) {
        ck_assert(frame_count < MOST && truth_count < MOST);
        if (k == SIM_FRAME)
            memcpy(&frames[frame_count++], &item->frame, frame_used_size(&item->frame));
        else
            truth[truth_count++] = item->truth;
    }
    *config = *sim_settings(m);
    sim_destroy(m);
    free(item);
    const sim_record r = {.points = truth, .count = truth_count};
    motion = sim_motion_create(&r, &e);
    ck_assert_msg(motion != NULL, "%s", e.text);
}

static void setup(void)
{
    made = calloc(1, sizeof *made);
    fitted = calloc(1, sizeof *fitted);
    fit = calloc(1, sizeof *fit);
    config = calloc(1, sizeof *config);
    frames = calloc(MOST, sizeof *frames);
    truth = calloc(MOST, sizeof *truth);
    ck_assert(made && fitted && fit && config && frames && truth);
    for (size_t i = 0; i < SETTINGS_MAX_SOURCES; i++)
        status.sources[i].latency_s = status.sources[i].latency_sigma_s = NAN;
    status.mount_pitch_rad = status.mount_yaw_rad = NAN;
    load("duration_s: 60\nroad: {kind: ring, trees: 0}\nsensors:\n"
         "  gnss/roof: {white_m: 0.8}\n  wheel/abs: {noise_mps: 0.2, loss: 0.2}\n");
    drive();
}

static void teardown(void)
{
    sim_motion_destroy(motion);
    free(made);
    free(fitted);
    free(fit);
    free(config);
    free(frames);
    free(truth);
}

static void get(void *context, size_t i, frame *f)
{
    (void)context;
    memcpy(f, &frames[i], frame_used_size(&frames[i]));
}

static bool run(bool with_truth, error *e)
{
    const sim_fit_input in = {.name = "drive",
                              .file = "drive.mcap",
                              .settings = config,
                              .motion = motion,
                              .truth = with_truth,
                              .status = &status,
                              .frame_count = frame_count,
                              .get = get};
    return sim_fit_drive(&in, fitted, fit, e);
}

static const sim_fit_line *line(int where, const char *key)
{
    for (size_t i = 0; i < fit->count; i++) {
        if (fit->lines[i].where == where && fit->lines[i].key && strcmp(fit->lines[i].key, key) == 0)
            return &fit->lines[i];
    }
    ck_abort_msg("nothing of %s", key);
    return NULL;
}

START_TEST (measured_and_kept) {
    error e = {""};
    ck_assert_msg(run(true, &e), "%s", e.text);
    ck_assert_uint_eq(fitted->sensor_count, 2);
    ck_assert(line(0, "white_m")->outcome == SIM_FIT_TAKEN);
    ck_assert_double_eq_tol(fitted->sensors[0].of.gnss.white_m, 0.8, 0.12);
    ck_assert_double_eq_tol(fitted->sensors[1].of.wheel.noise_mps, 0.2, 0.03);
    ck_assert_double_eq_tol(fitted->sensors[1].loss, 0.2, 0.03);
    ck_assert(line(SIM_FIT_ROAD, "lanes")->outcome == SIM_FIT_KEPT);
    ck_assert_double_eq_tol(fitted->duration_s, 60, 0.02);
    ck_assert(fitted->road.kind == SIM_ROAD_DRIVE && fitted->motion == motion);
}
END_TEST

/* No figure leaves its range, whatever was measured. */
START_TEST (within_the_ranges) {
    error e = {""};
    for (size_t i = 0; i < frame_count; i++) { /* a receiver far too good, wheels far too bad */
        if (frames[i].kind == FRAME_WHEEL)
            for (int k = 0; k < 4; k++)
                frames[i].u.wheel.wheel_mps[k] *= 1.5f;
    }
    ck_assert_msg(run(true, &e), "%s", e.text);
    const sim_fit_line *scale = line(1, "scale");
    ck_assert(scale->outcome == SIM_FIT_CUT && scale->measured > 0.3);
    ck_assert_double_eq_tol(scale->value, 0.1, 1e-12);
    for (size_t i = 0; i < fitted->sensor_count; i++) {
        const config_group *g = &sim_errors_group[fitted->sensors[i].kind];
        for (size_t k = 0; k < g->count; k++) {
            double value = config_get(&g->keys[k], &fitted->sensors[i]);
            ck_assert_msg(value >= g->keys[k].min && value <= g->keys[k].max, "%s: %g", g->keys[k].name,
                          value);
        }
    }
    ck_assert_uint_gt(sim_fit_count(fit, SIM_FIT_CUT), 0);
}
END_TEST

START_TEST (without_truth_what_lasts_is_unknown) {
    error e = {""};
    ck_assert_msg(run(false, &e), "%s", e.text);
    ck_assert(line(0, "open_least_m")->outcome == SIM_FIT_KEPT);
    ck_assert(strstr(fitted->about, "no truth"));
}
END_TEST

START_TEST (prints_what_loads) {
    error e = {""};
    char *text = NULL;
    size_t size = 0;
    config_problems *p = calloc(1, sizeof *p);
    ck_assert_msg(run(true, &e), "%s", e.text);
    FILE *out = open_memstream(&text, &size);
    ck_assert(out && sim_fit_print(out, fit));
    fclose(out);
    ck_assert_msg(sim_scenario_load_text(made, "printed", text, size, p), "%s", p->text[0]);
    ck_assert_uint_eq(made->sensor_count, fitted->sensor_count);
    ck_assert(made->sensors[0].of.gnss.white_m == fitted->sensors[0].of.gnss.white_m);
    ck_assert(made->sensors[1].of.wheel.noise_mps == fitted->sensors[1].of.wheel.noise_mps);
    ck_assert(made->road.speed_mps == fitted->road.speed_mps && made->road.lanes == fitted->road.lanes);
    free(text);
    free(p);
}
END_TEST

/* The twin is where the drive was, at the same time: to some cm, for what the spline smooths. */
START_TEST (goes_the_same_way) {
    error e = {""};
    double worst = 0;
    size_t n = 0;
    sim_item *item = calloc(1, sizeof *item);
    ck_assert_msg(run(true, &e), "%s", e.text);
    sim *m = sim_create(fitted, 9, &e);
    ck_assert_msg(m && item, "%s", e.text);
    for (sim_item_kind k; (k = sim_next(m, item)) != SIM_END;) {
        const truth_point *now = &item->truth, *was = &truth[n];
        if (k != SIM_TRUTH || n >= truth_count)
            continue;
        double north = 6.37e6 * (now->latitude_rad - was->latitude_rad);
        double east = 6.37e6 * cos(was->latitude_rad) * (now->longitude_rad - was->longitude_rad);
        worst = fmax(worst, hypot(hypot(north, east), now->height_m - was->height_m));
        n++;
    }
    ck_assert_uint_ge(n + 2, truth_count);
    ck_assert_msg(worst < 0.1, "%g m", worst);
    sim_destroy(m);
    free(item);
}
END_TEST

START_TEST (too_few_frames) {
    error e = {""};
    frame_count = 12;
    ck_assert(!run(true, &e));
    ck_assert(strstr(e.text, "no source"));
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("fit");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, measured_and_kept);
    tcase_add_test(t, within_the_ranges);
    tcase_add_test(t, without_truth_what_lasts_is_unknown);
    tcase_add_test(t, prints_what_loads);
    tcase_add_test(t, goes_the_same_way);
    tcase_add_test(t, too_few_frames);
    return run_cases("fit", t);
}
