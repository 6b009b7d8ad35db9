#include "fusion/integrity/either.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss_fix.h"
#include "fusion/gnss/gnss_late.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/blame.h"

#include <math.h>
#include <string.h>

static const float half_turn_rad = 3.1415927f;

/* East and north of the vehicle's axis, as far as it is level. */
static void find_ahead(const fusion *c, float directions[4][POSE_COLUMNS], float ahead[2])
{
    for (int i = 0; i < 2; i++) {
        ahead[i] = 0.0f;
        for (int k = 0; k < 3; k++)
            ahead[i] += (float)c->f.r_enu_ecef[i][k] * directions[BANK_ALONG][k];
    }
}

/* Where a sub-solution is, less the pose, east and north. */
static void find_apart(const float ahead[2], const bank_hypothesis *of, float apart_m[2])
{
    const float along = of->separation[BANK_ALONG], left = of->separation[BANK_CROSS];
    apart_m[0] = along * ahead[0] - left * ahead[1];
    apart_m[1] = along * ahead[1] + left * ahead[0];
}

/* It is the likelier one: by its prior times what speaks for it, exp(r^2 / 2) for r sigmas of separation. */
static bool is_likelier(const bank_hypothesis *of)
{
    const float ratio = blame_ratio(of);
    return of->prior > 0.0f && 0.5f * ratio * ratio >= -logf(of->prior);
}

static void find_likelier(bank *b)
{
    bank_either *e = &b->either;
    memset(&e->seen, 0, sizeof e->seen);
    for (int h = 0; h < b->count; h++) {
        const bank_hypothesis *of = &b->of[h];
        float apart_m[2];
        if (!blame_speaks(of) || !of->live_looks || !is_likelier(of))
            continue;
        find_apart(e->ahead, of, apart_m);
        if (hypotf(apart_m[0], apart_m[1]) > hypotf(e->seen.at_m[0], e->seen.at_m[1]))
            memcpy(e->seen.at_m, apart_m, sizeof apart_m);
        e->seen.turned_rad = fmaxf(e->seen.turned_rad, fabsf(of->separation[BANK_HEADING]));
    }
}

/* What was left drives on, as fast as the pose, and the other way where its heading is another. */
static void drive_on(fusion *c, float since_s)
{
    bank_answer *left = &c->bank.either.left;
    if (!(c->bank.held_s[BANK_ALONG] > 0.0f))
        left->at_m[0] = left->at_m[1] = 0.0f;
    if (!(c->bank.held_s[BANK_HEADING] > 0.0f))
        left->turned_rad = left->turns_radps = 0.0f;
    const float turned = left->turned_rad + left->turns_radps * since_s;
    left->turned_rad = fminf(fmaxf(turned, -half_turn_rad), half_turn_rad);
    const float s = sinf(left->turned_rad), k = cosf(left->turned_rad) - 1.0f;
    float v[2] = {0.0f, 0.0f};
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 3; j++)
            v[i] += (float)(c->f.r_enu_ecef[i][j] * c->f.velocity_ecef_mps[j]);
    }
    left->at_m[0] += since_s * (k * v[0] - s * v[1]);
    left->at_m[1] += since_s * (s * v[0] + k * v[1]);
}

void either_look(fusion *c, float since_s, float directions[4][POSE_COLUMNS])
{
    drive_on(c, since_s);
    find_ahead(c, directions, c->bank.either.ahead);
    find_likelier(&c->bank);
}

/* Of what had been left before and what is left now, the one that is further away counts. */
void either_leave(fusion *c, int h)
{
    bank_either *e = &c->bank.either;
    bank_answer *left = &e->left;
    const bank_hypothesis *of = &c->bank.of[h];
    const float turned = -of->separation[BANK_HEADING], before = left->turned_rad + turned;
    float apart_m[2];
    find_apart(e->ahead, of, apart_m);
    const float then[2] = {left->at_m[0] - apart_m[0], left->at_m[1] - apart_m[1]};
    const bool further = hypotf(then[0], then[1]) > hypotf(apart_m[0], apart_m[1]);
    for (int i = 0; i < 2; i++)
        left->at_m[i] = further ? then[i] : -apart_m[i];
    if (!(fabsf(before) > fabsf(turned)))
        left->turns_radps = bank_error(c, h)[STATE_GYRO_BIAS + 2];
    left->turned_rad = fabsf(before) > fabsf(turned) ? before : turned;
    memset(&e->seen, 0, sizeof e->seen);
}

static void hold(fusion_pose *p, const float at_m[2], float turned_rad)
{
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 2; k++)
            p->covariance[i][k] += GNSS_EITHER * at_m[i] * at_m[k];
    }
    p->covariance[5][5] += GNSS_EITHER * turned_rad * turned_rad;
}

void either_hold(const fusion *c, fusion_pose *p)
{
    const bank_either *e = &c->bank.either;
    const float late_s = (float)late_suspected(c);
    const float way_m[2] = {late_s * p->velocity_enu_mps[0], late_s * p->velocity_enu_mps[1]};
    hold(p, e->seen.at_m, e->seen.turned_rad);
    hold(p, e->left.at_m, e->left.turned_rad);
    hold(p, way_m, late_s * p->rate_body_radps[2]);
}
