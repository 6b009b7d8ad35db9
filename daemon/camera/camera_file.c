#include "daemon/camera/camera_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const double degrees = 57.29577951308232;

static void print(FILE *out, const camera_file_contents *c)
{
    const camera_model *m = &c->model;
    if (c->comment)
        fprintf(out, "# %s\n", c->comment);
    if (c->has_mount)
        fprintf(
            out,
            "sources:\n  %s:\n    mount: {x_m: %.3f, y_m: %.3f, z_m: %.4f, roll_deg: %.3f, pitch_deg: %.3f, "
            "yaw_deg: %.3f}\n",
            c->name, c->mount.forward_m, c->mount.left_m, c->mount.height_m, c->mount.roll_rad * degrees,
            c->mount.pitch_rad * degrees, c->mount.yaw_rad * degrees);
    fprintf(out, "adapters:\n  %s:\n    kind: camera\n    input: /dev/video0 # or a video, or pictures\n",
            c->name);
    fprintf(out, "    detect: %s\n", c->has_mount ? "tags,lanes" : "tags");
    fprintf(out, "    width: %d\n    height: %d\n", c->width, c->height);
    fprintf(out, "    fx: %.3f\n    fy: %.3f\n    cx: %.3f\n    cy: %.3f\n", m->fx, m->fy, m->cx, m->cy);
    fprintf(out, "    k1: %.6f\n    k2: %.6f\n    p1: %.6f\n    p2: %.6f\n    k3: %.6f\n", m->k1, m->k2,
            m->p1, m->p2, m->k3);
}

bool camera_file_write(const char *path, const camera_file_contents *c, error *e)
{
    if (!path) {
        print(stdout, c);
        return (fflush(stdout) == 0 && !ferror(stdout)) ||
               error_set(e, "standard output: %s", strerror(errno));
    }
    FILE *out = fopen(path, "w");
    if (!out)
        return error_set(e, "%s: %s", path, strerror(errno));
    print(out, c);
    bool good = !ferror(out);
    good = fclose(out) == 0 && good;
    return good || error_set(e, "%s: %s", path, strerror(errno));
}
