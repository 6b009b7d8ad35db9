/*
 * The schemas and channels that an MCAP file defines: found by id in constant time, never moved, listed in
 * the order of their first definition.
 */
#ifndef POSED_WIRE_MCAP_REGISTRY_H
#define POSED_WIRE_MCAP_REGISTRY_H

#include "wire/mcap_record.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { MCAP_REGISTRY_PAGES = 256, MCAP_REGISTRY_PAGE_SIZE = 256 };

/* One definition; it owns a copy of the record's content, into which the texts of `as` point. */
typedef struct {
    union {
        mcap_schema schema;
        mcap_channel channel;
    } as;
    bool ahead;                /* known from the summary, before the data section defines it */
    bool defined;              /* known at this place of the file */
    const mcap_schema *schema; /* a channel's, once it is defined */
    bool complained;           /* of a missing schema; once is enough */
} mcap_definition;

/* All definitions of one kind. Ids are 16 bits wide and usually small, hence pages. */
typedef struct {
    mcap_definition **page[MCAP_REGISTRY_PAGES];
    mcap_definition **list; /* in order of definition */
    size_t count, capacity;
} mcap_definitions;

typedef struct {
    mcap_definitions schemas, channels;
} mcap_registry;

typedef enum {
    MCAP_DEFINE_OK,       /* new, or the same as before */
    MCAP_DEFINE_CONFLICT, /* differs from the first one, which stays */
    MCAP_DEFINE_NO_MEMORY,
} mcap_define_result;

/* An empty one; finish frees what it holds, and leaves it empty. */
void mcap_registry_init(mcap_registry *g);
void mcap_registry_finish(mcap_registry *g);

/* Adds the parsed Schema or Channel record `r`, unless it is there already. */
mcap_define_result mcap_registry_define(mcap_registry *g, const mcap_record *r);

/* Begins to read the file anew: only what is known ahead counts as defined, though what was defined is kept.
 * With `ahead`, all that is there is known ahead from now on. */
void mcap_registry_rewind(mcap_registry *g, bool ahead);

/* NULL: never defined. */
mcap_definition *mcap_definitions_find(const mcap_definitions *d, uint16_t id);

#ifdef __cplusplus
}
#endif
#endif
