/* posed can: not built yet. */
#include "daemon/command.h"

#include <stdio.h>

static int run(int argc, char **argv)
{
    (void)argc;
    fprintf(stderr, "posed %s: not built yet\n", argv[0]);
    return EXIT_BAD;
}

const command command_can = {
    .name = "can",
    .arguments = "FILE.dbc [LOG]",
    .summary = "print a DBC file, or what a CAN log says by it",
    .help = "",
    .run = run,
};
