/* Pages of the documents that the program itself writes. */
#ifndef POSED_TESTS_PAGE_H
#define POSED_TESTS_PAGE_H

#include <stdbool.h>
#include <stdio.h>

/* What `write` writes; the caller frees it. */
char *page_text(bool (*write)(FILE *));

/* That the file at `path` is what `write` writes; where not, the test fails with the first line that differs
 * and the command that makes the file. */
void check_page(const char *path, bool (*write)(FILE *), const char *command);

/* That `write` says so when the disk is full. */
void check_full_disk(bool (*write)(FILE *));

#endif
