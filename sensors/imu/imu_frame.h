/*
 * The serial frame of an IMU: 36 bytes, little-endian; docs/ADAPTERS.md describes it for those who write the
 * other side, with an encoder. Bytes go in as they come off the line, samples come out.
 */
#ifndef POSED_SENSORS_IMU_IMU_FRAME_H
#define POSED_SENSORS_IMU_IMU_FRAME_H

#include "fusion/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    IMU_FRAME_SIZE = 36,
    IMU_FRAME_SYNC_0 = 0xa5,
    IMU_FRAME_SYNC_1 = 0x5a,
    IMU_FRAME_VERSION = 1,
    IMU_FRAME_HAS_GYRO = 1, /* flags */
    IMU_FRAME_HAS_ACCEL = 2,
};

typedef struct {
    uint32_t time_us; /* the device's clock, wraps */
    uint16_t sequence;
    frame_imu imu; /* NAN each: the flags say that it was not measured */
} imu_sample;

/* A stream of bytes in which frames are looked for; starts zeroed. */
typedef struct {
    uint8_t bytes[IMU_FRAME_SIZE];
    size_t count;
    bool had_frame;
    uint16_t next_sequence;
    uint64_t frames, skipped_bytes, bad_crc, bad_content;
    uint64_t lost; /* frames missing in the sequence; a device that restarts has lost none */
} imu_frame_parser;

typedef enum {
    IMU_FRAME_NONE,    /* all bytes are used up */
    IMU_FRAME_SAMPLE,  /* `sample` holds one */
    IMU_FRAME_CORRUPT, /* sync and version were right and the CRC wrong, or the content was impossible */
} imu_frame_result;

/* Takes bytes from `*data` up to the end of the next frame and moves `*data` and `*size` past them. Call
 * again until it is IMU_FRAME_NONE. A frame whose CRC is wrong is given up from its first byte on: a good one
 * that begins inside it is found. */
imu_frame_result imu_frame_take(imu_frame_parser *p, const uint8_t **data, size_t *size, imu_sample *sample);

/* CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xffff, not reflected, no final XOR ("123456789": 0x29b1). */
uint16_t imu_frame_crc(const uint8_t *data, size_t size);

#ifdef __cplusplus
}
#endif
#endif
