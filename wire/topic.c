#include "wire/topic.h"
#include "wire/message.h"

#include <stdio.h>
#include <string.h>

static bool name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.';
}

bool source_name_valid(frame_kind kind, const char *source, size_t size)
{
    if (!((unsigned)kind < FRAME_KIND_COUNT))
        return false;
    const char *word = source_kind_word(frame_kind_source(kind));
    size_t head = strlen(word);
    if (!(size >= head + 2 && size < FRAME_SOURCE_NAME_SIZE))
        return false;
    if (memcmp(source, word, head) != 0 || source[head] != '/')
        return false;
    for (size_t i = head + 1; i < size; i++) {
        if (!name_character(source[i]))
            return false;
    }
    return true;
}

bool topic_of_frame(frame_kind kind, const char *source, char topic[TOPIC_SIZE])
{
    if (!source_name_valid(kind, source, strlen(source)))
        return false;
    int length = snprintf(topic, TOPIC_SIZE, TOPIC_SENSOR_PREFIX "%s/%s", frame_kind_word(kind),
                          strchr(source, '/') + 1);
    return length >= 0 && length < TOPIC_SIZE;
}

bool topic_parse_frame(const char *topic, frame_kind *kind, char source[FRAME_SOURCE_NAME_SIZE])
{
    size_t prefix = sizeof TOPIC_SENSOR_PREFIX - 1;
    if (strncmp(topic, TOPIC_SENSOR_PREFIX, prefix) != 0)
        return false;
    const char *word = topic + prefix;
    const char *slash = strchr(word, '/');
    char copy[24];
    if (!slash || !((size_t)(slash - word) < sizeof copy))
        return false;
    memcpy(copy, word, (size_t)(slash - word));
    copy[slash - word] = '\0';
    if (!frame_kind_find(copy, kind))
        return false;
    int length =
        snprintf(source, FRAME_SOURCE_NAME_SIZE, "%s%s", source_kind_word(frame_kind_source(*kind)), slash);
    return length >= 0 && length < FRAME_SOURCE_NAME_SIZE && source_name_valid(*kind, source, (size_t)length);
}
