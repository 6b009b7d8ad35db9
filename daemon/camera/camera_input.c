#include "daemon/camera/camera_input.h"
#include "sensors/camera_loader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool no_frame(void *context, const frame *f, const char *from)
{
    (void)context;
    (void)f;
    (void)from;
    return true;
}

/* The adapter of kind camera that is meant; NULL with `e` set. */
static const adapter_settings *find_camera(const run_settings *r, const char *config, const char *name,
                                           error *e)
{
    const adapter_settings *found = NULL;
    for (size_t i = 0; i < r->adapter_count; i++) {
        const adapter_settings *a = &r->adapters[i];
        if (strcmp(a->kind, "camera") != 0 || (name && strcmp(a->source, name) != 0))
            continue;
        if (found) {
            error_set(e, "%s: there are several cameras (%s, %s): say which by --name", config, found->source,
                      a->source);
            return NULL;
        }
        found = a;
    }
    if (!found)
        error_set(e, "%s: no adapter %s%sof kind camera in it", config, name ? name : "", name ? " " : "");
    return found;
}

/* Checks the options by the adapter's own table; `input` is given later, by file. */
static bool create(camera_input *in, settings *s, const adapter_settings *a, error *e)
{
    config_problems *p = calloc(1, sizeof *p);
    adapter_setting *options = calloc(RUN_MAX_OPTIONS + 1, sizeof *options);
    size_t count = a ? a->option_count : 0;
    bool good = p && options;
    if (good) {
        if (a)
            memcpy(options, a->options, count * sizeof *options);
        snprintf(options[count].key, sizeof options[count].key, "input");
        snprintf(options[count].value, sizeof options[count].value, ".");
        const adapter_start start = {.kind = adapter_kind_find("camera"),
                                     .source = in->source,
                                     .settings = settings_find_source(s, in->source),
                                     .config = a ? a->file : NULL,
                                     .line = a ? a->line : 0,
                                     .column = a ? a->column : 0,
                                     .options = options,
                                     .option_count = count + 1,
                                     .sink = {.frame = no_frame}};
        in->adapter = adapter_create(&start, p);
        if (!in->adapter)
            config_problems_print(stderr, p);
        good = in->adapter ? camera_settings_get(in->adapter, &in->set, e)
                           : error_set(e, "%s: refused", a ? a->file : "the camera");
    } else {
        error_set(e, "out of memory");
    }
    free(options);
    free(p);
    return good;
}

static bool load(camera_input *in, settings *s, run_settings *r, const char *config, const char *name,
                 error *e)
{
    const adapter_settings *a = NULL;
    settings_default(s);
    run_settings_default(r);
    if (config) {
        config_problems *p = calloc(1, sizeof *p);
        bool good = p && config_load_all_file(s, r, config, p);
        if (p && !good)
            config_problems_print(stderr, p);
        free(p);
        if (!good)
            return error_set(e, "%s: refused", config);
        if (!(a = find_camera(r, config, name, e)))
            return false;
    }
    snprintf(in->source, sizeof in->source, "%s", a ? a->source : name ? name : "camera/front");
    return create(in, s, a, e);
}

bool camera_input_load(camera_input *in, const char *config, const char *name, error *e)
{
    memset(in, 0, sizeof *in);
    if (!(in->module = camera_module_load(e)))
        return false;
    settings *s = malloc(sizeof *s);
    run_settings *r = malloc(sizeof *r);
    bool good = s && r ? load(in, s, r, config, name, e) : error_set(e, "out of memory");
    free(s);
    free(r);
    return good;
}

void camera_input_finish(camera_input *in)
{
    if (in->adapter)
        adapter_destroy(in->adapter);
}

camera *camera_input_open(camera_input *in, const char *path, error *e)
{
    camera_options o = in->set.module;
    o.source.input = path;
    o.tags.families = "";
    o.find_lanes = false;
    return in->module->open(&o, e);
}

bool camera_input_model(const camera_input *in, int width, int height, camera_model *out, error *e)
{
    const camera_options *o = &in->set.module;
    const int size[2] = {width, height};
    const int from[2] = {o->width ? o->width : width, o->height ? o->height : height};
    if (!(o->model.fx > 0.0))
        return error_set(
            e, "the camera is not calibrated: give a configuration with fx (posed camera calibrate)");
    if (fabs((double)from[1] * width / from[0] - height) > fmax(1.0, (double)width / from[0]))
        return error_set(e, "pictures of %d x %d, the calibration is for %d x %d", width, height, from[0],
                         from[1]);
    *out = o->model;
    model_complete(out, from);
    model_scale(out, from, size);
    return true;
}
