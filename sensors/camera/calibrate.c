#include "sensors/camera/calibrate.h"
#include "sensors/camera/homography.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POSE = 6, STEPS = 60, INTRINSICS = CALIBRATE_INTRINSICS };

typedef struct {
    double r[3][3], t[3]; /* board (x right, y down, in squares) to optical axes */
} pose;

typedef struct {
    const calibrate_board *board;
    calibrate_view *views;
    size_t count, unknowns;
    bool free[INTRINSICS];
    camera_model model;
    pose *poses;
    double *a, *b, *work; /* normal equations, unknowns x unknowns and unknowns */
} problem;

static double *intrinsic(camera_model *m, int i)
{
    double *const all[INTRINSICS] = {&m->fx, &m->fy, &m->cx, &m->cy, &m->k1, &m->k2, &m->p1, &m->p2, &m->k3};
    return all[i];
}

/* ---- the beginning */

/* With the middle of the picture for the principal point, H's columns h1 and h2 are right angled and equally
 * long after division by the focal lengths: two equations for 1/fx^2 and 1/fy^2 a view. */
static bool first_focal(const problem *p, double (*h)[9], double focal[2])
{
    double a[2][2] = {{0}}, b[2] = {0};
    for (size_t v = 0; v < p->count; v++) {
        const double *m = h[v];
        const double rows[2][3] = {
            {m[0] * m[1], m[3] * m[4], -m[6] * m[7]},
            {m[0] * m[0] - m[1] * m[1], m[3] * m[3] - m[4] * m[4], m[7] * m[7] - m[6] * m[6]}};
        for (int k = 0; k < 2; k++) {
            for (int i = 0; i < 2; i++) {
                a[i][0] += rows[k][i] * rows[k][0];
                a[i][1] += rows[k][i] * rows[k][1];
                b[i] += rows[k][i] * rows[k][2];
            }
        }
    }
    double determinant = a[0][0] * a[1][1] - a[0][1] * a[1][0];
    double x = (a[1][1] * b[0] - a[0][1] * b[1]) / determinant,
           y = (a[0][0] * b[1] - a[1][0] * b[0]) / determinant;
    double widest = 10.0 * p->board->width;
    focal[0] = x > 0.0 ? 1.0 / sqrt(x) : NAN;
    focal[1] = y > 0.0 ? 1.0 / sqrt(y) : NAN;
    if (!(focal[0] > 0.0 && focal[0] < widest) && focal[1] > 0.0)
        focal[0] = focal[1];
    if (!(focal[1] > 0.0 && focal[1] < widest) && focal[0] > 0.0)
        focal[1] = focal[0];
    return focal[0] > 0.0 && focal[0] < widest && focal[1] > 0.0 && focal[1] < widest;
}

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void cross(const double a[3], const double b[3], double out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

static void set_axes(pose *at, const double x[3], const double y[3])
{
    double z[3], flat[3];
    cross(x, y, z);
    cross(z, x, flat);
    double lengths[3] = {sqrt(dot(x, x)), sqrt(dot(flat, flat)), sqrt(dot(z, z))};
    for (int k = 0; k < 3; k++) {
        at->r[k][0] = x[k] / lengths[0];
        at->r[k][1] = flat[k] / lengths[1];
        at->r[k][2] = z[k] / lengths[2];
    }
}

/* H = s K (r1 r2 t), with K's middle taken out already. */
static void first_pose(const double h[9], const double focal[2], pose *at)
{
    double columns[3][3];
    for (int c = 0; c < 3; c++) {
        columns[c][0] = h[c] / focal[0];
        columns[c][1] = h[3 + c] / focal[1];
        columns[c][2] = h[6 + c];
    }
    double scale = 2.0 / (sqrt(dot(columns[0], columns[0])) + sqrt(dot(columns[1], columns[1])));
    scale = columns[2][2] < 0.0 ? -scale : scale;
    for (int k = 0; k < 3; k++) {
        columns[0][k] *= scale;
        columns[1][k] *= scale;
        at->t[k] = columns[2][k] * scale;
    }
    set_axes(at, columns[0], columns[1]);
}

static bool begin(problem *p, error *e)
{
    double focal[2], (*h)[9] = calloc(p->count, sizeof *h);
    const calibrate_board *b = p->board;
    bool good = h || error_set(e, "out of memory");
    const double middle[2] = {0.5 * (b->width - 1), 0.5 * (b->height - 1)};
    for (size_t v = 0; good && v < p->count; v++)
        good = homography_of_board(p->views[v].corners, b->columns, b->rows, middle, h[v]) ||
               error_set(e, "corners that are no picture of a flat board");
    good =
        good &&
        (first_focal(p, h, focal) ||
         error_set(e, "the pictures do not tell the focal length: turn the board more against the camera"));
    if (good) {
        p->model = (camera_model){.fx = focal[0], .fy = focal[1], .cx = middle[0], .cy = middle[1]};
        for (size_t v = 0; v < p->count; v++)
            first_pose(h[v], focal, &p->poses[v]);
    }
    free(h);
    return good;
}

/* ---- all unknowns */

/* One corner: residuals, and rows of the Jacobian by the intrinsics and the view's pose (turn, then shift).
 */
static bool corner_rows(const problem *p, const camera_model *m, const pose *at, size_t v, int corner,
                        double r[2], double in[2][INTRINSICS], double ex[2][POSE])
{
    const double board[2] = {corner % p->board->columns, corner / p->board->columns};
    double arm[3], q[3], uv[2], j[4];
    for (int k = 0; k < 3; k++) {
        arm[k] = at->r[k][0] * board[0] + at->r[k][1] * board[1];
        q[k] = arm[k] + at->t[k];
    }
    if (!(q[2] > 1e-6))
        return false;
    const double xy[2] = {q[0] / q[2], q[1] / q[2]};
    model_to_pixel(m, xy, uv, j);
    double x = xy[0], y = xy[1], r2 = x * x + y * y, r4 = r2 * r2, r6 = r4 * r2;
    for (int k = 0; k < 2; k++) {
        double f = k ? m->fy : m->fx, d = k ? y : x, shift[3], turn[3];
        r[k] = p->views[v].corners[corner].uv[k] - uv[k];
        memset(in[k], 0, INTRINSICS * sizeof in[k][0]);
        in[k][k] = (uv[k] - (k ? m->cy : m->cx)) / f;
        in[k][2 + k] = 1.0;
        in[k][4] = f * d * r2;
        in[k][5] = f * d * r4;
        in[k][6] = f * (k ? r2 + 2.0 * y * y : 2.0 * x * y);
        in[k][7] = f * (k ? 2.0 * x * y : r2 + 2.0 * x * x);
        in[k][8] = f * d * r6;
        shift[0] = j[2 * k] / q[2];
        shift[1] = j[2 * k + 1] / q[2];
        shift[2] = -(shift[0] * x + shift[1] * y);
        cross(arm, shift, turn);
        memcpy(ex[k], turn, sizeof turn);
        memcpy(ex[k] + 3, shift, sizeof shift);
    }
    return true;
}

/* Sum of squares; INFINITY: a corner behind the camera. With `build`, the normal equations too. */
static double squares(problem *p, const camera_model *m, const pose *poses, bool build)
{
    int corners = p->board->columns * p->board->rows;
    size_t n = p->unknowns;
    double sum = 0.0;
    if (build) {
        memset(p->a, 0, n * n * sizeof *p->a);
        memset(p->b, 0, n * sizeof *p->b);
    }
    for (size_t v = 0; v < p->count; v++) {
        double own = 0.0;
        for (int c = 0; c < corners; c++) {
            double r[2], in[2][INTRINSICS], row[INTRINSICS + POSE];
            double ex[2][POSE];
            if (!corner_rows(p, m, &poses[v], v, c, r, in, ex))
                return INFINITY;
            own += r[0] * r[0] + r[1] * r[1];
            for (int k = 0; build && k < 2; k++) {
                memcpy(row, in[k], sizeof in[k]);
                memcpy(row + INTRINSICS, ex[k], sizeof ex[k]);
                for (int i = 0; i < INTRINSICS; i++)
                    row[i] = p->free[i] ? row[i] : 0.0;
                for (int i = 0; i < INTRINSICS + POSE; i++) {
                    size_t at_i =
                        i < INTRINSICS ? (size_t)i : INTRINSICS + v * POSE + (size_t)(i - INTRINSICS);
                    p->b[at_i] += row[i] * r[k];
                    for (int l = 0; l < INTRINSICS + POSE; l++) {
                        size_t at_l =
                            l < INTRINSICS ? (size_t)l : INTRINSICS + v * POSE + (size_t)(l - INTRINSICS);
                        p->a[at_i * n + at_l] += row[i] * row[l];
                    }
                }
            }
        }
        p->views[v].misfit_px = sqrt(own / corners);
        sum += own;
    }
    return sum;
}

static void turn_by(pose *at, const double w[3])
{
    double x[3], y[3], moved[3];
    for (int k = 0; k < 3; k++) {
        x[k] = at->r[k][0];
        y[k] = at->r[k][1];
    }
    cross(w, x, moved);
    for (int k = 0; k < 3; k++)
        x[k] += moved[k];
    cross(w, y, moved);
    for (int k = 0; k < 3; k++)
        y[k] += moved[k];
    set_axes(at, x, y);
}

static void apply(const problem *p, const double *d, camera_model *m, pose *poses)
{
    *m = p->model;
    for (int i = 0; i < INTRINSICS; i++)
        *intrinsic(m, i) += d[i];
    for (size_t v = 0; v < p->count; v++) {
        const double *own = d + INTRINSICS + v * POSE;
        poses[v] = p->poses[v];
        turn_by(&poses[v], own);
        for (int k = 0; k < 3; k++)
            poses[v].t[k] += own[3 + k];
    }
}

/* (A + damping diag(A)) x = b into `x`; unknowns that are held have a diagonal of 0. */
static bool damped_step(problem *p, double damping, double *x)
{
    size_t n = p->unknowns;
    memcpy(p->work, p->a, n * n * sizeof *p->a);
    for (size_t i = 0; i < n; i++)
        p->work[i * n + i] = p->a[i * n + i] > 0.0 ? p->a[i * n + i] * (1.0 + damping) : 1.0;
    memcpy(x, p->b, n * sizeof *x);
    return dense_factor(p->work, n) && (dense_solve(p->work, n, x), true);
}

static double minimize(problem *p, double *x, pose *trial)
{
    double damping = 1e-3, best = squares(p, &p->model, p->poses, true);
    for (int i = 0; i < STEPS && damping < 1e8; i++) {
        camera_model m;
        if (!damped_step(p, damping, x)) {
            damping *= 10.0;
            continue;
        }
        apply(p, x, &m, trial);
        double now = squares(p, &m, trial, false);
        if (!(now < best)) {
            damping *= 10.0;
            continue;
        }
        bool still = best - now < 1e-10 * best;
        p->model = m;
        memcpy(p->poses, trial, p->count * sizeof *trial);
        best = squares(p, &p->model, p->poses, true);
        damping *= 0.2;
        if (still)
            break;
    }
    return best;
}

static void hold(problem *p, int first, int end)
{
    for (int i = 0; i < INTRINSICS; i++)
        p->free[i] = !(i >= first && i < end);
}

static void tell_sigma(problem *p, double variance, double *x, double sigma[INTRINSICS])
{
    for (int i = 0; i < INTRINSICS; i++) {
        memset(p->b, 0, p->unknowns * sizeof *p->b);
        p->b[i] = 1.0;
        sigma[i] = p->free[i] && damped_step(p, 0.0, x) ? sqrt(fmax(x[i], 0.0) * variance) : 0.0;
    }
}

/* The lens without its bending first, so that the poses are near before they can hide in it. */
static bool solve(problem *p, calibration *out, error *e)
{
    double *x = malloc(p->unknowns * sizeof *x);
    pose *trial = malloc(p->count * sizeof *trial);
    bool good = x && trial;
    if (good) {
        hold(p, 2, INTRINSICS);
        minimize(p, x, trial);
        hold(p, 6, INTRINSICS);
        minimize(p, x, trial);
        hold(p, p->board->third ? INTRINSICS : 8, INTRINSICS);
        double sum = minimize(p, x, trial);
        size_t corners = p->count * (size_t)(p->board->columns * p->board->rows);
        double freedom = 2.0 * (double)corners - (double)p->unknowns;
        out->model = p->model;
        out->misfit_px = sqrt(sum / (double)corners);
        tell_sigma(p, sum / fmax(freedom, 1.0), x, out->sigma);
        good = isfinite(sum) && p->model.fx > 0.0 && p->model.fy > 0.0;
        if (!good)
            error_set(e, "the pictures do not agree on one camera");
    } else {
        error_set(e, "out of memory");
    }
    free(trial);
    free(x);
    return good;
}

bool calibrate(const calibrate_board *board, calibrate_view *views, size_t count, calibration *out, error *e)
{
    if (count < CALIBRATE_LEAST_VIEWS)
        return error_set(e, "%d pictures of the board are needed, %zu are usable", CALIBRATE_LEAST_VIEWS,
                         count);
    problem p = {.board = board, .views = views, .count = count, .unknowns = INTRINSICS + count * POSE};
    memset(out, 0, sizeof *out);
    p.poses = calloc(count, sizeof *p.poses);
    p.a = malloc(p.unknowns * p.unknowns * sizeof *p.a);
    p.work = malloc(p.unknowns * p.unknowns * sizeof *p.work);
    p.b = malloc(p.unknowns * sizeof *p.b);
    bool good = (p.poses && p.a && p.work && p.b) || error_set(e, "out of memory");
    good = good && begin(&p, e) && solve(&p, out, e);
    free(p.b);
    free(p.work);
    free(p.a);
    free(p.poses);
    return good;
}
