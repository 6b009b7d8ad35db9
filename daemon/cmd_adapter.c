/* posed adapter: not built yet. */
#include "daemon/command.h"

#include <stdio.h>

static int run(int argc, char **argv)
{
    (void)argc;
    fprintf(stderr, "posed %s: not built yet\n", argv[0]);
    return EXIT_BAD;
}

const command command_adapter = {
    .name = "adapter",
    .arguments = "KIND --name SOURCE [options]",
    .summary = "turn what a device says into frames on the bus",
    .help = "",
    .run = run,
};
