/*
 * The scans and frames of a file whose rows have been taken, so that a row that stands apart from its scan is
 * noticed: it would become a scan of its own, of one detection.
 */
#ifndef POSED_SENSORS_IMPORT_CSV_GROUPS_H
#define POSED_SENSORS_IMPORT_CSV_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers come again where a counter is short; with its stamp, one is unique. */
typedef struct {
    int64_t number, stamp_ns;
    uint32_t source; /* its index in the file */
    bool used;
} csv_group;

/* Starts as all zeros. */
typedef struct {
    csv_group *slots;
    size_t count, room; /* a power of two, or 0 */
} csv_groups;

typedef enum { CSV_GROUP_NEW, CSV_GROUP_KNOWN, CSV_GROUP_NO_MEMORY } csv_group_result;

csv_group_result csv_groups_add(csv_groups *g, uint32_t source, int64_t number, int64_t stamp_ns);

/* Forgets all, and frees. */
void csv_groups_finish(csv_groups *g);

#ifdef __cplusplus
}
#endif
#endif
