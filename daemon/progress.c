#include "daemon/progress.h"

#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

void progress_init(progress *p, bool wanted)
{
    *p = (progress){.active = wanted && isatty(STDERR_FILENO), .start_s = monotonic_s()};
    p->last_s = p->start_s + 0.8;
}

void progress_show(progress *p, double done, double drive_s)
{
    double now = monotonic_s(), passed = now - p->start_s;
    if (!p->active || now - p->last_s < 0.2)
        return;
    p->last_s = now;
    p->shown = true;
    if (done > 0 && done <= 1)
        fprintf(stderr, "\r\033[K%3.0f %%  %.0f s of the drive, %.0f s left", 100 * done, drive_s,
                ceil(passed * (1 - done) / done));
    else
        fprintf(stderr, "\r\033[K%.0f s of the drive", drive_s);
    fflush(stderr);
}

void progress_finish(progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}

void pace_wait(double start_s, double drive_s, double speed)
{
    double due_s = start_s + drive_s / speed;
    if (!(due_s > monotonic_s()))
        return;
    double whole = floor(due_s);
    struct timespec due = {(time_t)whole, (long)((due_s - whole) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) != 0)
        continue;
}
