/*
 * Reads every official MCAP conformance file below the directory given and compares it record for record with
 * the description beside it.
 *
 * A checkout without the large files holds pointers (Git LFS: a digest and a size) in their place. Such a
 * file is made again from its description, and must have that digest.
 */
#include "tests/wire/conformance.h"
#include "wire/mcap_info.h"
#include "wire/mcap_reader.h"

#include <fts.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKIPPED = 77 };

static bool complain(const char *path, const char *what)
{
    fprintf(stderr, "%s: %s\n", path, what);
    return false;
}

static bool load(const char *path, mcap_buffer *b)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    char part[4096];
    size_t got;
    mcap_buffer_clear(b);
    while ((got = fread(part, 1, sizeof part, f)) > 0)
        mcap_buffer_put_bytes(b, part, got);
    fclose(f);
    return !b->failed;
}

static bool is_pointer(const mcap_buffer *b)
{
    static const char start[] = "version https://git-lfs";
    return b->size >= sizeof start && memcmp(b->data, start, sizeof start - 1) == 0;
}

static bool has_digest_of(const mcap_buffer *file, const mcap_buffer *pointer)
{
    static const char mark[] = "oid sha256:";
    unsigned char digest[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof digest + 1];
    crypto_hash_sha256(digest, file->data, file->size);
    sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
    const char *stated = memmem(pointer->data, pointer->size, mark, sizeof mark - 1);
    const char *end = (const char *)pointer->data + pointer->size;
    if (!stated || (size_t)(end - stated) < sizeof mark - 1 + sizeof hex - 1)
        return false;
    return memcmp(stated + sizeof mark - 1, hex, sizeof hex - 1) == 0;
}

/* Compares what the reader gives with the description; each difference is shown. */
static bool compare(const char *path, mcap_reader *r, const json_t *description)
{
    const json_t *expected = json_object_get(description, "records");
    size_t next = 0;
    mcap_record record;
    bool same = json_array_size(expected) > 0;
    while (same && mcap_reader_next_record(r, &record)) {
        json_t *found = conformance_describe(&record);
        if (!found)
            continue; /* chunks and message indexes are not in the descriptions */
        json_t *wanted = json_array_get(expected, next++);
        same = wanted && json_equal(found, wanted);
        if (!same) {
            fprintf(stderr, "%s: record %zu differs; read, then wanted:\n", path, next);
            json_dumpf(found, stderr, 0);
            fputc('\n', stderr);
            json_dumpf(wanted, stderr, JSON_ENCODE_ANY);
            fputc('\n', stderr);
        }
        json_decref(found);
    }
    if (same && next != json_array_size(expected))
        return complain(path, "records are missing");
    return same;
}

static bool read_and_compare(const char *path, const mcap_buffer *file, const json_t *description)
{
    error e = {""};
    mcap_reader *r = mcap_reader_open_memory(file->data, file->size, &e);
    if (!r)
        return complain(path, e.text);
    bool ok = compare(path, r, description);
    mcap_info info;
    ok = mcap_info_read(&info, r) && ok;
    if (mcap_reader_damage(r))
        ok = complain(path, mcap_reader_damage(r));
    if (info.disagreements.count > 0)
        ok = complain(path, info.disagreements.summary);
    mcap_info_finish(&info);
    mcap_reader_close(r);
    return ok;
}

static bool check_file(const char *path, size_t *rebuilt)
{
    char json_path[4096];
    mcap_buffer stored = {0}, built = {0};
    bool ok = false;
    snprintf(json_path, sizeof json_path, "%.*s.json", (int)(strlen(path) - strlen(".mcap")), path);
    json_t *description = json_load_file(json_path, 0, NULL);
    if (!description || !load(path, &stored)) {
        complain(path, "it or its description cannot be read");
        goto done;
    }
    if (!is_pointer(&stored)) {
        ok = read_and_compare(path, &stored, description);
        goto done;
    }
    if (!conformance_build(description, &built) || !has_digest_of(&built, &stored)) {
        complain(path, "is a pointer, and could not be made again with its digest");
        goto done;
    }
    ++*rebuilt;
    ok = read_and_compare(path, &built, description);
done:
    mcap_buffer_finish(&built);
    mcap_buffer_finish(&stored);
    json_decref(description);
    return ok;
}

static bool ends_in(const char *path, const char *end)
{
    size_t length = strlen(path), wanted = strlen(end);
    return length > wanted && strcmp(path + length - wanted, end) == 0;
}

int main(int argc, char **argv)
{
    const char *real = getenv("POSED_REAL_DATA");
    char root[4096];
    snprintf(root, sizeof root, "%s/mcap-conformance", real ? real : argc > 1 ? argv[1] : ".");
    char *roots[] = {root, NULL};
    FTS *walk = fts_open(roots, FTS_NOCHDIR | FTS_LOGICAL, NULL);
    size_t files = 0, bad = 0, rebuilt = 0;
    for (FTSENT *entry; walk && (entry = fts_read(walk));) {
        if (entry->fts_info != FTS_F || !ends_in(entry->fts_path, ".mcap"))
            continue;
        files++;
        bad += !check_file(entry->fts_path, &rebuilt);
    }
    if (walk)
        fts_close(walk);
    if (files == 0) {
        printf("skipped: no conformance files in %s (set POSED_REAL_DATA)\n", root);
        return SKIPPED;
    }
    printf("%zu conformance files, %zu of them made again from their description, %zu read wrong\n", files,
           rebuilt, bad);
    return bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
