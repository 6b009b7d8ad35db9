/*
 * What is wrong with an MCAP file: one sentence per finding, the first ones kept, all of them counted.
 */
#ifndef POSED_WIRE_MCAP_DAMAGE_H
#define POSED_WIRE_MCAP_DAMAGE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A file that is damaged all over repeats itself; sixteen sentences say it, and cap the memory. */
enum { MCAP_DAMAGE_KEPT = 16, MCAP_DAMAGE_TEXT_SIZE = 240 };

typedef struct {
    size_t count; /* all findings; the first MCAP_DAMAGE_KEPT have a text */
    char text[MCAP_DAMAGE_KEPT][MCAP_DAMAGE_TEXT_SIZE];
    char summary[MCAP_DAMAGE_TEXT_SIZE +
                 40]; /* the first, and how many more there are; "" while there is none */
} mcap_damage;

/* An empty log. */
void mcap_damage_init(mcap_damage *d);

/* One more finding. What is not printable ASCII becomes '?'. */
__attribute__((format(printf, 2, 3))) void mcap_damage_add(mcap_damage *d, const char *format, ...);

/* Forgets all but the first `count` findings. */
void mcap_damage_truncate(mcap_damage *d, size_t count);

#ifdef __cplusplus
}
#endif
#endif
