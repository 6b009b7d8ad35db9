#include "sensors/adapter_values.h"

#include "config/problems.h"
#include "config/suggest.h"
#include "config/value.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* `text` without "key: " before it, which stands there already. */
static const char *without_key(const char *text, const char *key)
{
    const size_t length = strlen(key);
    return strncmp(text, key, length) == 0 && strncmp(text + length, ": ", 2) == 0 ? text + length + 2 : text;
}

/* A problem at the option's place. */
__attribute__((format(printf, 4, 5))) static bool
problem_at(const adapter_start *start, const adapter_setting *at, config_problems *p, const char *format, ...)
{
    char text[sizeof p->text[0]], name[RUN_OPTION_KEY_SIZE + 8];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (at->line > 0)
        return config_problem(p, start->config ? start->config : "options", at->line, at->column, "%s", text);
    snprintf(name, sizeof name, "--%s", at->key);
    return config_problem(p, name, 0, 0, "%s", without_key(text, at->key));
}

bool adapter_start_problem(const adapter_start *start, config_problems *p, const char *format, ...)
{
    char text[sizeof p->text[0]];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    bool in_file = start->config && start->line > 0;
    return config_problem(p, in_file ? start->config : "posed adapter", in_file ? start->line : 0,
                          start->column, "%s", text);
}

/* The option as a row of a table, for what config/ knows about values. */
static config_key key_of(const adapter_option *o)
{
    return (config_key){.name = o->name,
                        .type = o->type == ADAPTER_NUMBER ? CONFIG_NUMBER : CONFIG_FLAG,
                        .unit = o->unit ? o->unit : "1",
                        .min = o->min,
                        .max = o->max};
}

static bool refuse_unknown(const adapter_start *start, const adapter_setting *s, config_problems *p)
{
    char hint[CONFIG_HINT_SIZE], quoted[CONFIG_QUOTE_SIZE];
    config_nearest near = {.word = s->key};
    for (size_t i = 0; i < start->kind->option_count; i++) {
        const config_key k = key_of(&start->kind->options[i]);
        if (config_unit_hint(hint, &k, s->key, s->value) == CONFIG_HINT_SAME_KIND)
            return problem_at(start, s, p, "%s: %s", s->key, hint);
        config_nearest_offer(&near, k.name);
    }
    config_quote(quoted, s->key);
    return problem_at(start, s, p, "no option %s of adapter %s%s%s%s", quoted, start->kind->name,
                      near.best ? "; did you mean " : "", near.best ? near.best : "", near.best ? "?" : "");
}

/* The directory of `config` before a relative path; what is given on the command line is relative to where
 * the program runs. "-" is standard input. */
static void set_path(adapter_value *v, const adapter_start *start, const adapter_setting *s)
{
    const char *slash = start->config && s->line > 0 ? strrchr(start->config, '/') : NULL;
    bool relative = v->text[0] != '/' && v->text[0] != '\0' && strcmp(v->text, "-") != 0;
    int directory = slash && relative ? (int)(slash + 1 - start->config) : 0;
    snprintf(v->path, sizeof v->path, "%.*s%s", directory, directory ? start->config : "", v->text);
}

static void set_where(adapter_value *v, const adapter_start *start, const adapter_setting *s)
{
    if (s->line > 0)
        snprintf(v->where, sizeof v->where, "%s:%zu:%zu: %s", start->config ? start->config : "options",
                 s->line, s->column, s->key);
    else
        snprintf(v->where, sizeof v->where, "--%s", v->option->name);
}

/* Reads the text as the option's type; false and `why` when it is not of that type. */
static bool read_text(adapter_value *v, const char *text, char why[CONFIG_WHY_SIZE])
{
    const config_key k = key_of(v->option);
    snprintf(v->text, sizeof v->text, "%s", text);
    switch (v->option->type) {
    case ADAPTER_NUMBER:
        return config_value_number(why, &k, text, false, &v->number);
    case ADAPTER_FLAG:
        return config_value_flag(why, &k, text, false, &v->flag);
    case ADAPTER_TEXT:
    case ADAPTER_PATH:
        break;
    }
    return true;
}

static void set_default(adapter_value *v, const adapter_option *o)
{
    char why[CONFIG_WHY_SIZE];
    *v = (adapter_value){.option = o};
    const char *text = o->value ? o->value : "";
    bool good = read_text(v, text, why);
    assert(good || !o->value); /* a default of the table that its own row refuses */
    (void)good;
    snprintf(v->path, sizeof v->path, "%s", text);
    snprintf(v->where, sizeof v->where, "--%s", o->name);
}

static adapter_value *find(adapter_value *values, const adapter_kind *kind, const char *key)
{
    for (size_t i = 0; i < kind->option_count; i++) {
        if (strcmp(kind->options[i].name, key) == 0)
            return &values[i];
    }
    return NULL;
}

static bool read_setting(adapter_value *values, const adapter_start *start, const adapter_setting *s,
                         config_problems *p)
{
    char why[CONFIG_WHY_SIZE];
    adapter_value *v = find(values, start->kind, s->key);
    if (!v)
        return refuse_unknown(start, s, p);
    v->given = true;
    set_where(v, start, s);
    if (!read_text(v, s->value, why))
        return problem_at(start, s, p, "%s", why);
    set_path(v, start, s);
    return true;
}

/* From the same place: the loader has refused two keys of one name in a file. */
static bool check_twice(const adapter_start *start, size_t index, config_problems *p)
{
    const adapter_setting *s = &start->options[index];
    for (size_t i = 0; i < index; i++) {
        const adapter_setting *other = &start->options[i];
        if (strcmp(other->key, s->key) == 0 && (other->line == 0) == (s->line == 0))
            return problem_at(start, s, p, "%s: given twice", s->key);
    }
    return true;
}

bool adapter_values_read(adapter_value *values, const adapter_start *start, config_problems *p)
{
    size_t before = p->count;
    const adapter_kind *kind = start->kind;
    for (size_t i = 0; i < kind->option_count; i++)
        set_default(&values[i], &kind->options[i]);
    for (int from_command_line = 0; from_command_line < 2; from_command_line++) {
        for (size_t i = 0; i < start->option_count; i++) {
            if ((start->options[i].line == 0) == from_command_line && check_twice(start, i, p))
                read_setting(values, start, &start->options[i], p);
        }
    }
    for (size_t i = 0; i < kind->option_count; i++) {
        const adapter_option *o = &kind->options[i];
        if (o->value || values[i].given)
            continue;
        if (start->line > 0)
            adapter_start_problem(start, p, "adapter %s: %s is missing: %s", kind->name, o->name, o->meaning);
        else
            config_problem(p, values[i].where, 0, 0, "adapter %s needs it: %s", kind->name, o->meaning);
    }
    return p->count == before;
}
