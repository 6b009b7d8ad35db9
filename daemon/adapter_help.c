#include "daemon/adapter_help.h"

#include <string.h>

enum { INDENT = 6, WIDTH = 100 };

/* Words of `text` in lines of WIDTH, each behind INDENT. */
static void print_wrapped(FILE *out, const char *text)
{
    size_t column = 0;
    while (*(text += strspn(text, " ")) != '\0') {
        const size_t length = strcspn(text, " ");
        if (column > 0 && column + 1 + length > WIDTH) {
            fputc('\n', out);
            column = 0;
        }
        column += (size_t)fprintf(out, "%*s%.*s", column == 0 ? INDENT : 1, "", (int)length, text);
        text += length;
    }
    fputc('\n', out);
}

static const char *placeholder(adapter_option_type type)
{
    switch (type) {
    case ADAPTER_NUMBER:
        return " NUMBER";
    case ADAPTER_PATH:
        return " FILE";
    case ADAPTER_FLAG:
        return "[=no]";
    case ADAPTER_TEXT:
        break;
    }
    return " TEXT";
}

static void print_range(FILE *out, const adapter_option *o)
{
    const bool plain = !o->unit || strcmp(o->unit, "1") == 0;
    fprintf(out, "%.10g to %.10g%s%s; ", o->min, o->max, plain ? "" : " ", plain ? "" : o->unit);
}

/* "--speed NUMBER (0 to 1000000; default 1)" and what it means. */
static void print_option(FILE *out, const adapter_option *o)
{
    fprintf(out, "  --%s%s (", o->name, placeholder(o->type));
    if (o->type == ADAPTER_NUMBER)
        print_range(out, o);
    if (!o->value)
        fputs("required)\n", out);
    else if (o->value[0] == '\0')
        fputs("optional)\n", out);
    else if (o->type == ADAPTER_TEXT || o->type == ADAPTER_PATH)
        fprintf(out, "default \"%s\")\n", o->value);
    else
        fprintf(out, "default %s)\n", o->value);
    print_wrapped(out, o->meaning);
}

void adapter_help_kinds(FILE *out)
{
    fputs("\nKinds:\n", out);
    for (size_t i = 0; i < adapter_kind_count; i++) {
        const adapter_kind *k = adapter_kinds[i];
        fprintf(out, "  %-10s %s%s%s%s\n", k->name, k->summary, k->unavailable ? " (not in this build: " : "",
                k->unavailable ? k->unavailable : "", k->unavailable ? ")" : "");
    }
}

void adapter_help_kind(FILE *out, const adapter_kind *kind)
{
    fprintf(out, "Usage: posed adapter %s ", kind->name);
    if (kind->source)
        fprintf(out, "--name %s/NAME ", kind->source);
    fprintf(out, "[options]\n\n%s\n", kind->summary);
    if (kind->unavailable)
        fprintf(out, "\nThis build does not have it: %s.\n", kind->unavailable);
    if (kind->help[0] != '\0')
        fprintf(out, "\n%s", kind->help);
    fprintf(out, "\nOptions of %s; each is a key of its block under adapters: in the configuration, too:\n",
            kind->name);
    for (size_t i = 0; i < kind->option_count; i++)
        print_option(out, &kind->options[i]);
    fputs("\nOptions of every adapter (--endpoint, -c, -o, ...): posed adapter --help\n", out);
}
