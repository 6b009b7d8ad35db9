/*
 * A front camera at 10 Hz: bearings of the fiducials, and how well it can see at all.
 */
#include "road.h"
#include "sim/rng.h"
#include "sensors.h"
#include "sim/vec.h"

enum {
    SPAN = STEPS_PER_SECOND / 10,
    RECEIVED_AFTER_MS = 80,
    HEALTH_SPAN = STEPS_PER_SECOND / 5,
    HEALTH_AFTER_MS = 85,
};

static const double bearing_sigma_deg = 0.1, max_azimuth_deg = 40, max_elevation_deg = 25;
/* A fiducial is found with this chance up to `sure_m`; the chance falls to nothing at `never_m`. */
static const double chance = 0.8, sure_m = 30, never_m = 80, min_range_m = 3;

/* The bearing of a fiducial; false when the camera does not find it. */
static bool find(const drive *d, size_t step, const town_object *tag, rng *r, double bearing[2])
{
    double mount[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    double at[3], line[3], local[3];
    double gap = road_ahead(d->trajectory.states[step].s_m, tag->s_m);
    if (gap < 0 || gap > never_m)
        return false;
    trajectory_position(&d->trajectory, step, camera_lever_m, at);
    for (int i = 0; i < 3; i++)
        line[i] = tag->plane_m[i] - at[i];
    to_sensor(d, step, mount, line, local);
    double range = norm(line), fade = fmin(1, (never_m - range) / (never_m - sure_m));
    bearing[0] = atan2(local[1], local[0]);
    bearing[1] = atan2(local[2], hypot(local[0], local[1]));
    return range > min_range_m && fabs(bearing[0]) < radians(max_azimuth_deg) &&
           fabs(bearing[1]) < radians(max_elevation_deg) && rng_chance(r, chance * fade);
}

static void write_landmarks(FILE *out, const drive *d)
{
    rng r = rng_seed(DRIVE_SEED, STREAM_CAMERA);
    size_t frame = 0;
    for (size_t step = SENSOR_MARGIN; step + SENSOR_MARGIN < d->trajectory.count; step += SPAN, frame++) {
        for (size_t i = 0; i < d->town.tag_count; i++) {
            double bearing[2];
            if (!find(d, step, &d->town.tags[i], &r, bearing))
                continue;
            print_time(out, step, 0);
            print_time(out, step, RECEIVED_AFTER_MS);
            bearing[0] += rng_normal(&r, radians(bearing_sigma_deg));
            bearing[1] += rng_normal(&r, radians(bearing_sigma_deg));
            fprintf(out, "front,%zu,%zu,tag,%.5f,%.5f\n", frame, i + 1, bearing[0], bearing[1]);
        }
    }
}

/* Daylight; the tunnel is dark, and its end blinds for as long as the exposure needs to follow. */
static void write_health(FILE *out, const drive *d)
{
    rng r = rng_seed(DRIVE_SEED, STREAM_HEALTH);
    double since_exit_s = 1e3;
    for (size_t step = SENSOR_MARGIN; step + SENSOR_MARGIN < d->trajectory.count; step += HEALTH_SPAN) {
        bool tunnel = road_in_tunnel(d->trajectory.states[step].s_m);
        since_exit_s = tunnel ? 0 : since_exit_s + 0.2;
        bool blinded = !tunnel && since_exit_s < 1.1;
        double luminance = (tunnel ? 0.18 : blinded ? 0.82 : 0.45) + rng_normal(&r, 0.01);
        double saturated = (tunnel ? 0.01 : blinded ? 0.40 : 0.02) + fabs(rng_normal(&r, 0.005));
        double dark = (tunnel ? 0.45 : 0.06) + fabs(rng_normal(&r, 0.01));
        double contrast = (tunnel ? 0.13 : blinded ? 0.10 : 0.22) + rng_normal(&r, 0.01);
        double sharpness = (tunnel ? 9 : 24) + rng_normal(&r, 1.5);
        print_time(out, step, 0);
        print_time(out, step, HEALTH_AFTER_MS);
        fprintf(out, "front,%.3f,%.3f,%.3f,%.3f,%.1f\n", luminance, saturated, dark, contrast, sharpness);
    }
}

const sensor sensor_landmark = {
    .file = "landmark.csv",
    .columns = "stamp_s,received_s,source,frame,id,class,bearing_az_rad,bearing_el_rad",
    .write = write_landmarks,
};

const sensor sensor_health = {
    .file = "camera_health.csv",
    .columns = "stamp_s,received_s,source,mean_luminance,saturated_fraction,dark_fraction,contrast,sharpness",
    .write = write_health,
};
