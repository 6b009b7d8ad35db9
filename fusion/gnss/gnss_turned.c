/*
 * A heading that was learned at the start, from a few fixes that wandered, is wrong: what wheels and a yaw
 * rate have made of the way is that of the receiver, turned.
 */
#include "fusion/gnss/gnss_turned.h"

#include "fusion/core/initialize.h"
#include "fusion/core/source_run.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_error.h"
#include "fusion/gnss/track.h"
#include "fusion/integrity/bank.h"
#include "fusion/motion/vehicle.h"

#include <math.h>
#include <string.h>

/* One turn about the start explains all where it leaves less than this share of what is there without it,
 * root mean squares, and the ways are as long as each other to this share. Too small: a way that reflections
 * have bent a little keeps a wrong heading; too large: a receiver that is led away turns the pose. */
static const double explained = 0.35, same_length = 0.2;

/* How far the ends of a straight way are apart against its spread, in which it is uniform: sqrt(12). */
static const double ends = 3.46;

/* Off by less than this, rad, is what the filter finds by itself. */
static const double least_turn_rad = 0.3;

/* What a turn does to the end of the way, of hidden_unproven_m, before it is believed: of a heading that
 * nothing has shown to be right since it was learned, and of one that something has. Less is what reflections
 * do that drag a receiver along. Too small: reflections turn a pose; too large: a wrong one is led astray for
 * long. */
static const double doubted = 1.5, known = 5.3;

/* The heading is right when the two agree to this, rad, over a way that is as long as this. */
static const double agrees_rad = 0.15, agrees_m = 120.0;

/* One sigma of the heading that such a turn gives: of what a receiver is off by at the ends (m), and at
 * least, rad. */
static const double ends_off_m = 10.0, least_sigma_rad = 0.05;

/* The receiver's own velocities turn the track by less than this share of what its positions do: it is being
 * led away. Such a velocity may have a part of that. Too small: it turns the pose; too large: noise of
 * courses keeps a heading that is wrong. */
static const double self_contradicted = 0.5;

/* Slower than this, m/s, a velocity has no direction. */
static const double least_speed_mps = 1.0;

/* Beyond this, m, east and north of where it began are no longer those of here. */
static const double far_m = 20000.0;

static void begin_way(const fusion *c, source_run *s, const frame_gnss *g)
{
    receiver_track *t = &s->gnss.track;
    memset(&t->fit, 0, sizeof t->fit);
    t->course[0] = t->course[1] = 0.0;
    local_plane_begin(&t->plane, g->latitude_rad, g->longitude_rad);
    t->part = c->track.part;
    t->begun = true;
    t->at_way_m = c->track.way_m;
}

/* Which way it says to go, against the track's heading. */
static void hear_course(const fusion *c, const source_run *s, const frame_gnss *g, double heading_rad,
                        double way_m, double course[2])
{
    float enu[3], sigma_mps;
    double keep = track_fit_keep(way_m), speed = c->track.speed_mps;
    for (int i = 0; i < 2; i++)
        course[i] *= keep;
    if (!gnss_velocity(s, g, enu, &sigma_mps) || !(hypotf(enu[0], enu[1]) > least_speed_mps))
        return;
    double turn = atan2(enu[1], enu[0]) - heading_rad, way = speed < 0.0 ? -way_m : way_m;
    course[0] += way * cos(turn);
    course[1] += way * sin(turn);
}

static void hear_fix(fusion *c, source_run *s, const frame *in)
{
    const frame_gnss *g = &in->u.gnss;
    receiver_track *t = &s->gnss.track;
    double enu[3], at[2], heading;
    if (g->fix == GNSS_FIX_NONE || !track_at(&c->track, in->stamp_ns, at, &heading))
        return;
    if (!t->begun || t->part != c->track.part)
        begin_way(c, s, g);
    local_plane_at(&t->plane, g->latitude_rad, g->longitude_rad, enu);
    if (hypot(enu[0], enu[1]) > far_m) {
        t->begun = false;
        return;
    }
    double way_m = c->track.way_m - t->at_way_m;
    track_fit_take(&t->fit, at, enu, way_m);
    hear_course(c, s, g, heading, way_m, t->course);
    t->at_way_m = c->track.way_m;
}

static void hear_wheels(fusion *c, const source_run *s, const frame *in)
{
    const frame_wheel *w = &in->u.wheel;
    const bool mine = c->track.source == (int)s->index, drives = c->inertial_source == (int)s->index;
    double at[2], heading;
    if (!isfinite(w->speed_mps) || !isfinite(w->yaw_rate_radps))
        return;
    if (!mine && track_at(&c->track, in->stamp_ns, at, &heading))
        return;
    const bool rests = fabsf(w->speed_mps) <= (float)c->set.filter.standstill_mps;
    const double sign = c->reverse.back && c->reverse.source == (int)s->index ? -1.0 : 1.0;
    track_hear_rate(&c->track, s->index, in->stamp_ns, sign * (double)w->speed_mps, (double)w->yaw_rate_radps,
                    rests, drives && c->running ? c->f.gyro_bias[2] : 0.0);
}

void turned_hear(fusion *c, source_run *s, const frame *in)
{
    if (in->kind == FRAME_WHEEL)
        hear_wheels(c, s, in);
    else if (in->kind == FRAME_GNSS)
        hear_fix(c, s, in);
}

/* Of the vehicle's forward axis as the pose has it, counter-clockwise from east. */
static double pose_heading(const fusion *c)
{
    double forward[2];
    vehicle_forward(&c->f, forward);
    return atan2(forward[1], forward[0]);
}

static double wrapped(double rad)
{
    return remainder(rad, 6.283185307179586);
}

/* What the pose's heading is off by, as the two ways have it; false: they do not say. */
static bool off_by(const fusion *c, const source_run *s, int64_t now_ns, track_turn *way, double *off_rad)
{
    double at[2], heading;
    if (!s->gnss.track.begun || s->gnss.track.part != c->track.part ||
        !track_at(&c->track, now_ns, at, &heading) || !track_fit_find(&s->gnss.track.fit, way) ||
        !(fabs(way->scale - 1.0) < same_length))
        return false;
    *off_rad = wrapped(way->turn_rad + heading - pose_heading(c));
    return true;
}

static bool is_turned(const fusion *c, const source_run *s, const track_turn *way, double off_rad)
{
    const double moved_m = ends * way->spread_m * 2.0 * fabs(sin(0.5 * off_rad));
    const double share = c->track.agrees ? known : doubted;
    return fabs(off_rad) > least_turn_rad && moved_m > share * c->set.integrity.hidden_unproven_m &&
           way->rest_m < explained * track_fit_rest(&s->gnss.track.fit, way->turn_rad - off_rad);
}

/* Its velocities have it that the way is not turned by so much. */
static bool denies_itself(const receiver_track *t, const track_turn *way, double off_rad)
{
    if (!(hypot(t->course[0], t->course[1]) > 0.0))
        return false;
    double by_course = atan2(t->course[1], t->course[0]);
    return fabs(wrapped(way->turn_rad - by_course)) > self_contradicted * fabs(off_rad);
}

/* Nothing but the track's own yaw rate tells the turn: an IMU knows its bias, and the bank speaks for it. */
static bool is_steered_by_track(const fusion *c)
{
    return c->inertial_source >= 0 && c->inertial_source == c->track.source && c->f.model.accel_missing;
}

bool turned_settle(fusion *c, source_run *s, const frame *in)
{
    track_turn way;
    double off_rad;
    if (in->u.gnss.fix == GNSS_FIX_NONE || !is_steered_by_track(c) || !gnss_is_alone(c, s, in->stamp_ns) ||
        !off_by(c, s, in->stamp_ns, &way, &off_rad))
        return false;
    if (!c->track.agrees && fabs(off_rad) < agrees_rad && ends * way.spread_m > agrees_m) {
        c->track.agrees = true;
        bank_learn_heading(c);
    }
    if (!is_turned(c, s, &way, off_rad) || denies_itself(&s->gnss.track, &way, off_rad))
        return false;
    const double sigma = hypot(least_sigma_rad, fmax(ends_off_m, way.rest_m) / (ends * way.spread_m));
    initialize_turned(c, s, in, 1.5707963267948966 - (pose_heading(c) + off_rad), sigma);
    return true;
}
