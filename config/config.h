/*
 * Configuration: YAML text into `settings` and `run_settings` and back.
 *
 * What can be set stands in one table (table.h), made of the rows of fusion/settings_*.def and
 * config/run_*.def. Layers are loaded one over the other: the defaults, the file that comes with a drive, the
 * user's file. A layer changes what it names: the source or peer of the same name, the landmark of the same
 * id; others are added. An adapter of the same name is replaced as a whole.
 *
 * Every problem of a layer is found before it is refused. Numbers are read and written with a decimal point,
 * so the program must be in the "C" numeric locale, which it is unless it calls setlocale.
 */
#ifndef POSED_CONFIG_CONFIG_H
#define POSED_CONFIG_CONFIG_H

#include "config/run_settings.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CONFIG_MAX_PROBLEMS = 50,
    CONFIG_MAX_SIZE = 16 << 20, /* bytes of one file */
};

/* What is wrong with the layers that were loaded with it; starts zeroed. */
typedef struct {
    size_t count;                        /* all that were found; the first CONFIG_MAX_PROBLEMS have a text */
    char text[CONFIG_MAX_PROBLEMS][512]; /* "FILE:LINE:COLUMN: what was found and what was expected" */
} config_problems;

/* Lays the file over `s`, which holds defaults or an earlier layer. False when there is any problem: `s` is
 * unchanged and the problems are added to `p`. An empty file changes nothing. The sections of run_settings
 * are checked and left out. */
__attribute__((warn_unused_result)) bool config_load_file(settings *s, const char *path, config_problems *p);

/* The same for text in memory, which need not end in NUL; `name` stands for the file in messages
 * ("DRIVE.mcap:config.yaml"). */
__attribute__((warn_unused_result)) bool config_load_text(settings *s, const char *name, const char *text,
                                                          size_t size, config_problems *p);

/* The same with the sections of the live program, over `r`. Both stay unchanged when there is any problem.
 * Files that the text names are relative to the directory of `path` (`name`); public keys are read from them
 * here. A file, which somebody can mend, must not leave more sources than the core has room for
 * (fusion_room_for); text, as a recorded drive brings it, may. */
__attribute__((warn_unused_result)) bool config_load_all_file(settings *s, run_settings *r, const char *path,
                                                              config_problems *p);
__attribute__((warn_unused_result)) bool config_load_all_text(settings *s, run_settings *r, const char *name,
                                                              const char *text, size_t size,
                                                              config_problems *p);

/* One problem a line, and how many more there were. */
void config_problems_print(FILE *out, const config_problems *p);

/* Everything that is set, as YAML that loads back to exactly the same settings. False when writing failed.
 * Endpoints, keys and peers are not in `settings`: this is what a drive may carry. */
bool config_print(FILE *out, const settings *s);

/* The same with unit, range and meaning of each setting as comments. */
bool config_print_commented(FILE *out, const settings *s);

/* The same with the sections of the live program. Keys are shown by their files, but for public ones. Files
 * are printed as they are seen from the working directory; those in an adapter's block stay as written. */
bool config_print_all(FILE *out, const settings *s, const run_settings *r);
bool config_print_all_commented(FILE *out, const settings *s, const run_settings *r);

/* The state_file of the template, which the service's unit makes room for; the built-in default is none. */
#define CONFIG_TEMPLATE_STATE_FILE "/var/lib/posed/state"

/* config/posed.yaml: the defaults with comments, and examples of sources, peers and adapters, commented out.
 */
bool config_write_template(FILE *out);

/* docs/CONFIG.md: all settings with unit, range, default and meaning. */
bool config_write_reference(FILE *out);

#ifdef __cplusplus
}
#endif
#endif
