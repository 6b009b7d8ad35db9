/*
 * replay_corpus DIR...: feeds every file of the corpora to a fuzz target, where there is no libFuzzer.
 * What was once found stays fixed, with any compiler and under valgrind.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The memory is exactly as large as the file: a read beyond it is seen. */
static int feed(const char *path, size_t size)
{
    FILE *in = fopen(path, "rb");
    uint8_t *data = malloc(size ? size : 1);
    int good = in && data && fread(data, 1, size, in) == size;
    if (good)
        LLVMFuzzerTestOneInput(data, size);
    else
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    free(data);
    if (in)
        fclose(in);
    return good;
}

static int feed_all(const char *directory, int *count)
{
    DIR *d = opendir(directory);
    if (!d) {
        fprintf(stderr, "%s: %s\n", directory, strerror(errno));
        return 0;
    }
    int good = 1;
    for (struct dirent *e; (e = readdir(d));) {
        char path[4096];
        struct stat about;
        int length = snprintf(path, sizeof path, "%s/%s", directory, e->d_name);
        if (length < 0 || (size_t)length >= sizeof path || stat(path, &about) != 0 || !S_ISREG(about.st_mode))
            continue;
        good = feed(path, (size_t)about.st_size) && good;
        ++*count;
    }
    closedir(d);
    return good;
}

int main(int argc, char **argv)
{
    int good = 1, count = 0;
    for (int i = 1; i < argc; i++)
        good = feed_all(argv[i], &count) && good;
    printf("%d inputs\n", count);
    return good && count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
