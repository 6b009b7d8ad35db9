#include "sensors/camera/saddle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * A saddle is where the determinant of the light's second derivatives is most negative. A ring about one
 * shows two bright and two dark quarters.
 */
enum { BLUR = 2, RING = 16, REFINE_STEPS = 6, BORDER = 10 };

/* A saddle counts from this share of the strongest (that of the 20th). Less: texture of a wall; more: a
 * corner in the shade is lost. */
static const double least_share = 0.05;

/* Second harmonic of the ring over all its others. A clean corner: 3 and more. */
static const double least_purity = 1.3;

typedef struct {
    int width, height;
    float *smooth, *work, *response;
    saddle *list;
    int count;
} search;

static float pixel(const search *s, int x, int y)
{
    return s->smooth[(size_t)y * (size_t)s->width + (size_t)x];
}

/* Binomial of width 2 BLUR + 1, across and down: a Gaussian with sigma 1. Twice: 1.4. */
static void blur(const float *from, float *to, int count, ptrdiff_t step)
{
    static const float weight[2 * BLUR + 1] = {1.0f / 16, 4.0f / 16, 6.0f / 16, 4.0f / 16, 1.0f / 16};
    for (int i = 0; i < count; i++) {
        float sum = 0.0f;
        for (int k = -BLUR; k <= BLUR; k++) {
            int at = i + k < 0 ? 0 : i + k >= count ? count - 1 : i + k;
            sum += weight[k + BLUR] * from[at * step];
        }
        to[i * step] = sum;
    }
}

static void make_smooth(search *s, const luma_view *p)
{
    for (int y = 0; y < s->height; y++) {
        for (int x = 0; x < s->width; x++)
            s->smooth[(size_t)y * (size_t)s->width + (size_t)x] = p->data[y * p->stride + x];
    }
    for (int pass = 0; pass < 2; pass++) {
        for (int y = 0; y < s->height; y++)
            blur(s->smooth + (ptrdiff_t)y * s->width, s->work + (ptrdiff_t)y * s->width, s->width, 1);
        for (int x = 0; x < s->width; x++)
            blur(s->work + x, s->smooth + x, s->height, s->width);
    }
}

static void make_response(search *s)
{
    memset(s->response, 0, (size_t)s->width * (size_t)s->height * sizeof *s->response);
    for (int y = BORDER; y < s->height - BORDER; y++) {
        for (int x = BORDER; x < s->width - BORDER; x++) {
            float xx = pixel(s, x + 2, y) - 2.0f * pixel(s, x, y) + pixel(s, x - 2, y);
            float yy = pixel(s, x, y + 2) - 2.0f * pixel(s, x, y) + pixel(s, x, y - 2);
            float xy = 0.5f * (pixel(s, x + 2, y + 2) - pixel(s, x - 2, y + 2) - pixel(s, x + 2, y - 2) +
                               pixel(s, x - 2, y - 2));
            float depth = 0.25f * xy * xy - xx * yy;
            s->response[(size_t)y * (size_t)s->width + (size_t)x] = depth > 0.0f ? depth : 0.0f;
        }
    }
}

static float between(const search *s, double x, double y)
{
    int i = (int)x, j = (int)y;
    float u = (float)(x - i), v = (float)(y - j);
    return (pixel(s, i, j) * (1.0f - u) + pixel(s, i + 1, j) * u) * (1.0f - v) +
           (pixel(s, i, j + 1) * (1.0f - u) + pixel(s, i + 1, j + 1) * u) * v;
}

/* The ring's harmonics: true when the second rules; `c` gets its phase. */
static bool is_corner(const search *s, saddle *c)
{
    static const double radius = 5.0, pi = 3.14159265358979323846;
    double light[RING], power[4] = {0};
    for (int i = 0; i < RING; i++) {
        double a = 2.0 * pi * i / RING;
        light[i] = (double)between(s, c->u + radius * cos(a), c->v + radius * sin(a));
    }
    for (int h = 1; h <= 3; h++) {
        double re = 0.0, im = 0.0;
        for (int i = 0; i < RING; i++) {
            re += light[i] * cos(2.0 * pi * h * i / RING);
            im += light[i] * sin(2.0 * pi * h * i / RING);
        }
        power[h] = hypot(re, im);
        if (h == 2)
            c->phase = atan2(im, re);
    }
    return power[2] > least_purity * (power[1] + power[3]) && power[2] > 4.0 * RING / 2.0;
}

/* Where all gradients about it point across the lines to it (Foerstner 1987). False: it wanders off. */
static bool refine(const search *s, saddle *c)
{
    const double u0 = c->u, v0 = c->v;
    enum { HALF = 4 };
    for (int step = 0; step < REFINE_STEPS; step++) {
        double a = 0.0, b = 0.0, d = 0.0, p = 0.0, q = 0.0;
        for (int j = -HALF; j <= HALF; j++) {
            for (int i = -HALF; i <= HALF; i++) {
                double x = c->u + i, y = c->v + j, w = exp(-(i * i + j * j) / 10.0);
                double gx = (double)(between(s, x + 1, y) - between(s, x - 1, y));
                double gy = (double)(between(s, x, y + 1) - between(s, x, y - 1));
                a += w * gx * gx;
                b += w * gx * gy;
                d += w * gy * gy;
                p += w * gx * (gx * i + gy * j);
                q += w * gy * (gx * i + gy * j);
            }
        }
        double determinant = a * d - b * b;
        if (!(determinant > 1e-6 * a * d))
            return false;
        double du = (d * p - b * q) / determinant, dv = (a * q - b * p) / determinant;
        c->u += du;
        c->v += dv;
        if (!(hypot(c->u - u0, c->v - v0) < 4.0))
            return false;
        if (hypot(du, dv) < 0.005)
            break;
    }
    return true;
}

static int stronger_first(const void *a, const void *b)
{
    double x = ((const saddle *)a)->strength, y = ((const saddle *)b)->strength;
    return (x < y) - (x > y);
}

static bool is_peak(const search *s, int x, int y)
{
    float here = s->response[(size_t)y * (size_t)s->width + (size_t)x];
    if (!(here > 4.0f))
        return false;
    for (int j = -4; j <= 4; j++) {
        for (int i = -4; i <= 4; i++) {
            float there = s->response[(size_t)(y + j) * (size_t)s->width + (size_t)(x + i)];
            if (there > here || (there == here && (j < 0 || (j == 0 && i < 0))))
                return false;
        }
    }
    return true;
}

static void collect(search *s)
{
    for (int y = BORDER; y < s->height - BORDER; y++) {
        for (int x = BORDER; x < s->width - BORDER; x++) {
            if (s->count == SADDLE_MOST || !is_peak(s, x, y))
                continue;
            saddle c = {x, y, (double)s->response[(size_t)y * (size_t)s->width + (size_t)x], 0.0};
            if (is_corner(s, &c))
                s->list[s->count++] = c;
        }
    }
    qsort(s->list, (size_t)s->count, sizeof *s->list, stronger_first);
    double least = s->count > 0 ? least_share * s->list[s->count > 20 ? 20 : s->count - 1].strength : 0.0;
    int good = 0;
    for (int i = 0; i < s->count; i++) {
        saddle c = s->list[i];
        if (c.strength >= least && refine(s, &c))
            s->list[good++] = c;
    }
    s->count = good;
}

int saddle_find(const luma_view *picture, saddle *out, error *e)
{
    size_t pixels = (size_t)picture->width * (size_t)picture->height;
    search s = {.width = picture->width, .height = picture->height, .list = out};
    if (picture->width < 4 * BORDER || picture->height < 4 * BORDER) {
        error_set(e, "too small a picture");
        return -1;
    }
    s.smooth = malloc(pixels * sizeof *s.smooth);
    s.work = malloc(pixels * sizeof *s.work);
    s.response = malloc(pixels * sizeof *s.response);
    bool good = s.smooth && s.work && s.response;
    if (good) {
        make_smooth(&s, picture);
        make_response(&s);
        collect(&s);
    } else {
        error_set(e, "out of memory");
    }
    free(s.response);
    free(s.work);
    free(s.smooth);
    return good ? s.count : -1;
}
