/* Any bytes as any message of posed: taken or refused with a reason; what is taken keeps the promises of the
 * client's header. */
#include "client/decode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promise(bool kept)
{
    if (!kept)
        abort();
}

static void check_word(const char *word, size_t size)
{
    size_t length = strnlen(word, size);
    promise(length < size);
    for (size_t i = 0; i < length; i++)
        promise(word[i] > ' ' && word[i] < 0x7f);
}

static void check_pose(const posed_pose *p)
{
    promise(p->mode <= POSED_MODE_LOST && p->fault_count <= POSED_MAX_FAULTS);
    promise(p->stamp_ns >= 0 && p->expires_ns >= 0);
    if (p->usable) {
        promise(p->mode != POSED_MODE_UNKNOWN && fabs(p->latitude_deg) <= 90 &&
                fabs(p->longitude_deg) <= 180);
        promise(isfinite(p->heading_rad) && isfinite(posed_pose_speed_mps(p)) && p->covariance[5][5] >= 0);
    }
    posed_pose_usable(p, 0);
    posed_pose_usable(p, INT64_MAX);
    posed_pose_ellipse95(p);
}

static void check_status(const decoded_status *d)
{
    const posed_status *s = &d->status;
    promise(s->mode <= POSED_MODE_LOST && s->fault_count <= POSED_MAX_FAULTS);
    promise(s->source_count <= DECODE_MAX_SOURCES);
    check_word(s->version, sizeof s->version);
    for (size_t i = 0; i < s->source_count; i++) {
        promise(s->sources[i]->name[0] != '\0' && s->sources[i]->state <= POSED_SOURCE_DISABLED);
        check_word(s->sources[i]->name, POSED_NAME_SIZE);
    }
}

/* The first byte chooses the message. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static decoded_status status;
    posed_pose pose;
    posed_fault fault;
    posed_verdict verdict;
    error e = {""};
    bool taken = false;
    if (size == 0)
        return 0;
    switch (data[0] % 4) {
    case 0:
        taken = decode_pose(data + 1, size - 1, &pose, &e);
        if (taken)
            check_pose(&pose);
        break;
    case 1:
        taken = decode_status(data + 1, size - 1, &status, &e);
        if (taken)
            check_status(&status);
        break;
    case 2:
        taken = decode_fault(data + 1, size - 1, &fault, &e);
        if (taken)
            check_word(fault.source, sizeof fault.source);
        break;
    case 3:
        taken = decode_verdict(data + 1, size - 1, &verdict, &e);
        promise(!taken || verdict.value_count <= 3);
        break;
    }
    promise(taken == (e.text[0] == '\0'));
    return 0;
}
