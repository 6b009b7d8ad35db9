#include "fusion/core/core.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/levels.h"

#include <math.h>

static float sigma_of(const fusion *c, int state)
{
    return sqrtf(fmaxf(covariance_at(&c->f.p, state, state), 0.0f));
}

static source_state state_of(const source_run *s)
{
    if (!s->set->enabled)
        return SOURCE_STATE_DISABLED;
    if (s->seen_ns == INT64_MIN)
        return SOURCE_STATE_NEVER_SEEN;
    if (fault_is_raised(&s->faults, FAULT_STALE))
        return SOURCE_STATE_STALE;
    return s->faults.raised_mask ? SOURCE_STATE_FLAGGED : SOURCE_STATE_ALIVE;
}

static void source_status_of(const fusion *c, const source_run *s, fusion_source_status *out)
{
    *out = (fusion_source_status){.state = state_of(s),
                                  .frames = s->frames,
                                  .used = s->used,
                                  .rejected = s->rejected,
                                  .late = s->late,
                                  .rate_hz = s->interval_s > 0.0f ? 1.0f / s->interval_s : 0.0f,
                                  .latency_s = NAN,
                                  .latency_sigma_s = NAN,
                                  .nis_ratio = s->fused_ns == INT64_MIN ? NAN : s->nis_ratio,
                                  .fault_mask = s->faults.raised_mask};
    if (s->set->kind == SOURCE_GNSS && s->first_state && s->fused_ns != INT64_MIN) {
        out->latency_s = (float)c->f.source[s->first_state - STATE_SOURCES + GNSS_LATENCY];
        out->latency_sigma_s = sigma_of(c, s->first_state + GNSS_LATENCY);
    }
    if (s->set->kind == SOURCE_CAMERA && c->map.view && s->first_state && s->fused_ns != INT64_MIN) {
        out->latency_s = (float)c->f.source[s->first_state - STATE_SOURCES + CAMERA_LATENCY];
        out->latency_sigma_s = sigma_of(c, s->first_state + CAMERA_LATENCY);
    }
    if (s->set->kind == SOURCE_WHEEL && c->wheel_clock.change_ns != INT64_MIN) {
        out->latency_s = (float)c->wheel_clock.to_s;
        out->latency_sigma_s = sqrtf(wheel_clock_doubt(c));
    }
}

static void hypothesis_of(const fusion *c, const bank_hypothesis *of, fusion_hypothesis *out)
{
    *out = (fusion_hypothesis){.sources = of->sources,
                               .live = of->live && of->looked,
                               .doubt = of->doubt,
                               .quantities = of->quantities};
    for (int i = 0; out->live && i < BANK_DIRECTIONS; i++) {
        out->separation[i] = of->separation[i];
        out->threshold[i] = c->factor.alarm * sqrtf(of->separation_variance[i]);
        out->sigma[i] = sqrtf(of->variance[i]);
        out->level[i] = levels_of(c, of, i);
    }
    out->sigmas = levels_sigmas(c, of);
}

void fusion_get_status(const fusion *c, fusion_status *out)
{
    *out = (fusion_status){.stamp_ns = c->applied_ns,
                           .mode = c->mode,
                           .system_fault_mask = c->system.raised_mask | c->map.faults.raised_mask,
                           .mount_pitch_rad = NAN,
                           .mount_pitch_sigma_rad = NAN,
                           .mount_yaw_rad = NAN,
                           .mount_yaw_sigma_rad = NAN,
                           .wheel_scale = NAN,
                           .wheel_scale_sigma = NAN,
                           .source_count = c->source_count,
                           .hypothesis_count = (size_t)c->bank.count};
    _Static_assert((int)STATUS_MAX_HYPOTHESES == (int)BANK_MAX, "every hypothesis has its place");
    out->missed_count = fusion_map_missed(c, out->missed, STATUS_MAX_MISSED);
    for (int h = 0; h < c->bank.count; h++)
        hypothesis_of(c, &c->bank.of[h], &out->hypotheses[h]);
    out->looked_ns = c->bank.judged ? c->bank.look_ns : INT64_MIN;
    out->fault_free_sigmas = c->bank.count > 0 ? c->factor.alone : c->factor.fault_free;
    for (int i = 0; i < BANK_DIRECTIONS; i++) {
        out->held[i] = c->bank.held_s[i] > 0.0f ? c->bank.held[i] : 0.0f;
        out->map[i] = c->bank.map[i];
    }
    late_held(c, out->held);
    if (covariance_at(&c->f.p, STATE_MOUNT, STATE_MOUNT) > 0.0f) {
        out->mount_pitch_rad =
            -(float)c->f.mount[0]; /* as a turn of the sensor against its configured mount */
        out->mount_pitch_sigma_rad = sigma_of(c, STATE_MOUNT);
        out->mount_yaw_rad = -(float)c->f.mount[1];
        out->mount_yaw_sigma_rad = sigma_of(c, STATE_MOUNT + 1);
    }
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        source_status_of(c, s, &out->sources[i]);
        if (s->set->kind == SOURCE_WHEEL && s->first_state && s->fused_ns != INT64_MIN &&
            isnan(out->wheel_scale)) {
            out->wheel_scale = 1.0f + (float)c->f.source[s->first_state - STATE_SOURCES];
            out->wheel_scale_sigma = sigma_of(c, s->first_state);
        }
    }
}
