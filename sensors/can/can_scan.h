/*
 * CAN messages of a radar into scans.
 */
#ifndef POSED_SENSORS_CAN_CAN_SCAN_H
#define POSED_SENSORS_CAN_CAN_SCAN_H

#include "fusion/frame.h"
#include "sensors/can/can_mapping.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct can_scan can_scan;

/* `rules` must stay. NULL when memory is out. */
can_scan *can_scan_create(const can_radar_rules *rules);
void can_scan_destroy(can_scan *s);

/* What a frame means to the scan that is under way. */
typedef enum {
    CAN_SCAN_NOTHING, /* it is none of this radar's */
    CAN_SCAN_TAKEN,
    CAN_SCAN_DONE, /* taken, and with it the scan is complete: can_scan_finish */
    CAN_SCAN_NEXT, /* not taken: it belongs to the next scan. can_scan_finish, then offer it again */
} can_scan_result;

can_scan_result can_scan_take(can_scan *s, const can_bus_frame *f);

/* When the scan under way ends if nothing of it comes any more: a stamp. INT64_MAX: there is none. */
int64_t can_scan_deadline(const can_scan *s);

/* Ends the scan under way and fills `out` (kind, stamps, detections). The stamp is that of the last message
 * that gave a detection, or of the last at all. False: there was none under way. */
bool can_scan_finish(can_scan *s, frame *out);

/* Detections left out so far because a scan was full, or a message about an item came without the item.
 */
uint64_t can_scan_dropped(const can_scan *s);

#ifdef __cplusplus
}
#endif
#endif
