#include "sensors/camera/health.h"

#include <math.h>
#include <stdlib.h>

/*
 * The picture is looked at in tiles: small enough that light varies little across one, large enough that
 * noise averages out. Within a tile, blocks of 4 x 4 pixels: a block's mean has a quarter of a pixel's noise.
 */
enum { TILE = 32, BLOCK = 4, BLOCKS = TILE / BLOCK, TILE_PIXELS = TILE * TILE };

/* Of the range from black to white. A sensor clips a little below its end. */
static const float saturated_from = 250.0f / 255.0f, dark_below = 0.1f;

/* A tile has structure when the blocks of it stray by this much from a plane of light, of 255. Too small:
 * the shading of a dirty lens is structure; too large: asphalt is not. On the road pictures of the tests
 * 2 to 20 % of the lower half lie below. */
static const float least_structure = 1.0f;

/* And by this many times the variance that noise gives the blocks: their estimate over 61 degrees of freedom
 * strays by 18 %, so a factor of 2.5 is 8 sigma. */
static const float noise_structure = 2.5f;

/* What a quarter of the tiles stay below is taken for noise; a tile is as sharp as it exceeds this many
 * times that. Too small: noise is sharpness; too large: a wood in full leaf has none. */
static const float noise_sharpness = 1.5f;

/* With a smaller share of the tiles showing structure the camera sees nothing at all. */
static const float least_seen = 0.03f;

/* A clean sky is smooth, from the top of the picture on and no further down than its middle, and brighter
 * than this. */
static const float sky_from = 0.25f;

/* Dark tiles are night while what has structure is darker than the first, and dirt above the second. */
static const float night_below = 0.2f, day_above = 0.3f;

typedef struct {
    float mean, variance; /* of the pixels */
    float laplacian;      /* variance of the Laplacian */
    float structure;      /* variance of the blocks about a plane */
} tile;                   /* in steps of the picture, and their squares */

struct health_meter {
    tile *tiles;
    float *scratch; /* one a tile */
    size_t room;
    size_t columns, rows;
    float black, white; /* of this picture */
};

health_meter *health_create(void)
{
    return calloc(1, sizeof(health_meter));
}

void health_destroy(health_meter *h)
{
    if (!h)
        return;
    free(h->tiles);
    free(h->scratch);
    free(h);
}

static bool make_room(health_meter *h, size_t count)
{
    if (count <= h->room)
        return true;
    tile *tiles = realloc(h->tiles, count * sizeof *tiles);
    if (!tiles)
        return false;
    h->tiles = tiles;
    float *scratch = realloc(h->scratch, count * sizeof *scratch);
    if (!scratch)
        return false;
    h->scratch = scratch;
    h->room = count;
    return true;
}

/* ---- every pixel: mean, clipped, dark */

typedef struct {
    uint64_t sum, saturated, dark;
} pixel_sums;

static void add_row(const uint8_t *row, int width, uint8_t saturated, uint8_t dark, pixel_sums *s)
{
    enum { RUN = 128 }; /* counts fit a byte: many lanes at a time */
    for (int x = 0; x < width; x += RUN) {
        int end = x + RUN < width ? x + RUN : width;
        uint32_t sum = 0;
        uint8_t above = 0, below = 0;
        for (int i = x; i < end; i++) {
            sum += row[i];
            above = (uint8_t)(above + (row[i] >= saturated));
            below = (uint8_t)(below + (row[i] < dark));
        }
        s->sum += sum;
        s->saturated += above;
        s->dark += below;
    }
}

static void measure_pixels(const health_meter *h, const luma_view *v, frame_camera_health *out)
{
    pixel_sums s = {0};
    float range = h->white - h->black;
    uint8_t saturated = (uint8_t)ceilf(h->black + saturated_from * range);
    uint8_t dark = (uint8_t)ceilf(h->black + dark_below * range);
    for (int y = 0; y < v->height; y++)
        add_row(v->data + y * v->stride, v->width, saturated, dark, &s);
    double pixels = (double)v->width * v->height;
    double mean = ((double)s.sum / pixels - (double)h->black) / (double)range;
    out->mean_luminance = (float)fmin(fmax(mean, 0.0), 1.0);
    out->saturated_fraction = (float)((double)s.saturated / pixels);
    out->dark_fraction = (float)((double)s.dark / pixels);
}

/* ---- one tile */

/* Four rows of a tile's blocks: sums of 16 pixels. */
typedef struct {
    uint32_t sum, squares;
    int32_t laplacian;
    uint32_t laplacian_squares; /* at most 1024 x 1020^2 */
    uint16_t block[BLOCKS][BLOCKS];
} tile_sums;

/* The Laplacian of 4 neighbours, |l| <= 1020. All in 16 and 32 bits, so that the compiler can use lanes. */
static void add_tile_row(const uint8_t *row, ptrdiff_t stride, uint16_t columns[TILE], tile_sums *s)
{
    const uint8_t *up = row - stride, *down = row + stride;
    uint32_t sum = 0, squares = 0;
    int32_t laplacian = 0, laplacian_squares = 0;
    for (int x = 0; x < TILE; x++) {
        int16_t v = row[x];
        int16_t l = (int16_t)(up[x] + down[x] + row[x - 1] + row[x + 1] - 4 * v);
        columns[x] = (uint16_t)(columns[x] + v);
        sum += (uint32_t)v;
        squares += (uint32_t)(v * v);
        laplacian += l;
        laplacian_squares += l * l;
    }
    s->sum += sum;
    s->squares += squares;
    s->laplacian += laplacian;
    s->laplacian_squares += (uint32_t)laplacian_squares;
}

static void sum_tile(const uint8_t *at, ptrdiff_t stride, tile_sums *s)
{
    *s = (tile_sums){0};
    for (int j = 0; j < BLOCKS; j++) {
        uint16_t columns[TILE] = {0};
        for (int y = 0; y < BLOCK; y++)
            add_tile_row(at + (j * BLOCK + y) * stride, stride, columns, s);
        for (int x = 0; x < TILE; x++)
            s->block[j][x / BLOCK] = (uint16_t)(s->block[j][x / BLOCK] + columns[x]);
    }
}

/* Variance of the blocks' means about the plane that fits them best: its three parts are orthogonal. */
static float plane_residual(const tile_sums *s)
{
    const float middle = (BLOCKS - 1) / 2.0f, count = BLOCKS * BLOCKS;
    const float spread = count * (BLOCKS * BLOCKS - 1) / 12.0f; /* sum of (i - middle)^2 over all blocks */
    float sum = 0.0f, squares = 0.0f, right = 0.0f, down = 0.0f;
    float mean = (float)s->sum / TILE_PIXELS;
    for (int j = 0; j < BLOCKS; j++) {
        for (int i = 0; i < BLOCKS; i++) {
            float b = (float)s->block[j][i] / (BLOCK * BLOCK) - mean;
            sum += b;
            squares += b * b;
            right += b * ((float)i - middle);
            down += b * ((float)j - middle);
        }
    }
    float rest = squares - sum * sum / count - (right * right + down * down) / spread;
    return fmaxf(rest, 0.0f) / count;
}

static float variance(double sum, double squares)
{
    double mean = sum / TILE_PIXELS;
    return (float)fmax(squares / TILE_PIXELS - mean * mean, 0.0);
}

/* The tiles lie in the middle; a pixel at least remains around them, for the Laplacian. */
static void measure_tiles(health_meter *h, const luma_view *v)
{
    ptrdiff_t left = (v->width - TILE * (ptrdiff_t)h->columns) / 2,
              top = (v->height - TILE * (ptrdiff_t)h->rows) / 2;
    for (size_t j = 0; j < h->rows; j++) {
        for (size_t i = 0; i < h->columns; i++) {
            tile_sums s;
            sum_tile(v->data + (top + TILE * (ptrdiff_t)j) * v->stride + left + TILE * (ptrdiff_t)i,
                     v->stride, &s);
            h->tiles[j * h->columns + i] = (tile){
                .mean = (float)s.sum / TILE_PIXELS,
                .variance = variance(s.sum, s.squares),
                .laplacian = variance(s.laplacian, s.laplacian_squares),
                .structure = plane_residual(&s),
            };
        }
    }
}

/* ---- what the tiles say together */

/* The value that `rank` others are not above; orders `v` as far as it must (Hoare's FIND). */
static float select_rank(float *v, size_t count, size_t rank)
{
    ptrdiff_t low = 0, high = (ptrdiff_t)count - 1, wanted = (ptrdiff_t)rank;
    while (low < high) {
        float pivot = v[wanted];
        ptrdiff_t i = low, j = high;
        while (i <= j) {
            while (v[i] < pivot)
                i++;
            while (v[j] > pivot)
                j--;
            if (i <= j) {
                float held = v[i];
                v[i++] = v[j];
                v[j--] = held;
            }
        }
        if (j < wanted)
            low = i;
        if (wanted < i)
            high = j;
    }
    return v[rank];
}

static float sharpness(health_meter *h)
{
    size_t count = h->columns * h->rows;
    for (size_t i = 0; i < count; i++)
        h->scratch[i] = h->tiles[i].laplacian;
    float floor = noise_sharpness * select_rank(h->scratch, count, count / 4), range = h->white - h->black;
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += (double)fmaxf(h->tiles[i].laplacian - floor, 0.0f);
    return (float)(sum / (double)count * 1e4 / (double)(range * range));
}

static float relative(const health_meter *h, float luminance)
{
    return (luminance - h->black) / (h->white - h->black);
}

/* Within tiles, so that neither a bright sky over a dark road nor the veil around a light is contrast; where
 * the picture is clipped nothing is known of it. */
static float contrast(const health_meter *h)
{
    size_t count = h->columns * h->rows, used = 0;
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        if (relative(h, h->tiles[i].mean) >= saturated_from)
            continue;
        sum += (double)h->tiles[i].variance;
        used++;
    }
    return used == 0 ? 0.0f : (float)(sqrt(sum / (double)used) / (double)(h->white - h->black));
}

/* White noise of variance n has a Laplacian of variance 20 n, and blocks of variance n / 16. */
static bool has_structure(const health_meter *h, const tile *t)
{
    float least = least_structure * (h->white - h->black) / 255.0f;
    return t->structure > fmaxf(least * least, noise_structure * t->laplacian / (20.0f * BLOCK * BLOCK));
}

typedef struct {
    size_t seen, smooth, dark, sky; /* tiles; clipped ones count nowhere */
    double seen_luminance;          /* sum */
} view_counts;

static void count_column(const health_meter *h, size_t column, view_counts *n)
{
    bool in_sky = true;
    for (size_t j = 0; j < h->rows; j++) {
        const tile *t = &h->tiles[j * h->columns + column];
        float luminance = relative(h, t->mean);
        bool seen = has_structure(h, t);
        in_sky = in_sky && !seen && j < h->rows / 2 && luminance > sky_from;
        if (seen) {
            n->seen++;
            n->seen_luminance += (double)luminance;
        } else if (in_sky) {
            n->sky++;
        } else if (luminance < dark_below) {
            n->dark++;
        } else if (luminance < saturated_from) {
            n->smooth++;
        }
    }
}

static float ramp(float value, float from, float to)
{
    return fminf(fmaxf((value - from) / (to - from), 0.0f), 1.0f);
}

static float blocked(const health_meter *h)
{
    view_counts n = {0};
    for (size_t i = 0; i < h->columns; i++)
        count_column(h, i, &n);
    float count = (float)(h->columns * h->rows);
    float day = n.seen == 0 ? 0.0f : ramp((float)(n.seen_luminance / (double)n.seen), night_below, day_above);
    float share = ((float)n.smooth + day * (float)n.dark) / (count - (float)n.sky);
    float nothing = 1.0f - ramp((float)n.seen / count, 0.0f, least_seen);
    return share + (1.0f - share) * nothing;
}

bool health_measure(health_meter *h, const luma_view *v, frame_camera_health *out)
{
    h->black = v->limited ? 16.0f : 0.0f;
    h->white = v->limited ? 235.0f : 255.0f;
    measure_pixels(h, v, out);
    out->contrast = out->sharpness = out->blocked_fraction = NAN;
    h->columns = (size_t)(v->width - 2) / TILE;
    h->rows = (size_t)(v->height - 2) / TILE;
    if (v->width < 2 * TILE + 2 || v->height < 2 * TILE + 2)
        return true;
    if (!make_room(h, h->columns * h->rows))
        return false;
    measure_tiles(h, v);
    out->contrast = contrast(h);
    out->sharpness = sharpness(h);
    out->blocked_fraction = blocked(h);
    return true;
}
