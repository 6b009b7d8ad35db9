/* What a camera's own figures say of how well it sees: flags where one has left its limit, and before that
 * what its share of things seen and its noise are worth. */
#include "fusion/sight/camera_health.h"

#include "fusion/core/core.h"

#include <math.h>

/* No bearing is worth less than at a limit, where a camera is flagged and weighed with a third. */
static const float least_clarity = 1.0f / 9.0f;

/* Twice as far gone as its limit, a picture says nothing: half of the least contrast or sharpness, half of
 * the light that is left. */
static const float blind = 0.5f;

/* Unknown figures are NAN, and no comparison with them is true. */
static void raise_flags(fusion *c, source_run *s, const frame_camera_health *h, int64_t now)
{
    const camera_settings *set = &s->set->of.camera;
    float saturated = (float)set->max_saturated, dark = (float)set->max_dark,
          contrast = (float)set->min_contrast;
    float sharp = (float)set->min_sharpness, blocked = (float)set->max_blocked;
    bool dim = h->contrast < contrast;
    core_fault(c, &s->faults, FAULT_OVEREXPOSED, h->saturated_fraction > saturated, now,
               h->saturated_fraction, saturated);
    core_fault(c, &s->faults, FAULT_UNDEREXPOSED, h->dark_fraction > dark, now, h->dark_fraction, dark);
    core_fault(c, &s->faults, FAULT_GLARE, dim && h->saturated_fraction > 0.2f * saturated, now, h->contrast,
               contrast);
    core_fault(c, &s->faults, FAULT_BLURRED, h->sharpness < sharp, now, h->sharpness, sharp);
    core_fault(c, &s->faults, FAULT_BLOCKED, h->blocked_fraction > blocked, now, h->blocked_fraction,
               blocked);
}

/* What is left of a picture that has gone `way` of the way to a limit: much at first, nothing at the limit.
 */
static float left_at(float way)
{
    return isnan(way) ? 1.0f : 1.0f - fminf(way * way, 1.0f);
}

static float clarity_of(const camera_settings *set, const frame_camera_health *h)
{
    float left = left_at(h->saturated_fraction / (float)set->max_saturated);
    left *= left_at(h->dark_fraction / (float)set->max_dark);
    left *= left_at((float)set->min_contrast / h->contrast);
    left *= left_at((float)set->min_sharpness / h->sharpness);
    left *= left_at(h->blocked_fraction / (float)set->max_blocked);
    return fmaxf(left, least_clarity);
}

static bool is_blind(const camera_settings *set, const frame_camera_health *h)
{
    return h->contrast < blind * (float)set->min_contrast ||
           h->sharpness < blind * (float)set->min_sharpness ||
           h->dark_fraction > 1.0f - blind * (1.0f - (float)set->max_dark);
}

void camera_health_check(fusion *c, source_run *s, const frame *in)
{
    const frame_camera_health *h = &in->u.camera_health;
    raise_flags(c, s, h, in->stamp_ns);
    if (!c->map.view)
        return;
    s->camera.clarity = clarity_of(&s->set->of.camera, h);
    s->camera.blinded = is_blind(&s->set->of.camera, h);
}

float camera_weight(const source_run *s)
{
    return s->down_weighted ? 3.0f : 1.0f / sqrtf(s->camera.clarity);
}

bool camera_sees(const source_run *s)
{
    return !s->camera.blinded && !fault_is_raised(&s->faults, FAULT_NO_LANDMARKS);
}
