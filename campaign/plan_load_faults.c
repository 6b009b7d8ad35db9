/* The faults of a plan, alone, at once and in pairs. */
#include "campaign/plan_private.h"
#include "config/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files that one entry stands for. */
typedef struct {
    campaign_plan *plan;
    uint32_t *files;
    size_t count;
} file_list;

static bool find_file(const campaign_plan *p, uint64_t hash, const char *name, uint32_t *file)
{
    for (size_t i = 0; i < p->file_count; i++) {
        if (p->files[i].hash == hash && strcmp(inject_plan_name(p->files[i].plan), name) == 0) {
            *file = (uint32_t)i;
            return true;
        }
    }
    return false;
}

/* Reads a file of faults, once; false: its problems have been added. */
static bool load_faults(loader *l, const config_node *at, campaign_plan *p, const char *path, uint32_t *file)
{
    size_t size;
    char *text = config_file_read(path, &size, l->problems);
    inject_plan *plan = text ? inject_plan_load_text(path, text, size, l->problems) : NULL;
    uint64_t hash = plan ? plan_hash(PLAN_HASH_BEGIN, text, size) : 0;
    bool known = plan && find_file(p, hash, inject_plan_name(plan), file);
    free(text);
    plan_file *larger = plan && !known ? plan_grow(l, at, p->files, p->file_count, sizeof *larger) : NULL;
    if (larger) {
        p->files = larger;
        *file = (uint32_t)p->file_count;
        p->files[p->file_count++] = (plan_file){plan, hash};
        return true;
    }
    inject_plan_destroy(plan);
    return known;
}

static bool take_faults(loader *l, const config_node *at, const char *path, void *target)
{
    file_list *list = target;
    uint32_t file;
    if (!load_faults(l, at, list->plan, path, &file))
        return true;
    uint32_t *larger = plan_grow(l, at, list->files, list->count, sizeof *larger);
    if (!larger)
        return false;
    list->files = larger;
    list->files[list->count++] = file;
    return true;
}

static void add_fault(loader *l, const config_node *at, campaign_plan *p, const uint32_t *files, size_t count,
                      bool of_pairs)
{
    if (p->fault_count == PLAN_MAX_FAULTS) {
        load_problem(l, at, "more than %d faults", PLAN_MAX_FAULTS);
        return;
    }
    plan_fault *larger = plan_grow(l, at, p->faults, p->fault_count, sizeof *larger);
    if (!larger)
        return;
    p->faults = larger;
    plan_fault *f = &p->faults[p->fault_count];
    *f = (plan_fault){.of_pairs = of_pairs, .line = at->line, .column = at->column};
    size_t used = 0;
    for (size_t i = 0; i < count && used < sizeof f->name; i++) {
        f->files[f->file_count++] = files[i];
        used += (size_t)snprintf(f->name + used, sizeof f->name - used, "%s%s", i > 0 ? "+" : "",
                                 inject_plan_name(p->files[files[i]].plan));
    }
    if (used >= sizeof f->name) {
        load_problem(l, at, "the names of these faults are longer than %zu together", sizeof f->name - 1);
        return;
    }
    for (size_t i = 0; i < p->fault_count; i++) {
        if (strcmp(p->faults[i].name, f->name) == 0) {
            load_problem(l, at, "%s: given twice, first on line %zu", count > 0 ? f->name : "none",
                         p->faults[i].line);
            return;
        }
    }
    p->fault_count++;
}

void plan_add_no_fault(loader *l, const config_node *at, campaign_plan *p)
{
    add_fault(l, at, p, NULL, 0, false);
}

/* [a.yaml, b.yaml]: at once. */
static void read_together(loader *l, const config_node *key, const config_node *value, campaign_plan *p)
{
    file_list list = {p, NULL, 0};
    for (const config_node *item = value->child; item; item = item->next)
        plan_read_files(l, key->text, item, take_faults, &list);
    if (list.count > PLAN_MAX_FILES)
        load_problem(l, value, "faults: more than %d files at once", PLAN_MAX_FILES);
    else if (list.count > 0)
        add_fault(l, value, p, list.files, list.count, false);
    free(list.files);
}

static void read_fault(loader *l, const config_node *key, const config_node *value, campaign_plan *p)
{
    file_list list = {p, NULL, 0};
    if (value->kind == NODE_SCALAR && value->plain && strcmp(value->text, "none") == 0) {
        plan_add_no_fault(l, value, p);
        return;
    }
    plan_read_files(l, key->text, value, take_faults, &list);
    for (size_t i = 0; i < list.count; i++) {
        size_t before = p->fault_count;
        add_fault(l, value, p, &list.files[i], 1, false);
        if (p->fault_count > before)
            p->faults[before].of_pattern = list.count > 1;
    }
    free(list.files);
}

void plan_read_faults(loader *l, const config_node *key, const config_node *value, void *target)
{
    if (!plan_is_list(l, key, value, "a list of files of faults, [none, gnss_off.yaml]"))
        return;
    for (const config_node *item = value->child; item; item = item->next) {
        if (item->kind == NODE_SEQUENCE)
            read_together(l, key, item, target);
        else
            read_fault(l, key, item, target);
    }
}

void plan_read_pairs(loader *l, const config_node *key, const config_node *value, void *target)
{
    file_list list = {target, NULL, 0};
    size_t before = l->problems->count;
    if (!plan_is_list(l, key, value, "a list of files of faults, [gnss_off.yaml, imu_off.yaml]"))
        return;
    for (const config_node *item = value->child; item; item = item->next)
        plan_read_files(l, key->text, item, take_faults, &list);
    for (size_t i = 0; i < list.count; i++) {
        for (size_t k = i + 1; k < list.count && l->problems->count == before; k++)
            add_fault(l, value, target, (const uint32_t[]){list.files[i], list.files[k]}, 2, true);
    }
    if (list.count == 1)
        load_problem(l, value, "pairs: one file makes no pair");
    free(list.files);
}
