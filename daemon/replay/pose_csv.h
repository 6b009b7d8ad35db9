/*
 * Poses as comma-separated values.
 */
#ifndef POSED_DAEMON_REPLAY_POSE_CSV_H
#define POSED_DAEMON_REPLAY_POSE_CSV_H

#include "fusion/fusion.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The header line, and the line of a pose. What is not known is an empty cell. */
void pose_csv_header(FILE *out);
void pose_csv_row(FILE *out, const fusion_pose *p);

/* All of it. False when writing failed. */
bool pose_csv_write(FILE *out, const fusion_pose *poses, size_t count);

#ifdef __cplusplus
}
#endif
#endif
