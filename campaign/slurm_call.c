#include "campaign/slurm_call.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { OUT, TROUBLE, STREAMS };

static const char not_found[] = "it is not there, or not in PATH";

static bool keep_out(slurm_answer *a, const char *bytes, size_t size)
{
    char *grown = realloc(a->out, a->out_size + size + 1);
    if (!grown)
        return false;
    memcpy(grown + a->out_size, bytes, size);
    a->out = grown;
    a->out_size += size;
    a->out[a->out_size] = '\0';
    return true;
}

/* What does not fit is dropped: the first line is the one that says what is wrong. */
static void keep_trouble(slurm_answer *a, const char *bytes, size_t size)
{
    size_t have = strlen(a->trouble), room = sizeof a->trouble - 1 - have;
    for (size_t i = 0; i < size && room > 1; i++) {
        if (bytes[i] == '\0' || bytes[i] == '\r')
            continue;
        if (bytes[i] == '\n') {
            a->trouble[have++] = ';';
            room--;
        }
        a->trouble[have++] = bytes[i] == '\n' ? ' ' : bytes[i];
        room--;
    }
    a->trouble[have] = '\0';
}

static void trim_trouble(slurm_answer *a)
{
    for (size_t n = strlen(a->trouble); n > 0 && (a->trouble[n - 1] == ' ' || a->trouble[n - 1] == ';'); n--)
        a->trouble[n - 1] = '\0';
}

/* One chunk of what is ready on `fd`; closes it and marks it with -1 at its end. */
static bool read_some(struct pollfd *p, int stream, slurm_answer *a)
{
    char bytes[4096];
    ssize_t got = read(p->fd, bytes, sizeof bytes);
    if (got < 0)
        return errno == EINTR || errno == EAGAIN;
    if (got == 0) {
        close(p->fd);
        p->fd = -1;
        return true;
    }
    if (stream == OUT)
        return keep_out(a, bytes, (size_t)got);
    keep_trouble(a, bytes, (size_t)got);
    return true;
}

/* Both at once: a program that fills one pipe must not wait for us at the other. */
static bool read_both(struct pollfd ends[STREAMS], slurm_answer *a)
{
    while (ends[OUT].fd >= 0 || ends[TROUBLE].fd >= 0) {
        if (poll(ends, STREAMS, -1) < 0 && errno != EINTR)
            return false;
        for (int i = 0; i < STREAMS; i++) {
            if (ends[i].fd >= 0 && ends[i].revents && !read_some(&ends[i], i, a))
                return false;
        }
    }
    return true;
}

/* The child inherits nothing but its three streams: the pipes' other ends are closed on exec. */
static int spawn(const char *const argv[], int out, int trouble, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int code = posix_spawn_file_actions_init(&actions);
    if (code)
        return code;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, trouble, STDERR_FILENO);
    /* posix_spawnp promises not to change the arguments; its type is older than const. */
    char *const *arguments = (char *const *)(uintptr_t)argv;
    code = posix_spawnp(child, argv[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static int wait_for_end(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

bool slurm_call(const char *const argv[], slurm_answer *a, error *e)
{
    int out[2] = {-1, -1}, trouble[2] = {-1, -1}, code = 0;
    pid_t child;
    bool good = false;
    memset(a, 0, sizeof *a);
    if (!keep_out(a, "", 0) || pipe2(out, O_CLOEXEC) || pipe2(trouble, O_CLOEXEC))
        code = errno;
    else
        code = spawn(argv, out[1], trouble[1], &child);
    close_end(&out[1]);
    close_end(&trouble[1]);
    if (code) {
        error_set(e, "cannot run %s: %s", argv[0], code == ENOENT ? not_found : strerror(code));
    } else {
        struct pollfd ends[STREAMS] = {{out[0], POLLIN, 0}, {trouble[0], POLLIN, 0}};
        good = read_both(ends, a) || error_set(e, "cannot read what %s says", argv[0]);
        out[0] = ends[OUT].fd;
        trouble[0] = ends[TROUBLE].fd;
    }
    close_end(&out[0]);
    close_end(&trouble[0]);
    if (!code)
        a->code = wait_for_end(child);
    trim_trouble(a);
    /* POSIX lets posix_spawn find out only in the child, which then ends with this code and says nothing. */
    if (good && a->code == 127 && a->out_size == 0 && !a->trouble[0])
        good = error_set(e, "cannot run %s: %s", argv[0], not_found);
    return good;
}

void slurm_answer_finish(slurm_answer *a)
{
    free(a->out);
    a->out = NULL;
}
