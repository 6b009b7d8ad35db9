/*
 * What is wrong with an option of the command line that getopt_long does not take.
 */
#ifndef POSED_DAEMON_OPTION_REFUSE_H
#define POSED_DAEMON_OPTION_REFUSE_H

#include "common/error.h"

#include <getopt.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Says it, and which of the long options may have been meant; always false. `option`: what getopt_long has
 * returned, with ":" in front of its short options; getopt's own variables are as it left them. */
bool option_refuse(char **argv, int option, const struct option *long_options, error *e);

#ifdef __cplusplus
}
#endif
#endif
