/*
 * bench_decode: what it costs to write and to read a message, by kind.
 */
#include "tests/bench/sample.h"
#include "tests/wire/sample_frames.h"

#include "wire/message.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCHES = 300, MESSAGES = 32 };

typedef struct {
    frame frames[MESSAGES], back;
    size_t sizes[MESSAGES];
    unsigned char bytes[MESSAGES][MESSAGE_MAX_SIZE];
    samples encode, decode;
} desk;

static bool time_batch(desk *d, frame_kind kind, const char *source)
{
    bool good = true;
    error e = {""};
    double start = bench_now_ns();
    for (int i = 0; i < MESSAGES; i++) {
        d->sizes[i] = message_encode_frame(&d->frames[i], source, d->bytes[i], sizeof d->bytes[i]);
        good &= d->sizes[i] > 0;
    }
    double between = bench_now_ns();
    for (int i = 0; i < MESSAGES; i++)
        good &= message_decode_frame(kind, d->bytes[i], d->sizes[i], &d->back, NULL, &e);
    double end = bench_now_ns();
    samples_add(&d->encode, (between - start) / MESSAGES);
    samples_add(&d->decode, (end - between) / MESSAGES);
    return good;
}

static bool bench_kind(desk *d, frame_kind kind)
{
    char what[64];
    uint64_t state = 1 + (uint64_t)kind;
    size_t total = 0;
    bool good = true;
    d->encode.count = d->decode.count = 0;
    for (int i = 0; i < MESSAGES; i++)
        sample_frame(&state, kind, &d->frames[i]);
    for (int i = 0; i < BATCHES; i++)
        good &= time_batch(d, kind, sample_source(kind));
    for (int i = 0; i < MESSAGES; i++)
        total += d->sizes[i];
    snprintf(what, sizeof what, "%s, %zu bytes: decode", frame_kind_word(kind), total / MESSAGES);
    spread decode = samples_spread(&d->decode);
    table_row(what, decode, "ns", NAN, "");
    spread encode = samples_spread(&d->encode);
    table_row("  encode", encode, "ns", encode.median / decode.median, "");
    return good;
}

int main(void)
{
    desk *d = calloc(1, sizeof *d);
    bool good = true;
    if (!d)
        return 1;
    table_head("messages");
    for (int kind = 0; kind < FRAME_KIND_COUNT; kind++)
        good &= bench_kind(d, (frame_kind)kind);
    free(d);
    return good ? 0 : 1;
}
