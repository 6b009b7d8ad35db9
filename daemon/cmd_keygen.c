/* posed keygen: not built yet. */
#include "daemon/command.h"

#include <stdio.h>

static int run(int argc, char **argv)
{
    (void)argc;
    fprintf(stderr, "posed %s: not built yet\n", argv[0]);
    return EXIT_BAD;
}

const command command_keygen = {
    .name = "keygen",
    .arguments = "PATH",
    .summary = "make a CURVE key pair",
    .help = "",
    .run = run,
};
