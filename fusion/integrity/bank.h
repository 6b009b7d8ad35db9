/*
 * The bank: beside the filter, one sub-solution for each hypothesis "these sources are at fault", which does
 * not use them.
 *
 * A sub-solution is an error against the filter's own state, with its own covariance, and nothing else. The
 * mechanization, the transition and every measurement's Jacobian are the filter's; of a measurement z with
 * innovation v it sees v - H d. So frames are decoded, scans searched and models linearized once, and the
 * filter is not touched: what comes out is the same to the last bit, bank or not.
 *
 * Sources: Young & McGraw, "Fault detection and exclusion using normalized solution separation and residual
 * monitoring methods", Navigation 50(3), 2003; Joerger, Chan & Pervan, "Solution separation versus
 * residual-based RAIM", Navigation 61(4), 2014; Blanch et al., "Baseline advanced RAIM user algorithm and
 * possible improvements", IEEE TAES 51(1), 2015. docs/INTEGRITY.md says what is taken from them and what is
 * not.
 */
#ifndef POSED_FUSION_BANK_H
#define POSED_FUSION_BANK_H

#include "fusion/filter/covariance.h"
#include "fusion/fusion.h"
#include "fusion/settings.h"
#include "fusion/verdict.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BANK_MAX = 16 };

/* What a radar says of the map, as bits of quantities. */
#define BANK_RETURNS (UINT32_C(1) << QUANTITY_RETURN | UINT32_C(1) << QUANTITY_RAIL)

/* What is bounded, in this order. */
enum { BANK_ALONG, BANK_CROSS, BANK_VERTICAL, BANK_HEADING, BANK_DIRECTIONS };

typedef struct {
    uint32_t sources;           /* bit = index of a source that is left out */
    uint32_t quantities;        /* bit = what of them it leaves out; 0: everything */
    float missed, missed_alone; /* standard deviations of its bound, by the prior: with an equal share of the
                                   risk, and with all of it */
    float missed_length;        /* with an equal share, of the length of an error in the plane */
    float prior;
    bool live;     /* it has its own covariance; otherwise it is the filter */
    bool absolute; /* it has fused a position of another source since it was anchored */
    bool alone; /* velocities in vehicle axes are linear about its own velocity: it has no gyro, or is turned;
                   otherwise about the filter's */
    /* A sub-solution that has lost all absolute sources started from what they said, and may have started
     * wrong: variance of that per axis, m^2, which its covariance does not hold, for the filter's shares it.
     */
    float anchor_variance, hidden_variance, seen_variance; /* the sum, and its parts when it was anchored */
    float
        start_variance; /* the same as of the last look: more, where its sources are now seen to hide more */
    int64_t anchor_ns;
    int64_t fused_ns;   /* when it last fused what somebody measures; INT64_MIN: never */
    int64_t placed_ns;  /* the same of a position or a bearing */
    int64_t quiet_ns;   /* since when it has heard a place and agreed; INT64_MIN: it does not */
    double anchor_at_m; /* the odometer when it was anchored */
    float weakness; /* 1: dead reckoning lasts long enough to vouch for receivers; more: it wears out too soon
                     */
    float doubt;    /* what speaks against it: summed excess of NIS of what it fused, see docs/INTEGRITY.md */
    /* As of the last look, by direction: less the filter's; one sigma squared of it when nothing is wrong,
     * and of the sub-solution's own error, its anchor's included. */
    float separation[BANK_DIRECTIONS], separation_variance[BANK_DIRECTIONS], variance[BANK_DIRECTIONS];
    float last[BANK_DIRECTIONS]; /* the separation a look before */
    bool live_looks;             /* there was a look before */
    bool looked;        /* the arrays are of the last look, also where it was started anew after that */
    bool accused;       /* what drives the filter has been found off since the contradiction began */
    uint32_t refused;   /* positions and bearings in a row that the filter fused and that it refused */
    int64_t refused_ns; /* the first of these; INT64_MIN: none */
    float drive[6]; /* smoothed: what the input of the filter is off by, where that is left out: rates, forces
                     */
} bank_hypothesis;

/* Where the vehicle may be instead: less the pose, east and north, m, and counter-clockwise, rad; and how
 * much faster that turns, rad/s. */
typedef struct {
    float at_m[2], turned_rad, turns_radps;
} bank_answer;

/* Other answers that are not refuted: either.h. */
typedef struct {
    float ahead[2];         /* the vehicle's axis, east and north, as of the last look */
    bank_answer seen, left; /* by a sub-solution; and what the filter was before one became it */
} bank_either;

typedef struct {
    int count; /* 0: off */
    bank_hypothesis of[BANK_MAX];
    double slow_s;            /* since slow noise was last added */
    int64_t tilt_ns;          /* newest measurement of those that leave out what drives the filter */
    int64_t alarm_ns;         /* since when a separation has been over its threshold; INT64_MIN: none is */
    int64_t contradiction_ns; /* since when one is, or a sub-solution is contradicted loudly */
    bool sky_leapt;           /* a receiver had leapt before that */
    int64_t input_ns;         /* since when the input contradicts all others; INT64_MIN: it does not */
    int64_t blind_ns;         /* when no position had been fused for long last; INT64_MIN: never */
    int suspect;              /* the hypothesis that alone explained all at the last look; -1: none did */
    int64_t suspect_ns;       /* since when it does */
    int64_t outcast_ns;       /* since when one source has contradicted all others */
    int64_t rivals_ns;        /* when two roadside units last contradicted each other */
    float wild_rad; /* how far the input has said to turn as no vehicle does, since the bank started */
    bool judged;    /* the levels below are known */
    float found[BANK_DIRECTIONS]; /* the level of the last look: what errors are below, whoever is at fault */
    float level[BANK_DIRECTIONS]; /* the same, what is covered beside that included, and since moved on */
    float length;                 /* the same of the length of the horizontal error */
    float held[BANK_DIRECTIONS];  /* the same before the last restart: what it covered is not gone */
    float map[BANK_DIRECTIONS];   /* what is covered of the map as a whole; 0: none is in use */
    bool strange;                 /* one of them is separated by more than chance */
    float free_sigmas[BANK_DIRECTIONS]; /* of the filter's own error, that its share of the risk asks for */
    float inside, weight;               /* of the mixture that the confidence comes from: the hypotheses' */
    int64_t held_ns;                    /* when that was; INT64_MIN: never */
    float held_s[BANK_DIRECTIONS];      /* how much longer it counts, by time in which positions agree */
    int64_t begun_ns;                   /* when the state was last set anew; INT64_MIN: never */
    int64_t look_ns;                    /* of the last look; INT64_MIN: none since the start */
    double look_at_m;                   /* the odometer then */
    bank_either either;
} bank;

/* Floats of storage that the bank needs behind the filter's, for n states. */
size_t bank_floats(const settings *s, int n, bool on_map);

/* ---- bank.c: how sub-solutions start, and what is covered meanwhile */

/* The state has been set anew: every sub-solution starts from it again. */
void bank_restart(fusion *c);
/* What is covered now is held until positions have agreed for a while. */
void bank_hold(fusion *c, int direction);
/* A pose has been given up for a source that was off by `off_m`. One of the two is wrong, and it may be the
 * new one: what was covered until then, and that, is covered until positions have agreed for long. */
void bank_owe(fusion *c, float off_m);
/* The heading was taken from positions, which may be off by more than they were apart, or from a velocity:
 * it is covered until they have agreed for this long. */
void bank_doubt_heading(fusion *c, float for_s);
/* A receiver that was left out is taken back unproven: the pose may be off by this horizontally, m, until
 * positions have agreed for long. */
void bank_lend(fusion *c, float off_m);
/* The hypothesis leaves out what drives the filter. */
bool bank_is_undriven(const fusion *c, const bank_hypothesis *h);
/* The sub-solution that leaves out what drives the filter; NULL: none lives. */
const bank_hypothesis *bank_undriven(const fusion *c);
/* A sub-solution starts from the filter's state as it is. */
void bank_copy(fusion *c, int hypothesis);
/* What a sub-solution fused this recently it hears, s. */
#define BANK_RECENT_S 2.0
/* It hears where the vehicle is, be it that the filter refuses that. */
bool bank_places(const bank_hypothesis *of, int64_t now_ns);

/* A sub-solution starts anew from the filter, off by what its absolute sources may have hidden. */
void bank_anchor(fusion *c, int hypothesis);
/* The heading is known by way of a long way, and no longer by what the pose started from: sub-solutions that
 * started from that, and have no position since, do so anew. */
void bank_learn_heading(fusion *c);
/* What the sources that it leaves out may hide now, horizontally, per axis, m^2. */
float bank_hidden_variance(const fusion *c, const bank_hypothesis *of);
/* The same that its bound covers: more, where receivers claim what comes from reflections, or have strayed.
 */
float bank_covered_variance(const fusion *c, const bank_hypothesis *of);
/* The same of every sub-solution alone. */
void bank_reset(fusion *c, int state, float variance);
/* One row and column of a sub-solution's covariance: independent, with this variance. */
void bank_reset_row(covariance *p, int state, float variance);

#ifdef __cplusplus
}
#endif
#endif
