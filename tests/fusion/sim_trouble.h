/*
 * Trouble with one source of a simulated drive: what becomes of its frames for a while.
 */
#ifndef POSED_TESTS_FUSION_SIM_TROUBLE_H
#define POSED_TESTS_FUSION_SIM_TROUBLE_H

#include "tests/fusion/sim_watch.h"

typedef struct sim_trouble sim_trouble;
typedef void sim_spoiler(sim_trouble *m, frame *f);

struct sim_trouble {
    int source;
    double from, to;    /* s after the start, by the stamps */
    sim_spoiler *spoil; /* NULL: the frames are lost */

    /* For the spoilers. */
    double t; /* of this frame */
    frame held;
    bool holding;
    uint32_t random;
    const void *context;
};

/* sim_usual with it. */
sim_options sim_with_trouble(sim_trouble *m);

#endif
