/*
 * What would have happened: the drive played again, with nothing excluded and without the sources.
 */
#include "daemon/command.h"
#include "daemon/explain/explain_run.h"

#include <math.h>
#include <string.h>

/* At most so many sets of sources are left out in a replay of their own. */
enum { WITHOUT_MOST = EXPLAIN_RUNS - 2 };

static int play_otherwise(explanation *x, explain_run *run, error *e)
{
    int code = explain_run_play(run, e);
    x->run_count++;
    if (code != EXIT_OK)
        return code;
    if (explain_run_sample(run)) {
        explain_run_judge(x, run);
        if (explain_run_compare(x, run)) {
            explain_run_trim(run);
            return EXIT_OK;
        }
    }
    error_set(e, "out of memory");
    return EXIT_BAD;
}

static explain_run *otherwise(explanation *x)
{
    explain_run *run = &x->runs[x->run_count];
    run->options = x->runs[0].options;
    run->options.tap = NULL;
    run->options.quiet = true; /* what there is to warn of has been said */
    return run;
}

/* Sets of sources to be played without: those that were left out together; then each that a flag of the story
 * is of, and that is in none of them. */
typedef struct {
    uint32_t sets[WITHOUT_MOST];
    size_t count;
} without_list;

static void add_set(without_list *list, uint32_t sources)
{
    for (size_t i = 0; i < list->count; i++) {
        if ((list->sets[i] & sources) == sources)
            return;
    }
    if (list->count < WITHOUT_MOST)
        list->sets[list->count++] = sources;
}

static void list_sets(const explanation *x, without_list *list)
{
    for (size_t i = 0; i < x->exclusion_count; i++)
        add_set(list, x->log.exclusions[x->exclusions[i]].sources);
    for (size_t i = 0; i < x->subject_count; i++) {
        uint16_t source = x->log.flags[x->subjects[i]].source;
        if (source < SETTINGS_MAX_SOURCES)
            add_set(list, UINT32_C(1) << source);
    }
}

/* From before the moment on, where there is no pose without them: the filter has started by then. */
static int play_dropped(explanation *x, uint32_t sources, const char *names, error *e)
{
    const settings *s = explain_settings(x);
    const int64_t begin_ns = x->log.from_ns < x->from_ns ? x->log.from_ns : x->from_ns;
    const double from_s = fmax(explain_seconds(x, begin_ns), 0), to_s = explain_seconds(x, x->to_ns);
    explain_run *run = otherwise(x);
    replay_options *o = &run->options;
    for (size_t i = 0; i < s->source_count && o->drop_count < FRAME_FILTER_MAX; i++) {
        drop_option *drop = &o->drops[o->drop_count];
        if (!(sources >> i & 1u))
            continue;
        drop->from_s = from_s;
        drop->to_s = to_s;
        snprintf(drop->word, sizeof drop->word, "%s", s->sources[i].name);
        o->drop_count++;
    }
    snprintf(run->label, sizeof run->label, "without %s from %.1f s to %.1f s", names, from_s, to_s);
    return play_otherwise(x, run, e);
}

static int play_without(explanation *x, uint32_t sources, error *e)
{
    const settings *s = explain_settings(x);
    explain_run *run = otherwise(x);
    replay_options *o = &run->options;
    char names[EXPLAIN_LABEL_SIZE / 2];
    explain_name_sources(s, sources, names, sizeof names);
    for (size_t i = 0; i < s->source_count && o->without_count < FRAME_FILTER_MAX; i++) {
        if (sources >> i & 1u)
            snprintf(o->without[o->without_count++], REPLAY_WORD_SIZE, "%s", s->sources[i].name);
    }
    snprintf(run->label, sizeof run->label, "without %s from the start", names);
    int code = play_otherwise(x, run, e);
    if (code != EXIT_OK || run->apart_count > 0)
        return code;
    explain_run_finish(run);
    x->run_count--;
    return play_dropped(x, sources, names, e);
}

int explain_play_otherwise(explanation *x, error *e)
{
    without_list list = {.count = 0};
    int code = EXIT_OK;
    list_sets(x, &list);
    if (x->exclusion_count > 0) {
        explain_run *run = otherwise(x);
        run->options.keep_all = true;
        snprintf(run->label, sizeof run->label, "with nothing excluded");
        code = play_otherwise(x, run, e);
    }
    for (size_t i = 0; code == EXIT_OK && i < list.count; i++)
        code = play_without(x, list.sets[i], e);
    return code;
}
