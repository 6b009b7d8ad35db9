/*
 * The numbers that a source gives its frames: whether one is missing, repeated, or has only been overtaken by
 * the next on the way. No I/O, no allocation.
 */
#ifndef POSED_FUSION_SEQUENCE_H
#define POSED_FUSION_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    bool begun;
    uint32_t newest;  /* number that goes on */
    uint32_t missing; /* how many just before it have not come, and may have been overtaken; 0: none */
    uint32_t absent;  /* bit k: newest - 1 - k is one of these */
} sequence_watch;

typedef enum {
    SEQUENCE_NEXT,
    SEQUENCE_OVERTAKEN, /* it was missing, and comes after the next */
    SEQUENCE_REPEATED,
    SEQUENCE_MISSING, /* what was missing has not come, or too many are */
    SEQUENCE_BACK     /* the numbers run backwards */
} sequence_news;

/* Takes the next frame's number, in the order of stamps. `came_later`: it was received after the one before,
 * so that it can have been overtaken by it; else one of the two has a wrong stamp. `steps` gets how far it is
 * from the one before, or how far the gap reaches that is told. A source that does not count sends 0
 * throughout; one that starts anew begins at 0. */
sequence_news sequence_take(sequence_watch *w, uint32_t number, bool came_later, int32_t *steps);

#ifdef __cplusplus
}
#endif
#endif
