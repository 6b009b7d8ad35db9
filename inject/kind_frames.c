/* Faults of whole frames: off, intermittent, stuck, replayed, delayed, time_step, garbage. */
#include "inject/fields.h"
#include "inject/kind.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- off, intermittent ---- */

static bool apply_off(const inject_call *c, frame *f)
{
    (void)c, (void)f;
    return false;
}

const inject_kind inject_off = {
    .word = "off",
    .meaning = "No frames come.",
    .frames = INJECT_ALL,
    .apply = apply_off,
};

const inject_kind inject_intermittent = {
    .word = "intermittent",
    .meaning = "Frames come and go: those within `duty` of each `period_s` are missing.",
    .frames = INJECT_ALL,
    .period_s = 2,
    .apply = apply_off,
};

/* ---- stuck ---- */

typedef struct {
    bool held;
    frame first;
} stuck_state;

/* The payload only: stamps and sequence go on. */
static void copy_payload(frame *to, const frame *from)
{
    memcpy(&to->u, &from->u, frame_used_size(from) - offsetof(frame, u));
}

static bool apply_stuck(const inject_call *c, frame *f)
{
    stuck_state *state = c->state;
    if (!state->held)
        memcpy(&state->first, f, frame_used_size(f));
    else
        copy_payload(f, &state->first);
    state->held = true;
    return true;
}

const inject_kind inject_stuck = {
    .word = "stuck",
    .meaning = "The payload of the fault's first frame comes again and again; stamps and sequence go on.",
    .frames = INJECT_ALL,
    .state_size = sizeof(stuck_state),
    .apply = apply_stuck,
};

/* ---- replayed ---- */

#define REPLAYED_KEYS(NUM, FLAG, T)                                                                          \
    NUM(T, length_s, "s", 0.1, 60, 20, "How much of what came just before the fault comes again.")           \
    FLAG(T, restamp, true, "The old frames have new stamps and sequence numbers; false: their own.")
INJECT_DEFINE_KEYS(REPLAYED_KEYS, replayed_keys)

enum { RECORDED_BYTES = 1 << 20, RECORDED_FRAMES = 8192 };

/* The frames of the interval, each in no more bytes than it needs. What does not fit is not recorded. */
typedef struct {
    size_t count, used, next;
    uint32_t offset[RECORDED_FRAMES];
    unsigned char bytes[RECORDED_BYTES];
} replayed_state;

static void watch_replayed(const inject_call *c, frame *f)
{
    const replayed_keys *keys = c->keys;
    replayed_state *state = c->state;
    size_t size = frame_used_size(f);
    if (!(c->t_s < 0 && c->t_s >= -keys->length_s))
        return;
    if (state->count == RECORDED_FRAMES || size > RECORDED_BYTES - state->used)
        return;
    memcpy(state->bytes + state->used, f, size);
    state->offset[state->count++] = (uint32_t)state->used;
    state->used += size;
}

static bool apply_replayed(const inject_call *c, frame *f)
{
    const replayed_keys *keys = c->keys;
    replayed_state *state = c->state;
    if (state->count == 0)
        return true; /* nothing came before */
    size_t i = state->next++ % state->count;
    size_t end = i + 1 < state->count ? state->offset[i + 1] : state->used;
    const frame now = {.stamp_ns = f->stamp_ns, .received_ns = f->received_ns, .sequence = f->sequence};
    memcpy(f, state->bytes + state->offset[i], end - state->offset[i]);
    f->received_ns = now.received_ns;
    if (keys->restamp) {
        f->stamp_ns = now.stamp_ns;
        f->sequence = now.sequence;
    }
    return true;
}

const inject_kind inject_replayed = {
    .word = "replayed",
    .meaning = "Frames of the time just before the fault come again instead of new ones.",
    .frames = INJECT_ALL,
    INJECT_USE_KEYS(replayed_keys),
    .state_size = sizeof(replayed_state),
    .apply = apply_replayed,
    .watch = watch_replayed,
};

/* ---- delayed ---- */

#define DELAYED_KEYS(NUM, FLAG, T)                                                                           \
    NUM(T, by_s, "s", 0, 10, 0.2, "Every frame comes this much later.")                                      \
    NUM(T, jitter_s, "s", 0, 10, 0, "And up to this much more, at random.")                                  \
    FLAG(T, restamp, false, "Stamps move along, as where the receiving side sets them.")                     \
    FLAG(T, reorder, false, "Frames of one source may overtake each other.")
INJECT_DEFINE_KEYS(DELAYED_KEYS, delayed_keys)

typedef struct {
    int64_t last_ns; /* reception of the frame before */
    bool begun;
} delayed_state;

static void delay(const inject_call *c, frame *f, double more_s)
{
    const delayed_keys *keys = c->keys;
    delayed_state *state = c->state;
    int64_t came_ns = inject_later(f->received_ns, more_s);
    if (!keys->reorder && state->begun && came_ns < state->last_ns)
        came_ns = state->last_ns;
    state->last_ns = came_ns;
    state->begun = true;
    int64_t later_ns;
    if (__builtin_sub_overflow(came_ns, f->received_ns, &later_ns))
        later_ns = INT64_MAX;
    if (keys->restamp)
        f->stamp_ns = inject_later(f->stamp_ns, 1e-9 * (double)later_ns);
    f->received_ns = came_ns;
}

static bool apply_delayed(const inject_call *c, frame *f)
{
    const delayed_keys *keys = c->keys;
    delay(c, f, keys->by_s + keys->jitter_s * inject_random_uniform(c->random));
    return true;
}

/* When the delay is over, what comes next still waits behind what was delayed. */
static void watch_delayed(const inject_call *c, frame *f)
{
    delay(c, f, 0);
}

const inject_kind inject_delayed = {
    .word = "delayed",
    .meaning = "Frames come later than they did.",
    .frames = INJECT_ALL,
    INJECT_USE_KEYS(delayed_keys),
    .state_size = sizeof(delayed_state),
    .apply = apply_delayed,
    .watch = watch_delayed,
};

/* ---- time_step ---- */

#define TIME_STEP_KEYS(NUM, FLAG, T)                                                                         \
    NUM(T, by_s, "s", -86400, 86400, 0, "Added to every stamp.")                                             \
    NUM(T, drift_ppm, "ppm", -1e5, 1e5, 0, "The clock runs faster by this many millionths.")
INJECT_DEFINE_KEYS(TIME_STEP_KEYS, time_step_keys)

static bool apply_time_step(const inject_call *c, frame *f)
{
    const time_step_keys *keys = c->keys;
    f->stamp_ns = inject_later(f->stamp_ns, keys->by_s + 1e-6 * keys->drift_ppm * c->t_s);
    return true;
}

const inject_kind inject_time_step = {
    .word = "time_step",
    .meaning =
        "The clock that stamps the frames is stepped, or runs wrong; the receiving side's does not. With "
        "source \"*\" it is the clock of all sensors.",
    .frames = INJECT_ALL,
    INJECT_USE_KEYS(time_step_keys),
    .needs_key = true,
    .apply = apply_time_step,
};

/* ---- garbage ---- */

#define GARBAGE_KEYS(NUM, FLAG, T)                                                                           \
    NUM(T, share, "1", 0, 1, 1, "Share of the frames that are garbage.")                                     \
    FLAG(T, plausible, false, "Values within what a working sensor may say; false: of any size.")            \
    FLAG(T, bits, false, "Random bits of the true values are turned over instead.")
INJECT_DEFINE_KEYS(GARBAGE_KEYS, garbage_keys)

/* Sizes that a working sensor may report. */
static double plausible_size(inject_field field)
{
    switch (field) {
    case INJECT_RANGE:
        return 100;
    case INJECT_DOPPLER:
    case INJECT_SPEED:
    case INJECT_VELOCITY_EAST:
    case INJECT_VELOCITY_NORTH:
        return 30;
    case INJECT_ACCEL_X:
    case INJECT_ACCEL_Y:
    case INJECT_ACCEL_Z:
        return 20;
    case INJECT_LANE:
    case INJECT_WAY_X:
        return 4;
    case INJECT_CURVATURE:
        return 0.01;
    default:
        return 1;
    }
}

static float turn_bits(inject_random *r, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits ^= 1u << (inject_random_bits(r) % 32);
    memcpy(&value, &bits, sizeof bits);
    return value;
}

static float garbage_value(const inject_call *c, inject_field field, float value)
{
    const garbage_keys *keys = c->keys;
    if (keys->bits)
        return turn_bits(c->random, value);
    double size = keys->plausible ? plausible_size(field) : exp(inject_random_between(c->random, -7, 20));
    return (float)(inject_random_between(c->random, -1, 1) * size);
}

static void garbage_place(const inject_call *c, frame *f)
{
    const garbage_keys *keys = c->keys;
    double *latitude = f->kind == FRAME_GNSS ? &f->u.gnss.latitude_rad : &f->u.roadside.latitude_rad;
    double *longitude = f->kind == FRAME_GNSS ? &f->u.gnss.longitude_rad : &f->u.roadside.longitude_rad;
    if (keys->plausible) {
        /* One after the other: in which order arguments are drawn is the compiler's choice. */
        double up_m = inject_random_normal(c->random, 50);
        double north_m = inject_random_normal(c->random, 500);
        inject_move(f, inject_random_normal(c->random, 500), north_m, up_m);
        return;
    }
    double reach = keys->bits ? 1 : 2; /* past the poles */
    *latitude = inject_random_between(c->random, -M_PI_2, M_PI_2) * reach;
    *longitude = inject_random_between(c->random, -M_PI, M_PI);
}

static void garbage_health(const inject_call *c, frame_camera_health *h)
{
    const garbage_keys *keys = c->keys;
    float *const values[] = {&h->mean_luminance, &h->saturated_fraction, &h->dark_fraction,
                             &h->contrast,       &h->sharpness,          &h->blocked_fraction};
    double size = keys->plausible ? 1 : 1e6;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        *values[i] =
            keys->bits ? turn_bits(c->random, *values[i]) : (float)(size * inject_random_uniform(c->random));
}

static bool apply_garbage(const inject_call *c, frame *f)
{
    const garbage_keys *keys = c->keys;
    if (inject_random_uniform(c->random) >= keys->share)
        return true;
    if (f->kind == FRAME_GNSS || f->kind == FRAME_ROADSIDE)
        garbage_place(c, f);
    if (f->kind == FRAME_CAMERA_HEALTH)
        garbage_health(c, &f->u.camera_health);
    for (int i = INJECT_FIRST_VALUE; i < INJECT_FIELD_COUNT; i++) {
        float *value;
        for (size_t k = 0; (value = inject_field_value(f, (inject_field)i, k)) != NULL; k++)
            *value = garbage_value(c, (inject_field)i, *value);
    }
    return true;
}

const inject_kind inject_garbage = {
    .word = "garbage",
    .meaning = "The numbers of the payload are nonsense; times, counts and claims are as they were.",
    .frames = INJECT_ALL,
    INJECT_USE_KEYS(garbage_keys),
    .apply = apply_garbage,
};
