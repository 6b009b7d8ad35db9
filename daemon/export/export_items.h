/*
 * What a drive holds that can be given to others: frames, truth, poses, one after the other in file order.
 */
#ifndef POSED_DAEMON_EXPORT_EXPORT_ITEMS_H
#define POSED_DAEMON_EXPORT_EXPORT_ITEMS_H

#include "common/error.h"
#include "wire/mcap_reader.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct export_items export_items;

typedef enum {
    EXPORT_NOTHING, /* the end */
    EXPORT_FRAME,
    EXPORT_TRUTH,
    EXPORT_POSE,
    EXPORT_TRACK, /* a final estimate beside what was published live */
} export_item_kind;

typedef struct {
    const char *source; /* of a frame: "gnss/roof"; lives as long as the items */
    frame frame;
    truth_point truth;
    fusion_pose pose; /* of EXPORT_POSE and EXPORT_TRACK */
} export_item;

/* NULL with `e` set when the file cannot be read. */
export_items *export_items_open(const char *path, error *e);
void export_items_close(export_items *x);

/* EXPORT_NOTHING at the end. What cannot be decoded is counted and passed over. */
export_item_kind export_items_next(export_items *x, export_item *item);

/* Messages that could not be decoded, or are not in protobuf. */
size_t export_items_malformed(const export_items *x);

mcap_reader *export_items_reader(export_items *x);

#ifdef __cplusplus
}
#endif
#endif
