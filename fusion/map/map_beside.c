/*
 * Whether something of an element's kind is seen beside its place. One that is hidden is not seen; one that
 * has been put up anew is, some metres aside, and nothing else of the map explains that.
 */
#include "fusion/map/map_beside.h"

#include "fusion/map/map_landmarks.h"
#include "fusion/sight/landmarks.h"

#include <math.h>

/* So far aside it may stand, one sigma per horizontal axis, and upwards (signs hang 1.5 to 3 m high), m. Too
 * small: what was moved further is nowhere; too large: anything in the picture is beside it. */
static const float aside_m = 2.0f, up_m = 1.0f;

/* Probability that a detection is none of the map. */
static float is_none(const map_work *w, int which)
{
    const int detection = w->problem_of[which];
    float none = 1.0f;
    for (int p = 0; detection >= 0 && p < w->match.pair_count; p++) {
        if (w->match.pairs[p].detection == detection)
            none -= w->match.pairs[p].probability;
    }
    return fmaxf(none, 0.0f);
}

void map_beside_look(const source_run *s, const map_work *w, const frame_landmarks *f, uint8_t kind,
                     view_mark *v)
{
    const float range_m = v->bearing[2], flat = aside_m / range_m, rise = up_m / range_m;
    float sum = 0.0f;
    for (int i = 0; i < f->count; i++) {
        const camera_landmark *seen = &f->landmarks[i];
        if (map_landmarks_class(seen->class_name) != kind)
            continue;
        /* what stands nearer is seen further up or down */
        const float noise = landmark_sigma(s, seen), slope = v->bearing[1] * flat;
        const float across = remainderf(seen->azimuth_rad - v->bearing[0], 6.2831853f),
                    up = seen->elevation_rad - v->bearing[1];
        const float s_across = flat * flat + noise * noise,
                    s_up = rise * rise + slope * slope + noise * noise;
        const float nis = across * across / s_across + up * up / s_up;
        const float density = expf(-0.5f * nis) / (6.2831853f * sqrtf(s_across * s_up));
        sum += is_none(w, i) * density * map_landmarks_real(seen) / map_landmarks_nothing(seen);
    }
    const float room = (float)(s->set->of.camera.field_deg * RADIANS_PER_DEGREE) - fabsf(v->bearing[0]);
    v->beside = sum;
    v->beside_view = 0.5f * erfcf(-0.70710678f * room / flat);
}
