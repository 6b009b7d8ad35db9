/* posed status: not built yet. */
#include "daemon/command.h"

#include <stdio.h>

static int run(int argc, char **argv)
{
    (void)argc;
    fprintf(stderr, "posed %s: not built yet\n", argv[0]);
    return EXIT_BAD;
}

const command command_status = {
    .name = "status",
    .arguments = "[options]",
    .summary = "say how a running posed is; exit code by health",
    .help = "",
    .run = run,
};
