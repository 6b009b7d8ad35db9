/*
 * What a simulated radar's return is of. For judges: a vehicle does not know it.
 */
#ifndef POSED_SIM_SIM_RETURN_H
#define POSED_SIM_SIM_RETURN_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What lies in one cell answers as one: the first so many of it. */
enum { SIM_RETURN_THINGS = 4 };

typedef struct {
    float range_m, doppler_mps;         /* as it was emitted: tells it from the others of its scan */
    uint64_t things[SIM_RETURN_THINGS]; /* of the world, by id; 0: no more. None: the ground, another vehicle,
                                           nothing at all, or what a reflection has put elsewhere */
    double plane_m[2]; /* where it is, without noise: east, north in the plane of the datum */
} sim_return;

static inline bool sim_return_is_of(const sim_return *r, uint64_t thing)
{
    for (int i = 0; i < SIM_RETURN_THINGS; i++) {
        if (thing != 0 && r->things[i] == thing)
            return true;
    }
    return false;
}

#ifdef __cplusplus
}
#endif
#endif
