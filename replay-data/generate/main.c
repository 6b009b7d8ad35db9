/*
 * generate-town-loop DIR: writes the town loop as a directory in the neutral layout, the same bytes every
 * time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sensors.h"

static const sensor *const sensors[] = {
    &sensor_gnss,     &sensor_imu,    &sensor_wheel, &sensor_radar,
    &sensor_landmark, &sensor_health, &sensor_truth, &sensor_settings,
};

static bool write_file(const sensor *s, const drive *d, const char *directory)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s", directory, s->file);
    if (length < 0 || (size_t)length >= sizeof path)
        return false;
    FILE *out = fopen(path, "w");
    if (!out)
        return false;
    if (s->columns)
        fprintf(out, "%s\n", s->columns);
    s->write(out, d);
    bool good = !ferror(out);
    return fclose(out) == 0 && good;
}

static int write_all(const drive *d, const char *directory)
{
    if (mkdir(directory, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "%s: %s\n", directory, strerror(errno));
        return 1;
    }
    for (size_t i = 0; i < sizeof sensors / sizeof *sensors; i++)
        if (!write_file(sensors[i], d, directory)) {
            fprintf(stderr, "%s/%s: %s\n", directory, sensors[i]->file, strerror(errno));
            return 1;
        }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: generate-town-loop DIR\n", stderr);
        return 2;
    }
    drive *d = calloc(1, sizeof *d);
    if (!d || !(d->trajectory = trajectory_create()).states) {
        fputs("generate-town-loop: out of memory\n", stderr);
        free(d);
        return 1;
    }
    town_build(&d->town, &d->trajectory);
    int status = write_all(d, argv[1]);
    trajectory_destroy(&d->trajectory);
    free(d);
    return status;
}
