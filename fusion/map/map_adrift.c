/*
 * A pose that a camera's lines deny: it is sure of its place to decimetres, and no lane there has its bounds
 * where they are seen. Either it is tied to elements that are not where the map has them, or to others than
 * those that were seen, or the lines are no bounds. Which of them, nobody knows: until lines fit again the
 * pose is as unsure as it would be without the map.
 */
#include "fusion/map/map_adrift.h"

#include "fusion/core/core.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/map/map_trust.h"

#include <math.h>

/* Lines deny a pose from here on, squared sigmas. Too small: kerbs that are taken for lines, and roads that
 * are painted elsewhere, make right poses unsure. */
static const float denies = 20.0f;
/* It is in doubt when they have done so for this long, and until they have not for as long as they did, but
 * for no longer than the last, s. */
static const float doubted_s = 0.3f, most_s = 1.0f;

/* A pose whose lines have fitted for so long, s, since it was tied to the map is off by no more than they
 * say: it was right, and a kerb is taken for a line more often than it is torn from its place. */
static const float proven_s = 10.0f;

void map_adrift_look(fusion *c, float misfit, float off_m, float for_s)
{
    map_run *run = &c->map;
    const bool denied = misfit > denies;
    run->adrift_s = fmaxf(fminf(run->adrift_s + (denied ? for_s : -for_s), most_s), 0.0f);
    run->adrift = run->adrift_s >= doubted_s || (run->adrift && run->adrift_s > 0.0f);
    if (denied)
        run->adrift_m = fabsf(off_m);
    else
        run->fitted_s += for_s;
}

void map_adrift_untie(fusion *c)
{
    c->map.tied = 0;
    c->map.fitted_s = 0.0f;
}

/* What the pose would be off by without the map: where that is, and how well it is known. One that has been
 * proven, no more than the lines are. */
static void without_map(const fusion *c, float variance[2])
{
    const float most = c->map.fitted_s > proven_s ? c->map.adrift_m * c->map.adrift_m : INFINITY;
    const bank_hypothesis *of = bank_without_map(c);
    const float hidden = of ? 0.0f : map_trust_hidden(c);
    for (int i = 0; i < 2; i++) {
        const int way = i ? BANK_CROSS : BANK_ALONG;
        variance[i] = of ? of->separation[way] * of->separation[way] + of->variance[way] : hidden * hidden;
        variance[i] = fminf(variance[i], most);
    }
}

void map_adrift_doubt(const fusion *c, fusion_pose *p)
{
    if (!c->map.view || !c->map.adrift)
        return;
    const float s = sinf(p->heading_rad), k = cosf(p->heading_rad);
    const float axes[2][2] = {{s, k}, {k, -s}}; /* along, across; east and north */
    float variance[2];
    without_map(c, variance);
    for (int a = 0; a < 2; a++) {
        float now = 0.0f;
        for (int i = 0; i < 4; i++)
            now += axes[a][i / 2] * p->covariance[i / 2][i % 2] * axes[a][i % 2];
        const float more = fmaxf(variance[a] - now, 0.0f);
        for (int i = 0; i < 4; i++)
            p->covariance[i / 2][i % 2] += more * axes[a][i / 2] * axes[a][i % 2];
    }
}
