/* Values that are text: words, paths, keys, names of sources. */
#include "config/load.h"

#include "config/public_key.h"
#include "config/suggest.h"

#include <string.h>

static const char name_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

bool load_is_name(const char *text)
{
    return text[0] != '\0' && text[strspn(text, name_letters)] == '\0';
}

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    }
    return false;
}

const char *load_text(loader *l, const char *name, const config_node *value, const char *expected,
                      size_t size)
{
    char found[CONFIG_QUOTE_SIZE];
    if (value->kind == NODE_REFUSED)
        return NULL;
    if (value->kind != NODE_SCALAR || config_node_is_empty(value))
        load_problem(l, value, "%s: expected %s, found %s", name, expected, load_found(found, value));
    else if (has_control(value->text))
        load_problem(l, value, "%s: %s has a control character", name, load_found(found, value));
    else if (strlen(value->text) >= size)
        load_problem(l, value, "%s: %s is longer than %zu characters", name, load_found(found, value),
                     size - 1);
    else
        return value->text;
    return NULL;
}

bool load_is_none(const config_node *value)
{
    return value->kind == NODE_SCALAR && !value->plain && value->text[0] == '\0';
}

/* What is relative in a file is relative to its directory, wherever the program runs. */
static bool resolve(loader *l, const char *name, const config_node *value, char out[RUN_PATH_SIZE])
{
    const char *slash = value->text[0] != '/' && value->text[0] != '\0' ? strrchr(l->name, '/') : NULL;
    size_t directory = slash ? (size_t)(slash + 1 - l->name) : 0;
    char found[CONFIG_QUOTE_SIZE];
    if (directory + strlen(value->text) >= RUN_PATH_SIZE) {
        load_problem(l, value, "%s: %s in the directory of this file is longer than %d characters", name,
                     load_found(found, value), RUN_PATH_SIZE - 1);
        return false;
    }
    memset(out, 0, RUN_PATH_SIZE);
    memcpy(out, l->name, directory);
    strcpy(out + directory, value->text);
    return true;
}

void load_path_read(loader *l, const config_node *key, const config_node *value, char out[RUN_PATH_SIZE])
{
    if (load_text(l, key->text, value, "a file", RUN_PATH_SIZE))
        resolve(l, key->text, value, out);
}

void load_secret_key_read(loader *l, const config_node *key, const config_node *value,
                          char out[RUN_PATH_SIZE])
{
    char found[CONFIG_QUOTE_SIZE];
    const char *text = load_text(l, key->text, value, "a file or credential:NAME", RUN_PATH_SIZE);
    if (!text)
        return;
    if (text[0] != '/' && config_key_valid(text))
        /* The text is not repeated: logs are no place for a secret either. */
        load_problem(l, value, "%s: expected a file or credential:NAME, found a key; keep it in a file",
                     key->text);
    else if (config_is_credential(text) && !config_credential_name(text))
        load_problem(l, value, "%s: %s is no name of a credential", key->text, load_found(found, value));
    else if (config_is_credential(text))
        strcpy(memset(out, 0, RUN_PATH_SIZE), text);
    else
        resolve(l, key->text, value, out);
}

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), n = strlen(end);
    return length >= n && strcmp(text + length - n, end) == 0;
}

static bool load_key_file(loader *l, const config_node *key, const config_node *value, char out[RUN_KEY_SIZE])
{
    char found[CONFIG_QUOTE_SIZE], path[RUN_PATH_SIZE];
    const char *where = value->text;
    error e = {""};
    if (!config_is_credential(where)) {
        if (!resolve(l, key->text, value, path))
            return false;
        where = path;
    }
    if (config_public_key_load(out, where, &e))
        return true;
    load_problem(l, value, "%s: %s is neither 40 characters of Z85 nor a file of them: %s", key->text,
                 load_found(found, value), e.text);
    return false;
}

bool load_public_key_read(loader *l, const config_node *key, const config_node *value, char out[RUN_KEY_SIZE])
{
    char found[CONFIG_QUOTE_SIZE];
    const char *text = load_text(l, key->text, value, "40 characters of Z85 or a .pub file", RUN_PATH_SIZE);
    if (!text)
        return false;
    if (config_key_valid(text) && !ends_in(text, ".pub")) {
        memcpy(out, text, RUN_KEY_SIZE);
        return true;
    }
    if (!ends_in(text, ".key"))
        return load_key_file(l, key, value, out);
    load_problem(l, value, "%s: %s is a secret key; expected its .pub file", key->text,
                 load_found(found, value));
    return false;
}

/* The part before the slash; all of it when there is none, cut when long. */
static const char *kind_part(char out[FRAME_SOURCE_NAME_SIZE], const char *name)
{
    snprintf(out, FRAME_SOURCE_NAME_SIZE, "%.*s", (int)strcspn(name, "/"), name);
    return out;
}

static void refuse_kind(loader *l, const config_node *n, const char *what, const char *kind, const char *own)
{
    char quoted[CONFIG_QUOTE_SIZE];
    config_nearest near = {.word = kind};
    for (int i = 0; i < SOURCE_KIND_COUNT; i++)
        config_nearest_offer(&near, source_kind_word((source_kind)i));
    source_kind ignored;
    own = own && !source_kind_find(own, &ignored) ? own : NULL;
    if (own)
        config_nearest_offer(&near, own);
    load_problem(l, n,
                 "%s %s: expected KIND/NAME with KIND one of gnss, imu, wheel, radar, camera, roadside, "
                 "odometry%s%s%s%s%s",
                 what, config_quote(quoted, n->text), own ? ", or " : "", own ? own : "",
                 near.best ? "; did you mean " : "", near.best ? near.best : "", near.best ? "?" : "");
}

bool load_check_source_name(loader *l, const config_node *n, const char *what, const char *own)
{
    char quoted[CONFIG_QUOTE_SIZE], kind[FRAME_SOURCE_NAME_SIZE];
    const char *slash = strchr(n->text, '/');
    source_kind found;
    kind_part(kind, n->text);
    config_quote(quoted, n->text);
    if (!source_kind_find(kind, &found) && !(own && strcmp(own, kind) == 0))
        refuse_kind(l, n, what, kind, own);
    else if (!slash || slash[1] == '\0')
        load_problem(l, n, "%s %s: the name is missing: %s/NAME", what, quoted, kind);
    else if (!load_is_name(slash + 1))
        load_problem(l, n, "%s %s: a name has letters, digits, '.', '_' and '-' only", what, quoted);
    else if (strlen(n->text) >= FRAME_SOURCE_NAME_SIZE)
        load_problem(l, n, "%s %s: longer than %d characters", what, quoted, FRAME_SOURCE_NAME_SIZE - 1);
    else
        return true;
    return false;
}
