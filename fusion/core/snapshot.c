#include "fusion/core/claim.h"
#include "fusion/core/core.h"
#include "fusion/core/initialize.h"
#include "fusion/ticks.h"

#include <math.h>
#include <string.h>

/* Saved state, version 4. Native byte order: it is for a restart of the same program on the same machine. */
enum { SNAPSHOT_VERSION = 4, SNAPSHOT_OWN = 7 };
static const char magic[8] = {'p', 'o', 's', 'e', 'd', 's', 't', '2'};

/* While nobody watched, the vehicle may have been moved and its parts have cooled: variances are widened by
 * this. */
static const float moved_m = 2.0f, turned_rad = 0.035f, rolled_mps = 1.0f;

/* For so long, s, the vehicle is taken to go on as it went, give or take an acceleration (m/s^2) and a turn
 * (rad/s) that road vehicles do not exceed for seconds, one sigma. Too long: a turn taken meanwhile breaks
 * the pose; too short: a restart at speed begins from rest. */
static const double goes_on_s = 5.0, may_accelerate_mps2 = 2.0, may_turn_radps = 0.1;

typedef struct {
    char name[FRAME_SOURCE_NAME_SIZE];
    double value[SNAPSHOT_OWN];
    float variance[SNAPSHOT_OWN];
    uint32_t count;
} saved_source;

typedef struct {
    char magic[8];
    uint32_t version, sources;
    uint64_t hash; /* of all that follows */
    int64_t stamp_ns;
    double position_ecef_m[3], velocity_ecef_mps[3], q_b_ecef[4];
    double gyro_bias[3], accel_bias[3], mount[2];
    float position_var[3], velocity_var[3], attitude_var[3], gyro_var[3], accel_var[3], mount_var[2];
    uint32_t pseudo; /* 1: biases are those of pseudo-inertial input and mean nothing later */
    uint32_t claim;  /* 1: this pose was itself restored, and nothing has confirmed it yet */
    uint32_t height_known, unused;
    saved_source source[SETTINGS_MAX_SOURCES];
} snapshot;

static uint64_t hash_of(const snapshot *s)
{
    const unsigned char *at = (const unsigned char *)s + offsetof(snapshot, stamp_ns);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < sizeof *s - offsetof(snapshot, stamp_ns); i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

_Static_assert((int)SNAPSHOT_OWN >= (int)GNSS_OWN_STATES && (int)SNAPSHOT_OWN >= (int)ODOMETRY_CLONE,
               "every own state is saved");

/* What lasts: of odometry's own, the clone does not. */
static int lasting_states(const source_run *s)
{
    return s->set->kind == SOURCE_ODOMETRY && s->own_states ? (int)ODOMETRY_CLONE : s->own_states;
}

static void save_source(const fusion *c, size_t i, saved_source *out)
{
    memcpy(out->name, c->set.sources[i].name, sizeof out->name);
    out->count = (uint32_t)lasting_states(&c->source[i]);
    for (uint32_t k = 0; k < out->count; k++) {
        int state = c->source[i].first_state + (int)k;
        out->value[k] = c->f.source[state - STATE_SOURCES];
        out->variance[k] = covariance_at(&c->f.p, state, state);
    }
}

static void variances(const fusion *c, int first, int count, float *out)
{
    for (int i = 0; i < count; i++)
        out[i] = covariance_at(&c->f.p, first + i, first + i);
}

size_t fusion_state_size(void)
{
    return sizeof(snapshot);
}

size_t fusion_save(const fusion *c, void *buffer, size_t size)
{
    if (!c->running || size < sizeof(snapshot))
        return 0;
    snapshot s;
    memset(&s, 0, sizeof s);
    memcpy(s.magic, magic, sizeof s.magic);
    s.version = SNAPSHOT_VERSION;
    s.sources = (uint32_t)c->source_count;
    s.stamp_ns = c->f.stamp_ns;
    memcpy(s.position_ecef_m, c->f.position_ecef_m, sizeof s.position_ecef_m);
    memcpy(s.velocity_ecef_mps, c->f.velocity_ecef_mps, sizeof s.velocity_ecef_mps);
    memcpy(s.q_b_ecef, c->f.q_b_ecef, sizeof s.q_b_ecef);
    memcpy(s.gyro_bias, c->f.gyro_bias, sizeof s.gyro_bias);
    memcpy(s.accel_bias, c->f.accel_bias, sizeof s.accel_bias);
    memcpy(s.mount, c->f.mount, sizeof s.mount);
    s.pseudo = c->inertial_source < 0;
    s.claim = c->claim.open;
    s.height_known = c->height_known;
    variances(c, STATE_POSITION, 3, s.position_var);
    variances(c, STATE_VELOCITY, 3, s.velocity_var);
    variances(c, STATE_ATTITUDE, 3, s.attitude_var);
    variances(c, STATE_GYRO_BIAS, 3, s.gyro_var);
    variances(c, STATE_ACCEL_BIAS, 3, s.accel_var);
    variances(c, STATE_MOUNT, 2, s.mount_var);
    for (size_t i = 0; i < c->source_count; i++)
        save_source(c, i, &s.source[i]);
    s.hash = hash_of(&s);
    memcpy(buffer, &s, sizeof s);
    return sizeof s;
}

static bool is_finite(const double *v, int n)
{
    for (int i = 0; i < n; i++) {
        if (!isfinite(v[i]))
            return false;
    }
    return true;
}

/* On or near the earth, with a unit quaternion and biases and mounts that parts and brackets can have. */
static bool is_plausible(const snapshot *s)
{
    if (!is_finite(s->position_ecef_m, 3) || !is_finite(s->velocity_ecef_mps, 3) ||
        !is_finite(s->q_b_ecef, 4) || !is_finite(s->gyro_bias, 3) || !is_finite(s->accel_bias, 3) ||
        !is_finite(s->mount, 2))
        return false;
    double r2 = 0.0, q2 = 0.0, worst = 0.0;
    for (int i = 0; i < 3; i++) {
        r2 += s->position_ecef_m[i] * s->position_ecef_m[i];
        worst = fmax(worst, fmax(fabs(s->gyro_bias[i]) / 0.5, fabs(s->accel_bias[i]) / 5.0));
    }
    for (int i = 0; i < 4; i++)
        q2 += s->q_b_ecef[i] * s->q_b_ecef[i];
    worst = fmax(worst, fmax(fabs(s->mount[0]), fabs(s->mount[1])) / 0.5);
    return r2 > 6.3e6 * 6.3e6 && r2 < 6.6e6 * 6.6e6 && fabs(q2 - 1.0) < 1e-3 && (s->pseudo || worst <= 1.0);
}

/* A saved value counts when it lies within four sigmas of what the settings allow for it now. */
static void restore_source(fusion *c, const saved_source *saved)
{
    for (size_t i = 0; i < c->source_count; i++) {
        if (strncmp(c->set.sources[i].name, saved->name, sizeof saved->name) != 0)
            continue;
        if ((int)saved->count != lasting_states(&c->source[i]))
            return;
        for (uint32_t k = 0; k < saved->count; k++) {
            int state = c->source[i].first_state + (int)k;
            float prior = covariance_at(&c->f.p, state, state);
            double off = saved->value[k] - c->f.source[state - STATE_SOURCES];
            if (!(saved->variance[k] > 0.0f) || !(prior > 0.0f) || !(off * off <= 16.0 * (double)prior))
                continue;
            c->f.source[state - STATE_SOURCES] = saved->value[k];
            covariance_reset(&c->f.p, state, fminf(prior, 4.0f * saved->variance[k]));
        }
    }
}

static void restore_biases(fusion *c, const snapshot *s)
{
    for (size_t i = 0; !s->pseudo && i < c->source_count; i++) {
        if (c->set.sources[i].kind != SOURCE_IMU || !c->set.sources[i].enabled)
            continue;
        memcpy(c->saved_gyro_bias[i], s->gyro_bias, sizeof s->gyro_bias);
        memcpy(c->saved_accel_bias[i], s->accel_bias, sizeof s->accel_bias);
        c->bias_saved[i] = true;
        return;
    }
}

static float widest(const float v[3])
{
    return fmaxf(v[0], fmaxf(v[1], v[2]));
}

/* Places the filter where the vehicle may be now. */
static void place(fusion *c, const snapshot *s, double age_s)
{
    const bool goes_on = age_s >= 0.0 && age_s <= goes_on_s;
    const double accel = goes_on ? may_accelerate_mps2 * age_s : 0.0;
    double position[3], velocity[3] = {0.0, 0.0, 0.0};
    for (int i = 0; i < 3; i++) {
        velocity[i] = goes_on ? s->velocity_ecef_mps[i] : 0.0;
        position[i] = s->position_ecef_m[i] + (goes_on ? velocity[i] * age_s : 0.0);
    }
    filter_place(&c->f, s->stamp_ns, position, velocity, s->q_b_ecef);
    const float spread = widest(s->position_var), turned = widest(s->attitude_var);
    const double turn = goes_on ? fmax((double)turned_rad, may_turn_radps * age_s) : (double)turned_rad;
    if (goes_on)
        initialize_covariance(c, spread + moved_m * moved_m + (float)(accel * accel * age_s * age_s),
                              widest(s->velocity_var) + rolled_mps * rolled_mps + (float)(accel * accel),
                              turned, turned + (float)(turn * turn));
    else
        initialize_covariance(c, spread + moved_m * moved_m, rolled_mps * rolled_mps, turned,
                              turned + turned_rad * turned_rad);
}

bool fusion_restore(fusion *c, const void *buffer, size_t size, double age_s)
{
    snapshot s;
    if (c->running || c->applied_ns != INT64_MIN || size != sizeof s)
        return false;
    memcpy(&s, buffer, sizeof s);
    if (memcmp(s.magic, magic, sizeof magic) != 0 || s.version != SNAPSHOT_VERSION || s.hash != hash_of(&s) ||
        s.sources > SETTINGS_MAX_SOURCES || !is_plausible(&s))
        return false;
    for (int k = 0; k < 2; k++) {
        float var = s.mount_var[k];
        s.mount[k] = var > 0.0f ? s.mount[k] : 0.0;
        covariance_reset(&c->f.p, STATE_MOUNT + k, var > 0.0f ? 4.0f * var : 0.0f);
    }
    filter_set_mount(&c->f, s.mount[0], s.mount[1]);
    place(c, &s, age_s);
    restore_biases(c, &s);
    for (uint32_t i = 0; i < s.sources; i++)
        restore_source(c, &s.source[i]);
    c->running = c->restored = true;
    c->height_known = s.height_known;
    if (s.claim || !(age_s >= 0.0 && age_s <= goes_on_s)) /* nobody is towed within seconds */
        claim_open(c);
    return true;
}

bool fusion_same_sources(const fusion *a, const fusion *b)
{
    bool same = a->source_count == b->source_count;
    for (size_t i = 0; same && i < a->source_count; i++)
        same = strcmp(a->set.sources[i].name, b->set.sources[i].name) == 0;
    return same;
}

static void take_over_time(fusion *c, const fusion *from)
{
    c->now_ns = from->now_ns;
    c->suspect_ns = from->suspect_ns;
    c->closed_ns = from->closed_ns;
    c->applied_ns = from->applied_ns;
    c->check_ns = from->check_ns;
    c->first_ns = from->first_ns;
    c->pose_tick = tick_from(tick_rate(c->set.output.pose_rate_hz),
                             tick_time_ns(tick_rate(from->set.output.pose_rate_hz), from->pose_tick));
}

bool fusion_take_over(fusion *c, fusion *from)
{
    snapshot s;
    const bool warm = fusion_save(from, &s, sizeof s) > 0 && fusion_restore(c, &s, sizeof s, 0.0);
    take_over_time(c, from);
    c->poses = from->poses;
    c->resets = from->resets + 1;
    if (warm) {
        c->mode = from->mode;
        c->absolute_ns = from->absolute_ns;
    }
    if (fusion_same_sources(c, from)) {
        window *empty = c->waiting;
        c->waiting = from->waiting;
        from->waiting = empty;
    }
    return warm;
}
