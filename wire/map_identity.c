#include "wire/map_identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORD "map"
enum { NUMBER_SIZE = 16 };

void map_identity_clear(map_identity *map)
{
    *map = (map_identity){.first_day = INT32_MIN, .last_day = INT32_MIN};
}

bool map_identity_same(const map_identity *a, const map_identity *b)
{
    const bool there = a->file[0] != '\0';
    return there == (b->file[0] != '\0') && (!there || (a->checksum == b->checksum && a->marks == b->marks &&
                                                        a->lines == b->lines && a->lanes == b->lanes));
}

static const char *spell(char out[NUMBER_SIZE], uint32_t number)
{
    snprintf(out, NUMBER_SIZE, "%" PRIu32, number);
    return out;
}

bool map_identity_write(const map_identity *map, map_identity_writer *write, void *context)
{
    char checksum[NUMBER_SIZE], marks[NUMBER_SIZE], lines[NUMBER_SIZE], lanes[NUMBER_SIZE];
    snprintf(checksum, sizeof checksum, "%08" PRIx32, map->checksum);
    const char *const pairs[][2] = {{"file", map->file},
                                    {"checksum", checksum},
                                    {"marks", spell(marks, map->marks)},
                                    {"lines", spell(lines, map->lines)},
                                    {"lanes", spell(lanes, map->lanes)}};
    return write(context, RECORD, pairs, sizeof pairs / sizeof *pairs);
}

static uint32_t number_of(mcap_text text, int base)
{
    char copy[NUMBER_SIZE];
    if (text.size >= sizeof copy)
        return 0;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return (uint32_t)strtoul(copy, NULL, base);
}

static void read_pairs(mcap_text pairs, map_identity *map)
{
    mcap_text key, value;
    map_identity_clear(map);
    while (mcap_map_next_text(&pairs, &key, &value)) {
        if (mcap_text_is(key, "file"))
            memcpy(map->file, value.data, value.size < sizeof map->file ? value.size : sizeof map->file - 1);
        else if (mcap_text_is(key, "checksum"))
            map->checksum = number_of(value, 16);
        else if (mcap_text_is(key, "marks"))
            map->marks = number_of(value, 10);
        else if (mcap_text_is(key, "lines"))
            map->lines = number_of(value, 10);
        else if (mcap_text_is(key, "lanes"))
            map->lanes = number_of(value, 10);
    }
}

/* Takes the record's map if it is another one than the last. */
static size_t take(const mcap_record *r, map_identity *last, map_identity *out, size_t room, size_t found)
{
    map_identity map;
    read_pairs(r->as.metadata.metadata, &map);
    if (found > 0 && map_identity_same(&map, last))
        return found;
    *last = map;
    if (found < room)
        out[found] = map;
    return found + 1;
}

size_t map_identity_find(mcap_text file, map_identity *out, size_t room)
{
    const uint8_t *bytes = (const uint8_t *)file.data;
    map_identity last;
    mcap_record r;
    size_t found = 0;
    for (size_t at = MCAP_MAGIC_SIZE; at < file.size; at += MCAP_RECORD_HEAD_SIZE + r.content.size) {
        if (!mcap_record_split(bytes + at, file.size - at, &r))
            break;
        if (r.opcode == MCAP_OP_METADATA && mcap_record_parse(&r) && mcap_text_is(r.as.metadata.name, RECORD))
            found = take(&r, &last, out, room, found);
    }
    return found;
}
