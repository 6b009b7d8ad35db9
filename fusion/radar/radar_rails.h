/*
 * Inside the fusion core: how far from the rails of the map radars have lately had what stands beside them.
 *
 * A return is of a rail, or of something beside it, and does not say which. But a rail answers all the time
 * and from one line, along all of its length: of what has answered lately, as offsets across the rail, it
 * makes one narrow peak. Where there is none, or a second one beside it, or two rails that contradict each
 * other, nothing is known.
 */
#ifndef POSED_FUSION_RADAR_RAILS_H
#define POSED_FUSION_RADAR_RAILS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RADAR_RAILS = 8, RADAR_RAIL_BINS = 96, RADAR_NO_RAIL = -1 };

/* Offsets across are known so far, m, to either side. */
#define RADAR_RAIL_REACH_M 12.0f

typedef struct {
    int64_t seen_ns;               /* its newest return; INT64_MIN: the entry is free */
    uint32_t line;                 /* of the map */
    uint16_t source;               /* index of the radar */
    float counts[RADAR_RAIL_BINS]; /* returns by offset, fading; but for moved_m */
    float moved_m; /* how much the pose has been moved across it since: offsets grow by that */
    float left;    /* cosine between what counts as positive and the vehicle's left */
    float sigma_m; /* of its survey */
} radar_rail;

typedef struct {
    radar_rail of[RADAR_RAILS];
} radar_rails;

/* A return beside a rail. */
typedef struct {
    uint32_t line;
    uint16_t source;
    float off_m, left, sigma_m; /* off_m: across, from where the map has it */
} rail_return;

/* None has answered. */
void radar_rails_clear(radar_rails *t);
/* Takes a return at its stamp; when all are in use, the rail that has not answered for longest is forgotten.
 */
void radar_rails_take(radar_rails *t, const rail_return *r, int64_t now_ns);
/* Index of a rail; RADAR_NO_RAIL: it has not answered lately. */
int radar_rails_find(const radar_rails *t, uint16_t source, uint32_t line, int64_t now_ns);
/* It has answered often, and from one line, of all offsets up to band_m (at most RADAR_RAIL_REACH_M): its
 * mean offset, m. False: it has not. */
bool radar_rails_peak(const radar_rails *t, int rail, float band_m, float *mean_m);
/* None of the others that the radar has lately had so says that the pose is off by something else. */
bool radar_rails_agree(const radar_rails *t, int rail, float band_m, int64_t now_ns);
/* The pose has been moved, by so much across the rail. */
void radar_rails_move(radar_rails *t, int rail, float by_m);

#ifdef __cplusplus
}
#endif
#endif
