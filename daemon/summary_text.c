#include "daemon/report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { MAX_ROWS = 24 }; /* of a list: the JSON summary has all */

static const double deg = 180 / M_PI;

typedef struct {
    const report *rep;
    FILE *out;
    bool colour;
} printer;

static void heading(const printer *p, const char *text)
{
    fprintf(p->out, "\n%s%s%s\n", p->colour ? "\033[1m" : "", text, p->colour ? "\033[0m" : "");
}

/* "87 ± 4 ms": width counts what is seen, not the two bytes of the sign. */
static void print_pm(const printer *p, const char *label, double value, double sigma, int digits,
                     const char *unit)
{
    if (isfinite(value) && isfinite(sigma))
        fprintf(p->out, "  %-20s %10.*f ± %.*f %s\n", label, digits, value, digits, sigma, unit);
}

static void print_value(const printer *p, const char *label, double value, int digits, const char *unit)
{
    if (isfinite(value))
        fprintf(p->out, "%s %.*f %s", label, digits, value, unit);
    else
        fprintf(p->out, "%s - %s", label, unit);
}

static void print_rest(const printer *p, size_t count)
{
    if (count > MAX_ROWS)
        fprintf(p->out, "  ... and %zu more\n", count - MAX_ROWS);
}

static void print_head(const printer *p)
{
    const replay_result *r = p->rep->result;
    const char *slash = strrchr(p->rep->options->drive, '/');
    fprintf(p->out, "%s: %.1f s, %.0f m, %" PRIu64 " frames\n", slash ? slash + 1 : p->rep->options->drive,
            p->rep->duration_s, p->rep->distance_m, r->frames);
    if (r->damage[0])
        fprintf(p->out, "DAMAGED: %s\n", r->damage);
    if (r->unannounced > 0)
        fprintf(p->out,
                "%" PRIu64 " messages came on channels that the summary does not know; they were not used\n",
                r->unannounced);
}

static void print_latency(const printer *p, const fusion_source_status *s)
{
    if (isfinite(s->latency_s) && isfinite(s->latency_sigma_s))
        fprintf(p->out, "  %5.0f ± %.0f ms", 1e3 * (double)s->latency_s, 1e3 * (double)s->latency_sigma_s);
}

static void print_source(const printer *p, size_t i)
{
    const replay_result *r = p->rep->result;
    const source_settings *source = &r->settings->sources[i];
    const source_tally *t = &r->tallies[i];
    const fusion_source_status *s = &r->status.sources[i];
    double span_s = 1e-9 * ((double)t->last_ns - (double)t->first_ns);
    fprintf(p->out, "  %-22s", source->name);
    if (t->frames == 0) {
        fprintf(p->out, "%10s\n", t->silenced ? "left out" : "never seen");
        return;
    }
    fprintf(p->out, "%10" PRIu64, t->frames);
    if (span_s > 0)
        fprintf(p->out, " %7.1f Hz", (double)(t->frames - 1) / span_s);
    else
        fprintf(p->out, " %10s", "");
    fprintf(p->out, "%9" PRIu64 "%10" PRIu64 "%7" PRIu64, s->used, s->rejected, s->late);
    print_latency(p, s);
    if (!source->enabled)
        fputs("  disabled", p->out);
    if (t->malformed > 0)
        fprintf(p->out, "  %" PRIu64 " malformed", t->malformed);
    fputc('\n', p->out);
}

static void print_sources(const printer *p)
{
    heading(p, "Sources                     frames       rate     used  rejected   late  latency");
    for (size_t i = 0; i < p->rep->result->settings->source_count; i++)
        print_source(p, i);
}

static void print_calibration(const printer *p)
{
    const fusion_status *s = &p->rep->result->status;
    if (!isfinite(s->mount_pitch_rad) && !isfinite(s->mount_yaw_rad) && !isfinite(s->wheel_scale))
        return;
    heading(p, "Calibration found");
    print_pm(p, "IMU mount pitch", s->mount_pitch_rad * deg, s->mount_pitch_sigma_rad * deg, 2, "deg");
    print_pm(p, "IMU mount yaw", s->mount_yaw_rad * deg, s->mount_yaw_sigma_rad * deg, 2, "deg");
    print_pm(p, "wheel scale", s->wheel_scale, s->wheel_scale_sigma, 4, "");
}

static void print_modes(const printer *p)
{
    const report *rep = p->rep;
    heading(p, "Modes                  from        for");
    for (size_t i = 0; i < rep->mode_count && i < MAX_ROWS; i++) {
        const mode_span *m = &rep->modes[i];
        fprintf(p->out, "  %-14s %8.1f s %8.1f s\n", fusion_mode_word(m->mode), m->from_s,
                m->to_s - m->from_s);
    }
    if (rep->mode_count == 0)
        fputs("  none: no frame was played\n", p->out);
    print_rest(p, rep->mode_count);
}

static void print_fault(const printer *p, const fault_span *span)
{
    const replay_result *r = p->rep->result;
    const fault_info *info = fault_describe((fault_code)span->code);
    char until[24] = "the end  ";
    if (span->to_ns != INT64_MAX)
        snprintf(until, sizeof until, "%7.1f s", report_seconds(p->rep, span->to_ns));
    fprintf(p->out, "  %-22s %-15s %-8s %8.1f s  %s  %s\n", fault_source_name(r->settings, span->source),
            info->name, fault_severity_word(info->severity), report_seconds(p->rep, span->from_ns), until,
            info->text);
}

static void print_faults(const printer *p)
{
    const fault_log *log = &p->rep->result->faults;
    if (log->count == 0) {
        heading(p, "Faults");
        fputs("  none\n", p->out);
        return;
    }
    heading(p, "Faults                                 severity       from      until");
    for (size_t i = 0; i < log->count && i < MAX_ROWS; i++)
        print_fault(p, &log->spans[i]);
    print_rest(p, log->count);
}

static void print_accuracy(const printer *p)
{
    const evaluation *v = &p->rep->evaluation;
    heading(p, "Accuracy against truth");
    if (v->samples == 0) {
        fputs("  no truth point lies between two usable poses (they must be at most 50 ms apart)\n", p->out);
        return;
    }
    fprintf(p->out, "  %-13s", "horizontal");
    print_value(p, "RMSE", v->horizontal_rmse_m, 3, "m,");
    print_value(p, " p50", v->horizontal_p50_m, 3, "m,");
    print_value(p, " p95", v->horizontal_p95_m, 3, "m,");
    print_value(p, " max", v->horizontal_max_m, 3, "m\n");
    fprintf(p->out, "  %-13s", "along, cross");
    print_value(p, "p95 ", v->along_p95_m, 3, "m,");
    print_value(p, "", v->cross_p95_m, 3, "m\n");
    fprintf(p->out, "  %-13s", "vertical");
    print_value(p, "RMSE", v->vertical_rmse_m, 3, "m\n");
    fprintf(p->out, "  %-13s", "velocity");
    print_value(p, "RMSE", v->velocity_east_rmse_mps, 3, "m/s east,");
    print_value(p, "", v->velocity_north_rmse_mps, 3, "m/s north\n");
    fprintf(p->out, "  %-13s", "heading");
    print_value(p, "RMSE", v->heading_rmse_deg, 3, "deg");
    print_value(p, ", less a constant", v->heading_offset_deg, 3, "deg of the reference\n");
    fprintf(p->out, "  %-13s", "confidence");
    print_value(p, "95 % region holds the truth", 100 * v->coverage95_horizontal, 1, "% of the time");
    print_value(p, ", NEES", v->nees_horizontal_mean, 2, "(2 is honest)\n");
    fprintf(p->out, "  %-13s%zu, ", "samples", v->samples);
    print_value(p, "usable", 100 * v->availability, 1, "% of the time since initialization\n");
}

static void print_drop(const printer *p, size_t i)
{
    const drop_option *o = &p->rep->options->drops[i];
    const evaluation_drop *d = &p->rep->drops[i];
    fprintf(p->out, "  %-22s %6g - %g s", o->word, o->from_s, o->to_s);
    if (d->samples > 0) {
        print_value(p, ": ", d->distance_m, 0, "m,");
        print_value(p, " error at the end", d->end_error_m, 2, "m,");
        print_value(p, " max", d->max_error_m, 2, "m,");
        print_value(p, " growth", d->growth_percent, 2, "%,");
        print_value(p, " inside 95 %:", 100 * d->coverage95, 1, "%");
    }
    fputc('\n', p->out);
}

static void print_drops(const printer *p)
{
    if (p->rep->options->drop_count == 0)
        return;
    heading(p, "Dropped on purpose");
    for (size_t i = 0; i < p->rep->options->drop_count; i++)
        print_drop(p, i);
}

static void print_speed(const printer *p)
{
    const replay_result *r = p->rep->result;
    heading(p, "Replay");
    fprintf(p->out, "  %-13s%.1f ms, %.0f times real time\n", "speed", 1e3 * r->wall_s, p->rep->speed_factor);
    fprintf(p->out, "  %-13s%zu, sha256 %s\n", "poses", r->pose_count, p->rep->sha256);
    if (r->pose_count > 0 && r->poses[r->pose_count - 1].resets > 0)
        fprintf(p->out, "  %-13s%" PRIu32 "\n", "resets", r->poses[r->pose_count - 1].resets);
}

bool report_print_text(const report *rep, FILE *out, bool colour)
{
    const printer p = {rep, out, colour};
    print_head(&p);
    print_sources(&p);
    print_calibration(&p);
    print_modes(&p);
    print_faults(&p);
    if (rep->evaluated)
        print_accuracy(&p);
    print_drops(&p);
    print_speed(&p);
    return !ferror(out);
}
