/*
 * A drive that is read and decoded ahead, by a thread of its own, while what came before is fused. What comes
 * out is what drive_source_next gives, in the same order, to the same bits and with the same texts.
 */
#ifndef POSED_DAEMON_REPLAY_READ_AHEAD_H
#define POSED_DAEMON_REPLAY_READ_AHEAD_H

#include "wire/drive_source.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct read_ahead read_ahead;

/* This process may run on more than one processor. */
bool read_ahead_pays(void);

/* Begins to read; the source must be bound, and is the thread's alone until read_ahead_stop. What waits is
 * bounded: half a megabyte. NULL when there is no memory for it, or no thread. */
read_ahead *read_ahead_start(drive_source *d);

/* As drive_source_next; after DRIVE_END, DRIVE_END again. */
drive_item_kind read_ahead_next(read_ahead *r, drive_item *item);

/* Ends the thread, also in the middle of the drive. NULL is allowed. */
void read_ahead_stop(read_ahead *r);

#ifdef __cplusplus
}
#endif
#endif
