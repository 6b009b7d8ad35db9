#include "sensors/camera/lane_lined.h"

#include <math.h>

/* Rows before and behind that are asked, and how many of them must go on for a mark to count whole: paint has
 * ends and holes. More rows: a bend passes by; fewer: two spots make a line. */
enum { BESIDE = 3 };
static const float whole = 4.0f;

/* Lines run along the car within 18 degrees where they are seen in shade; each slope is asked in turn.
 * Steeper ones: spots line up by chance more often. */
enum { SLOPES = 4 };
static const float slope_step = 0.08f;

/* How exactly a mark goes on: what its middle strays by; a pixel comes on top. */
static const float stray_m = 0.05f;

/* What is left of a mark that stands alone: studs do, and the end of a dash far off. */
static const float least_share = 0.3f;

static bool has_mark(const lane_marks *marks, int row, float y_m, float gate_m)
{
    for (int i = marks->first[row]; i < marks->first[row + 1]; i++) {
        if (fabsf(marks->marks[i].y_m - y_m) < gate_m)
            return true;
    }
    return false;
}

/* The rows that go on with a mark, along the slope that most of them do. */
static int rows_along(const top_view_grid *grid, const lane_marks *marks, int row, float y_m)
{
    int most = 0;
    for (int slope = -SLOPES; slope <= SLOPES; slope++) {
        int count = 0;
        for (int other = row - BESIDE; other <= row + BESIDE; other++) {
            if (other == row || other < 0 || other >= grid->rows)
                continue;
            float off = (float)(grid->x_m[other] - grid->x_m[row]);
            float gate = stray_m + 0.5f * (float)grid->pixel_m[row] + 0.5f * slope_step * fabsf(off);
            count += has_mark(marks, other, y_m + slope_step * (float)slope * off, gate);
        }
        most = count > most ? count : most;
    }
    return most;
}

void lane_lined_weigh(const top_view_grid *grid, lane_marks *marks)
{
    for (int row = 0; row < grid->rows; row++) {
        for (int i = marks->first[row]; i < marks->first[row + 1]; i++) {
            lane_mark *m = &marks->marks[i];
            float share = fminf((float)rows_along(grid, marks, row, m->y_m) / whole, 1.0f);
            m->strength *= least_share + (1.0f - least_share) * share;
        }
    }
}
