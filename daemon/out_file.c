#include "daemon/out_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct out_file {
    FILE *stream;
    char *path;
    char *temporary; /* NULL: written to directly */
};

static void out_file_destroy(out_file *f)
{
    if (!f)
        return;
    free(f->temporary);
    free(f->path);
    free(f);
}

static bool is_special(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

out_file *out_file_open(const char *path, error *e)
{
    out_file *f = calloc(1, sizeof *f);
    if (!f || !(f->path = strdup(path)))
        goto no_memory;
    if (!is_special(path) && asprintf(&f->temporary, "%s.tmp", path) < 0) {
        f->temporary = NULL;
        goto no_memory;
    }
    f->stream = fopen(f->temporary ? f->temporary : path, "we");
    if (!f->stream) {
        error_set(e, "%s: cannot write: %s", path, strerror(errno));
        goto fail;
    }
    return f;
no_memory:
    error_set(e, "out of memory");
fail:
    out_file_destroy(f);
    return NULL;
}

FILE *out_file_stream(out_file *f)
{
    return f->stream;
}

bool out_file_close(out_file *f, bool abandon, error *e)
{
    if (!f)
        return true;
    bool ok = !ferror(f->stream);
    errno = ok ? 0 : EIO; /* the reason is gone when stdio has swallowed it */
    if (fclose(f->stream) != 0)
        ok = false;
    if (ok && !abandon && f->temporary && rename(f->temporary, f->path) != 0)
        ok = false;
    if (!ok)
        error_set(e, "%s: cannot write: %s", f->path, strerror(errno ? errno : EIO));
    if ((!ok || abandon) && f->temporary)
        unlink(f->temporary);
    out_file_destroy(f);
    return ok;
}

bool same_file(const char *a, const char *b)
{
    struct stat left, right;
    return stat(a, &left) == 0 && stat(b, &right) == 0 && left.st_dev == right.st_dev &&
           left.st_ino == right.st_ino;
}
