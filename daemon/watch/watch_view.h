/*
 * What `posed watch` shows: the newest of everything that posed said, as lines of text.
 */
#ifndef POSED_DAEMON_WATCH_WATCH_VIEW_H
#define POSED_DAEMON_WATCH_WATCH_VIEW_H

#include "client/posed_client.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { WATCH_MAX_FAULTS = 64 };

typedef struct {
    const char *endpoint;
    const char *waiting; /* why nothing may have come; "" */
    bool colour;         /* ANSI colours and bold */
    bool has_pose;
    posed_pose pose;
    size_t fault_count;
    posed_fault faults[WATCH_MAX_FAULTS]; /* raised, as they were reported since we listen */
} watch_view;

/* Takes in a message. */
void watch_view_take(watch_view *v, const posed_event *event);

/* Writes the view: a headline, the pose, the sources, the faults. The status and the time are the client's.
 */
void watch_view_write(const watch_view *v, const posed_client *client, FILE *out);

/* A message as one line, for a log: statuses with the pose at that time, faults. Others write nothing. */
void watch_view_write_line(const watch_view *v, const posed_event *event, int64_t now_ns, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
