/*
 * The official MCAP conformance files: each is described record for record in a JSON file beside it.
 */
#ifndef POSED_TESTS_WIRE_CONFORMANCE_H
#define POSED_TESTS_WIRE_CONFORMANCE_H

#include "wire/mcap_buffer.h"
#include "wire/mcap_record.h"

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A record as those descriptions put it: {"type": NAME, "fields": [[NAME, VALUE]...]}, fields by name,
 * numbers as decimal strings, bytes as arrays of them. NULL for a record that they do not mention. */
json_t *conformance_describe(const mcap_record *r);

/* The file that a description belongs to, byte for byte, for a checkout that holds only pointers to the large
 * files: the generator's layout is followed, and the caller compares the digest with the pointer's. */
bool conformance_build(const json_t *description, mcap_buffer *file);

#ifdef __cplusplus
}
#endif
#endif
