/*
 * Subcommands: each is one file cmd_<name>.c that ends in one struct, plus one line in commands.c.
 */
#ifndef POSED_DAEMON_COMMAND_H
#define POSED_DAEMON_COMMAND_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *name;                  /* "replay" */
    const char *arguments;             /* "DRIVE [options]" */
    const char *summary;               /* one line for `posed --help` */
    const char *help;                  /* all options, for `posed NAME --help`; ends with a newline */
    int (*run)(int argc, char **argv); /* argv[0] is the name; returns an exit code */
    /* Help that depends on the arguments, instead of the above; an exit code. NULL: there is none. */
    int (*print_help)(int argc, char **argv);
} command;

/* Exit codes, the same for every subcommand. */
enum {
    EXIT_OK = 0,
    EXIT_BAD = 1,   /* the input, a file or the system failed; a message is on stderr */
    EXIT_USAGE = 2, /* the command line is wrong */
};

/* Says "posed NAME: ..." on stderr, with EXIT_USAGE also where to read on. Returns the code. */
__attribute__((format(printf, 3, 4))) int command_fail(const char *name, int code, const char *format, ...);

extern const command command_adapter;
extern const command command_campaign;
extern const command command_camera;
extern const command command_can;
extern const command command_check_config;
extern const command command_explain;
extern const command command_export;
extern const command command_gnss;
extern const command command_import;
extern const command command_info;
extern const command command_keygen;
extern const command command_map;
extern const command command_record;
extern const command command_replay;
extern const command command_report;
extern const command command_simulate;
extern const command command_twin;
extern const command command_run;
extern const command command_status;
extern const command command_watch;

#ifdef __cplusplus
}
#endif
#endif
