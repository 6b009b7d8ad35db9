#include "town.h"

#include "sim/rng.h"
#include "road.h"
#include "sim/vec.h"

enum { STREAM_OBJECTS = 1, STREAM_TAGS, STREAM_TRAFFIC };

/* The first step at which the vehicle is at least `s_m` along the road. */
static size_t step_at(const trajectory *drive, double s_m)
{
    size_t low = 0, high = drive->count - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (drive->states[middle].s_m < s_m)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A point beside the road: `left_m` from its line and `up_m` above it. */
static town_object place(const trajectory *drive, double s_m, double left_m, double up_m)
{
    double on_road = s_m - ROAD_LENGTH_M * floor(s_m / ROAD_LENGTH_M);
    const trajectory_state *x = &drive->states[step_at(drive, on_road)];
    double rest = on_road - x->s_m;
    return (town_object){.s_m = on_road,
                         .plane_m = {x->plane_m[0] + rest * cos(x->yaw_rad) - left_m * sin(x->yaw_rad),
                                     x->plane_m[1] + rest * sin(x->yaw_rad) + left_m * cos(x->yaw_rad),
                                     x->plane_m[2] + up_m}};
}

/* The line is the middle of the right-hand lane: the kerb is 2 m to its right, the far one 5.5 m to its left.
 */
static void build_objects(town *t, const trajectory *drive)
{
    rng r = rng_seed(DRIVE_SEED, STREAM_OBJECTS);
    double s = 2;
    while (s < ROAD_LENGTH_M && t->object_count < TOWN_MAX_OBJECTS) {
        bool tunnel = road_in_tunnel(s), left = rng_chance(&r, 0.5);
        double off = tunnel ? 1.0 : rng_between(&r, 0.6, 9);
        double height = rng_between(&r, 0.3, 1.8);
        t->objects[t->object_count++] = place(drive, s, left ? 5.5 + off : -2.0 - off, height);
        s += rng_between(&r, 1.5, tunnel ? 6 : 4.5);
    }
}

/* A pole about every 42 m under the open sky, in turn right and left. */
static void build_tags(town *t, const trajectory *drive)
{
    rng r = rng_seed(DRIVE_SEED, STREAM_TAGS);
    for (double s = 30; s < ROAD_LENGTH_M && t->tag_count < TOWN_MAX_TAGS; s += rng_between(&r, 34, 50)) {
        double off = rng_between(&r, 0.8, 2.5), height = rng_between(&r, 2.2, 3.4);
        if (!road_in_tunnel(s)) {
            bool left = t->tag_count % 3 == 2;
            t->tags[t->tag_count++] = place(drive, s, left ? 5.5 + off : -2.0 - off, height);
        }
    }
}

void town_build(town *t, const trajectory *drive)
{
    *t = (town){0};
    build_objects(t, drive);
    build_tags(t, drive);
    rng r = rng_seed(DRIVE_SEED, STREAM_TRAFFIC);
    for (size_t i = 0; i < TOWN_ONCOMING; i++) {
        t->oncoming_m[i] = rng_between(&r, 0, ROAD_LENGTH_M);
        t->oncoming_mps[i] = rng_between(&r, 7, 13);
    }
}

/* A car on the road at `s_m`, `left_m` from the line, moving at `speed_mps` along it. */
static town_car car_at(const trajectory *drive, double s_m, double left_m, double speed_mps)
{
    town_object at = place(drive, s_m, left_m, 0.6);
    road_shape road = road_at(at.s_m);
    town_car car = {.s_m = at.s_m,
                    .velocity_mps = {speed_mps * cos(road.yaw_rad), speed_mps * sin(road.yaw_rad),
                                     speed_mps * road.grade}};
    for (int i = 0; i < 3; i++)
        car.plane_m[i] = at.plane_m[i];
    return car;
}

town_car town_oncoming(const town *t, const trajectory *drive, size_t i, size_t step)
{
    double elapsed_s = (double)step / STEPS_PER_SECOND;
    return car_at(drive, t->oncoming_m[i] - t->oncoming_mps[i] * elapsed_s, 3.5, -t->oncoming_mps[i]);
}

bool town_leader(const trajectory *drive, size_t step, town_car *car)
{
    double elapsed_s = (double)step / STEPS_PER_SECOND, wave = 2 * PI / 40;
    const trajectory_state *x = &drive->states[step];
    /* It turns in ahead of us after the first bend and away before the last ones. */
    if (x->s_m < 380 || x->s_m > 1300)
        return false;
    double gap_m = 24 + 7 * sin(wave * elapsed_s), closing_mps = 7 * wave * cos(wave * elapsed_s);
    *car = car_at(drive, x->s_m + gap_m, 0, x->speed_mps + closing_mps);
    return true;
}
