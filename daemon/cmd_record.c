/* posed record: not built yet. */
#include "daemon/command.h"

#include <stdio.h>

static int run(int argc, char **argv)
{
    (void)argc;
    fprintf(stderr, "posed %s: not built yet\n", argv[0]);
    return EXIT_BAD;
}

const command command_record = {
    .name = "record",
    .arguments = "-o FILE [options]",
    .summary = "record the bus",
    .help = "",
    .run = run,
};
