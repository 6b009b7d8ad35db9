#include "daemon/option_refuse.h"
#include "config/suggest.h"

#include <string.h>

bool option_refuse(char **argv, int option, const struct option *long_options, error *e)
{
    const char *written = argv[optind - 1];
    if (option == ':')
        return error_set(e, "%s needs a value", written);
    if (optopt != 0 && strncmp(written, "--", 2) != 0) /* among others, behind one dash */
        return error_set(e, "there is no option -%c", optopt);
    size_t length = strcspn(written, "=");
    char word[64] = "";
    if (length > 2 && length - 2 < sizeof word)
        memcpy(word, written + 2, length - 2);
    if (optopt != 0)
        return error_set(e, "--%s takes no value", word);
    config_nearest nearest = {.word = word};
    for (const struct option *o = long_options; o->name; o++)
        config_nearest_offer(&nearest, o->name);
    if (nearest.best)
        return error_set(e, "there is no option \"%.*s\"; did you mean --%s?", (int)length, written,
                         nearest.best);
    return error_set(e, "there is no option \"%.*s\"", (int)length, written);
}
