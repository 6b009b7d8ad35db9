#include "daemon/adapter_options.h"

#include "config/config.h"
#include "config/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An option of the host: where its value goes. */
typedef struct {
    const char *name, *letter;
    size_t offset;
} host_option;

static const host_option host_options[] = {
    {"config", "c", offsetof(adapter_options, config)},
    {"instance", "", offsetof(adapter_options, instance)},
    {"output", "o", offsetof(adapter_options, output)},
    {"key", "", offsetof(adapter_options, key)},
    {"server-key", "", offsetof(adapter_options, server_key)},
};
enum { HOST_OPTIONS = sizeof host_options / sizeof *host_options };

static const adapter_option *find_option(const adapter_kind *kind, const char *name)
{
    for (size_t i = 0; kind && i < kind->option_count; i++) {
        if (strcmp(kind->options[i].name, name) == 0)
            return &kind->options[i];
    }
    return NULL;
}

/* The host's option that was meant rather than one of the adapter's; NULL: none. */
static const char *meant_of_host(const adapter_kind *kind, const char *name)
{
    config_nearest near = {.word = name}, own = {.word = name};
    for (size_t i = 0; i < HOST_OPTIONS; i++)
        config_nearest_offer(&near, host_options[i].name);
    config_nearest_offer(&near, "name");
    config_nearest_offer(&near, "endpoint");
    for (size_t i = 0; i < kind->option_count; i++)
        config_nearest_offer(&own, kind->options[i].name);
    return own.best && own.distance <= near.distance ? NULL : near.best;
}

/* ---- words of the command line */

typedef struct {
    int argc, next;
    char **argv;
    const char *word; /* "--name=value", "-c", ... */
    const char *name; /* without dashes; up to `length` */
    size_t length;
    const char *value; /* after '='; NULL: none */
} words;

static void split(words *w)
{
    w->name = w->word + (w->word[1] == '-' ? 2 : 1);
    const char *equals = strchr(w->name, '=');
    w->length = equals ? (size_t)(equals - w->name) : strlen(w->name);
    w->value = equals ? equals + 1 : NULL;
}

static bool is(const words *w, const char *name)
{
    return w->word[1] == '-' && strlen(name) == w->length && strncmp(w->name, name, w->length) == 0;
}

static bool is_letter(const words *w, const char *letter)
{
    return w->word[1] != '-' && w->length == 1 && w->name[0] == letter[0];
}

static bool take_value(words *w, const char **value, error *e)
{
    if (!w->value) {
        if (w->next == w->argc)
            return error_set(e, "%s needs a value", w->word);
        w->value = w->argv[w->next++];
    }
    *value = w->value;
    return true;
}

static bool keep_source(adapter_options *o, const char *name, error *e)
{
    if (strlen(name) >= sizeof o->source)
        return error_set(e, "--name %s: longer than %zu characters", name, sizeof o->source - 1);
    snprintf(o->source, sizeof o->source, "%s", name);
    return true;
}

/* Whether the option named `key` takes the next word: a flag does not, and one that nobody knows, because it
 * is misspelt or the kind is not known yet, takes what does not look like an option itself. */
static bool takes_next(const words *w, const adapter_options *o, const char *key)
{
    const adapter_option *option = find_option(o->kind, key);
    if (w->value)
        return true;
    if (option)
        return option->type != ADAPTER_FLAG;
    return w->next < w->argc && strncmp(w->argv[w->next], "--", 2) != 0;
}

static bool keep_setting(adapter_options *o, const words *w, const char *key, const char *value, error *e)
{
    adapter_setting *to = &o->options[o->option_count];
    if (o->option_count == RUN_MAX_OPTIONS)
        return error_set(e, "%s: more than %d options", w->word, RUN_MAX_OPTIONS);
    if (strlen(value) >= sizeof to->value)
        return error_set(e, "--%s: longer than %zu characters", key, sizeof to->value - 1);
    *to = (adapter_setting){.line = 0};
    snprintf(to->key, sizeof to->key, "%s", key);
    snprintf(to->value, sizeof to->value, "%s", value);
    o->option_count++;
    return true;
}

/* A key of the adapter's table: kept as text, and checked later with those of the configuration. */
static bool take_own(words *w, adapter_options *o, error *e)
{
    char key[RUN_OPTION_KEY_SIZE];
    const char *value = "yes";
    if (w->word[1] != '-' || w->length == 0 || w->length >= sizeof key)
        return error_set(e, "there is no option %s", w->word);
    snprintf(key, sizeof key, "%.*s", (int)w->length, w->name);
    const char *meant = o->kind && !find_option(o->kind, key) ? meant_of_host(o->kind, key) : NULL;
    if (meant)
        return error_set(e, "there is no option --%s; did you mean --%s?", key, meant);
    return (!takes_next(w, o, key) || take_value(w, &value, e)) && keep_setting(o, w, key, value, e);
}

static bool take_option(words *w, adapter_options *o, error *e)
{
    const char *value = NULL;
    split(w);
    for (size_t i = 0; i < HOST_OPTIONS; i++) {
        const host_option *h = &host_options[i];
        if (is(w, h->name) || is_letter(w, h->letter))
            return take_value(w, (const char **)(void *)((char *)o + h->offset), e);
    }
    if (is(w, "name"))
        return take_value(w, &value, e) && keep_source(o, value, e);
    if (!is(w, "endpoint"))
        return take_own(w, o, e);
    if (o->endpoint_count == RUN_MAX_ENDPOINTS)
        return error_set(e, "more than %d endpoints", RUN_MAX_ENDPOINTS);
    return take_value(w, &o->endpoints[o->endpoint_count++], e);
}

const adapter_kind *adapter_options_kind(const char *name, error *e)
{
    config_nearest near = {.word = name};
    const adapter_kind *kind = adapter_kind_find(name);
    for (size_t i = 0; i < adapter_kind_count; i++)
        config_nearest_offer(&near, adapter_kinds[i]->name);
    if (!kind)
        error_set(e, "there is no adapter \"%s\"%s%s%s", name, near.best ? "; did you mean " : "",
                  near.best ? near.best : "", near.best ? "?" : "");
    return kind;
}

static bool read_words(int argc, char **argv, adapter_options *o, error *e)
{
    words w = {.argc = argc, .next = 1, .argv = argv};
    o->option_count = o->endpoint_count = 0;
    if (argc > 1 && argv[1][0] != '-' && !(o->kind = adapter_options_kind(argv[w.next++], e)))
        return false;
    while (w.next < argc) {
        w.word = argv[w.next++];
        if (w.word[0] != '-' || w.word[1] == '\0')
            return error_set(e, "what is \"%s\"?", w.word);
        if (!take_option(&w, o, e))
            return false;
    }
    return true;
}

/* ---- the configuration */

static bool load(const adapter_options *o, settings *s, run_settings *r, error *e)
{
    settings_default(s);
    run_settings_default(r);
    if (!o->config)
        return true;
    config_problems *p = calloc(1, sizeof *p);
    if (!p)
        return error_set(e, "out of memory");
    const bool good = config_load_all_file(s, r, o->config, p);
    if (!good) {
        config_problems_print(stderr, p);
        error_set(e, "%s was refused (%zu problem%s)", o->config, p->count, p->count == 1 ? "" : "s");
    }
    free(p);
    return good;
}

/* "radar-front" for "radar/front", as a unit's instance is named. */
static bool is_instance(const char *source, const char *instance)
{
    for (; *source != '\0' && *instance != '\0'; source++, instance++) {
        if (*source != *instance && !(*source == '/' && *instance == '-'))
            return false;
    }
    return *source == *instance;
}

static const adapter_settings *find_instance(const run_settings *r, const char *instance, error *e)
{
    const adapter_settings *found = NULL;
    for (size_t i = 0; i < r->adapter_count; i++) {
        if (!is_instance(r->adapters[i].source, instance))
            continue;
        if (found) {
            error_set(e, "--instance %s: %s and %s are both called so", instance, found->source,
                      r->adapters[i].source);
            return NULL;
        }
        found = &r->adapters[i];
    }
    if (!found)
        error_set(e, "--instance %s: the configuration has no such adapter under adapters:", instance);
    return found;
}

/* Where only the configuration tells the kind, the command line is read again in the light of its table. */
static bool learn_kind(int argc, char **argv, adapter_options *o, const adapter_settings *a, error *e)
{
    return o->kind || ((o->kind = adapter_options_kind(a->kind, e)) && read_words(argc, argv, o, e));
}

/* The block of the configuration goes before the command line, which stands above it. */
static bool lay_under(adapter_options *o, const adapter_settings *a, error *e)
{
    if (o->kind && strcmp(o->kind->name, a->kind) != 0)
        return error_set(e, "%s is of kind %s in %s, not %s", a->source, a->kind, a->file, o->kind->name);
    memmove(o->options + a->option_count, o->options, o->option_count * sizeof *o->options);
    memcpy(o->options, a->options, a->option_count * sizeof *o->options);
    o->option_count += a->option_count;
    memcpy(o->source, a->source, sizeof o->source);
    memcpy(o->file, a->file, sizeof o->file);
    o->line = a->line;
    o->column = a->column;
    return true;
}

static bool apply_configuration(int argc, char **argv, adapter_options *o, const run_settings *r, error *e)
{
    const adapter_settings *a = NULL;
    if (o->instance && !(a = find_instance(r, o->instance, e)))
        return false;
    if (!a && o->source[0] != '\0')
        a = run_settings_adapter(r, o->source);
    if (a && !learn_kind(argc, argv, o, a, e))
        return false;
    return !a || lay_under(o, a, e);
}

bool adapter_options_read(int argc, char **argv, adapter_options *o, settings *s, run_settings *r,
                          bool *usage, error *e)
{
    memset(o, 0, sizeof *o);
    *usage = true;
    if (!read_words(argc, argv, o, e))
        return false;
    if (o->instance && !o->config)
        return error_set(e, "--instance needs a configuration: -c FILE");
    *usage = false;
    if (!load(o, s, r, e))
        return false;
    *usage = true;
    if (!apply_configuration(argc, argv, o, r, e))
        return false;
    if (!o->kind)
        return error_set(e,
                         "which adapter? posed adapter KIND, or a configuration that has %s under adapters:",
                         o->source[0] ? o->source : "it");
    if (o->kind->source && o->source[0] == '\0')
        return error_set(e, "the source's name is missing: --name %s/NAME", o->kind->source);
    return true;
}
