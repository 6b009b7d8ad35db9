/*
 * Memory that runs out at every single allocation while a file is written and read: an error, or all is well
 * without that memory; never a crash, never a wrong file.
 *
 * The allocator is replaced for the whole program, zstd and lz4 included. Tools that replace it themselves
 * (the address sanitizer, valgrind) see to it that this one is never called; then there is nothing to test.
 */
#include "tests/sanitized.h"
#include "wire/mcap_info.h"
#include "wire/mcap_writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SKIPPED = 77, MESSAGES = 40 };

/* The allocator has no other place to keep them. */
static long allocations;  /* since last set to 0 */
static long failing = -1; /* the one that fails; -1: none */

#ifndef SANITIZED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool fails(void)
{
    if (allocations++ != failing)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}
#endif

static bool write_file(const char *path, mcap_compression compression, error *e)
{
    static const char *const pairs[][2] = {{"key", "value"}};
    uint8_t data[300] = {0};
    mcap_writer *w = mcap_writer_open(path, "profile", "library", compression, e);
    if (!w)
        return false;
    mcap_writer_set_chunk_size(w, 1000);
    uint16_t schema = mcap_writer_add_schema(w, "S", "protobuf", data, sizeof data);
    uint16_t channel = mcap_writer_add_channel(w, schema, "t", "protobuf");
    for (uint32_t i = 0; i < MESSAGES; i++)
        mcap_writer_message(w, channel, i, i, i, data, i * 7 % sizeof data);
    mcap_writer_attachment(w, "name", "type", 0, data, sizeof data);
    mcap_writer_metadata(w, "name", pairs, 1);
    return mcap_writer_close(w, e);
}

/* Everything there and nothing wrong; otherwise `e` says what. */
static bool read_file(const char *path, error *e)
{
    mcap_info info;
    mcap_reader *r = mcap_reader_open(path, e);
    if (!r)
        return false;
    bool ok = mcap_info_read(&info, r) || error_set(e, "no memory");
    if (ok && mcap_reader_damage(r))
        ok = error_set(e, "%s", mcap_reader_damage(r));
    if (ok && info.messages != MESSAGES)
        ok = error_set(e, "messages are missing");
    mcap_info_finish(&info);
    mcap_reader_close(r);
    return ok;
}

static bool once(const char *path, bool writing, mcap_compression compression, long fail_at, error *e)
{
    e->text[0] = '\0';
    allocations = 0;
    failing = fail_at;
    bool ok = writing ? write_file(path, compression, e) : read_file(path, e);
    failing = -1;
    return ok;
}

/* Fails one allocation after the other until one run needs no more than those before. */
static bool exhaust(const char *path, bool writing, mcap_compression compression, long *count)
{
    error e;
    if (!once(path, writing, compression, -1, &e)) {
        fprintf(stderr, "all memory there: %s\n", e.text);
        return false;
    }
    *count = allocations;
    for (long i = 0; i < *count; i++) {
        bool ok = once(path, writing, compression, i, &e);
        bool right = ok ? once(path, false, compression, -1, &e) : e.text[0] != '\0';
        if (!right) {
            fprintf(stderr, "%s, compression %d, allocation %ld fails: %s\n", writing ? "write" : "read",
                    (int)compression, i, ok ? "the file is wrong" : "no text");
            return false;
        }
    }
    return true;
}

int main(void)
{
    char path[] = "/tmp/posed-memory-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0)
        return EXIT_FAILURE;
    close(fd);
    bool ok = true;
    long total = 0, count = 0;
    for (int c = 0; c < 3; c++) {
        ok = exhaust(path, true, (mcap_compression)c, &count) && ok;
        total += count;
        ok = once(path, true, (mcap_compression)c, -1, &(error){""}) && ok;
        ok = exhaust(path, false, (mcap_compression)c, &count) && ok;
        total += count;
    }
    unlink(path);
    if (ok && total == 0) {
        puts("skipped: the allocator is not ours here");
        return SKIPPED;
    }
    printf("%ld allocations failed, one at a time\n", total);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
