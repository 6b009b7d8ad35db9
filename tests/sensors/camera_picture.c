#include "tests/sensors/camera_picture.h"

#include "tests/draws.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static void *allocate(size_t size)
{
    void *p = calloc(1, size);
    if (!p)
        abort();
    return p;
}

picture picture_create(int width, int height, uint64_t seed)
{
    size_t count = (size_t)width * (size_t)height;
    return (picture){width, height, allocate(count * sizeof(float)), allocate(count),
                     seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
}

void picture_destroy(picture *p)
{
    free(p->light);
    free(p->bytes);
}

picture picture_copy(const picture *from)
{
    size_t count = (size_t)from->width * (size_t)from->height;
    picture p = picture_create(from->width, from->height, 0);
    memcpy(p.light, from->light, count * sizeof *p.light);
    memcpy(p.bytes, from->bytes, count);
    p.random = from->random;
    return p;
}

double picture_uniform(picture *p, double from, double to)
{
    return from + (to - from) * (double)(draw_bits(&p->random) >> 11) * 0x1p-53;
}

/* Box and Muller. */
double picture_normal(picture *p)
{
    double radius = sqrt(-2.0 * log(picture_uniform(p, 1e-300, 1.0)));
    return radius * cos(2.0 * pi * picture_uniform(p, 0.0, 1.0));
}

static float *at(const picture *p, int x, int y)
{
    return &p->light[(size_t)y * (size_t)p->width + (size_t)x];
}

void picture_wall(picture *p, double luminance)
{
    for (int i = 0; i < p->width * p->height; i++)
        p->light[i] = (float)luminance;
}

/* ---- a camera's rays */

picture_rays picture_rays_create(const camera_model *m, int width, int height)
{
    size_t across = (size_t)width + 1, count = across * ((size_t)height + 1);
    picture_rays r = {m, width, height, allocate(count * sizeof *r.corners)};
    for (size_t i = 0; i < count; i++) {
        const double uv[2] = {(double)(i % across) - 0.5, (double)(i / across) - 0.5};
        if (!model_to_ray(m, uv, r.corners[i]))
            abort();
    }
    return r;
}

void picture_rays_destroy(picture_rays *r)
{
    free(r->corners);
}

void picture_ray(const picture_rays *r, int x, int y, const double part[2], double xy[2])
{
    const size_t across = (size_t)r->width + 1;
    double(*const top)[2] = r->corners + (size_t)y * across + (size_t)x, (*const bottom)[2] = top + across;
    for (int k = 0; k < 2; k++) {
        double above = top[0][k] + part[0] * (top[1][k] - top[0][k]);
        double below = bottom[0][k] + part[0] * (bottom[1][k] - bottom[0][k]);
        xy[k] = above + part[1] * (below - above);
    }
}

/* ---- a road */

static double lattice(int x, int y, uint64_t seed)
{
    uint64_t state = seed ^ ((uint64_t)(uint32_t)x << 32 | (uint32_t)y);
    return (double)(draw_bits(&state) >> 11) * 0x1p-53 - 0.5;
}

/* Smooth noise of the given grain, -0.5..0.5. */
static double value_noise(double x, double y, uint64_t seed)
{
    int i = (int)floor(x), j = (int)floor(y);
    double u = x - i, v = y - j;
    u = u * u * (3.0 - 2.0 * u);
    v = v * v * (3.0 - 2.0 * v);
    return (lattice(i, j, seed) * (1.0 - u) + lattice(i + 1, j, seed) * u) * (1.0 - v) +
           (lattice(i, j + 1, seed) * (1.0 - u) + lattice(i + 1, j + 1, seed) * u) * v;
}

static double texture(double x, double y, uint64_t seed)
{
    double sum = 0.0, weight = 0.5;
    for (int octave = 0; octave < 5; octave++, weight *= 0.6, x *= 2.0, y *= 2.0)
        sum += weight * value_noise(x, y, seed + (uint64_t)octave);
    return sum;
}

/* `down`: below the horizon, in heights of the picture. The ground recedes as 1 / down. */
static double ground(double across, double down, uint64_t seed)
{
    double ahead = 0.6 / (down + 0.01), aside = across * ahead;
    double road = 0.36 + 0.08 * texture(aside * 6.0, ahead * 3.0, seed) +
                  0.10 * texture(across * 160.0, down * 160.0, seed + 9);
    bool solid = fabs(fabs(aside) - 1.1) < 0.05;
    bool dashed = fabs(aside) < 0.04 && fmod(ahead * 0.7 + 0.2, 1.0) < 0.4;
    if (solid || dashed)
        return 0.85;
    if (fabs(aside) > 1.4)
        return 0.34 + 0.35 * texture(across * 60.0, down * 120.0, seed + 20);
    return road;
}

void picture_road(picture *p)
{
    uint64_t seed = draw_bits(&p->random);
    for (int y = 0; y < p->height; y++) {
        for (int x = 0; x < p->width; x++) {
            double across = (x - 0.5 * p->width) / p->height, down = (double)y / p->height - 0.45;
            double trees = 0.05 + 0.25 * fabs(texture(across * 3.0, 0.0, seed + 3)) +
                           0.08 * texture(across * 24.0, down * 24.0, seed + 4);
            double v = down > 0.0      ? ground(across, down, seed)
                       : -down < trees ? 0.2 + 0.45 * texture(across * 40.0, down * 40.0, seed + 5)
                                       : 0.72 - 0.25 * down * down;
            *at(p, x, y) = (float)fmin(fmax(v, 0.0), 1.0);
        }
    }
}

/* ---- what spoils it */

static void blur_line(const float *from, float *to, int count, int step, const float *kernel, int reach)
{
    for (int i = 0; i < count; i++) {
        float sum = 0.0f;
        for (int k = -reach; k <= reach; k++) {
            int j = i + k < 0 ? 0 : i + k >= count ? count - 1 : i + k;
            sum += kernel[k + reach] * from[j * step];
        }
        to[i * step] = sum;
    }
}

void picture_blur(picture *p, double sigma_px)
{
    enum { MOST = 100 };
    float kernel[2 * MOST + 1], total = 0.0f;
    if (!(sigma_px > 0.0))
        return;
    int reach = (int)ceil(3.0 * sigma_px);
    reach = reach > MOST ? MOST : reach;
    for (int k = -reach; k <= reach; k++)
        total += kernel[k + reach] = (float)exp(-0.5 * k * k / (sigma_px * sigma_px));
    for (int k = 0; k <= 2 * reach; k++)
        kernel[k] /= total;
    float *across = allocate((size_t)p->width * (size_t)p->height * sizeof *across);
    for (int y = 0; y < p->height; y++)
        blur_line(at(p, 0, y), across + (size_t)y * (size_t)p->width, p->width, 1, kernel, reach);
    for (int x = 0; x < p->width; x++)
        blur_line(across + x, p->light + x, p->height, p->width, kernel, reach);
    free(across);
}

void picture_darken(picture *p, double amount)
{
    for (int i = 0; i < p->width * p->height; i++)
        p->light[i] *= (float)(1.0 - amount);
}

void picture_glare(picture *p, double amount)
{
    double sun_x = 0.55 * p->width, sun_y = 0.3 * p->height, scale = p->height;
    for (int y = 0; y < p->height; y++) {
        for (int x = 0; x < p->width; x++) {
            double far = hypot(x - sun_x, y - sun_y) / scale;
            double veil =
                amount * (0.45 + 1.4 * exp(-far / 0.25)); /* scattered in the lens and the windscreen */
            float *v = at(p, x, y);
            *v = (float)(*v * (1.0 - 0.85 * amount) + veil);
        }
    }
}

/* Blots where slow noise is highest; their edges are as soft as a thing on the lens is out of focus. */
void picture_dirt(picture *p, double amount, double luminance)
{
    uint64_t seed = draw_bits(&p->random);
    double level = 0.62 * (amount - 0.5); /* the noise has quantiles of about that */
    for (int y = 0; y < p->height; y++) {
        for (int x = 0; x < p->width; x++) {
            double n = value_noise(x * 3.0 / p->height, y * 3.0 / p->height, seed);
            double cover = amount <= 0.0   ? 0.0
                           : amount >= 1.0 ? 1.0
                                           : fmin(fmax((level - n) / 0.06 + 0.5, 0.0), 1.0);
            float *v = at(p, x, y);
            double mud =
                luminance * (1.0 + 0.3 * value_noise(x * 1.5 / p->height, y * 1.5 / p->height, seed + 1));
            *v = (float)(*v * (1.0 - cover) + mud * cover);
        }
    }
}

void picture_night(picture *p)
{
    for (int y = 0; y < p->height; y++) {
        for (int x = 0; x < p->width; x++) {
            double across = (x - 0.5 * p->width) / p->height, down = (double)y / p->height - 0.45;
            double beam =
                down > 0.0 ? 0.5 * exp(-pow(across / 0.35, 2.0)) * exp(-pow((down - 0.2) / 0.15, 2.0)) : 0.0;
            *at(p, x, y) *= (float)(0.02 + beam);
        }
    }
    for (int i = 0; i < 40; i++) { /* lamps */
        int x = (int)picture_uniform(p, 3, p->width - 3),
            y = (int)picture_uniform(p, 0.3 * p->height, 0.5 * p->height);
        for (int dy = -2; dy <= 2; dy++) {
            for (int dx = -2; dx <= 2; dx++)
                *at(p, x + dx, y + dy) =
                    (float)fmax((double)*at(p, x + dx, y + dy), dx * dx + dy * dy < 5 ? 0.9 : 0.4);
        }
    }
}

/* ---- out of the camera */

void picture_expose(picture *p, double noise)
{
    for (int i = 0; i < p->width * p->height; i++) {
        double v = 255.0 * (double)p->light[i] + (noise > 0.0 ? noise * picture_normal(p) : 0.0);
        p->bytes[i] = (uint8_t)fmin(fmax(floor(v + 0.5), 0.0), 255.0);
    }
}

luma_view picture_view(const picture *p)
{
    return (luma_view){p->bytes, p->width, p->width, p->height, false};
}

bool picture_write_pgm(const picture *p, const char *path)
{
    size_t count = (size_t)p->width * (size_t)p->height;
    FILE *f = fopen(path, "wb");
    if (!f)
        return false;
    fprintf(f, "P5\n%d %d\n255\n", p->width, p->height);
    bool ok = fwrite(p->bytes, 1, count, f) == count;
    return fclose(f) == 0 && ok;
}
