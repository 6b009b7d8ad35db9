#include "fusion/verdict.h"

static const char *const quantity_words[QUANTITY_COUNT] = {
    [QUANTITY_NONE] = "none",
    [QUANTITY_POSITION] = "position",
    [QUANTITY_VELOCITY] = "velocity",
    [QUANTITY_SPEED] = "speed",
    [QUANTITY_NON_HOLONOMIC] = "non-holonomic",
    [QUANTITY_STANDSTILL] = "standstill",
    [QUANTITY_ZERO_RATE] = "zero-rate",
    [QUANTITY_EGO_VELOCITY] = "ego-velocity",
    [QUANTITY_LANDMARK] = "landmark",
    [QUANTITY_YAW_RATE] = "yaw-rate",
    [QUANTITY_TILT] = "tilt",
    [QUANTITY_INERTIAL] = "inertial",
    [QUANTITY_HEADING] = "heading",
    [QUANTITY_FRAME] = "frame",
    [QUANTITY_LANE] = "lane",
    [QUANTITY_TRANSLATION] = "translation",
    [QUANTITY_ROTATION] = "rotation",
    [QUANTITY_RETURN] = "return",
    [QUANTITY_RAIL] = "rail",
};

static const char *const reason_words[REASON_COUNT] = {
    [REASON_NONE] = "none",
    [REASON_INNOVATION] = "innovation",
    [REASON_OUT_OF_RANGE] = "out of range",
    [REASON_LATE] = "late",
    [REASON_TIME_JUMP] = "time jump",
    [REASON_FROZEN] = "frozen",
    [REASON_NO_FIX] = "no fix",
    [REASON_FLAGGED] = "flagged",
    [REASON_NOT_INITIALIZED] = "not initialized",
    [REASON_RATE_LIMITED] = "rate limited",
    [REASON_SLIP] = "slip",
    [REASON_FEW_STATIC] = "few static returns",
    [REASON_UNKNOWN_LANDMARK] = "unknown landmark",
    [REASON_DUPLICATE] = "duplicate",
    [REASON_NO_MODEL] = "no model",
    [REASON_NUMERIC] = "not a number",
    [REASON_AMBIGUOUS] = "ambiguous",
    [REASON_NO_BEGIN] = "no begin",
};

const char *verdict_quantity_word(verdict_quantity q)
{
    return (unsigned)q < QUANTITY_COUNT ? quantity_words[q] : "?";
}

const char *verdict_reason_word(verdict_reason r)
{
    return (unsigned)r < REASON_COUNT ? reason_words[r] : "?";
}
