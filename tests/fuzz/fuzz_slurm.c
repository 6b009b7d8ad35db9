/* Any bytes as what sbatch and squeue answer, and as names in DIR/shards/: read within bounds, or refused. */
#include "campaign/slurm_script.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_queue(const char *text)
{
    slurm_task tasks[7];
    char reason[16];
    slurm_read_queue(text, tasks, 7, reason, sizeof reason);
    for (int i = 0; i < 7; i++) {
        if (strlen(tasks[i].word) >= sizeof tasks[i].word ||
            (tasks[i].state == SLURM_GONE) != !tasks[i].word[0])
            abort();
    }
}

static void check_names(const char *text)
{
    char path[PATH_MAX];
    shard s;
    shard_file kind;
    error e = {""};
    if (shard_parse(text, &s, &e) == (e.text[0] != '\0'))
        abort();
    if (shard_of_name(text, &s, &kind) &&
        (!shard_path("d", s, kind, path, NULL) || strcmp(path + strlen("d/shards/"), text) != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slurm_job job;
    error e = {""};
    char *text = malloc(size + 1);
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    if (slurm_read_job(text, &job, &e) == (e.text[0] != '\0'))
        abort();
    check_queue(text);
    check_names(text);
    free(text);
    return 0;
}
