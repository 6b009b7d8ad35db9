/*
 * Adapter camera: landmarks, lanes and health from a camera, a video or pictures. What needs large libraries
 * is in a module of its own (sensors/camera/); here is when each picture is looked at, and what is published.
 */
#include "sensors/adapter.h"
#include "sensors/camera_loader.h"
#include "sensors/camera_settings.h"

#include <stdlib.h>

/* A device is asked this often for its next picture (it cannot be waited for through the library), and
 * looked for again this often when it is gone. */
static const double poll_s = 0.002, retry_s = 1.0;
/* One that has been silent for this long is opened again. */
static const int64_t silence_ns = 5 * INT64_C(1000000000);
/* A device's clock is one of ours when it is this near. */
static const int64_t same_clock_ns = 10 * INT64_C(1000000000);

typedef struct {
    adapter *a;
    const camera_module *module;
    camera *camera;
    camera_settings_read set;
    int64_t start_utc_ns, start_monotonic_ns; /* of a file: when its first picture is due */
    uint64_t pictures;                        /* that were looked at or passed over */
    uint64_t passed_over;
    camera_view view;
} session;

typedef enum { GO_ON, STOPPED, OVER, GONE, BROKEN } step_result;

/* ---- what one picture says */

static bool publish(session *s, int64_t stamp_ns, int64_t received_ns)
{
    frame f = {.kind = FRAME_CAMERA_HEALTH, .stamp_ns = stamp_ns, .received_ns = received_ns};
    f.u.camera_health = s->view.health;
    if (!adapter_publish(s->a, &f))
        return false;
    if (s->view.has_landmarks) {
        f = (frame){.kind = FRAME_LANDMARKS, .stamp_ns = stamp_ns, .received_ns = received_ns};
        f.u.landmarks = s->view.landmarks;
        if (!adapter_publish(s->a, &f))
            return false;
    }
    if (!s->view.has_lanes)
        return true;
    f = (frame){.kind = FRAME_LANES, .stamp_ns = stamp_ns, .received_ns = received_ns};
    f.u.lanes = s->view.lanes.frame;
    return adapter_publish(s->a, &f);
}

static void say_what_is_lost(session *s)
{
    const frame_landmarks *l = &s->view.landmarks;
    if (s->view.left_out > 0)
        adapter_say(s->a, LOG_WARN, "%zu tags of a picture are left out", s->view.left_out);
    for (int i = 0; s->view.has_landmarks && i < l->count; i++) {
        if (l->landmarks[i].id == 0)
            adapter_say(s->a, LOG_WARN, "tag 0 is seen, but landmark 0 means unknown: give id_offset");
    }
}

static step_result look(session *s, int64_t time_ns, int64_t stamp_ns, int64_t received_ns)
{
    error why = {""};
    if (!s->module->look(s->camera, time_ns, &s->view, &why)) {
        adapter_malformed(s->a, "%s", why.text);
        return GO_ON;
    }
    say_what_is_lost(s);
    return publish(s, stamp_ns, received_ns) ? GO_ON : STOPPED;
}

static void count_passed_over(session *s, uint64_t now)
{
    if (now > s->passed_over)
        adapter_say(s->a, LOG_WARN, "too slow: %llu pictures passed over so far", (unsigned long long)now);
    s->passed_over = now;
}

/* ---- files */

/* Where the stamps follow the clock, a picture's time is when it is due; a recorded picture is received when
 * it was taken. */
static step_result take_file_picture(session *s, int64_t time_ns)
{
    if (s->pictures++ == 0) {
        s->start_monotonic_ns =
            adapter_monotonic_ns() - (int64_t)((double)time_ns / (s->set.speed > 0.0 ? s->set.speed : 1.0));
        s->start_utc_ns = s->set.starts_now ? adapter_now_ns() : s->set.start_ns;
    }
    bool live = s->set.starts_now && s->set.speed > 0.0;
    int64_t played = s->set.speed > 0.0 ? (int64_t)((double)time_ns / s->set.speed) : 0;
    int64_t stamp_ns = s->start_utc_ns + (live ? played : time_ns);
    if (s->set.speed > 0.0) {
        int64_t due_ns = s->start_monotonic_ns + played;
        int64_t late_ns = adapter_monotonic_ns() - due_ns;
        if (adapter_wait_until(s->a, due_ns) == ADAPTER_STOP)
            return STOPPED;
        if (late_ns > (int64_t)((double)s->module->interval_ns(s->camera) / s->set.speed)) {
            count_passed_over(s, s->passed_over + 1);
            return GO_ON;
        }
    } else if (adapter_wait(s->a, -1, 0.0) == ADAPTER_STOP) {
        return STOPPED;
    }
    return look(s, time_ns, stamp_ns, live ? -1 : stamp_ns);
}

static step_result step_file(session *s, error *e)
{
    int64_t time_ns;
    error why = {""};
    switch (s->module->next(s->camera, &time_ns, &why)) {
    case DECODER_PICTURE:
        return take_file_picture(s, time_ns);
    case DECODER_BAD:
        adapter_malformed(s->a, "%s", why.text);
        return adapter_wait(s->a, -1, 0.0) == ADAPTER_STOP ? STOPPED : GO_ON;
    case DECODER_END:
        return OVER;
    case DECODER_NOT_YET:
    case DECODER_FAILED:
        break;
    }
    error_set(e, "%s", why.text);
    return BROKEN;
}

static bool run_file(session *s, error *e)
{
    step_result result = GO_ON;
    s->camera = s->module->open(&s->set.module, e);
    if (!s->camera)
        return false;
    while (result == GO_ON)
        result = step_file(s, e);
    s->module->close(s->camera);
    if (result == OVER && s->pictures == 0)
        return error_set(e, "%s: none of its pictures can be read", s->set.module.source.input);
    return result != BROKEN;
}

/* ---- devices */

/* Drivers stamp with CLOCK_MONOTONIC (V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC), old ones with UTC. */
static int64_t device_stamp(int64_t time_ns)
{
    int64_t utc_ns = adapter_now_ns(), monotonic_ns = adapter_monotonic_ns();
    if (time_ns == INT64_MIN)
        return utc_ns;
    if (llabs(time_ns - monotonic_ns) < same_clock_ns)
        return time_ns + (utc_ns - monotonic_ns);
    return llabs(time_ns - utc_ns) < same_clock_ns ? time_ns : utc_ns;
}

static step_result step_device(session *s, int64_t *seen_ns)
{
    int64_t time_ns, now_ns = adapter_monotonic_ns();
    error why = {""};
    switch (s->module->next(s->camera, &time_ns, &why)) {
    case DECODER_PICTURE:
        *seen_ns = now_ns;
        count_passed_over(s, s->module->passed_over(s->camera));
        return look(s, time_ns, device_stamp(time_ns), -1);
    case DECODER_NOT_YET:
        if (now_ns - *seen_ns > silence_ns) {
            adapter_say(s->a, LOG_WARN, "%s: silent, opening it again", s->set.module.source.input);
            return GONE;
        }
        return adapter_wait(s->a, -1, poll_s) == ADAPTER_STOP ? STOPPED : GO_ON;
    case DECODER_BAD:
        adapter_malformed(s->a, "%s", why.text);
        return adapter_wait(s->a, -1, 0.0) == ADAPTER_STOP ? STOPPED : GO_ON;
    case DECODER_END:
    case DECODER_FAILED:
        break;
    }
    adapter_say(s->a, LOG_WARN, "%s: gone, waiting for it", why.text);
    return GONE;
}

/* A device that is not there, or goes away, is looked for until it is. */
static bool run_device(session *s)
{
    step_result result = GONE;
    while (result != STOPPED) {
        error why = {""};
        int64_t seen_ns = adapter_monotonic_ns();
        if ((s->camera = s->module->open(&s->set.module, &why))) {
            adapter_say(s->a, LOG_NOTE, "%s: open", s->set.module.source.input);
            s->passed_over = 0;
            for (result = GO_ON; result == GO_ON;)
                result = step_device(s, &seen_ns);
            s->module->close(s->camera);
        } else {
            adapter_say(s->a, LOG_WARN, "%s, waiting for it", why.text);
        }
        if (result != STOPPED && adapter_wait(s->a, -1, retry_s) == ADAPTER_STOP)
            result = STOPPED;
    }
    return true;
}

static bool run(adapter *a, error *e)
{
    session *s = calloc(1, sizeof *s);
    if (!s)
        return error_set(e, "out of memory");
    s->a = a;
    bool ok = camera_settings_get(a, &s->set, e) && (s->module = camera_module_load(e));
    if (ok) {
        if (!(s->set.module.model.fx > 0.0) &&
            (s->set.module.tags.families[0] != '\0' || s->set.module.find_lanes))
            adapter_say(a, LOG_NOTE, "not calibrated (fx): no landmarks, no lanes");
        ok = s->set.is_device ? run_device(s) : run_file(s, e);
    }
    free(s);
    return ok;
}
extern const adapter_kind adapter_camera;
const adapter_kind adapter_camera = {
    .name = "camera",
    .summary = "landmarks, lanes and health from a camera, a video or pictures",
    .help =
        "Every picture yields a frame camera_health and, with a calibration (fx, ...; posed camera "
        "calibrate\n"
        "makes one), a frame landmarks of the AprilTags in it, also when there are none. With detect\n"
        "tags,lanes it also yields a frame lanes of the lines of the own lane, for which the source's mount\n"
        "must be known (posed camera pose). A better eye of your own: see examples/publish_lanes.py.\n",
    .source = "camera",
    .options = camera_option_table,
    .option_count = CAMERA_OPTION_COUNT,
#ifndef POSED_CAMERA_MODULE
    .unavailable = CAMERA_MODULE_MISSING,
#endif
    .run = run,
};
