#include "sensors/imu/imu_frame.h"

#include <endian.h>
#include <math.h>
#include <string.h>

/* Where the fields stand. */
enum {
    AT_VERSION = 2,
    AT_FLAGS = 3,
    AT_SEQUENCE = 4,
    AT_TIME = 6,
    AT_GYRO = 10,
    AT_ACCEL = 22,
    AT_CRC = 34,
};

/* A larger step in the sequence is a device that restarted, not frames that were lost. */
enum { RESTART_GAP = 4096 };

uint16_t imu_frame_crc(const uint8_t *data, size_t size)
{
    uint16_t crc = 0xffff;
    for (size_t i = 0; i < size; i++) {
        crc = (uint16_t)(crc ^ (data[i] << 8));
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1);
    }
    return crc;
}

static uint16_t get16(const uint8_t *at)
{
    uint16_t v;
    memcpy(&v, at, sizeof v);
    return le16toh(v);
}

static uint32_t get32(const uint8_t *at)
{
    uint32_t v;
    memcpy(&v, at, sizeof v);
    return le32toh(v);
}

/* False when one of them is not a number, though it is said to be measured. */
static bool get_vector(const uint8_t *at, bool measured, float out[3])
{
    bool good = true;
    for (size_t i = 0; i < 3; i++) {
        uint32_t bits = get32(at + 4 * i);
        memcpy(&out[i], &bits, sizeof bits);
        good = good && isfinite(out[i]);
        if (!measured)
            out[i] = NAN;
    }
    return good || !measured;
}

static bool read_content(const uint8_t *b, imu_sample *s)
{
    const uint8_t flags = b[AT_FLAGS];
    s->sequence = get16(b + AT_SEQUENCE);
    s->time_us = get32(b + AT_TIME);
    bool good = get_vector(b + AT_GYRO, flags & IMU_FRAME_HAS_GYRO, s->imu.gyro_radps);
    good = get_vector(b + AT_ACCEL, flags & IMU_FRAME_HAS_ACCEL, s->imu.accel_mps2) && good;
    return good && (flags & (IMU_FRAME_HAS_GYRO | IMU_FRAME_HAS_ACCEL)) != 0;
}

/* Whether what is there may be the beginning of a frame. */
static bool may_begin(const imu_frame_parser *p)
{
    static const uint8_t head[] = {IMU_FRAME_SYNC_0, IMU_FRAME_SYNC_1, IMU_FRAME_VERSION};
    return memcmp(p->bytes, head, p->count < sizeof head ? p->count : sizeof head) == 0;
}

/* Gives up the first byte, and those after it that cannot begin a frame either. */
static void skip(imu_frame_parser *p)
{
    do {
        memmove(p->bytes, p->bytes + 1, --p->count);
        p->skipped_bytes++;
    } while (p->count > 0 && !may_begin(p));
}

static void count_sequence(imu_frame_parser *p, uint16_t sequence)
{
    uint16_t gap = (uint16_t)(sequence - p->next_sequence);
    if (p->had_frame && gap < RESTART_GAP)
        p->lost += gap;
    p->had_frame = true;
    p->next_sequence = (uint16_t)(sequence + 1);
    p->frames++;
}

/* The buffer is full and begins as a frame does. */
static imu_frame_result judge(imu_frame_parser *p, imu_sample *sample)
{
    if (imu_frame_crc(p->bytes + AT_VERSION, AT_CRC - AT_VERSION) != get16(p->bytes + AT_CRC)) {
        p->bad_crc++;
        skip(p);
        return IMU_FRAME_CORRUPT;
    }
    bool good = read_content(p->bytes, sample);
    p->count = 0;
    count_sequence(p, sample->sequence);
    p->bad_content += !good;
    return good ? IMU_FRAME_SAMPLE : IMU_FRAME_CORRUPT;
}

imu_frame_result imu_frame_take(imu_frame_parser *p, const uint8_t **data, size_t *size, imu_sample *sample)
{
    while (*size > 0) {
        p->bytes[p->count++] = *(*data)++;
        --*size;
        if (!may_begin(p))
            skip(p);
        if (p->count == IMU_FRAME_SIZE)
            return judge(p, sample);
    }
    return IMU_FRAME_NONE;
}
