/* Faults of numbers: offset, ramp, scale, noise. Their keys come from the table of fields. */
#include "inject/fields.h"
#include "inject/kind.h"

#include <math.h>

enum { LAST_VALUE = INJECT_FIELD_COUNT - 1, VALUE_COUNT = INJECT_FIELD_COUNT - INJECT_FIRST_VALUE };

/* ---- a change to each number of a frame ---- */

/* The new value of one number; `amount` is what the fault's key says for its field. */
typedef double change(void *context, inject_field field, double value, double amount);

static void change_field(frame *f, inject_field field, double amount, change *new_value, void *context)
{
    float *value;
    for (size_t i = 0; (value = inject_field_value(f, field, i)) != NULL; i++)
        *value = (float)new_value(context, field, (double)*value, amount);
}

/* Fields with the amount `none` stay as they are. */
static void change_values(frame *f, const double amounts[VALUE_COUNT], double none, change *new_value,
                          void *context)
{
    frame_gnss before;
    if (f->kind == FRAME_GNSS) {
        before = f->u.gnss;
        if (!inject_velocity_open(&f->u.gnss))
            return;
    }
    for (int i = INJECT_FIRST_VALUE; i <= LAST_VALUE; i++) {
        double amount = amounts[i - INJECT_FIRST_VALUE];
        if (amount < none || amount > none)
            change_field(f, (inject_field)i, amount, new_value, context);
    }
    if (f->kind == FRAME_GNSS)
        inject_velocity_close(&f->u.gnss, &before);
}

static double add_times(void *context, inject_field field, double value, double amount)
{
    (void)field;
    return value + amount * *(const double *)context;
}

static void move(frame *f, const double by[INJECT_FIRST_VALUE], double course_rad, double times)
{
    inject_move(f, by[INJECT_EAST] * times, by[INJECT_NORTH] * times, by[INJECT_UP] * times);
    inject_move_along(f, course_rad, by[INJECT_ALONG] * times, by[INJECT_LEFT] * times);
}

/* ---- offset ---- */

typedef struct {
#define X(NAME, name, suffix, ...) double name##_##suffix;
    INJECT_FIELDS(X)
#undef X
} offset_keys;

static const config_key offset_keys_rows[] = {
#define X(NAME, name, suffix, unit, rate_suffix, rate_unit, most, frames, meaning)                           \
    {#name "_" #suffix, CONFIG_NUMBER, offsetof(offset_keys, name##_##suffix), unit, -(most), most,          \
     meaning ": added."},
    INJECT_FIELDS(X)
#undef X
};
static const offset_keys offset_keys_defaults;

static bool apply_offset(const inject_call *c, frame *f)
{
    const double *by = c->keys;
    double once = 1;
    move(f, by, c->course_rad, once);
    change_values(f, by + INJECT_FIRST_VALUE, 0, add_times, &once);
    return true;
}

static uint32_t field_frames(size_t key)
{
    return inject_field_frames((inject_field)key);
}

const inject_kind inject_offset = {
    .word = "offset",
    .meaning = "Something is added to numbers of the frame. `along_m` and `left_m` are against the course "
               "that GNSS showed last.",
    .frames = INJECT_ALL & ~INJECT_FRAMES(CAMERA_HEALTH),
    INJECT_USE_KEYS(offset_keys),
    .needs_key = true,
    .apply = apply_offset,
    .key_frames = field_frames,
};

/* ---- ramp ---- */

typedef struct {
#define X(NAME, name, suffix, unit, rate_suffix, ...) double name##_##rate_suffix;
    INJECT_FIELDS(X)
#undef X
    bool consistent;
} ramp_keys;
static_assert(sizeof(ramp_keys) <= INJECT_KEYS_SIZE, "raise INJECT_KEYS_SIZE");

static const config_key ramp_keys_rows[] = {
#define X(NAME, name, suffix, unit, rate_suffix, rate_unit, most, frames, meaning)                           \
    {#name "_" #rate_suffix,                                                                                 \
     CONFIG_NUMBER,                                                                                          \
     offsetof(ramp_keys, name##_##rate_suffix),                                                              \
     rate_unit,                                                                                              \
     -(most),                                                                                                \
     most,                                                                                                   \
     meaning ": added for each second since the fault began."},
    INJECT_FIELDS(X)
#undef X
        {"consistent", CONFIG_FLAG, offsetof(ramp_keys, consistent), "", 0, 1,
         "A drifting position's velocity drifts along."},
};
static const ramp_keys ramp_keys_defaults = {.consistent = true};

typedef struct {
    bool begun;
    double course_rad; /* when the fault began: the direction stays when the vehicle turns */
} ramp_state;

/* The velocity that belongs to a position that drifts. */
static void drift_velocity(frame_gnss *g, const double by[INJECT_FIRST_VALUE], double course_rad)
{
    double course = isfinite(course_rad) ? course_rad : 0;
    inject_add_velocity(g, by[INJECT_EAST] + by[INJECT_ALONG] * sin(course) - by[INJECT_LEFT] * cos(course),
                        by[INJECT_NORTH] + by[INJECT_ALONG] * cos(course) + by[INJECT_LEFT] * sin(course),
                        by[INJECT_UP]);
}

static bool apply_ramp(const inject_call *c, frame *f)
{
    const ramp_keys *keys = c->keys;
    const double *rates = c->keys;
    ramp_state *state = c->state;
    double t_s = c->t_s;
    if (!state->begun)
        *state = (ramp_state){true, c->course_rad};
    move(f, rates, state->course_rad, t_s);
    if (f->kind == FRAME_GNSS && keys->consistent)
        drift_velocity(&f->u.gnss, rates, state->course_rad);
    change_values(f, rates + INJECT_FIRST_VALUE, 0, add_times, &t_s);
    return true;
}

static uint32_t ramp_frames(size_t key)
{
    return key < INJECT_FIELD_COUNT ? field_frames(key) : INJECT_FRAMES(GNSS);
}

const inject_kind inject_ramp = {
    .word = "ramp",
    .meaning = "Something that grows with time is added to numbers of the frame: a drift. `along_mps` and "
               "`left_mps` are against the course at the fault's beginning.",
    .frames = INJECT_ALL & ~INJECT_FRAMES(CAMERA_HEALTH),
    INJECT_USE_KEYS(ramp_keys),
    .needs_key = true,
    .state_size = sizeof(ramp_state),
    .apply = apply_ramp,
    .key_frames = ramp_frames,
};

/* ---- scale ---- */

typedef struct {
#define X(NAME, name, ...) double name;
    INJECT_VALUE_FIELDS(X)
#undef X
} scale_keys;

static const config_key scale_keys_rows[] = {
#define X(NAME, name, suffix, unit, rate_suffix, rate_unit, most, frames, meaning)                           \
    {#name, CONFIG_NUMBER, offsetof(scale_keys, name), "1", -1000, 1000, meaning ": multiplied."},
    INJECT_VALUE_FIELDS(X)
#undef X
};
static const scale_keys scale_keys_defaults = {
#define X(NAME, name, ...) .name = 1,
    INJECT_VALUE_FIELDS(X)
#undef X
};

static double multiply(void *context, inject_field field, double value, double amount)
{
    (void)context, (void)field;
    return value * amount;
}

static bool apply_scale(const inject_call *c, frame *f)
{
    change_values(f, c->keys, 1, multiply, NULL);
    return true;
}

static uint32_t scale_frames(size_t key)
{
    return field_frames(key + INJECT_FIRST_VALUE);
}

const inject_kind inject_scale = {
    .word = "scale",
    .meaning = "Numbers of the frame are multiplied.",
    .frames = INJECT_ALL & ~INJECT_FRAMES(CAMERA_HEALTH),
    INJECT_USE_KEYS(scale_keys),
    .needs_key = true,
    .apply = apply_scale,
    .key_frames = scale_frames,
};

/* ---- noise ---- */

typedef struct {
#define X(NAME, name, suffix, ...) double name##_##suffix;
    INJECT_FIELDS(X)
#undef X
    double times, correlation_s;
} noise_keys;
static_assert(sizeof(noise_keys) <= INJECT_KEYS_SIZE, "raise INJECT_KEYS_SIZE");

static const config_key noise_keys_rows[] = {
#define X(NAME, name, suffix, unit, rate_suffix, rate_unit, most, frames, meaning)                           \
    {#name "_" #suffix,                                                                                      \
     CONFIG_NUMBER,                                                                                          \
     offsetof(noise_keys, name##_##suffix),                                                                  \
     unit,                                                                                                   \
     0,                                                                                                      \
     most,                                                                                                   \
     meaning ": noise with this sigma is added."},
    INJECT_FIELDS(X)
#undef X
        {"times", CONFIG_NUMBER, offsetof(noise_keys, times), "1", 1, 1000,
         "Noise is added until the sum is this many times what the source's settings or claims say."},
    {"correlation_s", CONFIG_NUMBER, offsetof(noise_keys, correlation_s), "s", 0, 3600,
     "How long the noise lasts, the same for all elements of a list; 0: each number has its own."},
};
static const noise_keys noise_keys_defaults = {.times = 1};

typedef struct {
    double value[INJECT_FIELD_COUNT]; /* that lasts */
    bool begun;
} noise_state;

typedef struct {
    const inject_call *call;
    const noise_keys *keys;
} noise_context;

static double noise_sigma(const inject_call *c, const frame *f, inject_field field)
{
    const noise_keys *keys = c->keys;
    double given = ((const double *)c->keys)[field];
    double own = inject_field_sigma(c->source, f, field, c->step_s);
    return hypot(given, own * sqrt(keys->times * keys->times - 1));
}

/* What lasts is drawn once for the frame. */
static void draw_noise(const inject_call *c, double sigmas[INJECT_FIELD_COUNT])
{
    const noise_keys *keys = c->keys;
    noise_state *state = c->state;
    for (int i = 0; i < INJECT_FIELD_COUNT; i++)
        state->value[i] = inject_random_drift(c->random, state->value[i], sigmas[i],
                                              state->begun ? keys->correlation_s : 0, c->step_s);
    state->begun = true;
}

static double add_noise(void *context, inject_field field, double value, double sigma)
{
    const noise_context *n = context;
    const noise_state *state = n->call->state;
    if (n->keys->correlation_s > 0)
        return value + state->value[field];
    return value + inject_random_normal(n->call->random, sigma);
}

static bool apply_noise(const inject_call *c, frame *f)
{
    noise_state *state = c->state;
    noise_context context = {c, c->keys};
    double sigmas[INJECT_FIELD_COUNT];
    for (int i = 0; i < INJECT_FIELD_COUNT; i++) {
        bool has = inject_field_frames((inject_field)i) & 1u << f->kind;
        sigmas[i] = has ? noise_sigma(c, f, (inject_field)i) : 0;
    }
    /* `times` is of the error in the plane: once, not again along and across. */
    sigmas[INJECT_ALONG] = ((const noise_keys *)c->keys)->along_m;
    sigmas[INJECT_LEFT] = ((const noise_keys *)c->keys)->left_m;
    draw_noise(c, sigmas);
    move(f, state->value, c->course_rad, 1);
    change_values(f, sigmas + INJECT_FIRST_VALUE, 0, add_noise, &context);
    return true;
}

static uint32_t noise_frames(size_t key)
{
    return key < INJECT_FIELD_COUNT ? field_frames(key) : INJECT_ALL;
}

const inject_kind inject_noise = {
    .word = "noise",
    .meaning = "Random errors are added to numbers of the frame.",
    .frames = INJECT_ALL & ~INJECT_FRAMES(CAMERA_HEALTH),
    INJECT_USE_KEYS(noise_keys),
    .needs_key = true,
    .state_size = sizeof(noise_state),
    .apply = apply_noise,
    .key_frames = noise_frames,
};
