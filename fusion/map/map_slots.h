/*
 * Inside the fusion core: the considered states of the map's errors.
 */
#ifndef POSED_FUSION_MAP_SLOTS_H
#define POSED_FUSION_MAP_SLOTS_H

#include "fusion/fusion.h"
#include "fusion/map/map_run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The pool takes what room is left from state `next` on; returns the states in all. */
int map_slots_lay_out(fusion *c, int next);
/* The slot that holds an element or a section; MAP_NO_SLOT. */
int map_slot_find(const fusion *c, map_slot_kind kind, uint32_t number);
/* It is still needed, if it has one. */
void map_slot_keep(fusion *c, map_slot_kind kind, uint32_t number, int64_t now_ns);
/* The same; when there is none, one that is free or not needed any more is given to it, its error with that
 * sigma per axis and nothing known of it. */
int map_slot_take(fusion *c, map_slot_kind kind, uint32_t number, float sigma_m, int64_t now_ns);
/* How many are free or not needed any more. */
int map_slots_spare(const fusion *c, int64_t now_ns);
/* First of a slot's three states. */
int map_slot_state(const fusion *c, int slot);
/* Bits of the states in use, for filter.considered. */
uint64_t map_slots_considered(const fusion *c);
void map_run_reset(fusion *c);

#ifdef __cplusplus
}
#endif
#endif
