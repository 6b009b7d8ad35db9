/*
 * The end of an MCAP file: closing magic, footer and summary section, which a reader looks at first.
 */
#ifndef POSED_WIRE_MCAP_TAIL_H
#define POSED_WIRE_MCAP_TAIL_H

#include "wire/mcap_damage.h"
#include "wire/mcap_record.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const uint8_t *data; /* the whole file */
    size_t records_end;  /* where records end: before the closing magic; without one, the end of the file */
    bool closed;         /* the closing magic is there */
    bool usable;         /* footer and summary are there, fit, and their CRC is right or not given */
    size_t summary_at;   /* the summary's first byte when usable; summary_end when there is none */
    size_t summary_end;  /* the footer's opcode */
} mcap_tail;

/* Looks for footer and summary. A missing end is left to the one who reads through to it; an end that is
 * there but wrong goes to `damage`. */
void mcap_tail_read(const void *data, size_t size, mcap_tail *t, mcap_damage *damage);

/* The first place at or after `from` where a record begins for certain, going by the summary's indexes: a
 * chunk, an attachment, a metadata record, or the summary itself. 0: none is known. */
size_t mcap_tail_known_place(const mcap_tail *t, size_t from);

#ifdef __cplusplus
}
#endif
#endif
