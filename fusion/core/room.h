/*
 * Inside the fusion core: room in the state.
 */
#ifndef POSED_FUSION_ROOM_H
#define POSED_FUSION_ROOM_H

#include "fusion/settings.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How many states of its own a source wants; 0 of one that is switched off, too. */
int room_own_states(const settings *set, bool on_map, const source_settings *s);

#ifdef __cplusplus
}
#endif
#endif
