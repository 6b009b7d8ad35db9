/* A directory for a test, and the files in it. A test that cannot make one fails. */
#ifndef POSED_TESTS_SCRATCH_H
#define POSED_TESTS_SCRATCH_H

#include <stddef.h>

enum { SCRATCH_SIZE = 32 };

/* A new empty directory below /tmp, and its removal with all it holds. */
void make_directory(char path[SCRATCH_SIZE]);
void remove_directory(const char *path);

/* Writes a file below `directory`, with the directories on its way. */
void write_file(const char *directory, const char *name, const void *data, size_t size);
void write_text(const char *directory, const char *name, const char *text);

/* All of a file, and a NUL behind it; the caller frees it. */
char *read_text(const char *path);

#endif
