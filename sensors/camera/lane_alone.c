#include "sensors/camera/lane_alone.h"

#include <math.h>

/* A line with less is not believed: it is wrong more often than right. Smaller: what is no line bends the one
 * that is; larger: a pitch that two lines show is lost (at 0.8 a fifth of the lines of cameras that are
 * pitched by 2 to 3 degrees more). */
static const double believed_score = 0.5;

/* A line with more is as good as sure, and the other one is not asked. Larger: it costs time, for nothing
 * that weighs; smaller: a doubt is passed over. */
static const double sure_score = 0.9;

/* The other end at which they are compared, and what is far: beyond it they are as different as can be. */
static const double ahead_m = 15.0, far_m = 0.5;

static double distance(const lane_shape *a, const lane_shape *b, int side)
{
    double here = fabs(lane_shape_y(a, side, 0.0) - lane_shape_y(b, side, 0.0)),
           ahead = fabs(lane_shape_y(a, side, ahead_m) - lane_shape_y(b, side, ahead_m));
    return fmin(fmax(here, ahead), far_m);
}

static void judge(const lane_scene *s, lane_finding *io)
{
    for (int side = 0; side < LANE_SIDES; side++)
        io->judged[side] = lane_judge(&io->fit, side, s->width_m);
}

void lane_alone_settle(const lane_scene *s, lane_finding *io)
{
    judge(s, io);
    const double score[LANE_SIDES] = {io->judged[LANE_LEFT].score, io->judged[LANE_RIGHT].score};
    double parts[LANE_SIDES] = {0.0}, most[LANE_SIDES] = {1.0, 1.0};
    int best = score[LANE_RIGHT] > score[LANE_LEFT] ? LANE_RIGHT : LANE_LEFT, asked = 0;
    lane_fit told = io->fit;
    for (int side = 0; side < LANE_SIDES; side++) {
        lane_fit alone = io->fit;
        if (score[!side] > sure_score ||
            !lane_fit_alone(s->grid, s->marks, s->height_m, &io->before, side, &alone))
            continue;
        asked++;
        parts[side] = (1.0 - score[!side]) * distance(&alone.belief.mean, &io->fit.belief.mean, side);
        if (side == best && score[best] > believed_score && score[!best] < believed_score)
            told = alone, most[!side] = score[!side];
    }
    if (!asked)
        return;
    io->fit = told;
    for (int side = 0; side < LANE_SIDES; side++)
        io->fit.support[side].parts = parts[side];
    judge(s, io);
    for (int side = 0; side < LANE_SIDES; side++)
        io->judged[side].score = fmin(io->judged[side].score, most[side]);
}
