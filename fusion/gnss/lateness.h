/*
 * How late the positions of a receiver are: against where dead reckoning has been, by shape.
 *
 * The way that a receiver has the vehicle go in two seconds is held against that of dead reckoning, as if the
 * receiver were late by each of many latencies; the one that fits best is the estimate, that of a delay by
 * the least sum of squared differences (G. Jacovitti and G. Scarano, "Discrete time techniques for time delay
 * estimation", IEEE Transactions on Signal Processing 41(2), 1993, section II). For each of them the way may
 * be longer by a share and turned by an angle that change steadily, so that neither the scale of a wheel, nor
 * a heading that is off, nor a gyro's bias counts. Only what a vehicle gains in speed, or turns, shows a
 * latency.
 *
 * Nothing of a filter's estimate of a latency enters, nor is anything linear: it holds for seconds.
 */
#ifndef POSED_FUSION_LATENESS_H
#define POSED_FUSION_LATENESS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { WAY_POINTS = 512, LATENESS_FIXES = 128, LATENESS_TRIED = 91 };

/* Points of a way lie so far apart, s. */
extern const double way_point_s;

/* Where the vehicle is by dead reckoning: its origin, east and north of where it began, m, and the direction
 * of its forward axis (cosine, sine). */
typedef struct {
    double at_m[2], forward[2];
} way_point;

typedef struct {
    double time_s, heading_rad; /* since it began; counter-clockwise from east */
    way_point now;
    int64_t count;              /* points ever kept; point k is of k * 0.1 s */
    way_point kept[WAY_POINTS]; /* of 51 s */
} way_log;

/* The fixes of a receiver as it gave them, east and north of a fixed place. */
typedef struct {
    struct {
        double time_s, at_m[2];
    } fix[LATENESS_FIXES];
    uint32_t count; /* ever kept */
} fix_log;

/* Latencies that are tried: first_s + i * step_s, i < tried <= LATENESS_TRIED. A fix is compared each
 * spacing_s. */
typedef struct {
    double first_s, step_s, spacing_s;
    int tried;
} lateness_range;

/* What a Kalman filter can go on with; lines and radios that hold up what they carry; clocks of other times,
 * leap seconds above all. What is compared has to lie as far ahead as the first of them: the further, the
 * later is anything known. */
extern const lateness_range lateness_near, lateness_held_up, lateness_behind, lateness_ahead;

/* Sums over pairs, weighted by time, for one latency: squares of the way by dead reckoning (m^2 s), and its
 * product with that of the receiver, along and across; each also times the time in the spell, and the squares
 * times its square. */
typedef struct {
    double way2[3], along[2], across[2];
} lateness_sums;

/* Of one receiver: of the spell that is under way, for which the way may be longer and turned; and what was
 * left over in those before, which is forgotten. */
typedef struct {
    uint32_t done;            /* fixes of the log that have been compared, or passed over */
    double spell_s, lasted_s; /* the spell, and all together */
    double square;            /* of the receiver's way, in this spell, m^2 s */
    lateness_sums sums[LATENESS_TRIED];
    double left_over[LATENESS_TRIED];
} lateness;

/* Forgets all. */
void way_log_clear(way_log *log);

/* Dead reckoning goes on by dt_s with this speed of the origin and rate of turn; the body points to the left
 * of where it goes by so much. */
void way_log_step(way_log *log, double dt_s, double speed_mps, double rate_radps, double slip_rad);

/* Keeps a position that is stamped now (way->time_s), east and north of a fixed place; false: the last one
 * was too close to it. */
bool fix_log_take(fix_log *log, const way_log *way, const double at_m[2]);

/* Forgets all. */
void lateness_clear(lateness *l);

/* Compares what can be compared by now; the antenna is so far forward and left of the origin. Both logs begin
 * anew where one is interrupted (count 0): then `done` is 0 as well, and what was compared goes on to count.
 */
void lateness_compare(lateness *l, const lateness_range *range, const way_log *way, const fix_log *fixes,
                      const float antenna_m[2]);

/* The latency that fits best. */
typedef struct {
    double latency_s, sigma_s; /* one sigma of it by how well it fits */
    double sigmas;             /* by how much better it fits than `than_s` does */
} lateness_fit;

bool lateness_open(const lateness *l, const lateness_range *range, double sigmas, bool open[]);
/* False: nothing is known, or the best is beyond what is tried. */
bool lateness_find(const lateness *l, const lateness_range *range, double than_s, lateness_fit *out);

#ifdef __cplusplus
}
#endif
#endif
