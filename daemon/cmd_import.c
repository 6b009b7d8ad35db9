/* posed import: recorded data of others as a drive. */
#include "daemon/command.h"
#include "daemon/printable.h"
#include "sensors/import/importer.h"
#include "wire/drive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Formats:\n"
    "  comma2k19   a segment of the comma2k19 dataset: DIR has global_pose/ and processed_log/.\n"
    "              GNSS (u-blox, qcom), IMU, wheel and bus speed, steering, radar tracks, truth;\n"
    "              what is missing is left out\n"
    "  csv         the neutral layout: DIR has any of gnss.csv, imu.csv, wheel.csv, radar.csv,\n"
    "              landmark.csv, lane.csv, camera_health.csv, roadside.csv, odometry.csv, truth.csv,\n"
    "              and drive.yaml\n"
    "\n"
    "Options:\n"
    "  -o, --output FILE   the drive to write (MCAP). It appears under this name when it is whole: an\n"
    "                      import that fails leaves nothing, or the file that was there before\n"
    "  -h, --help          this text\n"
    "\n"
    "A malformed cell is named by file, line and column.\n";

enum { MAX_TALLIES = SETTINGS_MAX_SOURCES * FRAME_KIND_COUNT };

/* Frames of one source and kind. */
typedef struct {
    char source[FRAME_SOURCE_NAME_SIZE];
    frame_kind kind;
    size_t frames;
} tally;

typedef struct {
    drive_writer *drive;
    tally tallies[MAX_TALLIES];
    size_t tally_count;
    size_t frames, truths;
    int64_t first_ns, last_ns; /* stamps */
    bool on_terminal, line_open;
} import_run;

/* The sources are few, and the last one is mostly the next one too. */
static void count_frame(import_run *r, const frame *f, const char *source)
{
    size_t i = 0;
    while (i < r->tally_count &&
           !(r->tallies[i].kind == f->kind && strcmp(r->tallies[i].source, source) == 0))
        i++;
    if (i == MAX_TALLIES)
        return;
    if (i == r->tally_count) {
        snprintf(r->tallies[i].source, sizeof r->tallies[i].source, "%s", source);
        r->tallies[i].kind = (frame_kind)f->kind;
        r->tally_count++;
    }
    r->tallies[i].frames++;
    if (r->frames == 0 || f->stamp_ns < r->first_ns)
        r->first_ns = f->stamp_ns;
    if (r->frames == 0 || f->stamp_ns > r->last_ns)
        r->last_ns = f->stamp_ns;
    r->frames++;
}

static bool take_frame(void *context, const frame *f, const char *source)
{
    import_run *r = context;
    count_frame(r, f, source);
    return drive_write_frame(r->drive, f, source);
}

static bool take_truth(void *context, const truth_point *t)
{
    import_run *r = context;
    r->truths++;
    return drive_write_truth(r->drive, t);
}

static bool take_config(void *context, const char *yaml, size_t size)
{
    import_run *r = context;
    return drive_write_config(r->drive, yaml, size);
}

static bool take_metadata(void *context, const char *name, const char *const (*pairs)[2], size_t count)
{
    import_run *r = context;
    return drive_write_metadata(r->drive, name, pairs, count);
}

static void end_line(import_run *r)
{
    if (r->line_open)
        fputs("\r\x1b[K", stderr);
    r->line_open = false;
}

static void show_note(void *context, const char *text)
{
    end_line(context);
    fprintf(stderr, "posed import: %s\n", text);
}

static void show_progress(void *context, const char *what, double share)
{
    import_run *r = context;
    if (!r->on_terminal)
        return;
    fprintf(stderr, "\r\x1b[K%s %.0f %%", what, 100.0 * share);
    fflush(stderr);
    r->line_open = true;
}

/* One line: "FILE: gnss/ublox 579, radar/front 1199 frames, 1200 truth points, 60.1 s". */
static void print_summary(const import_run *r, const char *output)
{
    printf("%s: ", output);
    for (size_t i = 0; i < r->tally_count; i++) {
        const tally *t = &r->tallies[i];
        bool plain = strcmp(frame_kind_word(t->kind), source_kind_word(frame_kind_source(t->kind))) == 0;
        printf("%s%s%s%s %zu", i ? ", " : "", t->source, plain ? "" : " ",
               plain ? "" : frame_kind_word(t->kind), t->frames);
    }
    printf("%s%zu frames", r->tally_count ? "; " : "", r->frames);
    if (r->truths > 0)
        printf(", %zu truth points", r->truths);
    printf(", %.1f s\n", (double)(r->last_ns - r->first_ns) * 1e-9);
}

static int report(const error *e)
{
    char text[sizeof e->text]; /* with what a file has, which is shown */
    printable_copy(e->text, strlen(e->text), text, sizeof text);
    return command_fail("import", EXIT_BAD, "%s", text[0] != '\0' ? text : "failed");
}

static int run_import(const importer *format, const char *directory, const char *output)
{
    error e = {""};
    import_run *r = calloc(1, sizeof *r);
    if (!r) {
        error_set(&e, "out of memory");
        return report(&e);
    }
    int result = EXIT_BAD;
    r->on_terminal = isatty(STDERR_FILENO) == 1;
    const import_sink sink = {.context = r,
                              .frame = take_frame,
                              .truth = take_truth,
                              .config = take_config,
                              .metadata = take_metadata,
                              .note = show_note,
                              .progress = show_progress};
    r->drive = drive_writer_open(output, &e);
    if (r->drive) {
        bool ok = format->run(directory, &sink, &e);
        end_line(r);
        ok = drive_writer_close(r->drive, !ok, &e) && ok;
        if (ok) {
            print_summary(r, output);
            result = EXIT_OK;
        }
    }
    if (result != EXIT_OK)
        report(&e);
    free(r);
    return result;
}

typedef struct {
    const char *format, *directory, *output;
} arguments;

/* EXIT_OK when `out` is complete. */
static int parse(int argc, char **argv, arguments *out)
{
    bool options = true;
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (options && strcmp(a, "--") == 0) {
            options = false;
        } else if (options && (strcmp(a, "-o") == 0 || strcmp(a, "--output") == 0)) {
            if (i + 1 == argc)
                return command_fail("import", EXIT_USAGE, "a file is missing after %s", a);
            out->output = argv[++i];
        } else if (options && strncmp(a, "--output=", 9) == 0) {
            out->output = a + 9;
        } else if (options && a[0] == '-' && a[1] != '\0') {
            return command_fail("import", EXIT_USAGE, "there is no option %s", a);
        } else if (!out->format) {
            out->format = a;
        } else if (!out->directory) {
            out->directory = a;
        } else {
            return command_fail("import", EXIT_USAGE, "one directory at a time, not also %s", a);
        }
    }
    if (!out->format)
        return command_fail("import", EXIT_USAGE, "the format is missing: comma2k19 or csv");
    if (!out->directory)
        return command_fail("import", EXIT_USAGE, "the directory is missing");
    if (!out->output || out->output[0] == '\0')
        return command_fail("import", EXIT_USAGE, "the output is missing: -o FILE");
    return EXIT_OK;
}

static int run(int argc, char **argv)
{
    arguments a = {0};
    int result = parse(argc, argv, &a);
    if (result != EXIT_OK)
        return result;
    const importer *format = importer_find(a.format);
    if (!format) {
        fprintf(stderr, "posed import: there is no format \"%s\"; there are:\n", a.format);
        for (size_t i = 0; i < importer_count; i++)
            fprintf(stderr, "  %-10s  %s\n", importers[i]->name, importers[i]->summary);
        return EXIT_USAGE;
    }
    return run_import(format, a.directory, a.output);
}

const command command_import = {
    .name = "import",
    .arguments = "FORMAT DIR -o FILE",
    .summary = "turn recorded data of others into a drive",
    .help = help,
    .run = run,
};
