/* Which returns of a radar are noise: nothing at rest explains them, and no scan before had them. */
#include "fusion/radar/radar_noise.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static const float own_mps[2] = {15.0f, 0.3f};

static uint32_t random_state = 1;

static float between(float low, float high)
{
    random_state = random_state * 1664525u + 1013904223u;
    return low + (high - low) * (float)(random_state >> 8) / 16777216.0f;
}

static void add(frame_radar *r, float range, float azimuth, float doppler, int track)
{
    r->detections[r->count++] = (radar_detection){.range_m = range,
                                                  .azimuth_rad = azimuth,
                                                  .elevation_rad = NAN,
                                                  .doppler_mps = doppler,
                                                  .rcs_dbsm = NAN,
                                                  .track_id = track};
}

/* What stands, at other places each time; cars that keep their distances; noise. */
static void make(frame_radar *r, double t, int stand, int cars, int noise, int track)
{
    r->count = 0;
    for (int i = 0; i < stand; i++) {
        float a = between(-0.7f, 0.7f);
        add(r, between(2.0f, 90.0f), a, -(own_mps[0] * cosf(a) + own_mps[1] * sinf(a)) + between(-0.3f, 0.3f),
            -1);
    }
    for (int i = 0; i < cars; i++) {
        float speed = 2.0f * (float)i - 9.0f; /* some come, some go */
        add(r, 40.0f + speed * (float)t + between(-1.0f, 1.0f), 0.05f * (float)(i - cars / 2), speed, -1);
    }
    for (int i = 0; i < noise; i++)
        add(r, between(1.0f, 100.0f), between(-0.7f, 0.7f), between(-50.0f, 50.0f), track);
}

static float share_after(double seconds, double step_s, int stand, int cars, int noise, int track)
{
    static frame_radar r;
    radar_memory m;
    float share = 0.0f;
    radar_noise_init(&m);
    for (double t = 0.0; t < seconds; t += step_s) {
        make(&r, t, stand, cars, noise, track);
        share = radar_noise_share(&m, &r, (int64_t)(t * 1e9), own_mps, 0.2f, 0.01f);
    }
    return share;
}

static const struct {
    const char *legend;
    double seconds, step_s;
    int stand, cars, noise, track;
    float least, most;
} scans[] = {
    {"what stands", 6.0, 0.2, 25, 0, 0, -1, 0.0f, 0.0f},
    {"traffic and nothing else", 4.0, 0.2, 0, 10, 0, -1, 0.0f, 0.05f},
    {"a street, a tenth of it clutter", 4.0, 0.2, 20, 7, 3, -1, 0.0f, 0.12f},
    {"noise dominates", 6.0, 0.2, 15, 5, 60, -1, 0.6f, 1.0f},
    {"noise and nothing else", 6.0, 0.2, 0, 0, 40, -1, 0.85f, 1.0f},
    {"what a tracker lists is there", 6.0, 0.2, 5, 0, 40, 7, 0.0f, 0.0f},
    {"scans too far apart to compare", 60.0, 2.0, 5, 0, 40, -1, 0.0f, 0.0f},
    {"too little to tell", 6.0, 0.2, 1, 0, 1, -1, 0.0f, 0.0f},
    {"no returns", 6.0, 0.2, 0, 0, 0, -1, 0.0f, 0.0f},
};

START_TEST (share_of_noise) {
    float share = share_after(scans[_i].seconds, scans[_i].step_s, scans[_i].stand, scans[_i].cars,
                              scans[_i].noise, scans[_i].track);
    ck_assert_msg(share >= scans[_i].least && share <= scans[_i].most, "%s: %.3f", scans[_i].legend,
                  (double)share);
}
END_TEST

/* It is gone soon after the noise is. */
START_TEST (it_clears) {
    static frame_radar r;
    radar_memory m;
    radar_noise_init(&m);
    for (double t = 0.0; t < 16.0; t += 0.2) {
        make(&r, t, 20, 0, t < 8.0 ? 60 : 0, -1);
        float share = radar_noise_share(&m, &r, (int64_t)(t * 1e9), own_mps, 0.2f, 0.01f);
        ck_assert(!(t > 4.0 && t < 8.0) || share > 0.5f);
        ck_assert_msg(!(t > 13.0) || share < 0.5f, "%.1f s: %.2f", t, (double)share);
    }
}
END_TEST

/* Values that are no numbers are nobody's return; a full scan fits. */
START_TEST (strange_scans) {
    static frame_radar r;
    radar_memory m;
    radar_noise_init(&m);
    for (int k = 0; k < 20; k++) {
        make(&r, 0.2 * k, 0, 0, FRAME_MAX_DETECTIONS, -1);
        for (int i = 0; i < 200; i++)
            r.detections[i].azimuth_rad = i % 2 ? NAN : 0.1f,
            r.detections[i].doppler_mps = i % 2 ? 1.0f : NAN;
        float share = radar_noise_share(&m, &r, (int64_t)(2e8 * k), own_mps, 0.2f, 0.01f);
        ck_assert(share >= 0.0f && share <= 1.0f);
        ck_assert_int_le(m.count, RADAR_REMEMBERED);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("radar noise");
    tcase_add_loop_test(cases, share_of_noise, 0, (int)(sizeof scans / sizeof *scans));
    tcase_add_test(cases, it_clears);
    tcase_add_test(cases, strange_scans);
    return run_cases("radar noise", cases);
}
