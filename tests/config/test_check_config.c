/* The subcommand as a user meets it: exit codes, and what goes to which stream. */
#include "config/config.h"
#include "daemon/command.h"
#include "tests/scratch.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    const char *legend;
    const char *arguments[4];
    const char *file; /* what the file "a.yaml" holds; NULL: nothing is written */
    int code;
    const char *out, *err; /* a part of each stream; "": the stream is empty */
} row;

static const row rows[] = {
    {"good", {"a.yaml"}, "filter: {window_s: 1}\n", EXIT_OK, "filter:\n  window_s: 1\n", ""},
    {"empty", {"a.yaml"}, "", EXIT_OK, "filter:\n  window_s: ", ""},
    {"comments", {"--comments", "a.yaml"}, "", EXIT_OK, "  # s, 0", ""},
    {"the same file twice", {"a.yaml", "a.yaml"}, "sources: {imu/a: }", EXIT_OK, "sources:\n  imu/a:\n", ""},
    {"sections of the live program",
     {"a.yaml"},
     "adapters: {imu/a: {kind: imu, device: d}}",
     EXIT_OK,
     "adapters:\n  imu/a:\n    kind: imu\n    in_daemon: false\n    device: d\n",
     ""},
    {"bad",
     {"a.yaml"},
     "x: 1\ny: 2\n",
     EXIT_BAD,
     "",
     "a.yaml:1:1: no setting \"x\" in a configuration\na.yaml:2:1: "},
    {"one of two bad", {"a.yaml", "missing.yaml"}, "x: 1\n", EXIT_BAD, "", "\nmissing.yaml: No such file"},
    {"truncated", {"a.yaml"}, "filter: {window_s", EXIT_BAD, "", "a.yaml:2:1: not valid YAML"},
    {"missing", {"missing.yaml"}, NULL, EXIT_BAD, "", "missing.yaml: No such file or directory\n"},
    {"directory", {"."}, NULL, EXIT_BAD, "", ".: Is a directory\n"},
    {"reference", {"--reference"}, NULL, EXIT_OK, "# Configuration\n", ""},
    {"template", {"--template"}, NULL, EXIT_OK, "# posed configuration.", ""},
    {"no such drive", {"--as-drive", "missing.mcap"}, NULL, EXIT_BAD, "", "missing.mcap"},
    {"drive that is none", {"--as-drive", "a.yaml"}, "x", EXIT_BAD, "", "posed check-config: a.yaml"},
    {"page of a drive", {"--reference", "--as-drive", "a"}, NULL, EXIT_USAGE, "", "stand alone"},
    {"no file", {NULL}, NULL, EXIT_USAGE, "", "which file?"},
    {"unknown option", {"--refrence"}, NULL, EXIT_USAGE, "", "unknown option --refrence"},
    {"reference of a file", {"--reference", "a.yaml"}, "", EXIT_USAGE, "", "stand alone"},
    {"both pages", {"--reference", "--template"}, NULL, EXIT_USAGE, "", "stand alone"},
    {"file that looks like an option", {"--", "-x"}, NULL, EXIT_BAD, "", "-x: No such file"},
};

static char directory[SCRATCH_SIZE];

static void setup(void)
{
    make_directory(directory);
    ck_assert_int_eq(chdir(directory), 0);
}

static void teardown(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    remove_directory(directory);
}

static int run(const char *const *arguments, const char *out)
{
    char *argv[6] = {strdup("check-config")};
    int argc = 1, status;
    for (; argc < 5 && arguments[argc - 1]; argc++)
        argv[argc] = strdup(arguments[argc - 1]);
    fflush(NULL);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        if (!freopen(out, "w", stdout) || !freopen("err", "w", stderr))
            _exit(99);
        char *own[6]; /* the command may reorder its arguments */
        memcpy(own, argv, sizeof own);
        int code = command_check_config.run(argc, own);
        fflush(NULL);
        for (int i = 0; i < argc; i++)
            free(argv[i]);
        _exit(code);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect_stream(const row *r, const char *name, const char *part)
{
    char *text = read_text(name);
    if (part[0] == '\0')
        ck_assert_msg(text[0] == '\0', "%s: unexpected on %s: %s", r->legend, name, text);
    ck_assert_msg(strstr(text, part), "%s: expected \"%s\" on %s: %s", r->legend, part, name, text);
    free(text);
}

START_TEST (runs) {
    const row *r = &rows[_i];
    if (r->file)
        write_text(directory, "a.yaml", r->file);
    int code = run(r->arguments, "out");
    ck_assert_msg(code == r->code, "%s: exit code %d", r->legend, code);
    expect_stream(r, "out", r->out);
    expect_stream(r, "err", r->err);
}
END_TEST

START_TEST (full_disk) {
    static const row full = {"full disk", {"--reference"}, NULL, EXIT_BAD, "", "cannot write the output"};
    ck_assert_int_eq(run(full.arguments, "/dev/full"), EXIT_BAD);
    expect_stream(&full, "err", full.err);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("command");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, runs, 0, sizeof rows / sizeof *rows);
    tcase_add_test(cases, full_disk);
    return run_cases("check-config", cases);
}
