/*
 * The two ways in which `posed info` says what an MCAP file holds.
 */
#ifndef POSED_DAEMON_INFO_PRINT_H
#define POSED_DAEMON_INFO_PRINT_H

#include "wire/mcap_info.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *path;
    const mcap_reader *reader; /* read to its end */
    const mcap_info *info;
} info_subject;

/* Everything that is wrong with the file, the reader's findings first. NULL past the end, and "" for those
 * that were counted only. */
const char *info_damage(const info_subject *s, size_t index);

/* Aligned for a human. */
void info_print_text(const info_subject *s, FILE *out);

/* One JSON object and a newline. False when memory runs out. */
bool info_print_json(const info_subject *s, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
