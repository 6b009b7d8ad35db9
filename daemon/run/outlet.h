/*
 * What posed run publishes: encodes results and hands them to the bus.
 */
#ifndef POSED_DAEMON_RUN_OUTLET_H
#define POSED_DAEMON_RUN_OUTLET_H

#include "bus/bus.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    bus_publisher *publisher;
    const settings *settings; /* for names */
    int64_t valid_ns;         /* how long a live pose may be used */
    uint32_t fault_sequence, status_sequence;
    size_t status_size; /* of the last status; 0: none yet */
    unsigned char status[MESSAGE_MAX_SIZE];
    unsigned char buffer[MESSAGE_MAX_SIZE];
} outlet;

void outlet_frame(outlet *o, const frame *f);
void outlet_live_pose(outlet *o, const fusion_pose *p);
void outlet_track(outlet *o, const fusion_pose *p);
void outlet_verdict(outlet *o, const verdict *v);
void outlet_fault(outlet *o, const fault_event *event);
void outlet_status(outlet *o, const fusion_status *status, const status_extra *extra);

/* Sends the last status again where somebody has subscribed to it since. */
void outlet_greet(outlet *o);

#ifdef __cplusplus
}
#endif
#endif
