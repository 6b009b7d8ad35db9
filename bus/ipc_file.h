/*
 * A listening Unix socket and its file. ZeroMQ would delete whatever stands under the name, even the socket
 * of a program that is running, and create the file with whatever mode the umask leaves; so the socket is
 * made here and handed over.
 */
#ifndef POSED_BUS_IPC_FILE_H
#define POSED_BUS_IPC_FILE_H

#include "common/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { IPC_PATH_SIZE = 108 };

typedef struct {
    char path[IPC_PATH_SIZE];
    int pin; /* holds the file, so that its inode's number cannot become another's; -1: none */
} ipc_file;

/* Listens at `path` (shorter than IPC_PATH_SIZE), mode 0660 whatever the umask; never for a moment with more.
 * A socket file that nobody listens on any more is replaced. Returns the socket; -1 with `e` set when a
 * program listens there, when something else stands there, or when the system refuses. After success
 * ipc_file_remove is due. */
int ipc_file_listen(ipc_file *f, const char *path, error *e);

/* Removes the file, if it still is that which was made. */
void ipc_file_remove(ipc_file *f);

#ifdef __cplusplus
}
#endif
#endif
