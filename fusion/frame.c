#include "fusion/frame.h"

#include <string.h>

static const char *const kind_words[] = {
#define X(NAME, word, source) [FRAME_##NAME] = word,
    FRAME_KINDS(X)
#undef X
};
_Static_assert(sizeof kind_words / sizeof *kind_words == FRAME_KIND_COUNT, "one word per frame kind");

static const source_kind kind_sources[] = {
#define X(NAME, word, source) [FRAME_##NAME] = SOURCE_##source,
    FRAME_KINDS(X)
#undef X
};

static const char *const source_words[] = {
#define X(NAME, word) [SOURCE_##NAME] = word,
    SOURCE_KINDS(X)
#undef X
};
_Static_assert(sizeof source_words / sizeof *source_words == SOURCE_KIND_COUNT, "one word per source kind");

/* Bytes of a list up to its last used element; a count that is too large is that of a damaged frame. */
static size_t list_size(size_t head, size_t count, size_t most, size_t element)
{
    return head + (count < most ? count : most) * element;
}

size_t frame_used_size(const frame *f)
{
    size_t head = offsetof(frame, u);
    switch ((frame_kind)f->kind) {
    case FRAME_GNSS:
        return head + sizeof f->u.gnss;
    case FRAME_IMU:
        return head + sizeof f->u.imu;
    case FRAME_WHEEL:
        return head + sizeof f->u.wheel;
    case FRAME_RADAR:
        return head + list_size(offsetof(frame_radar, detections), f->u.radar.count, FRAME_MAX_DETECTIONS,
                                sizeof(radar_detection));
    case FRAME_LANDMARKS:
        return head + list_size(offsetof(frame_landmarks, landmarks), f->u.landmarks.count,
                                FRAME_MAX_LANDMARKS, sizeof(camera_landmark));
    case FRAME_LANES:
        return head + list_size(offsetof(frame_lanes, lanes), f->u.lanes.count, FRAME_MAX_LANES,
                                sizeof(camera_lane));
    case FRAME_CAMERA_HEALTH:
        return head + sizeof f->u.camera_health;
    case FRAME_ROADSIDE:
        return head + sizeof f->u.roadside;
    case FRAME_ODOMETRY:
        return head + sizeof f->u.odometry;
    case FRAME_KIND_COUNT:
        break;
    }
    return head;
}

const char *frame_kind_word(frame_kind kind)
{
    return (unsigned)kind < FRAME_KIND_COUNT ? kind_words[kind] : NULL;
}

source_kind frame_kind_source(frame_kind kind)
{
    return kind_sources[kind];
}

bool frame_kind_find(const char *word, frame_kind *kind)
{
    for (int i = 0; i < FRAME_KIND_COUNT; i++) {
        if (strcmp(kind_words[i], word) == 0) {
            *kind = (frame_kind)i;
            return true;
        }
    }
    return false;
}

const char *source_kind_word(source_kind kind)
{
    return (unsigned)kind < SOURCE_KIND_COUNT ? source_words[kind] : NULL;
}

bool source_kind_find(const char *word, source_kind *kind)
{
    for (int i = 0; i < SOURCE_KIND_COUNT; i++) {
        if (strcmp(source_words[i], word) == 0) {
            *kind = (source_kind)i;
            return true;
        }
    }
    return false;
}
