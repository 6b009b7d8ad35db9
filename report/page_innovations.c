/*
 * Innovations of each source and quantity, and what the filter decided about them.
 */
#include "report/innovation_axis.h"
#include "report/page_parts.h"

#include <math.h>

enum { MAX_DIM = 3, COLUMNS = 10 };
enum { C_T, C_Y, C_S = C_Y + MAX_DIM, C_NIS = C_S + MAX_DIM, C_LIMIT, C_DECISION };

typedef struct {
    const char *axes[MAX_DIM], *units[MAX_DIM];
    bool degrees[MAX_DIM]; /* shown so, held in rad */
} quantity_form;

/* As verdict.h says what a quantity is made of. */
static const quantity_form forms[QUANTITY_COUNT] = {
    [QUANTITY_POSITION] = {{"east", "north", "up"}, {"m", "m", "m"}, {false}},
    [QUANTITY_VELOCITY] = {{"east", "north", "up"}, {"m/s", "m/s", "m/s"}, {false}},
    [QUANTITY_SPEED] = {{"forward", "", ""}, {"m/s", "", ""}, {false}},
    [QUANTITY_NON_HOLONOMIC] = {{"left", "up", ""}, {"m/s", "m/s", ""}, {false}},
    [QUANTITY_STANDSTILL] = {{"forward", "left", "up"}, {"m/s", "m/s", "m/s"}, {false}},
    [QUANTITY_ZERO_RATE] = {{"about x", "about y", "about z"}, {"°/s", "°/s", "°/s"}, {true, true, true}},
    [QUANTITY_EGO_VELOCITY] = {{"forward", "left", ""}, {"m/s", "m/s", ""}, {false}},
    [QUANTITY_LANDMARK] = {{"azimuth", "elevation", "range"}, {"°", "°", "m"}, {true, true, false}},
    [QUANTITY_RETURN] = {{"range", "azimuth", ""}, {"m", "°", ""}, {false, true}},
    [QUANTITY_RAIL] = {{"across", "", ""}, {"m", "", ""}, {false}},
    [QUANTITY_YAW_RATE] = {{"left", "", ""}, {"°/s", "", ""}, {true}},
    [QUANTITY_TILT] = {{"first", "second", ""}, {"°", "°", ""}, {true, true}},
    [QUANTITY_HEADING] = {{"heading", "", ""}, {"°", "", ""}, {true}},
};

const char *page_axis(verdict_quantity q, size_t axis)
{
    const char *word = q < QUANTITY_COUNT && axis < MAX_DIM ? forms[q].axes[axis] : NULL;
    return word ? word : "?";
}

const char *page_axis_unit(verdict_quantity q, size_t axis)
{
    const char *unit = q < QUANTITY_COUNT && axis < MAX_DIM ? forms[q].units[axis] : NULL;
    return unit ? unit : "";
}

double page_axis_factor(verdict_quantity q, size_t axis)
{
    return q < QUANTITY_COUNT && axis < MAX_DIM && forms[q].degrees[axis] ? 180 / M_PI : 1;
}

/* Of one source and quantity. */
typedef struct {
    size_t total, fused, dim;
    double nis_sum; /* of the fused */
    size_t nis_count;
} innovation_count;

static bool belongs(const verdict *v, size_t source, size_t quantity)
{
    return v->source == source && v->quantity == quantity && v->dim > 0 && v->dim <= MAX_DIM &&
           v->decision > 0;
}

static innovation_count count_innovations(const drive_log *log, size_t source, size_t quantity)
{
    innovation_count n = {0};
    for (size_t i = 0; i < log->verdict_count; i++) {
        const verdict *v = &log->verdicts[i];
        if (!belongs(v, source, quantity))
            continue;
        n.total++;
        n.fused += v->decision == DECISION_FUSED;
        n.dim = v->dim > n.dim ? v->dim : n.dim;
        if (v->decision <= DECISION_DOWN_WEIGHTED && isfinite(v->nis)) {
            n.nis_sum += v->nis;
            n.nis_count++;
        }
    }
    return n;
}

static void fill_row(const drive_page *p, const verdict *v, const quantity_form *form, double row[COLUMNS])
{
    row[C_T] = page_seconds(p, v->stamp_ns);
    for (size_t k = 0; k < v->dim; k++) {
        double unit = form->degrees[k] ? 180 / M_PI : 1;
        row[C_Y + k] = unit * v->innovation[k];
        row[C_S + k] = unit * sqrt(v->variance[k]);
    }
    row[C_NIS] = v->nis;
    row[C_LIMIT] = v->limit;
    row[C_DECISION] = v->decision - DECISION_FUSED;
}

/* Of many that were fused an even choice, and so of the others: the few are not lost among the many. */
static void choose(const drive_page *p, size_t source, size_t quantity, const innovation_count *n,
                   number_table *t)
{
    size_t every = 1 + n->fused / PAGE_MAX_INNOVATIONS,
           others = 1 + (n->total - n->fused) / PAGE_MAX_INNOVATIONS;
    size_t fused = 0, other = 0;
    for (size_t i = 0; i < p->log->verdict_count; i++) {
        const verdict *v = &p->log->verdicts[i];
        if (!belongs(v, source, quantity))
            continue;
        if (v->decision == DECISION_FUSED ? fused++ % every != 0 : other++ % others != 0)
            continue;
        double *row = number_table_add(t);
        if (!row)
            return;
        fill_row(p, v, &forms[quantity], row);
    }
}

static void write_lists(const number_table *t, size_t first, size_t dim, const char *key, json_writer *w)
{
    json_open(w, key, '[');
    for (size_t k = 0; k < dim; k++)
        json_numbers(w, NULL, number_table_column(t, first + k), t->count, t->columns, 4);
    json_close(w, ']');
}

static void write_form(const quantity_form *form, size_t dim, json_writer *w)
{
    json_open(w, "axes", '[');
    for (size_t k = 0; k < dim; k++)
        json_text(w, NULL, form->axes[k]);
    json_close(w, ']');
    json_open(w, "units", '[');
    for (size_t k = 0; k < dim; k++)
        json_text(w, NULL, form->units[k]);
    json_close(w, ']');
}

static bool write_one(const drive_page *p, size_t source, size_t quantity, const innovation_count *n,
                      json_writer *w)
{
    number_table t = {.columns = COLUMNS};
    choose(p, source, quantity, n, &t);
    json_open(w, NULL, '{');
    json_whole(w, "source", source);
    json_text(w, "quantity", verdict_quantity_word((verdict_quantity)quantity));
    json_whole(w, "total", n->total);
    json_number(w, "nis_mean", n->nis_count > 0 ? n->nis_sum / (double)n->nis_count : NAN, 3);
    write_form(&forms[quantity], n->dim, w);
    json_numbers(w, "t", number_table_column(&t, C_T), t.count, t.columns, 2);
    write_lists(&t, C_Y, n->dim, "y", w);
    write_lists(&t, C_S, n->dim, "s", w);
    json_numbers(w, "nis", number_table_column(&t, C_NIS), t.count, t.columns, 3);
    json_numbers(w, "limit", number_table_column(&t, C_LIMIT), t.count, t.columns, 2);
    json_numbers(w, "decision", number_table_column(&t, C_DECISION), t.count, t.columns, 0);
    json_close(w, '}');
    number_table_finish(&t);
    return !t.failed;
}

bool page_write_innovations(const drive_page *p, json_writer *w)
{
    bool complete = true;
    json_open(w, "innovations", '[');
    for (size_t s = 0; s < p->settings->source_count; s++) {
        for (size_t q = 0; q < QUANTITY_COUNT && complete; q++) {
            if (!forms[q].axes[0])
                continue;
            innovation_count n = count_innovations(p->log, s, q);
            if (n.total > 0)
                complete = write_one(p, s, q, &n, w);
        }
    }
    json_close(w, ']');
    return complete;
}
