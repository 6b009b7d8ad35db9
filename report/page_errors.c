/*
 * Errors against truth, and the bounds that the filter claims for them.
 */
#include "evaluation/evaluation_sample.h"
#include "report/page_parts.h"

#include <math.h>
#include <string.h>

static const double deg = 180 / M_PI;

enum { T, HORIZONTAL, ALONG, CROSS, UP, HEADING, VE, VN, VU, COLUMNS };
static const char *const keys[COLUMNS] = {"t",       "horizontal", "along", "cross", "up",
                                          "heading", "ve",         "vn",    "vu"};
static const int decimals[COLUMNS] = {2, 3, 3, 3, 3, 3, 3, 3, 3};

/* A row where the curve is broken, when the one before is long past. */
static void break_after_gap(number_table *t, double now_s, double step_s)
{
    double last_s = t->count > 0 ? t->values[(t->count - 1) * t->columns] : NAN;
    double *row = now_s - last_s > fmax(0.5, 5 * step_s) ? number_table_add(t) : NULL;
    if (row)
        row[T] = last_s + step_s;
}

static bool write_table(number_table *t, const char *key, json_writer *w)
{
    json_open(w, key, '{');
    for (size_t c = 0; c < t->columns; c++)
        json_numbers(w, keys[c], number_table_column(t, c), t->count, t->columns, decimals[c]);
    json_close(w, '}');
    number_table_finish(t);
    return !t->failed;
}

/* ---- bounds ---- */

/* Variance of the position along a horizontal direction. */
static double variance_along(const fusion_pose *pose, double east, double north)
{
    return east * east * pose->covariance[0][0] + 2 * east * north * pose->covariance[0][1] +
           north * north * pose->covariance[1][1];
}

static void make_bounds(const fusion_pose *pose, double row[COLUMNS])
{
    double a = pose->covariance[0][0], b = pose->covariance[0][1], c = pose->covariance[1][1];
    double speed = hypot(pose->velocity_enu_mps[0], pose->velocity_enu_mps[1]);
    bool moves = speed >= 1; /* as in the evaluation */
    double east = moves ? pose->velocity_enu_mps[0] / speed : sin(pose->heading_rad);
    double north = moves ? pose->velocity_enu_mps[1] / speed : cos(pose->heading_rad);
    row[HORIZONTAL] = sqrt(CHI2_95_2 * (0.5 * (a + c) + hypot(0.5 * (a - c), b)));
    row[ALONG] = NORMAL_95 * sqrt(variance_along(pose, east, north));
    row[CROSS] = NORMAL_95 * sqrt(variance_along(pose, -north, east));
    row[UP] = NORMAL_95 * sqrt(pose->covariance[2][2]);
    row[HEADING] = NORMAL_95 * sqrt(pose->covariance[5][5]) * deg;
    for (int i = 0; i < 3; i++)
        row[VE + i] = NORMAL_95 * sqrt(pose->velocity_covariance[i][i]);
}

bool page_write_bounds(const drive_page *p, json_writer *w)
{
    number_table t = {.columns = COLUMNS};
    double next_s = -INFINITY, step_s = page_step_s(p);
    for (size_t i = 0; i < p->pose_count; i++) {
        double now_s = page_seconds(p, p->poses[i].stamp_ns);
        if (now_s < next_s || !page_claims(&p->poses[i]))
            continue;
        break_after_gap(&t, now_s, step_s);
        double *row = number_table_add(&t);
        if (!row)
            break;
        row[T] = now_s;
        make_bounds(&p->poses[i], row);
        next_s = now_s + step_s - 1e-6;
    }
    return write_table(&t, "bounds", w);
}

/* ---- protection levels ---- */

static void make_levels(const fusion_pose *pose, double row[VE])
{
    row[HORIZONTAL] = pose->protection_horizontal_m;
    row[ALONG] = pose->protection_along_m;
    row[CROSS] = pose->protection_cross_m;
    row[UP] = pose->protection_vertical_m;
    row[HEADING] = pose->protection_heading_rad * deg;
}

static void write_limits(const settings *set, json_writer *w)
{
    const alert_limits *limit = &set->alert[set->road];
    json_open(w, "alert", '{');
    json_number(w, keys[ALONG], limit->longitudinal_m, 3);
    json_number(w, keys[CROSS], limit->lateral_m, 3);
    json_number(w, keys[UP], limit->vertical_m, 3);
    json_number(w, keys[HEADING], limit->heading_deg, 3);
    json_close(w, '}');
}

/* Thinned as the bounds. A level that is higher for less than a step may be left out. */
bool page_write_levels(const drive_page *p, json_writer *w)
{
    number_table t = {.columns = VE};
    double next_s = -INFINITY, step_s = page_step_s(p);
    for (size_t i = 0; i < p->pose_count; i++) {
        const fusion_pose *pose = &p->poses[i];
        double now_s = page_seconds(p, pose->stamp_ns);
        if (now_s < next_s || !page_claims(pose) || !isfinite(pose->protection_along_m))
            continue;
        break_after_gap(&t, now_s, step_s);
        double *row = number_table_add(&t);
        if (!row)
            break;
        row[T] = now_s;
        make_levels(pose, row);
        next_s = now_s + step_s - 1e-6;
    }
    write_limits(p->settings, w);
    if (t.count > 0)
        return write_table(&t, "levels", w);
    number_table_finish(&t);
    return !t.failed;
}

/* ---- errors ---- */

static void make_errors(const drive_page *p, const error_sample *s, double row[COLUMNS])
{
    double offset_deg =
        p->evaluation && isfinite(p->evaluation->heading_offset_deg) ? p->evaluation->heading_offset_deg : 0;
    row[HORIZONTAL] = hypot(s->enu_m[0], s->enu_m[1]);
    row[ALONG] = s->along_m;
    row[CROSS] = s->cross_m;
    row[UP] = s->enu_m[2];
    row[HEADING] = wrap_angle(s->heading_rad - offset_deg / deg) * deg;
    for (int i = 0; i < 3; i++)
        row[VE + i] = s->velocity_enu_mps[i];
}

/* The estimate, at the reference's point, at one truth point. */
static bool sample_error(const drive_page *p, const truth_point *truth, size_t *hint, error_sample *out)
{
    const mount_settings *mount = &p->settings->truth;
    const double lever_m[3] = {mount->x_m, mount->y_m, mount->z_m};
    pose_sample s;
    if (!pose_sample_at(p->poses, p->pose_count, hint, truth->stamp_ns, &s) || s.mode == MODE_INITIALIZING ||
        s.mode == MODE_LOST)
        return false;
    pose_sample_move(&s, lever_m);
    error_sample_make(&s, truth, mount->yaw_deg / deg, out);
    return true;
}

/* Of each curve the largest error of the interval, so that thinning hides no peak. */
static void keep_largest(double row[COLUMNS], const double next[COLUMNS])
{
    for (int c = HORIZONTAL; c < COLUMNS; c++) {
        if (!(fabs(next[c]) <= fabs(row[c])))
            row[c] = next[c];
    }
}

bool page_write_errors(const drive_page *p, json_writer *w)
{
    number_table t = {.columns = COLUMNS};
    double last_interval = -INFINITY, step_s = page_step_s(p);
    size_t hint = 0;
    for (size_t i = 0; i < p->truth_count && !t.failed; i++) {
        error_sample s;
        double now_s = page_seconds(p, p->truth[i].stamp_ns), interval = floor(now_s / step_s);
        double next[COLUMNS] = {[T] = now_s};
        if (!sample_error(p, &p->truth[i], &hint, &s))
            continue;
        make_errors(p, &s, next);
        if (interval == last_interval) {
            keep_largest(&t.values[(t.count - 1) * t.columns], next);
            continue;
        }
        break_after_gap(&t, now_s, step_s);
        double *row = number_table_add(&t);
        if (!row)
            break;
        memcpy(row, next, sizeof next);
        last_interval = interval;
    }
    if (t.count > 0)
        return write_table(&t, "errors", w);
    number_table_finish(&t);
    return !t.failed;
}
