#include "fusion/core/monitor.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_away.h"
#include "fusion/gnss/gnss_late.h"
#include "fusion/gnss/gnss_turned.h"
#include "fusion/inertial/inertial_watch.h"
#include "fusion/integrity/acquit.h"
#include "fusion/integrity/exclusion.h"
#include "fusion/integrity/integrity.h"
#include "fusion/integrity/shift_judge.h"
#include "fusion/sight/camera_health.h"
#include "fusion/sight/fiducials.h"

#include <math.h>
#include <string.h>

/* A source counts as NOISY when its noise had to be raised by this factor, and as REJECTED above this share.
 */
static const float noisy_scale = 10.0f, rejected_share = 0.6f;

/* The silence that makes a source STALE is at least this many of its own intervals. */
static const float stale_intervals = 5.0f;

/* Dead reckoning begins when this many positions in a row are missing, however slowly they come. */
static const float missed_positions = 2.5f;

/* Payloads may repeat while the vehicle rests; FROZEN is looked for above this speed, m/s. */
static const double frozen_speed_mps = 1.0;

/* A payload has repeated itself too often when it did so this many times as often as ever before; what wheels
 * do is known after this many changes. Too small: a coarse speed on a straight road is FROZEN; too large: a
 * bus that hangs is found late. */
static const double repeats_again = 10.0;
enum { known_changes = 100 };

/* ---- what a frame says */

static bool in_range(float v, float low, float high)
{
    return isnan(v) || (v >= low && v <= high);
}

static bool gnss_is_sane(const frame_gnss *g)
{
    if (g->fix == GNSS_FIX_NONE)
        return true;
    return fabs(g->latitude_rad) <= 1.5707963267948966 + 1e-9 &&
           fabs(g->longitude_rad) <= 3.14159265358979323846 + 1e-9 &&
           (isnan(g->height_m) || (g->height_m > -1e4 && g->height_m < 1e5)) &&
           in_range(g->h_acc_m, 0.0f, 1e6f) && in_range(g->v_acc_m, 0.0f, 1e6f) &&
           in_range(g->speed_mps, 0.0f, 1000.0f) && in_range(g->velocity_enu_mps[0], -1000.0f, 1000.0f) &&
           in_range(g->velocity_enu_mps[1], -1000.0f, 1000.0f) &&
           in_range(g->velocity_enu_mps[2], -1000.0f, 1000.0f) && in_range(g->course_rad, -7.0f, 7.0f) &&
           in_range(g->speed_acc_mps, 0.0f, 1000.0f);
}

static bool imu_is_sane(const frame_imu *m, const imu_settings *set)
{
    float gyro = 2.0f * (float)set->gyro_range_radps, accel = 2.0f * (float)set->accel_range_mps2;
    for (int i = 0; i < 3; i++) {
        if (!in_range(m->gyro_radps[i], -gyro, gyro) || !in_range(m->accel_mps2[i], -accel, accel))
            return false;
    }
    return true;
}

static bool wheel_is_sane(const frame_wheel *w, const wheel_settings *set)
{
    float most = (float)set->max_speed_mps;
    for (int i = 0; i < 4; i++) {
        if (!in_range(w->wheel_mps[i], -most, most))
            return false;
    }
    return in_range(w->speed_mps, -most, most) && in_range(w->yaw_rate_radps, -20.0f, 20.0f);
}

static bool radar_is_sane(const frame_radar *r, const radar_settings *set)
{
    for (int i = 0; i < r->count; i++) {
        const radar_detection *d = &r->detections[i];
        if (!(d->range_m >= 0.0f && d->range_m <= (float)set->max_range_m) ||
            !in_range(d->doppler_mps, -(float)set->max_doppler_mps, (float)set->max_doppler_mps) ||
            !in_range(d->azimuth_rad, -3.2f, 3.2f))
            return false;
    }
    return true;
}

static bool landmarks_are_sane(const frame_landmarks *l)
{
    for (int i = 0; i < l->count; i++) {
        const camera_landmark *m = &l->landmarks[i];
        if (!(fabsf(m->azimuth_rad) <= 3.2f) || !(fabsf(m->elevation_rad) <= 1.6f) ||
            !in_range(m->range_m, 0.0f, 2000.0f))
            return false;
    }
    return true;
}

/* A scale that is not known leaves translations of any size. */
static bool odometry_is_sane(const frame_odometry *o, const odometry_settings *set)
{
    double interval_s = (double)o->interval_ns * 1e-9;
    float way = hypotf(hypotf(o->translation_m[0], o->translation_m[1]), o->translation_m[2]);
    float turn = hypotf(hypotf(o->rotation_rad[0], o->rotation_rad[1]), o->rotation_rad[2]);
    for (int i = 0, at = 0; i < 6 && !isnan(o->covariance[0]); at += 6 - i++) {
        if (!(o->covariance[at] >= 0.0f && o->covariance[at] < 1e6f))
            return false;
    }
    for (int i = 0; i < FRAME_ODOMETRY_COVARIANCE && !isnan(o->covariance[0]); i++) {
        if (!isfinite(o->covariance[i]))
            return false;
    }
    return interval_s > 0.0 && interval_s <= set->max_interval_s && turn <= 3.2f && isfinite(way) &&
           in_range(o->scale_sigma, 0.0f, 1.0f) &&
           (isnan(o->scale_sigma) || way <= (float)(set->max_speed_mps * interval_s));
}

static bool is_sane(const source_run *s, const frame *in)
{
    switch ((frame_kind)in->kind) {
    case FRAME_GNSS:
        return gnss_is_sane(&in->u.gnss);
    case FRAME_IMU:
        return imu_is_sane(&in->u.imu, &s->set->of.imu);
    case FRAME_WHEEL:
        return wheel_is_sane(&in->u.wheel, &s->set->of.wheel);
    case FRAME_RADAR:
        return radar_is_sane(&in->u.radar, &s->set->of.radar);
    case FRAME_LANDMARKS:
        return landmarks_are_sane(&in->u.landmarks);
    case FRAME_ROADSIDE:
        return fabs(in->u.roadside.latitude_rad) <= 1.5708 && fabs(in->u.roadside.longitude_rad) <= 3.1416;
    case FRAME_ODOMETRY:
        return odometry_is_sane(&in->u.odometry, &s->set->of.odometry);
    default:
        return true;
    }
}

/* At the end of the sensor's range what it says is a bound, not a value. */
static bool is_saturated(const source_run *s, const frame *in)
{
    const imu_settings *set = &s->set->of.imu;
    for (int i = 0; i < 3; i++) {
        if (fabsf(in->u.imu.gyro_radps[i]) >= (float)set->gyro_range_radps ||
            fabsf(in->u.imu.accel_mps2[i]) >= (float)set->accel_range_mps2)
            return true;
    }
    return false;
}

static uint64_t payload_hash(const frame *in)
{
    const unsigned char *at = (const unsigned char *)&in->u;
    size_t left = frame_used_size(in) - offsetof(frame, u);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; left >= 8; at += 8, left -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    for (; left; at++, left--)
        hash = (hash ^ *at) * UINT64_C(0x100000001b3);
    return hash;
}

/* ---- checks of one frame against those before */

/* Stamps against reception; true: they fit. */
static bool check_time(fusion *c, source_run *s, const frame *in, bool back)
{
    double ahead = seconds_between(in->received_ns, in->stamp_ns);
    const source_history *last = &s->last[in->kind];
    double leap = last->seen ? seconds_between(last->stamp_ns, in->stamp_ns) : 0.0;
    if (last->seen) /* what came too late and then all at once has not leapt */
        leap = fmin(leap, leap - seconds_between(last->received_ns, in->received_ns));
    bool bad = ahead > s->set->max_future_s || -ahead > s->set->max_latency_s;
    bool leapt = leap > s->set->max_gap_s;
    double evidence = bad ? fabs(ahead) : leapt ? leap : back ? (double)NAN : fabs(ahead);
    double limit = !bad && leapt ? s->set->max_gap_s
                   : ahead > 0.0 ? s->set->max_future_s
                                 : s->set->max_latency_s;
    core_fault(c, &s->faults, FAULT_TIME_JUMP, bad || leapt || back, in->stamp_ns, (float)evidence,
               (float)limit);
    return !bad;
}

static sequence_news check_sequence(fusion *c, source_run *s, const frame *in)
{
    int32_t steps;
    source_history *last = &s->last[in->kind];
    const bool later = in->received_ns >= last->received_ns;
    sequence_news news = sequence_take(&last->sequence, in->sequence, later, &steps);
    bool gap = news != SEQUENCE_NEXT && news != SEQUENCE_OVERTAKEN;
    core_fault(c, &s->faults, FAULT_SEQUENCE_GAP, gap, in->stamp_ns, (float)steps, 1.0f);
    return news;
}

static bool wheels_turn(const frame_wheel *w)
{
    for (int i = 0; i < 4; i++) {
        if (fabsf(w->wheel_mps[i]) > 0.0f)
            return true;
    }
    return fabsf(w->speed_mps) > 0.0f;
}

/* The vehicle, as the filter knows or, before there is a pose, as a fix itself says. Wheels at rest repeat
 * themselves, whatever the filter takes the vehicle to do, unless a receiver drives away. */
static bool is_moving(const fusion *c, const source_run *s, const frame *in)
{
    const frame_gnss *g = &in->u.gnss;
    if (in->kind == FRAME_WHEEL && !wheels_turn(&in->u.wheel))
        return gnss_away_find(c, s, in->stamp_ns) != NULL;
    if (c->running)
        return filter_speed(&c->f) > frozen_speed_mps;
    return in->kind == FRAME_GNSS &&
           (g->speed_mps > (float)frozen_speed_mps ||
            hypotf(g->velocity_enu_mps[0], g->velocity_enu_mps[1]) > (float)frozen_speed_mps);
}

/* How often in a row a payload may repeat itself. A speed on the bus has coarse steps, and a vehicle on the
 * motorway keeps to one for seconds: so the longest that the source has repeated itself before and gone on
 * counts, and of wheels, whose steps nobody states, that must be known first. 0: as often as it likes. */
static double most_repeats(const source_run *s, const frame *in)
{
    const source_history *of = &s->last[in->kind];
    if (in->kind == FRAME_WHEEL && of->changes < known_changes)
        return 0.0;
    return fmax(s->set->frozen_after, repeats_again * (double)of->longest);
}

/* What is frozen does not thaw because the vehicle, or what is left to say so, comes to rest. */
static void count_repeats(source_history *of, bool same, bool counts, bool frozen)
{
    if (same && (counts || frozen)) {
        of->repeats += counts;
        return;
    }
    if (!frozen && of->repeats > of->longest)
        of->longest = of->repeats;
    if (!same && counts)
        of->changes++;
    of->repeats = 0;
}

/* Where there is nothing to see, a camera says the same again and again. */
static bool says_nothing(const frame *in)
{
    return (in->kind == FRAME_GNSS && in->u.gnss.fix == GNSS_FIX_NONE) ||
           (in->kind == FRAME_LANDMARKS && in->u.landmarks.count == 0) ||
           (in->kind == FRAME_LANES && in->u.lanes.count == 0);
}

static void check_frozen(fusion *c, source_run *s, const frame *in)
{
    source_history *of = &s->last[in->kind];
    if (s->set->frozen_after <= 0.0 || says_nothing(in))
        return;
    uint64_t hash = payload_hash(in);
    bool same = of->seen && hash == of->payload_hash;
    of->payload_hash = hash;
    count_repeats(of, same, in->kind == FRAME_IMU || is_moving(c, s, in),
                  fault_is_raised(&s->faults, FAULT_FROZEN));
    double most = most_repeats(s, in);
    core_fault(c, &s->faults, FAULT_FROZEN, most > 0.0 && of->repeats >= (uint32_t)most, in->stamp_ns,
               (float)of->repeats, (float)most);
}

/* What the sensor says of itself: heard while it is excluded too, or its flags would never clear, and before
 * there is a pose. */
static void check_itself(fusion *c, source_run *s, const frame *in)
{
    if (in->kind == FRAME_GNSS) {
        gnss_check(c, s, in);
        gnss_away_hear(s, in);
    } else if (in->kind == FRAME_CAMERA_HEALTH)
        camera_health_check(c, s, in);
    else if (in->kind == FRAME_IMU)
        inertial_watch_take(&s->imu.samples, &s->set->of.imu, in, c->running && is_moving(c, s, in));
}

static void remember(source_run *s, const frame *in)
{
    if (s->seen_ns != INT64_MIN && in->stamp_ns > s->seen_ns) {
        float interval = (float)seconds_between(s->seen_ns, in->stamp_ns);
        s->interval_s += (s->interval_s > 0.0f ? 0.05f : 1.0f) * (interval - s->interval_s);
        if (in->kind == FRAME_GNSS)
            gnss_count_interval(s, interval);
    }
    if (in->stamp_ns > s->seen_ns)
        s->seen_ns = in->stamp_ns;
    s->last[in->kind].seen = true;
    s->last[in->kind].stamp_ns = in->stamp_ns;
    s->last[in->kind].received_ns = in->received_ns;
}

bool monitor_allows(const source_run *s)
{
    uint64_t mask = s->faults.raised_mask;
    if (s->set->kind != SOURCE_IMU) /* what the integrity monitor leaves out is watched, not dropped */
        mask &= ~(UINT64_C(1) << FAULT_EXCLUDED | (s->out.suspect ? UINT64_C(1) << FAULT_SPOOFED : 0));
    return fault_mask_effect(mask) != EFFECT_EXCLUDE;
}

/* The flag takes some repeats to rise, and a fix or a picture that is stuck has done its harm by then. What
 * looks at the world from a vehicle that moves never sees the same to the last bit: a receiver that sends its
 * fix twice tells nothing new either. A force, a rate or a speed may be the same again. */
static bool says_it_again(const source_run *s, const frame *in)
{
    bool looks = in->kind == FRAME_GNSS || in->kind == FRAME_LANDMARKS || in->kind == FRAME_LANES ||
                 (in->kind == FRAME_RADAR && in->u.radar.count > 0) || in->kind == FRAME_ROADSIDE;
    return fault_is_raised(&s->faults, FAULT_FROZEN) ||
           (looks && !says_nothing(in) && s->last[in->kind].repeats > 0);
}

/* Gravity is where the mount has it. */
static bool stands(source_run *s, const frame *in)
{
    const float *a = in->u.imu.accel_mps2;
    if (in->kind != FRAME_IMU)
        return true;
    float up = s->r_body_sensor[0][2] * a[0] + s->r_body_sensor[1][2] * a[1] + s->r_body_sensor[2][2] * a[2];
    return inertial_watch_stands(&s->imu.samples, in->stamp_ns, up);
}

bool monitor_check(fusion *c, source_run *s, const frame *in)
{
    const sequence_news news = check_sequence(c, s, in);
    bool fresh = news != SEQUENCE_REPEATED || in->stamp_ns != s->last[in->kind].stamp_ns;
    bool overtaken = news == SEQUENCE_OVERTAKEN; /* older than its stamp says: that is of its reception */
    bool timely = check_time(c, s, in, news == SEQUENCE_BACK);
    bool sane = is_sane(s, in) && (!fresh || !timely || stands(s, in));
    core_fault(c, &s->faults, FAULT_OUT_OF_RANGE, !sane, in->stamp_ns, NAN, NAN);
    if (fresh && timely && sane && !overtaken)
        check_itself(c, s, in);
    if (in->kind == FRAME_IMU)
        core_fault(c, &s->faults, FAULT_SATURATED,
                   sane && (is_saturated(s, in) || inertial_watch_hangs(&s->imu.samples)), in->stamp_ns, NAN,
                   NAN);
    check_frozen(c, s, in);
    remember(s, in);
    core_fault(c, &s->faults, FAULT_STALE, false, in->stamp_ns, 0.0f, (float)s->set->stale_after_s);
    verdict_reason reason = !fresh                 ? REASON_DUPLICATE
                            : overtaken            ? REASON_LATE
                            : !timely              ? REASON_TIME_JUMP
                            : !sane                ? REASON_OUT_OF_RANGE
                            : says_it_again(s, in) ? REASON_FROZEN
                            : !monitor_allows(s)   ? REASON_FLAGGED
                                                   : REASON_NONE;
    if (s->out.banned && fresh && timely && sane)
        exclusion_watch_input(c, s, in);
    if (reason == REASON_NONE || (s->out.banned && reason == REASON_FLAGGED))
        late_hear(c, s, in);
    if (reason == REASON_NONE || (s->out.banned && reason == REASON_FLAGGED))
        turned_hear(c, s, in);
    if (s->gnss.out_of_time && reason == REASON_NONE)
        reason = REASON_TIME_JUMP;
    s->down_weighted = fault_set_effect(&s->faults) == EFFECT_DOWN_WEIGHT;
    if (reason == REASON_NONE)
        return true;
    s->late += reason == REASON_LATE;
    s->rejected += reason != REASON_LATE;
    core_refuse(c, s, in, QUANTITY_FRAME, DECISION_REJECTED, reason);
    return false;
}

/* ---- what does not speak, and what is slow */

static void report_noise(fusion *c, source_run *s, int64_t now_ns)
{
    float factor = s->noise_scale, limit = noisy_scale;
    bool noisy = s->set->kind == SOURCE_IMU ? inertial_watch_is_noisy(&s->imu.samples, &factor, &limit)
                                            : factor > limit;
    core_fault(c, &s->faults, FAULT_NOISY, noisy, now_ns, factor, limit);
}

static void tick_source(fusion *c, source_run *s, int64_t now_ns)
{
    if (s->seen_ns == INT64_MIN || !s->set->enabled)
        return;
    float silence = (float)seconds_between(s->seen_ns, now_ns);
    float limit = fmaxf((float)s->set->stale_after_s, stale_intervals * s->interval_s);
    if (silence > limit)
        core_fault(c, &s->faults, FAULT_STALE, true, now_ns, silence, limit);
    core_fault(c, &s->faults, FAULT_LATE, false, now_ns, NAN, NAN);
    core_fault(c, &s->faults, FAULT_MALFORMED, false, now_ns, NAN, NAN);
    if (silence > limit || !c->running)
        return;
    report_noise(c, s, now_ns);
    bool worn = s->set->kind == SOURCE_GNSS && integrity_is_worn(c, s, now_ns);
    bool rejected = s->reject_ratio > rejected_share && !shift_explains(s) && !worn &&
                    !acquit_holds(s, now_ns, ACQUIT_NOW_S) && !fiducials_explain(c, s, now_ns);
    core_fault(c, &s->faults, FAULT_REJECTED, rejected, now_ns, s->reject_ratio, rejected_share);
}

/* The shortest interval at which positions come, s; 0: none have. */
static float position_interval(const fusion *c)
{
    float shortest = 0.0f;
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        bool counts = s->set->kind == SOURCE_GNSS && s->fused_ns != INT64_MIN && s->interval_s > 0.0f;
        if (counts && (shortest == 0.0f || s->interval_s < shortest))
            shortest = s->interval_s;
    }
    return shortest;
}

void monitor_tick(fusion *c, int64_t now_ns, float dt_s)
{
    for (size_t i = 0; i < c->source_count; i++)
        tick_source(c, &c->source[i], now_ns);
    fiducials_tick(c, now_ns);
    core_fault(c, &c->system, FAULT_OVERLOAD, false, now_ns, NAN, NAN);
    if (!c->running)
        return;
    shift_tick(c, now_ns, dt_s);
    float since = c->absolute_ns == INT64_MIN ? 1e6f : (float)seconds_between(c->absolute_ns, now_ns);
    float limit = fmaxf((float)c->set.filter.dead_reckoning_after_s, missed_positions * position_interval(c));
    core_fault(c, &c->system, FAULT_DEAD_RECKONING, since > limit, now_ns, since, limit);
}
