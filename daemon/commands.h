/*
 * The table of subcommands.
 */
#ifndef POSED_DAEMON_COMMANDS_H
#define POSED_DAEMON_COMMANDS_H

#include "daemon/command.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All subcommands, in the order of `posed --help`. */
extern const command *const commands[];
extern const size_t command_count;

/* The command of that name; NULL when there is none. */
const command *command_find(const char *name);

/* Usage, summary and help, to standard output. */
void command_print_help(const command *c);

/* The name of the command that `name` was probably meant to be; NULL when none is near. */
const char *command_suggest(const char *name);

#ifdef __cplusplus
}
#endif
#endif
