/* Words for what posed says, and what follows from a pose. */
#include "client/posed_client.h"

#include "fusion/faults.h"
#include "fusion/verdict.h"

#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *word(const char *const *words, size_t count, unsigned value)
{
    return words[value < count ? value : 0];
}

const char *posed_mode_name(posed_mode mode)
{
    static const char *const words[] = {
        [POSED_MODE_UNKNOWN] = "UNKNOWN",
        [POSED_MODE_INITIALIZING] = "INITIALIZING",
        [POSED_MODE_NOMINAL] = "NOMINAL",
        [POSED_MODE_DEGRADED] = "DEGRADED",
        [POSED_MODE_DEAD_RECKONING] = "DEAD_RECKONING",
        [POSED_MODE_LOST] = "LOST",
    };
    return word(words, COUNT(words), mode);
}

const char *posed_source_state_name(posed_source_state state)
{
    static const char *const words[] = {
        [POSED_SOURCE_UNKNOWN] = "UNKNOWN", [POSED_SOURCE_NEVER_SEEN] = "NEVER_SEEN",
        [POSED_SOURCE_ALIVE] = "ALIVE",     [POSED_SOURCE_FLAGGED] = "FLAGGED",
        [POSED_SOURCE_STALE] = "STALE",     [POSED_SOURCE_DISABLED] = "DISABLED",
    };
    return word(words, COUNT(words), state);
}

const char *posed_severity_name(posed_severity severity)
{
    static const char *const words[] = {
        [POSED_SEVERITY_UNKNOWN] = "UNKNOWN",
        [POSED_SEVERITY_INFO] = "INFO",
        [POSED_SEVERITY_WARNING] = "WARNING",
        [POSED_SEVERITY_ERROR] = "ERROR",
    };
    return word(words, COUNT(words), severity);
}

const char *posed_decision_name(posed_decision decision)
{
    static const char *const words[] = {
        [POSED_DECISION_UNKNOWN] = "unknown",
        [POSED_DECISION_FUSED] = "fused",
        [POSED_DECISION_DOWN_WEIGHTED] = "down-weighted",
        [POSED_DECISION_REJECTED] = "rejected",
        [POSED_DECISION_IGNORED] = "ignored",
    };
    return word(words, COUNT(words), decision);
}

const char *posed_quantity_name(uint32_t quantity)
{
    return quantity > QUANTITY_NONE && quantity < QUANTITY_COUNT
               ? verdict_quantity_word((verdict_quantity)quantity)
               : "unknown";
}

const char *posed_reason_name(uint32_t reason)
{
    return reason < REASON_COUNT ? verdict_reason_word((verdict_reason)reason) : "unknown";
}

static const fault_info *find_fault(uint32_t code)
{
    for (int i = 0; i < FAULT_COUNT; i++) {
        const fault_info *fault = fault_describe((fault_code)i);
        if ((uint32_t)fault->id == code)
            return fault;
    }
    return NULL;
}

const char *posed_fault_name(uint32_t code)
{
    const fault_info *fault = find_fault(code);
    return fault ? fault->name : "UNKNOWN";
}

const char *posed_fault_text(uint32_t code)
{
    const fault_info *fault = find_fault(code);
    return fault ? fault->text : "";
}

bool posed_pose_usable(const posed_pose *pose, int64_t now_ns)
{
    if (!pose || !pose->usable)
        return false;
    if (pose->expires_ns == 0)
        return true;
    /* As far before the stamp as it lasts after it; unsigned, because the pose may be of the user's making.
     */
    uint64_t lasts_ns = (uint64_t)pose->expires_ns - (uint64_t)pose->stamp_ns;
    return pose->stamp_ns < pose->expires_ns && now_ns < pose->expires_ns &&
           (now_ns >= pose->stamp_ns || (uint64_t)pose->stamp_ns - (uint64_t)now_ns < lasts_ns);
}

/* Eigenvalues and direction of the 2 x 2 covariance of east and north; 5.991 is the 95 % point of chi-square
 * with two degrees of freedom. */
posed_ellipse posed_pose_ellipse95(const posed_pose *pose)
{
    const float ee = pose->covariance[0][0], nn = pose->covariance[1][1], en = pose->covariance[0][1];
    if (!(ee >= 0.0f && nn >= 0.0f && isfinite(ee + nn + en)))
        return (posed_ellipse){NAN, NAN, NAN};
    float half = 0.5f * (ee + nn), spread = hypotf(0.5f * (ee - nn), en);
    float azimuth = 0.5f * atan2f(2.0f * en, nn - ee); /* clockwise from north */
    return (posed_ellipse){
        .major_m = sqrtf(5.991f * (half + spread)),
        .minor_m = sqrtf(5.991f * fmaxf(half - spread, 0.0f)),
        .azimuth_rad = azimuth < 0.0f ? azimuth + 3.14159265f : azimuth,
    };
}

float posed_pose_speed_mps(const posed_pose *pose)
{
    return hypotf(pose->velocity_enu_mps[0], pose->velocity_enu_mps[1]);
}

const char *posed_client_version(void)
{
    return POSED_VERSION;
}
