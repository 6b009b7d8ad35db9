/* Any bytes off a serial line, in pieces: samples are finite or marked as not measured, no byte is lost count
 * of, and the pieces make no difference. */
#include "sensors/imu/imu_frame.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_vector(const float v[3])
{
    bool measured = isfinite(v[0]) && isfinite(v[1]) && isfinite(v[2]);
    bool absent = isnan(v[0]) && isnan(v[1]) && isnan(v[2]);
    if (!measured && !absent)
        abort();
}

static imu_frame_parser feed(const uint8_t *data, size_t size, size_t piece)
{
    imu_frame_parser p = {0};
    imu_sample s;
    for (size_t at = 0; at < size; at += piece) {
        const uint8_t *from = data + at;
        size_t left = size - at < piece ? size - at : piece;
        for (imu_frame_result r; (r = imu_frame_take(&p, &from, &left, &s)) != IMU_FRAME_NONE;) {
            if (r == IMU_FRAME_SAMPLE) {
                check_vector(s.imu.gyro_radps);
                check_vector(s.imu.accel_mps2);
            }
        }
        if (left != 0)
            abort();
    }
    if (p.frames * IMU_FRAME_SIZE + p.skipped_bytes + p.count != size)
        abort();
    return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    imu_frame_parser whole = feed(data, size, size ? size : 1), pieces = feed(data, size, 7);
    if (whole.frames != pieces.frames || whole.lost != pieces.lost || whole.bad_crc != pieces.bad_crc)
        abort();
    return 0;
}
