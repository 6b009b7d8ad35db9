/*
 * Any bytes as a campaign: taken or refused, and every number of what is taken is a drive. The files that it
 * can name are two, in a directory of their own: without '/' it leads nowhere else.
 */
#include "campaign/plan.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *directory;

static void write_file(const char *name, const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *out = fopen(path, "w");
    if (!out || fputs(text, out) < 0 || fclose(out) != 0)
        abort();
}

static void remove_directory(void)
{
    static const char *const names[] = {"t.yaml", "f.yaml", ""};
    char path[64];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        remove(path);
    }
}

static void make_directory(void)
{
    static char template[] = "/tmp/posed-fuzz-plan-XXXXXX";
    directory = mkdtemp(template);
    if (!directory || atexit(remove_directory) != 0)
        abort();
    write_file("t.yaml", "sensors: {gnss/a: {}, imu/b: {}}\n");
    write_file("f.yaml", "faults: [{fault: 'off', source: imu, from_s: 1}]\n");
}

static void check_drives(const campaign_plan *plan)
{
    uint64_t size = campaign_plan_size(plan), step = size / 50 + 1;
    if (size == 0 || campaign_plan_runs(plan) > size || strlen(campaign_plan_hash(plan)) != 16)
        abort();
    for (uint64_t run = 0; run < size; run += step) {
        campaign_drive d = campaign_plan_drive(plan, run);
        if (!(d.duration_s >= 5 && d.duration_s <= campaign_plan_longest_s(plan)) ||
            (d.fault_count > 0) != (d.fault[0] != '\0') || d.without_count > PLAN_MAX_WITHOUT)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[64];
    char *text = malloc(size + 1);
    config_problems *p = calloc(1, sizeof *p);
    if (!text || !p)
        abort();
    if (!directory)
        make_directory();
    for (size_t i = 0; i < size; i++)
        text[i] = data[i] == '/' ? '_' : (char)data[i];
    snprintf(name, sizeof name, "%s/fuzz.yaml", directory);
    campaign_plan *plan = campaign_plan_load_text(name, text, size, p);
    if ((plan != NULL) != (p->count == 0))
        abort();
    if (plan)
        check_drives(plan);
    campaign_plan_destroy(plan);
    free(p);
    free(text);
    return 0;
}
