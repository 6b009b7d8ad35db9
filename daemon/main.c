/*
 * posed: finds the subcommand and runs it.
 */
#include "daemon/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void print_usage(FILE *out)
{
    fputs("Usage: posed COMMAND [ARGUMENTS]\n"
          "       posed COMMAND --help\n"
          "       posed --help | --version\n"
          "\n"
          "Where a vehicle is, and how well that is known.\n"
          "\n"
          "Commands:\n",
          out);
    for (size_t i = 0; i < command_count; i++)
        fprintf(out, "  %-14s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\nExit status: 0 done, 1 an input, a file or the system failed, 2 the command line is wrong.\n",
          out);
}

static bool is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

/* `--help` counts wherever it stands before a "--", so that it works after half a command line too. */
static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (is_help(argv[i]))
            return true;
    }
    return false;
}

static int refuse_command(const char *name)
{
    const char *meant = command_suggest(name);
    const char *what = name[0] == '-' ? "option" : "command";
    fprintf(stderr, "posed: there is no %s \"%s\"", what, name);
    if (meant)
        fprintf(stderr, "; did you mean \"%s\"?", meant);
    fputs("\nTry: posed --help\n", stderr);
    return EXIT_USAGE;
}

static int run_command(int argc, char **argv)
{
    const command *c = command_find(argv[0]);
    if (!c)
        return refuse_command(argv[0]);
    if (!asks_for_help(argc, argv))
        return c->run(argc, argv);
    if (c->print_help)
        return c->print_help(argc, argv);
    command_print_help(c);
    return EXIT_OK;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    if (is_help(argv[1]) || (strcmp(argv[1], "help") == 0 && argc == 2)) {
        print_usage(stdout);
        return EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("posed " POSED_VERSION);
        return EXIT_OK;
    }
    if (strcmp(argv[1], "help") == 0) {
        char help[] = "--help";
        return run_command(2, (char *[]){argv[2], help, NULL});
    }
    return run_command(argc - 1, argv + 1);
}

/* A file opened while 0, 1 or 2 is closed would take its number and be written over. What is missing is
 * filled with the null device, opened the wrong way round, so that using it still fails. */
static bool fill_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
            continue;
        if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            return false;
    }
    return true;
}

/* Output that did not arrive is a failure, whatever the command thought of itself. */
static int close_stdout(int result)
{
    bool failed = ferror(stdout) != 0;
    errno = 0;
    if (fclose(stdout) != 0 || failed) {
        if (errno != EPIPE)
            fprintf(stderr, "posed: cannot write to standard output: %s\n",
                    errno ? strerror(errno) : "write error");
        return result == EXIT_OK ? EXIT_BAD : result;
    }
    return result;
}

int main(int argc, char **argv)
{
    if (!fill_standard_streams())
        return EXIT_BAD;
    /* A reader that goes away is an error to report, not a silent death in the middle of writing a file. */
    signal(SIGPIPE, SIG_IGN);
    return close_stdout(dispatch(argc, argv));
}
