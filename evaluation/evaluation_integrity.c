#include "evaluation/evaluation_integrity.h"

#include "evaluation/evaluation.h"

#include <math.h>
#include <stdlib.h>

enum { ALONG, CROSS, VERTICAL, HEADING, HORIZONTAL };

static bool is_epoch(const error_sample *s)
{
    for (int i = 0; i < POSE_PROTECTIONS; i++) {
        if (!isfinite(s->protection[i]))
            return false;
    }
    return true;
}

/* Absolute errors in the order of the protection levels; NAN: not known. */
static void errors_of(const error_sample *s, double heading_offset_rad, double e[POSE_PROTECTIONS])
{
    double offset = isfinite(heading_offset_rad) ? heading_offset_rad : 0;
    e[ALONG] = fabs(s->along_m);
    e[CROSS] = fabs(s->cross_m);
    e[VERTICAL] = fabs(s->enu_m[2]);
    e[HEADING] = fabs(wrap_angle(s->heading_rad - offset));
    e[HORIZONTAL] = hypot(s->enu_m[0], s->enu_m[1]);
}

static void judge(const error_sample *s, double heading_offset_rad, evaluation_integrity *out)
{
    double e[POSE_PROTECTIONS];
    bool misled = false, available = true, dangerous = false;
    errors_of(s, heading_offset_rad, e);
    for (int i = 0; i < POSE_PROTECTIONS; i++) {
        misled |= e[i] > s->protection[i];
        if (s->protection[i] > 0 && isfinite(e[i]))
            out->error_over_pl_max = fmax(out->error_over_pl_max, e[i] / s->protection[i]);
    }
    for (int i = 0; i < HORIZONTAL; i++) {
        available &= s->protection[i] < s->alert[i];
        dangerous |= e[i] > s->alert[i];
    }
    out->epochs++;
    out->misleading += misled;
    out->hazardous += dangerous && available && !s->alerted;
    out->available_fraction += available;
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* No reference is mounted further off than this, rad. */
static const double most_mount_rad = 5 * 0.017453292519943295;

double evaluation_mount(double offset_rad)
{
    return fabs(offset_rad) <= most_mount_rad ? offset_rad : NAN;
}

/* Above this speed the reference's mount is told from the heading's error. */
static const double heading_speed_mps = 3.0;

/* The reference's mount is the median of the heading's errors: a heading that goes astray for less than half
 * of the drive must not pass for it. About the mean direction, so that it does not matter where angles wrap.
 */
static double mount_of(const error_sample *s, size_t count, double about, double *room)
{
    size_t known = 0;
    for (size_t i = 0; i < count && isfinite(about); i++) {
        if (isfinite(s[i].heading_rad) && s[i].speed_mps > heading_speed_mps)
            room[known++] = wrap_angle(s[i].heading_rad - about);
    }
    qsort(room, known, sizeof *room, compare_doubles);
    return known > 0 ? evaluation_mount(wrap_angle(about + evaluation_quantile(room, known, 0.5))) : NAN;
}

static double median(const error_sample *s, size_t count, int which, double *room)
{
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_epoch(&s[i]))
            room[known++] = s[i].protection[which];
    }
    qsort(room, known, sizeof *room, compare_doubles);
    return evaluation_quantile(room, known, 0.5);
}

void evaluate_integrity(const error_sample *s, size_t count, double heading_offset_rad, double *room,
                        evaluation_integrity *out)
{
    heading_offset_rad = mount_of(s, count, heading_offset_rad, room);
    *out = (evaluation_integrity){.error_over_pl_max = NAN};
    for (size_t i = 0; i < count; i++) {
        if (is_epoch(&s[i]))
            judge(&s[i], heading_offset_rad, out);
    }
    out->available_fraction = out->epochs > 0 ? out->available_fraction / (double)out->epochs : NAN;
    out->pl_horizontal_p50_m = median(s, count, HORIZONTAL, room);
    out->pl_cross_p50_m = median(s, count, CROSS, room);
    out->pl_along_p50_m = median(s, count, ALONG, room);
}
