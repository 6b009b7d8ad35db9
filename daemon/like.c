#include "daemon/like.h"

#include "daemon/command.h"
#include "sim/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    arrival_store *store;
    bool failed;
} tap_context;

static void keep_frame(void *context, const frame *f)
{
    tap_context *t = context;
    t->failed |= !arrival_store_add(t->store, f);
}

static void get_frame(void *context, size_t i, frame *f)
{
    arrival_store_get(context, i, f);
}

static bool replay(likeness *l, const char *drive, const char *config, bool quiet, error *e)
{
    tap_context context = {&l->frames, false};
    const replay_tap tap = {.context = &context, .frame = keep_frame};
    replay_options *o = calloc(1, sizeof *o);
    l->replay = calloc(1, sizeof *l->replay);
    bool good = o && l->replay;
    if (good) {
        o->drive = drive;
        o->config = config;
        o->quiet = quiet;
        o->from_s = o->to_s = o->speed = NAN;
        o->tap = &tap;
        good = replay_run(o, l->replay, e) == EXIT_OK;
    } else {
        error_set(e, "out of memory");
    }
    if (good && context.failed)
        good = error_set(e, "out of memory");
    free(o);
    return good;
}

/* Posed's own poses as the reference: as far as they can be used. */
static truth_point *own_track(const replay_result *r, size_t *count)
{
    truth_point *points = calloc(r->pose_count + 1, sizeof *points);
    *count = 0;
    for (size_t i = 0; points && i < r->pose_count; i++) {
        const fusion_pose *p = &r->poses[i];
        if (p->mode == MODE_INITIALIZING || p->mode == MODE_LOST)
            continue;
        truth_point *t = &points[(*count)++];
        *t = (truth_point){.stamp_ns = p->stamp_ns,
                           .latitude_rad = p->latitude_rad,
                           .longitude_rad = p->longitude_rad,
                           .height_m = p->height_m,
                           .heading_rad = p->heading_rad};
        memcpy(t->velocity_enu_mps, p->velocity_enu_mps, sizeof t->velocity_enu_mps);
    }
    return points;
}

static bool find_motion(likeness *l, const sim_vehicle_settings *vehicle, error *e)
{
    const replay_result *r = l->replay;
    sim_record record = {.points = r->truth,
                         .count = r->truth_count,
                         .mount = r->settings->truth,
                         .slip_rad_per_mps2 = sim_record_slip(vehicle)};
    truth_point *own = NULL;
    if (r->truth_count == 0) {
        record.points = own = own_track(r, &record.count);
        record.mount = (mount_settings){0};
    }
    l->motion = record.points ? sim_motion_create(&record, e) : NULL;
    if (!record.points)
        error_set(e, "out of memory");
    free(own);
    return l->motion != NULL;
}

bool likeness_make(likeness *l, const char *drive, const char *config, const char *twin, bool quiet,
                   sim_scenario *s, error *e)
{
    error why = {""};
    const char *slash = strrchr(drive, '/');
    if (!replay(l, drive, config, quiet, e))
        return false;
    l->fit = calloc(1, sizeof *l->fit);
    if (!l->fit)
        return error_set(e, "out of memory");
    bool truth = l->replay->truth_count > 0;
    sim_scenario_default(s);
    if (!find_motion(l, &s->vehicle, &why))
        return error_set(e, "%s: %s", drive, why.text);
    const sim_fit_input in = {.name = slash ? slash + 1 : drive,
                              .file = truth || !twin ? drive : twin,
                              .settings = l->replay->settings,
                              .motion = l->motion,
                              .truth = truth,
                              .status = &l->replay->status,
                              .frame_count = l->frames.count,
                              .context = &l->frames,
                              .get = get_frame};
    return sim_fit_drive(&in, s, l->fit, e);
}

void likeness_finish(likeness *l)
{
    sim_motion_destroy(l->motion);
    arrival_store_finish(&l->frames);
    if (l->replay)
        replay_result_finish(l->replay);
    free(l->replay);
    free(l->fit);
}
