/* A plan out of YAML. */
#include "inject/plan.h"

#include "config/file.h"
#include "config/load.h"
#include "config/scalar.h"
#include "config/suggest.h"
#include "fusion/faults.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const config_key times_keys[] = {
    {"from_s", CONFIG_NUMBER, offsetof(inject_spec, times.from_s), "s", 0, 1e6,
     "When it begins, from the drive's start, by the stamps of the frames."},
    {"for_s", CONFIG_NUMBER, offsetof(inject_spec, times.for_s), "s", 0.001, 1e6,
     "How long it lasts; until the end when it is not given."},
    {"period_s", CONFIG_NUMBER, offsetof(inject_spec, times.period_s), "s", 0, 3600,
     "It comes and goes in this time; 0: it stays."},
    {"duty", CONFIG_NUMBER, offsetof(inject_spec, times.duty), "1", 0.001, 1,
     "Share of each period_s in which it acts, from its beginning."},
};
/* clang-format on */
const config_group inject_times_group = {times_keys, sizeof times_keys / sizeof *times_keys};
const inject_times inject_times_defaults = {.for_s = INFINITY, .duty = 0.5};

/* ---- words of a fault ---- */

/* Read before the rest: it says which keys there are. */
static const inject_kind *read_kind(loader *l, const config_node *item)
{
    char found[CONFIG_QUOTE_SIZE];
    const config_node *word = config_node_find(item, "fault");
    if (!word) {
        load_problem(l, item, "fault: the kind is missing (- fault: KIND)");
        return NULL;
    }
    if (word->kind == NODE_REFUSED)
        return NULL;
    const inject_kind *kind = word->kind == NODE_SCALAR ? inject_kind_find(word->text) : NULL;
    if (kind)
        return kind;
    config_nearest near = {.word = word->kind == NODE_SCALAR ? word->text : ""};
    for (const inject_kind *const *k = inject_kinds; *k; k++)
        config_nearest_offer(&near, (*k)->word);
    load_problem(l, word, "fault: expected a kind of fault, found %s%s%s%s", load_found(found, word),
                 near.best ? "; did you mean " : "", near.best ? near.best : "", near.best ? "?" : "");
    return NULL;
}

static void skip(loader *l, const config_node *key, const config_node *value, void *target)
{
    (void)l, (void)key, (void)value, (void)target;
}

/* The kinds of frame in words, "landmarks, lanes". */
static const char *list_frames(uint32_t frames, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < FRAME_KIND_COUNT && used < size; i++) {
        if (frames & 1u << i)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "",
                                     frame_kind_word((frame_kind)i));
    }
    return out;
}

static void refuse_source(loader *l, const config_node *value)
{
    char found[CONFIG_QUOTE_SIZE], word[FRAME_SOURCE_NAME_SIZE];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(value->text, "/"), value->text);
    config_nearest near = {.word = word};
    for (int i = 0; i < SOURCE_KIND_COUNT; i++)
        config_nearest_offer(&near, source_kind_word((source_kind)i));
    for (int i = 0; i < FRAME_KIND_COUNT; i++)
        config_nearest_offer(&near, frame_kind_word((frame_kind)i));
    config_nearest_offer(&near, "map");
    load_problem(l, value,
                 "source: expected KIND/NAME, a kind (gnss, imu, wheel, radar, camera, roadside, odometry, "
                 "or of frames: "
                 "landmarks, lanes, camera_health), \"*\" or map, found %s%s%s%s",
                 load_found(found, value), near.best ? "; did you mean " : "", near.best ? near.best : "",
                 near.best ? "?" : "");
}

/* KIND, KIND/NAME, KIND and slash and star, a kind of frame, or a star. */
static bool is_pattern(const char *text)
{
    const char *slash = strchr(text, '/');
    return inject_pattern_frames(text) != 0 &&
           (!slash || strcmp(slash, "/*") == 0 || load_is_name(slash + 1));
}

static void read_source(loader *l, const config_node *key, const config_node *value, void *target)
{
    inject_spec *f = target;
    char words[128];
    const char *text = load_text(l, key->text, value, "the source that the fault is of", sizeof f->source);
    if (!text)
        return;
    bool is_map = strcmp(text, "map") == 0;
    if (!is_map && !is_pattern(text))
        refuse_source(l, value);
    else if (is_map && f->kind->frames != 0)
        load_problem(l, value, "source: %s is no fault of the map; it acts on frames: %s", f->kind->word,
                     list_frames(f->kind->frames, words, sizeof words));
    else if (!is_map && f->kind->frames == 0)
        load_problem(l, value, "source: %s is a fault of the map; expected map", f->kind->word);
    else if (!is_map && !(inject_pattern_frames(text) & f->kind->frames))
        load_problem(l, value, "source: %s acts on frames of these kinds: %s; a %s has none of them",
                     f->kind->word, list_frames(f->kind->frames, words, sizeof words), text);
    else
        strcpy(f->source, text);
}

static void read_expected(loader *l, const config_node *value, inject_spec *f)
{
    char found[CONFIG_QUOTE_SIZE];
    config_nearest near = {.word = value->kind == NODE_SCALAR ? value->text : ""};
    for (int i = 0; i < FAULT_COUNT; i++) {
        const char *name = fault_describe((fault_code)i)->name;
        if (value->kind == NODE_SCALAR && strcmp(name, value->text) == 0) {
            f->expected_mask |= UINT64_C(1) << i;
            return;
        }
        config_nearest_offer(&near, name);
    }
    if (value->kind != NODE_REFUSED)
        load_problem(l, value, "expect: expected the name of a flag, found %s%s%s%s",
                     load_found(found, value), near.best ? "; did you mean " : "", near.best ? near.best : "",
                     near.best ? "?" : "");
}

/* False, and a problem, when the value is no list. */
static bool is_list(loader *l, const config_node *key, const config_node *value, const char *expected)
{
    char found[CONFIG_QUOTE_SIZE];
    if (value->kind != NODE_SEQUENCE && value->kind != NODE_REFUSED)
        load_problem(l, value, "%s: expected %s, found %s", key->text, expected, load_found(found, value));
    return value->kind == NODE_SEQUENCE;
}

static void read_expect(loader *l, const config_node *key, const config_node *value, void *target)
{
    if (!is_list(l, key, value, "a list of flags, [JUMP, BIASED]"))
        return;
    for (const config_node *item = value->child; item; item = item->next)
        read_expected(l, item, target);
}

static void read_elements(loader *l, const config_node *key, const config_node *value, void *target)
{
    inject_spec *f = target;
    char found[CONFIG_QUOTE_SIZE];
    uint64_t id;
    if (f->kind->frames != 0) {
        load_problem(l, key, "elements: %s is no fault of the map", f->kind->word);
        return;
    }
    if (!is_list(l, key, value, "a list of ids, [7, 12]"))
        return;
    for (const config_node *item = value->child; item; item = item->next) {
        if (f->element_count == INJECT_MAX_ELEMENTS) {
            load_problem(l, item, "elements: more than %d", INJECT_MAX_ELEMENTS);
            return;
        }
        if (item->kind == NODE_SCALAR && config_scalar_id(item->text, &id))
            f->elements[f->element_count++] = id;
        else if (item->kind != NODE_REFUSED)
            load_problem(l, item, "elements: expected a whole number from 1 to 2^64-1, found %s",
                         load_found(found, item));
    }
}

/* ---- a fault ---- */

/* Of the kind's keys, how many were given; one that this source does not have is refused. */
static size_t count_keys(loader *l, const config_node *item, const inject_spec *f)
{
    char words[128];
    size_t given = 0;
    for (const config_node *key = item->child; key && key->next; key = key->next->next) {
        const config_key *k = key->kind == NODE_SCALAR ? config_key_find(&f->kind->keys, key->text) : NULL;
        if (!k)
            continue;
        given++;
        uint32_t frames =
            f->kind->key_frames ? f->kind->key_frames((size_t)(k - f->kind->keys.keys)) : INJECT_ALL;
        if (f->kind->frames != 0 && !(frames & inject_pattern_frames(f->source)))
            load_problem(l, key, "%s: a %s has none; it is of %s", k->name, f->source,
                         list_frames(frames, words, sizeof words));
    }
    return given;
}

static void check_fault(loader *l, const config_node *item, const inject_spec *f)
{
    bool is_map = f->kind->frames == 0;
    if (f->source[0] == '\0')
        load_problem(l, item, "%s: source is missing", f->kind->word);
    else if (count_keys(l, item, f) == 0 && f->kind->needs_key)
        load_problem(l, item, "%s: changes nothing; say how strong it is (%s, ...)", f->kind->word,
                     f->kind->keys.keys[0].name);
    if (is_map && (f->times.from_s > 0 || isfinite(f->times.for_s) || f->times.period_s > 0))
        load_problem(l, item,
                     "%s: a map does not change on the way: from_s, for_s and period_s do not go "
                     "with it",
                     f->kind->word);
}

/* The kind's keys as part of the whole fault, whose other numbers are read with them. */
static config_group keys_in_spec(const inject_kind *kind, config_key out[CONFIG_GROUP_MAX])
{
    for (size_t i = 0; i < kind->keys.count; i++) {
        out[i] = kind->keys.keys[i];
        out[i].offset += offsetof(inject_spec, keys);
    }
    return (config_group){out, kind->keys.count};
}

static void read_fault(loader *l, const config_node *item, inject_plan *p)
{
    static const load_part parts[] = {
        {"fault", skip}, {"source", read_source}, {"expect", read_expect}, {"elements", read_elements}};
    const inject_kind *kind = read_kind(l, item);
    if (!kind)
        return;
    if (p->count == INJECT_MAX_FAULTS) {
        load_problem(l, item, "more than %d faults", INJECT_MAX_FAULTS);
        return;
    }
    size_t before = l->problems->count;
    inject_spec *f = &p->faults[p->count];
    *f = (inject_spec){.kind = kind, .times = inject_times_defaults};
    f->times.period_s = kind->period_s;
    if (kind->keys_size > 0)
        memcpy(f->keys.bytes, kind->defaults, kind->keys_size);
    config_key keys[CONFIG_GROUP_MAX];
    const config_group own = keys_in_spec(kind, keys);
    const load_block block = {
        kind->word, f, {&inject_times_group, &own}, parts, sizeof parts / sizeof *parts};
    load_block_read(l, item, &block);
    if (l->problems->count == before)
        check_fault(l, item, f);
    p->count++;
}

/* ---- the document ---- */

static void read_faults(loader *l, const config_node *key, const config_node *value, void *target)
{
    char found[CONFIG_QUOTE_SIZE];
    if (!is_list(l, key, value, "a list of faults (- fault: KIND)"))
        return;
    for (const config_node *item = value->child; item; item = item->next) {
        if (item->kind == NODE_MAPPING)
            read_fault(l, item, target);
        else if (item->kind != NODE_REFUSED)
            load_problem(l, item, "expected a fault (- fault: KIND), found %s", load_found(found, item));
    }
}

static void read_name(loader *l, const config_node *key, const config_node *value, void *target)
{
    inject_plan *p = target;
    const char *text = load_text(l, key->text, value, "a name", FRAME_SOURCE_NAME_SIZE);
    if (text && !load_is_name(text))
        load_problem(l, value, "%s: a name has letters, digits, '.', '_' and '-' only", key->text);
    else if (text)
        strcpy(p->name, text);
}

static void read_about(loader *l, const config_node *key, const config_node *value, void *target)
{
    inject_plan *p = target;
    const char *text = load_text(l, key->text, value, "a sentence", sizeof p->about);
    if (text)
        strcpy(p->about, text);
}

/* "sim/faults/gnss_jump.yaml" is called gnss_jump when it does not say. */
static void read_document(loader *l, const config_node *root, inject_plan *p)
{
    static const load_part parts[] = {{"name", read_name}, {"about", read_about}, {"faults", read_faults}};
    const load_block document = {"a plan of faults", p, {NULL, NULL}, parts, sizeof parts / sizeof *parts};
    size_t before = l->problems->count;
    if (root)
        load_block_read(l, root, &document);
    if (l->problems->count == before && p->count == 0)
        config_problem(l->problems, l->name, 0, 0, "there are no faults in it (faults: [...])");
}

inject_plan *inject_plan_load_text(const char *name, const char *text, size_t size, config_problems *p)
{
    size_t before = p->count;
    inject_plan *plan = calloc(1, sizeof *plan);
    config_tree *tree = NULL;
    loader l = {.name = name, .problems = p};
    if (size > CONFIG_MAX_SIZE)
        config_problem(p, name, 0, 0, "larger than a plan may be (%d MiB)", CONFIG_MAX_SIZE >> 20);
    else if (!plan)
        config_problem(p, name, 0, 0, "out of memory");
    else
        tree = config_tree_parse(name, text, size, p);
    if (tree) {
        config_file_name(name, plan->name, FRAME_SOURCE_NAME_SIZE);
        read_document(&l, config_tree_root(tree), plan);
    }
    config_tree_destroy(tree);
    if (tree && p->count == before)
        return plan;
    free(plan);
    return NULL;
}

inject_plan *inject_plan_load(const char *path, config_problems *p)
{
    size_t size;
    char *text = config_file_read(path, &size, p);
    inject_plan *plan = text ? inject_plan_load_text(path, text, size, p) : NULL;
    free(text);
    return plan;
}
