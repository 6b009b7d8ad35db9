#include "sim/record.h"

#include "common/vector.h"
#include "wire/drive_source.h"

#include <stdlib.h>

double sim_record_slip(const sim_vehicle_settings *v)
{
    return v->mass_kg * v->front_to_cog_m / v->wheelbase_m / v->cornering_rear_npr;
}

/* Where the drive says that its reference sits. */
static bool read_mount(drive_source *d, const char *path, settings *s, error *e)
{
    mcap_text yaml;
    config_problems *p = calloc(1, sizeof *p);
    bool good = p != NULL;
    settings_default(s);
    if (good && drive_source_config(d, &yaml))
        good = config_load_text(s, path, yaml.data, yaml.size, p);
    if (!p)
        error_set(e, "out of memory");
    else if (!good)
        error_set(e, "%s", p->count > 0 ? p->text[0] : "its configuration cannot be used");
    free(p);
    return good && drive_source_bind(d, s, e);
}

static bool read_truth(drive_source *d, truth_point **points, size_t *count, error *e)
{
    size_t room = 0;
    drive_item *item = calloc(1, sizeof *item);
    bool good = item != NULL;
    for (drive_item_kind kind; good && (kind = drive_source_next(d, item)) != DRIVE_END;) {
        if (kind != DRIVE_TRUTH)
            continue;
        truth_point *more = vector_reserve(*points, &room, *count + 1, sizeof *more);
        if (!(good = more != NULL))
            break;
        *points = more;
        more[(*count)++] = item->truth;
    }
    free(item);
    return good || error_set(e, "out of memory");
}

sim_motion *sim_record_motion(const char *path, const sim_vehicle_settings *vehicle, error *e)
{
    error why = {""};
    sim_motion *m = NULL;
    truth_point *points = NULL;
    size_t count = 0;
    settings *s = calloc(1, sizeof *s);
    drive_source *d = s ? drive_source_open(path, e) : NULL;
    if (!s)
        error_set(e, "out of memory");
    if (d && read_mount(d, path, s, e) && read_truth(d, &points, &count, e)) {
        const sim_record r = {points, count, s->truth, sim_record_slip(vehicle)};
        if (count == 0)
            error_set(e, "%s brings no truth to drive along", path);
        else if (!(m = sim_motion_create(&r, &why)))
            error_set(e, "%s: %s", path, why.text);
    }
    drive_source_close(d);
    free(points);
    free(s);
    return m;
}
