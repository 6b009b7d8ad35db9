/* posed can: what a DBC file says, and what a CAN log says by it. */
#include "daemon/can_json.h"
#include "daemon/command.h"
#include "sensors/can/dbc_decode.h"
#include "sensors/line_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINES_TOLD = 20 }; /* malformed lines that are named; the others are counted */

typedef struct {
    const char *file, *log;
    bool all, j1939;
} arguments;

typedef struct {
    const dbc *database;
    const arguments *arguments;
    size_t frames, decoded, unknown, remote, error, short_frames, malformed;
} log_run;

static const char *log_name(const log_run *r)
{
    return strcmp(r->arguments->log, "-") == 0 ? "standard input" : r->arguments->log;
}

static void tell_malformed(log_run *r, size_t line, const char *expected)
{
    if (r->malformed++ < LINES_TOLD)
        fprintf(stderr, "posed can: %s:%zu: expected %s\n", log_name(r), line, expected);
}

static bool too_short(const dbc_message *m, const can_bus_frame *f)
{
    for (size_t i = 0; i < m->signal_count; i++) {
        if (dbc_signal_fits(&m->signals[i], m->length) && !dbc_signal_fits(&m->signals[i], f->size))
            return true;
    }
    return false;
}

static const dbc_message *message_of(const log_run *r, const can_bus_frame *f)
{
    if (f->error || f->remote)
        return NULL;
    const dbc_message *m = dbc_find(r->database, f->id, f->extended);
    if (!m && f->extended && r->arguments->j1939)
        m = dbc_find_group(r->database, f->id);
    return m;
}

static void take_frame(log_run *r, const can_bus_frame *f)
{
    const dbc_message *m = message_of(r, f);
    r->frames++;
    r->remote += f->remote;
    r->error += f->error;
    r->unknown += !m && !f->remote && !f->error;
    if (m) {
        r->decoded++;
        r->short_frames += too_short(m, f);
        can_json_frame(stdout, f, m);
    } else if (r->arguments->all) {
        can_json_raw(stdout, f);
    }
}

static void take_lines(log_run *r, line_reader *lines)
{
    const char *line, *why;
    size_t length;
    can_bus_frame f;
    while (line_reader_take(lines, &line, &length)) {
        candump_result result = candump_parse(line, length, &f, &why);
        if (result == CANDUMP_FRAME)
            take_frame(r, &f);
        else if (result == CANDUMP_MALFORMED)
            tell_malformed(r, lines->line, why);
    }
}

static void tell_counts(const log_run *r)
{
    if (r->malformed > LINES_TOLD)
        fprintf(stderr, "posed can: %s: %zu more malformed lines\n", log_name(r), r->malformed - LINES_TOLD);
    fprintf(stderr, "posed can: %s: %zu frames, %zu decoded, %zu of unknown id, %zu remote, %zu error",
            log_name(r), r->frames, r->decoded, r->unknown, r->remote, r->error);
    fprintf(stderr, ", %zu too short; %zu malformed lines\n", r->short_frames, r->malformed);
}

static int fail(const char *name)
{
    return command_fail("can", EXIT_BAD, "%s: %s", name, strerror(errno));
}

static int decode(const dbc *d, const arguments *a)
{
    static const char output[] = "standard output";
    log_run r = {.database = d, .arguments = a};
    bool standard = strcmp(a->log, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(a->log, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(a->log);
    line_reader *lines = malloc(sizeof *lines);
    if (!lines)
        return fail(a->log);
    line_reader_begin(lines, fd);
    bool good = true;
    while (good && !lines->ended && !ferror(stdout)) {
        good = line_reader_fill(lines);
        take_lines(&r, lines);
        if (standard)
            fflush(stdout); /* somebody may be watching */
    }
    int result = good ? EXIT_OK : fail(log_name(&r));
    r.malformed += lines->too_long;
    free(lines);
    if (!standard)
        close(fd);
    tell_counts(&r);
    if (fflush(stdout) != 0 || ferror(stdout))
        return fail(output);
    return r.frames == 0 && r.malformed > 0 ? EXIT_BAD : result;
}

static void tell_warnings(const char *file, const dbc *d)
{
    if (d->message_count == 0)
        fprintf(stderr, "posed can: warning: %s: there is no message in it\n", file);
    for (size_t i = 0; i < d->warning_count && i < DBC_WARNINGS_KEPT; i++)
        fprintf(stderr, "posed can: warning: %s\n", d->warnings[i]);
    if (d->warning_count > DBC_WARNINGS_KEPT)
        fprintf(stderr, "posed can: %zu more warnings\n", d->warning_count - DBC_WARNINGS_KEPT);
}

static int print(const dbc *d)
{
    can_json_file(stdout, d);
    return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_OK : fail("standard output");
}

/* EXIT_OK when `out` is complete. */
static int parse(int argc, char **argv, arguments *out)
{
    bool options = true;
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (options && strcmp(a, "--") == 0)
            options = false;
        else if (options && strcmp(a, "--all") == 0)
            out->all = true;
        else if (options && strcmp(a, "--j1939") == 0)
            out->j1939 = true;
        else if (options && a[0] == '-' && a[1] != '\0')
            return command_fail("can", EXIT_USAGE, "there is no option %s", a);
        else if (!out->file)
            out->file = a;
        else if (!out->log)
            out->log = a;
        else
            return command_fail("can", EXIT_USAGE, "one log at a time, not also %s", a);
    }
    return out->file ? EXIT_OK : command_fail("can", EXIT_USAGE, "which DBC file?");
}

static int run(int argc, char **argv)
{
    arguments a = {0};
    error e = {""};
    int result = parse(argc, argv, &a);
    if (result != EXIT_OK)
        return result;
    dbc *d = dbc_load(a.file, &e);
    if (!d)
        return command_fail("can", EXIT_BAD, "%s", e.text);
    if (!a.log || d->message_count == 0)
        tell_warnings(a.file, d);
    result = a.log ? decode(d, &a) : print(d);
    dbc_destroy(d);
    return result;
}

const command command_can = {
    .name = "can",
    .arguments = "FILE.dbc [LOG] [--all] [--j1939]",
    .summary = "print a DBC file, or what a CAN log says by it",
    .help =
        "Without LOG, prints the DBC file as one JSON object: messages (id, extended, name, length, signals "
        "with\n"
        "name, start, length, byte_order, signed, float, scale, offset, minimum, maximum, unit, "
        "multiplexing,\n"
        "receivers, values), nodes, value_tables, unassigned_signals. What is odd in it is a warning on "
        "standard\n"
        "error.\n"
        "\n"
        "With LOG (\"-\": standard input), as candump writes them in a file or on a terminal, prints one "
        "JSON\n"
        "object a line for each frame that the file knows: stamp_ns, interface, id, extended, name, signals\n"
        "(name: physical value, for those that are there).\n"
        "\n"
        "  --all     frames of unknown id, remote and error frames too, with their data\n"
        "  --j1939   find messages by J1939 parameter group: priority and addresses need not be the same\n"
        "\n"
        "Exit status: 0 done, even when lines of the log were malformed (each is named on standard error); 1 "
        "the\n"
        "DBC file is refused, a file cannot be read, or no line of the log was a frame; 2 the command line "
        "is\n"
        "wrong.\n",
    .run = run,
};
