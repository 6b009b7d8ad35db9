#include "sensors/camera/board.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Inner corners are saddles of light: the determinant of its second derivatives is most negative there. A ring
 * about one shows two bright and two dark quarters. From one of them the grid grows along its edges, each corner
 * where the two before it point to, dark and bright quarters changing places from corner to corner.
 */
enum { BLUR = 2, RING = 16, MOST_CANDIDATES = 4000, REFINE_STEPS = 6, BORDER = 10 };

/* A saddle counts from this share of the strongest (that of the 20th). Less: texture of a wall; more: a corner
 * in the shade is lost. */
static const double least_share = 0.05;

/* Second harmonic of the ring over all its others. A clean corner: 3 and more. */
static const double least_purity = 1.3;

/* A neighbour is looked for within this share of a step of where it should be; perspective and distortion change
 * steps by less from one to the next. */
static const double tolerance = 0.33;

typedef struct {
    double u, v;
    double strength;
    double phase; /* of the ring's second harmonic: where it is bright, twice the angle */
} candidate;

typedef struct {
    int width, height;
    float *smooth, *work, *response;
    candidate *list;
    int count;
} search;

/* ---- saddles */

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
            float saddle = 0.25f * xy * xy - xx * yy;
            s->response[(size_t)y * (size_t)s->width + (size_t)x] = saddle > 0.0f ? saddle : 0.0f;
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
static bool is_corner(const search *s, candidate *c)
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
static bool refine(const search *s, candidate *c)
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
    double x = ((const candidate *)a)->strength, y = ((const candidate *)b)->strength;
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
            if (s->count == MOST_CANDIDATES || !is_peak(s, x, y))
                continue;
            candidate c = {x, y, (double)s->response[(size_t)y * (size_t)s->width + (size_t)x], 0.0};
            if (is_corner(s, &c))
                s->list[s->count++] = c;
        }
    }
    qsort(s->list, (size_t)s->count, sizeof *s->list, stronger_first);
    double least = s->count > 0 ? least_share * s->list[s->count > 20 ? 20 : s->count - 1].strength : 0.0;
    int good = 0;
    for (int i = 0; i < s->count; i++) {
        candidate c = s->list[i];
        if (c.strength >= least && refine(s, &c))
            s->list[good++] = c;
    }
    s->count = good;
}

/* ---- the grid */

enum { SPAN = 2 * BOARD_MOST_SIDE + 1, NONE = -1 };

typedef struct {
    int at[SPAN][SPAN]; /* candidate at [row][column], the seed in the middle; NONE */
    bool *used;
    int count, least[2], most[2]; /* column, row */
} lattice;

/* Neighbours have their bright quarters where the other has its dark ones: phases half a turn apart. */
static bool alternates(const candidate *a, const candidate *b)
{
    return cos(a->phase - b->phase) < -0.3;
}

static int nearest(const search *s, const lattice *g, const candidate *from, double u, double v, double most)
{
    int best = NONE;
    for (int i = 0; i < s->count; i++) {
        double far = hypot(s->list[i].u - u, s->list[i].v - v);
        if (far < most && !g->used[i] && alternates(from, &s->list[i])) {
            most = far;
            best = i;
        }
    }
    return best;
}

static void put(lattice *g, int column, int row, int which)
{
    const int at[2] = {column, row};
    g->at[row][column] = which;
    g->used[which] = true;
    g->count++;
    for (int k = 0; k < 2; k++) {
        g->least[k] = at[k] < g->least[k] ? at[k] : g->least[k];
        g->most[k] = at[k] > g->most[k] ? at[k] : g->most[k];
    }
}

/* The nearest corner of the other kind that lies in about this direction from the seed. */
static int along(const search *s, int seed, double angle)
{
    const candidate *from = &s->list[seed];
    double least = INFINITY;
    int best = NONE;
    for (int i = 0; i < s->count; i++) {
        double du = s->list[i].u - from->u, dv = s->list[i].v - from->v, far = hypot(du, dv);
        if (i == seed || far >= least || !alternates(from, &s->list[i]))
            continue;
        if (du * cos(angle) + dv * sin(angle) > 0.92 * far) {
            least = far;
            best = i;
        }
    }
    return best;
}

/* The step from (column, row) by (dc, dr), told by the steps that are known about it. False: none. */
static bool step_of(const search *s, const lattice *g, int column, int row, int dc, int dr, double step[2])
{
    static const int beside[5][2] = {{0, 0}, {1, 0}, {-1, 0}, {0, 1}, {0, -1}};
    for (int k = 0; k < 5; k++) {
        int c = column + beside[k][0], r = row + beside[k][1];
        for (int forth = 1; forth >= 0; forth--) { /* that from here on cannot be known where it is looked for */
            int c0 = c - (forth ? dc : 0), r0 = r - (forth ? dr : 0);
            int c1 = c0 + dc, r1 = r0 + dr;
            if (c0 < 0 || r0 < 0 || c1 < 0 || r1 < 0 || c0 >= SPAN || r0 >= SPAN || c1 >= SPAN || r1 >= SPAN)
                continue;
            int a = g->at[r0][c0], b = g->at[r1][c1];
            if (a == NONE || b == NONE)
                continue;
            step[0] = s->list[b].u - s->list[a].u;
            step[1] = s->list[b].v - s->list[a].v;
            return true;
        }
    }
    return false;
}

static bool extend(const search *s, lattice *g, int column, int row, int dc, int dr)
{
    int c = column + dc, r = row + dr;
    double step[2];
    if (c < 0 || r < 0 || c >= SPAN || r >= SPAN || g->at[r][c] != NONE ||
        !step_of(s, g, column, row, dc, dr, step))
        return false;
    const candidate *from = &s->list[g->at[row][column]];
    int found = nearest(s, g, from, from->u + step[0], from->v + step[1], tolerance * hypot(step[0], step[1]));
    if (found == NONE)
        return false;
    put(g, c, r, found);
    return true;
}

static void grow(const search *s, lattice *g)
{
    static const int ways[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
    for (bool more = true; more;) {
        more = false;
        for (int r = g->least[1]; r <= g->most[1]; r++) {
            for (int c = g->least[0]; c <= g->most[0]; c++) {
                for (int w = 0; w < 4 && g->at[r][c] != NONE; w++)
                    more = extend(s, g, c, r, ways[w][0], ways[w][1]) || more;
            }
        }
    }
}

/* The edges from a corner lie a quarter turn from its bright middle, in twice the angle. */
static bool plant(const search *s, lattice *g, int seed)
{
    static const double pi = 3.14159265358979323846;
    double edge = 0.5 * s->list[seed].phase + 0.25 * pi;
    memset(g->at, 0xff, sizeof g->at);
    memset(g->used, 0, (size_t)s->count * sizeof *g->used);
    g->count = 0;
    g->least[0] = g->least[1] = g->most[0] = g->most[1] = SPAN / 2;
    int right = along(s, seed, edge), down = along(s, seed, edge + 0.5 * pi);
    if (right == NONE)
        right = along(s, seed, edge + pi);
    if (down == NONE)
        down = along(s, seed, edge + 1.5 * pi);
    if (right == NONE || down == NONE || right == down)
        return false;
    put(g, SPAN / 2, SPAN / 2, seed);
    put(g, SPAN / 2 + 1, SPAN / 2, right);
    put(g, SPAN / 2, SPAN / 2 + 1, down);
    grow(s, g);
    return true;
}

/* Around the board as x right and y down: the corner order is mirrored where it is not. */
static void write_out(const search *s, const lattice *g, int columns, int rows, bool turned, board_corner *out)
{
    const int *first = g->least;
    const candidate *o = &s->list[g->at[first[1]][first[0]]], *x = &s->list[g->at[first[1]][g->most[0]]],
                    *y = &s->list[g->at[g->most[1]][first[0]]];
    bool mirrored = (x->u - o->u) * (y->v - o->v) - (x->v - o->v) * (y->u - o->u) < 0.0;
    mirrored = mirrored != turned;
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
            int along_c = mirrored ? columns - 1 - c : c;
            int column = turned ? r : along_c, row = turned ? along_c : r;
            const candidate *k = &s->list[g->at[first[1] + row][first[0] + column]];
            out[r * columns + c] = (board_corner){{k->u, k->v}};
        }
    }
}

static bool pick(search *s, lattice *g, int columns, int rows, board_corner *out, error *e)
{
    int best = 0, size[2] = {0, 0};
    for (int seed = 0; seed < s->count && seed < 60; seed++) {
        if (!plant(s, g, seed))
            continue;
        int across = g->most[0] - g->least[0] + 1, down = g->most[1] - g->least[1] + 1;
        bool whole = g->count == columns * rows;
        if (whole && ((across == columns && down == rows) || (across == rows && down == columns))) {
            write_out(s, g, columns, rows, across != columns, out);
            return true;
        }
        if (g->count > best) {
            best = g->count;
            size[0] = across;
            size[1] = down;
        }
    }
    if (best < 9)
        return error_set(e, "no chessboard in it");
    return error_set(e, "not all of a board of %d x %d inner corners: %d found, in a grid of %d x %d", columns, rows,
                     best, size[0] > size[1] ? size[0] : size[1], size[0] > size[1] ? size[1] : size[0]);
}

bool board_find(const luma_view *picture, int columns, int rows, board_corner *out, error *e)
{
    size_t pixels = (size_t)picture->width * (size_t)picture->height;
    search s = {.width = picture->width, .height = picture->height};
    lattice *g = calloc(1, sizeof *g);
    bool good = false;
    s.smooth = malloc(pixels * sizeof *s.smooth);
    s.work = malloc(pixels * sizeof *s.work);
    s.response = malloc(pixels * sizeof *s.response);
    s.list = malloc(MOST_CANDIDATES * sizeof *s.list);
    bool *used = calloc(MOST_CANDIDATES, sizeof *used);
    if (picture->width < 4 * BORDER || picture->height < 4 * BORDER) {
        error_set(e, "too small a picture");
    } else if (g && s.smooth && s.work && s.response && s.list && used) {
        g->used = used;
        make_smooth(&s, picture);
        make_response(&s);
        collect(&s);
        good = pick(&s, g, columns, rows, out, e);
    } else {
        error_set(e, "out of memory");
    }
    free(used);
    free(s.list);
    free(s.response);
    free(s.work);
    free(s.smooth);
    free(g);
    return good;
}
