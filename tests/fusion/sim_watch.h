/*
 * What the fusion core says over a simulated drive: poses held against truth, faults, what was expected of
 * them.
 */
#ifndef POSED_TESTS_FUSION_SIM_WATCH_H
#define POSED_TESTS_FUSION_SIM_WATCH_H

#include "tests/fusion/sim_drive.h"

/* One pose against truth. */
typedef struct {
    double t;
    float east_m, north_m, up_m, heading_rad; /* errors */
    float horizontal_m, speed_error_mps;      /* of the errors */
    float d;                                  /* horizontal Mahalanobis distance: 2.45 is the 95 % region */
    float up_d, heading_d;                    /* errors in sigmas */
    float sigma_m, heading_sigma;             /* sigma_m: of the wider horizontal axis */
    float over;    /* the largest error, of horizontal, height and heading, over its protection level */
    float bound_m; /* horizontal protection level */
    float heading_bound_rad; /* that of the heading */
    float confidence;
    uint64_t estimate; /* hash of place, attitude, velocity and their covariances */
    uint8_t mode;
    bool usable;
} sim_pose;

typedef struct {
    int source; /* SIM_..., or SIM_SYSTEM */
    fault_code code;
    double from, to; /* s; to: INFINITY while it is raised */
    bool expected;
} sim_fault;

enum { SIM_MOST_FAULTS = 512 };

typedef struct {
    const sim_drive *drive;
    sim_pose *poses;
    size_t count, room;
    sim_fault faults[SIM_MOST_FAULTS];
    int fault_count;
    uint64_t verdicts[DECISION_IGNORED + 1];
    uint64_t bits; /* hash over every value of every pose and every fault */
    fusion_status status;
} sim_watch;

void sim_watch_init(sim_watch *w, const sim_drive *d);
void sim_watch_free(sim_watch *w);
fusion_sinks sim_sinks(sim_watch *w);

/* A core with these settings (NULL: sim_settings) of which `w` keeps what comes over that drive. */
fusion *sim_watch_core(sim_watch *w, const sim_drive *d, const settings *s);

/* Makes the drive, runs it through a core with these settings (NULL: sim_settings) and keeps what came of it.
 */
void sim_run(sim_watch *w, const sim_options *o, const settings *s);
/* That drive, each frame held up by 10 ms and up to `most_s` more, by chance (rand). */
void sim_run_shuffled(sim_watch *w, const sim_drive *d, double most_s);
/* Frees the drive too. */
void sim_done(sim_watch *w);

/* The pose nearest to `t`. */
const sim_pose *sim_at(const sim_watch *w, double t);

/* Over from..to: share of usable poses inside the 95 % region; the largest distance d; the largest error. */
typedef struct {
    int poses, usable;
    double coverage, worst_d, worst_up_d, worst_heading_d, worst_m, rms_m;
} sim_score;
sim_score sim_judge(const sim_watch *w, double from, double to);

/* Fails unless there are usable poses and every error stays inside its covariance: horizontally P = 0.999 of
 * one independent error, for the slow error of the GNSS gives a minute little more than one; 1e-4 of the
 * others. */
void sim_inside(const sim_watch *w, double from, double to);
/* And every pose is usable. */
void sim_usable_inside(const sim_watch *w, double from, double to);
/* Fails unless, from then on, every pose is usable and no further off than this. */
void sim_close(const sim_watch *w, double from, double worst_m, double worst_heading_deg);

/* Fails unless this fault rose within rise..rise_end and cleared within fall..fall_end (INFINITY: still
 * raised). */
void sim_expect(sim_watch *w, int source, fault_code code, double rise, double rise_end, double fall,
                double fall_end);
/* As many as there are of this kind are expected, whenever they come. */
void sim_allow(sim_watch *w, int source, fault_code code);
/* Fails when a fault rose that was not expected. */
void sim_expect_no_more(const sim_watch *w);

#endif
