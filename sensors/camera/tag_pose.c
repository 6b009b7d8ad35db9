#include "sensors/camera/tag_pose.h"
#include "sensors/camera/tag_edges.h"

#include <math.h>
#include <string.h>

enum { UNKNOWNS = 6, CORNERS = 4, STEPS = 20 };

/* Corners in units of the edge, clockwise in the picture: x right, y down on the tag. */
static const double square[CORNERS][2] = {{-0.5, -0.5}, {0.5, -0.5}, {0.5, 0.5}, {-0.5, 0.5}};

/* Two answers whose squares of residuals differ by so many squares of the corners' noise are told apart: the
 * odds are 20,000 to one. Too small: now and then the tilt is the wrong one and said to be right; too large:
 * small tags say nothing. */
static const double decided = 20.0;

typedef struct {
    double r[3][3]; /* tag axes to optical axes */
    double t[3];    /* the centre */
} placement;

/* Gauss-Newton's normal equations: turn (in optical axes), then shift. */
typedef struct {
    double a[UNKNOWNS][UNKNOWNS], b[UNKNOWNS];
    double squares; /* of the residuals, pixels */
} normal;

/* The projective map from the square to four points (Heckbert, Fundamentals of Texture Mapping, 1989, 2.2.3),
 * as the columns' directions and the middle. False: three of them on a line. */
static bool square_to_quad(double p[CORNERS][2], double right[3], double down[3], double middle[3])
{
    double d1[2], d2[2], s[2], gain[2];
    for (int k = 0; k < 2; k++) {
        d1[k] = p[1][k] - p[2][k];
        d2[k] = p[3][k] - p[2][k];
        s[k] = p[0][k] - p[1][k] + p[2][k] - p[3][k];
    }
    double denominator = d1[0] * d2[1] - d2[0] * d1[1];
    if (!(fabs(denominator) > 1e-12))
        return false;
    gain[0] = (s[0] * d2[1] - d2[0] * s[1]) / denominator;
    gain[1] = (d1[0] * s[1] - s[0] * d1[1]) / denominator;
    for (int k = 0; k < 3; k++) {
        double first = k < 2 ? p[0][k] : 1.0;
        right[k] = k < 2 ? p[1][k] - p[0][k] + gain[0] * p[1][k] : gain[0];
        down[k] = k < 2 ? p[3][k] - p[0][k] + gain[1] * p[3][k] : gain[1];
        middle[k] = first + 0.5 * (right[k] + down[k]);
    }
    return true;
}

static double norm(const double v[3])
{
    return sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

static void cross(const double a[3], const double b[3], double out[3])
{
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

/* The placement that the map shows, exact without noise; with it, its axes are made right-angled. */
static bool place_first(double rays[CORNERS][2], placement *at)
{
    double right[3], down[3], middle[3], axes[3][3];
    if (!square_to_quad(rays, right, down, middle))
        return false;
    double scale = 2.0 / (norm(right) + norm(down));
    if (!(middle[2] * scale > 0.0) || !isfinite(scale))
        return false;
    for (int k = 0; k < 3; k++) {
        at->t[k] = middle[k] * scale;
        axes[0][k] = right[k] / norm(right);
        axes[1][k] = down[k];
    }
    cross(axes[0], axes[1], axes[2]);
    double length = norm(axes[2]);
    if (!(length > 1e-9))
        return false;
    for (int k = 0; k < 3; k++)
        axes[2][k] /= length;
    cross(axes[2], axes[0], axes[1]);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++)
            at->r[i][k] = axes[k][i];
    }
    return true;
}

/* One coordinate of one corner: its residual and its row of the Jacobian. */
static void add_row(normal *n, const double row[UNKNOWNS], double residual)
{
    for (int i = 0; i < UNKNOWNS; i++) {
        for (int j = 0; j < UNKNOWNS; j++)
            n->a[i][j] += row[i] * row[j];
        n->b[i] += row[i] * residual;
    }
    n->squares += residual * residual;
}

/* d(pixel) = J_model J_projection (dt - [R q]x d(turn)). False: a corner behind the camera. */
static bool build(const camera_model *m, double corners[CORNERS][2], const placement *at, normal *n)
{
    memset(n, 0, sizeof *n);
    for (int c = 0; c < CORNERS; c++) {
        double arm[3], p[3], uv[2], j[4];
        for (int k = 0; k < 3; k++) {
            arm[k] = at->r[k][0] * square[c][0] + at->r[k][1] * square[c][1];
            p[k] = arm[k] + at->t[k];
        }
        if (!(p[2] > 1e-6))
            return false;
        const double xy[2] = {p[0] / p[2], p[1] / p[2]};
        model_to_pixel(m, xy, uv, j);
        for (int k = 0; k < 2; k++) {
            double along_x = j[2 * k] / p[2], along_y = j[2 * k + 1] / p[2];
            double shift[3] = {along_x, along_y, -(along_x * xy[0] + along_y * xy[1])}, row[UNKNOWNS];
            cross(arm, shift, row); /* shift . (turn x arm) = turn . (arm x shift) */
            memcpy(row + 3, shift, sizeof shift);
            add_row(n, row, corners[c][k] - uv[k]);
        }
    }
    return true;
}

/* Cholesky factor in the lower half. False: not positive definite. */
static bool factor(double a[UNKNOWNS][UNKNOWNS])
{
    for (int j = 0; j < UNKNOWNS; j++) {
        double original = a[j][j];
        for (int k = 0; k < j; k++)
            a[j][j] -= a[j][k] * a[j][k];
        if (!(a[j][j] > 1e-13 * original))
            return false;
        a[j][j] = sqrt(a[j][j]);
        for (int i = j + 1; i < UNKNOWNS; i++) {
            for (int k = 0; k < j; k++)
                a[i][j] -= a[i][k] * a[j][k];
            a[i][j] /= a[j][j];
        }
    }
    return true;
}

static void solve(double l[UNKNOWNS][UNKNOWNS], double x[UNKNOWNS])
{
    for (int i = 0; i < UNKNOWNS; i++) {
        for (int k = 0; k < i; k++)
            x[i] -= l[i][k] * x[k];
        x[i] /= l[i][i];
    }
    for (int i = UNKNOWNS - 1; i >= 0; i--) {
        for (int k = i + 1; k < UNKNOWNS; k++)
            x[i] -= l[k][i] * x[k];
        x[i] /= l[i][i];
    }
}

/* R <- exp([turn]x) R, by Rodrigues' formula on each column. */
static void move(placement *at, const double step[UNKNOWNS])
{
    double angle = norm(step);
    for (int c = 0; c < 3 && angle > 0.0; c++) {
        double axis[3], v[3], turned[3];
        for (int k = 0; k < 3; k++) {
            axis[k] = step[k] / angle;
            v[k] = at->r[k][c];
        }
        cross(axis, v, turned);
        double along = axis[0] * v[0] + axis[1] * v[1] + axis[2] * v[2];
        for (int k = 0; k < 3; k++)
            at->r[k][c] = v[k] * cos(angle) + turned[k] * sin(angle) + axis[k] * along * (1.0 - cos(angle));
    }
    for (int k = 0; k < 3; k++)
        at->t[k] += step[3 + k];
}

/* Levenberg-Marquardt: a step that makes it worse is taken back and made shorter. Leaves in `n` the normal
 * equations at the end. */
static bool refine(const camera_model *m, double corners[CORNERS][2], placement *at, normal *n)
{
    double damping = 1e-6;
    if (!build(m, corners, at, n))
        return false;
    for (int i = 0; i < STEPS; i++) {
        double l[UNKNOWNS][UNKNOWNS], step[UNKNOWNS];
        memcpy(l, n->a, sizeof l);
        memcpy(step, n->b, sizeof step);
        for (int k = 0; k < UNKNOWNS; k++)
            l[k][k] *= 1.0 + damping;
        if (!factor(l))
            return false;
        solve(l, step);
        placement tried = *at;
        normal there;
        move(&tried, step);
        if (!build(m, corners, &tried, &there) || there.squares > n->squares) {
            damping = fmax(damping, 1e-4) * 10.0;
            continue;
        }
        bool done = n->squares - there.squares < 1e-12;
        *at = tried;
        *n = there;
        damping *= 0.1;
        if (done)
            break;
    }
    return true;
}

/* The same seen from the other side of the line of sight: a small tag tilted either way looks much the same,
 * and noise decides which of the two the first placement is. */
static placement mirrored(const placement *at)
{
    placement m = *at;
    double sight = norm(at->t);
    for (int c = 0; c < 2; c++) {
        double along = 0.0;
        for (int k = 0; k < 3; k++)
            along += at->r[k][c] * at->t[k] / sight;
        for (int k = 0; k < 3; k++)
            m.r[k][c] -= 2.0 * along * at->t[k] / sight;
    }
    const double right[3] = {m.r[0][0], m.r[1][0], m.r[2][0]}, down[3] = {m.r[0][1], m.r[1][1], m.r[2][1]};
    double normal_now[3];
    cross(right, down, normal_now);
    for (int k = 0; k < 3; k++)
        m.r[k][2] = normal_now[k];
    return m;
}

/* From both sides; the better one. */
static bool refine_both(const camera_model *m, double corners[CORNERS][2], placement *at, normal *n)
{
    placement other = mirrored(at);
    normal there;
    bool first = refine(m, corners, at, n), second = refine(m, corners, &other, &there);
    if (second && (!first || there.squares < n->squares)) {
        *at = other;
        *n = there;
    }
    return first || second;
}

/* Corners as they would be without the bend of the lines that they come from. */
static void straighten(const camera_model *m, const placement *at, double corners[CORNERS][2])
{
    double points[CORNERS][3], shift[CORNERS][2];
    for (int c = 0; c < CORNERS; c++) {
        for (int k = 0; k < 3; k++)
            points[c][k] = at->r[k][0] * square[c][0] + at->r[k][1] * square[c][1] + at->t[k];
    }
    tag_edges_shift(m, points, shift);
    for (int c = 0; c < CORNERS; c++) {
        corners[c][0] += shift[c][0];
        corners[c][1] += shift[c][1];
    }
}

static bool finish(const placement *at, normal *n, double edge, tag_pose *out)
{
    if (!factor(n->a))
        return false;
    for (int i = 0; i < 3; i++) {
        double shift[UNKNOWNS] = {0}, turn[UNKNOWNS] = {0};
        shift[3 + i] = turn[i] = 1.0;
        solve(n->a, shift);
        solve(n->a, turn);
        for (int k = 0; k < 3; k++) {
            out->covariance[k][i] = shift[3 + k] * edge * edge;
            out->turn_covariance[k][i] = turn[k];
        }
        out->centre[i] = at->t[i] * edge;
        out->normal[i] = -at->r[i][2]; /* z is into the tag: right times down */
    }
    out->misfit_px = sqrt(n->squares / (2 * CORNERS - UNKNOWNS));
    return true;
}

/* What the other tilt makes of the same corners, once they are straight. */
static void compare_other(const camera_model *m, double corners[CORNERS][2], const placement *best,
                          double squares, tag_pose *out)
{
    placement other = mirrored(best);
    normal n;
    double along = 0.0;
    out->other_rad = INFINITY;
    out->other_excess_px2 = 0.0;
    if (!refine(m, corners, &other, &n))
        return;
    for (int k = 0; k < 3; k++)
        along += other.r[k][2] * best->r[k][2];
    out->other_rad = acos(fmin(fmax(along, -1.0), 1.0));
    out->other_excess_px2 = n.squares - squares;
}

bool tag_pose_find(const camera_model *m, double found[CORNERS][2], double edge, tag_pose *out)
{
    double corners[CORNERS][2], rays[CORNERS][2];
    placement at;
    normal n;
    memcpy(corners, found, sizeof corners);
    for (int c = 0; c < CORNERS; c++) {
        if (!model_to_ray(m, corners[c], rays[c]))
            return false;
    }
    if (!place_first(rays, &at) || !refine_both(m, corners, &at, &n))
        return false;
    straighten(m, &at, corners);
    if (!refine(m, corners, &at, &n))
        return false;
    compare_other(m, corners, &at, n.squares, out);
    return finish(&at, &n, edge, out);
}

double tag_pose_facing_sigma(const tag_pose *p, double corner_px)
{
    double variance = 0.0; /* about any axis it is no more than the sum */
    for (int i = 0; i < 3; i++)
        variance += p->turn_covariance[i][i];
    double sigma = corner_px * sqrt(variance);
    return p->other_excess_px2 < decided * corner_px * corner_px ? hypot(sigma, p->other_rad) : sigma;
}
