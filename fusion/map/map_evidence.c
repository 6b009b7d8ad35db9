/* Of what lane lines look like: evidence of the lane that the vehicle is in. */
#include "fusion/map/map_evidence.h"

#include <math.h>
#include <string.h>

/* A line's type is told rightly in so many cases; it is one piece of evidence a second, for it is the same
 * paint and the same perception frame after frame; it is forgotten within this; and all of it together is
 * worth no more than the last figure (log of odds), for a map that is out of date says the same wrong thing
 * for ever. */
static const float type_right = 0.9f, evidence_tau_s = 8.0f, evidence_most = 4.0f;

static uint8_t type_of(const char *word)
{
    return strcmp(word, "solid") == 0    ? MAP_LINE_SOLID
           : strcmp(word, "dashed") == 0 ? MAP_LINE_DASHED
           : strcmp(word, "curb") == 0   ? MAP_LINE_CURB
                                         : MAP_LINE_UNKNOWN;
}

/* Of what the lines look like, that the vehicle is in that lane; `against`: driving against it. */
static float type_evidence(const map_view *map, const camera_lane *const seen[2], const lane_cut *cut,
                           bool against)
{
    float sum = 0.0f;
    for (int side = 0; side < 2; side++) {
        uint8_t is = cut_line_of(map, cut->lane, against ? 1 - side : side)->type;
        uint8_t looks = seen[side] ? type_of(seen[side]->type) : MAP_LINE_UNKNOWN;
        bool known = is == MAP_LINE_SOLID || is == MAP_LINE_DASHED || is == MAP_LINE_CURB;
        if (known && looks != MAP_LINE_UNKNOWN)
            sum += logf(is == looks ? type_right : 1.0f - type_right);
    }
    return sum;
}

/* Evidence is kept by how many lanes the pose would be off: that follows lane changes and the lanelets' ends.
 */
static float *kept(map_run *run, int off)
{
    int at = off + MAP_LANE_SHIFTS / 2;
    return at >= 0 && at < MAP_LANE_SHIFTS ? &run->lane_evidence[at] : NULL;
}

float map_evidence_of(const map_run *run, int off)
{
    int at = off + MAP_LANE_SHIFTS / 2;
    return at >= 0 && at < MAP_LANE_SHIFTS ? run->lane_evidence[at] : -evidence_most;
}

void map_evidence_forget(map_run *run)
{
    memset(run->lane_evidence, 0, sizeof run->lane_evidence);
    run->lane_against = 0.0f;
}

void map_evidence_gather(fusion *c, const camera_lane *const seen[2], const lane_cut *cuts, int count,
                         int own, const lane_cut *other, float dt_s)
{
    map_run *run = &c->map;
    float keep = expf(-dt_s / evidence_tau_s), piece = fminf(dt_s, 0.5f), most = -INFINITY;
    for (int i = 0; i < MAP_LANE_SHIFTS; i++)
        run->lane_evidence[i] *= keep;
    run->lane_against *= keep;
    for (int i = 0; i < count; i++) {
        float *e = kept(run, i - own);
        if (e)
            *e += piece * type_evidence(run->view, seen, &cuts[i], false);
    }
    if (other)
        run->lane_against += piece * type_evidence(run->view, seen, other, true);
    for (int i = 0; i < MAP_LANE_SHIFTS; i++)
        most = fmaxf(most, run->lane_evidence[i]);
    for (int i = 0; i < MAP_LANE_SHIFTS; i++)
        run->lane_evidence[i] = fmaxf(run->lane_evidence[i] - most, -evidence_most);
    run->lane_against = fminf(fmaxf(run->lane_against - most, -evidence_most), evidence_most);
}

/* The hypothesis that has won is where the pose is now: evidence moves with it. */
void map_evidence_shift(map_run *run, int by)
{
    float moved[MAP_LANE_SHIFTS];
    for (int i = 0; i < MAP_LANE_SHIFTS; i++) {
        int from = i + by;
        moved[i] = from >= 0 && from < MAP_LANE_SHIFTS ? run->lane_evidence[from] : -evidence_most;
    }
    memcpy(run->lane_evidence, moved, sizeof moved);
}
