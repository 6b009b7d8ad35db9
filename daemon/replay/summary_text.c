#include "daemon/replay/report.h"

#include "daemon/map_use.h"

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

/* A right-aligned number; blanks when it is not known. */
static void print_cell(const printer *p, double value, int width, int digits)
{
    if (isfinite(value))
        fprintf(p->out, "%*.*f", width, digits, value);
    else
        fprintf(p->out, "%*s", width, "");
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
    char map[MAP_USE_TEXT_SIZE];
    fprintf(p->out, "%s: %.1f s, %.0f m, %" PRIu64 " frames\n", slash ? slash + 1 : p->rep->options->drive,
            p->rep->duration_s, p->rep->distance_m, r->frames);
    if (r->map.file[0] != '\0')
        fprintf(p->out, "on the map %s: %" PRIu32 " marks, %" PRIu32 " lanes\n", map_use_name(&r->map, map),
                r->map.marks, r->map.lanes);
    if (r->damage[0])
        fprintf(p->out, "DAMAGED: %s\n", r->damage);
    if (r->injected) {
        fputs("INJECTED: ", p->out);
        injection_print(p->out, r->injected);
        fputc('\n', p->out);
    }
    if (r->unused > 0)
        fprintf(p->out,
                "%" PRIu64
                " messages of sensors were not used: not in protobuf, or not known to the summary\n",
                r->unused);
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

/* With its number for posed explain. */
static void print_fault(const printer *p, size_t i)
{
    const replay_result *r = p->rep->result;
    const fault_span *span = &r->faults.spans[i];
    const fault_info *info = fault_describe((fault_code)span->code);
    fprintf(p->out, "  %2zu  %-22s %-15s %-8s %8.1f s", i + 1, fault_source_name(r->settings, span->source),
            info->name, fault_severity_word(info->severity), report_seconds(p->rep, span->from_ns));
    if (span->to_ns == INT64_MAX)
        fputs("    the end\n", p->out);
    else
        fprintf(p->out, " %8.1f s\n", report_seconds(p->rep, span->to_ns));
}

/* What each fault in the list means, once. */
static void print_legend(const printer *p)
{
    const fault_log *log = &p->rep->result->faults;
    bool explained[FAULT_COUNT] = {false};
    for (size_t i = 0; i < log->count && i < MAX_ROWS; i++) {
        const fault_info *info = fault_describe((fault_code)log->spans[i].code);
        if (!explained[log->spans[i].code])
            fprintf(p->out, "      %-15s  %s\n", info->name, info->text);
        explained[log->spans[i].code] = true;
    }
}

static void print_faults(const printer *p)
{
    const fault_log *log = &p->rep->result->faults;
    if (log->count == 0) {
        heading(p, "Faults");
        fputs("  none\n", p->out);
        return;
    }
    heading(p, "Faults                                     severity       from      until");
    for (size_t i = 0; i < log->count && i < MAX_ROWS; i++)
        print_fault(p, i);
    print_rest(p, log->count);
    print_legend(p);
}

static void print_error(const printer *p, const char *what, const double values[4], const char *unit)
{
    fprintf(p->out, "  %-20s", what);
    for (int i = 0; i < 4; i++)
        print_cell(p, values[i], 9, 3);
    fprintf(p->out, "  %s\n", unit);
}

static void print_confidence(const printer *p)
{
    const evaluation *v = &p->rep->evaluation;
    fprintf(p->out, "  the 95 %% region holds the truth %.1f %% of the time", 100 * v->coverage95_horizontal);
    if (isfinite(v->nees_horizontal_mean))
        fprintf(p->out, "; NEES %.2f (2 is honest)", v->nees_horizontal_mean);
    if (isfinite(v->heading_offset_deg))
        fprintf(p->out, "\n  the heading is %.3f deg right of the reference's: its mount (taken off above)",
                v->heading_offset_deg);
    fprintf(p->out, "\n  %zu truth points, %.1f %% of those since initialization\n", v->samples,
            100 * v->availability);
}

static void print_integrity(const printer *p)
{
    const evaluation_integrity *v = &p->rep->evaluation.integrity;
    if (v->epochs == 0)
        return;
    heading(p, "Integrity");
    fprintf(p->out, "  %zu epochs: %zu misleading (an error above its bound), %zu hazardous (and no alert)\n",
            v->epochs, v->misleading, v->hazardous);
    fprintf(p->out,
            "  bound, median: %.2f m horizontal, %.2f m along, %.2f m cross; largest error %.2f of it\n",
            v->pl_horizontal_p50_m, v->pl_along_p50_m, v->pl_cross_p50_m, v->error_over_pl_max);
    fprintf(p->out, "  inside the alert limits %.1f %% of the time\n", 100 * v->available_fraction);
}

static void print_accuracy(const printer *p)
{
    const evaluation *v = &p->rep->evaluation;
    if (v->samples == 0) {
        heading(p, "Accuracy against truth");
        fputs("  no truth point lies between two usable poses (they must be at most 50 ms apart)\n", p->out);
        return;
    }
    heading(p, "Accuracy against truth     RMSE      p50      p95      max");
    print_error(
        p, "horizontal",
        (double[]){v->horizontal_rmse_m, v->horizontal_p50_m, v->horizontal_p95_m, v->horizontal_max_m}, "m");
    print_error(p, "along", (double[]){NAN, NAN, v->along_p95_m, NAN}, "m");
    print_error(p, "cross", (double[]){NAN, NAN, v->cross_p95_m, NAN}, "m");
    print_error(p, "vertical", (double[]){v->vertical_rmse_m, NAN, NAN, NAN}, "m");
    print_error(p, "velocity east", (double[]){v->velocity_east_rmse_mps, NAN, NAN, NAN}, "m/s");
    print_error(p, "velocity north", (double[]){v->velocity_north_rmse_mps, NAN, NAN, NAN}, "m/s");
    print_error(p, "heading", (double[]){v->heading_rmse_deg, NAN, NAN, NAN}, "deg");
    print_confidence(p);
}

static void print_drop(const printer *p, size_t i)
{
    const drop_option *o = &p->rep->options->drops[i];
    const evaluation_drop *d = &p->rep->drops[i];
    fprintf(p->out, "  %-16s %7.1f %7.1f s", o->word, o->from_s, o->to_s);
    if (p->rep->evaluated && d->samples > 0) {
        print_cell(p, d->distance_m, 8, 0);
        fputs(" m", p->out);
        print_cell(p, d->end_error_m, 10, 2);
        print_cell(p, d->max_error_m, 8, 2);
        fputs(" m", p->out);
        print_cell(p, d->growth_percent, 7, 2);
        fputs(" %", p->out);
        print_cell(p, 100 * d->coverage95, 9, 1);
        fputs(" %", p->out);
    }
    fputc('\n', p->out);
}

static void print_drops(const printer *p)
{
    if (p->rep->options->drop_count == 0)
        return;
    heading(p, "Dropped on purpose    from      to    distance  error end     max     growth   inside 95 %");
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
    if (rep->evaluated)
        print_integrity(&p);
    print_drops(&p);
    print_speed(&p);
    return !ferror(out);
}
