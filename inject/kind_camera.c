/* Faults of cameras: glare, darkness, dirt, blur. What the picture's figures say, and what is seen. */
#include "inject/kind.h"

#include <math.h>

#define STRENGTH_KEYS(NUM, FLAG, T)                                                                          \
    NUM(T, strength, "1", 0, 1, 1, "From nothing to as bad as it gets.")                                     \
    NUM(T, rise_s, "s", 0, 600, 1, "How long it takes to get this bad.")
INJECT_DEFINE_KEYS(STRENGTH_KEYS, strength_keys)

/* What a full-strength fault does. Figures of the picture move towards these; NAN: they stay. */
typedef struct {
    float mean, saturated, dark, contrast, sharpness, blocked;
    double lost;         /* share of landmarks that are not found */
    double far_lost;     /* the same of those whose score or range makes them weak */
    double noise_rad;    /* of bearings that are found, one sigma */
    double lane_noise_m; /* of lane lines that are found, one sigma */
    double lanes_lost;   /* share of lane lines that are not found */
    bool fixed;          /* what is lost is in the same directions in every frame */
} camera_effect;

static void blend(float *value, float target, double strength)
{
    if (isfinite(*value) && isfinite(target))
        *value += (float)strength * (target - *value);
}

static void blend_health(frame_camera_health *h, const camera_effect *e, double strength)
{
    blend(&h->mean_luminance, e->mean, strength);
    blend(&h->saturated_fraction, e->saturated, strength);
    blend(&h->dark_fraction, e->dark, strength);
    blend(&h->contrast, e->contrast, strength);
    blend(&h->blocked_fraction, e->blocked, strength);
    /* Sharpness spans decades: it falls by ratio. */
    if (h->sharpness > 0 && isfinite(e->sharpness))
        h->sharpness *= powf(fminf(1, e->sharpness / h->sharpness), (float)strength);
}

/* Dirt sits where it sits: whether a direction of 3 degrees is covered is a function of the direction. */
static bool is_covered(uint64_t seed, float azimuth_rad, double share)
{
    inject_random r = inject_random_seed(seed, (uint64_t)(int64_t)lrint(floor((double)azimuth_rad * 19)));
    return inject_random_uniform(&r) < share;
}

typedef struct {
    uint64_t seed; /* of what is fixed */
    bool begun;
} camera_state;

static bool is_lost(const inject_call *c, const camera_effect *e, const camera_landmark *m, double strength)
{
    const camera_state *state = c->state;
    static const float far_m = 25;
    bool is_weak = m->range_m > far_m || m->score < 0.6f;
    double share = strength * (is_weak ? e->far_lost : e->lost);
    if (e->fixed && isfinite(m->azimuth_rad))
        return is_covered(state->seed, m->azimuth_rad, share);
    return inject_random_uniform(c->random) < share;
}

static void thin_landmarks(const inject_call *c, const camera_effect *e, frame_landmarks *l, double strength)
{
    uint16_t kept = 0;
    for (uint16_t i = 0; i < l->count && i < FRAME_MAX_LANDMARKS; i++) {
        camera_landmark m = l->landmarks[i];
        if (is_lost(c, e, &m, strength))
            continue;
        m.azimuth_rad += (float)inject_random_normal(c->random, strength * e->noise_rad);
        m.elevation_rad += (float)inject_random_normal(c->random, strength * e->noise_rad);
        m.score *= (float)(1 - 0.3 * strength);
        l->landmarks[kept++] = m;
    }
    l->count = kept;
}

static void thin_lanes(const inject_call *c, const camera_effect *e, frame_lanes *l, double strength)
{
    uint16_t kept = 0;
    for (uint16_t i = 0; i < l->count && i < FRAME_MAX_LANES; i++) {
        camera_lane line = l->lanes[i];
        if (inject_random_uniform(c->random) < strength * e->lanes_lost)
            continue;
        line.offset_m += (float)inject_random_normal(c->random, strength * e->lane_noise_m);
        line.heading_rad += (float)inject_random_normal(c->random, strength * e->noise_rad);
        line.score *= (float)(1 - 0.3 * strength);
        l->lanes[kept++] = line;
    }
    l->count = kept;
}

static bool apply_effect(const inject_call *c, const camera_effect *e, frame *f)
{
    const strength_keys *keys = c->keys;
    camera_state *state = c->state;
    double strength = keys->strength * inject_rise(c->t_s, keys->rise_s);
    if (!state->begun)
        *state = (camera_state){inject_random_bits(c->random), true};
    if (f->kind == FRAME_CAMERA_HEALTH)
        blend_health(&f->u.camera_health, e, strength);
    else if (f->kind == FRAME_LANDMARKS)
        thin_landmarks(c, e, &f->u.landmarks, strength);
    else
        thin_lanes(c, e, &f->u.lanes, strength);
    return true;
}

/* The figures are those that the shipped adapter measures on pictures of such scenes (frame.h says what each
 * is): more than half of the picture white and the rest washed out; nearly black; a film over most of it;
 * and nothing sharper than some ten pixels. */
static bool apply_glare(const inject_call *c, frame *f)
{
    static const camera_effect glare = {.mean = 0.9f,
                                        .saturated = 0.6f,
                                        .dark = 0,
                                        .contrast = 0.02f,
                                        .sharpness = 2,
                                        .blocked = 0.4f,
                                        .lost = 0.8,
                                        .far_lost = 1,
                                        .noise_rad = 0.004,
                                        .lane_noise_m = 0.1,
                                        .lanes_lost = 0.8};
    return apply_effect(c, &glare, f);
}

static bool apply_darkness(const inject_call *c, frame *f)
{
    static const camera_effect darkness = {.mean = 0.02f,
                                           .saturated = 0,
                                           .dark = 0.97f,
                                           .contrast = 0.02f,
                                           .sharpness = 1,
                                           .blocked = NAN,
                                           .lost = 0.7,
                                           .far_lost = 1,
                                           .noise_rad = 0.004,
                                           .lane_noise_m = 0.1,
                                           .lanes_lost = 0.7};
    return apply_effect(c, &darkness, f);
}

static bool apply_dirt(const inject_call *c, frame *f)
{
    static const camera_effect dirt = {.mean = 0.4f,
                                       .saturated = NAN,
                                       .dark = NAN,
                                       .contrast = 0.06f,
                                       .sharpness = 2,
                                       .blocked = 0.9f,
                                       .lost = 0.9,
                                       .far_lost = 0.9,
                                       .noise_rad = 0.002,
                                       .lane_noise_m = 0.05,
                                       .lanes_lost = 0.8,
                                       .fixed = true};
    return apply_effect(c, &dirt, f);
}

static bool apply_blur(const inject_call *c, frame *f)
{
    static const camera_effect blur = {.mean = NAN,
                                       .saturated = NAN,
                                       .dark = NAN,
                                       .contrast = 0.08f,
                                       .sharpness = 0.1f,
                                       .blocked = NAN,
                                       .lost = 0.4,
                                       .far_lost = 1,
                                       .noise_rad = 0.01,
                                       .lane_noise_m = 0.15,
                                       .lanes_lost = 0.3};
    return apply_effect(c, &blur, f);
}

#define CAMERA_FAULT(name, text)                                                                             \
    const inject_kind inject_##name = {                                                                      \
        .word = #name,                                                                                       \
        .meaning = text,                                                                                     \
        .frames = INJECT_CAMERA,                                                                             \
        INJECT_USE_KEYS(strength_keys),                                                                      \
        .state_size = sizeof(camera_state),                                                                  \
        .apply = apply_##name,                                                                               \
    }
CAMERA_FAULT(glare,
             "A low sun or headlamps: the picture is saturated and washed out, little is found in it.");
CAMERA_FAULT(darkness, "No light: a tunnel without lamps, a lens cap that is not quite on.");
CAMERA_FAULT(dirt, "Mud, ice or a leaf covers part of the view; what lies behind it is never found.");
CAMERA_FAULT(blur, "Out of focus, or a wet lens: far things are lost, near ones are found less exactly.");
