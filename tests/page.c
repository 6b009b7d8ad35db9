#include "tests/page.h"

#include "tests/scratch.h"

#include <check.h>
#include <stdlib.h>

char *page_text(bool (*write)(FILE *))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ck_assert(out && write(out));
    fclose(out);
    return text;
}

void check_page(const char *path, bool (*write)(FILE *), const char *command)
{
    char *is = read_text(path), *should = page_text(write);
    size_t same = 0, line = 1;
    while (is[same] == should[same] && is[same] != '\0')
        line += is[same++] == '\n';
    ck_assert_msg(is[same] == should[same], "%s differs from the code at line %zu: %s > %s", path, line,
                  command, path);
    free(is);
    free(should);
}

void check_full_disk(bool (*write)(FILE *))
{
    FILE *full = fopen("/dev/full", "w");
    ck_assert(full && !write(full));
    fclose(full);
}
