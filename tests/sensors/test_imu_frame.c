/*
 * The IMU's serial frame: against the encoder that users are given, byte by byte, and on a bad line.
 */
#include "examples/imu_frame.h"
#include "sensors/imu/imu_frame.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

static const float gyro[] = {0.1f, -0.2f, 0.3f}, accel[] = {1.5f, -2.5f, 9.81f};

static void encode(uint8_t out[IMU_FRAME_SIZE], uint16_t i)
{
    ck_assert_uint_eq(imu_frame_encode(out, i, 5000u * i, gyro, accel), IMU_FRAME_SIZE);
}

/* Feeds all and counts the samples, whose sequence must be `first`, `first + 1`, ... */
static unsigned count_samples(imu_frame_parser *p, const uint8_t *data, size_t size, uint16_t first)
{
    imu_sample s;
    imu_frame_result result;
    unsigned found = 0;
    while ((result = imu_frame_take(p, &data, &size, &s)) != IMU_FRAME_NONE) {
        if (result != IMU_FRAME_SAMPLE)
            continue;
        ck_assert_uint_eq(s.sequence, (uint16_t)(first + found));
        ck_assert(memcmp(s.imu.gyro_radps, gyro, sizeof gyro) == 0);
        ck_assert(memcmp(s.imu.accel_mps2, accel, sizeof accel) == 0);
        found++;
    }
    ck_assert_uint_eq(size, 0);
    return found;
}

START_TEST (the_crc_is_the_one_that_is_named) {
    ck_assert_uint_eq(imu_frame_crc((const uint8_t *)"123456789", 9), 0x29b1);
}
END_TEST

/* As the table in docs/ADAPTERS.md has it. */
START_TEST (the_bytes_are_as_documented) {
    uint8_t b[IMU_FRAME_SIZE];
    imu_frame_encode(b, 0x0201, 0x06050403, gyro, NULL);
    static const uint8_t head[] = {0xa5, 0x5a, 1,    1,    0x01, 0x02, 0x03,
                                   0x04, 0x05, 0x06, 0xcd, 0xcc, 0xcc, 0x3d};
    ck_assert(memcmp(b, head, sizeof head) == 0);
    for (size_t i = 22; i < 34; i++)
        ck_assert_uint_eq(b[i], 0);
    imu_frame_parser p = {0};
    const uint8_t *at = b;
    size_t size = sizeof b;
    imu_sample s;
    ck_assert(imu_frame_take(&p, &at, &size, &s) == IMU_FRAME_SAMPLE);
    ck_assert(s.sequence == 0x0201 && s.time_us == 0x06050403);
    ck_assert(s.imu.gyro_radps[0] == 0.1f && isnan(s.imu.accel_mps2[0]) && isnan(s.imu.accel_mps2[2]));
}
END_TEST

/* In pieces of every size, as a line delivers them. */
START_TEST (pieces_of_any_size_are_put_together) {
    enum { COUNT = 20 };
    uint8_t all[COUNT * IMU_FRAME_SIZE];
    for (uint16_t i = 0; i < COUNT; i++)
        encode(all + i * IMU_FRAME_SIZE, i);
    imu_frame_parser p = {0};
    unsigned found = 0;
    for (size_t at = 0; at < sizeof all; at += (size_t)_i) {
        size_t left = sizeof all - at;
        found += count_samples(&p, all + at, left < (size_t)_i ? left : (size_t)_i, (uint16_t)found);
    }
    ck_assert_uint_eq(found, COUNT);
    ck_assert(p.frames == COUNT && p.lost == 0 && p.skipped_bytes == 0 && p.bad_crc == 0);
}
END_TEST

/* One bit wrong anywhere costs that frame and no other. */
START_TEST (every_flipped_bit_is_found) {
    uint8_t all[3 * IMU_FRAME_SIZE];
    for (size_t bit = 0; bit < 8 * IMU_FRAME_SIZE; bit++) {
        for (uint16_t i = 0; i < 3; i++)
            encode(all + i * IMU_FRAME_SIZE, i);
        all[IMU_FRAME_SIZE + bit / 8] ^= (uint8_t)(1 << bit % 8);
        imu_frame_parser p = {0};
        const uint8_t *at = all;
        size_t size = sizeof all;
        imu_sample s;
        unsigned sum = 0, found = 0;
        for (imu_frame_result r; (r = imu_frame_take(&p, &at, &size, &s)) != IMU_FRAME_NONE;) {
            if (r == IMU_FRAME_SAMPLE) {
                found++;
                sum += s.sequence;
            }
        }
        ck_assert_msg(found == 2 && sum == 2, "bit %zu: %u frames", bit, found);
        ck_assert(p.skipped_bytes == IMU_FRAME_SIZE && p.lost == 1);
    }
}
END_TEST

/* A frame that is cut short, with the sync of the next one inside, and noise before it. */
START_TEST (a_cut_frame_does_not_take_the_next_with_it) {
    for (size_t cut = 0; cut < IMU_FRAME_SIZE; cut++) {
        uint8_t all[8 + 2 * IMU_FRAME_SIZE] = {0xa5, 0xa5, 0x5a, 0xa5, 0x5a, 1, 0xa5, 0x5a};
        encode(all + 8, 6);
        encode(all + 8 + cut, 7);
        imu_frame_parser p = {0};
        ck_assert_uint_eq(count_samples(&p, all, 8 + cut + IMU_FRAME_SIZE, 7), 1);
        ck_assert_uint_eq(p.skipped_bytes, 8 + cut);
    }
}
END_TEST

START_TEST (impossible_content_is_corrupt) {
    static const float wrong[][3] = {{NAN, 0, 0}, {0, INFINITY, 0}, {0, 0, -INFINITY}};
    imu_frame_parser p = {0};
    imu_sample s;
    for (uint16_t i = 0; i < 4; i++) {
        uint8_t b[IMU_FRAME_SIZE];
        if (i < 3)
            imu_frame_encode(b, i, 0, gyro, wrong[i]);
        else
            imu_frame_encode(b, i, 0, NULL, NULL);
        const uint8_t *at = b;
        size_t size = sizeof b;
        ck_assert(imu_frame_take(&p, &at, &size, &s) == IMU_FRAME_CORRUPT);
    }
    ck_assert(p.bad_content == 4 && p.lost == 0);
}
END_TEST

START_TEST (lost_frames_are_counted_across_the_wrap_and_restarts_are_not) {
    static const uint16_t sequence[] = {65533, 65534, 1, 2, 10, 0, 1};
    imu_frame_parser p = {0};
    for (size_t i = 0; i < sizeof sequence / sizeof *sequence; i++) {
        uint8_t b[IMU_FRAME_SIZE];
        encode(b, sequence[i]);
        ck_assert_uint_eq(count_samples(&p, b, sizeof b, sequence[i]), 1);
    }
    ck_assert_uint_eq(p.lost, 2 + 7);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("frame");
    tcase_set_timeout(tc, 60); /* valgrind */
    tcase_add_test(tc, the_crc_is_the_one_that_is_named);
    tcase_add_test(tc, the_bytes_are_as_documented);
    tcase_add_loop_test(tc, pieces_of_any_size_are_put_together, 1, 2 * IMU_FRAME_SIZE);
    tcase_add_test(tc, every_flipped_bit_is_found);
    tcase_add_test(tc, a_cut_frame_does_not_take_the_next_with_it);
    tcase_add_test(tc, impossible_content_is_corrupt);
    tcase_add_test(tc, lost_frames_are_counted_across_the_wrap_and_restarts_are_not);
    return run_cases("IMU frame", tc);
}
