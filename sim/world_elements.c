/* What stands beside the road: signs, lights, poles, fiducials for the camera; rails, fences, house corners
 * and parked cars for the radar. */
#include "common/vector.h"
#include "sim/vec.h"
#include "sim/world_private.h"

#include <stdlib.h>
#include <string.h>

/* Ids of elements in the map; fiducials have numbers of their own, from 1. */
enum { FIRST_ID = 1000 };

/* How one kind stands along a road. */
typedef struct {
    sim_element_kind kind;
    double per_km;
    double side_least_m, side_most_m; /* from the edge of the carriageway */
    double up_least_m, up_most_m;     /* of its middle, above the road */
    bool both_sides;
} planting;

static bool make_room(sim_world *w)
{
    sim_element *elements =
        vector_reserve(w->elements, &w->element_capacity, w->element_count + 1, sizeof *elements);
    if (!elements)
        return false;
    w->elements = elements;
    return true;
}

static bool add(sim_world *w, sim_element_kind kind, double s_m, double offset_m, double up_m)
{
    sim_road_point p;
    if (!make_room(w))
        return false;
    sim_world_road(w, s_m, &p);
    sim_element *e = &w->elements[w->element_count++];
    *e = (sim_element){.kind = kind,
                       .s_m = s_m,
                       .plane_m = {p.plane_m[0] - offset_m * sin(p.yaw_rad),
                                   p.plane_m[1] + offset_m * cos(p.yaw_rad),
                                   p.plane_m[2] + offset_m * p.bank_rad + up_m}};
    return true;
}

/* At distances that vary around their mean, so that nothing stands in step with the vehicle's frames. */
static bool plant(sim_world *w, const planting *how, rng *r)
{
    double s = 0, spacing = 1000 / how->per_km;
    if (!(how->per_km > 0))
        return true;
    for (int i = 0; (s += spacing * rng_between(r, 0.5, 1.5)) < sim_world_length_m(w); i++) {
        sim_road_point p;
        sim_world_road(w, s, &p);
        double edge = 0.5 * p.lanes * p.lane_width_m,
               away = rng_between(r, how->side_least_m, how->side_most_m);
        double up = rng_between(r, how->up_least_m, how->up_most_m);
        bool left = how->both_sides && rng_chance(r, 0.5);
        if (!add(w, how->kind, s, left ? edge + away : -edge - away, up))
            return false;
    }
    return true;
}

static int by_place(const void *a, const void *b)
{
    const sim_element *x = a, *y = b;
    if (x->s_m != y->s_m)
        return x->s_m < y->s_m ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static void number(sim_world *w)
{
    uint64_t next = FIRST_ID, tag = 1;
    for (size_t i = 0; i < w->element_count; i++) {
        if (!w->elements[i].given)
            w->elements[i].id = w->elements[i].kind == ELEMENT_TAG ? tag++ : next++;
    }
}

/* Where the vehicle has to stop, a traffic light hangs, in a town. */
static bool hang_lights(sim_world *w, const sim_scenario *s)
{
    if (s->road.kind != SIM_ROAD_TOWN && s->road.kind != SIM_ROAD_RING)
        return true;
    for (size_t i = 0; i < w->stop_count; i++) {
        sim_road_point p;
        sim_world_road(w, w->stops[i].s_m, &p);
        if (!add(w, ELEMENT_LIGHT, w->stops[i].s_m + 4, -0.5 * p.lanes * p.lane_width_m - 0.8, 3.2))
            return false;
    }
    return true;
}

static bool add_given(sim_world *w)
{
    for (size_t i = 0; i < w->given_count; i++) {
        if (!make_room(w))
            return false;
        w->elements[w->element_count++] = w->given[i];
    }
    return true;
}

void world_turn_given(sim_world *w, size_t i)
{
    sim_element *e = &w->elements[i];
    for (int k = 0; k < 3; k++) {
        double mapped_m = e->plane_m[k];
        e->plane_m[k] -= e->mapped_m[k] - mapped_m;
        e->mapped_m[k] = mapped_m;
    }
    for (size_t before = 0; before < i; before++) {
        if (w->elements[before].given && w->elements[before].id == e->id)
            memcpy(e->plane_m, w->elements[before].plane_m, sizeof e->plane_m);
    }
}

bool world_place_elements(sim_world *w, const sim_scenario *s, rng *r)
{
    const sim_road_settings *set = &s->road;
    bool fast = set->kind == SIM_ROAD_MOTORWAY || set->kind == SIM_ROAD_TUNNEL;
    bool walls = set->kind == SIM_ROAD_CAR_PARK;
    const planting all[] = {
        {ELEMENT_SIGN, set->signs_per_km, 0.5, 2, 2, fast ? 5.5 : 2.6, false},
        {ELEMENT_POLE, set->poles_per_km, 0.5, 2.5, 0.5, 3, true},
        {ELEMENT_TAG, set->tags_per_km, 0.3, 1.5, 1.2, 2.2, true},
        /* posts of guard rails each 4 m on either side, fences and walls elsewhere */
        {ELEMENT_RAIL,
         set->rails > 0 ? 0
         : fast         ? 500
         : walls        ? 400
                        : 150,
         0.8, fast ? 1.2 : 5, 0.4, 0.8, true},
        /* corners and entrances of houses, parked cars, rock */
        {ELEMENT_HOUSE, fast ? 30 : 250, fast ? 10 : 1, fast ? 40 : 12, 0.5, 2, true},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!plant(w, &all[i], r))
            return false;
    }
    if (!hang_lights(w, s) || !add_given(w))
        return false;
    qsort(w->elements, w->element_count, sizeof *w->elements, by_place);
    number(w);
    return true;
}
