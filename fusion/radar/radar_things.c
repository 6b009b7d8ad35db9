#include "fusion/radar/radar_things.h"

#include <math.h>
#include <stddef.h>

/* What has not answered for this long is forgotten, s. Too small: neighbours that answer rarely are not
 * known; too large: what has gone out of view fills the room. */
static const double keep_s = 3.0;

/* A return is of a thing up to this NIS (three sigmas). */
static const float same_nis = 9.0f;

/* What the pose wanders from scan to scan, and what of a thing answers, m^2 for each return. */
static const float wander = 4e-4f;

/* From so many returns on there is a thing, whose neighbours have had their chance to answer. Too small:
 * things that happened to answer before the one that the map has; too large: little is used. Neighbours count
 * from the first return on, and so do ghosts; around it others count that have answered twice. With equal
 * chances a neighbour that has not answered once in that time has a probability of 2^-n. */
static const float proven_looks = 8.0f, real_looks = 2.0f;
/* How fast the noise follows what returns scatter by, for each; what it may become. It is that of things
 * which have answered from one place so often before: what answers along a rail joins one thing and another
 * by chance, within the gate and not within what a radar scatters by. Too small: beside a rail a radar counts
 * as twice as noisy as it is, and what answers more than a metre beside a pole is of the pole; too large: it
 * takes long to be known. */
static const float noise_gain = 0.01f, least_noise = 0.1f, most_noise = 4.0f, steady_looks = 5.0f;
/* The mean NIS of what answers from one place is 2, with a spread of 2 / sqrt(n); beyond so many sigmas it is
 * two places, or a long thing. */
static const float spread_sigmas = 2.0f;

/* Around a thing others are counted so far, m. */
static const float around_m = 10.0f;

/* The anchor is moved when it is further away than this, m. */
static const double anchor_m = 500.0;

void radar_things_clear(radar_things *t)
{
    *t = (radar_things){.noise = {1.0f, 1.0f}};
    for (int i = 0; i < RADAR_THINGS; i++)
        t->of[i].seen_ns = INT64_MIN;
}

void radar_things_follow(radar_things *t, const double position_ecef_m[3])
{
    double moved[3], square = 0.0;
    for (int k = 0; k < 3; k++) {
        moved[k] = position_ecef_m[k] - t->anchor_ecef_m[k];
        square += moved[k] * moved[k];
    }
    if (!(square > anchor_m * anchor_m))
        return;
    for (int k = 0; k < 3; k++) {
        t->anchor_ecef_m[k] = position_ecef_m[k];
        for (int i = 0; i < RADAR_THINGS; i++)
            t->of[i].at_m[k] = (float)((double)t->of[i].at_m[k] - moved[k]);
    }
}

static bool lives(const radar_thing *e, int64_t now_ns)
{
    return e->seen_ns != INT64_MIN && (double)(now_ns - e->seen_ns) * 1e-9 < keep_s;
}

/* Along and across the line of sight from the thing to the place. */
static void offset(const radar_thing *e, const radar_place *p, float out[2])
{
    out[0] = out[1] = 0.0f;
    for (int k = 0; k < 3; k++) {
        out[0] += (p->at_m[k] - e->at_m[k]) * p->along[k];
        out[1] += (p->at_m[k] - e->at_m[k]) * p->across[k];
    }
}

void radar_things_offset(const radar_things *t, int thing, const radar_place *p, float out[2])
{
    offset(&t->of[thing], p, out);
}

static float nis_of(const radar_thing *e, const radar_place *p)
{
    float off[2];
    offset(e, p, off);
    return off[0] * off[0] / (e->variance + p->along_variance) +
           off[1] * off[1] / (e->variance + p->across_variance);
}

/* A radar may be better, or worse, than it is set; that two posts answered and not one shows as scatter. */
static void follow_noise(radar_things *t, const radar_thing *e, const radar_place *p, const float off[2])
{
    const float variance[2] = {e->variance + p->along_variance, e->variance + p->across_variance};
    if (e->looks < steady_looks)
        return;
    for (int k = 0; k < 2; k++) {
        t->noise[k] *= 1.0f + noise_gain * (off[k] * off[k] / variance[k] - 1.0f);
        t->noise[k] = fminf(fmaxf(t->noise[k], least_noise), most_noise);
    }
}

static void join(radar_things *t, radar_thing *e, const radar_place *p, float nis, int64_t now_ns)
{
    float off[2], along = e->variance / (e->variance + p->along_variance);
    float across = e->variance / (e->variance + p->across_variance);
    offset(e, p, off);
    follow_noise(t, e, p, off);
    for (int k = 0; k < 3; k++)
        e->at_m[k] += along * off[0] * p->along[k] + across * off[1] * p->across[k];
    e->variance = e->variance * (1.0f - 0.5f * (along + across)) + wander;
    e->looks += 1.0f;
    e->misfit += nis;
    e->seen_ns = now_ns;
}

int radar_things_take(radar_things *t, uint16_t source, const radar_place *from, int64_t now_ns)
{
    int best = -1, spare = 0;
    float least = same_nis;
    radar_place place = *from, *p = &place;
    place.along_variance *= t->noise[0];
    place.across_variance *= t->noise[1];
    for (int i = 0; i < RADAR_THINGS; i++) {
        const radar_thing *e = &t->of[i];
        if (e->seen_ns < t->of[spare].seen_ns)
            spare = i;
        if (!lives(e, now_ns) || e->source != source || e->seen_ns == now_ns)
            continue;
        float nis = nis_of(e, p);
        if (nis < least) {
            least = nis;
            best = i;
        }
    }
    if (best >= 0) {
        join(t, &t->of[best], p, least, now_ns);
        return best;
    }
    t->of[spare] = (radar_thing){.seen_ns = now_ns,
                                 .at_m = {p->at_m[0], p->at_m[1], p->at_m[2]},
                                 .variance = fmaxf(p->along_variance, p->across_variance),
                                 .looks = 1.0f,
                                 .source = source};
    return spare;
}

bool radar_things_is_proven(const radar_things *t, int thing)
{
    const radar_thing *e = &t->of[thing];
    float n = e->looks - 1.0f;
    return e->looks >= proven_looks && e->misfit <= 2.0f * n + spread_sigmas * 2.0f * sqrtf(n);
}

/* How far another thing of the same radar is from a thing, squared; INFINITY: it is none. */
static float apart(const radar_things *t, int thing, int other, float looks, const radar_place *p,
                   int64_t now_ns)
{
    const radar_thing *a = &t->of[thing], *b = &t->of[other];
    if (other == thing || !lives(b, now_ns) || b->source != a->source || b->looks < looks)
        return INFINITY;
    radar_place at = *p;
    float off[2];
    for (int k = 0; k < 3; k++)
        at.at_m[k] = a->at_m[k];
    offset(b, &at, off);
    return off[0] * off[0] + off[1] * off[1];
}

bool radar_things_is_alone(const radar_things *t, int thing, const radar_place *p, float within_m,
                           int64_t now_ns)
{
    for (int i = 0; i < RADAR_THINGS; i++) {
        if (apart(t, thing, i, 1.0f, p, now_ns) < within_m * within_m)
            return false;
    }
    return true;
}

float radar_things_density(const radar_things *t, int thing, const radar_place *p, int64_t now_ns)
{
    int count = 0;
    for (int i = 0; i < RADAR_THINGS; i++)
        count += apart(t, thing, i, real_looks, p, now_ns) < around_m * around_m;
    return (float)(count > 1 ? count : 1) / (3.1415927f * around_m * around_m);
}
