/* A vehicle at rest: neither moves nor turns. */
#include "fusion/core/core.h"
#include "fusion/motion/vehicle.h"

#include <math.h>

/* What "at rest" means for the velocity: the suspension still moves. */
static const float rest_sigma_mps = 0.02f;

static void fuse_no_turn(fusion *c, source_run *s, const frame *in)
{
    measurement m;
    measurement_start(&m, 3);
    for (int i = 0; i < 3; i++) { /* rate = input - bias; the error of the rate is minus that of the bias */
        measurement_column(&m, STATE_GYRO_BIAS + i, i == 0 ? -1.0f : 0.0f, i == 1 ? -1.0f : 0.0f,
                           i == 2 ? -1.0f : 0.0f);
        m.innovation[i] = -(float)c->f.rate_b[i];
        m.noise[i][i] = REST_RATE_SIGMA_RADPS * REST_RATE_SIGMA_RADPS;
    }
    core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_ZERO_RATE, .silent = true});
}

verdict_decision vehicle_rest(fusion *c, source_run *s, const frame *in, float *nis)
{
    measurement m;
    vec3 velocity, origin;
    measurement_start(&m, 3);
    glm_vec3_negate_to(c->nav_point_m, origin);
    vehicle_velocity(&c->f, origin, &m, velocity);
    for (int i = 0; i < 3; i++) {
        m.innovation[i] = -velocity[i];
        m.noise[i][i] = rest_sigma_mps * rest_sigma_mps;
    }
    verdict_decision decision = core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_STANDSTILL});
    *nis = m.nis;
    if (decision != DECISION_REJECTED)
        fuse_no_turn(c, s, in);
    return decision;
}

void vehicle_wake(fusion *c, float unseen_mps)
{
    for (int i = 0; i < 3; i++)
        core_widen(c, STATE_VELOCITY + i, unseen_mps * unseen_mps);
}
