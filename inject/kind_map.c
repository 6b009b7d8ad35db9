/* Faults of the map: shifted, moved, gone, stale. They are there before the drive begins. */
#include "fusion/geodesy.h"
#include "inject/kind.h"

#include <math.h>

static void move_element(landmark_settings *m, double east_m, double north_m, double up_m)
{
    const double deg = 180 / M_PI;
    double ecef[3], axes[3][3], latitude, longitude, height;
    geodetic_to_ecef(m->latitude_deg / deg, m->longitude_deg / deg, m->height_m, ecef);
    enu_axes(m->latitude_deg / deg, m->longitude_deg / deg, axes);
    for (int i = 0; i < 3; i++)
        ecef[i] += axes[0][i] * east_m + axes[1][i] * north_m + axes[2][i] * up_m;
    ecef_to_geodetic(ecef, &latitude, &longitude, &height);
    m->latitude_deg = latitude * deg;
    m->longitude_deg = longitude * deg;
    m->height_m = height;
}

static void move_anywhere(landmark_settings *m, inject_random *r, double by_m)
{
    double direction = inject_random_between(r, -M_PI, M_PI);
    move_element(m, by_m * cos(direction), by_m * sin(direction), 0);
}

/* ---- shifted ---- */

#define SHIFTED_KEYS(NUM, FLAG, T)                                                                           \
    NUM(T, east_m, "m", -1e4, 1e4, 0, "To the east.")                                                        \
    NUM(T, north_m, "m", -1e4, 1e4, 0, "To the north.")                                                      \
    NUM(T, up_m, "m", -1e3, 1e3, 0, "Up.")
INJECT_DEFINE_KEYS(SHIFTED_KEYS, shifted_keys)

static void change_shifted(const void *keys, inject_random *r, settings *s, const bool *chosen)
{
    const shifted_keys *by = keys;
    (void)r;
    for (size_t i = 0; i < s->landmark_count; i++) {
        if (chosen[i])
            move_element(&s->landmarks[i], by->east_m, by->north_m, by->up_m);
    }
}

const inject_kind inject_shifted = {
    .word = "shifted",
    .meaning =
        "The map lies somewhere else as a whole: surveyed in another datum, or with a bad base station.",
    INJECT_USE_KEYS(shifted_keys),
    .needs_key = true,
    .change = change_shifted,
};

/* ---- moved ---- */

#define MOVED_KEYS(NUM, FLAG, T)                                                                             \
    NUM(T, share, "1", 0, 1, 0.3, "Share of the elements.")                                                  \
    NUM(T, by_m, "m", 0, 1e4, 2, "How far each, in a direction of its own.")
INJECT_DEFINE_KEYS(MOVED_KEYS, moved_keys)

static void change_moved(const void *keys, inject_random *r, settings *s, const bool *chosen)
{
    const moved_keys *by = keys;
    for (size_t i = 0; i < s->landmark_count; i++) {
        if (chosen[i] && inject_random_uniform(r) < by->share)
            move_anywhere(&s->landmarks[i], r, by->by_m);
    }
}

const inject_kind inject_moved = {
    .word = "moved",
    .meaning = "Some elements stand elsewhere since the survey.",
    INJECT_USE_KEYS(moved_keys),
    .change = change_moved,
};

/* ---- gone ---- */

#define GONE_KEYS(NUM, FLAG, T) NUM(T, share, "1", 0, 1, 0.5, "Share of the elements.")
INJECT_DEFINE_KEYS(GONE_KEYS, gone_keys)

/* One that was taken away in the world is one that the map has and nobody sees. Nobody sees an element that
 * stands under another's number: so it gets one that no camera reads. */
static void take_away(landmark_settings *m)
{
    m->id |= UINT64_C(1) << 63;
}

static void change_gone(const void *keys, inject_random *r, settings *s, const bool *chosen)
{
    const gone_keys *by = keys;
    for (size_t i = 0; i < s->landmark_count; i++) {
        if (chosen[i] && inject_random_uniform(r) < by->share)
            take_away(&s->landmarks[i]);
    }
}

const inject_kind inject_gone = {
    .word = "gone",
    .meaning = "Elements of the map are not there any more. A replay cannot take them out of what the camera "
               "saw: the map has other elements in their places instead, which nobody sees.",
    INJECT_USE_KEYS(gone_keys),
    .change = change_gone,
};

/* ---- stale ---- */

#define STALE_KEYS(NUM, FLAG, T)                                                                             \
    NUM(T, share, "1", 0, 1, 0.2, "Share of the elements that are no longer so: half moved, half gone.")     \
    NUM(T, by_m, "m", 0, 1e4, 3, "How far those that have moved, in a direction of their own.")
INJECT_DEFINE_KEYS(STALE_KEYS, stale_keys)

static void change_stale(const void *keys, inject_random *r, settings *s, const bool *chosen)
{
    const stale_keys *by = keys;
    for (size_t i = 0; i < s->landmark_count; i++) {
        double luck = inject_random_uniform(r);
        if (!chosen[i] || luck >= by->share)
            continue;
        if (luck < by->share / 2)
            take_away(&s->landmarks[i]);
        else
            move_anywhere(&s->landmarks[i], r, by->by_m);
    }
}

const inject_kind inject_stale = {
    .word = "stale",
    .meaning = "An old map: some elements have been moved since, some taken away.",
    INJECT_USE_KEYS(stale_keys),
    .change = change_stale,
};
