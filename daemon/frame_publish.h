/*
 * A frame onto the bus, under its topic.
 */
#ifndef POSED_DAEMON_FRAME_PUBLISH_H
#define POSED_DAEMON_FRAME_PUBLISH_H

#include "bus/bus.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

/* False: it cannot be encoded, or the bus does not take it. `buffer` holds the message meanwhile. Of the
 * thread that owns the publisher. */
bool frame_publish(bus_publisher *publisher, const frame *f, const char *source,
                   unsigned char buffer[MESSAGE_MAX_SIZE]);

#ifdef __cplusplus
}
#endif
#endif
