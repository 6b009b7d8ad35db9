#include "sensors/camera/lane_fit.h"
#include "sensors/camera/lane_rival.h"

#include <math.h>
#include <string.h>

/* Alone a line begins where both have it, and follows a parabola nearly: 4 steps change it by less than a
 * millimetre more. */
enum { STEPS = 8, ALONE_STEPS = 4 };

/* What a mark's middle strays by: paint and road are uneven (m), the picture is of pixels, and the road is
 * not flat (rad). Too small: the fit follows the noise of the far end; too large: it does not see curves. */
static const double paint_m = 0.025, pixels = 0.5, uneven_rad = 0.0006;

/* Marks in rows beside each other err alike: so many of them tell as much as one. */
static const double alike = 4.0;

static const double chance_reach_m = 1.8; /* marks this far beside a line are chance */
static const double least_gate_m = 0.15;
static const double near_m = 20.0, duty_far_m = 35.0;

/* One line alone shows no pitch: what it bends by more than roads do would be made of one. So its sigma is
 * half as large then. Smaller: a car that does pitch has a bend; larger: the line is right beside the car
 * alone. */
static const double lone_pitch = 4.0;

/* A line with no more hits than this, beyond so many times those of chance, is not there. */
static const double least_hits = 6.0, least_surprise = 1.5;

typedef struct {
    const top_view_grid *grid;
    const lane_marks *marks;
    double height_m;
    bool use[LANE_SIDES];
} scene;

static double sigma_at(const scene *s, int row, const lane_pitched *at)
{
    double pixel = pixels * s->grid->pixel_m[row] * at->scale, uneven = uneven_rad * at->x_m;
    return sqrt(paint_m * paint_m + pixel * pixel + uneven * uneven);
}

/* The mark of a row that fits a line best; NULL: none within the gate. */
static const lane_mark *choose(const scene *s, int row, double scale, double y_m, double gate_m,
                               double *residual)
{
    const lane_mark *best = NULL;
    double least = INFINITY;
    for (int i = s->marks->first[row]; i < s->marks->first[row + 1]; i++) {
        const lane_mark *m = &s->marks->marks[i];
        double r = (double)m->y_m * scale - y_m, cost = fabs(r) / gate_m - 0.7 * (double)m->strength;
        if (fabs(r) < gate_m && cost < least) {
            least = cost;
            best = m;
            *residual = r;
        }
    }
    return best;
}

typedef struct {
    double a[LANE_UNKNOWNS][LANE_UNKNOWNS], b[LANE_UNKNOWNS];
    double squares, weight; /* of the residuals in sigmas, weighted */
} normal;

/* The half below the diagonal; step() copies it. */
static void add(normal *n, const double row[LANE_UNKNOWNS], double residual, double weight)
{
    for (int i = 0; i < LANE_UNKNOWNS; i++) {
        for (int j = 0; j <= i; j++)
            n->a[i][j] += weight * row[i] * row[j];
        n->b[i] += weight * row[i] * residual;
    }
}

/* d ln(x)/d crest of lane_ground_crested: x'^2/(h r (1 + r)) with r = sqrt(1 - 2 crest x'^2/h) = 2 x'/x - 1.
 * Near the crest's horizon nothing is known; half of the way there it ends. */
static double stretch_by_crest(double x, double h, double crest)
{
    double flat = 1.0 / (1.0 / x + 0.5 * crest * x / h), root = fmax(2.0 * flat / x - 1.0, 0.2);
    return flat * flat / (h * root * (1.0 + root));
}

/* Residual of a mark: y' - y(x'). By the pitch p, with x' and y' as in lane_ground.h and small p:
 * dx'/dp = -(h + x^2/h), dy'/dp = -x y/h, all pitched. The crest stretches both. */
static void row_of(const scene *s, const lane_shape *at, int side, double x, double y,
                   double row[LANE_UNKNOWNS])
{
    double slope = lane_shape_slope(at, x), h = s->height_m;
    row[LANE_CENTRE] = 1.0;
    row[LANE_WIDTH] = side == LANE_LEFT ? 0.5 : -0.5;
    row[LANE_HEADING] = x;
    row[LANE_CURVATURE] = x * x / 2.0;
    row[LANE_RATE] = x * x * x / 6.0;
    row[LANE_PITCH] = x * y / h - slope * (h + x * x / h);
    row[LANE_CREST] = (slope * x - y) * stretch_by_crest(x, h, at->at[LANE_CREST]);
}

static void add_marks(const scene *s, const lane_shape *at, double gate_m, normal *n)
{
    for (int row = 0; row < s->grid->rows; row++) {
        lane_pitched p = lane_shape_place(at, s->grid->x_m[row], s->height_m);
        if (!(p.scale > 0.0) || !(p.x_m < 90.0))
            continue;
        double sigma = sigma_at(s, row, &p), gate = fmax(gate_m, 3.0 * sigma);
        for (int side = 0; side < LANE_SIDES; side++) {
            double residual, jacobian[LANE_UNKNOWNS], y = lane_shape_y(at, side, p.x_m);
            const lane_mark *m = s->use[side] ? choose(s, row, p.scale, y, gate, &residual) : NULL;
            if (!m)
                continue;
            double far = residual * residual / (0.1 * gate * gate),
                   robust = 1.0 / ((1.0 + far) * (1.0 + far));
            double weight = (double)m->strength * robust / (sigma * sigma);
            row_of(s, at, side, p.x_m, y + residual, jacobian);
            add(n, jacobian, residual, weight / alike);
            n->squares += weight * residual * residual;
            n->weight += (double)m->strength * robust;
        }
    }
}

static bool step(const scene *s, const lane_belief *before, double information[LANE_UNKNOWNS][LANE_UNKNOWNS],
                 double gate_m, lane_fit *out)
{
    normal n;
    lane_shape *at = &out->belief.mean;
    memset(&n, 0, sizeof n);
    add_marks(s, at, gate_m, &n);
    double misfit = n.weight > 0.0 ? fmax(1.0, n.squares / n.weight) : 1.0;
    for (int i = 0; i < LANE_UNKNOWNS; i++) {
        n.b[i] /= misfit;
        for (int j = 0; j < LANE_UNKNOWNS; j++) {
            if (j <= i)
                n.a[j][i] = n.a[i][j] = n.a[i][j] / misfit + information[i][j];
            n.b[i] += information[i][j] * (before->mean.at[j] - at->at[j]);
        }
    }
    if (!lane_invert(n.a))
        return false;
    for (int i = 0; i < LANE_UNKNOWNS; i++) {
        for (int j = 0; j < LANE_UNKNOWNS; j++)
            at->at[i] += n.a[i][j] * n.b[j];
    }
    memcpy(out->belief.covariance, n.a, sizeof n.a);
    return isfinite(at->at[LANE_CENTRE]) && fabs(at->at[LANE_PITCH]) < 0.3;
}

/* ---- what speaks for it */

typedef struct {
    double last_m; /* furthest row so far, from near to far */
    double marked_m, gap_m, squares;
    double widths, widths2; /* sums over the hits */
} way;

static bool shows(const scene *s, int row, double y_m, double scale)
{
    double y = y_m / scale;
    return y > (double)s->marks->reach_m[row][0] && y < (double)s->marks->reach_m[row][1];
}

/* Marks beside the line, but for those on the lane's other line, per metre. */
static double density(const scene *s, int row, double scale, double y_m, double other_m, double gate_m)
{
    int count = 0;
    for (int i = s->marks->first[row]; i < s->marks->first[row + 1]; i++) {
        double y = (double)s->marks->marks[i].y_m * scale;
        bool beside = fabs(y - y_m) > gate_m && fabs(y - y_m) < chance_reach_m;
        count += beside && fabs(y - other_m) > 0.3;
    }
    return count / (2.0 * (chance_reach_m - gate_m));
}

static void count_hit(lane_support *out, way *w, const lane_mark *m, double x_m, double residual,
                      double gate_m)
{
    out->hits++;
    out->followed += (double)m->strength * (1.0 - residual * residual / (gate_m * gate_m));
    out->strength += (double)m->strength;
    out->yellow += m->yellow;
    out->rise += (double)m->rise;
    out->apart += (double)m->apart;
    out->lit += (double)m->lit;
    out->skew += (double)m->skew;
    w->squares += residual * residual;
    w->widths += (double)m->width_m;
    w->widths2 += (double)m->width_m * (double)m->width_m;
    out->near_m = out->hits == 1 ? x_m : out->near_m;
    out->far_m = x_m;
}

static void count_way(lane_support *out, way *w, bool hit, double x_m)
{
    if (x_m < duty_far_m && w->last_m > 0.0) {
        double step_m = x_m - w->last_m;
        out->way_m += step_m;
        w->marked_m += hit ? step_m : 0.0;
        w->gap_m = hit ? 0.0 : w->gap_m + step_m;
        out->gap_m = fmax(out->gap_m, w->gap_m);
    }
    w->last_m = x_m;
}

static void judge(const scene *s, const lane_shape *at, int side, lane_support *out)
{
    way w = {.last_m = 0.0};
    int near_rows = 0, near_hits = 0;
    memset(out, 0, sizeof *out);
    for (int row = s->grid->rows - 1; row >= 0; row--) {
        lane_pitched p = lane_shape_place(at, s->grid->x_m[row], s->height_m);
        double y = lane_shape_y(at, side, p.x_m), residual;
        if (!(p.scale > 0.0) || !(p.x_m < 90.0) || !shows(s, row, y, p.scale))
            continue;
        double gate = fmax(0.12, 2.5 * sigma_at(s, row, &p));
        const lane_mark *m = choose(s, row, p.scale, y, gate, &residual);
        out->rows++;
        out->chance +=
            fmin(2.0 * gate * density(s, row, p.scale, y, lane_shape_y(at, !side, p.x_m), gate), 1.0);
        near_rows += p.x_m < near_m;
        near_hits += m && p.x_m < near_m;
        if (m)
            count_hit(out, &w, m, p.x_m, residual, gate);
        count_way(out, &w, m != NULL, p.x_m);
    }
    out->strength /= fmax(out->hits, 1.0);
    out->yellow /= fmax(out->hits, 1.0);
    out->rise /= fmax(out->hits, 1.0);
    out->apart /= fmax(out->hits, 1.0);
    out->lit /= fmax(out->hits, 1.0);
    out->skew /= fmax(out->hits, 1.0);
    out->width_m = w.widths / fmax(out->hits, 1.0);
    out->misfit_m = sqrt(w.squares / fmax(out->hits, 1.0));
    out->uneven_m =
        sqrt(fmax(w.widths2 - w.widths * w.widths / fmax(out->hits, 1.0), 0.0) / fmax(out->hits, 1.0));
    out->near_hits = (double)near_hits / fmax(near_rows, 1.0);
    out->duty = w.marked_m / fmax(out->way_m, 0.1);
}

bool lane_fit_there(const lane_support *s)
{
    return s->hits >= least_hits + least_surprise * s->chance;
}

static void judge_both(const scene *s, double width_m, lane_fit *out)
{
    const lane_shape *at = &out->belief.mean;
    for (int side = 0; side < LANE_SIDES; side++)
        judge(s, at, side, &out->support[side]);
    const bool there[LANE_SIDES] = {lane_fit_there(&out->support[LANE_LEFT]),
                                    lane_fit_there(&out->support[LANE_RIGHT])};
    const lane_rivals rivals = lane_rivals_find(s->grid, s->marks, s->height_m, at, there, width_m);
    for (int side = 0; side < LANE_SIDES; side++) {
        out->support[side].rival = rivals.line[side];
        out->support[side].again = rivals.again;
    }
}

static bool iterate(const scene *s, const lane_belief *before,
                    double information[LANE_UNKNOWNS][LANE_UNKNOWNS], double gate_m, lane_fit *out)
{
    for (int i = 0; i < STEPS; i++) {
        double share = 1.0 - (double)i / (STEPS - 1);
        if (!step(s, before, information, least_gate_m + (gate_m - least_gate_m) * share * share, out))
            return false;
    }
    judge_both(s, before->mean.at[LANE_WIDTH], out);
    return true;
}

/* Whether both lines that are used are there; `s` then uses the others no more. */
static bool both_there(scene *s, const lane_fit *out)
{
    bool all = true;
    for (int side = 0; side < LANE_SIDES; side++) {
        bool there = lane_fit_there(&out->support[side]);
        all = all && (there || !s->use[side]);
        s->use[side] = s->use[side] && there;
    }
    return all;
}

/* Clutter where a line should be makes the width look known: without the line it is not. */
bool lane_fit_find(const top_view_grid *grid, const lane_marks *marks, double height_m,
                   const lane_belief *before, const lane_shape *first, double gate_m, lane_fit *out)
{
    scene s = {grid, marks, height_m, {true, true}};
    double information[LANE_UNKNOWNS][LANE_UNKNOWNS];
    memcpy(information, before->covariance, sizeof information);
    if (!lane_invert(information))
        return false;
    out->belief.mean = *first;
    if (!iterate(&s, before, information, gate_m, out))
        return false;
    if (both_there(&s, out))
        return true;
    information[LANE_PITCH][LANE_PITCH] *= lone_pitch;
    return iterate(&s, before, information, gate_m, out);
}

bool lane_fit_alone(const top_view_grid *grid, const lane_marks *marks, double height_m,
                    const lane_belief *before, int side, lane_fit *io)
{
    scene s = {grid, marks, height_m, {side == LANE_LEFT, side == LANE_RIGHT}};
    double information[LANE_UNKNOWNS][LANE_UNKNOWNS];
    memcpy(information, before->covariance, sizeof information);
    if (!lane_invert(information))
        return false;
    information[LANE_PITCH][LANE_PITCH] *= lone_pitch;
    for (int i = 0; i < ALONE_STEPS; i++) {
        if (!step(&s, before, information, least_gate_m, io))
            return false;
    }
    judge_both(&s, before->mean.at[LANE_WIDTH], io);
    return true;
}
