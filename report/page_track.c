/*
 * The way from above: metres east and north of the first pose that claims to know where it is.
 */
#include "fusion/geodesy.h"
#include "report/page_parts.h"

#include <math.h>

typedef struct {
    double origin_ecef_m[3], axes[3][3];
} local_axes;

static void to_east_north(const local_axes *l, const double ecef_m[3], double out_m[2])
{
    for (int i = 0; i < 2; i++) {
        out_m[i] = 0;
        for (int k = 0; k < 3; k++)
            out_m[i] += l->axes[i][k] * (ecef_m[k] - l->origin_ecef_m[k]);
    }
}

static void geodetic_to_east_north(const local_axes *l, double latitude_rad, double longitude_rad,
                                   double height_m, double out_m[2])
{
    double ecef_m[3];
    geodetic_to_ecef(latitude_rad, longitude_rad, isfinite(height_m) ? height_m : 0, ecef_m);
    to_east_north(l, ecef_m, out_m);
}

static void write_origin(const drive_page *p, local_axes *l, json_writer *w)
{
    double latitude_rad = 0, longitude_rad = 0, height_m = 0;
    for (size_t i = 0; i < p->pose_count; i++) {
        if (!page_claims(&p->poses[i]))
            continue;
        latitude_rad = p->poses[i].latitude_rad;
        longitude_rad = p->poses[i].longitude_rad;
        height_m = p->poses[i].height_m;
        break;
    }
    geodetic_to_ecef(latitude_rad, longitude_rad, height_m, l->origin_ecef_m);
    enu_axes(latitude_rad, longitude_rad, l->axes);
    json_open(w, "origin", '{');
    json_number(w, "latitude_deg", latitude_rad * 180 / M_PI, 8);
    json_number(w, "longitude_deg", longitude_rad * 180 / M_PI, 8);
    json_close(w, '}');
}

static bool write_estimate(const drive_page *p, const local_axes *l, json_writer *w)
{
    static const char *const keys[] = {"t", "e", "n", "mode"};
    static const int decimals[] = {2, 2, 2, 0};
    number_table t = {.columns = 4};
    double next_s = -INFINITY;
    for (size_t i = 0; i < p->pose_count; i++) {
        double now_s = page_seconds(p, p->poses[i].stamp_ns);
        double *row = now_s >= next_s && page_claims(&p->poses[i]) ? number_table_add(&t) : NULL;
        if (!row)
            continue;
        row[0] = now_s;
        to_east_north(l, p->poses[i].position_ecef_m, &row[1]);
        row[3] = p->poses[i].mode;
        next_s = now_s + page_step_s(p) - 1e-6;
    }
    json_open(w, "track", '{');
    for (size_t c = 0; c < t.columns; c++)
        json_numbers(w, keys[c], number_table_column(&t, c), t.count, t.columns, decimals[c]);
    json_close(w, '}');
    number_table_finish(&t);
    return !t.failed;
}

/* Half axes and turn of the 95 % ellipse of the pose's position. */
static void write_ellipse(const fusion_pose *pose, const local_axes *l, json_writer *w)
{
    double centre_m[2], a = pose->covariance[0][0], b = pose->covariance[0][1], c = pose->covariance[1][1];
    double middle = 0.5 * (a + c), apart = hypot(0.5 * (a - c), b);
    to_east_north(l, pose->position_ecef_m, centre_m);
    json_open(w, NULL, '[');
    json_number(w, NULL, centre_m[0], 2);
    json_number(w, NULL, centre_m[1], 2);
    json_number(w, NULL, sqrt(CHI2_95_2 * (middle + apart)), 3);
    json_number(w, NULL, sqrt(CHI2_95_2 * fmax(0, middle - apart)), 3);
    json_number(w, NULL, 0.5 * atan2(2 * b, a - c), 3);
    json_close(w, ']');
}

static void write_ellipses(const drive_page *p, const local_axes *l, json_writer *w)
{
    double every_s = fmax(2, ceil(p->end_s / PAGE_MAX_ELLIPSES)), next_s = -INFINITY;
    json_number(w, "ellipse_every_s", every_s, 1);
    json_open(w, "ellipses", '[');
    for (size_t i = 0; i < p->pose_count; i++) {
        double now_s = page_seconds(p, p->poses[i].stamp_ns);
        if (now_s < next_s || !page_claims(&p->poses[i]))
            continue;
        write_ellipse(&p->poses[i], l, w);
        next_s = now_s + every_s - 1e-6;
    }
    json_close(w, ']');
}

static void write_east_north(const number_table *t, size_t first, json_writer *w)
{
    json_numbers(w, "e", number_table_column(t, first), t->count, t->columns, 2);
    json_numbers(w, "n", number_table_column(t, first + 1), t->count, t->columns, 2);
}

static bool write_truth(const drive_page *p, const local_axes *l, json_writer *w)
{
    number_table t = {.columns = 2};
    double next_s = -INFINITY;
    for (size_t i = 0; i < p->truth_count; i++) {
        const truth_point *at = &p->truth[i];
        double now_s = page_seconds(p, at->stamp_ns);
        double *row = now_s >= next_s ? number_table_add(&t) : NULL;
        if (!row)
            continue;
        geodetic_to_east_north(l, at->latitude_rad, at->longitude_rad, at->height_m, row);
        next_s = now_s + page_step_s(p) - 1e-6;
    }
    if (t.count > 0) {
        json_open(w, "truth", '{');
        write_east_north(&t, 0, w);
        json_close(w, '}');
    }
    number_table_finish(&t);
    return !t.failed;
}

/* One object per receiver; of many fixes an even choice. */
static bool write_fixes(const drive_page *p, const local_axes *l, json_writer *w)
{
    const drive_log *log = p->log;
    size_t every = 1 + log->fix_count / PAGE_MAX_FIXES;
    bool complete = true;
    json_open(w, "fixes", '[');
    for (size_t s = 0; s < p->settings->source_count && complete; s++) {
        number_table t = {.columns = 2};
        size_t seen = 0;
        for (size_t i = 0; i < log->fix_count; i++) {
            const logged_fix *f = &log->fixes[i];
            double *row = f->source == s && seen++ % every == 0 ? number_table_add(&t) : NULL;
            if (row)
                geodetic_to_east_north(l, f->latitude_rad, f->longitude_rad, f->height_m, row);
        }
        if (t.count > 0) {
            json_open(w, NULL, '{');
            json_whole(w, "source", s);
            write_east_north(&t, 0, w);
            json_close(w, '}');
        }
        number_table_finish(&t);
        complete = !t.failed;
    }
    json_close(w, ']');
    return complete;
}

static bool write_landmarks(const drive_page *p, const local_axes *l, json_writer *w)
{
    char id[24];
    number_table t = {.columns = 2};
    json_open(w, "landmarks", '{');
    json_open(w, "id", '[');
    for (size_t i = 0; i < p->settings->landmark_count; i++) {
        const landmark_settings *m = &p->settings->landmarks[i];
        double *row = number_table_add(&t);
        if (!row)
            break;
        geodetic_to_east_north(l, m->latitude_deg * M_PI / 180, m->longitude_deg * M_PI / 180, m->height_m,
                               row);
        snprintf(id, sizeof id, "%llu", (unsigned long long)m->id);
        json_text(w, NULL, id); /* a double would round it */
    }
    json_close(w, ']');
    write_east_north(&t, 0, w);
    json_close(w, '}');
    number_table_finish(&t);
    return !t.failed;
}

bool page_write_track(const drive_page *p, json_writer *w)
{
    local_axes l;
    write_origin(p, &l, w);
    write_ellipses(p, &l, w);
    return write_estimate(p, &l, w) && write_truth(p, &l, w) && write_fixes(p, &l, w) &&
           write_landmarks(p, &l, w);
}
