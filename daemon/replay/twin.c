#include "daemon/replay/twin.h"

#include "report/innovation_axis.h"
#include "sim/series.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_COUNT = 32, MAX_DIM = 3 };

static bool counts(const verdict *v, const twin_row *row, const settings *s)
{
    return v->dim > row->axis && v->quantity == row->quantity && v->source < s->source_count &&
           strcmp(s->sources[v->source].name, row->source) == 0 && isfinite(v->innovation[row->axis]) &&
           (v->decision == DECISION_FUSED || v->decision == DECISION_DOWN_WEIGHTED ||
            (v->decision == DECISION_REJECTED && v->reason == REASON_INNOVATION));
}

static bool look_at(const twin_drive *d, const twin_row *row, twin_side *out)
{
    double *t = calloc(d->count + 1, sizeof *t), *value = calloc(d->count + 1, sizeof *value), nis = 0;
    bool good = t && value;
    size_t n = 0;
    for (size_t i = 0; good && i < d->count; i++) {
        const verdict *v = &d->verdicts[i];
        if (!counts(v, row, d->settings))
            continue;
        t[n] = 1e-9 * (double)(v->stamp_ns - d->verdicts[0].stamp_ns);
        value[n++] = (double)v->innovation[row->axis];
        nis += (double)v->nis / v->dim;
    }
    const series x = {t, value, n};
    *out = (twin_side){n, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (good && n >= LEAST_COUNT)
        *out = (twin_side){.count = n,
                           .mean = series_mean(&x),
                           .sigma = series_deviation(&x),
                           .nis = nis / (double)n,
                           .lag1s = series_correlation(&x, 1),
                           .memory_s = series_memory(&x),
                           .kurtosis = series_kurtosis(&x),
                           .beyond = series_beyond(&x, 3)};
    free(t);
    free(value);
    return good;
}

static bool add_rows(const twin_drive *real, const twin_drive *twin, const char *source, verdict_quantity q,
                     twin_comparison *c)
{
    for (uint8_t axis = 0; axis < MAX_DIM && c->count < TWIN_MAX_ROWS; axis++) {
        twin_row *row = &c->rows[c->count];
        *row = (twin_row){.quantity = q, .axis = axis};
        snprintf(row->source, sizeof row->source, "%s", source);
        if (!look_at(real, row, &row->real) || !look_at(twin, row, &row->twin))
            return false;
        c->count += row->real.count >= LEAST_COUNT || row->twin.count >= LEAST_COUNT;
    }
    return true;
}

bool twin_compare(const twin_drive *real, const twin_drive *twin, twin_comparison *out)
{
    *out = (twin_comparison){0};
    for (size_t i = 0; i < real->settings->source_count; i++) {
        for (int q = 0; q < QUANTITY_COUNT; q++) {
            if (!add_rows(real, twin, real->settings->sources[i].name, (verdict_quantity)q, out))
                return false;
        }
    }
    return true;
}

/* ---- for people ---- */

/* Two numbers of a column; "-" for what is not known. */
static void print_pair(FILE *out, int digits, double real, double twin)
{
    const double values[2] = {real, twin};
    for (int i = 0; i < 2; i++) {
        if (isfinite(values[i]))
            fprintf(out, " %7.*g", digits, values[i]);
        else
            fputs("       -", out);
    }
}

static void print_row(FILE *out, const twin_row *r)
{
    char name[24];
    double unit = page_axis_factor(r->quantity, r->axis);
    snprintf(name, sizeof name, "%s %s", page_axis(r->quantity, r->axis),
             page_axis_unit(r->quantity, r->axis));
    fprintf(out, "    %-13.13s", name);
    print_pair(out, 6, (double)r->real.count, (double)r->twin.count);
    print_pair(out, 3, unit * r->real.sigma, unit * r->twin.sigma);
    print_pair(out, 2, unit * r->real.mean, unit * r->twin.mean);
    print_pair(out, 2, r->real.lag1s, r->twin.lag1s);
    print_pair(out, 2, r->real.kurtosis, r->twin.kurtosis);
    fputc('\n', out);
}

static void print_second(FILE *out, const twin_row *r)
{
    char name[24];
    snprintf(name, sizeof name, "%s", page_axis(r->quantity, r->axis));
    fprintf(out, "    %-13.13s", name);
    print_pair(out, 2, r->real.nis, r->twin.nis);
    print_pair(out, 2, r->real.memory_s, r->twin.memory_s);
    print_pair(out, 2, 100 * r->real.beyond, 100 * r->twin.beyond);
    double times = r->twin.sigma / r->real.sigma;
    if (isfinite(times))
        fprintf(out, " %10.2f\n", times * times);
    else
        fputs("          -\n", out);
}

static void print_table(const twin_comparison *c, FILE *out, void (*print)(FILE *, const twin_row *))
{
    for (size_t i = 0; i < c->count; i++) {
        const twin_row *r = &c->rows[i];
        if (i == 0 || r->quantity != r[-1].quantity || strcmp(r->source, r[-1].source) != 0)
            fprintf(out, "  %s %s\n", r->source, verdict_quantity_word(r->quantity));
        print(out, r);
    }
}

bool twin_print_text(const twin_comparison *c, FILE *out)
{
    static const char pair[] = "    real    twin";
    fprintf(
        out,
        "Innovations              count           sigma            mean      correlation        kurtosis\n"
        "                                                                      at 1 s\n");
    fprintf(out, "%17s%s%s%s%s%s\n", "", pair, pair, pair, pair, pair);
    print_table(c, out, print_row);
    fprintf(out, "\n                      mean NIS,    seconds until    %% beyond 3      variance\n"
                 "                      expected: 1   1/e is left         sigma     twin/real\n");
    fprintf(out, "%17s%s%s%s\n", "", pair, pair, pair);
    print_table(c, out, print_second);
    return fflush(out) == 0 && !ferror(out);
}

/* ---- for programs ---- */

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *side_value(const twin_side *s)
{
    json_t *o = json_object();
    json_object_set_new(o, "count", json_integer((json_int_t)s->count));
    json_object_set_new(o, "mean", number(s->mean));
    json_object_set_new(o, "sigma", number(s->sigma));
    json_object_set_new(o, "nis", number(s->nis));
    json_object_set_new(o, "correlation_1s", number(s->lag1s));
    json_object_set_new(o, "memory_s", number(s->memory_s));
    json_object_set_new(o, "kurtosis", number(s->kurtosis));
    json_object_set_new(o, "beyond_3_sigma", number(s->beyond));
    return o;
}

bool twin_print_json(const twin_comparison *c, FILE *out)
{
    json_t *list = json_array(), *whole = json_object();
    for (size_t i = 0; i < c->count; i++) {
        const twin_row *r = &c->rows[i];
        json_t *o = json_object();
        json_object_set_new(o, "source", json_string(r->source));
        json_object_set_new(o, "quantity", json_string(verdict_quantity_word(r->quantity)));
        json_object_set_new(o, "axis", json_string(page_axis(r->quantity, r->axis)));
        json_object_set_new(o, "real", side_value(&r->real));
        json_object_set_new(o, "twin", side_value(&r->twin));
        json_array_append_new(list, o);
    }
    json_object_set_new(whole, "innovations", list);
    bool good = json_dumpf(whole, out, JSON_INDENT(1) | JSON_PRESERVE_ORDER) == 0 && fputc('\n', out) != EOF;
    json_decref(whole);
    return good && fflush(out) == 0 && !ferror(out);
}
