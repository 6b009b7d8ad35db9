#include "tests/bench/rig.h"

#include "fusion/gnss/gnss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE_HZ = 100, DRIVE_S = 20 };

/* The road: eastwards from here. */
static const double latitude = 0.85, longitude = 0.2, height_m = 300.0, speed_mps = 15.0;

static int64_t stamp_of(int tick)
{
    return INT64_C(1600000000000000000) + tick * (INT64_C(1000000000) / RATE_HZ);
}

static frame new_frame(const settings *set, const char *source, frame_kind kind, int tick)
{
    frame f;
    memset(&f, 0, sizeof f);
    for (size_t i = 0; i < set->source_count; i++) {
        if (strcmp(set->sources[i].name, source) == 0)
            f.source = (uint16_t)i;
    }
    f.stamp_ns = f.received_ns = stamp_of(tick);
    f.sequence = (uint32_t)tick;
    f.kind = (uint8_t)kind;
    return f;
}

static frame make_fix(const settings *set, int tick, bool with_velocity)
{
    frame f = new_frame(set, "gnss/bench", FRAME_GNSS, tick);
    double way = speed_mps * tick / RATE_HZ;
    f.u.gnss = (frame_gnss){.latitude_rad = latitude + 1e-8 * (tick % 7 - 3),
                            .longitude_rad = longitude + way / (cos(latitude) * (WGS84_A_M + 13000.0)),
                            .height_m = height_m + 0.05 * (tick % 5 - 2),
                            .h_acc_m = 1.0f,
                            .v_acc_m = 2.0f,
                            .velocity_enu_mps = {(float)speed_mps, 0.0f, 0.0f},
                            .speed_mps = NAN,
                            .course_rad = NAN,
                            .speed_acc_mps = 0.1f,
                            .hdop = NAN,
                            .jamming = NAN,
                            .spoofing = NAN,
                            .satellites = 12,
                            .fix = GNSS_FIX_3D};
    for (int i = 0; i < 3 && !with_velocity; i++)
        f.u.gnss.velocity_enu_mps[i] = NAN;
    return f;
}

static void drive(rig *r, const settings *set)
{
    for (int tick = 0; tick < DRIVE_S * RATE_HZ; tick++) {
        frame imu = new_frame(set, "imu/bench", FRAME_IMU, tick),
              wheel = new_frame(set, "wheel/bench", FRAME_WHEEL, tick);
        frame fix = make_fix(set, tick, true);
        float wave = 1e-3f * (float)(tick % 11 - 5);
        imu.u.imu = (frame_imu){{wave, -wave, wave}, {10.0f * wave, -10.0f * wave, 9.81f + wave}};
        wheel.u.wheel = (frame_wheel){(float)speed_mps + wave, {NAN, NAN, NAN, NAN}, NAN, NAN};
        fusion_push(r->core, &imu);
        if (tick % 2 == 0)
            fusion_push(r->core, &wheel);
        if (tick % 10 == 0)
            fusion_push(r->core, &fix);
    }
    fusion_flush(r->core);
}

static void save(rig *r, const settings *set)
{
    const filter *f = &r->core->f;
    r->saved = *f;
    r->saved_gnss = *r->gnss;
    memcpy(r->saved_covariance, f->p.p, covariance_floats(f->p.n) * sizeof(float));
    r->input = (inertial_input){{0.01, -0.02, 0.1}, {0.5, 0.3, 9.81}};
    r->fix = make_fix(set, DRIVE_S * RATE_HZ - 1, false);
}

bool rig_open(rig *r)
{
    memset(r, 0, sizeof *r);
    settings *set = calloc(1, sizeof *set);
    fusion_sinks none = {0};
    if (!set)
        return false;
    settings_default(set);
    source_settings *gnss = settings_add_source(set, "gnss/bench");
    settings_add_source(set, "wheel/bench");
    settings_add_source(set, "imu/bench");
    if (gnss)
        gnss->mount = (mount_settings){.x_m = 1.2, .y_m = 0.3, .z_m = 1.5};
    r->core = fusion_create(set, &none);
    if (r->core) {
        r->gnss = &r->core->source[0];
        r->saved_covariance = malloc(covariance_floats(r->core->f.p.n) * sizeof(float));
        drive(r, set);
    }
    bool ready = r->core && r->saved_covariance && r->core->running;
    if (ready)
        save(r, set);
    free(set);
    return ready;
}

void rig_close(rig *r)
{
    fusion_destroy(r->core);
    free(r->saved_covariance);
}

void rig_restore(rig *r)
{
    r->core->f = r->saved;
    *r->gnss = r->saved_gnss;
    memcpy(r->core->f.p.p, r->saved_covariance, covariance_floats(r->saved.p.n) * sizeof(float));
}

void rig_predict(rig *r)
{
    filter_predict(&r->core->f, &r->input, 1.0 / RATE_HZ);
}

void rig_update(rig *r)
{
    gnss_fuse(r->core, r->gnss, &r->fix);
}

void rig_fuse(rig *r)
{
    const filter *f = &r->core->f;
    measurement m;
    measurement_start(&m, 3);
    for (int i = 0; i < 3; i++) {
        measurement_column(&m, STATE_POSITION + i, i == 0, i == 1, i == 2);
        measurement_column(&m, STATE_VELOCITY + i, i == 0 ? -0.1f : 0.0f, i == 1 ? -0.1f : 0.0f,
                           i == 2 ? -0.1f : 0.0f);
        measurement_column(&m, STATE_ATTITUDE + i, i == 0 ? 0.0f : 1.2f, i == 1 ? 0.0f : -1.2f,
                           i == 2 ? 0.0f : 0.3f);
        measurement_column(&m, r->gnss->first_state + i, i == 0, i == 1, i == 2);
        m.innovation[i] = 0.1f;
        m.noise[i][i] = 0.09f;
    }
    measurement_column(&m, r->gnss->first_state + GNSS_LATENCY, -(float)f->velocity_ecef_mps[0],
                       -(float)f->velocity_ecef_mps[1], -(float)f->velocity_ecef_mps[2]);
    core_fuse(r->core, r->gnss, &r->fix, &m, (fuse_how){.quantity = QUANTITY_POSITION});
}
