#include "tests/scratch.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void make_directory(char path[SCRATCH_SIZE])
{
    strcpy(path, "/tmp/posed-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(path));
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

void remove_directory(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void write_file(const char *directory, const char *name, const void *data, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *f = fopen(path, "wb");
    ck_assert_msg(f != NULL, "%s", path);
    ck_assert_uint_eq(fwrite(data, 1, size, f), size);
    ck_assert_int_eq(fclose(f), 0);
}

void write_text(const char *directory, const char *name, const char *text)
{
    write_file(directory, name, text, strlen(text));
}

char *read_text(const char *path)
{
    char *text = NULL, part[4096];
    size_t size, got;
    FILE *in = fopen(path, "rb"), *out = open_memstream(&text, &size);
    ck_assert_msg(in && out, "%s", path);
    while ((got = fread(part, 1, sizeof part, in)) > 0)
        ck_assert_uint_eq(fwrite(part, 1, got, out), got);
    fclose(in);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}
