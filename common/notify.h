/*
 * Telling systemd how the service is: the datagram protocol of sd_notify(3), without its library.
 */
#ifndef POSED_COMMON_NOTIFY_H
#define POSED_COMMON_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sends "READY=1", "STATUS=..." or several such lines to the socket that NOTIFY_SOCKET names: a path, or an
 * abstract name that begins with '@'. Never blocks. False when there is no such variable or it was not taken;
 * a service has nobody to tell that to. */
bool notify_send(const char *state);

/* RELOADING=1 with the time that systemd asks for beside it (Type=notify-reload); READY=1 ends it. */
bool notify_reloading(void);

/* How often systemd expects WATCHDOG=1, from WATCHDOG_USEC; 0: it does not, or expects it of another process
 * (WATCHDOG_PID). To be sent twice as often, sd_watchdog_enabled(3). */
int64_t notify_watchdog_ns(void);

#ifdef __cplusplus
}
#endif
#endif
