/* posed check-config: says what is wrong with a configuration, or prints what it amounts to. */
#include "daemon/command.h"

#include "config/config.h"
#include "daemon/drive_settings.h"
#include "daemon/map_use.h"
#include "daemon/replay/injection.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Reads the files as layers over the defaults, later ones over earlier ones, and prints the settings "
    "that\n"
    "result, as YAML. The map that they name is opened and checked. All problems are printed on stderr as\n"
    "FILE:LINE:COLUMN: MESSAGE; then the exit status is 1.\n"
    "\n"
    "Options:\n"
    "      --as-drive DRIVE       begin with the settings and sources that a recorded drive brings\n"
    "      --comments             print unit, range and meaning above each setting\n"
    "      --inject               the files are faults (docs/INJECT.md), each by itself; print what they do\n"
    "      --reference            print the page of all settings, docs/CONFIG.md; with --inject of all\n"
    "                             faults, docs/INJECT.md\n"
    "      --template             print a file of all defaults with comments, config/posed.yaml\n"
    "      --help                 this text\n"
    "\n"
    "Examples:\n"
    "  posed check-config --template > posed.yaml\n"
    "  posed check-config posed.yaml\n";

static int written(bool good)
{
    return good ? EXIT_OK : command_fail("check-config", EXIT_BAD, "cannot write the output");
}

static bool load_drive(settings *s, const char *path)
{
    error e = {""};
    drive_source *d = drive_source_open(path, &e);
    const bool good = d && drive_settings_load(s, d, path, NULL, &e);
    drive_source_close(d);
    if (!good)
        fprintf(stderr, "posed check-config: %s\n", e.text);
    return good;
}

/* The map that is named opens, and all of it fits its checksum. */
static bool check_map(const map_settings *m)
{
    error e = {""};
    pmap *map = map_use_open(m, false, &e);
    pmap_close(map);
    if (e.text[0] != '\0')
        fprintf(stderr, "%s\n", e.text);
    return e.text[0] == '\0';
}

/* Every file is read even when an earlier one is refused, to find all problems. */
static int check_files(const char *drive, char *const *paths, int count, bool comments)
{
    int code = EXIT_BAD;
    bool good = true;
    config_problems *problems = calloc(1, sizeof *problems);
    settings *s = malloc(sizeof *s);
    run_settings *r = malloc(sizeof *r);
    if (!problems || !s || !r) {
        fprintf(stderr, "posed check-config: out of memory\n");
        goto done;
    }
    settings_default(s);
    run_settings_default(r);
    if (drive && !load_drive(s, drive))
        goto done;
    for (int i = 0; i < count; i++)
        good = config_load_all_file(s, r, paths[i], problems) && good;
    if (!good)
        config_problems_print(stderr, problems);
    else if (check_map(&r->map))
        code = written(comments ? config_print_all_commented(stdout, s, r) : config_print_all(stdout, s, r));
done:
    free(r);
    free(s);
    free(problems);
    return code;
}

/* Files of faults; each is read, to find all problems. */
static int check_faults(char *const *paths, int count)
{
    int code = EXIT_OK;
    for (int i = 0; i < count; i++) {
        config_problems *problems = calloc(1, sizeof *problems);
        inject_plan *p = problems ? inject_plan_load(paths[i], problems) : NULL;
        if (p) {
            injection_print(stdout, p);
            fputc('\n', stdout);
        } else if (problems) {
            config_problems_print(stderr, problems);
        } else {
            fprintf(stderr, "posed check-config: out of memory\n");
        }
        code = p ? code : EXIT_BAD;
        inject_plan_destroy(p);
        free(problems);
    }
    return code == EXIT_OK ? written(fflush(stdout) == 0 && !ferror(stdout)) : code;
}

/* Options may stand anywhere before "--"; the files are moved to the front of argv. */
static int run(int argc, char **argv)
{
    const char *drive = NULL;
    bool comments = false, reference = false, template = false, inject_files = false, options = true;
    int files = 0;
    for (int i = 1; i < argc; i++) {
        if (!options || argv[i][0] != '-')
            argv[1 + files++] = argv[i];
        else if (strcmp(argv[i], "--") == 0)
            options = false;
        else if (strcmp(argv[i], "--as-drive") == 0 && i + 1 < argc)
            drive = argv[++i];
        else if (strcmp(argv[i], "--comments") == 0)
            comments = true;
        else if (strcmp(argv[i], "--inject") == 0)
            inject_files = true;
        else if (strcmp(argv[i], "--reference") == 0)
            reference = true;
        else if (strcmp(argv[i], "--template") == 0)
            template = true;
        else
            return command_fail("check-config", EXIT_USAGE, "unknown option %s", argv[i]);
    }
    if (reference + template + (files > 0 || comments || drive) > 1)
        return command_fail("check-config", EXIT_USAGE, "--reference and --template stand alone");
    if (inject_files && (template || comments || drive))
        return command_fail("check-config", EXIT_USAGE, "--inject goes with files or --reference");
    if (reference)
        return written(inject_files ? inject_write_reference(stdout) : config_write_reference(stdout));
    if (template)
        return written(config_write_template(stdout));
    if (files == 0 && !drive)
        return command_fail("check-config", EXIT_USAGE, "which file?");
    if (inject_files)
        return check_faults(argv + 1, files);
    return check_files(drive, argv + 1, files, comments);
}

const command command_check_config = {
    .name = "check-config",
    .arguments = "[options] FILE... | [--inject] --reference | --template",
    .summary = "check a configuration and print what it amounts to",
    .help = help,
    .run = run,
};
