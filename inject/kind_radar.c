/* Faults of radars: blocked, interference. */
#include "inject/kind.h"

#include <math.h>

#define BLOCKED_KEYS(NUM, FLAG, T)                                                                           \
    NUM(T, lost, "1", 0, 1, 0.95, "Share of the returns that vanish.")                                       \
    NUM(T, reach_m, "m", 0, 1000, 30, "Nothing is seen beyond.")                                             \
    NUM(T, weaker_db, "dB", 0, 60, 15, "How much weaker what is left comes back.")                           \
    NUM(T, rise_s, "s", 0, 600, 3, "How long it takes to get this bad.")
INJECT_DEFINE_KEYS(BLOCKED_KEYS, blocked_keys)

static uint16_t used(const frame_radar *r)
{
    return r->count < FRAME_MAX_DETECTIONS ? r->count : FRAME_MAX_DETECTIONS;
}

static bool apply_blocked(const inject_call *c, frame *f)
{
    const blocked_keys *keys = c->keys;
    frame_radar *r = &f->u.radar;
    double strength = inject_rise(c->t_s, keys->rise_s);
    uint16_t kept = 0, count = used(r);
    for (uint16_t i = 0; i < count; i++) {
        radar_detection d = r->detections[i];
        bool is_far = (double)d.range_m > keys->reach_m;
        if (inject_random_uniform(c->random) < strength * (is_far ? 1 : keys->lost))
            continue;
        d.rcs_dbsm -= (float)(strength * keys->weaker_db);
        r->detections[kept++] = d;
    }
    r->count = kept;
    return true;
}

const inject_kind inject_blocked = {
    .word = "blocked",
    .meaning = "Snow or mud on the radome: few near and weak returns are left.",
    .frames = INJECT_FRAMES(RADAR),
    INJECT_USE_KEYS(blocked_keys),
    .apply = apply_blocked,
};

#define INTERFERENCE_KEYS(NUM, FLAG, T)                                                                      \
    NUM(T, returns, "1", 0, 256, 60, "Returns of nothing in each scan, mean.")                               \
    NUM(T, lost, "1", 0, 1, 0.3, "Share of the true returns that drown.")                                    \
    NUM(T, reach_m, "m", 1, 1000, 100, "Ranges of false returns are drawn up to this.")                      \
    NUM(T, field_deg, "deg", 1, 90, 45, "Azimuths, to both sides.")                                          \
    NUM(T, doppler_mps, "m/s", 0, 150, 50, "Range rates, in both directions.")
INJECT_DEFINE_KEYS(INTERFERENCE_KEYS, interference_keys)

static radar_detection false_return(const inject_call *c, const interference_keys *keys)
{
    const radar_settings *set = &c->source->of.radar;
    double field_rad = keys->field_deg * M_PI / 180;
    double reach_m = fmin(keys->reach_m, set->max_range_m);
    double doppler_mps = fmin(keys->doppler_mps, set->max_doppler_mps);
    return (radar_detection){
        .range_m = (float)inject_random_between(c->random, 0, reach_m),
        .azimuth_rad = (float)inject_random_between(c->random, -field_rad, field_rad),
        .elevation_rad = NAN,
        .doppler_mps = (float)inject_random_between(c->random, -doppler_mps, doppler_mps),
        .rcs_dbsm = (float)inject_random_normal(c->random, 10),
        .track_id = -1,
    };
}

static bool apply_interference(const inject_call *c, frame *f)
{
    const interference_keys *keys = c->keys;
    frame_radar *r = &f->u.radar;
    uint16_t kept = 0, count = used(r);
    for (uint16_t i = 0; i < count; i++) {
        if (inject_random_uniform(c->random) >= keys->lost)
            r->detections[kept++] = r->detections[i];
    }
    /* A burst hits a scan or it does not: exponential, so some scans are nearly clean. */
    double more = inject_random_exponential(c->random, keys->returns);
    for (; more >= 1 && kept < FRAME_MAX_DETECTIONS; more--)
        r->detections[kept++] = false_return(c, keys);
    r->count = kept;
    return true;
}

const inject_kind inject_interference = {
    .word = "interference",
    .meaning = "Another transmitter in the band: many returns of nothing, and true ones drown.",
    .frames = INJECT_FRAMES(RADAR),
    INJECT_USE_KEYS(interference_keys),
    .apply = apply_interference,
};
