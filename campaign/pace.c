#include "campaign/pace.h"

#include "common/clock.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

static const double terminal_period_s = 0.2, log_period_s = 10;

void pace_begin(pace *p, uint64_t all, bool quiet)
{
    *p = (pace){.all = all, .start_s = monotonic_s(), .quiet = quiet, .terminal = isatty(STDERR_FILENO)};
    p->next_s = p->start_s + (p->terminal ? 1 : log_period_s);
}

static void time_text(double s, char *text, size_t size)
{
    unsigned long whole = (unsigned long)ceil(fmin(s, 1e9));
    if (whole >= 3600)
        snprintf(text, size, "%lu h %lu min", whole / 3600, whole / 60 % 60);
    else if (whole >= 60)
        snprintf(text, size, "%lu min %lu s", whole / 60, whole % 60);
    else
        snprintf(text, size, "%lu s", whole);
}

void pace_text(uint64_t done, uint64_t all, double passed_s, char *text, size_t size)
{
    char left[48];
    if (done == 0 || !(passed_s > 0)) {
        snprintf(text, size, "  0 %%  %" PRIu64 " of %" PRIu64 " runs", done, all);
        return;
    }
    time_text(passed_s * (double)(all - done) / (double)done, left, sizeof left);
    snprintf(text, size, "%3.0f %%  %" PRIu64 " of %" PRIu64 " runs, %.3g/s, %s left",
             floor(100 * (double)done / (double)all), done, all, (double)done / passed_s, left);
}

void pace_show(pace *p, uint64_t done)
{
    char text[160];
    double now = monotonic_s();
    if (p->quiet || now < p->next_s)
        return;
    p->next_s = now + (p->terminal ? terminal_period_s : log_period_s);
    pace_text(done, p->all, now - p->start_s, text, sizeof text);
    fprintf(stderr, p->terminal ? "\r\033[K%s" : "%s\n", text);
    fflush(stderr);
    p->shown = p->terminal;
}

void pace_clear(pace *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
