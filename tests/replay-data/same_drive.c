/*
 * same_drive A.mcap B.mcap: the same messages, times and settings, whatever the compression made of them.
 * Bytes of files are not compared: another version of zstd packs the same drive differently. Nor
 * are schemas, which grow with the wire.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/mcap_reader.h"

static bool same_text(mcap_text a, mcap_text b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static bool same_message(const mcap_message *a, const mcap_message *b)
{
    return same_text(a->channel->topic, b->channel->topic) && same_text(a->schema->name, b->schema->name) &&
           a->sequence == b->sequence && a->log_time_ns == b->log_time_ns &&
           a->publish_time_ns == b->publish_time_ns && a->size == b->size &&
           memcmp(a->data, b->data, a->size) == 0;
}

/* True when both yield the same messages in the same order, and neither is damaged. */
static bool same_messages(mcap_reader *a, mcap_reader *b)
{
    for (uint64_t n = 0;; n++) {
        mcap_message x, y;
        bool more = mcap_reader_next(a, &x), also = mcap_reader_next(b, &y);
        if (more != also || (more && !same_message(&x, &y))) {
            fprintf(stderr, "message %" PRIu64 " differs\n", n);
            return false;
        }
        if (!more)
            return !mcap_reader_damage(a) && !mcap_reader_damage(b);
    }
}

static bool same_settings(mcap_reader *a, mcap_reader *b)
{
    mcap_text x, y;
    bool good = mcap_reader_attachment(a, "config.yaml", &x) &&
                mcap_reader_attachment(b, "config.yaml", &y) && same_text(x, y);
    if (!good)
        fputs("the settings differ\n", stderr);
    return good;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: same_drive A.mcap B.mcap\n", stderr);
        return 2;
    }
    error e = {0};
    mcap_reader *a = mcap_reader_open(argv[1], &e), *b = mcap_reader_open(argv[2], &e);
    bool same = a && b && same_messages(a, b) && same_settings(a, b);
    if (e.text[0])
        fprintf(stderr, "%s\n", e.text);
    mcap_reader_close(a);
    mcap_reader_close(b);
    return same ? EXIT_SUCCESS : EXIT_FAILURE;
}
