/* The serial frame that posed's adapter imu reads, for Arduino and anything else with C and IEEE floats. Fill
 * one per sample and write its 36 bytes: Serial.write(frame, imu_frame_encode(frame, ...)). */
#include <stdint.h>
#include <string.h>

static inline uint8_t *imu_frame_put(uint8_t *at, uint32_t bits, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(bits >> (8 * i)); /* little-endian */
    return at + bytes;
}

/* gyro in rad/s, accel in m/s^2 (specific force); NULL: not measured. Returns 36. */
static inline unsigned imu_frame_encode(uint8_t out[36], uint16_t sequence, uint32_t time_us,
                                        const float *gyro, const float *accel)
{
    const float *vectors[2] = {gyro, accel};
    uint16_t crc = 0xffff;
    uint8_t *at = imu_frame_put(out, 0x5aa5, 2);                     /* sync: a5 5a */
    at = imu_frame_put(at, 1, 1);                                    /* version */
    at = imu_frame_put(at, (gyro ? 1u : 0u) | (accel ? 2u : 0u), 1); /* flags */
    at = imu_frame_put(imu_frame_put(at, sequence, 2), time_us, 4);  /* when it was sampled */
    for (unsigned i = 0; i < 6; i++) {
        uint32_t bits = 0;
        if (vectors[i / 3])
            memcpy(&bits, &vectors[i / 3][i % 3], 4);
        at = imu_frame_put(at, bits, 4);
    }
    for (const uint8_t *byte = out + 2; byte < at; byte++) {
        crc = (uint16_t)(crc ^ (uint16_t)(*byte << 8));
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1);
    }
    imu_frame_put(at, crc, 2);
    return 36;
}
