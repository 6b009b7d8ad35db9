#include "daemon/drive_settings.h"

#include "config/config.h"

#include <stdlib.h>

static bool load_layers(settings *s, run_settings *r, drive_source *d, const char *drive, const char *config,
                        config_problems *p)
{
    char name[512];
    mcap_text yaml;
    settings_default(s);
    run_settings_default(r);
    snprintf(name, sizeof name, "%s:config.yaml", drive);
    bool ok = !drive_source_config(d, &yaml) || config_load_text(s, name, yaml.data, yaml.size, p);
    if (config && !config_load_all_file(s, r, config, p))
        ok = false;
    return ok;
}

bool drive_settings_load_all(settings *s, run_settings *r, drive_source *d, const char *drive,
                             const char *config, error *e)
{
    config_problems *problems = calloc(1, sizeof *problems);
    if (!problems)
        return error_set(e, "out of memory");
    bool ok = load_layers(s, r, d, drive, config, problems);
    if (!ok) {
        config_problems_print(stderr, problems);
        error_set(e, "the configuration was refused (%zu problem%s)", problems->count,
                  problems->count == 1 ? "" : "s");
    }
    free(problems);
    return ok && drive_source_bind(d, s, e);
}

bool drive_settings_load(settings *s, drive_source *d, const char *drive, const char *config, error *e)
{
    run_settings *r = malloc(sizeof *r);
    const bool good = r ? drive_settings_load_all(s, r, d, drive, config, e) : error_set(e, "out of memory");
    free(r);
    return good;
}
