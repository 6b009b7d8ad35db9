/* Any bytes as any file of the neutral layout: refused by place, or every frame of it can be sent and taken.
 */
#include "sensors/import/import_csv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_frame(frame *f, const csv_layout *layout)
{
    static unsigned char bytes[MESSAGE_MAX_SIZE];
    char source[FRAME_SOURCE_NAME_SIZE];
    error e = {""};
    snprintf(source, sizeof source, "%s/a", source_kind_word(frame_kind_source(layout->kind)));
    f->kind = (uint8_t)layout->kind;
    size_t written = message_encode_frame(f, source, bytes, sizeof bytes);
    if (written == 0 || !message_decode_frame(layout->kind, bytes, written, f, NULL, &e))
        abort();
}

static void check_truth(const csv_table *t)
{
    unsigned char bytes[MESSAGE_MAX_SIZE];
    truth_point point;
    csv_fill_truth(t, &point);
    if (!message_decode_truth(bytes, message_encode_truth(&point, bytes, sizeof bytes), &point, NULL))
        abort();
}

static void take_row(const csv_table *t, const csv_layout *layout, error *e)
{
    static frame f;
    memset(&f, 0, sizeof f);
    f.stamp_ns = f.received_ns = t->values[CSV_STAMP].integer;
    if (layout && layout->fill(t, &f, e))
        check_frame(&f, layout);
    else if (!layout)
        check_truth(t);
    else if (e->text[0] == '\0')
        abort();
}

/* The first byte chooses the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static csv_table table;
    if (size < 2)
        return 0;
    size_t which = data[0] % (csv_layout_count + 1);
    const csv_layout *layout = which < csv_layout_count ? csv_layouts[which] : NULL;
    char *copy = malloc(size - 1); /* fmemopen wants memory of its own */
    if (!copy)
        abort();
    memcpy(copy, data + 1, size - 1);
    FILE *file = fmemopen(copy, size - 1, "r");
    error e = {""};
    if (file && csv_begin(&table, file, "fuzz", layout ? layout->columns : csv_truth_columns,
                          layout ? layout->column_count : csv_truth_column_count, &e)) {
        csv_result result;
        while ((result = csv_next(&table, &e)) == CSV_ROW) {
            error row = {""};
            take_row(&table, layout, &row);
        }
        if ((result == CSV_ERROR) != (e.text[0] != '\0'))
            abort();
    }
    if (file)
        fclose(file);
    free(copy);
    return 0;
}
