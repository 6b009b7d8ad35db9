/* posed gnss: not built yet. */
#include "daemon/command.h"

#include <stdio.h>

static int run(int argc, char **argv)
{
    (void)argc;
    fprintf(stderr, "posed %s: not built yet\n", argv[0]);
    return EXIT_BAD;
}

const command command_gnss = {
    .name = "gnss",
    .arguments = "LOG",
    .summary = "print the fixes of a raw receiver log",
    .help = "",
    .run = run,
};
