#include "daemon/frame_publish.h"
#include "wire/topic.h"

bool frame_publish(bus_publisher *publisher, const frame *f, const char *source,
                   unsigned char buffer[MESSAGE_MAX_SIZE])
{
    char topic[TOPIC_SIZE];
    const size_t size = message_encode_frame(f, source, buffer, MESSAGE_MAX_SIZE);
    return size > 0 && topic_of_frame((frame_kind)f->kind, source, topic) &&
           bus_publish(publisher, topic, buffer, size);
}
