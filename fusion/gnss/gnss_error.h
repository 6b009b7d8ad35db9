/*
 * What a GNSS fix is worth: its sigma by claim or by type, the model of its slow error, its latency's start.
 */
#ifndef POSED_FUSION_GNSS_ERROR_H
#define POSED_FUSION_GNSS_ERROR_H

#include "fusion/core/core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Offsets of a GNSS source's own states: the slow error east, north, up (m), the latency (s), how much later
 * still the velocity is (s), and the velocity's slow error east, north (m/s). */
enum { SLOW = 0, LATENCY = GNSS_LATENCY, VELOCITY_LAG = 4, SLOW_VELOCITY = GNSS_SLOW_VELOCITY };

/* What sees the vehicle, or says where it is, has a say in that for this long, s. */
enum { SEEN_WITHIN_S = 10 };

/* One sigma per horizontal axis as the receiver claims it, or the settings where it claims nothing, m: what
 * gnss_sigma has more is for reflections, which two fixes share. */
float gnss_claim(const source_run *s, const frame_gnss *g);

/* What is remembered of a receiver that claims nothing: that it was worse than is usual fades as its errors
 * do, dt_s after the last fix. */
void gnss_remember(source_run *s, const frame_gnss *g, float dt_s);

/* Whether it has shown how good it is. */
bool gnss_is_settled(const source_run *s);

/* What the innovations say that the sigmas of positions and of velocities must be multiplied with. */
float gnss_position_scale(const source_run *s);
float gnss_velocity_scale(const source_run *s, const frame_gnss *g);

/* One sigma of the height, m; `horizontal` is gnss_sigma of the fix. A height above mean sea level is off by
 * the geoid. */
float gnss_vertical_sigma(const source_run *s, const frame_gnss *g, float horizontal);

/* Which share of a velocity's error (sigma) lasts from fix to fix. */
float gnss_velocity_lasting(const fusion *c, const source_run *s, const frame_gnss *g);
/* The same for the velocity, whose sigma (m/s) is that of the whole; returns the sigma of what is new with
 * every fix. */
float gnss_follow_velocity(fusion *c, source_run *s, const frame_gnss *g, float sigma_mps);

/* A receiver that stamps its fixes before their reception knows its latency, or most of it: chooses the
 * latency's start at the source's first fix. */
void gnss_stamp_latency(fusion *c, source_run *s, const frame *in);

/* A receiver that may filter what it says, as telephones do: gnss_smooth.c. Tells it by how far apart its
 * fixes are, and opens the lag of its velocity then. Before each fix. */
void gnss_smooth_watch(fusion *c, source_run *s, const frame_gnss *g);

/* What is assumed of a receiver: of such a one, or of any other (in brackets). */
typedef struct {
    float position, vertical;      /* factors of the sigmas of position and height that are not claimed (1) */
    float least_claim;             /* share of such a position that a claim counts as at least, on top (0) */
    float white;                   /* share of a position's error that is new with each fix, on top (0) */
    float silent_mps, claimed_mps; /* least sigma of a velocity that comes without and with a claim (0) */
    float lasting;                 /* share of a velocity's error that lasts, at least (0) */
    float unknown_mps2;            /* what of the vehicle's acceleration the filter does not know (0) */
} receiver_manner;
const receiver_manner *gnss_manner(const source_run *s);

/* What its velocity may be off by because nobody knows how late it is, one sigma, m/s (0): what the
 * acceleration has that the filter does not know. */
float gnss_smooth_late(const fusion *c, const source_run *s);

/* Its velocity, compared: where it contradicts an IMU that nothing else vouches for, both are doubted. */
void gnss_smooth_contradicts(fusion *c, const source_run *s, const measurement *m);
/* `dt_s` more have passed. Where the IMU alone carries the pose on from such a receiver, the tilt and the
 * biases that it was taught are off together, by as much as makes an acceleration that nobody knows: speed
 * and position grow unsure by that, a t and a t^2 / 2. The non-holonomic constraint, linear about a speed
 * that is wrong, finds all of them, and none of them right. */
void gnss_smooth_silence(fusion *c, int64_t now_ns, float dt_s);

/* True while the source that started the filter has not yet agreed with itself often enough to be gated. */
bool gnss_is_unproven(const fusion *c, const source_run *s);

/* The slow error's model follows the sigmas (m) that the fix deserves, dt_s after the last one: more at once,
 * less as it decays, anew where the claim says that it is a new error. */
void gnss_follow_sigma(fusion *c, source_run *s, const frame_gnss *g, float dt_s, float horizontal,
                       float vertical);

/* `other` says where the vehicle is, beside `s`, and was heard within SEEN_WITHIN_S. */
bool gnss_has_beside(const source_run *s, const source_run *other, int64_t now_ns);
/* Another receiver has the same reason as `s` to say where it is: it is led, dragged or refused as well. */
typedef bool gnss_goes_along(const fusion *c, const source_run *s, const source_run *other);
/* Another source says where the vehicle is, and is no receiver that goes along: it decides. */
bool gnss_another_stays(const fusion *c, const source_run *s, int64_t now_ns, gnss_goes_along *along);
/* True while no other source says where the vehicle is. */
bool gnss_is_alone(const fusion *c, const source_run *s, int64_t now_ns);

/* The only receiver has contradicted the pose for long while motion agrees with it: it was wrong before or it
 * is now. The pose stays where it is; the position is as uncertain as it is probable that it rests on what
 * was wrong, and what lasts decides. Its height is `up_m` from where it was expected: either may be wrong. */
void gnss_moved_away(fusion *c, source_run *s, float up_m);

/* It is listened to again, at the place where it is now: what it is apart from the pose is its own slow error
 * at first. */
void gnss_came_back(fusion *c, source_run *s);
/* Its slow error is of what a fix of that sigma deserves, m per axis, and nothing else is known of it. */
void gnss_forget_error(fusion *c, source_run *s, float horizontal_m);
/* It had moved away, and its newest fix (innovation east and north, m; one sigma of what it deserves) is
 * where the pose has been all the while: so it was wrong meanwhile, and the pose was not, for who goes from
 * right to wrong does not end up just there. Its slow error is forgotten, and the innovation has to be made
 * anew. */
bool gnss_has_come_back(fusion *c, source_run *s, const float innovation[2], float horizontal_m);

/* Before a position is fused, dt_s after the last one: the way that one reflection may have lasted. */
void gnss_count_way(const fusion *c, source_run *s, float dt_s);

/* A position of the only receiver was fused, dt_s after the last one, and is off the pose, what its slow
 * error has taken up included, by more than chance: nothing was ever rejected, for it was dragged there. What
 * was known of its error was too small; the position that rests on it opens as above. Beside an IMU that
 * wheels or a radar vouch for the filter stays as it is, and who asks for the pose is told (gnss_doubt). */
void gnss_watch_place(fusion *c, source_run *s, float dt_s);

/* The only receiver's slow error turns out to be larger than was thought, by this much (m^2 per axis): where
 * that is far beyond its claims, the position that rests on it may be off by as much. */
void gnss_is_worse(fusion *c, const source_run *s, float variance);

#ifdef __cplusplus
}
#endif
#endif
