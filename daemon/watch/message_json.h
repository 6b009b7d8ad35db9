/*
 * What posed says, as JSON: one object a message, on one line, with the names and units of posed.proto. What
 * is not known is null; enums and faults are words ("NOMINAL", "JUMP"; a fault that this program does not
 * know is "FAULT_999"); covariances are the upper triangles, row by row.
 */
#ifndef POSED_DAEMON_WATCH_MESSAGE_JSON_H
#define POSED_DAEMON_WATCH_MESSAGE_JSON_H

#include "client/posed_client.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The message with its topic and received_ns, and a line feed. */
void message_json_event(FILE *out, const posed_event *event);

/* The bare object, without a line feed; null for NULL. */
void message_json_pose(FILE *out, const posed_pose *p);
void message_json_status(FILE *out, const posed_status *s);

/* A string with its quotes. */
void message_json_text(FILE *out, const char *text);

#ifdef __cplusplus
}
#endif
#endif
