/* Faults of the map: shifted, moved, gone, stale, repainted. They are there before the drive begins. */
#include "inject/kind.h"

#include <math.h>

static void move_anywhere(inject_change *out, inject_random *r, double by_m)
{
    double direction = inject_random_between(r, -M_PI, M_PI);
    out->enu_m[0] = by_m * cos(direction);
    out->enu_m[1] = by_m * sin(direction);
}

/* ---- shifted ---- */

#define SHIFTED_KEYS(NUM, FLAG, T)                                                                           \
    NUM(T, east_m, "m", -1e4, 1e4, 0, "To the east.")                                                        \
    NUM(T, north_m, "m", -1e4, 1e4, 0, "To the north.")                                                      \
    NUM(T, up_m, "m", -1e3, 1e3, 0, "Up.")
INJECT_DEFINE_KEYS(SHIFTED_KEYS, shifted_keys)

static void change_shifted(const void *keys, inject_random *r, inject_change *out)
{
    const shifted_keys *by = keys;
    (void)r;
    *out = (inject_change){.enu_m = {by->east_m, by->north_m, by->up_m}};
}

const inject_kind inject_shifted = {
    .word = "shifted",
    .meaning = "The map lies somewhere else as a whole, lines and all: surveyed in another datum, or with a "
               "bad base station.",
    .elements = INJECT_MARKS | INJECT_LINES,
    INJECT_USE_KEYS(shifted_keys),
    .needs_key = true,
    .change = change_shifted,
};

/* ---- moved ---- */

#define MOVED_KEYS(NUM, FLAG, T)                                                                             \
    NUM(T, share, "1", 0, 1, 0.3, "Share of the elements.")                                                  \
    NUM(T, by_m, "m", 0, 1e4, 2, "How far each, in a direction of its own.")
INJECT_DEFINE_KEYS(MOVED_KEYS, moved_keys)

static void change_moved(const void *keys, inject_random *r, inject_change *out)
{
    const moved_keys *by = keys;
    if (inject_random_uniform(r) < by->share)
        move_anywhere(out, r, by->by_m);
}

const inject_kind inject_moved = {
    .word = "moved",
    .meaning = "Some signs, lights and poles stand elsewhere since the survey.",
    .elements = INJECT_MARKS,
    INJECT_USE_KEYS(moved_keys),
    .change = change_moved,
};

/* ---- gone ---- */

#define GONE_KEYS(NUM, FLAG, T) NUM(T, share, "1", 0, 1, 0.5, "Share of the elements.")
INJECT_DEFINE_KEYS(GONE_KEYS, gone_keys)

static void change_gone(const void *keys, inject_random *r, inject_change *out)
{
    const gone_keys *by = keys;
    out->unseen = inject_random_uniform(r) < by->share;
}

const inject_kind inject_gone = {
    .word = "gone",
    .meaning = "Signs, lights and poles of the map are not there any more. A replay cannot take them out of "
               "what the camera saw: the map has other elements instead, which nobody sees: their ids have "
               "2^63 more, and what is no fiducial lies some 8 to 20 m further along the road, where nothing "
               "stands.",
    .elements = INJECT_MARKS,
    INJECT_USE_KEYS(gone_keys),
    .change = change_gone,
};

/* ---- stale ---- */

#define STALE_KEYS(NUM, FLAG, T)                                                                             \
    NUM(T, share, "1", 0, 1, 0.2, "Share of the elements that are no longer so: half moved, half gone.")     \
    NUM(T, by_m, "m", 0, 1e4, 3, "How far those that have moved, in a direction of their own.")
INJECT_DEFINE_KEYS(STALE_KEYS, stale_keys)

static void change_stale(const void *keys, inject_random *r, inject_change *out)
{
    const stale_keys *by = keys;
    double luck = inject_random_uniform(r);
    if (luck < by->share / 2)
        out->unseen = true;
    else if (luck < by->share)
        move_anywhere(out, r, by->by_m);
}

const inject_kind inject_stale = {
    .word = "stale",
    .meaning = "An old map: some elements have been moved since, some taken away.",
    .elements = INJECT_MARKS,
    INJECT_USE_KEYS(stale_keys),
    .change = change_stale,
};

/* ---- repainted ---- */

#define REPAINTED_KEYS(NUM, FLAG, T)                                                                         \
    NUM(T, share, "1", 0, 1, 0.5, "Share of the sections of the survey; of lines without one, of these.")    \
    NUM(T, left_m, "m", -100, 100, 0.5, "How far the map's lines lie to the left of the painted ones.")
INJECT_DEFINE_KEYS(REPAINTED_KEYS, repainted_keys)

static void change_repainted(const void *keys, inject_random *r, inject_change *out)
{
    const repainted_keys *by = keys;
    if (inject_random_uniform(r) < by->share)
        out->left_m = by->left_m;
}

const inject_kind inject_repainted = {
    .word = "repainted",
    .meaning = "Road works: the lane lines of some stretches have been painted anew, all to one side of "
               "where the map has them.",
    .elements = INJECT_LINES,
    INJECT_USE_KEYS(repainted_keys),
    .change = change_repainted,
};
