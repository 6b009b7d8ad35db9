/*
 * What the sky lets a GNSS receiver have: which solution, how much worse, and what reflections add.
 */
#ifndef POSED_SIM_GNSS_RECEPTION_H
#define POSED_SIM_GNSS_RECEPTION_H

#include "sim/rng.h"
#include "sim/world.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { SOLUTION_NONE, SOLUTION_CODE, SOLUTION_FLOAT, SOLUTION_FIXED } gnss_solution;

/* An error that comes, stays for a while and goes, to one side. */
typedef struct {
    bool on;
    double size_m, direction[3]; /* horizontal part of unit length */
    double level, ramp_s;        /* 0..1: how much of it is there; how long it takes to come and to go */
    drift wander[3];             /* about its middle, share of its size */
} gnss_excursion;

typedef struct {
    gnss_solution solution;
    double factor;             /* errors of the code solution are larger by this */
    double reflection_m;       /* size of the present reflection, 0: none */
    double offset_m[3];        /* east, north, up: reflection and wrong fix */
    gnss_excursion reflection; /* of a street canyon */
    gnss_excursion wrong_fix;  /* ambiguities on the wrong integers */
    bool outage, floating;
    double sky_s;              /* how long there has been a sky */
    double acquire_s, float_s; /* after an outage: until there is a fix, until it is no longer code alone */
    double fixed_s;            /* and until the ambiguities are fixed again */
} gnss_reception;

/* In the middle of a drive, under that sky. */
void gnss_reception_start(gnss_reception *g, const sim_gnss_errors *e, sim_sky sky, rng *r);
/* step_s later. */
void gnss_reception_next(gnss_reception *g, const sim_gnss_errors *e, sim_sky sky, double step_s, rng *r);

#ifdef __cplusplus
}
#endif
#endif
