/*
 * posed report: one HTML page of a drive or of a campaign.
 */
#include "daemon/command.h"
#include "daemon/map_use.h"
#include "daemon/out_file.h"
#include "daemon/replay/report.h"
#include "daemon/replay/twin_replay.h"
#include "report/campaign_page.h"
#include "report/drive_page.h"
#include "report/shell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] =
    "Plays a drive (MCAP) through the fusion core, as posed replay does, and writes one HTML page of "
    "pictures:\n"
    "the track, errors with their bounds, innovations with their limits, what each source did, faults, "
    "latency\n"
    "and calibration. The page is one file, needs no network and opens in any browser (docs/REPORT.md).\n"
    "\n"
    "Of a campaign (its directory, or its database) the page shows coverage, NEES and accuracy with their\n"
    "intervals, errors against bounds and protection levels (Stanford diagram), faults detected and named,\n"
    "times, false alarms, and the runs that failed. Of the options only -o and -q apply.\n"
#if !POSED_REPORT_PAGE
    "\n"
    "This posed was built without the page: npm or the network was not there, or -Dreport=disabled.\n"
#endif
    "\n"
    "Options:\n"
    "  -o, --output PAGE.html     where to; needed\n"
    "  -c, --config CONFIG        settings (YAML) over the defaults and over those that the drive brings\n"
    "      --without WORD[,...], --drop WORD:FROM-TO, --inject FAULTS.yaml, --inject-seed N,\n"
    "      --map MAP.pmap, --from S, --to S, --live\n"
    "                             as for posed replay\n"
    "      --twin TWIN.mcap       compare the innovations with those of this drive (posed simulate --like)\n"
    "  -q, --quiet                no progress, no warnings\n"
    "      --help                 this text\n"
    "\n"
    "Examples:\n"
    "  posed report drive.mcap -o report.html\n"
    "  posed report drive.mcap --inject sim/faults/gnss_jump_50.yaml -o jump.html\n"
    "  posed report out/nightly -o nightly.html\n";

/* ---- a replay's result as a page ---- */

typedef struct {
    report summary;
    drive_log log;
    uint64_t malformed[SETTINGS_MAX_SOURCES];
    page_fault *faults, *injected;
    page_mode *modes;
    const char *twin; /* NULL: none */
    twin_comparison compared;
    drive_page page;
} drawing;

static void drawing_finish(drawing *d)
{
    report_finish(&d->summary);
    drive_log_finish(&d->log);
    free(d->faults);
    free(d->injected);
    free(d->modes);
}

static void log_frame(void *context, const frame *f)
{
    drive_log_frame(context, f);
}

static void log_verdict(void *context, const verdict *v)
{
    drive_log_verdict(context, v);
}

static void log_status(void *context, const fusion_status *s)
{
    drive_log_status(context, s);
}

static bool fill_modes(drawing *d)
{
    const report *s = &d->summary;
    d->modes = calloc(s->mode_count + 1, sizeof *d->modes);
    for (size_t i = 0; d->modes && i < s->mode_count; i++)
        d->modes[i] = (page_mode){(uint8_t)s->modes[i].mode, s->modes[i].from_s, s->modes[i].to_s};
    d->page.modes = d->modes;
    d->page.mode_count = s->mode_count;
    return d->modes;
}

static bool fill_faults(drawing *d, const replay_result *r)
{
    d->faults = calloc(r->faults.count + 1, sizeof *d->faults);
    for (size_t i = 0; d->faults && i < r->faults.count; i++) {
        const fault_span *s = &r->faults.spans[i];
        const fault_info *info = fault_describe((fault_code)s->code);
        double to_s = s->to_ns == INT64_MAX ? INFINITY : report_seconds(&d->summary, s->to_ns);
        d->faults[i] = (page_fault){fault_source_name(r->settings, s->source), info->name,
                                    fault_severity_word(info->severity),       info->text,
                                    report_seconds(&d->summary, s->from_ns),   to_s};
    }
    d->page.faults = d->faults;
    d->page.fault_count = r->faults.count;
    return d->faults;
}

static bool fill_injected(drawing *d, const replay_result *r)
{
    size_t count = r->injected ? inject_plan_count(r->injected) : 0;
    d->injected = calloc(count + 1, sizeof *d->injected);
    for (size_t i = 0; d->injected && i < count; i++) {
        inject_fault f = inject_plan_get(r->injected, i);
        d->injected[i] = (page_fault){f.source, f.kind, NULL, NULL, f.from_s, f.to_s};
    }
    d->page.injected = d->injected;
    d->page.injected_count = count;
    return d->injected;
}

/* The part of a path behind its last slash. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool fill(drawing *d, const replay_options *o, replay_result *r, error *e)
{
    if (!report_make(&d->summary, o, r, e))
        return false;
    for (size_t i = 0; i < SETTINGS_MAX_SOURCES; i++)
        d->malformed[i] = r->tallies[i].malformed;
    d->page = (drive_page){.name = base_name(o->drive),
                           .damage = r->damage,
                           .settings = r->settings,
                           .start_ns = r->start_ns,
                           .end_s = report_seconds(&d->summary, r->played_to_ns),
                           .duration_s = d->summary.duration_s,
                           .distance_m = d->summary.distance_m,
                           .poses = r->poses,
                           .pose_count = r->pose_count,
                           .truth = r->truth,
                           .truth_count = r->truth_count,
                           .evaluation = d->summary.evaluated ? &d->summary.evaluation : NULL,
                           .log = &d->log,
                           .status = &r->status,
                           .malformed = d->malformed};
    if (d->log.failed || !fill_modes(d) || !fill_faults(d, r) || !fill_injected(d, r))
        return error_set(e, "out of memory");
    return true;
}

/* Against the whole of another drive. */
static bool add_twin(drawing *d, const replay_options *o, const replay_result *r, error *e)
{
    twin_replay other = {0};
    bool good = twin_replay_run(&other, d->twin, o->config, o->quiet, e) == EXIT_OK;
    if (good) {
        const twin_drive real = {r->settings, d->log.verdicts, d->log.verdict_count},
                         twin = twin_replay_drive(&other);
        good = twin_compare(&real, &twin, &d->compared) || error_set(e, "out of memory");
    }
    d->page.twin = base_name(d->twin);
    d->page.twin_rows = d->compared.rows;
    d->page.twin_row_count = d->compared.count;
    twin_replay_finish(&other);
    return good;
}

/* ---- the command ---- */

static int write_page(const drawing *d, const char *path, error *e)
{
    out_file *out = out_file_open(path, e);
    if (!out)
        return EXIT_BAD;
    bool complete = drive_page_write(&d->page, out_file_stream(out)) || error_set(e, "out of memory");
    return out_file_close(out, !complete, e) && complete ? EXIT_OK : EXIT_BAD;
}

static int draw_drive(drawing *d, replay_options *o, const char *path, error *e)
{
    const replay_tap tap = {
        .context = &d->log, .frame = log_frame, .verdict = log_verdict, .status = log_status};
    replay_result *r = calloc(1, sizeof *r);
    if (!r) {
        error_set(e, "out of memory");
        return EXIT_BAD;
    }
    o->tap = &tap;
    int code = replay_run(o, r, e);
    if (code == EXIT_OK && r->damage[0] && !o->quiet)
        fprintf(stderr, "posed report: %s is damaged: %s\n", o->drive, r->damage);
    if (code == EXIT_OK && !o->quiet)
        map_use_warn("report", o->drive, r->recorded_maps, r->recorded_map_count, &r->map);
    if (code == EXIT_OK)
        code = fill(d, o, r, e) && (!d->twin || add_twin(d, o, r, e)) ? write_page(d, path, e) : EXIT_BAD;
    replay_result_finish(r);
    free(r);
    return code;
}

/* ---- a campaign ---- */

static bool begins_with(const char *path, const char *magic)
{
    char start[16] = "";
    FILE *in = fopen(path, "rb");
    size_t size = in ? fread(start, 1, sizeof start, in) : 0;
    if (in)
        fclose(in);
    return size == sizeof start && memcmp(start, magic, sizeof start) == 0;
}

/* A directory, or a database (SQLite's file format, section 1.3: its first 16 bytes). */
static bool is_campaign(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 &&
           (S_ISDIR(status.st_mode) || (S_ISREG(status.st_mode) && begins_with(path, "SQLite format 3")));
}

static bool write_campaign(const campaign_summary *s, const char *path, error *e)
{
    out_file *out = out_file_open(path, e);
    if (!out)
        return false;
    campaign_page_write(s, out_file_stream(out));
    return out_file_close(out, false, e);
}

static bool check_campaign(const replay_options *o, const results *r, const char *path, error *e)
{
    if (o->config || o->without_count > 0 || o->drop_count > 0 || o->inject_count > 0 || o->live ||
        isfinite(o->from_s) || isfinite(o->to_s))
        return error_set(e, "%s is a campaign: its runs are over, and only -o and -q apply", o->drive);
    if (same_file(path, r->path))
        return error_set(e, "%s is what the page is to be made of", path);
    return r->count > 0 || error_set(e, "%s: no run is in yet", r->path);
}

static int draw_campaign(const replay_options *o, const char *path, error *e)
{
    results r;
    campaign_summary s = {0};
    bool good = results_read(&r, o->drive, e) && check_campaign(o, &r, path, e) && summary_make(&s, &r, e) &&
                write_campaign(&s, path, e);
    summary_finish(&s);
    results_finish(&r);
    return good ? EXIT_OK : EXIT_BAD;
}

/* Takes --twin out of the arguments: it is no option of a replay. */
static bool take_twin(int *argc, char **argv, const char **twin, error *e)
{
    int kept = 0;
    for (int i = 0; i < *argc; i++) {
        bool is_twin = strcmp(argv[i], "--twin") == 0;
        if (is_twin && i + 1 == *argc)
            return error_set(e, "--twin needs a value");
        if (is_twin)
            *twin = argv[++i];
        else if (strncmp(argv[i], "--twin=", 7) == 0)
            *twin = argv[i] + 7;
        else
            argv[kept++] = argv[i];
    }
    argv[ *argc = kept] = NULL;
    return true;
}

/* The options are those of a replay, less what makes no page. */
static bool parse(int argc, char **argv, replay_options *o, const char **twin, error *e)
{
    if (!take_twin(&argc, argv, twin, e) || !replay_options_parse(argc, argv, o, e))
        return false;
    if (!o->output)
        return error_set(e, "where to? -o PAGE.html");
    if (o->with_input || o->csv || isfinite(o->speed) || o->summary != SUMMARY_TEXT)
        return error_set(e, "--with-input, --csv, --speed and --summary are for posed replay");
    if (same_file(o->output, o->drive) || (*twin && same_file(o->output, *twin)) ||
        (o->config && same_file(o->output, o->config)) || (o->map_file && same_file(o->output, o->map_file)))
        return error_set(e, "%s is what the page is to be made of", o->output);
    for (size_t i = 0; i < o->inject_count; i++) {
        if (same_file(o->output, o->injects[i]))
            return error_set(e, "%s is a file of faults", o->output);
    }
    return true;
}

static int report_of(replay_options *o, drawing *d, error *e)
{
    const char *path = o->output;
    o->output = NULL; /* of a replay that would be a drive */
    if (report_page_head_size == 0)
        error_set(e, "this posed was built without pages (meson option report)");
    else if (is_campaign(o->drive) && d->twin)
        error_set(e, "%s is a campaign: it has no twin", o->drive);
    else if (is_campaign(o->drive))
        return draw_campaign(o, path, e);
    else
        return draw_drive(d, o, path, e);
    return EXIT_BAD;
}

static int run(int argc, char **argv)
{
    error e = {""};
    replay_options *o = calloc(1, sizeof *o);
    drawing *d = calloc(1, sizeof *d);
    int code = EXIT_USAGE;
    if (!o || !d) {
        error_set(&e, "out of memory");
        code = EXIT_BAD;
    } else if (parse(argc, argv, o, &d->twin, &e)) {
        code = report_of(o, d, &e);
    }
    if (d)
        drawing_finish(d);
    free(d);
    free(o);
    return code == EXIT_OK ? EXIT_OK : command_fail("report", code, "%s", e.text);
}

const command command_report = {
    .name = "report",
    .arguments = "DRIVE|CAMPAIGN -o PAGE.html [options]",
#if POSED_REPORT_PAGE
    .summary = "draw a drive or a campaign: one HTML page",
#else
    .summary = "(built without its page, see --help) draw a drive or a campaign",
#endif
    .help = help,
    .run = run,
};
