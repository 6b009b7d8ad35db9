/*
 * Frames and results to and from protobuf (posed.v1), and the topics they travel under.
 *
 * No allocation. Decoding is strict: a number that is not finite where it must be, an enum or a count out of
 * range, a missing stamp or source make it fail, and the error says which field.
 */
#ifndef POSED_WIRE_MESSAGE_H
#define POSED_WIRE_MESSAGE_H

#include "common/error.h"
#include "fusion/frame.h"
#include "fusion/fusion.h"
#include "wire/map_identity.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TOPIC_SENSOR_PREFIX "posed/v1/sensor/"
#define TOPIC_POSE "posed/v1/pose"
#define TOPIC_TRACK "posed/v1/track"
#define TOPIC_VERDICT "posed/v1/verdict"
#define TOPIC_STATUS "posed/v1/status"
#define TOPIC_FAULT "posed/v1/fault"
#define TOPIC_TRUTH "posed/v1/truth"

enum { TOPIC_SIZE = 80, MESSAGE_MAX_SIZE = 16384 }; /* no message of ours is longer */
enum { WIRE_PROTOCOL = 1 };                         /* Status.protocol */

/* A point of the reference trajectory. It exists outside fusion/ on purpose. */
typedef struct {
    int64_t stamp_ns;
    uint32_t sequence;
    double latitude_rad, longitude_rad, height_m;
    float velocity_enu_mps[3];              /* NAN each: unknown */
    float roll_rad, pitch_rad, heading_rad; /* NAN each: unknown; heading clockwise from north */
    float sigma_m;                          /* NAN: unknown */
} truth_point;

/* What a running posed knows beyond the filter about one source, and about all. Counts are since the start.
 */
typedef struct {
    uint64_t malformed; /* messages under its topic that did not decode */
    uint64_t refused;   /* before decoding: not allowed, too old, too far ahead */
    uint64_t dropped;   /* frames, for overload */
    int64_t last_stamp_ns;
    float age_s; /* of that stamp at the status' stamp; NAN: never seen */
} source_status_extra;

typedef struct {
    int64_t started_ns;
    uint64_t dropped, malformed, unauthenticated;
    bool drive_time;  /* stamps follow a replayed drive */
    map_identity map; /* the one in use; zeroed: none */
    source_status_extra sources[SETTINGS_MAX_SOURCES];
} status_extra;

/* "posed/v1/sensor/<kind word>/<name>" of a frame kind and a source "<source kind>/<name>". False: no room.
 */
bool topic_of_frame(frame_kind kind, const char *source, char topic[TOPIC_SIZE]);

/* Takes such a topic apart: the frame kind and the source ("camera/front" for ".../landmarks/front"). False
 * when it is not a sensor topic. */
bool topic_parse_frame(const char *topic, frame_kind *kind, char source[FRAME_SOURCE_NAME_SIZE]);

/* The protobuf message name ("posed.v1.GnssFix") of a frame kind. */
const char *message_name_of_frame(frame_kind kind);

/* Serialized FileDescriptorSet of posed.proto and all it imports. */
extern const unsigned char wire_descriptor_set[];
extern const size_t wire_descriptor_set_size;

/* Encoders: return the number of bytes written to `buffer`, 0 when `size` is too small or the frame is not
 * encodable (which is then a bug of the caller). `source` is the source's name. */
size_t message_encode_frame(const frame *f, const char *source, void *buffer, size_t size);
size_t message_encode_truth(const truth_point *t, void *buffer, size_t size);
size_t message_encode_pose(const fusion_pose *p, void *buffer, size_t size);
/* A pose that must not be used after `expires_ns`; with 0, the bytes of message_encode_pose. */
size_t message_encode_live_pose(const fusion_pose *p, int64_t expires_ns, void *buffer, size_t size);
size_t message_encode_verdict(const verdict *v, const char *source, void *buffer, size_t size);
size_t message_encode_fault(const fault_event *e, const char *source, uint32_t sequence, void *buffer,
                            size_t size);
/* `names` holds status->source_count names. With `extra` (NULL: none) the message also says the protocol and
 * this program's version. */
size_t message_encode_status(const fusion_status *status, const char *const *names, uint32_t sequence,
                             const status_extra *extra, void *buffer, size_t size);

/* Decoders. A frame's `source` index is left 0 (the caller resolves it); its name goes to `source` (may be
 * NULL when the caller knows it from the topic). */
bool message_decode_frame(frame_kind kind, const void *data, size_t size, frame *f,
                          char source[FRAME_SOURCE_NAME_SIZE], error *e);
bool message_decode_truth(const void *data, size_t size, truth_point *t, error *e);
bool message_decode_pose(const void *data, size_t size, fusion_pose *p, error *e);
/* Of a status, the map that it names. */
bool message_decode_status_map(const void *data, size_t size, map_identity *map, error *e);

#ifdef __cplusplus
}
#endif
#endif
