/* Any bytes as any message: taken or refused with a reason; a frame that is taken can be written and taken
 * again. */
#include "wire/message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_frame(frame_kind kind, const uint8_t *data, size_t size)
{
    static unsigned char bytes[MESSAGE_MAX_SIZE], again[MESSAGE_MAX_SIZE];
    static frame f, back;
    char source[FRAME_SOURCE_NAME_SIZE];
    error e = {""};
    memset(&f, 0xee, sizeof f);
    bool taken = message_decode_frame(kind, data, size, &f, source, &e);
    if (taken != (e.text[0] == '\0'))
        abort();
    if (!taken)
        return;
    size_t written = message_encode_frame(&f, source, bytes, sizeof bytes);
    if (written == 0 || !message_decode_frame(kind, bytes, written, &back, NULL, &e))
        abort();
    if (kind == FRAME_GNSS || kind == FRAME_ROADSIDE) /* through degrees: the last bit may differ */
        return;
    if (message_encode_frame(&back, source, again, sizeof again) != written ||
        memcmp(again, bytes, written) != 0)
        abort();
}

static void check_truth(const uint8_t *data, size_t size)
{
    unsigned char bytes[MESSAGE_MAX_SIZE];
    truth_point t;
    error e = {""};
    if (!message_decode_truth(data, size, &t, &e))
        return;
    if (!message_decode_truth(bytes, message_encode_truth(&t, bytes, sizeof bytes), &t, &e))
        abort();
}

static void check_pose(const uint8_t *data, size_t size)
{
    unsigned char bytes[MESSAGE_MAX_SIZE];
    fusion_pose p;
    error e = {""};
    if (!message_decode_pose(data, size, &p, &e))
        return;
    if (!message_decode_pose(bytes, message_encode_pose(&p, bytes, sizeof bytes), &p, &e))
        abort();
}

/* The first byte chooses the message. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    unsigned which = data[0] % (FRAME_KIND_COUNT + 2);
    if (which < FRAME_KIND_COUNT)
        check_frame((frame_kind)which, data + 1, size - 1);
    else if (which == FRAME_KIND_COUNT)
        check_truth(data + 1, size - 1);
    else
        check_pose(data + 1, size - 1);
    return 0;
}
