/*
 * The truth at 20 Hz, of the body origin, and drive.yaml: what the owner of the vehicle knows about it.
 */
#include "earth.h"
#include "sim/rng.h"
#include "sensors.h"
#include "sim/vec.h"

enum { SPAN = STEPS_PER_SECOND / 20 };

static const double survey_sigma_m = 0.03;

/* Roll, pitch (nose up) and heading (clockwise from north) against the local level, degrees. */
static void write_attitude(FILE *out, const drive *d, size_t step, const geodetic *at)
{
    double R[3][3], columns[3][3];
    trajectory_attitude(&d->trajectory, step, R);
    for (int j = 0; j < 3; j++)
        earth_local(&d->trajectory.earth, at, (double[3]){R[0][j], R[1][j], R[2][j]}, columns[j]);
    double roll = atan2(columns[1][2], columns[2][2]), nose_up = asin(columns[0][2]);
    double heading = degrees(atan2(columns[0][0], columns[0][1]));
    fprintf(out, ",%.3f,%.3f,%.3f\n", degrees(roll), degrees(nose_up), heading < 0 ? heading + 360 : heading);
}

static void write_truth(FILE *out, const drive *d)
{
    const double origin[3] = {0, 0, 0};
    for (size_t step = SENSOR_MARGIN; step + SENSOR_MARGIN < d->trajectory.count; step += SPAN) {
        double v[3], enu[3];
        geodetic at = earth_point(&d->trajectory.earth, d->trajectory.states[step].plane_m);
        trajectory_velocity(&d->trajectory, step, origin, v);
        earth_local(&d->trajectory.earth, &at, v, enu);
        print_time(out, step, 0);
        fprintf(out, "%.8f,%.8f,%.3f", degrees(at.latitude_rad), degrees(at.longitude_rad), at.height_m);
        fprintf(out, ",%.3f,%.3f,%.3f", enu[0], enu[1], enu[2]);
        write_attitude(out, d, step, &at);
    }
}

static void write_mount(FILE *out, const char *name, const double lever_m[3])
{
    fprintf(out, "  %s:\n    mount: {x_m: %.1f, y_m: %.1f, z_m: %.1f}\n", name, lever_m[0], lever_m[1],
            lever_m[2]);
}

static void write_settings(FILE *out, const drive *d)
{
    rng r = rng_seed(DRIVE_SEED, STREAM_SURVEY);
    fputs("# The vehicle of the town loop, as measured with a folding rule, and the surveyed fiducials.\n"
          "truth: {x_m: 0, y_m: 0, z_m: 0}\nsources:\n",
          out);
    write_mount(out, "gnss/roof", gnss_lever_m);
    write_mount(out, "imu/body", imu_lever_m);
    write_mount(out, "wheel/can", (double[3]){0, 0, 0});
    write_mount(out, "radar/front", radar_lever_m);
    write_mount(out, "camera/front", camera_lever_m);
    fputs("landmarks:\n", out);
    for (size_t i = 0; i < d->town.tag_count; i++) {
        double at_m[3];
        for (int k = 0; k < 3; k++)
            at_m[k] = d->town.tags[i].plane_m[k] + rng_normal(&r, survey_sigma_m);
        geodetic at = earth_point(&d->trajectory.earth, at_m);
        fprintf(out,
                "  - {id: %zu, latitude_deg: %.8f, longitude_deg: %.8f, height_m: %.3f, sigma_m: %.2f}\n",
                i + 1, degrees(at.latitude_rad), degrees(at.longitude_rad), at.height_m, survey_sigma_m);
    }
}

const sensor sensor_truth = {
    .file = "truth.csv",
    .columns =
        "stamp_s,latitude_deg,longitude_deg,height_m,v_east_mps,v_north_mps,v_up_mps,roll_deg,pitch_deg,"
        "heading_deg",
    .write = write_truth,
};

const sensor sensor_settings = {.file = "drive.yaml", .columns = NULL, .write = write_settings};
