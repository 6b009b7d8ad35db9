#include "tests/inject/fixture.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void fixture_settings(settings *s)
{
    settings_default(s);
    for (int i = 0; i < SOURCE_KIND_COUNT; i++) {
        char name[FRAME_SOURCE_NAME_SIZE];
        snprintf(name, sizeof name, "%s/a", source_kind_word((source_kind)i));
        ck_assert(settings_add_source(s, name));
    }
    settings_find_source(s, "camera/a")->mount = (mount_settings){.x_m = 1.5, .z_m = 1.3};
    for (uint64_t id = 1; id <= FIXTURE_LANDMARKS; id++)
        s->landmarks[s->landmark_count++] = (landmark_settings){id, 52 + 1e-5 * (double)id, 10, 80, 0.05, -1};
}

static void fill_moving(frame *f, double t_s)
{
    double way_rad = 10 * t_s / 6378137;
    switch ((frame_kind)f->kind) {
    case FRAME_GNSS:
        f->u.gnss = (frame_gnss){.latitude_rad = 0.9 + way_rad,
                                 .longitude_rad = 0.2 + way_rad / cos(0.9),
                                 .height_m = 80,
                                 .h_acc_m = 1,
                                 .v_acc_m = 2,
                                 .velocity_enu_mps = {10, 10, 0},
                                 .speed_mps = sqrtf(200),
                                 .course_rad = (float)M_PI_4,
                                 .speed_acc_mps = 0.1f,
                                 .hdop = 1,
                                 .jamming = NAN,
                                 .spoofing = NAN,
                                 .satellites = 11,
                                 .fix = GNSS_FIX_3D};
        break;
    case FRAME_IMU:
        f->u.imu = (frame_imu){{0.01f, 0.02f, 0.03f + 0.001f * (float)sin(t_s)}, {0.1f, 0.2f, 9.8f}};
        break;
    case FRAME_WHEEL: {
        float v = 14 + (float)sin(t_s);
        f->u.wheel = (frame_wheel){v, {v, v, v, v}, 0.01f, 0.1f};
        break;
    }
    case FRAME_ROADSIDE:
        f->u.roadside = (frame_roadside){0.9 + way_rad, 0.2 + way_rad / cos(0.9), (float)M_PI_4, 0.2f, 0.02f};
        break;
    case FRAME_ODOMETRY:
        f->u.odometry = (frame_odometry){.interval_ns = 100000000,
                                         .translation_m = {1.4f + 0.1f * (float)sin(t_s), 0.01f, 0.02f},
                                         .rotation_rad = {0.001f, 0.002f, 0.003f},
                                         .covariance = {NAN}};
        break;
    default:
        break;
    }
}

static void fill_radar(frame_radar *r, double t_s)
{
    r->count = 30;
    for (uint16_t i = 0; i < r->count; i++)
        r->detections[i] = (radar_detection){.range_m = 5 + 2 * (float)i,
                                             .azimuth_rad = 0.02f * (float)(i - 15),
                                             .elevation_rad = NAN,
                                             .doppler_mps = -14 + 0.1f * (float)sin(t_s + i),
                                             .rcs_dbsm = 3,
                                             .track_id = -1};
}

/* None of them on the border of a patch of dirt (cells of 1/19 rad), where it would come and go. */
static void fill_landmarks(frame_landmarks *l, double t_s)
{
    l->count = 10;
    for (uint16_t i = 0; i < l->count; i++) {
        l->landmarks[i] =
            (camera_landmark){.id = i + 1u,
                              .azimuth_rad = 0.05f * (float)(i - 5) + 0.02f + 0.001f * (float)sin(t_s),
                              .elevation_rad = 0.02f,
                              .range_m = 10 + 4 * (float)i,
                              .sigma_rad = NAN,
                              .sigma_range_m = NAN,
                              .score = 0.9f};
        strcpy(l->landmarks[i].class_name, "sign");
    }
}

static void fill_lanes(frame_lanes *l, double t_s)
{
    l->count = 2;
    for (uint16_t i = 0; i < 2; i++)
        l->lanes[i] = (camera_lane){.offset_m = i == 0 ? 1.8f : -1.7f,
                                    .heading_rad = 0.01f + 0.001f * (float)sin(t_s),
                                    .curvature_1pm = 0.001f,
                                    .sigma_m = 0.05f,
                                    .score = 0.9f,
                                    .side = i == 0 ? LANE_SIDE_LEFT : LANE_SIDE_RIGHT};
}

frame fixture_frame(const settings *s, frame_kind kind, int step)
{
    frame f;
    memset(&f, 0, sizeof f);
    f.stamp_ns = FIXTURE_START_NS + (int64_t)step * 100000000;
    f.received_ns = f.stamp_ns + FIXTURE_LATENCY_MS * 1000000;
    f.sequence = (uint32_t)step;
    f.kind = (uint8_t)kind;
    for (size_t i = 0; i < s->source_count; i++) {
        if (s->sources[i].kind == frame_kind_source(kind))
            f.source = (uint16_t)i;
    }
    fill_moving(&f, 0.1 * step);
    if (kind == FRAME_RADAR)
        fill_radar(&f.u.radar, 0.1 * step);
    if (kind == FRAME_LANDMARKS)
        fill_landmarks(&f.u.landmarks, 0.1 * step);
    if (kind == FRAME_LANES)
        fill_lanes(&f.u.lanes, 0.1 * step);
    if (kind == FRAME_CAMERA_HEALTH)
        f.u.camera_health =
            (frame_camera_health){0.5f, 0.01f, 0.05f, 0.2f, 30, 0.02f + 0.0001f * (float)step};
    return f;
}

inject_plan *fixture_plan(const char *yaml)
{
    config_problems *problems = calloc(1, sizeof *problems);
    inject_plan *p = inject_plan_load_text("test", yaml, strlen(yaml), problems);
    ck_assert_msg(p != NULL, "%s", problems->text[0]);
    ck_assert_uint_eq(problems->count, 0);
    free(problems);
    return p;
}

size_t fixture_run(const inject_plan *p, const settings *s, uint64_t seed, int steps, frame *out, size_t most)
{
    inject *n = inject_create(p, s, seed);
    size_t count = 0;
    ck_assert(n);
    inject_begin(n, FIXTURE_START_NS);
    for (int step = 0; step < steps; step++) {
        for (int kind = 0; kind < FRAME_KIND_COUNT; kind++) {
            frame f = fixture_frame(s, (frame_kind)kind, step);
            inject_push(n, &f);
            while (count < most && inject_pull(n, &out[count]))
                count++;
        }
    }
    inject_finish(n);
    while (count < most && inject_pull(n, &out[count]))
        count++;
    inject_destroy(n);
    return count;
}

bool fixture_same(const frame *a, const frame *b)
{
    size_t size = frame_used_size(a);
    return size == frame_used_size(b) && memcmp(a, b, size) == 0;
}
