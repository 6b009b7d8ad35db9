/* How many states of their own sources want, and how many of them find room. */
#include "fusion/core/room.h"

#include "fusion/core/core.h"
#include "fusion/fusion.h"

int room_own_states(const settings *set, bool on_map, const source_settings *s)
{
    if (!s->enabled)
        return 0;
    switch (s->kind) {
    case SOURCE_GNSS:
        return GNSS_OWN_STATES;
    case SOURCE_RADAR:
        return on_map ? RADAR_MAP_STATES : RADAR_OWN_STATES;
    case SOURCE_WHEEL:
        return WHEEL_OWN_STATES;
    case SOURCE_CAMERA:
        return on_map ? CAMERA_MAP_STATES : set->landmark_count > 0 ? CAMERA_MARK_STATES : 0;
    case SOURCE_ODOMETRY:
        return ODOMETRY_OWN_STATES;
    default:
        return 0;
    }
}

fusion_room fusion_room_for(const settings *s, bool on_map)
{
    fusion_room r = {.fits = 0, .all = STATE_MAX - STATE_SOURCES};
    r.left = r.all;
    for (; r.fits < s->source_count; r.fits++) {
        r.wanted = room_own_states(s, on_map, &s->sources[r.fits]);
        if (r.wanted > r.left)
            break;
        r.left -= r.wanted;
    }
    return r;
}
