/*
 * A time as people and other programs read it.
 */
#ifndef POSED_DAEMON_UTC_TEXT_H
#define POSED_DAEMON_UTC_TEXT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Nanoseconds UTC since the Unix epoch as "2026-11-29T05:30:00.250Z"; also before it. */
enum { UTC_TEXT_SIZE = 32 };
void utc_text(int64_t stamp_ns, char text[UTC_TEXT_SIZE]);

#ifdef __cplusplus
}
#endif
#endif
