/* The fast reader against nanopb's decoder: on good messages, with unknown fields, cut short, and damaged. */
#include "tests/suite.h"
#include "tests/wire/sample_frames.h"
#include "wire/message.h"
#include "wire/message_pb.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SEED UINT64_C(20180802)
#define ROUNDS 300

typedef union {
    posed_v1_GnssFix gnss;
    posed_v1_ImuSample imu;
    posed_v1_WheelSpeeds wheel;
    posed_v1_RadarScan radar;
    posed_v1_CameraLandmarks landmarks;
    posed_v1_CameraLanes lanes;
    posed_v1_CameraHealth camera_health;
    posed_v1_RoadsideObservation roadside;
    posed_v1_Odometry odometry;
} any_message;

static const pb_msgdesc_t *const descriptors[] = {
    [FRAME_GNSS] = posed_v1_GnssFix_fields,
    [FRAME_IMU] = posed_v1_ImuSample_fields,
    [FRAME_WHEEL] = posed_v1_WheelSpeeds_fields,
    [FRAME_RADAR] = posed_v1_RadarScan_fields,
    [FRAME_LANDMARKS] = posed_v1_CameraLandmarks_fields,
    [FRAME_LANES] = posed_v1_CameraLanes_fields,
    [FRAME_CAMERA_HEALTH] = posed_v1_CameraHealth_fields,
    [FRAME_ROADSIDE] = posed_v1_RoadsideObservation_fields,
    [FRAME_ODOMETRY] = posed_v1_Odometry_fields,
};

/* Bytes that unknown fields may add. */
enum { EXTRA = 64 };

typedef struct {
    uint8_t bytes[MESSAGE_MAX_SIZE + EXTRA];
    size_t size;
} message;

static bool nanopb_reads(frame_kind kind, const message *m, any_message *out)
{
    memset(out, 0, sizeof *out);
    pb_istream_t stream = pb_istream_from_buffer(m->bytes, m->size);
    return pb_decode(&stream, descriptors[kind], out);
}

/* Degrees go through radians in a frame, which may cost the last bit: taken from the other side where they
 * agree. */
static void align(double *degrees, double other)
{
    if (fabs(*degrees - other) <= 1e-12 * fmax(1.0, fabs(other)))
        *degrees = other;
}

/* Both read the same: nanopb's struct and the frame give the same bytes when they are written again. */
static void assert_same(frame_kind kind, any_message *expected, const frame *f, const char *source)
{
    static message ours, theirs;
    static any_message again;
    ours.size = message_encode_frame(f, source, ours.bytes, sizeof ours.bytes);
    ck_assert_uint_gt(ours.size, 0);
    ck_assert(nanopb_reads(kind, &ours, &again));
    if (kind == FRAME_GNSS) {
        align(&again.gnss.latitude_deg, expected->gnss.latitude_deg);
        align(&again.gnss.longitude_deg, expected->gnss.longitude_deg);
    } else if (kind == FRAME_ROADSIDE) {
        align(&again.roadside.latitude_deg, expected->roadside.latitude_deg);
        align(&again.roadside.longitude_deg, expected->roadside.longitude_deg);
    }
    ours.size = pb_to_bytes(descriptors[kind], &again, ours.bytes, sizeof ours.bytes);
    theirs.size = pb_to_bytes(descriptors[kind], expected, theirs.bytes, sizeof theirs.bytes);
    ck_assert_uint_eq(ours.size, theirs.size);
    ck_assert_mem_eq(ours.bytes, theirs.bytes, theirs.size);
}

/* Whatever the bytes are: what nanopb refuses is refused, and what is taken is read alike. Returns whether it
 * was. */
static bool compare(frame_kind kind, const message *m)
{
    static any_message expected;
    static frame f;
    char source[FRAME_SOURCE_NAME_SIZE];
    error e = {""};
    bool theirs = nanopb_reads(kind, m, &expected);
    memset(&f, 0xee, sizeof f); /* nothing may be left unset */
    bool ours = message_decode_frame(kind, m->bytes, m->size, &f, source, &e);
    ck_assert_msg(ours == (e.text[0] == '\0'), "error text \"%s\"", e.text);
    if (!theirs)
        ck_assert_msg(!ours, "nanopb refuses it");
    if (theirs && !ours)
        ck_assert_msg(!strstr(e.text, "malformed") && !strstr(e.text, "truncated"), "nanopb reads it: %s",
                      e.text);
    if (ours)
        assert_same(kind, &expected, &f, source);
    return ours;
}

static void encode(frame_kind kind, uint64_t *state, message *m)
{
    static frame f;
    sample_frame(state, kind, &f);
    m->size = message_encode_frame(&f, sample_source(kind), m->bytes, MESSAGE_MAX_SIZE);
    ck_assert_uint_gt(m->size, 0);
}

START_TEST (good_messages_are_read_alike) {
    static message m;
    uint64_t state = SEED;
    for (int i = 0; i < ROUNDS; i++) {
        encode((frame_kind)_i, &state, &m);
        ck_assert(compare((frame_kind)_i, &m));
    }
}
END_TEST

/* One field of each wire type, with numbers that the messages do not have. */
static size_t unknown_field(uint64_t *state, uint8_t out[EXTRA])
{
    static const uint8_t varint[] = {0x98, 0x06, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    static const uint8_t fixed64[] = {0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8};
    static const uint8_t bytes[] = {0xaa, 0x06, 5, 'h', 'e', 'l', 'l', 'o'};
    static const uint8_t fixed32[] = {0xf5, 0xff, 0xff, 0xff, 0x0f, 1, 2, 3, 4};
    static const struct {
        const uint8_t *data;
        size_t size;
    } all[] = {
        {varint, sizeof varint}, {fixed64, sizeof fixed64}, {bytes, sizeof bytes}, {fixed32, sizeof fixed32}};
    size_t which = sample_random(state) % 4;
    memcpy(out, all[which].data, all[which].size);
    return all[which].size;
}

START_TEST (unknown_fields_are_skipped) {
    static message m;
    uint64_t state = SEED;
    for (int i = 0; i < ROUNDS; i++) {
        uint8_t extra[EXTRA];
        encode((frame_kind)_i, &state, &m);
        size_t size = unknown_field(&state, extra);
        size_t at = sample_random(&state) % 2 ? m.size : 0;
        memmove(m.bytes + at + size, m.bytes + at, m.size - at);
        memcpy(m.bytes + at, extra, size);
        m.size += size;
        ck_assert(compare((frame_kind)_i, &m));
    }
}
END_TEST

START_TEST (a_message_cut_at_any_byte_is_judged_alike) {
    static message m;
    uint64_t state = SEED;
    for (int i = 0; i < 3; i++) {
        encode((frame_kind)_i, &state, &m);
        for (size_t whole = m.size; m.size > 0; m.size--) {
            bool read = compare((frame_kind)_i, &m);
            if (m.size < 30 && m.size < whole)
                ck_assert_msg(!read, "%zu bytes cannot hold a source and two times", m.size);
        }
    }
}
END_TEST

START_TEST (damaged_messages_are_judged_alike) {
    static message m, damaged;
    uint64_t state = SEED;
    int read = 0;
    for (int i = 0; i < ROUNDS; i++) {
        encode((frame_kind)_i, &state, &m);
        for (int j = 0; j < 20; j++) {
            damaged = m;
            for (uint64_t n = 1 + sample_random(&state) % 3; n > 0; n--)
                damaged.bytes[sample_random(&state) % m.size] ^= (uint8_t)(1u << sample_random(&state) % 8);
            read += compare((frame_kind)_i, &damaged);
        }
    }
    ck_assert_int_gt(read, 0); /* else nothing was compared but refusals */
}
END_TEST

int main(void)
{
    printf("seed %llu\n", (unsigned long long)SEED);
    TCase *tc = tcase_create("field reader");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, good_messages_are_read_alike, 0, FRAME_KIND_COUNT);
    tcase_add_loop_test(tc, unknown_fields_are_skipped, 0, FRAME_KIND_COUNT);
    tcase_add_loop_test(tc, a_message_cut_at_any_byte_is_judged_alike, 0, FRAME_KIND_COUNT);
    tcase_add_loop_test(tc, damaged_messages_are_judged_alike, 0, FRAME_KIND_COUNT);
    return run_cases("field reader", tc);
}
