#include "daemon/can_json.h"

#include "config/scalar.h"
#include "sensors/can/dbc_decode.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum {
    IDS_EXPANDED = 65536, /* values of a multiplexer that are listed one by one, at most */
    WORDS_COMPARED = 4096,
};

static void put_text(FILE *out, const char *text)
{
    putc('"', out);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c == '\n')
            fputs("\\n", out);
        else if (*c < 0x20 || *c == 0x7f)
            fprintf(out, "\\u%04x", *c);
        else
            putc(*c, out);
    }
    putc('"', out);
}

static void put_real(FILE *out, double value)
{
    char text[CONFIG_NUMBER_SIZE];
    fputs(isfinite(value) ? config_scalar_print(text, value) : "null", out);
}

static void put_number(FILE *out, dbc_number n)
{
    if (n.type == DBC_IS_SIGNED)
        fprintf(out, "%" PRId64, n.integer);
    else if (n.type == DBC_IS_UNSIGNED)
        fprintf(out, "%" PRIu64, n.natural);
    else
        put_real(out, n.real);
}

static void put_flag(FILE *out, const char *key, bool value)
{
    fprintf(out, ", \"%s\": %s", key, value ? "true" : "false");
}

static void put_optional(FILE *out, const char *key, const char *text)
{
    if (!text)
        return;
    fprintf(out, ", \"%s\": ", key);
    put_text(out, text);
}

static void put_texts(FILE *out, const char *key, const char *const *texts, size_t count)
{
    fprintf(out, ", \"%s\": [", key);
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ", " : "", out);
        put_text(out, texts[i]);
    }
    putc(']', out);
}

/* Of two words for one value the last counts, and a JSON object has each key once. */
static bool said_again(const dbc_value *values, size_t count, size_t i)
{
    for (size_t j = i + 1; j < count && count <= WORDS_COMPARED; j++) {
        if (strcmp(values[j].number, values[i].number) == 0)
            return true;
    }
    return false;
}

static void put_values(FILE *out, const dbc_value *values, size_t count)
{
    bool first = true;
    putc('{', out);
    for (size_t i = 0; i < count; i++) {
        if (said_again(values, count, i))
            continue;
        fprintf(out, "%s\"%s\": ", first ? "" : ", ", values[i].number);
        put_text(out, values[i].text);
        first = false;
    }
    putc('}', out);
}

static uint64_t count_ids(const dbc_signal *s)
{
    uint64_t count = 0;
    for (size_t i = 0; i < s->selected_by_count; i++) {
        uint64_t first = s->selected_by[i].first, last = s->selected_by[i].last;
        count += last < first ? 0 : last - first < IDS_EXPANDED ? last - first + 1 : IDS_EXPANDED + 1;
    }
    return count;
}

static void put_multiplexing(FILE *out, const dbc_signal *s)
{
    const char *between = "";
    put_flag(out, "multiplexer", s->multiplexer);
    fputs(", \"multiplexer_signal\": ", out);
    if (!s->selector) {
        fputs("null, \"multiplexer_ids\": null", out);
        return;
    }
    put_text(out, s->selector->name);
    fputs(", \"multiplexer_ids\": [", out);
    bool listed = count_ids(s) <= IDS_EXPANDED;
    for (size_t i = 0; i < s->selected_by_count && listed; i++) {
        uint64_t last = s->selected_by[i].last;
        for (uint64_t id = s->selected_by[i].first; id <= last; id++, between = ", ") {
            fprintf(out, "%s%" PRIu64, between, id);
            if (id == UINT64_MAX)
                break;
        }
    }
    fputs("], \"multiplexer_ranges\": [", out);
    for (size_t i = 0; i < s->selected_by_count; i++)
        fprintf(out, "%s[%" PRIu64 ", %" PRIu64 "]", i ? ", " : "", s->selected_by[i].first,
                s->selected_by[i].last);
    putc(']', out);
}

static void put_signal(FILE *out, const dbc_signal *s)
{
    fputs("{\"name\": ", out);
    put_text(out, s->name);
    fprintf(out, ", \"start\": %u, \"length\": %u, \"byte_order\": \"%s_endian\"", (unsigned)s->start,
            (unsigned)s->length, s->big_endian ? "big" : "little");
    put_flag(out, "signed", s->is_signed);
    put_flag(out, "float", s->is_float);
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        {"scale", s->scale}, {"offset", s->offset}, {"minimum", s->minimum}, {"maximum", s->maximum}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        fprintf(out, ", \"%s\": ", numbers[i].key);
        put_real(out, numbers[i].value);
    }
    fputs(", \"unit\": ", out);
    put_text(out, s->unit);
    put_multiplexing(out, s);
    put_texts(out, "receivers", s->receivers, s->receiver_count);
    if (s->value_count > 0) {
        fputs(", \"values\": ", out);
        put_values(out, s->values, s->value_count);
    }
    put_optional(out, "comment", s->comment);
    putc('}', out);
}

static void put_signals(FILE *out, const dbc_message *m, const char *indent)
{
    putc('[', out);
    for (size_t i = 0; i < m->signal_count; i++) {
        fprintf(out, "%s\n%s", i ? "," : "", indent);
        put_signal(out, &m->signals[i]);
    }
    putc(']', out);
}

static void put_message(FILE *out, const dbc_message *m)
{
    fprintf(out, "{\"id\": %" PRIu32 ", \"extended\": %s, \"name\": ", m->id, m->extended ? "true" : "false");
    put_text(out, m->name);
    fprintf(out, ", \"length\": %" PRIu32, m->length);
    put_flag(out, "j1939", m->j1939);
    put_texts(out, "senders", m->senders, m->sender_count);
    put_optional(out, "comment", m->comment);
    fputs(", \"signals\": ", out);
    put_signals(out, m, "   ");
    putc('}', out);
}

static void put_nodes(FILE *out, const dbc *d)
{
    for (size_t i = 0; i < d->node_count; i++) {
        fprintf(out, "%s\n  {\"name\": ", i ? "," : "");
        put_text(out, d->nodes[i].name);
        put_optional(out, "comment", d->nodes[i].comment);
        putc('}', out);
    }
}

static void put_tables(FILE *out, const dbc *d)
{
    for (size_t i = 0; i < d->table_count; i++) {
        fprintf(out, "%s\n  {\"name\": ", i ? "," : "");
        put_text(out, d->tables[i].name);
        fputs(", \"values\": ", out);
        put_values(out, d->tables[i].values, d->tables[i].value_count);
        putc('}', out);
    }
}

void can_json_file(FILE *out, const dbc *d)
{
    fputs("{\"version\": ", out);
    put_text(out, d->version);
    put_optional(out, "comment", d->comment);
    fputs(",\n \"nodes\": [", out);
    put_nodes(out, d);
    fputs("],\n \"messages\": [", out);
    for (size_t i = 0; i < d->message_count; i++) {
        fprintf(out, "%s\n  ", i ? "," : "");
        put_message(out, &d->messages[i]);
    }
    fputs("],\n \"unassigned_signals\": ", out);
    put_signals(out, &d->unassigned, "  ");
    fputs(",\n \"value_tables\": [", out);
    put_tables(out, d);
    fputs("]}\n", out);
}

static void put_head(FILE *out, const can_bus_frame *f)
{
    fputs("{\"stamp_ns\": ", out);
    if (f->stamp_ns == INT64_MIN)
        fputs("null", out);
    else
        fprintf(out, "%" PRId64, f->stamp_ns);
    fputs(", \"interface\": ", out);
    put_text(out, f->interface);
    fprintf(out, ", \"id\": %" PRIu32 ", \"extended\": %s", f->id, f->extended ? "true" : "false");
}

void can_json_frame(FILE *out, const can_bus_frame *f, const dbc_message *m)
{
    const char *between = "";
    put_head(out, f);
    put_optional(out, "name", m->name);
    fputs(", \"signals\": {", out);
    for (size_t i = 0; i < m->signal_count; i++) {
        const dbc_signal *s = &m->signals[i];
        if (!dbc_signal_present(s, f->data, f->size))
            continue;
        fputs(between, out);
        put_text(out, s->name);
        fputs(": ", out);
        put_number(out, dbc_signal_value(s, f->data));
        between = ", ";
    }
    fputs("}}\n", out);
}

void can_json_raw(FILE *out, const can_bus_frame *f)
{
    put_head(out, f);
    if (f->error)
        put_flag(out, "error", true);
    if (f->remote)
        put_flag(out, "remote", true);
    if (f->fd)
        put_flag(out, "fd", true);
    fputs(", \"data\": \"", out);
    for (size_t i = 0; i < f->size && !f->remote; i++)
        fprintf(out, "%02X", f->data[i]);
    fputs("\"}\n", out);
}
