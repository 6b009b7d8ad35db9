#include "sensors/camera/board.h"
#include "sensors/camera/saddle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Inner corners are saddles of light. From one of them the grid grows along its edges, each corner where the
 * two before it point to, dark and bright quarters changing places from corner to corner.
 */

/* A neighbour is looked for within this share of a step of where it should be; perspective and distortion
 * change steps by less from one to the next. */
static const double tolerance = 0.33;

typedef struct {
    saddle *list;
    int count;
} search;

enum { SPAN = 2 * BOARD_MOST_SIDE + 1, NONE = -1 };

typedef struct {
    int at[SPAN][SPAN]; /* saddle at [row][column], the seed in the middle; NONE */
    bool *used;
    int count, least[2], most[2]; /* column, row */
} lattice;

/* Neighbours have their bright quarters where the other has its dark ones: phases half a turn apart. */
static bool alternates(const saddle *a, const saddle *b)
{
    return cos(a->phase - b->phase) < -0.3;
}

static int nearest(const search *s, const lattice *g, const saddle *from, double u, double v, double most)
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
    const saddle *from = &s->list[seed];
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
        for (int forth = 1; forth >= 0;
             forth--) { /* that from here on cannot be known where it is looked for */
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
    const saddle *from = &s->list[g->at[row][column]];
    int found =
        nearest(s, g, from, from->u + step[0], from->v + step[1], tolerance * hypot(step[0], step[1]));
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
static void write_out(const search *s, const lattice *g, int columns, int rows, bool turned,
                      board_corner *out)
{
    const int *first = g->least;
    const saddle *o = &s->list[g->at[first[1]][first[0]]], *x = &s->list[g->at[first[1]][g->most[0]]],
                 *y = &s->list[g->at[g->most[1]][first[0]]];
    bool mirrored = (x->u - o->u) * (y->v - o->v) - (x->v - o->v) * (y->u - o->u) < 0.0;
    mirrored = mirrored != turned;
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
            int along_c = mirrored ? columns - 1 - c : c;
            int column = turned ? r : along_c, row = turned ? along_c : r;
            const saddle *k = &s->list[g->at[first[1] + row][first[0] + column]];
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
    return error_set(e, "not all of a board of %d x %d inner corners: %d found, in a grid of %d x %d",
                     columns, rows, best, size[0] > size[1] ? size[0] : size[1],
                     size[0] > size[1] ? size[1] : size[0]);
}

bool board_find(const luma_view *picture, int columns, int rows, board_corner *out, error *e)
{
    search s = {.list = malloc(SADDLE_MOST * sizeof *s.list)};
    lattice *g = calloc(1, sizeof *g);
    bool *used = calloc(SADDLE_MOST, sizeof *used), good = false;
    if (g && s.list && used) {
        g->used = used;
        s.count = saddle_find(picture, s.list, e);
        good = s.count >= 0 && pick(&s, g, columns, rows, out, e);
    } else {
        error_set(e, "out of memory");
    }
    free(used);
    free(s.list);
    free(g);
    return good;
}
