/*
 * What every kind of fault looks like to the stream: one designated-initialiser struct each (kind_*.c),
 * listed in kinds.c. The loader, the stream and the reference page walk that list; none of them knows a kind
 * by name.
 */
#ifndef POSED_INJECT_KIND_H
#define POSED_INJECT_KIND_H

#include "config/table.h"
#include "fusion/frame.h"
#include "inject/random.h"

#include <assert.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    INJECT_KEYS_SIZE = 512,  /* of the largest struct of keys */
    INJECT_MAX_ELEMENTS = 32 /* of the map that one fault names */
};

/* A frame that a fault is to act on. */
typedef struct {
    const void *keys;              /* the fault's, as its kind defines them */
    const source_settings *source; /* who sent the frame */
    inject_random *random;         /* of this fault, source and kind of frame */
    void *state;                   /* the same; zeroed at first */
    double t_s;                    /* since the fault began; of a frame that is only watched: negative */
    double step_s;     /* since the frame before of this source and kind, 0..10; 0: there was none */
    double course_rad; /* of the vehicle, clockwise from north, as GNSS last said; NAN: never */
    int64_t stamp_ns;  /* as the sensor gave it, whatever faults have made of it */
} inject_call;

/* What a fault of the map makes of one of its elements. Zeroed: nothing. */
typedef struct {
    double enu_m[3]; /* it lies that far off: east, north, up */
    double left_m;   /* of a line: to the left of the way that its lanes go */
    bool unseen;     /* it is not there any more */
} inject_change;

/* Elements of the map. */
enum { INJECT_MARKS = 1, INJECT_LINES = 2 };

typedef struct {
    const char *word;
    const char *meaning; /* a sentence or two for the reference */
    uint32_t frames;     /* bit = frame_kind that it may act on; 0: it acts on the map */
    uint32_t elements;   /* of the map: bits of INJECT_MARKS, INJECT_LINES */
    config_group keys;
    const void *defaults; /* of the keys; as large as keys_size */
    size_t keys_size, state_size;
    double period_s; /* default of the key that every fault has */
    bool needs_key;  /* without any of its keys it would change nothing */
    /* Changes the frame; false: it is gone. NULL: of the map. */
    bool (*apply)(const inject_call *c, frame *f);
    /* Sees each frame at which the fault does not act, and may change what would not fit to what came before;
     * NULL: it need not. */
    void (*watch)(const inject_call *c, frame *f);
    /* Of the map: what it makes of one element. The random numbers are of this fault and element; lines of
     * one section of the survey share theirs. */
    void (*change)(const void *keys, inject_random *r, inject_change *out);
    /* Which kinds of frame a key acts on; NULL: each on all that the kind of fault does. */
    uint32_t (*key_frames)(size_t key);
} inject_kind;

/* Every kind: inject_off in kind_frames.c, and so on. In the order of the reference. */
#define INJECT_KINDS(X)                                                                                      \
    X(off)                                                                                                   \
    X(intermittent)                                                                                          \
    X(stuck)                                                                                                 \
    X(replayed)                                                                                              \
    X(delayed)                                                                                               \
    X(time_step)                                                                                             \
    X(garbage)                                                                                               \
    X(offset)                                                                                                \
    X(ramp)                                                                                                  \
    X(scale)                                                                                                 \
    X(noise)                                                                                                 \
    X(claim)                                                                                                 \
    X(swapped)                                                                                               \
    X(remount)                                                                                               \
    X(jamming)                                                                                               \
    X(multipath)                                                                                             \
    X(wrong_fix)                                                                                             \
    X(spoof)                                                                                                 \
    X(saturation)                                                                                            \
    X(slip)                                                                                                  \
    X(blocked)                                                                                               \
    X(interference)                                                                                          \
    X(glare)                                                                                                 \
    X(darkness)                                                                                              \
    X(dirt)                                                                                                  \
    X(blur)                                                                                                  \
    X(shifted)                                                                                               \
    X(moved)                                                                                                 \
    X(gone)                                                                                                  \
    X(stale)                                                                                                 \
    X(repainted)
#define X(word) extern const inject_kind inject_##word;
INJECT_KINDS(X)
#undef X

/* NULL after the last one. */
extern const inject_kind *const inject_kinds[];
/* NULL: there is none. */
const inject_kind *inject_kind_find(const char *word);

#define INJECT_FRAMES(NAME) (1u << FRAME_##NAME)
enum {
    INJECT_CAMERA = INJECT_FRAMES(LANDMARKS) | INJECT_FRAMES(LANES) | INJECT_FRAMES(CAMERA_HEALTH),
    INJECT_ALL = (1u << FRAME_KIND_COUNT) - 1,
};

/* A kind's keys are written once, as a list of rows
 *     #define FOO_KEYS(NUM, FLAG, T) NUM(T, rate_mps, "m/s", -10, 10, 0.5, "How fast.") ...
 * of which come the struct, the table and the defaults. */
#define INJECT_STRUCT_NUM(T, name, unit, least, most, value, meaning) double name;
#define INJECT_STRUCT_FLAG(T, name, value, meaning) bool name;
#define INJECT_ROW_NUM(T, name, unit, least, most, value, meaning)                                           \
    {#name, CONFIG_NUMBER, offsetof(T, name), unit, least, most, meaning},
#define INJECT_ROW_FLAG(T, name, value, meaning) {#name, CONFIG_FLAG, offsetof(T, name), "", 0, 1, meaning},
#define INJECT_VALUE_NUM(T, name, unit, least, most, value, meaning) .name = value,
#define INJECT_VALUE_FLAG(T, name, value, meaning) .name = value,
/* T, T_rows and T_defaults. */
#define INJECT_DEFINE_KEYS(LIST, T)                                                                          \
    typedef struct {                                                                                         \
        LIST(INJECT_STRUCT_NUM, INJECT_STRUCT_FLAG, T)                                                       \
    } T;                                                                                                     \
    static_assert(sizeof(T) <= INJECT_KEYS_SIZE, "raise INJECT_KEYS_SIZE");                                  \
    static const config_key T##_rows[] = {LIST(INJECT_ROW_NUM, INJECT_ROW_FLAG, T)};                         \
    static const T T##_defaults = {LIST(INJECT_VALUE_NUM, INJECT_VALUE_FLAG, T)};
#define INJECT_USE_KEYS(T)                                                                                   \
    .keys = {T##_rows, sizeof T##_rows / sizeof *T##_rows}, .defaults = &T##_defaults, .keys_size = sizeof(T)

/* A time that much later; as far as time goes where a damaged stamp is near its end. */
static inline int64_t inject_later(int64_t time_ns, double by_s)
{
    static const double most_ns = 9.2e18; /* below 2^63, beyond which a conversion is not defined */
    const double by_ns = by_s * 1e9;
    int64_t later_ns;
    if (!(by_ns > -most_ns && by_ns < most_ns) || __builtin_add_overflow(time_ns, (int64_t)by_ns, &later_ns))
        return by_s < 0 ? INT64_MIN : INT64_MAX;
    return later_ns;
}

/* A strength that grows to 1 within `rise_s`. */
static inline double inject_rise(double t_s, double rise_s)
{
    return t_s < rise_s ? t_s / rise_s : 1;
}

#ifdef __cplusplus
}
#endif
#endif
