/*
 * The innovations of the drive and of its simulated twin, axis by axis.
 */
#include "report/innovation_axis.h"
#include "report/page_parts.h"

static void write_side(const char *key, const page_twin_side *s, double unit, json_writer *w)
{
    json_open(w, key, '{');
    json_whole(w, "count", s->count);
    json_number(w, "sigma", unit * s->sigma, 5);
    json_number(w, "mean", unit * s->mean, 5);
    json_number(w, "lag1s", s->lag1s, 3);
    json_number(w, "memory_s", s->memory_s, 3);
    json_number(w, "kurtosis", s->kurtosis, 2);
    json_number(w, "beyond", s->beyond, 5);
    json_number(w, "nis", s->nis, 4);
    json_close(w, '}');
}

void page_write_twin(const drive_page *p, json_writer *w)
{
    if (!p->twin)
        return;
    json_open(w, "twin", '{');
    json_text(w, "name", p->twin);
    json_open(w, "rows", '[');
    for (size_t i = 0; i < p->twin_row_count; i++) {
        const page_twin_row *r = &p->twin_rows[i];
        double unit = page_axis_factor(r->quantity, r->axis);
        json_open(w, NULL, '{');
        json_text(w, "source", r->source);
        json_text(w, "quantity", verdict_quantity_word(r->quantity));
        json_text(w, "axis", page_axis(r->quantity, r->axis));
        json_text(w, "unit", page_axis_unit(r->quantity, r->axis));
        write_side("real", &r->real, unit, w);
        write_side("twin", &r->twin, unit, w);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}
