/*
 * The messages of a drive in the order of their log times. MCAP asks no writer for an order: a converter may
 * write one topic after the other, and readers sort. posed's own files need none of this: there, the order is
 * that in which posed had the messages.
 */
#ifndef POSED_WIRE_DRIVE_ORDER_H
#define POSED_WIRE_DRIVE_ORDER_H

#include "wire/mcap_reader.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct drive_order drive_order;

/* Whether a frame or truth has an earlier log time than one that stands before it. Reads the file
 * through, which makes all of its channels known, and rewinds. */
bool drive_order_needed(mcap_reader *r);

/* Reads all frames and truth into memory, and sorts them; equal times keep their order. What the
 * reader finds damaged, it says then. NULL with `e` set when memory is short or they are too many. `r` must
 * outlive it. */
drive_order *drive_order_create(mcap_reader *r, error *e);
void drive_order_destroy(drive_order *o);

/* As mcap_reader_next, without a schema. */
bool drive_order_next(drive_order *o, mcap_message *m);

#ifdef __cplusplus
}
#endif
#endif
