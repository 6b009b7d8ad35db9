/*
 * A file of YAML as a whole.
 */
#ifndef POSED_CONFIG_FILE_H
#define POSED_CONFIG_FILE_H

#include "config/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The bytes of a file, to be freed; not ended by NUL. Of one larger than CONFIG_MAX_SIZE, one byte more than
 * that. NULL with a problem added when it cannot be read. */
char *config_file_read(const char *path, size_t *size, config_problems *p);

/* The name of what a file holds, where it gives none itself: the file's, without folders and endings. */
void config_file_name(const char *path, char *name, size_t size);

#ifdef __cplusplus
}
#endif
#endif
