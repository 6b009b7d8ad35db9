#include "sensors/camera/tags.h"
#include "sensors/camera/tag_pose.h"

#include <apriltag/apriltag.h>
#include <apriltag/tag16h5.h>
#include <apriltag/tag25h9.h>
#include <apriltag/tag36h10.h>
#include <apriltag/tag36h11.h>
#include <apriltag/tagCircle21h7.h>
#include <apriltag/tagCircle49h12.h>
#include <apriltag/tagCustom48h12.h>
#include <apriltag/tagStandard41h12.h>
#include <apriltag/tagStandard52h13.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;
    apriltag_family_t *(*create)(void);
    void (*destroy)(apriltag_family_t *);
} family_kind;

#define FAMILY(name)                                                                                         \
    {                                                                                                        \
#name, name##_create, name##_destroy                                                                 \
    }
static const family_kind family_kinds[] = {
    FAMILY(tag36h11),       FAMILY(tag25h9),          FAMILY(tag16h5),
    FAMILY(tag36h10),       FAMILY(tagCircle21h7),    FAMILY(tagCircle49h12),
    FAMILY(tagCustom48h12), FAMILY(tagStandard41h12), FAMILY(tagStandard52h13),
};
enum { FAMILY_KINDS = sizeof family_kinds / sizeof *family_kinds };

/* Corners that fit a square no better than this are something else's: a quad of which one edge is a shadow's
 * or the wall's. Too small: tags in a strong wind of noise are lost; too large: they are believed. */
static const double most_misfit_px = 2.0;

struct tag_finder {
    tags_options options; /* but for `families` */
    apriltag_detector_t *detector;
    size_t count;
    const family_kind *kinds[FAMILY_KINDS];
    apriltag_family_t *families[FAMILY_KINDS];
};

/* The library's table of codes that are close enough has a row for every code and every set of wrong bits:
 * 0.2 million for tag36h11 and two bits, a gigabyte for the largest families. */
static int correctable_bits(const apriltag_family_t *family)
{
    return family->ncodes <= 1000 ? 2 : family->ncodes <= 5000 ? 1 : 0;
}

static bool add_family(tag_finder *t, const char *name, size_t length, error *e)
{
    const family_kind *kind = NULL;
    for (size_t i = 0; i < FAMILY_KINDS; i++) {
        if (strlen(family_kinds[i].name) == length && memcmp(family_kinds[i].name, name, length) == 0)
            kind = &family_kinds[i];
    }
    if (!kind)
        return error_set(e, "there is no family of tags \"%.*s\"; tag36h11, tag25h9, tag16h5, ...",
                         (int)length, name);
    for (size_t i = 0; i < t->count; i++) {
        if (t->kinds[i] == kind)
            return error_set(e, "%s is there twice", kind->name);
    }
    apriltag_family_t *family = kind->create();
    if (!family)
        return error_set(e, "out of memory");
    t->kinds[t->count] = kind;
    t->families[t->count++] = family;
    errno = 0;
    apriltag_detector_add_family_bits(t->detector, family, correctable_bits(family));
    return errno != ENOMEM || error_set(e, "%s: out of memory", kind->name);
}

static bool add_families(tag_finder *t, const char *list, error *e)
{
    for (const char *at = list; *at != '\0';) {
        size_t length = strcspn(at, ", ");
        if (length > 0 && !add_family(t, at, length, e))
            return false;
        at += length;
        at += strspn(at, ", ");
    }
    return t->count > 0 || error_set(e, "no family of tags is given");
}

tag_finder *tags_create(const tags_options *o, error *e)
{
    tag_finder *t = calloc(1, sizeof *t);
    if (!t || !(t->detector = apriltag_detector_create())) {
        error_set(e, "out of memory");
        free(t);
        return NULL;
    }
    t->options = *o;
    t->options.families = NULL;
    t->detector->nthreads = 1;
    t->detector->quad_decimate = (float)o->decimate;
    if (add_families(t, o->families, e))
        return t;
    tags_destroy(t);
    return NULL;
}

void tags_destroy(tag_finder *t)
{
    if (!t)
        return;
    apriltag_detector_destroy(t->detector);
    for (size_t i = 0; i < t->count; i++)
        t->kinds[i]->destroy(t->families[i]);
    free(t);
}

static uint64_t identity(const tag_finder *t, const apriltag_detection_t *d)
{
    size_t family = 0;
    while (family + 1 < t->count && t->families[family] != d->family)
        family++;
    return t->options.id_offset + (uint64_t)TAGS_FAMILY_STEP * family + (uint64_t)d->id;
}

static float score(const apriltag_detection_t *d)
{
    return (float)(1.0 / (1.0 + exp(-((double)d->decision_margin - 20.0 - 10.0 * d->hamming) / 5.0)));
}

/* One sigma of a corner, pixels: what is expected, or what the corners themselves show when that is more. */
static double corner_noise(const tag_finder *t, const tag_pose *pose)
{
    return fmax(t->options.corner_px, pose->misfit_px);
}

/* Of a tag that reaches out of the picture the library extends the edges that it sees. */
static bool is_whole(const luma_view *view, double corners[4][2])
{
    bool whole = true;
    for (int i = 0; i < 4; i++)
        whole = whole && corners[i][0] > 1.0 && corners[i][1] > 1.0 && corners[i][0] < view->width - 2.0 &&
                corners[i][1] < view->height - 2.0;
    return whole;
}

/* Variance of the quantity that has this row of a Jacobian. */
static double variance_along(const double row[3], double covariance[3][3])
{
    double sum = 0.0;
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            sum += row[i] * covariance[i][j] * row[j];
    }
    return sum;
}

static void describe_facing(const tag_pose *pose, double noise_px, camera_landmark *out)
{
    camera_bearing b = model_bearing(pose->normal, NULL);
    double sigma = tag_pose_facing_sigma(pose, noise_px);
    out->facing_az_rad = (float)b.azimuth_rad;
    out->facing_el_rad = (float)b.elevation_rad;
    out->sigma_facing_rad = isfinite(sigma) ? (float)sigma : NAN;
}

/* The library counts its corners against the clock and pixels from their edge. */
static bool describe(const tag_finder *t, const apriltag_detection_t *d, const luma_view *view,
                     const camera_model *m, camera_landmark *out)
{
    double corners[4][2], jacobian[9], size = t->options.size_m;
    tag_pose pose;
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 2; k++)
            corners[i][k] = d->p[3 - i][k] - 0.5;
    }
    if (!is_whole(view, corners) || !tag_pose_find(m, corners, size > 0.0 ? size : 1.0, &pose) ||
        !(pose.misfit_px <= most_misfit_px))
        return false;
    camera_bearing b = model_bearing(pose.centre, jacobian);
    double noise = corner_noise(t, &pose), variance[3];
    for (int i = 0; i < 3; i++)
        variance[i] = noise * noise * variance_along(jacobian + 3 * (size_t)i, pose.covariance);
    *out = (camera_landmark){
        .id = identity(t, d),
        .azimuth_rad = (float)b.azimuth_rad,
        .elevation_rad = (float)b.elevation_rad,
        .range_m = size > 0.0 ? (float)b.range : NAN,
        .sigma_rad = (float)sqrt(0.5 * (variance[0] + variance[1])),
        .sigma_range_m = size > 0.0 ? (float)sqrt(variance[2]) : NAN,
        .score = score(d),
        .class_name = "tag",
    };
    describe_facing(&pose, noise, out);
    return isfinite(out->azimuth_rad) && isfinite(out->elevation_rad) && isfinite(out->sigma_rad);
}

/* The library only reads the picture; its type is not const. */
size_t tags_find(tag_finder *t, const luma_view *view, const camera_model *m, frame_landmarks *out)
{
    size_t left_out = 0;
    image_u8_t image = {view->width, view->height, (int32_t)view->stride, (uint8_t *)(uintptr_t)view->data};
    out->count = 0;
    zarray_t *found = apriltag_detector_detect(t->detector, &image);
    for (int i = 0; i < zarray_size(found); i++) {
        apriltag_detection_t *d;
        zarray_get(found, i, &d);
        if (out->count < FRAME_MAX_LANDMARKS && describe(t, d, view, m, &out->landmarks[out->count]))
            out->count++;
        else
            left_out++;
    }
    apriltag_detections_destroy(found);
    return left_out;
}
