/* Faults of satellite navigation: jamming, multipath, wrong_fix, spoof; and claim, of whoever claims. */
#include "inject/fields.h"
#include "inject/kind.h"

#include <math.h>

/* NAN stays: a receiver that claims nothing goes on so. */
static float widened(float claim, double by)
{
    return (float)hypot((double)claim, by);
}

/* ---- jamming ---- */

#define JAMMING_KEYS(NUM, FLAG, T)                                                                           \
    NUM(T, indicator, "1", 0, 1, 0.9, "What the receiver's jamming indicator rises to.")                     \
    NUM(T, noise_m, "m", 0, 1000, 15, "Position error per axis before the fix is lost, one sigma.")          \
    NUM(T, claimed, "1", 0, 10, 0.7, "Share of that error that the receiver's claims admit.")                \
    NUM(T, rise_s, "s", 0, 600, 5, "How long it takes to get this bad.")                                     \
    NUM(T, lost_after_s, "s", 0, 3600, 8, "When the fix is lost, from the beginning.")
INJECT_DEFINE_KEYS(JAMMING_KEYS, jamming_keys)

typedef struct {
    double error[3]; /* of unit sigma */
    bool begun;
} jamming_state;

static void lose_fix(frame_gnss *g)
{
    g->fix = GNSS_FIX_NONE;
    g->satellites = 0;
    g->latitude_rad = g->longitude_rad = g->height_m = NAN;
    g->h_acc_m = g->v_acc_m = g->speed_acc_mps = g->hdop = NAN;
    g->speed_mps = g->course_rad = NAN;
    for (int i = 0; i < 3; i++)
        g->velocity_enu_mps[i] = NAN;
}

static bool apply_jamming(const inject_call *c, frame *f)
{
    static const double error_lasts_s = 3; /* weak signals: the tracking loops wander, they do not rattle */
    const jamming_keys *keys = c->keys;
    jamming_state *state = c->state;
    frame_gnss *g = &f->u.gnss;
    double rise = inject_rise(c->t_s, keys->rise_s), size_m = keys->noise_m * rise * rise;
    for (int i = 0; i < 3; i++)
        state->error[i] =
            inject_random_drift(c->random, state->error[i], 1, state->begun ? error_lasts_s : 0, c->step_s);
    state->begun = true;
    g->jamming = fmaxf(g->jamming, (float)(keys->indicator * rise)); /* NAN loses */
    if (c->t_s >= keys->lost_after_s) {
        lose_fix(g);
        return true;
    }
    inject_move(f, state->error[0] * size_m, state->error[1] * size_m, 2 * state->error[2] * size_m);
    g->h_acc_m = widened(g->h_acc_m, keys->claimed * size_m);
    g->v_acc_m = widened(g->v_acc_m, 2 * keys->claimed * size_m);
    return true;
}

const inject_kind inject_jamming = {
    .word = "jamming",
    .meaning = "A jammer comes near: the indicator and the claims rise, the position wanders, then there is "
               "no fix.",
    .frames = INJECT_FRAMES(GNSS),
    INJECT_USE_KEYS(jamming_keys),
    .state_size = sizeof(jamming_state),
    .apply = apply_jamming,
};

/* ---- multipath ---- */

#define MULTIPATH_KEYS(NUM, FLAG, T)                                                                         \
    NUM(T, size_m, "m", 0, 1000, 15, "Error of an episode, mean of an exponential distribution.")            \
    NUM(T, velocity_mps, "m/s", 0, 100, 0.5, "The velocity's error meanwhile, per axis, one sigma.")         \
    NUM(T, episode_s, "s", 0.1, 600, 5, "How long an episode lasts, mean.")                                  \
    NUM(T, gap_s, "s", 0, 600, 3, "How long there is none, mean.")                                           \
    NUM(T, claimed, "1", 0, 10, 0.2, "Share of the error that the receiver's claim admits.")
INJECT_DEFINE_KEYS(MULTIPATH_KEYS, multipath_keys)

typedef struct {
    double until_s; /* of this episode or gap */
    bool wrong;
    double size_m, direction_rad;
    double wander[2]; /* of unit sigma: the path changes as the vehicle moves */
} multipath_state;

static void next_episode(const inject_call *c, const multipath_keys *keys, multipath_state *state)
{
    /* A gap of no length between two episodes would not let time pass; nor does it need to. */
    state->wrong = !state->wrong || !(keys->gap_s > 0);
    state->until_s =
        c->t_s + inject_random_exponential(c->random, state->wrong ? keys->episode_s : keys->gap_s);
    state->size_m = inject_random_exponential(c->random, keys->size_m);
    state->direction_rad = inject_random_between(c->random, -M_PI, M_PI);
}

static bool apply_multipath(const inject_call *c, frame *f)
{
    static const double wander_lasts_s = 1, wander_share = 0.3;
    const multipath_keys *keys = c->keys;
    multipath_state *state = c->state;
    if (c->t_s >= state->until_s)
        next_episode(c, keys, state);
    for (int i = 0; i < 2; i++)
        state->wander[i] = inject_random_drift(c->random, state->wander[i], 1, wander_lasts_s, c->step_s);
    if (!state->wrong)
        return true;
    double east_m = state->size_m * (cos(state->direction_rad) + wander_share * state->wander[0]);
    double north_m = state->size_m * (sin(state->direction_rad) + wander_share * state->wander[1]);
    inject_move(f, east_m, north_m, state->size_m);
    /* One after the other: in which order arguments are drawn is the compiler's choice. */
    double north_mps = inject_random_normal(c->random, keys->velocity_mps);
    inject_add_velocity(&f->u.gnss, inject_random_normal(c->random, keys->velocity_mps), north_mps, 0);
    f->u.gnss.h_acc_m = widened(f->u.gnss.h_acc_m, keys->claimed * state->size_m);
    return true;
}

const inject_kind inject_multipath = {
    .word = "multipath",
    .meaning = "Signals come over walls: episodes in which the position is off to one side, and the claim is "
               "too good.",
    .frames = INJECT_FRAMES(GNSS),
    INJECT_USE_KEYS(multipath_keys),
    .state_size = sizeof(multipath_state),
    .apply = apply_multipath,
};

/* ---- wrong_fix ---- */

#define WRONG_FIX_KEYS(NUM, FLAG, T)                                                                         \
    NUM(T, size_m, "m", 0, 100, 0.8, "How far the position is off, in a direction drawn once.")              \
    NUM(T, claim_m, "m", 0.001, 10, 0.02, "What the receiver claims.")
INJECT_DEFINE_KEYS(WRONG_FIX_KEYS, wrong_fix_keys)

typedef struct {
    bool begun;
    double direction_rad;
} wrong_fix_state;

static bool apply_wrong_fix(const inject_call *c, frame *f)
{
    const wrong_fix_keys *keys = c->keys;
    wrong_fix_state *state = c->state;
    if (!state->begun)
        *state = (wrong_fix_state){true, inject_random_between(c->random, -M_PI, M_PI)};
    inject_move(f, keys->size_m * cos(state->direction_rad), keys->size_m * sin(state->direction_rad),
                keys->size_m);
    f->u.gnss.fix = GNSS_FIX_FIXED;
    f->u.gnss.h_acc_m = (float)keys->claim_m;
    f->u.gnss.v_acc_m = (float)(2 * keys->claim_m);
    return true;
}

const inject_kind inject_wrong_fix = {
    .word = "wrong_fix",
    .meaning = "Carrier ambiguities are fixed to wrong integers: off by decimetres, and claimed to be exact.",
    .frames = INJECT_FRAMES(GNSS),
    INJECT_USE_KEYS(wrong_fix_keys),
    .state_size = sizeof(wrong_fix_state),
    .apply = apply_wrong_fix,
};

/* ---- spoof ---- */

#define SPOOF_KEYS(NUM, FLAG, T)                                                                             \
    NUM(T, rate_mps, "m/s", 0, 100, 0.5, "How fast the position is led away.")                               \
    NUM(T, bearing_deg, "deg", -360, 360, 90, "Where to: clockwise from the course at the beginning.")       \
    NUM(T, growth_mps2, "m/s^2", 0, 10, 0, "How much faster with each second.")                              \
    NUM(T, claim_m, "m", 0.001, 100, 1, "What the receiver claims at most.")                                 \
    NUM(T, velocity_claim_mps, "m/s", 0.001, 10, 0.1, "And of its velocity.")
INJECT_DEFINE_KEYS(SPOOF_KEYS, spoof_keys)

typedef struct {
    bool begun;
    double direction_rad; /* clockwise from north */
} spoof_state;

static bool apply_spoof(const inject_call *c, frame *f)
{
    const spoof_keys *keys = c->keys;
    spoof_state *state = c->state;
    frame_gnss *g = &f->u.gnss;
    double course = isfinite(c->course_rad) ? c->course_rad : 0;
    if (!state->begun)
        *state = (spoof_state){true, course + keys->bearing_deg * M_PI / 180};
    double way_m = c->t_s * (keys->rate_mps + 0.5 * keys->growth_mps2 * c->t_s);
    double speed_mps = keys->rate_mps + keys->growth_mps2 * c->t_s;
    double east = sin(state->direction_rad), north = cos(state->direction_rad);
    inject_move(f, way_m * east, way_m * north, 0);
    inject_add_velocity(g, speed_mps * east, speed_mps * north, 0);
    g->h_acc_m = fminf(g->h_acc_m, (float)keys->claim_m); /* NAN loses: it claims to be good */
    g->v_acc_m = fminf(g->v_acc_m, (float)(2 * keys->claim_m));
    g->speed_acc_mps = fminf(g->speed_acc_mps, (float)keys->velocity_claim_mps);
    return true;
}

const inject_kind inject_spoof = {
    .word = "spoof",
    .meaning =
        "Somebody leads the receiver away slowly: position and velocity agree, everything claims to be "
        "good, the receiver's own indicators say nothing.",
    .frames = INJECT_FRAMES(GNSS),
    INJECT_USE_KEYS(spoof_keys),
    .state_size = sizeof(spoof_state),
    .apply = apply_spoof,
};

/* ---- claim ---- */

#define CLAIM_KEYS(NUM, FLAG, T)                                                                             \
    NUM(T, factor, "1", 0.001, 1000, 0.1, "Claims are multiplied by this: 0.1 is ten times too optimistic.")
INJECT_DEFINE_KEYS(CLAIM_KEYS, claim_keys)

static void scale_claim(float *claim, double otherwise, double factor)
{
    *claim = (float)((*claim > 0 ? (double)*claim : otherwise) * factor);
}

/* Who claims nothing begins to, from what the settings take it to be. */
static bool apply_claim(const inject_call *c, frame *f)
{
    double factor = ((const claim_keys *)c->keys)->factor;
    const gnss_settings *gnss = &c->source->of.gnss;
    if (f->kind == FRAME_GNSS) {
        scale_claim(&f->u.gnss.h_acc_m, gnss->position_sigma_m, factor);
        scale_claim(&f->u.gnss.v_acc_m, gnss->position_sigma_m * gnss->vertical_factor, factor);
        scale_claim(&f->u.gnss.speed_acc_mps, gnss->velocity_sigma_mps, factor);
    } else if (f->kind == FRAME_ROADSIDE) {
        scale_claim(&f->u.roadside.sigma_m, c->source->of.roadside.position_sigma_m, factor);
    } else if (f->kind == FRAME_LANDMARKS) {
        for (size_t i = 0; i < f->u.landmarks.count && i < FRAME_MAX_LANDMARKS; i++)
            scale_claim(&f->u.landmarks.landmarks[i].sigma_rad, c->source->of.camera.bearing_sigma_rad,
                        factor);
    } else {
        for (size_t i = 0; i < f->u.lanes.count && i < FRAME_MAX_LANES; i++)
            scale_claim(&f->u.lanes.lanes[i].sigma_m, NAN, factor);
    }
    return true;
}

const inject_kind inject_claim = {
    .word = "claim",
    .meaning = "The numbers are as they were, but the accuracy that the source claims for them is not.",
    .frames = INJECT_FRAMES(GNSS) | INJECT_FRAMES(ROADSIDE) | INJECT_FRAMES(LANDMARKS) | INJECT_FRAMES(LANES),
    INJECT_USE_KEYS(claim_keys),
    .apply = apply_claim,
};
