/*
 * A segment of comma2k19 (https://github.com/commaai/comma2k19): global_pose/ and processed_log/, each
 * quantity a NumPy file of times and one of values. Cars differ in what they log: what is missing is left
 * out.
 */
#include "sensors/import/comma2k19.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    UBLOX,
    QCOM,
    GYRO,
    ACCELEROMETER,
    WHEELS,
    SPEED,
    STEERING,
    RADAR,
    POSITIONS,
    VELOCITIES,
    ORIENTATIONS,
    SERIES
};

static const struct {
    const char *name, *fallback;
    size_t columns;
} logged[] = {
    [UBLOX] = {"processed_log/GNSS/live_gnss_ublox", NULL, 6},
    [QCOM] = {"processed_log/GNSS/live_gnss_qcom", NULL, 6},
    /* `gyro` has the phone's running estimate of the bias taken off, which jumps */
    [GYRO] = {"processed_log/IMU/gyro_uncalibrated", "processed_log/IMU/gyro", 3},
    [ACCELEROMETER] = {"processed_log/IMU/accelerometer", NULL, 3},
    [WHEELS] = {"processed_log/CAN/wheel_speed", NULL, 4},
    [SPEED] = {"processed_log/CAN/speed", NULL, 1},
    [STEERING] = {"processed_log/CAN/steering_angle", NULL, 1},
    [RADAR] = {"processed_log/CAN/radar", NULL, 6},
    [POSITIONS] = {"global_pose/frame_positions", NULL, 3},
    [VELOCITIES] = {"global_pose/frame_velocities", NULL, 3},
    [ORIENTATIONS] = {"global_pose/frame_orientations", NULL, 4},
};
_Static_assert(sizeof logged / sizeof *logged == SERIES, "one row per series");

typedef struct {
    series of[SERIES];
    const char *used[SERIES]; /* the name that was found */
} segment;

/* Where things sit. Not published for these cars; typical of a phone behind the windscreen, for the filter to
 * refine: the antenna's height is what the heights of fixes and camera differ by (1.15 m +- 0.4 m over one
 * segment). */
static const struct {
    const char *source, *settings;
} mounts[] = {
    {"imu/device", "{mount: {x_m: 1.7, y_m: 0, z_m: 1.2, roll_deg: 180, pitch_deg: 0, yaw_deg: 0}}"},
    {"gnss/ublox", "{mount: {x_m: 1.7, y_m: 0, z_m: 2.2}}"},
    {"gnss/qcom", "{mount: {x_m: 1.7, y_m: 0, z_m: 2.2}}"},
    {"wheel/can", "{mount: {x_m: 0, y_m: 0, z_m: 0}}"},
    {"radar/front", "{mount: {x_m: 3.6, y_m: 0, z_m: 0.5}}"},
};

static bool load_pose(segment *s, size_t which, const char *directory, const import_sink *sink, error *e)
{
    char t_path[PATH_MAX], value_path[PATH_MAX];
    int a = snprintf(t_path, sizeof t_path, "%s/global_pose/frame_times", directory);
    int b = snprintf(value_path, sizeof value_path, "%s/%s", directory, logged[which].name);
    if (!(a < (int)sizeof t_path && b < (int)sizeof value_path))
        return error_set(e, "%s: %s", directory, strerror(ENAMETOOLONG));
    return series_load_files(&s->of[which], t_path, value_path, logged[which].columns, sink, e);
}

static bool load_series(segment *s, size_t which, const char *directory, const import_sink *sink, error *e)
{
    s->used[which] = logged[which].name;
    if (which >= POSITIONS)
        return load_pose(s, which, directory, sink, e);
    if (!series_load(&s->of[which], directory, logged[which].name, logged[which].columns, sink, e))
        return false;
    if (s->of[which].count > 0 || !logged[which].fallback)
        return true;
    s->used[which] = logged[which].fallback;
    series_finish(&s->of[which]);
    return series_load(&s->of[which], directory, logged[which].fallback, logged[which].columns, sink, e);
}

static bool load_segment(segment *s, const char *directory, const import_sink *sink, error *e)
{
    struct stat info;
    if (stat(directory, &info) != 0)
        return error_set(e, "%s: %s", directory, strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return error_set(e, "%s: not a directory", directory);
    for (size_t i = 0; i < SERIES; i++) {
        if (sink->progress)
            sink->progress(sink->context, logged[i].name, (double)i / SERIES);
        if (!load_series(s, i, directory, sink, e))
            return false;
    }
    return true;
}

static bool add_all(frame_store *store, segment *s, error *e)
{
    return comma2k19_add_gnss(store, &s->of[UBLOX], "gnss/ublox", e) &&
           comma2k19_add_gnss(store, &s->of[QCOM], "gnss/qcom", e) &&
           comma2k19_add_imu(store, &s->of[GYRO], &s->of[ACCELEROMETER], e) &&
           comma2k19_add_wheels(store, &s->of[WHEELS], &s->of[SPEED], &s->of[STEERING], e) &&
           comma2k19_add_radar(store, &s->of[RADAR], e) &&
           comma2k19_add_truth(store, &s->of[POSITIONS], &s->of[VELOCITIES], &s->of[ORIENTATIONS], e);
}

/* What is not there, in one line; what was left out of the rest, in one each. */
static void tell_missing(const segment *s, const import_sink *sink)
{
    char missing[512] = "";
    for (size_t i = 0; i < SERIES; i++) {
        size_t used = strlen(missing);
        if (s->of[i].count == 0)
            snprintf(missing + used, sizeof missing - used, "%s%s", used ? ", " : "", logged[i].name);
        if (s->of[i].dropped > 0)
            import_note(sink, "%s: %zu of its rows say nothing and were left out", s->used[i],
                        s->of[i].dropped);
    }
    if (missing[0] != '\0')
        import_note(sink, "not there: %s", missing);
}

static const char *mount_of(const char *source)
{
    for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
        if (strcmp(mounts[i].source, source) == 0)
            return mounts[i].settings;
    }
    return "{}";
}

static bool publish_config(const frame_store *store, const import_sink *sink, error *e)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return error_set(e, "out of memory");
    fputs("# Typical places, not measured ones: this car's were never published.\n"
          "# The device (camera, IMU: forward, right, down) sits behind the windscreen.\n"
          "truth: {x_m: 1.7, y_m: 0, z_m: 1.2}\n"
          "sources:\n",
          out);
    for (size_t i = 0; i < frame_store_sources(store); i++) {
        const char *source = frame_store_source(store, i);
        fprintf(out, "  %s: %s\n", source, mount_of(source));
    }
    bool ok = fclose(out) == 0 ? sink->config(sink->context, text, size) : error_set(e, "out of memory");
    free(text);
    return ok;
}

/* "../route|date/segment": the name of the directory above tells which drive it was. */
static void base_name_above(const char *directory, char name[IMPORT_NAME_SIZE])
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/..", directory);
    if (length < (int)sizeof path)
        import_base_name(path, name);
    if (length >= (int)sizeof path || !strchr(name, '|'))
        name[0] = '\0';
}

typedef struct {
    const char *pairs[SERIES + 4][2];
    size_t count;
} origin;

static void add_pair(origin *o, const char *key, const char *value)
{
    o->pairs[o->count][0] = key;
    o->pairs[o->count++][1] = value;
}

static bool publish_origin(const segment *s, const char *directory, const import_sink *sink)
{
    char segment_name[IMPORT_NAME_SIZE], route[IMPORT_NAME_SIZE], rows[SERIES][32];
    origin o = {.count = 0};
    import_base_name(directory, segment_name);
    base_name_above(directory, route);
    add_pair(&o, "importer", "comma2k19");
    add_pair(&o, "version", POSED_VERSION);
    add_pair(&o, "directory", segment_name);
    if (route[0] != '\0')
        add_pair(&o, "route", route);
    for (size_t i = 0; i < SERIES; i++) {
        if (s->of[i].count == 0)
            continue;
        snprintf(rows[i], sizeof rows[i], "%zu rows", s->of[i].value.rows);
        add_pair(&o, s->used[i], rows[i]);
    }
    return sink->metadata(sink->context, "origin", (const char *const(*)[2])o.pairs, o.count);
}

static bool run(const char *directory, const import_sink *sink, error *e)
{
    segment s = {0};
    frame_store *store = frame_store_create();
    bool ok = store || error_set(e, "out of memory");
    ok = ok && load_segment(&s, directory, sink, e) && add_all(store, &s, e);
    if (ok && frame_store_frames(store) == 0)
        ok = error_set(e, "%s: no comma2k19 segment: nothing usable under processed_log/", directory);
    if (ok) {
        tell_missing(&s, sink);
        ok = publish_config(store, sink, e) && publish_origin(&s, directory, sink) &&
             frame_store_publish(store, sink);
    }
    for (size_t i = 0; i < SERIES; i++)
        series_finish(&s.of[i]);
    frame_store_destroy(store);
    return ok;
}

extern const importer importer_comma2k19;
const importer importer_comma2k19 = {
    .name = "comma2k19",
    .summary = "a segment of the comma2k19 dataset: global_pose/ and processed_log/",
    .run = run,
};
