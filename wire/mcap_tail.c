#include "wire/mcap_tail.h"

#include "wire/mcap_crc.h"

#include <inttypes.h>
#include <string.h>

enum {
    FOOTER_RECORD_SIZE = MCAP_RECORD_HEAD_SIZE + MCAP_FOOTER_SIZE,
    CRC_SIZE = 4, /* the footer's last field, which the CRC does not cover */
};

/* Offsets of the footer that cannot be, or the CRC. NULL: all is well. */
static const char *find_fault(const mcap_tail *t, const mcap_footer *f)
{
    uint64_t footer_at = t->summary_end;
    if (f->summary_start != 0 && (f->summary_start < MCAP_MAGIC_SIZE || f->summary_start > footer_at))
        return "points to a summary that is not in the file";
    uint64_t start = f->summary_start != 0 ? f->summary_start : footer_at;
    if (f->summary_offset_start != 0 &&
        (f->summary_offset_start < start || f->summary_offset_start > footer_at))
        return "points to summary offsets that are not in the summary";
    if (f->summary_crc == 0)
        return NULL;
    size_t covered = (size_t)(footer_at - start) + FOOTER_RECORD_SIZE - CRC_SIZE;
    if (mcap_crc32(0, t->data + start, covered) != f->summary_crc)
        return "has a CRC that does not fit the summary";
    return NULL;
}

void mcap_tail_read(const void *data, size_t size, mcap_tail *t, mcap_damage *damage)
{
    *t = (mcap_tail){.data = data, .records_end = size};
    if (size < 2 * MCAP_MAGIC_SIZE + FOOTER_RECORD_SIZE ||
        memcmp(t->data + size - MCAP_MAGIC_SIZE, MCAP_MAGIC, MCAP_MAGIC_SIZE) != 0)
        return;
    t->closed = true;
    t->records_end = size - MCAP_MAGIC_SIZE;
    t->summary_end = t->records_end - FOOTER_RECORD_SIZE;
    mcap_record footer;
    if (!mcap_record_split(t->data + t->summary_end, FOOTER_RECORD_SIZE, &footer) ||
        footer.opcode != MCAP_OP_FOOTER || !mcap_record_parse(&footer)) {
        mcap_damage_add(damage, "no footer before the closing magic (at offset %zu): summary not used",
                        t->records_end);
        return;
    }
    const char *fault = find_fault(t, &footer.as.footer);
    if (fault) {
        mcap_damage_add(damage, "the footer at offset %zu %s: summary not used", t->summary_end, fault);
        return;
    }
    uint64_t start = footer.as.footer.summary_start;
    t->summary_at = start != 0 ? (size_t)start : t->summary_end;
    t->usable = true;
}

/* The offset that an index record points to; 0: it is not an index record. */
static uint64_t indexed_offset(mcap_record *r)
{
    if (r->opcode != MCAP_OP_CHUNK_INDEX && r->opcode != MCAP_OP_ATTACHMENT_INDEX &&
        r->opcode != MCAP_OP_METADATA_INDEX)
        return 0;
    if (!mcap_record_parse(r))
        return 0;
    switch (r->opcode) {
    case MCAP_OP_CHUNK_INDEX:
        return r->as.chunk_index.chunk_start_offset;
    case MCAP_OP_ATTACHMENT_INDEX:
        return r->as.attachment_index.offset;
    default:
        return r->as.metadata_index.offset;
    }
}

size_t mcap_tail_known_place(const mcap_tail *t, size_t from)
{
    if (!t->usable || from > t->summary_at)
        return 0;
    size_t best = t->summary_at, at = t->summary_at;
    mcap_record r;
    while (at < t->summary_end && mcap_record_split(t->data + at, t->summary_end - at, &r)) {
        uint64_t offset = indexed_offset(&r);
        if (offset >= from && offset < best)
            best = (size_t)offset;
        at += MCAP_RECORD_HEAD_SIZE + r.content.size;
    }
    return best;
}
