/*
 * The stream of a simulated drive: order, determinism, independence of sensors, truth.
 */
#include "fusion/geodesy.h"
#include "sim/sim.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static sim_scenario *scenario;
static sim_item *item;

static void setup(void)
{
    config_problems *p = calloc(1, sizeof *p);
    const char *root = getenv("POSED_SOURCE_ROOT");
    char path[4096];
    scenario = calloc(1, sizeof *scenario);
    item = calloc(1, sizeof *item);
    ck_assert(p && scenario && item && root);
    snprintf(path, sizeof path, "%s/sim/scenarios/town.yaml", root);
    ck_assert_msg(sim_scenario_load(scenario, path, p), "%s", p->text[0]);
    scenario->duration_s = 20;
    free(p);
}

static void teardown(void)
{
    free(scenario);
    free(item);
}

static sim *start(uint64_t seed)
{
    error e = {""};
    sim *m = sim_create(scenario, seed, &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    return m;
}

static uint64_t mix(uint64_t h, const void *data, size_t size)
{
    const unsigned char *at = data;
    for (size_t i = 0; i < size; i++)
        h = (h ^ at[i]) * 1099511628211u;
    return h;
}

/* Of all frames of the sources whose names begin so ("": all), and of the truth. */
static uint64_t hash_of(uint64_t seed, const char *prefix)
{
    uint64_t h = 14695981039346656037u;
    sim *m = start(seed);
    const settings *c = sim_settings(m);
    for (sim_item_kind k; (k = sim_next(m, item)) != SIM_END;) {
        frame *f = &item->frame;
        if (k == SIM_TRUTH) {
            h = mix(h, &item->truth, sizeof item->truth);
        } else if (strncmp(c->sources[f->source].name, prefix, strlen(prefix)) == 0) {
            f->source = 0; /* its place in the list is not the sensor's */
            h = mix(h, &f->stamp_ns, sizeof f->stamp_ns);
            h = mix(h, &f->received_ns, sizeof f->received_ns);
            h = mix(h, &f->u, frame_used_size(f) - offsetof(frame, u));
        }
    }
    sim_destroy(m);
    return h;
}

START_TEST (same_seed_same_bits) {
    ck_assert(hash_of(7, "") == hash_of(7, ""));
    ck_assert(hash_of(7, "") != hash_of(8, ""));
}
END_TEST

/* A sensor says the same whether another one is there or not. */
START_TEST (sensors_are_independent) {
    uint64_t all = hash_of(7, "gnss");
    ck_assert(sim_scenario_without(scenario, "imu"));
    ck_assert(sim_scenario_without(scenario, "radar"));
    ck_assert(hash_of(7, "gnss") == all);
}
END_TEST

START_TEST (order_of_reception) {
    sim *m = start(3);
    int64_t last = INT64_MIN, truth = INT64_MIN;
    size_t frames = 0, truths = 0, of[SETTINGS_MAX_SOURCES] = {0};
    for (sim_item_kind k; (k = sim_next(m, item)) != SIM_END;) {
        int64_t now = k == SIM_FRAME ? item->frame.received_ns : item->truth.stamp_ns;
        ck_assert(now >= last);
        last = now;
        if (k == SIM_TRUTH) {
            ck_assert(truths++ == 0 || item->truth.stamp_ns - truth == 10000000);
            truth = item->truth.stamp_ns;
            continue;
        }
        frames++;
        of[item->frame.source]++;
        ck_assert(item->frame.stamp_ns <= item->frame.received_ns);
        ck_assert(item->frame.stamp_ns >= SIM_BEGIN_NS);
    }
    ck_assert_uint_eq(truths, 2001);
    for (size_t i = 0; i < sim_settings(m)->source_count; i++)
        ck_assert_msg(of[i] > 150, "%s: %zu frames", sim_settings(m)->sources[i].name, of[i]);
    ck_assert_uint_gt(frames, 20 * (10 + 100 + 50 + 20 + 10) * 9 / 10);
    sim_destroy(m);
}
END_TEST

/* The truth's velocity is the change of its position. */
START_TEST (truth_is_consistent) {
    sim *m = start(5);
    double before[3], now[3], axes[3][3], worst = 0;
    float v[3];
    bool first = true;
    for (sim_item_kind k; (k = sim_next(m, item)) != SIM_END;) {
        const truth_point *t = &item->truth;
        if (k != SIM_TRUTH)
            continue;
        geodetic_to_ecef(t->latitude_rad, t->longitude_rad, t->height_m, now);
        enu_axes(t->latitude_rad, t->longitude_rad, axes);
        for (int i = 0; !first && i < 3; i++) {
            double moved = 0;
            for (int j = 0; j < 3; j++)
                moved += axes[i][j] * (now[j] - before[j]);
            double mean = 0.5 * (double)(v[i] + t->velocity_enu_mps[i]);
            worst = fmax(worst, fabs(moved / 0.01 - mean));
        }
        first = false;
        memcpy(before, now, sizeof before);
        memcpy(v, t->velocity_enu_mps, sizeof v);
    }
    ck_assert_double_lt(worst, 0.01);
    sim_destroy(m);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("sim");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, same_seed_same_bits);
    tcase_add_test(t, sensors_are_independent);
    tcase_add_test(t, order_of_reception);
    tcase_add_test(t, truth_is_consistent);
    return run_cases("sim", t);
}
