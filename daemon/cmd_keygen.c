/* posed keygen: a CURVE key pair in two files. */
#include "bus/keys.h"
#include "daemon/command.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Writes PATH.key, the secret key (mode 0600), and PATH.pub, the public one, and prints the\n"
    "public key. A file that is there is never written over.\n"
    "\n"
    "The secret key stays on this machine: bus.secret_key names its file. The public key is given to\n"
    "the others: as bus.server_key to those who connect to this machine's posed run, or under peers:\n"
    "in the configuration of the posed run that this machine connects to.\n"
    "\n"
    "Options:\n"
    "  -h, --help          this text\n";

/* EXIT_OK when `path` is set. */
static int parse(int argc, char **argv, const char **path)
{
    bool options = true;
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (options && strcmp(a, "--") == 0)
            options = false;
        else if (options && a[0] == '-')
            return command_fail("keygen", EXIT_USAGE, "there is no option %s", a);
        else if (*path)
            return command_fail("keygen", EXIT_USAGE, "one path at a time, not also %s", a);
        else
            *path = a;
    }
    if (!*path || **path == '\0' || (*path)[strlen(*path) - 1] == '/')
        return command_fail("keygen", EXIT_USAGE, "the path is missing, such as /etc/posed/vehicle");
    return EXIT_OK;
}

static int run(int argc, char **argv)
{
    const char *path = NULL;
    error e = {""};
    bus_keys k;
    int result = parse(argc, argv, &path);
    if (result != EXIT_OK)
        return result;
    bool good = bus_keys_generate(&k, &e) && bus_keys_save(&k, path, &e);
    if (good)
        printf("%s\n", k.public_key);
    else
        fprintf(stderr, "posed keygen: %s\n", e.text);
    bus_keys_forget(&k);
    return good ? EXIT_OK : EXIT_BAD;
}

const command command_keygen = {
    .name = "keygen",
    .arguments = "PATH",
    .summary = "make a CURVE key pair",
    .help = help,
    .run = run,
};
